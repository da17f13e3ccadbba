import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.bootstrap import BLOCK, Judged, draws, ends, intervals, paired, resampled
from mer_tasks.evaluation.metrics import figures
from mer_tasks.evaluation.weighted_rankings import SIDE


def judged_at_random(count, seed=0, common=0.4):
    """Labels, probabilities that know something of them, and decisions."""
    random = np.random.default_rng(seed)
    labels = random.random((count, 9)) < common
    probabilities = np.clip(0.3 * labels + 0.7 * random.random((count, 9)), 0, 1)
    return labels, probabilities, probabilities >= 0.5


def weighed(judged, groups, weights):
    """Figures by name where each group counts as often as its weight; None where they are not defined."""
    found = Judged(*judged, groups).figures(np.array(weights, np.float32)[:, np.newaxis])
    return {figure: None if np.isnan(value) else value for figure, (value,) in found.items()}


@st.composite
def few_tracks(draw):
    """Some tracks, whose probabilities are often equal."""
    count = draw(st.integers(1, 12))
    labels, decisions = (draw(arrays(bool, (count, 9))) for _ in range(2))
    probabilities = draw(arrays(np.float32, (count, 9), elements=st.sampled_from([0, 0.1, 0.25, 0.5, 0.7, 1])))
    return labels, probabilities, decisions


@given(few_tracks())
def test_with_weights_of_one_the_figures_are_scikit_learns(judged):
    count = len(judged[0])
    assert weighed(judged, np.arange(count), np.ones(count)) == pytest.approx(figures(*judged), abs=1e-6)


@given(few_tracks(), st.data())
def test_a_group_of_weight_two_is_there_twice(judged, data):
    count = len(judged[0])
    groups = np.array(data.draw(st.lists(st.integers(0, 4), min_size=count, max_size=count)))
    names, group = np.unique(groups, return_inverse=True)
    weights = data.draw(st.lists(st.integers(0, 3), min_size=len(names), max_size=len(names)).filter(any))
    rows = np.repeat(np.arange(count), np.array(weights)[group])
    expected = figures(*(values[rows] for values in judged))
    assert weighed(judged, groups, weights) == pytest.approx(expected, abs=1e-6)


def test_a_ranking_of_many_positives_is_scikit_learns():
    labels, probabilities, decisions = judged_at_random(3 * SIDE**2)
    judged = labels, np.round(probabilities, 4), decisions
    weights = np.random.default_rng(1).integers(3, size=len(labels))
    rows = np.repeat(np.arange(len(labels)), weights)
    expected = figures(*(values[rows] for values in judged))
    assert weighed(judged, np.arange(len(labels)), weights) == pytest.approx(expected, abs=1e-6)


def test_each_resample_draws_as_many_groups_as_there_are():
    blocks = list(draws(7, BLOCK + 3, 0))
    assert [block.shape for block in blocks] == [(7, BLOCK), (7, 3)]
    drawn = np.concatenate(blocks, axis=1)
    assert (drawn.sum(axis=0) == 7).all()
    # of one group in a resample: 1 on average, none at all in (6/7) ** 7
    assert drawn.mean(axis=1) == pytest.approx(np.ones(7), abs=0.35)
    assert (drawn == 0).mean() == pytest.approx((6 / 7) ** 7, abs=0.05)


def test_an_interval_is_that_of_resampling_with_scikit_learn():
    judged, groups = judged_at_random(60), np.repeat(np.arange(20), 3)
    found = intervals(*judged, groups, resamples=20, seed=5)
    resamples = []
    for weights in np.concatenate(list(draws(20, 20, 5)), axis=1).T:
        rows = np.repeat(np.arange(60), weights.astype(int)[groups])
        resamples.append(figures(*(values[rows] for values in judged)))
    expected = {figure: np.percentile([values[figure] for values in resamples], [2.5, 97.5]) for figure in found}
    assert np.array(list(found.values())) == pytest.approx(np.array(list(expected.values())), abs=1e-6)


