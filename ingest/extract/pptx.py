"""PPTX: slide after slide in the order a reader sees, with tables, diagrams' figures, grouped shapes and speaker's notes."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.exc import PythonPptxError
from pptx.presentation import Presentation
from pptx.shapes.autoshape import Shape
from pptx.shapes.base import BaseShape
from pptx.shapes.graphfrm import GraphicFrame
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.text.text import TextFrame, _Paragraph
from pptx.util import Pt

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.archive import DAMAGED
from ingest.extract.office_xml import XmlError, explain_xml_error, parse_part
from ingest.extract.package import open_package, read_core_properties
from ingest.extract.slides import Box, order_boxes
from ingest.formats import PPTX
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
TITLES = frozenset({PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE})
FURNITURE = frozenset({PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.HEADER})
BULLETED = frozenset({PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT, PP_PLACEHOLDER.VERTICAL_BODY})  # bullets come with the layout
TITLE_SIZE = 1.2  # of the next larger text on the slide
TITLE_WORDS = 15
DEFAULT_SIZE = Pt(18)  # of text that states no size (python-pptx and PowerPoint alike)
MAX_DEPTH = 20  # of groups inside groups
MAX_POINTS = 200  # categories of one diagram that are written out


def extract_pptx(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a presentation: the slide is the page, its title a heading of level 2 (of the first slide: 1)."""
    package = open_package(path, limits)
    try:
        presentation = pptx.Presentation(package)
        slides = list(presentation.slides)
        if len(slides) > limits.pages:
            raise UnreadableDocument(f"Die Präsentation hat mehr als {limits.pages} Folien. Bitte in kleinere Dateien teilen.")
        blocks = [block for number, slide in enumerate(slides, start=1) for block in _read_slide(slide, number, presentation)]
    except XmlError as error:
        raise UnreadableDocument(explain_xml_error(error)) from error
    except (KeyError, ValueError, AttributeError, IndexError, TypeError, OSError, zipfile.BadZipFile, PythonPptxError) as error:
        raise UnreadableDocument(DAMAGED) from error
    return Extraction(
        PPTX,
        len(slides),
        tuple(block for block in blocks if block.text),
        read_core_properties(package),
        notices=_note_hidden(slides),
    )


def _read_slide(slide: Slide, number: int, presentation: Presentation) -> Iterator[Block]:
    label = _printed_number(slide, number, presentation)
    printed = (label, "print", 1.0) if label else (None, None, None)
    title = _find_title(slide)
    if title is not None:
        is_cover = number == 1 and title.is_placeholder and title.placeholder_format.type == PP_PLACEHOLDER.CENTER_TITLE
        yield Block(BlockKind.HEADING, _tidy(title.text_frame.text), 1 if is_cover else 2, number, *printed)
    shapes = [shape for shape in slide.shapes if title is None or shape.shape_id != title.shape_id]
    for block in _read_shapes(shapes, 0):
        yield Block(block.kind, block.text, block.level, number, *printed)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        for paragraph in frame.paragraphs:
            yield Block(BlockKind.PARAGRAPH, _tidy(_paragraph_text(paragraph)), None, number, *printed)


def _find_title(slide: Slide) -> Shape | None:
    """Return the title's shape; on a slide without one, the short text that is larger than every other; None without either."""
    texts = [shape for shape in slide.shapes if isinstance(shape, Shape) and shape.text_frame.text.strip()]
    for shape in texts:
        if shape.is_placeholder and shape.placeholder_format.type in TITLES:
            return shape
    sized = sorted(((_largest_size(shape.text_frame), shape) for shape in texts), key=lambda pair: pair[0], reverse=True)
    if not sized or len(slide.shapes) < 2:
        return None
    size, largest = sized[0]
    rival = sized[1][0] if len(sized) > 1 else DEFAULT_SIZE
    return largest if size >= TITLE_SIZE * rival and len(largest.text_frame.text.split()) <= TITLE_WORDS else None


def _largest_size(frame: TextFrame) -> int:
    """Return the largest size that a run of the text states, else what the layouts of most programs start from."""
    sizes = [run.font.size for paragraph in frame.paragraphs for run in paragraph.runs if run.font.size is not None]
    return max(sizes, default=DEFAULT_SIZE)


def _printed_number(slide: Slide, number: int, presentation: Presentation) -> str | None:
    """Return the number that stands on the slide, if the slide shows one: the field is worked out when it is shown."""
    is_shown = any(field.get("type") == "slidenum" for field in slide._element.iter(f"{A}fld"))
    first = presentation.element.get("firstSlideNum", "1")
    return str(number - 1 + (int(first) if first.isdigit() else 1)) if is_shown else None


