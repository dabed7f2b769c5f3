"""Words of one PDF page with place, size and weight, read off its glyphs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple, TypeVar

import numpy as np
import pypdfium2 as pdfium

from ingest.extract.glyph_names import Spellings, name_glyphs
from ingest.extract.layout import Rule, Word
from ingest.extract.pdf_accents import TAKEN, place_accents
from ingest.extract.pdf_glyphs import Floats, Glyphs, Style, join_pairs
from ingest.extract.pdf_objects import is_drawn, read_fields, read_rules
from ingest.extract.places import Frame

BLANKS = "\x00\t\n\x0b\x0c\r \xa0\u2002\u2003\u2009\u200a\u202f"
TORN_MARKS = "\x02\ufffe"  # a hyphen at a line end, which PDFium takes out
WORD = re.compile(f"[^{BLANKS}{TORN_MARKS}]+")
HIGH_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
LOWERED_DIGITS = str.maketrans(HIGH_DIGITS, "0123456789")
MIN_MARKED = 3  # letters of a word that a raised digit marks; after fewer it is a power or a unit
SPLIT = re.compile(rf"[0-9][^0-9\x01]|[^0-9\x01][0-9]|[{HIGH_DIGITS}]")
RAISED_SIZE = 0.85  # of the word before it: a digit smaller than this inside a word is a mark, not part of the word
TOUCHING = 0.12  # em; a real blank is at least twice as wide
LONE_HYPHENS = frozenset("-\u2010\u00ad")
LINE_GAP = 1.1  # em; a word further away than this is in another column (`layout.GAP`)
OBLIQUE = 20.0  # degrees off both axes: a watermark or a slanted table head
MIN_CHARACTERS = 12  # letters and digits; fewer are a stamp or a page number, not a text layer

Axis = TypeVar("Axis", float, Floats)


@dataclass(frozen=True, slots=True)
class Turned:
    """Words that run in another direction than most of the page, in points from the upper left corner as they are read."""

    words: list[Word]
    frame: Frame
    oblique: bool = False  # along no edge of the page: in the order of the file, their places are rough


@dataclass(frozen=True, slots=True)
class PageWords:
    """One page, in points from its upper left corner."""

    words: list[Word]
    rules: list[Rule]
    width: float
    height: float
    characters: int
    has_picture: bool  # something is drawn that may hold text no text layer has
    facing: int = 0  # degrees, counter-clockwise: how the text runs on the page as displayed; 0 is upright
    turned: tuple[Turned, ...] = ()
    unnamed: int = 0  # glyphs inside words of which nothing says what they spell; they stand as U+FFFD

    @property
    def frame(self) -> Frame:
        """Return the page as its words are read."""
        return Frame(self.width, self.height, self.facing)


class _Span(NamedTuple):
    """Where a word stands among the glyphs."""

    first: int
    last: int  # its last glyph
    end: int
    torn: bool
    after_accent: bool


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The page's box in its own axes."""

    left: float
    bottom: float
    right: float
    top: float

    def turn(self, x: Axis, y: Axis, rotation: int) -> tuple[Axis, Axis]:
        """Return points as seen when the page is turned so that text at `rotation` is upright, from the upper left corner."""
        if rotation == 90:
            return y - self.bottom, x - self.left
        if rotation == 180:
            return self.right - x, y - self.bottom
        if rotation == 270:
            return self.top - y, self.right - x
        return x - self.left, self.top - y

    def turn_boxes(self, boxes: Floats, rotation: int) -> Floats:
        """Return left, right, upper, lower, shape (n, 4), of boxes given as left, right, bottom, top."""
        x0, y0 = self.turn(boxes[:, 0], boxes[:, 2], rotation)
        x1, y1 = self.turn(boxes[:, 1], boxes[:, 3], rotation)
        return np.stack((np.minimum(x0, x1), np.maximum(x0, x1), np.minimum(y0, y1), np.maximum(y0, y1)), axis=1)

    def frame(self, rotation: int, displayed: int) -> Frame:
        """Return the frame of text at `rotation` on a page displayed turned by `displayed` degrees clockwise."""
        width, height = self.right - self.left, self.top - self.bottom
        if rotation in (90, 270):
            width, height = height, width
        return Frame(width, height, (rotation - displayed) % 360)


