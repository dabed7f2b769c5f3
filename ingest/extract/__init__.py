"""Bytes to blocks: one file per format, all giving the same words. Runs only inside the confined process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.blocks import BlockKind, Extraction
from ingest.extract.docx import extract_docx
from ingest.extract.epub import extract_epub
from ingest.extract.html import extract_html
from ingest.extract.image import extract_image
from ingest.extract.markdown import extract_markdown
from ingest.extract.ocr import PageReader
from ingest.extract.odt import extract_odt
from ingest.extract.pdf import extract_pdf
from ingest.extract.pptx import extract_pptx
from ingest.extract.rtf import extract_rtf
from ingest.extract.text import extract_text
from ingest.extract.xlsx import extract_xlsx
from ingest.formats import DOCX, EPUB, HTML, IMAGES, MARKDOWN, ODT, PDF, PPTX, RTF, TEXT, XLSX, detect_format
from ingest.limits import Limits
from search_service.errors import NothingToIndex, UnreadableDocument

EXTRACTORS: dict[str, Callable[[Path, Limits], Extraction]] = {
    DOCX: extract_docx,
    PPTX: extract_pptx,
    XLSX: extract_xlsx,
    ODT: extract_odt,
    EPUB: extract_epub,
    RTF: extract_rtf,
    HTML: extract_html,
    MARKDOWN: extract_markdown,
    TEXT: extract_text,
}


def extract(path: Path, limits: Limits, password: str | None = None, ocr: PageReader | None = None) -> Extraction:
    """Return the blocks of `path`; NothingToIndex or UnreadableDocument with a German reason if there are none to be had.

    `password` opens a protected PDF, `ocr` reads pictures of pages; other formats need neither.
    """
    if path.stat().st_size > limits.file_bytes:
        raise UnreadableDocument(
            f"Die Datei ist größer als {limits.file_bytes // 1_000_000} MB. Bitte in kleinere Dateien teilen."
        )
    form = detect_format(path, limits)
    if form.media_type == PDF:
        extraction = extract_pdf(path, limits, password, ocr)
    elif form.media_type in IMAGES:
        extraction = extract_image(path, limits, ocr)
    else:
        extraction = EXTRACTORS[form.media_type](path, limits)
    if sum(len(block.text) for block in extraction.blocks) > limits.text_characters:
        raise UnreadableDocument("Die Datei enthält mehr Text, als eine Datei haben darf. Bitte in kleinere Dateien teilen.")
    if not any(block.kind is not BlockKind.HEADING and block.text for block in extraction.blocks):
        if not extraction.blocks:
            raise NothingToIndex("Die Datei enthält keinen Text.")
        raise NothingToIndex("Die Datei enthält nur Überschriften und keinen Text.")
    if form.notice:
        return replace(extraction, notices=(form.notice, *extraction.notices))
    return extraction
