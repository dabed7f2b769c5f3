"""One reference to a work, from which every format is written, and the place in the work that is cited. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from search_service.bibliography.names import Name, read_name
from search_service.citations import cite_document, cite_passage, find_printed, locate, name_pages
from search_service.documents import Document, Metadata, Passage
from search_service.links import page_path
from search_service.taxonomy import label_value

URN_RESOLVER = "https://nbn-resolving.org/"  # Deutsche Nationalbibliothek, resolving service for urn:nbn
HTML = ("text/html", "application/xhtml+xml")
# Marks that turn the direction of the text behind them: in a citation they could only disguise it.
_DIRECTIONS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class ItemType(StrEnum):
    """The kind of a work, by its name in CSL 1.0.2."""

    REPORT = "report"
    BOOK = "book"
    WEBPAGE = "webpage"
    DOCUMENT = "document"


# Type of the taxonomy -> kind of the work. The others say what a text is about ("Förderung"), not what it is.
_TYPES = {"study": ItemType.REPORT, "guide": ItemType.REPORT, "case_report": ItemType.REPORT}


@dataclass(frozen=True, slots=True)
class Item:
    """A work as a list of references names it. All texts are one line without control characters."""

    id: str  # of the document
    key: str  # what a text calls it by: "zukunftshub2025leitfaden-1f3a5c"; ASCII letters, digits and "-"
    type: ItemType
    title: str
    authors: tuple[Name, ...]
    year: int | None
    publisher: str | None
    edition: int | None  # None also for the first
    genre: str | None  # German: "Studie", "Leitfaden", "Fallbericht"
    language: str | None  # ISO 639-1
    doi: str | None  # without resolver
    isbn: str | None
    urn: str | None
    url: str | None  # http(s), ASCII; of the resolver where only a URN is known
    accessed: date | None  # when a web page was read; None for what does not change
    note: str | None  # what every reader should see


@dataclass(frozen=True, slots=True)
class Locator:
    """The place in a work that is cited."""

    text: str  # whole: "S. 12 (PDF-Seite 15)", "Folie 3", "Abschnitt „Kosten“"
    short: str  # the same without the page of the file where a printed one is known: "S. 12"
    printed: tuple[str, str] | None  # first and last printed page; None where none is known
    section: str | None  # the innermost heading, in formats without pages


@dataclass(frozen=True, slots=True)
class Reference:
    """A passage or a whole document that is referred to."""

    item: Item
    locator: Locator | None  # None for the whole, and for passages without page and heading
    footnote: str  # after DIN ISO 690, on one line


@dataclass(frozen=True, slots=True)
class Entry:
    """A work in a list of works, with all its places that are cited."""

    item: Item
    locators: tuple[Locator, ...]  # in the order asked for, each once


def refer(document: Document, passage: Passage | None = None, root: str = "") -> Reference:
    """Return the reference to one passage of `document`, or to the whole; `root` is as for `make_item`."""
    item = make_item(document, root)
    if passage is None:
        return Reference(item, None, one_line(cite_document(document.metadata)))
    footnote = one_line(cite_passage(document, passage).text)
    return Reference(item, make_locator(passage, document.media_type), footnote)


def gather(references: Iterable[Reference]) -> list[Entry]:
    """Return each work once, in the order of its first mention; keys that two works share are made longer by the id."""
    places: dict[str, dict[Locator, None]] = {}
    items: dict[str, Item] = {}
    for reference in references:
        items.setdefault(reference.item.id, reference.item)
        found = places.setdefault(reference.item.id, {})
        if reference.locator:
            found[reference.locator] = None
    keys = [item.key for item in items.values()]
    clear = (
        replace(item, key=f"{item.key}-{_ascii(item.id)}") if keys.count(item.key) > 1 else item for item in items.values()
    )
    return [Entry(item, tuple(places[item.id])) for item in clear]


def make_item(document: Document, root: str = "") -> Item:
    """Return the work that `document` is. Without an address of its own it has its page's, if `root` is where that is found."""
    known = document.metadata
    title = one_line(known.title) or "Ohne Titel"
    authors = tuple(read_name(name) for text in known.authors if (name := one_line(text)))
    publisher = one_line(known.publisher or "") or None
    url = clean_address(known.source_url) or (clean_address(URN_RESOLVER + known.urn) if known.urn else None)
    kind = _choose_type(document, url)
    if url is None and root:
        url = root + page_path(document.id)
    return Item(
        id=document.id,
        key=_make_key(document.id, authors, publisher, known.year, title),
        type=kind,
        title=title,
        authors=authors,
        year=known.year,
        publisher=publisher,
        edition=known.edition if known.edition is not None and known.edition > 1 else None,
        genre=label_value("type", known.type) if known.type in _TYPES else None,
        language=_clean_identifier(known.language),
        doi=_clean_identifier(known.doi),
        isbn=_clean_identifier(known.isbn),
        urn=_clean_identifier(known.urn),
        url=url,
        accessed=document.indexed_at.date() if kind is ItemType.WEBPAGE else None,
        note=one_line(known.note or "") or None,
    )


