"""In which order the shapes of a slide are read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

SLACK = 0.1  # of its extent that a box may reach into its neighbour: shapes are set by hand and overlap a little


@dataclass(frozen=True, slots=True)
class Box:
    """Where a shape stands; any unit."""

    left: float
    top: float
    width: float
    height: float


def order_boxes(boxes: Sequence[Box]) -> list[int]:
    """Return the positions of `boxes` in reading order.

    The widest empty strip through all of them parts them, across into upper and lower or down into left and right ones,
    and so on inside the parts; where no strip is free, upper ones come first, then left ones. A strip across wins a tie.
    """
    return _order(boxes, list(range(len(boxes))))


def _order(boxes: Sequence[Box], members: list[int]) -> list[int]:
    if len(members) < 2:
        return members
    across = _widest_gap([(boxes[i].top, boxes[i].height) for i in members])
    down = _widest_gap([(boxes[i].left, boxes[i].width) for i in members])
    if across is None and down is None:
        return sorted(members, key=lambda i: (boxes[i].top, boxes[i].left, i))
    if down is None or (across is not None and across[0] >= down[0]):
        border = across[1] if across is not None else 0.0
        first = [i for i in members if boxes[i].top + boxes[i].height / 2 < border]
    else:
        border = down[1]
        first = [i for i in members if boxes[i].left + boxes[i].width / 2 < border]
    rest = [i for i in members if i not in set(first)]
    if not first or not rest:
        return sorted(members, key=lambda i: (boxes[i].top, boxes[i].left, i))
    return _order(boxes, first) + _order(boxes, rest)


def _widest_gap(spans: Sequence[tuple[float, float]]) -> tuple[float, float] | None:
    """Return (width, middle) of the widest stretch no (start, length) span covers, ends apart; None without one."""
    shrunk = sorted((start + SLACK * length, start + (1 - SLACK) * length) for start, length in spans)
    best: tuple[float, float] | None = None
    reach = shrunk[0][1]
    for start, end in shrunk[1:]:
        if start > reach and (best is None or start - reach > best[0]):
            best = (start - reach, (start + reach) / 2)
        reach = max(reach, end)
    return best
