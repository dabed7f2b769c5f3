"""Documents whose file is gone: which are removed, and which are spared."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ingest.sources import Offer, exists, locate
from search_service.documents import Document
from search_service.knowledge_base.store import KnowledgeBase


def prune_documents(
    paths: Sequence[Path], offers: Sequence[Offer], knowledge_base: KnowledgeBase
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Remove documents under `paths` whose file is gone; return their locations and notices about those spared.

    A path that is missing or has no file at all may be a share that is not mounted: nothing under it is removed.
    """
    files = [locate(offer.path) for offer in offers if offer.problem is None]
    roots = list(dict.fromkeys(locate(path) for path in paths))
    silent = [root for root in roots if not any(file.is_relative_to(root) for file in files)]
    gone: list[Document] = []
    spared: dict[Path, int] = {}
    for document in knowledge_base.documents():
        over = [root for root in roots if Path(document.location).is_relative_to(root)]
        if not over or exists(document.location):
            continue
        if (root := next((root for root in over if root in silent), None)) is not None:
            spared[root] = spared.get(root, 0) + 1
        else:
            gone.append(document)
    knowledge_base.remove([document.id for document in gone])
    notices = tuple(_explain_spared(root, count) for root, count in spared.items())
    return tuple(document.location for document in gone), notices


def _explain_spared(root: Path, count: int) -> str:
    kept = "1 Dokument von dort bleibt" if count == 1 else f"{count} Dokumente von dort bleiben"
    return (
        f"Unter „{root}“ liegt keine lesbare Datei – {kept} in der Wissensbasis. Bitte prüfen, ob das Laufwerk eingebunden "
        "ist; sind die Dateien mit Absicht gelöscht, bitte den Ordner darüber mit „--prune“ einlesen."
    )
