"""A page of a file as a picture for readers: PDF through PDFium, pictures of pages as they are. Runs only confined.

This module stands outside `ingest.extract`, so that the process that draws loads no reader of another format: it starts
in 0.25 s instead of 0.9 s and holds 35 MB instead of 76 MB.
"""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_raw
from PIL import Image, ImageOps, UnidentifiedImageError

from ingest.formats import IMAGES, PDF, detect_format
from ingest.limits import Limits
from search_service.errors import NotFound, ProtectedDocument, UnreadableDocument

TALLEST = 4  # times as high as wide; a page that is longer (a banner of 10 m) comes out narrower than asked
# 112 pages of real PDFs at 960 pixels: 97 kB and 72 ms as lossless WebP, 102 kB with fringes at quality 80, 319 kB as PNG.
# Only pictures are better off with loss: a scan of 556 kB shrinks to 136 kB.
LOSSLESS = {"lossless": True, "quality": 40, "method": 2}  # method 4 saves a tenth more and takes a fifth longer
LOSSY = {"quality": 80, "method": 2}
MOST_COLOURS = 4096  # typeset pages with charts have up to 3,300, photographs 12,000 to 140,000
MOST_BYTES_PER_PIXEL = 0.25  # of a lossless picture; typeset pages take 0.01 to 0.1, scans in grey 0.27 to 0.45
PICTURE_FORMATS = ("JPEG", "PNG", "TIFF")  # no other decoder of Pillow is ever tried
DEEP_MODES = frozenset({"I", "F", "I;16", "I;16B", "I;16L", "I;16N"})  # one channel of more than 8 bits
SMOOTH_MODES = frozenset({"L", "LA", "RGB", "RGBA"})  # can be made smaller as they are, which spares a copy in full size
DAMAGED = "Die Seite ist beschädigt."
PROTECTED = "Das PDF ist mit einem Passwort geschützt."


def draw_page(path: Path, page: int, width: int, limits: Limits, password: str | None = None) -> bytes:
    """Return the physical page (1-based) as WebP, `width` pixels wide, in colour on white.

    NotFound if the file has no such page or no pages at all, ProtectedDocument, or UnreadableDocument if it is damaged.
    """
    if path.stat().st_size > limits.file_bytes:
        raise UnreadableDocument("Die Datei ist zu groß.")
    media_type = detect_format(path, limits).media_type
    if media_type == PDF:
        return _encode(_draw_pdf(path, page, width, password))
    if media_type in IMAGES:
        return _encode(_draw_picture(path, page, width, limits))
    raise NotFound("Eine Datei dieser Art hat keine Seiten, die sich zeigen lassen.")


def _draw_pdf(path: Path, number: int, width: int, password: str | None) -> Image.Image:
    with _open_pdf(path, password) as document:
        if not 1 <= number <= len(document):
            raise NotFound(f"Eine Seite {number} hat die Datei nicht.")
        if document.get_formtype() == pdfium_raw.FORMTYPE_ACRO_FORM:
            document.init_forms()  # otherwise what is filled in would be missing
        try:
            page = document[number - 1]
            wide, high = page.get_size()
            drawn: Image.Image = page.render(scale=_fit(wide, high, width), rev_byteorder=True).to_pil()
        except (pdfium.PdfiumError, ValueError) as error:  # ValueError: a page without extent
            raise UnreadableDocument(DAMAGED) from error
        return drawn.convert("RGB")


@contextmanager
def _open_pdf(path: Path, password: str | None) -> Iterator[pdfium.PdfDocument]:
    try:
        document = pdfium.PdfDocument(path, password=password)
    except pdfium.PdfiumError as error:
        if pdfium_raw.FPDF_GetLastError() != pdfium_raw.FPDF_ERR_PASSWORD:
            raise UnreadableDocument(DAMAGED) from error
        raise ProtectedDocument(PROTECTED) from error
    try:
        yield document
    finally:
        document.close()


def _draw_picture(path: Path, number: int, width: int, limits: Limits) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the limit is looked at below
            image = Image.open(path, formats=PICTURE_FORMATS)
        with image:
            count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
            if not 1 <= number <= count:
                raise NotFound(f"Eine Seite {number} hat das Bild nicht.")
            image.seek(number - 1)
            if image.width * image.height > limits.image_pixels:
                raise UnreadableDocument("Das Bild hat zu viele Bildpunkte.")
            image.draft("RGB", (width, TALLEST * width))  # a JPEG is unpacked no larger than needed
            ImageOps.exif_transpose(image, in_place=True)
            scale = _fit(image.width, image.height, width)
            size = (math.ceil(image.width * scale), math.ceil(image.height * scale))
            even = image if image.mode in SMOOTH_MODES else _flatten(image)
            return _flatten(even.resize(size, Image.Resampling.LANCZOS))
    except (Image.DecompressionBombError, UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise UnreadableDocument("Das Bild ist beschädigt oder zu groß.") from error


def _fit(wide: float, high: float, width: int) -> float:
    """Return the scale at which a page becomes `width` pixels wide, or less so that it is no higher than `TALLEST` allows.

    A hair less: PDFium's wrapper rounds up, and a rounding error must not add a column. ValueError for a page without extent.
    """
    if not (wide > 0 and high > 0):
        raise ValueError("no extent")
    return min((width - 0.01) / wide, (TALLEST * width - 0.01) / high)


def _flatten(image: Image.Image) -> Image.Image:
    """Return the picture in colour, 8 bits a channel, on white where it is transparent."""
    if image.mode in DEEP_MODES:
        deep = image.convert("F")
        low, high = (float(value) for value in deep.getextrema() if isinstance(value, int | float))
        return deep.point(lambda value: value * (255 / max(high - low, 1)) - low * (255 / max(high - low, 1))).convert("RGB")
    if "A" in image.mode or "transparency" in image.info:
        layers = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", layers.size, "white"), layers).convert("RGB")
    return image.convert("RGB")


def _encode(image: Image.Image) -> bytes:
    """Return WebP without loss, or with it where the page is a photograph or a scan and that makes it smaller."""
    lossless = b"" if image.getcolors(MOST_COLOURS) is None else _save(image, LOSSLESS)
    if lossless and len(lossless) <= MOST_BYTES_PER_PIXEL * image.width * image.height:
        return lossless
    lossy = _save(image, LOSSY)
    return lossless if 0 < len(lossless) <= len(lossy) else lossy


def _save(image: Image.Image, options: Mapping[str, bool | int]) -> bytes:
    stream = io.BytesIO()
    image.save(stream, "WEBP", **options)
    return stream.getvalue()
