"""The quality of the search on a judged set, per mode and per kind of query, as values, JSON and German tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from evaluation.judgements import JudgedQuery, JudgedSet
from evaluation.measures import bootstrap_interval, ndcg, recall, reciprocal_rank
from search_service.errors import InvalidJudgements
from search_service.queries import Mode

DEPTH = 100  # document ids asked for per query: the deepest measure is recall@100

Search = Callable[[str, Mode, int], list[str]]  # (text, mode, limit) -> document ids, best first, each once
Json = dict[str, object]

MODE_LABELS = {Mode.LEXICAL: "Wörter", Mode.SEMANTIC: "Bedeutung", Mode.HYBRID: "beides"}


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
    """Means over the queries of one mode, or of one kind within it."""

    queries: int
    ndcg_10: float
    mrr_10: float
    recall_10: float
    recall_100: float
    ci95: tuple[float, float]  # of the mean nDCG@10


@dataclass(frozen=True, slots=True)
class ModeQuality:
    """What one mode reached."""

    overall: Scores
    kinds: dict[str, Scores]  # in the order of first appearance; empty if the set has no kinds


@dataclass(frozen=True, slots=True)
class QualityReport:
    """What every mode reached on one judged set."""

    set: str
    documents: int | None  # None if the documents are files and nobody counted them
    queries: int  # with at least one relevant document: these make the means
    without_relevant: int  # left out of the means
    modes: dict[Mode, ModeQuality]


@dataclass(frozen=True, slots=True)
class Table:
    """A German table for the terminal: a heading, column titles, rows of the same length, and remarks below."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()


def evaluate(
    judged: JudgedSet,
    search: Search,
    modes: Sequence[Mode] = (Mode.LEXICAL, Mode.SEMANTIC, Mode.HYBRID),
    documents: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> QualityReport:
    """Return the quality of `search` on every query that has a relevant document.

    All modes of a query are asked one after the other, so a search that remembers the last embedding embeds once.
    `documents` is the size of the corpus where the set does not hold it; `progress(1)` is called after each query.
    Raises InvalidJudgements if no query has a relevant document.
    """
    answerable = [query for query in judged.queries if any(grade > 0 for grade in query.grades.values())]
    if not answerable:
        raise InvalidJudgements(
            f"Im Satz „{judged.name}“ hat keine Frage ein relevantes Dokument. "
            "Bitte in den Bewertungen (qrels.tsv) mindestens eine Note über 0 eintragen."
        )
    scored: dict[Mode, list[QueryScores]] = {mode: [] for mode in modes}
    for query in answerable:
        for mode in modes:
            scored[mode].append(score(query, search(query.text, mode, DEPTH)))
        if progress is not None:
            progress(1)
    return QualityReport(
        set=judged.name,
        documents=documents if judged.entries is None else len(judged.entries),
        queries=len(answerable),
        without_relevant=len(judged.queries) - len(answerable),
        modes={mode: summarise_mode(values) for mode, values in scored.items()},
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


def summarise_mode(values: Sequence[QueryScores]) -> ModeQuality:
    """Return the means over all queries and over each kind."""
    kinds = dict.fromkeys(value.kind for value in values if value.kind is not None)
    return ModeQuality(
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


def to_json(report: QualityReport) -> Json:
    """Return the report as the JSON that `evaluate --json` prints; `kinds` only where the set has kinds."""
    return {
        "set": report.set,
        "documents": report.documents,
        "queries": report.queries,
        "modes": {mode.value: mode_json(quality) for mode, quality in report.modes.items()},
    }


def mode_json(quality: ModeQuality) -> Json:
    """Return one mode of the report."""
    kinds = {kind: {"queries": scores.queries} | scores_json(scores) for kind, scores in quality.kinds.items()}
    return scores_json(quality.overall) | ({"kinds": kinds} if kinds else {})


def scores_json(scores: Scores) -> Json:
    """Return the means rounded to four decimals, far finer than any interval."""
    return {
        "ndcg@10": round(scores.ndcg_10, 4),
        "mrr@10": round(scores.mrr_10, 4),
        "recall@10": round(scores.recall_10, 4),
        "recall@100": round(scores.recall_100, 4),
        "ci95": [round(bound, 4) for bound in scores.ci95],
    }


def quality_table(report: QualityReport) -> Table:
    """Return one row per mode."""
    documents = "" if report.documents is None else f"{report.documents} Dokumente, "
    remark = "nDCG@10: Güte der ersten zehn Treffer (1 ist ideal), mit dem 95-%-Vertrauensbereich über die Fragen."
    one = report.without_relevant == 1
    count, verb = ("1 Frage", "zählt") if one else (f"{report.without_relevant} Fragen", "zählen")
    left_out = f"{count} ohne passendes Dokument {verb} nicht mit."
    return Table(
        heading=f"{report.set}: {documents}{report.queries} Fragen",
        columns=("Suche nach", "nDCG@10", "95-%-Bereich", "MRR@10", "Recall@10", "Recall@100"),
        rows=tuple((MODE_LABELS[mode], *score_cells(quality.overall)) for mode, quality in report.modes.items()),
        remarks=(remark, left_out) if report.without_relevant else (remark,),
    )


def kinds_table(report: QualityReport) -> Table | None:
    """Return one row per kind of query and mode; None if the set has no kinds."""
    kinds = dict.fromkeys(kind for quality in report.modes.values() for kind in quality.kinds)
    if not kinds:
        return None
    rows = [
        (kind, str(quality.kinds[kind].queries), MODE_LABELS[mode], *score_cells(quality.kinds[kind]))
        for kind in kinds
        for mode, quality in report.modes.items()
    ]
    columns = ("Art der Frage", "Fragen", "Suche nach", "nDCG@10", "95-%-Bereich", "MRR@10", "Recall@10", "Recall@100")
    return Table(f"{report.set}: nach Art der Frage", columns, tuple(rows))


def score_cells(scores: Scores) -> tuple[str, ...]:
    """Return nDCG@10, its interval, MRR@10, recall@10 and recall@100 in German notation."""
    low, high = scores.ci95
    return (
        decimal(scores.ndcg_10),
        f"{decimal(low)}–{decimal(high)}",
        decimal(scores.mrr_10),
        decimal(scores.recall_10),
        decimal(scores.recall_100),
    )


def decimal(value: float) -> str:
    """Return three decimals with a decimal comma."""
    return f"{value:.3f}".replace(".", ",")
