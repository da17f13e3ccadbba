"""Merge annotation files: decide which rows count, and count those that do not.

Every row of every file counts once, with three exceptions:

- The same listener answered the same track again. Then the answer of the newest file counts; within a file, the later row. This
  needs a column that names the listener, such as ``listener``. In a file of labels, all rows of a listener for a track are one
  answer.
- Files are equal byte by byte: their rows count once.
- Every row of a file without listeners' names is also in another file: the file is taken for an older export.

Files that each seem to have the answers of one listener do not repeat each other (``have_one_listener_each`` in
:mod:`mer_tasks.landing.repeated_files`): equal rows are equal answers. But a file of several listeners may have all their rows.

Each row that was read is in one of three numbers: ``rows_read = rows_counted + superseded + duplicates``. A row that counts is
the answer of one listener, except in two forms: in a file of labels with listeners' names, several rows can be one answer, and
in a file of counts or shares, a row has the answers of several listeners.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from mer_tasks.config import IdMatch
from mer_tasks.errors import AnnotationError
from mer_tasks.label_set import LabelSet
from mer_tasks.landing.annotation_files import COUNT, LINE, AnnotationFile, parse
from mer_tasks.landing.annotation_forms import GENRE, LISTENER
from mer_tasks.landing.csv_files import TRACK
from mer_tasks.landing.id_matching import match_ids
from mer_tasks.landing.merge_warnings import Contents, merge_warnings
from mer_tasks.landing.repeated_files import find_contained, find_contested, find_overlaps, have_one_listener_each

FILE, ROWS, CHOSEN = "(file)", "(rows)", "(chosen)"
"""Columns of answers: position of the file, number of the rows that the answer is made of, and number of the label."""


@dataclass(frozen=True)
class Annotations:
    """Merged rows of all annotation files.

    Attributes
    ----------
    rows : pd.DataFrame
        ``track_id``, the votes for each label (int64), and ``(count)``: the number of listeners whose votes these are, 1 for
        the answer of one listener.
    genres : dict
        Track id to the genres that the files name for it; empty for a track without one.
    rows_read : int
        Number of rows in all files.
    rows_counted : int
        Number of these rows that count.
    superseded : int
        Number of rows that do not count, because the same listener answered the same track again.
    duplicates : int
        Number of rows that do not count, because another row or file has the same.
    contested : dict
        Track id to the addresses of two files that may contradict each other; see
        :func:`mer_tasks.landing.repeated_files.find_contested`.
    warnings : list of str
        One line for each kind of assumption that was made.
    """

    rows: pd.DataFrame
    genres: dict[str, set[str]]
    rows_read: int
    rows_counted: int
    superseded: int = 0
    duplicates: int = 0
    contested: dict[str, tuple[str, str]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)

    @property
    def listeners(self) -> int:
        """Number of listeners' answers that count."""
        return int(self.rows[COUNT].sum())


def read_annotation_files(
    files: Mapping[str, bytes], label_set: LabelSet, track_ids: Collection[str] = (), id_match: IdMatch = "exact"
) -> Annotations:
    """Parse and merge annotation files.

    Parameters
    ----------
    files : mapping of str to bytes
        Address of each file to its content, from the oldest to the newest file.
    label_set : LabelSet
    track_ids : collection of str, optional
        Ids of the tracks that the ids in the files are matched with. An id that matches none stays as it is.
    id_match : {"exact", "blanks", "case", "number", "file_name", "loose"}
        When an id means a track; see :func:`mer_tasks.landing.id_matching.match_ids`.

    Raises
    ------
    AnnotationError
        If there is no file, one of the files cannot be used, or an id can mean two tracks.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> old = b"track id,listener,calm,happy\\n7,Ann,1,0\\n7,Bob,0,0\\n"
    >>> new = b"track id,listener,calm,happy\\n7,Ann,0,1\\n"
    >>> annotations = read_annotation_files({"old.csv": old, "new.csv": new}, moods)
    >>> annotations.rows_read, annotations.rows_counted, annotations.superseded
    (3, 2, 1)
    """
    if not files:
        raise AnnotationError("no annotation file, expected at least one .csv below annotations/ of the landing zone")
    names: dict[bytes, list[str]] = {}
    for name, data in files.items():
        digest = hashlib.sha256(data).digest()
        names[digest] = [*names.pop(digest, []), name]  # the content is as new as the newest file that has it
    contents = [Contents(parse(files[same[-1]], same[0], label_set), same) for same in names.values()]
    given = {track for each in contents for track in each.file.table[TRACK].unique()}
    found = match_ids(given, track_ids, id_match)
    for each in contents:
        _use_track_ids(each.file, found)
    return _merge(contents)


def _use_track_ids(file: AnnotationFile, found: Mapping[str, str]) -> None:
    """Replace the ids of a file by the ids of the tracks they mean; refuse two rows with all votes for one track."""
    ids = file.table[TRACK]
    file.table[TRACK] = ids.map({given: found.get(given, given) for given in ids.unique()}).astype("str")
    if file.header.one_row_per_track:
        repeated = file.table[file.table[TRACK].duplicated(keep=False)]
        if len(repeated):
            track = repeated[TRACK].iloc[0]
            lines = repeated.loc[repeated[TRACK] == track, LINE]
            raise AnnotationError(
                f"{file.name}: lines {lines.iloc[0]} and {lines.iloc[1]}: track {track!r} twice, expected one row with the"
                " votes of all its listeners"
            )


