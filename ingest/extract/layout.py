"""Words on a page to rows in reading order: lines, columns. Pure geometry, in points from the upper left corner."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace

GAP = 1.0  # em; a wider gap inside a line separates columns or cells. Justified German lines stay below it
RULED_CELL_GAP = 0.6  # em; cells of a ruled table have at least two insets of 3 points between them
SAME_LINE = 0.4  # em between baselines
LOWERED = 0.8  # em: old TeX fonts make the opening quotation mark from a lowered closing one
QUOTES = frozenset({"”", "’"})
MIN_COLUMN_ROWS = 3
PROSE_CHARACTERS = 15  # a line of running text in the narrowest of three columns has more
MIN_RULES = 3  # above, below and between header and body
RULED_GAP = 150.0  # points between two rules of one table
MAX_NESTING = 3  # columns inside columns


@dataclass(frozen=True, slots=True)
class Word:
    """A run of characters without a blank."""

    text: str  # ends with U+0002 where a line-end hyphen was
    left: float
    right: float
    y: float  # baseline, downwards
    size: float
    bold: bool = False
    glued: bool = False  # no blank before it
    raised: bool = False  # a superscript mark
    turned: bool = False  # not horizontal


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

    @property
    def text(self) -> str:
        """Return its words with blanks between them."""
        return spell(self.words)


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
    """Return the text of words on one line; raised note numbers behind a word are left out."""
    parts: list[str] = []
    for position, word in enumerate(words):
        is_mark = word.raised and word.glued and position > 0 and word.text.isdigit() and len(word.text) <= 3
        text = word.text if position == len(words) - 1 else word.text.replace("\x02", "-")
        if is_mark and words[position - 1].text[-2:] in ("m", "cm", "km", "mm"):
            text = text.translate(str.maketrans("23", "²³"))
        elif is_mark:
            continue
        follows_mark = position == 1 and words[0].raised  # the number of a footnote and its text
        parts.append(text if not parts or (word.glued and not follows_mark) else f" {text}")
    return "".join(parts)


def build_segments(words: Sequence[Word], rules: Sequence[Rule] = ()) -> list[Segment]:
    """Join words that follow each other on a line; turned words are left out. Between the rules of a table less gap parts."""
    zones = _find_ruled(rules)
    runs: list[list[Word]] = []
    for word in words:
        if word.turned:
            continue
        if runs and _follows(runs[-1], word, _gap_at(word, zones)):
            runs[-1].append(word)
        else:
            runs.append([word])
    return _merge_neighbours([_make_segment(run) for run in runs], zones)


def order_rows(segments: Sequence[Segment], rules: Sequence[Rule] = ()) -> list[Row]:
    """Return the rows in reading order: column by column where the page is set in columns, else from top to bottom."""
    regions = _split(list(segments), _find_ruled(rules), 0)
    rows: list[Row] = []
    for number, region in enumerate(regions):
        left, right = min(s.left for s in region), max(s.right for s in region)
        rows.extend(make_row(line, number, left, right) for line in group_lines(region))
    return rows


def group_lines(segments: Sequence[Segment]) -> list[list[Segment]]:
    """Group segments that share a baseline, from top to bottom, each from left to right."""
    lines: list[list[Segment]] = []
    for segment in sorted(segments, key=lambda s: s.y):
        if lines and abs(segment.y - lines[-1][0].y) <= SAME_LINE * max(segment.size, lines[-1][0].size):
            lines[-1].append(segment)
        else:
            lines.append([segment])
    return [sorted(line, key=lambda s: s.left) for line in lines]


def make_row(line: Sequence[Segment], column: int, column_left: float, column_right: float) -> Row:
    """Return the row of segments that share a baseline; its size and weight are those of most characters."""
    words = [word for segment in line for word in segment.words]
    weights: dict[float, int] = {}
    for word in words:
        weights[round(word.size, 1)] = weights.get(round(word.size, 1), 0) + len(word.text)
    letters = sum(len(word.text) for word in words)
    return Row(
        segments=tuple(line),
        text=" ".join(segment.text for segment in line),
        left=line[0].left,
        right=max(segment.right for segment in line),
        y=line[0].y,
        size=max(weights, key=lambda size: (weights[size], size)),
        bold=sum(len(word.text) for word in words if word.bold) >= 0.9 * letters,
        column=column,
        column_left=column_left,
        column_right=column_right,
    )


def _gap_at(place: Word | Segment, zones: Sequence[Zone]) -> float:
    is_ruled = any(z.top <= place.y <= z.bottom and z.left - 2 <= place.left and place.right <= z.right + 2 for z in zones)
    return RULED_CELL_GAP if is_ruled else GAP


def _follows(run: list[Word], word: Word, gap: float) -> bool:
    last = run[-1]
    size = max(word.size, last.size)
    rise = abs(word.y - last.y)
    is_same_line = rise <= SAME_LINE * size or (min(word.size, last.size) < 0.85 * size and rise <= 0.7 * size)
    return is_same_line and -0.5 * size <= word.left - last.right <= gap * size and not last.text.endswith("\x02")


def _make_segment(words: list[Word]) -> Segment:
    main = max(words, key=lambda word: (word.size * (not word.raised), len(word.text)))
    return Segment(tuple(words), min(w.left for w in words), max(w.right for w in words), main.y, main.size)


def _merge_neighbours(segments: list[Segment], zones: Sequence[Zone]) -> list[Segment]:
    """Join what PDFium tore: runs on one baseline that touch, whatever their order in the file."""
    merged: list[Segment] = []
    for line in group_lines(_lift_quotes(segments)):
        for segment in line:
            before = merged[-1] if merged else None
            if (
                before is not None
                and before.y in {s.y for s in line}
                and abs(before.y - segment.y) <= SAME_LINE * max(segment.size, before.size)
                and -0.5 * segment.size
                <= segment.left - before.right
                <= _gap_at(segment, zones) * max(segment.size, before.size)
            ):
                merged[-1] = _make_segment(sorted([*before.words, *segment.words], key=lambda word: word.left))
            else:
                merged.append(segment)
    return merged


def _lift_quotes(segments: list[Segment]) -> list[Segment]:
    """Put lowered quotation marks on the line they belong to: the nearest above with text right behind them."""
    lifted = []
    for segment in segments:
        if segment.text.strip() in QUOTES:
            near = [
                other
                for other in segments
                if 0 < segment.y - other.y <= LOWERED * segment.size
                and other.left - 0.5 * segment.size <= segment.right <= other.right
                and other.text.strip() not in QUOTES
            ]
            if near:
                y = max(other.y for other in near)
                words = tuple(
                    replace(word, y=y, text="„" if len(word.text) == 1 and word.text == "”" else "‚") for word in segment.words
                )
                lifted.append(replace(segment, y=y, words=words))
                continue
        lifted.append(segment)
    return lifted


def _find_ruled(rules: Sequence[Rule]) -> list[Zone]:
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
    for band in _bands(lines, gutter, zones):
        left = [s for s in band if s.right <= gutter]
        right = [s for s in band if s.left >= gutter]
        if len(left) + len(right) == len(band) and _is_columnar(left, right):
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


def _find_gutter(lines: list[list[Segment]], zones: Sequence[Zone]) -> float | None:
    """Return the x that parts the most lines into two columns of running text, or None."""
    edges: dict[int, list[float]] = {}
    for line in lines:
        for segment in line:
            edges.setdefault(round(segment.left / 4), []).append(segment.left)
    start = min(line[0].left for line in lines)
    best, best_score = None, 0
    for lefts in edges.values():
        gutter = min(lefts) - 1.5
        if len(lefts) < MIN_COLUMN_ROWS or gutter < start + 40:
            continue
        score = 0
        for band in _bands(lines, gutter, zones):
            left = [s for s in band if s.right <= gutter]
            right = [s for s in band if s.left >= gutter]
            if len(left) + len(right) == len(band) and _is_columnar(left, right):
                score += min(len(left), len(right))
        if score > best_score:
            best, best_score = gutter, score
    return best


def _bands(lines: list[list[Segment]], gutter: float, zones: Sequence[Zone]) -> list[list[Segment]]:
    """Cut the page from top to bottom into stretches that cross the gutter and stretches that do not."""
    spanning = [zone for zone in zones if zone.left < gutter - 5 and zone.right > gutter + 5]
    bands: list[list[Segment]] = []
    crosses_before: bool | None = None
    for line in lines:
        crosses = any(s.left < gutter < s.right for s in line) or any(z.top <= line[0].y <= z.bottom for z in spanning)
        if crosses != crosses_before:
            bands.append([])
            crosses_before = crosses
        bands[-1].extend(line)
    return bands


def _is_columnar(left: list[Segment], right: list[Segment]) -> bool:
    """Tell two columns of running text from a table: both sides are prose and stand side by side."""
    if len(left) < MIN_COLUMN_ROWS or len(right) < MIN_COLUMN_ROWS or not (_is_prose(left) and _is_prose(right)):
        return False
    top, bottom = max(left[0].y, right[0].y), min(left[-1].y, right[-1].y)
    height = min(side[-1].y - side[0].y for side in (left, right))
    return bottom - top >= 0.5 * height


def _is_prose(side: list[Segment]) -> bool:
    return statistics.median(len(s.text) for s in side) >= PROSE_CHARACTERS
