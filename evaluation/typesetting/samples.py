"""The known German texts in one neutral form, from which the input of every engine and the truth are made.

A text file starts with a few `name: value` lines, then `---`, then blocks parted by empty lines: `# Title` and `## Title`
(` {vorspann}` behind it: without number, in the front matter), paragraphs, list items (`- ` with a bullet, `+ ` with a
number; one a line), and tables (`Tabelle: caption`, then rows `| a | b |`, header first). Within running text `*bold*` is
bold and `^[…]` is a footnote at this place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

TEXTS = Path(__file__).parent / "texts"  # looked at while the readers were built
UNSEEN = Path(__file__).parent / "unseen"  # kept back: who builds readers is told kinds of failures, not texts
FRONT = " {vorspann}"


class Kind(StrEnum):
    """What an item is; the names are those of `ingest.blocks.BlockKind`."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST_ITEM = "list_item"
    TABLE = "table"
    CAPTION = "caption"
    FOOTNOTE = "footnote"


class Ink(StrEnum):
    """How a run of letters is set."""

    PLAIN = "plain"
    BOLD = "bold"
    NOTE = "note"  # the text of a footnote whose mark stands here


@dataclass(frozen=True, slots=True)
class Run:
    """Letters set alike."""

    ink: Ink
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """One part of a text, in the order of reading."""

    kind: Kind
    runs: tuple[Run, ...] = ()  # of a heading without its number, of a caption without „Tabelle 1: “
    level: int | None = None  # of headings
    number: str | None = None  # printed before it by the engine: "2.1", "3." in a list, "1" of a table
    in_front: bool = False  # stands in the front matter with roman page numbers
    rows: tuple[tuple[str, ...], ...] = ()  # of tables, header first

    @property
    def text(self) -> str:
        """Return what a reader sees of the item itself: its number and letters, no footnotes; rows of tables as lines."""
        if self.kind is Kind.TABLE:
            return "\n".join(" ".join(row) for row in self.rows)
        letters = "".join(run.text for run in self.runs if run.ink is not Ink.NOTE)
        if self.kind is Kind.CAPTION:
            return f"Tabelle {self.number}: {letters}"
        return f"{self.number} {letters}" if self.number else letters

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the texts of its footnotes in order."""
        return tuple(run.text for run in self.runs if run.ink is Ink.NOTE)


@dataclass(frozen=True, slots=True)
class Sample:
    """A known text."""

    name: str
    title: str
    subtitle: str
    header: str  # printed at the head of every page, found nowhere in the text
    footer: str  # printed at the foot
    is_numbered: bool  # headings carry decimal numbers
    items: tuple[Item, ...]


def read_samples(folder: Path = TEXTS) -> list[Sample]:
    """Return all texts of a folder by name."""
    return [parse_sample(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.txt"))]


def parse_sample(name: str, source: str) -> Sample:
    """Return the text; ValueError or KeyError if the head of the source lacks a line."""
    head, body = source.split("\n---\n", maxsplit=1)
    values = dict(line.split(": ", maxsplit=1) for line in head.splitlines())
    is_numbered = values["nummeriert"] == "ja"
    items = tuple(_number(_parse_blocks(body), is_numbered))
    return Sample(name, values["titel"], values["untertitel"], values["kopf"], values["fuss"], is_numbered, items)


def parse_runs(text: str) -> tuple[Run, ...]:
    """Part running text into plain and bold letters and footnotes."""
    runs = []
    for match in re.finditer(r"\^\[(?P<note>[^\]]*)\]|\*(?P<bold>[^*]+)\*|(?P<plain>(?:[^*^]|\^(?!\[)|\*(?![^*]+\*))+)", text):
        ink = next(ink for ink in Ink if match[ink.value] is not None)
        runs.append(Run(ink, match[ink.value]))
    return tuple(runs)


def _parse_blocks(body: str) -> Iterator[Item]:
    for block in filter(None, map(str.strip, re.split(r"\n\s*\n", body))):
        first, *rest = block.split("\n")
        if match := re.match(r"(#+) (.*)", first):
            title = match[2]
            yield Item(Kind.HEADING, parse_runs(title.removesuffix(FRONT)), len(match[1]), in_front=title.endswith(FRONT))
        elif first.startswith("Tabelle: "):
            yield Item(Kind.CAPTION, parse_runs(first.removeprefix("Tabelle: ")))
            yield Item(Kind.TABLE, rows=tuple(tuple(row.strip("| ").split(" | ")) for row in rest))
        elif first.startswith(("- ", "+ ")):
            for line in (first, *rest):
                yield Item(Kind.LIST_ITEM, parse_runs(line[2:]), number="+" if line.startswith("+ ") else None)
        else:
            yield Item(Kind.PARAGRAPH, parse_runs(" ".join((first, *rest))))


def _number(items: Iterator[Item], is_numbered: bool) -> Iterator[Item]:
    """Give headings, numbered list items and captions the number that the engines print."""
    counts = [0, 0, 0]
    listed = tables = 0
    in_front = False
    for item in items:
        number = None
        listed = listed + 1 if item.number == "+" else 0
        if item.kind is Kind.HEADING:
            in_front = item.in_front
            depth = item.level or 1
            if not in_front:
                counts = [*counts[: depth - 1], counts[depth - 1] + 1, *[0] * (3 - depth)]
                number = ".".join(map(str, counts[:depth])) if is_numbered else None
        elif item.kind is Kind.CAPTION:
            number = str(tables := tables + 1)
        elif listed:
            number = f"{listed}."
        yield Item(item.kind, item.runs, item.level, number, in_front, item.rows)
