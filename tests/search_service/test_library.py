"""What can be read without searching: lists of documents, passages in their place, and what documents have in common."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.documents import Document
from search_service.errors import InvalidQuery, NotFound
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.library import Library, sort_documents
from search_service.queries import FILTER_FIELDS, DocumentOrder, Filters, Grouping, Listing, Mode, Query
from search_service.searcher import Searcher
from tests.search_service.hand_made import hand_made, put

TEXTS = ["Pausen sind zu gewähren.", "Wer sechs Stunden arbeitet.", "Pausen zählen nicht."]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """Five works on breaks; of one there are three editions."""
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        work = {"title": "Pausen regeln", "type": "guide", "collection": "wissen"}
        put(knowledge_base, "alt", ["Pausen sind zu gewähren, auch im Akkord."], year=2021, **work)
        put(knowledge_base, "mittel", ["Pausen sind zu gewähren, auch nachts."], year=2023, **work)
        put(
            knowledge_base,
            "neu",
            TEXTS,
            year=2025,
            **work,
        )
        put(knowledge_base, "lager", ["Pausen im Lager."], year=2024, collection="erfolg", topics=("arbeitszeit",))
        put(knowledge_base, "ohne", ["Pausen ohne Jahr."], title="„Ähnliche“ Pausen", topics=("arbeitszeit", "ki"))
        knowledge_base.set_newer_editions({"d-alt": "d-neu", "d-mittel": "d-neu"})
        knowledge_base.publish()
    return Searcher(Reader(root))


@pytest.fixture(scope="module")
def library(searcher: Searcher) -> Library:
    return searcher.library


def names(library: Library, listing: Listing) -> list[str]:
    return [document.id.removeprefix("d-") for document in library.list_documents(listing).documents]


def test_documents_are_listed_by_title_as_a_telephone_book_does(library: Library) -> None:
    assert names(library, Listing()) == ["ohne", "lager", "neu"]  # Ähnliche, Lager, Pausen
    assert names(library, Listing(descending=True)) == ["neu", "lager", "ohne"]


def test_documents_without_a_year_stand_last_whichever_way_years_run(library: Library) -> None:
    assert names(library, Listing(order=DocumentOrder.YEAR)) == ["lager", "neu", "ohne"]
    assert names(library, Listing(order=DocumentOrder.YEAR, descending=True)) == ["neu", "lager", "ohne"]


def test_older_editions_are_listed_where_they_are_asked_for_or_where_they_answer(library: Library) -> None:
    everything = Filters(older_editions=True)
    assert names(library, Listing(everything, DocumentOrder.YEAR)) == ["alt", "mittel", "lager", "neu", "ohne"]
    assert names(library, Listing(Filters(year_to=2023))) == ["mittel"]
    assert names(library, Listing(Filters(documents=("d-alt",)))) == ["alt"]


def test_pages_join_to_the_whole_list_and_one_beyond_the_end_is_empty(library: Library) -> None:
    pages = [library.list_documents(Listing(page=page, page_size=2)) for page in (1, 2, 3, 10**30)]
    assert [[document.id for document in page.documents] for page in pages] == [["d-ohne", "d-lager"], ["d-neu"], [], []]
    assert {page.total for page in pages} == {3}


def test_a_list_that_nothing_passes_says_so(library: Library) -> None:
    found = library.list_documents(Listing(Filters({"type": ("nix",)})))
    assert (found.documents, found.total) == ((), 0)
    first, second = found.notices
    assert first == "Zu diesen Filtern gibt es kein Dokument. Bitte die Schreibweise prüfen oder einen Filter weglassen."
    assert second.startswith("„nix“ ist keine Art von Dokument. Es gibt: study, guide,")


@pytest.mark.parametrize(("page", "page_size"), [(0, 10), (-1, 10), (1, 0), (1, 101)])
def test_a_page_that_cannot_be_is_refused(page: int, page_size: int) -> None:
    with pytest.raises(InvalidQuery):
        Listing(page=page, page_size=page_size)


def test_a_passage_comes_with_what_stands_around_it(library: Library) -> None:
    document, passages, _ = library.document_with_passages("d-neu")
    first, middle, last = passages
    found = library.passage_with_context(middle.id, 5, 5)
    assert (found.document, found.passage, found.before, found.after) == (document, middle, (first,), (last,))
    assert library.passage_with_context(last.id, 1, 1).before == (middle,)
    assert library.passage_with_context(last.id, 1, 1).after == ()
    alone = library.passage_with_context(first.id, 0, 0)
    assert (alone.before, alone.after) == ((), ())
    assert library.passage(middle.id) == (document, middle)


def test_a_passage_nobody_knows_is_not_found(library: Library) -> None:
    for ask in (library.passage, lambda passage_id: library.passage_with_context(passage_id, 0, 0)):
        with pytest.raises(NotFound, match="„p-fehlt“ gibt es nicht"):
            ask("p-fehlt")


def test_facets_over_the_library_count_each_document_once_and_no_older_edition(library: Library) -> None:
    facets = library.count_facets(Filters()).facets
    assert [(item.value, item.count) for item in facets["topic"]] == [("arbeitszeit", 2), ("ki", 1)]
    assert [(item.value, item.count) for item in facets["year"]] == [("2024", 1), ("2025", 1)]


def test_a_facet_with_a_filter_of_its_own_still_offers_its_other_values(library: Library) -> None:
    facets = library.count_facets(Filters({"collection": ("erfolg",)})).facets
    assert {item.value for item in facets["collection"]} == {"wissen", "erfolg"}
    assert [item.value for item in facets["topic"]] == ["arbeitszeit"]


FILTERS = st.builds(
    Filters,
    st.dictionaries(
        st.sampled_from(FILTER_FIELDS),
        st.lists(st.sampled_from(["wissen", "erfolg", "guide", "arbeitszeit", "ki", "nix"]), min_size=1).map(tuple),
        max_size=2,
    ),
    st.none() | st.integers(2020, 2024),
    st.none() | st.integers(2024, 2026),
    st.lists(st.sampled_from(["d-alt", "d-neu", "d-lager", "d-nix"]), max_size=2).map(tuple),
    st.booleans(),
)


@given(FILTERS)
def test_the_list_holds_what_a_search_for_a_word_of_every_document_finds_and_counts_it_alike(
    searcher: Searcher, filters: Filters
) -> None:
    found = searcher.search(Query("Pausen", Mode.LEXICAL, filters, page_size=100, group_by=Grouping.DOCUMENT))
    listed = searcher.library.list_documents(Listing(filters, page_size=100))
    assert {hit.document.id for hit in found.hits} == {document.id for document in listed.documents}
    assert searcher.library.count_facets(filters).facets == found.facets


DOCUMENTS = st.lists(
    st.builds(
        lambda number, title, year, days: replace(
            (made := hand_made(f"{number}", [], title=title, year=year)[0]), indexed_at=made.indexed_at + timedelta(days=days)
        ),
        st.integers(0, 99),
        st.sampled_from(["Übergabe", "Uhr", "„Ulm“", ""]) | st.text(max_size=5),
        st.none() | st.integers(2020, 2022),
        st.integers(0, 2),
    ),
    unique_by=lambda document: document.id,
)


@given(DOCUMENTS, st.sampled_from(DocumentOrder), st.booleans(), st.randoms())
def test_an_order_is_whole_and_depends_on_nothing_else(
    documents: list[Document], order: DocumentOrder, descending: bool, chance: Random
) -> None:
    ordered = sort_documents(documents, order, descending=descending)
    shuffled = documents.copy()
    chance.shuffle(shuffled)
    assert sort_documents(shuffled, order, descending=descending) == ordered
    assert sorted(document.id for document in ordered) == sorted(document.id for document in documents)
