"""Footnotes at the lower end of a page's columns, parted from the running text and from each other. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ingest.extract.layout import Row, Rule, Segment, group_lines
from ingest.extract.tables import find_table

NOTE_START = re.compile(r"(?:\[?\d{1,3}\]?\)?|\*{1,3}|†)\s*(?=[\w„\"(§])")
STOPPED_START = re.compile(r"(\d{1,3})\.\s+(?=\S)")  # "1. Vgl. …"
FIRST_NUMBER = re.compile(r"\[?(\d{1,3})(?!\d)")
MOST_SKIPPED = 3  # numbers from one note to the next: those between may stand in the other column
SMALL = 0.93  # of the body size: footnotes are set smaller
LOWER_PART = 0.35  # of the page, from above: notes stand below
RULE_LEFT = 6.0  # points from the left edge of the column
SHORT_RULE = 0.6  # of the column's width; the rules of tables are longer
SAME_LEFT = 6.0  # points between the beginnings of two notes; numbers of one and two digits may be set flush right
NOTE_SIZE = 0.93  # of the text above: notes below a rule are set smaller
NOTE_MARK = re.compile(r"\W?\d{1,3}[.)\]]?(?:\s|(?=[^\W\d]))|[*†]")
NOTE_GAP = 1.3  # em between the text and the notes
OVERPRINT = 0.8  # em; lines whose baselines are no further apart are set into each other
NOTE_INDENT = 20.0  # points
BODY_SHARE = 0.25  # of the characters of a page are in its text size at least, headings apart


def cut_notes(segments: list[Segment]) -> tuple[list[Segment], list[Segment]]:
    """Part off the notes that run below all columns of a page; notes below one column stay with it.

    They are the last lines of the page, smaller than its text, each of one piece from the left edge, and begin with a mark.
    They stand apart from the text, or it has their number, or (some programs do that) they are printed over its last lines.
    """
    lines = group_lines(segments)
    if len(lines) < 2:
        return segments, []
    size, left = NOTE_SIZE * _body_size(segments), min(s.left for s in segments)
    small = [s for s in segments if s.size <= size and s.left <= left + NOTE_INDENT]
    last = _find_last_notes(lines, small)
    marks = {word.text for s in segments for word in s.words[1:] if word.raised and word.glued} if last else set()
    for position, first in enumerate(last):
        if not (mark := NOTE_MARK.match(first.text)):
            continue
        above = max((s.y for s in segments if s.y < first.y and not _overprints(s, [first])), default=-math.inf)
        is_marked = mark[0].strip(" .)]") in marks
        is_over = any(_overprints(s, [first]) for s in segments if s.size > size)
        if is_marked or is_over or (above > -math.inf and first.y - above >= NOTE_GAP * first.size):
            notes = last[position:]
            return [s for s in segments if s not in notes], notes
    return segments, []


def _find_last_notes(lines: Sequence[Sequence[Segment]], small: Sequence[Segment]) -> list[Segment]:
    """Return, from top to bottom, the small segments at the foot with nothing beside or between them but overprinted text."""
    found: list[Segment] = []
    for line in reversed(lines[1:]):
        own = [s for s in line if s in small]
        if len(own) > 1 or (len(line) > len(own) and not any(_overprints(s, small) for s in line if s not in own)):
            break
        found.extend(own)
    return found[::-1]


def _overprints(segment: Segment, others: Sequence[Segment]) -> bool:
    """Tell whether a segment is set into others of another size."""
    return any(
        other.size != segment.size
        and abs(other.y - segment.y) < OVERPRINT * max(other.size, segment.size)
        and other.left < segment.right
        and segment.left < other.right
        for other in others
    )


def _body_size(segments: Sequence[Segment]) -> float:
    """Return the largest size that a good part of the page's characters have at least."""
    total, seen = sum(len(s.text) for s in segments), 0
    for segment in sorted(segments, key=lambda s: -s.size):
        seen += len(segment.text)
        if seen >= BODY_SHARE * total:
            return segment.size
    return 0.0


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
    """Cut notes where the next number stands: a line of a note may begin with a number, too."""
    notes: list[list[Row]] = []
    number = 0
    for row in lines:
        if notes and not (_starts_note(row) and _is_next(row, number)):
            notes[-1].append(row)
        else:
            notes.append([row])
            number = _number_of(row) or number
    return notes


def _is_next(row: Row, number: int) -> bool:
    own = _number_of(row)
    return own is None or row.segments[0].words[0].raised or number == 0 or number < own <= number + MOST_SKIPPED


def _number_of(row: Row) -> int | None:
    found = FIRST_NUMBER.match(row.text)
    return int(found[1]) if found else None


def _starts_note(row: Row) -> bool:
    first = row.segments[0].words[0]
    return (first.raised or len(first.text) <= 3 or first.text[:1] in "*†[") and bool(NOTE_START.match(row.text))
