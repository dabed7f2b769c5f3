"""A passage's text as it is shown: paragraphs, lists and tables, read from the lines that the catalogue carries. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

# As passages are written by ingest: one row a line, header first; an item that brings no number of its own after a dash.
_CELLS = re.compile(r"\s*(?<!\S)\|(?!\S)\s*")
_DASH = "– "
_NUMBERED = re.compile(r"\(?\w{1,3}[.)] ")
_SENTENCE_END = re.compile(r"[.!?:;…“”\")](?=\s)")
# Ingest repeats at most 30 words of a paragraph that had to be cut.
_REPEATED_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class Part:
    """One paragraph, one list or one table: exactly one of the three is not empty."""

    text: str = ""
    items: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()  # the first one is the header; all of one length, two rows at least
    is_numbered: bool = False  # its items bring their numbers


def read_parts(text: str) -> tuple[Part, ...]:
    """Return the parts of a passage's text in their order; nothing of the text is left out but dashes and cell marks."""
    lines = [line for line in text.split("\n") if line.strip()]
    parts: list[Part] = []
    index = 0
    while index < len(lines):
        count, part = _read_table(lines[index:]) or _read_list(lines[index:]) or (1, Part(lines[index].strip()))
        parts.append(part)
        index += count
    return tuple(parts)


def drop_repeated(text: str, previous: str) -> str:
    """Return `text` without its beginning where `previous` ends with the same whole sentences."""
    for end in reversed([match.end() for match in _SENTENCE_END.finditer(text, 0, _REPEATED_CHARACTERS)]):
        if previous.endswith(text[:end]):
            return text[end:].lstrip()
    return text


def _read_table(lines: Sequence[str]) -> tuple[int, Part] | None:
    """Return how many lines make a table from the first on, and the table; None if it is none."""
    rows = list(_read_rows(lines))
    return (len(rows), Part(rows=tuple(rows))) if len(rows) > 1 else None


def _read_rows(lines: Sequence[str]) -> Iterator[tuple[str, ...]]:
    width = 0
    for line in lines:
        cells = tuple(_CELLS.split(line.strip()))
        if len(cells) < 2 or (width and len(cells) != width):
            return
        width = len(cells)
        yield cells


def _read_list(lines: Sequence[str]) -> tuple[int, Part] | None:
    is_numbered = _NUMBERED.match(lines[0]) is not None
    items = []
    for line in lines:
        text = line.strip()
        if text.startswith(_DASH) if not is_numbered else _NUMBERED.match(text):
            items.append(text if is_numbered else text.removeprefix(_DASH))
        else:
            break
    # A single line that begins like a number may as well be a sentence ("Am 3. Mai"): it stays a paragraph.
    return (len(items), Part(items=tuple(items), is_numbered=is_numbered)) if len(items) > is_numbered else None
