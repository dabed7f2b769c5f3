"""How hits are shown: nearly identical passages once, in their best place, with the documents they stand for."""

from __future__ import annotations

import pytest

from search_service.hits import HighlightKind, Result
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Filters, Grouping, Mode, Query
from search_service.searcher import Searcher
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder

SAME = (
    "Der Betriebsrat bestimmt bei der Einführung technischer Einrichtungen mit und kann die Einigungsstelle anrufen, wenn er "
    "sich mit dem Arbeitgeber nicht einigt. Pausen sind dabei zu planen. Kommt eine Einigung nicht zustande, so entscheidet "
    "ein Vorsitz, auf den sich beide Seiten verständigen; notfalls bestellt ihn das Gericht. Die Kosten trägt das Unternehmen. "
    "Ein Spruch bindet alle Beteiligten und lässt sich binnen zweier Wochen anfechten. Danach folgen Fristen."
)


def fill(knowledge_base: KnowledgeBase) -> None:
    put(knowledge_base, "alt", [SAME], title="Einigungsstelle", year=2019)
    put(knowledge_base, "neu", [SAME.replace("Fristen", "Termine")], title="Bericht", year=2025)
    put(knowledge_base, "mittel", ["Der Betriebsrat ruft an. Niemand hört zu."], title="Ein Fall", year=2022)
    put(
        knowledge_base,
        "doppelt",
        ["Pausen im Lager regelt die Leitung dort selbst"] * 2 + ["Lagerpausen"],
        title="Lager",
        year=2021,
    )
    put(knowledge_base, "ohne", ["und", "…"], title="Leerstelle")


@pytest.fixture(scope="module", params=["with vectors", "words only"])
def searcher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    root = tmp_path_factory.mktemp("kb")
    embedder = HashedWordsEmbedder(2048) if request.param == "with vectors" else None
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        if embedder:
            knowledge_base.embed_missing(embedder)
        knowledge_base.publish()
    return Searcher(Reader(root), embedder)


def names(result: Result) -> list[str]:
    return [hit.document.id.removeprefix("d-") for hit in result.hits]


def test_the_newest_of_nearly_identical_passages_is_shown_in_the_place_of_the_best(searcher: Searcher) -> None:
    result = searcher.search(Query("Einigungsstelle Betriebsrat", Mode.LEXICAL))
    assert names(result) == ["neu", "mittel"]
    assert [document.id for document in result.hits[0].also_in] == ["d-alt"]
    assert result.hits[1].also_in == ()
    assert result.total.value == 2


def test_a_hit_has_the_score_of_the_best_passage_it_stands_for(searcher: Searcher) -> None:
    for mode in (Mode.LEXICAL, Mode.HYBRID):
        hits = searcher.search(Query("Einigungsstelle Betriebsrat", mode)).hits
        scores = [hit.score for hit in hits]
        assert scores == sorted(scores, reverse=True)
        alone = searcher.search(Query("Einigungsstelle Betriebsrat", mode, Filters(documents=("d-alt", "d-mittel")))).hits
        assert hits[0].score >= alone[1].score


def test_the_same_passage_twice_in_a_document_is_shown_once_and_is_in_no_other(searcher: Searcher) -> None:
    result = searcher.search(Query("Pausen Lager", Mode.LEXICAL, group_by=Grouping.NONE))
    hits = [hit for hit in result.hits if hit.document.id == "d-doppelt"]
    assert [hit.passage.text for hit in hits].count("Pausen im Lager regelt die Leitung dort selbst") == 1
    assert all(hit.also_in == () for hit in hits)
    assert {hit.more_in_document for hit in hits} == {2}  # counted in the pool, where both are


def test_collapsing_takes_nothing_from_facets(searcher: Searcher) -> None:
    result = searcher.search(Query("Einigungsstelle Betriebsrat", Mode.LEXICAL))
    assert {item.value: item.count for item in result.facets["year"]} == {"2025": 1, "2022": 1, "2019": 1}


def test_a_filter_shows_the_passage_it_lets_through(searcher: Searcher) -> None:
    result = searcher.search(Query("Einigungsstelle", Mode.LEXICAL, Filters(year_to=2020)))
    assert names(result) == ["alt"]
    assert result.hits[0].also_in == ()


def test_a_hit_without_words_to_mark_is_shown_whole(searcher: Searcher) -> None:
    hits = searcher.search(Query("Leerstelle", Mode.LEXICAL)).hits
    assert {hit.passage.text for hit in hits} <= {"und", "…"}
    assert all(hit.highlights == () and hit.snippet.text == hit.passage.text for hit in hits)


def test_snippet_and_passage_mark_the_same_words(searcher: Searcher) -> None:
    for hit in searcher.search(Query("Einigungsstelle Betriebsrat")).hits:
        keywords = [mark for mark in hit.highlights if mark.kind is HighlightKind.KEYWORD]
        assert [hit.passage.text[mark.start : mark.end] for mark in keywords] == [
            hit.snippet.text[mark.start : mark.end] for mark in hit.snippet.highlights if mark.kind is HighlightKind.KEYWORD
        ]
        assert set(hit.explanation.words) == {hit.passage.text[mark.start : mark.end] for mark in keywords}
