"""Batches of segments for Keras, read from disk while the network works on the one before.

In: a :class:`~mer_tasks.corpus.segments.SegmentIndex` and the targets of its rows, perhaps with a plan of synthetic segments.
Out: features ``[shape=(batch, frames, 155), dtype=float32]``, targets ``[shape=(batch, 9), dtype=float32]`` and how much each
segment counts ``[shape=(batch,), dtype=float32]``. Where the network begins with what has nothing to be fitted, that is
computed once (:class:`Computed`), and batches have its numbers in place of features. Synthetic segments are made when their
batch comes; memory holds a few batches, however many segments there are.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

import keras
import numpy as np

from mer_tasks.corpus.segments import BATCH, Array32, Rows, SegmentIndex
from mer_tasks.corpus.synthetic_plan import Plan, materialise
from mer_tasks.errors import MerError
from mer_tasks.modelling.networks import Moments


class Source(Protocol):
    """What batches are read from: a :class:`~mer_tasks.corpus.segments.SegmentIndex`, or what was computed of one."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Of what a segment has."""

    def __len__(self) -> int: ...

    def batches(self, size: int) -> Iterator[Rows]:
        """All rows in their order, `size` at a time."""

    def read(self, rows: Rows) -> Array32:
        """What some segments have [shape=(n, *self.shape), dtype=float32]."""


class Computed:
    """What a model without anything to fit makes of the segments of an index, in a temporary file that has no name.

    Parameters
    ----------
    index : SegmentIndex
        Read once, in batches.
    front : keras.Model
        From segments [shape=(batch, frames, 155)] to numbers [shape=(batch, n)].
    """

    def __init__(self, index: SegmentIndex, front: keras.Model) -> None:
        self.shape: tuple[int, ...] = (front.output_shape[-1],)
        self.batches = index.batches
        with tempfile.TemporaryFile() as file:
            self._values = np.memmap(file, np.float32, "w+", shape=(len(index), *self.shape))
        for rows in index.batches(BATCH):
            self._values[rows] = front.predict_on_batch(index.read(rows))

    def __len__(self) -> int:
        return len(self._values)

    def read(self, rows: Rows) -> Array32:
        """Numbers of some segments [shape=(rows, n), dtype=float32]."""
        return np.asarray(self._values[rows])


def moments(source: Source) -> Moments:
    """Mean and variance of each column over all segments, and over their frames if they have any.

    Parameters
    ----------
    source : Source
        Of the train part; read once, in batches.

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
def own_errors(*batches: "Batches") -> Iterator[None]:
    """Let what went wrong while `batches` were read leave the block as it was: TensorFlow makes an error of its own of it."""
    try:
        yield
    except Exception:
        for each in batches:
            if each.failure:
                raise each.failure from None
        raise


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras publishes no types
    """Segments in their order, without targets: for predictions.

    Parameters
    ----------
    source : Source
    size : int
        Segments in a batch.

    Attributes
    ----------
    failure : MerError or None
        What went wrong while reading; see :func:`own_errors`.
    """

    def __init__(self, source: Source, size: int) -> None:
        super().__init__()
        self._source, self._size = source, size
        self.failure: MerError | None = None

    def __len__(self) -> int:
        return -(-len(self._source) // self._size)

    def __getitem__(self, place: int) -> tuple[Array32, ...]:
        return (self._read(self._rows(np.arange(len(self._source)), place)),)

    def _read(self, rows: Rows) -> Array32:
        try:
            return self._source.read(rows)
        except MerError as error:
            self.failure = error
            raise

    def _rows(self, order: Rows, place: int) -> Rows:
        return order[place * self._size : (place + 1) * self._size]


class LabelledBatches(Batches):
    """Segments with targets: for validation.

    Parameters
    ----------
    source, size
        See :class:`Batches`.
    targets : np.ndarray [shape=(segments, 9), dtype=float32]
    weights : np.ndarray [shape=(segments,), dtype=float32]
        How much each segment counts in the loss.
    """

    def __init__(self, source: Source, size: int, targets: Array32, weights: Array32) -> None:
        super().__init__(source, size)
        self._targets, self._weights = targets, weights

    def __getitem__(self, place: int) -> tuple[Array32, ...]:
        rows = self._rows(np.arange(len(self._source)), place)
        return self._read(rows), self._targets[rows], self._weights[rows]


class TrainingBatches(LabelledBatches):
    """Real and synthetic segments in an order of its own for each epoch.

    Parameters
    ----------
    source, size, targets, weights
        See :class:`LabelledBatches`.
    plan : Plan
        Rows are those of the source. A synthetic segment counts as much as its parents, as far as it lies from each.
    synthetic_targets : np.ndarray [shape=(synthetic segments, 9), dtype=float32]
    seed : int
        Decides the orders, together with the number of the epoch.
    epoch : int
        From which to go on, 0 being the first.
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
        made = materialise(weights[plan.base], weights[plan.neighbour], plan.gap)
        super().__init__(source, size, np.concatenate([targets, synthetic_targets]), np.concatenate([weights, made]))
        self._plan, self._seed = plan, seed
        self._begin(epoch)

    def __len__(self) -> int:
        return -(-len(self._order) // self._size)

    def __getitem__(self, place: int) -> tuple[Array32, ...]:
        rows = self._rows(self._order, place)
        real = len(self._source)
        made = rows[rows >= real] - real
        found = np.empty((len(rows), *self._source.shape), np.float32)
        found[rows < real] = self._read(rows[rows < real])
        parents = self._read(np.concatenate([self._plan.base[made], self._plan.neighbour[made]]))
        found[rows >= real] = materialise(parents[: len(made)], parents[len(made) :], self._plan.gap[made])
        return found, self._targets[rows], self._weights[rows]

    def on_epoch_end(self) -> None:
        """Draw the order of the next epoch."""
        self._begin(self._epoch + 1)

    def _begin(self, epoch: int) -> None:
        self._epoch = epoch
        random = np.random.default_rng([self._seed, epoch])
        self._order = random.permutation(len(self._source) + len(self._plan)).astype(np.int32)
