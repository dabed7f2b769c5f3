"""How likely a hit answers the question, from values the search has at hand, and the floor below which nothing fits. Pure.

A relevance is a share: of 100 best hits with a relevance of 0.8, about 80 were relevant where it was measured, in a mix in
which every second question has an answer (docs/decisions/0012 has the table of predicted and observed shares, on sets the
estimate was not fitted on). For hits below the best it is as good where all relevant documents are known, else unknown.
It says nothing about the order of hits: that is the ranking's.

A better value never lowers it: each weight has the sign of its feature's meaning (tests/search_service/test_relevance.py).
`python -m evaluation.calibration` fits the weights anew and prints what it found.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from search_service.german import load_stopwords, tokenize

Values = NDArray[np.float32]

# Words without which few English sentences get by; those that are German words as well tell nothing.
_ENGLISH_LIST = """
    the of and to is are for how what when which who why where does do can could should with from my our your their we you they
    this that or by on be have has if
    """
_EITHER_LIST = "all also am an bin die fast gut hat her hier in it man mine not on or so war was will"
_EITHER = frozenset(_EITHER_LIST.split())
_ENGLISH = frozenset(_ENGLISH_LIST.split()) - _EITHER
_ENGLISH_AT_LEAST = 2  # one occurs in German questions, too: "Internet of Things", "Return to Office"
# A German question may name an English title: 'Wann erschien "The Life of Pablo"?'.
_ENGLISH_FOR_EACH_GERMAN = 2


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for one hit. A channel that did not take part is None; the three values of the words stand together."""

    cosine: float | None = None  # of the question's vector and the passage's, -1..1
    coverage: float | None = None  # share of the question's words by weight that the passage holds, 0..1, see `cover`
    unknown: float | None = None  # share of the question's words by weight that no passage holds, 0..1
    weight: float | None = None  # the question's weight in words that no passage holds: 2.0 is as much as two such words


class Basis(StrEnum):
    """On which channels an estimate rests."""

    BOTH = "both"  # words and meaning
    WORDS = "words"
    MEANING = "meaning"  # for questions whose words cannot tell: in another language, stop words only


