"""What the channels put forward, and how it is scored."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from search_service.candidates import Candidates, Question, find_candidates, make_question, rescore_candidates
from search_service.embedder import Embedding
from search_service.knowledge_base.generation import Generation
from search_service.knowledge_base.store import KnowledgeBase, Reader
from search_service.queries import Mode
from search_service.ranking import SHIPPED, Ranking
from search_service.scope import Scope
from tests.search_service.hand_made import put
from tests.stand_in_embedder import HashedWordsEmbedder

EMBEDDER = HashedWordsEmbedder(2048)
EVERYWHERE = Scope(None, None, with_replaced=False)
FIRST, SECOND, OTHER, LATER = range(4)  # rows; documents a, b, and c, whose passage has no vector


@pytest.fixture(scope="module")
def generation(tmp_path_factory: pytest.TempPathFactory) -> Generation:
    root: Path = tmp_path_factory.mktemp("kb")
    with KnowledgeBase(root) as knowledge_base:
        put(knowledge_base, "a", ["Pausen im Betrieb regeln", "Urlaub in der Probezeit"])
        put(knowledge_base, "b", ["Handschuhe liegen im Lager"])
        knowledge_base.embed_missing(EMBEDDER)
        put(knowledge_base, "c", ["Pausen auf der Baustelle"])
        knowledge_base.publish()
    return Reader(root).current()[0]


def ask(
    generation: Generation, text: str, mode: Mode = Mode.HYBRID, ranking: Ranking = SHIPPED, *, by_meaning: bool = True
) -> Question:
    embedding = EMBEDDER.embed_query(text) if by_meaning and mode is not Mode.LEXICAL else None
    return make_question(generation, mode, generation.lexical.analyze(text), embedding, ranking)


def score_of(candidates: Candidates, row: int) -> float:
    return float(candidates.scores[candidates.rows.tolist().index(row)])


def test_a_passage_counts_by_its_words_and_those_of_its_document(generation: Generation) -> None:
    question = ask(generation, "Pausen")
    own, whole = generation.lexical.score(question.terms), generation.document_lexical.score(question.terms)
    np.testing.assert_allclose(question.by_words, own + whole[[0, 0, 1, 2]])
    assert question.holding.tolist() == [FIRST, SECOND, LATER]
    assert ask(generation, "Pausen", Mode.LEXICAL).holding.tolist() == [FIRST, LATER]  # the words themselves are asked for
    assert question.by_words[SECOND] > own[SECOND] == 0
    alone = ask(generation, "Pausen", ranking=Ranking(documents=False))
    np.testing.assert_array_equal(alone.by_words, own)


def test_words_put_forward_only_passages_that_hold_one(generation: Generation) -> None:
    candidates = find_candidates(ask(generation, "Pausen", Mode.LEXICAL), EVERYWHERE)
    assert candidates.rows.tolist() == [FIRST, LATER]
    assert candidates.scores.max() == 1
    assert (candidates.semantic, candidates.full, candidates.older) == (None, False, 0)


def test_meaning_puts_forward_everything_in_reach_scored_by_the_cosine(generation: Generation) -> None:
    candidates = find_candidates(ask(generation, "Urlaub Probezeit", Mode.SEMANTIC), EVERYWHERE)
    assert candidates.rows.tolist() == [FIRST, SECOND, OTHER, LATER]
    assert candidates.scores.tolist() == candidates.semantic.tolist()
    assert int(candidates.scores.argmax()) == SECOND


def test_without_an_embedding_words_answer_in_every_mode(generation: Generation) -> None:
    by_words = find_candidates(ask(generation, "Pausen", Mode.LEXICAL), EVERYWHERE)
    for mode in (Mode.SEMANTIC, Mode.HYBRID):
        candidates = find_candidates(ask(generation, "Pausen", mode, by_meaning=False), EVERYWHERE)
        assert (candidates.rows.tolist(), candidates.scores.tolist()) == (by_words.rows.tolist(), by_words.scores.tolist())


def test_a_passage_without_a_vector_is_neither_near_nor_far(generation: Generation) -> None:
    candidates = find_candidates(ask(generation, "Pausen Baustelle"), EVERYWHERE)
    # The best by words (1 of 1), nothing by meaning: half. Without it in the scale the nearest would stand before it.
    assert score_of(candidates, LATER) == pytest.approx(0.5)
    assert int(candidates.semantic[candidates.rows.tolist().index(LATER)]) == 0


@pytest.mark.parametrize("mode", Mode)
def test_only_rows_of_the_scope_are_put_forward(generation: Generation, mode: Mode) -> None:
    question = ask(generation, "Pausen", mode)
    for rows in ([], [LATER], [SECOND, OTHER]):
        scope = Scope(np.array(rows, dtype=np.int64), None, with_replaced=False)
        candidates = find_candidates(question, scope)
        assert set(candidates.rows.tolist()) <= set(rows)
        rescored = rescore_candidates(question, candidates)
        assert rescored.rows.tolist() == candidates.rows.tolist()


@pytest.mark.parametrize("mode", Mode)
def test_a_question_nothing_is_known_of_puts_forward_nothing_by_words(generation: Generation, mode: Mode) -> None:
    candidates = find_candidates(ask(generation, "Quantencomputer", mode), EVERYWHERE)
    assert (len(candidates.rows) == 0) is (mode is Mode.LEXICAL)
    assert (candidates.scores <= 1).all()


def test_rescoring_puts_first_what_meets_every_word_of_the_question_worked_by_hand(generation: Generation) -> None:
    question = ask(generation, "Handschuhe Lager", ranking=Ranking(feedback=False))
    flat = Candidates(
        rows=np.arange(3),
        scores=np.array([0.5, 0.5, 0.5], np.float32),
        lexical=np.zeros(3, np.float32),
        share=np.zeros(3, np.float32),
        semantic=np.ones(3, np.float32),
        full=False,
        older=0,
    )
    rescored = rescore_candidates(question, flat)
    assert rescored.scores.tolist() == pytest.approx([0.5 / 1.5, 0.5 / 1.5, (0.5 + 0.5) / 1.5])
    assert (rescored.lexical is flat.lexical, rescored.semantic is flat.semantic) == (True, True)


def test_feedback_raises_what_resembles_the_first_passages_though_the_question_does_not_say_it(tmp_path: Path) -> None:
    with KnowledgeBase(tmp_path) as knowledge_base:
        for number in range(3):
            put(knowledge_base, f"a{number}", [f"Pausen Ruhezeiten Nachtruhe Nummer {number}"], title="Eins")
        put(knowledge_base, "b", ["Ruhezeiten Nachtruhe einhalten"], title="Zwei")
        put(knowledge_base, "c", ["Handschuhe Lager einräumen"], title="Drei")
        knowledge_base.embed_missing(EMBEDDER)
        knowledge_base.publish()
    generation = Reader(tmp_path).current()[0]
    near, far = generation.row_of[generation.passage(3).id], generation.row_of[generation.passage(4).id]
    scores = []
    for feedback in (False, True):
        question = ask(generation, "Pausen", ranking=Ranking(rescoring=False, feedback=feedback))
        candidates = rescore_candidates(question, find_candidates(question, EVERYWHERE))
        scores.append((score_of(candidates, near), score_of(candidates, far)))
    assert scores[0][0] == pytest.approx(scores[0][1])
    assert scores[1][0] > scores[1][1] + 0.05


@pytest.mark.parametrize(
    ("mode", "ranking", "text"),
    [
        (Mode.SEMANTIC, SHIPPED, "Pausen"),
        (Mode.LEXICAL, SHIPPED, "Pausen"),
        (Mode.HYBRID, SHIPPED, "Pausen"),
        (Mode.HYBRID, Ranking(rescoring=False, feedback=False), "Pausen"),
    ],
)
def test_only_a_hybrid_search_is_rescored_and_what_each_channel_says_stays(
    generation: Generation, mode: Mode, ranking: Ranking, text: str
) -> None:
    question = ask(generation, text, mode, ranking)
    candidates = find_candidates(question, EVERYWHERE)
    rescored = rescore_candidates(question, candidates)
    assert rescored.rows.tolist() == candidates.rows.tolist()
    assert (rescored.lexical is candidates.lexical, rescored.semantic is candidates.semantic) == (True, True)
    assert (rescored.scores <= 1 + 1e-6).all()
    order = [np.argsort(-each.scores, kind="stable").tolist() for each in (candidates, rescored)]
    assert order[0] == order[1] or (mode is Mode.HYBRID and ranking == SHIPPED)
    if mode is not Mode.HYBRID:
        assert rescored is candidates


def test_only_the_best_candidates_are_looked_at_word_by_word(generation: Generation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("search_service.candidates.RESCORED", 2)
    question = ask(generation, "Pausen Betrieb Lager", ranking=Ranking(feedback=False))
    candidates = find_candidates(question, EVERYWHERE)
    rescored = rescore_candidates(question, candidates)
    before, after = np.argsort(-candidates.scores, kind="stable"), np.argsort(-rescored.scores, kind="stable")
    assert set(after[:2].tolist()) == set(before[:2].tolist())
    assert after[2:].tolist() == before[2:].tolist()


def test_a_question_without_word_vectors_is_ranked_as_with_late_interaction_off(generation: Generation) -> None:
    question = ask(generation, "Pausen")
    assert question.embedding is not None
    wordless = replace(question, embedding=Embedding(question.embedding.vector, np.zeros((0, 2048), np.float32)))
    off = replace(question, ranking=Ranking(rescoring=False))
    candidates = find_candidates(question, EVERYWHERE)
    assert rescore_candidates(wordless, candidates).scores.tolist() == rescore_candidates(off, candidates).scores.tolist()