def test_tracks_of_one_group_are_no_more_evidence_than_one_of_them():
    single = judged_at_random(30, seed=3)
    tenfold = tuple(np.repeat(values, 10, axis=0) for values in single)
    once = intervals(*single, np.arange(30))
    assert intervals(*tenfold, np.repeat(np.arange(30), 10))[None, "roc_auc_macro"] == pytest.approx(
        once[None, "roc_auc_macro"]
    )
    low, high = intervals(*tenfold, np.arange(300))[None, "roc_auc_macro"]
    assert high - low < (once[None, "roc_auc_macro"][1] - once[None, "roc_auc_macro"][0]) / 2


def test_names_of_groups_do_not_matter():
    judged = judged_at_random(30)
    names = np.array([f"artist {number // 2:02}" for number in range(30)])
    assert intervals(*judged, names) == intervals(*judged, np.arange(30) // 2)


def test_of_nineteen_in_twenty_samples_the_interval_has_the_value_of_all():
    # what the tracks were drawn from: a positive scores 0.3 higher, in a range of 0.7
    true = 1 - (0.7 - 0.3) ** 2 / (2 * 0.7**2)
    inside = []
    for seed in range(200):
        low, high = intervals(*judged_at_random(50, seed), np.arange(50), resamples=200, seed=seed)[None, "roc_auc_macro"]
        inside.append(low <= true <= high)
    assert 0.91 <= np.mean(inside) <= 0.99


def test_one_group_says_nothing_of_others():
    found = intervals(*judged_at_random(5), np.zeros(5))
    assert found == dict.fromkeys(figures(*judged_at_random(5)))
    judged = judged_at_random(5)
    assert paired(judged[0], judged[1:], judged[1:], np.zeros(5))[None, "f1_macro"].low is None


def test_what_nothing_carries_has_no_interval():
    labels, *said = judged_at_random(20)
    labels[:, 2] = False
    found = intervals(labels, *said, np.arange(20))
    assert [found[EMOTIONS[2], name] for name in ("f1", "roc_auc", "pr_auc", "brier", "ece")] == [None] * 5
    assert found[EMOTIONS[2], "hamming_loss"] is not None
    assert found[None, "roc_auc_macro"] is not None


def test_resamples_without_the_emotion_do_not_count():
    labels, *said = judged_at_random(20)
    labels[:, 2] = np.arange(20) == 7
    values = resampled(Judged(labels, *said, np.arange(20)))[EMOTIONS[2], "roc_auc"]
    assert np.isnan(values).mean() == pytest.approx((19 / 20) ** 20, abs=0.05)
    low, high = ends(values)
    assert 0 <= low < high <= 1


def test_a_model_does_not_differ_from_itself():
    labels, *said = judged_at_random(40)
    found = paired(labels, tuple(said), tuple(said), np.arange(40))
    assert {(each.value, each.low, each.high) for each in found.values()} == {(0, 0, 0)}


def test_a_difference_is_surer_than_two_intervals_say():
    labels, probabilities, decisions = judged_at_random(60)
    better = np.clip(probabilities + 0.05 * labels, 0, 1)
    found = paired(labels, (probabilities, decisions), (better, decisions), np.arange(60))[None, "roc_auc_macro"]
    one, two = (
        intervals(labels, values, decisions, np.arange(60))[None, "roc_auc_macro"] for values in (probabilities, better)
    )
    assert two[0] < one[1], "the intervals overlap"
    assert 0 < found.low <= found.value <= found.high
    first, second = (figures(labels, values, decisions)[None, "roc_auc_macro"] for values in (probabilities, better))
    assert found.value == pytest.approx(second - first)
    assert paired(labels, (probabilities, decisions), (better, decisions), np.arange(60))[None, "f1_macro"].value == 0


def test_a_difference_from_what_is_not_defined_is_not_defined():
    labels, *said = judged_at_random(20)
    labels[:, 2] = False
    found = paired(labels, tuple(said), tuple(said), np.arange(20))[EMOTIONS[2], "roc_auc"]
    assert (found.value, found.low, found.high) == (None, None, None)


def test_the_same_seed_gives_the_same_interval():
    judged = judged_at_random(30)
    assert intervals(*judged, np.arange(30), seed=1) == intervals(*judged, np.arange(30), seed=1)
    assert intervals(*judged, np.arange(30), seed=1) != intervals(*judged, np.arange(30), seed=2)
