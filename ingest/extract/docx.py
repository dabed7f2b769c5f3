"""DOCX: the body in document order, accepted text only, with content controls, text boxes, footnotes and tables."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import docx
from docx.document import Document as WordDocument
from docx.opc.exceptions import OpcError
from lxml import etree

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.archive import DAMAGED, check_archive
from ingest.formats import DOCX
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
HEADING_STYLE = re.compile(r"(?:heading|überschrift|berschrift|titre)\s*(\d)", re.IGNORECASE)
TITLE_STYLES = frozenset({"title", "titel"})
CAPTION_STYLES = frozenset({"caption", "beschriftung", "image caption", "table caption", "imagecaption", "tablecaption"})
TOC_STYLE = re.compile(
    r"(?:toc|verzeichnis|table of figures|index)\s*\d*|(?:toc|inhaltsverzeichnis).*heading|inhaltsverzeichnis.*", re.IGNORECASE
)
LIST_STYLE = re.compile(r"list(?:e|en)?\b|aufzählung", re.IGNORECASE)
# Removed by tracked changes, or a fallback copy of what the choice before it says already.
SKIPPED = frozenset({f"{W}del", f"{W}moveFrom", f"{MC}Fallback", f"{W}instrText", f"{W}delText", f"{W}rPr", f"{W}pPr"})
NOTE_KINDS = ("footnotes", "endnotes")
BOLD_HEADING_WORDS = 12


def extract_docx(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a Word file."""
    check_archive(path, limits)
    try:
        document = docx.Document(str(path))
        reader = _Reader(document)
        blocks = tuple(block for block in reader.read_body() if block.text)
        properties = _read_properties(document)
    except ValueError as error:
        if "is not a Word file" in str(error):
            raise UnreadableDocument(
                "Die Datei ist eine Vorlage oder enthält Makros (.dotx, .docm). Bitte als DOCX ohne Makros speichern."
            ) from error
        raise UnreadableDocument(DAMAGED) from error
    except (KeyError, AttributeError, IndexError, TypeError, OSError, etree.LxmlError, OpcError) as error:
        raise UnreadableDocument(DAMAGED) from error
    return Extraction(DOCX, None, blocks, properties)


class _Reader:
    """Holds what is looked up again and again while one body is read: styles and notes."""

    def __init__(self, document: WordDocument) -> None:
        self._body = document.element.body
        self._styles = {style.style_id: style for style in document.styles}
        self._notes = {kind: _read_notes(document, kind) for kind in NOTE_KINDS}
        self._has_styled_headings = any(self._level_of(p) is not None for p in self._body.iter(f"{W}p"))

    def read_body(self) -> Iterator[Block]:
        yield from self._read_children(self._body)

    def _read_children(self, parent: etree._Element) -> Iterator[Block]:
        for child in parent:
            if child.tag == f"{W}p":
                yield from self._read_paragraph(child)
            elif child.tag == f"{W}tbl":
                yield from self._read_table(child)
            elif child.tag == f"{W}sdt":
                gallery = child.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
                content = child.find(f"{W}sdtContent")
                if content is not None and (gallery is None or "Contents" not in gallery.get(f"{W}val", "")):
                    yield from self._read_children(content)
            elif child.tag in (f"{W}ins", f"{W}moveTo", f"{W}customXml", f"{W}smartTag"):
                yield from self._read_children(child)

    def _read_paragraph(self, paragraph: etree._Element) -> Iterator[Block]:
        style = self._style_name(paragraph)
        if TOC_STYLE.fullmatch(style):
            return
        text = clean(" ".join(_collect(paragraph).split()))
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
        for box in _text_boxes(paragraph):
            yield from self._read_children(box)
        for kind, tag in zip(NOTE_KINDS, ("footnoteReference", "endnoteReference"), strict=True):
            for mark in paragraph.iter(f"{W}{tag}"):
                if note := self._notes[kind].get(mark.get(f"{W}id", "")):
                    yield Block(BlockKind.FOOTNOTE, note)

    def _read_table(self, table: etree._Element) -> Iterator[Block]:
        rows: list[str] = []
        for row in _own_descendants(table, f"{W}tr", f"{W}tbl"):
            cells = []
            for cell in _own_descendants(row, f"{W}tc", f"{W}tbl"):
                merge = cell.find(f"{W}tcPr/{W}vMerge")
                is_covered = merge is not None and merge.get(f"{W}val", "continue") == "continue"
                cells.append("" if is_covered else _cell_text(cell))
            if any(cells):
                rows.append(" | ".join(cells))
        if rows and max(row.count(" | ") for row in rows) == 0:  # one column: a frame around text, not a table
            for row in rows:
                yield Block(BlockKind.PARAGRAPH, row)
        else:
            yield Block(BlockKind.TABLE, "\n".join(rows))

    def _style_name(self, paragraph: etree._Element) -> str:
        mark = paragraph.find(f"{W}pPr/{W}pStyle")
        style = self._styles.get(mark.get(f"{W}val")) if mark is not None else None
        return (style.name or "") if style is not None else ""

    def _level_of(self, paragraph: etree._Element) -> int | None:
        outline = paragraph.find(f"{W}pPr/{W}outlineLvl")
        if outline is not None and outline.get(f"{W}val", "9").isdigit() and int(outline.get(f"{W}val", "9")) < 9:
            return int(outline.get(f"{W}val")) + 1
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
            style = getattr(style, "base_style", None)
        return None

    def _list_depth(self, paragraph: etree._Element, style: str) -> int | None:
        number = paragraph.find(f"{W}pPr/{W}numPr")
        if number is None:
            return 1 if LIST_STYLE.match(style) else None
        depth = number.find(f"{W}ilvl")
        value = depth.get(f"{W}val", "0") if depth is not None else "0"
        return int(value) + 1 if value.isdigit() else 1


