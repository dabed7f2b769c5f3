"""The report of an evaluation as JSON, and read back from it, so that tables and charts can be drawn again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from evaluation.honesty import Honesty, Share, wilson_interval
from evaluation.scoring import QualityReport, Scores, TwinGap, VariantQuality
from evaluation.significance import Comparison
from search_service.errors import InvalidJudgements

Json = dict[str, object]

DECIMALS = 4  # far finer than any interval


def to_json(report: QualityReport) -> Json:
    """Return the report as the JSON that `evaluate --json` prints; parts that were not measured are left out."""
    return (
        {"set": report.set, "documents": report.documents, "queries": report.queries}
        | ({"without_relevant": report.without_relevant} if report.without_relevant else {})
        | {"modes": {name: variant_json(quality) for name, quality in report.variants.items()}}
        | ({"comparisons": {each.other: comparison_json(each) for each in report.comparisons}} if report.comparisons else {})
        | ({"twins": {gap.kind: twin_json(gap) for gap in report.twins}} if report.twins else {})
        | ({"honesty": honesty_json(report.honesty)} if report.honesty else {})
    )


def variant_json(quality: VariantQuality) -> Json:
    """Return one variant of the report; `kinds` only where the set has kinds."""
    kinds = {kind: {"queries": scores.queries} | scores_json(scores) for kind, scores in quality.kinds.items()}
    return scores_json(quality.overall) | ({"kinds": kinds} if kinds else {})


def scores_json(scores: Scores) -> Json:
    """Return the means, rounded."""
    return {
        "ndcg@10": round(scores.ndcg_10, DECIMALS),
        "mrr@10": round(scores.mrr_10, DECIMALS),
        "recall@10": round(scores.recall_10, DECIMALS),
        "recall@100": round(scores.recall_100, DECIMALS),
        "ci95": interval_json(scores.ci95),
    }


def comparison_json(comparison: Comparison) -> Json:
    """Return the difference that the shipped ranking makes."""
    return {
        "difference": round(comparison.difference, DECIMALS),
        "ci95": interval_json(comparison.ci95),
        "p": round(comparison.p, DECIMALS),
    }


def twin_json(gap: TwinGap) -> Json:
    """Return the gap between a kind and its clean twins."""
    return {
        "queries": gap.queries,
        "ndcg@10": round(gap.ndcg_10, DECIMALS),
        "twins_ndcg@10": round(gap.twins_ndcg_10, DECIMALS),
        "difference": round(gap.ndcg_10 - gap.twins_ndcg_10, DECIMALS),
        "ci95": interval_json(gap.ci95),
    }


def honesty_json(honesty: Honesty) -> Json:
    """Return how answerable and unanswerable queries are told apart."""
    return {
        "mode": honesty.variant,
        "auroc": round(honesty.auroc, DECIMALS),
        "lost": share_json(honesty.lost) | {"queries": list(honesty.lost_ids)},
        "told": share_json(honesty.told),
    }


def share_json(share: Share) -> Json:
    """Return a share with its interval."""
    return {
        "count": share.count,
        "of": share.of,
        "share": round(share.value, DECIMALS),
        "ci95": interval_json(wilson_interval(share)),
    }


def interval_json(bounds: tuple[float, float]) -> list[float]:
    """Return an interval, rounded."""
    return [round(bound, DECIMALS) for bound in bounds]


def write_reports(reports: Sequence[QualityReport]) -> str:
    """Return the text of a file that `read_reports` reads: a list with one report per set."""
    return json.dumps([to_json(report) for report in reports], ensure_ascii=False, indent=2) + "\n"


def read_reports(text: str) -> list[QualityReport]:
    """Return the reports in the text of a file by `write_reports`; raise InvalidJudgements if it is none."""
    try:
        return [parse_report(record) for record in json.loads(text)]
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise InvalidJudgements(
            f"Das ist kein Bericht einer Messung ({error}). Bitte mit „change-wissen evaluate … --write ORDNER“ neu messen."
        ) from error


# The parsers raise ValueError, TypeError, KeyError, AttributeError or IndexError on anything but what the writers wrote.


def parse_report(record: object) -> QualityReport:
    """Return one report."""
    fields = mapping(record)
    documents = fields["documents"]
    return QualityReport(
        set=str(fields["set"]),
        documents=None if documents is None else whole(documents),
        queries=whole(fields["queries"]),
        without_relevant=whole(fields.get("without_relevant", 0)),
        variants={name: parse_variant(mapping(each), fields["queries"]) for name, each in mapping(fields["modes"]).items()},
        comparisons=tuple(
            Comparison(name, number(each["difference"]), interval(each["ci95"]), number(each["p"]))
            for name, each in parts(fields, "comparisons")
        ),
        twins=tuple(
            TwinGap(
                kind, whole(each["queries"]), number(each["ndcg@10"]), number(each["twins_ndcg@10"]), interval(each["ci95"])
            )
            for kind, each in parts(fields, "twins")
        ),
        honesty=parse_honesty(mapping(fields["honesty"])) if "honesty" in fields else None,
    )


def parse_variant(fields: Mapping[str, object], queries: object) -> VariantQuality:
    """Return one variant of a report over so many queries."""
    kinds = {kind: parse_scores(each, each["queries"]) for kind, each in parts(fields, "kinds")}
    return VariantQuality(parse_scores(fields, queries), kinds)


def parse_scores(fields: Mapping[str, object], queries: object) -> Scores:
    """Return the means over so many queries."""
    return Scores(
        queries=whole(queries),
        ndcg_10=number(fields["ndcg@10"]),
        mrr_10=number(fields["mrr@10"]),
        recall_10=number(fields["recall@10"]),
        recall_100=number(fields["recall@100"]),
        ci95=interval(fields["ci95"]),
    )


def parse_honesty(fields: Mapping[str, object]) -> Honesty:
    """Return the part about unanswerable queries."""
    lost, told = mapping(fields["lost"]), mapping(fields["told"])
    ids = lost["queries"]
    if not isinstance(ids, list):
        raise TypeError("a list of ids is missing")
    return Honesty(
        variant=str(fields["mode"]),
        auroc=number(fields["auroc"]),
        lost=Share(whole(lost["count"]), whole(lost["of"])),
        told=Share(whole(told["count"]), whole(told["of"])),
        lost_ids=tuple(map(str, ids)),
    )


def parts(fields: Mapping[str, object], key: str) -> list[tuple[str, Mapping[str, object]]]:
    """Return the named objects under a key that may be missing."""
    return [(name, mapping(each)) for name, each in mapping(fields.get(key, {})).items()]


def mapping(value: object) -> Mapping[str, object]:
    """Return a JSON object as it is."""
    if not isinstance(value, dict):
        raise TypeError(f"{value!r} is no object")
    return value


def number(value: object) -> float:
    """Return a JSON number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{value!r} is no number")
    return float(value)


def whole(value: object) -> int:
    """Return a JSON number without fraction."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is no whole number")
    return value


def interval(value: object) -> tuple[float, float]:
    """Return a pair of numbers."""
    if not isinstance(value, list) or len(value) != 2:
        raise TypeError(f"{value!r} is no interval")
    return number(value[0]), number(value[1])
