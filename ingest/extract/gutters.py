"""White stripes between words that go on from line to line: what parts columns set closer than a wide gap. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

WIDE_GAP = 0.6  # em; gaps in a line that can belong to a stripe. Blanks of justified text are 0.2 to 0.4 em
BEYOND_BLANKS = 1.5  # times the usual blank of its line is a gap that shows a stripe: typewriter text has wide blanks
MIN_BLANKS = 3
CLEAR_GAP = 0.75  # em; so wide a gap can begin a stripe in any line
# A stripe of some lines is real if it is so wide; blanks above each other ("rivers") hardly share 0.5 em over four lines.
MIN_STRIPES = ((3, 0.9), (4, 0.55))  # lines with words on both sides, em
FULL_PITCH = 3.0  # em between two lines of one stripe
REACH = 1.2  # em; a line of running text ends so near to its column's edge
HUG = 0.3  # em; and begins so near to it
MOST_LINES = 2000  # of a page; more are a drawing
MOST_OPEN = 60  # stripes followed at one time


Box = tuple[float, float, float, float]  # of a word: left, right, baseline, size


@dataclass(frozen=True, slots=True)
class Gutter:
    """A white stripe."""

    left: float
    right: float
    top: float  # baseline of its first line
    bottom: float  # baseline of its last line

    def parts(self, before: float, after: float, y: float) -> bool:
        """Tell whether the stripe lies between two neighbours on a line: `before` ends and `after` begins beside it."""
        return self.top - 1 <= y <= self.bottom + 1 and before <= self.left + 1 and after >= self.right - 1


@dataclass(slots=True)
class _Stripe:
    """A stripe while lines are still added to it."""

    left: float
    right: float
    top: float
    bottom: float
    last: float  # baseline of the last line looked at
    lines: int  # with words on both sides
    ending: int = 0  # lines on its left that reach it
    beginning: int = 0  # lines on its right that begin at it

    @property
    def support(self) -> int:
        """Return how many lines show the stripe; two columns set on baselines of their own show it by turns."""
        return self.lines + min(self.ending, self.beginning)


def find_gutters(lines: Sequence[Sequence[Box]]) -> list[Gutter]:
    """Return the stripes of a page. `lines` run from top to bottom, their boxes from left to right."""
    if len(lines) > MOST_LINES:
        return []
    sizes = sorted(box[3] for line in lines for box in line)
    em = sizes[len(sizes) // 2] if sizes else 0.0
    open_stripes: list[_Stripe] = []
    done: list[_Stripe] = []
    for line in lines:
        y, size = line[0][2], max(box[3] for box in line)
        every = [(before[1], after[0]) for before, after in pairwise(line)]
        gaps = [gap for gap in every if gap[1] - gap[0] >= WIDE_GAP * size]
        blank = statistics.median_low(right - left for left, right in every) if len(every) >= MIN_BLANKS else 0.0
        still: list[_Stripe] = []
        used: set[tuple[float, float]] = set()
        for stripe in open_stripes:
            if y - stripe.last > FULL_PITCH * em:
                done.append(stripe)
            elif (gap := _find_gap(stripe, gaps, WIDE_GAP * size)) is not None:
                used.add(gap)
                is_wide = gap[1] - gap[0] >= BEYOND_BLANKS * blank
                stripe.left, stripe.right = max(stripe.left, gap[0]), min(stripe.right, gap[1])
                stripe.last = y
                stripe.bottom = y if is_wide else stripe.bottom
                stripe.lines += is_wide
                still.append(stripe)
            elif _shrink(stripe, line[0][0], line[-1][1], y, size):
                still.append(stripe)
            else:
                done.append(stripe)
        still.extend(
            _Stripe(left, right, y, y, y, lines=1)
            for left, right in gaps
            if (left, right) not in used and right - left >= min(BEYOND_BLANKS * blank, CLEAR_GAP * size)
        )
        open_stripes = still[-MOST_OPEN:]
    return [
        Gutter(stripe.left, stripe.right, stripe.top, stripe.bottom)
        for stripe in (*done, *open_stripes)
        if any(stripe.support >= count and stripe.right - stripe.left >= share * em for count, share in MIN_STRIPES)
    ]


def _shrink(stripe: _Stripe, start: float, end: float, y: float, size: float) -> bool:
    """Let a line that stands on one side of the stripe take what it needs of it; False if too little remains."""
    if start < stripe.left and stripe.right - end >= WIDE_GAP * size:
        stripe.left = max(stripe.left, end)
        reaches = stripe.left - end <= REACH * size
        stripe.ending += reaches
    elif start - stripe.left >= WIDE_GAP * size:
        stripe.right = min(stripe.right, start)
        reaches = start - stripe.right <= HUG * size
        stripe.beginning += reaches
    else:
        return False
    stripe.last = y
    if reaches:
        stripe.bottom = y
    return True


def _find_gap(stripe: _Stripe, gaps: Sequence[tuple[float, float]], least: float) -> tuple[float, float] | None:
    """Return the gap that has the most in common with the stripe, None if none has enough. The gaps run from left to right."""
    best, most = None, least
    for gap in gaps:
        if gap[1] - stripe.left < least:
            continue
        if stripe.right - gap[0] < least:
            break
        common = min(gap[1], stripe.right) - max(gap[0], stripe.left)
        if common >= most:
            best, most = gap, common
    return best
