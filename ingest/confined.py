"""Working on files in a process that may be lost: the parent's side.

Reading, several files side by side: `ingest.pool`. Drawing pages: `ingest.page_images`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Self, TypeVar

from ingest.blocks import Extraction, load_extraction
from ingest.confinement import Guard
from ingest.limits import DEFAULT_LIMITS, TOO_MUCH_TEXT, Limits
from search_service.errors import InvalidMetadata, NotFound, NothingToIndex, ProtectedDocument, UnreadableDocument

LOGGER = logging.getLogger(__name__)
ERRORS = {error.__name__: error for error in (UnreadableDocument, ProtectedDocument, NothingToIndex, InvalidMetadata, NotFound)}
READ_SIZE = 1 << 16
END_SECONDS = 2.0  # between closing its standard output and ending; ordinarily a few milliseconds
PAGES = re.compile(rb"(?:page\n)*")
CONFINED = re.compile(rb"confined((?: [a-z]+)*)\n")
START_SECONDS = 60.0  # a cold start imports all readers; on a busy machine from a slow disk that took up to 10 s
PROJECT = Path(__file__).resolve().parent.parent
CRASHED = "Die Datei hat das Leseprogramm zum Absturz gebracht und wurde aufgegeben. Bitte das Original neu speichern."
ENVIRONMENT = {
    # Nothing of the parent's environment goes along but where the packages lie.
    "PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path)]),
    "LC_ALL": "C.UTF-8",
    # One core a process; threads of a numerical library would also keep it from leaving the network.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}

Result = TypeVar("Result")


class ConfinedProcess:
    """Keeps one confined process and replaces it after a failure or many files. Use as a context manager.

    One thread at a time. The process ends when the thread that started it does; the next file then starts a new one.
    """

    def __init__(self, module: str, limits: Limits) -> None:
        """Take the name of the module that the process runs; it serves as `ingest.serving` says."""
        self._module = module
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._guards: frozenset[str] | None = None  # what the first process said is in force

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, request: Mapping[str, object], kind: str, read: Callable[[str], Result]) -> Result:
        """Return what `read` makes of the reply, which must begin with the word `kind`; an error in the reply is raised.

        UnreadableDocument if the process dies, hangs or says what cannot be read. Protections that the system does not
        offer are logged once.
        """
        if self._process is not None and (self._served >= self._limits.files_per_process or self._process.poll() is not None):
            self.close()
        is_fresh = self._process is None
        process = self._process = self._process or self._start()
        self._served += 1
        try:
            said, _, body = self._ask(process, request, START_SECONDS if is_fresh else 0.0).partition(" ")
            if said == kind:
                return read(body)
            reply = json.loads(body)
            error = ERRORS[reply["name"]](reply["message"])
        except UnreadableDocument:
            self.close()
            raise
        except (ValueError, KeyError, TypeError) as problem:
            self.close()
            raise UnreadableDocument(CRASHED) from problem
        raise error

    def kill(self) -> None:
        """End what runs without waiting for it; another thread's `extract` then fails at once."""
        if (process := self._process) is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and wait for it."""
        self.kill()
        process, self._process, self._served = self._process, None, 0
        if process is None:
            return
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # the interpreter itself; no part of the command comes from a file
            [sys.executable, "-m", self._module, json.dumps(asdict(self._limits)), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            env=ENVIRONMENT,
            start_new_session=True,
        )

    def _ask(self, process: subprocess.Popen[bytes], request: Mapping[str, object], extra_seconds: float) -> str:
        """Return the reply line. UnreadableDocument if the process dies, hangs or says too much."""
        if process.stdin is None or process.stdout is None:
            raise UnreadableDocument(CRASHED)
        try:
            process.stdin.write(f"{json.dumps(request)}\n".encode("ascii"))
        except OSError as error:
            raise UnreadableDocument(CRASHED) from error
        started, allowed, pages = time.monotonic(), self._limits.seconds, 0
        is_late = False
        received = bytearray()
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                left = started + allowed + extra_seconds - time.monotonic()
                # What lies ready at the deadline still counts, once: in a flood of lines something always lies ready.
                if (is_late and left <= 0) or not selector.select(max(left, 0.0)):
                    raise UnreadableDocument(_explain_timeout(allowed))
                is_late = left <= 0
                part = os.read(process.stdout.fileno(), READ_SIZE)
                if not part:
                    raise UnreadableDocument(_explain_timeout(allowed) if _used_up(process) else CRASHED)
                received += part
                if greeting := CONFINED.match(received):
                    self._note_guards(greeting[1].decode("ascii").split())
                    del received[: greeting.end()]
                begun = _take_pages(received)
                counted = min(begun, max(self._limits.ocr_pages - pages, 0))
                pages += begun
                allowed += self._limits.ocr_seconds_per_page * counted
                if part.endswith(b"\n") and received:
                    return received.decode("ascii")
                if len(received) > self._limits.reply_bytes + READ_SIZE:
                    raise UnreadableDocument(TOO_MUCH_TEXT)

    def _note_guards(self, names: Sequence[str]) -> None:
        if self._guards is not None:
            return
        self._guards = frozenset(names)
        missing = sorted(set(Guard) - self._guards)
        if Guard.CALLS in missing:
            LOGGER.warning("the reading process is confined less than it should be; not in force: %s", ", ".join(missing))
        elif missing:
            LOGGER.info("the reading process is confined without: %s", ", ".join(missing))


class ConfinedExtractor(ConfinedProcess):
    """Reads one file after the other in a confined process."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS, passwords: Sequence[str] = ()) -> None:
        """Take the passwords to try, in this order, on files that do not open without one."""
        super().__init__("ingest.child", limits)
        self._passwords = tuple(passwords)

    def extract(self, path: Path) -> Extraction:
        """Return what the file gives; UnreadableDocument or NothingToIndex with a German reason if it gives nothing."""
        return self.ask({"path": str(path.absolute()), "passwords": self._passwords}, "extraction", load_extraction)


def _take_pages(received: bytearray) -> int:
    """Cut the lines `page` off the head and return their number."""
    found = PAGES.match(received)
    end = found.end() if found else 0
    del received[:end]
    return end // len(b"page\n")


def _used_up(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a process that says nothing more was ended for its processor time. It is not waited for much longer."""
    try:
        return process.wait(END_SECONDS) == -signal.SIGXCPU
    except subprocess.TimeoutExpired:
        return False


def _explain_timeout(seconds: float) -> str:
    return (
        f"Das Lesen dauerte länger als {seconds:.0f} Sekunden und wurde abgebrochen. "
        "Bitte das Original neu speichern oder in kleinere Dateien teilen."
    )


def extract_file(path: Path, limits: Limits = DEFAULT_LIMITS, passwords: Sequence[str] = ()) -> Extraction:
    """Return what one file gives, read in a confined process; errors as `ConfinedExtractor.extract` raises them."""
    if not path.is_file():
        raise UnreadableDocument(f"Die Datei {path} ist nicht vorhanden. Bitte den Pfad prüfen.")
    if path.stat().st_size == 0:
        raise UnreadableDocument("Die Datei ist leer (0 Byte). Bitte die vollständige Datei ablegen.")
    with ConfinedExtractor(limits, passwords) as extractor:
        return extractor.extract(path)
