from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from ingest.extract.columns import order_rows
from ingest.extract.layout import Word, build_segments, make_row, make_segment, spell
from ingest.extract.tables import find_table, write_table

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


def test_notes_printed_over_the_last_lines_of_two_columns_tear_no_word() -> None:
    left, _ = set_column(TEXT * 3, 60.0, 225.0, 100.0)
    right, _ = set_column(TEXT[::-1] * 3, 310.0, 225.0, 100.0)
    foot = max(word.y for word in left)
    note = set_line(["1.", "Vgl.", "Gesetz", "und", "Verordnung."], 56.0, foot - 5.0, 8.0)
    assert read([*left, *right, *note]) == " ".join([*TEXT * 3, *TEXT[::-1] * 3, "1. Vgl. Gesetz und Verordnung."])


def test_a_note_close_below_one_column_is_told_by_its_number_in_the_text() -> None:
    left, lines = set_column(TEXT * 3, 60.0, 225.0, 100.0)
    right, _ = set_column(TEXT[::-1] * 2, 310.0, 225.0, 100.0)
    mark = Word("4", left[5].right, left[5].right + 2.5, left[5].y - 3.0, 6.0, glued=True, raised=True)
    note = set_line(["4.", "Vgl.", "Gesetz."], 60.0, 100.0 + 12.0 * lines - 2.0, 8.0)
    unmarked = read([*left, *right, *note])
    marked = read([*left[:6], mark, *left[6:], *right, *note])
    assert unmarked == " ".join([*TEXT * 3, "4. Vgl. Gesetz.", *TEXT[::-1] * 2])
    assert marked == " ".join([*TEXT * 3, *TEXT[::-1] * 2, "4. Vgl. Gesetz."])


def set_staffel(top: float) -> list[Word]:
    """Set a table of four columns, whose last has cells of many lines: the white in its middle is a gutter's."""
    words: list[Word] = []
    cells = (
        ("Beschäftigte", "Beteiligung des Arbeitgebers", "Zuschuss zum Entgelt", "Besonderheit"),
        ("weniger als 50", "soll ganz entfallen", "bis zu 75 Prozent", "günstigste Stufe, kein/Eigenanteil an den/Kosten"),
        (
            "50 bis unter 500",
            "zu 50 Prozent",
            "bis zu 50 Prozent",
            "Anteil entfällt, wenn/die Person älter/als 45 ist/oder gleich",
        ),
        ("500 und mehr", "zu 75 Prozent", "bis zu 25 Prozent", "eine Vereinbarung im/Betrieb verbessert die/Sätze"),
    )
    for row in cells:
        lines = [cell.split("/") for cell in row]
        for left, cell in zip((60.0, 155.0, 310.0, 420.0), lines, strict=True):
            words += [word for number, line in enumerate(cell) for word in set_line(line.split(), left, top + 12.0 * number)]
        top += 12.0 * max(map(len, lines)) + 6.0
    return words


def test_a_table_with_cells_of_several_lines_is_no_pair_of_columns() -> None:
    rows = order_rows(build_segments(set_staffel(100.0)))
    assert {row.column for row in rows} == {0}
    assert [row.segments[0].text for row in rows if row.left < 70.0][1] == "weniger als 50"
    assert find_table(rows, 0) == len(rows)


def test_a_table_above_a_heading_beside_text_is_parted_from_both_columns() -> None:
    table = set_staffel(60.0)
    foot = max(word.y for word in table)
    heading = set_line(["Förderung"], 60.0, foot + 29.0, 14.0)
    left, _ = set_column(TEXT * 3, 60.0, 225.0, foot + 48.0)
    right, _ = set_column(TEXT[::-1] * 4, 310.0, 225.0, foot + 26.0)
    found = read([*table, *heading, *left, *right])
    assert found.endswith(" ".join(["Sätze", "Förderung", *TEXT * 3, *TEXT[::-1] * 4]))


def test_two_lines_of_columns_above_a_wide_table_are_read_column_by_column() -> None:
    first = "Die Weiterbildung der Belegschaft wächst rasch,", "sobald die Maßnahmen in der Arbeitszeit liegen"
    second = "und der Betriebsrat die Auswahl ganz mitträgt,", "so dass alle teilnehmen."
    above = [
        word
        for left, lines in ((60.0, first), (310.0, second))
        for number, line in enumerate(lines)
        for word in set_line(line.split(), left, 60.0 + 12.0 * number)
    ]
    table = set_staffel(110.0)
    foot = max(word.y for word in table) + 30.0
    below = [*set_column(TEXT * 3, 60.0, 240.0, foot)[0], *set_column(TEXT[::-1] * 3, 310.0, 225.0, foot)[0]]
    assert read([*above, *table, *below]).startswith(" ".join([*first, *second, "Beschäftigte"]))


def test_cells_closer_than_a_gap_are_parted_where_a_column_begins() -> None:
    rows = [
        make_row([make_segment(set_line(text.split(), left, y)) for left, text in cells], 0, 60.0, 400.0)
        for y, cells in (
            (94.0, [(60.0, "Folge des Ausfalls Vorrang")]),
            (112.0, [(60.0, "Stillstand, Aus\x02"), (159.0, "hoch")]),
            (124.0, [(60.0, "schuss")]),
            (142.0, [(60.0, "Verzögerung"), (159.0, "mittel")]),
            (160.0, [(60.0, "Stillstand"), (159.0, "gering")]),
        )
    ]
    close = make_row([make_segment([*rows[0].segments[0].words[:-1], *set_line(["Vorrang"], 159.0, 94.0)])], 0, 60.0, 400.0)
    text, _ = write_table([close, *rows[1:]], [], set())
    assert text.split("\n")[:3] == ["Folge des Ausfalls | Vorrang", "Stillstand, Ausschuss | hoch", "Verzögerung | mittel"]


def test_a_line_end_hyphen_does_not_join_the_next_column() -> None:
    heading = set_line(["Umstellung", "an\x02"], 60.0, 100.0, 14.0)
    caption = set_line(["Tabelle", "eins"], heading[-1].right + 12.0, 100.0)
    assert [s.text for s in build_segments([*heading, *caption])] == ["Umstellung an\x02", "Tabelle eins"]


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
