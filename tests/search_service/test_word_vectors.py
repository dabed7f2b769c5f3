"""Late interaction over the signs of word vectors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.embedder import Vectors
from search_service.errors import KnowledgeBaseDamaged
from search_service.knowledge_base.word_vectors import (
    MAX_QUERY_WORDS,
    WordVectorIndex,
    build_word_vector_index,
    pack_signs,
)


def vectors(*rows: Sequence[float]) -> Vectors:
    return np.array(rows, dtype=np.float32)


# Eight dimensions. Passage 0 has two words, passage 1 none, passage 2 one; + is 1 and - is -1 over the root of 8.
FIRST = vectors([1, 1, 1, 1, -1, -1, -1, -1], [0.2, -3, 1, -1, 1, -1, 1, -1])  # only the signs are kept: + - + - + - + -
LAST = vectors([-1, -1, -1, -1, -1, -1, -1, 1])
NONE = np.zeros((0, 8), dtype=np.float32)
INDEX = build_word_vector_index([pack_signs(FIRST), pack_signs(NONE), pack_signs(LAST)], 8)
EVERY = np.arange(3, dtype=np.int64)


@st.composite
def passages(draw: st.DrawFn) -> tuple[list[Vectors], Vectors]:
    """Return word vectors of up to six passages and of a question; passages and question may have none."""
    dimension = draw(st.integers(1, 20))
    random = np.random.default_rng(draw(st.integers(0, 10_000)))
    counts = draw(st.lists(st.integers(0, 4), min_size=1, max_size=6))
    rows = [random.normal(size=(count, dimension)).astype(np.float32) for count in counts]
    question = random.normal(size=(draw(st.integers(0, 5)), dimension)).astype(np.float32)
    return rows, question / np.linalg.norm(question, axis=1, keepdims=True)


def index_of(rows: Sequence[Vectors]) -> WordVectorIndex:
    return build_word_vector_index([pack_signs(words) for words in rows], rows[0].shape[1])


def test_signs_are_packed_eight_to_a_byte_the_first_in_the_highest_bit() -> None:
    assert pack_signs(FIRST) == bytes([0b11110000, 0b10101010])
    assert pack_signs(vectors([0, -0.0, 1, 0, 0, 0, 0, 0, 5])) == bytes([0b00100000, 0b10000000])  # zero counts as negative
    assert pack_signs(NONE) == b""


def test_each_word_of_the_question_looks_for_the_nearest_word_worked_by_hand() -> None:
    question = vectors([1, 0, 0, 0, 0, 0, 0, 0], [0.6, 0, 0, 0, 0, 0, 0, -0.8]) * np.float32(np.sqrt(8))
    # With "+ + + + - - - -": 1 and 0.6 + 0.8; with "+ - + - + - + -" the same; with "- - - - - - - +": -1 and -0.6 - 0.8.
    np.testing.assert_allclose(INDEX.meet(question, EVERY), vectors([1, 0, -1], [1.4, 0, -1.4]), rtol=1e-6)
    # The second word of passage 0 alone agrees with the fifth dimension.
    fifth = vectors([0, 0, 0, 0, 1, 0, 0, 0])
    np.testing.assert_allclose(INDEX.meet(fifth, EVERY), vectors([1, 0, -1]) / np.sqrt(8), rtol=1e-6)
    np.testing.assert_allclose(INDEX.compare(fifth, EVERY)[0], vectors([-1], [1]) / np.sqrt(8), rtol=1e-6)


def test_rows_come_in_the_order_asked_for_and_may_be_repeated() -> None:
    question = vectors([0, 0, 0, 0, 1, 0, 0, 0]) * np.float32(np.sqrt(8))
    assert INDEX.meet(question, np.array([2, 0, 1, 2])).tolist() == [pytest.approx([-1, 1, 0, -1])]


def test_passages_without_words_have_0_and_so_has_a_question_of_words_without_direction() -> None:
    question = vectors([1, 0, 0, 0, 0, 0, 0, 0])
    assert INDEX.meet(question, np.array([1])).tolist() == [[0]]
    assert [found.shape for found in INDEX.compare(question, EVERY)] == [(2, 1), (0, 1), (1, 1)]
    assert INDEX.meet(np.zeros((2, 8), dtype=np.float32), EVERY).tolist() == [[0, 0, 0]] * 2


def test_nothing_asked_or_nothing_to_ask_gives_no_value() -> None:
    question = vectors([1, 0, 0, 0, 0, 0, 0, 0])
    assert INDEX.meet(question, EVERY[:0]).shape == (1, 0)
    assert INDEX.meet(NONE, EVERY).shape == (0, 3)
    assert INDEX.meet(NONE, EVERY[:0]).shape == (0, 0)
    assert INDEX.compare(question, EVERY[:0]) == []
    assert build_word_vector_index([], 8).meet(question, EVERY[:0]).shape == (1, 0)
    assert build_word_vector_index([b"", b""], 8).meet(question, EVERY[:2]).tolist() == [[0, 0]]


def test_only_the_first_words_of_a_long_question_take_part() -> None:
    question = np.tile(vectors([1, 0, 0, 0, 0, 0, 0, 0]), (MAX_QUERY_WORDS + 5, 1))
    assert INDEX.meet(question, EVERY).shape == (MAX_QUERY_WORDS, 3)
    assert INDEX.compare(question, EVERY[:1])[0].shape == (2, MAX_QUERY_WORDS)


@given(passages())
def test_meeting_equals_maxsim_with_the_signs(drawn: tuple[list[Vectors], Vectors]) -> None:
    rows, question = drawn
    met = index_of(rows).meet(question, np.arange(len(rows)))
    for number, words in enumerate(rows):
        signs = np.where(words > 0, 1, -1) / np.sqrt(words.shape[1])
        expected = (question @ signs.T).max(axis=1) if len(words) else np.zeros(len(question))
        np.testing.assert_allclose(met[:, number], expected, atol=1e-5)
    assert met.dtype == np.float32
    assert (np.abs(met) <= 1 + 1e-5).all()


@given(passages())
def test_written_and_read_back_it_says_the_same(drawn: tuple[list[Vectors], Vectors]) -> None:
    rows, question = drawn
    index, every = index_of(rows), np.arange(len(rows))
    again = WordVectorIndex.from_bytes(index.to_bytes(), rows[0].shape[1])
    assert again.row_count == index.row_count == len(rows)
    np.testing.assert_array_equal(again.meet(question, every), index.meet(question, every))


@given(passages(), st.data())
def test_a_passage_with_more_words_meets_a_question_no_worse(drawn: tuple[list[Vectors], Vectors], data: st.DataObject) -> None:
    rows, question = drawn
    number = data.draw(st.integers(0, len(rows) - 1))
    more = [*rows[:number], np.concatenate([rows[number], question]), *rows[number + 1 :]]
    every = np.arange(len(rows))
    before, after = index_of(rows).meet(question, every), index_of(more).meet(question, every)
    assert not len(rows[number]) or (after[:, number] >= before[:, number] - 1e-6).all()
    others = every != number
    np.testing.assert_allclose(after[:, others], before[:, others], atol=1e-6)


@pytest.mark.parametrize("broken", [{"words-codes.u8": b"\x01"}, {"words-starts.i64": b""}, {"words-starts.i64": b"\0" * 8}])
def test_files_that_do_not_fit_each_other_are_refused(broken: dict[str, bytes]) -> None:
    with pytest.raises(KnowledgeBaseDamaged, match="Wortvektoren"):
        WordVectorIndex.from_bytes(INDEX.to_bytes() | broken, 8)
