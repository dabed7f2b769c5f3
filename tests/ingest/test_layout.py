from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.columns import order_rows
from ingest.extract.layout import Word, build_segments, spell

TEXT = [
    "Die",
    "Weiterbildung",
    "der",
    "Belegschaft",
    "wächst",
    "sobald",
    "die",
    "Maßnahmen",
    "in",
    "der",
    "Arbeitszeit",
    "liegen",
    "und",
    "der",
    "Betriebsrat",
    "die",
    "Auswahl",
    "mitträgt",
    "so",
    "dass",
    "alle",
    "Gruppen",
    "des",
    "Betriebs",
    "daran",
    "teilnehmen",
    "können",
    "ohne",
    "Nachteile",
    "zu",
    "haben",
]


def set_line(words: list[str], left: float, y: float, size: float = 10.0, blank: float = 3.0) -> list[Word]:
    """Set words one behind the other, five points a letter."""
    placed = []
    for word in words:
        placed.append(Word(word, left, left + 5.0 * len(word), y, size))
        left += 5.0 * len(word) + blank
    return placed


def set_column(words: list[str], left: float, width: float, top: float, size: float = 10.0) -> tuple[list[Word], int]:
    """Set words in lines of at most `width`; return them and how many lines they make."""
    lines: list[list[str]] = [[]]
    for word in words:
        if sum(5.0 * len(w) + 3.0 for w in lines[-1]) + 5.0 * len(word) > width:
            lines.append([])
        lines[-1].append(word)
    placed = [word for number, line in enumerate(lines) for word in set_line(line, left, top + 12.0 * number, size)]
    return placed, len(lines)


def read(words: list[Word]) -> str:
    return " ".join(row.text for row in order_rows(build_segments(words)))


def test_columns_with_a_gutter_of_ten_points_are_read_one_after_the_other() -> None:
    left, _ = set_column(TEXT * 3, 60.0, 225.0, 100.0)
    right, _ = set_column(TEXT[::-1] * 3, 295.0, 225.0, 100.0)
    by_line = sorted([*left, *right], key=lambda word: (word.y, word.left))
    assert read(by_line) == " ".join([*TEXT * 3, *TEXT[::-1] * 3])


def test_columns_whose_lines_stand_at_different_heights_are_read_one_after_the_other() -> None:
    left, _ = set_column(TEXT * 3, 60.0, 225.0, 100.0)
    right, _ = set_column(TEXT[::-1] * 3, 295.0, 225.0, 105.5)
    assert read([*left, *right]) == " ".join([*TEXT * 3, *TEXT[::-1] * 3])


def test_a_title_over_both_columns_parts_them() -> None:
    words: list[Word] = []
    wanted: list[str] = []
    for top, title in ((100.0, "Ausgangslage"), (300.0, "Ergebnis")):
        words += set_line([title], 60.0, top - 30.0, 16.0)
        left, _ = set_column(TEXT * 2, 60.0, 225.0, top)
        right, _ = set_column(TEXT[::-1] * 2, 310.0, 225.0, top)
        words += [*left, *right]
        wanted += [title, *TEXT * 2, *TEXT[::-1] * 2]
    assert read(words) == " ".join(wanted)


def test_an_unruled_table_with_long_cells_is_read_row_by_row() -> None:
    rows = [
        (["Hersteller", "der", "fertigen", "Anlage"], ["Arbeitgeber", "als", "Betreiber"]),
        (["Maschinenverordnung"], ["Arbeitsschutzgesetz", "und", "Verordnung"]),
        (["Risikobeurteilung", "der", "Anlage"], ["Gefährdungsbeurteilung"]),
        (["einmal", "vor", "dem", "Verkauf"], ["laufend", "bei", "jeder", "Änderung"]),
    ]
    words = [
        word
        for number, (left, right) in enumerate(rows)
        for word in (*set_line(left, 60.0, 100.0 + 16.0 * number), *set_line(right, 300.0, 100.0 + 16.0 * number))
    ]
    assert read(words) == " ".join(word for left, right in rows for word in (*left, *right))


def test_notes_below_all_columns_come_last() -> None:
    left, _ = set_column(TEXT * 3, 60.0, 225.0, 100.0)
    right, _ = set_column(TEXT[::-1] * 3, 310.0, 225.0, 100.0)
    note = set_line(["1.", "Vgl.", "Gesetz."], 60.0, 330.0, 8.0)
    assert read([*left, *right, *note]) == " ".join([*TEXT * 3, *TEXT[::-1] * 3, "1. Vgl. Gesetz."])


def test_a_stretched_line_stays_one_segment() -> None:
    (segment,) = build_segments(set_line(["ter", "Arbeitsgestaltung", "nach", "DIN"], 60.0, 100.0, blank=14.0))
    assert segment.text == "ter Arbeitsgestaltung nach DIN"


def test_words_from_right_to_left_are_read_in_their_own_order() -> None:
    shalom, olam, tov = "\u05e9\u05dc\u05d5\u05dd", "\u05e2\u05d5\u05dc\u05dd", "\u05d8\u05d5\u05d1"
    assert spell(set_line(["Das", "heißt", olam, shalom, "hier"], 0.0, 0.0)) == f"Das heißt {shalom} {olam} hier"
    assert spell(set_line([tov, "DIN", "9001", olam, shalom], 0.0, 0.0)) == f"{shalom} {olam} DIN 9001 {tov}"
    assert spell(set_line(["Он", "сказал", "да"], 0.0, 0.0)) == "Он сказал да"


def test_scattered_words_by_the_thousand_are_all_kept() -> None:  # quadratic work on them would take minutes
    chance = random.Random(7)
    words = [Word("a", x := chance.uniform(0, 590), x + 3, chance.uniform(0, 840), 6.0) for _ in range(8_000)]
    assert sum(len(row.text.split()) for row in order_rows(build_segments(words))) == len(words)


LEFTS, RIGHTS, HEIGHTS, SIZES = st.floats(0, 500), st.floats(501, 510), st.floats(0, 800), st.floats(4, 30)


@given(st.lists(st.builds(Word, st.text("abc", min_size=1, max_size=5), LEFTS, RIGHTS, HEIGHTS, SIZES), max_size=30))
def test_no_word_is_lost_or_doubled(words: list[Word]) -> None:
    read_words = [word for row in order_rows(build_segments(words)) for s in row.segments for word in s.words]
    assert sorted(read_words) == sorted(words)
