"""The candidates again: by late interaction, and by what the first ones have in common."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.embedder import Vectors
from search_service.fusion import Scores
from search_service.rescoring import FEEDBACK, FEEDBACK_WEIGHT, LATE_WEIGHT, RESCORED, add_late, move_query, spread_late


def scores(*values: float) -> Scores:
    return np.array(values, dtype=np.float32)


FUSED = st.lists(st.floats(-2, 1, width=32), max_size=12).map(lambda values: scores(*values))
LATE = st.lists(st.floats(-1, 1, width=32), max_size=12).map(lambda values: scores(*values))


def draw_late(data: st.DataObject, count: int) -> Scores:
    return scores(*data.draw(st.lists(st.floats(0, 1, width=32), min_size=count, max_size=count)))


@st.composite
def directions(draw: st.DrawFn) -> tuple[Vectors, Vectors]:
    """Return a question's vector and those of up to four passages, all of length 1."""
    dimension, count = draw(st.integers(2, 8)), draw(st.integers(1, 4))
    rows = np.random.default_rng(draw(st.integers(0, 10_000))).normal(size=(count + 1, dimension))
    rows = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return rows[0], rows[1:]


def test_late_interaction_is_brought_to_0_to_1_and_added_worked_by_hand() -> None:
    late = spread_late(scores(0.3, 0.5, 0.4))
    assert late.tolist() == pytest.approx([0, 1, 0.5])
    # With weight 0.5: (1 + 0) / 1.5, (0.8 + 0.5) / 1.5, (0.7 + 0.25) / 1.5.
    assert add_late(scores(1, 0.8, 0.7), late, 0.5).tolist() == pytest.approx([1 / 1.5, 1.3 / 1.5, 0.95 / 1.5])
    assert (LATE_WEIGHT, RESCORED) == (0.5, 100)


@pytest.mark.parametrize("late", [scores(), scores(0.4), scores(0.4, 0.4, 0.4)])
def test_where_late_interaction_tells_nothing_apart_it_is_0(late: Scores) -> None:
    assert spread_late(late).tolist() == [0] * len(late)


def test_the_question_moves_towards_the_mean_of_the_first_passages_worked_by_hand() -> None:
    # (1, 0) + 0.4 * (0, 1) = (1, 0.4), of length sqrt(1.16).
    best = np.array([[0, 1], [0.6, 0.8], [-0.6, 1.2]], dtype=np.float32)
    moved = move_query(np.array([1, 0], dtype=np.float32), best, 0.4)
    assert moved.tolist() == pytest.approx([1 / np.sqrt(1.16), 0.4 / np.sqrt(1.16)])
    assert (FEEDBACK, FEEDBACK_WEIGHT) == (3, 0.4)


def test_passages_without_a_vector_move_nothing() -> None:
    question = np.array([0.6, 0.8], dtype=np.float32)
    assert move_query(question, np.zeros((3, 2), dtype=np.float32)).tolist() == pytest.approx([0.6, 0.8])


@given(LATE)
def test_spreading_keeps_the_order_between_0_and_1(late: Scores) -> None:
    spread = spread_late(late)
    assert spread.shape == late.shape
    assert ((spread >= 0) & (spread <= 1)).all()
    assert (np.diff(spread[np.argsort(late, kind="stable")]) >= 0).all()


@given(FUSED, st.data(), st.floats(0, 2))
def test_what_is_not_looked_at_never_comes_before_what_was_before_it(fused: Scores, data: st.DataObject, weight: float) -> None:
    fused = np.sort(fused)[::-1]
    seen = data.draw(st.integers(0, len(fused)))
    late = np.concatenate([draw_late(data, seen), np.zeros(len(fused) - seen, np.float32)])
    rescored = add_late(fused, late, weight)
    best, rest = rescored[:seen], rescored[seen:]
    assert (np.diff(rest) <= 0).all()
    assert not len(best) or not len(rest) or best.min() >= rest.max() - 1e-6
    assert (rescored <= 1 + 1e-6).all()


@given(FUSED, st.data())
def test_a_candidate_no_worse_in_both_is_no_worse_in_the_end(fused: Scores, data: st.DataObject) -> None:
    late = draw_late(data, len(fused))
    rescored = add_late(fused, late)
    no_worse = (fused[:, None] >= fused[None, :]) & (late[:, None] >= late[None, :])
    assert (rescored[:, None] >= rescored[None, :] - 1e-6)[no_worse].all()


@given(directions())
def test_a_moved_question_is_nearer_to_what_it_moved_to_and_of_length_1(drawn: tuple[Vectors, Vectors]) -> None:
    question, best = drawn
    moved, center = move_query(question, best), best.mean(axis=0)
    assert np.linalg.norm(moved) == pytest.approx(1, abs=1e-5)
    assert moved @ center >= question @ center - 1e-5
    assert moved.dtype == np.float32
    np.testing.assert_allclose(move_query(question, best, 0), question, atol=1e-6)
