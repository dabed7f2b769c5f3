"""What stands around the text of a PDF: headers that change, footnotes, tables beside text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.blocks import BlockKind, Extraction
from ingest.extract import extract
from ingest.extract.layout import Row, Word, make_row, make_segment
from ingest.extract.notes import part_notes
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
