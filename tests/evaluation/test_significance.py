"""The paired test against cases counted by hand, its laws, and another way to draw."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.significance import compare, randomization_p

differences = st.lists(st.floats(-1, 1), min_size=1, max_size=30)


def test_three_queries_that_all_agree_are_worked_by_hand():
    # of the eight sign patterns, only +++ and --- give a sum of at least 3: 2 / 8
    assert randomization_p([1.0, 1.0, 1.0]) == 0.25


def test_queries_that_cancel_out_say_nothing():
    assert randomization_p([0.5, -0.5]) == 1.0


def test_the_largest_of_unequal_differences_counts_worked_by_hand():
    # sums of 0.1, 0.2 and 0.4 with any signs: only +++ and --- reach 0.7; for 0.4 + 0.2 - 0.1 = 0.5 also ++- and its mirror
    assert randomization_p([0.1, 0.2, 0.4]) == 2 / 8
    assert randomization_p([-0.1, 0.2, 0.4]) == 4 / 8


def test_queries_without_a_difference_change_nothing():
    assert randomization_p([0.1, 0.0, 0.2, 0.0, 0.4]) == randomization_p([0.1, 0.2, 0.4])
    assert randomization_p([0.0, 0.0]) == 1.0


def test_without_queries_there_is_nothing_to_test():
    with pytest.raises(ValueError, match="at least one pair"):
        randomization_p([])


def test_drawing_comes_close_to_the_binomial_that_equal_differences_follow():
    # 20 of 30 queries better by the same amount: P(|heads - 15| >= 5) of 30 coins
    exact = sum(math.comb(30, heads) for heads in range(31) if abs(heads - 15) >= 5) / 2**30
    assert randomization_p([0.1] * 20 + [-0.1] * 10) == pytest.approx(exact, abs=0.01)


def test_a_clear_difference_over_many_queries_is_never_quite_zero():
    assert randomization_p([0.2] * 200) == 1 / 10_001


def test_differences_of_chance_are_found_significant_as_often_as_the_level_says():
    generator = np.random.default_rng(3)
    values = [randomization_p(generator.normal(0, 0.3, 40).tolist(), permutations=400) for _ in range(300)]
    assert 0.02 <= np.mean(np.array(values) < 0.05) <= 0.09


@given(differences)
def test_p_is_a_probability_the_same_each_time_and_the_same_in_either_direction(values):
    p = randomization_p(values)
    assert 0 < p <= 1
    assert p == randomization_p(values)
    assert randomization_p([-value for value in values]) == pytest.approx(p, abs=0.03)


@given(differences, st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_the_unit_of_a_measure_does_not_matter(values, factor):
    small = [value for value in values if abs(value) > 1e-6] or [1.0]
    assert randomization_p([value * factor for value in small]) == pytest.approx(randomization_p(small), abs=0.001)


def test_a_comparison_tells_by_how_much_and_in_which_range():
    better = compare("lexical", [1.0, 0.5, 0.5, 1.0], [0.5, 0.5, 0.25, 0.25])
    assert better.other == "lexical"
    assert better.difference == pytest.approx(0.375)
    assert better.ci95[0] <= 0.375 <= better.ci95[1]
    assert better.p == 0.25
    assert compare("x", [0.2, 0.4], [0.2, 0.4]).ci95 == (0.0, 0.0)
    with pytest.raises(ValueError, match="zip"):
        compare("x", [0.2], [0.2, 0.4])
