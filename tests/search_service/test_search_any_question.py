"""Whatever is asked: an answer or a German notice, never an exception."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from search_service.errors import InvalidQuery
from search_service.hits import Result
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import MAX_QUERY_CHARACTERS, Filters, Grouping, Mode, Query
from search_service.searcher import Searcher
from search_service.synonyms import load_synonyms
from tests.search_service.twelve_documents import fill
from tests.stand_in_embedder import HashedWordsEmbedder

NO_WORD = "Die Frage enthält kein Wort. Bitte mindestens ein Wort eingeben, nach dem gesucht werden soll."
STOP_WORDS = "Die Frage besteht nur aus Füllwörtern. Ein Stichwort zum Thema führt zu besseren Treffern."


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        fill(knowledge_base)
        knowledge_base.embed_missing(HashedWordsEmbedder(64))
        knowledge_base.publish()
    return Searcher(Reader(root), HashedWordsEmbedder(64), thesaurus=load_synonyms())


def check(result: Result, query: Query) -> None:
    """What holds for every answer."""
    assert len(result.hits) <= query.page_size
    assert result.total.value >= len(result.hits)
    assert [hit.rank for hit in result.hits] == list(range(1, len(result.hits) + 1))
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
    assert all(0 <= hit.relevance <= 1 for hit in result.hits)
    assert all(0 <= mark.start < mark.end <= len(hit.passage.text) for hit in result.hits for mark in hit.highlights)
    assert all(notice.endswith(".") for notice in result.notices)
    assert result.hits or not result.fitting


PIECES = st.sampled_from(
    [
        "Schichtplanung", "Fachkräftemangel", "Mangel", "Fachkräften", "und", "die", "§ 87", "BetrVG", "Abs. 1",
        "IT-Sicherheit",
        "-Pausen", "-Mangel", '-"Mangel an"', '"', "„", "“", "»Mangel an Fachkräften«", '"Planung der Schicht"', "(", "-", "–",
        "Ein- und Ausgabe", "Fachkräftemagel", "Dienstpaln", "KI", "the", "of", "shift", "planning", "🙂", "\u00ad", "1",
        "DIN EN",
        "Homeoffice", "\n", "'", "%", "*", "AND", "NOT", "title:", "Straße", "Strasse", "a\u0308",
    ]
)  # fmt: skip
QUESTIONS = st.lists(PIECES, min_size=1, max_size=12).map(" ".join) | st.text(max_size=60)


@settings(max_examples=150)
@given(QUESTIONS, st.sampled_from(Mode), st.sampled_from(Grouping), st.booleans())
def test_whatever_a_query_accepts_is_answered(
    searcher: Searcher, text: str, mode: Mode, grouping: Grouping, verbatim: bool
) -> None:
    try:
        query = Query(text, mode, group_by=grouping, verbatim=verbatim)
    except InvalidQuery:
        assume(False)
    check(searcher.search(query), query)
    assert searcher.rank(query)[0] == list(dict.fromkeys(searcher.rank(query)[0]))


@settings(max_examples=40)
@given(QUESTIONS, st.sampled_from(Mode))
def test_totals_and_facets_do_not_depend_on_the_page(searcher: Searcher, text: str, mode: Mode) -> None:
    assume(text.strip() and not any("\ud800" <= character <= "\udfff" for character in text))
    whole = searcher.search(Query(text, mode, page_size=100))
    pages = [searcher.search(Query(text, mode, page=page, page_size=4)) for page in (1, 2, 5)]
    assert all((page.total, page.facets, page.fitting) == (whole.total, whole.facets, whole.fitting) for page in pages)
    assert [hit.passage.id for page in pages for hit in page.hits] == [
        hit.passage.id for hit in (*whole.hits[:8], *whole.hits[16:20])
    ]


@settings(max_examples=40)
@given(st.text(max_size=20))
def test_whatever_is_begun_is_completed_or_not(searcher: Searcher, prefix: str) -> None:
    assert len(searcher.complete(prefix)) <= 5


@pytest.mark.parametrize("question", ["?!…–", "🙂", "\u200b", "'-'", "%_*\\", '"', '""', "-", "„“", "- - -", "(((", "&"])
@pytest.mark.parametrize("mode", Mode)
def test_a_question_of_signs_is_told_so(searcher: Searcher, question: str, mode: Mode) -> None:
    result = searcher.search(Query(question, mode))
    assert (result.hits, result.notices, result.fitting) == ((), (NO_WORD,), False)


@pytest.mark.parametrize("question", ["und der die das", "Wie ist das?", "die -Pausen"])
@pytest.mark.parametrize("mode", Mode)
def test_a_question_of_stop_words_is_told_so_and_answered_by_meaning(searcher: Searcher, question: str, mode: Mode) -> None:
    result = searcher.search(Query(question, mode))
    assert result.notices == (STOP_WORDS,)
    assert bool(result.hits) is (mode is not Mode.LEXICAL)
    assert all(hit.explanation.words == () for hit in result.hits)


@pytest.mark.parametrize("question", ["-Pausen", '-"gute Planung" -Mangel'])
def test_a_question_of_nothing_but_exclusions_is_told_so(searcher: Searcher, question: str) -> None:
    result = searcher.search(Query(question))
    assert result.hits == ()
    assert result.notices == (
        "Die Frage nennt nur, was ausgeschlossen ist. Bitte mindestens ein Wort eingeben, nach dem gesucht werden soll.",
    )


@pytest.mark.parametrize(
    "question", ['"Mangel an Fachkräften', "„Mangel an Fachkräften", 'Mangel an "Fachkräften', "Mangel” an Fachkräften"]
)
@pytest.mark.parametrize("mode", Mode)
def test_a_quote_without_a_partner_is_a_plain_sign(searcher: Searcher, question: str, mode: Mode) -> None:
    plain, quoted = (searcher.search(Query(text, mode)) for text in ("Mangel an Fachkräften", question))
    assert [hit.passage for hit in quoted.hits] == [hit.passage for hit in plain.hits]
    assert quoted.notices == ()


@pytest.mark.parametrize(
    "text",
    [
        "x" * 2000, "Schichtplanung " * 133, "schichtplanung" * 142, "§" * 2000, "-" * 2000, "a\u0308" * 1000, "ab " * 666,
        "ist " * 500, '"' * 2000, '"a" ' * 500, "-ab " * 500, "Förder- und " * 166, "§ 87 BetrVG " * 166, "a-b" * 666,
        " ".join(f"Wort{number}" for number in range(220)), "Fachkräftemagel Dienstpaln " * 74, "ä ö ü ß " * 250,
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", Mode)
def test_questions_of_2000_characters_are_answered(searcher: Searcher, text: str, mode: Mode) -> None:
    query = Query(text[:MAX_QUERY_CHARACTERS], mode)
    check(searcher.search(query), query)


def test_a_filter_that_leaves_nothing_is_told_with_the_cure_whatever_else_is_asked(searcher: Searcher) -> None:
    nothing = Filters({"collection": ("gibt-es-nicht",)})
    for question in ("Pausen", "Pausen -Mangel", '"Mangel an Fachkräften"'):
        for mode in Mode:
            result = searcher.search(Query(question, mode, nothing))
            assert (result.hits, result.fitting) == ((), False)
            assert "Zu diesen Filtern gibt es kein Dokument. Bitte die Schreibweise prüfen oder einen Filter weglassen." in (
                result.notices
            )


def test_an_english_question_is_answered_by_what_is_nearest_and_judged_by_meaning_alone(searcher: Searcher) -> None:
    result = searcher.search(Query("How do we plan the shifts of our team?"))
    assert result.notices == ()
    assert result.hits
    assert all(hit.explanation.evidence.coverage is None for hit in result.hits)
    assert all(hit.explanation.evidence.cosine is not None for hit in result.hits)


@pytest.mark.parametrize("mode", Mode)
def test_nonsense_does_not_fit_and_near_topics_are_offered(searcher: Searcher, mode: Mode) -> None:
    result = searcher.search(Query("Quantenchromodynamik Vulkanausbruch Zitronenfalter", mode))
    assert not result.fitting
    assert mode is not Mode.LEXICAL or result.hits == ()
    assert mode is Mode.LEXICAL or result.suggestions.near_topics
