"""DOCX: the body in document order, accepted text only, with text boxes, notes, embedded pages and tables."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.archive import DAMAGED
from ingest.extract.embedded import build_embedded_blocks
from ingest.extract.office_xml import Element, XmlError, explain_xml_error, parse_part
from ingest.extract.package import open_package, read_core_properties
from ingest.formats import DOCX
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
HEADING_STYLE = re.compile(r"(?:heading|überschrift|berschrift|titre)\s*(\d)", re.IGNORECASE)
TITLE_STYLES = frozenset({"title", "titel"})
CAPTION_STYLES = frozenset({"caption", "beschriftung", "image caption", "table caption", "imagecaption", "tablecaption"})
TOC_STYLE = re.compile(
    r"(?:toc|verzeichnis|table of figures|index)\s*\d*|(?:toc|inhaltsverzeichnis).*heading|inhaltsverzeichnis.*", re.IGNORECASE
)
LIST_STYLE = re.compile(r"list(?:e|en)?\b(?! paragraph)|aufzählung", re.IGNORECASE)  # "List Paragraph" is only indented
# Removed by tracked changes, or a fallback copy of what the choice before it says already.
SKIPPED = frozenset(
    {f"{W}{name}" for name in ("del", "moveFrom", "instrText", "delInstrText", "delText", "rPr", "pPr")} | {f"{MC}Fallback"}
)
OFF = frozenset({"0", "false", "off"})
NOTE_KINDS = {f"{W}footnoteReference": "footnotes", f"{W}endnoteReference": "endnotes"}
BOLD_HEADING_WORDS = 12
MAX_SPAN = 63  # columns a Word table can have


def extract_docx(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a Word file, of a template or of one with macros (which are never run)."""
    package = open_package(path, limits)
    try:
        document = docx.Document(package)
        reader = _Reader(document)
        blocks = tuple(block for block in reader.read_body() if block.text)
    except XmlError as error:
        raise UnreadableDocument(explain_xml_error(error)) from error
    except (KeyError, ValueError, AttributeError, IndexError, TypeError, OSError, zipfile.BadZipFile, OpcError) as error:
        raise UnreadableDocument(DAMAGED) from error
    return Extraction(DOCX, None, blocks, read_core_properties(package))


