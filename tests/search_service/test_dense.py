"""The dense index: an exact scan."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from search_service.embedder import Vectors
from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.dense import DenseIndex, build_dense_index


def unit_vectors(count: int, seed: int, dimension: int = 8) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def test_neighbours_worked_by_hand() -> None:
    index = build_dense_index(np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], dtype=np.float32))
    rows, cosines = index.search(np.array([1, 0], dtype=np.float32), 3)
    assert rows.tolist() == [0, 1, 2]
    assert cosines.tolist() == pytest.approx([1, 0.6, 0])
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
    vectors, query = unit_vectors(count, seed), unit_vectors(1, seed + 1)[0]
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
    np.testing.assert_allclose(build_dense_index(vectors).score(query, rows), vectors[rows] @ query, atol=1e-6)
    assert build_dense_index(vectors).score(query, rows[:0]).shape == (0,)


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
