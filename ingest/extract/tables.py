"""Rows whose segments stand in columns, put together as tables. Pure."""

from __future__ import annotations

import re
import statistics
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Sequence
from dataclasses import replace
from itertools import pairwise

from ingest.clean import clean
from ingest.extract.layout import Row, Rule, Segment, Word, fits_behind, make_segment
from ingest.hyphens import join_lines

MIN_ROWS = 3
CELL_GAP = 0.6  # em between the columns of a table
MAX_PITCH = 4.0  # em between two rows of one table
MOST_WRAPPED = 8  # lines of one cell beside which the other columns are empty
CELLULAR_SHARE = 0.25  # of the lines of a table have more than one cell; the others each stand in one column
WRAPPED_BELOW = 0.5  # of the lines have more than one cell: then the others must be wrapped lines of cells
WRAPPED_SHARE = 0.7
LONG_LINE = 50  # characters; a paragraph beside a number in the margin has such lines, a cell has not
TORN = ("\x02", "-", "\u2010")
SAME_SIZE = 0.15  # share by which the sizes in one table may differ; a heading right below differs more
WRAP_PITCH = 1.12  # of the smallest pitch: rows no further apart are lines of one cell, if others are further apart
SPREAD = 1.25  # largest pitch : smallest pitch, from which on the pitch tells rows from wrapped lines
RULED_SHARE = 0.3  # of the lines of a table begin below a rule: the rules part its rows, not only header and body
SAME_EDGE = 1.5  # points between the left edges of cells in one column
FEW_CROSSING = 0.34  # of the cells that begin at an edge run over it; where more do, it is no edge of the whole table
CLOSE_GAP = 0.35  # em; more than most blanks. Cells closer than the gap that parts segments have it at least
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
        is_near = row.column == rows[start].column and row.y - rows[position - 1].y <= MAX_PITCH * row.size
        if not is_near or abs(row.size - rows[start].size) > SAME_SIZE * row.size:
            break
        grown = _merge_spans([*grown, *_spans(row.segments)], CELL_GAP * row.size)
        if len(grown) < 2 or position - last_cellular > MOST_WRAPPED:
            break
        if _is_cellular(row):
            columns, last_cellular, end = grown, position, position + 1
    # Lines below the last row with more than one cell still belong to it when they stand in one of its columns only.
    while end < len(rows) and _continues(rows[end - 1], rows[end], columns):
        end += 1
    cellular = sum(1 for row in rows[start:end] if _is_cellular(row))
    if cellular < MIN_ROWS or cellular < CELLULAR_SHARE * (end - start):
        return start
    if cellular < WRAPPED_BELOW * (end - start):
        single = [(before, row) for before, row in pairwise(rows[start:end]) if not _is_cellular(row)]
        wrapped = sum(1 for before, row in single if _is_wrapped(row, before, columns))
        is_prose = statistics.median(len(row.text) for _, row in single) > LONG_LINE
        return end if wrapped >= WRAPPED_SHARE * len(single) and not is_prose else start
    return end


def _is_wrapped(row: Row, before: Row, columns: Sequence[tuple[float, float]]) -> bool:
    """Tell whether the only cell of a line goes on with the cell above it."""
    column = _column_of(row.segments[0], columns)
    above = [s for s in before.segments if _column_of(s, columns) == column]
    if not above:
        return False
    return above[0].text.endswith(TORN) or not fits_behind(row.segments[0], above[0], columns[column][1])


def write_table(rows: Sequence[Row], rules: Sequence[Rule], known_words: Collection[str]) -> tuple[str, list[Segment]]:
    """Return the table's rows one a line, cells separated by " | ", and the segments in the order of that text."""
    rows = _part_cells(rows)
    size = statistics.median(row.size for row in rows)
    columns: list[tuple[float, float]] = []
    for row in rows:
        columns = _merge_spans([*columns, *_spans(row.segments)], CELL_GAP * size)
    lines: list[str] = []
    order: list[Segment] = []
    for group in _group_wrapped(rows, rules, columns):
        cells: list[list[Segment]] = [[] for _ in columns]
        for row in group:
            for segment in row.segments:
                cells[_column_of(segment, columns)].append(segment)
        texts = (join_lines((segment.text for segment in cell), known_words) for cell in cells)
        lines.append(" | ".join(clean(text).replace(" | ", " / ") for text in texts))
        order.extend(segment for cell in cells for segment in cell)
    return "\n".join(line for line in lines if line.strip(" |")), order


