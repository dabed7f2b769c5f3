"""Words of one PDF page with place, size and weight, as PDFium gives them: the effects of reading a page, and nothing else."""

from __future__ import annotations

import ctypes
import math
import re
from collections import Counter
from dataclasses import dataclass, replace
from itertools import pairwise

import pypdfium2 as pdfium
from pypdfium2 import raw

from ingest.extract.layout import Rule, Word

SPACES = frozenset((0, 9, 10, 11, 12, 13, 32, 0xA0, 0x2002, 0x2003, 0x2009, 0x200A, 0x202F))
TORN_MARKS = frozenset((0x02, 0xFFFE))  # a hyphen at a line end, which PDFium takes out
DIAERESIS = 0xA8
VOWELS = frozenset(map(ord, "aouAOU"))
BOLD_NAME = re.compile(r"bold|black|heavy|demi|(?:cm|sf|lm|ec)[a-z]*bx|-bd\b", re.IGNORECASE)
BOLD_WEIGHT = 600
RAISED_SIZE = 0.85  # of the word before it: a digit smaller than this inside a word is a mark, not part of the word
TOUCHING = 0.12  # em; a real blank is at least twice as wide
MAX_PATHS = 5000  # a drawing with more has no table lines worth looking for
DRAWING = 30  # strokes and fills: more are a drawing or letters as outlines, fewer are ornament
ANGLE_STEP = 7  # every seventh character tells which way a page is turned
MIN_RULE = 25.0  # points; shorter strokes are not rules


@dataclass(frozen=True, slots=True)
class PageWords:
    """One page, in points from its upper left corner."""

    words: list[Word]
    rules: list[Rule]
    width: float
    height: float
    characters: int
    has_picture: bool  # something is drawn that may hold text no text layer has


@dataclass(frozen=True, slots=True)
class _Style:
    size: float
    bold: bool
    angle: float  # degrees


class _Reader:
    """Reads the characters of one text page; holds the buffers that PDFium fills."""

    def __init__(self, page: pdfium.PdfPage, textpage: pdfium.PdfTextPage) -> None:
        self._text = textpage.raw
        self._rotation = 0
        left, bottom, right, top = page.get_bbox()
        self._frame = (left, bottom, right, top)
        self._numbers = [ctypes.c_double() for _ in range(4)]
        self._pointers = [ctypes.byref(number) for number in self._numbers]
        self._styles: dict[int | None, _Style] = {}
        self.count = textpage.count_chars()
        self.codes = [raw.FPDFText_GetUnicode(self._text, index) for index in range(self.count)]
        self.accents: dict[int, str] = {}
        self._rotation = self._find_rotation()

    def _find_rotation(self) -> int:
        """Return by how much most of the text is turned against the page's own axes, whatever the page says about itself."""
        angles = Counter(
            round(self.style(index).angle / 90) % 4 * 90
            for index in range(0, self.count, ANGLE_STEP)
            if self.codes[index] not in SPACES and self.codes[index] not in TORN_MARKS
        )
        self._styles.clear()  # their angles were measured before the rotation was known
        return max(angles, key=lambda angle: (angles[angle], -angle), default=0)

    def turn(self, x: float, y: float) -> tuple[float, float]:
        """Return the point as seen on the turned page, from its upper left corner."""
        left, bottom, right, top = self._frame
        if self._rotation == 90:
            return y - bottom, x - left
        if self._rotation == 180:
            return right - x, y - bottom
        if self._rotation == 270:
            return top - y, right - x
        return x - left, top - y

    @property
    def size(self) -> tuple[float, float]:
        """Return width and height as the text is read."""
        left, bottom, right, top = self._frame
        return (top - bottom, right - left) if self._rotation in (90, 270) else (right - left, top - bottom)

    def box(self, index: int) -> tuple[float, float, float, float]:
        """Return left, right, upper, lower."""
        raw.FPDFText_GetCharBox(self._text, index, *self._pointers)
        left, right, bottom, top = (number.value for number in self._numbers)
        (x0, y0), (x1, y1) = self.turn(left, bottom), self.turn(right, top)
        return min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)

    def baseline(self, index: int) -> float:
        raw.FPDFText_GetCharOrigin(self._text, index, self._pointers[0], self._pointers[1])
        return self.turn(self._numbers[0].value, self._numbers[1].value)[1]

    def style(self, index: int) -> _Style:
        handle = raw.FPDFText_GetTextObject(self._text, index)
        key = ctypes.cast(handle, ctypes.c_void_p).value
        if key is None or key not in self._styles:
            self._styles[key] = self._read_style(index)
        return self._styles[key]

    def _read_style(self, index: int) -> _Style:
        matrix = raw.FS_MATRIX()
        raw.FPDFText_GetMatrix(self._text, index, ctypes.byref(matrix))
        scale = math.hypot(matrix.c, matrix.d) or 1.0
        size = raw.FPDFText_GetFontSize(self._text, index) * scale
        buffer = ctypes.create_string_buffer(128)
        length = raw.FPDFText_GetFontInfo(self._text, index, buffer, 128, ctypes.byref(ctypes.c_int()))
        name = buffer.raw[: max(min(length, 128) - 1, 0)].decode("latin-1")
        bold = raw.FPDFText_GetFontWeight(self._text, index) >= BOLD_WEIGHT or bool(BOLD_NAME.search(name))
        angle = math.degrees(math.atan2(matrix.b, matrix.a)) - self._rotation
        return _Style(max(size, 0.1), bold, angle % 360)


