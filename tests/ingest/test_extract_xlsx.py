from __future__ import annotations

import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.blocks import Block
from ingest.extract import extract
from ingest.extract.xlsx import show_number
from ingest.limits import DEFAULT_LIMITS
from search_service.errors import UnreadableDocument

Sheet = Sequence[Sequence[object]]


def save(path: Path, sheets: dict[str, Sheet]) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(path)
    return path


def read(path: Path) -> tuple[Block, ...]:
    return extract(path, DEFAULT_LIMITS).blocks


def test_sheets_are_pages_and_empty_rows_part_tables(tmp_path: Path) -> None:
    rows = [
        ["Kosten der Einführung"],
        [None],
        [None, "Posten", None, "Betrag"],
        [None, "Schulung", None, 1200],
        [None, "Gerät | Zubehör", None, 80.5],
        [],
        [],
        [None, "Jahr", None, "Stand"],
        [None, 2024, None, "fertig\nabgenommen"],
    ]
    path = save(tmp_path / "a.xlsx", {"Kosten": rows, "Leer": [], "Tabelle3": [["a", "b"]]})
    assert [(b.kind.value, b.text, b.page, b.label, b.label_source, b.label_confidence) for b in read(path)] == [
        ("heading", "Kosten", 1, "Kosten", "sheet", 1.0),
        ("paragraph", "Kosten der Einführung", 1, "Kosten", "sheet", 1.0),
        ("table", "Posten | Betrag\nSchulung | 1200\nGerät / Zubehör | 80,5", 1, "Kosten", "sheet", 1.0),
        ("table", "Jahr | Stand\n2024 | fertig abgenommen", 1, "Kosten", "sheet", 1.0),
        ("heading", "Leer", 2, "Leer", "sheet", 1.0),
        ("table", "a | b", 3, "Tabelle3", "sheet", 1.0),
    ]
    assert extract(path, DEFAULT_LIMITS).page_count == 3


def test_values_as_a_reader_sees_them(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    values = [True, 0.125, 1234.5, date(2024, 10, 3), datetime(2024, 10, 3, 14, 30), time(8, 5), "=1+1", 3]
    for column, value in enumerate(values, start=1):
        sheet.cell(1, column, value)
    sheet.cell(1, 2).number_format = "0.0%"
    sheet.cell(1, 3).number_format = '#,##0.00 "€"'
    book.save(tmp_path / "a.xlsx")
    # A formula's value is what Excel last worked out; openpyxl works out none.
    assert read(tmp_path / "a.xlsx")[0].text == "wahr | 12,5 % | 1234,5 € | 03.10.2024 | 03.10.2024 14:30 | 08:05 | 3"


def test_a_table_of_five_thousand_rows_is_whole(tmp_path: Path) -> None:
    rows = [["Nummer", "Betrieb", "Ort"], *([number, f"Betrieb {number}", "Dortmund"] for number in range(1, 5001))]
    (table,) = read(save(tmp_path / "a.xlsx", {"Tabelle1": rows}))
    written = table.text.split("\n")
    assert (len(written), written[0], written[-1]) == (5001, "Nummer | Betrieb | Ort", "5000 | Betrieb 5000 | Dortmund")


def test_hidden_sheets_are_left_out_and_said_to_be(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a", "b"])
    secret = book.create_sheet("Listen")
    secret.append(["x", "y"])
    secret.sheet_state = "hidden"
    book.properties.title, book.properties.creator = "Übersicht", "Anna Alt; Bernd Neu"
    book.save(tmp_path / "a.xlsx")
    found = extract(tmp_path / "a.xlsx", DEFAULT_LIMITS)
    assert [block.text for block in found.blocks] == ["a | b"]
    assert found.notices[0].startswith("Ausgeblendete Tabellenblätter wurden nicht gelesen: „Listen“.")
    assert (found.properties["title"], found.properties["authors"]) == ("Übersicht", "Anna Alt; Bernd Neu")


def test_a_sheet_that_lies_about_its_size_is_read_by_what_it_holds(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", {"Blatt1": [["a", "b"], [1, 2]]})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'<dimension ref="A1:B2"/>', b'<dimension ref="A1:XFD1048576"/>'))
    assert [block.text for block in read(tmp_path / "b.xlsx")] == ["a | b\n1 | 2"]


def test_columns_beyond_the_last_one_read_are_said_to_be_left_out(tmp_path: Path) -> None:
    found = extract(save(tmp_path / "a.xlsx", {"Blatt1": [["x"] * 201, [1]]}), DEFAULT_LIMITS)
    assert found.blocks[0].text.split("\n")[0].count("x") == 200
    assert "nur die ersten 200 Spalten gelesen: „Blatt1“" in found.notices[0]


def test_a_strict_workbook_reads_like_a_transitional_one(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", {"Kosten": [["a", "b"], [1, date(2024, 10, 3)]]})
    pattern = rb"http://schemas\.openxmlformats\.org/(officeDocument|spreadsheetml|drawingml)/2006/"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, re.sub(pattern, rb"http://purl.oclc.org/ooxml/\1/", old.read(name)))
    assert read(tmp_path / "b.xlsx") == read(path)


def test_broken_properties_cost_only_themselves(tmp_path: Path) -> None:
    path = save(tmp_path / "a.xlsx", {"Kosten": [["a", "b"]]})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, b"<kaputt" if name == "docProps/core.xml" else old.read(name))
    assert read(tmp_path / "b.xlsx") == read(path)
    assert extract(tmp_path / "b.xlsx", DEFAULT_LIMITS).properties == {}


@pytest.mark.parametrize(
    ("part", "message"), [(b"<worksheet", "beschädigt"), (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "DOCTYPE")]
)
def test_a_damaged_and_a_hostile_workbook_get_a_plain_sentence(tmp_path: Path, part: bytes, message: str) -> None:
    path = save(tmp_path / "a.xlsx", {"Blatt1": [["a", "b"]]})
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(tmp_path / "b.xlsx", "w") as new:
        for name in old.namelist():
            new.writestr(name, part if name == "xl/worksheets/sheet1.xml" else old.read(name))
    with pytest.raises(UnreadableDocument, match=message):
        read(tmp_path / "b.xlsx")


def test_numbers_worked_by_hand() -> None:
    shown = [
        show_number(value, form)
        for value, form in ((7, "General"), (0.1 + 0.2, ""), (-1.5, "0 %"), (4006381333931.0, ""), (5, "CHF 0"))
    ]
    assert shown == ["7", "0,3", "-150 %", "4006381333931", "5 CHF"]


@given(st.integers(-(10**11), 10**11))
def test_whole_numbers_stay_as_they_are(number: int) -> None:
    assert show_number(number, "General") == str(number)
    assert show_number(float(number), "General") == str(number)
