"""Citations: a document and pages to one German line that can stand in a footnote. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

from search_service.documents import Document, Metadata, Page, Passage

MAX_NAMED_AUTHORS = 3  # DIN ISO 690: from four authors on, the first and "u. a." are enough
PDF = "application/pdf"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHEET = "sheet"  # Page.label_source of a spreadsheet, whose label is the sheet's name


@dataclass(frozen=True, slots=True)
class Citation:
    """A reference that a reader can copy."""

    text: str  # whole, with the locator if there is one
    locator: str | None  # the place alone: "S. 12 (PDF-Seite 15)"; None if the document has neither pages nor headings


def cite_passage(document: Document, passage: Passage) -> Citation:
    """Return the citation of one passage: by page, or by its section in formats without pages."""
    known, locator = document.metadata, locate(passage, document.media_type)
    work = _cite_work(known)
    text = f"{work}, {locator}." if locator else close_sentence(work)
    return Citation(_add_address(text, known), locator)


def cite_document(metadata: Metadata) -> str:
    """Return author, year, title and publisher as one sentence, ending in a full stop.

    Without authors the publisher stands first, without both the title; without a year it says "o. J." (ohne Jahr). An
    edition is told from the second on. At the end stands the DOI or, of what has no publisher, the address on
    the web.
    """
    return _add_address(close_sentence(_cite_work(metadata)), metadata)


def _cite_work(metadata: Metadata) -> str:
    """Return the work without the full stop at the end; one that belongs to an abbreviation is kept ("e. V.")."""
    year = str(metadata.year) if metadata.year is not None else "o. J."
    originator = _join_authors(metadata.authors) or metadata.publisher
    told = [metadata.title.strip().removesuffix(".")]
    if metadata.edition is not None and metadata.edition > 1:  # DIN ISO 690: the first is not told
        told.append(f"{metadata.edition}. Aufl.")
    if not originator:
        return f"{_join_sentences(told)} ({year})"
    if metadata.publisher and metadata.publisher != originator:
        told.append(metadata.publisher)
    return f"{originator} ({year}): {_join_sentences(told)}"


def _join_sentences(parts: Sequence[str]) -> str:
    return " ".join([*(close_sentence(part) for part in parts[:-1]), parts[-1]])


def _add_address(text: str, metadata: Metadata) -> str:
    """Return the citation with where the work is found behind it; a full stop there would be copied along."""
    address = link_doi(metadata.doi) if metadata.doi else None if metadata.publisher else metadata.source_url
    return f"{text} {address}" if address else text


def link_doi(doi: str) -> str:
    """Return the address under which a DOI is resolved."""
    return f"https://doi.org/{quote(doi, safe='/:;().-_~', errors='replace')}"


def locate(passage: Passage, media_type: str) -> str | None:
    """Return where the passage stands: its pages, else its innermost heading, else None."""
    if passage.pages:
        return locate_pages(passage.pages, media_type)
    return f"Abschnitt „{passage.heading_path[-1]}“" if passage.heading_path else None


def locate_pages(pages: Sequence[Page], media_type: str) -> str:
    """Return the pages in one phrase: "S. 12–13 (PDF-Seiten 15–16)". `pages` is ascending and not empty."""
    printed, in_file = name_pages(pages, media_type)
    return f"{printed} ({in_file})" if printed and in_file else printed or in_file or ""


def name_pages(pages: Sequence[Page], media_type: str) -> tuple[str | None, str | None]:
    """Return the printed pages ("S. 12–13") and those of the file ("PDF-Seiten 15–16"); `pages` is ascending and not empty.

    Slides and sheets of a workbook ("Folie 3", "Blatt „Kosten“") have the first alone.
    The second is None where it would only repeat the first. The first is None without printed labels on both ends of the
    span, because "S." promises what a reader finds on paper.
    """
    first, last = pages[0], pages[-1]
    physical = span(str(first.physical), str(last.physical))
    plural = "n" if first.physical != last.physical else ""
    if first.label_source == SHEET:
        return _name_sheets(pages), None
    if media_type == PPTX:
        return f"Folie{plural} {physical}", None
    in_file = f"PDF-Seite{plural} {physical}" if media_type == PDF else f"Seite{plural} {physical} der Datei"
    labels = find_printed(pages, media_type)
    if labels is None:
        return None, in_file
    printed = span(*labels)
    return f"S. {printed}", None if printed == physical else in_file


def find_printed(pages: Sequence[Page], media_type: str) -> tuple[str, str] | None:
    """Return what is printed on the first and on the last of `pages`; None if one is not known, and for slides and sheets."""
    if not pages or pages[0].label_source == SHEET or media_type == PPTX:
        return None
    first, last = pages[0].label, pages[-1].label
    return None if first is None or last is None else (first, last)


def name_page(page: Page, media_type: str) -> str:
    """Return how to call one page in a running text: "Seite 12", or "PDF-Seite 15" where nothing printed is known."""
    if page.label_source == SHEET:
        return _name_sheets([page])
    if media_type == PPTX:
        return f"Folie {page.physical}"
    if page.label is not None:
        return f"Seite {page.label}"
    return f"PDF-Seite {page.physical}" if media_type == PDF else f"Seite {page.physical} der Datei"


def tell_extent(count: int, media_type: str) -> str:
    """Return how long a file is: "1 Seite", "12 Folien", "3 Blätter"."""
    one, more = {PPTX: ("Folie", "Folien"), XLSX: ("Blatt", "Blätter")}.get(media_type, ("Seite", "Seiten"))
    return f"{count} {one if count == 1 else more}"


def _name_sheets(pages: Sequence[Page]) -> str:
    names = [f"„{page.label}“" for page in pages]
    return f"{'Blatt' if len(names) == 1 else 'Blätter'} {', '.join(names)}"


def _join_authors(authors: Sequence[str]) -> str:
    if len(authors) > MAX_NAMED_AUTHORS:
        return f"{authors[0]} u. a."
    return "; ".join(authors)


def close_sentence(text: str) -> str:
    """Return `text` with a full stop behind it, unless it ends its sentence itself."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def span(first: str, last: str) -> str:
    """Return a span as German writes it, "12–13", or the one value if both are the same."""
    return first if first == last else f"{first}–{last}"
