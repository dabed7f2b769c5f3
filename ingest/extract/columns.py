"""Segments of a page to regions in reading order: columns, what spans them, and the notes below. Pure geometry."""

from __future__ import annotations

import math
import re
import statistics
from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise

from ingest.extract.layout import Row, Rule, Segment, Zone, find_ruled, fits_behind, group_lines, make_row
from ingest.extract.notes import cut_notes

MIN_COLUMN_ROWS = 3
PROSE_CHARACTERS = 15  # a line of running text in the narrowest of three columns has more
MAX_NESTING = 3  # columns inside columns
MOST_EDGES = 24  # left edges, the most frequent first, that are tried as a column's
MIN_COLUMN = 40.0  # points; nothing narrower is a column of text
TITLE_SIZE = 1.1  # of the text below
MOST_TITLE_LINES = 3
BAND_GAP = 2.2  # em from line to line; no column of text has that but at headings
MOST_CUTS = 12
MOST_WHITE = 30.0  # points between two columns
SHARED_LINES = 0.8  # of the shorter side's lines stand on lines of the other side: a table, or columns set on one grid
OWN_LINES = 0.5  # fewer shared lines: each side has its own, whatever stands on it, such as a table in one column
# Share of the texts of one side that begin on a line with a text of the other side, from which on they are cells: in
# prose few do by chance, in tables nearly all. Chosen by looking at the typeset samples of evaluation/extraction.
TOGETHER = 0.6
TOGETHER_FILLED = 0.9  # if the lines fill their columns as running text does
TOGETHER_OF_MANY = 0.3  # if they do not, and there are more than two columns
DENSE_STARTS = 0.15  # of the lines of a table begin a cell; paragraphs are longer
MOST_OF_LINES = 0.65  # of the lines of one side has the other, with so many ...
MIN_HOLES = 3  # ... holes, of which each is ...
HOLE = 1.8  # ... lines high at least
TEXT_CHARACTERS = 30  # a line of the usual two columns has more, a line of a cell seldom
LONG_CELL = 6  # full lines; where a side has few texts and they are longer on average, they are paragraphs
FEW_STARTS = 2  # texts on one side; they may begin together by chance
LISTED = 0.3  # of the lines of both sides are items: two columns of a list
BULLET = re.compile(r"[•●○▪■◦‣►✓➢–*]\s*\w|[•●○▪■◦‣►✓➢]$")
FULL_LINE = 2.5  # em from the right edge of its column; running text reaches it on most lines, cells on few
REST_EDGE = 3.0  # points; lines of running text begin so near to their column's left edge
FULL_WIDTH = 0.12  # of a narrow column: less than that is full
FULL_SHARE = 0.5
FULL_SHARE_OF_MANY = 0.75  # four columns of text are rarer than tables


def order_rows(segments: Sequence[Segment], rules: Sequence[Rule] = ()) -> list[Row]:
    """Return the rows in reading order: column by column where the page is set in columns, else from top to bottom."""
    above, notes = cut_notes(list(segments))
    regions = [*_split(above, find_ruled(rules), 0), *([notes] if notes else [])]
    rows: list[Row] = []
    for number, region in enumerate(regions):
        left, right = min(s.left for s in region), max(s.right for s in region)
        rows.extend(make_row(line, number, left, right) for line in group_lines(region))
    return rows


def _split(segments: list[Segment], zones: Sequence[Zone], depth: int) -> list[list[Segment]]:
    """Return the regions of `segments` in reading order."""
    if not segments:
        return []
    lines = group_lines(segments)
    gutter = _find_gutter(lines, zones) if depth < MAX_NESTING else None
    if gutter is None:
        return [segments]
    regions: list[list[Segment]] = []
    whole: list[Segment] = []
    bands = _bands(lines, gutter, zones)
    columns = _find_columns(bands, gutter)
    for band in bands:
        left = [s for s in band if s.right <= gutter]
        right = [s for s in band if s.left >= gutter]
        is_parted = len(left) + len(right) == len(band)
        if is_parted and (_is_columnar(left, right) or _is_rest(left, right, columns)):
            if whole:
                regions.append(whole)
                whole = []
            regions.extend(_split(left, zones, depth + 1))
            regions.extend(_split(right, zones, depth + 1))
        else:
            whole = [*whole, *band]
    if whole:
        regions.append(whole)
    return regions


def _find_columns(bands: Sequence[list[Segment]], gutter: float) -> tuple[list[Segment], list[Segment]]:
    """Return what stands left and right of the gutter in all bands that are set in columns."""
    lefts: list[Segment] = []
    rights: list[Segment] = []
    for band in bands:
        left = [s for s in band if s.right <= gutter]
        right = [s for s in band if s.left >= gutter]
        if len(left) + len(right) == len(band) and _is_columnar(left, right):
            lefts.extend(left)
            rights.extend(right)
    return lefts, rights


