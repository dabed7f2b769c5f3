"""A stand-in embedder with a meaning: texts that share words point in the same direction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from search_service.embedder import Vectors

WORD = re.compile(r"\w+")


class HashedWordsEmbedder:
    """An `Embedder` whose vectors are bags of hashed words: cosine 1 for the same words, near 0 for none in common."""

    def __init__(self, dimension: int = 256, fingerprint: str = "hashed-words@1") -> None:
        self.dimension = dimension
        self.fingerprint = fingerprint

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return one row of length 1 per text."""
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[:] = self.embed_query(text)
            if progress is not None:
                progress(1)
        return rows

    def embed_query(self, text: str) -> Vectors:
        """Return the text's direction; a text without words points along the last axis, which no word does."""
        vector = np.zeros(self.dimension, np.float32)
        for word in words(text):
            vector[hash_of(word) % (self.dimension - 1)] += 1
        if not vector.any():
            vector[-1] = 1
        return vector / np.float32(np.linalg.norm(vector))

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of words."""
        return [len(words(text)) for text in texts]


def words(text: str) -> list[str]:
    """Return the words of a text in lower case."""
    return WORD.findall(text.casefold())


def hash_of(word: str) -> int:
    """Return a number that is the same in every process."""
    return int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "big")
