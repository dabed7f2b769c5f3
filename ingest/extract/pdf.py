"""PDF: text and its place from PDFium, page labels, outline and properties from pypdf."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

import pypdf
import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
from pypdf.generic import Destination

from ingest.blocks import Block, Extraction
from ingest.clean import clean
from ingest.extract.headings import normalise_title
from ingest.extract.layout import build_segments, group_lines, make_row, order_rows
from ingest.extract.pdf_words import PageWords, read_page
from ingest.extract.running import find_running
from ingest.extract.structure import PageRows, build_blocks
from ingest.formats import PDF
from ingest.limits import Limits
from search_service.errors import NothingToIndex, UnreadableDocument

log = logging.getLogger(__name__)
PROTECTED = "Das PDF ist mit einem Passwort geschützt. Bitte ohne Passwort speichern und neu ablegen."
DAMAGED = "Das PDF ist beschädigt und lässt sich nicht öffnen. Bitte das Original neu als PDF speichern."
MIN_CHARACTERS = 12  # letters and digits; fewer are a stamp or a page number, not a text layer
MAX_OUTLINE = 5000
MAX_NAMED_PAGES = 20  # page numbers that a notice lists


def extract_pdf(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a PDF."""
    pages = _read_pages(path, limits)
    blank = [number for number, page in enumerate(pages, start=1) if _lacks_text(page)]
    if all(_lacks_words(page) for page in pages):
        if not blank:
            raise NothingToIndex("Das PDF enthält keinen Text und kein Bild, nur leere Seiten.")
        raise NothingToIndex(
            f"{len(blank)} {'Seite' if len(blank) == 1 else 'Seiten'} ohne Textebene, OCR nötig: "
            "Bitte mit einer Texterkennung (z. B. ocrmypdf) bearbeiten und neu ablegen."
        )
    labels, outline, properties = _read_with_pypdf(path, len(pages), limits)
    blocks = _build(pages, labels, outline)
    notices = [_name_blank(blank)] if blank else []
    return Extraction(PDF, len(pages), tuple(blocks), properties, notices=tuple(notices))


def _read_pages(path: Path, limits: Limits) -> list[PageWords]:
    try:
        document = pdfium.PdfDocument(path)
    except pdfium.PdfiumError as error:
        code = pdfium_raw.FPDF_GetLastError()
        raise UnreadableDocument(PROTECTED if code == pdfium_raw.FPDF_ERR_PASSWORD else DAMAGED) from error
    try:
        count = len(document)
        if count == 0:
            raise UnreadableDocument(DAMAGED)
        if count > limits.pages:
            raise UnreadableDocument(f"Das PDF hat {count} Seiten; gelesen werden höchstens {limits.pages}. Bitte teilen.")
        pages = []
        characters = 0
        for index in range(count):
            pages.append(_read_one(document, index))
            characters += pages[-1].characters
            if characters > limits.text_characters:
                raise UnreadableDocument(
                    "Das PDF enthält mehr Text, als eine Datei haben darf. Bitte in kleinere Dateien teilen."
                )
        return pages
    finally:
        document.close()


def _read_one(document: pdfium.PdfDocument, index: int) -> PageWords:
    """A page that cannot be loaded counts as one without text, so that the rest of the document is kept."""
    try:
        page = document[index]
    except pdfium.PdfiumError:
        return PageWords([], [], 0.0, 0.0, 0, has_picture=True)
    try:
        return read_page(page)
    except pdfium.PdfiumError:
        return PageWords([], [], 0.0, 0.0, 0, has_picture=True)
    finally:
        page.close()


def _lacks_text(page: PageWords) -> bool:
    """Tell whether a page shows something that is not in its text layer; an empty page does not."""
    return page.has_picture and _lacks_words(page)


def _lacks_words(page: PageWords) -> bool:
    return sum(1 for word in page.words for letter in word.text if letter.isalnum()) < MIN_CHARACTERS


def _build(pages: list[PageWords], labels: list[str] | None, outline: dict[str, int]) -> list[Block]:
    segments = [build_segments(page.words, page.rules) for page in pages]
    full = [
        [make_row(line, 0, 0.0, page.width) for line in group_lines(found)] for page, found in zip(pages, segments, strict=True)
    ]
    running = find_running(full, [page.height for page in pages])
    prepared = []
    for number, (page, rows) in enumerate(zip(pages, full, strict=True)):
        kept = [s for position, row in enumerate(rows) if position not in running.rows[number] for s in row.segments]
        label = (labels[number] or None) if labels else running.labels[number]
        source = None if label is None else "page_labels" if labels else "print"
        prepared.append(PageRows(order_rows(kept, page.rules), page.rules, page.height, label, source))
    return build_blocks(prepared, outline)


def _name_blank(blank: list[int]) -> str:
    named = ", ".join(map(str, blank[:MAX_NAMED_PAGES])) + (" …" if len(blank) > MAX_NAMED_PAGES else "")
    if len(blank) == 1:
        return f"Seite {named} ist ohne Textebene und wurde nicht gelesen, OCR nötig."
    return f"{len(blank)} Seiten ohne Textebene wurden nicht gelesen, OCR nötig: {named}."


def _read_with_pypdf(
    path: Path, count: int, limits: Limits
) -> tuple[list[str] | None, dict[str, int], dict[str, str | tuple[str, ...]]]:
    """Return labels, outline and properties; what pypdf cannot read is left out, for PDFium has the text already.

    pypdf raises nearly any exception on damaged files (see its issue tracker), hence the wide net: this is an extra.
    """
    with pypdf.apply_configuration(zlib_maximum_output_length=limits.inflated_bytes):
        try:
            reader = pypdf.PdfReader(path)
            if reader.is_encrypted:
                reader.decrypt("")
        except Exception as error:
            log.info("pypdf cannot open the file: %s", type(error).__name__)
            return None, {}, {}
        return _read_labels(reader, count), _read_outline(reader), _read_properties(reader)


def _read_labels(reader: pypdf.PdfReader, count: int) -> list[str] | None:
    try:
        if "/PageLabels" not in reader.root_object:
            return None
        labels = [clean(label) for label in reader.page_labels]
    except Exception as error:
        log.info("page labels unreadable: %s", type(error).__name__)
        return None
    return labels if len(labels) == count and any(labels) else None


def _read_outline(reader: pypdf.PdfReader) -> dict[str, int]:
    try:
        found = list(_walk_outline(reader.outline, 1))
    except Exception as error:
        log.info("outline unreadable: %s", type(error).__name__)
        return {}
    outline: dict[str, int] = {}
    for title, level in found[:MAX_OUTLINE]:
        outline.setdefault(normalise_title(clean(title)), level)
    return outline


def _walk_outline(entries: Sequence[object], level: int) -> Iterator[tuple[str, int]]:
    for entry in entries:
        if isinstance(entry, list):
            yield from _walk_outline(entry, level + 1)
        elif isinstance(entry, Destination) and entry.title:
            yield str(entry.title), level


def _read_properties(reader: pypdf.PdfReader) -> dict[str, str | tuple[str, ...]]:
    properties: dict[str, str | tuple[str, ...]] = {}
    try:
        info = reader.metadata
        if info is not None:
            for key, value in (("title", info.title), ("authors", info.author)):
                if value and clean(str(value)):
                    properties[key] = clean(str(value))
            if info.creation_date is not None:
                properties["created"] = info.creation_date.date().isoformat()
        if language := reader.root_object.get("/Lang"):
            properties["language"] = clean(str(language))
    except Exception as error:
        log.info("properties unreadable: %s", type(error).__name__)
    return properties
