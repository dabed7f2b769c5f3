"""Diaereses that a PDF draws on their own, given back to the vowels below them."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from ingest.extract.pdf_glyphs import Glyphs

TAKEN = "\x01"  # stands where a drawn accent was given to its vowel
DIAERESIS = "\xa8"
VOWELS = re.compile("[aouAOU]")
ACCENT_CELL = 24.0  # points; vowels are looked for in the cells around their accent, not on the whole page


def place_accents(glyphs: Glyphs, text: str) -> tuple[str, dict[int, str]]:
    """Give a diaeresis that was drawn on its own to the vowel below it; fonts of old TeX documents need this.

    Returns the text with the marks taken out of it, and the accent of each vowel that got one.
    """
    text = text.replace(TAKEN, " ")
    marks = [index for index, letter in enumerate(text) if letter == DIAERESIS]
    if not marks:
        return text, {}
    vowels = [found.start() for found in VOWELS.finditer(text)]
    cells: dict[tuple[int, int], list[tuple[int, list[float]]]] = {}
    for index, box in zip(vowels, glyphs.read_boxes(vowels).tolist(), strict=True):
        cells.setdefault(_cell(box), []).append((index, box))
    accents: dict[int, str] = {}
    letters = list(text)
    for mark, box in zip(marks, glyphs.read_boxes(marks).tolist(), strict=True):
        column, row = _cell(box)
        near = [
            vowel for x in (column - 1, column, column + 1) for y in (row - 1, row, row + 1) for vowel in cells.get((x, y), ())
        ]
        vowel = _find_vowel(box, [candidate for candidate in near if candidate[0] not in accents])
        if vowel is not None:
            accents[vowel] = "\u0308"
            letters[mark] = TAKEN
    return "".join(letters), accents


def _cell(box: Sequence[float]) -> tuple[int, int]:
    return math.floor((box[0] + box[1]) / 2 / ACCENT_CELL), math.floor(box[2] / ACCENT_CELL)


def _find_vowel(mark: Sequence[float], vowels: Sequence[tuple[int, Sequence[float]]]) -> int | None:
    """Return the index of the vowel a mark belongs to. Boxes are left, right, bottom, top with y upwards."""
    best, best_distance = None, math.inf
    for index, (left, right, bottom, top) in vowels:
        offset = abs((left + right - mark[0] - mark[1]) / 2)
        # The mark sits above the vowel's lower edge, at most a letter's height away, centred within a third of it.
        fits = offset <= (right - left) * 0.35 and 0 < mark[2] - bottom <= (top - bottom) * 1.6
        if fits and offset < best_distance:
            best, best_distance = index, offset
    return best
