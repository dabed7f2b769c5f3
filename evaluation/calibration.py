"""Fits the relevance of hits to sightings, and tells how good it is on sets it was not fitted on.

    change-wissen evaluate corpus FOLDER ... --sightings FILE
    python -m evaluation.calibration FILE --complete corpus --complete germanquad_test

In a set with complete judgements a best hit without one is irrelevant. In the others (one judged document per question) such
a hit may well be right: it is left out, and so are questions whose one answer was removed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evaluation.measures import auroc
from evaluation.quality import Table, decimal
from evaluation.sightings import Origin, Sighting, read_sightings
from search_service.errors import ChangeWissenError
from search_service.relevance import MODELS, Basis, list_features

Numbers = NDArray[np.float64]
Part = tuple[str, Origin, str]  # corpus, origin, asked set: questions of one sort

# The ranking whose best hits each estimate is fitted on; an estimate without words is fitted on hits found with them.
RANKING = {Basis.BOTH: Basis.BOTH, Basis.WORDS: Basis.WORDS, Basis.MEANING: Basis.BOTH}
# How much each source of questions without an answer counts; together they are half of the mix.
SHARES = {Origin.UNANSWERABLE: 1.0, Origin.REMOVED: 0.5, Origin.FOREIGN: 0.5}
RIDGE = 1e-3  # on standardized features; only keeps the fit finite where a feature parts the classes
STEPS = 100  # Newton's method needs about ten
BINS = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
FEWEST = 10  # best hits in a bin below which a share says nothing
MOST_LOST = 0.03  # of a set's questions with an answer, below the floor
FLOORS = tuple(step / 200 for step in range(61))


@dataclass(frozen=True, slots=True)
class Examples:
    """Best hits to fit or to judge an estimate on; parallel arrays."""

    features: Numbers  # shape (examples, features)
    relevant: Numbers  # 1 or 0
    weights: Numbers  # sum to 1 over a set's questions with an answer, and to 1 over those without


@dataclass(frozen=True, slots=True)
class Bin:
    """Best hits whose estimates lie close together."""

    predicted: float  # mean estimate
    observed: float  # share that was relevant
    count: int


@dataclass(frozen=True, slots=True)
class Judged:
    """How an estimate does on one set that it was not fitted on."""

    corpus: str
    floor: float
    auroc: Mapping[str, float]  # by source of the questions without an answer
    lost: float  # share of the questions with an answer whose best hit is below the floor
    told: Mapping[str, float]  # share of those without that are below the floor, by source
    lost_kinds: Mapping[str, int]  # how many questions of each kind were lost


def fit(examples: Examples) -> Numbers:
    """Return the intercept and one weight per feature of a logistic estimate, each weight at least 0.

    Newton's method on the weighted likelihood with a small ridge; a feature whose weight comes out negative is left out,
    the most negative first, and the rest fitted anew.
    """
    total = examples.weights.sum()
    middle = np.average(examples.features, axis=0, weights=examples.weights)
    spread = np.sqrt(np.average((examples.features - middle) ** 2, axis=0, weights=examples.weights)) + 1e-9
    scaled = (examples.features - middle) / spread
    kept = np.ones(scaled.shape[1], dtype=np.bool_)
    while True:
        solution = _solve(scaled[:, kept], examples, RIDGE * total)
        if not len(solution) > 1 or solution[1:].min() >= 0:
            break
        kept[np.flatnonzero(kept)[np.argmin(solution[1:])]] = False
    weights = np.zeros(scaled.shape[1])
    weights[kept] = solution[1:]
    weights /= spread
    return np.concatenate([[solution[0] - weights @ middle], weights])


def _solve(scaled: Numbers, examples: Examples, ridge: float) -> Numbers:
    rows = np.column_stack([np.ones(len(scaled)), scaled])
    penalty = np.full(rows.shape[1], ridge)
    penalty[0] = 1e-9
    solution = np.zeros(rows.shape[1])
    for _ in range(STEPS):
        chance = predict(solution, scaled)
        slope = rows.T @ (examples.weights * (examples.relevant - chance)) - penalty * solution
        curve = (rows * (examples.weights * chance * (1 - chance))[:, None]).T @ rows + np.diag(penalty)
        step = np.linalg.solve(curve, slope)
        solution += step
        if np.abs(step).max() < 1e-9:
            break
    return solution


def predict(solution: Numbers, features: Numbers) -> Numbers:
    """Return the estimate for each row of `features` by the intercept and weights that `fit` found."""
    logits = np.clip(solution[0] + features @ solution[1:], -50, 50)
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float64)


def collect_examples(sightings: Iterable[Sighting], basis: Basis, complete: Collection[str]) -> Examples:
    """Return the examples for the estimate on `basis`; `complete` names the sets with complete judgements."""
    used = [each for each in sightings if _is_telling(each, basis, complete)]
    sizes = Counter(map(_part, used))
    weights = weigh_parts(sizes)
    return Examples(
        stack_features(used, basis),
        np.array([sighting.relevant for sighting in used], dtype=np.float64),
        np.array([weights[_part(sighting)] / sizes[_part(sighting)] for sighting in used]),
    )


def _is_telling(sighting: Sighting, basis: Basis, complete: Collection[str]) -> bool:
    if sighting.ranking is not RANKING[basis] or sighting.evidence is None:
        return False
    if sighting.corpus in complete:
        return True
    return sighting.relevant if sighting.origin is Origin.OWN else sighting.origin is not Origin.REMOVED


def _has_features(sighting: Sighting, basis: Basis) -> bool:
    """Tell whether a best hit can be estimated on `basis`: a question of stop words only has no words to go by."""
    return sighting.evidence is None or MODELS[basis].weights.keys() <= list_features(sighting.evidence).keys()


def _part(sighting: Sighting) -> Part:
    return sighting.corpus, sighting.origin, sighting.asked


def weigh_parts(parts: Collection[Part]) -> dict[Part, float]:
    """Return how much each sort of questions counts: per corpus 1 for its own and 1 for all those without an answer."""
    weights: dict[Part, float] = {}
    for part in parts:
        corpus, origin, _ = part
        if origin is Origin.OWN:
            weights[part] = 1.0
            continue
        origins = Counter(other[1] for other in parts if other[0] == corpus and other[1] is not Origin.OWN)
        weights[part] = SHARES[origin] / origins[origin] / sum(SHARES[each] for each in origins)
    return weights


def stack_features(sightings: Sequence[Sighting], basis: Basis) -> Numbers:
    """Return the features of the estimate on `basis`, one row per sighting; a search that found nothing has no row."""
    names = list(MODELS[basis].weights)
    known = [list_features(sighting.evidence) for sighting in sightings if sighting.evidence is not None]
    return np.array([[features[name] for name in names] for features in known], dtype=np.float64).reshape(-1, len(names))


def measure_reliability(estimates: Numbers, examples: Examples) -> list[Bin]:
    """Return the bins in rising order, those with fewer than FEWEST best hits left out."""
    bins = []
    for low, high in pairwise(BINS):
        inside = (estimates >= low) & ((estimates < high) | (high == BINS[-1]))
        if (count := int(inside.sum())) >= FEWEST:
            weights = examples.weights[inside]
            predicted = float(np.average(estimates[inside], weights=weights))
            bins.append(Bin(predicted, float(np.average(examples.relevant[inside], weights=weights)), count))
    return bins


def judge(sightings: Sequence[Sighting], basis: Basis, solution: Numbers, floor: float) -> list[Judged]:
    """Return how the estimate does on each corpus in `sightings`; a search that found nothing has relevance 0."""
    seen = [each for each in sightings if each.ranking is RANKING[basis]]
    judged = []
    for corpus in dict.fromkeys(each.corpus for each in seen):
        here = [each for each in seen if each.corpus == corpus]
        own = [each for each in here if each.origin is Origin.OWN]
        kept = _estimate(own, basis, solution)
        lost = Counter(each.kind for each, estimate in zip(own, kept, strict=True) if estimate < floor and each.kind)
        areas, told = {}, {}
        for source in dict.fromkeys(_name_source(each) for each in here if each.origin is not Origin.OWN):
            without = _estimate([each for each in here if _name_source(each) == source], basis, solution)
            if (area := auroc(kept.tolist(), without.tolist())) is not None:
                areas[source], told[source] = area, float((without < floor).mean())
        judged.append(Judged(corpus, floor, areas, float((kept < floor).mean()) if len(kept) else 0.0, told, dict(lost)))
    return judged


def find_floor(sightings: Sequence[Sighting], basis: Basis, solution: Numbers) -> float:
    """Return the highest of FLOORS that takes at most MOST_LOST of the answers of every set."""
    own = [each for each in sightings if each.ranking is RANKING[basis] and each.origin is Origin.OWN]
    floor = FLOORS[-1]
    for corpus in dict.fromkeys(each.corpus for each in own):
        estimates = _estimate([each for each in own if each.corpus == corpus], basis, solution)
        floor = min(floor, max(step for step in FLOORS if (estimates < step).mean() <= MOST_LOST))
    return floor


def _estimate(sightings: Sequence[Sighting], basis: Basis, solution: Numbers) -> Numbers:
    estimates = np.zeros(len(sightings))
    found = np.array([each.evidence is not None for each in sightings], dtype=np.bool_)
    estimates[found] = predict(solution, stack_features(sightings, basis))
    return estimates


def _name_source(sighting: Sighting) -> str:
    return sighting.asked if sighting.origin is Origin.FOREIGN else sighting.origin.value


def leave_one_out(sightings: Sequence[Sighting], basis: Basis, complete: Collection[str]) -> tuple[list[Judged], list[Bin]]:
    """Return how the estimate does on each set when neither its corpus nor its questions took part in the fit.

    The floor is the one that ships: where it lies is decided by a handful of questions, too few to be found anew each time.
    """
    judged: list[Judged] = []
    estimates, examples = [], []
    for name in dict.fromkeys(each.corpus for each in sightings):
        others = [each for each in sightings if name not in (each.corpus, each.asked)]
        left = [each for each in sightings if each.corpus == name]
        solution = fit(collect_examples(others, basis, complete))
        judged += judge(left, basis, solution, MODELS[basis].floor)
        examples.append(collect_examples(left, basis, complete))
        estimates.append(predict(solution, examples[-1].features))
    return judged, measure_reliability(np.concatenate(estimates), _join(examples))


def _join(examples: Sequence[Examples]) -> Examples:
    return Examples(
        np.concatenate([each.features for each in examples]),
        np.concatenate([each.relevant for each in examples]),
        np.concatenate([each.weights for each in examples]),
    )


def shipped_solution(basis: Basis) -> Numbers:
    """Return intercept and weights of the estimate that ships."""
    model = MODELS[basis]
    return np.array([model.intercept, *model.weights.values()])


def judged_table(heading: str, judged: Sequence[Judged]) -> Table:
    """Return one row per corpus and source of questions without an answer."""
    rows = [
        (each.corpus, source, *map(decimal, (area, each.floor, each.lost, each.told[source])), _list_kinds(each.lost_kinds))
        for each in judged
        for source, area in each.auroc.items()
    ]
    columns = ("Satz", "ohne Antwort", "AUROC", "Untergrenze", "verloren", "erkannt", "verloren nach Art")
    return Table(heading, columns, tuple(rows))


def _list_kinds(kinds: Mapping[str, int]) -> str:
    return ", ".join(f"{kind} {count}" for kind, count in kinds.items())


def reliability_table(basis: Basis, bins: Sequence[Bin]) -> Table:
    """Return one row per bin."""
    rows = tuple((decimal(each.predicted), decimal(each.observed), str(each.count)) for each in bins)
    return Table(f"{basis}: geschätzt und beobachtet", ("geschätzt", "beobachtet", "Treffer"), rows)


def weights_table(basis: Basis, solution: Numbers, floor: float) -> Table:
    """Return the floor and the weights found beside those that ship."""
    model = MODELS[basis]
    names = ("floor", "intercept", *(str(name) for name in model.weights))
    shipped = (model.floor, *shipped_solution(basis))
    rows = [(name, f"{new:.3f}", f"{old:.3f}") for name, new, old in zip(names, (floor, *solution), shipped, strict=True)]
    return Table(f"{basis}: angepasst an alle Sätze", ("Wert", "neu", "bisher"), tuple(rows))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print weights, AUROC and reliability of every estimate; return 0, or 2 if the sightings cannot be read."""
    parser = argparse.ArgumentParser("python -m evaluation.calibration", description="Passung der Treffer neu anpassen.")
    parser.add_argument("file", type=Path, help="Beobachtungen aus „change-wissen evaluate … --sightings“")
    parser.add_argument("--complete", action="append", default=[], help="Name eines Satzes mit vollständigen Bewertungen")
    options = parser.parse_args(arguments)
    try:
        sightings = read_sightings(options.file)
    except ChangeWissenError as error:
        print(error, file=sys.stderr)
        return 2
    for basis in MODELS:
        known = [each for each in sightings if _has_features(each, basis)]
        judged, bins = leave_one_out(known, basis, options.complete)
        solution = fit(collect_examples(known, basis, options.complete))
        weights = weights_table(basis, solution, find_floor(known, basis, solution))
        in_use = judge(known, basis, shipped_solution(basis), MODELS[basis].floor)
        shipped = judged_table(f"{basis}: wie ausgeliefert, auch an diesen Sätzen angepasst", in_use)
        left_out = judged_table(f"{basis}: Gewichte jeweils aus den anderen Sätzen", judged)
        for table in (weights, shipped, left_out, reliability_table(basis, bins)):
            print(lay_out(table))
    return 0


def lay_out(table: Table) -> str:
    """Return a table as text with even columns."""
    lines = [table.columns, *table.rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(table.columns))]
    text = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines]
    return "\n".join([table.heading, *text, ""])


if __name__ == "__main__":
    raise SystemExit(main())
