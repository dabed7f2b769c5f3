"""XLSX: every sheet a page; tables as rows of the values that are shown, not of formulas."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from pathlib import Path

import openpyxl
from openpyxl.cell.read_only import EmptyCell, ReadOnlyCell
from openpyxl.utils.exceptions import InvalidFileException

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.archive import DAMAGED
from ingest.extract.package import open_package, read_core_properties
from ingest.formats import XLSX
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

NAMELESS = ("tabelle", "sheet", "blatt", "feuil")  # names a program gives: with a number they say nothing about the content
MAX_COLUMNS = 200  # of a sheet that are read; wider ones are data dumps
SIGNIFICANT = 12  # digits of a number: beyond them stands what computing left over (0.1 + 0.2)
CURRENCIES = ("€", "$", "£", "CHF")
Row = Sequence[str]


def extract_xlsx(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a workbook: the sheet is the page, its name the label."""
    package = open_package(path, limits)
    try:
        book = openpyxl.load_workbook(package, read_only=True, data_only=True, keep_links=False)
        blocks: list[Block] = []
        hidden: list[str] = []
        wide: list[str] = []
        written = 0
        for number, sheet in enumerate(book.worksheets, start=1):
            if sheet.sheet_state != "visible":
                hidden.append(sheet.title)
                continue
            sheet.reset_dimensions()  # what the file says about its size is not believed
            rows = [_show_row(row) for row in sheet.iter_rows()]
            if any(len(row) > MAX_COLUMNS for row in rows):
                wide.append(sheet.title)
            for block in _read_sheet((row[:MAX_COLUMNS] for row in rows), sheet.title):
                written += len(block.text)
                if written > limits.text_characters:
                    raise UnreadableDocument("Die Tabelle enthält mehr Text, als eine Datei haben darf. Bitte teilen.")
                blocks.append(Block(block.kind, block.text, block.level, number, sheet.title, "sheet", 1.0))
        count = len(book.worksheets)
    except (KeyError, ValueError, AttributeError, IndexError, TypeError, OSError, zipfile.BadZipFile, SyntaxError) as error:
        raise UnreadableDocument(DAMAGED) from error  # SyntaxError: xml.etree's ParseError
    except InvalidFileException as error:
        raise UnreadableDocument(DAMAGED) from error
    return Extraction(
        XLSX, count, tuple(blocks), read_core_properties(package), notices=(*_note_hidden(hidden), *_note_wide(wide))
    )


def _read_sheet(rows: Iterable[Row], title: str) -> Iterator[Block]:
    """Yield the sheet's name if it says something, then its tables, which empty rows part."""
    if title and not title.casefold().rstrip("0123456789 ()").endswith(NAMELESS):
        yield Block(BlockKind.HEADING, clean(title), 2)
    for is_filled, group in groupby(rows, key=any):
        if is_filled:
            yield from _build_table(list(group))


def _build_table(rows: list[Row]) -> Iterator[Block]:
    """Yield lines above a table (one filled cell each) as paragraphs, then the table without its empty columns."""
    if max(len(list(filter(None, row))) for row in rows) == 1:
        yield from (Block(BlockKind.PARAGRAPH, next(filter(None, row))) for row in rows)
        return
    while len(list(filter(None, rows[0]))) == 1:
        yield Block(BlockKind.PARAGRAPH, next(filter(None, rows[0])))
        rows = rows[1:]
    width = max(map(len, rows))
    filled = [column for column in range(width) if any(column < len(row) and row[column] for row in rows)]
    lines = (" | ".join(row[column] if column < len(row) else "" for column in filled) for row in rows)
    yield Block(BlockKind.TABLE, "\n".join(lines))


def _show_row(cells: Sequence[ReadOnlyCell | EmptyCell]) -> Row:
    """Return what stands in a row up to its last filled cell."""
    row = [_show(cell) for cell in cells]
    while row and not row[-1]:
        row.pop()
    return row


def _show(cell: ReadOnlyCell | EmptyCell) -> str:
    """Return what a reader of the sheet sees in a cell, on one line, in German notation."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "wahr" if value else "falsch"
    if isinstance(value, (int, float)):
        return show_number(value, cell.number_format or "")
    if isinstance(value, datetime):
        return f"{value:%d.%m.%Y}" if value.time() == time() else f"{value:%d.%m.%Y %H:%M}"
    if isinstance(value, date):
        return f"{value:%d.%m.%Y}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, timedelta):
        return str(value)
    return clean(" ".join(str(value).split())).replace(" | ", " / ")


def show_number(value: float, number_format: str) -> str:
    """Return a number with decimal comma, as per cent or with its currency where the format says so.

    >>> show_number(0.125, "0.0%"), show_number(0.1 + 0.2, "General")
    ('12,5 %', '0,3')
    """
    is_share = number_format.rstrip().endswith("%")
    text = f"{value * 100 if is_share else value:.{SIGNIFICANT}g}"
    if "e" in text:  # more digits than are significant: a number of an article or an account, or a tiny one
        text = f"{value:.0f}" if float(value).is_integer() else str(value)
    currency = next((sign for sign in CURRENCIES if sign in number_format), None)
    return text.replace(".", ",") + (" %" if is_share else f" {currency}" if currency else "")


def _note_hidden(titles: Sequence[str]) -> tuple[str, ...]:
    if not titles:
        return ()
    return (
        f"Ausgeblendete Tabellenblätter wurden nicht gelesen: {_name(titles)}. "
        "Sollen sie durchsuchbar sein, bitte in Excel einblenden und die Datei neu einlesen.",
    )


def _note_wide(titles: Sequence[str]) -> tuple[str, ...]:
    if not titles:
        return ()
    return (
        f"Von sehr breiten Tabellenblättern wurden nur die ersten {MAX_COLUMNS} Spalten gelesen: {_name(titles)}. "
        "Sollen alle durchsuchbar sein, bitte die Tabelle teilen.",
    )


def _name(titles: Sequence[str]) -> str:
    return ", ".join(f"„{title}“" for title in titles[:5]) + (" …" if len(titles) > 5 else "")
