import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from mer_tasks.modelling.calibration import fit_platt
from mer_tasks.modelling.threshold_search import UNDECIDED, best_threshold, fit_rule


@pytest.mark.parametrize(
    ("probabilities", "labels", "threshold", "score"),
    [
        pytest.param([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 0.5, 1.0, id="halfway between the two sides"),
        pytest.param([0.9, 0.1, 0.8, 0.2], [1, 0, 1, 0], 0.5, 1.0, id="in any order"),
        pytest.param([0.4, 0.6], [1, 1], 0.2, 1.0, id="everything is positive"),
        pytest.param([0.6, 0.6, 0.2], [1, 0, 0], 0.4, 2 / 3, id="equal probabilities are let through together"),
        pytest.param([0.9, 0.7, 0.5, 0.3], [1, 0, 0, 1], 0.8, 2 / 3, id="of equally good ones the highest"),
        pytest.param([0.0, 0.0], [0, 1], 0.0, 2 / 3, id="all are zero"),
    ],
)
def test_the_best_threshold_lies_halfway_below_the_probabilities_that_reach_it(probabilities, labels, threshold, score):
    result = best_threshold(np.array(probabilities), np.array(labels, bool))
    assert result == (pytest.approx(threshold), pytest.approx(score))


def test_an_emotion_without_positive_tracks_has_the_default_threshold():
    assert best_threshold(np.array([0.1, 0.9]), np.array([False, False])) == (UNDECIDED, None)


def test_fit_rule_calibrates_each_emotion_and_chooses_its_threshold_on_calibrated_probabilities():
    random = np.random.default_rng(0)
    raw_probabilities = random.random((30, 9))
    labels = random.random((30, 9)) < 0.4
    labels[:, 8] = False
    rule, scores = fit_rule(raw_probabilities, labels)
    probabilities = rule.probabilities(raw_probabilities)
    for emotion in range(9):
        calibration = fit_platt(raw_probabilities[:, emotion], labels[:, emotion])
        assert (rule.temperatures[emotion], rule.offsets[emotion]) == calibration
        assert (rule.thresholds[emotion], scores[emotion]) == best_threshold(probabilities[:, emotion], labels[:, emotion])
    assert (rule.thresholds[8], scores[8]) == (UNDECIDED, None)
    np.testing.assert_array_equal(rule.decisions(probabilities), probabilities >= rule.thresholds)
    assert list(rule.by_emotion()["offsets"].values()) == rule.offsets.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30).filter(lambda rows: any(b for _, b in rows))
)
def test_no_threshold_has_a_higher_f1(rows):
    probabilities = np.array([value / 20 for value, _ in rows], np.float32)
    labels = np.array([label for _, label in rows])
    threshold, score = best_threshold(probabilities, labels)
    assert f1_score(labels, probabilities >= threshold) == pytest.approx(score)
    best = max(f1_score(labels, probabilities >= tried, zero_division=0) for tried in np.linspace(0, 1.05, 43))
    assert score >= best - 1e-12
