"""Running headers, footers and page numbers: what repeats at the edge of pages, and the printed labels in it. Pure."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.extract.layout import Row

EDGE_ROWS = 4  # rows from the upper and the lower edge that can belong to a header or footer
SAME_PLACE = 8.0  # points that a running row may wander between pages
BAND = 3.0  # points; rows of a header whose text changes with the chapter sit this exactly at one height
BAND_SHARE = 0.5  # of the pages must have a running row in a band before its other rows count as running, too
ROMAN = re.compile(r"m{0,3}(?:cm|cd|d?c{0,3})(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3})", re.IGNORECASE)
ROMAN_VALUES = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100, "d": 500, "m": 1000}
PAGE_WORD = re.compile(r"^[–—\-|·\s]*(?:seite|page|s\.)?\s*(\w+)\s*(?:(?:von|of|/)\s*\d+)?[–—\-|·\s]*$", re.IGNORECASE)
PAGE_OF = re.compile(r"\b(?:seite|page)\s+(\d{1,4})(?:\s*(?:von|of|/)\s*\d{1,4})?\b", re.IGNORECASE)
MAX_NUMBER = 9999


@dataclass(frozen=True, slots=True)
class Running:
    """What was found out about the edges of all pages."""

    rows: list[set[int]]  # per page: positions of the rows that are furniture
    labels: list[str | None]  # per page: the number printed on it


@dataclass(frozen=True, slots=True)
class _Edge:
    page: int
    position: int  # of the row on its page
    place: float  # distance from the upper or, negative, from the lower edge
    key: str
    text: str
    size: float


def find_running(pages: Sequence[Sequence[Row]], heights: Sequence[float]) -> Running:
    """Find running rows. `pages` holds each page's rows from top to bottom, taken over the full width."""
    edges = [edge for number, rows in enumerate(pages) for edge in _read_edges(number, rows, heights[number])]
    labels = _read_labels(edges, len(pages))
    found = {(e.page, e.position) for e in edges if _is_label_row(e, labels)}
    found |= _find_repeated(edges, len(pages))
    found |= _find_bands(edges, found, len(pages))
    rows: list[set[int]] = [set() for _ in pages]
    for page, position in found:
        rows[page].add(position)
    return Running(rows, labels)


def parse_roman(text: str) -> int | None:
    """Return the value of a roman numeral, None for anything else."""
    if not text or not ROMAN.fullmatch(text):
        return None
    values = [ROMAN_VALUES[letter] for letter in text.lower()]
    return sum(-v if v < after else v for v, after in zip(values, [*values[1:], 0], strict=True))


def _read_edges(page: int, rows: Sequence[Row], height: float) -> list[_Edge]:
    upper = range(min(EDGE_ROWS, len(rows)))
    lower = range(max(len(rows) - EDGE_ROWS, 0), len(rows))
    edges = []
    for positions, sign in ((upper, 1), (lower, -1)):
        for position in positions:
            row = rows[position]
            place = row.y if sign > 0 else row.y - height
            if (sign > 0 and row.y > 0.5 * height) or (sign < 0 and row.y < 0.5 * height):
                continue
            edges.append(_Edge(page, position, place, _key(row.text), row.text.strip(), row.size))
    return edges


def _key(text: str) -> str:
    tokens = ("#" if parse_roman(token) else re.sub(r"\d+", "#", token) for token in text.casefold().split())
    return " ".join(tokens)


def _numbers(text: str) -> list[tuple[str, int, str]]:
    """Return (kind, value, as printed) of what may be the page number in a running row."""
    tokens = text.split()
    if not tokens:
        return []
    candidates = [tokens[0], tokens[-1]]
    candidates += [found[1] for found in (PAGE_WORD.match(text), PAGE_OF.search(text)) if found]
    numbers = []
    for token in (candidate.strip("–—-|·.[]()") for candidate in candidates):
        if token.isascii() and token.isdigit() and int(token) <= MAX_NUMBER:
            numbers.append(("arabic", int(token), token))
        elif (value := parse_roman(token)) is not None and value < 100:
            numbers.append(("roman", value, token))
    return numbers


def _read_labels(edges: Sequence[_Edge], count: int) -> list[str | None]:
    """A number is a label if it keeps step with the pages: the same distance on at least two pages, at one edge and height."""
    votes: dict[tuple[str, int, int], dict[int, str]] = defaultdict(dict)
    for edge in edges:
        for kind, value, printed in _numbers(edge.text):
            votes[kind, value - edge.page, round(edge.place / SAME_PLACE)][edge.page] = printed
    labels: list[str | None] = [None] * count
    for steps in sorted(votes.values(), key=len):  # the distance with the most pages is written last and wins
        if len(steps) >= 2:
            for page, printed in steps.items():
                labels[page] = printed
    return labels


def _is_label_row(edge: _Edge, labels: Sequence[str | None]) -> bool:
    """A row with nothing but the label is furniture wherever it stands; so is „Seite 1 von 1“."""
    found = PAGE_WORD.match(edge.text)
    if found is None:
        return False
    return found[1] == labels[edge.page] or (
        found[1].isdigit() and bool(re.search(r"von|of|seite|page", edge.text, re.IGNORECASE))
    )


def _find_repeated(edges: Sequence[_Edge], count: int) -> set[tuple[int, int]]:
    groups: dict[str, list[_Edge]] = defaultdict(list)
    for edge in edges:
        if edge.key.strip("# .-–|/"):
            groups[edge.key].append(edge)
    needed = 2 if count <= 6 else 3
    found = set()
    for group in groups.values():
        for edge in group:
            near = {other.page for other in group if abs(other.place - edge.place) <= SAME_PLACE}
            if len(near) >= needed:
                found.add((edge.page, edge.position))
    return found


def _find_bands(edges: Sequence[_Edge], found: set[tuple[int, int]], count: int) -> set[tuple[int, int]]:
    """Headers that name the chapter change too often to repeat, but sit where the repeated ones sit."""
    if count < 4:
        return set()
    places = Counter(round(e.place / BAND) for e in edges if (e.page, e.position) in found)
    sizes = {round(e.place / BAND): e.size for e in edges if (e.page, e.position) in found}
    bands = {place for place, pages in places.items() if pages >= BAND_SHARE * count}
    return {
        (e.page, e.position)
        for e in edges
        if any(round(e.place / BAND) == band and abs(e.size - sizes[band]) <= 0.3 for band in bands)
    }
