"""What stands on a PDF page beside its text layer: strokes, pictures, drawings, filled-in form fields and free text."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pypdfium2 as pdfium
from pypdfium2 import raw

from ingest.extract.layout import Rule, Word
from ingest.extract.pdf_glyphs import Floats, bind

MAX_PATHS = 5000  # a drawing with more has no table lines worth looking for
DRAWING = 30  # strokes and fills: more are a drawing or letters as outlines, fewer are ornament
OUTLINE_STEPS = 300  # of one path; 40 letters as outlines have more, a box or a curve has fewer
MAX_DEPTH = 2  # forms inside forms that are looked into
MIN_RULE = 25.0  # points; shorter strokes are not rules
MAX_FIELDS = 2000  # annotations of one page that are looked at
MAX_VALUE = 20_000  # characters of one field
FIELD_INSET = 2.0  # points between a field's edge and its text
FIELD_SIZE = 10.0  # points; of the text in a field whose own size is unknown
LINE = 1.2  # em from line to line in a field
LETTER = 0.5  # em; mean width of a letter

SCAN_SHARE = 0.85  # of the page; scanners and cropping leave a margin
MAX_STAMPS = 3  # drawn texts beside the hidden ones: a page number or a stamp put on a scan
STAMP_SHARE = 0.1  # of the hidden texts
HIDDEN = frozenset({raw.FPDF_TEXTRENDERMODE_INVISIBLE, raw.FPDF_TEXTRENDERMODE_CLIP})
FILLED = frozenset({raw.FPDF_FORMFIELD_TEXTFIELD, raw.FPDF_FORMFIELD_COMBOBOX, raw.FPDF_FORMFIELD_LISTBOX})
Place = Callable[[Floats], Floats]  # boxes (left, right, bottom, top) -> (left, right, upper, lower) as the page is read

_POINTER, _INT = ctypes.c_void_p, ctypes.c_int
_count_objects = bind(raw.FPDFPage_CountObjects, _INT, _POINTER)
_get_object = bind(raw.FPDFPage_GetObject, _POINTER, _POINTER, _INT)
_count_form_objects = bind(raw.FPDFFormObj_CountObjects, _INT, _POINTER)
_get_form_object = bind(raw.FPDFFormObj_GetObject, _POINTER, _POINTER, ctypes.c_ulong)
_get_type = bind(raw.FPDFPageObj_GetType, _INT, _POINTER)
_get_bounds = bind(raw.FPDFPageObj_GetBounds, _INT, _POINTER, *(_POINTER,) * 4)
_get_matrix = bind(raw.FPDFPageObj_GetMatrix, _INT, _POINTER, _POINTER)
_get_mode = bind(raw.FPDFTextObj_GetTextRenderMode, _INT, _POINTER)

Matrix = tuple[float, float, float, float, float, float]


def is_drawn(page: pdfium.PdfPage) -> bool:
    """Tell whether a page without words shows an image, a drawing, or text that its fonts do not spell."""
    for drawn, item in enumerate(page.get_objects(max_depth=3)):
        if item.type in (raw.FPDF_PAGEOBJ_IMAGE, raw.FPDF_PAGEOBJ_TEXT) or drawn > DRAWING:
            return True
        if item.type == raw.FPDF_PAGEOBJ_PATH and raw.FPDFPath_CountSegments(item.raw) > OUTLINE_STEPS:
            return True
    return False


def is_scan(page: pdfium.PdfPage) -> bool:
    """Tell whether images cover the page and hardly any of its text is drawn: a scan with a text layer."""
    left, bottom, right, top = page.get_bbox()
    covered, hidden, drawn = 0.0, 0, 0
    holder = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
    for kind, item, matrix in _walk(_count_objects, _get_object, holder, (1.0, 0.0, 0.0, 1.0, 0.0, 0.0), 0):
        if kind == raw.FPDF_PAGEOBJ_TEXT:
            is_hidden = _get_mode(item) in HIDDEN
            hidden, drawn = hidden + is_hidden, drawn + (not is_hidden)
            if drawn > MAX_STAMPS + STAMP_SHARE * hidden:
                return False
        elif box := _place_bounds(item, matrix):
            x0, y0, x1, y1 = box
            covered += max(min(x1, right) - max(x0, left), 0.0) * max(min(y1, top) - max(y0, bottom), 0.0)
    return hidden > 0 and covered >= SCAN_SHARE * (right - left) * (top - bottom)


def _walk(
    count: Callable[[int], int], get: Callable[[int, int], int | None], holder: int, matrix: Matrix, depth: int
) -> Iterator[tuple[int, int, Matrix]]:
    """Yield kind, handle and matrix to the page's axes of the texts and images in a page or form."""
    for index in range(min(count(holder), MAX_PATHS)):
        item = get(holder, index)
        kind = _get_type(item) if item else None
        if not item or kind is None:
            continue
        if kind in (raw.FPDF_PAGEOBJ_TEXT, raw.FPDF_PAGEOBJ_IMAGE):
            yield kind, item, matrix
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            numbers = (ctypes.c_float * 6)()
            if _get_matrix(item, ctypes.addressof(numbers)):
                inner = _multiply(tuple(numbers), matrix)
                yield from _walk(_count_form_objects, _get_form_object, item, inner, depth + 1)


def _multiply(inner: Sequence[float], outer: Matrix) -> Matrix:
    """Return the matrix that acts like `inner` and `outer` after it."""
    a, b, c, d, e, f = inner
    p, q, r, s, t, u = outer
    return a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u


