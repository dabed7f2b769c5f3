"""Which files are offered for ingest, and what stands in them at this moment."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.ignore import IGNORE_FILE, Rule, is_ignored, parse_rules
from search_service.errors import UnreadableDocument, name_os_error

SIDECAR_ENDING = ".meta.yaml"
MAX_DEPTH = 200  # folders inside folders; paths of 4096 bytes, the most Linux opens, rarely hold so many
READ_SIZE = 1 << 20
# Files that programs leave beside documents: never documents themselves.
SYSTEM_FILES = frozenset({"thumbs.db", "desktop.ini", "ehthumbs.db"})
LEFTOVER_ENDINGS = ("~", ".tmp", ".swp", ".part", ".crdownload", ".partial")


@dataclass(frozen=True, slots=True)
class Offer:
    """One path that ends in exactly one state."""

    path: Path
    problem: str | None = None  # German; set if the path cannot even be opened as a file
    is_failure: bool = True  # with `problem`: True ends as failed, False as skipped


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A file as it was while it was read."""

    size: int
    modified_ns: int
    content_hash: str  # SHA-256 over the file's bytes and its sidecar's, hex
    sidecar: bytes | None


def walk(paths: Iterable[Path], without: Iterable[Path] = ()) -> Iterator[Offer]:
    """Yield every file under `paths` once, folder by folder in the order of names, with what cannot be read.

    Hidden files, sidecars, leftovers of editors and what a `.ingestignore` names are not offered. A file that was
    named itself is always offered. Files and folders in `without` are left out, by whatever link they are met; only
    a path that lies inside such a folder itself is walked, since it was asked for.
    """
    left_out = [Path(os.path.realpath(path)) for path in without]
    seen: set[str] = set()
    for path in paths:
        above = Path(os.path.realpath(path)).parents
        barred = [place for place in left_out if place not in above]
        for offer in _walk_one(path):
            real = os.path.realpath(offer.path)
            if any(Path(real).is_relative_to(place) for place in barred):
                continue
            key = real if offer.problem is None else str(locate(offer.path))
            if key not in seen:
                seen.add(key)
                yield offer


def locate(path: Path) -> Path:
    """Return the one absolute form of `path` under which a file is known: without "..", links as they are."""
    return Path(os.path.abspath(path))  # noqa: PTH100  # Path.absolute keeps ".."


def find_sidecar(path: Path) -> Path | None:
    """Return the metadata file beside `path`: `studie.pdf.meta.yaml` before `studie.meta.yaml`; None without one."""
    for name in (path.name + SIDECAR_ENDING, path.stem + SIDECAR_ENDING):
        candidate = path.with_name(name)
        if candidate.is_file():
            return candidate
    return None


def take_snapshot(path: Path) -> Snapshot:
    """Read and hash `path`. Raises UnreadableDocument if it is empty, unreadable, or changes in two tries."""
    for _ in range(2):
        try:
            before = path.stat()
            digest = hashlib.sha256()
            with path.open("rb") as file:
                while part := file.read(READ_SIZE):
                    digest.update(part)
            sidecar_path = find_sidecar(path)
            sidecar = sidecar_path.read_bytes() if sidecar_path else None
            if sidecar is not None:
                digest.update(b"\0" + SIDECAR_ENDING.encode() + b"\0" + sidecar)
            after = path.stat()
        except OSError as error:
            raise UnreadableDocument(explain_os_error(error)) from error
        if (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns):
            if before.st_size == 0:
                raise UnreadableDocument("Die Datei ist leer (0 Byte). Bitte die vollständige Datei ablegen.")
            return Snapshot(before.st_size, before.st_mtime_ns, digest.hexdigest(), sidecar)
    raise UnreadableDocument(CHANGING)


def is_unchanged(path: Path, snapshot: Snapshot) -> bool:
    """Tell whether the file still has the size and time of `snapshot`."""
    try:
        now = path.stat()
    except OSError:
        return False
    return (now.st_size, now.st_mtime_ns) == (snapshot.size, snapshot.modified_ns)


