"""Cross-fitting: networks that were each fitted without one inner fold of the train part, and one that was fitted to all of it.

In: the segments of the train part, and the inner fold of each (:mod:`mer_tasks.corpus.inner_folds`). Out: for each segment the
probabilities of the network that was not fitted to its fold (out-of-fold predictions), and a network that was fitted to all
segments. Out-of-fold predictions decide the calibration, the thresholds, and the number of epochs (Chernozhukov et al. 2018,
doi 10.1111/ectj.12097, call such a use cross-fitting).

Copy k of a parallel network (:mod:`mer_tasks.modelling.parallel_networks`) is the network without fold k; the last copy has all
segments. All copies see the same batches. A segment of its fold has weight 0 for a copy, and a synthetic segment has weight 0
if one of its parents is of that fold.
"""

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.inner_folds import Folds
from mer_tasks.corpus.segments import BATCH, Array32
from mer_tasks.corpus.synthetic_plan import Plan
from mer_tasks.modelling.batches import Source, TrainingBatches
from mer_tasks.modelling.networks import Moments

PREDICTED_AT_ONCE = 1024
"""Segments that a parallel network predicts in one step."""
JUDGED_AT_ONCE = 8192
"""Predictions whose measures are computed in one step."""


class FoldBatches(TrainingBatches):
    """Training batches of a parallel network: equal inputs and targets for all copies, and a weight for each copy.

    Parameters
    ----------
    source, size, targets, weights
        See :class:`~mer_tasks.modelling.batches.TrainingBatches`.
    folds : np.ndarray [shape=(segments,), dtype=int16]
        Inner fold of each segment, from 0.
    plan : Plan
        Plan of the synthetic segments.
    **options
        Other parameters of :class:`~mer_tasks.modelling.batches.TrainingBatches`.
    """

    def __init__(
        self, source: Source, size: int, targets: Array32, weights: Array32, folds: Folds, *, plan: Plan, **options: Any
    ) -> None:
        super().__init__(source, size, targets, weights, plan=plan, **options)
        self._base = np.concatenate([folds, folds[plan.base]])
        self._neighbour = np.concatenate([folds, folds[plan.neighbour]])
        self._copies = np.arange(int(folds.max()) + 2)  # no segment is of the fold of the last copy
        count = np.sum([self._used(rows).sum(axis=0) for rows in np.array_split(np.arange(len(self._base)), 64)], axis=0)
        # the loss is a mean over copies and rows: this gives each copy the gradient that it would have alone
        self._scale = (len(self._copies) * len(self._base) / count).astype(np.float32)

    def __getitem__(self, number: int) -> tuple[Array32, ...]:
        values, targets, weights = super().__getitem__(number)
        rows = self._rows(self._order, number)
        repeated = np.repeat(targets[:, np.newaxis], len(self._copies), axis=1)
        return values, repeated, weights[:, np.newaxis] * self._used(rows) * self._scale

    def _used(self, rows: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
        """Whether each copy is fitted to each row [shape=(rows, copies)]."""
        used: npt.NDArray[np.bool_] = self._base[rows, np.newaxis] != self._copies
        used &= self._neighbour[rows, np.newaxis] != self._copies
        return used


def fold_moments(source: Source, folds: Folds) -> list[Moments]:
    """Compute mean and variance of each column for each copy of a parallel network.

    Parameters
    ----------
    source : Source
        Numbers of the segments [shape=(n,)]; read once, in batches.
    folds : np.ndarray [shape=(segments,), dtype=int16]

    Returns
    -------
    list of (np.ndarray [shape=(n,)], np.ndarray [shape=(n,)])
        Of all segments outside each fold, and last of all segments.
    """
    count = int(folds.max()) + 1
    totals, squares, sizes = np.zeros((count, source.shape[-1])), np.zeros((count, source.shape[-1])), np.zeros(count)
    for rows in source.batches(BATCH):
        values = source.read(rows).astype(np.float64)
        for fold in np.unique(folds[rows]):
            own = values[folds[rows] == fold]
            totals[fold] += own.sum(axis=0)
            squares[fold] += np.square(own).sum(axis=0)
            sizes[fold] += len(own)
    moments = []
    for left_out in (*np.eye(count), np.zeros(count)):
        used = 1 - left_out
        mean = used @ totals / (used @ sizes)
        moments.append((mean, np.maximum(used @ squares / (used @ sizes) - mean**2, 0)))
    return moments


def fold_probabilities(parallel: keras.Model, source: Source, folds: Folds) -> tuple[Array32, Array32]:
    """Compute for each segment the output of the network that was not fitted to it, and of the one fitted to all.

    Parameters
    ----------
    parallel : keras.Model
    source : Source
        Inputs of the network.
    folds : np.ndarray [shape=(segments,), dtype=int16]

    Returns
    -------
    out_of_fold, fitted : np.ndarray [shape=(segments, labels), dtype=float32]
    """
    shape = (len(source), parallel.output_shape[-1])
    out_of_fold, fitted = np.empty(shape, np.float32), np.empty(shape, np.float32)
    for rows in source.batches(PREDICTED_AT_ONCE):
        probabilities = parallel.predict_on_batch(source.read(rows))
        out_of_fold[rows] = probabilities[np.arange(len(rows)), folds[rows]]
        fitted[rows] = probabilities[:, -1]
    return out_of_fold, fitted


class FoldScores(keras.callbacks.Callback):  # type: ignore[misc]  # Keras publishes no types
    """Measures of an epoch of a parallel network, in place of those of Keras.

    Those of the train part are of the network that is fitted to all segments. Names with ``val_`` are of the out-of-fold
    predictions: each segment by the network that was not fitted to it. Dropout is off for both.

    Parameters
    ----------
    source, targets, weights, folds
        See :class:`FoldBatches`.
    loss : keras.losses.Loss
        Loss of predictions [shape=(batch, labels)].
    metrics : sequence of keras.metrics.Metric
        Metrics of such predictions.
    """

    def __init__(
        self,
        source: Source,
        targets: Array32,
        weights: Array32,
        folds: Folds,
        loss: keras.losses.Loss,
        metrics: Sequence[keras.metrics.Metric],
    ) -> None:
        super().__init__()
        self._source, self._targets, self._weights, self._folds = source, targets, weights, folds
        predictions = keras.Input(targets.shape[1:])
        self._judge = keras.Model(predictions, keras.layers.Identity()(predictions))
        self._judge.compile(loss=loss, metrics=list(metrics))

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Replace the measures in `logs`, which callbacks after this one get."""
        assert logs is not None
        out_of_fold, fitted = fold_probabilities(self.model, self._source, self._folds)
        logs.clear()
        for prefix, probabilities in (("", fitted), ("val_", out_of_fold)):
            measures = self._judge.evaluate(
                probabilities,
                self._targets,
                sample_weight=self._weights,
                batch_size=JUDGED_AT_ONCE,
                return_dict=True,
                verbose=0,
            )
            logs.update({f"{prefix}{name}": value for name, value in measures.items()})
