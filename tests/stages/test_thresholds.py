import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from mer_tasks.modelling.calibration import fitted
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
def test_known_thresholds(probabilities, labels, threshold, score):
    found = best_threshold(np.array(probabilities), np.array(labels, bool))
    assert found == (pytest.approx(threshold), pytest.approx(score))


def test_an_emotion_without_positives_is_left_undecided():
    assert best_threshold(np.array([0.1, 0.9]), np.array([False, False])) == (UNDECIDED, None)


def test_a_rule_has_a_calibration_and_a_threshold_of_calibrated_probabilities_for_each_emotion():
    random = np.random.default_rng(0)
    said, labels = random.random((30, 9)), random.random((30, 9)) < 0.4
    labels[:, 8] = False
    found, scores = fit_rule(said, labels)
    probabilities = found.probabilities(said)
    for place in range(9):
        assert (found.temperatures[place], found.offsets[place]) == fitted(said[:, place], labels[:, place])
        assert (found.thresholds[place], scores[place]) == best_threshold(probabilities[:, place], labels[:, place])
    assert (found.thresholds[8], scores[8]) == (UNDECIDED, None)
    np.testing.assert_array_equal(found.decisions(probabilities), probabilities >= found.thresholds)
    assert list(found.by_emotion()["offsets"].values()) == found.offsets.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30).filter(lambda rows: any(b for _, b in rows))
)
def test_no_threshold_has_a_higher_f1(rows):
    probabilities, labels = np.array([value / 20 for value, _ in rows], np.float32), np.array([label for _, label in rows])
    threshold, score = best_threshold(probabilities, labels)
    assert f1_score(labels, probabilities >= threshold) == pytest.approx(score)
    best = max(f1_score(labels, probabilities >= tried, zero_division=0) for tried in np.linspace(0, 1.05, 43))
    assert score >= best - 1e-12
