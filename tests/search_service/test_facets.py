"""What the documents found have in common."""

from __future__ import annotations

from collections.abc import Collection

from search_service.documents import Document
from search_service.facets import count_facets
from search_service.queries import Filters
from tests.search_service.hand_made import hand_made

DOCUMENTS: list[Document] = [
    hand_made("a", [], year=2024, collection="wissen", topics=("ki", "robotik"))[0],
    hand_made("b", [], year=2024, collection="wissen", topics=("ki",))[0],
    hand_made("c", [], year=2021, collection="erfolg", topics=("robotik",))[0],
    hand_made("d", [])[0],
]


def nothing_else(_: Filters) -> Collection[int]:
    raise AssertionError("without a filter of its own, a facet needs no other search")


def test_values_are_counted_most_frequent_first_then_by_name() -> None:
    facets = count_facets(DOCUMENTS, [0, 1, 2, 3], Filters(), nothing_else)
    assert [(item.value, item.count) for item in facets["collection"]] == [("wissen", 2), ("erfolg", 1)]
    assert [(item.value, item.count) for item in facets["topic"]] == [("ki", 2), ("robotik", 2)]
    assert [(item.value, item.count) for item in facets["year"]] == [("2024", 2), ("2021", 1)]
    assert facets["publisher"] == ()
    assert facets["collection"][0].label == "Ch@nge Wissen"


def test_nothing_found_has_every_facet_empty() -> None:
    facets = count_facets(DOCUMENTS, [], Filters(), nothing_else)
    assert set(facets) == {"collection", "type", "sector", "topic", "audience", "publisher", "language", "year"}
    assert set(facets.values()) == {()}


def test_a_facet_with_a_filter_is_counted_without_it_and_with_all_others() -> None:
    asked: list[Filters] = []

    def find(filters: Filters) -> Collection[int]:
        asked.append(filters)
        return [0, 1, 2]

    filters = Filters({"collection": ("wissen",), "topic": ()}, year_from=2023)
    facets = count_facets(DOCUMENTS, [0, 1], filters, find)
    assert asked == [Filters({"topic": ()}, year_from=2023), Filters({"collection": ("wissen",), "topic": ()})]
    assert [(item.value, item.count) for item in facets["collection"]] == [("wissen", 2), ("erfolg", 1)]
    assert [(item.value, item.count) for item in facets["topic"]] == [("ki", 2), ("robotik", 1)]
    assert [(item.value, item.count) for item in facets["year"]] == [("2024", 2), ("2021", 1)]
