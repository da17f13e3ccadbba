import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit

from mer_tasks.modelling.calibration import calibrated, fitted


def drawn(temperature: float, offset: float, count: int = 20_000) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities, and labels that are as likely as the calibrated probabilities say."""
    random = np.random.default_rng(0)
    probabilities = expit(random.normal(0, 1.5, count))
    return probabilities, random.random(count) < expit(logit(probabilities) / temperature + offset)


@pytest.mark.parametrize(("temperature", "offset"), [(1.0, 0.0), (0.5, 1.0), (2.0, -0.5)])
def test_it_finds_the_temperature_and_the_offset_that_made_the_labels(temperature, offset):
    found = fitted(*drawn(temperature, offset))
    assert found == pytest.approx((temperature, offset), abs=0.08)


def test_probabilities_become_the_shares_of_positives():
    probabilities, labels = drawn(0.5, 1.0)
    moved = calibrated(probabilities, *fitted(probabilities, labels))
    for low in np.arange(0, 1, 0.1):
        inside = (moved >= low) & (moved < low + 0.1)
        assert abs(moved[inside].mean() - labels[inside].mean()) < 0.03


def test_labels_that_are_all_the_same_say_nothing():
    assert fitted(np.array([0.2, 0.7]), np.array([True, True])) == (1.0, 0.0)
    assert fitted(np.array([0.2, 0.7]), np.array([False, False])) == (1.0, 0.0)


def test_few_tracks_move_little():
    temperature, offset = fitted(np.array([0.4, 0.6]), np.array([False, True]))
    assert 0.5 < temperature < 1
    assert abs(offset) < 0.1


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=30))
def test_the_order_stays_and_everything_is_a_probability(pairs):
    probabilities, labels = np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
    temperature, offset = fitted(probabilities, labels)
    moved = calibrated(np.sort(probabilities), temperature, offset)
    assert temperature > 0
    assert ((moved >= 0) & (moved <= 1)).all()
    assert (np.diff(moved) >= 0).all()


def test_each_emotion_has_its_own():
    found = calibrated(np.array([[0.5, 0.5], [0.9, 0.9]]), [1.0, 2.0], [0.0, 1.0])
    np.testing.assert_allclose(found, [[0.5, expit(1)], [0.9, expit(logit(0.9) / 2 + 1)]])
