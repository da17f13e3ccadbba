import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import figures
from mer_tasks.evaluation.permutation_test import Chance, Dealing, limit, permutations


def judged(seed: int, groups: int = 12, items: int = 20):
    """Labels of groups, and of items in groups: probabilities with ties, decisions, and the group of each."""
    random = np.random.default_rng(seed)
    group = np.sort(np.concatenate([np.arange(groups), random.integers(groups, size=items - groups)]))
    labels = random.random((groups, len(EMOTIONS))) < random.uniform(0, 1, len(EMOTIONS))
    probabilities = np.round(random.random((items, len(EMOTIONS))), 1)
    return labels, probabilities, random.random(probabilities.shape) < probabilities, group


@settings(max_examples=15)
@given(st.integers(0, 10_000), st.integers(1, 8))
def test_figures_of_labels_that_were_dealt_anew_are_those_of_metrics(seed, groups):
    labels, probabilities, decisions, group = judged(seed, groups)
    random = np.random.default_rng(seed)
    deals = np.stack([np.arange(groups), *(random.permutation(groups) for _ in range(3))])
    found = Dealing(labels[group], probabilities, decisions, group).figures(deals)
    for place, deal in enumerate(deals):
        expected = figures(labels[deal][group], probabilities, decisions)
        assert found.keys() == expected.keys()
        for figure, value in expected.items():
            assert found[figure][place] == pytest.approx(np.nan if value is None else value, abs=1e-9, nan_ok=True), figure


def test_labels_that_differ_within_a_group_are_refused():
    labels, probabilities, decisions, group = judged(0)
    apart = labels[group]
    apart[np.flatnonzero(group == group[-1])[-1]] ^= True
    group[-1] = group[-2]
    with pytest.raises(ValueError, match="tracks of one group have different labels"):
        Dealing(apart, probabilities, decisions, group)


def test_tracks_and_their_segments_get_the_same_permutations():
    labels, probabilities, decisions, group = judged(1)
    tracks = permutations(Dealing(labels[group], probabilities, decisions, group), draws=50, seed=3)
    twice = [np.repeat(values, 2, axis=0) for values in (labels[group], probabilities, decisions, group)]
    segments = permutations(Dealing(*twice), draws=50, seed=3)
    for figure, values in tracks.items():
        np.testing.assert_allclose(segments[figure], values, atol=1e-9)


def test_permutations_do_not_depend_on_how_many_fit_into_memory(monkeypatch):
    labels, probabilities, decisions, group = judged(2)
    dealing = Dealing(labels[group], probabilities, decisions, group)
    whole = permutations(dealing, draws=10)
    monkeypatch.setattr("mer_tasks.evaluation.permutation_test.ITEMS", 3 * 20 * 9)
    for figure, values in permutations(dealing, draws=10).items():
        np.testing.assert_allclose(values, whole[figure], atol=1e-12)


def test_the_limit_is_passed_by_one_permutation_in_a_hundred():
    values = np.random.default_rng(0).permutation(999).astype(float)
    chance = Chance({"a": values})
    found = limit([chance], 0.01)
    low, high = (499 - found * values.std(), 499 + found * values.std())
    assert ((values < low) | (values > high)).sum() == 9  # and with what is judged itself, 10 of 1,000
    with pytest.raises(ValueError, match=r"98 permutations, expected at least 99 for a risk of 0.01"):
        limit([Chance({"a": values[:98]})], 0.01)


def test_what_no_permutation_changes_has_only_itself_for_an_interval():
    chance = Chance({"moving": np.linspace(0.2, 0.4, 99), "still": np.full(99, 0.25), "undefined": np.full(99, np.nan)})
    found = limit([chance])
    assert chance.interval("still", found) == pytest.approx((0.25, 0.25), abs=1e-4)
    assert chance.distance("still", 0.25) < found < chance.distance("still", 0.26)
    assert chance.distance("moving", 0.3) < found < chance.distance("moving", 0.9)


def test_rounding_is_no_distance_where_no_permutation_changes_anything():
    chance = Chance({"one": np.full(99, 0.25), "other": np.full(99, 1 / 3)})
    found = limit([chance])
    assert chance.distance("one", 0.25 + 1e-12) < found < chance.distance("one", 0.26)


def test_more_figures_and_more_permutations_of_the_labels_widen_the_intervals():
    def chances(count, figures):
        random = np.random.default_rng(0)
        return [Chance({place: random.normal(0.5, 0.1, 999) for place in range(figures)}) for _ in range(count)]

    one, many, all_ = (limit(chances(*size)) for size in ((1, 1), (1, 20), (20, 20)))
    assert 2.3 < one < 2.9 < many < 3.9 < all_ < 4.8  # of normal variables: 2.58, 3.48 and 4.21
    assert Chance({0: np.array([0.0, 1.0])}).interval(0, 3.0) == (0.0, 1.0)


def test_false_alarms_are_as_rare_as_they_are_asked_to_be():
    alarms, runs, risk = 0, 200, 0.05
    for seed in range(runs):
        labels, probabilities, decisions, group = judged(seed)
        random = np.random.default_rng(seed)
        dealt = labels[random.permutation(len(labels))][group]
        dealing = Dealing(dealt, probabilities, decisions, group)
        chance = Chance(permutations(dealing, draws=99, seed=seed))
        found = dealing.figures(np.arange(len(labels))[np.newaxis])
        allowed = limit([chance], risk)
        alarms += any(chance.distance(figure, value) > allowed for figure, (value,) in found.items() if not np.isnan(value))
    assert 2 <= alarms <= 20  # of a binomial variable with mean 10, 99.9 % lie there
