"""How thick the strokes of recognised words are, which tesseract does not say: lines set in bold are headings. Pure."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Sequence

from PIL import Image, ImageFilter, ImageStat

from ingest.extract.hocr import ReadLine, ReadWord

# Share of the page's median: on eight typeset pages no line of regular weight reached it, bold headings had 1.3 to 1.7 in
# sharp scans and 1.14 to 1.19 in blurred ones, which are missed (docs/decisions/0005).
BOLD = 1.2
MIN_WORDS = 30  # of a page: fewer do not tell what is its usual weight
MIN_LETTERS = 2
CERTAIN = 0.6  # a word that is less certain may be a smudge
MOST_THINNED = 0.95  # share of the ink that is left once the outermost pixels are gone; more is a bar and no letter


def find_bold(picture: Image.Image, lines: Sequence[ReadLine], words: Sequence[ReadWord]) -> frozenset[int]:
    """Return the numbers of the lines set in bold. `picture`: in grey, as the words were read from it."""
    strokes: dict[int, list[float]] = defaultdict(list)
    for word in words:
        if len(word.text) >= MIN_LETTERS and word.confidence >= CERTAIN and lines[word.line].size > 0:
            thickness = measure_stroke(picture.crop((int(word.left), int(word.top), int(word.right), int(word.bottom))))
            if thickness is not None:
                strokes[word.line].append(thickness / lines[word.line].size)
    found = [thickness for line in strokes.values() for thickness in line]
    if len(found) < MIN_WORDS:
        return frozenset()
    usual = statistics.median(found)
    return frozenset(line for line, values in strokes.items() if statistics.median(values) >= BOLD * usual)


def measure_stroke(word: Image.Image) -> float | None:
    """Return the mean thickness of dark strokes on white, in pixels; None for a picture without ink.

    A stroke of thickness w loses 2 of its w pixels when one is taken off either side.
    """
    pixels = word.width * word.height
    if pixels == 0:
        return None
    ink = 255 * pixels - ImageStat.Stat(word).sum[0]
    thinned = 255 * pixels - ImageStat.Stat(word.filter(ImageFilter.MaxFilter(3))).sum[0]
    return None if ink <= 0 else 2 / (1 - min(thinned / ink, MOST_THINNED))
