import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mer_tasks.evaluation.bootstrap import (
    BLOCK,
    WeightedMetrics,
    intervals,
    paired_differences,
    percentile_interval,
    resample_weights,
    resampled_metrics,
)
from mer_tasks.evaluation.metrics import all_metrics
from mer_tasks.evaluation.weighted_rankings import SIDE
from tests.support.label_sets import EMOTIFY, QUARTERS


def random_predictions(count, seed=0, common=0.4):
    """Make labels, probabilities that correlate with them, and decisions."""
    random = np.random.default_rng(seed)
    labels = random.random((count, 9)) < common
    probabilities = np.clip(0.3 * labels + 0.7 * random.random((count, 9)), 0, 1)
    return labels, probabilities, probabilities >= 0.5


def weighted_metrics(predictions, groups, weights):
    """Compute metrics with one column of weights; None where they are not defined."""
    values = WeightedMetrics(*predictions, groups, EMOTIFY).metrics(np.array(weights, np.float32)[:, np.newaxis])
    return {key: None if np.isnan(value) else value for key, (value,) in values.items()}


@st.composite
def few_tracks(draw):
    """Draw a few tracks, whose probabilities are often equal."""
    count = draw(st.integers(1, 12))
    labels = draw(arrays(bool, (count, 9)))
    decisions = draw(arrays(bool, (count, 9)))
    probabilities = draw(arrays(np.float32, (count, 9), elements=st.sampled_from([0, 0.1, 0.25, 0.5, 0.7, 1])))
    return labels, probabilities, decisions


@given(few_tracks())
def test_metrics_with_weights_of_one_equal_scikit_learn(predictions):
    count = len(predictions[0])
    assert weighted_metrics(predictions, np.arange(count), np.ones(count)) == pytest.approx(
        all_metrics(*predictions, EMOTIFY), abs=1e-6
    )


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([0.05, 0.25, 0.7, 0.8])), min_size=1, max_size=12), st.data())
def test_metrics_of_tracks_with_exactly_one_label_equal_scikit_learn_with_any_weights(tracks, data):
    places, certainty = map(np.array, zip(*tracks, strict=True))
    labels = np.eye(4, dtype=bool)[places]
    predicted = data.draw(st.lists(st.integers(0, 3), min_size=len(tracks), max_size=len(tracks)))
    decisions = np.eye(4, dtype=bool)[predicted]
    probabilities = np.where(decisions, certainty[:, np.newaxis], (1 - certainty[:, np.newaxis]) / 3)
    weights = np.array(data.draw(st.lists(st.integers(0, 3), min_size=len(tracks), max_size=len(tracks)).filter(any)))
    weighted = WeightedMetrics(labels, probabilities, decisions, np.arange(len(tracks)), QUARTERS)
    values = {key: value for key, (value,) in weighted.metrics(weights.astype(np.float32)[:, np.newaxis]).items()}
    rows = np.repeat(np.arange(len(tracks)), weights)
    expected = all_metrics(labels[rows], probabilities[rows], decisions[rows], QUARTERS)
    assert values == pytest.approx(
        {key: np.nan if each is None else each for key, each in expected.items()}, abs=1e-6, nan_ok=True
    )
    assert values[None, "accuracy"] == pytest.approx(np.average(labels[np.arange(len(tracks)), predicted], weights=weights))


def test_accuracy_has_an_interval():
    random = np.random.default_rng(0)
    labels = np.eye(4, dtype=bool)[random.integers(4, size=200)]
    right = random.random(200) < 0.7
    decisions = np.where(right[:, np.newaxis], labels, np.roll(labels, 1, axis=1))
    low, high = intervals(labels, np.where(decisions, 0.7, 0.1), decisions, np.arange(200), QUARTERS)[None, "accuracy"]
    error = 1.96 * np.sqrt(right.mean() * (1 - right.mean()) / 200)
    assert (low, high) == pytest.approx((right.mean() - error, right.mean() + error), abs=0.015)


@given(few_tracks(), st.data())
def test_a_group_with_weight_two_counts_twice(predictions, data):
    count = len(predictions[0])
    groups = np.array(data.draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)))
    names, group = np.unique(groups, return_inverse=True)
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(names), max_size=len(names)).filter(any))
    rows = np.repeat(np.arange(count), np.array(weights)[group])
    expected = all_metrics(*(values[rows] for values in predictions), EMOTIFY)
    assert weighted_metrics(predictions, groups, weights) == pytest.approx(expected, abs=1e-6)


def test_a_ranking_with_many_positives_equals_scikit_learn():
    labels, probabilities, decisions = random_predictions(3 * SIDE**2)
    predictions = labels, np.round(probabilities, 4), decisions
    weights = np.random.default_rng(1).integers(3, size=len(labels))
    rows = np.repeat(np.arange(len(labels)), weights)
    expected = all_metrics(*(values[rows] for values in predictions), EMOTIFY)
    assert weighted_metrics(predictions, np.arange(len(labels)), weights) == pytest.approx(expected, abs=1e-6)


def test_each_resample_draws_as_many_groups_as_exist():
    blocks = list(resample_weights(7, BLOCK + 3, 0))
    assert [block.shape for block in blocks] == [(7, BLOCK), (7, 3)]
    drawn = np.concatenate(blocks, axis=1)
    assert (drawn.sum(axis=0) == 7).all()
    # each group is drawn once per resample on average, and not at all with probability (6/7) ** 7
    assert drawn.mean(axis=1) == pytest.approx(np.ones(7), abs=0.35)
    assert (drawn == 0).mean() == pytest.approx((6 / 7) ** 7, abs=0.05)


