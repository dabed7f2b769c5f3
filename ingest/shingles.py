"""How much text two documents share: word shingles, their MinHash signatures and the pairs worth comparing. Pure.

A text becomes the set of its five-word shingles, each a 64-bit number that is the same on every machine. A signature
estimates the Jaccard index of two sets without the sets (Broder, On the resemblance and containment of documents, 1997);
bands of a signature find the pairs (Leskovec, Rajaraman & Ullman, Mining of Massive Datasets, section 3.4).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from search_service.german import tokenize

Shingles = NDArray[np.uint64]  # shape (n,), ascending, distinct
Signature = NDArray[np.uint32]  # shape (SIGNATURE_LENGTH,)

SHINGLE_WORDS = 5  # the field's choice for prose: four words are shared by chance, six break at every small change
SIGNATURE_LENGTH = 128  # standard error of the estimate at most 0.044
SIGNATURE_METHOD = 2  # raise whenever shingles or signatures come out differently; stored ones are made again
BAND_ROWS = 2  # 64 bands of 2: a pair of Jaccard 0.2 is found with 93 %, of 0.36 with 99.99 %
MIN_ESTIMATE = 0.1  # pairs below are chance meetings of two rows
MAX_BUCKET = 200  # documents that agree in one band are all paired up to here, above only each with the next
_EVERY_SHINGLE_AT_ONCE = 20_000  # 20 MB of products

_WORD_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no place of a word in a shingle is lost


@dataclass(frozen=True, slots=True)
class Overlap:
    """How much two sets of shingles share."""

    shared: int
    first: int  # size of the first set, > 0
    second: int

    @property
    def of_smaller(self) -> float:
        """Share of the smaller set that the larger holds, 0 to 1: the containment."""
        return self.shared / min(self.first, self.second)

    @property
    def of_larger(self) -> float:
        """Share of the larger set that the smaller holds, 0 to 1."""
        return self.shared / max(self.first, self.second)

    @property
    def size_ratio(self) -> float:
        """Size of the smaller set in relation to the larger, 0 to 1."""
        return min(self.first, self.second) / max(self.first, self.second)


def shingle(texts: Iterable[str]) -> Shingles:
    """Return the shingles of passages; none reaches over the end of a passage, where editions are cut differently."""
    parts = []
    for text in texts:
        words = np.array([_hash_word(token.word) for token in tokenize(text)], dtype=np.uint64)
        count = len(words) - SHINGLE_WORDS + 1
        if count > 0:
            mixed = np.zeros(count, dtype=np.uint64)
            for offset in range(SHINGLE_WORDS):
                mixed = mixed * _WORD_MULTIPLIER + words[offset : offset + count]
            parts.append(mixed)
    return np.unique(np.concatenate(parts)) if parts else np.zeros(0, dtype=np.uint64)


def sign(shingles: Shingles) -> Signature:
    """Return the signature of a set that is not empty: for each of the hash functions the smallest value."""
    lowest = np.full(SIGNATURE_LENGTH, 2**64 - 1, dtype=np.uint64)
    for start in range(0, len(shingles), _EVERY_SHINGLE_AT_ONCE):
        part = shingles[start : start + _EVERY_SHINGLE_AT_ONCE]
        lowest = np.minimum(lowest, (part[:, None] * _MULTIPLIERS + _SUMMANDS).min(axis=0))
    return (lowest >> np.uint64(32)).astype(np.uint32)  # the upper half is the better mixed


def measure_overlap(first: Shingles, second: Shingles) -> Overlap:
    """Return what two sets share, counted."""
    return Overlap(len(np.intersect1d(first, second, assume_unique=True)), len(first), len(second))


def find_similar_pairs(signatures: Sequence[Signature]) -> Iterator[tuple[int, int]]:
    """Yield each pair of positions (smaller first) whose sets probably share a tenth or more, once, in ascending order."""
    if len(signatures) < 2:
        return
    matrix = np.stack(signatures)
    pairs: set[tuple[int, int]] = set()
    for start in range(0, SIGNATURE_LENGTH, BAND_ROWS):
        keys = matrix[:, start].astype(np.uint64) << np.uint64(32) | matrix[:, start + 1]
        order = np.argsort(keys, kind="stable")
        borders = np.flatnonzero(np.diff(keys[order])) + 1
        for bucket in np.split(order, borders):
            if len(bucket) > 1:
                pairs.update(_pair(bucket.tolist()))
    for first, second in sorted(pairs):
        if np.mean(matrix[first] == matrix[second]) >= MIN_ESTIMATE:
            yield first, second


def _pair(bucket: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the pairs of a bucket in ascending order; a huge one holds what all share, and a chain keeps it connected."""
    for place, first in enumerate(bucket):
        others = bucket[place + 1 :] if len(bucket) <= MAX_BUCKET else bucket[place + 1 : place + 2]
        yield from ((first, second) for second in others)


def _draw(purpose: str) -> NDArray[np.uint64]:
    """Return numbers without a pattern that stay the same whatever the versions: stored signatures depend on them."""
    return np.array([_hash_word(f"{purpose} {number}") for number in range(SIGNATURE_LENGTH)], dtype=np.uint64)


@lru_cache(maxsize=200_000)
def _hash_word(word: str) -> int:
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")


_MULTIPLIERS = _draw("multiplier") | np.uint64(1)  # odd: no two shingles fall together
_SUMMANDS = _draw("summand")