def exists(location: str) -> bool:
    """Tell whether the file is there, or may be: what cannot be looked at counts as there."""
    try:
        os.stat(location)  # noqa: PTH116  # Path.exists hides errors that are no absence
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


CHANGING = "Die Datei wird gerade geändert. Bitte noch einmal einlesen, wenn sie fertig gespeichert ist."


def explain_os_error(error: OSError) -> str:
    """Return a German sentence for what the system refused."""
    if isinstance(error, PermissionError):
        return "Keine Leseberechtigung. Bitte die Rechte der Datei oder des Ordners prüfen."
    if isinstance(error, FileNotFoundError):
        return "Die Datei oder der Ordner ist nicht vorhanden. Bitte den Pfad prüfen."
    return f"Lesen nicht möglich: {name_os_error(error)}. Bitte den Datenträger und den Pfad prüfen."


def _walk_one(path: Path) -> Iterator[Offer]:
    try:
        mode = path.stat().st_mode
    except OSError as error:
        yield Offer(path, _explain_missing(path, error))
        return
    if stat.S_ISDIR(mode):
        yield from _walk_folder(path, path, (), ())
    else:
        yield from _offer_file(path, mode)


def _walk_folder(
    folder: Path, root: Path, rules: tuple[tuple[Path, list[Rule]], ...], above: tuple[tuple[int, int], ...]
) -> Iterator[Offer]:
    """`above` holds the identities (device, inode) of the folders that lead here: meeting one again is a loop."""
    if len(above) > MAX_DEPTH:
        yield Offer(folder, f"Die Ordner sind tiefer als {MAX_DEPTH} Ebenen verschachtelt. Bitte flacher ablegen.")
        return
    try:
        status = folder.stat()
        identity = (status.st_dev, status.st_ino)
        if identity in above:
            yield Offer(folder, "Die symbolische Verknüpfung führt im Kreis; der Ordner wurde schon gelesen.", is_failure=False)
            return
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in entries)
        if IGNORE_FILE in names:
            text = (folder / IGNORE_FILE).read_text("utf-8", errors="replace")
            rules = (*rules, (folder, parse_rules(text)))
    except OSError as error:
        yield Offer(folder, f"Ordner nicht lesbar. {explain_os_error(error)}")
        return
    for name in names:
        path = folder / name
        if _is_never_offered(name):
            continue
        try:
            mode = path.stat().st_mode
        except OSError as error:
            yield Offer(path, _explain_missing(path, error))
            continue
        is_folder = stat.S_ISDIR(mode)
        if any(is_ignored(path.relative_to(base).as_posix(), is_folder, found) for base, found in rules):
            continue
        if is_folder:
            yield from _walk_folder(path, root, rules, (*above, identity))
        else:
            yield from _offer_file(path, mode)


def _offer_file(path: Path, mode: int) -> Iterator[Offer]:
    if stat.S_ISREG(mode):
        yield Offer(path)
    else:
        yield Offer(path, "Keine gewöhnliche Datei (Gerät, Leitung oder Socket).", is_failure=False)


def _is_never_offered(name: str) -> bool:
    lowered = name.casefold()
    return (
        name.startswith((".", "~$"))
        or lowered in SYSTEM_FILES
        or lowered.endswith(LEFTOVER_ENDINGS)
        or lowered.endswith(SIDECAR_ENDING)
    )


def _explain_missing(path: Path, error: OSError) -> str:
    if path.is_symlink() and isinstance(error, FileNotFoundError):
        return "Die symbolische Verknüpfung zeigt ins Leere. Bitte das Ziel wiederherstellen oder die Verknüpfung entfernen."
    if path.is_symlink() and not isinstance(error, PermissionError):
        return "Die symbolische Verknüpfung führt im Kreis. Bitte die Verknüpfung entfernen."
    return explain_os_error(error)
