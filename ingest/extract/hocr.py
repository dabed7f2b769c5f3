"""hOCR, what tesseract writes: the words with their boxes, line by line. Pure.

The format: http://kba.github.io/hocr-spec/1.2/. Boxes are pixels from the upper left corner.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from html.parser import HTMLParser

BLOCK_CLASS = "ocr_carea"
LINE_CLASSES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
NUMBER = r"(-?\d+(?:\.\d+)?)"
BOX = re.compile(rf"\bbbox {NUMBER} {NUMBER} {NUMBER} {NUMBER}")
BASELINE = re.compile(rf"\bbaseline {NUMBER} {NUMBER}")
SIZE = re.compile(rf"\bx_size {NUMBER}")
ANGLE = re.compile(rf"\btextangle {NUMBER}")
CONFIDENCE = re.compile(rf"\bx_wconf {NUMBER}")

# tesseract takes "§" for "$" or "8", which look alike in a scan. A number before a number may as well be one, so the sign is
# put back only where the words after it cite a law.
SECTION_SIGN = re.compile(r"([(\[„\"»]*)(\$\$?|8)")
SECTION_WITH_NUMBER = re.compile(r"([(\[„\"»]*)(\$\$?)(\d{1,4}[a-z]?)")
SECTION_NUMBER = re.compile(r"\d{1,4}[a-z]?")
FOLLOWING = frozenset({"f.", "ff.", "f", "ff"})  # "§ 87 ff. BetrVG"
LAWS = "BGB|HGB|ZPO|StGB|StPO|InsO|GewO|GBO|VwGO|FGO|AO|GG|AGG|SGB|TVG|WpHG|DSGVO|DS-GVO|BDSG|BHO|LHO|WO|OWiG|UWG|EFZG|BEEG|AÜG"
# Names of other laws end in G after small letters: BetrVG, KSchG, TzBfG; companies do not: AG, KG.
CITED = re.compile(rf"(?:Abs\.?|Absatz|Nr\.?|Nummer|Satz|(?:{LAWS}|[A-ZÄÖÜ]\w*[a-zäöü]\w*G))\d*[.,;:)\]“\"«]*")


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


def mend_sections(words: Sequence[ReadWord]) -> list[ReadWord]:
    """Return the words with "§" where it was read as "$" or "8" before the number of a cited law: "8 87 Abs." """
    mended = list(words)
    for position, word in enumerate(words):
        if found := SECTION_WITH_NUMBER.fullmatch(word.text):
            if _cites(words[position + 1 : position + 3]):
                mended[position] = replace(word, text=f"{found[1]}{'§' * len(found[2])}{found[3]}")
        elif found := SECTION_SIGN.fullmatch(word.text):
            after = words[position + 1 : position + 4]
            if after and SECTION_NUMBER.fullmatch(after[0].text) and _cites(after[1:]):
                mended[position] = replace(word, text=f"{found[1]}{'§' * len(found[2])}")
    return mended


def _cites(after: Sequence[ReadWord]) -> bool:
    """Tell whether the words after a section's number go on with a law."""
    if after and after[0].text in FOLLOWING:
        after = after[1:]
    return bool(after) and CITED.fullmatch(after[0].text) is not None
