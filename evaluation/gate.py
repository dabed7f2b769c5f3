"""The gate of quality: pinned floors per set, channel, measure and kind of query, and the corpus they were measured on.

A floors file is TOML: a table per set with the `digest` of its documents, queries and judgements, and in it a table per
channel with one floor per figure: `"ndcg@10"`, `"recall@10"`, `"ndcg@10 KIND"`, `auroc`, `kept` and `told`.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from evaluation.quality import Table, decimal
from evaluation.scoring import QualityReport
from evaluation.variants import CHANNELS, LEXICAL, SEMANTIC, SHIPPED, find_variant
from search_service.errors import InvalidJudgements

# What another processor may move: rounding swaps neighbours in a few queries. A floor leaves room for one query whose first
# two hits change places, which costs it 1 - 1/log2(3) of its nDCG, and for one query in a share; and a hundredth in all.
SWAP = 1 - 1 / math.log2(3)
LEAST_MARGIN = 0.01

HEADER = """# Untergrenzen der Güte, geprüft von „change-wissen evaluate --gate“, neu festgelegt mit „--renew-gate“.
# ndcg@10 und recall@10 je Suchart, ndcg@10 auch je Art der Frage; auroc: Passung des besten Treffers, beantwortbare gegen
# unbeantwortbare Fragen; kept: beantwortbare, die ihre Antwort behalten; told: unbeantwortbare, bei denen es gesagt wird.
"""
FIGURE_LABELS = {
    "ndcg@10": "nDCG@10",
    "recall@10": "Recall@10",
    "auroc": "AUROC der Passung",
    "kept": "Anteil behaltener Antworten",
    "told": "Anteil erkannter Fragen ohne Antwort",
}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")

Floors = Mapping[str, Mapping[str, float]]  # name of the channel -> figure -> floor, each 0..1


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure."""

    value: float  # 0..1
    step: float  # what one query can move it by


@dataclass(frozen=True, slots=True)
class SetFloors:
    """The floors of one judged set."""

    digest: str  # of `digest_files` when the floors were measured
    floors: Floors


