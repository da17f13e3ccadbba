"""Index of the segments of some parts of a split: training, thresholds and evaluation read features by its row numbers.

In: the corpus and the split of a run. Out: a :class:`SegmentIndex`, whose rows are the segments of one track after the other.
Only the index is kept in memory, 4 bytes a segment. Features are read from local files, directly into the returned array; for a
remote store, each file is copied once. A segment has the part and the labels of its track.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import FEATURES
from mer_tasks.corpus.embeddings import Embeddings
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.encoders.description import Encoder
from mer_tasks.errors import ConfigError, CorpusError, IntegrityError
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import SPLIT_TABLE
from mer_tasks.runs.run import Run
from mer_tasks.storage.base import ObjectStore

Array32 = npt.NDArray[np.float32]
Rows = npt.NDArray[Any]
"""Row numbers of any integer type."""
BATCH = 256
"""Segments that are read at a time: 20 MB of features for segments of 3 s."""


class SegmentIndex:
    """Index of the segments of some tracks.

    Parameters
    ----------
    store : ObjectStore
        Store that has the features.
    scratch : Path
        Folder for copies of remote objects.
    tracks : pd.DataFrame
        ``track_id``, ``features_key`` and ``segments`` (their number), as in the corpus. For an index with embeddings also
        ``embedding_key`` and ``windows``.
    encoder : Encoder, optional
        Encoder of the embeddings.
    segment_seconds : float, optional
        Length of a segment; only embeddings need it.

    Attributes
    ----------
    tracks : tuple of str
        Track ids, in the order of their segments.
    first : np.ndarray [shape=(tracks,), dtype=int64]
        First row of each track.
    track : np.ndarray [shape=(segments,), dtype=int32]
        Index in `tracks` of each row's track.
    """

    def __init__(
        self,
        store: ObjectStore,
        scratch: Path,
        tracks: pd.DataFrame,
        encoder: Encoder | None = None,
        segment_seconds: float = 0,
    ) -> None:
        counts = tracks["segments"].to_numpy(np.int64)
        self.tracks: tuple[str, ...] = tuple(tracks["track_id"])
        self.first = np.cumsum(counts) - counts
        self.track = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self._counts = counts
        self._keys: list[str] = tracks["features_key"].tolist()
        self._store = store
        self._scratch = scratch
        self._frames: int | None = None
        self._begins: dict[int, int] = {}
        self._embeddings: Embeddings | None = None
        if encoder is not None:
            keys, windows = tracks["embedding_key"].tolist(), tracks["windows"].to_numpy(np.int64)
            self._embeddings = Embeddings(store, scratch, encoder, segment_seconds, keys, windows, counts)

    def __len__(self) -> int:
        return len(self.track)

    @property
    def frames(self) -> int:
        """Number of frames of a segment; raises :class:`CorpusError` if there are no segments."""
        if self._frames is None:
            if not len(self):
                raise CorpusError("no segments, expected a part with at least one track")
            with open(self._store.fetch(self._keys[0], self._scratch), "rb") as file:
                self._frames = self._shape(file, 0)[1]
        return self._frames

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape (frames, 155) of a segment's features; raises :class:`CorpusError` if there are no segments."""
        return self.frames, FEATURES

    def batches(self, size: int) -> Iterator[Rows]:
        """Yield all row numbers in order, `size` at a time."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))

    def read(self, rows: Rows) -> Array32:
        """Read the features of some segments.

        Parameters
        ----------
        rows : np.ndarray [shape=(n,), dtype=int]
            Row numbers, in any order; a row may occur more than once.

        Returns
        -------
        np.ndarray [shape=(n, frames, 155), dtype=float32]

        Raises
        ------
        IntegrityError
            If a file has another shape or type than the corpus expects.
        ObjectMissing
            If a file is missing: running stage `features` again makes it.
        """
        features = np.empty((len(rows), self.frames, FEATURES), np.float32)
        for track, positions in self._by_track(rows):
            with open(self._store.fetch(self._keys[track], self._scratch), "rb") as file:
                begin = self._begin(file, track)
                for position in positions.tolist():
                    file.seek(begin + (int(rows[position]) - int(self.first[track])) * features[0].nbytes)
                    if file.readinto(features[position].data) != features[0].nbytes:
                        raise IntegrityError(f"{self._store.uri(self._keys[track])}: cut short, expected a whole .npy file")
        return features

    @property
    def embedding_size(self) -> int:
        """Numbers of an embedding, 0 if the tracks have none."""
        return self._embeddings.encoder.size if self._embeddings else 0

    def embeddings(self, rows: Rows) -> Array32:
        """Read the embeddings of some segments: the mean of the encoder's windows that overlap it in time.

        Parameters
        ----------
        rows : np.ndarray [shape=(n,), dtype=int]
            Row numbers, in any order; a row may occur more than once.

        Returns
        -------
        np.ndarray [shape=(n, size), dtype=float32]
            Windows weigh as much as the time that they share with the segment (:mod:`mer_tasks.corpus.embeddings`).

        Raises
        ------
        ConfigError
            If the tracks have no embeddings, because the run has no encoder.
        IntegrityError
            If a file has another shape or type than the corpus expects.
        ObjectMissing
            If a file is missing: running stage `embed` again makes it.
        """
        read = self._with_embeddings()
        vectors = np.empty((len(rows), self.embedding_size), np.float32)
        for track, positions in self._by_track(rows):
            vectors[positions] = read.of_segments(track, rows[positions] - self.first[track])
        return vectors

    def track_embeddings(self) -> Array32:
        """Average the embeddings of each track over its windows; the errors are those of :meth:`embeddings`.

        Returns
        -------
        np.ndarray [shape=(tracks, size), dtype=float32]
        """
        return self._with_embeddings().track_means()

    def _by_track(self, rows: Rows) -> Iterator[tuple[int, Rows]]:
        """Yield each track of some rows, with the positions of its rows in `rows`, in the order of the segments."""
        order = np.argsort(rows, kind="stable")
        tracks, starts = np.unique(self.track[rows[order]], return_index=True)
        for track, (start, end) in zip(tracks.tolist(), itertools.pairwise([*starts.tolist(), len(rows)]), strict=True):
            yield track, order[start:end]

    def _with_embeddings(self) -> Embeddings:
        if self._embeddings is None:
            raise ConfigError("no embeddings, expected those of a run with an encoder (MER_ENCODER)")
        return self._embeddings

    def targets(self, labels: pd.DataFrame, label_set: LabelSet, *, soft: bool = False) -> Array32:
        """Return the training targets of each segment: the labels of its track.

        Parameters
        ----------
        labels : pd.DataFrame
            Table of stage `labels`, with every track of the index.
        label_set : LabelSet
            The label set of that table.
        soft : bool
            Return the shares of listeners' votes (soft targets) instead of 0 and 1.

        Returns
        -------
        np.ndarray [shape=(segments, labels), dtype=float32]
        """
        return track_targets(self.tracks, labels, label_set, soft=soft)[self.track]

    def listeners(self, labels: pd.DataFrame) -> Array32:
        """Return the number of listeners of each segment's track, divided by the mean over segments.

        Parameters
        ----------
        labels : pd.DataFrame
            Table of stage `labels`, with every track of the index.

        Returns
        -------
        np.ndarray [shape=(segments,), dtype=float32]
        """
        counts = labels.set_index("track_id").loc[list(self.tracks), "annotators"].to_numpy(np.float64)[self.track]
        relative: Array32 = (counts / counts.mean()).astype(np.float32)
        return relative

    def track_means(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Average values over the segments of each track.

        Parameters
        ----------
        values : np.ndarray [shape=(segments, n)]

        Returns
        -------
        np.ndarray [shape=(tracks, n), dtype=float64]

        Examples
        --------
        >>> tracks = pd.DataFrame({"track_id": ["a", "b"], "features_key": ["a", "b"], "segments": [1, 3]})
        >>> index = SegmentIndex(None, Path(), tracks)
        >>> index.track_means(np.array([[5.0], [1.0], [2.0], [6.0]])).tolist()
        [[5.0], [3.0]]
        """
        if not len(self):
            return np.zeros((0, values.shape[1]))
        means: npt.NDArray[np.float64] = np.add.reduceat(values.astype(np.float64), self.first) / self._counts[:, np.newaxis]
        return means

    def _begin(self, file: Any, track: int) -> int:
        """Return the offset of the first number in a track's file.

        Blobs never change, so each header is parsed once: that takes longer than reading a segment.
        """
        if track not in self._begins:
            self._shape(file, track)
            self._begins[track] = file.tell()
        return self._begins[track]

    def _shape(self, file: Any, track: int) -> tuple[int, int]:
        """Read the numbers of segments and frames from a file's header; leave `file` at its first number."""
        uri = self._store.uri(self._keys[track])
        try:
            np.lib.format.read_magic(file)
            shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
        except ValueError as error:
            raise IntegrityError(f"{uri}: {error}; expected a .npy file") from None
        expected = (int(self._counts[track]), self._frames or (shape[1] if len(shape) == 3 else -1), FEATURES)
        if shape != expected or fortran or dtype != np.float32:
            raise IntegrityError(f"{uri}: {dtype} of shape {shape}, expected float32 of shape {expected}")
        return shape[0], shape[1]


