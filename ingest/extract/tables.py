"""Rows whose segments stand in columns, put together as tables. Pure."""

from __future__ import annotations

import re
import statistics
from collections.abc import Collection, Sequence
from itertools import pairwise

from ingest.clean import clean, join_lines
from ingest.extract.layout import Row, Rule, Segment

MIN_ROWS = 3
CELL_GAP = 0.6  # em between the columns of a table
MAX_PITCH = 4.0  # em between two rows of one table
WRAP_PITCH = 1.12  # of the smallest pitch: rows no further apart are lines of one cell, if others are further apart
SPREAD = 1.25  # largest pitch : smallest pitch, from which on the pitch tells rows from wrapped lines
MARKER = re.compile(r"(?:[•●○▪■◦‣►✓–\-*·]|\(?(?:\d{1,3}|[a-zA-Z])[.)]|\d+(?:\.\d+)+\.?)$")


def find_table(rows: Sequence[Row], start: int) -> int:
    """Return the end (exclusive) of the table that begins at `start`; `start` itself if none does."""
    if not _is_cellular(rows[start]):
        return start
    columns = grown = _spans(rows[start].segments)
    end = start + 1
    last_cellular = start
    for position in range(start + 1, len(rows)):
        row = rows[position]
        if row.column != rows[start].column or row.y - rows[position - 1].y > MAX_PITCH * row.size:
            break
        grown = _merge_spans([*grown, *_spans(row.segments)], CELL_GAP * row.size)
        if len(grown) < 2 or position - last_cellular > 3:
            break
        if _is_cellular(row):
            columns, last_cellular, end = grown, position, position + 1
    # Lines below the last row with more than one cell still belong to it when they stand in one of its columns only.
    while end < len(rows) and _continues(rows[end - 1], rows[end], columns):
        end += 1
    cellular = sum(1 for row in rows[start:end] if _is_cellular(row))
    return end if cellular >= MIN_ROWS and cellular >= 0.5 * (end - start) else start


def write_table(rows: Sequence[Row], rules: Sequence[Rule], known_words: Collection[str]) -> str:
    """Return the table's rows one a line, cells separated by " | "."""
    size = statistics.median(row.size for row in rows)
    columns: list[tuple[float, float]] = []
    for row in rows:
        columns = _merge_spans([*columns, *_spans(row.segments)], CELL_GAP * size)
    lines = []
    for group in _group_wrapped(rows, rules):
        cells: list[list[str]] = [[] for _ in columns]
        for row in group:
            for segment in row.segments:
                cells[_column_of(segment, columns)].append(segment.text)
        lines.append(" | ".join(clean(join_lines(cell, known_words)).replace(" | ", " / ") for cell in cells))
    return "\n".join(line for line in lines if line.strip(" |"))


def _is_cellular(row: Row) -> bool:
    return len(row.segments) > 1 and not (len(row.segments) == 2 and MARKER.match(row.segments[0].text.strip()))


def _spans(segments: Sequence[Segment]) -> list[tuple[float, float]]:
    return [(segment.left, segment.right) for segment in segments]


def _merge_spans(spans: list[tuple[float, float]], gap: float) -> list[tuple[float, float]]:
    merged: list[tuple[float, float]] = []
    for left, right in sorted(spans):
        if merged and left - merged[-1][1] < gap:
            merged[-1] = (merged[-1][0], max(merged[-1][1], right))
        else:
            merged.append((left, right))
    return merged


def _continues(before: Row, row: Row, columns: list[tuple[float, float]]) -> bool:
    is_near = row.column == before.column and row.y - before.y <= 1.35 * row.size and abs(row.size - before.size) < 0.5
    inside = [left - 1 <= row.left and row.right <= right + 1 for left, right in columns]
    return is_near and any(inside[1:]) and not inside[0]


def _group_wrapped(rows: Sequence[Row], rules: Sequence[Rule]) -> list[list[Row]]:
    """Put the lines of one table row together: by rules where there are some, else by distance, else by an empty first cell."""
    inner = [r.y for r in rules if r.left < rows[0].right and r.right > rows[0].left and rows[0].y < r.y < rows[-1].y]
    pitches = [after.y - before.y for before, after in pairwise(rows)]
    by_rules = len(inner) >= 2 and len(inner) >= 0.3 * len(pitches)
    by_pitch = not by_rules and bool(pitches) and max(pitches) > SPREAD * min(pitches)
    limit = WRAP_PITCH * min(pitches, default=0.0)
    first = min(row.left for row in rows)
    groups = [[rows[0]]]
    for before, row in pairwise(rows):
        if by_rules:
            wraps = not any(before.y < y <= row.y for y in inner)
        elif by_pitch:
            wraps = row.y - before.y <= limit
        else:
            wraps = row.left > first + 2 * row.size
        if wraps:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _column_of(segment: Segment, columns: list[tuple[float, float]]) -> int:
    return next(index for index, (left, right) in enumerate(columns) if left - 1 <= segment.left and segment.right <= right + 1)
