"""hOCR, what tesseract writes: the words with their boxes, line by line. Pure.

The format: http://kba.github.io/hocr-spec/1.2/. Boxes are pixels from the upper left corner.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser

BLOCK_CLASS = "ocr_carea"
LINE_CLASSES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
NUMBER = r"(-?\d+(?:\.\d+)?)"
BOX = re.compile(rf"\bbbox {NUMBER} {NUMBER} {NUMBER} {NUMBER}")
BASELINE = re.compile(rf"\bbaseline {NUMBER} {NUMBER}")
SIZE = re.compile(rf"\bx_size {NUMBER}")
ANGLE = re.compile(rf"\btextangle {NUMBER}")
CONFIDENCE = re.compile(rf"\bx_wconf {NUMBER}")


@dataclass(frozen=True, slots=True)
class ReadLine:
    """A line of text in a picture, in pixels."""

    left: float
    right: float
    bottom: float
    slope: float  # of the baseline, downwards to the right
    offset: float  # of the baseline from the lower left corner, negative upwards
    size: float  # from the lowest descender to the highest ascender
    angle: int  # degrees counter-clockwise by which the text is turned: 0, 90, 180 or 270
    block: int  # number of the block it belongs to, such as a column

    def baseline_at(self, x: float) -> float:
        """Return the height of the baseline, from the upper edge."""
        return self.bottom + self.offset + self.slope * (x - self.left)


@dataclass(frozen=True, slots=True)
class ReadWord:
    """A word in a picture, in pixels."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    confidence: float  # 0 to 1
    line: int  # index into the lines


class _Parser(HTMLParser):
    """Collects lines and words; a word's text may lie in further elements."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.lines: list[ReadLine] = []
        self.words: list[ReadWord] = []
        self._block = 0
        self._open: tuple[float, float, float, float] | None = None
        self._confidence = 0.0
        self._depth = 0
        self._letters: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note where a line or a word begins."""
        if self._open is not None:
            self._depth += 1
            return
        values = dict(attrs)
        kind, title = values.get("class") or "", values.get("title") or ""
        box = BOX.search(title)
        if box is None:
            return
        left, top, right, bottom = map(float, box.groups())
        if kind == BLOCK_CLASS:
            self._block += 1
        elif kind in LINE_CLASSES:
            slope, offset = map(float, found.groups()) if (found := BASELINE.search(title)) else (0.0, 0.0)
            size = float(found[1]) if (found := SIZE.search(title)) else bottom - top
            angle = round(float(found[1])) if (found := ANGLE.search(title)) else 0
            self.lines.append(ReadLine(left, right, bottom, slope, offset, size, angle, self._block))
        elif kind == "ocrx_word" and self.lines:
            found = CONFIDENCE.search(title)
            self._confidence = float(found[1]) / 100 if found else 0.0
            self._open, self._depth, self._letters = (left, top, right, bottom), 0, []

    def handle_endtag(self, tag: str) -> None:
        """Keep the word that ends here."""
        if self._open is None:
            return
        if self._depth > 0:
            self._depth -= 1
            return
        text = "".join("".join(self._letters).split())
        if text:
            self.words.append(ReadWord(text, *self._open, self._confidence, len(self.lines) - 1))
        self._open = None

    def handle_data(self, data: str) -> None:
        """Gather the letters of a word."""
        if self._open is not None:
            self._letters.append(data)


def parse_hocr(text: str) -> tuple[list[ReadLine], list[ReadWord]]:
    """Return the lines and the words of a page, both in tesseract's order; empty for anything that is not hOCR."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.lines, parser.words
