"""The result list: nearly identical passages collapsed into one, and not more passages of one document than asked for. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from search_service.embedder import Vectors
from search_service.fusion import Rows
from search_service.german import normalize
from search_service.queries import Grouping

MOST_PER_DOCUMENT = {Grouping.SPREAD: 2, Grouping.DOCUMENT: 1}
# Ranks that are looked through for nearly identical passages, whatever the page: totals must not depend on it.
COLLAPSED = 50
# Cosine from which texts that are not equal are compared word by word; one text under different titles has 0.94 to 0.97. At
# 0.97 half a text is cut for a question, at 0.95 seven, at 0.93 twenty-seven (200 questions to our corpus).
ALIKE = 0.95
SAME_SHINGLES = 0.8  # share of three-word sequences that two passages must have in common to be nearly identical (Jaccard)
_SHINGLE = 3
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Choice:
    """A passage that is shown."""

    row: int
    twins: tuple[int, ...] = ()  # rows of nearly identical passages it stands for, best first


def collapse(ranked: Rows, vectors: Vectors | None, years: NDArray[np.int64], read_text: Callable[[int], str]) -> list[Choice]:
    """Return `ranked`, best first, with nearly identical passages among the first ones as one choice, at the place of the best.

    The newest of them is shown, the best ranked of those of one year. `vectors` are those of the first rows, None if there are
    none: then only passages of the same words are found. `years` is by place in `ranked`, 0 where unknown.
    """
    depth = min(COLLAPSED, len(ranked))
    groups: list[list[int]] = []
    texts: dict[int, str] = {}
    shingles: dict[int, frozenset[tuple[str, ...]]] = {}

    def read(place: int) -> str:
        if place not in texts:
            texts[place] = read_text(int(ranked[place]))
        return texts[place]

    def cut(place: int) -> frozenset[tuple[str, ...]]:
        if place not in shingles:
            shingles[place] = cut_shingles(read(place))
        return shingles[place]

    def is_twin(first: int, second: int) -> bool:
        return read(first) == read(second) or (bool(alike[first, second]) and are_twins(cut(first), cut(second)))

    alike = np.ones((depth, depth), dtype=bool) if vectors is None else vectors[:depth] @ vectors[:depth].T >= ALIKE
    for place in range(depth):
        twin = next((group for group in groups if is_twin(group[0], place)), None)
        if twin is None:
            groups.append([place])
        else:
            twin.append(place)
    choices = []
    for group in groups:
        shown = min(group, key=lambda place: (-years[place], place))
        choices.append(Choice(int(ranked[shown]), tuple(int(ranked[place]) for place in group if place != shown)))
    return choices + [Choice(int(row)) for row in ranked[depth:]]


def cut_shingles(text: str) -> frozenset[tuple[str, ...]]:
    """Return the sequences of three words of a text, of all its words if it has fewer."""
    words = _WORD.findall(normalize(text))
    return frozenset(tuple(words[start : start + _SHINGLE]) for start in range(max(len(words) - _SHINGLE + 1, 1)))


def are_twins(first: frozenset[tuple[str, ...]], second: frozenset[tuple[str, ...]]) -> bool:
    """Tell whether two passages say nearly the same in the same words."""
    fewer, more = sorted((len(first), len(second)))
    return fewer >= SAME_SHINGLES * more and len(first & second) >= SAME_SHINGLES * len(first | second)


def limit_documents(choices: Sequence[Choice], document_of: NDArray[np.int64], grouping: Grouping) -> list[Choice]:
    """Return the choices in their order, without those beyond what `grouping` lets one document have."""
    most = MOST_PER_DOCUMENT.get(grouping)
    if most is None:
        return list(choices)
    seen: Counter[int] = Counter()
    kept = []
    for choice in choices:
        document = int(document_of[choice.row])
        seen[document] += 1
        if seen[document] <= most:
            kept.append(choice)
    return kept
