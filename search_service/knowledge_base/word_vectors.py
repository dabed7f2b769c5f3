"""The word vectors of all passages, one bit a dimension, and how well they meet the words of a question (late interaction).

Each word of the question looks for the word of the passage that is nearest to it; the mean of these cosines is the passage's
score: MaxSim (Khattab & Zaharia, ColBERT, SIGIR 2020), without any training. Of a passage's words only the signs are
kept, since the cosine with the signs ranks nearly as the cosine itself does (docs/decisions/0011).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from search_service.embedder import Vectors
from search_service.errors import KnowledgeBaseDamaged

# Words of a question that take part, the first ones: as many as ColBERT reads tokens of a query (Khattab & Zaharia 2020).
MAX_QUERY_WORDS = 32

# By byte: the signs of eight dimensions, the first in the highest bit.
_SIGNS = np.where(np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1) > 0, np.float32(1), np.float32(-1))


def pack_signs(words: Vectors) -> bytes:
    """Return the signs of word vectors, shape (n, dimension), as n * ceil(dimension / 8) bytes; zero counts as negative."""
    return np.packbits(words > 0, axis=1).tobytes()


class WordVectorIndex:
    """Answers how well passages meet the words of a question. Row i is the i-th passage."""

    def __init__(self, codes: NDArray[np.uint8], starts: NDArray[np.int64]) -> None:
        """Take all words' signs, shape (words, bytes), and where each row begins: row i is `codes[starts[i]:starts[i + 1]]`."""
        self._codes, self._starts = codes, starts

    @property
    def row_count(self) -> int:
        """Number of passages."""
        return len(self._starts) - 1

    def signs_of(self, row: int) -> bytes:
        """Return what `pack_signs` made of the words of a row."""
        return self._codes[self._starts[row] : self._starts[row + 1]].tobytes()

    def meet(self, query_words: Vectors, rows: NDArray[np.int64]) -> Vectors:
        """Return float32, shape (words of the question, len(rows)), -1 to 1: the best cosine of each with a word of each row.

        At most MAX_QUERY_WORDS take part. A passage without words has 0 everywhere; a question without words gives (0, n).
        """
        similarities, lengths = self._compare(query_words[:MAX_QUERY_WORDS], rows)
        best = np.zeros((similarities.shape[1], len(rows)), dtype=np.float32)
        filled = np.flatnonzero(lengths)
        if similarities.size:
            firsts = np.cumsum(lengths[filled]) - lengths[filled]
            best[:, filled] = np.maximum.reduceat(similarities, firsts, axis=0).T
        return best

    def compare(self, query_words: Vectors, rows: NDArray[np.int64]) -> list[Vectors]:
        """Return for each row float32, shape (words of the row, words of the question): the cosine of each pair."""
        similarities, lengths = self._compare(query_words[:MAX_QUERY_WORDS], rows)
        return np.split(similarities, np.cumsum(lengths)[:-1]) if len(rows) else []

    def _compare(self, query_words: Vectors, rows: NDArray[np.int64]) -> tuple[Vectors, NDArray[np.int64]]:
        """Return the cosines of the words of all `rows`, one after the other, and how many words each row has."""
        lengths = self._starts[rows + 1] - self._starts[rows]
        before = np.cumsum(lengths) - lengths
        places = np.repeat(self._starts[rows] - before, lengths) + np.arange(int(lengths.sum()))
        columns = np.ascontiguousarray(self._codes[places].T)
        similarities = np.zeros((len(places), len(query_words)), dtype=np.float32)
        # What each of the 256 possible bytes adds is worked out once and looked up: a fifth of the time that unpacking takes.
        for added, column in zip(_tabulate(query_words, len(columns)), columns, strict=True):
            similarities += added.take(column, axis=0)
        return similarities / np.float32(np.sqrt(query_words.shape[1])), lengths

    def to_bytes(self) -> dict[str, bytes]:
        """Return the index as named files' contents."""
        return {"words-codes.u8": self._codes.tobytes(), "words-starts.i64": self._starts.astype("<i8").tobytes()}

    @classmethod
    def from_bytes(cls, contents: Mapping[str, bytes], dimension: int) -> WordVectorIndex:
        """Return the index written by `to_bytes`; the caller has checked the bytes. Raises KnowledgeBaseDamaged."""
        codes, offsets = contents["words-codes.u8"], np.frombuffer(contents["words-starts.i64"], dtype="<i8")
        width = -(-dimension // 8)
        if not len(offsets) or offsets[-1] * width != len(codes):
            raise KnowledgeBaseDamaged("Die Dateien der Wortvektoren passen nicht zueinander.")
        return cls(np.frombuffer(codes, dtype=np.uint8).reshape(-1, width), offsets)


def _tabulate(query_words: Vectors, width: int) -> Vectors:
    """Return float32, shape (width, 256, words): the product of eight dimensions of each word with the signs of each byte."""
    eights = np.zeros((len(query_words), 8 * width), dtype=np.float32)
    eights[:, : query_words.shape[1]] = query_words
    return _SIGNS @ eights.reshape(len(query_words), width, 8).transpose(1, 2, 0)


def build_word_vector_index(packed: Sequence[bytes], dimension: int) -> WordVectorIndex:
    """Return the index over what `pack_signs` made of each passage's words, in the order of rows."""
    width = -(-dimension // 8)
    starts = np.zeros(len(packed) + 1, dtype=np.int64)
    np.cumsum([len(signs) // width for signs in packed], out=starts[1:])
    return WordVectorIndex(np.frombuffer(b"".join(packed), dtype=np.uint8).reshape(-1, width), starts)
