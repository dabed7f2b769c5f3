"""Answers kept and refused: counted by hand, with Wilson's interval and its laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.honesty import Answer, Share, judge_honesty, wilson_interval
from evaluation.judgements import JudgedQuery
from evaluation.variants import SHIPPED

ANSWERABLE = [JudgedQuery(f"a{number}", "Pause", "alltag", {"d": 1}) for number in range(4)]
UNANSWERABLE = [JudgedQuery(f"u{number}", "Brot", "unbeantwortbar", {}) for number in range(2)]
UNJUDGED = JudgedQuery("n", "Noch nicht bewertet", "alltag", {})
QUERIES = [*ANSWERABLE, *UNANSWERABLE, UNJUDGED]
ANSWERS = {
    "a0": Answer(("d",), 0.9),
    "a1": Answer(("d",), 0.8),
    "a2": Answer(("d",), 0.6),
    "a3": Answer((), 0.2, fitting=False),
    "u0": Answer(("d",), 0.1, fitting=False),
    "u1": Answer(("d",), 0.7),
}


def test_shares_and_area_worked_by_hand():
    honesty = judge_honesty(SHIPPED, QUERIES, ANSWERS)
    assert honesty is not None
    assert honesty.variant == "hybrid"
    # above u0: all four; above u1: a0 and a1; 6 of 8 pairs
    assert honesty.auroc == 0.75
    assert (honesty.lost, honesty.lost_ids) == (Share(1, 4), ("a3",))
    assert honesty.told == Share(1, 2)


def test_without_unanswerable_queries_nothing_is_said():
    assert judge_honesty(SHIPPED, ANSWERABLE, ANSWERS) is None
    assert judge_honesty(SHIPPED, UNANSWERABLE, ANSWERS) is None


@pytest.mark.parametrize("silent", ["a2", "u0"])
def test_without_an_estimate_for_every_query_nothing_is_said(silent):
    assert judge_honesty(SHIPPED, QUERIES, ANSWERS | {silent: Answer(("d",))}) is None


def test_the_interval_of_one_half_of_ten_worked_by_hand():
    # z = 1.96: middle (0.5 + 0.19207) / 1.38415 = 0.5, half 1.96 * sqrt(0.025 + 0.0096) / 1.38415 = 0.2634
    low, high = wilson_interval(Share(5, 10))
    assert (low, high) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))


def test_none_and_all_still_have_an_interval():
    assert wilson_interval(Share(0, 52)) == (0.0, pytest.approx(0.0688, abs=1e-4))
    assert wilson_interval(Share(52, 52)) == (pytest.approx(0.9312, abs=1e-4), 1.0)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_the_interval_holds_the_share_lies_in_zero_to_one_and_mirrors(pair):
    count, of = pair
    low, high = wilson_interval(Share(count, of))
    assert 0 <= low <= count / of + 1e-12
    assert count / of - 1e-12 <= high <= 1
    mirrored = wilson_interval(Share(of - count, of))
    assert mirrored == (pytest.approx(1 - high, abs=1e-9), pytest.approx(1 - low, abs=1e-9))
