"""The measures of extraction against hand-worked cases and their laws, and the scoring of a page of known text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.extraction.measures import (
    Overlap,
    count_edits,
    count_leaks,
    is_in_order,
    is_right_label,
    list_differences,
    overlap,
    split_words,
    word_error_rate,
)
from evaluation.extraction.scoring import Piece, Score, list_openings, score
from evaluation.typesetting.layouts import LAYOUTS, Part, Sheet, Typeset
from evaluation.typesetting.samples import Kind, parse_sample

words = st.lists(st.sampled_from(["die", "der", "Förder-", "und", "Rat"]), max_size=12)

SOURCE = """titel: Kleine Studie
untertitel: Ein Beispiel
kopf: Werkstattreihe
fuss: Probedruck
nummeriert: ja
---
# Ausgangslage

Die Förder- und Beratungsangebote helfen.^[Vgl. § 87 BetrVG.] Mehr nicht.

- Erster Punkt

Tabelle: Betriebe
| Jahr | Zahl |
| 2024 | 17 |

## Ergebnis

Das Ende der Studie.
"""


@pytest.fixture
def made() -> Typeset:
    """A title page, a page of contents, and two pages of text; the second begins with the heading „Ergebnis“."""
    sheets = (
        Sheet(Part.TITLE, "i", False),
        Sheet(Part.CONTENTS, "ii", True),
        Sheet(Part.TEXT, "1", True),
        Sheet(Part.TEXT, "2", True),
    )
    starts = {0: 3, 1: 3, 2: 3, 3: 3, 4: 3, 5: 4, 6: 4}
    return Typeset(Path("studie.pdf"), "hand", parse_sample("studie", SOURCE), LAYOUTS[0], sheets, starts)


PERFECT = (
    Piece(Kind.HEADING, "Kleine Studie", 1, 1, None),
    Piece(Kind.HEADING, "1 Ausgangslage", 1, 3, "1"),
    Piece(Kind.PARAGRAPH, "Die Förder- und Beratungsangebote helfen. Mehr nicht.", None, 3, "1"),
    Piece(Kind.LIST_ITEM, "Erster Punkt", 1, 3, "1"),
    Piece(Kind.CAPTION, "Tabelle 1: Betriebe", None, 3, "1"),
    Piece(Kind.TABLE, "Jahr | Zahl\n2024 | 17", None, 3, "1"),
    Piece(Kind.FOOTNOTE, "1 Vgl. § 87 BetrVG.", None, 3, "1"),
    Piece(Kind.HEADING, "1.1 Ergebnis", 2, 4, "2"),
    Piece(Kind.PARAGRAPH, "Das Ende der Studie.", None, 4, "2"),
)


def test_word_errors_worked_by_hand():
    wanted = split_words("Die Förder- und Beratungsangebote der Länder helfen")
    assert word_error_rate(wanted, split_words("Die Förderund Beratungsangebote der der Länder helfen")) == pytest.approx(3 / 7)
    assert count_edits(["a", "b", "c"], ["b", "c", "a"]) == 2
    assert word_error_rate([], []) == 0.0
    assert word_error_rate([], ["neu"]) == float("inf")


@given(words, words)
def test_edits_are_a_distance(one: list[str], other: list[str]):
    edits = count_edits(one, other)
    assert edits == count_edits(other, one)
    assert (edits == 0) is (one == other)
    assert abs(len(one) - len(other)) <= edits <= max(len(one), len(other))


@given(words, words, words)
def test_a_way_round_is_never_shorter(one: list[str], between: list[str], other: list[str]):
    assert count_edits(one, other) <= count_edits(one, between) + count_edits(between, other)


@given(words, words)
def test_edits_are_those_of_the_textbook_table(one: list[str], other: list[str]):
    table = [[i + j if 0 in (i, j) else 0 for j in range(len(other) + 1)] for i in range(len(one) + 1)]
    for i, word in enumerate(one, start=1):
        for j, found in enumerate(other, start=1):
            table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (word != found))
    assert count_edits(one, other) == table[-1][-1]


def test_heading_f1_worked_by_hand():
    wanted = [("1 Anfang", 1), ("1.1 Mitte", 2), ("2 Ende", 1)]
    found = [("1 Anfang", 1), ("1.1 Mitte", 1), ("2 Ende", 1), ("2 Ende", 1)]  # one at the wrong level, one twice
    assert overlap(wanted, found) == Overlap(shared=2, wanted=3, found=4)
    assert overlap(wanted, found).f1 == pytest.approx(4 / 7)
    assert (overlap(wanted, found).precision, overlap(wanted, found).recall) == (0.5, pytest.approx(2 / 3))
    assert overlap([], []).f1 == 1.0


@given(words, words)
def test_f1_lies_between_nothing_and_all_and_is_symmetric(one: list[str], other: list[str]):
    assert 0 <= overlap(one, other).f1 <= 1
    assert overlap(one, other).f1 == overlap(other, one).f1
    assert (overlap(one, other).f1 == 1) is (sorted(one) == sorted(other))


def test_leaked_words_are_counted_whatever_mark_clings_to_them():
    assert (
        count_leaks(split_words("Text Werkstattreihe: mehr Text Probedruck."), frozenset({"Werkstattreihe", "Probedruck"})) == 2
    )


def test_openings_must_stand_whole_and_one_after_the_other():
    page = split_words("1 Anfang Die Arbeit beginnt. Sie geht weiter. 2 Ende")
    assert is_in_order([["1", "Anfang"], ["Die", "Arbeit"], ["2", "Ende"]], page)
    assert not is_in_order([["2", "Ende"], ["1", "Anfang"]], page)
    assert not is_in_order([["Die", "Pause"]], page)
    assert not is_in_order([["Ende"], ["Ende"]], page)
    assert is_in_order([], page)


def test_a_page_without_printed_number_may_have_none_but_no_wrong_one():
    assert is_right_label("iv", "iv", is_printed=True)
    assert not is_right_label(None, "iv", is_printed=True)
    assert is_right_label(None, "i", is_printed=False)
    assert is_right_label("i", "i", is_printed=False)
    assert not is_right_label("1", "i", is_printed=False)


def test_differences_name_both_sides():
    assert list_differences(["a", "Antrags-", "und", "b"], ["a", "Antragsund", "b"]) == [("Antrags- und", "Antragsund")]


def test_a_perfect_reading_has_a_perfect_score(made: Typeset):
    found = score(made, PERFECT)
    assert found.word_error_rate == 0
    assert found.words == 2 + 7 + 2 + 3 + 4 + 4 + 2 + 4
    assert (found.leaks, found.headings.f1, found.order_share, found.label_share) == (0, 1.0, 1.0, 1.0)
    assert (found.pages, found.labelled_pages) == (2, 3)
    assert found.failures == ()


def test_what_opens_on_a_page_is_known(made: Typeset):
    assert list_openings(made, 4) == [["1.1", "Ergebnis"], ["Das", "Ende", "der", "Studie."]]


def test_a_running_header_in_the_text_counts_as_error_and_as_leak(made: Typeset):
    found = score(made, [*PERFECT[:7], Piece(Kind.PARAGRAPH, "Werkstattreihe", None, 4, "2"), *PERFECT[7:]])
    assert (found.edits, found.leaks) == (1, 1)
    assert "1 Wörter aus Kopf- oder Fußzeilen im Text" in found.failures


def test_a_footnote_read_as_running_text_is_wrong_in_both_places(made: Typeset):
    note = replace(PERFECT[6], kind=Kind.PARAGRAPH)
    found = score(made, [*PERFECT[:6], note, *PERFECT[7:]])
    assert {name: edits for name, edits, _ in found.edits_by_stream}["Fußnoten"] == 4
    assert found.edits == 4 + 5


def test_swapped_parts_spoil_the_order_of_their_page_only(made: Typeset):
    found = score(made, [*PERFECT[:7], PERFECT[8], PERFECT[7]])
    assert (found.ordered_pages, found.pages) == (1, 2)
    assert "Reihenfolge auf Seite 4" in found.failures


def test_a_wrong_level_and_a_wrong_page_number_are_named(made: Typeset):
    found = score(made, [*PERFECT[:7], replace(PERFECT[7], level=1, label="4"), replace(PERFECT[8], label="4")])
    assert "Überschrift fehlt: 1.1 Ergebnis (Stufe 2)" in found.failures
    assert "Seitenzahl auf Seite 4: 4 statt 2" in found.failures
    assert found.right_labels == found.labelled_pages - 1


def test_scores_add_up(made: Typeset):
    one, nothing = score(made, PERFECT), score(made, [])
    both = one + nothing + Score()
    assert nothing.word_error_rate == 1
    assert both.word_error_rate == pytest.approx(0.5)
    assert both.edits_by_stream[0][:2] == ("Text", nothing.edits_by_stream[0][1])
    assert (both.ordered_pages, both.pages) == (2, 4)
