"""A knowledge base made larger by copies of itself, to measure what a search costs in one of a given size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from search_service.documents import Document, Passage
from search_service.embedder import Vectors
from search_service.knowledge_base.generation import Generation, write_generation

SEED = 20_261_123  # any fixed number: the same copies every time
# How far a copy's vector is moved, as a share of its length: the cosines of copies differ, and their order is no tie.
NOISE = 0.02


@dataclass(frozen=True, slots=True)
class Replica:
    """All that a generation is written from."""

    documents: Sequence[Document]
    passages: Sequence[Passage]
    vectors: Vectors
    word_signs: Sequence[bytes]


def replicate(generation: Generation, passages: int) -> Replica:
    """Return the documents of a generation that has vectors, as often as needed for `passages` or a few more passages.

    Copies of a document keep its text, so that postings grow as in a real corpus of the same subjects, and have ids and
    slightly moved vectors of their own. Raises ValueError if the generation has no vectors or no passages.
    """
    if generation.dense is None or generation.words is None or not generation.manifest.passages:
        raise ValueError("only a generation with passages and vectors can be replicated")
    rows = np.arange(generation.manifest.passages, dtype=np.int64)
    own_passages = [generation.passage(int(row)) for row in rows]
    own_vectors = generation.dense.vectors(rows)
    own_signs = [generation.words.signs_of(int(row)) for row in rows]
    times = -(-passages // len(rows))
    chance = np.random.default_rng(SEED)
    documents: list[Document] = []
    copies: list[Passage] = []
    vectors: list[Vectors] = []
    for number in range(times):
        documents += [_copy_document(document, number) for document in generation.documents]
        copies += [_copy_passage(passage, number) for passage in own_passages]
        moved = own_vectors + chance.normal(0, NOISE / np.sqrt(own_vectors.shape[1]), own_vectors.shape) * (number > 0)
        vectors.append((moved / np.linalg.norm(moved, axis=1, keepdims=True)).astype(np.float32))
    return Replica(documents, copies, np.concatenate(vectors), own_signs * times)


def write_replica(replica: Replica, model: str, root: Path) -> int:
    """Publish a replica as the first generation under `root`; return the bytes it takes on disk."""
    number = write_generation(
        root,
        revision=1,
        published_at=datetime.now(UTC),
        documents=replica.documents,
        passages=replica.passages,
        vectors=replica.vectors,
        word_signs=replica.word_signs,
        model=model,
    )
    return sum(file.stat().st_size for file in (root / "generations" / f"{number:06d}").iterdir())


def _copy_document(document: Document, number: int) -> Document:
    newer = None if document.newer_edition is None else _name_copy(document.newer_edition, number)
    return replace(document, id=_name_copy(document.id, number), newer_edition=newer)


def _copy_passage(passage: Passage, number: int) -> Passage:
    return replace(passage, id=_name_copy(passage.id, number), document_id=_name_copy(passage.document_id, number))


def _name_copy(name: str, number: int) -> str:
    return name if number == 0 else f"{name}x{number}"
