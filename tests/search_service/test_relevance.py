"""The relevance of a hit: first sums a person can check, then the laws, then questions of the corpus."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from search_service.relevance import (
    MODELS,
    Basis,
    Evidence,
    Feature,
    asks_in_english,
    cover,
    estimate_relevance,
    find_basis,
    fits,
    list_features,
    weigh_question,
)

SHARES = st.floats(0, 1)
COSINES = st.floats(-1, 1)
FULL = Evidence(cosine=0.86, coverage=0.5, unknown=0.25, weight=2.0)
EVIDENCE_OF = {
    Basis.BOTH: FULL,
    Basis.WORDS: replace(FULL, cosine=None),
    Basis.MEANING: Evidence(cosine=0.86),
}


def test_a_question_of_one_known_and_one_unknown_word() -> None:
    question = weigh_question(np.array([1, 0]), 3)
    assert question is not None
    # ln(1 + 2.5 / 1.5) and ln(1 + 3.5 / 0.5); the second is the weight of a word that no passage holds
    assert_allclose(question.importance, [0.9808, 2.0794], atol=1e-4)
    assert question.unknown == pytest.approx(2.0794 / 3.0603, abs=1e-4)
    assert question.weight == pytest.approx(1 + 0.9808 / 2.0794, abs=1e-4)


def test_a_question_of_stop_words_cannot_be_judged_by_words() -> None:
    assert weigh_question(np.zeros(0, dtype=np.int64), 3) is None


def test_a_passage_holds_the_share_of_the_words_that_its_scores_reach() -> None:
    question = weigh_question(np.array([1, 0]), 3)
    assert question is not None
    scores = np.array([[0.0, 0.4904, 0.9808, 7.5], [0.0, 0.0, 0.0, 2.0794]], dtype=np.float32)
    assert_allclose(cover(question, scores), [0, 0.1602, 0.3205, 1], atol=1e-4)


def test_the_estimate_is_the_logistic_of_the_weighted_sum() -> None:
    model = MODELS[Basis.MEANING]
    at_even_odds = -model.intercept / model.weights[Feature.COSINE]
    assert estimate_relevance(Evidence(cosine=at_even_odds)) == pytest.approx(0.5)
    above = Evidence(cosine=at_even_odds + 1 / model.weights[Feature.COSINE])
    assert estimate_relevance(above) == pytest.approx(1 / (1 + math.exp(-1)))


def test_every_combination_of_channels_has_an_estimate() -> None:
    assert set(MODELS) == set(Basis)
    assert {basis: find_basis(evidence) for basis, evidence in EVIDENCE_OF.items()} == {basis: basis for basis in Basis}
    for basis, evidence in EVIDENCE_OF.items():
        assert MODELS[basis].weights.keys() <= list_features(evidence).keys()


def test_without_any_channel_nothing_is_relevant() -> None:
    assert find_basis(Evidence()) is None
    assert estimate_relevance(Evidence()) == 0
    assert not fits(Evidence())


def test_every_weight_has_the_sign_of_its_feature_and_every_floor_is_a_chance() -> None:
    for model in MODELS.values():
        assert all(weight > 0 for weight in model.weights.values())
        assert 0 < model.floor < 0.5
        assert len(model.weights) <= 5


@given(st.sampled_from(Basis), COSINES, SHARES, SHARES, st.floats(0, 500))
def test_a_relevance_is_a_chance(basis: Basis, cosine: float, coverage: float, unknown: float, weight: float) -> None:
    known = Evidence(cosine, coverage, unknown, weight)
    shown = EVIDENCE_OF[basis]
    evidence = Evidence(
        **{name: getattr(known, name) for name in Evidence.__dataclass_fields__ if getattr(shown, name) is not None}
    )
    assert 0 <= estimate_relevance(evidence) <= 1
    assert fits(evidence) == (estimate_relevance(evidence) >= MODELS[basis].floor)


@given(st.sampled_from(Basis), st.sampled_from(["cosine", "coverage", "unknown"]), SHARES, SHARES)
def test_a_better_value_never_lowers_the_relevance(basis: Basis, name: str, one: float, other: float) -> None:
    evidence = EVIDENCE_OF[basis]
    assume(getattr(evidence, name) is not None)
    low, high = sorted([one, other], reverse=name == "unknown")
    worse, better = replace(evidence, **{name: low}), replace(evidence, **{name: high})
    assert estimate_relevance(worse) <= estimate_relevance(better)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=8))
def test_the_words_of_a_question_share_its_weight(holding: list[int]) -> None:
    question = weigh_question(np.array(holding), 50)
    assert question is not None
    assert 0 <= question.unknown <= 1
    assert 0 < question.weight <= len(holding) + 1e-6
    assert (question.unknown == 0) == (0 not in holding)
    everything = cover(question, np.repeat(question.importance[:, None], 2, axis=1))
    assert_allclose(everything, [1, 1], rtol=1e-5)


@pytest.mark.parametrize(
    ("evidence", "does_fit"),
    [
        # "Gefährdungsbeurteilung": one word, in the title of the document
        (Evidence(cosine=0.905, coverage=1.0, unknown=0.0, weight=0.36), True),
        # "Wie viele Stunden müssen zwischen Spätschicht und Frühschicht liegen?"
        (Evidence(cosine=0.900, coverage=0.40, unknown=0.0, weight=2.15), True),
        # "Darf mein Chef sehen, wie schnell ich an der Maschine bin?": hardly a word in common with the answer
        (Evidence(cosine=0.864, coverage=0.25, unknown=0.0, weight=1.73), True),
        # "Rezept Apfelkuchen mit Streuseln"
        (Evidence(cosine=0.811, coverage=0.0, unknown=1.0, weight=3.0), False),
        # "Bundesliga Tabelle": there are tables
        (Evidence(cosine=0.842, coverage=0.26, unknown=0.74, weight=1.35), False),
        # "Wie melde ich eine Marke an?": one can register for courses
        (Evidence(cosine=0.816, coverage=0.34, unknown=0.66, weight=1.52), False),
        # "Minijob Anmeldung bei der Knappschaft": likewise, but just above the floor, one of the 14 of 52 that are not told
        (Evidence(cosine=0.835, coverage=0.352, unknown=0.454, weight=2.2), True),
    ],
)
def test_questions_of_the_corpus(evidence: Evidence, does_fit: bool) -> None:
    assert fits(evidence) is does_fit


@pytest.mark.parametrize(
    ("question", "is_english"),
    [
        ("How do we introduce shift planning?", True),
        ("What was introduced in the factory?", True),
        ("Which rights does the works council have?", True),
        ("Wie führen wir eine Schichtplanung ein?", False),
        ("Internet of Things im Lager", False),
        ("Wer schrieb „The rebirth of Canada's Indians“?", False),
        ("Was hat die IT damit zu tun?", False),
        ("Self-Scheduling", False),
        ("!?", False),
    ],
)
def test_english_sentences_are_told_from_german_ones(question: str, is_english: bool) -> None:
    assert asks_in_english(question) is is_english
