"""The folder where fetched documents lie as ordinary files, and the record of where each came from."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote

from ingest.sources import SIDECAR_ENDING
from ingest.web.addresses import DEFAULT_PORTS, Address
from ingest.web.fetch import Seen
from search_service.errors import KnowledgeBaseBusy

FOLDER = "fetched"  # inside the knowledge base
# Both start with a dot: `ingest.sources.walk` does not offer them.
JOURNAL = ".journal.jsonl"
LOCK = ".lock"
NAME_BYTES = 120  # a name may have 255 bytes; hash, ending and the sidecar's ending come on top
# What YAML does not take as it stands in a quoted text: controls, lone surrogates, line separators, non-characters.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]+")


Fields = Mapping[str, str | int | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Holding:
    """One document on the shelf."""

    key: str  # what it is asked for by: its address, or, of a record, endpoint#identifier (no address has a fragment)
    source: str  # the sitemap or endpoint that named it; "" if it was named itself
    file: str  # relative to the shelf, with "/"
    address: str  # where its bytes came from
    digest: str  # SHA-256 of the bytes, hex
    fetched: str  # day, ISO
    stamp: str = ""  # when it changed last, as its source says
    etag: str | None = None
    last_modified: str | None = None

    @property
    def seen(self) -> Seen:
        """Return what to send along so that an unchanged document is not sent again."""
        return Seen(self.etag, self.last_modified)


class Shelf:
    """The documents fetched into one folder, one process at a time. Use as a context manager.

    Every change is appended to a journal at once, so that a run that is killed goes on where it was.
    """

    def __init__(self, folder: Path) -> None:
        """Open the shelf in `folder`, creating it if there is none. Raises KnowledgeBaseBusy if another process has it."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._lock)
            raise KnowledgeBaseBusy(f"In den Ordner {folder} lädt gerade ein anderer Vorgang. Bitte warten.") from error
        self._holdings = _read_journal(folder / JOURNAL)
        _write_file(folder / JOURNAL, "".join(map(_dump_line, self._holdings.values())).encode())
        self._journal = (folder / JOURNAL).open("a", encoding="utf-8")

    def __enter__(self) -> Shelf:
        return self

    def __exit__(self, *_: object) -> None:
        self._journal.close()
        os.close(self._lock)

    def find(self, key: str) -> Holding | None:
        """Return what is held under `key`, if its file is still there."""
        holding = self._holdings.get(key)
        return holding if holding is not None and (self.folder / holding.file).is_file() else None

    def list_source(self, source: str) -> list[Holding]:
        """Return what `source` has named so far."""
        return [holding for holding in self._holdings.values() if holding.source == source]

    def put(self, holding: Holding, data: bytes | None, fields: Fields) -> None:
        """Keep a document and what is known about it; None as `data` leaves its bytes as they are.

        Files whose content would not change are not written, so that they do not look new.
        """
        path = self.folder / holding.file
        path.parent.mkdir(exist_ok=True)
        if data is not None:
            _write_file(path, data)
        _write_file(path.with_name(path.name + SIDECAR_ENDING), write_sidecar(fields).encode())
        known = self._holdings.get(holding.key)
        self._holdings[holding.key] = holding
        self._note(_dump_line(holding))
        if known is not None and known.file != holding.file:  # the same address now gives another format
            self._drop(known.file)

    def remove(self, key: str) -> str | None:
        """Take a document off the shelf; return the path of its file, None if there was none."""
        holding = self._holdings.pop(key, None)
        if holding is None:
            return None
        self._drop(holding.file)
        self._note(json.dumps({"key": key, "removed": True}) + "\n")
        return str(self.folder / holding.file)

    def _drop(self, file: str) -> None:
        path = self.folder / file
        for place in (path, path.with_name(path.name + SIDECAR_ENDING)):
            place.unlink(missing_ok=True)
        with contextlib.suppress(OSError):  # other files are left in the server's folder
            path.parent.rmdir()

    def _note(self, line: str) -> None:
        self._journal.write(line)
        self._journal.flush()


def name_file(address: Address, key: str, ending: str) -> str:
    """Return "server/readable-part-0123456789.pdf": the same for the same key and ending, different for different keys."""
    port = "" if address.port == DEFAULT_PORTS[address.scheme] else f"_{address.port}"
    folder = re.sub(r"[^a-z0-9.-]", "_", address.host)[:200] + port
    parts = [part for part in unquote(address.path, errors="replace").split("/") if part]
    readable = parts[-1] if parts else ""
    if readable.lower().endswith(ending):
        readable = readable[: -len(ending)]
    readable = re.sub(r"[\W_]+", "-", readable).strip("-").encode()[:NAME_BYTES].decode(errors="ignore").rstrip("-")
    return f"{folder}/{readable or 'seite'}-{hashlib.sha256(key.encode()).hexdigest()[:10]}{ending}"


def write_sidecar(fields: Fields) -> str:
    """Return the fields as YAML, in their order; every value is written as JSON, which is YAML too."""
    return "".join(f"{name}: {json.dumps(_printable(value), ensure_ascii=False)}\n" for name, value in fields.items())


def _printable(value: str | int | Sequence[str]) -> str | int | list[str]:
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return UNPRINTABLE.sub(" ", value)
    return [UNPRINTABLE.sub(" ", item) for item in value]


def _read_journal(path: Path) -> dict[str, Holding]:
    """Return what the journal's lines leave, the last one of each key counting; a line cut short by a crash is passed over."""
    holdings: dict[str, Holding] = {}
    try:
        lines = path.read_text("utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return holdings
    for line in lines:
        try:
            data = json.loads(line)
            if data.get("removed"):
                holdings.pop(data["key"], None)
            elif (holding := Holding(**data)).file == _safe_file(holding.file):
                holdings[holding.key] = holding
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
    return holdings


def _safe_file(file: str) -> str | None:
    """Return `file` if it is one folder and one name, as `name_file` makes them; None for anything that leads elsewhere."""
    parts = file.split("/")
    return file if len(parts) == 2 and not any(part.startswith(".") or not part for part in parts) else None


def _dump_line(holding: Holding) -> str:
    return json.dumps(asdict(holding), ensure_ascii=True) + "\n"


def _write_file(path: Path, data: bytes) -> None:
    """Write `data` so that a reader sees either the old or the new content; nothing if it is there already."""
    if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
