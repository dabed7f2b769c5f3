"""Words on a page to segments of lines and to rows. Pure geometry, in points from the upper left corner."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from typing import NamedTuple

from ingest.extract.gutters import WIDE_GAP, Box, Gutter, find_gutters

GAP = 1.0  # em; a wider gap inside a line separates columns or cells. Justified German lines stay below it
RULED_CELL_GAP = 0.6  # em; cells of a ruled table have at least two insets of 3 points between them
MIN_STRETCHED = 2  # gaps of a line that justification stretched
MOST_STRETCHED = 1.8  # em; it stretches no further
ALIKE = 1.5  # widest : narrowest gap of such a line
BLANK = 0.25  # em
SAME_LINE = 0.4  # em between baselines
LOWERED = 0.8  # em: old TeX fonts make the opening quotation mark from a lowered closing one
SQUARES = str.maketrans("23", "²³")
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # Hebrew, Arabic and their kin
QUOTES = frozenset({"”", "’"})
MIN_RULES = 3  # above, below and between header and body
RULED_GAP = 150.0  # points between two rules of one table


class Word(NamedTuple):
    """A run of characters without a blank. A tuple: pages have hundreds, and a dataclass takes four times as long to make."""

    text: str  # ends with U+0002 where a line-end hyphen was
    left: float
    right: float
    y: float  # baseline, downwards
    size: float
    bold: bool = False
    glued: bool = False  # no blank before it
    raised: bool = False  # a superscript mark


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal stroke."""

    y: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Zone:
    """A ruled table's place on the page."""

    top: float
    bottom: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a line without a wide gap."""

    words: tuple[Word, ...]
    left: float
    right: float
    y: float
    size: float
    text: str  # its words with blanks between them


@dataclass(frozen=True, slots=True)
class Row:
    """What stands on one line of one column, in one or more segments from left to right."""

    segments: tuple[Segment, ...]
    text: str
    left: float
    right: float
    y: float
    size: float
    bold: bool
    column: int  # number of the column on its page, in reading order
    column_left: float
    column_right: float


def spell(words: Sequence[Word]) -> str:
    """Return the text of words on one line; raised note numbers behind a word are left out.

    `words` run from left to right. Runs of words in a script that runs from right to left are put in the order they are read.
    """
    if any(RIGHT_TO_LEFT.search(word.text) for word in words):
        words = order_logically(words)
    parts: list[str] = []
    last = len(words) - 1
    for position, word in enumerate(words):
        text = word.text
        if position != last and text[-1:] == "\x02":
            text = f"{text[:-1]}-"
        if word.raised and word.glued and position > 0 and text.isdigit() and len(text) <= 3:
            if words[position - 1].text[-2:] not in ("m", "cm", "km", "mm"):
                continue
            text = text.translate(SQUARES)
        follows_mark = position == 1 and words[0].raised  # the number of a footnote and its text
        parts.append(text if not parts or (word.glued and not follows_mark) else f" {text}")
    return "".join(parts)


def order_logically(words: Sequence[Word]) -> list[Word]:
    """Turn round runs of words from right to left; if they are most of a line, the line itself runs from right to left."""
    is_turned = [bool(RIGHT_TO_LEFT.search(word.text)) for word in words]
    if 2 * sum(is_turned) > len(words):
        return _turn_runs(words[::-1], [not turned for turned in reversed(is_turned)])
    return _turn_runs(words, is_turned)


def _turn_runs(words: Sequence[Word], turned: Sequence[bool]) -> list[Word]:
    ordered: list[Word] = []
    for is_turned, group in groupby(zip(words, turned, strict=True), key=lambda pair: pair[1]):
        run = [word for word, _ in group]
        ordered.extend(reversed(run) if is_turned else run)
    return ordered


def build_segments(words: Sequence[Word], rules: Sequence[Rule] = ()) -> list[Segment]:
    """Join words that follow each other on a line. Less gap parts them between a table's rules and at white stripes."""
    parting = _Parting(find_ruled(rules), find_gutters(_box_lines(words)))
    runs: list[list[Word]] = []
    for word in words:
        if runs and _follows(runs[-1], word, parting):
            runs[-1].append(word)
        else:
            runs.append([word])
    return _merge_neighbours([make_segment(run) for run in runs], parting)


