"""Markdown sources to DOCX with real heading, list and table styles, the same bytes at every build."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from docx import Document as NewDocument
from docx.document import Document
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.table import _Cell
from docx.text.paragraph import Paragraph
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from source_error import SourceError

ZIP_DATE = (1980, 1, 1, 0, 0, 0)  # the first date a ZIP can hold: the same bytes whenever it is built
BOXES = {"[ ] ": "☐ ", "[x] ": "☒ "}  # task lists, which CommonMark reads as plain text


@dataclass(frozen=True, slots=True)
class Properties:
    """Core properties of the file, from its sidecar."""

    title: str
    author: str
    created: datetime


def write_docx(markdown: str, properties: Properties) -> bytes:
    """Return the DOCX of a Markdown text; raise SourceError on Markdown that has no counterpart here."""
    document = NewDocument()
    describe(document, properties)
    for node in SyntaxTreeNode(MarkdownIt("commonmark").enable("table").parse(markdown)).children:
        add_block(document, node)
    buffer = io.BytesIO()
    document.save(buffer)
    return with_fixed_dates(buffer.getvalue())


def describe(document: Document, properties: Properties) -> None:
    """Set the core properties, all dates included, and German as the language of the text."""
    core = document.core_properties
    core.title, core.author, core.last_modified_by = properties.title, properties.author, properties.author
    core.created = core.modified = properties.created
    core.language, core.comments, core.revision = "de-DE", "", 1
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "de-DE")
    run_properties = document.styles["Normal"].element.get_or_add_rPr()
    run_properties.append(language)


def add_block(document: Document, node: SyntaxTreeNode) -> None:
    """Add one block of the Markdown at the end of the document."""
    match node.type:
        case "heading":
            add_inline(document.add_heading(level=int(node.tag[1])), node.children[0])
        case "paragraph":
            add_inline(document.add_paragraph(), node.children[0])
        case "bullet_list" | "ordered_list":
            add_list(document, node, depth=1)
        case "table":
            add_table(document, node)
        case "blockquote":
            for child in node.children:
                expect(child, "paragraph")
                add_inline(document.add_paragraph(style="Quote"), child.children[0])
        case "html_block" if node.content.lstrip().startswith("<!--"):
            pass  # a comment, such as the line that names the target
        case "hr":
            document.add_paragraph()
        case _:
            raise unsupported(node)


def add_list(document: Document, node: SyntaxTreeNode, depth: int) -> None:
    """Add a list and the lists in it, up to the three levels for which Word has styles; an ordered list starts at 1."""
    if depth > 3:
        raise SourceError(f"Zeile {line_of(node)}: Listen gehen nur drei Ebenen tief. Bitte flacher gliedern.")
    ordered = node.type == "ordered_list"
    style = ("List Number" if ordered else "List Bullet") + (f" {depth}" if depth > 1 else "")
    number = start_numbering(document, style) if ordered else None
    for item in node.children:
        for position, child in enumerate(item.children):
            if child.type in ("bullet_list", "ordered_list"):
                add_list(document, child, depth + 1)
                continue
            expect(child, "paragraph")
            first = position == 0
            paragraph = document.add_paragraph(style=style if first else "List Continue" + (f" {depth}" if depth > 1 else ""))
            if first and number is not None:
                set_numbering(paragraph, number)
            add_inline(paragraph, child.children[0])


def start_numbering(document: Document, style: str) -> int:
    """Return the id of a new numbering that looks like the one of `style` and starts at 1."""
    definitions = document.part.numbering_part.element
    model = document.styles[style].element.pPr.numPr.numId.val
    number = definitions.add_num(definitions.num_having_numId(model).abstractNumId.val)
    number.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(number.numId)


def set_numbering(paragraph: Paragraph, number: int) -> None:
    """Let a paragraph count in the numbering with the id `number`."""
    properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
    properties.get_or_add_ilvl().val = 0
    properties.get_or_add_numId().val = number


def add_table(document: Document, node: SyntaxTreeNode) -> None:
    """Add a table whose first row is marked as the header, repeated on every page."""
    rows = [row.children for section in node.children for row in section.children]
    table = document.add_table(rows=len(rows), cols=len(rows[0]), style="Table Grid")
    for row, cells in zip(table.rows, rows, strict=True):
        for cell, content in zip(row.cells, cells, strict=True):
            fill_cell(cell, content, bold=content.type == "th" or content.tag == "th")
    header = OxmlElement("w:tblHeader")
    header.set(qn("w:val"), "true")
    table.rows[0]._tr.get_or_add_trPr().append(header)
    document.add_paragraph()  # Word joins tables that follow each other without a paragraph


def fill_cell(cell: _Cell, node: SyntaxTreeNode, bold: bool) -> None:
    """Write the content of a Markdown cell into the first paragraph of a table cell."""
    for child in node.children:
        add_inline(cell.paragraphs[0], child, bold=bold)


def add_inline(paragraph: Paragraph, node: SyntaxTreeNode, bold: bool = False) -> None:
    """Append the runs of an inline node to a paragraph; `- [ ]` becomes a box."""
    runs = list(inline_runs(node, bold, italic=False))
    if runs and runs[0][0][:4] in BOXES:
        text, is_bold, is_italic = runs[0]
        runs[0] = (BOXES[text[:4]] + text[4:], is_bold, is_italic)
    for text, is_bold, is_italic in runs:
        run = paragraph.add_run(text)
        run.bold, run.italic = is_bold or None, is_italic or None


def inline_runs(node: SyntaxTreeNode, bold: bool, italic: bool) -> Iterator[tuple[str, bool, bool]]:
    """Yield (text, bold, italic); a newline in the text is a line break in the paragraph."""
    for child in node.children:
        match child.type:
            case "text" | "code_inline":
                if child.content:
                    yield child.content, bold, italic
            case "softbreak":
                yield " ", bold, italic
            case "hardbreak":
                yield "\n", bold, italic
            case "strong":
                yield from inline_runs(child, True, italic)
            case "em":
                yield from inline_runs(child, bold, True)
            case _:
                raise unsupported(child)


def with_fixed_dates(archive: bytes) -> bytes:
    """Return the same ZIP with its entries sorted and dated 1980, so that equal content gives equal bytes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(buffer, "w") as target:
        names = sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name))  # Office wants it first
        for name in names:
            entry = zipfile.ZipInfo(name, ZIP_DATE)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            target.writestr(entry, source.read(name))
    return buffer.getvalue()


def expect(node: SyntaxTreeNode, kind: str) -> None:
    """Raise SourceError unless the node is of the given kind."""
    if node.type != kind:
        raise unsupported(node)


def unsupported(node: SyntaxTreeNode) -> SourceError:
    """Return the error for Markdown that has no counterpart here."""
    return SourceError(
        f"Zeile {line_of(node)}: „{node.type}“ wird an dieser Stelle nicht unterstützt. "
        "Erlaubt sind Überschriften, Absätze, Listen, Tabellen, Zitate, fett und kursiv."
    )


def line_of(node: SyntaxTreeNode) -> str:
    """Return the 1-based line of a node or of the block around it."""
    current: SyntaxTreeNode | None = node
    while current is not None and current.map is None:
        current = current.parent
    return str(current.map[0] + 1) if current is not None and current.map is not None else "?"