def _part_cells(rows: Sequence[Row]) -> list[Row]:
    """Part cells that stand so close that they were read as one: a word inside begins where a column begins in other rows.

    The first word behind the white must stand on that edge, and the word before it end in the column before.
    """
    lefts = sorted(segment.left for row in rows for segment in row.segments)
    rights = sorted(segment.right for row in rows for segment in row.segments)
    parted = []
    for row in rows:
        cells = [part for segment in row.segments for part in _part_cell(segment, lefts, rights)]
        parted.append(row if len(cells) == len(row.segments) else replace(row, segments=tuple(cells)))
    return parted


def _part_cell(segment: Segment, lefts: Sequence[float], rights: Sequence[float]) -> list[Segment]:
    parts: list[list[Word]] = [[segment.words[0]]]
    for before, word in pairwise(segment.words):
        near = bisect_left(lefts, word.left - SAME_EDGE)
        beginning = bisect_right(lefts, word.left + SAME_EDGE) - near
        crossing = near - bisect_right(rights, word.left)
        is_apart = not word.glued and word.left - before.right >= CLOSE_GAP * word.size
        if is_apart and beginning >= MIN_ROWS and crossing <= FEW_CROSSING * beginning:
            parts.append([word])
        else:
            parts[-1].append(word)
    return [segment] if len(parts) == 1 else [make_segment(part) for part in parts]


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


def _group_wrapped(rows: Sequence[Row], rules: Sequence[Rule], columns: Sequence[tuple[float, float]]) -> list[list[Row]]:
    """Put the lines of one table row together: by rules between rows, else by distance, else by what the first cell says."""
    inner = sorted(r.y for r in rules if r.left < rows[0].right and r.right > rows[0].left and rows[0].y < r.y < rows[-1].y)
    ruled = [any(before.y < y <= row.y for y in inner) for before, row in pairwise(rows)]
    pitches = [row.y - before.y for (before, row), is_ruled in zip(pairwise(rows), ruled, strict=True) if not is_ruled]
    by_rules = len(inner) >= 2 and sum(ruled) >= RULED_SHARE * len(ruled)
    by_pitch = not by_rules and bool(pitches) and max(pitches) > SPREAD * min(pitches)
    limit = WRAP_PITCH * min(pitches, default=0.0)
    groups = [[rows[0]]]
    for (before, row), is_ruled in zip(pairwise(rows), ruled, strict=True):
        if by_rules or is_ruled:
            wraps = not is_ruled
        elif by_pitch:
            wraps = row.y - before.y <= limit
        else:
            wraps = _goes_on(groups[-1], row, columns)
        if wraps:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _goes_on(group: Sequence[Row], row: Row, columns: Sequence[tuple[float, float]]) -> bool:
    """Tell whether a line goes on with the cells above it: its first cell is empty, or goes on with a torn text itself."""
    first = next((s for s in row.segments if _column_of(s, columns) == 0), None)
    if first is None:
        return True
    if first.text[:1].islower() or any(segment.text.endswith(TORN[::2]) for segment in group[-1].segments):
        return True
    above = [s for r in group for s in r.segments if _column_of(s, columns) == 0]
    if not above or len(row.segments) >= len(group[0].segments):
        return False
    return above[-1].text.endswith(("-", ",")) or not fits_behind(first, above[-1], columns[0][1])


def _column_of(segment: Segment, columns: Sequence[tuple[float, float]]) -> int:
    return next(index for index, (left, right) in enumerate(columns) if left - 1 <= segment.left and segment.right <= right + 1)