def _merge(contents: Sequence[Contents]) -> Annotations:
    """Merge files with different contents."""
    files = [each.file for each in contents]
    single = {index: len(contents[index].names) for index in have_one_listener_each(files)}
    contained = find_contained(files, single)
    alone = {index: copies for index, copies in single.items() if index not in contained}
    repetitions = [alone.get(index, 1) for index in range(len(files))]
    kept = [index for index in range(len(files)) if index not in contained]
    unnamed = [index for index in kept if not files[index].names_listeners]
    named = [files[index] for index in kept if files[index].names_listeners]
    several, alone_files = [files[index] for index in unnamed if index not in alone], [files[index] for index in alone]
    newest = _newest_answers(named)
    tables = [files[index].table.assign(**{ROWS: 1}) for index in unnamed for _ in range(repetitions[index])]
    tables += [] if newest.answers is None else [newest.answers]
    rows = pd.concat([table[[TRACK, *files[0].labels, COUNT, ROWS]] for table in tables], ignore_index=True)
    copies = sum(len(each.file.table) * (len(each.names) - count) for each, count in zip(contents, repetitions, strict=True))
    overlaps = find_overlaps(several, alone_files, named)
    warnings = [*merge_warnings(contents, alone, contained, overlaps), *newest.warnings]
    return Annotations(
        rows=rows.drop(columns=ROWS).rename(columns={TRACK: "track_id"}),
        genres=_genres(files),
        rows_read=sum(len(each.file.table) * len(each.names) for each in contents),
        rows_counted=int(rows[ROWS].sum()),
        superseded=newest.superseded,
        duplicates=copies + sum(len(files[index].table) for index in contained) + newest.repeated,
        contested=find_contested([files[index] for index in kept]),
        warnings=warnings,
    )


def _genres(files: Sequence[AnnotationFile]) -> dict[str, set[str]]:
    genres: dict[str, set[str]] = {}
    for file in files:
        for track_id, genre in file.table[[TRACK, GENRE]].drop_duplicates().itertuples(index=False):
            genres.setdefault(track_id, set()).update({genre} - {""})
    return genres


@dataclass(frozen=True)
class _NewestAnswers:
    """Answers of files that name listeners, one for each listener and track, and the rows that do not count."""

    answers: pd.DataFrame | None = None
    superseded: int = 0
    repeated: int = 0
    warnings: list[str] = field(default_factory=list)


def _newest_answers(files: Sequence[AnnotationFile]) -> _NewestAnswers:
    """Keep the newest answer of each listener to each track; `files` are in order, the newest last."""
    if not files:
        return _NewestAnswers()
    answers = pd.concat([_answers_of(file).assign(**{FILE: index}) for index, file in enumerate(files)], ignore_index=True)
    old = answers.duplicated([TRACK, LISTENER], keep="last")
    superseded = int(answers.loc[old, ROWS].sum())
    repeated = sum(len(file.table) for file in files) - int(answers[ROWS].sum())
    warnings = []
    if superseded:
        first = answers[old].iloc[0]
        track, listener, older = first[TRACK], first[LISTENER], files[first[FILE]]
        newest = files[answers.loc[(answers[TRACK] == track) & (answers[LISTENER] == listener) & ~old, FILE].iloc[0]]
        newest_line, older_line = _lines(newest, track, listener)[-1], _lines(older, track, listener)[0]
        warnings.append(
            f"{superseded} rows do not count, because the same listener answered the same track again in a newer file or a"
            f" later row, such as listener {listener!r} and track {track!r}: the answer in {newest.name}, line {newest_line}"
            f" counts, not the one in {older.name}, line {older_line}"
        )
    if repeated:
        warnings.append(f"{repeated} rows do not count, because another row of the file has the same track, listener and label")
    return _NewestAnswers(answers[~old], superseded, repeated, warnings)


def _lines(file: AnnotationFile, track: str, listener: str) -> list[int]:
    """Return the numbers of the lines with the rows of a listener for a track."""
    table = file.table
    lines: list[int] = table.loc[(table[TRACK] == track) & (table[LISTENER] == listener), LINE].tolist()
    return lines


def _answers_of(file: AnnotationFile) -> pd.DataFrame:
    """Return the answers in a file that names listeners; in a file of labels, an answer can have several rows."""
    table = file.table[[TRACK, LISTENER, *file.labels, COUNT]]
    if file.header.form == "answers" or file.label_set.single:
        return table.assign(**{ROWS: 1})
    votes = table[file.labels].to_numpy()
    chosen = np.where(votes.any(axis=1), votes.argmax(axis=1), -1)
    rows = table[[TRACK, LISTENER]].assign(**{CHOSEN: chosen}).drop_duplicates()
    groups = rows.groupby([TRACK, LISTENER], sort=False)
    answers = groups.size().rename(ROWS).reset_index().assign(**{COUNT: 1})
    merged = np.zeros((len(answers), len(file.labels)), np.int64)
    has_label = rows[CHOSEN].to_numpy() >= 0
    merged[groups.ngroup().to_numpy()[has_label], rows[CHOSEN].to_numpy()[has_label]] = 1
    return pd.concat([answers, pd.DataFrame(merged, columns=file.labels)], axis=1)