def _collect(element: etree._Element) -> str:
    """Return the accepted text of a paragraph, text boxes apart."""
    parts: list[str] = []
    stack = list(reversed(element))
    while stack:
        node = stack.pop()
        if node.tag in SKIPPED or node.tag == f"{W}txbxContent":
            continue
        if node.tag == f"{W}t":
            parts.append(node.text or "")
        elif node.tag in (f"{W}tab", f"{W}br", f"{W}cr"):
            parts.append(" ")
        elif node.tag == f"{W}noBreakHyphen":
            parts.append("-")
        else:
            stack.extend(reversed(node))
    return "".join(parts)


def _text_boxes(paragraph: etree._Element) -> Iterator[etree._Element]:
    for box in paragraph.iter(f"{W}txbxContent"):
        is_copy = any(parent.tag == f"{MC}Fallback" for parent in box.iterancestors())
        is_inner = any(parent.tag == f"{W}txbxContent" for parent in box.iterancestors())
        if not is_copy and not is_inner:
            yield box


def _own_descendants(parent: etree._Element, wanted: str, border: str) -> Iterator[etree._Element]:
    """Yield `wanted` descendants in order, not those inside another `border`."""
    stack = list(reversed(parent))
    while stack:
        node = stack.pop()
        if node.tag == wanted:
            yield node
        elif node.tag != border and node.tag not in SKIPPED:
            stack.extend(reversed(node))


def _cell_text(cell: etree._Element) -> str:
    """Return the text of a cell with everything nested in it, on one line."""
    texts = (clean(" ".join(_collect(paragraph).split())) for paragraph in cell.iter(f"{W}p"))
    return " ".join(text for text in texts if text).replace(" | ", " / ")


def _looks_like_heading(paragraph: etree._Element, text: str) -> bool:
    """In a file without heading styles a short line all in bold is one."""
    runs = [run for run in paragraph.iter(f"{W}r") if any((t.text or "").strip() for t in run.iter(f"{W}t"))]
    if not runs or not text or len(text.split()) > BOLD_HEADING_WORDS or text[-1] in ".,;:":
        return False
    marks = [run.find(f"{W}rPr/{W}b") for run in runs]
    return all(mark is not None and mark.get(f"{W}val", "1") not in ("0", "false") for mark in marks)


def _read_notes(document: WordDocument, kind: str) -> dict[str, str]:
    """Return id -> text of the footnotes or endnotes."""
    for relation in document.part.rels.values():
        if not relation.is_external and relation.reltype.endswith(f"/{kind}"):
            parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
            root = etree.fromstring(relation.target_part.blob, parser)
            notes = {}
            for note in root:
                if note.get(f"{W}type") is None:
                    text = " ".join(_collect(p) for p in note.iter(f"{W}p"))
                    notes[note.get(f"{W}id", "")] = clean(" ".join(text.split()))
            return notes
    return {}


def _read_properties(document: WordDocument) -> dict[str, str | tuple[str, ...]]:
    core = document.core_properties
    found: dict[str, str | tuple[str, ...]] = {}
    for key, value in (("title", core.title), ("authors", core.author), ("language", core.language)):
        if value and value.strip():
            found[key] = clean(" ".join(value.split()))
    if core.created is not None:
        found["created"] = core.created.date().isoformat()
    return found
