"""Rescoring: the candidates again, by how well each word of the question is met, and by what the first ones have in common.

Pure. Both parts need no second model and no training, only the vectors that are stored anyway.
"""

from __future__ import annotations

import numpy as np

from search_service.embedder import Vectors
from search_service.fusion import Scores

# Candidates looked at word by word; 50 lose 0.008 on handbuch and 0.004 on our corpus (docs/decisions/0011).
RESCORED = 100
# Of late interaction beside the fused score: 0.3 to 0.8 are within 0.011 on each set, 0.5 is the middle (docs/decisions/0011).
LATE_WEIGHT = 0.5
# Rocchio's feedback without anybody's judgement: the question's vector moves towards the mean of the first passages (for
# dense vectors Li et al., ACM TOIS 41(3), 2023). Three and 0.4 gain 0.005 on handbuch, 0.003 on our corpus and
# nothing on the two others; no gain is beyond chance (docs/decisions/0011, docs/quality.md).
FEEDBACK = 3
FEEDBACK_WEIGHT = 0.4


def spread_late(late: Scores) -> Scores:
    """Return the values of late interaction, one for each candidate looked at, brought to 0..1; all 0 where they are equal."""
    if not len(late) or float(late.max()) <= float(late.min()):
        return np.zeros_like(late)
    return np.asarray((late - late.min()) / (late.max() - late.min()), dtype=np.float32)


def add_late(fused: Scores, late: Scores, weight: float = LATE_WEIGHT) -> Scores:
    """Return fused scores, at most 1, with late interaction (0..1, 0 where it was not looked at) added; at most 1."""
    return ((fused + weight * late) / (1 + weight)).astype(np.float32)


def move_query(vector: Vectors, best: Vectors, weight: float = FEEDBACK_WEIGHT) -> Vectors:
    """Return the question's vector, moved towards the mean of `best` (rows, the vectors of the first passages); length 1."""
    moved = vector + np.float32(weight) * best.mean(axis=0)
    return np.asarray(moved / np.linalg.norm(moved), dtype=np.float32)
