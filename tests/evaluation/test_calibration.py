"""Fitting the relevance: sums a person can check, the laws of the fit, and the whole command on made-up sightings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from evaluation.calibration import (
    Examples,
    collect_examples,
    find_floor,
    fit,
    judge,
    leave_one_out,
    main,
    measure_reliability,
    predict,
    shipped_solution,
    weigh_parts,
)
from evaluation.sightings import RANKINGS, Origin, Sighting, write_sightings
from search_service.relevance import MODELS, Basis, Evidence, estimate_relevance

# Even odds at a cosine of 0.8, and 0.731 at 0.9.
SOLUTION = np.array([-8.0, 10.0])


def see(corpus: str, origin: Origin, cosine: float | None, relevant: bool = False, asked: str | None = None) -> Sighting:
    evidence = None if cosine is None else Evidence(cosine=cosine, coverage=0.5, unknown=0.2, weight=1.0)
    return Sighting(corpus, asked or corpus, "q", "alltag", origin, Basis.BOTH, relevant, evidence)


def examples_of(features: list[list[float]], relevant: list[float]) -> Examples:
    return Examples(np.array(features), np.array(relevant), np.ones(len(relevant)))


def test_without_a_telling_feature_the_estimate_is_the_share_of_relevant_hits() -> None:
    solution = fit(examples_of([[1.0], [1.0], [1.0], [1.0]], [1, 1, 1, 0]))
    assert_allclose(predict(solution, np.array([[1.0]])), [0.75], atol=1e-6)


def test_a_weight_that_would_be_negative_is_left_out() -> None:
    rising = [[0.0], [0.2], [0.8], [1.0], [0.5], [0.4]]
    relevant = [0.0, 0.0, 1.0, 1.0, 0.0, 1.0]
    falling = [[-value, value] for (value,) in rising]
    alone, beside = fit(examples_of(rising, relevant)), fit(examples_of(falling, relevant))
    assert alone[1] > 0
    assert beside[1] == 0
    assert_allclose(beside[[0, 2]], alone, rtol=1e-6)


@settings(max_examples=25)
@given(st.floats(1, 4), st.integers(0, 10_000))  # beyond, chance decides which few examples lie near the border
def test_the_fit_finds_the_weight_that_made_the_data(weight: float, seed: int) -> None:
    generator = np.random.default_rng(seed)
    features = generator.normal(size=(4_000, 1))
    chance = predict(np.array([0.5, weight]), features)
    solution = fit(Examples(features, (generator.random(4_000) < chance).astype(float), np.ones(4_000)))
    assert solution[1] == pytest.approx(weight, rel=0.25)


def test_the_questions_without_an_answer_weigh_as_much_as_those_with_one() -> None:
    weights = weigh_parts(
        [
            ("rat", Origin.OWN, "rat"),
            ("rat", Origin.UNANSWERABLE, "rat"),
            ("rat", Origin.REMOVED, "rat"),
            ("rat", Origin.FOREIGN, "gesetze"),
            ("rat", Origin.FOREIGN, "wikipedia"),
            ("gesetze", Origin.OWN, "gesetze"),
            ("gesetze", Origin.FOREIGN, "rat"),
        ]
    )
    assert list(weights.values()) == [1.0, 0.5, 0.25, 0.125, 0.125, 1.0, 1.0]


def test_an_unjudged_hit_counts_as_irrelevant_only_where_judgements_are_complete() -> None:
    seen = [
        see("rat", Origin.OWN, 0.9, relevant=True),
        see("rat", Origin.OWN, 0.8),
        see("rat", Origin.REMOVED, 0.7),
        see("rat", Origin.FOREIGN, 0.6, asked="gesetze"),
        see("rat", Origin.FOREIGN, None, asked="gesetze"),
    ]
    complete = collect_examples(seen, Basis.MEANING, {"rat"})
    assert complete.features[:, 0].tolist() == [0.9, 0.8, 0.7, 0.6]
    assert complete.weights.tolist() == [0.5, 0.5, 0.5, 0.5]
    partly = collect_examples(seen, Basis.MEANING, set())
    assert partly.features[:, 0].tolist() == [0.9, 0.6]
    assert partly.relevant.tolist() == [1, 0]


def test_reliability_sets_the_mean_estimate_beside_the_share_that_was_relevant() -> None:
    estimates = np.array([0.82] * 10 + [0.88] * 10 + [0.2] * 3)
    examples = examples_of([[0.0]] * 23, [1] * 16 + [0] * 7)
    (only,) = measure_reliability(estimates, examples)
    assert (round(only.predicted, 3), only.observed, only.count) == (0.85, 0.8, 20)


def test_a_search_that_found_nothing_is_told_so_and_ranks_below_all() -> None:
    seen = [
        see("rat", Origin.OWN, 0.9, relevant=True),
        see("rat", Origin.OWN, None),
        see("rat", Origin.UNANSWERABLE, 0.7),
        see("rat", Origin.UNANSWERABLE, None),
    ]
    (judged,) = judge(seen, Basis.MEANING, SOLUTION, floor=0.1)
    assert judged.lost == 0.5
    assert judged.lost_kinds == {"alltag": 1}
    assert judged.told == {"unanswerable": 0.5}
    assert judged.auroc == {"unanswerable": (1 + 1 + 0 + 0.5) / 4}


def test_the_floor_is_the_highest_that_leaves_every_set_its_answers() -> None:
    low = predict(SOLUTION, np.array([[0.6]]))[0]  # 0.119
    many = [see("rat", Origin.OWN, 0.9, relevant=True) for _ in range(40)]
    assert find_floor([*many, see("rat", Origin.OWN, 0.6)], Basis.MEANING, SOLUTION) == 0.3  # one of 41 may be lost
    few = [see("gesetze", Origin.OWN, 0.9) for _ in range(9)]
    floor = find_floor([*many, *few, see("gesetze", Origin.OWN, 0.6)], Basis.MEANING, SOLUTION)
    assert floor <= low < floor + 0.005


@pytest.mark.parametrize("basis", Basis)
def test_the_estimate_that_ships_is_the_one_that_is_judged(basis: Basis) -> None:
    evidence = Evidence(cosine=0.87, coverage=0.4, unknown=0.1, weight=2.0)
    whole = {
        Basis.BOTH: evidence,
        Basis.WORDS: Evidence(None, evidence.coverage, evidence.unknown, evidence.weight),
        Basis.MEANING: Evidence(evidence.cosine),
    }[basis]
    ranking = Basis.WORDS if basis is Basis.WORDS else Basis.BOTH
    sighting = Sighting("rat", "rat", "q", None, Origin.OWN, ranking, True, evidence)
    features = collect_examples([sighting], basis, ()).features
    assert predict(shipped_solution(basis), features)[0] == pytest.approx(estimate_relevance(whole))


def make_up_sightings() -> Iterator[Sighting]:
    generator = np.random.default_rng(7)
    for corpus, other in (("rat", "gesetze"), ("gesetze", "wikipedia"), ("wikipedia", "rat")):
        for number in range(120):
            for ranking in RANKINGS:
                good = number % 2 == 0
                cosine, share = generator.normal(0.88 if good else 0.83, 0.02), generator.beta(4, 2) if good else 0.3
                evidence = Evidence(
                    cosine=None if ranking is Basis.WORDS else float(cosine),
                    coverage=float(share),
                    unknown=float((1 - share) / 2),
                    weight=float(generator.uniform(1, 3)),
                )
                origin, asked = (Origin.OWN, corpus) if good else (Origin.FOREIGN, other)
                yield Sighting(corpus, asked, str(number), None, origin, ranking, good, evidence)


def test_left_out_sets_are_judged_by_what_the_others_taught() -> None:
    judged, bins = leave_one_out(list(make_up_sightings()), Basis.BOTH, ["rat"])
    assert [each.corpus for each in judged] == ["rat", "gesetze", "wikipedia"]
    assert all(area > 0.9 for each in judged for area in each.auroc.values())
    assert bins


def test_the_command_prints_every_estimate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "sightings.jsonl"
    path.write_text(write_sightings(make_up_sightings()), "utf-8")
    assert main([str(path), "--complete", "rat"]) == 0
    printed = capsys.readouterr().out
    assert all(f"{basis}: angepasst an alle Sätze" in printed for basis in MODELS)
    assert "geschätzt  beobachtet  Treffer" in printed


def test_the_command_says_which_file_it_cannot_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path / "nichts.jsonl")]) == 2
    assert "nichts.jsonl" in capsys.readouterr().err
