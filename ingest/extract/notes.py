"""Footnotes at the lower end of a page's columns, parted from the running text and from each other. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.extract.layout import Row, Rule
from ingest.extract.tables import find_table

NOTE_START = re.compile(r"(?:\[?\d{1,3}\]?\)?|\*{1,3}|†)\s*(?=[\w„\"(§])")
STOPPED_START = re.compile(r"(\d{1,3})\.\s+(?=\S)")  # "1. Vgl. …"
SMALL = 0.93  # of the body size: footnotes are set smaller
LOWER_PART = 0.35  # of the page, from above: notes stand below
RULE_LEFT = 6.0  # points from the left edge of the column
SHORT_RULE = 0.6  # of the column's width; the rules of tables are longer
SAME_LEFT = 6.0  # points between the beginnings of two notes; numbers of one and two digits may be set flush right


def part_notes(rows: Sequence[Row], rules: Sequence[Rule], body: float, height: float) -> tuple[list[Row], list[list[Row]]]:
    """Return the running text and the notes below it, column by column, each note with its lines.

    Notes whose number has a full stop look like a list: they count only where they stand apart, below all columns.
    """
    main: list[Row] = []
    notes: list[list[Row]] = []
    columns = sorted({row.column for row in rows})
    for column in columns:
        lines = [row for row in rows if row.column == column]
        start = _find_small(lines, body, height)
        if start == 0 and column == columns[-1] != columns[0] and STOPPED_START.match(lines[0].text):
            notes.extend(_cut_stopped(lines))
            continue
        while start < len(lines):
            end = find_table(lines, start)  # its first column may hold running numbers
            if end == start and (_starts_note(lines[start]) or _is_below_rule(lines, start, rules)):
                break
            start = max(end, start + 1)
        notes.extend(_cut_marked(lines[start:]))
        main.extend(lines[:start])
    return main, notes


def _find_small(lines: Sequence[Row], body: float, height: float) -> int:
    start = len(lines)
    while start > 0 and lines[start - 1].size <= SMALL * body and lines[start - 1].y > LOWER_PART * height:
        start -= 1
    return start


def _is_below_rule(lines: Sequence[Row], position: int, rules: Sequence[Rule]) -> bool:
    """Tell whether a short rule parts a line from the text above it: a note that goes on from the page before follows.

    No other rule may stand in the column there or below, for that would be a table.
    """
    row = lines[position]
    above = lines[position - 1].y if position else row.y - 2 * row.size
    near = [rule for rule in rules if rule.y > above and rule.left < row.column_right and rule.right > row.column_left]
    if len(near) != 1 or near[0].y > row.y:
        return False
    is_short = near[0].right - near[0].left <= SHORT_RULE * (row.column_right - row.column_left)
    return is_short and abs(near[0].left - row.column_left) <= RULE_LEFT


def _cut_stopped(lines: Sequence[Row]) -> list[list[Row]]:
    """Cut notes whose number has a full stop: each begins where the first does, with the next number."""
    notes: list[list[Row]] = []
    number = 0
    for row in lines:
        found = STOPPED_START.match(row.text)
        begins = found is not None and (not notes or int(found[1]) == number + 1)
        if found is not None and begins and (not notes or abs(row.left - notes[0][0].left) <= SAME_LEFT):
            number = int(found[1])
            notes.append([row])
        else:
            notes[-1].append(row)
    return notes


def _cut_marked(lines: Sequence[Row]) -> list[list[Row]]:
    notes: list[list[Row]] = []
    for row in lines:
        if notes and not _starts_note(row):
            notes[-1].append(row)
        else:
            notes.append([row])
    return notes


def _starts_note(row: Row) -> bool:
    first = row.segments[0].words[0]
    return (first.raised or len(first.text) <= 3 or first.text[:1] in "*†[") and bool(NOTE_START.match(row.text))
