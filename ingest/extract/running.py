"""Running headers, footers and page numbers: what repeats at the edge of pages, and the printed labels in it. Pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from ingest.extract.labels import PAGE_WORD, Candidate, Run, find_candidates, parse_roman, read_labels
from ingest.extract.layout import Row

EDGE_ROWS = 4  # rows from the upper and the lower edge that can belong to a header or footer
SAME_PLACE = 8.0  # points that a running row may wander between pages
BAND = 3.0  # points; rows of a header whose text changes with the chapter sit this exactly at one height
WRAP_PITCH = 1.6  # em between the lines of a header that runs over two
BAND_SHARE = 0.5  # of the pages must have a running row in a band before its other rows count as running, too
PARTLY_SHARE = 0.25  # of the pages must share the beginning or end of their outermost row
END_WORDS = 3
END_LETTERS = 10  # "in den" begins many lines, "Reihe Wandel" none but headers
LONG_ROW = 300  # characters; a longer row is no header
PAGE_NAME = re.compile(r"von|of|seite|page", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Running:
    """What was found out about the edges of all pages."""

    rows: list[set[int]]  # per page: positions of the rows that are furniture
    runs: list[Run]  # of printed page numbers
    keys: frozenset[str]  # of running rows, as `key_of` gives them


@dataclass(frozen=True, slots=True)
class _Edge:
    page: int
    position: int  # of the row on its page
    place: float  # distance from the upper or, negative, from the lower edge
    key: str
    text: str
    size: float
    parts: tuple[str, ...]  # its segments
    rank: int  # 0 for the outermost row of its edge
    next_out: int  # position of the row between it and the edge


def find_running(pages: Sequence[Sequence[Row]], heights: Sequence[float]) -> Running:
    """Find running rows. `pages` holds each page's rows from top to bottom, taken over the full width."""
    edges = [edge for number, rows in enumerate(pages) for edge in _read_edges(number, rows, heights[number])]
    candidates = [candidate for edge in edges for candidate in _find_numbers(edge)]
    labels, runs = read_labels(candidates, len(pages))
    found = {(e.page, e.position) for e in edges if _is_label_row(e, labels)}
    repeated = _find_repeated(edges, _find_originals(pages), len(pages))
    keys = frozenset(edge.key for edge in edges if (edge.page, edge.position) in repeated)
    found |= repeated
    found |= _find_partly_repeated(edges, found, labels, len(pages))
    found |= _find_bands(edges, found, len(pages))
    rows: list[set[int]] = [set() for _ in pages]
    for page, position in found:
        rows[page].add(position)
    return Running(rows, runs, keys)


def key_of(text: str) -> str:
    """Return a row's text as it is compared between pages: numbers do not count, nor does case."""
    tokens = ("#" if parse_roman(token) else re.sub(r"\d+", "#", token) for token in text.casefold().split())
    return " ".join(tokens)


def _read_edges(page: int, rows: Sequence[Row], height: float) -> list[_Edge]:
    upper = range(min(EDGE_ROWS, len(rows)))
    lower = range(max(len(rows) - EDGE_ROWS, 0), len(rows))
    edges = []
    for positions, sign in ((upper, 1), (lower, -1)):
        for rank, position in enumerate(positions if sign > 0 else reversed(positions)):
            row = rows[position]
            place = row.y if sign > 0 else row.y - height
            if (sign > 0 and row.y > 0.5 * height) or (sign < 0 and row.y < 0.5 * height) or len(row.text) > LONG_ROW:
                continue
            parts = tuple(segment.text.strip() for segment in row.segments)
            edges.append(
                _Edge(page, position, place, key_of(row.text), row.text.strip(), row.size, parts, rank, position - sign)
            )
    return edges


def _find_numbers(edge: _Edge) -> list[Candidate]:
    return find_candidates(edge.page, _place_of(edge), edge.text)


def _place_of(edge: _Edge) -> int:
    return round(edge.place / SAME_PLACE)


def _is_label_row(edge: _Edge, labels: Sequence[Candidate | None]) -> bool:
    """A row with nothing but the label is furniture wherever it stands; so is „Seite 1 von 1“."""
    found = PAGE_WORD.match(edge.text)
    if found is None:
        return False
    label = labels[edge.page]
    return (label is not None and found[1] == label.printed) or (found[1].isdigit() and bool(PAGE_NAME.search(edge.text)))


