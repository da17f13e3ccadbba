import pytest

from benchmarks.promotion import SimulatedPart, difference, rates, simulate
from mer_tasks.evaluation.bootstrap import paired_differences
from tests.support.label_sets import EMOTIFY

RESAMPLES = 100
"""Enough for a standard error; a stage takes ten times as many."""


@pytest.mark.parametrize(
    "part",
    [
        SimulatedPart(6, 2),
        SimulatedPart(35, 8),
        SimulatedPart(35, 20),
        SimulatedPart(35, 20, alike=0.999),
        SimulatedPart(200, 80),
    ],
    ids=repr,
)
def test_the_rule_significant_promotes_equal_models_in_at_most_5_of_100_cases(part):
    promotion_rates = rates(part, 150, RESAMPLES)
    assert promotion_rates["significant"] <= 0.05
    assert promotion_rates["significant"] <= promotion_rates["better"]


def test_the_rule_better_promotes_more_equal_models_where_the_interval_is_short():
    promotion_rates = rates(SimulatedPart(200, 80, alike=0.999), 60, RESAMPLES)
    assert promotion_rates["significant"] <= 0.05
    assert promotion_rates["better"] > 0.3


def test_a_better_model_is_promoted_most_of_the_time():
    promotion_rates = rates(SimulatedPart(200, 80, gain=0.5), 60, RESAMPLES)
    assert promotion_rates["significant"] > 0.9
    assert promotion_rates["better"] >= promotion_rates["significant"]


def test_the_simulated_difference_equals_that_of_the_stage():
    labels, first, second, groups = simulate(SimulatedPart(35, 20), 0)
    differences = paired_differences(labels, (first, first >= 0.5), (second, second >= 0.5), groups, EMOTIFY, seed=3, few=True)
    expected = differences[None, "roc_auc_macro"]
    value, (low, high) = difference(labels, first, second, groups, 1000, 3)
    assert (value, low, high) == pytest.approx((expected.value, expected.low, expected.high), abs=1e-6)
