"""The real model with a memory for passages: whatever several tests take in is embedded once in a run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from search_service.embedder import Embedder, Embedding, RememberingEmbedder


class RememberingPassages(RememberingEmbedder):
    """An embedder that keeps the embeddings of all passages, too, in memory."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder)
        self._passages: dict[str, Embedding] = {}

    def embed_passages(self, texts: Sequence[str], progress: Callable[[int], None] | None = None) -> list[Embedding]:
        """As the embedder inside, at once for what was embedded before; `progress` is told of new ones first."""
        new = [text for text in dict.fromkeys(texts) if text not in self._passages]
        self._passages |= zip(new, super().embed_passages(new, progress), strict=True)
        if progress is not None and len(new) < len(texts):
            progress(len(texts) - len(new))
        return [self._passages[text] for text in texts]