def _find_originals(pages: Sequence[Sequence[Row]]) -> frozenset[int]:
    """Return the pages that are no copies of one before, such as the second of a form's two: copies repeat their text, too."""
    originals: dict[tuple[str, ...], int] = {}
    for number, rows in enumerate(pages):
        border = EDGE_ROWS if len(rows) > 3 * EDGE_ROWS else 1
        body = tuple(key_of(row.text) for row in rows[border:-border])
        originals.setdefault(body or (str(number),), number)
    return frozenset(originals.values())


def _find_repeated(edges: Sequence[_Edge], originals: Collection[int], count: int) -> set[tuple[int, int]]:
    groups: dict[str, list[_Edge]] = defaultdict(list)
    for edge in edges:
        if edge.key.strip("# .-–|/"):
            groups[edge.key].append(edge)
    needed = 2 if count <= 6 else 3
    return {found for group in groups.values() for found in _find_neighbours(group, originals, needed)}


def _find_neighbours(group: list[_Edge], originals: Collection[int], needed: int) -> Collection[tuple[int, int]]:
    """Return the rows of one text that stand at about the same height on enough pages."""
    ordered = sorted((edge for edge in group if edge.page in originals), key=lambda edge: edge.place)
    places = [edge.place for edge in ordered]
    found = []
    for edge in group:
        near = ordered[bisect_left(places, edge.place - SAME_PLACE) : bisect_right(places, edge.place + SAME_PLACE)]
        # Two pages at most show a row twice near one place (as header and footer of a page with few rows).
        if len(near) >= 2 * needed or len({other.page for other in near}) >= needed:
            found.append((edge.page, edge.position))
    return found


def _find_partly_repeated(
    edges: Sequence[_Edge], found: set[tuple[int, int]], labels: Sequence[Candidate | None], count: int
) -> set[tuple[int, int]]:
    """Headers that name a series and the chapter: one end of the row repeats, or is the page's number, the rest changes.

    Only the outermost row of an edge is looked at, and the one next to it if that is a running row.
    """
    outer = [edge for edge in edges if _is_outermost(edge, found)]
    ends: dict[tuple[str, int], set[int]] = defaultdict(set)
    for edge in outer:
        for end in _ends_of(edge):
            for place in (math.floor(edge.place / SAME_PLACE), math.ceil(edge.place / SAME_PLACE)):
                ends[end, place].add(edge.page)
    needed = max(3, PARTLY_SHARE * count)
    shared = set()
    for edge in outer:
        places = (math.floor(edge.place / SAME_PLACE), math.ceil(edge.place / SAME_PLACE))
        repeats = any(len(ends[end, place]) >= needed for end in _ends_of(edge) for place in places)
        label = labels[edge.page]
        is_numbered = label is not None and label.place == _place_of(edge) and len(edge.parts) > 1
        has_label = is_numbered and label is not None and label.printed in (edge.parts[0], edge.parts[-1])
        if repeats or has_label:
            shared.add((edge.page, edge.position))
    return shared


def _is_outermost(edge: _Edge, found: set[tuple[int, int]]) -> bool:
    return edge.rank == 0 or (edge.rank == 1 and (edge.page, edge.next_out) in found)


def _ends_of(edge: _Edge) -> set[str]:
    """Return the first and last words of a row, enough of them to be no accident."""
    tokens = edge.key.split()
    ends = {" ".join(tokens[:END_WORDS]), " ".join(tokens[-END_WORDS:])} if len(tokens) > END_WORDS else set()
    ends |= {key_of(part) for part in edge.parts if len(edge.parts) > 1}
    return {end for end in ends if sum(map(str.isalpha, end)) >= END_LETTERS}


def _find_bands(edges: Sequence[_Edge], found: set[tuple[int, int]], count: int) -> set[tuple[int, int]]:
    """Headers that name the chapter change too often to repeat, but sit where the repeated ones sit.

    A long title wraps: then the header grows outwards, and the outermost row goes on in a row of the band.
    """
    if count < 4:
        return set()
    places = Counter(round(e.place / BAND) for e in edges if (e.page, e.position) in found)
    sizes = {round(e.place / BAND): e.size for e in edges if (e.page, e.position) in found}
    bands = {place for place, pages in places.items() if pages >= BAND_SHARE * count}
    running = {
        (e.page, e.position): e
        for e in edges
        if any(round(e.place / BAND) == band and abs(e.size - sizes[band]) <= 0.3 for band in bands)
    }
    below = {(e.page, e.next_out): e for e in running.values() if e.rank == 1 and e.place > 0}
    wrapped = {
        (e.page, e.position)
        for e in edges
        if e.rank == 0
        and (inner := below.get((e.page, e.position))) is not None
        and abs(e.size - inner.size) <= 0.3
        and 0 < inner.place - e.place <= WRAP_PITCH * e.size
    }
    return {*running, *wrapped}
