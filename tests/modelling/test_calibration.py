import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from mer_tasks.modelling.calibration import apply_platt, fit_platt


def random_predictions(temperature: float, offset: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Make probabilities, and labels that are as likely as the calibrated probabilities."""
    random = np.random.default_rng(0)
    probabilities = expit(random.normal(0, 1.5, count))
    return probabilities, random.random(count) < expit(logit(probabilities) / temperature + offset)


@pytest.mark.parametrize(("temperature", "offset"), [(1.0, 0.0), (0.5, 1.0), (2.0, -0.5)])
def test_the_fit_finds_the_temperature_and_the_offset_behind_the_labels(temperature, offset):
    fitted = fit_platt(*random_predictions(temperature, offset))
    assert fitted == pytest.approx((temperature, offset), abs=0.08)


def test_calibrated_probabilities_equal_the_shares_of_positives():
    probabilities, labels = random_predictions(0.5, 1.0)
    scaled = apply_platt(probabilities, *fit_platt(probabilities, labels))
    for low in np.arange(0, 1, 0.1):
        inside = (scaled >= low) & (scaled < low + 0.1)
        assert abs(scaled[inside].mean() - labels[inside].mean()) < 0.03


def test_equal_labels_give_no_calibration():
    assert fit_platt(np.array([0.2, 0.7]), np.array([True, True])) == (1.0, 0.0)
    assert fit_platt(np.array([0.2, 0.7]), np.array([False, False])) == (1.0, 0.0)


def test_few_tracks_change_the_calibration_little():
    temperature, offset = fit_platt(np.array([0.4, 0.6]), np.array([False, True]))
    assert 0.5 < temperature < 1
    assert abs(offset) < 0.1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_calibration_keeps_the_order_and_gives_probabilities(pairs):
    probabilities, labels = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    temperature, offset = fit_platt(probabilities, labels)
    scaled = apply_platt(np.sort(probabilities), temperature, offset)
    assert temperature > 0
    assert ((scaled >= 0) & (scaled <= 1)).all()
    assert (np.diff(scaled) >= 0).all()


def test_each_emotion_has_its_own_calibration():
    calibrated = apply_platt(np.array([[0.5, 0.5], [0.9, 0.9]]), [1.0, 2.0], [0.0, 1.0])
    np.testing.assert_allclose(calibrated, [[0.5, expit(1)], [0.9, expit(logit(0.9) / 2 + 1)]])
