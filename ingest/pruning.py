"""Documents whose file is gone: which are removed, and which are spared."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.sources import Offer, exists, locate
from search_service.documents import Document
from search_service.knowledge_base.store import KnowledgeBase


@dataclass(frozen=True, slots=True)
class Pruning:
    """What was removed."""

    removed: tuple[str, ...] = ()  # locations
    notices: tuple[str, ...] = ()  # German, about documents that were spared


def prune_documents(
    paths: Sequence[Path], offers: Sequence[Offer], knowledge_base: KnowledgeBase, *, is_certain: bool = False
) -> Pruning:
    """Remove documents under `paths` whose file is gone.

    A path that is missing or has no file at all, and a folder below it that is empty, may be a share that is not mounted:
    nothing there is removed unless `is_certain`, as for a folder that no share can stand behind.
    """
    roots = {locate(path) for path in paths}
    gone = [
        document
        for document in knowledge_base.documents()
        if any(Path(document.location).is_relative_to(root) for root in roots) and not exists(document.location)
    ]
    return _remove(gone, [] if is_certain else find_silent(paths, offers), knowledge_base, is_certain=is_certain)


def remove_documents(locations: Iterable[Path], knowledge_base: KnowledgeBase) -> Pruning:
    """Remove the documents at `locations` whose file is gone; a folder that is empty now may be a share not mounted."""
    found = (knowledge_base.find_by_location(str(locate(location))) for location in locations)
    gone = [document for document in found if document is not None and not exists(document.location)]
    return _remove(gone, [], knowledge_base, is_certain=False)


def find_silent(paths: Iterable[Path], offers: Iterable[Offer]) -> list[Path]:
    """Return those of `paths` under which no file was offered that can be read."""
    heard: set[Path] = set()
    for offer in offers:
        if offer.problem is None:
            place = locate(offer.path)
            heard.update((place, *place.parents))
    return [root for root in dict.fromkeys(locate(path) for path in paths) if root not in heard]


def find_doubt(place: Path, silent: Sequence[Path]) -> Path | None:
    """Return the folder that may be a share not mounted, so that a file missing at `place` may not be gone; None: it is."""
    doubtful = next((root for root in silent if place.is_relative_to(root)), None)
    if doubtful is None and _is_empty(folder := _find_folder(place)):
        return folder
    return doubtful


def _remove(gone: Iterable[Document], silent: Sequence[Path], knowledge_base: KnowledgeBase, *, is_certain: bool) -> Pruning:
    removed: list[Document] = []
    spared: dict[Path, int] = {}
    for document in gone:
        doubtful = None if is_certain else find_doubt(Path(document.location), silent)
        if doubtful is None:
            removed.append(document)
        else:
            spared[doubtful] = spared.get(doubtful, 0) + 1
    knowledge_base.remove([document.id for document in removed])
    notices = (_explain_spared(folder, count) for folder, count in spared.items())
    return Pruning(tuple(document.location for document in removed), tuple(notices))


def _find_folder(place: Path) -> Path:
    """Return the nearest folder above `place` that is there."""
    return next(folder for folder in place.parents if folder.is_dir())


def _is_empty(folder: Path) -> bool:
    try:
        return next(folder.iterdir(), None) is None
    except OSError:  # what cannot be looked into may hold anything
        return True


def _explain_spared(folder: Path, count: int) -> str:
    kept = "1 Dokument von dort bleibt" if count == 1 else f"{count} Dokumente von dort bleiben"
    return (
        f"Unter „{folder}“ liegt keine lesbare Datei – {kept} in der Wissensbasis. Bitte prüfen, ob das Laufwerk eingebunden "
        "ist; sind die Dateien mit Absicht gelöscht, bitte auch den leeren Ordner löschen und den Ordner darüber mit "
        "„--prune“ einlesen."
    )
