"""Two rankings into one: a weighted sum of both channels, each normalized over its own best candidates of this query."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]
Rows = NDArray[np.int64]

# Equal weights: best or within 0.003 of the best of 0.3 to 0.7 on each of three German sets, see docs/decisions/0004.
SEMANTIC_WEIGHT = 0.5
ROUNDING = 1e-6  # float32: the same cosine worked out by FAISS and by numpy differs in the last digits
NORMALIZED_OVER = 100  # a channel's best candidates that span 0 to 1; reciprocal ranks (RRF) were 1 to 3 points weaker


def normalize_scores(best: Scores, candidates: Scores) -> Scores:
    """Return `candidates` on the scale where the first of `best` is 1 and its NORMALIZED_OVER-th (or last) is 0.

    `best` are the channel's own best scores, descending; a candidate outside them falls below 0. With nothing to
    compare with, a candidate as good as the best gets 1 and any other 0.
    """
    if len(best) == 0:
        return np.zeros_like(candidates)
    highest, lowest = float(best[0]), float(best[:NORMALIZED_OVER][-1])
    if highest - lowest < ROUNDING:
        return np.where(candidates >= highest - ROUNDING, np.float32(1), np.float32(0))
    return ((candidates - lowest) / (highest - lowest)).astype(np.float32)


def fuse(lexical: Scores, semantic: Scores, semantic_weight: float = SEMANTIC_WEIGHT) -> Scores:
    """Return the weighted sum of two arrays of normalized scores, candidate by candidate; at most 1.

    A passage without the words is no worse than the weakest that has them: below 0 the lexical channel counts as 0.
    """
    return ((1 - semantic_weight) * np.maximum(lexical, 0) + semantic_weight * semantic).astype(np.float32)


def rank(scores: Scores, years: NDArray[np.int64], rows: Rows) -> NDArray[np.int64]:
    """Return positions into `scores`, best first; on ties the newer document (0 = year unknown), then the lower row."""
    return np.lexsort((rows, -years, -scores))
