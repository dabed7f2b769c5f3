"""The confined process: reads one file after the other under limits it cannot lift, and answers in lines.

On standard output first one line `confined` with the protections in force (`ingest.confinement.Guard`), parted by spaces.
Then one request a line on standard input, as JSON: {"path": …, "passwords": […]}. For each, on standard output any number
of lines `page`, one for each page that text recognition begins, then one reply: `extraction` with JSON as `dump_extraction`
writes it, or `error` with {"name": of the error, "message": German sentence}.

No password, no path and no limit travels in the command line or the environment of anything that is started.
What is given up before the first file is read, and what happens where the system does not allow it: `ingest.confinement`.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import BinaryIO

from ingest.blocks import Extraction, dump_extraction
from ingest.confinement import allow_cpu, confine, extend_cpu
from ingest.extract import extract
from ingest.extract.archive import DAMAGED
from ingest.extract.ocr import Ocr, PageReader, find_ocr, make_reader
from ingest.limits import TOO_MUCH_TEXT, Limits
from search_service.errors import ChangeWissenError, ProtectedDocument, UnreadableDocument

TOO_LARGE = "Die Datei braucht beim Lesen zu viel Arbeitsspeicher und wurde aufgegeben. Bitte in kleinere Dateien teilen."


def main(arguments: Sequence[str]) -> None:
    """Serve requests until standard input ends. `arguments`: the limits as JSON, and the id of the parent."""
    values = json.loads(arguments[0])
    limits = Limits(**{field.name: values[field.name] for field in fields(Limits)})
    # Libraries that print must not break the protocol: the reply goes out on a copy of standard output.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    guards = confine(limits, int(arguments[1]))
    _send(replies, " ".join(["confined", *sorted(guards)]))
    ocr = find_ocr()
    for line in sys.stdin.buffer:
        request = json.loads(line)
        allow_cpu(limits.cpu_seconds)
        reply = _answer(Path(request["path"]), limits, request["passwords"], _open_reader(ocr, limits, replies))
        _send(replies, reply)


def _open_reader(ocr: Ocr | None, limits: Limits, replies: BinaryIO) -> PageReader | None:
    """Return a reader of pictures for one file; each page it begins earns time here and in the parent."""

    def begin_page() -> None:
        extend_cpu(limits.ocr_seconds_per_page)
        _send(replies, "page")

    return None if ocr is None else make_reader(ocr, limits, begin_page)


def _answer(path: Path, limits: Limits, passwords: Sequence[str], reader: PageReader | None) -> str:
    try:
        extraction = _try_passwords(lambda password: extract(path, limits, password, reader), passwords)
        _check_blocks(extraction, limits)
        reply = f"extraction {dump_extraction(extraction)}"
        return reply if len(reply) <= limits.reply_bytes else _write_error("UnreadableDocument", TOO_MUCH_TEXT)
    except ChangeWissenError as error:
        return _write_error(type(error).__name__, str(error))
    except MemoryError:
        return _write_error("UnreadableDocument", TOO_LARGE)
    except RecursionError:
        return _write_error("UnreadableDocument", "Die Datei ist zu tief verschachtelt und wurde nicht gelesen.")
    except OSError as error:
        return _write_error("UnreadableDocument", f"Lesen nicht möglich: {error.strerror or type(error).__name__}.")
    except Exception:  # a damaged file can raise anything in a reader; it costs this file only
        return _write_error("UnreadableDocument", DAMAGED)


def _try_passwords(read: Callable[[str | None], Extraction], passwords: Sequence[str]) -> Extraction:
    """Return what `read` gives without a password, else with the first one that opens the file."""
    for password in (None, *passwords):
        try:
            return read(password)
        except ProtectedDocument as error:
            refusal = error
    raise refusal


def _check_blocks(extraction: Extraction, limits: Limits) -> None:
    """Raise UnreadableDocument if there are more blocks than the parent should hold and go through."""
    if len(extraction.blocks) > limits.blocks:
        raise UnreadableDocument(
            f"Die Datei hat mehr als {limits.blocks} Absätze, also mehr, als eine Datei haben darf. "
            "Bitte in kleinere Dateien teilen."
        )


def _send(replies: BinaryIO, line: str) -> None:
    replies.write(line.encode("ascii") + b"\n")
    replies.flush()


def _write_error(name: str, message: str) -> str:
    return f"error {json.dumps({'name': name, 'message': message})}"


if __name__ == "__main__":
    main(sys.argv[1:])