def make_locator(passage: Passage, media_type: str) -> Locator | None:
    """Return where the passage stands; None without pages and headings."""
    text = locate(passage, media_type)
    if text is None:
        return None
    labels = [one_line(label) for label in find_printed(passage.pages, media_type) or ()]
    short = next((name for name in name_pages(passage.pages, media_type) if name), text) if passage.pages else text
    return Locator(
        one_line(text),
        one_line(short),
        (labels[0], labels[-1]) if labels and all(labels) else None,
        None if passage.pages else one_line(passage.heading_path[-1]),
    )


def one_line(text: str) -> str:
    """Return `text` on one line, without control characters, halves of characters and marks that turn its direction."""
    plain = "".join(" " if unicodedata.category(character) in ("Cc", "Cs") else character for character in text)
    return " ".join(plain.translate(_DIRECTIONS).split())


def clean_address(address: str | None) -> str | None:
    """Return an address of the web in ASCII, with everything encoded that a URL must not hold as it is; None for others."""
    if not address or not re.match(r"https?://[^\s/]", address):
        return None
    safe = "%/:?#[]@!$&'()*+,;=~-._"  # RFC 3986: reserved and unreserved characters, and what is encoded already
    encoded = (character if character in safe else _percent(character) for character in one_line(address))
    return "".join(encoded)


def join_notes(*notes: str | None) -> str | None:
    """Return notes as sentences in one line; None if there is none."""
    told = [note for note in notes if note]
    return ". ".join(note.removesuffix(".") for note in told) if told else None


def tell_places(locators: Sequence[Locator]) -> str | None:
    """Return the cited places as a note: "Zitierte Stellen: S. 12 (PDF-Seite 15); S. 20"; None without one."""
    if not locators:
        return None
    several = "Zitierte Stellen" if len(locators) > 1 else "Zitierte Stelle"
    return f"{several}: {'; '.join(locator.text for locator in locators)}"


def _choose_type(document: Document, url: str | None) -> ItemType:
    known: Metadata = document.metadata
    if known.isbn:
        return ItemType.BOOK
    if kind := _TYPES.get(known.type or ""):
        return kind
    return ItemType.WEBPAGE if url and document.media_type in HTML else ItemType.DOCUMENT


def _make_key(document_id: str, authors: Sequence[Name], publisher: str | None, year: int | None, title: str) -> str:
    """Return author, year, first long word of the title and the end of the id: readable, and the same in every list."""
    who = _ascii(authors[0].short if authors else publisher or "")[:20]
    words = [_ascii(word) for word in title.split()]
    word = next((each for each in words if len(each) > 3), words[0])[:20]
    return f"{who}{year if year is not None else ''}{word}-{_ascii(document_id)[-6:]}"


def _ascii(text: str) -> str:
    spelled = text.lower().translate({ord("ä"): "ae", ord("ö"): "oe", ord("ü"): "ue", ord("ß"): "ss"})
    plain = unicodedata.normalize("NFKD", spelled)
    return "".join(character for character in plain if character.isascii() and character.isalnum())


def _clean_identifier(text: str | None) -> str | None:
    """Return an identifier without what no DOI, ISBN or URN holds: blanks, braces and the sign that begins an escape."""
    return re.sub(r"[\s{}\\]", "", one_line(text)) or None if text else None


def _percent(character: str) -> str:
    if character.isascii() and character.isalnum():
        return character
    return "".join(f"%{byte:02X}" for byte in character.encode())