class _Reader:
    """Holds what is looked up again and again while one body is read: styles, notes and embedded parts."""

    def __init__(self, document: WordDocument) -> None:
        self._part = document.part
        self._body = document.element.body
        self._styles = {style.style_id: style for style in document.styles}
        self._notes = {kind: _read_notes(document, kind) for kind in NOTE_KINDS.values()}
        self._has_styled_headings = any(self._level_of(p) is not None for p in self._body.iter(f"{W}p"))

    def read_body(self) -> Iterator[Block]:
        yield from self._read_children(self._body)

    def _read_children(self, parent: Element) -> Iterator[Block]:
        joined: list[Element] = []  # paragraphs whose end a tracked change removed: they run on into the next one
        for child in parent:
            if child.tag == f"{W}p":
                joined.append(child)
                if child.find(f"{W}pPr/{W}rPr/{W}del") is None:
                    yield from self._read_paragraph(joined)
                    joined = []
            elif child.tag == f"{W}tbl":
                yield from self._read_table(child)
            elif child.tag == f"{W}sdt":
                gallery = child.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
                content = child.find(f"{W}sdtContent")
                if content is not None and (gallery is None or "Contents" not in gallery.get(f"{W}val", "")):
                    yield from self._read_children(content)
            elif child.tag == f"{W}altChunk":
                yield from self._read_embedded(child.get(RELATION_ID, ""))
            elif child.tag in (f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag"):
                yield from self._read_children(child)
        if joined:
            yield from self._read_paragraph(joined)

    def _read_paragraph(self, joined: Sequence[Element]) -> Iterator[Block]:
        """Yield the block of one paragraph, given as the pieces that tracked changes made one; the last one styles it."""
        paragraph = joined[-1]
        style = self._style_name(paragraph)
        if TOC_STYLE.fullmatch(style):
            return
        text = _tidy("".join(map(_collect, joined)))
        level = self._level_of(paragraph)
        if level is None and not self._has_styled_headings and _looks_like_heading(paragraph, text):
            level = 2
        if text:
            if level is not None:
                yield Block(BlockKind.HEADING, text, level)
            elif style.casefold() in CAPTION_STYLES:
                yield Block(BlockKind.CAPTION, text)
            elif (depth := self._list_depth(paragraph, style)) is not None:
                yield Block(BlockKind.LIST_ITEM, text, depth)
            else:
                yield Block(BlockKind.PARAGRAPH, text)
        for piece in joined:
            for box in _own_descendants(piece, f"{W}txbxContent"):
                yield from self._read_children(box)
        for piece in joined:
            yield from self._read_note_marks(piece)

    def _read_note_marks(self, element: Element) -> Iterator[Block]:
        for node in _accepted(element):
            if (kind := NOTE_KINDS.get(node.tag)) and (note := self._notes[kind].get(node.get(f"{W}id", ""))):
                yield Block(BlockKind.FOOTNOTE, note)

    def _read_embedded(self, relation_id: str) -> Iterator[Block]:
        relation = self._part.rels.get(relation_id)
        if relation is not None and not relation.is_external:
            part = relation.target_part
            yield from build_embedded_blocks(part.blob, str(part.partname), str(part.content_type))

    def _read_table(self, table: Element) -> Iterator[Block]:
        rows = [row for row in _own_descendants(table, f"{W}tr", f"{W}tbl") if row.find(f"{W}trPr/{W}del") is None]
        cells = [[cell for cell in _own_descendants(row, f"{W}tc", f"{W}tbl") if not _is_removed(cell)] for row in rows]
        if max(map(len, cells), default=0) <= 1:  # a frame around text, not a table
            for cell in (cell for row in cells for cell in row):
                yield from self._read_children(cell)
            return
        lines = [" | ".join(_read_row(row, own)) for row, own in zip(rows, cells, strict=True)]
        yield Block(BlockKind.TABLE, "\n".join(line for line in lines if line.strip(" |")))
        for paragraph in _all_paragraphs(table):
            yield from self._read_note_marks(paragraph)

    def _style_name(self, paragraph: Element) -> str:
        mark = paragraph.find(f"{W}pPr/{W}pStyle")
        style = self._styles.get(mark.get(f"{W}val")) if mark is not None else None
        return (style.name or "") if style is not None else ""

    def _level_of(self, paragraph: Element) -> int | None:
        """Return the level by the paragraph's own outline level, else by its style's name or outline level."""
        own = paragraph.find(f"{W}pPr/{W}outlineLvl")
        if own is not None:
            return _outline_level(own)
        mark = paragraph.find(f"{W}pPr/{W}pStyle")
        style = self._styles.get(mark.get(f"{W}val")) if mark is not None else None
        for _ in range(10):  # a style may be based on another; a loop ends here
            if style is None:
                return None
            name = style.name or ""
            if name.casefold() in TITLE_STYLES:
                return 1
            if found := HEADING_STYLE.match(name):
                return max(int(found[1]), 1)
            inherited = style.element.find(f"{W}pPr/{W}outlineLvl")
            if inherited is not None:
                return _outline_level(inherited)
            style = getattr(style, "base_style", None)
        return None

    def _list_depth(self, paragraph: Element, style: str) -> int | None:
        number = paragraph.find(f"{W}pPr/{W}numPr")
        if number is None:
            mark = paragraph.find(f"{W}pPr/{W}pStyle")
            found = self._styles.get(mark.get(f"{W}val")) if mark is not None else None
            number = found.element.find(f"{W}pPr/{W}numPr") if found is not None else None
        if number is None:
            return 1 if LIST_STYLE.match(style) else None
        identity, depth = number.find(f"{W}numId"), number.find(f"{W}ilvl")
        if identity is not None and identity.get(f"{W}val") == "0":  # takes the numbering of the style away
            return None
        value = depth.get(f"{W}val", "0") if depth is not None else "0"
        return int(value) + 1 if value.isdigit() else 1


def _accepted(element: Element) -> Iterator[Element]:
    """Yield the nodes below `element` that count: without removed and hidden text, text boxes apart."""
    stack = list(reversed(element))
    while stack:
        node = stack.pop()
        if node.tag in SKIPPED or node.tag == f"{W}txbxContent" or (node.tag == f"{W}r" and _is_hidden(node)):
            continue
        yield node
        stack.extend(reversed(node))


def _collect(element: Element) -> str:
    """Return the accepted text of a paragraph, text boxes apart."""
    parts: list[str] = []
    for node in _accepted(element):
        if node.tag in (f"{W}t", MATH_TEXT):
            parts.append(node.text or "")
        elif node.tag in (f"{W}tab", f"{W}br", f"{W}cr", f"{W}ptab"):
            parts.append(" ")
        elif node.tag == f"{W}noBreakHyphen":
            parts.append("-")
    return "".join(parts)


def _tidy(text: str) -> str:
    return clean(" ".join(text.split()))


def _is_hidden(run: Element) -> bool:
    mark = run.find(f"{W}rPr/{W}vanish")
    return mark is not None and mark.get(f"{W}val", "1") not in OFF


def _outline_level(mark: Element) -> int | None:
    value = mark.get(f"{W}val", "9")
    return int(value) + 1 if value.isdigit() and int(value) < 9 else None  # 9 is Word's "body text"


def _own_descendants(parent: Element, wanted: str, border: str | None = None) -> Iterator[Element]:
    """Yield `wanted` descendants in order, accepted ones only, not those inside another `wanted` or `border`."""
    stack = list(reversed(parent))
    while stack:
        node = stack.pop()
        if node.tag == wanted:
            yield node
        elif node.tag != border and node.tag not in SKIPPED:
            stack.extend(reversed(node))


def _is_removed(cell: Element) -> bool:
    return cell.find(f"{W}tcPr/{W}cellDel") is not None


def _read_row(row: Element, cells: Sequence[Element]) -> list[str]:
    """Return the texts of a row's cells; a cell over several columns or rows is followed by empty ones."""
    texts = [""] * _number_at(row, f"{W}trPr/{W}gridBefore")
    for cell in cells:
        merge = cell.find(f"{W}tcPr/{W}vMerge")
        is_covered = merge is not None and merge.get(f"{W}val", "continue") == "continue"
        texts.append("" if is_covered else _cell_text(cell))
        texts.extend([""] * (_number_at(cell, f"{W}tcPr/{W}gridSpan") - 1))
    return texts


def _number_at(element: Element, place: str) -> int:
    mark = element.find(place)
    value = mark.get(f"{W}val", "") if mark is not None else ""
    return min(int(value), MAX_SPAN) if value.isdigit() else 0


def _all_paragraphs(parent: Element) -> Iterator[Element]:
    """Yield every accepted paragraph below `parent`, those in text boxes and nested tables, too."""
    for paragraph in _own_descendants(parent, f"{W}p"):
        yield paragraph
        yield from _all_paragraphs(paragraph)


def _cell_text(cell: Element) -> str:
    """Return the text of a cell with everything nested in it, on one line."""
    texts = (_tidy(_collect(paragraph)) for paragraph in _all_paragraphs(cell))
    return " ".join(text for text in texts if text).replace(" | ", " / ")


def _looks_like_heading(paragraph: Element, text: str) -> bool:
    """In a file without heading styles a short line all in bold is one."""
    runs = [run for run in paragraph.iter(f"{W}r") if any((t.text or "").strip() for t in run.iter(f"{W}t"))]
    if not runs or not text or len(text.split()) > BOLD_HEADING_WORDS or text[-1] in ".,;:":
        return False
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return all(mark is not None and mark.get(f"{W}val", "1") not in OFF for mark in marks)


def _read_notes(document: WordDocument, kind: str) -> dict[str, str]:
    """Return id -> text of the footnotes or endnotes."""
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
            notes = (note for note in parse_part(relation.target_part.blob) if note.get(f"{W}type") is None)
            return {note.get(f"{W}id", ""): _tidy(" ".join(map(_collect, note.iter(f"{W}p")))) for note in notes}
    return {}
