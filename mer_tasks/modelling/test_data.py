"""The test part as `evaluate` keeps it: ``test_data.npz``, read without its features having to fit in memory.

In: the file, in the store or a copy. Out: of each segment its track and its probabilities, and its features where they lie.
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
class KeptSegments:
    """The segments of test tracks in ``test_data.npz``; features stay on disk until they are asked for.

    Attributes
    ----------
    track_ids : np.ndarray [shape=(segments,), dtype=str]
    probabilities : np.ndarray [shape=(segments, 9)]
    features : np.memmap [shape=(segments, frames, 155), dtype=float32]
    """

    track_ids: npt.NDArray[np.str_]
    probabilities: npt.NDArray[np.floating]
    features: Array32

    @classmethod
    def of(cls, run: Run) -> "KeptSegments":
        """Those of a run; raises :class:`ObjectMissing`, or :class:`IntegrityError` if the file is no such archive."""
        key = run.key("evaluate", TEST_DATA)
        # a copy of its own, since a stage that is done again writes it again; what is mapped outlives its name
        with tempfile.TemporaryDirectory(prefix="mer-kept-") as folder:
            path = run.store.fetch(key, Path(folder))
            try:
                with np.load(path, allow_pickle=False) as arrays:
                    return cls(arrays["track_ids"], arrays["probabilities"], mapped(path, "X_test"))
            except (ValueError, KeyError, zipfile.BadZipFile, struct.error) as error:
                raise IntegrityError(f"{run.store.uri(key)}: {error}; expected the .npz of stage evaluate") from None

    def of_track(self, track_id: str) -> slice:
        """Rows of a track; empty if it was not drawn."""
        rows = np.flatnonzero(self.track_ids == track_id)
        return slice(int(rows[0]), int(rows[-1]) + 1) if len(rows) else slice(0, 0)


def mapped(path: Path, name: str) -> Array32:
    """An array of an ``.npz`` that was written without compression, left where it is."""
    with zipfile.ZipFile(path) as archive:
        begin = archive.getinfo(f"{name}.npy").header_offset
    with open(path, "rb") as file:
        file.seek(begin + 26)  # lengths of the name and of what follows it, APPNOTE.TXT 4.3.7
        file.seek(begin + 30 + sum(struct.unpack("<HH", file.read(4))))
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        return np.memmap(path, dtype, "r", file.tell(), shape)
