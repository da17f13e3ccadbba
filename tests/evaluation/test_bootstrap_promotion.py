import pytest

from benchmarks.promotion import Part, contest, difference, rates
from mer_tasks.evaluation.bootstrap import paired

RESAMPLES = 100
"""Enough for a standard error; a tenth of what a stage takes."""


@pytest.mark.parametrize("part", [Part(6, 2), Part(35, 8), Part(35, 20), Part(35, 20, alike=0.999), Part(200, 80)], ids=repr)
def test_equal_models_are_promoted_in_at_most_5_of_100_cases_by_the_rule_significant(part):
    found = rates(part, 150, RESAMPLES)
    assert found["significant"] <= 0.05
    assert found["significant"] <= found["better"]


def test_the_rule_better_promotes_more_equal_models_where_the_interval_is_short():
    found = rates(Part(200, 80, alike=0.999), 60, RESAMPLES)
    assert found["significant"] <= 0.05
    assert found["better"] > 0.3


def test_a_better_model_is_promoted_most_of_the_time():
    found = rates(Part(200, 80, gain=0.5), 60, RESAMPLES)
    assert found["significant"] > 0.9
    assert found["better"] >= found["significant"]


def test_what_is_simulated_is_the_difference_that_the_stage_finds():
    labels, first, second, groups = contest(Part(35, 20), 0)
    found = paired(labels, (first, first >= 0.5), (second, second >= 0.5), groups, seed=3, few=True)[None, "roc_auc_macro"]
    value, (low, high) = difference(labels, first, second, groups, 1000, 3)
    assert (value, low, high) == pytest.approx((found.value, found.low, found.high), abs=1e-6)
