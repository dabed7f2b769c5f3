"""Markdown with an optional front matter in YAML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.blocks import Block, BlockKind, Extraction
from ingest.clean import clean
from ingest.extract.decoding import decode
from ingest.extract.html import build_html_blocks, parse_html
from ingest.formats import MARKDOWN
from ingest.limits import Limits

FRONT_MATTER = re.compile(r"\A---[^\S\n]*\n(.*?)\n(?:---|\.\.\.)[^\S\n]*(?:\n|\Z)", re.DOTALL)
FOOTNOTE = re.compile(r"\[\^([^\]\s]+)\]:\s*")
FOOTNOTE_MARK = re.compile(r"\[\^[^\]\s]+\](?!:)")
ATTRIBUTES = re.compile(r"\s*\{[#.][^{}]*\}\s*$")  # pandoc's "{#anker .klasse}" after a heading


def extract_markdown(path: Path, limits: Limits) -> Extraction:
    """Return the blocks of a Markdown file, and its front matter unparsed."""
    front_matter, body = split_front_matter(decode(path.read_bytes()))
    return Extraction(MARKDOWN, None, tuple(build_markdown_blocks(body)), front_matter=front_matter)


def split_front_matter(text: str) -> tuple[str | None, str]:
    """Return the YAML between the first two lines of dashes (None without it) and the rest."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if found := FRONT_MATTER.match(text):
        return found[1], text[found.end() :]
    return None, text


def build_markdown_blocks(body: str) -> list[Block]:
    """Return the blocks of Markdown without front matter; pure."""
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    return [block for block in _walk(tokens) if block.text]


def _walk(tokens: list[Token]) -> Iterator[Block]:
    list_depth = 0
    rows: list[list[str]] = []
    heading = 0
    is_in_table = False
    for token in tokens:
        if token.type in ("bullet_list_open", "ordered_list_open"):
            list_depth += 1
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            list_depth -= 1
        elif token.type == "heading_open":
            heading = int(token.tag[1])
        elif token.type == "heading_close":
            heading = 0
        elif token.type == "table_open":
            is_in_table, rows = True, []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "table_close":
            is_in_table = False
            yield Block(BlockKind.TABLE, "\n".join(" | ".join(row) for row in rows if any(row)))
        elif token.type in ("fence", "code_block"):
            yield Block(BlockKind.PARAGRAPH, clean(" ".join(token.content.split())))
        elif token.type == "html_block":
            if token.content.strip() and not token.content.lstrip().startswith("<!--"):
                yield from build_html_blocks(parse_html(f"<div>{token.content}</div>"))
        elif token.type == "inline":
            if is_in_table:
                rows[-1].append(_flatten(token).replace(" | ", " / "))
            elif heading:
                yield Block(BlockKind.HEADING, ATTRIBUTES.sub("", _flatten(token)), heading)
            else:
                yield from _build_text(token, list_depth)


def _build_text(token: Token, list_depth: int) -> Iterator[Block]:
    text = _flatten(token)
    notes = list(FOOTNOTE.finditer(text))
    lead = FOOTNOTE_MARK.sub("", text[: notes[0].start()] if notes else text)
    if lead.strip():
        kind = BlockKind.LIST_ITEM if list_depth else BlockKind.PARAGRAPH
        yield Block(kind, clean(lead), list_depth or None)
    ends = [*(note.start() for note in notes[1:]), len(text)]
    for note, end in zip(notes, ends, strict=False):
        yield Block(BlockKind.FOOTNOTE, clean(f"{note[1]} {text[note.end() : end]}"))


def _flatten(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            parts.append(" ")
        elif child.type == "image":
            parts.append(_flatten(child) or child.content)
        elif child.type != "html_inline":
            parts.append(child.content)
    return clean(" ".join("".join(parts).split()))