def test_an_interval_equals_that_of_resampling_with_scikit_learn():
    predictions = random_predictions(60)
    groups = np.repeat(np.arange(20), 3)
    result = intervals(*predictions, groups, EMOTIFY, resamples=20, seed=5)
    resamples = []
    for weights in np.concatenate(list(resample_weights(20, 20, 5)), axis=1).T:
        rows = np.repeat(np.arange(60), weights.astype(int)[groups])
        resamples.append(all_metrics(*(values[rows] for values in predictions), EMOTIFY))
    expected = {key: np.percentile([values[key] for values in resamples], [2.5, 97.5]) for key in result}
    assert np.array(list(result.values())) == pytest.approx(np.array(list(expected.values())), abs=1e-6)


def test_copies_of_a_track_in_its_group_do_not_narrow_the_interval():
    single = random_predictions(30, seed=3)
    tenfold = tuple(np.repeat(values, 10, axis=0) for values in single)
    single_intervals = intervals(*single, np.arange(30), EMOTIFY)
    assert intervals(*tenfold, np.repeat(np.arange(30), 10), EMOTIFY)[None, "roc_auc_macro"] == pytest.approx(
        single_intervals[None, "roc_auc_macro"]
    )
    low, high = intervals(*tenfold, np.arange(300), EMOTIFY)[None, "roc_auc_macro"]
    assert high - low < (single_intervals[None, "roc_auc_macro"][1] - single_intervals[None, "roc_auc_macro"][0]) / 2


def test_intervals_do_not_depend_on_group_names():
    predictions = random_predictions(30)
    names = np.array([f"artist {number // 2:02}" for number in range(30)])
    assert intervals(*predictions, names, EMOTIFY) == intervals(*predictions, np.arange(30) // 2, EMOTIFY)


def test_the_interval_covers_the_true_value_in_about_95_percent_of_samples():
    # true ROC-AUC of the random predictions: a positive scores 0.3 higher, and scores vary within a range of 0.7
    true = 1 - (0.7 - 0.3) ** 2 / (2 * 0.7**2)
    inside = []
    for seed in range(200):
        low, high = intervals(*random_predictions(50, seed), np.arange(50), EMOTIFY, resamples=200, seed=seed)[
            None, "roc_auc_macro"
        ]
        inside.append(low <= true <= high)
    assert 0.91 <= np.mean(inside) <= 0.99


def test_one_group_gives_no_intervals():
    result = intervals(*random_predictions(5), np.zeros(5), EMOTIFY)
    assert result == dict.fromkeys(all_metrics(*random_predictions(5), EMOTIFY))
    predictions = random_predictions(5)
    assert (
        paired_differences(predictions[0], predictions[1:], predictions[1:], np.zeros(5), EMOTIFY)[None, "f1_macro"].low is None
    )


def test_an_emotion_without_positives_has_no_interval():
    labels, *scores = random_predictions(20)
    labels[:, 2] = False
    result = intervals(labels, *scores, np.arange(20), EMOTIFY)
    assert [result[EMOTIFY.ids[2], name] for name in ("f1", "roc_auc", "pr_auc", "brier", "ece")] == [None] * 5
    assert result[EMOTIFY.ids[2], "hamming_loss"] is not None
    assert result[None, "roc_auc_macro"] is not None


def test_resamples_without_the_emotion_are_ignored():
    labels, *scores = random_predictions(20)
    labels[:, 2] = np.arange(20) == 7
    values = resampled_metrics(WeightedMetrics(labels, *scores, np.arange(20), EMOTIFY))[EMOTIFY.ids[2], "roc_auc"]
    assert np.isnan(values).mean() == pytest.approx((19 / 20) ** 20, abs=0.05)
    low, high = percentile_interval(values)
    assert 0 <= low < high <= 1


def test_a_model_has_no_difference_from_itself():
    labels, *scores = random_predictions(40)
    result = paired_differences(labels, tuple(scores), tuple(scores), np.arange(40), EMOTIFY)
    assert {(difference.value, difference.low, difference.high) for difference in result.values()} == {(0, 0, 0)}


def test_a_paired_difference_is_significant_although_the_intervals_overlap():
    labels, probabilities, decisions = random_predictions(60)
    better = np.clip(probabilities + 0.05 * labels, 0, 1)
    differences = paired_differences(labels, (probabilities, decisions), (better, decisions), np.arange(60), EMOTIFY)
    first_interval, second_interval = (
        intervals(labels, values, decisions, np.arange(60), EMOTIFY)[None, "roc_auc_macro"]
        for values in (probabilities, better)
    )
    assert second_interval[0] < first_interval[1], "the intervals overlap"
    roc_auc = differences[None, "roc_auc_macro"]
    assert 0 < roc_auc.low <= roc_auc.value <= roc_auc.high
    first, second = (
        all_metrics(labels, values, decisions, EMOTIFY)[None, "roc_auc_macro"] for values in (probabilities, better)
    )
    assert roc_auc.value == pytest.approx(second - first)
    assert differences[None, "f1_macro"].value == 0


def test_the_difference_of_an_undefined_metric_is_undefined():
    labels, *scores = random_predictions(20)
    labels[:, 2] = False
    result = paired_differences(labels, tuple(scores), tuple(scores), np.arange(20), EMOTIFY)[EMOTIFY.ids[2], "roc_auc"]
    assert (result.value, result.low, result.high) == (None, None, None)


def test_the_same_seed_gives_the_same_intervals():
    predictions = random_predictions(30)
    assert intervals(*predictions, np.arange(30), EMOTIFY, seed=1) == intervals(*predictions, np.arange(30), EMOTIFY, seed=1)
    assert intervals(*predictions, np.arange(30), EMOTIFY, seed=1) != intervals(*predictions, np.arange(30), EMOTIFY, seed=2)
