"""What stands around the text of a PDF: headers that change, footnotes, tables beside text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from ingest.blocks import BlockKind, Extraction
from ingest.extract import extract
from ingest.extract.layout import Row, Word, make_row, make_segment
from ingest.extract.notes import part_notes
from ingest.extract.places import Frame
from ingest.extract.running import find_running
from ingest.extract.structure import PageRows, build_blocks
from ingest.limits import DEFAULT_LIMITS

SENTENCE = (
    "Die Weiterbildungsbereitschaft der Belegschaften wächst, sobald die Qualifizierungsmaßnahmen während der Arbeitszeit "
    "stattfinden und der Betriebsrat die Auswahlentscheidungen mitträgt. "
)
SERIES = """#set text(lang: "de", hyphenate: true, size: 10pt)
#set par(justify: true)
#set page(width: 148mm, height: 210mm, margin: 20mm, numbering: "1", header: context {
  let found = query(selector(heading).before(here()))
  [Werkstattreihe Wandelwissen – Heft 14: #if found.len() > 0 { found.last().body }]
})
"""


@pytest.fixture(scope="module")
def series(typeset: Callable[[str], Path]) -> Extraction:
    chapters = [f"= Kapitel über {name}\n{SENTENCE * 9}" for name in ("Anfänge", "Bildung", "Chancen", "Dauer", "Erfolge")]
    return extract(typeset(SERIES + "\n#pagebreak()\n".join(chapters)), DEFAULT_LIMITS)


def test_a_header_that_names_each_chapter_is_no_text(series: Extraction) -> None:
    assert not any("Werkstattreihe" in block.text for block in series.blocks)
    headings = [block.text for block in series.blocks if block.kind is BlockKind.HEADING]
    assert headings == [f"Kapitel über {name}" for name in ("Anfänge", "Bildung", "Chancen", "Dauer", "Erfolge")]


def test_pages_have_their_printed_numbers_with_a_confidence(series: Extraction) -> None:
    assert all(block.label == str(block.page) and (block.label_confidence or 0) > 0.8 for block in series.blocks)


def test_a_dash_inside_a_list_item_stays(typeset: Callable[[str], Path]) -> None:
    source = f"{SENTENCE}\n\n- Urteil vom 30. März 2023 – C-34/21 – zur Verhaltens- und Leistungskontrolle\n- Zweiter Punkt"
    items = [b.text for b in extract(typeset(source), DEFAULT_LIMITS).blocks if b.kind is BlockKind.LIST_ITEM]
    assert items[0] == "Urteil vom 30. März 2023 – C-34/21 – zur Verhaltens- und Leistungskontrolle"


def test_a_dash_at_the_beginning_of_a_line_inside_a_sentence_stays() -> None:
    lines = [
        row("Die Schattenplanung zeigt, wo die Software besser ist", 100, 10),
        row("– oft beim Zusammenlegen von Gebieten – und wo nicht", 112, 10),
        row("Zu prüfen ist:", 124, 10),
        row("– die Tourenliste", 136, 10),
        row("– der Plan", 148, 10),
    ]
    narrow = [replace(line, column_right=line.segments[-1].right) for line in lines[:2]] + lines[2:]
    found = [(b.kind, b.text) for b in build_blocks([PageRows(narrow, [], Frame(600.0, 800.0))], {})]
    assert found[0][1] == (
        "Die Schattenplanung zeigt, wo die Software besser ist – oft beim Zusammenlegen von Gebieten – und wo nicht "
        "Zu prüfen ist:"
    )
    assert found[1:] == [(BlockKind.LIST_ITEM, "die Tourenliste"), (BlockKind.LIST_ITEM, "der Plan")]


def test_the_number_of_a_note_alone_on_a_line_is_no_text() -> None:
    lines = [row("Der Betrieb stellt die Brille.", 100, 10), row("4", 109, 6.5), row("Danach geht es weiter.", 140, 10)]
    blocks = build_blocks([PageRows(lines, [], Frame(600.0, 800.0))], {})
    assert [block.text for block in blocks] == ["Der Betrieb stellt die Brille.", "Danach geht es weiter."]


def test_a_header_whose_title_wraps_is_furniture_with_both_its_lines() -> None:
    words = ("Anfänge Gründung Ort", "Bildung Lehre Schule", "Chancen Markt Plan", "Dauer Wochen Jahre")
    pages = [
        [row(f"Quartalsheft: {text.split()[0]}|{number}", 55, 10), row(text, 90, 10), row(text[::-1], 700, 10)]
        for number, text in enumerate(words, 1)
    ]
    title = [row("Quartalsheft: Warum die Software\x02", 40, 10), row("umstellung dauert|5", 55, 10)]
    last = [*title, row("Erst kommt die Tafel", 90, 10), row("und dann das Programm", 700, 10)]
    assert find_running([*pages, last], [800.0] * 5).rows == [{0}, {0}, {0}, {0}, {0, 1}]


def test_a_table_in_one_of_two_columns_is_a_table_and_the_text_beside_it_is_whole(typeset: Callable[[str], Path]) -> None:
    table = """#block(text(8pt, table(columns: (1fr, 1fr), stroke: none, table.hline(),
  [Frage im Betrieb], [Entscheidung im Beispiel], table.hline(),
  [Wer wählt die Stufe der Hilfe?], [Die Person am Platz, jederzeit],
  [Wie wird angemeldet?], [Mit Rollenkarte „Montage“, ohne Namen],
  [Was wird gespeichert?], [Das Prüfergebnis je Auftrag], table.hline())))"""
    source = '#set page(width: 170mm, height: 120mm, columns: 2)\n#set text(lang: "de", size: 10pt)\n#set par(justify: true)\n'
    found = extract(typeset(f"{source}{SENTENCE * 2}\n\n{table}\n\n{SENTENCE * 6}"), DEFAULT_LIMITS)
    (block,) = [block for block in found.blocks if block.kind is BlockKind.TABLE]
    assert block.text.split("\n")[1:3] == [
        "Wer wählt die Stufe der Hilfe? | Die Person am Platz, jederzeit",
        "Wie wird angemeldet? | Mit Rollenkarte „Montage“, ohne Namen",
    ]
    text = " ".join(block.text for block in found.blocks if block.kind is BlockKind.PARAGRAPH)
    assert text == f"{(SENTENCE * 2).strip()} {(SENTENCE * 6).strip()}"


def row(text: str, y: float, size: float, column: int = 0) -> Row:
    """Set a line; "|" parts cells of 100 points."""
    cells = [
        make_segment([Word(w, 60.0 + 100 * n + 25 * k, 80.0 + 100 * n + 25 * k, y, size) for k, w in enumerate(cell.split())])
        for n, cell in enumerate(text.split("|"))
    ]
    return make_row(cells, column, 60.0, 500.0)


def test_small_lines_that_begin_with_a_mark_are_notes() -> None:
    rows = [
        row("Der Text steht hier", 400, 10),
        row("1 Vgl. das Gesetz", 700, 8),
        row("und weiter", 710, 8),
        row("2 Ebenda", 720, 8),
    ]
    main, notes = part_notes(rows, [], 10.0, 800.0)
    assert [r.text for r in main] == ["Der Text steht hier"]
    assert [[r.text for r in note] for note in notes] == [["1 Vgl. das Gesetz", "und weiter"], ["2 Ebenda"]]


def test_a_line_of_a_note_that_begins_with_a_number_is_no_note() -> None:
    rows = [
        row("Der Text steht hier", 400, 10),
        row("7 Vgl. Gesetz vom 17. Juli, Seite 1 bis", 700, 8),
        row("163 der Begründung", 710, 8),
        row("8 Ebenda", 720, 8),
    ]
    _, notes = part_notes(rows, [], 10.0, 800.0)
    assert [note[0].text[:1] for note in notes] == ["7", "8"]


def test_numbers_with_a_full_stop_are_notes_only_below_all_columns() -> None:
    text = row("Der Text steht hier", 400, 10)
    listed = [row("1. Erstens", 700, 8), row("2. Zweitens", 710, 8)]
    assert part_notes([text, *listed], [], 10.0, 800.0)[1] == []
    apart = [row("1. Vgl. Gesetz", 700, 8, 1), row("3. Oktober", 710, 8, 1), row("2. Ebenda", 720, 8, 1)]
    _, notes = part_notes([text, *apart], [], 10.0, 800.0)
    assert [[r.text for r in note] for note in notes] == [["1. Vgl. Gesetz", "3. Oktober"], ["2. Ebenda"]]


def test_a_small_table_with_numbered_rows_holds_no_notes() -> None:
    table = [
        row(f"{number} | {name} | Mai", 700 + 12 * number, 8) for number, name in enumerate(("Bedarf", "Antrag", "Plan"), 1)
    ]
    rows = [row("Der Text steht hier", 400, 10), *table]
    assert part_notes(rows, [], 10.0, 800.0) == (rows, [])


def test_two_copies_of_a_page_keep_their_text() -> None:
    lines = [f"{word} Zeile des Formulars" for word in ("Erste", "Zweite", "Dritte", "Vierte", "Letzte")]
    rows = [
        make_row([make_segment([Word(text, 70, 300, 60 + 14 * number, 10)])], 0, 0.0, 595.0)
        for number, text in enumerate(lines)
    ]
    assert find_running([rows, rows], [842.0, 842.0]).rows == [set(), set()]