def _place_bounds(item: int, matrix: Matrix) -> tuple[float, float, float, float] | None:
    """Return left, bottom, right, top of an object in the page's axes; None if it has no bounds."""
    edges = (ctypes.c_float * 4)()
    address = ctypes.addressof(edges)
    if not _get_bounds(item, address, address + 4, address + 8, address + 12):
        return None
    left, bottom, right, top = edges
    a, b, c, d, e, f = matrix
    corners = [(a * x + c * y + e, b * x + d * y + f) for x in (left, right) for y in (bottom, top)]
    across, upwards = [x for x, _ in corners], [y for _, y in corners]
    return min(across), min(upwards), max(across), max(upwards)


def read_rules(page: pdfium.PdfPage, place: Place) -> list[Rule]:
    """Return the horizontal strokes of the page, such as the lines of a table or above footnotes."""
    if raw.FPDFPage_CountObjects(page.raw) > MAX_PATHS:
        return []
    found: list[tuple[float, float, float, float]] = []
    _collect_bounds(_count_objects, _get_object, ctypes.cast(page.raw, ctypes.c_void_p).value or 0, 0, found)
    if not found:
        return []
    return [
        Rule((upper + lower) / 2, left, right)
        for left, right, upper, lower in place(np.array(found)).tolist()
        if lower - upper <= 2.0 and right - left >= MIN_RULE
    ]


def _collect_bounds(
    count: Callable[[int], int],
    get: Callable[[int, int], int | None],
    holder: int,
    depth: int,
    found: list[tuple[float, float, float, float]],
) -> None:
    """Add the bounds (left, right, bottom, top) of the paths in a page or form. Bounds in a form are in the form's own axes."""
    edges = (ctypes.c_float * 4)()
    address = ctypes.addressof(edges)
    for index in range(min(count(holder), MAX_PATHS)):
        item = get(holder, index)
        if not item or len(found) >= MAX_PATHS:
            continue
        kind = _get_type(item)
        if kind == raw.FPDF_PAGEOBJ_PATH:
            if _get_bounds(item, address, address + 4, address + 8, address + 12):
                left, bottom, right, top = edges
                found.append((left, right, bottom, top))
        elif kind == raw.FPDF_PAGEOBJ_FORM and depth < MAX_DEPTH:
            _collect_bounds(_count_form_objects, _get_form_object, item, depth + 1, found)


def read_fields(page: pdfium.PdfPage, form: pdfium.PdfFormEnv | None, place: Place) -> list[list[Word]]:
    """Return the words filled into each text field and written as free text on the page, spread over its box."""
    fields = []
    for index in range(min(raw.FPDFPage_GetAnnotCount(page.raw), MAX_FIELDS)):
        annotation = raw.FPDFPage_GetAnnot(page.raw, index)
        if not annotation:
            continue
        try:
            text = _read_value(annotation, form)
            box = raw.FS_RECTF()
            if text and raw.FPDFAnnot_GetRect(annotation, box):
                bounds = np.array([(box.left, box.right, box.bottom, box.top)])
                if words := spread_value(text, *place(bounds)[0].tolist()):
                    fields.append(words)
        finally:
            raw.FPDFPage_CloseAnnot(annotation)
    return fields


def spread_value(text: str, left: float, right: float, upper: float, lower: float) -> list[Word]:
    """Return the words of a field's text, set in lines from the upper left corner of its box."""
    size = min(FIELD_SIZE, max((lower - upper) * 0.7, 4.0))
    is_single = lower - upper < 2 * LINE * size
    y = (upper + lower) / 2 + 0.35 * size if is_single else upper + FIELD_INSET + size
    words: list[Word] = []
    for line in text.splitlines():
        x = left + FIELD_INSET
        letter = min(LETTER * size, (right - left) / (len(line) + 1)) if is_single else LETTER * size
        for token in line.split():
            width = letter * len(token)
            if x + width > right and x > left + FIELD_INSET and not is_single:
                x, y = left + FIELD_INSET, y + LINE * size
            words.append(Word(token, x, x + width, y, size))
            x += width + min(0.3 * size, letter)
        if not is_single:
            y += LINE * size
    return words


def _read_value(annotation: raw.FPDF_ANNOTATION, form: pdfium.PdfFormEnv | None) -> str:
    kind = raw.FPDFAnnot_GetSubtype(annotation)
    if raw.FPDFAnnot_GetFlags(annotation) & (raw.FPDF_ANNOT_FLAG_HIDDEN | raw.FPDF_ANNOT_FLAG_NOVIEW):
        return ""
    if kind == raw.FPDF_ANNOT_WIDGET and form is not None:
        if raw.FPDFAnnot_GetFormFieldType(form.raw, annotation) not in FILLED:
            return ""
        if raw.FPDFAnnot_GetFormFieldFlags(form.raw, annotation) & raw.FPDF_FORMFLAG_TEXT_PASSWORD:
            return ""
        return _read_string(lambda buffer, length: raw.FPDFAnnot_GetFormFieldValue(form.raw, annotation, buffer, length))
    if kind == raw.FPDF_ANNOT_FREETEXT:
        return _read_string(lambda buffer, length: raw.FPDFAnnot_GetStringValue(annotation, b"Contents", buffer, length))
    return ""


def _read_string(fill: Callable[[ctypes.Array[ctypes.c_ushort] | None, int], int]) -> str:
    size = fill(None, 0)  # bytes, with the closing zero
    if not 2 < size <= 2 * MAX_VALUE:
        return ""
    buffer = (ctypes.c_ushort * (size // 2 + 1))()
    fill(buffer, size)
    return bytes(buffer).decode("utf-16-le", "replace").partition("\0")[0].replace("\r\n", "\n").replace("\r", "\n")
