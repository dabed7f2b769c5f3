"""RTF: striprtf reads the text; headings, lists, tables and notes come through it as marks set beforehand.

striprtf gives plain text only. The marks are control characters that no text holds, put behind the control words that say
what a paragraph is; striprtf passes them on where it passes on text and drops them where it drops text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from striprtf.striprtf import rtf_to_text

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.archive import DAMAGED
from ingest.extract.properties import Properties, gather
from ingest.formats import RTF
from ingest.limits import Limits
from search_service.errors import UnreadableDocument

READ: Callable[..., str] = rtf_to_text  # the library has no types
OPEN, CLOSE = "\x1e", "\x1f"
HIGH = re.compile(rb"[\x80-\xff\x1e\x1f]")
# Control words that tell what a paragraph is: style, level, place in a list or table, end of a cell or row. Escapes are
# matched first, so that the text "\\s1" is not taken for one.
STRUCTURE = re.compile(r"\\[\\{}]|\\(pard|s|outlinelevel|ls|ilvl|intbl|cell|nestcell|row|nestrow)(-?\d+)?(?![a-zA-Z\d]) ?")
MARK = re.compile(f"{OPEN}([a-z]+)(-?\\d*){CLOSE}|(\n)")
STYLE = re.compile(r"\{(?:\\\*)?\\s(\d+)[^{}]*?(?:heading|.berschrift|\\'dcberschrift|titre) ?(\d)[^{};]*;?\}", re.IGNORECASE)
TITLE_STYLE = re.compile(r"\{(?:\\\*)?\\s(\d+)[^{}]*?\b(?:title|titel);?\}", re.IGNORECASE)
STYLES = re.compile(r"\{\\stylesheet")
LINK = re.compile("HYPERLINK", re.IGNORECASE)
NOTE = re.compile(r"\{\\(?:\*\\)?footnote\b")
BRACE = re.compile(r"\\[\\{}]|[{}]")
INFORMATION = re.compile(r"\{\\(title|author|company|doccomm|keywords|subject) ((?:[^{}\\]|\\.)*)\}")
FIELDS = {"title": "title", "author": "authors", "doccomm": "description", "keywords": "keywords", "subject": "subject"}
CONTENTS_HEADING = frozenset({"inhaltsverzeichnis", "inhalt", "contents", "table of contents"})
CONTENTS_LINE = re.compile(r".*\t *\d{1,4}")  # a line of a table of contents: title, tab, page
BULLET = re.compile(r"^\s*(?:[•·▪–]|[-*o]\t)\s*")
MAX_STYLES = 200_000  # characters of a style sheet that are looked at


def extract_rtf(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of an RTF file."""
    # Bytes beyond ASCII are written as the escapes they should have been, so that the file's own code page decides.
    source = HIGH.sub(lambda byte: b"\\'%02x" % byte[0][0], path.read_bytes()).decode("ascii")
    try:
        text = _join_surrogates(READ(_set_marks(source), errors="replace"))
    except (ValueError, TypeError, IndexError, OverflowError) as error:
        raise UnreadableDocument(DAMAGED) from error
    levels = _read_styles(source)
    blocks = tuple(block for block in build_marked_blocks(text, levels) if block.text)
    return Extraction(RTF, None, blocks, _read_properties(source))


def _set_marks(source: str) -> str:
    """Put a mark behind each control word of `STRUCTURE`, and one at the end of each note."""
    pieces: list[str] = []
    done = 0
    for note in NOTE.finditer(source):
        if note.start() >= done:
            end = _find_end(source, note.start())
            pieces.append(source[done : note.start()])
            pieces.append(f"{{{OPEN}note{CLOSE}{source[note.end() : end]}{OPEN}endnote{CLOSE}")
            done = end
    pieces.append(source[done:])
    marked = STRUCTURE.sub(_mark_word, "".join(pieces))
    return LINK.sub("HYPERLINK_", marked)  # else striprtf writes each link's address into the text


def _mark_word(word: re.Match[str]) -> str:
    if word[1] is None:
        return word[0]
    name = f"{word[1]}{word[2] or ''}"
    return f"\\{name} {OPEN}{name}{CLOSE}"


def _find_end(source: str, start: int) -> int:
    """Return the position of the brace that closes the group opened at `start`; the end of the text without one."""
    depth = 0
    for brace in BRACE.finditer(source, start):
        if brace[0] in "{}":
            depth += 1 if brace[0] == "{" else -1
            if depth == 0:
                return brace.start()
    return len(source)