def _read_shapes(shapes: Iterable[BaseShape], depth: int) -> Iterator[Block]:
    known = list(shapes)
    boxes = [Box(shape.left or 0, shape.top or 0, shape.width or 0, shape.height or 0) for shape in known]
    for index in order_boxes(boxes):
        yield from _read_shape(known[index], depth)


def _read_shape(shape: BaseShape, depth: int) -> Iterator[Block]:
    kind = shape.placeholder_format.type if shape.is_placeholder else None
    if kind in FURNITURE or kind == PP_PLACEHOLDER.SLIDE_NUMBER:
        return
    if isinstance(shape, GroupShape):
        if depth < MAX_DEPTH:
            yield from _read_shapes(shape.shapes, depth + 1)
    elif isinstance(shape, GraphicFrame):
        yield from _read_graphic(shape)
    elif isinstance(shape, Shape):
        yield from _read_text(shape.text_frame, kind in BULLETED)


def _read_text(frame: TextFrame, is_bulleted: bool) -> Iterator[Block]:
    for paragraph in frame.paragraphs:
        text = _tidy(_paragraph_text(paragraph))
        marks = {child.tag for child in paragraph._p.pPr} if paragraph._p.pPr is not None else set()
        has_bullet = bool(marks & {f"{A}buChar", f"{A}buAutoNum", f"{A}buBlip"})
        if has_bullet or (is_bulleted and f"{A}buNone" not in marks):
            yield Block(BlockKind.LIST_ITEM, text, paragraph.level + 1)
        else:
            yield Block(BlockKind.PARAGRAPH, text)


def _paragraph_text(paragraph: _Paragraph) -> str:
    """Return the text with line breaks as spaces, without fields such as the slide's number."""
    parts: list[str] = []
    for node in paragraph._p:
        if node.tag == f"{A}r":
            parts.extend(text.text or "" for text in node.iter(f"{A}t"))
        elif node.tag == f"{A}br":
            parts.append(" ")
        elif node.tag == f"{A}fld" and node.get("type") != "slidenum":
            parts.extend(text.text or "" for text in node.iter(f"{A}t"))
    return "".join(parts)


def _read_graphic(frame: GraphicFrame) -> Iterator[Block]:
    if frame.has_table:
        rows = []
        for row in frame.table.rows:
            cells = ["" if cell.is_spanned else _tidy(cell.text_frame.text).replace(" | ", " / ") for cell in row.cells]
            if any(cells):
                rows.append(" | ".join(cells))
        yield Block(BlockKind.TABLE, "\n".join(rows))
    elif frame.has_chart:
        yield from _read_chart(frame)
    else:
        yield from _read_diagram(frame)


def _read_chart(frame: GraphicFrame) -> Iterator[Block]:
    """Yield a diagram's title as a caption and its figures as a table: categories down, series across."""
    chart = frame.chart
    if chart.has_title and chart.chart_title.has_text_frame:
        yield Block(BlockKind.CAPTION, _tidy(chart.chart_title.text_frame.text))
    for plot in chart.plots:
        names = [_tidy(str(category)) for category in plot.categories][:MAX_POINTS]
        series = list(plot.series)
        if not names or not series:
            continue
        rows = [" | ".join(("", *(_tidy(one.name) for one in series)))]
        for position, name in enumerate(names):
            values = [one.values[position] if position < len(one.values) else None for one in series]
            rows.append(" | ".join((name, *("" if value is None else f"{value:g}".replace(".", ",") for value in values))))
        yield Block(BlockKind.TABLE, "\n".join(rows))


def _read_diagram(frame: GraphicFrame) -> Iterator[Block]:
    """Yield the texts of a SmartArt graphic, which stand in a part of their own."""
    for mark in frame._element.iter(f"{DIAGRAM}relIds"):
        identity = mark.get(f"{RELATION}dm", "")
        if identity in frame.part.rels:
            root = parse_part(frame.part.related_part(identity).blob)
            for point in root.iter(f"{DIAGRAM}pt"):
                for paragraph in point.iter(f"{A}p"):
                    text = "".join(node.text or "" for node in paragraph.iter(f"{A}t"))
                    yield Block(BlockKind.LIST_ITEM, _tidy(text), 1)


def _note_hidden(slides: Iterable[Slide]) -> tuple[str, ...]:
    hidden = [str(number) for number, slide in enumerate(slides, start=1) if slide._element.get("show") in ("0", "false")]
    if not hidden:
        return ()
    subject = f"Die Folie {hidden[0]} ist" if len(hidden) == 1 else f"Die Folien {', '.join(hidden)} sind"
    return (f"{subject} in der Präsentation ausgeblendet und wurde{'' if len(hidden) == 1 else 'n'} mitgelesen.",)


def _tidy(text: str) -> str:
    return clean(" ".join(text.split()))
