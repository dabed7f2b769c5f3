"""Texts to vectors: the one contract both ingest and query keep. `sentence_embedder` holds the real implementation."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from search_service.documents import hash_text

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Embedding:
    """What a model makes of one text."""

    vector: Vectors  # shape (dimension,), length 1
    words: Vectors  # shape (content words, dimension), rows of length 1 in the order of `find_content_words`; may have no row


class Embedder(Protocol):
    """Turns passages and queries into vectors of one space."""

    @property
    def fingerprint(self) -> str:
        """Name and content of the model; vectors of different fingerprints must never meet."""

    @property
    def dimension(self) -> int:
        """Length of a vector."""

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> list[Embedding]:
        """Return one embedding per text, in their order; `progress(n)` is called after every n texts."""

    def embed_query(self, text: str) -> Embedding:
        """Return the embedding of a question."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of model tokens of each text, without prefix and special tokens."""


class RememberingEmbedder:
    """An embedder that keeps the embeddings of the last queries, as paging and other modes ask the same question again.

    They are kept in memory only, under a hash of the text: no question is stored.
    """

    def __init__(self, embedder: Embedder, size: int = 256) -> None:
        self._embedder = embedder
        self._size = size
        self._known: OrderedDict[str, Embedding] = OrderedDict()
        self._turn = Lock()

    @property
    def fingerprint(self) -> str:
        """That of the embedder inside."""
        return self._embedder.fingerprint

    @property
    def dimension(self) -> int:
        """That of the embedder inside."""
        return self._embedder.dimension

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> list[Embedding]:
        """As the embedder inside; nothing is kept."""
        return self._embedder.embed_passages(texts, progress)

    def embed_query(self, text: str) -> Embedding:
        """As the embedder inside, at once if the query is among the last ones."""
        key = hash_text(text)
        with self._turn:
            if (known := self._known.get(key)) is not None:
                self._known.move_to_end(key)
                return known
        embedding = self._embedder.embed_query(text)
        with self._turn:
            self._known[key] = embedding
            if len(self._known) > self._size:
                self._known.popitem(last=False)
        return embedding

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """As the embedder inside."""
        return self._embedder.count_tokens(texts)
