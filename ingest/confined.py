"""Reading files in a process that may be lost: the parent's side."""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from ingest.blocks import Extraction, load_extraction
from ingest.limits import DEFAULT_LIMITS, Limits
from search_service.errors import InvalidMetadata, NothingToIndex, UnreadableDocument

ERRORS = {error.__name__: error for error in (UnreadableDocument, NothingToIndex, InvalidMetadata)}
READ_SIZE = 1 << 16
START_SECONDS = 60.0  # a cold start imports all readers; on a busy machine from a slow disk that took up to 10 s
PROJECT = Path(__file__).resolve().parent.parent
CRASHED = "Die Datei hat das Leseprogramm zum Absturz gebracht und wurde aufgegeben. Bitte das Original neu speichern."


class ConfinedExtractor:
    """Keeps one confined process and replaces it after a failure or many files. Use as a context manager."""

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self._process: subprocess.Popen[bytes] | None = None
        self._served = 0

    def __enter__(self) -> ConfinedExtractor:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def extract(self, path: Path) -> Extraction:
        """Return what the file gives; UnreadableDocument or NothingToIndex with a German reason if it gives nothing."""
        if self._process is not None and self._served >= self._limits.files_per_process:
            self.close()
        is_fresh = self._process is None
        process = self._process = self._process or self._start()
        self._served += 1
        try:
            reply = json.loads(self._ask(process, path, START_SECONDS if is_fresh else 0.0))
            if "extraction" in reply:
                return load_extraction(json.dumps(reply["extraction"]))
            error = ERRORS[reply["error"]](reply["message"])
        except UnreadableDocument:
            self.close()
            raise
        except (ValueError, KeyError, TypeError) as problem:
            self.close()
            raise UnreadableDocument(CRASHED) from problem
        raise error

    def close(self) -> None:
        """End the process and wait for it."""
        process, self._process, self._served = self._process, None, 0
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(  # noqa: S603  # the interpreter itself; no part of the command comes from a file
            [sys.executable, "-m", "ingest.child", json.dumps(asdict(self._limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            cwd="/",
            # Nothing of the parent's environment goes along but where the packages lie.
            env={"PYTHONPATH": os.pathsep.join([str(PROJECT), *filter(None, sys.path)]), "LC_ALL": "C.UTF-8"},
            start_new_session=True,
        )

    def _ask(self, process: subprocess.Popen[bytes], path: Path, extra_seconds: float) -> bytes:
        """Return the reply line. UnreadableDocument if the process dies, hangs or says too much."""
        if process.stdin is None or process.stdout is None:
            raise UnreadableDocument(CRASHED)
        request = json.dumps({"path": str(path.absolute())}) + "\n"
        try:
            process.stdin.write(request.encode("ascii"))
        except OSError as error:
            raise UnreadableDocument(CRASHED) from error
        deadline = time.monotonic() + self._limits.seconds + extra_seconds
        parts: list[bytes] = []
        size = 0
        with selectors.DefaultSelector() as selector:
            selector.register(process.stdout, selectors.EVENT_READ)
            while True:
                if not selector.select(max(deadline - time.monotonic(), 0.0)):
                    raise UnreadableDocument(self._explain_timeout())
                part = os.read(process.stdout.fileno(), READ_SIZE)
                if not part:
                    raise UnreadableDocument(self._explain_end(process))
                parts.append(part)
                size += len(part)
                if part.endswith(b"\n"):
                    return b"".join(parts)
                if size > self._limits.reply_bytes + READ_SIZE:
                    raise UnreadableDocument("Die Datei gibt mehr Text her, als eine Datei haben darf. Bitte teilen.")

    def _explain_timeout(self) -> str:
        return (
            f"Das Lesen dauerte länger als {self._limits.seconds:.0f} Sekunden und wurde abgebrochen. "
            "Bitte das Original neu speichern oder in kleinere Dateien teilen."
        )

    def _explain_end(self, process: subprocess.Popen[bytes]) -> str:
        if process.wait() == -signal.SIGXCPU:
            return self._explain_timeout()
        return CRASHED


def extract_file(path: Path, limits: Limits = DEFAULT_LIMITS) -> Extraction:
    """Return what one file gives, read in a confined process; errors as `ConfinedExtractor.extract` raises them."""
    if not path.is_file():
        raise UnreadableDocument(f"Die Datei {path} ist nicht vorhanden. Bitte den Pfad prüfen.")
    if path.stat().st_size == 0:
        raise UnreadableDocument("Die Datei ist leer (0 Byte). Bitte die vollständige Datei ablegen.")
    with ConfinedExtractor(limits) as extractor:
        return extractor.extract(path)
