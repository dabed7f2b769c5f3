"""Where a passage lies on a page, as rectangles of the page's size: what the viewer draws over picture and canvas. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from search_service.documents import Place

# Of the page's width. The bar shows at a glance, and without colour, which lines are meant.
BAR_GAP = 0.012
BAR_WIDTH = 0.006
# Of the page's size: boxes of lines end at the letters, a frame needs a little air.
AIR_ACROSS = 0.003
AIR_ALONG = 0.002


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A box in fractions of the page as displayed, written as SVG reads them."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True, slots=True)
class Marks:
    """A passage on one page."""

    lines: tuple[Rectangle, ...]  # in the order of the text, each line once
    bars: tuple[Rectangle, ...]  # in the margin, one for each run of lines below one another


def mark_page(places: Iterable[Place], page: int) -> Marks:
    """Return the marks of a passage on a physical page; empty if it does not stand there.

    A line that several sentences share is one rectangle. A line above the one before begins another column.
    """
    boxes = list(dict.fromkeys((p.left, p.top, p.right, p.bottom) for p in places if p.page == page))
    boxes = [box for box in boxes if box[2] > box[0] and box[3] > box[1]]
    lines = (
        _box(left - AIR_ACROSS, top - AIR_ALONG, right + AIR_ACROSS, bottom + AIR_ALONG) for left, top, right, bottom in boxes
    )
    return Marks(tuple(lines), tuple(_draw_bar(run) for run in _split_columns(boxes)))


_Box = tuple[float, float, float, float]  # left, top, right, bottom


def _split_columns(boxes: Sequence[_Box]) -> list[list[_Box]]:
    runs: list[list[_Box]] = []
    for box in boxes:
        if runs and box[3] > runs[-1][-1][1]:  # it does not end above the beginning of the line before
            runs[-1].append(box)
        else:
            runs.append([box])
    return runs


def _draw_bar(run: Sequence[_Box]) -> Rectangle:
    left = min(box[0] for box in run) - BAR_GAP
    return _box(left - BAR_WIDTH, min(box[1] for box in run) - AIR_ALONG, left, max(box[3] for box in run) + AIR_ALONG)


def _box(left: float, top: float, right: float, bottom: float) -> Rectangle:
    """Return the part of the box that lies on the page."""
    left, top, right, bottom = (min(max(edge, 0.0), 1.0) for edge in (left, top, right, bottom))
    return Rectangle(*(f"{value:.4f}" for value in (left, top, right - left, bottom - top)))