def track_targets(tracks: tuple[str, ...], labels: pd.DataFrame, label_set: LabelSet, *, soft: bool = False) -> Array32:
    """Return labels or shares of some tracks [shape=(tracks, labels), dtype=float32]; see :meth:`SegmentIndex.targets`."""
    columns = [f"{'share' if soft else 'label'}_{label}" for label in label_set.ids]
    return labels.set_index("track_id").loc[list(tracks), columns].to_numpy(np.float32)


def segment_index(run: Run, *parts: str) -> SegmentIndex:
    """Index the segments of all tracks in some parts of the run's split, in the order of track ids."""
    split = run.read_table("split", SPLIT_TABLE)
    tracks = load_corpus(run).tracks
    chosen = tracks[tracks["track_id"].isin(split.loc[split["part"].isin(parts), "track_id"])]
    return index_of(run, chosen)


def index_of(run: Run, tracks: pd.DataFrame) -> SegmentIndex:
    """Index the segments of some tracks of a run, with their embeddings if the run has an encoder.

    Parameters
    ----------
    run : Run
        The run that made the features of `tracks`.
    tracks : pd.DataFrame
        Rows of its corpus; see :class:`SegmentIndex`.
    """
    return SegmentIndex(run.store, run.config.scratch_dir, tracks, run.encoder, run.config.segment_seconds)
