"""A document's table of contents as a tree, from the headings that begin at its passages. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

# A flat list of more is no overview: beyond, what stands below the first level is folded.
MOST_OPEN = 60
# "Tipp", "Warnung", "Beispiel": what stands over a box again and again is no section. In a handbook of 276 pages this leaves
# out 173 of 545 headings.
MOST_REPEATED = 4


@dataclass(frozen=True, slots=True)
class Entry:
    """A heading with those under it."""

    text: str
    anchor: str  # the id of the passage where it begins
    place: str  # "S. 12", "Folie 3"; "" in formats without pages
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """A table of contents."""

    entries: tuple[Entry, ...]
    count: int  # of headings on all levels
    is_folded: bool  # what stands below the first level is folded


def build_outline(headings: Iterable[tuple[int, Entry]]) -> Outline:
    """Return the tree of headings in reading order, each with its depth, 0 outermost.

    Those that stand there more than MOST_REPEATED times are left out. A single heading on the first level that has all others
    under it gives its place to them: it tells nothing apart.
    """
    given = list(headings)
    counts = Counter(entry.text for _, entry in given)
    flat = [(depth, entry) for depth, entry in given if counts[entry.text] <= MOST_REPEATED]
    entries = _nest(flat)
    if len(entries) == 1 and entries[0].entries:
        entries = (replace(entries[0], entries=()), *entries[0].entries)
    return Outline(entries, len(flat), len(flat) > MOST_OPEN)


def _nest(flat: Sequence[tuple[int, Entry]]) -> tuple[Entry, ...]:
    """Return the entries with their children: what follows and is deeper. A level left out makes no empty entry."""
    nested = []
    index = 0
    while index < len(flat):
        depth, entry = flat[index]
        end = index + 1
        while end < len(flat) and flat[end][0] > depth:
            end += 1
        nested.append(replace(entry, entries=_nest(flat[index + 1 : end])))
        index = end
    return tuple(nested)
