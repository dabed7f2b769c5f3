"""Where a query searches: the passages whose documents pass its filters, and those of them that a newer edition replaces."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from search_service.documents import Document, Metadata
from search_service.editions import Works, list_works
from search_service.fusion import Rows
from search_service.knowledge_base.generation import Generation
from search_service.queries import Filters
from search_service.taxonomy import load_taxonomy

VALUES_OF: dict[str, Callable[[Metadata], Sequence[str | None]]] = {
    "collection": lambda metadata: (metadata.collection,),
    "type": lambda metadata: (metadata.type,),
    "sector": lambda metadata: metadata.sectors,
    "topic": lambda metadata: metadata.topics,
    "audience": lambda metadata: metadata.audience,
    "publisher": lambda metadata: (metadata.publisher,),
    "language": lambda metadata: (metadata.language,),
}
# Filters whose values the taxonomy closes -> what a value that is none is said not to be.
_NOT_ONE = {
    "collection": "keine Sammlung",
    "type": "keine Art von Dokument",
    "sector": "keine Branche",
    "topic": "kein Thema",
    "audience": "keine Zielgruppe",
}
_MOST_TOLD = 3  # values that are none, named in one answer


@dataclass(frozen=True, slots=True)
class Scope:
    """Where a query searches."""

    rows: Rows | None  # whose documents pass the filters, whatever their edition, ascending; None: every row
    replaced: NDArray[np.bool_] | None  # by row of the generation: a newer edition that passes, too, answers; None: nowhere
    with_replaced: bool  # whether those are asked for, too


@dataclass(frozen=True, slots=True)
class _Unfiltered:
    """What holds for every query to one generation without filters."""

    works: Works
    replaced: NDArray[np.bool_] | None  # as in Scope


class Scopes:
    """Finds the scope of a query; what a generation's editions need is worked out once. Safe to use from several threads."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Generation, _Unfiltered] = WeakKeyDictionary()

    def find(self, generation: Generation, filters: Filters) -> Scope:
        """Return where `filters` let a query search.

        An older edition gives way to a newer one only if that passes the same filters. Named by its id, it never does.
        """
        unfiltered = self._known.get(generation)
        if unfiltered is None:
            works = list_works(generation)
            everything = np.ones(len(generation.documents), dtype=bool)
            unfiltered = _Unfiltered(works, _find_replaced(generation, works, everything))
            self._known[generation] = unfiltered
        if not filters:
            return Scope(None, unfiltered.replaced, filters.older_editions)
        passing = _find_passing(generation, filters)
        rows = np.flatnonzero(passing[generation.document_of])
        replaced = None if filters.documents else _find_replaced(generation, unfiltered.works, passing)
        return Scope(rows, replaced, filters.older_editions)

    def find_documents(self, generation: Generation, filters: Filters) -> list[int]:
        """Return the positions of the documents that a query under `filters` may find, ascending."""
        passing = _find_passing(generation, filters)
        if not filters.documents and not filters.older_editions:
            passing[_list_replaced(list_works(generation), passing)] = False
        return np.flatnonzero(passing).tolist()


def name_unknown_values(documents: Sequence[Document], filters: Filters) -> list[str]:
    """Return what to say of chosen values that neither the taxonomy nor one of the documents knows."""
    told = []
    for name, what in _NOT_ONE.items():
        known = load_taxonomy()[name]
        unknown = [value for value in dict.fromkeys(filters.values.get(name, ())) if value not in known]
        carried = {value for each in documents for value in VALUES_OF[name](each.metadata)} if unknown else set()
        told += [f"„{value[:40]}“ ist {what}. Es gibt: {', '.join(known)}." for value in unknown if value not in carried]
    return told[:_MOST_TOLD]


def narrow(scope: Scope, rows: Rows | None) -> Scope:
    """Return `scope` with no other rows than `rows`, which are ascending; None leaves it as it is."""
    if rows is None:
        return scope
    return replace(scope, rows=rows if scope.rows is None else np.intersect1d(scope.rows, rows, assume_unique=True))


def _find_replaced(generation: Generation, works: Works, passing: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return by row whether a newer edition among the `passing` documents answers in its place; None if that is nowhere so."""
    replaced = _list_replaced(works, passing)
    if not replaced:
        return None
    by_document = np.zeros(len(generation.documents), dtype=bool)
    by_document[replaced] = True
    by_row: NDArray[np.bool_] = by_document[generation.document_of]
    return by_row


def _list_replaced(works: Works, passing: NDArray[np.bool_]) -> list[int]:
    """Return the positions of the documents that a newer edition among the `passing` ones answers for."""
    return [position for work in works for position in [each for each in work if passing[each]][1:]]


def _find_passing(generation: Generation, filters: Filters) -> NDArray[np.bool_]:
    """Return by position whether a document passes `filters`."""
    return np.array([_passes(document, filters) for document in generation.documents], dtype=bool)


def _passes(document: Document, filters: Filters) -> bool:
    metadata = document.metadata
    if filters.documents and document.id not in filters.documents:
        return False
    if filters.year_from is not None and (metadata.year is None or metadata.year < filters.year_from):
        return False
    if filters.year_to is not None and (metadata.year is None or metadata.year > filters.year_to):
        return False
    return all(not chosen or set(chosen) & set(VALUES_OF[name](metadata)) for name, chosen in filters.values.items())
