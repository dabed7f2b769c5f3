"""The editions of a work: how they are called, which answers under the filters of a query. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from search_service.documents import Document, is_newer
from search_service.knowledge_base.generation import Generation

Works = Sequence[Sequence[int]]  # positions of documents, one sequence for each work of several editions, newest first


@dataclass(frozen=True, slots=True)
class Editions:
    """The other editions of a work, as seen from one of its documents."""

    newer: Document | None = None  # the one that answers in its place
    older: tuple[Document, ...] = ()  # those it answers for, newest first


def name_newer(newer: Document, older: Document) -> str:
    """Return what to say beside a document that another answers for: "Neuere Ausgabe vorhanden"."""
    return "Neuere Ausgabe vorhanden" if is_newer(newer.metadata, older.metadata) else "Aktuelle Fassung vorhanden"


def name_older(newer: Document, older: Document) -> str:
    """Return how to call a document that `newer` answers for."""
    return "Ältere Ausgabe" if is_newer(newer.metadata, older.metadata) else "Weitere Fassung"


def find_editions(generation: Generation, document: Document) -> Editions:
    """Return the other editions of the work of `document`."""
    newer = generation.position_of.get(document.newer_edition or "")
    older = [other for other in generation.documents if other.newer_edition == document.id]
    older.sort(key=_newest_first)
    return Editions(None if newer is None else generation.documents[newer], tuple(older))


def list_works(generation: Generation) -> Works:
    """Return the works of several editions; the one that answers without filters stands first."""
    older: dict[str, list[int]] = defaultdict(list)
    for position, document in enumerate(generation.documents):
        if document.newer_edition in generation.position_of:
            older[document.newer_edition or ""].append(position)
    return [
        [generation.position_of[newest], *sorted(positions, key=lambda each: _newest_first(generation.documents[each]))]
        for newest, positions in older.items()
    ]


def _newest_first(document: Document) -> tuple[int, int, str]:
    return -(document.metadata.year or 0), -(document.metadata.edition or 0), document.id
