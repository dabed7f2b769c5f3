"""ODT: the text in document order, accepted changes only, with frames, notes, lists and tables."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.archive import DAMAGED, LOCKED, READ_ERRORS, check_archive
from ingest.extract.office_xml import Element, parse_part
from ingest.extract.properties import Properties, gather
from ingest.formats import ODT
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

ODF = "{urn:oasis:names:tc:opendocument:xmlns:"
TEXT, TABLE, DRAW, STYLE = (f"{ODF}{name}:1.0}}" for name in ("text", "table", "drawing", "style"))
OFFICE, META, MANIFEST = (f"{ODF}{name}:1.0}}" for name in ("office", "meta", "manifest"))
DC = "{http://purl.org/dc/elements/1.1/}"
# Directories and what the program keeps beside the text: contents, indexes, deleted text, comments, list of changes.
LEFT_OUT = frozenset(
    f"{TEXT}{name}"
    for name in (
        "table-of-content",
        "illustration-index",
        "table-index",
        "object-index",
        "user-index",
        "alphabetical-index",
        "tracked-changes",
        "sequence-decls",
        "variable-decls",
        "user-field-decls",
        "note-citation",
        "ruby-text",
    )
) | {f"{OFFICE}annotation", f"{OFFICE}annotation-end", f"{OFFICE}forms", f"{OFFICE}scripts"}
# Containers that lie in the flow of text without being part of its sentence.
ASIDE = frozenset({f"{TEXT}note", f"{DRAW}frame", f"{DRAW}text-box", f"{DRAW}g", f"{DRAW}custom-shape", f"{DRAW}rect"})
SPACES = frozenset({f"{TEXT}s", f"{TEXT}tab", f"{TEXT}line-break"})
HEADING_STYLE = re.compile(r"(?:heading|überschrift|title|titel)[\s_]*(\d?)\d*", re.IGNORECASE)
CAPTION_STYLE = re.compile(
    r"(?:caption|beschriftung|illustration|abbildung|table|tabelle|drawing|zeichnung|figure)", re.IGNORECASE
)
CONTENTS_STYLE = re.compile(r"(?:contents|inhaltsverzeichnis|verzeichnis)[\s_].*", re.IGNORECASE)
ESCAPED = re.compile(r"_([0-9a-f]{2,4})_")  # how ODF writes "Text body" as the name "Text_20_body"
MAX_REPEATED = 63  # a cell said to be repeated more often fills the sheet with nothing
LEVELS = 10
BOLD_HEADING_WORDS = 12
FIELDS = {
    f"{DC}title": "title",
    f"{META}initial-creator": "authors",
    f"{DC}publisher": "publisher",
    f"{DC}language": "language",
    f"{DC}description": "description",
    f"{DC}subject": "subject",
    f"{DC}identifier": "identifier",
    f"{DC}rights": "license",
    f"{META}keyword": "keywords",
}


def extract_odt(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of an OpenDocument text or of its template."""
    check_archive(path, limits, endings=())
    try:
        with zipfile.ZipFile(path) as archive:
            names = frozenset(archive.namelist())
            if "META-INF/manifest.xml" in names and _is_encrypted(
                parse_part(archive.read("META-INF/manifest.xml"), allows_doctype=True)
            ):
                raise UnreadableDocument(LOCKED)
            content = parse_part(archive.read("content.xml"))
            styles = parse_part(archive.read("styles.xml")) if "styles.xml" in names else None
            meta = archive.read("meta.xml") if "meta.xml" in names else b""
    except READ_ERRORS as error:
        raise UnreadableDocument(DAMAGED) from error
    body = content.find(f"{OFFICE}body/{OFFICE}text")
    if body is None:
        raise UnreadableDocument(DAMAGED)
    reader = _Reader([root for root in (styles, content) if root is not None], body)
    blocks = tuple(block for block in reader.read(body) if block.text)
    return Extraction(ODT, None, blocks, _read_properties(meta))


