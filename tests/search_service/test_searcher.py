"""The search over twelve short documents: rankings a person can read, filters, facets, paging, notices."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from search_service.candidates import POOL
from search_service.errors import NotFound
from search_service.hits import HighlightKind, Hit, Result
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Filters, Grouping, Mode, Query
from search_service.searcher import Searcher
from tests.search_service.hand_made import put
from tests.search_service.twelve_documents import fill
from tests.stand_in_embedder import HashedWordsEmbedder


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.embed_missing(HashedWordsEmbedder(2048))
        knowledge_base.publish()
    return root


@pytest.fixture(scope="module")
def searcher(root: Path) -> Searcher:
    return Searcher(Reader(root), HashedWordsEmbedder(2048))


def marked(hit: Hit, kind: HighlightKind) -> list[str]:
    return [hit.passage.text[mark.start : mark.end] for mark in hit.highlights if mark.kind is kind]


def names(result: Result) -> list[str]:
    return [hit.document.id.removeprefix("d-") for hit in result.hits]


GOLDEN = [
    ("Mangel an Fachkräften", Mode.LEXICAL, ["azubi", "fachkraft"]),  # the very words come before the compound of them
    ("Fachkräftemangel", Mode.LEXICAL, ["fachkraft", "azubi"]),
    ("FACHKRAEFTEMANGEL", Mode.LEXICAL, ["fachkraft", "azubi"]),
    ("Schichtplanung", Mode.LEXICAL, ["schicht", "schicht", "dienst"]),
    ("Haus", Mode.LEXICAL, ["haus"]),
    ("§ 87", Mode.LEXICAL, ["recht"]),
    ("§ 111 BetrVG", Mode.LEXICAL, ["wandel", "recht"]),
    ("Sicherheit", Mode.LEXICAL, ["sicher"]),
    ("Foerderung", Mode.LEXICAL, ["geld"]),
    ("Quantencomputer", Mode.LEXICAL, []),
    ("die Lernreise führt nach Duisburg", Mode.SEMANTIC, ["reise"]),
    ("Gegen den Mangel an Fachkräften", Mode.SEMANTIC, ["azubi"]),
    ("Mangel an Fachkräften", Mode.HYBRID, ["azubi", "fachkraft"]),
    ("Wer hebt schwere Teile", Mode.HYBRID, ["cobot"]),
]


@pytest.mark.parametrize(("question", "mode", "expected"), GOLDEN)
def test_golden_rankings(searcher: Searcher, question: str, mode: Mode, expected: list[str]) -> None:
    result = searcher.search(Query(question, mode))
    found = names(result)
    assert (found if mode is Mode.LEXICAL else found[: len(expected)]) == expected
    assert result.notices == ()


def test_a_hit_tells_why_it_was_found(searcher: Searcher) -> None:
    hit = searcher.search(Query("Fachkräftemangel im Handwerk")).hits[0]
    assert hit.explanation.words == ("Fachkräftemangel", "Handwerk", "Fachkräfte")
    assert hit.explanation.lexical is not None
    assert hit.explanation.lexical > 0
    assert hit.explanation.semantic is not None
    assert 0 < hit.explanation.semantic <= 1
    assert marked(hit, HighlightKind.KEYWORD) == ["Fachkräftemangel", "Handwerk", "Fachkräfte"]
    # Both words of the question stand in it: each meets its like with all that signs leave of a cosine of 1.
    assert hit.explanation.rescoring == pytest.approx(np.sqrt(1 / 2048), rel=1e-3)
    assert hit.explanation.evidence.coverage == pytest.approx(1, abs=0.05)
    assert 0 < hit.relevance <= 1


def test_the_sentence_nearest_in_meaning_is_marked_in_passage_and_snippet(searcher: Searcher) -> None:
    hit = searcher.search(Query("Wer entlastet die Belegschaft")).hits[0]
    assert hit.passage.text == "Der Cobot hebt schwere Teile. Das entlastet die Belegschaft."
    assert marked(hit, HighlightKind.SEMANTIC) == ["Der Cobot hebt schwere Teile."]  # the other has two words only
    hit = searcher.search(Query("Häuser der Pflege")).hits[0]
    assert marked(hit, HighlightKind.SEMANTIC) == [hit.passage.text]
    assert [mark.kind for mark in hit.snippet.highlights].count(HighlightKind.SEMANTIC) == 1
    assert marked(searcher.search(Query("Häuser der Pflege", Mode.LEXICAL)).hits[0], HighlightKind.SEMANTIC) == []


def test_a_channel_that_took_no_part_has_no_value(searcher: Searcher) -> None:
    lexical = searcher.search(Query("Mangel", Mode.LEXICAL)).hits[0].explanation
    semantic = searcher.search(Query("Mangel", Mode.SEMANTIC)).hits[0].explanation
    assert (lexical.semantic, lexical.rescoring, semantic.lexical, semantic.rescoring) == (None, None, None, None)
    assert None not in (lexical.lexical, semantic.semantic)
    assert lexical.evidence.cosine is None


@pytest.mark.parametrize("mode", Mode)
def test_scores_lie_between_0_and_1_and_fall(searcher: Searcher, mode: Mode) -> None:
    hits = searcher.search(Query("Schichtplanung im Betrieb", mode)).hits
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters({"collection": ("wissen",)}), {"fachkraft", "recht", "wandel", "sicher"}),
        (Filters({"collection": ("wissen", "beratung")}), {"fachkraft", "recht", "wandel", "sicher", "azubi", "geld"}),
        (Filters({"collection": ("wissen",), "topic": ("mitbestimmung",)}), {"recht", "wandel"}),
        (Filters({"topic": ("qualifizierung",)}), {"azubi"}),
        (Filters({"sector": ("industrie",)}), {"schicht", "cobot"}),
        (Filters({"audience": ("betriebsrat",)}), {"recht"}),
        (Filters({"type": ("funding",)}), {"geld"}),
        (Filters({"publisher": ("Zukunfts-HUB",)}), {"haus"}),
        (Filters({"language": ("en",)}), set()),
        (Filters({"collection": ("gibt-es-nicht",)}), set()),
        (Filters(year_from=2025), {"recht", "wandel", "reise"}),
        (Filters(year_to=2021), {"dienst", "sicher"}),
        (Filters(year_from=2022, year_to=2023), {"azubi", "schicht"}),
        (Filters(documents=("d-geld", "d-haus")), {"geld", "haus"}),
        (Filters({"collection": ("wissen",)}, documents=("d-geld",)), set()),
    ],
)
def test_filters_restrict_to_exactly_the_documents_they_name(searcher: Searcher, filters: Filters, expected: set[str]) -> None:
    semantic = searcher.search(Query("Betrieb", Mode.SEMANTIC, filters, page_size=100))
    assert set(names(semantic)) == expected
    for mode in (Mode.LEXICAL, Mode.HYBRID):
        assert set(names(searcher.search(Query("BetrVG Planung Mangel", mode, filters, page_size=100)))) <= expected


def test_filters_do_not_change_the_order_of_what_remains(searcher: Searcher) -> None:
    everything = names(searcher.search(Query("Mangel BetrVG", Mode.LEXICAL)))
    filtered = names(searcher.search(Query("Mangel BetrVG", Mode.LEXICAL, Filters({"collection": ("wissen",)}))))
    assert filtered == [name for name in everything if name in filtered] != []


def test_facets_count_the_documents_that_were_found(searcher: Searcher) -> None:
    facets = searcher.search(Query("BetrVG", Mode.LEXICAL)).facets
    assert [(item.value, item.label, item.count) for item in facets["collection"]] == [("wissen", "Ch@nge Wissen", 2)]
    assert [(item.value, item.label, item.count) for item in facets["topic"]] == [
        ("mitbestimmung", "Mitbestimmung und Beteiligung", 2)
    ]
    assert [(item.value, item.count) for item in facets["year"]] == [("2025", 2)]
    assert [(item.value, item.count) for item in facets["audience"]] == [("betriebsrat", 1)]
    assert facets["publisher"] == ()


def test_a_facet_counts_documents_however_many_passages_they_have(searcher: Searcher) -> None:
    facets = searcher.search(Query("Schicht Schichtplanung Schichtplan Schichten", Mode.LEXICAL, group_by=Grouping.NONE)).facets
    assert {item.value: item.count for item in facets["topic"]} == {"schichtplanung": 2}


@pytest.mark.parametrize("mode", [Mode.SEMANTIC, Mode.HYBRID])
@pytest.mark.parametrize("grouping", Grouping)
def test_pages_do_not_overlap_and_agree_on_totals_and_facets(searcher: Searcher, mode: Mode, grouping: Grouping) -> None:
    whole = searcher.search(Query("Betrieb", mode, page_size=100, group_by=grouping))
    pages = [searcher.search(Query("Betrieb", mode, page=page, page_size=5, group_by=grouping)) for page in (1, 2, 3, 4)]
    assert [hit.passage.id for page in pages for hit in page.hits] == [hit.passage.id for hit in whole.hits]
    assert [hit.rank for page in pages for hit in page.hits] == list(range(1, whole.total.value + 1))
    assert all((page.total, page.facets) == (whole.total, whole.facets) for page in pages)
    shown = {Grouping.NONE: 15, Grouping.SPREAD: 14, Grouping.DOCUMENT: 12}  # one document has three passages
    assert (whole.total.value, whole.total.relation) == (shown[grouping], "eq")


def test_a_page_behind_the_last_is_empty_and_says_how_many_there_are(searcher: Searcher) -> None:
    result = searcher.search(Query("BetrVG", Mode.LEXICAL, page=9))
    assert (result.hits, result.total.value) == ((), 2)


def test_a_document_shows_its_two_best_passages_unless_asked_for_one_or_for_all(searcher: Searcher) -> None:
    question = "Schicht Planung Pausen"
    answers = {grouping: searcher.search(Query(question, Mode.LEXICAL, group_by=grouping)) for grouping in Grouping}
    assert {grouping: names(answer) for grouping, answer in answers.items()} == {
        Grouping.SPREAD: ["schicht", "schicht", "dienst"],
        Grouping.DOCUMENT: ["schicht", "dienst"],
        Grouping.NONE: ["schicht", "schicht", "schicht", "dienst"],
    }
    assert searcher.search(Query(question, Mode.LEXICAL)).hits == answers[Grouping.SPREAD].hits
    assert len({answer.hits[0].passage for answer in answers.values()}) == 1
    assert [hit.more_in_document for hit in answers[Grouping.DOCUMENT].hits] == [2, 0]
    assert [answers[grouping].total.value for grouping in Grouping] == [3, 2, 4]


def test_equal_scores_come_newest_first_and_always_in_the_same_order(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        for name, year, place in (("a", 2020, "Lager"), ("b", None, "Büro"), ("c", 2024, "Hof"), ("d", 2024, "Labor")):
            put(knowledge_base, name, [f"Pausen im {place} regeln"], title="Gleich", year=year)
        knowledge_base.publish()
    searcher = Searcher(Reader(tmp_path))
    answers = [searcher.search(Query("Pausen", Mode.LEXICAL)) for _ in range(3)]
    assert [names(answer) for answer in answers] == [["c", "d", "a", "b"]] * 3
    assert {hit.score for hit in answers[0].hits} == {1}


@pytest.mark.parametrize("mode", Mode)
def test_the_same_question_has_the_same_answer_also_after_the_index_is_built_again(
    root: Path, tmp_path: Path, mode: Mode
) -> None:
    copy = Path(shutil.copytree(root, tmp_path / "kb"))
    (copy / "generations/000001/dense.faiss").write_bytes(b"kaputt")
    with KnowledgeBase(copy) as knowledge_base:
        assert knowledge_base.publish() == 2
    built_again = Searcher(Reader(copy), HashedWordsEmbedder(2048))
    searcher = Searcher(Reader(root), HashedWordsEmbedder(2048))
    for question in ("Schichtplanung im Betrieb", "Mangel an Fachkräften", "und", "Quantencomputer"):
        query = Query(question, mode, page_size=100)
        first, second, third = (each.search(query) for each in (searcher, searcher, built_again))
        assert first.hits == second.hits == third.hits
        assert (first.total, first.facets, first.suggestions) == (third.total, third.facets, third.suggestions)


def test_the_ranking_of_documents_is_that_of_the_search(searcher: Searcher) -> None:
    for mode in Mode:
        ids, evidence = searcher.rank(Query("Schichtplanung im Betrieb", mode, page_size=5))
        hits = searcher.search(Query("Schichtplanung im Betrieb", mode, page_size=5, group_by=Grouping.DOCUMENT)).hits
        assert ids == [hit.document.id for hit in hits]
        assert evidence == hits[0].explanation.evidence
    assert searcher.rank(Query("Quantencomputer", Mode.LEXICAL)) == ([], None)


def test_a_full_pool_says_that_there_may_be_more(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        for number in range(3):
            texts = [f"Pausen {number} {row} sind {row} {row + 1} Minuten lang" for row in range(POOL // 2)]
            put(knowledge_base, f"n{number}", texts)
        knowledge_base.publish()
    total = Searcher(Reader(tmp_path)).search(Query("Pausen", Mode.LEXICAL, group_by=Grouping.NONE)).total
    assert (total.value, total.relation) == (POOL, "gte")


def test_documents_and_passages_are_found_by_id(searcher: Searcher) -> None:
    assert searcher.library.document("d-schicht").metadata.year == 2023
    assert [passage.ordinal for passage in searcher.library.document_with_passages("d-schicht")[1]] == [0, 1, 2]
    for ask in (searcher.library.document, searcher.library.document_with_passages):
        with pytest.raises(NotFound, match="„d-fehlt“ gibt es nicht"):
            ask("d-fehlt")
    with pytest.raises(NotFound, match="Originaldatei"):
        searcher.library.original(searcher.library.document("d-schicht"))


def test_collections_are_counted_in_the_order_of_the_vocabulary(searcher: Searcher) -> None:
    assert list(searcher.library.collections().items()) == [
        ("praxisprojekte", 2), ("beratung", 2), ("wissen", 4), ("erfolg", 3), ("lernreisen", 1)
    ]  # fmt: skip


def test_an_empty_knowledge_base_answers_with_nothing(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        knowledge_base.publish()
    searcher = Searcher(Reader(tmp_path), HashedWordsEmbedder())
    result = searcher.search(Query("Pausen", filters=Filters({"collection": ("wissen",)})))
    assert (result.hits, result.total.value, result.total.relation) == ((), 0, "eq")
    assert searcher.status().documents == 0
