"""How a confined process serves requests: limits first, then one line in, one line out. What it answers is handed in.

On standard output first one line `confined` with the protections in force (`ingest.confinement.Guard`), parted by spaces.
Then one request a line on standard input, as a JSON object; each is answered with one line, a word and JSON or Base64
behind it, `error` with {"name": of the error, "message": German sentence} if it went wrong.

No password, no path and no limit travels in the command line or the environment of anything that is started.
What is given up before the first file is read, and what happens where the system does not allow it: `ingest.confinement`.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, BinaryIO, TypeVar

from ingest.confinement import allow_cpu, confine
from ingest.limits import Limits
from search_service.errors import ChangeWissenError, ProtectedDocument

TOO_LARGE = "Die Datei braucht beim Lesen zu viel Arbeitsspeicher und wurde aufgegeben. Bitte in kleinere Dateien teilen."
DAMAGED = "Die Datei ist beschädigt. Bitte das Original noch einmal öffnen, neu speichern und wieder ablegen."

Request = Mapping[str, Any]  # as JSON gave it; the parent, which is trusted, wrote it
Answer = Callable[[Request], str]
Result = TypeVar("Result")


def serve(arguments: Sequence[str], prepare: Callable[[Limits, BinaryIO], Answer]) -> None:
    """Serve requests until standard input ends. `arguments`: the limits as JSON, and the id of the parent.

    `prepare` runs once, under the limits already; it gets the stream of replies for lines that come before a reply.
    """
    values = json.loads(arguments[0])
    limits = Limits(**{field.name: values[field.name] for field in fields(Limits)})
    # Libraries that print must not break the protocol: the reply goes out on a copy of standard output.
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    logging.disable(logging.CRITICAL)
    guards = confine(limits, int(arguments[1]))
    send(replies, " ".join(["confined", *sorted(guards)]))
    answer = prepare(limits, replies)
    for line in sys.stdin.buffer:
        request = json.loads(line)
        allow_cpu(limits.cpu_seconds)
        send(replies, answer(request))


def send(replies: BinaryIO, line: str) -> None:
    """Write one line of ASCII at once."""
    replies.write(line.encode("ascii") + b"\n")
    replies.flush()


def answer_or_explain(make_reply: Callable[[], str]) -> str:
    """Return the reply, or the line that says in German why there is none."""
    try:
        return make_reply()
    except ChangeWissenError as error:
        return write_error(type(error).__name__, str(error))
    except MemoryError:
        return write_error("UnreadableDocument", TOO_LARGE)
    except RecursionError:
        return write_error("UnreadableDocument", "Die Datei ist zu tief verschachtelt und wurde nicht gelesen.")
    except OSError as error:
        return write_error("UnreadableDocument", f"Lesen nicht möglich: {error.strerror or type(error).__name__}.")
    except Exception:  # a damaged file can raise anything in a reader; it costs this file only
        return write_error("UnreadableDocument", DAMAGED)


def write_error(name: str, message: str) -> str:
    """Return the line of an error."""
    return f"error {json.dumps({'name': name, 'message': message})}"


def try_passwords(read: Callable[[str | None], Result], passwords: Sequence[str]) -> Result:
    """Return what `read` gives without a password, else with the first one that opens the file."""
    for password in (None, *passwords):
        try:
            return read(password)
        except ProtectedDocument as error:
            refusal = error
    raise refusal
