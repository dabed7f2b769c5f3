"""Pages of words to blocks: the one way for every format with pages, text layer or recognised. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.blocks import Block
from ingest.extract.columns import order_rows
from ingest.extract.labels import settle_labels
from ingest.extract.layout import Row, build_segments, group_lines, make_row, make_segment
from ingest.extract.pdf_words import PageWords, Turned
from ingest.extract.running import EDGE_ROWS, Running, find_running, key_of
from ingest.extract.structure import PageRows, TurnedRows, build_blocks

MAX_NAMED = 20  # page numbers that a notice lists
REPEATED = 3  # pages from which on a turned text is a stamp; 2 in short documents
SHORT = 6  # pages


@dataclass(frozen=True, slots=True)
class Composed:
    """The blocks of a document, and what the report should say about its pages."""

    blocks: list[Block]
    notices: tuple[str, ...]


def build_pages(pages: Sequence[PageWords], filed: Sequence[str] | None, outline: Mapping[str, int]) -> list[Block]:
    """Return the blocks of a document; see `compose_pages`."""
    return compose_pages(pages, filed, outline).blocks


def compose_pages(pages: Sequence[PageWords], filed: Sequence[str] | None, outline: Mapping[str, int]) -> Composed:
    """Return blocks and notices. `filed` holds the labels that the file names ("" for none), None if it names none.

    `outline` maps titles (as `normalise_title` gives them) to levels, 1 is outermost.
    """
    segments = [build_segments(page.words, page.rules) for page in pages]
    lines = [group_lines(found) for found in segments]
    edges = [_edge_positions(len(found)) for found in lines]
    rows = [
        [make_row(found[position], 0, 0.0, page.width) for position in positions]
        for page, found, positions in zip(pages, lines, edges, strict=True)
    ]
    running = find_running(rows, [page.height for page in pages])
    furniture = [{positions[row] for row in rows} for positions, rows in zip(edges, running.rows, strict=True)]
    if all(len(left_out) == len(found) for left_out, found in zip(furniture, lines, strict=True)):
        furniture = [set() for _ in pages]  # copies of one short page: what is all there is, is no header
    labels = settle_labels(running.runs, len(pages), filed)
    turned, stamps = _sort_turned(pages, running)
    prepared = []
    for number, (page, found) in enumerate(zip(pages, lines, strict=True)):
        kept = [segment for position, line in enumerate(found) if position not in furniture[number] for segment in line]
        prepared.append(
            PageRows(order_rows(kept, page.rules), page.rules, page.frame, labels.pages[number], turned.get(number, ()))
        )
    notices = (*labels.notices, *([_say_stamps(stamps)] if stamps else []))
    return Composed(build_blocks(prepared, outline), notices)


def name_pages(numbers: Sequence[int]) -> str:
    """Return 1-based page numbers as a notice lists them."""
    return ", ".join(map(str, numbers[:MAX_NAMED])) + (" …" if len(numbers) > MAX_NAMED else "")


def _edge_positions(count: int) -> list[int]:
    """Return the positions of the lines at the edges of a page, which are all that can be furniture."""
    return list(range(count)) if count <= 2 * EDGE_ROWS else [*range(EDGE_ROWS), *range(count - EDGE_ROWS, count)]


def _sort_turned(pages: Sequence[PageWords], running: Running) -> tuple[dict[int, tuple[TurnedRows, ...]], list[int]]:
    """Return the turned texts to keep by page, and the pages on which stamps that repeat were left out."""
    found = {
        (number, position): _read_turned(part) for number, page in enumerate(pages) for position, part in enumerate(page.turned)
    }
    texts = {(number, key_of(row.text)) for (number, _), rows in found.items() for row in rows}
    counts = Counter(key for _, key in texts)
    needed = 2 if len(pages) <= SHORT else REPEATED
    kept: dict[int, tuple[TurnedRows, ...]] = {}
    stamped: list[int] = []
    for (number, position), rows in found.items():
        own = [row for row in rows if counts[key_of(row.text)] < needed and key_of(row.text) not in running.keys]
        own = [row for row in own if any(map(str.isalpha, row.text))]
        if own:
            kept[number] = (*kept.get(number, ()), TurnedRows(own, pages[number].turned[position].frame))
        if any(counts[key_of(row.text)] >= needed and key_of(row.text).strip("# ") for row in rows):
            stamped.append(number + 1)
    return kept, sorted(set(stamped))


def _read_turned(part: Turned) -> list[Row]:
    if part.oblique:
        return [make_row([make_segment(part.words)], 0, 0.0, part.frame.width)] if part.words else []
    return order_rows(build_segments(part.words))


def _say_stamps(numbers: Sequence[int]) -> str:
    where = f"Seite {numbers[0]}" if len(numbers) == 1 else f"{len(numbers)} Seiten ({name_pages(numbers)})"
    return f"Gedrehter oder schräger Text, der sich wiederholt (Randstempel, Wasserzeichen), wurde ausgelassen: {where}."
