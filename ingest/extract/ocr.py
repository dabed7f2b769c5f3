"""Text recognition: a picture of a page to words with their place, through Debian's tesseract, one process a page.

The picture goes in and the words come out through pipes; nothing is written to a disk. tesseract inherits the limits of
the confined process and ends with it. Why tesseract itself and how it fares: docs/decisions/0005-texterkennung.md.
"""

from __future__ import annotations

import io
import itertools
import math
import shutil
import statistics
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from PIL import Image

from ingest.confinement import die_with_parent
from ingest.extract.hocr import ReadLine, ReadWord, mend_sections, parse_hocr
from ingest.extract.layout import Word
from ingest.extract.strokes import find_bold
from ingest.limits import Limits

SEARCH_PATH = "/usr/bin:/usr/local/bin:/opt/homebrew/bin"
LANGUAGE, ORIENTATION = "deu", "osd"
CURE = "Bitte die Texterkennung einrichten (apt-get install tesseract-ocr tesseract-ocr-deu) und neu einlesen."
NO_TEXT = "Texterkennung fand keinen lesbaren Text"
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OMP_THREAD_LIMIT": "1"}  # two threads gain little on a page and fight over two cores
ASK_SECONDS = 20.0
READING_DPI = 300  # what tesseract's German data was trained on; smaller is enlarged to it, larger reduced
NEAR_DPI = (200, 400)  # in between nothing is gained by resampling
DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})  # one channel of more than 8 bits
MOST_ENLARGED = 3.0
PAGE_PIXELS = 40_000_000  # A2 at 300 dpi has 35 million
MIN_CONFIDENCE = 0.3  # of 341 words below it 3 in 10 were right, of 2997 above it 9 in 10 (docs/decisions/0005)
BODY_SPREAD = 0.15  # share by which the measured heights of lines of one size differ
COLUMN_GAP = 1.1  # em; what is less apart would count as one line (`layout.GAP`)
MOST_LINES = 1000  # of a page; a picture with more is no page of text, and its columns are left as they are
MOST_TILT = 0.2  # rise of a line over its length; steeper is a drawing, and tesseract gives up before
MIN_TILTED_LINES = 3
TURNS = {90: Image.Transpose.ROTATE_270, 180: Image.Transpose.ROTATE_180, 270: Image.Transpose.ROTATE_90}  # clockwise
TILT_WIDTH = 0.2  # of the page: shorter lines do not tell how it is tilted


@dataclass(frozen=True, slots=True)
class Ocr:
    """The text recognition found on this machine; it knows German."""

    program: str
    finds_orientation: bool


@dataclass(frozen=True, slots=True)
class OcrPage:
    """What was read off one picture, in points from the upper left corner of the page as it is read."""

    words: list[Word]
    width: float
    height: float
    confidence: float  # 0 to 1, mean over the words weighted by letters; 0 without words
    turned: int = 0  # degrees clockwise by which the picture was turned before it was read: 0, 90, 180 or 270
    left_out: float = 0.0  # share of the letters read that were too uncertain to keep
    problem: str | None = None  # why there are no words, in German; None if there are some


PageReader = Callable[[Image.Image, int], OcrPage]  # a picture and its dots per inch to its words


