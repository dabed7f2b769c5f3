"""The dense index: an exact scan over vectors in half precision."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.embedder import Vectors
from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.dense import DenseIndex, build_dense_index

HALF = 0.0005  # how far half precision may move a cosine


def unit_vectors(count: int, seed: int, dimension: int = 8) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_neighbours_worked_by_hand() -> None:
    index = build_dense_index(np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], dtype=np.float32))
    rows, cosines = index.search(np.array([1, 0], dtype=np.float32), 3)
    assert rows.tolist() == [0, 1, 2]
    assert cosines.tolist() == pytest.approx([1, 0.6, 0], abs=HALF)
    assert (index.row_count, index.dimension) == (4, 2)


def test_only_allowed_rows_are_found() -> None:
    index = build_dense_index(np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], dtype=np.float32))
    query = np.array([1, 0], dtype=np.float32)
    rows, cosines = index.search(query, 10, np.array([2, 3], dtype=np.int64))
    assert rows.tolist() == [2, 3]
    assert cosines.tolist() == pytest.approx([0, -1])
    nothing, none = index.search(query, 10, np.zeros(0, dtype=np.int64))
    assert (len(nothing), len(none)) == (0, 0)


@settings(max_examples=50)
@given(st.integers(1, 60), st.integers(1, 70), st.integers(0, 10_000), st.data())
def test_search_equals_brute_force(count: int, limit: int, seed: int, data: st.DataObject) -> None:
    vectors = unit_vectors(count, seed).astype(np.float16).astype(np.float32)  # what the index keeps
    query = unit_vectors(1, seed + 1)[0]
    chosen = data.draw(st.none() | st.sets(st.integers(0, count - 1)))
    allowed = None if chosen is None else np.array(sorted(chosen), dtype=np.int64)
    candidates = np.arange(count) if allowed is None else allowed
    expected = candidates[np.argsort(-(vectors[candidates] @ query), kind="stable")][:limit]
    rows, cosines = build_dense_index(vectors).search(query, limit, allowed)
    assert rows.tolist() == expected.tolist()
    np.testing.assert_allclose(cosines, vectors[expected] @ query, atol=1e-6)


def test_scores_of_given_rows_keep_their_order() -> None:
    vectors, query = unit_vectors(20, 7), unit_vectors(1, 8)[0]
    rows = np.array([13, 2, 2, 19], dtype=np.int64)
    np.testing.assert_allclose(build_dense_index(vectors).score(query, rows), vectors[rows] @ query, atol=HALF)
    assert build_dense_index(vectors).score(query, rows[:0]).shape == (0,)


def test_vectors_come_back_in_the_order_asked_for() -> None:
    vectors = unit_vectors(20, 7)
    rows = np.array([13, 2, 2, 19], dtype=np.int64)
    index = build_dense_index(vectors)
    np.testing.assert_array_equal(index.vectors(rows), vectors[rows].astype(np.float16).astype(np.float32))
    assert index.vectors(rows[:0]).shape == (0, 8)
    assert index.vectors(rows).dtype == np.float32


@pytest.mark.parametrize("dimension", [8, 384])
def test_half_precision_moves_a_cosine_by_less_than_it_is_told_to(dimension: int) -> None:
    vectors, query = unit_vectors(300, 5, dimension), unit_vectors(1, 6, dimension)[0]
    moved = build_dense_index(vectors).score(query, np.arange(300)) - vectors @ query
    assert 0 < np.abs(moved).max() < HALF


@pytest.mark.parametrize("count", [1, 7, 8, 9, 64, 65])
def test_the_last_of_the_allowed_rows_is_looked_at_whatever_the_number_of_rows(count: int) -> None:
    vectors = unit_vectors(count, count)
    rows, _ = build_dense_index(vectors).search(vectors[-1], 5, np.array([count - 1], dtype=np.int64))
    assert rows.tolist() == [count - 1]


def test_a_row_of_zeros_is_no_nearer_than_any_other() -> None:
    vectors = np.array([[0, 0], [0.6, 0.8]], dtype=np.float32)
    rows, cosines = build_dense_index(vectors).search(np.array([0.6, 0.8], dtype=np.float32), 2)
    assert rows.tolist() == [1, 0]
    assert cosines.tolist() == pytest.approx([1, 0], abs=HALF)


def test_written_and_read_back_it_finds_the_same() -> None:
    vectors, query = unit_vectors(40, 3), unit_vectors(1, 4)[0]
    index = build_dense_index(vectors)
    again = DenseIndex.from_bytes(index.to_bytes())
    assert (again.row_count, again.dimension) == (40, 8)
    for first, second in zip(index.search(query, 40), again.search(query, 40), strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("content", [b"", b"kein Index", build_dense_index(unit_vectors(4, 1)).to_bytes()[:-20]])
def test_bytes_that_are_no_index_are_refused(content: bytes) -> None:
    with pytest.raises(KnowledgeBaseDamaged, match="Vektorindex"):
        DenseIndex.from_bytes(content)