def _is_rest(left: list[Segment], right: list[Segment], columns: tuple[list[Segment], list[Segment]]) -> bool:
    """Tell whether one or two lines are the end of columns that go on below, such as above a table over the whole width.

    They stand where the columns stand, and each but the last reaches its column's edge.
    """
    if not columns[0] or not 0 < len(right) <= len(left) < MIN_COLUMN_ROWS:
        return False
    for side, column, full in ((left, columns[0], left), (right, columns[1], right[:-1] or right)):
        start, edge = min(s.left for s in column), max(s.right for s in column)
        if any(abs(s.left - start) > REST_EDGE for s in side) or any(s.right < edge - FULL_LINE * s.size for s in full):
            return False
    return _is_prose(left) and _is_prose(right)


def _find_gutter(lines: list[list[Segment]], zones: Sequence[Zone]) -> float | None:
    """Return the x that parts the most lines into two columns of running text, or None."""
    edges: dict[int, list[float]] = {}
    for line in lines:
        for segment in line:
            edges.setdefault(round(segment.left / 4), []).append(segment.left)
    start = min(line[0].left for line in lines)
    best, best_score = None, 0
    for lefts in sorted(edges.values(), key=len, reverse=True)[:MOST_EDGES]:
        gutter = min(lefts) - 1.5
        if len(lefts) < MIN_COLUMN_ROWS or gutter < start + MIN_COLUMN:
            continue
        score = 0
        for band in _bands(lines, gutter, zones):
            left = [s for s in band if s.right <= gutter]
            right = [s for s in band if s.left >= gutter]
            if len(left) + len(right) == len(band) and _is_columnar(left, right):
                score += min(len(left), len(right))
        if score > best_score:
            best, best_score = gutter, score
    if best is None:
        return None
    # What begins earlier than most of the right column, such as the title of a table, still stands right of the white.
    reach = max((s.right for line in lines for s in line if s.right <= best), default=best)
    return min(best, max(reach + 1.0, best - MOST_WHITE))


def _bands(lines: list[list[Segment]], gutter: float, zones: Sequence[Zone]) -> list[list[Segment]]:
    """Cut the page from top to bottom into stretches that cross the gutter and stretches that do not."""
    spanning = [zone for zone in zones if zone.left < gutter - 5 and zone.right > gutter + 5]
    titles = _find_titles(lines, gutter)
    bands: list[list[list[Segment]]] = []
    crosses_before: bool | None = None
    for position, line in enumerate(lines):
        crosses = (
            position in titles
            or any(s.left < gutter < s.right for s in line)
            or any(z.top <= line[0].y <= z.bottom for z in spanning)
        )
        if crosses != crosses_before:
            bands.append([])
            crosses_before = crosses
        bands[-1].append(line)
    return [part for band in bands for part in _cut_at_gaps(band, gutter)]


def _cut_at_gaps(band: list[list[Segment]], gutter: float) -> list[list[Segment]]:
    """Cut a band at white stripes over its whole width if that parts columns from what is none, such as a table above."""
    whole = [segment for line in band for segment in line]
    cuts = [
        position
        for position, (before, line) in enumerate(pairwise(band), start=1)
        if min(s.y for s in line) - max(s.y for s in before) > BAND_GAP * max(_least_size(line), _least_size(before))
    ]
    if not cuts or len(cuts) > MOST_CUTS:
        return [whole]
    parts = [[segment for line in band[start:end] for segment in line] for start, end in pairwise([0, *cuts, len(band)])]
    grids = [_is_grid(part, gutter) for part in parts]
    if not any(grids) or all(grids):
        return [whole]
    joined = [parts[0]]
    for part, (before, is_grid) in zip(parts[1:], pairwise(grids), strict=True):
        if before == is_grid:
            joined[-1] = [*joined[-1], *part]
        else:
            joined.append(part)
    return joined


def _least_size(line: Sequence[Segment]) -> float:
    return min(s.size for s in line)  # a heading beside text has more white above it than the text


def _is_grid(band: list[Segment], gutter: float) -> bool:
    left = [s for s in band if s.right <= gutter]
    right = [s for s in band if s.left >= gutter]
    return len(left) >= MIN_COLUMN_ROWS and len(right) >= MIN_COLUMN_ROWS and not _is_columnar(left, right)


def _find_titles(lines: list[list[Segment]], gutter: float) -> set[int]:
    """Return the positions of short lines that are titles over both columns.

    They are larger than the text, nothing stands beside them, and below them both columns begin on one line.
    """
    titles: set[int] = set()
    group: list[int] = []
    for position, line in enumerate(lines):
        is_left = line[-1].right <= gutter
        size = max(s.size for s in line)
        if is_left and (not group or abs(lines[group[-1]][0].size - size) < 0.5):
            group = [*group, position]
            continue
        if group and line[0].right <= gutter <= line[-1].left and group[0] > 0:
            first, last = lines[group[0]], lines[group[-1]]
            above = lines[group[0] - 1]
            is_larger = max(line[0].size, line[-1].size) * TITLE_SIZE <= first[0].size
            is_apart = first[0].y - above[0].y > 1.4 * first[0].size and line[0].y - last[0].y > 1.1 * first[0].size
            if is_larger and is_apart and len(group) <= MOST_TITLE_LINES:
                titles.update(group)
        group = [position] if is_left else []
    return titles