@dataclass(frozen=True, slots=True)
class Check:
    """One figure beside its floor."""

    set: str
    variant: str
    figure: str
    value: float
    floor: float

    @property
    def holds(self) -> bool:
        """Whether the figure reaches its floor."""
        return self.value >= self.floor


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate says."""

    checks: tuple[Check, ...]
    complaints: tuple[str, ...]  # German sentences; empty if the gate is passed


def digest_files(files: Mapping[str, Path]) -> str:
    """Return SHA-256 in hex over names and contents, in the order of names; the name tells a moved file from the same one."""
    total = hashlib.sha256()
    for name in sorted(files):
        total.update(hashlib.sha256(name.encode(errors="surrogateescape")).digest())
        total.update(hashlib.sha256(files[name].read_bytes()).digest())
    return total.hexdigest()


def measured_figures(report: QualityReport) -> dict[str, dict[str, Figure]]:
    """Return the figures that floors may be pinned for: of the channels, and of the shipped ranking by kind, too."""
    figures: dict[str, dict[str, Figure]] = {}
    for variant in (LEXICAL, SEMANTIC, SHIPPED):
        if quality := report.variants.get(variant.name):
            scores, step = quality.overall, SWAP / quality.overall.queries
            figures[variant.name] = {"ndcg@10": Figure(scores.ndcg_10, step), "recall@10": Figure(scores.recall_10, step)}
    if shipped := report.variants.get(SHIPPED.name):
        for kind, scores in shipped.kinds.items():
            figures[SHIPPED.name][f"ndcg@10 {kind}"] = Figure(scores.ndcg_10, SWAP / scores.queries)
    if (honesty := report.honesty) and honesty.variant in figures:
        figures[honesty.variant] |= {
            "auroc": Figure(honesty.auroc, 1 / honesty.told.of),
            "kept": Figure(1 - honesty.lost.value, 1 / honesty.lost.of),
            "told": Figure(honesty.told.value, 1 / honesty.told.of),
        }
    return figures


def check_set(report: QualityReport, digest: str, pinned: SetFloors | None) -> Verdict:
    """Hold what was measured on one set against its floors; floors of channels that were not measured are left out."""
    if pinned is None:
        missing = f"Für den Satz „{report.set}“ sind keine Untergrenzen festgelegt. Bitte mit --renew-gate festlegen."
        return Verdict((), (missing,))
    if pinned.digest != digest:
        changed = (
            f"Der Satz „{report.set}“ ist nicht mehr der, an dem die Untergrenzen gemessen wurden: Dokumente, Fragen oder "
            "Bewertungen sind andere. Ist das gewollt, die Untergrenzen bitte mit --renew-gate neu festlegen."
        )
        return Verdict((), (changed,))
    figures = measured_figures(report)
    checks = []
    complaints = []
    for variant, floors in pinned.floors.items():
        for figure, floor in floors.items() if variant in figures else ():
            if figure in figures[variant]:
                checks.append(Check(report.set, variant, figure, figures[variant][figure].value, floor))
                if not checks[-1].holds:
                    complaints.append(complain(checks[-1]))
            else:
                complaints.append(
                    f"Im Satz „{report.set}“ wurde {name_figure(figure)} (Suche nach: {find_variant(variant).label}) nicht "
                    "gemessen, hat aber eine Untergrenze. Bitte die Messung prüfen oder mit --renew-gate neu festlegen."
                )
    if not checks and not complaints:
        complaints.append(
            f"Im Satz „{report.set}“ wurde nichts gemessen, wofür eine Untergrenze gilt. Bitte ohne --mode messen."
        )
    return Verdict(tuple(checks), tuple(complaints))


def complain(check: Check) -> str:
    """Return the sentence for a floor that is broken."""
    value, floor = decimal(check.value), decimal(check.floor)
    if value == floor:  # told apart only by more decimals
        value, floor = (f"{number:.5f}".replace(".", ",") for number in (check.value, check.floor))
    return (
        f"Im Satz „{check.set}“ liegt {name_figure(check.figure)} (Suche nach: {find_variant(check.variant).label}) mit "
        f"{value} unter der Untergrenze {floor}."
    )


def name_figure(figure: str) -> str:
    """Return a figure's name in German, with the kind of query if it is one kind's."""
    measure, _, kind = figure.partition(" ")
    label = FIGURE_LABELS.get(measure, measure)
    return f"{label} der Art „{kind}“" if kind else label


def gate_table(verdict: Verdict) -> Table:
    """Return one row per figure."""
    return Table(
        heading="Untergrenzen",
        columns=("Satz", "Suche nach", "Maß", "Art der Frage", "gemessen", "Untergrenze", ""),
        rows=tuple(
            (
                check.set,
                find_variant(check.variant).label,
                FIGURE_LABELS.get(measure, measure),
                kind or "alle",
                decimal(check.value),
                decimal(check.floor),
                "gehalten" if check.holds else "VERFEHLT",
            )
            for check in verdict.checks
            for measure, _, kind in (check.figure.partition(" "),)
        ),
    )


def pin_floors(report: QualityReport, digest: str) -> SetFloors:
    """Return floors a margin below what was measured."""
    figures = measured_figures(report)
    return SetFloors(digest, {name: {each: lower(figure) for each, figure in of.items()} for name, of in figures.items()})


def lower(figure: Figure) -> float:
    """Return the floor for one figure, rounded down to three decimals."""
    floor = figure.value - max(LEAST_MARGIN, figure.step)
    return max(0.0, math.floor(round(floor * 1000, 6)) / 1000)  # rounded first: 0.29 * 1000 is 289.99999999999994


def write_floors(floors: Mapping[str, SetFloors]) -> str:
    """Return the text of a floors file, sets in the order of their names."""
    lines = [HEADER]
    for name in sorted(floors):
        lines += [f"[{quote_key(name)}]", f'digest = "{floors[name].digest}"', ""]
        order = [variant.name for variant in CHANNELS]
        for variant, figures in sorted(floors[name].floors.items(), key=lambda item: order.index(item[0])):
            lines.append(f"[{quote_key(name)}.{quote_key(variant)}]")
            lines += [f"{quote_key(figure)} = {floor:.3f}" for figure, floor in figures.items()]
            lines.append("")
    return "\n".join(lines)


def quote_key(key: str) -> str:
    """Return a TOML key, quoted where it must be; TOML's basic strings escape as JSON's do, but for DEL."""
    return key if _BARE_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")


def read_floors(path: Path) -> dict[str, SetFloors]:
    """Return the floors of a file by set; none if it does not exist; raise InvalidJudgements if it cannot be understood."""
    if not path.exists():
        return {}
    try:
        tables = tomllib.loads(path.read_text("utf-8"))
        return {name: parse_floors(table) for name, table in tables.items()}
    except (ValueError, TypeError, KeyError) as error:
        raise InvalidJudgements(
            f"Die Untergrenzen in „{path}“ lassen sich nicht lesen ({error}). "
            "Bitte berichtigen, oder die Datei löschen und mit --renew-gate neu festlegen."
        ) from error


def parse_floors(table: object) -> SetFloors:
    """Return the floors of one set; raise ValueError, TypeError or KeyError on anything else."""
    if not isinstance(table, dict) or not isinstance(table["digest"], str):
        raise TypeError("a set is a table with a digest")
    floors: dict[str, dict[str, float]] = {}
    for variant, figures in table.items():
        if variant == "digest":
            continue
        if not isinstance(figures, dict) or not all(isinstance(floor, float | int) for floor in figures.values()):
            raise TypeError(f"{variant} is no table of numbers")
        floors[find_variant(variant).name] = {figure: float(floor) for figure, floor in figures.items()}
    return SetFloors(table["digest"], floors)


def join_verdicts(verdicts: Sequence[Verdict]) -> Verdict:
    """Return one verdict over several sets."""
    return Verdict(
        tuple(check for verdict in verdicts for check in verdict.checks),
        tuple(complaint for verdict in verdicts for complaint in verdict.complaints),
    )
