import keras
import numpy as np
import pytest
from sklearn.metrics import f1_score, roc_auc_score

from mer_tasks.modelling import losses
from tests.support.label_sets import EMOTIFY, QUARTERS


def test_weighted_cross_entropy_multiplies_the_loss_of_presence_by_the_weight():
    probabilities = np.array([[0.2, 0.7, 0.4]], np.float32)
    labels = np.array([[1, 0, 0.5]], np.float32)
    loss = losses.WeightedCrossentropy([3.0, 1.0, 2.0])
    expected = -(3 * np.log(0.2) + np.log(0.3) + 2 * 0.5 * np.log(0.4) + 0.5 * np.log(0.6)) / 3
    assert float(loss(labels, probabilities)) == pytest.approx(expected, rel=1e-5)
    plain = keras.losses.BinaryCrossentropy()(labels, probabilities)
    assert float(losses.WeightedCrossentropy([1.0] * 3)(labels, probabilities)) == pytest.approx(float(plain), rel=1e-5)


def test_measures_with_share_limits_equal_measures_with_labels():
    random = np.random.default_rng(0)
    shares, probabilities = random.random((2, 64, 9), np.float32)
    values = {}
    for limits, targets in (([0.3] * 9, shares), (None, shares >= 0.3)):
        for metric in losses.training_metrics(limits, None, EMOTIFY):
            predictions = probabilities if metric.name == "auc" or limits else np.float32(probabilities >= 0.3)
            metric.update_state(targets, predictions)
            values.setdefault(metric.name, []).append(float(metric.result()))
            metric.reset_state()
            assert float(metric.result()) == 0
    assert set(values) == {"accuracy", "auc", "precision", "recall"}
    for name, (of_shares, of_labels) in values.items():
        assert of_shares == pytest.approx(of_labels), name


def test_the_limit_of_a_probability_minimises_the_weighted_loss_of_the_share_limit():
    metrics = losses.training_metrics([0.3, 0.6], [4.0, 0.5], EMOTIFY)
    (limits,) = {tuple(metric.likely) for metric in metrics if metric.name != "auc"}
    loss = losses.WeightedCrossentropy([4.0, 0.5])
    target = np.array([[0.3, 0.6]], np.float32)
    for emotion in range(2):
        for step in (-0.02, 0.02):
            other = np.array([limits], np.float32)
            other[0, emotion] += step
            assert float(loss(target, np.array([limits], np.float32))) < float(loss(target, other))


def test_weighted_categorical_cross_entropy_multiplies_the_loss_of_a_label_by_its_weight():
    probabilities = np.array([[0.2, 0.5, 0.3]], np.float32)
    shares = np.array([[0.25, 0.75, 0]], np.float32)
    loss = losses.WeightedCategoricalCrossentropy([3.0, 1.0, 2.0])
    expected = -(3 * 0.25 * np.log(0.2) + 0.75 * np.log(0.5))
    assert float(loss(shares, probabilities)) == pytest.approx(expected, rel=1e-5)
    plain = keras.losses.CategoricalCrossentropy()(shares, probabilities)
    unweighted = losses.WeightedCategoricalCrossentropy([1.0] * 3)(shares, probabilities)
    assert float(unweighted) == pytest.approx(float(plain), rel=1e-5)


def test_measures_of_labels_of_which_a_track_has_one_compare_the_most_probable_label_with_the_largest_share():
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.ones(4), 64).astype(np.float32)
    probabilities = random.dirichlet(np.ones(4), 64).astype(np.float32)
    true, decided = shares.argmax(axis=1), probabilities.argmax(axis=1)
    values = {}
    for metric in losses.training_metrics(None, None, QUARTERS):
        again = type(metric).from_config(metric.get_config())
        again.update_state(shares, probabilities)
        values[again.name] = float(again.result())
    assert values["accuracy"] == pytest.approx((true == decided).mean())
    assert values["f1"] == pytest.approx(f1_score(true, decided, average="macro"), abs=1e-6)
    assert values["auc"] == pytest.approx(roc_auc_score(np.eye(4)[true], probabilities), abs=0.02)
