"""Repeated annotations: find files without listeners' names that may have the same answers as other files.

Without a column that names the listener, nothing tells whether an equal row of another file is the same answer again or the
answer of another listener. Rows are compared by all columns that both files have, apart from genre and listener, and with their
numbers: two equal rows of one file are two answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.landing.annotation_files import LINE, AnnotationFile
from mer_tasks.landing.annotation_forms import GENRE, LISTENER
from mer_tasks.landing.csv_files import TRACK

MIN_ROWS_TO_COMPARE = 2
"""Fewest rows of a track that a file must have before it is compared with another file. One row each is no contradiction: there
may be one file per listener."""
Hashes = tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]
"""Hashes of the distinct rows of a file, sorted, and how often each row stands in it."""


@dataclass(frozen=True)
class Overlaps:
    """Files more than half of whose rows stand in other files, too.

    Attributes
    ----------
    files : int
        Number of these files.
    file, other : str
        Address of one of them, and of the file that has most of its rows.
    rows, shared : int
        Number of rows of `file`, and how many of them `other` has.
    """

    files: int
    file: str
    other: str
    rows: int
    shared: int


class RowComparison:
    """Comparison of the rows of annotation files by hashes, which are computed once per file and set of columns.

    Parameters
    ----------
    files : sequence of AnnotationFile
        From the oldest to the newest.
    """

    def __init__(self, files: Sequence[AnnotationFile]) -> None:
        self._files = files
        ignored = {GENRE, LISTENER, LINE}
        self._columns = [frozenset(file.table.columns) - ignored for file in files]
        self._hashes: dict[tuple[int, frozenset[str]], Hashes] = {}
        self._left: dict[tuple[int, frozenset[str]], npt.NDArray[np.int64]] = {}

    def distinct_rows(self, index: int) -> Hashes:
        """Return the distinct rows of a file, by the columns that all files have."""
        return self._hashes_of(index, frozenset.intersection(*self._columns))

    def _hashes_of(self, index: int, columns: frozenset[str]) -> Hashes:
        if (index, columns) not in self._hashes:
            rows = self._files[index].table[sorted(columns)]
            self._hashes[index, columns] = np.unique(pd.util.hash_pandas_object(rows, index=False), return_counts=True)
        return self._hashes[index, columns]

    def shared_rows(self, first: int, second: int) -> int:
        """Count the rows of one file that the other file has as well, each as often as both have it."""
        columns = self._columns[first] & self._columns[second]
        rows, counts = self._hashes_of(first, columns)
        other_rows, other_counts = self._hashes_of(second, columns)
        _, here, there = np.intersect1d(rows, other_rows, assume_unique=True, return_indices=True)
        return int(np.minimum(counts[here], other_counts[there]).sum())

    def may_contain(self, small: int, large: int) -> bool:
        """Return whether `large` has the first row of `small`; if not, it cannot contain all rows."""
        columns = self._columns[small] & self._columns[large]
        row = self._hashes_of(small, columns)[0][0]
        rows = self._hashes_of(large, columns)[0]
        position = int(np.searchsorted(rows, row))
        return position < len(rows) and rows[position] == row

    def take(self, small: int, large: int, times: int) -> bool:
        """Take the rows of `small` a number of times out of `large`, which has all of them; return whether enough were left."""
        columns = self._columns[small] & self._columns[large]
        rows, counts = self._hashes_of(small, columns)
        other_rows, other_counts = self._hashes_of(large, columns)
        left = self._left.setdefault((large, columns), other_counts.copy())
        positions = np.searchsorted(other_rows, rows)
        enough = bool((left[positions] >= counts * times).all())
        if enough:
            left[positions] -= counts * times
        return enough


def pairs_with_common_tracks(files: Sequence[AnnotationFile]) -> list[tuple[int, int]]:
    """Return pairs of files of one form where the second has the track of the first row of the first file."""
    tracks = [file.table[TRACK].iloc[0] for file in files]
    holders: dict[str, list[int]] = {track: [] for track in tracks}
    for index, file in enumerate(files):
        for track in holders.keys() & set(file.table[TRACK].unique()):
            holders[track].append(index)
    return [
        (index, other)
        for index, track in enumerate(tracks)
        for other in holders[track]
        if other != index and files[other].header.form == files[index].header.form
    ]


def have_one_listener_each(files: Sequence[AnnotationFile]) -> list[int]:
    """Find the files that each have the answers of one listener, as far as their rows show it.

    These files have at most one row for each track, and two of them have different votes for a track, so they cannot all be
    copies of one file.

    Parameters
    ----------
    files : sequence of AnnotationFile
        Files without a column that names the listener.

    Returns
    -------
    list of int
        Positions of the files; empty if no two of them differ.
    """
    single = [
        index
        for index, file in enumerate(files)
        if not (file.header.one_row_per_track or file.names_listeners or file.table[TRACK].duplicated().any())
    ]
    if not single:
        return []
    answers = pd.concat([files[index].table[[TRACK, *files[index].labels]] for index in single]).drop_duplicates()
    return single if answers[TRACK].duplicated().any() else []


def find_contained(files: Sequence[AnnotationFile], single: Mapping[int, int]) -> dict[int, int]:
    """Find the files all of whose rows stand in another file, too.

    Parameters
    ----------
    files : sequence of AnnotationFile
        From the oldest to the newest.
    single : mapping of int to int
        Position of each file that has the answers of one listener, and how many files have its content. No such file contains
        another one. A file of several listeners contains only as many of them as it has rows for.

    Returns
    -------
    dict of int to int
        Position of the contained file to that of a file which contains it. Of two files with the same rows, the one that names
        listeners contains the other, else the newer one.
    """
    comparison = RowComparison(files)
    order = [(len(file.table), file.names_listeners, index) for index, file in enumerate(files)]
    contained: dict[int, int] = {}
    for small, large in pairs_with_common_tracks(files):
        if small in contained or files[small].names_listeners or order[small] > order[large] or {small, large} <= single.keys():
            continue
        if not comparison.may_contain(small, large) or comparison.shared_rows(small, large) < len(files[small].table):
            continue
        if small not in single or comparison.take(small, large, single[small]):
            contained[small] = large
    return contained


def find_overlaps(
    several: Sequence[AnnotationFile], single: Sequence[AnnotationFile] = (), named: Sequence[AnnotationFile] = ()
) -> list[Overlaps]:
    """Find the files that have more than half of their rows, and at least two, in common with other files.

    Files of one listener each are not compared with each other, and neither are files that name their listeners.

    Parameters
    ----------
    several, single : sequence of AnnotationFile
        Files without a column that names the listener, of several listeners and of one listener each, whose rows all count.
    named : sequence of AnnotationFile
        Files with that column.
    """
    comparisons = ([[file] for file in several], [single, several], [named, [*several, *single]])
    found = [_overlaps_between([group for group in groups if group]) for groups in comparisons]
    return [overlaps for overlaps in found if overlaps]


def _overlaps_between(groups: Sequence[Sequence[AnnotationFile]]) -> Overlaps | None:
    """Compare each file with the files of the other groups."""
    if len(groups) < 2:
        return None
    files = [file for group in groups for file in group]
    group_of = [number for number, group in enumerate(groups) for _ in group]
    comparison = RowComparison(files)
    distinct = [comparison.distinct_rows(index) for index in range(len(files))]
    rows_of_groups: list[list[npt.NDArray[np.uint64]]] = [[] for _ in groups]
    for number, (hashes, _) in zip(group_of, distinct, strict=True):
        rows_of_groups[number].append(hashes)
    elsewhere = _standing_twice(np.concatenate([np.unique(np.concatenate(rows)) for rows in rows_of_groups]))
    shared = [int(counts[np.isin(hashes, elsewhere, assume_unique=True)].sum()) for hashes, counts in distinct]
    found = [index for index, file in enumerate(files) if MIN_ROWS_TO_COMPARE <= shared[index] > len(file.table) / 2]
    if not found:
        return None
    first = found[0]
    others = {index: comparison.shared_rows(first, index) for index, group in enumerate(group_of) if group != group_of[first]}
    other = max(others, key=others.__getitem__)
    return Overlaps(len(found), files[first].name, files[other].name, len(files[first].table), others[other])


def _standing_twice(hashes: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    values, counts = np.unique(hashes, return_counts=True)
    return values[counts > 1]


def find_contested(files: Sequence[AnnotationFile]) -> dict[str, tuple[str, str]]:
    """Find contested tracks: two files have different votes for them, as if one file corrected the other.

    For such a track, both files have equally many rows, at least two, and the rows differ only in votes. Two files of different
    listeners can look the same way, so the result is good for a warning only. A track is also contested if one file has counts
    or shares of all listeners' votes for it, and another file has votes for it as well.

    Parameters
    ----------
    files : sequence of AnnotationFile
        Files whose rows count. Of those that name listeners, only tracks that other files sum up can be contested.

    Returns
    -------
    dict
        Track id to the addresses of the first two such files, in order of track ids.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> from mer_tasks.landing.annotation_files import parse
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> old = parse(b"track id,calm,happy\\n7,1,0\\n7,1,0", "old.csv", moods)
    >>> new = parse(b"track id,calm,happy\\n7,0,1\\n7,1,0", "new.csv", moods)
    >>> find_contested([old, new])
    {'7': ('old.csv', 'new.csv')}
    """
    single = [file for file in files if not (file.header.one_row_per_track or file.names_listeners)]
    contested = _with_other_votes(single) if len(single) > 1 else {}
    names: dict[str, list[str]] = {}
    sums = [file for file in files if file.header.one_row_per_track]
    summed = {track for file in sums for track in file.table[TRACK]}
    for file in files if sums else ():
        for track in summed & set(file.table[TRACK].unique()):
            names.setdefault(track, []).append(file.name)
    contested |= {track: (found[0], found[1]) for track, found in names.items() if len(found) > 1}
    return dict(sorted(contested.items()))


def _with_other_votes(files: Sequence[AnnotationFile]) -> dict[str, tuple[str, str]]:
    """Find the tracks for which two files have equally many rows that differ only in votes."""
    tables = {file.name: file.table for file in files}
    shared = set.intersection(*(set(table.columns) for table in tables.values())) - {GENRE, LISTENER, LINE}
    not_votes = sorted(shared - {*files[0].labels})
    sums_per_file = []
    for name, table in tables.items():
        # a sum of hashes is equal for files that have the same rows equally often, in any order
        columns = {"listeners": table[not_votes], "answers": table[sorted(shared)]}
        hashes = pd.DataFrame({key: pd.util.hash_pandas_object(rows, index=False) for key, rows in columns.items()})
        groups = hashes.groupby(table[TRACK].to_numpy())
        comparable = groups.sum()[groups.size() >= MIN_ROWS_TO_COMPARE]
        sums_per_file.append(comparable.rename_axis(TRACK).reset_index().assign(name=name))
    sums = pd.concat(sums_per_file).drop_duplicates([TRACK, "listeners", "answers"])
    contested = sums[sums.duplicated([TRACK, "listeners"], keep=False)].sort_values(TRACK, kind="stable")
    names_by_track = contested.groupby(TRACK)["name"].agg(list)
    return {str(track): (names[0], names[1]) for track, names in names_by_track.items()}
