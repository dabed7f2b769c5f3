"""Bytes to blocks: one file per format, all giving the same words. Runs only inside the confined process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.blocks import BlockKind, Extraction
from ingest.extract.docx import extract_docx
from ingest.extract.html import extract_html
from ingest.extract.markdown import extract_markdown
from ingest.extract.pdf import extract_pdf
from ingest.extract.text import extract_text
from ingest.formats import DOCX, HTML, MARKDOWN, PDF, TEXT, detect_format
from ingest.limits import Limits
from search_service.errors import NothingToIndex, UnreadableDocument

EXTRACTORS: dict[str, Callable[[Path, Limits], Extraction]] = {
    PDF: extract_pdf,
    DOCX: extract_docx,
    HTML: extract_html,
    MARKDOWN: extract_markdown,
    TEXT: extract_text,
}


def extract(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of `path`; NothingToIndex or UnreadableDocument with a German reason if there are none to be had."""
    if path.stat().st_size > limits.file_bytes:
        raise UnreadableDocument(
            f"Die Datei ist größer als {limits.file_bytes // 1_000_000} MB. Bitte in kleinere Dateien teilen."
        )
    form = detect_format(path, limits)
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
