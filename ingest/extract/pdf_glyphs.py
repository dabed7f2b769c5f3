"""The glyphs of one PDF page: PDFium's functions, called with as little ceremony as their number demands.

Prototypes of our own over the same C functions take plain integers instead of typed pointers and keep the interpreter's
lock: that takes half the time of a call through `pypdfium2.raw`, and a page needs thousands of calls.
"""

from __future__ import annotations

import ctypes
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2 as pdfium
from pypdfium2 import raw

Floats = npt.NDArray[np.float64]

BOLD_NAME = re.compile(r"bold|black|heavy|demi|(?:cm|sf|lm|ec)[a-z]*bx|-bd\b", re.IGNORECASE)
BOLD_WEIGHT = 600
NAME_BYTES = 128
SURROGATE = re.compile("[\ud800-\udfff]")
DOUBLE = 8  # bytes


def bind(function: object, result: type, *arguments: type) -> Callable[..., Any]:
    """Return a C function of PDFium as one that takes plain numbers and addresses, and never gives up the interpreter's lock.

    The result is whatever number `result` stands for; None for a null pointer.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value  # type: ignore[arg-type]  # a foreign function casts as well
    return ctypes.PYFUNCTYPE(result, *arguments)(address or 0)


_INT, _POINTER = ctypes.c_int, ctypes.c_void_p
_get_box = bind(raw.FPDFText_GetCharBox, _INT, _POINTER, _INT, *(_POINTER,) * 4)
_get_origin = bind(raw.FPDFText_GetCharOrigin, _INT, _POINTER, _INT, *(_POINTER,) * 2)
_get_unicode = bind(raw.FPDFText_GetUnicode, ctypes.c_uint, _POINTER, _INT)
_get_object = bind(raw.FPDFText_GetTextObject, _POINTER, _POINTER, _INT)
_get_matrix = bind(raw.FPDFText_GetMatrix, _INT, _POINTER, _INT, _POINTER)
_get_size = bind(raw.FPDFText_GetFontSize, ctypes.c_double, _POINTER, _INT)
_get_font = bind(raw.FPDFTextObj_GetFont, _POINTER, _POINTER)
_get_weight = bind(raw.FPDFText_GetFontWeight, _INT, _POINTER, _INT)
_get_info = bind(raw.FPDFText_GetFontInfo, ctypes.c_ulong, _POINTER, _INT, _POINTER, ctypes.c_ulong, _POINTER)


@dataclass(frozen=True, slots=True)
class Style:
    """How a glyph is set."""

    size: float  # points
    bold: bool
    angle: float  # degrees, counter-clockwise, in the page's own axes


class Glyphs:
    """Reads the glyphs of one text page, by index. Holds PDFium's handle and what was read once for many glyphs."""

    def __init__(self, textpage: pdfium.PdfTextPage) -> None:
        self._keeper = textpage  # the handle lives as long as this
        self._page = ctypes.cast(textpage.raw, ctypes.c_void_p).value
        self.count: int = textpage.count_chars()
        self._styles: dict[int, Style] = {}
        self._bold: dict[int, bool] = {}
        self._numbers = (ctypes.c_double * 4)()
        self._matrix = (ctypes.c_float * 6)()
        self._name = ctypes.create_string_buffer(NAME_BYTES)
        self._flags = ctypes.c_int()

    def read_text(self) -> str:
        """Return one character per glyph; a torn word's hyphen is U+0002.

        PDFium's bulk function leaves out some control characters. It is taken only where it gives as many characters as
        there are glyphs; compared glyph by glyph on 451 such pages they were the same.
        """
        units = self._keeper_text()
        if units is not None and len(units) == self.count and not SURROGATE.search(units):
            return units.replace("\ufffe", "\x02")
        page = self._page
        codes = [_get_unicode(page, index) for index in range(self.count)]
        return "".join(chr(code) if code <= 0x10FFFF else "\ufffd" for code in codes)

    def _keeper_text(self) -> str | None:
        buffer = (ctypes.c_ushort * (2 * self.count + 2))()
        written = raw.FPDFText_GetText(self._keeper.raw, 0, self.count, buffer)
        if written <= 0:
            return None
        return bytes(memoryview(buffer)[: min(written - 1, len(buffer))]).decode("utf-16-le", "surrogatepass")

    def read_box(self, index: int) -> tuple[float, float, float, float]:
        """Return left, right, bottom, top of one glyph in the page's own axes."""
        address = ctypes.addressof(self._numbers)
        _get_box(self._page, index, address, address + DOUBLE, address + 2 * DOUBLE, address + 3 * DOUBLE)
        left, right, bottom, top = self._numbers
        return left, right, bottom, top

    def read_origin(self, index: int) -> tuple[float, float]:
        """Return x and y of one glyph's origin in the page's own axes."""
        address = ctypes.addressof(self._numbers)
        _get_origin(self._page, index, address, address + DOUBLE)
        return self._numbers[0], self._numbers[1]

    def read_boxes(self, indexes: Sequence[int]) -> Floats:
        """Return left, right, bottom, top of each glyph, shape (len(indexes), 4), in the page's own axes."""
        boxes = np.zeros((len(indexes), 4))
        page, address = self._page, boxes.ctypes.data
        for index in indexes:
            _get_box(page, index, address, address + DOUBLE, address + 2 * DOUBLE, address + 3 * DOUBLE)
            address += 4 * DOUBLE
        return boxes

    def read_origins(self, indexes: Sequence[int]) -> Floats:
        """Return x and y of each glyph's origin on its baseline, shape (len(indexes), 2), in the page's own axes."""
        origins = np.zeros((len(indexes), 2))
        page, address = self._page, origins.ctypes.data
        for index in indexes:
            _get_origin(page, index, address, address + DOUBLE)
            address += 2 * DOUBLE
        return origins

    def read_style(self, index: int) -> Style:
        """Return the style of a glyph; the glyphs of one text object share it."""
        drawn = _get_object(self._page, index) or 0
        style = self._styles.get(drawn)
        if style is None or not drawn:
            style = self._styles[drawn] = self._read_style(index, drawn)
        return style

    def _read_style(self, index: int, drawn: int) -> Style:
        matrix = self._matrix
        found = _get_matrix(self._page, index, ctypes.addressof(matrix))
        a, b, c, d, _, _ = matrix if found else (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        size = _get_size(self._page, index) * (math.hypot(c, d) or 1.0)
        return Style(max(size, 0.1), self._is_bold(index, drawn), math.degrees(math.atan2(b, a)) % 360)

    def _is_bold(self, index: int, drawn: int) -> bool:
        font = (_get_font(drawn) if drawn else None) or 0
        bold = self._bold.get(font)
        if bold is None or not font:
            weight = _get_weight(self._page, index)
            bold = self._bold[font] = weight >= BOLD_WEIGHT or bool(BOLD_NAME.search(self.read_font(index)))
        return bold

    def read_font(self, index: int) -> str:
        """Return the name of a glyph's font, cut to 127 bytes; empty if it has none."""
        written = _get_info(self._page, index, ctypes.addressof(self._name), NAME_BYTES, ctypes.addressof(self._flags))
        return self._name.raw[: max(min(written, NAME_BYTES) - 1, 0)].decode("latin-1")


def join_pairs(text: str) -> str:
    """Return `text` with surrogate pairs as characters and lone surrogates as U+FFFD."""
    if not SURROGATE.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
