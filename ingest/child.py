"""The confined process: reads one file after the other under limits it cannot lift, and answers in JSON.

One request a line on standard input: {"path": …}. One reply a line on standard output: {"extraction": …} as
`dump_extraction` writes it, or {"error": name of the error, "message": German sentence}.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import sys
from dataclasses import fields
from pathlib import Path
from typing import BinaryIO

from ingest.blocks import dump_extraction
from ingest.extract import extract
from ingest.extract.archive import DAMAGED
from ingest.limits import Limits
from search_service.errors import ChangeWissenError

TOO_LARGE = "Die Datei braucht beim Lesen zu viel Arbeitsspeicher und wurde aufgegeben. Bitte in kleinere Dateien teilen."


def main(arguments: list[str]) -> None:
    """Serve requests until standard input ends. `arguments`: the limits as JSON."""
    values = json.loads(arguments[0])
    limits = Limits(**{field.name: values[field.name] for field in fields(Limits)})
    # Libraries that print must not break the protocol: the reply goes out on a copy of standard output.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    _set_limits(limits)
    for line in sys.stdin.buffer:
        _allow_cpu(limits.cpu_seconds)
        _answer(Path(json.loads(line)["path"]), limits, replies)


def _answer(path: Path, limits: Limits, replies: BinaryIO) -> None:
    try:
        reply = f'{{"extraction": {dump_extraction(extract(path, limits))}}}'
        if len(reply) > limits.reply_bytes:
            reply = _write_error("UnreadableDocument", TOO_LARGE)
    except ChangeWissenError as error:
        reply = _write_error(type(error).__name__, str(error))
    except MemoryError:
        reply = _write_error("UnreadableDocument", TOO_LARGE)
    except RecursionError:
        reply = _write_error("UnreadableDocument", "Die Datei ist zu tief verschachtelt und wurde nicht gelesen.")
    except OSError as error:
        reply = _write_error("UnreadableDocument", f"Lesen nicht möglich: {error.strerror or type(error).__name__}.")
    except Exception:  # a damaged file can raise anything in a reader; it costs this file only
        reply = _write_error("UnreadableDocument", DAMAGED)
    replies.write(reply.encode("ascii") + b"\n")
    replies.flush()


def _write_error(name: str, message: str) -> str:
    return json.dumps({"error": name, "message": message})


def _set_limits(limits: Limits) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory_bytes, limits.memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _allow_cpu(seconds: int) -> None:
    """Grant the next file its processor time; the limit counts from the start of the process."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(usage.ru_utime + usage.ru_stime) + seconds + 1, hard))


if __name__ == "__main__":
    main(sys.argv[1:])
