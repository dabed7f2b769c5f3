"""The result list: nearly identical passages once, not too many of one document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_service.embedder import Vectors
from search_service.queries import Grouping
from search_service.variety import COLLAPSED, Choice, are_twins, collapse, cut_shingles, limit_documents

LONG = (
    "Stand 2024: Der Betriebsrat bestimmt bei der Einführung technischer Einrichtungen mit und kann die Einigungsstelle "
    "anrufen, wenn er sich mit dem Arbeitgeber nicht einigt."
)


def collapse_texts(texts: Sequence[str], years: Sequence[int] | None = None, vectors: Vectors | None = None) -> list[Choice]:
    """Collapse passages that are ranked in the order of their rows."""
    by_place = np.array(years if years is not None else [0] * len(texts), dtype=np.int64)
    return collapse(np.arange(len(texts), dtype=np.int64), vectors, by_place, lambda row: texts[row])


def test_shingles_are_all_runs_of_three_words_in_any_spelling() -> None:
    assert cut_shingles("Die Größe, die zählt!") == {("die", "groesse", "die"), ("groesse", "die", "zaehlt")}
    assert cut_shingles("Zwei Wörter") == {("zwei", "woerter")}
    assert cut_shingles("…") == {()}


def test_passages_are_twins_from_four_fifths_of_their_shingles_on() -> None:
    one = frozenset((str(number),) for number in range(9))
    assert are_twins(one, one | {("x",)})  # 9 of 10
    assert are_twins(frozenset([*one, ("x",)]), frozenset([*one, ("y",)]))  # 9 of 11: 0.818
    assert not are_twins(frozenset([*one, ("x",), ("z",)]), frozenset([*one, ("y",)]))  # 9 of 12: 0.75


def test_the_newest_of_twins_is_shown_at_the_place_of_the_best() -> None:
    texts = ["Ganz anderes über Pausen im Betrieb", LONG, "Drittes zum Urlaub in der Probezeit", f"{LONG}.", LONG]
    assert collapse_texts(texts, [2020, 2021, 2022, 2025, 2019]) == [Choice(0), Choice(3, (1, 4)), Choice(2)]


def test_of_twins_of_one_year_the_best_ranked_is_shown() -> None:
    assert collapse_texts([LONG, LONG, LONG], [2024, 2024, 0]) == [Choice(0, (1, 2))]
    assert collapse_texts([LONG, LONG], [0, 2024]) == [Choice(1, (0,))]  # no year is older than any


def test_passages_that_differ_in_a_date_are_twins_and_those_that_differ_in_half_are_not() -> None:
    assert collapse_texts([LONG, LONG.replace("2024", "2025")]) == [Choice(0, (1,))]
    half = " ".join(LONG.split()[:6]) + " nicht mit, solange niemand davon etwas erfährt oder danach fragt"
    assert collapse_texts([LONG, half]) == [Choice(0), Choice(1)]


def test_texts_that_differ_are_compared_only_where_vectors_are_alike() -> None:
    apart = np.eye(2, dtype=np.float32)
    alike = np.array([[1, 0], [0.99, np.sqrt(1 - 0.99**2)]], dtype=np.float32)
    changed = LONG.rstrip(".") + " heute."
    assert are_twins(cut_shingles(LONG), cut_shingles(changed))
    assert collapse_texts([LONG, changed], vectors=apart) == [Choice(0), Choice(1)]
    assert collapse_texts([LONG, changed], vectors=alike) == [Choice(0, (1,))]
    assert collapse_texts([LONG, LONG], vectors=apart) == [Choice(0, (1,))]  # equal texts under different titles
    assert collapse_texts([LONG, "Etwas ganz anderes steht hier"], vectors=alike) == [Choice(0), Choice(1)]


def test_passages_without_a_vector_are_collapsed_where_their_texts_are_equal() -> None:
    missing = np.zeros((2, 4), dtype=np.float32)
    assert collapse_texts([LONG, LONG], vectors=missing) == [Choice(0, (1,))]


def test_only_the_first_ranks_are_looked_through() -> None:
    texts = [f"Absatz {number} sagt dies {number} und das {number}" for number in range(COLLAPSED)] + [LONG, LONG]
    assert [choice.row for choice in collapse_texts(texts)] == list(range(COLLAPSED + 2))
    assert len(collapse_texts([LONG] * COLLAPSED)) == 1


def test_nothing_ranked_gives_nothing() -> None:
    assert collapse_texts([]) == []
    assert collapse_texts([], vectors=np.zeros((0, 8), dtype=np.float32)) == []


@given(
    st.lists(
        st.tuples(st.sampled_from(["eins", "zwei", LONG, f"{LONG}!", "drei vier fünf"]), st.integers(2019, 2021)), max_size=12
    )
)
def test_every_passage_is_shown_or_stood_for_exactly_once(drawn: list[tuple[str, int]]) -> None:
    texts, years = [text for text, _ in drawn], [year for _, year in drawn]
    choices = collapse_texts(texts, years)
    assert sorted(row for choice in choices for row in (choice.row, *choice.twins)) == list(range(len(texts)))
    bests = [min(choice.row, *choice.twins) if choice.twins else choice.row for choice in choices]
    assert bests == sorted(bests)  # each stands at the place of the best of its group
    assert all(years[choice.row] >= years[twin] for choice in choices for twin in choice.twins)
    assert collapse_texts([texts[choice.row] for choice in choices]) == [Choice(place) for place in range(len(choices))]


DOCUMENT_OF = np.array([0, 0, 0, 1, 1, 2], dtype=np.int64)


@pytest.mark.parametrize(
    ("grouping", "kept"),
    [(Grouping.SPREAD, [5, 0, 3, 1, 4]), (Grouping.DOCUMENT, [5, 0, 3]), (Grouping.NONE, [5, 0, 3, 1, 2, 4])],
)
def test_a_document_has_as_many_passages_as_the_grouping_lets_it(grouping: Grouping, kept: list[int]) -> None:
    choices = [Choice(row) for row in (5, 0, 3, 1, 2, 4)]
    assert [choice.row for choice in limit_documents(choices, DOCUMENT_OF, grouping)] == kept


@given(st.permutations(range(6)), st.sampled_from(Grouping))
def test_limiting_keeps_the_order_and_the_best_of_each_document(order: list[int], grouping: Grouping) -> None:
    choices = [Choice(row) for row in order]
    kept = limit_documents(choices, DOCUMENT_OF, grouping)
    assert [choice for choice in choices if choice in kept] == kept
    assert {int(DOCUMENT_OF[choice.row]) for choice in kept} == {0, 1, 2}
    firsts = {document: next(row for row in order if DOCUMENT_OF[row] == document) for document in range(3)}
    assert {choice.row for choice in kept} >= set(firsts.values())
    most = {Grouping.SPREAD: 2, Grouping.DOCUMENT: 1, Grouping.NONE: 6}[grouping]
    assert max(Counter(int(DOCUMENT_OF[choice.row]) for choice in kept).values()) <= most
    assert limit_documents(kept, DOCUMENT_OF, grouping) == kept