def _box_lines(words: Sequence[Word]) -> list[list[Box]]:
    """Return the boxes of words by line, from top to bottom and from left to right."""
    lines: list[list[Box]] = []
    for word in sorted(words, key=lambda w: w.y):
        if lines and word.y - lines[-1][0][2] <= SAME_LINE * max(word.size, lines[-1][0][3]):
            lines[-1].append((word.left, word.right, word.y, word.size))
        else:
            lines.append([(word.left, word.right, word.y, word.size)])
    return [sorted(line) for line in lines]


def group_lines(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Group segments that share a baseline, from top to bottom, each from left to right."""
    lines: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: s.y):
        if lines and abs(segment.y - lines[-1][0].y) <= SAME_LINE * max(segment.size, lines[-1][0].size):
            lines[-1].append(segment)
        else:
            lines.append([segment])
    return [sorted(line, key=lambda s: s.left) for line in lines]


def fits_behind(line: Segment, above: Segment, edge: float) -> bool:
    """Tell whether the first word of a line had room at the end of the line above, in a column that ends at `edge`."""
    first = line.words[0]
    return above.right + BLANK * above.size + (first.right - first.left) <= edge


def _main_size(weights: Mapping[float, int]) -> float:
    """Return the size of most characters, to a tenth of a point."""
    if len(weights) == 1:
        return round(next(iter(weights)), 1)
    rounded: dict[float, int] = {}
    for size, weight in weights.items():
        rounded[round(size, 1)] = rounded.get(round(size, 1), 0) + weight
    return max(rounded, key=lambda size: (rounded[size], size))


def make_row(line: Sequence[Segment], column: int, column_left: float, column_right: float) -> Row:
    """Return the row of segments that share a baseline; its size and weight are those of most characters."""
    words = [word for segment in line for word in segment.words]
    weights: dict[float, int] = {}
    bold = letters = 0
    for word in words:
        length = len(word.text)
        weights[word.size] = weights.get(word.size, 0) + length
        letters += length
        bold += length if word.bold else 0
    return Row(
        segments=tuple(line),
        text=" ".join(segment.text for segment in line),
        left=line[0].left,
        right=max(segment.right for segment in line),
        y=line[0].y,
        size=_main_size(weights),
        bold=bold >= 0.9 * letters,
        column=column,
        column_left=column_left,
        column_right=column_right,
    )


@dataclass(frozen=True, slots=True)
class _Parting:
    """What parts words on one line."""

    zones: Sequence[Zone]
    gutters: Sequence[Gutter]

    def joins(self, before: Word | Segment, after: Word | Segment, size: float) -> bool:
        """Tell whether `after` goes on with `before`, which ends to the left of it on the same line."""
        distance = after.left - before.right
        if not -0.5 * size <= distance <= GAP * size:
            return False
        if distance > WIDE_GAP * size and before.text.endswith("\x02"):
            return False  # the end of a line, of another column
        if distance > RULED_CELL_GAP * size and self.zones and self._is_ruled(after):
            return False
        if distance < WIDE_GAP * size or not self.gutters:
            return True
        return not self.is_parted(before, after)

    def is_parted(self, before: Word | Segment, after: Word | Segment) -> bool:
        """Tell whether a white stripe runs between two neighbours on a line."""
        return any(gutter.parts(before.right, after.left, after.y) for gutter in self.gutters)

    def _is_ruled(self, place: Word | Segment) -> bool:
        return any(z.top <= place.y <= z.bottom and z.left - 2 <= place.left and place.right <= z.right + 2 for z in self.zones)


def _follows(run: list[Word], word: Word, parting: _Parting) -> bool:
    last = run[-1]
    size = max(word.size, last.size)
    rise = abs(word.y - last.y)
    is_same_line = rise <= SAME_LINE * size or (min(word.size, last.size) < 0.85 * size and rise <= 0.7 * size)
    return is_same_line and parting.joins(last, word, size) and not last.text.endswith("\x02")


def make_segment(words: Sequence[Word]) -> Segment:
    """Return the segment of words in reading order; it stands where its largest word stands."""
    main = max(words, key=lambda word: (word.size * (not word.raised), len(word.text)))
    return Segment(tuple(words), min(w.left for w in words), max(w.right for w in words), main.y, main.size, spell(words))


def _merge_neighbours(segments: list[Segment], parting: _Parting) -> list[Segment]:
    """Join what PDFium tore: runs on one baseline that touch, whatever their order in the file."""
    merged: list[Segment] = []
    for line in group_lines(_lift_quotes(segments)):
        joined: list[Segment] = []
        for segment in line:
            before = joined[-1] if joined else None
            size = max(segment.size, before.size) if before else 0.0
            if before is not None and abs(before.y - segment.y) <= SAME_LINE * size and parting.joins(before, segment, size):
                joined[-1] = make_segment(sorted([*before.words, *segment.words], key=lambda word: word.left))
            else:
                joined.append(segment)
        merged.extend(_close_stretched(joined, parting) if len(joined) > 1 else joined)
    return merged


def _close_stretched(line: list[Segment], parting: _Parting) -> list[Segment]:
    """Join the segments of a line that justification has stretched: all its gaps are alike, and none is a column's."""
    words = [word for segment in line for word in segment.words]
    gaps = [after.left - before.right for before, after in pairwise(words) if not after.glued]
    size = line[0].size
    if len(gaps) < MIN_STRETCHED or max(gaps) > MOST_STRETCHED * size or max(gaps) > ALIKE * max(min(gaps), 0.0):
        return line
    if any(parting.is_parted(before, after) for before, after in pairwise(line)):
        return line
    return [make_segment(words)]


def _lift_quotes(segments: list[Segment]) -> list[Segment]:
    """Put lowered quotation marks on the line they belong to: the nearest above with text right behind them."""
    lowered = {position for position, segment in enumerate(segments) if segment.text.strip() in QUOTES}
    if not lowered:
        return segments
    others = sorted((s for position, s in enumerate(segments) if position not in lowered), key=lambda s: s.y)
    ys = [other.y for other in others]
    return [_lift(s, others, ys) if position in lowered else s for position, s in enumerate(segments)]


def _lift(segment: Segment, others: Sequence[Segment], ys: Sequence[float]) -> Segment:
    near = [
        other
        for other in others[bisect_left(ys, segment.y - LOWERED * segment.size) : bisect_left(ys, segment.y)]
        if other.left - 0.5 * segment.size <= segment.right <= other.right
    ]
    if not near:
        return segment
    y = max(other.y for other in near)
    words = tuple(word._replace(y=y, text="„" if word.text == "”" else "‚") for word in segment.words)
    return replace(segment, y=y, words=words, text=spell(words))


def find_ruled(rules: Sequence[Rule]) -> list[Zone]:
    """Return the stretches of the page that three or more rules of one length below each other mark as a table."""
    groups: dict[tuple[int, int], list[float]] = {}
    for rule in _join_rules(rules):
        groups.setdefault((round(rule.left / 4), round(rule.right / 4)), []).append(rule.y)
    zones: list[Zone] = []
    for (left, right), found in groups.items():
        ys = sorted(found)
        start = 0
        for end in range(1, len(ys) + 1):
            if end == len(ys) or ys[end] - ys[end - 1] > RULED_GAP:
                if end - start >= MIN_RULES:
                    zones.append(Zone(ys[start] - 2, ys[end - 1], left * 4, right * 4))
                start = end
    return zones


def _join_rules(rules: Sequence[Rule]) -> list[Rule]:
    """Join strokes that touch at one height: many programs draw a table's lines cell by cell."""
    joined: list[Rule] = []
    for rule in sorted(rules, key=lambda r: (round(r.y), r.left)):
        if joined and round(joined[-1].y) == round(rule.y) and rule.left - joined[-1].right <= 2:
            joined[-1] = replace(joined[-1], right=max(joined[-1].right, rule.right))
        else:
            joined.append(rule)
    return joined