def _is_columnar(left: list[Segment], right: list[Segment]) -> bool:
    """Tell two columns from a table: they stand side by side, and are set on lines of their own or are running text."""
    if len(left) < MIN_COLUMN_ROWS or len(right) < MIN_COLUMN_ROWS:
        return False
    prose = _is_prose(left) + _is_prose(right)
    top, bottom = max(left[0].y, right[0].y), min(left[-1].y, right[-1].y)
    height = min(side[-1].y - side[0].y for side in (left, right))
    if prose == 0 or bottom - top < 0.5 * height:
        return False
    sides = [sorted({round(s.y, 1) for s in side if top - 1 <= s.y <= bottom + 1}) for side in (left, right)]
    short, long = sorted(sides, key=len)
    if len(short) < MIN_COLUMN_ROWS:
        return prose == 2
    shared = sum(1 for y in short if _has_near(long, y))
    if shared < OWN_LINES * len(short):
        return True
    if prose < 2:
        return False
    if shared < SHARED_LINES * len(short):
        return not _are_cells(left, right)
    return not _has_holes(short, long) and not _begin_together(left, right)


def _has_holes(short: Sequence[float], long: Sequence[float]) -> bool:
    """Tell whether the lines of one side stop and go on beside those of the other, as cells of different height do."""
    pitch = min(after - before for before, after in pairwise(long))
    gaps = sum(1 for before, after in pairwise(short) if after - before > HOLE * pitch)
    return len(short) <= MOST_OF_LINES * len(long) and gaps >= MIN_HOLES


def _begin_together(left: list[Segment], right: list[Segment]) -> bool:
    """Tell the cells of a table, whose texts begin side by side, from paragraphs that begin where they may."""
    columns = [max(_inner_columns(side), key=len) for side in (left, right)]
    if all(sum(1 for s in column if BULLET.match(s.text)) >= LISTED * len(column) for column in columns):
        return False
    is_filled = _is_filled(left) and _is_filled(right)
    by_starts = sorted(((_find_starts(column), column) for column in columns), key=lambda found: len(found[0]))
    (one, column), (other, _) = by_starts
    together = sum(1 for y in one if _has_near(other, y)) / len(one)
    if not is_filled and any(len(_inner_columns(side)) > 1 for side in (left, right)):
        return together >= TOGETHER_OF_MANY or len(one) <= FEW_STARTS
    if len(one) <= FEW_STARTS:
        return not is_filled and not (_is_running_text(column) and len(column) >= LONG_CELL * len(one))
    dense = len(one) >= DENSE_STARTS * min(len(column) for column in columns)
    return dense and together >= (TOGETHER_FILLED if is_filled else TOGETHER)


def _is_running_text(column: list[Segment]) -> bool:
    return _is_filled(column) and statistics.median(len(s.text) for s in column) >= TEXT_CHARACTERS


def _are_cells(left: list[Segment], right: list[Segment]) -> bool:
    """Tell whether the sides are a table with cells of several lines: more than two columns, rows that begin on one line."""
    columns = [_inner_columns(side) for side in (left, right)]
    if max(map(len, columns)) < 2 or (_is_filled(left) and _is_filled(right)):
        return False
    one, other = sorted((_find_starts(max(side, key=len)) for side in columns), key=len)
    return len(one) > FEW_STARTS and sum(1 for y in one if _has_near(other, y)) >= TOGETHER_FILLED * len(one)


def _find_starts(column: list[Segment]) -> list[float]:
    """Return the baselines, ascending, on which a text begins: the line above it had room for its first word."""
    lines = sorted(column, key=lambda s: s.y)
    edge = max(s.right for s in lines)
    starts = [lines[0].y]
    for before, line in pairwise(lines):
        if not before.text.endswith(("\x02", "-", "\u2010")) and fits_behind(line, before, edge):
            starts.append(line.y)
    return starts


def _has_near(ys: Sequence[float], y: float) -> bool:
    position = bisect_left(ys, y - 1.0)
    return position < len(ys) and ys[position] <= y + 1.0


def _is_filled(side: list[Segment]) -> bool:
    columns = _inner_columns(side)
    full = 0
    for column in columns:
        edge = max(s.right for s in column)
        short = FULL_WIDTH * (edge - min(s.left for s in column))
        full += sum(1 for s in column if s.right >= edge - min(FULL_LINE * s.size, short))
    return full >= (FULL_SHARE if len(columns) == 1 else FULL_SHARE_OF_MANY) * len(side)


def _inner_columns(side: list[Segment]) -> list[list[Segment]]:
    """Group the segments of a side that is itself set in columns: what does not overlap from side to side is apart."""
    columns: list[list[Segment]] = []
    reach = -math.inf
    for segment in sorted(side, key=lambda s: s.left):
        if segment.left >= reach:
            columns.append([])
        columns[-1].append(segment)
        reach = max(reach, segment.right)
    return columns


def _is_prose(side: list[Segment]) -> bool:
    return statistics.median(len(s.text) for s in side) >= PROSE_CHARACTERS
