"""Texts to vectors: the one contract both ingest and query keep. `sentence_embedder` holds the real implementation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search_service.documents import hash_text

Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns passages and queries into vectors of one space."""

    @property
    def fingerprint(self) -> str:
        """Name and content of the model; vectors of different fingerprints must never meet."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """Return float32, shape (len(texts), dimension), rows of length 1; `progress(n)` is called after every n texts."""

    def embed_query(self, text: str) -> Vectors:
        """Return float32, shape (dimension,), length 1."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of model tokens of each text, without prefix and special tokens."""


class RememberingEmbedder:
    """An embedder that keeps the vectors of the last queries, as paging and other modes ask the same question again.

    They are kept in memory only, under a hash of the text: no question is stored.
    """

    def __init__(self, embedder: Embedder, size: int = 256) -> None:
        self._embedder = embedder
        self._size = size
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._turn = Lock()

    @property
    def fingerprint(self) -> str:
        """That of the embedder inside."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """That of the embedder inside."""
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> Vectors:
        """As the embedder inside; nothing is kept."""
        return self._embedder.embed_passages(texts, progress)

    def embed_query(self, text: str) -> Vectors:
        """As the embedder inside, at once if the query is among the last ones."""
        key = hash_text(text)
        with self._turn:
            if (known := self._vectors.get(key)) is not None:
                self._vectors.move_to_end(key)
                return known
        vector = self._embedder.embed_query(text)
        with self._turn:
            self._vectors[key] = vector
            if len(self._vectors) > self._size:
                self._vectors.popitem(last=False)
        return vector

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder inside."""
        return self._embedder.count_tokens(texts)
