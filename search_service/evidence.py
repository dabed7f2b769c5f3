"""What speaks for single hits of a question: the values from which `relevance` estimates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from search_service.candidates import Question
from search_service.fusion import Rows
from search_service.relevance import Evidence, asks_in_english, cover, weigh_question


def gather_evidence(question: Question, text: str, rows: Rows) -> list[Evidence]:
    """Return the evidence for each of `rows`, in their order; `text` is the question as it was looked up."""
    lexical, dense, embedding = question.generation.lexical, question.generation.dense, question.embedding
    cosines: Sequence[float | None] = [None] * len(rows)
    if embedding is not None and dense is not None:
        # No vector yet: the passage was taken in while the model was missing.
        cosines = [cosine or None for cosine in dense.score(embedding.vector, rows).tolist()]
    by_meaning_alone = embedding is not None and asks_in_english(text)
    holding = np.array([lexical.count_holding(term) for term in question.terms], dtype=np.int64)
    words = None if by_meaning_alone else weigh_question(holding, lexical.row_count)
    coverage = None
    if words is not None:
        coverage = cover(words, lexical.score_rows(question.terms, rows))
    return [
        Evidence(
            cosine=cosines[place],
            coverage=float(coverage[place]) if coverage is not None else None,
            unknown=words.unknown if words is not None else None,
            weight=words.weight if words is not None else None,
        )
        for place in range(len(rows))
    ]
