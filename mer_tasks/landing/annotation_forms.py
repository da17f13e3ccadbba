"""Forms of annotation files: what a row means, which the header alone decides.

- ``answers``: a row has the answer of one listener to one track, as 0 or 1 for each emotion (Emotify's form);
- ``labels``: a row has one emotion that was chosen for a track, in the column ``label``;
- ``counts``: a row has all votes for a track: in ``listeners`` the number of listeners, and for each emotion how many chose it;
- ``shares``: as ``counts``, but with the share of these listeners, from 0 to 1, in columns such as ``share power``.

Names of columns are compared without regard to case, blanks, hyphens and underscores: ``Track_ID`` is ``track id``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AnnotationError
from mer_tasks.landing.csv_files import TRACK, check_columns_once, simplified

Form = Literal["answers", "labels", "counts", "shares"]
GENRE, LISTENER, LISTENERS, LABEL = "genre", "listener", "listeners", "label"
NAMES = {
    TRACK: (TRACK,),
    GENRE: (GENRE,),
    LISTENER: (LISTENER, "listener id", "annotator", "annotator id", "user", "user id", "worker", "worker id"),
    LISTENERS: tuple(f"{word}{who}" for word in ("", "n ", "number of ") for who in (LISTENERS, "annotators")),
    LABEL: (LABEL, "emotion"),
}
"""Names that a column may have, by its meaning."""
COLUMNS: dict[Form, tuple[str, ...]] = {
    "answers": (TRACK, GENRE, LISTENER, *EMOTIONS),
    "labels": (TRACK, GENRE, LISTENER, LABEL),
    "counts": (TRACK, GENRE, LISTENERS, *EMOTIONS),
    "shares": (TRACK, GENRE, LISTENERS, *EMOTIONS),
}
"""Meanings of columns that a form knows. Genre and listener may be missing."""
OPTIONAL = (GENRE, LISTENER)
QUANTITIES = ("count", "n", "rating", "score", "share", "value", "vote", "votes", "weight")
"""Names of columns that would change what a row of a file of labels means, since each row is one chosen emotion."""


@dataclass(frozen=True)
class Header:
    """Header of an annotation file.

    Attributes
    ----------
    form : {"answers", "labels", "counts", "shares"}
    names : list of str
        Names of the columns in the file.
    columns : list of str
        For each column its meaning, such as ``track id`` or ``power``. A column without a meaning keeps its name, and a column
        without a name gets one.
    """

    form: Form
    names: list[str]
    columns: list[str]

    @property
    def one_row_per_track(self) -> bool:
        """Whether a row has the votes of all listeners of a track."""
        return self.form in ("counts", "shares")


def _spellings(form: Form) -> dict[str, str]:
    """Return the meaning of each simplified name of a column in this form."""
    spellings = {simplified(name): meaning for meaning in COLUMNS[form] for name in NAMES.get(meaning, ())}
    for emotion in EMOTIONS:
        names = {"shares": [f"share {emotion}"], "counts": [emotion, f"votes {emotion}"], "answers": [emotion], "labels": []}
        spellings |= {simplified(name): emotion for name in names[form]}
    return spellings


def _recognise(names: set[str]) -> Form:
    """Recognise the form of a file by the simplified names of its columns."""
    plain, votes, shares = ({simplified(f"{word}{emotion}") for emotion in EMOTIONS} for word in ("", "votes", "share"))
    labels, listeners = ({simplified(name) for name in NAMES[meaning]} for meaning in (LABEL, LISTENERS))
    if names & listeners or (names & (votes | shares) and not names & plain):
        return "shares" if names & shares else "counts"
    return "labels" if names & labels and not names & plain else "answers"


def read_header(names: Sequence[str], location: str) -> Header:
    """Recognise the form of a file and the meanings of its columns.

    Parameters
    ----------
    names : sequence of str
        Names of the columns, as the file has them.
    location : str
        File and line, for messages.

    Raises
    ------
    AnnotationError
        If a column is missing, stands twice, or means the same as another one.

    Examples
    --------
    >>> header = read_header(["Track_ID", "label", "Worker ID", "age"], "a.csv: line 1")
    >>> header.form, header.columns
    ('labels', ['track id', 'label', 'listener', 'age'])
    """
    form = _recognise(set(map(simplified, names)))
    spellings = _spellings(form)
    meanings = [spellings.get(simplified(name), "") for name in names]
    if form in ("counts", "shares"):
        _check_only_sums(names, form, location)
    if form == "labels":
        _check_only_choices(names, location)
    required = [column for column in COLUMNS[form] if column not in OPTIONAL]
    missing = [column for column in required if column not in meanings]
    if missing:
        word = "share " if form == "shares" else ""
        absent, expected = ([f"{word}{name}" if name in EMOTIONS else name for name in each] for each in (missing, required))
        raise AnnotationError(
            f"{location}: no column {', '.join(map(repr, absent))} in {','.join(names)[:200]!r},"
            f" expected {', '.join(expected)}, with commas, semicolons or tabs between them"
        )
    check_columns_once(names, meanings, location, AnnotationError)
    # names in parentheses are those of columns that the platform adds
    others = [name if name and name[0] != "(" else f"(column {index}) {name}" for index, name in enumerate(names)]
    return Header(form, list(names), [meaning or other for meaning, other in zip(meanings, others, strict=True)])


def _check_only_sums(names: Sequence[str], form: Form, location: str) -> None:
    """Refuse a file with one row per track that has a column of single listeners, or both counts and shares."""
    other: Form = "shares" if form == "counts" else "counts"
    foreign = _spellings(other).keys() - _spellings(form).keys()
    of_one_listener = {simplified(name) for name in NAMES[LISTENER]}
    for name in names:
        if simplified(name) in foreign:
            raise AnnotationError(f"{location}: column {name!r} has {other} in a file of {form}, expected only one of both")
        if simplified(name) in of_one_listener:
            raise AnnotationError(
                f"{location}: column {name!r} in a file of {form}, where a row has the votes of all listeners; expected only"
                f" {LISTENERS!r}, the number of listeners"
            )


def _check_only_choices(names: Sequence[str], location: str) -> None:
    """Refuse a file of labels whose rows have a number, so that they may be no plain choices."""
    for name in names:
        if simplified(name) in QUANTITIES:
            raise AnnotationError(
                f"{location}: column {name!r} in a file of labels, where each row is one emotion that a listener chose;"
                " expected no such column, or one column per emotion"
            )
