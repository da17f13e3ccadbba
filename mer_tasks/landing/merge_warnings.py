"""Warnings about merged annotation files: one line for each kind of assumption that was made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from mer_tasks.landing.annotation_files import AnnotationFile
from mer_tasks.landing.csv_files import TRACK
from mer_tasks.landing.repeated_files import Overlaps
from mer_tasks.wording import listed

MAX_NAMED = 5
"""Largest number of files that a warning names."""


@dataclass(frozen=True)
class Contents:
    """An annotation file, and the addresses of all files with its content."""

    file: AnnotationFile
    names: list[str]


def merge_warnings(
    contents: Sequence[Contents], alone: Collection[int], contained: Mapping[int, int], overlaps: Sequence[Overlaps]
) -> list[str]:
    """Describe what was assumed about files.

    Parameters
    ----------
    contents : sequence of Contents
    alone : collection of int
        Positions of the files that each count as the answers of one listener.
    contained : mapping of int to int
        Position of each file that counts as an older export, and that of the file which has its rows.
    overlaps : sequence of Overlaps
    """
    files = [each.file for each in contents]
    return [
        *_about_single_listeners(contents, alone),
        *_about_copies(contents, alone),
        *_about_contained(files, contained),
        *map(_about_overlap, overlaps),
        *_about_labels(files),
        *_about_unknown_labels(files),
        *_about_retired_labels(files),
    ]


def _listed(names: Sequence[str]) -> str:
    return listed(names, MAX_NAMED)


def _remedy(files: Sequence[AnnotationFile]) -> str:
    """Say what to do if equal rows of these files are votes of different listeners."""
    if all(file.header.one_row_per_track for file in files):
        return "; if they have votes of different listeners, add the votes up in one file"
    named = all(file.names_listeners for file in files)
    return "" if named else "; if they have answers of different listeners, add a column 'listener' that names these"


def _about_single_listeners(contents: Sequence[Contents], alone: Collection[int]) -> list[str]:
    files = [name for index in alone for name in contents[index].names]
    if not files:
        return []
    copies = len(files) - len(alone)
    return [
        f"{len(files)} annotation files have no column 'listener', at most one row for each track, and different votes: each"
        f" counts as the answers of one listener, also the {copies} that equal another one byte by byte; if some are copies or"
        f" older exports, remove them, or add that column: {_listed(files)}"
    ]


def _about_copies(contents: Sequence[Contents], alone: Collection[int]) -> list[str]:
    equal = [each for index, each in enumerate(contents) if len(each.names) > 1 and index not in alone]
    if not equal:
        return []
    copies = sum(len(each.names) - 1 for each in equal)
    rows = sum((len(each.names) - 1) * len(each.file.table) for each in equal)
    pairs = [f"{name} and {each.names[0]}" for each in equal for name in each.names[1:]]
    return [
        f"{copies} annotation files equal another one byte by byte, so their {rows} rows do not count again"
        f"{_remedy([each.file for each in equal])}: {_listed(pairs)}"
    ]


def _about_contained(files: Sequence[AnnotationFile], contained: Mapping[int, int]) -> list[str]:
    if not contained:
        return []
    rows = sum(len(files[index].table) for index in contained)
    pairs = [f"{files[small].name} in {files[large].name}" for small, large in contained.items()]
    return [
        f"every row of {len(contained)} annotation files is also in another file, so they are taken for older exports, or parts"
        f" of it, and their {rows} rows do not count again{_remedy([files[index] for index in contained])}: {_listed(pairs)}"
    ]


def _about_overlap(found: Overlaps) -> str:
    return (
        f"{found.files} annotation files have more than half of their rows in common with others, such as {found.file}, which"
        f" has {found.shared} of its {found.rows} rows in common with {found.other}: all rows count; if one file is a newer"
        " export of another, remove the older one, or add a column 'listener'"
    )


def _about_labels(files: Sequence[AnnotationFile]) -> list[str]:
    """Warn of files of labels that may have several rows for one answer; of kind single, those with a track in several rows."""
    unnamed = [file for file in files if file.header.form == "labels" and not file.names_listeners]
    if files and files[0].label_set.single:
        return _about_repeated_tracks(unnamed)
    if not unnamed:
        return []
    repeated = any(file.table.duplicated([TRACK, *file.labels]).any() for file in unnamed)
    hint = "" if repeated else "; no track has a label twice, as if each track had one list of labels"
    return [
        f"{len(unnamed)} annotation files have labels without a column 'listener', so each row counts as the answer of one"
        f" listener with one {files[0].label_set.noun[0]}{hint}; if several rows are one answer, add that column, with the same"
        f" name in these rows: {_listed([file.name for file in unnamed])}"
    ]


def _about_repeated_tracks(unnamed: Sequence[AnnotationFile]) -> list[str]:
    """Warn of files of labels without listeners that have a track in several rows, where each track has one label."""
    repeated = [file for file in unnamed if file.table[TRACK].duplicated().any()]
    if not repeated:
        return []
    tracks = {track for file in repeated for track in file.table.loc[file.table[TRACK].duplicated(), TRACK]}
    return [
        f"{len(repeated)} annotation files without a column 'listener' have {len(tracks)} tracks in several rows, such as track"
        f" {min(tracks)!r}: each row counts as the answer of one listener; if a track has one label, leave only its right row:"
        f" {_listed([file.name for file in repeated])}"
    ]


def _about_unknown_labels(files: Sequence[AnnotationFile]) -> list[str]:
    found = [file for file in files if file.unknown]
    if not found:
        return []
    columns = list(dict.fromkeys(repr(column) for file in found for column in file.unknown))
    return [
        f"{len(found)} annotation files have {len(columns)} columns of votes for no label of the label set"
        f" {files[0].label_set.name}, so they do not count: {_listed(columns)}; such as in {found[0].name}"
    ]


def _about_retired_labels(files: Sequence[AnnotationFile]) -> list[str]:
    found = [file for file in files if file.retired_votes]
    if not found:
        return []
    retired = [label.id for label in files[0].label_set.labels if label.retired]
    return [
        f"{sum(file.retired_votes for file in found)} votes in {len(found)} annotation files do not count, because their labels"
        f" are retired ({_listed(retired)}); such as in {found[0].name}"
    ]
