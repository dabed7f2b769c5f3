"""Two rankings into one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.fusion import NORMALIZED_OVER, Scores, fuse, normalize_scores, rank


def scores(*values: float) -> Scores:
    return np.array(values, dtype=np.float32)


VALUES = st.lists(st.floats(-1, 20, width=32), max_size=20).map(lambda values: scores(*values))


def test_the_best_is_1_the_last_0_and_what_is_not_among_them_lies_below() -> None:
    # best 8 .. 4: (8-4)/4 = 1, (6-4)/4 = 0.5, (4-4)/4 = 0, (2-4)/4 = -0.5
    assert normalize_scores(scores(8, 6, 4), scores(6, 8, 2, 4)).tolist() == [0.5, 1, -0.5, 0]


def test_the_scale_ends_at_the_hundredth() -> None:
    best = np.arange(300, 0, -1, dtype=np.float32)  # 300, 299, ..., the hundredth is 201
    assert NORMALIZED_OVER == 100
    assert normalize_scores(best, scores(300, 201, 102)).tolist() == [1, 0, -1]


def test_a_channel_that_found_nothing_gives_0() -> None:
    assert normalize_scores(scores(), scores(3, 0)).tolist() == [0, 0]


def test_with_nothing_to_compare_with_only_the_best_counts() -> None:
    assert normalize_scores(scores(2, 2), scores(2, 1, 0)).tolist() == [1, 0, 0]


def test_channels_are_weighted_and_a_missing_word_does_no_harm() -> None:
    # 0.5 * 1 + 0.5 * 0.2; 0.5 * 0 (not -3) + 0.5 * 1; 0.5 * 0.5 + 0.5 * -0.4
    assert fuse(scores(1, -3, 0.5), scores(0.2, 1, -0.4)).tolist() == pytest.approx([0.6, 0.5, 0.05])
    assert fuse(scores(1), scores(0), 0.25).tolist() == [0.75]


def test_on_ties_the_newer_document_then_the_earlier_row_comes_first() -> None:
    years, rows = np.array([2020, 2024, 0, 2024]), np.array([3, 9, 1, 5])
    assert rank(scores(0.5, 0.5, 0.5, 0.5), years, rows).tolist() == [3, 1, 0, 2]
    assert rank(scores(0.1, 0.2, 0.9, 0.2), years, rows).tolist() == [2, 3, 1, 0]


@given(VALUES)
def test_normalizing_keeps_the_order_and_ends_at_1(values: Scores) -> None:
    best = np.sort(values)[::-1]
    normalized = normalize_scores(best, values)
    assert normalized.shape == values.shape
    assert (normalized <= 1 + 1e-6).all()
    assert (np.diff(normalize_scores(best, best)) <= 0).all()


@given(st.lists(st.tuples(st.floats(-2, 1), st.floats(-2, 1)), max_size=20), st.floats(0, 1))
def test_a_fused_score_is_at_most_1_and_never_falls_when_a_channel_rises(
    pairs: list[tuple[float, float]], weight: float
) -> None:
    lexical, semantic = scores(*(pair[0] for pair in pairs)), scores(*(pair[1] for pair in pairs))
    fused = fuse(lexical, semantic, weight)
    assert (fused <= 1 + 1e-6).all()
    assert (fuse(lexical + np.float32(0.5), semantic, weight) >= fused).all()
    assert (fuse(lexical, semantic + np.float32(0.5), weight) >= fused).all()


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.integers(2020, 2022)), max_size=20))
def test_the_order_does_not_depend_on_the_order_of_candidates(pairs: list[tuple[float, int]]) -> None:
    values, years = scores(*(pair[0] for pair in pairs)), np.array([pair[1] for pair in pairs], dtype=np.int64)
    rows = np.arange(len(pairs))
    turned = rows[::-1]
    assert rows[rank(values, years, rows)].tolist() == turned[rank(values[::-1], years[::-1], turned)].tolist()
