"""The quality of the search as German tables: by channel, part of the ranking and kind of query, and its honesty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from evaluation.honesty import Share, wilson_interval
from evaluation.scoring import QualityReport, Scores
from evaluation.variants import CHANNELS, SHIPPED, find_variant


@dataclass(frozen=True, slots=True)
class Table:
    """A German table for the terminal: a heading, column titles, rows of the same length, and remarks below."""

    heading: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    remarks: tuple[str, ...] = ()


def all_tables(report: QualityReport) -> list[Table]:
    """Return the tables of one set that have something to say."""
    tables = (quality_table(report), comparison_table(report), kinds_table(report), twins_table(report), honesty_table(report))
    return [table for table in tables if table is not None]


def channels_of(report: QualityReport) -> list[str]:
    """Return the names of the channels that were measured, in the order of every table; the ablation is left out."""
    return [variant.name for variant in CHANNELS if variant.name in report.variants]


def quality_table(report: QualityReport) -> Table:
    """Return one row per channel."""
    documents = "" if report.documents is None else f"{report.documents} Dokumente, "
    remark = "nDCG@10: Güte der ersten zehn Treffer (1 ist ideal), mit dem 95-%-Vertrauensbereich über die Fragen."
    verb = "zählt" if report.without_relevant == 1 else "zählen"
    left_out = f"{count_queries(report.without_relevant)} ohne passendes Dokument {verb} nicht mit."
    return Table(
        heading=f"{report.set}: {documents}{count_queries(report.queries)}",
        columns=("Suche nach", "nDCG@10", "95-%-Bereich", "MRR@10", "Recall@10", "Recall@100"),
        rows=tuple((find_variant(name).label, *score_cells(report.variants[name].overall)) for name in channels_of(report)),
        remarks=(remark, left_out) if report.without_relevant else (remark,),
    )


def overview_table(reports: Sequence[QualityReport]) -> Table:
    """Return nDCG@10 by channel and set with the mean over the sets; a channel that one set lacks is left out."""
    channels = [variant for variant in CHANNELS if all(variant.name in report.variants for report in reports)]
    rows = []
    for variant in channels:
        values = [report.variants[variant.name].overall.ndcg_10 for report in reports]
        rows.append((variant.label, *map(decimal, values), decimal(fmean(values))))
    return Table("nDCG@10 aller Sätze", ("Suche nach", *(report.set for report in reports), "Mittel"), tuple(rows))


def comparison_table(report: QualityReport) -> Table | None:
    """Return one row per variant that the shipped ranking is held against; None if it was not measured with another."""
    if not report.comparisons:
        return None
    return Table(
        heading=f"{report.set}: was „{SHIPPED.label}“ voraus hat",
        columns=("gegen", "nDCG@10", "Vorsprung", "95-%-Bereich", "p"),
        rows=tuple(
            (
                find_variant(each.other).label,
                decimal(report.variants[each.other].overall.ndcg_10),
                signed(each.difference),
                f"{signed(each.ci95[0])} bis {signed(each.ci95[1])}",
                probability(each.p),
            )
            for each in report.comparisons
        ),
        remarks=(
            "p: Wahrscheinlichkeit eines mindestens so großen Unterschieds, wenn beide gleich gut wären (Randomisierungstest, "
            "zweiseitig); unter 0,05 gilt er als belegt. Viele Vergleiche finden auch ohne Grund hin und wieder einen.",
        ),
    )


def kinds_table(report: QualityReport) -> Table | None:
    """Return one row per kind of query and channel; None if the set has no kinds."""
    channels = channels_of(report)
    kinds = dict.fromkeys(kind for name in channels for kind in report.variants[name].kinds)
    if not kinds:
        return None
    rows = [
        (kind, str(scores.queries), find_variant(name).label, *score_cells(scores))
        for kind in kinds
        for name in channels
        for scores in (report.variants[name].kinds[kind],)
    ]
    columns = ("Art der Frage", "Fragen", "Suche nach", "nDCG@10", "95-%-Bereich", "MRR@10", "Recall@10", "Recall@100")
    return Table(f"{report.set}: nach Art der Frage", columns, tuple(rows))


def twins_table(report: QualityReport) -> Table | None:
    """Return one row per kind whose queries have a twin in clean spelling; None if there are none."""
    if not report.twins:
        return None
    label = find_variant(list(report.variants)[-1]).label
    return Table(
        heading=f"{report.set}: dieselben Fragen, anders geschrieben (Suche nach: {label})",
        columns=("Art der Frage", "Fragen", "nDCG@10", "sauber geschrieben", "Unterschied", "95-%-Bereich"),
        rows=tuple(
            (
                gap.kind,
                str(gap.queries),
                decimal(gap.ndcg_10),
                decimal(gap.twins_ndcg_10),
                signed(gap.ndcg_10 - gap.twins_ndcg_10),
                f"{signed(gap.ci95[0])} bis {signed(gap.ci95[1])}",
            )
            for gap in report.twins
        ),
    )


def honesty_table(report: QualityReport) -> Table | None:
    """Return how answerable and unanswerable queries are told apart; None if that was not measured."""
    honesty = report.honesty
    if honesty is None:
        return None
    lost = f"Ohne Antwort blieben: {', '.join(honesty.lost_ids)}." if honesty.lost_ids else None
    area = f"AUROC der Passung des besten Treffers: {decimal(honesty.auroc)} (1 trennt vollkommen, 0,5 gar nicht)."
    return Table(
        heading=f"{report.set}: „Dazu gibt es nichts“ (Suche nach: {find_variant(honesty.variant).label})",
        columns=("Fragen", "so beantwortet", "Anteil", "95-%-Bereich"),
        rows=(
            ("mit Antwort im Bestand (zu Unrecht)", *share_cells(honesty.lost)),
            ("ohne Antwort im Bestand (zu Recht)", *share_cells(honesty.told)),
        ),
        remarks=(area, lost) if lost else (area,),
    )


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


def share_cells(share: Share) -> tuple[str, str, str]:
    """Return count, share and interval in German notation."""
    low, high = wilson_interval(share)
    return f"{share.count} von {share.of}", f"{percent(share.value)} %", f"{percent(low)}–{percent(high)} %"


def count_queries(number: int) -> str:
    """Return how many queries, in words that agree."""
    return "1 Frage" if number == 1 else f"{number} Fragen"


def decimal(value: float) -> str:
    """Return three decimals with a decimal comma."""
    return f"{value:.3f}".replace(".", ",")


def signed(value: float) -> str:
    """Return three decimals with a sign and a decimal comma; what rounds to nothing has none."""
    rounded = round(value, 3)
    sign = "−" if rounded < 0 else "+" if rounded > 0 else "±"
    return f"{sign}{decimal(abs(rounded))}"


def probability(p: float) -> str:
    """Return a p value as it is told: below a thousandth the number itself says nothing more."""
    return "< 0,001" if p < 0.001 else decimal(p)


def percent(value: float) -> str:
    """Return a share in per cent, one decimal with a decimal comma."""
    return f"{value * 100:.1f}".replace(".", ",")
