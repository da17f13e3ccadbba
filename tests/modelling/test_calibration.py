import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit, softmax
from sklearn.metrics import log_loss

from mer_tasks.modelling.calibration import apply_platt, apply_softmax, fit_platt, fit_softmax


def random_predictions(temperature: float, offset: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Make probabilities, and labels that are as likely as the calibrated probabilities."""
    random = np.random.default_rng(0)
    probabilities = expit(random.normal(0, 1.5, (count, 1)))
    return probabilities, random.random((count, 1)) < expit(logit(probabilities) / temperature + offset)


@pytest.mark.parametrize(("temperature", "offset"), [(1.0, 0.0), (0.5, 1.0), (2.0, -0.5)])
def test_the_fit_finds_the_temperature_and_the_offset_behind_the_labels(temperature, offset):
    fitted, offsets = fit_platt(*random_predictions(temperature, offset))
    assert (fitted, *offsets) == pytest.approx((temperature, offset), abs=0.08)


def test_calibrated_probabilities_equal_the_shares_of_positives():
    probabilities, labels = random_predictions(0.5, 1.0)
    scaled = apply_platt(probabilities, *fit_platt(probabilities, labels))
    for low in np.arange(0, 1, 0.1):
        inside = (scaled >= low) & (scaled < low + 0.1)
        assert abs(scaled[inside].mean() - labels[inside].mean()) < 0.03


def test_equal_labels_give_no_calibration():
    probabilities = np.array([[0.2, 0.1, 0.3], [0.7, 0.4, 0.6]])
    temperature, offsets = fit_platt(probabilities[:, :2], np.array([[True, False], [True, False]]))
    assert (temperature, offsets.tolist()) == (1.0, [0.0, 0.0])
    temperature, offsets = fit_platt(probabilities, np.array([[True, False, False], [True, False, True]]))
    alone, offset = fit_platt(probabilities[:, 2:], np.array([[False], [True]]))
    assert (temperature, offsets.tolist()) == (alone, [0.0, 0.0, *offset])


def test_all_labels_have_one_temperature_and_each_its_offset():
    random = np.random.default_rng(1)
    probabilities = expit(random.normal(0, 1.5, (5000, 3)))
    labels = random.random(probabilities.shape) < expit(logit(probabilities) / 0.6 + np.array([-1.0, 0.0, 1.0]))
    temperature, offsets = fit_platt(probabilities, labels)
    assert temperature == pytest.approx(0.6, abs=0.05)
    np.testing.assert_allclose(offsets, [-1, 0, 1], atol=0.15)


def test_few_tracks_change_the_calibration_little():
    temperature, (offset,) = fit_platt(np.array([[0.4], [0.6]]), np.array([[False], [True]]))
    assert 0.5 < temperature < 1
    assert abs(offset) < 0.1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_calibration_keeps_the_order_and_gives_probabilities(pairs):
    probabilities, labels = np.array([[pair[0]] for pair in pairs]), np.array([[pair[1]] for pair in pairs])
    temperature, offsets = fit_platt(probabilities, labels)
    scaled = apply_platt(np.sort(probabilities, axis=0), temperature, offsets)
    assert temperature > 0
    assert ((scaled >= 0) & (scaled <= 1)).all()
    assert (np.diff(scaled[:, 0]) >= 0).all()


def test_each_emotion_has_its_own_calibration():
    calibrated = apply_platt(np.array([[0.5, 0.5], [0.9, 0.9]]), [1.0, 2.0], [0.0, 1.0])
    np.testing.assert_allclose(calibrated, [[0.5, expit(1)], [0.9, expit(logit(0.9) / 2 + 1)]])


def single_predictions(temperature, offsets, tracks=4000):
    """Draw labels from probabilities; return the probabilities of a model with the inverse calibration, and the labels."""
    random = np.random.default_rng(0)
    true = softmax(random.normal(0, 2, (tracks, len(offsets))), axis=1)
    labels = np.array([random.multinomial(1, row) for row in true], bool)
    return softmax((np.log(true) - offsets) * temperature, axis=1), labels


def test_one_temperature_and_an_offset_for_each_label_are_found_again():
    offsets = np.array([0.5, -0.4, 0.2, -0.3])
    temperature, fitted = fit_softmax(*single_predictions(0.5, offsets))
    assert temperature == pytest.approx(0.5, rel=0.1)
    np.testing.assert_allclose(fitted - fitted.mean(), offsets - offsets.mean(), atol=0.12)


def test_calibrated_probabilities_of_labels_of_which_a_track_has_one_sum_to_one_and_lower_the_loss():
    probabilities, labels = single_predictions(0.4, np.array([1.0, 0, -1.0]), tracks=200)
    probabilities[0] = [1, 0, 0]
    calibrated = apply_softmax(probabilities, *fit_softmax(probabilities, labels))
    np.testing.assert_allclose(calibrated.sum(axis=1), 1)
    assert np.isfinite(np.log(calibrated)).all()
    assert log_loss(labels, calibrated) < log_loss(labels, apply_softmax(probabilities, 1.0, 0.0)) - 0.02


def test_one_label_of_all_tracks_calibrates_nothing():
    probabilities = np.array([[0.2, 0.8], [0.7, 0.3]])
    temperature, offsets = fit_softmax(probabilities, np.array([[True, False], [True, False]]))
    assert (temperature, offsets.tolist()) == (1.0, [0.0, 0.0])
    np.testing.assert_allclose(apply_softmax(probabilities, temperature, offsets), probabilities)


def test_two_hundred_labels_are_calibrated_in_seconds():
    random = np.random.default_rng(0)
    labels = np.eye(200, dtype=bool)[random.integers(0, 200, 1000)]
    probabilities = softmax(random.normal(size=labels.shape) + 2 * labels, axis=1)
    temperature, offsets = fit_softmax(probabilities, labels)
    assert 0.3 < temperature < 1  # the classes of the simulation are clearer than its probabilities
    assert offsets.shape == (200,)
    assert log_loss(labels, apply_softmax(probabilities, temperature, offsets)) < log_loss(labels, probabilities)
