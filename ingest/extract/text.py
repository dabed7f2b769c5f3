"""Plain text: paragraphs between empty lines, headings by their look."""

from __future__ import annotations

import re
from pathlib import Path

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.decoding import decode
from ingest.formats import TEXT
from ingest.hyphens import collect_words, join_lines
from ingest.limits import Limits

MONTHS = "Januar|Februar|März|April|Mai|Juni|Juli|August|September|Oktober|November|Dezember"
BULLET = re.compile(rf"\s*(?:[-*•–]|\(?\d{{1,2}}[.)]|[a-z]\))\s+(?=\S)(?!{MONTHS})")
NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,4}\.?\s+(?=\w)")
UNDERLINE = re.compile(r"\s*(=+|-{3,}|~{3,})\s*")
HEADING_WORDS = 12


def extract_text(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a text file."""
    return Extraction(TEXT, None, tuple(build_text_blocks(decode(path.read_bytes()))))


def build_text_blocks(text: str) -> list[Block]:
    """Return the blocks of plain text; pure. Used for text files and for entries of an evaluation corpus."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n\n")
    known = collect_words(text.split("\n"))
    blocks: list[Block] = []
    for group in re.split(r"\n[^\S\n]*\n", text):
        lines = [line for line in group.split("\n") if line.strip()]
        if lines:
            blocks.extend(_build_group(lines, known, is_first=not blocks))
    blocks = [block for block in blocks if block.text]
    if all(block.kind is BlockKind.HEADING for block in blocks):  # a text of single lines has no headings
        return [Block(BlockKind.PARAGRAPH, block.text) for block in blocks]
    return blocks


def _build_group(lines: list[str], known: frozenset[str], is_first: bool) -> list[Block]:
    if len(lines) >= 2 and (mark := UNDERLINE.fullmatch(lines[1])) and _is_underlined(lines[0].strip(), mark[1]):
        level = 1 if mark[1].startswith("=") else 2
        heading = Block(BlockKind.HEADING, clean(lines[0]), level)
        return [heading, *(_build_group(lines[2:], known, is_first=False) if lines[2:] else [])]
    if len(lines) == 1 and (level_found := _guess_level(lines[0].strip(), is_first)) is not None:
        return [Block(BlockKind.HEADING, clean(lines[0]), level_found)]
    return _build_paragraphs(lines, known)


def _is_underlined(line: str, mark: str) -> bool:
    """Tell whether the signs under a line make it a heading: under a long one they must be drawn for it."""
    return len(line.split()) <= HEADING_WORDS or abs(len(line) - len(mark)) <= 2


def _guess_level(line: str, is_first: bool) -> int | None:
    """Return the level of a line that stands alone if it looks like a heading, else None."""
    if len(line.split()) > HEADING_WORDS or line[-1] in '.,;:!?“”"' or not any(c.isalpha() for c in line):
        return None
    if number := NUMBERED.match(line):
        return min(number[0].strip().rstrip(".").count(".") + 2, 6)
    if is_first and not BULLET.match(line):
        return 1
    return 2 if line.isupper() and len(line) > 3 else None


def _build_paragraphs(lines: list[str], known: frozenset[str]) -> list[Block]:
    blocks: list[Block] = []
    pending: list[str] = []
    kind = BlockKind.PARAGRAPH

    def flush() -> None:
        if pending and (text := clean(join_lines(pending, known))):
            blocks.append(Block(kind, text, 1 if kind is BlockKind.LIST_ITEM else None))
        pending.clear()

    for line in lines:
        text = line
        if bullet := BULLET.match(line):
            flush()
            kind = BlockKind.LIST_ITEM
            mark = bullet[0].strip()
            text = line if mark[0].isalnum() or mark[0] == "(" else line[bullet.end() :]
        pending.append(text)
    flush()
    return blocks
