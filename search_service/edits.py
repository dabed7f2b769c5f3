"""Slips of the hand and of the ear between two words: how costly they are, and which known words lie near a typed one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from search_service.letters import LETTERS, Codes, encode_letters

# Costs are negative logarithms of how likely a slip is, given that there is one at this place: what is written about typing
# errors agrees that a letter dropped, doubled or swapped with its neighbour is common, a wrong letter mostly a neighbouring key
# or a sound-alike, and the first letter seldom wrong (Pollock & Zamora, CACM 27, 1984; Damerau, CACM 7, 1964). Only their
# order and rough distance matter.
DOUBLED = 3.0  # "plannung", "Komission"
SOUND = 3.0  # the pairs below
UMLAUT = 2.5  # dots left out or put in
SWAPPED = 4.0
DROPPED = 4.0
ADDED = 5.0
NEIGHBOUR = 4.5  # the key beside
REPLACED = 6.5
AT_START = 2.5  # more for a slip at the first letter
SECOND = 2.0  # more for each further slip in the same word

_ROWS = ("qwertzuiopü", "asdfghjklöä", "yxcvbnm")
_UMLAUTS = frozenset({"aä", "oö", "uü", "äa", "öo", "üu"})
# Sounds that German spells in two ways; each pair counts in both directions.
_SOUNDS = (
    "ie ei", "ie i", "dt t", "dt d", "ph f", "v f", "v w", "k ck", "tz z", "th t", "d t", "b p", "g k", "ä e", "äu eu",
    "ai ei", "y i", "y ü", "c k", "z c", "chs x", "ks x", "ah a", "eh e", "oh o", "uh u", "sh sch", "rh r", "g ch",
)  # fmt: skip
LONGEST_TYPED = 64  # letters, one bit each
_BAND = 2  # a longer shift than the edits allowed cannot be repaired by them


@dataclass(frozen=True, slots=True)
class Slip:
    """The cheapest way from a known word to a typed one."""

    cost: float  # as the costs above, summed
    edits: int  # letters dropped, added, replaced or swapped, a pair of sounds counting once


def _pair_sounds() -> dict[str, tuple[str, ...]]:
    pairs: dict[str, tuple[str, ...]] = {}
    for line in _SOUNDS:
        one, other = line.split()
        pairs[one] = (*pairs.get(one, ()), other)
        pairs[other] = (*pairs.get(other, ()), one)
    return pairs


def _pair_neighbours() -> frozenset[str]:
    beside = {row[i] + row[i + 1] for row in _ROWS for i in range(len(row) - 1)}
    beside |= {upper + lower for above, below in pairwise(_ROWS) for upper, lower in zip(above, below, strict=False)}
    return frozenset(beside | {pair[::-1] for pair in beside})


_SAME_SOUND = _pair_sounds()
_BESIDE = _pair_neighbours()


def measure_slip(typed: str, known: str, most: int) -> Slip | None:
    """Return the cheapest slip from `known` to `typed`, both folded; None if it takes more than `most` edits.

    Optimal string alignment: Damerau and Levenshtein's edits, no letter touched twice, with sounds exchanged as a whole.
    """
    if typed == known:
        return Slip(0.0, 0)
    if abs(len(typed) - len(known)) > most:
        return None
    first = _same_start(typed, known)
    last = _same_start(typed[first:][::-1], known[first:][::-1])
    first, last = max(first - 2, 0), max(last - 1, 0)  # what is around tells doubled letters and sounds
    best = _align(typed[first : len(typed) - last], known[first : len(known) - last], most, is_start=first == 0)
    return best


def _same_start(one: str, other: str) -> int:
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _align(typed: str, known: str, most: int, is_start: bool) -> Slip | None:
    far = (float("inf"), most + 1)
    rows: list[list[tuple[float, int]]] = []
    for i in range(len(typed) + 1):
        row = [far] * (len(known) + 1)
        for j in range(max(i - _BAND, 0), min(i + _BAND, len(known)) + 1):
            row[j] = (0.0, 0) if i == j == 0 else min(_arrivals(rows, row, typed, known, i, j, is_start), default=far)
        rows.append(row)
        if i > 0 and min(cell[1] for cell in (*rows[-2], *row)) > most:
            return None
    cost, edits = rows[-1][-1]
    return Slip(cost, edits) if edits <= most else None


def _arrivals(
    rows: Sequence[Sequence[tuple[float, int]]],
    row: Sequence[tuple[float, int]],
    typed: str,
    known: str,
    i: int,
    j: int,
    is_start: bool,
) -> Iterator[tuple[float, int]]:
    """Yield cost and edits of each way into the cell for the first `i` letters typed and the first `j` known."""

    def go(cell: tuple[float, int], cost: float, at: int) -> tuple[float, int]:
        more = (AT_START if is_start and at == 0 else 0.0) + (SECOND if cell[1] else 0.0)
        return cell[0] + cost + more, cell[1] + 1

    if i and j:
        a, b = typed[i - 1], known[j - 1]
        if a == b:
            yield rows[i - 1][j - 1]
        else:
            yield go(rows[i - 1][j - 1], _replacing(a, b), j - 1)
        if i > 1 and j > 1 and a != b and a == known[j - 2] and b == typed[i - 2]:
            yield go(rows[i - 2][j - 2], SWAPPED, j - 2)
        for length in (1, 2, 3):
            for other in _SAME_SOUND.get(known[j - length : j], ()) if j >= length else ():
                if i >= len(other) and typed[i - len(other) : i] == other:
                    yield go(rows[i - len(other)][j - length], SOUND, j - length)
    if i:
        doubled = i > 1 and typed[i - 1] == typed[i - 2]
        yield go(rows[i - 1][j], DOUBLED if doubled else ADDED, j)
    if j:
        doubled = j > 1 and known[j - 1] == known[j - 2]
        yield go(row[j - 1], DOUBLED if doubled else DROPPED, j - 1)


def _replacing(typed: str, known: str) -> float:
    pair = typed + known
    return UMLAUT if pair in _UMLAUTS else NEIGHBOUR if pair in _BESIDE else REPLACED


class NearWords:
    """Finds the known words within a few edits of a typed one.

    Two numbers of 64 bits a word, one for its letters and one for its pairs of letters, rule most words out: an edit changes
    only a few of their bits. What is left is measured for all words at once.
    """

    def __init__(self, words: Sequence[str]) -> None:
        """Take different folded words; they are answered by their position."""
        lengths = np.array([len(word) for word in words], dtype=np.int64)
        self._order = np.argsort(lengths, kind="stable")
        self._words = [words[i] for i in self._order]
        self._bounds = np.searchsorted(lengths[self._order], np.arange(int(lengths.max(initial=0)) + 2))
        codes, self._lengths = encode_letters(self._words)
        self._starts = np.cumsum(self._lengths) - self._lengths
        self._letters, self._pairs = _sign(codes, self._lengths)
        self._codes = codes.astype(np.uint8)  # an eighth of the memory

    def find(self, typed: str, most: int) -> Iterator[tuple[int, Slip]]:
        """Yield position and slip of each word at most `most` edits from `typed`, in no special order.

        `typed` is folded and has at most LONGEST_TYPED letters. A sound counts as many edits as it changes letters here.
        """
        longest = len(self._bounds) - 2
        if not typed or len(typed) - most > longest:
            return
        first = int(self._bounds[max(len(typed) - most, 0)])
        last = int(self._bounds[min(len(typed) + most, longest) + 1])
        codes, lengths = encode_letters([typed])
        letters, pairs = _sign(codes, lengths)
        # A replaced letter changes two letters and four pairs, swapped letters change six pairs.
        rows = np.flatnonzero(np.bitwise_count(self._letters[first:last] ^ letters[0]) <= 2 * most) + first
        rows = rows[np.bitwise_count(self._pairs[rows] ^ pairs[0]) <= 6 * most]
        if not len(rows):
            return
        for row in rows[self._count_edits(codes, rows) <= most].tolist():
            slip = measure_slip(typed, self._words[row], most)
            if slip is not None:
                yield int(self._order[row]), slip

    def _count_edits(self, typed: Codes, rows: Codes) -> Codes:
        """Return for each row the edits between its word and `typed`, all rows at once.

        Optimal string alignment by bits, one for each letter typed (Hyyrö, Nordic Journal of Computing 10, 2003).
        """
        one, everything = np.uint64(1), np.uint64(2**64 - 1)
        places = np.zeros(LETTERS, dtype=np.uint64)  # where each letter stands in the typed word
        np.bitwise_or.at(places, typed, np.left_shift(one, np.arange(len(typed), dtype=np.uint64)))
        last = np.left_shift(one, np.uint64(len(typed) - 1))
        lengths = self._lengths[rows]
        edits = np.full(len(rows), len(typed), dtype=np.int64)
        higher = np.full(len(rows), everything)  # VP, VN, D0 of the paper
        lower, diagonal, before = (np.zeros(len(rows), dtype=np.uint64) for _ in range(3))
        for place in range(int(lengths.max())):
            inside = place < lengths
            here = places[self._codes[np.where(inside, self._starts[rows] + place, 0)]]
            swapped = ((~diagonal & here) << one) & before
            diagonal = (((here & higher) + higher) ^ higher) | here | lower | swapped
            up, down = lower | ~(diagonal | higher), diagonal & higher
            edits += np.where(inside, ((up & last) != 0).astype(np.int64) - ((down & last) != 0), 0)
            up = (up << one) | one
            higher, lower = (down << one) | ~(diagonal | up), up & diagonal
            before = here
        return edits


def _sign(codes: Codes, lengths: Codes) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """Return for each word the bits of its letters (there once, there twice) and of its pairs of neighbouring letters."""
    owners = np.repeat(np.arange(len(lengths)), lengths)
    counts = np.bincount(owners * LETTERS + codes, minlength=len(lengths) * LETTERS).reshape(-1, LETTERS)
    seen = np.concatenate([counts >= 1, counts >= 2], axis=1)
    letters = np.packbits(seen, axis=1, bitorder="little").view(np.uint64).reshape(-1)
    pairs = np.zeros(len(lengths), dtype=np.uint64)
    together = owners[1:] == owners[:-1]
    slots = ((codes[:-1] * 37 + codes[1:] * 11) % 64).astype(np.uint64)[together]
    np.bitwise_or.at(pairs, owners[1:][together], np.left_shift(np.uint64(1), slots))
    return letters, pairs
