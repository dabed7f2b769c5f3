"""Asking every judged query in every variant of the ranking, and what the rankings are worth."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from evaluation.honesty import Answer, Honesty, is_answerable, is_unanswerable, judge_honesty
from evaluation.judgements import JudgedQuery, JudgedSet
from evaluation.measures import bootstrap_interval, ndcg, recall, reciprocal_rank
from evaluation.significance import Comparison, compare
from evaluation.variants import SHIPPED, Variant, find_variant
from search_service.errors import InvalidJudgements

DEPTH = 100  # document ids asked for per query: the deepest measure is recall@100

Ask = Callable[[str, Variant, int], Answer]  # (text, variant, limit) -> answer
Answers = Mapping[str, Mapping[str, Answer]]  # name of the variant -> query id -> answer


@dataclass(frozen=True, slots=True)
class QueryScores:
    """The measures of one ranking, each 0..1."""

    kind: str | None
    ndcg_10: float
    rr_10: float
    recall_10: float
    recall_100: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over the queries of one variant, or of one kind within it."""

    queries: int
    ndcg_10: float
    mrr_10: float
    recall_10: float
    recall_100: float
    ci95: tuple[float, float]  # of the mean nDCG@10


@dataclass(frozen=True, slots=True)
class VariantQuality:
    """What one variant reached."""

    overall: Scores
    kinds: dict[str, Scores]  # in the order of first appearance; empty if the set has no kinds


@dataclass(frozen=True, slots=True)
class TwinGap:
    """Queries of one kind against the same questions in clean spelling."""

    kind: str
    queries: int
    ndcg_10: float
    twins_ndcg_10: float
    ci95: tuple[float, float]  # of the mean difference, kind minus twins


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What every variant reached on one judged set."""

    set: str
    documents: int | None  # None if the documents are files and nobody counted them
    queries: int  # with at least one relevant document: these make the means
    without_relevant: int  # left out of the means
    variants: dict[str, VariantQuality]  # by name, the shipped ranking last
    comparisons: tuple[Comparison, ...] = ()  # the shipped ranking against each other; empty if it was not measured
    twins: tuple[TwinGap, ...] = ()  # of the last variant
    honesty: Honesty | None = None  # of the last variant; None without unanswerable queries or without estimates


def ask_all(
    judged: JudgedSet, ask: Ask, variants: Sequence[Variant], progress: Callable[[int], None] | None = None
) -> dict[str, dict[str, Answer]]:
    """Return every variant's answer to every answerable query, and the last variant's to the unanswerable ones.

    All variants of a query are asked one after the other, so a search that remembers the last embedding embeds once.
    `progress(1)` is called after each query of the set. Raises InvalidJudgements if no query has a relevant document.
    """
    if not any(map(is_answerable, judged.queries)):
        raise InvalidJudgements(
            f"Im Satz „{judged.name}“ hat keine Frage ein relevantes Dokument. "
            "Bitte in den Bewertungen (qrels.tsv) mindestens eine Note über 0 eintragen."
        )
    answers: dict[str, dict[str, Answer]] = {variant.name: {} for variant in variants}
    for query in judged.queries:
        asked = variants if is_answerable(query) else variants[-1:] if is_unanswerable(query) else ()
        for variant in asked:
            answers[variant.name][query.id] = ask(query.text, variant, DEPTH)
        if progress is not None:
            progress(1)
    return answers


def report_quality(judged: JudgedSet, answers: Answers, documents: int | None = None) -> QualityReport:
    """Return what the answers of `ask_all` are worth; `documents` is the size of the corpus if the set does not hold it."""
    answerable = [query for query in judged.queries if is_answerable(query)]
    scored = {name: [score(query, answered[query.id].documents) for query in answerable] for name, answered in answers.items()}
    ndcgs = {name: [each.ndcg_10 for each in values] for name, values in scored.items()}
    others = [name for name in ndcgs if name != SHIPPED.name] if SHIPPED.name in ndcgs else []
    last = list(answers)[-1]
    return QualityReport(
        set=judged.name,
        documents=documents if judged.entries is None else len(judged.entries),
        queries=len(answerable),
        without_relevant=len(judged.queries) - len(answerable),
        variants={name: summarise_variant(values) for name, values in scored.items()},
        comparisons=tuple(compare(name, ndcgs[SHIPPED.name], ndcgs[name]) for name in others),
        twins=compare_twins(answerable, ndcgs[last]),
        honesty=judge_honesty(find_variant(last), judged.queries, answers[last]),
    )


def score(query: JudgedQuery, ranking: Sequence[str]) -> QueryScores:
    """Return the measures of one ranking; raise ValueError if it names a document twice, which would count a find double."""
    if len(set(ranking)) != len(ranking):
        raise ValueError(f"the ranking for query {query.id!r} names a document twice")
    return QueryScores(
        kind=query.kind,
        ndcg_10=ndcg(ranking, query.grades, 10),
        rr_10=reciprocal_rank(ranking, query.grades, 10),
        recall_10=recall(ranking, query.grades, 10),
        recall_100=recall(ranking, query.grades, 100),
    )


def summarise_variant(values: Sequence[QueryScores]) -> VariantQuality:
    """Return the means over all queries and over each kind."""
    kinds = dict.fromkeys(value.kind for value in values if value.kind is not None)
    return VariantQuality(
        summarise(values), {kind: summarise([value for value in values if value.kind == kind]) for kind in kinds}
    )


def summarise(values: Sequence[QueryScores]) -> Scores:
    """Return the means of one or more queries, each counting the same."""
    return Scores(
        queries=len(values),
        ndcg_10=fmean(value.ndcg_10 for value in values),
        mrr_10=fmean(value.rr_10 for value in values),
        recall_10=fmean(value.recall_10 for value in values),
        recall_100=fmean(value.recall_100 for value in values),
        ci95=bootstrap_interval([value.ndcg_10 for value in values]),
    )


def compare_twins(queries: Sequence[JudgedQuery], values: Sequence[float]) -> tuple[TwinGap, ...]:
    """Return the gap of every kind that has twins, from one value per query; a twin that has no answer leaves its pair out."""
    value_of = {query.id: value for query, value in zip(queries, values, strict=True)}
    pairs: dict[str, list[tuple[float, float]]] = {}
    for query in queries:
        if query.twin is not None and query.twin in value_of:
            pairs.setdefault(query.kind or "", []).append((value_of[query.id], value_of[query.twin]))
    return tuple(
        TwinGap(
            kind=kind,
            queries=len(both),
            ndcg_10=fmean(own for own, _ in both),
            twins_ndcg_10=fmean(clean for _, clean in both),
            ci95=bootstrap_interval([own - clean for own, clean in both]),
        )
        for kind, both in pairs.items()
    )
