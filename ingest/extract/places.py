"""Where the lines of a block stand, on the page and in its text. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.blocks import LinePlace
from ingest.clean import clean

ASCENT = 0.8  # em above the baseline that a line's box covers: capitals and umlauts of common fonts reach 0.7 to 0.95
DESCENT = 0.22  # em below it
DIGITS = 4  # of a fraction: a twentieth of a millimetre on A4
NOT_LETTERS = re.compile(r"[\W_]+")
SEARCH_AHEAD = 400  # letters by which the search for a line may run ahead of the lines before it


@dataclass(frozen=True, slots=True)
class Frame:
    """The page as a text on it is read: its size in points, and how that text runs on the page as displayed."""

    width: float
    height: float
    facing: int = 0  # degrees counter-clockwise in steps of 90; 0 is upright, 90 runs upwards

    def show(self, left: float, top: float, right: float, bottom: float) -> tuple[float, float, float, float]:
        """Return left, top, right, bottom as fractions (0 to 1) of the page as displayed."""
        x0, x1 = _share(left, self.width), _share(right, self.width)
        y0, y1 = _share(top, self.height), _share(bottom, self.height)
        if self.facing == 90:
            return y0, _rest(x1), y1, _rest(x0)
        if self.facing == 180:
            return _rest(x1), _rest(y1), _rest(x0), _rest(y0)
        if self.facing == 270:
            return _rest(y1), x0, _rest(y0), x1
        return x0, y0, x1, y1


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its box: left, top, right, bottom as fractions of the page as displayed."""

    text: str
    box: tuple[float, float, float, float]


def place_line(text: str, left: float, right: float, y: float, size: float, frame: Frame) -> Line:
    """Return a line that stands on baseline `y`, in points as its text is read."""
    return Line(text, frame.show(left, y - ASCENT * size, right, y + DESCENT * size))


def align_lines(text: str, lines: Sequence[Line]) -> tuple[LinePlace, ...]:
    """Return where each line stands in `text`, the cleaned text that was made of the lines in this order.

    Only letters and digits are compared: cleaning moves blanks and hyphens, hardly ever letters. A line without letters, or
    whose letters are not found behind those of the line before, is left out.
    """
    offsets = [offset for offset, character in enumerate(text) if character.isalnum()]
    letters = _letters(text)
    if len(letters) != len(offsets):
        return ()  # cannot be: both see the same characters
    places = []
    position = 0
    for line in lines:
        wanted = _letters(line.text)
        if letters[position : position + len(wanted)] != wanted:
            wanted = _letters(clean(line.text))
            found = letters.find(wanted, position, position + len(wanted) + SEARCH_AHEAD)
            if found < 0:
                continue
            position = found
        end = min(position + len(wanted), len(offsets))
        if end > position:
            places.append(LinePlace(offsets[position], offsets[end - 1] + 1, *line.box))
        position = end
    return tuple(places)


def _letters(text: str) -> str:
    return NOT_LETTERS.sub("", text)


def _share(value: float, whole: float) -> float:
    return round(min(max(value / whole, 0.0), 1.0), DIGITS) if whole > 0 else 0.0


def _rest(share: float) -> float:
    return round(1.0 - share, DIGITS)
