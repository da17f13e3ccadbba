"""Batches of segments for Keras, which are read from disk while the network computes.

In: a :class:`~mer_tasks.corpus.segments.SegmentIndex`, the targets of its rows, and perhaps a plan of synthetic segments. Out:
features ``[shape=(batch, frames, 155), dtype=float32]``, targets ``[shape=(batch, labels), dtype=float32]`` and the weight of
each segment ``[shape=(batch,), dtype=float32]``.

Some presets have a front end without trainable weights. Its output is computed once (:class:`PrecomputedSource`), and batches
then contain that output in place of features. Synthetic segments are made together with their batch. Memory holds only a few
batches, however many segments there are.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

import keras
import numpy as np

from mer_tasks.corpus.segments import BATCH, Array32, Rows, SegmentIndex
from mer_tasks.corpus.synthetic_plan import Plan, materialise
from mer_tasks.errors import MerError
from mer_tasks.modelling.networks import Moments


class Source(Protocol):
    """Rows that batches are read from: a :class:`~mer_tasks.corpus.segments.SegmentIndex`, or values computed from one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values of one segment."""

    def __len__(self) -> int: ...

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield all rows in their order, `size` rows at a time."""

    def read(self, rows: Rows) -> Array32:
        """Read the values of some segments [shape=(n, *self.shape), dtype=float32]."""


class PrecomputedSource:
    """Output of a front end for the segments of an index, computed once and held in an unnamed temporary file.

    Parameters
    ----------
    index : SegmentIndex
        Read once, in batches.
    front : keras.Model
        Model without trainable weights, from segments [shape=(batch, frames, 155)] to numbers [shape=(batch, n)].
    embedded : bool
        Whether the embedding of a segment follows these numbers.
    """

    def __init__(self, index: SegmentIndex, front: keras.Model, *, embedded: bool = False) -> None:
        self.shape: tuple[int, ...] = (front.output_shape[-1] + (index.embedding_size if embedded else 0),)
        self.batches = index.batches
        with tempfile.TemporaryFile() as file:
            self._values = np.memmap(file, np.float32, "w+", shape=(len(index), *self.shape))
        for rows in index.batches(BATCH):
            numbers = front.predict_on_batch(index.read(rows))
            self._values[rows] = np.concatenate([numbers, index.embeddings(rows)], axis=1) if embedded else numbers

    def __len__(self) -> int:
        return len(self._values)

    def read(self, rows: Rows) -> Array32:
        """Read the numbers of some segments [shape=(rows, n), dtype=float32]."""
        return np.asarray(self._values[rows])


def moments(source: Source) -> Moments:
    """Compute the mean and the variance of each column over all segments, and over their frames if they have frames.

    Parameters
    ----------
    source : Source
        Source of the train part; it is read once, in batches.

    Returns
    -------
    mean, variance : np.ndarray [shape=(columns,), dtype=float64]
    """
    columns = source.shape[-1]
    total, square, count = np.zeros(columns), np.zeros(columns), 0
    for rows in source.batches(BATCH):
        values = source.read(rows).reshape(-1, columns).astype(np.float64)
        total += values.sum(axis=0)
        square += np.einsum("nc,nc->c", values, values)
        count += len(values)
    mean = total / count
    return mean, np.maximum(square / count - mean**2, 0)


