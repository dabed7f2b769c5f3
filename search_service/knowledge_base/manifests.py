"""What generations there are, what each says of itself, which one answers, and what no older one may show again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.format import FORMAT_VERSION, OLDEST_FORMAT

GENERATIONS = "generations"
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
WITHDRAWN = "withdrawn.json"
SEAL = "seal"  # the manifest's own SHA-256, beside its fields
REPAIR = "Bitte „change-wissen ingest“ erneut ausführen; der Index wird aus der Datenbank neu gebaut."


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation says of itself."""

    number: int
    published_at: str  # ISO 8601, UTC
    revision: int  # of the catalogue it was built from
    documents: int
    passages: int
    model: str | None  # fingerprint; None without vectors
    dimension: int | None
    format: int
    analysis: int
    sha256: dict[str, str]  # by file name


@dataclass(frozen=True, slots=True)
class PublishedGeneration:
    """A generation that is kept: the one that answers, or one to roll back to."""

    number: int
    published_at: datetime  # UTC
    documents: int
    passages: int
    model: str | None  # fingerprint; None without vectors
    is_current: bool


def list_generations(root: Path) -> list[int]:
    """Return the numbers of the generations under `root`, ascending."""
    return sorted(int(entry.name) for entry in (root / GENERATIONS).glob("[0-9]*") if entry.name.isdigit())


def read_current(root: Path) -> int | None:
    """Return the number that CURRENT names, or None if nothing was published yet. Raises KnowledgeBaseDamaged."""
    try:
        text = (root / CURRENT).read_text("ascii").strip()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeBaseDamaged(f"Die Datei {CURRENT} der Wissensbasis ist nicht lesbar. {REPAIR}") from error
    if not text.isdigit():
        raise KnowledgeBaseDamaged(f"Die Datei {CURRENT} der Wissensbasis ist beschädigt. {REPAIR}")
    return int(text)


def read_manifest(root: Path, number: int) -> Manifest:
    """Return the manifest of a generation; raise KnowledgeBaseDamaged if it is missing, damaged or of another format."""
    try:
        fields = dict(json.loads((find_folder(root, number) / MANIFEST).read_bytes()))
        if fields["format"] > FORMAT_VERSION:
            raise KnowledgeBaseDamaged(
                f"Der Suchindex {number} hat das Format {fields['format']}, diese Version von Ch@nge Wissen kennt nur Format "
                f"{FORMAT_VERSION} und ältere. Die Daten sind unversehrt; bitte das Programm aktualisieren und neu starten."
            )
        if fields["format"] < OLDEST_FORMAT:
            raise KnowledgeBaseDamaged(f"Der Suchindex {number} hat ein anderes, älteres Format als diese Version. {REPAIR}")
        seal, manifest = fields.pop(SEAL), Manifest(**fields)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise KnowledgeBaseDamaged(f"Das Verzeichnis des Suchindex {number} ist nicht lesbar. {REPAIR}") from error
    if seal != make_seal(manifest) or manifest.number != number:
        raise KnowledgeBaseDamaged(f"Das Verzeichnis des Suchindex {number} ist beschädigt. {REPAIR}")
    return manifest


def list_published(root: Path) -> tuple[PublishedGeneration, ...]:
    """Return the generations under `root` whose manifest is sound, the newest first."""
    try:
        current = read_current(root)
    except KnowledgeBaseDamaged:
        current = None
    published = []
    for number in reversed(list_generations(root)):
        try:
            known = read_manifest(root, number)
        except KnowledgeBaseDamaged:
            continue
        when = datetime.fromisoformat(known.published_at)
        published.append(
            PublishedGeneration(number, when, known.documents, known.passages, known.model, is_current=number == current)
        )
    return tuple(published)


def find_folder(root: Path, number: int) -> Path:
    """Return where a generation lies, or would lie."""
    return root / GENERATIONS / f"{number:06d}"


def make_seal(manifest: Manifest) -> str:
    """Return the SHA-256 of a manifest's fields, hex."""
    return hashlib.sha256(json.dumps(asdict(manifest), sort_keys=True).encode()).hexdigest()


def make_current(root: Path, number: int) -> None:
    """Let a generation answer from now on, by one atomic rename."""
    _put_in_place(root / CURRENT, f"{number}\n".encode())


def write_withdrawn(root: Path, document_ids: Iterable[str]) -> None:
    """Record beside the generations, by one atomic rename, what is withdrawn: older ones were made before and hold it still."""
    content = json.dumps(sorted(document_ids)).encode()
    path = root / WITHDRAWN
    if not path.is_file() or path.read_bytes() != content:
        _put_in_place(path, content)


def read_withdrawn(root: Path) -> frozenset[str]:
    """Return what `write_withdrawn` recorded last, nothing if it never did; raise KnowledgeBaseDamaged."""
    try:
        document_ids = json.loads((root / WITHDRAWN).read_bytes())
    except FileNotFoundError:
        return frozenset()
    except (OSError, ValueError) as error:
        raise KnowledgeBaseDamaged(f"Die Datei {WITHDRAWN} der Wissensbasis ist nicht lesbar. {REPAIR}") from error
    if not isinstance(document_ids, list) or not all(isinstance(each, str) for each in document_ids):
        raise KnowledgeBaseDamaged(f"Die Datei {WITHDRAWN} der Wissensbasis ist beschädigt. {REPAIR}")
    return frozenset(document_ids)


def write_synced(path: Path, content: bytes) -> None:
    """Write a file and wait until it is on the disk."""
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _put_in_place(path: Path, content: bytes) -> None:
    """Let a file hold `content` from now on: whoever reads it meanwhile reads all of the old or all of the new."""
    aside = path.with_name(f"{path.name}.new")
    write_synced(aside, content)
    aside.replace(path)
    sync_path(path.parent)


def sync_path(path: Path) -> None:
    """Wait until what a file holds, or a folder names, is on the disk."""
    with _opened(path) as descriptor:
        os.fsync(descriptor)


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
