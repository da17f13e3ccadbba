import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_tasks.evaluation.metrics import all_metrics
from mer_tasks.evaluation.permutation_test import NullDistribution, PermutationMetrics, distance_limit, permuted_metrics
from tests.support.label_sets import EMOTIFY, QUARTERS


def random_predictions(seed: int, groups: int = 12, items: int = 20):
    """Make labels of groups, and for items of these groups: probabilities with ties, decisions, and the group of each."""
    random = np.random.default_rng(seed)
    group = np.sort(np.concatenate([np.arange(groups), random.integers(groups, size=items - groups)]))
    labels = random.random((groups, len(EMOTIFY))) < random.uniform(0, 1, len(EMOTIFY))
    probabilities = np.round(random.random((items, len(EMOTIFY))), 1)
    return labels, probabilities, random.random(probabilities.shape) < probabilities, group


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_metrics_of_permuted_labels_equal_those_of_the_metrics_module(seed, groups):
    labels, probabilities, decisions, group = random_predictions(seed, groups)
    random = np.random.default_rng(seed)
    permutations = np.stack([np.arange(groups), *(random.permutation(groups) for _ in range(3))])
    result = PermutationMetrics(labels[group], probabilities, decisions, group, EMOTIFY).metrics(permutations)
    for row, permutation in enumerate(permutations):
        expected = all_metrics(labels[permutation][group], probabilities, decisions, EMOTIFY)
        assert result.keys() == expected.keys()
        for key, value in expected.items():
            assert result[key][row] == pytest.approx(np.nan if value is None else value, abs=1e-9, nan_ok=True), key


def test_permuted_tracks_with_exactly_one_label_have_the_metrics_of_the_metrics_module():
    random = np.random.default_rng(0)
    labels, decisions = (np.eye(4, dtype=bool)[random.integers(4, size=30)] for _ in range(2))
    permutations = np.stack([random.permutation(30) for _ in range(5)])
    result = PermutationMetrics(labels, np.where(decisions, 0.7, 0.1), decisions, np.arange(30), QUARTERS).metrics(permutations)
    for row, permutation in enumerate(permutations):
        expected = all_metrics(labels[permutation], np.where(decisions, 0.7, 0.1), decisions, QUARTERS)
        assert {key: values[row] for key, values in result.items()} == pytest.approx(expected, abs=1e-9)
    assert (None, "accuracy") in result


def test_labels_that_differ_within_a_group_are_refused():
    labels, probabilities, decisions, group = random_predictions(0)
    apart = labels[group]
    apart[np.flatnonzero(group == group[-1])[-1]] ^= True
    group[-1] = group[-2]
    with pytest.raises(ValueError, match="tracks of one group have different labels"):
        PermutationMetrics(apart, probabilities, decisions, group, EMOTIFY)


def test_tracks_and_their_segments_get_the_same_permutations():
    labels, probabilities, decisions, group = random_predictions(1)
    tracks = permuted_metrics(
        PermutationMetrics(labels[group], probabilities, decisions, group, EMOTIFY), permutations=50, seed=3
    )
    twice = [np.repeat(values, 2, axis=0) for values in (labels[group], probabilities, decisions, group)]
    segments = permuted_metrics(PermutationMetrics(*twice, EMOTIFY), permutations=50, seed=3)
    for key, values in tracks.items():
        np.testing.assert_allclose(segments[key], values, atol=1e-9)


def test_permuted_metrics_do_not_depend_on_the_block_size(monkeypatch):
    labels, probabilities, decisions, group = random_predictions(2)
    permutation_metrics = PermutationMetrics(labels[group], probabilities, decisions, group, EMOTIFY)
    whole = permuted_metrics(permutation_metrics, permutations=10)
    monkeypatch.setattr("mer_tasks.evaluation.permutation_test.ITEMS", 3 * 20 * 9)
    for key, values in permuted_metrics(permutation_metrics, permutations=10).items():
        np.testing.assert_allclose(values, whole[key], atol=1e-12)


def test_one_permutation_in_a_hundred_exceeds_the_limit():
    values = np.random.default_rng(0).permutation(999).astype(float)
    distribution = NullDistribution({"a": values})
    limit = distance_limit([distribution], 0.01)
    low = 499 - limit * values.std()
    high = 499 + limit * values.std()
    assert ((values < low) | (values > high)).sum() == 9  # 10 of 1,000 together with the tested labels
    with pytest.raises(ValueError, match=r"98 permutations, expected at least 99 for a risk of 0.01"):
        distance_limit([NullDistribution({"a": values[:98]})], 0.01)


def test_a_metric_that_no_permutation_changes_has_an_interval_of_one_value():
    distribution = NullDistribution(
        {"moving": np.linspace(0.2, 0.4, 99), "still": np.full(99, 0.25), "undefined": np.full(99, np.nan)}
    )
    limit = distance_limit([distribution])
    assert distribution.interval("still", limit) == pytest.approx((0.25, 0.25), abs=1e-4)
    assert distribution.distance("still", 0.25) < limit < distribution.distance("still", 0.26)
    assert distribution.distance("moving", 0.3) < limit < distribution.distance("moving", 0.9)


def test_rounding_does_not_exceed_the_limit_where_no_permutation_changes_anything():
    distribution = NullDistribution({"quarter": np.full(99, 0.25), "third": np.full(99, 1 / 3)})
    limit = distance_limit([distribution])
    assert distribution.distance("quarter", 0.25 + 1e-12) < limit < distribution.distance("quarter", 0.26)


def test_more_metrics_and_more_distributions_widen_the_intervals():
    def distributions(count, metric_count):
        random = np.random.default_rng(0)
        return [NullDistribution({key: random.normal(0.5, 0.1, 999) for key in range(metric_count)}) for _ in range(count)]

    one_metric = distance_limit(distributions(1, 1))
    more_metrics = distance_limit(distributions(1, 20))
    more_distributions = distance_limit(distributions(20, 20))
    # the limits for normal variables are 2.58, 3.48 and 4.21
    assert 2.3 < one_metric < 2.9 < more_metrics < 3.9 < more_distributions < 4.8
    assert NullDistribution({0: np.array([0.0, 1.0])}).interval(0, 3.0) == (0.0, 1.0)


def test_false_alarms_are_as_rare_as_the_chosen_risk():
    alarms, runs, risk = 0, 200, 0.05
    for seed in range(runs):
        labels, probabilities, decisions, group = random_predictions(seed)
        random = np.random.default_rng(seed)
        permuted = labels[random.permutation(len(labels))][group]
        permutation_metrics = PermutationMetrics(permuted, probabilities, decisions, group, EMOTIFY)
        distribution = NullDistribution(permuted_metrics(permutation_metrics, permutations=99, seed=seed))
        result = permutation_metrics.metrics(np.arange(len(labels))[np.newaxis])
        allowed = distance_limit([distribution], risk)
        alarms += any(distribution.distance(key, value) > allowed for key, (value,) in result.items() if not np.isnan(value))
    assert 2 <= alarms <= 20  # 99.9 % of a binomial distribution with mean 10 lie in this range
