"""Reader of ``test_data.npz``, the test part that stage `evaluate` stores, without loading all features into memory.

In: the file in the store. Out: the track and the probabilities of each segment, and its features as an array that stays on
disk.
"""

import struct
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mer_tasks.errors import IntegrityError
from mer_tasks.runs.artifacts import TEST_DATA
from mer_tasks.runs.run import Run

Array32 = npt.NDArray[np.float32]


@dataclass(frozen=True)
class StoredSegments:
    """Stored segments of the test part, from ``test_data.npz``; features stay on disk until they are used.

    Attributes
    ----------
    track_ids : np.ndarray [shape=(segments,), dtype=str]
    probabilities : np.ndarray [shape=(segments, labels)]
    features : np.memmap [shape=(segments, frames, 155), dtype=float32]
    """

    track_ids: npt.NDArray[np.str_]
    probabilities: npt.NDArray[np.floating]
    features: Array32

    @classmethod
    def of(cls, run: Run) -> "StoredSegments":
        """Read the stored segments of a run.

        Raises
        ------
        IntegrityError
            If the file is no such archive.
        ObjectMissing
            If the file is missing.
        """
        key = run.key("evaluate", TEST_DATA)
        # A private copy is mapped, because the stage overwrites its file when it runs again. The mapped data outlives the
        # copy's name.
        with tempfile.TemporaryDirectory(prefix="mer-kept-") as folder:
            path = run.store.fetch(key, Path(folder))
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    return cls(arrays["track_ids"], arrays["probabilities"], memory_mapped_array(path, "X_test"))
            except (ValueError, KeyError, zipfile.BadZipFile, struct.error) as error:
                raise IntegrityError(f"{run.store.uri(key)}: {error}; expected the .npz of stage evaluate") from None

    def of_track(self, track_id: str) -> slice:
        """Return the rows of a track's segments; empty if the file does not have this track."""
        rows = np.flatnonzero(self.track_ids == track_id)
        return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def memory_mapped_array(path: Path, name: str) -> Array32:
    """Map an array of an uncompressed ``.npz`` file into memory, without reading it."""
    with zipfile.ZipFile(path) as archive:
        begin = archive.getinfo(f"{name}.npy").header_offset
    with open(path, "rb") as file:
        file.seek(begin + 26)  # the lengths of the file name and of the extra field: APPNOTE.TXT 4.3.7
        file.seek(begin + 30 + sum(struct.unpack("<HH", file.read(4))))
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        return np.memmap(path, dtype, "r", file.tell(), shape)
