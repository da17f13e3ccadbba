"""Losses and metrics of training, in Keras 3.

In: targets and probabilities of segments, ``[shape=(batch, labels), dtype=float32]``. Out: a loss or a metric. Targets are
labels or shares of votes. If a track has exactly one label, the loss is the categorical cross-entropy, else the binary one.
"""

from collections.abc import Sequence
from typing import Any

import keras

from mer_tasks.label_set import LabelSet

Weights = Sequence[float] | Sequence[Sequence[float]]


@keras.saving.register_keras_serializable(package="mer")
class WeightedCrossentropy(keras.losses.Loss):  # type: ignore[misc]  # Keras publishes no types
    """Weighted binary cross-entropy: the presence of each label has a weight of its own, and its absence has weight 1.

    Parameters
    ----------
    weights : sequence of float, or sequence of these
        One weight per label; for predictions of several networks, [shape=(networks, labels)].
    name : str
    **options
        Options of ``keras.losses.Loss``.
    """

    def __init__(self, weights: Weights, name: str = "weighted_crossentropy", **options: Any) -> None:
        super().__init__(name=name, **options)
        self.weights = list(weights)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the mean loss over labels: the shape of the predictions without the last axis."""
        probabilities = keras.ops.clip(y_pred, keras.config.epsilon(), 1 - keras.config.epsilon())
        weights = keras.ops.convert_to_tensor(self.weights, dtype=probabilities.dtype)
        presence = weights * y_true * keras.ops.log(probabilities)
        absence = (1 - y_true) * keras.ops.log(1 - probabilities)
        return -keras.ops.mean(presence + absence, axis=-1)

    def get_config(self) -> dict[str, Any]:
        """Return the settings from which :meth:`from_config` makes this loss again."""
        return {**super().get_config(), "weights": self.weights}


@keras.saving.register_keras_serializable(package="mer")
class WeightedCategoricalCrossentropy(WeightedCrossentropy):
    """Weighted categorical cross-entropy, for tracks with exactly one label: each label has a weight of its own."""

    def __init__(self, weights: Weights, name: str = "weighted_categorical_crossentropy", **options: Any) -> None:
        super().__init__(weights, name=name, **options)

    def call(self, y_true: Any, y_pred: Any) -> Any:
        """Compute the loss of each segment: the shape of the predictions without the last axis."""
        probabilities = keras.ops.clip(y_pred, keras.config.epsilon(), 1)
        weights = keras.ops.convert_to_tensor(self.weights, dtype=probabilities.dtype)
        return -keras.ops.sum(weights * y_true * keras.ops.log(probabilities), axis=-1)


@keras.saving.register_keras_serializable(package="mer")
class OfLabels(keras.metrics.Metric):  # type: ignore[misc]  # Keras publishes no types
    """Keras metric of labels for a network that is fitted to shares: shares and probabilities are compared with limits first.

    Parameters
    ----------
    metric : keras.metrics.Metric
        Metric of labels, whose name this metric takes.
    shares : sequence of float or None
        For each label, the least share of a track that has it. None if a track has the label with the largest share alone.
    likely : sequence of float, optional
        For each label, the least probability of a positive decision. None for a metric that compares with limits of its own.
    name : str, optional
    **options
        Options of ``keras.metrics.Metric``.
    """

    def __init__(
        self,
        metric: keras.metrics.Metric,
        shares: Sequence[float] | None,
        likely: Sequence[float] | None = None,
        name: str | None = None,
        **options: Any,
    ) -> None:
        super().__init__(name=name or metric.name, **options)
        self.metric = metric
        self.shares = None if shares is None else list(shares)
        self.likely = None if likely is None else list(likely)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Add a batch [shape=(batch, labels)] to the metric."""
        predicted = y_pred if self.likely is None else keras.ops.cast(y_pred >= self.likely, "float32")
        if self.shares is None:
            labels = keras.ops.one_hot(keras.ops.argmax(y_true, axis=-1), y_true.shape[-1], dtype="float32")
        else:
            labels = keras.ops.cast(y_true >= self.shares, "float32")
        self.metric.update_state(labels, predicted, sample_weight)

    def result(self) -> Any:
        """Compute the metric of all batches since the last reset."""
        return self.metric.result()

    def get_config(self) -> dict[str, Any]:
        """Return the settings from which :meth:`from_config` makes this metric again."""
        metric = keras.saving.serialize_keras_object(self.metric)
        return {**super().get_config(), "metric": metric, "shares": self.shares, "likely": self.likely}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OfLabels":
        """Make the metric from the settings of :meth:`get_config`."""
        return cls(**{**config, "metric": keras.saving.deserialize_keras_object(config["metric"])})


def training_metrics(
    limits: Sequence[float] | None, weights: Sequence[float] | None, label_set: LabelSet
) -> list[keras.metrics.Metric]:
    """Make the Keras metrics of a training history: AUC, accuracy, precision and recall of segments.

    If a track has exactly one label, they are AUC, accuracy and macro F1 of the most probable label, which is compared with the
    label that has the largest share.

    A network that is fitted to shares predicts the expected share. A weight `w` of presence in the loss moves this prediction
    to `w * share / (w * share + 1 - share)`. The limit of a share is moved in the same way, and is then one of a probability.

    Parameters
    ----------
    limits : sequence of float, optional
        For each label, the least share of a track that has it. None if the targets are labels, or if a track has exactly one.
    weights : sequence of float, optional
        Weight of each label's presence in the loss; by default 1.
    label_set : LabelSet
    """
    area = keras.metrics.AUC(name="auc", multi_label=True, num_labels=len(label_set))
    if label_set.single:
        of_decision = (keras.metrics.CategoricalAccuracy(name="accuracy"), keras.metrics.F1Score(average="macro", name="f1"))
        return [OfLabels(metric, None) for metric in (area, *of_decision)]
    decision_metrics: list[keras.metrics.Metric] = [
        keras.metrics.BinaryAccuracy(name="accuracy"),
        keras.metrics.Precision(name="precision"),
        keras.metrics.Recall(name="recall"),
    ]
    if limits is None:
        return [area, *decision_metrics]
    pairs = zip(weights or [1.0] * len(limits), limits, strict=True)
    moved = [w * share / (w * share + 1 - share) if share < 1 else share for w, share in pairs]
    return [OfLabels(area, limits), *(OfLabels(metric, limits, moved) for metric in decision_metrics)]


def training_loss(weights: Weights | None, label_set: LabelSet) -> keras.losses.Loss:
    """Make the loss of training: binary cross-entropy, or categorical if a track has exactly one label.

    Parameters
    ----------
    weights : sequence of float, or sequence of these, optional
        Weight of each label's presence; by default 1. See :class:`WeightedCrossentropy`.
    label_set : LabelSet
    """
    if weights is None:
        return keras.losses.CategoricalCrossentropy() if label_set.single else keras.losses.BinaryCrossentropy()
    return WeightedCategoricalCrossentropy(weights) if label_set.single else WeightedCrossentropy(weights)
