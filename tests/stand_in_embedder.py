"""A stand-in embedder with a meaning: texts that share words point in the same direction."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from search_service.content_words import find_content_words
from search_service.embedder import Embedding, Vectors

WORD = re.compile(r"\w+")


class HashedWordsEmbedder:
    """An `Embedder` whose vectors are bags of hashed words: cosine 1 for the same words, near 0 for none in common."""

    def __init__(self, dimension: int = 256, fingerprint: str = "hashed-words@1") -> None:
        self.dimension = dimension
        self.fingerprint = fingerprint

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> list[Embedding]:
        """Return one embedding per text."""
        embeddings = []
        for text in texts:
            embeddings.append(self.embed_query(text))
            if progress is not None:
                progress(1)
        return embeddings

    def embed_query(self, text: str) -> Embedding:
        """Return the text's direction and those of its content words: for each the direction of its stem."""
        stems = [self._point(stem) for stem in find_content_words(text)]
        return Embedding(self._point(text), np.array(stems, np.float32).reshape(-1, self.dimension))

    def _point(self, text: str) -> Vectors:
        """Return the direction of a text; without words it points along the last axis, which no word does."""
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
