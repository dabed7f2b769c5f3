"""How honest the search is about what it does not know: answers kept for real questions, "nothing fits" for the others."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from evaluation.judgements import JudgedQuery
from evaluation.measures import auroc
from evaluation.variants import Variant

UNANSWERABLE = "unbeantwortbar"  # kind of the queries that the corpus holds no answer to
Z_95 = 1.959963984540054  # 97.5th percentile of the normal distribution: 2.5 per cent on each side


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search said to one query."""

    documents: tuple[str, ...]  # ids, best first, each once
    relevance: float | None = None  # estimate for the best hit, 0..1, 0 without a hit; None: this search estimates none
    fitting: bool = True  # False: the answer said that nothing fits


@dataclass(frozen=True, slots=True)
class Share:
    """How many of how many."""

    count: int
    of: int  # at least 1

    @property
    def value(self) -> float:
        """The share itself, 0..1."""
        return self.count / self.of


@dataclass(frozen=True, slots=True)
class Honesty:
    """What one variant reached."""

    variant: str
    auroc: float  # of the best hit's relevance, answerable against unanswerable
    lost: Share  # answerable queries that were told "nothing fits"
    told: Share  # unanswerable queries that were told so
    lost_ids: tuple[str, ...]  # which answerable queries lost their answer, in the order of the set


def is_unanswerable(query: JudgedQuery) -> bool:
    """Tell whether the set says that no document answers; a query that nobody judged is not meant."""
    return query.kind == UNANSWERABLE and not is_answerable(query)


def is_answerable(query: JudgedQuery) -> bool:
    """Tell whether some document is relevant."""
    return any(grade > 0 for grade in query.grades.values())


def judge_honesty(variant: Variant, queries: Sequence[JudgedQuery], answers: Mapping[str, Answer]) -> Honesty | None:
    """Return what the answers (by query id) are worth; None without unanswerable queries or without estimates."""
    answerable = [query for query in queries if is_answerable(query)]
    unanswerable = [query for query in queries if is_unanswerable(query)]
    relevant = [estimate for query in answerable if (estimate := answers[query.id].relevance) is not None]
    irrelevant = [estimate for query in unanswerable if (estimate := answers[query.id].relevance) is not None]
    area = auroc(relevant, irrelevant)
    if area is None or len(relevant) < len(answerable) or len(irrelevant) < len(unanswerable):
        return None
    lost = tuple(query.id for query in answerable if not answers[query.id].fitting)
    told = sum(1 for query in unanswerable if not answers[query.id].fitting)
    return Honesty(variant.name, area, Share(len(lost), len(answerable)), Share(told, len(unanswerable)), lost)


def wilson_interval(share: Share) -> tuple[float, float]:
    """Return the 95 % score interval (low, high) of a share; also sound for none and all.

    Wilson, Probable inference, the law of succession, and statistical inference, JASA 22, 1927.
    """
    n, square = share.of, Z_95**2
    middle = (share.value + square / (2 * n)) / (1 + square / n)
    half = Z_95 * math.sqrt(share.value * (1 - share.value) / n + square / (4 * n * n)) / (1 + square / n)
    return max(0.0, middle - half), min(1.0, middle + half)
