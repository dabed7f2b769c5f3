"""Pictures of pages (JPEG, PNG, TIFF): text recognition, then the same way to blocks as a scanned PDF page."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path

from PIL import Image, ImageOps, UnidentifiedImageError

from ingest.blocks import Extraction
from ingest.extract.ocr import CURE, OcrPage, PageReader
from ingest.extract.pages import compose_pages, name_pages
from ingest.extract.pdf_words import PageWords
from ingest.formats import JPEG, PNG, TIFF
from ingest.limits import Limits
from search_service.errors import NothingToIndex, UnreadableDocument

MEDIA_TYPES = {"JPEG": JPEG, "MPO": JPEG, "PNG": PNG, "TIFF": TIFF}  # MPO: a photo with a preview behind it
FORMATS = ("JPEG", "PNG", "TIFF")  # no other decoder of Pillow is ever tried
INCH = 25.4  # mm
A4_LONG = 297 / INCH  # inches
PAGE_INCHES = (4.0, 47.0)  # the long side of an A6 and of an A0 page; what a file says beyond that is not its size
RESOLUTIONS = (50, 1200)  # dots per inch that a page is taken to have at all
DAMAGED = "Das Bild ist beschädigt und lässt sich nicht öffnen. Bitte das Original neu speichern oder neu scannen."


def extract_image(path: Path, limits: Limits, ocr: PageReader | None) -> Extraction:
    """Return the blocks of a picture; of a TIFF file with several pages, of all of them.

    NothingToIndex without text recognition or if it finds no text, UnreadableDocument for a damaged or huge picture.
    """
    if ocr is None:
        raise NothingToIndex(f"Das Bild hat keine Textebene, OCR nötig. {CURE}")
    media_type, pages = _read_pages(path, limits, ocr)
    if not any(page.words for page in pages):
        raise NothingToIndex(_explain_nothing(pages))
    composed = compose_pages([_as_words(page) for page in pages], None, {})
    notices = (*_describe_reading(pages), *composed.notices)
    return Extraction(media_type, len(pages), tuple(composed.blocks), notices=notices)


def _read_pages(path: Path, limits: Limits, ocr: PageReader) -> tuple[str, list[OcrPage]]:
    try:
        with _open_quietly(path) as image:
            media_type = MEDIA_TYPES.get(image.format or "", PNG)
            count = getattr(image, "n_frames", 1) if media_type == TIFF else 1
            if count > limits.pages:
                raise UnreadableDocument(f"Das Bild hat {count} Seiten; gelesen werden höchstens {limits.pages}. Bitte teilen.")
            return media_type, [ocr(page, guess_dpi(page)) for page in _open_frames(image, count, limits)]
    except Image.DecompressionBombError as error:
        raise UnreadableDocument(_explain_bomb(limits)) from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnreadableDocument(DAMAGED) from error


def _open_quietly(path: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is looked at page by page
        return Image.open(path, formats=FORMATS)


def _open_frames(image: Image.Image, count: int, limits: Limits) -> Iterator[Image.Image]:
    """Yield every page upright; a page is unpacked only if what its header says keeps to the limit."""
    for number in range(count):
        image.seek(number)
        if image.width * image.height > limits.image_pixels:
            raise UnreadableDocument(_explain_bomb(limits))
        image.load()
        yield ImageOps.exif_transpose(image)


def _explain_bomb(limits: Limits) -> str:
    return (
        f"Das Bild hat mehr als {limits.image_pixels // 1_000_000} Millionen Bildpunkte und wird nicht geöffnet. "
        "Bitte mit geringerer Auflösung (300 dpi) speichern."
    )


def guess_dpi(image: Image.Image) -> int:
    """Return the dots per inch the file names if they make a page of it, else those at which it would be an A4 page."""
    long_side = max(image.size)
    named = image.info.get("dpi")
    dpi = float(max(named)) if isinstance(named, tuple) and named else 0.0
    if not (dpi > 0 and RESOLUTIONS[0] <= dpi <= RESOLUTIONS[1] and PAGE_INCHES[0] <= long_side / dpi <= PAGE_INCHES[1]):
        dpi = long_side / A4_LONG
    return round(min(max(dpi, RESOLUTIONS[0]), RESOLUTIONS[1]))


def _as_words(page: OcrPage) -> PageWords:
    letters = sum(len(word.text) for word in page.words)
    return PageWords(page.words, [], page.width, page.height, letters, has_picture=not page.words, facing=page.turned)


def _explain_nothing(pages: list[OcrPage]) -> str:
    problems = "; ".join(dict.fromkeys(page.problem for page in pages if page.problem))
    return f"Im Bild wurde nichts gelesen: {problems}. Bitte besser oder mit 300 dpi scannen und neu ablegen."


def _describe_reading(pages: list[OcrPage]) -> Iterator[str]:
    letters = sum(len(word.text) for page in pages for word in page.words)
    sure = sum(page.confidence * len(word.text) for page in pages for word in page.words) / letters
    yield f"Text per Texterkennung gelesen (mittlere Sicherheit {100 * sure:.0f} %)."
    for problem in dict.fromkeys(page.problem for page in pages if page.problem):
        numbers = [number for number, page in enumerate(pages, start=1) if page.problem == problem]
        yield f"Nicht gelesen ({problem}): Seite {name_pages(numbers)}."