class _Reader:
    """Holds what is looked up again and again while one text is read: what each style is based on, and which are bold."""

    def __init__(self, roots: list[Element], body: Element) -> None:
        self._parents: dict[str, str] = {}
        self._bold: set[str] = set()
        self._ordered: dict[str, int] = {}
        for style in (style for root in roots for style in root.iter(f"{STYLE}style")):
            name = style.get(f"{STYLE}name", "")
            self._parents[name] = style.get(f"{STYLE}parent-style-name", "")
            level = style.get(f"{STYLE}default-outline-level", "")
            if level.isdigit() and int(level) > 0:
                self._ordered[name] = int(level)
            if any("bold" in value for node in style for key, value in node.attrib.items() if key.endswith("}font-weight")):
                self._bold.add(name)
        self._has_headings = body.find(f".//{TEXT}h") is not None

    def read(self, parent: Element, list_depth: int = 0) -> Iterator[Block]:
        """Yield the blocks below `parent` in document order."""
        for child in parent:
            if not isinstance(child.tag, str) or child.tag in LEFT_OUT:
                continue
            if child.tag in (f"{TEXT}p", f"{TEXT}h"):
                yield from self._read_paragraph(child, list_depth)
            elif child.tag == f"{TEXT}list":
                yield from self.read(child, list_depth + 1)
            elif child.tag == f"{TABLE}table":
                yield from self._read_table(child)
            elif child.tag == f"{TEXT}note":
                yield from self._read_note(child)
            else:
                yield from self.read(child, list_depth)

    def _read_paragraph(self, paragraph: Element, list_depth: int) -> Iterator[Block]:
        names = self._style_names(paragraph.get(f"{TEXT}style-name", ""))
        if not any(CONTENTS_STYLE.fullmatch(name) for name in names):
            text = _tidy(_collect(paragraph))
            level = self._level_of(paragraph, names, text)
            if level is not None:
                yield Block(BlockKind.HEADING, text, level)
            elif any(CAPTION_STYLE.fullmatch(name) for name in names):
                yield Block(BlockKind.CAPTION, text)
            elif list_depth:
                yield Block(BlockKind.LIST_ITEM, text, list_depth)
            else:
                yield Block(BlockKind.PARAGRAPH, text)
        for aside in _asides(paragraph):
            yield from self._read_note(aside) if aside.tag == f"{TEXT}note" else self.read(aside)

    def _read_note(self, note: Element) -> Iterator[Block]:
        body = note.find(f"{TEXT}note-body")
        if body is not None:
            yield Block(BlockKind.FOOTNOTE, _tidy(" ".join(map(_collect, body.iter(f"{TEXT}p")))))

    def _read_table(self, table: Element) -> Iterator[Block]:
        rows = [[_expand(cell) for cell in _own_cells(row)] for row in _own_rows(table)]
        if max((sum(times for _, times in row) for row in rows), default=0) <= 1:  # a frame around text, not a table
            for cell in (cell for row in rows for cell, _ in row):
                yield from self.read(cell)
            return
        lines = [" | ".join(text for cell, times in row for text in [_cell_text(cell)] * times) for row in rows]
        yield Block(BlockKind.TABLE, "\n".join(line for line in lines if line.strip(" |")))
        for note in table.iter(f"{TEXT}note"):
            yield from self._read_note(note)

    def _level_of(self, paragraph: Element, names: list[str], text: str) -> int | None:
        if paragraph.tag == f"{TEXT}h":
            level = paragraph.get(f"{TEXT}outline-level", "1")
            return min(max(int(level), 1), LEVELS) if level.isdigit() else 1
        for name in names:
            if name in self._ordered:
                return min(self._ordered[name], LEVELS)
            if found := HEADING_STYLE.fullmatch(name):
                return int(found[1] or 1)
        is_short = 0 < len(text.split()) <= BOLD_HEADING_WORDS and text[-1] not in ".,;:"
        return 2 if is_short and not self._has_headings and self._is_bold(paragraph, names) else None

    def _is_bold(self, paragraph: Element, names: list[str]) -> bool:
        if self._bold.intersection(names):
            return True
        spans = paragraph.findall(f"{TEXT}span")
        covered = "".join(_collect(span) for span in spans if span.get(f"{TEXT}style-name", "") in self._bold)
        return bool(spans) and _tidy(covered) == _tidy(_collect(paragraph))

    def _style_names(self, name: str) -> list[str]:
        """Return the style's name and those it is based on, nearest first, as a reader writes them ("Text body")."""
        names: list[str] = []
        while name and len(names) < LEVELS:  # styles that are based on each other end here
            names.append(ESCAPED.sub(lambda code: chr(int(code[1], 16)), name))
            name = self._parents.get(name, "")
        return names


