"""What speaks for single hits, and whether the best of them answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from search_service.candidates import Question, make_question, meet_words
from search_service.evidence import gather_evidence
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Mode, Query
from search_service.ranking import SHIPPED, Ranking
from search_service.relevance import Evidence, fits
from search_service.searcher import Searcher
from search_service.sentence_embedder import SentenceTransformerEmbedder
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder

EMBEDDER = HashedWordsEmbedder(2048)
PAUSES, HOLIDAY, NEW = range(3)  # rows; the last has no vector
SIGN = 1 / np.sqrt(2048)  # the cosine of a word with its own signs, where only one dimension is not zero
NONSENSE = "Vulkanausbruch Zitronenfalter Quantenchromodynamik"


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    root = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        put(knowledge_base, "a", ["Pausen im Betrieb regelt der Tarif", "Urlaub folgt in der Probezeit"])
        knowledge_base.embed_missing(EMBEDDER)
        put(knowledge_base, "b", ["Pausen stehen im Plan"])
        knowledge_base.publish()
    return Reader(root).current()[0]


def ask(generation: Generation, text: str, mode: Mode = Mode.HYBRID, ranking: Ranking = SHIPPED) -> Question:
    embedding = None if mode is Mode.LEXICAL else EMBEDDER.embed_query(text)
    return make_question(generation, mode, generation.lexical.analyze(text), embedding, ranking)


def gather(generation: Generation, text: str, mode: Mode = Mode.HYBRID, ranking: Ranking = SHIPPED) -> list[Evidence]:
    question, rows = ask(generation, text, mode, ranking), np.array([PAUSES, HOLIDAY, NEW])
    return gather_evidence(question, text, rows)


def test_each_value_speaks_for_its_passage_worked_by_hand(generation: Generation) -> None:
    first, second, new = gather(generation, "Pausen Urlaub")
    assert first.cosine == pytest.approx(1 / np.sqrt(2 * 7), abs=0.001)  # one of two words among "A" and six others
    assert (first.unknown, second.unknown, new.unknown) == (0, 0, 0)
    assert first.coverage is not None
    assert second.coverage is not None
    assert first.coverage < second.coverage < 1  # "Urlaub" is rarer than "Pausen"
    assert first.weight == second.weight == new.weight
    whole = gather(generation, "Pausen Betrieb")[PAUSES]
    assert whole.coverage == pytest.approx(1, abs=0.1)


def test_a_passage_without_a_vector_is_judged_by_its_words(generation: Generation) -> None:
    new = gather(generation, "Pausen Plan")[NEW]
    assert new.cosine is None
    assert new.coverage == pytest.approx(1, abs=0.1)


def test_a_channel_that_took_no_part_says_nothing(generation: Generation) -> None:
    by_words = gather(generation, "Pausen", Mode.LEXICAL)[PAUSES]
    assert by_words.cosine is None
    assert by_words.coverage is not None
    stop_words = gather(generation, "und die")[PAUSES]
    assert (stop_words.coverage, stop_words.unknown, stop_words.weight) == (None, None, None)


def test_each_word_is_met_by_its_like_worked_by_hand(generation: Generation) -> None:
    met = meet_words(ask(generation, "Pausen Urlaub"), np.array([PAUSES, HOLIDAY]))
    assert met is not None
    assert met == pytest.approx(np.array([[SIGN, -SIGN], [-SIGN, SIGN]]), rel=1e-3)


def test_words_are_met_only_where_the_ranking_rescores_by_them(generation: Generation) -> None:
    rows = np.array([PAUSES])
    assert meet_words(ask(generation, "Pausen", ranking=Ranking(rescoring=False)), rows) is None
    assert meet_words(ask(generation, "Pausen", Mode.LEXICAL), rows) is None


def test_german_texts_are_not_expected_to_hold_the_words_of_an_english_question(generation: Generation) -> None:
    english = gather(generation, "What are the Pausen of the Betrieb?")[PAUSES]
    assert (english.coverage, english.unknown) == (None, None)
    assert english.cosine is not None
    assert gather(generation, "What are the Pausen of the Betrieb?", Mode.LEXICAL)[PAUSES].coverage is not None


def test_an_unknown_word_lowers_coverage_and_is_told(generation: Generation) -> None:
    known, half = gather(generation, "Pausen")[PAUSES], gather(generation, "Pausen Zitronenfalter")[PAUSES]
    assert (known.unknown, half.unknown is not None and half.unknown > 0.5) == (0, True)
    assert known.coverage is not None
    assert half.coverage is not None
    assert half.coverage < known.coverage


def test_no_rows_have_no_evidence(generation: Generation) -> None:
    question, rows = ask(generation, "Pausen"), np.zeros(0, dtype=np.int64)
    met = meet_words(question, rows)
    assert met is not None
    assert met.shape == (1, 0)
    assert gather_evidence(question, "Pausen", rows) == []


PASSAGES = [
    "Beschäftigte haben nach sechs Stunden Arbeit Anspruch auf eine Pause von mindestens dreißig Minuten.",
    "Der Betriebsrat bestimmt bei der Einführung technischer Einrichtungen mit, die Leistung überwachen können.",
    "Zuschüsse für Beratung und Weiterbildung zahlt das Land bis zur Hälfte der Kosten.",
    "Auszubildende fehlen im Handwerk; viele Stellen bleiben monatelang unbesetzt.",
    "Cobots heben schwere Teile und entlasten die Belegschaft in der Montage.",
    "Gute Passwörter und regelmäßige Sicherungen schützen kleine Betriebe vor Erpressung.",
]


@pytest.fixture(scope="module")
def real(embedder: SentenceTransformerEmbedder, tmp_path_factory: pytest.TempPathFactory) -> Searcher:
    """A searcher with the model that ships."""
    root: Path = tmp_path_factory.mktemp("real")
    with KnowledgeBase(root) as knowledge_base:
        for number, text in enumerate(PASSAGES):
            put(knowledge_base, f"d{number}", [text], title=f"Merkblatt {number}")
        knowledge_base.embed_missing(embedder)
        knowledge_base.publish()
    return Searcher(Reader(root), embedder)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Wie lang ist die Pause nach sechs Stunden Arbeit?", 0),
        ("Wer bezahlt die Weiterbildung?", 2),
        ("Welche Roboter helfen beim Heben schwerer Teile?", 4),
        ("Passwörter im Betrieb", 5),
    ],
)
def test_with_the_model_that_ships_an_answer_comes_first_and_fits(real: Searcher, question: str, expected: int) -> None:
    result = real.search(Query(question))
    assert result.hits[0].passage.text == PASSAGES[expected]
    assert result.fitting
    assert result.hits[0].relevance == max(hit.relevance for hit in result.hits)
    assert fits(result.hits[0].explanation.evidence)


@pytest.mark.parametrize("question", [NONSENSE, "Rezept für Käsekuchen", "Wie alt wird ein Wellensittich?", "xqzv wkjh"])
def test_with_the_model_that_ships_nothing_fits_a_question_about_something_else(real: Searcher, question: str) -> None:
    result = real.search(Query(question))
    assert not result.fitting
    assert len(result.suggestions.near_topics) > 0


def test_rows_of_a_page_behind_the_first_are_judged_as_on_one_page(real: Searcher) -> None:
    whole = real.search(Query("Pausen und Weiterbildung", page_size=6)).hits
    second = real.search(Query("Pausen und Weiterbildung", page=2, page_size=3)).hits
    for one, other in zip(whole[3:], second, strict=True):
        assert (one.passage, one.score, one.highlights) == (other.passage, other.score, other.highlights)
        assert one.relevance == pytest.approx(other.relevance, abs=1e-5)
        assert one.explanation.rescoring == pytest.approx(other.explanation.rescoring, abs=1e-5)