def read_page(page: pdfium.PdfPage) -> PageWords:
    """Return the words of a page in PDFium's order, accents put back on their vowels."""
    textpage = page.get_textpage()
    try:
        reader = _Reader(page, textpage)
        _place_accents(reader)
        words = _cut_words(reader)
        rules = _read_rules(page, reader)
        return PageWords(words, rules, *reader.size, reader.count, not words and _has_picture(page))
    finally:
        textpage.close()


def _place_accents(reader: _Reader) -> None:
    """Give a diaeresis that was drawn on its own to the vowel below it; fonts of old TeX documents need this."""
    marks = [index for index, code in enumerate(reader.codes) if code == DIAERESIS]
    if not marks:
        return
    vowels = [(index, reader.box(index)) for index, code in enumerate(reader.codes) if code in VOWELS]
    for mark in marks:
        left, right, _, lower = reader.box(mark)
        center, best, best_distance = (left + right) / 2, None, math.inf
        for index, (v_left, v_right, v_upper, v_lower) in vowels:
            width, tall = v_right - v_left, v_lower - v_upper
            offset = abs((v_left + v_right) / 2 - center)
            # The mark sits above the vowel's lower edge, at most a letter's height away, centred within a third of it.
            if (
                index not in reader.accents
                and offset <= width * 0.35
                and 0 < v_lower - lower <= tall * 1.6
                and offset < best_distance
            ):
                best, best_distance = index, offset
        if best is not None:
            reader.accents[best] = "\u0308"
            reader.codes[mark] = -1


def _cut_words(reader: _Reader) -> list[Word]:
    words: list[Word] = []
    start, passed_mark = -1, False
    for index, code in enumerate([*reader.codes, 32]):
        if code == -1:
            passed_mark = passed_mark or start < 0
        elif code in SPACES or code in TORN_MARKS:
            if start >= 0:
                made = _make_words(reader, start, index, torn=code in TORN_MARKS)
                if passed_mark and words and _touch(words[-1], made[0]):
                    made[0] = replace(made[0], glued=True)
                words.extend(made)
                passed_mark = False
            start = -1
        elif start < 0:
            start = index
    return words


def _touch(before: Word, word: Word) -> bool:
    """Around a diaeresis drawn on its own PDFium sees blanks that are not there."""
    return abs(before.y - word.y) < 1.0 and -0.3 * word.size < word.left - before.right < TOUCHING * word.size


def _make_words(reader: _Reader, start: int, end: int, torn: bool) -> list[Word]:
    """Return one word, or more where a raised mark hangs on it ("Betriebsrat" + "3")."""
    groups = _group_by_size(reader, [index for index in range(start, end) if reader.codes[index] != -1])
    biggest = max(style.size for _, style in groups)
    baseline = next(reader.baseline(part[0]) for part, style in groups if style.size == biggest)
    words = []
    for position, (part, style) in enumerate(groups):
        left, first_right, upper, lower = reader.box(part[0])
        right = reader.box(part[-1])[1] if len(part) > 1 else first_right
        y = reader.baseline(part[0])
        text = _spell(reader, part)
        words.append(
            Word(
                text=text + "\x02" if torn and position == len(groups) - 1 else text,
                left=left,
                right=max(right, left),
                y=y,
                size=style.size,
                bold=style.bold,
                glued=position > 0,
                raised=(style.size < RAISED_SIZE * biggest and y < baseline - 0.1 * style.size)
                or (text[0].isdigit() and _is_superscript(upper, lower, y, style.size)),
                turned=20 < style.angle < 340,
            )
        )
    return words


def _group_by_size(reader: _Reader, indexes: list[int]) -> list[tuple[list[int], _Style]]:
    """Cut a word where digits begin or end and the size changes."""
    groups = [([indexes[0]], reader.style(indexes[0]))]
    for before, index in pairwise(indexes):
        if _is_digit(reader.codes[index]) != _is_digit(reader.codes[before]):
            style = reader.style(index)
            small, big = sorted((style.size, groups[-1][1].size))
            digit, digit_style = (index, style) if _is_digit(reader.codes[index]) else (before, groups[-1][1])
            _, _, upper, lower = reader.box(digit)
            if small < RAISED_SIZE * big or _is_superscript(upper, lower, reader.baseline(digit), digit_style.size):
                groups.append(([index], style))
                continue
        groups[-1][0].append(index)
    return groups


def _is_superscript(upper: float, lower: float, baseline: float, size: float) -> bool:
    """Fonts with figures of their own for superscripts set them in full size: such a digit is low and stands high."""
    return lower < baseline - 0.15 * size and lower - upper < 0.6 * size


def _is_digit(code: int) -> bool:
    return 48 <= code <= 57


def _spell(reader: _Reader, indexes: list[int]) -> str:
    letters: list[str] = []
    for index in indexes:
        letters.append(chr(reader.codes[index]) if 0 < reader.codes[index] <= 0x10FFFF else "\ufffd")
        if index in reader.accents:
            letters.append(reader.accents[index])
    text = "".join(letters)
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _has_picture(page: pdfium.PdfPage) -> bool:
    """Tell whether a page without words shows an image, a drawing, or text that its fonts do not spell."""
    for drawn, item in enumerate(page.get_objects(max_depth=3)):
        if item.type in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT) or drawn > DRAWING:
            return True
    return False


def _read_rules(page: pdfium.PdfPage, reader: _Reader) -> list[Rule]:
    """Return the horizontal strokes of the page, such as the lines of a table or above footnotes."""
    if raw.FPDFPage_CountObjects(page.raw) > MAX_PATHS:
        return []
    rules = []
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        (x0, y0), (x1, y1) = reader.turn(left, bottom), reader.turn(right, top)
        if abs(y1 - y0) <= 2.0 and abs(x1 - x0) >= MIN_RULE:
            rules.append(Rule((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
    return rules
