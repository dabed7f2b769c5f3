"""The measures against hand-worked cases, their laws, and trec_eval itself."""

import math

import numpy as np
import pytest
import pytrec_eval
from hypothesis import given
from hypothesis import strategies as st

from evaluation.measures import auroc, bootstrap_interval, ndcg, recall, reciprocal_rank

MEASURES = (ndcg, reciprocal_rank, recall)

documents = st.sampled_from([f"d{number}" for number in range(12)])
rankings = st.lists(documents, unique=True, max_size=12)
graded = st.dictionaries(documents, st.integers(0, 3), max_size=12)
cutoffs = st.integers(1, 15)
scores = st.lists(st.floats(0, 1), min_size=1, max_size=30)


def test_ndcg_of_a_graded_ranking_worked_by_hand():
    # gains 1, 0, 3 at ranks 1, 2, 3: 1/1 + 0/1.585 + 3/2 = 2.5; ideal 3, 2, 1: 3/1 + 2/1.58496 + 1/2 = 4.76186
    value = ndcg(["a", "x", "c"], {"a": 1, "b": 2, "c": 3}, 10)
    assert value == pytest.approx(2.5 / 4.7618595, abs=1e-7)


def test_ndcg_gain_is_linear_not_exponential():
    # linear: (1 + 3/log2(3)) / (3 + 1/log2(3)); exponential gain would give (1 + 7/log2(3)) / (7 + 1/log2(3)) = 0.710
    assert ndcg(["low", "high"], {"high": 3, "low": 1}, 10) == pytest.approx(0.796708, abs=1e-6)


def test_the_ideal_ranking_is_cut_at_k_too():
    assert ndcg(["a"], {"a": 1, "b": 1, "c": 1}, 1) == 1.0
    assert ndcg(["a"], {"a": 1, "b": 1, "c": 1}, 2) == pytest.approx(1 / (1 + 1 / math.log2(3)))


def test_reciprocal_rank_and_recall_worked_by_hand():
    ranking, qrels = ["x", "y", "b", "a"], {"a": 3, "b": 1, "c": 2, "x": 0}
    assert reciprocal_rank(ranking, qrels, 10) == pytest.approx(1 / 3)
    assert reciprocal_rank(ranking, qrels, 2) == 0.0
    assert recall(ranking, qrels, 10) == pytest.approx(2 / 3)
    assert recall(ranking, qrels, 3) == pytest.approx(1 / 3)


@pytest.mark.parametrize("measure", MEASURES)
def test_nothing_found_or_nothing_relevant_scores_zero(measure):
    assert measure([], {"a": 1}, 10) == 0.0
    assert measure(["a"], {}, 10) == 0.0
    assert measure(["a"], {"a": 0}, 10) == 0.0


def test_a_negative_grade_counts_as_not_relevant():
    assert ndcg(["spam", "a"], {"spam": -2, "a": 1}, 10) == ndcg(["x", "a"], {"a": 1}, 10)
    assert reciprocal_rank(["spam"], {"spam": -2}, 10) == 0.0
    assert recall(["a"], {"spam": -2, "a": 1}, 10) == 1.0


@given(rankings, graded, cutoffs)
def test_every_measure_lies_between_zero_and_one(ranking, qrels, k):
    for measure in MEASURES:
        assert 0.0 <= measure(ranking, qrels, k) <= 1.0 + 1e-12


@given(graded.filter(lambda qrels: any(qrels.values())), cutoffs)
def test_documents_by_falling_grade_are_ideal(qrels, k):
    ranking = sorted(qrels, key=qrels.__getitem__, reverse=True)
    assert ndcg(ranking, qrels, k) == pytest.approx(1.0)
    assert reciprocal_rank(ranking, qrels, k) == 1.0
    assert recall(ranking, qrels, len(ranking)) == 1.0


@given(rankings, graded, cutoffs)
def test_what_follows_after_k_changes_nothing(ranking, qrels, k):
    for measure in MEASURES:
        assert measure(ranking, qrels, k) == measure(ranking[:k], qrels, k)


@given(rankings, graded, cutoffs)
def test_moving_a_better_document_up_never_lowers_ndcg(ranking, qrels, k):
    for upper in range(len(ranking) - 1):
        if qrels.get(ranking[upper + 1], 0) > qrels.get(ranking[upper], 0):
            swapped = [*ranking[:upper], ranking[upper + 1], ranking[upper], *ranking[upper + 2 :]]
            assert ndcg(swapped, qrels, k) >= ndcg(ranking, qrels, k) - 1e-12


@given(rankings, graded)
def test_recall_grows_with_depth(ranking, qrels):
    values = [recall(ranking, qrels, k) for k in range(1, 14)]
    assert values == sorted(values)


@given(rankings.filter(bool), graded.filter(lambda qrels: any(qrels.values())))
def test_the_same_values_as_trec_eval(ranking, qrels):
    names = {"ndcg_cut_5,10", "recall_5,10", "recip_rank"}
    run = {document: float(len(ranking) - rank) for rank, document in enumerate(ranking)}
    theirs = pytrec_eval.RelevanceEvaluator({"q": qrels}, names).evaluate({"q": run})["q"]
    for k in (5, 10):
        assert ndcg(ranking, qrels, k) == pytest.approx(theirs[f"ndcg_cut_{k}"])
        assert recall(ranking, qrels, k) == pytest.approx(theirs[f"recall_{k}"])
    assert reciprocal_rank(ranking, qrels, len(ranking)) == pytest.approx(theirs["recip_rank"])


def test_an_interval_of_equal_values_is_that_value():
    assert bootstrap_interval([0.25] * 40) == (0.25, 0.25)


def test_an_interval_agrees_with_the_normal_approximation_on_many_values():
    values = np.random.default_rng(7).uniform(0, 1, 1_000)
    low, high = bootstrap_interval(values.tolist())
    half_width = 1.96 * values.std() / math.sqrt(values.size)
    assert low == pytest.approx(values.mean() - half_width, abs=0.003)
    assert high == pytest.approx(values.mean() + half_width, abs=0.003)


@given(scores)
def test_an_interval_is_ordered_inside_the_values_and_the_same_every_time(values):
    low, high = bootstrap_interval(values, resamples=50)
    assert min(values) - 1e-12 <= low <= high <= max(values) + 1e-12
    assert bootstrap_interval(values, resamples=50) == (low, high)


def test_an_interval_needs_values():
    with pytest.raises(ValueError, match="at least one"):
        bootstrap_interval([])


def test_auroc_worked_by_hand():
    # pairs (0.9, 0.5), (0.9, 0.7), (0.5, 0.5), (0.5, 0.7): won, won, tied, lost
    assert auroc([0.9, 0.5], [0.5, 0.7]) == pytest.approx(2.5 / 4)
    assert auroc([0.8], [0.1, 0.2]) == 1.0
    assert auroc([], [0.1]) is None
    assert auroc([0.1], []) is None


@given(scores, scores)
def test_auroc_counts_every_pair_and_turns_around(positives, negatives):
    pairs = [1.0 if p > n else 0.5 if p == n else 0.0 for p in positives for n in negatives]
    value = auroc(positives, negatives)
    assert value == pytest.approx(sum(pairs) / len(pairs))
    assert auroc(negatives, positives) == pytest.approx(1 - value)