def find_ocr(path: str = SEARCH_PATH) -> Ocr | None:
    """Return tesseract with German data if it lies in a folder of `path` (parted by ":"), else None."""
    program = shutil.which("tesseract", path=path)
    if program is None:
        return None
    try:
        listed = subprocess.run(  # noqa: S603  # a program of the system, and nothing of a file
            [program, "--list-langs"], capture_output=True, check=True, env=ENVIRONMENT, timeout=ASK_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    languages = listed.stdout.decode(errors="replace").split("\n")
    return Ocr(program, ORIENTATION in languages) if LANGUAGE in languages else None


def make_reader(ocr: Ocr, limits: Limits, begin_page: Callable[[], None]) -> PageReader:
    """Return a reader for the pages of one file. It calls `begin_page` before each, and reads no more than the limits allow."""
    begun = itertools.count(1)

    def read(image: Image.Image, dpi: int) -> OcrPage:
        if next(begun) > limits.ocr_pages:
            problem = f"mehr als {limits.ocr_pages} Seiten für die Texterkennung"
            return OcrPage([], image.width * 72 / dpi, image.height * 72 / dpi, 0.0, problem=problem)
        begin_page()
        return read_image(image, dpi, limits, ocr)

    return read


def read_image(image: Image.Image, dpi: int, limits: Limits, ocr: Ocr) -> OcrPage:
    """Return the words of one page in tesseract's order: block by block, line by line.

    A page that lies on its side or upside down is turned, one that is tilted is set straight. A page that takes too long
    or fails comes back without words and with its problem. The time limit holds for the whole page.
    """
    deadline = time.monotonic() + limits.ocr_seconds_per_page
    picture, scale = _prepare(image, dpi)
    picture_dpi = dpi * scale
    try:
        lines, words = parse_hocr(_run(picture, picture_dpi, ocr, deadline))
        turned = _find_turn(lines, words)
        if turned:
            picture = picture.transpose(TURNS[turned])
            lines, words = parse_hocr(_run(picture, picture_dpi, ocr, deadline))
    except subprocess.TimeoutExpired:
        problem = f"Texterkennung dauerte länger als {limits.ocr_seconds_per_page:.0f} Sekunden"
        return OcrPage([], picture.width * 72 / picture_dpi, picture.height * 72 / picture_dpi, 0.0, problem=problem)
    except (OSError, subprocess.SubprocessError):
        problem = "Texterkennung ist fehlgeschlagen"
        return OcrPage([], picture.width * 72 / picture_dpi, picture.height * 72 / picture_dpi, 0.0, problem=problem)
    bold = find_bold(picture, lines, words)
    return build_page(lines, words, picture.width, picture.height, picture_dpi, turned=turned, bold=bold)


def build_page(
    lines: Sequence[ReadLine],
    words: Sequence[ReadWord],
    width: int,
    height: int,
    dpi: float,
    *,
    turned: int = 0,
    bold: Collection[int] = (),
) -> OcrPage:
    """Return the page of what was read in a picture of `width` by `height` pixels: certain words, set straight, in points.

    `bold`: the numbers of the lines set in bold.
    """
    kept = mend_sections([word for word in words if word.confidence >= MIN_CONFIDENCE])
    letters = sum(len(word.text) for word in kept)
    read = sum(len(word.text) for word in words)
    tilt = _find_tilt(lines, width)
    sizes = _even_sizes([line.size * 72 / dpi for line in lines], kept)
    baselines = _straighten(lines, tilt, width)
    last_of_line = {word.line: position for position, word in enumerate(kept)}
    ends = _part_columns(lines, sizes, dpi)
    placed = []
    for position, word in enumerate(kept):
        shift = tilt * ((word.top + word.bottom) / 2 - height / 2)
        right = max(min(word.right, ends[word.line]), (word.left + word.right) / 2)
        placed.append(
            Word(
                _mark_hyphen(word.text) if last_of_line[word.line] == position else word.text,
                (word.left + shift) * 72 / dpi,
                (right + shift) * 72 / dpi,
                baselines[word.line] * 72 / dpi,
                sizes[word.line],
                bold=word.line in bold,
            )
        )
    return OcrPage(
        placed,
        width * 72 / dpi,
        height * 72 / dpi,
        sum(word.confidence * len(word.text) for word in kept) / letters if letters else 0.0,
        turned,
        1 - letters / read if read else 0.0,
        None if placed else NO_TEXT,
    )


def _prepare(image: Image.Image, dpi: int) -> tuple[Image.Image, float]:
    """Return the picture in grey on white near the resolution that reads best, and by how much it was enlarged."""
    grey = _flatten(image)
    scale = 1.0 if NEAR_DPI[0] <= dpi <= NEAR_DPI[1] else min(READING_DPI / dpi, MOST_ENLARGED)
    scale = min(scale, math.sqrt(PAGE_PIXELS / max(grey.width * grey.height, 1)))
    if scale == 1.0:
        return grey, 1.0
    size = (max(round(grey.width * scale), 1), max(round(grey.height * scale), 1))
    return grey.resize(size, Image.Resampling.BICUBIC if scale > 1 else Image.Resampling.BOX), scale


def _flatten(image: Image.Image) -> Image.Image:
    """Return the picture in 8 bits of grey, on white where it is transparent."""
    if image.mode in DEEP_MODES:
        deep = image.convert("F")
        low, high = _extremes(deep)
        return deep.point(lambda value: value * (255 / (high - low)) - low * (255 / (high - low))).convert("L")
    if "A" in image.mode or "transparency" in image.info:
        layers = image.convert("RGBA")
        ground = Image.new("RGBA", layers.size, "white")
        return Image.alpha_composite(ground, layers).convert("L")
    return image.convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    """Return the darkest and the brightest value of a picture with one channel, never equal."""
    found = image.getextrema()
    low, high = (float(value) for value in found if isinstance(value, int | float))
    return low, max(high, low + 1.0)


def _run(picture: Image.Image, dpi: float, ocr: Ocr, deadline: float) -> str:
    """Return what tesseract writes; TimeoutExpired after the deadline, CalledProcessError or OSError if it fails."""
    data = io.BytesIO()
    picture.save(data, "PPM")
    segmentation = "1" if ocr.finds_orientation else "3"  # automatic, with and without looking for the page's orientation
    command = [ocr.program, "-", "-", "-l", LANGUAGE, "--psm", segmentation, "--dpi", str(round(dpi))]
    done = subprocess.run(  # noqa: S603  # a program of the system; the picture comes through the pipe
        [*command, "-c", "tessedit_create_hocr=1"],
        input=data.getbuffer(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        env=ENVIRONMENT,
        cwd="/",
        timeout=max(deadline - time.monotonic(), 0.1),
        preexec_fn=die_with_parent,  # the confined process has one thread
    )
    return done.stdout.decode(errors="replace")


def _find_turn(lines: Sequence[ReadLine], words: Sequence[ReadWord]) -> int:
    """Return the quarter turn, in degrees clockwise, that sets most of the letters upright."""
    letters: Counter[int] = Counter()
    for word in words:
        letters[round(lines[word.line].angle / 90) % 4 * 90] += len(word.text)
    return letters.most_common(1)[0][0] if letters else 0


def _find_tilt(lines: Sequence[ReadLine], width: int) -> float:
    """Return the slope of the page's lines, downwards to the right; 0 if too few tell."""
    slopes = [line.slope for line in lines if line.right - line.left >= TILT_WIDTH * width and abs(line.slope) <= MOST_TILT]
    return statistics.median(slopes) if len(slopes) >= MIN_TILTED_LINES else 0.0


def _straighten(lines: Sequence[ReadLine], tilt: float, width: int) -> list[float]:
    """Return the height of every line's baseline once the tilt of the page is taken out."""
    return [line.baseline_at(middle := (line.left + line.right) / 2) - tilt * (middle - width / 2) for line in lines]


def _part_columns(lines: Sequence[ReadLine], sizes: Sequence[float], dpi: float) -> list[float]:
    """Return where each line ends at most, in pixels, so that a line of another block beside it stays apart from it."""
    ends = [line.right for line in lines]
    if len(lines) > MOST_LINES:
        return ends
    for number, line in enumerate(lines):
        top = line.bottom - line.size
        for other in lines:
            is_beside = other.bottom - other.size < line.bottom and top < other.bottom and other.left >= line.right
            if is_beside and other.block != line.block:
                ends[number] = min(ends[number], other.left - COLUMN_GAP * sizes[number] * dpi / 72)
    return ends


def _even_sizes(sizes: Sequence[float], words: Sequence[ReadWord]) -> list[float]:
    """Return the size of every line in points, to the half point; what is as good as the running text's gets its size."""
    letters: Counter[float] = Counter()
    for word in words:
        letters[sizes[word.line]] += len(word.text)
    if not letters:
        return list(sizes)
    ordered = sorted(letters)
    passed, half = 0, letters.total() / 2
    body = next(size for size in ordered if (passed := passed + letters[size]) >= half)
    return [round(2 * (body if abs(size / body - 1) <= BODY_SPREAD else size)) / 2 for size in sizes]


def _mark_hyphen(text: str) -> str:
    """Mark a hyphen at a line's end as `Word` has it."""
    return f"{text[:-1]}\x02" if len(text) > 1 and text[-1] in "-\u2010\u00ad" and text[-2].isalnum() else text