class Feature(StrEnum):
    """What an estimate weighs; every one is higher for a better hit."""

    COSINE = "cosine"
    COVERAGE = "coverage"
    KNOWN = "known"  # 1 - unknown
    COVERED_WEIGHT = "covered_weight"  # two rare words met say more than one
    UNKNOWN_WEIGHT = "unknown_weight"  # negative: one unknown word of one says less than three of three


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic estimate: relevance = 1 / (1 + exp(-(intercept + sum of weight * feature)))."""

    floor: float  # a best hit below it does not fit
    intercept: float
    weights: Mapping[Feature, float]  # each >= 0


@dataclass(frozen=True, slots=True)
class QuestionWords:
    """How much each word of a question counts, and how many of them the knowledge base knows."""

    importance: Values  # one per term, its inverse document frequency; > 0
    unknown: float  # as in Evidence
    weight: float  # as in Evidence


# Fitted to the searches of a prototype of this ranking. A refit to 14,706 searches of the ranking itself gives weights within
# noise of these: each of these lies in the 95 % interval of refits to resampled questions. It does not do as well at the floor:
# with words and meaning it tells 31, these weights 38 of our 52 questions without an answer (tables: docs/decisions/0012).
# AUROC is that on our own corpus when it took no part in the fit. Each floor is the highest step of 0.005 that takes at most
# 3 % of the questions with an answer of every set; that of the words is the prototype's, by hundredths, and would now be 0.025.
MODELS: Mapping[Basis, Model] = MappingProxyType(
    {
        Basis.BOTH: Model(0.09, -46.96, {Feature.COSINE: 51.15, Feature.COVERAGE: 3.95, Feature.KNOWN: 1.13}),  # AUROC 0.961
        Basis.WORDS: Model(  # AUROC 0.945
            0.02,
            -4.91,
            {Feature.COVERAGE: 5.46, Feature.COVERED_WEIGHT: 1.56, Feature.UNKNOWN_WEIGHT: 0.67},
        ),
        Basis.MEANING: Model(0.04, -62.31, {Feature.COSINE: 72.72}),  # AUROC 0.932
    }
)


def weigh_question(holding: NDArray[np.int64], row_count: int) -> QuestionWords | None:
    """Return the weights of a question's terms; None without terms, when the words cannot tell.

    `holding` has per term the number of rows that hold it: the word itself, all parts of the compound, or what is searched
    in its place (a synonym, a sure correction). A part alone does not count: "Betriebshaftpflichtversicherung" is unknown
    to a text on "Versicherung". The weight is BM25's: ln(1 + (N - n + 0.5) / (n + 0.5)).
    """
    if not len(holding):
        return None
    importance = np.log1p((row_count - holding + 0.5) / (holding + 0.5))
    total = float(importance.sum())
    unknown = float(importance[holding == 0].sum())
    return QuestionWords(importance.astype(np.float32), unknown / total, total / math.log1p((row_count + 0.5) / 0.5))


def cover(question: QuestionWords, scores: Values) -> Values:
    """Return float32, one per passage: the share of the question's words, by weight, that it holds; 0..1.

    `scores` has the BM25F score of each term (row) in each passage (column), as `LexicalIndex.score` gives it for that term
    alone. A word counts whole from the score of one mention in a body of average length, which is its importance.
    """
    held = np.minimum(np.maximum(scores, 0), question.importance[:, None]).sum(axis=0)
    return np.asarray(held / question.importance.sum(), dtype=np.float32)


def asks_in_english(question: str) -> bool:
    """Tell whether a question is an English sentence, so that German texts cannot be expected to hold its words."""
    words = [token.word for token in tokenize(question)]
    english = sum(word in _ENGLISH for word in words)
    german = sum(word in load_stopwords() and word not in _ENGLISH | _EITHER for word in words)
    return english >= _ENGLISH_AT_LEAST and english > _ENGLISH_FOR_EACH_GERMAN * german


def find_basis(evidence: Evidence) -> Basis | None:
    """Return on which channels an estimate from `evidence` rests; None if no channel took part."""
    has_words = evidence.coverage is not None
    if evidence.cosine is None:
        return Basis.WORDS if has_words else None
    return Basis.BOTH if has_words else Basis.MEANING


def list_features(evidence: Evidence) -> dict[Feature, float]:
    """Return the features that the channels of `evidence` give."""
    features: dict[Feature, float] = {}
    if evidence.cosine is not None:
        features[Feature.COSINE] = evidence.cosine
    if evidence.coverage is not None and evidence.unknown is not None and evidence.weight is not None:
        features[Feature.COVERAGE] = evidence.coverage
        features[Feature.KNOWN] = 1 - evidence.unknown
        features[Feature.COVERED_WEIGHT] = evidence.coverage * evidence.weight
        features[Feature.UNKNOWN_WEIGHT] = -evidence.unknown * evidence.weight
    return features


def estimate_relevance(evidence: Evidence) -> float:
    """Return the chance that the hit answers the question, 0..1; 0 if no channel took part."""
    basis = find_basis(evidence)
    if basis is None:
        return 0.0
    model, features = MODELS[basis], list_features(evidence)
    logit = model.intercept + math.fsum(weight * features[name] for name, weight in model.weights.items())
    return 1 / (1 + math.exp(-max(min(logit, 50.0), -50.0)))  # e**50 is far from overflow, and nobody tells 1e-22 from 0


def fits(evidence: Evidence) -> bool:
    """Tell whether a best hit reaches the floor: below it the answer is that nothing fits."""
    basis = find_basis(evidence)
    return basis is not None and estimate_relevance(evidence) >= MODELS[basis].floor
