"""Segments of the tracks of a part, numbered through: what training, thresholds and evaluation read features by.

In: the corpus and the split of a run. Out: a :class:`SegmentIndex`, whose rows are the segments of one track after the other.
Only this index is kept in memory, 4 bytes a segment; features are read from local files (of a remote store: from copies made
once) when they are asked for, straight into the array that is returned. Segments have the part and the labels of their track.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import FEATURES
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import CorpusError, IntegrityError
from mer_tasks.runs.artifacts import SPLIT_TABLE
from mer_tasks.runs.run import Run
from mer_tasks.storage.base import ObjectStore

Array32 = npt.NDArray[np.float32]
Rows = npt.NDArray[Any]
"""Numbers of rows, of any integer type."""
BATCH = 256
"""Segments read at a time: 20 MB of features for segments of 3 s."""


class SegmentIndex:
    """The segments of some tracks.

    Parameters
    ----------
    store : ObjectStore
        Where the features lie.
    scratch : Path
        Folder for copies of remote objects.
    tracks : pd.DataFrame
        ``track_id``, ``features_key``, ``segments``, as in the corpus.

    Attributes
    ----------
    tracks : tuple of str
        Track ids, in the order of their segments.
    first : np.ndarray [shape=(tracks,), dtype=int64]
        First row of each track.
    track : np.ndarray [shape=(segments,), dtype=int32]
        Place in `tracks` of each row's track.
    """

    def __init__(self, store: ObjectStore, scratch: Path, tracks: pd.DataFrame) -> None:
        counts = tracks["segments"].to_numpy(np.int64)
        self.tracks: tuple[str, ...] = tuple(tracks["track_id"])
        self.first = np.cumsum(counts) - counts
        self.track = np.repeat(np.arange(len(counts), dtype=np.int32), counts)
        self._counts = counts
        self._keys: list[str] = tracks["features_key"].tolist()
        self._store, self._scratch = store, scratch
        self._frames: int | None = None
        self._begins: dict[int, int] = {}

    def __len__(self) -> int:
        return len(self.track)

    @property
    def frames(self) -> int:
        """Frames of a segment; raises :class:`CorpusError` if there are no segments."""
        if self._frames is None:
            if not len(self):
                raise CorpusError("no segments, expected a part with at least one track")
            with open(self._store.fetch(self._keys[0], self._scratch), "rb") as file:
                self._frames = self._shape(file, 0)[1]
        return self._frames

    @property
    def shape(self) -> tuple[int, ...]:
        """(frames, 155), of a segment's features; raises :class:`CorpusError` if there are no segments."""
        return self.frames, FEATURES

    def batches(self, size: int) -> Iterator[Rows]:
        """All rows in their order, `size` at a time."""
        for start in range(0, len(self), size):
            yield np.arange(start, min(start + size, len(self)))

    def read(self, rows: Rows) -> Array32:
        """Features of some segments.

        Parameters
        ----------
        rows : np.ndarray [shape=(n,), dtype=int]
            In any order, also repeated.

        Returns
        -------
        np.ndarray [shape=(n, frames, 155), dtype=float32]

        Raises
        ------
        IntegrityError
            If a file is not as the corpus says.
        ObjectMissing
            If one is gone: running `features` again makes it.
        """
        found = np.empty((len(rows), self.frames, FEATURES), np.float32)
        order = np.argsort(rows, kind="stable")
        tracks, starts = np.unique(self.track[rows[order]], return_index=True)
        for track, (start, end) in zip(tracks.tolist(), itertools.pairwise([*starts.tolist(), len(rows)]), strict=True):
            with open(self._store.fetch(self._keys[track], self._scratch), "rb") as file:
                begin = self._begin(file, track)
                for place in order[start:end].tolist():
                    file.seek(begin + (int(rows[place]) - int(self.first[track])) * found[0].nbytes)
                    if file.readinto(found[place].data) != found[0].nbytes:
                        raise IntegrityError(f"{self._store.uri(self._keys[track])}: cut short, expected a whole .npy file")
        return found

    def targets(self, labels: pd.DataFrame, *, soft: bool = False) -> Array32:
        """What a model is to say of each segment: its track's labels.

        Parameters
        ----------
        labels : pd.DataFrame
            The table of stage `labels`; has every track of the index.
        soft : bool
            The listeners' shares instead of yes and no.

        Returns
        -------
        np.ndarray [shape=(segments, 9), dtype=float32]
        """
        return track_targets(self.tracks, labels, soft=soft)[self.track]

    def listeners(self, labels: pd.DataFrame) -> Array32:
        """How many listeners each segment's track has, relative to the mean over segments.

        Parameters
        ----------
        labels : pd.DataFrame
            The table of stage `labels`; has every track of the index.

        Returns
        -------
        np.ndarray [shape=(segments,), dtype=float32]
        """
        counts = labels.set_index("track_id").loc[list(self.tracks), "annotators"].to_numpy(np.float64)[self.track]
        relative: Array32 = (counts / counts.mean()).astype(np.float32)
        return relative

    def track_means(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
        """Mean over each track's segments.

        Parameters
        ----------
        values : np.ndarray [shape=(segments, n)]

        Returns
        -------
        np.ndarray [shape=(tracks, n), dtype=float64]
        """
        if not len(self):
            return np.zeros((0, values.shape[1]))
        means: npt.NDArray[np.float64] = np.add.reduceat(values.astype(np.float64), self.first) / self._counts[:, np.newaxis]
        return means

    def _begin(self, file: Any, track: int) -> int:
        """Where the numbers of a file begin. Blobs never change, so each header is read once: parsing it takes longer than a
        segment does.
        """
        if track not in self._begins:
            self._shape(file, track)
            self._begins[track] = file.tell()
        return self._begins[track]

    def _shape(self, file: Any, track: int) -> tuple[int, int]:
        """Segments and frames that the file's header promises; leaves `file` at its first number."""
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


def track_targets(tracks: tuple[str, ...], labels: pd.DataFrame, *, soft: bool = False) -> Array32:
    """Labels (or shares) of some tracks [shape=(tracks, 9), dtype=float32]; see :meth:`SegmentIndex.targets`."""
    columns = [f"{'share' if soft else 'label'}_{emotion}" for emotion in EMOTIONS]
    return labels.set_index("track_id").loc[list(tracks), columns].to_numpy(np.float32)


def segment_index(run: Run, *parts: str) -> SegmentIndex:
    """The segments of the tracks of some parts of the run's split, in the order of track ids."""
    split = run.read_table("split", SPLIT_TABLE)
    tracks = load_corpus(run).tracks
    chosen = tracks[tracks["track_id"].isin(split.loc[split["part"].isin(parts), "track_id"])]
    return SegmentIndex(run.store, run.config.scratch_dir, chosen)
