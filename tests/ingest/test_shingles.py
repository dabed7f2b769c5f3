from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ingest.shingles import MAX_BUCKET, SIGNATURE_LENGTH, Overlap, find_similar_pairs, measure_overlap, shingle, sign

WORDS = st.lists(
    st.sampled_from(["der", "Betrieb", "plant", "die", "Schicht", "mit", "dem", "Rat", "im", "Werk", "neu"]), max_size=40
)


def numbered(first: int, last: int) -> list[str]:
    """Return a text of the words n<first> to n<last - 1>, all different."""
    return [" ".join(f"n{number}" for number in range(first, last))]


def test_shingles_counted_by_hand() -> None:
    assert len(shingle(["eins zwei drei vier fünf sechs"])) == 2
    assert len(shingle(["eins zwei drei vier", "fünf sechs"])) == 0  # none reaches over the end of a passage
    assert len(shingle(["a b c d e"] * 3)) == 1
    overlap = measure_overlap(shingle(numbered(0, 14)), shingle(numbered(5, 24)))  # 10 and 15 shingles, 5 of them shared
    assert overlap == Overlap(5, 10, 15)
    assert (overlap.of_smaller, overlap.of_larger, overlap.size_ratio) == (0.5, 1 / 3, 2 / 3)


def test_spelling_and_punctuation_make_no_difference() -> None:
    assert np.array_equal(shingle(["Die Größe, der Straße: ÜBER alles!"]), shingle(["die groesse der strasse ueber alles"]))


def test_shingles_are_the_same_numbers_on_every_machine() -> None:
    found = shingle(["der Rat hat fünf Mitglieder"])
    assert found.tolist() == [16172449720161158525]
    assert sign(found)[:2].tolist() == [827001614, 2975888800]


def test_signatures_estimate_what_sets_share() -> None:
    first, second = shingle(numbered(0, 3000)), shingle(numbered(1000, 4000))  # a Jaccard index of one half
    estimate = float(np.mean(sign(first) == sign(second)))
    assert abs(estimate - 0.5) < 0.15
    assert sign(first).shape == (SIGNATURE_LENGTH,)
    assert sign(first).dtype == np.uint32


def test_similar_pairs_are_found_and_strangers_are_not() -> None:
    texts = [numbered(0, 300), numbered(5000, 5300), numbered(100, 400), numbered(0, 300)]
    assert list(find_similar_pairs([sign(shingle(text)) for text in texts])) == [(0, 2), (0, 3), (2, 3)]
    assert list(find_similar_pairs([])) == list(find_similar_pairs([sign(shingle(texts[0]))])) == []


def test_a_crowd_of_copies_is_chained_instead_of_paired() -> None:
    copies = [sign(shingle(numbered(0, 100)))] * (MAX_BUCKET + 1)
    assert list(find_similar_pairs(copies)) == [(number, number + 1) for number in range(MAX_BUCKET)]


@given(WORDS, WORDS)
def test_overlap_is_symmetric_and_lies_between_0_and_1(first: list[str], second: list[str]) -> None:
    one, other = shingle([" ".join(first)]), shingle([" ".join(second)])
    if len(one) and len(other):
        there, back = measure_overlap(one, other), measure_overlap(other, one)
        assert 0 <= there.of_larger <= there.of_smaller <= 1
        assert (there.of_smaller, there.of_larger, there.size_ratio) == (back.of_smaller, back.of_larger, back.size_ratio)
        assert np.array_equal(sign(one), sign(one.copy()))