def _collect(element: Element) -> str:
    """Return the text of a paragraph without notes, frames and comments."""
    parts = [element.text or ""]
    for child in element:
        if child.tag in SPACES or (child.tag in ASIDE and child.tag != f"{TEXT}note"):  # a frame parts sentences
            parts.append(" ")
        elif isinstance(child.tag, str) and child.tag not in LEFT_OUT and child.tag not in ASIDE:
            parts.append(_collect(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _tidy(text: str) -> str:
    return clean(" ".join(text.split()))


def _asides(element: Element) -> Iterator[Element]:
    """Yield notes, frames and shapes inside a paragraph, outermost first, in order."""
    for child in element:
        if not isinstance(child.tag, str) or child.tag in LEFT_OUT:
            continue
        if child.tag in ASIDE:
            yield child
        else:
            yield from _asides(child)


def _own_rows(table: Element) -> Iterator[Element]:
    for child in table:
        if child.tag == f"{TABLE}table-row":
            yield child
        elif child.tag in (f"{TABLE}table-header-rows", f"{TABLE}table-rows", f"{TABLE}table-row-group"):
            yield from _own_rows(child)


def _own_cells(row: Element) -> Iterator[Element]:
    return (cell for cell in row if cell.tag in (f"{TABLE}table-cell", f"{TABLE}covered-table-cell"))


def _expand(cell: Element) -> tuple[Element, int]:
    """Return the cell with the number of times it stands in the row: equal neighbours are written once."""
    times = cell.get(f"{TABLE}number-columns-repeated", "1")
    return cell, min(int(times), MAX_REPEATED) if times.isdigit() else 1


def _cell_text(cell: Element) -> str:
    """Return the text of a cell with everything nested in it, on one line."""
    if cell.tag == f"{TABLE}covered-table-cell":
        return ""
    texts = (_tidy(_collect(node)) for node in cell.iter(f"{TEXT}p", f"{TEXT}h") if _is_of_cell(node, cell))
    return " ".join(text for text in texts if text).replace(" | ", " / ")


def _is_of_cell(node: Element, cell: Element) -> bool:
    for parent in node.iterancestors():
        if parent is cell:
            return True
        if parent.tag in LEFT_OUT or parent.tag == f"{TEXT}note":
            return False
    return False


def _is_encrypted(manifest: Element) -> bool:
    encrypted = (
        entry.get(f"{MANIFEST}full-path") for entry in manifest if entry.find(f"{MANIFEST}encryption-data") is not None
    )
    return "content.xml" in encrypted or any(name == "encrypted-package" for name in encrypted)


def _read_properties(meta: bytes) -> Properties:
    pairs: list[tuple[str, str | None]] = []
    try:
        root = parse_part(meta)
    except UnreadableDocument:  # the text is read all the same
        return {}
    for node in root.iter():
        if node.tag in FIELDS:
            pairs.append((FIELDS[node.tag], node.text))
        elif node.tag == f"{META}creation-date":
            pairs.append(("created", (node.text or "")[:10]))
        elif node.tag == f"{DC}creator":  # who saved it last: counts where nobody is named as its first author
            pairs.append(("editor", node.text))
    found = gather(pairs)
    editor = found.pop("editor", None)
    return found if editor is None or "authors" in found else {**found, "authors": editor}
