"""Whether one ranking is better than another by more than chance, judged query by query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from evaluation.measures import SEED, bootstrap_interval

PERMUTATIONS = 10_000  # at p = 0.05 the estimate is then within 0.004 of the exact value, 95 times in 100
_ROWS = 500  # sign patterns drawn at once: 500 x 2,000 queries are 8 MB
_ALL_PATTERNS = 12  # up to 2**12 sign patterns, fewer than PERMUTATIONS, are all tried instead of drawn
_ROUNDING = 1e-9  # two sums of the same numbers in another order


@dataclass(frozen=True, slots=True)
class Comparison:
    """The shipped ranking against another one, over the same queries."""

    other: str  # name of the variant
    difference: float  # mean nDCG@10 of the shipped ranking minus that of the other
    ci95: tuple[float, float]  # of the difference, over queries drawn with replacement
    p: float  # chance of a difference at least as large, in either direction, if both were equally good


def randomization_p(differences: Sequence[float], permutations: int = PERMUTATIONS, seed: int = SEED) -> float:
    """Return the two-sided p value of the mean of paired differences under random exchange of the pairs' members.

    Fisher's randomization test; for retrieval Smucker, Allan & Carterette, CIKM 2007. Exact for up to 12 queries that differ;
    beyond, with `permutations` draws, the observed one counted too, so never 0 (Phipson & Smyth 2010).
    Raises ValueError without differences.
    """
    if not differences:
        raise ValueError("a test needs at least one pair")
    values = np.asarray(differences, dtype=np.float64)
    values = values[values != 0]  # a pair of equals stays as it is, however it is exchanged
    if not values.size:
        return 1.0
    observed = abs(values.sum()) - _ROUNDING
    if values.size <= _ALL_PATTERNS:
        patterns = np.array(list(product((-1, 1), repeat=values.size)), dtype=np.float64)
        return float(np.mean(np.abs(patterns @ values) >= observed))
    generator = np.random.default_rng(seed)
    extreme = 0
    for start in range(0, permutations, _ROWS):
        rows = min(_ROWS, permutations - start)
        signs = generator.integers(0, 2, (rows, values.size), dtype=np.int8) * 2.0 - 1.0
        extreme += int(np.count_nonzero(np.abs(signs @ values) >= observed))
    return (extreme + 1) / (permutations + 1)


def compare(other: str, shipped: Sequence[float], others: Sequence[float]) -> Comparison:
    """Return how the shipped ranking's values stand to another's, both in the same order of queries."""
    differences = [ours - theirs for ours, theirs in zip(shipped, others, strict=True)]
    mean = float(np.mean(differences))
    return Comparison(other, mean, bootstrap_interval(differences), randomization_p(differences))