def read_page(
    page: pdfium.PdfPage, form: pdfium.PdfFormEnv | None = None, read_names: Callable[[], Spellings] = dict
) -> PageWords:
    """Return the words of a page in PDFium's order, accents put back on their vowels, filled-in fields where they stand.

    `read_names` gives what the glyph names in the page's fonts spell; it is asked only if PDFium does not know some of them.
    """
    sheet = _Sheet(*page.get_bbox())
    displayed = page.get_rotation()
    textpage = page.get_textpage()
    try:
        glyphs = Glyphs(textpage)
        groups, unnamed = _read_groups(glyphs, sheet, read_names) if glyphs.count else ({}, 0)
    finally:
        textpage.close()
    upright = {key: words for key, words in groups.items() if key[1] is False}
    rotation = max(upright, key=lambda key: (_letters(upright[key]), -key[0]), default=(displayed % 360, False))[0]
    words = groups.pop((rotation, False), [])
    frame = sheet.frame(rotation, displayed)
    turned = tuple(Turned(found, sheet.frame(key[0], displayed), key[1]) for key, found in groups.items())

    def place(boxes: Floats) -> Floats:
        return sheet.turn_boxes(boxes, rotation)

    words = _add_fields(words, read_fields(page, form, place))
    is_thin = _letters(words) + sum(_letters(part.words) for part in turned) < MIN_CHARACTERS
    return PageWords(
        words,
        read_rules(page, place),
        frame.width,
        frame.height,
        glyphs.count,
        has_picture=is_thin and is_drawn(page),
        facing=frame.facing,
        turned=turned,
        unnamed=unnamed,
    )


def _letters(words: Sequence[Word]) -> int:
    return sum(map(str.isalnum, "".join(word.text for word in words)))


def _add_fields(words: list[Word], fields: Sequence[Sequence[Word]]) -> list[Word]:
    """Add what was filled into fields unless the text layer says it at the same place already."""
    for field in fields:
        top, bottom = field[0].y - 2 * field[0].size, field[-1].y + field[-1].size
        left, right = min(word.left for word in field) - 5, max(word.right for word in field) + 5
        there = "".join(w.text for w in words if top <= w.y <= bottom and left <= w.right and w.left <= right)
        if "".join(word.text for word in field) not in there:
            words = [*words, *field]
    return words


def _read_groups(
    glyphs: Glyphs, sheet: _Sheet, read_names: Callable[[], Spellings]
) -> tuple[dict[tuple[int, bool], list[Word]], int]:
    """Return the words by the direction they run in: (degrees in steps of 90, whether they are oblique to it).

    With them comes the number of glyphs inside words that nothing spells.
    """
    named = name_glyphs(glyphs.read_text(), glyphs.read_font, read_names)
    text, accents = place_accents(glyphs, named.text)
    spans = _cut_spans(text)
    if not spans:
        return {}, 0
    firsts = [span.first for span in spans]
    styles = [glyphs.read_style(index) for index in firsts]
    boxes = glyphs.read_boxes([*firsts, *(span.last for span in spans)])
    origins = glyphs.read_origins(firsts)
    groups: dict[tuple[int, bool], list[int]] = {}
    for position, style in enumerate(styles):
        nearest = round(style.angle / 90)
        key = (nearest % 4 * 90, abs(style.angle - nearest * 90) > OBLIQUE)
        groups.setdefault(key, []).append(position)
    made: dict[tuple[int, bool], list[Word]] = {}
    for key, positions in groups.items():
        rows = np.array(positions)
        first = sheet.turn_boxes(boxes[rows], key[0])
        last = sheet.turn_boxes(boxes[rows + len(spans)], key[0])
        _, bases = sheet.turn(origins[rows, 0], origins[rows, 1], key[0])
        # The last letter of a word that runs from right to left stands before its first.
        is_turned = (last[:, 0] < first[:, 0]) & (last[:, 2] < first[:, 3]) & (first[:, 2] < last[:, 3])
        lefts = np.where(is_turned, last[:, 0], first[:, 0])
        rights = np.where(is_turned, first[:, 1], np.maximum(last[:, 1], first[:, 0]))
        measured = np.column_stack((lefts, rights, first[:, 2:], bases)).tolist()
        maker = _Maker(glyphs, sheet, key[0], text, named.rest | accents)
        words = maker.make_all([spans[p] for p in positions], [styles[p] for p in positions], measured)
        made[key] = mark_torn(words)
    return made, named.unnamed


def mark_torn(words: Sequence[Word]) -> list[Word]:
    """Give a hyphen that was drawn on its own at the end of a line to the word it touches, as the mark of a torn word."""
    kept: list[Word] = []
    for position, word in enumerate(words):
        following = words[position + 1] if position + 1 < len(words) else None
        if word.text in LONE_HYPHENS and kept and _tears(kept[-1], word, following):
            kept[-1] = kept[-1]._replace(text=f"{kept[-1].text}\x02", right=word.right)
        else:
            kept.append(word)
    return kept


def _tears(before: Word, hyphen: Word, following: Word | None) -> bool:
    """Tell whether a hyphen touches the word before it and ends the line."""
    if not before.text[-1].isalnum() or before.raised or not _touch(before, hyphen):
        return False
    if following is None or abs(following.y - hyphen.y) > 0.5 * hyphen.size:
        return True
    return not 0 <= following.left - hyphen.right < LINE_GAP * hyphen.size


def _cut_spans(text: str) -> list[_Span]:
    spans: list[_Span] = []
    passed = False
    for found in WORD.finditer(text):
        first, end = found.span()
        last = end - 1
        if TAKEN in found[0]:
            while first < end and text[first] == TAKEN:
                first += 1
                passed = True
            while last > first and text[last] == TAKEN:
                last -= 1
            if first == end:
                continue
        spans.append(_Span(first, last, end, text[end : end + 1] in ("\x02", "\ufffe"), passed))
        passed = False
    return spans


