"""Guidance for who asks: spelling, completions and near topics, worked out once for each generation when first needed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from threading import Lock

import numpy as np

from search_service.completions import Completer, Completion, strip_numbering
from search_service.embedder import Vectors
from search_service.knowledge_base.generation import Generation
from search_service.near_topics import find_near_topics
from search_service.spelling import Speller


class Guidance:
    """What one generation's own words and headings can tell."""

    def __init__(self, generation: Generation) -> None:
        self._generation = generation
        self._building = Lock()

    def is_of(self, generation: Generation) -> bool:
        """Tell whether this is the guidance of `generation`."""
        return self._generation is generation

    @cached_property
    def speller(self) -> Speller:
        """Corrects words to those of the texts."""
        lexical = self._generation.lexical
        return Speller(lexical.vocabulary, lexical.splitter, self._generation.spellings)

    def complete(self, prefix: str, limit: int) -> list[Completion]:
        """Return at most `limit` titles, headings and terms that begin like `prefix`."""
        return self._completer.complete(prefix, limit)

    def find_near_topics(self, question: str, vector: Vectors | None) -> list[str]:
        """Return the titles and main headings nearest to a question; by its words where there is no vector."""
        labels, label_vectors = self._topics
        splitter = self._generation.lexical.splitter
        if vector is None or label_vectors is None:
            return find_near_topics(question, labels, splitter)
        return find_near_topics(question, labels, splitter, label_vectors, vector)

    def prepare(self) -> None:
        """Work out now what else the first question would wait for."""
        with self._building:
            _ = (self.speller, self._completer, self._topics)

    @cached_property
    def _completer(self) -> Completer:
        generation = self._generation
        titles = [(document.metadata.title, document.id) for document in generation.documents]
        headings = dict.fromkeys(
            (heading, generation.documents[position].id)
            for row, position in enumerate(generation.document_of.tolist())
            for heading in generation.heading_path(row)
        )
        return Completer(titles, headings, generation.spellings)

    @cached_property
    def _topics(self) -> tuple[Sequence[str], Vectors | None]:
        """Titles and main headings, each with the direction of the passages under it, which needs no embedding of its own."""
        generation = self._generation
        rows: dict[str, list[int]] = {}
        holders: dict[str, set[int]] = {}
        for row, position in enumerate(generation.document_of.tolist()):
            rows.setdefault(generation.documents[position].metadata.title, []).append(row)
            for heading in generation.heading_path(row)[:1]:
                rows.setdefault(strip_numbering(heading), []).append(row)
                holders.setdefault(strip_numbering(heading), set()).add(position)
        for heading, positions in holders.items():
            if len(positions) > 1:  # "Worum es ging" stands over many texts and names none
                rows.pop(heading, None)
        if generation.dense is None:
            return list(rows), None
        sums = np.array([generation.dense.vectors(np.array(each)).sum(axis=0) for each in rows.values()], dtype=np.float32)
        lengths = np.linalg.norm(sums.reshape(len(rows), -1), axis=1, keepdims=True)
        return list(rows), sums / np.maximum(lengths, np.finfo(np.float32).tiny)


class Guides:
    """The guidance of the generation asked of last. Safe to use from several threads.

    It holds that generation, so no more than one is kept: a service that runs for months reads many.
    """

    def __init__(self) -> None:
        self._last: Guidance | None = None
        self._turn = Lock()

    def find(self, generation: Generation) -> Guidance:
        """Return the guidance of a generation."""
        with self._turn:
            if self._last is None or not self._last.is_of(generation):
                self._last = Guidance(generation)
            return self._last
