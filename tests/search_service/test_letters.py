"""Letters as numbers, and how likely they follow each other."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.german import normalize
from search_service.letters import LetterModel, fold, unfold

WORDS = ["schicht", "schichten", "schichtplan", "planung", "planungen", "arbeit", "arbeiten", "zeitplan", "gefährdung"]


@pytest.mark.parametrize(
    ("word", "folded"), [("gefaehrdung", "gefährdung"), ("neue", "neue"), ("quelle", "quelle"), ("oel", "öl")]
)
def test_umlauts_of_two_letters_become_one(word: str, folded: str) -> None:
    assert fold(word) == folded


@given(st.text(max_size=20))
def test_unfolding_gives_back_what_was_folded(text: str) -> None:
    word = normalize(text)
    assert unfold(fold(word)) == word


def test_a_german_string_is_likelier_than_its_letters_in_another_order() -> None:
    model = LetterModel(WORDS)
    assert model.log_probability("schichtplanung") > model.log_probability("tschichnuplang")


def test_a_single_word_is_all_a_small_model_expects() -> None:
    # Worked by hand: one word "ab". Borders and letters follow in one way only, so each of the orders 1 to 4 halves what is
    # left to chance but the first, where three kinds of letters share: (1 + 3/32) / 6 at order 1.
    chance = (1 + 3 / 32) / 6
    for _ in range(3):
        chance = (1 + chance) / 2
    assert LetterModel(["ab"]).log_probability("ab") == pytest.approx(3 * math.log(chance))


@given(st.text(alphabet="abcäöü-ß9", max_size=30))
def test_every_string_has_a_probability_below_one(word: str) -> None:
    for model in (LetterModel(WORDS), LetterModel([])):
        assert model.log_probability(word) < 0
        assert math.isfinite(model.log_probability(word))