@dataclass(frozen=True, slots=True)
class _Maker:
    """Makes the words of one direction."""

    glyphs: Glyphs
    sheet: _Sheet
    rotation: int
    text: str
    additions: dict[int, str]  # what a glyph spells after its letter: an accent, the rest of a ligature

    def make_all(self, spans: Sequence[_Span], styles: Sequence[Style], measured: Sequence[Sequence[float]]) -> list[Word]:
        words: list[Word] = []
        for span, style, (left, right, upper, lower, y) in zip(spans, styles, measured, strict=True):
            text = self.text[span.first : span.last + 1]
            if SPLIT.search(text):
                made = self._make_groups(span)
            else:
                raised = text[0] in "0123456789" and _is_superscript(upper, lower, y, style.size)
                spelt = self._spell(text, span.first)
                made = [Word(f"{spelt}\x02" if span.torn else spelt, left, right, y, style.size, style.bold, False, raised)]
            if span.after_accent and words and _touch(words[-1], made[0]):
                made[0] = made[0]._replace(glued=True)
            words.extend(made)
        return words

    def _spell(self, text: str, first: int) -> str:
        if self.additions:
            letters = [letter + self.additions.get(first + offset, "") for offset, letter in enumerate(text) if letter != TAKEN]
            text = "".join(letters)
        return join_pairs(text)

    def _make_groups(self, span: _Span) -> list[Word]:
        """Return one word, or more where a raised mark hangs on it ("Betriebsrat" + "3")."""
        groups = self._group_by_size([index for index in range(span.first, span.last + 1) if self.text[index] != TAKEN])
        biggest = max(style.size for _, style in groups)
        main = next(self._baseline(part[0]) for part, style in groups if style.size == biggest)
        words: list[Word] = []
        for position, (part, style) in enumerate(groups):
            left, right, upper, lower = self._box(part[0])
            y = self._baseline(part[0])
            text = self._spell(self.text[part[0] : part[-1] + 1], part[0])
            is_high = text[0] in HIGH_DIGITS and (position == 0 or len(words[-1].text) >= MIN_MARKED)
            text = text.translate(LOWERED_DIGITS) if is_high else text
            words.append(
                Word(
                    text=f"{text}\x02" if span.torn and position == len(groups) - 1 else text,
                    left=left,
                    right=max(self._box(part[-1])[1] if len(part) > 1 else right, left),
                    y=y,
                    size=style.size,
                    bold=style.bold,
                    glued=position > 0,
                    raised=is_high
                    or (style.size < RAISED_SIZE * biggest and y < main - 0.1 * style.size)
                    or (text[0].isdigit() and _is_superscript(upper, lower, y, style.size)),
                )
            )
        return words

    def _group_by_size(self, indexes: list[int]) -> list[tuple[list[int], Style]]:
        """Cut a word where digits begin or end and the size changes."""
        style = self.glyphs.read_style(indexes[0])
        groups = [([indexes[0]], style)]
        for before, index in pairwise(indexes):
            kind = _digit_kind(self.text[index])
            if kind != _digit_kind(self.text[before]):
                style = self.glyphs.read_style(index)
                small, big = sorted((style.size, groups[-1][1].size))
                digit, digit_style = (index, style) if kind else (before, groups[-1][1])
                is_high = self.text[digit] in HIGH_DIGITS
                if is_high or small < RAISED_SIZE * big or self._stands_high(digit, digit_style):
                    groups.append(([index], style))
                    continue
            groups[-1][0].append(index)
        return groups

    def _stands_high(self, index: int, style: Style) -> bool:
        _, _, upper, lower = self._box(index)
        return _is_superscript(upper, lower, self._baseline(index), style.size)

    def _box(self, index: int) -> tuple[float, float, float, float]:
        left, right, bottom, top = self.glyphs.read_box(index)
        (x0, y0), (x1, y1) = self.sheet.turn(left, bottom, self.rotation), self.sheet.turn(right, top, self.rotation)
        return min(x0, x1), max(x0, x1), min(y0, y1), max(y0, y1)

    def _baseline(self, index: int) -> float:
        return self.sheet.turn(*self.glyphs.read_origin(index), self.rotation)[1]


def _is_superscript(upper: float, lower: float, baseline: float, size: float) -> bool:
    """Fonts with figures of their own for superscripts set them in full size: such a digit is low and stands high."""
    return lower < baseline - 0.15 * size and lower - upper < 0.6 * size


def _digit_kind(letter: str) -> int:
    """Return 1 for a digit, 2 for a character that is a raised digit by itself, else 0."""
    return 1 if "0" <= letter <= "9" else 2 if letter in HIGH_DIGITS else 0


def _touch(before: Word, word: Word) -> bool:
    """Around a diaeresis drawn on its own PDFium sees blanks that are not there."""
    return abs(before.y - word.y) < 1.0 and -0.3 * word.size < word.left - before.right < TOUCHING * word.size
