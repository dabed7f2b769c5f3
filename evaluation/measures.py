"""Measures of one ranking against relevance judgements, and what may be said about their mean.

A ranking is a list of document ids, best first, without repeats; its order is the only order, so ties cannot occur.
Qrels map a document id to its grade; a grade above 0 is relevant, an id that is absent counts as grade 0. Every measure
lies in 0..1, is 0 for an empty ranking and 0 for qrels without a relevant document (leave such queries out of a mean).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

RESAMPLES = 2_000  # Efron & Tibshirani, An Introduction to the Bootstrap, 1993, ch. 14: 1,000 or more for percentile intervals
_ROWS = 250  # resamples drawn at once: 250 x 2,000 queries are 4 MB
CONFIDENCE = 0.95
SEED = 20_260_101  # any fixed number: the same values give the same interval


def ndcg(ranking: Sequence[str], qrels: Mapping[str, int], k: int) -> float:
    """Return the normalised discounted cumulative gain of the first k ranks.

    The gain of a document is its grade (linear, as in trec_eval's `ndcg_cut`, not 2**grade - 1), the discount of rank r is
    log2(r + 1), and the ideal ranking holds all relevant documents by falling grade.
    Järvelin & Kekäläinen, Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4), 2002; discount from rank 1 on
    as in trec_eval 9 (`m_ndcg_cut.c`).
    """
    ideal = discounted_gain(sorted((grade for grade in qrels.values() if grade > 0), reverse=True)[:k])
    return discounted_gain([max(qrels.get(document, 0), 0) for document in ranking[:k]]) / ideal if ideal else 0.0


def discounted_gain(gains: Sequence[int]) -> float:
    """Return the sum of gain / log2(rank + 1), ranks from 1."""
    return math.fsum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, start=1))


def reciprocal_rank(ranking: Sequence[str], qrels: Mapping[str, int], k: int) -> float:
    """Return 1 / rank of the first relevant document among the first k, 0 if there is none; its mean over queries is MRR@k.

    Voorhees, The TREC-8 Question Answering Track Report, 1999; the cut-off as in MS MARCO (Bajaj et al. 2016).
    """
    return next((1 / rank for rank, document in enumerate(ranking[:k], start=1) if qrels.get(document, 0) > 0), 0.0)


def recall(ranking: Sequence[str], qrels: Mapping[str, int], k: int) -> float:
    """Return the share of all relevant documents that are among the first k (trec_eval's `recall`).

    Manning, Raghavan & Schütze, Introduction to Information Retrieval, 2008, section 8.3.
    """
    relevant = {document for document, grade in qrels.items() if grade > 0}
    return len(relevant.intersection(ranking[:k])) / len(relevant) if relevant else 0.0


def bootstrap_interval(values: Sequence[float], resamples: int = RESAMPLES, seed: int = SEED) -> tuple[float, float]:
    """Return the 95 % percentile interval (low, high) of the mean of `values`, one value per query.

    Queries are drawn with replacement; Efron 1979, and for retrieval Sakai, SIGIR 2006. Raises ValueError without values.
    """
    if not values:
        raise ValueError("an interval needs at least one value")
    observed = np.asarray(values, dtype=np.float64)
    generator = np.random.default_rng(seed)
    rows = [min(_ROWS, resamples - start) for start in range(0, resamples, _ROWS)]
    means = np.concatenate([observed[generator.integers(0, observed.size, (each, observed.size))].mean(1) for each in rows])
    tail = 50 * (1 - CONFIDENCE)  # per cent on each side
    low, high = np.percentile(means, [tail, 100 - tail])
    return float(low), float(high)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """Return the chance that a positive scores above a negative, equal scores counting half; None if either is empty.

    0.5 says that the score cannot tell them apart, 1 that a threshold parts them. Here: the score of the best hit of
    answerable (positive) against unanswerable (negative) queries. Hanley & McNeil, Radiology 143, 1982.
    """
    if not positives or not negatives:
        return None
    ordered = np.sort(np.asarray(negatives, dtype=np.float64))
    below = np.searchsorted(ordered, positives, side="left").sum()
    not_above = np.searchsorted(ordered, positives, side="right").sum()
    return float(below + not_above) / (2 * len(positives) * len(negatives))