def _read_styles(source: str) -> dict[int, int]:
    """Return the number of each heading style with its level."""
    start = STYLES.search(source)
    if start is None:
        return {}
    sheet = source[start.start() : min(_find_end(source, start.start()), start.start() + MAX_STYLES)]
    titles = {int(number): 1 for number in TITLE_STYLE.findall(sheet)}
    return titles | {int(number): max(int(level), 1) for number, level in STYLE.findall(sheet)}


@dataclass(slots=True)
class _State:
    """What is known at one place of the marked text."""

    levels: dict[int, int]
    text: str = ""
    level: int | None = None
    list_depth: int | None = None
    is_in_table: bool = False
    cells: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    outer: list[str] = field(default_factory=list)  # texts that a note interrupts

    def take(self) -> str:
        """Return the text gathered so far and forget it."""
        text, self.text = self.text, ""
        return text


def build_marked_blocks(text: str, levels: dict[int, int]) -> Iterator[Block]:
    """Yield the blocks of the text that striprtf gives for a marked source; pure. `levels`: style number -> heading level."""
    state = _State(levels)
    end = 0
    for mark in MARK.finditer(text + "\n"):
        state.text += text[end : mark.start()]
        end = mark.end()
        if mark[3]:
            yield from _end_paragraph(state)
        else:
            _apply(state, mark[1], int(mark[2]) if mark[2].lstrip("-") else 0)
    yield from _end_table(state)


def _apply(state: _State, word: str, number: int) -> None:
    if word == "pard":
        state.level = state.list_depth = None
        state.is_in_table = False
    elif word == "s":
        state.level = state.levels.get(number, state.level)
    elif word == "outlinelevel":
        state.level = number + 1 if 0 <= number < 9 else None
    elif word == "ls":
        state.list_depth = (state.list_depth or 1) if number else None
    elif word == "ilvl":
        state.list_depth = max(number, 0) + 1
    elif word == "intbl":
        state.is_in_table = True
    elif word in ("cell", "nestcell"):
        text = state.take().removesuffix("|")  # striprtf writes a bar for the end of a cell
        state.cells.append(_tidy(text).replace(" | ", " / "))
    elif word in ("row", "nestrow"):
        state.rows.append(" | ".join(state.cells))
        state.cells = []
        state.text = ""
    elif word == "note":
        state.outer.append(state.take())
    elif word == "endnote" and state.outer:
        state.notes.append(_tidy(state.take()))
        state.text = state.outer.pop()


def _end_paragraph(state: _State) -> Iterator[Block]:
    if state.outer or state.cells or (state.is_in_table and state.text.strip()):
        state.text += " "
        return
    raw = state.take()
    text = _tidy(raw)
    if not text:
        if not state.is_in_table:
            yield from _end_table(state)
        return
    yield from _end_table(state)
    if state.level is not None:
        if text.casefold() not in CONTENTS_HEADING:  # its lines are left out, too
            yield Block(BlockKind.HEADING, text, state.level)
    elif not CONTENTS_LINE.fullmatch(raw.strip()):
        if state.list_depth is not None or BULLET.match(raw):
            yield Block(BlockKind.LIST_ITEM, _tidy(BULLET.sub("", raw)), state.list_depth or 1)
        else:
            yield Block(BlockKind.PARAGRAPH, text)
    yield from (Block(BlockKind.FOOTNOTE, note) for note in state.notes)
    state.notes = []


def _end_table(state: _State) -> Iterator[Block]:
    rows, state.rows = [row for row in state.rows if row.strip(" |")], []
    if rows and max(row.count(" | ") for row in rows) == 0:  # a frame around text, not a table
        yield from (Block(BlockKind.PARAGRAPH, row) for row in rows)
    elif rows:
        yield Block(BlockKind.TABLE, "\n".join(rows))


def _tidy(text: str) -> str:
    return clean(" ".join(text.split()))


def _join_surrogates(text: str) -> str:
    """RTF writes characters beyond 16 bits as two halves; halves without their other half are no text."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _read_properties(source: str) -> Properties:
    start = source.find("{\\info")
    if start < 0:
        return {}
    group = source[start : _find_end(source, start)]
    page = re.search(r"\\ansicpg\d+", source)
    head = "{\\rtf1\\ansi" + (page[0] if page else "\\ansicpg1252") + " "
    found = ((name, READ(f"{head}{value}}}", errors="replace")) for name, value in INFORMATION.findall(group))
    return gather((FIELDS[name], value) for name, value in found if name in FIELDS)
