"""Slips between words: their cost, and the known words near a typed one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.edits import (
    ADDED,
    AT_START,
    DOUBLED,
    DROPPED,
    REPLACED,
    SECOND,
    SOUND,
    SWAPPED,
    UMLAUT,
    NearWords,
    measure_slip,
)

LETTERS = st.text(alphabet="abdeiklnrstuäü", max_size=9)
WORDS = st.text(alphabet="abeinst", min_size=1, max_size=8)


def count_edits(one: str, other: str) -> int:
    """Optimal string alignment as textbooks write it."""
    rows = [[max(i, j) if min(i, j) == 0 else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i in range(1, len(one) + 1):
        for j in range(1, len(other) + 1):
            same = one[i - 1] == other[j - 1]
            rows[i][j] = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (not same))
            if i > 1 and j > 1 and one[i - 1] == other[j - 2] and one[i - 2] == other[j - 1]:
                rows[i][j] = min(rows[i][j], rows[i - 2][j - 2] + 1)
    return rows[-1][-1]


@pytest.mark.parametrize(
    ("typed", "known", "cost"),
    [
        ("planung", "planung", 0.0),
        ("plannung", "planung", DOUBLED),
        ("komission", "kommission", DOUBLED),
        ("gefahrdung", "gefährdung", UMLAUT),
        ("planugn", "planung", SWAPPED),
        ("plaung", "planung", DROPPED),
        ("lanung", "planung", DROPPED + AT_START),
        ("planxung", "planung", ADDED),
        ("plaqung", "planung", REPLACED),
        ("dieser fater", "dieser vater", SOUND),
        ("filosof", "philosoph", SOUND + AT_START + SOUND + SECOND),
    ],
)
def test_a_slip_costs_what_its_kind_costs(typed: str, known: str, cost: float) -> None:
    slip = measure_slip(typed, known, 2)
    assert slip is not None
    assert slip.cost == pytest.approx(cost)


def test_a_swap_of_ie_and_ei_counts_as_one_edit_and_as_cheap_as_a_sound() -> None:
    slip = measure_slip("erreichbarkiet", "erreichbarkeit", 1)
    assert slip is not None
    assert (slip.cost, slip.edits) == (SOUND, 1)


def test_more_edits_than_allowed_are_no_slip() -> None:
    assert measure_slip("haus", "maus", 1) is not None
    assert measure_slip("hausbau", "maushau", 1) is None
    assert measure_slip("haus", "haushalt", 2) is None


@given(LETTERS, LETTERS)
def test_no_slip_needs_more_edits_than_the_textbook_counts(typed: str, known: str) -> None:
    edits = count_edits(typed, known)
    slip = measure_slip(typed, known, 2)
    if edits <= 2:
        assert slip is not None
    if slip is not None:
        assert slip.edits <= 2
        assert (slip.cost == 0.0) == (typed == known)


@given(st.sets(WORDS, min_size=1, max_size=40), WORDS, st.sampled_from([1, 2]))
def test_the_words_found_near_are_those_within_the_edits(words: set[str], typed: str, most: int) -> None:
    known = sorted(words)
    found = {known[number] for number, _ in NearWords(known).find(typed, most)}
    assert found == {word for word in known if count_edits(typed, word) <= most}


def test_nothing_is_near_without_words_or_letters() -> None:
    assert list(NearWords([]).find("planung", 2)) == []
    assert list(NearWords(["planung"]).find("", 2)) == []
    assert list(NearWords(["planung"]).find("x" * 60, 2)) == []
