"""Facets: what the documents in the pool have in common, counted by value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from itertools import chain

from search_service.documents import Document
from search_service.hits import FacetValue
from search_service.queries import Filters
from search_service.scope import VALUES_OF
from search_service.taxonomy import label_value

Facets = dict[str, tuple[FacetValue, ...]]


def count_facets(
    documents: list[Document], found: Collection[int], filters: Filters, find: Callable[[Filters], Collection[int]]
) -> Facets:
    """Return each facet counted over the documents at positions `found`, which `filters` let pass.

    A facet with a filter of its own is counted without that filter, so that the values not chosen can still be chosen:
    `find` tells the positions for other filters.
    """
    known = [documents[position].metadata for position in found]
    facets = {}
    for name, read_values in VALUES_OF.items():
        counted = known
        if filters.values.get(name):
            others = {field: chosen for field, chosen in filters.values.items() if field != name}
            counted = [documents[position].metadata for position in find(replace(filters, values=others))]
        facets[name] = _order(name, chain.from_iterable(map(read_values, counted)))
    if filters.year_from is not None or filters.year_to is not None:
        known = [documents[position].metadata for position in find(replace(filters, year_from=None, year_to=None))]
    facets["year"] = _order("year", (str(each.year) if each.year is not None else None for each in known))
    return facets


def _order(name: str, values: Iterable[str | None]) -> tuple[FacetValue, ...]:
    ordered = sorted(
        ((value, count) for value, count in Counter(values).items() if value), key=lambda item: (-item[1], item[0])
    )
    return tuple(FacetValue(value, label_value(name, value), count) for value, count in ordered)
