"""Batches of segments for Keras, read from disk while the network works on the one before.

In: a :class:`~mer_tasks.segments.SegmentIndex` and the targets of its rows, perhaps with a plan of synthetic segments. Out:
features ``[shape=(batch, frames, 155), dtype=float32]``, targets ``[shape=(batch, 9), dtype=float32]`` and how much each
segment counts ``[shape=(batch,), dtype=float32]``. Synthetic segments are made when their batch comes; memory holds a few
batches, however many segments there are.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import keras
import numpy as np

from mer_tasks.balance import BATCH, Plan, materialise
from mer_tasks.errors import MerError
from mer_tasks.networks import Moments
from mer_tasks.segments import Array32, Rows, SegmentIndex
from mer_tasks.spectra import FEATURES


def moments(index: SegmentIndex, front: keras.Model | None = None) -> Moments:
    """Mean and variance of each column over all frames of all segments, or of what `front` makes of each segment.

    Parameters
    ----------
    index : SegmentIndex
        Of the train part; read once, in batches.
    front : keras.Model, optional
        From segments [shape=(batch, frames, 155)] to numbers [shape=(batch, n)].

    Returns
    -------
    mean, variance : np.ndarray [shape=(155,) or (n,), dtype=float64]
    """
    total, square, count = 0.0, 0.0, 0
    for rows in index.batches(BATCH):
        segments = index.read(rows)
        read = segments.reshape(-1, FEATURES) if front is None else front.predict_on_batch(segments)
        values = read.astype(np.float64)
        total = total + values.sum(axis=0)
        square = square + np.einsum("nc,nc->c", values, values)
        count += len(values)
    mean = np.asarray(total / count)
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
    """Segments of an index in their order, without targets: for predictions.

    Parameters
    ----------
    index : SegmentIndex
    size : int
        Segments in a batch.

    Attributes
    ----------
    failure : MerError or None
        What went wrong while reading; see :func:`own_errors`.
    """

    def __init__(self, index: SegmentIndex, size: int) -> None:
        super().__init__()
        self._index, self._size = index, size
        self.failure: MerError | None = None

    def __len__(self) -> int:
        return -(-len(self._index) // self._size)

    def __getitem__(self, place: int) -> tuple[Array32, ...]:
        return (self._read(self._rows(np.arange(len(self._index)), place)),)

    def _read(self, rows: Rows) -> Array32:
        try:
            return self._index.read(rows)
        except MerError as error:
            self.failure = error
            raise

    def _rows(self, order: Rows, place: int) -> Rows:
        return order[place * self._size : (place + 1) * self._size]


class LabelledBatches(Batches):
    """Segments with targets: for validation.

    Parameters
    ----------
    index, size
        See :class:`Batches`.
    targets : np.ndarray [shape=(segments, 9), dtype=float32]
    weights : np.ndarray [shape=(segments,), dtype=float32]
        How much each segment counts in the loss.
    """

    def __init__(self, index: SegmentIndex, size: int, targets: Array32, weights: Array32) -> None:
        super().__init__(index, size)
        self._targets, self._weights = targets, weights

    def __getitem__(self, place: int) -> tuple[Array32, ...]:
        rows = self._rows(np.arange(len(self._index)), place)
        return self._read(rows), self._targets[rows], self._weights[rows]


class TrainingBatches(LabelledBatches):
    """Real and synthetic segments in an order of its own for each epoch.

    Parameters
    ----------
    index, size, targets, weights
        See :class:`LabelledBatches`.
    plan : Plan
        Rows are those of the index. A synthetic segment counts as much as its parents, as far as it lies from each.
    synthetic_targets : np.ndarray [shape=(synthetic segments, 9), dtype=float32]
    seed : int
        Decides the orders, together with the number of the epoch.
    epoch : int
        From which to go on, 0 being the first.
    """

    def __init__(
        self,
        index: SegmentIndex,
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
        super().__init__(index, size, np.concatenate([targets, synthetic_targets]), np.concatenate([weights, made]))
        self._plan, self._seed = plan, seed
        self._begin(epoch)

    def __len__(self) -> int:
        return -(-len(self._order) // self._size)

    def __getitem__(self, place: int) -> tuple[Array32, ...]:
        rows = self._rows(self._order, place)
        real = len(self._index)
        made = rows[rows >= real] - real
        found = np.empty((len(rows), self._index.frames, FEATURES), np.float32)
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
        self._order = random.permutation(len(self._index) + len(self._plan)).astype(np.int32)