@contextmanager
def reraise_reading_errors(*batches: "Batches") -> Iterator[None]:
    """Reraise the original error if reading of `batches` failed in this block: TensorFlow replaces it by its own error."""
    try:
        yield
    except Exception:
        for reader in batches:
            if reader.failure:
                raise reader.failure from None
        raise


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras publishes no types
    """Batches of segments in their order, without targets, for predictions.

    Parameters
    ----------
    source : Source
    size : int
        Number of segments in a batch.

    Attributes
    ----------
    failure : MerError or None
        The error that stopped reading; see :func:`reraise_reading_errors`.
    """

    def __init__(self, source: Source, size: int) -> None:
        super().__init__()
        self._source, self._size = source, size
        self.failure: MerError | None = None

    def __len__(self) -> int:
        return -(-len(self._source) // self._size)

    def __getitem__(self, number: int) -> tuple[Array32, ...]:
        return (self._read(self._rows(np.arange(len(self._source)), number)),)

    def _read(self, rows: Rows) -> Array32:
        try:
            return self._source.read(rows)
        except MerError as error:
            self.failure = error
            raise

    def _rows(self, order: Rows, number: int) -> Rows:
        """Select the rows of a batch by its number."""
        return order[number * self._size : (number + 1) * self._size]


class EmbeddedBatches(Batches):
    """Batches of segments in their order with their embeddings, for predictions of a model with these two inputs.

    Parameters
    ----------
    index : SegmentIndex
    size : int
        Number of segments in a batch.
    """

    def __init__(self, index: SegmentIndex, size: int) -> None:
        super().__init__(index, size)
        self._index = index

    def __getitem__(self, number: int) -> tuple[Any, ...]:
        rows = self._rows(np.arange(len(self._index)), number)
        try:
            return ({"features": self._index.read(rows), "embedding": self._index.embeddings(rows)},)
        except MerError as error:
            self.failure = error
            raise


class LabelledBatches(Batches):
    """Batches of segments with targets, for validation.

    Parameters
    ----------
    source, size
        See :class:`Batches`.
    targets : np.ndarray [shape=(segments, labels), dtype=float32]
    weights : np.ndarray [shape=(segments,), dtype=float32]
        Weight of each segment in the loss.
    """

    def __init__(self, source: Source, size: int, targets: Array32, weights: Array32) -> None:
        super().__init__(source, size)
        self._targets, self._weights = targets, weights

    def __getitem__(self, number: int) -> tuple[Array32, ...]:
        rows = self._rows(np.arange(len(self._source)), number)
        return self._read(rows), self._targets[rows], self._weights[rows]


class TrainingBatches(LabelledBatches):
    """Batches of real and synthetic segments, in another random order in each epoch.

    Parameters
    ----------
    source, size, targets, weights
        See :class:`LabelledBatches`.
    plan : Plan
        Plan of the synthetic segments, with rows of the source. The weight of a synthetic segment is interpolated between those
        of its parents, as its features are.
    synthetic_targets : np.ndarray [shape=(synthetic segments, labels), dtype=float32]
    seed : int
        Decides the orders, together with the number of the epoch.
    epoch : int
        Number of the epoch to begin with; 0 is the first.
    """

    def __init__(
        self,
        source: Source,
        size: int,
        targets: Array32,
        weights: Array32,
        *,
        plan: Plan,
        synthetic_targets: Array32,
        seed: int,
        epoch: int = 0,
    ) -> None:
        synthetic_weights = materialise(weights[plan.base], weights[plan.neighbour], plan.gap)
        all_weights = np.concatenate([weights, synthetic_weights])
        super().__init__(source, size, np.concatenate([targets, synthetic_targets]), all_weights)
        self._plan, self._seed = plan, seed
        self._begin(epoch)

    def __len__(self) -> int:
        return -(-len(self._order) // self._size)

    def __getitem__(self, number: int) -> tuple[Array32, ...]:
        rows = self._rows(self._order, number)
        real = len(self._source)
        synthetic = rows[rows >= real] - real
        values = np.empty((len(rows), *self._source.shape), np.float32)
        values[rows < real] = self._read(rows[rows < real])
        parents = self._read(np.concatenate([self._plan.base[synthetic], self._plan.neighbour[synthetic]]))
        count = len(synthetic)
        values[rows >= real] = materialise(parents[:count], parents[count:], self._plan.gap[synthetic])
        return values, self._targets[rows], self._weights[rows]

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self._begin(self._epoch + 1)

    def _begin(self, epoch: int) -> None:
        self._epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        self._order = random.permutation(len(self._source) + len(self._plan)).astype(np.int32)
