"""The confined process that reads: one file after the other, under limits it cannot lift (`ingest.serving`).

A request is {"path": …, "passwords": […]}. For each, on standard output any number of lines `page`, one for each page that
text recognition begins, then one reply: `extraction` with JSON as `dump_extraction` writes it, or `error`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from ingest.blocks import Extraction, dump_extraction
from ingest.confinement import extend_cpu
from ingest.extract import extract
from ingest.extract.ocr import Ocr, PageReader, find_ocr, make_reader
from ingest.limits import TOO_MUCH_TEXT, Limits
from ingest.serving import Answer, Request, answer_or_explain, send, serve, try_passwords
from search_service.errors import UnreadableDocument


def main(arguments: Sequence[str]) -> None:
    """Serve requests until standard input ends. `arguments`: the limits as JSON, and the id of the parent."""
    serve(arguments, _prepare)


def _prepare(limits: Limits, replies: BinaryIO) -> Answer:
    ocr = find_ocr()

    def answer(request: Request) -> str:
        return _answer(Path(request["path"]), limits, request["passwords"], _open_reader(ocr, limits, replies))

    return answer


def _open_reader(ocr: Ocr | None, limits: Limits, replies: BinaryIO) -> PageReader | None:
    """Return a reader of pictures for one file; each page it begins earns time here and in the parent."""

    def begin_page() -> None:
        extend_cpu(limits.ocr_seconds_per_page)
        send(replies, "page")

    return None if ocr is None else make_reader(ocr, limits, begin_page)


def _answer(path: Path, limits: Limits, passwords: Sequence[str], reader: PageReader | None) -> str:
    def read() -> str:
        extraction = try_passwords(lambda password: extract(path, limits, password, reader), passwords)
        _check_blocks(extraction, limits)
        reply = f"extraction {dump_extraction(extraction)}"
        if len(reply) > limits.reply_bytes:
            raise UnreadableDocument(TOO_MUCH_TEXT)
        return reply

    return answer_or_explain(read)


def _check_blocks(extraction: Extraction, limits: Limits) -> None:
    """Raise UnreadableDocument if there are more blocks than the parent should hold and go through."""
    if len(extraction.blocks) > limits.blocks:
        raise UnreadableDocument(
            f"Die Datei hat mehr als {limits.blocks} Absätze, also mehr, als eine Datei haben darf. "
            "Bitte in kleinere Dateien teilen."
        )


if __name__ == "__main__":
    main(sys.argv[1:])
