"""Forms of annotation files: what a row means, which the header alone decides.

- ``answers``: a row has the answer of one listener to one track, as 0 or 1 for each label (Emotify's form);
- ``labels``: a row has one label that was chosen for a track, in the column ``label``;
- ``counts``: a row has all votes for a track: in ``listeners`` the number of listeners, and for each label how many chose it;
- ``shares``: as ``counts``, but with the share of these listeners, from 0 to 1, in columns such as ``share power``.

The columns of a label are called by its id or by its name. Names of columns are compared without regard to case, blanks,
hyphens and underscores: ``Track_ID`` is ``track id``. A column of a retired label may be there or not.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from mer_tasks.column_names import TAKEN, simplified
from mer_tasks.errors import AnnotationError
from mer_tasks.label_set import LABEL_SETS, LabelSet, parse_label_set
from mer_tasks.landing.csv_files import TRACK, check_columns_once
from mer_tasks.wording import listed

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
    "answers": (TRACK, GENRE, LISTENER),
    "labels": (TRACK, GENRE, LISTENER, LABEL),
    "counts": (TRACK, GENRE, LISTENERS),
    "shares": (TRACK, GENRE, LISTENERS),
}
"""Meanings of columns that a form knows, beside those of the labels. Genre and listener may be missing."""
PREFIXES: dict[Form, tuple[str, ...]] = {"answers": ("",), "labels": (), "counts": ("", "votes "), "shares": ("share ",)}
"""Words that may stand before a label in the name of its column, by form; a file of labels has no column for each label."""
OPTIONAL = (GENRE, LISTENER)
QUANTITIES = ("count", "n", "rating", "score", "share", "value", "vote", "votes", "weight")
"""Names of columns that would change what a row of a file of labels means, since each row is one chosen label."""
NO_LABELS = frozenset(map(simplified, TAKEN))
"""Names of columns that no label can have; so a column of such a name was not meant as a label."""
LABEL_WORDS = frozenset(map(simplified, (*NAMES[LABEL], "labels", "emotions", "mood")))
"""Those of these names that a column of labels may have been given; a message about missing labels names them."""
IMPORT_HINT = "; mer import-csv makes a label set of any CSV file's columns or labels"
MAX_NAMED = 12
"""Largest number of labels that a message names."""


@dataclass(frozen=True)
class Header:
    """Header of an annotation file.

    Attributes
    ----------
    form : {"answers", "labels", "counts", "shares"}
    names : list of str
        Names of the columns in the file.
    columns : list of str
        For each column its meaning, such as ``track id`` or a label's id. A column without a meaning keeps its name, and a
        column without a name gets one.
    others : list of str
        Those of `columns` that have no meaning and a name that a label could have.
    """

    form: Form
    names: list[str]
    columns: list[str]
    others: list[str] = field(default_factory=list)

    @property
    def one_row_per_track(self) -> bool:
        """Whether a row has the votes of all listeners of a track."""
        return self.form in ("counts", "shares")


@lru_cache(maxsize=64)
def label_spellings(label_set: LabelSet, prefix: str = "") -> Mapping[str, str]:
    """Return the id of each label, retired ones too, by the simplified texts that mean it: its id and its name.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "m"\\nkind = "multi"\\nlabels = ["sad", {id = "ok", name = "So So"}]', "m.toml")
    >>> dict(label_spellings(moods, "share "))
    {'sharesad': 'sad', 'sharesoso': 'ok', 'shareok': 'ok'}
    """
    names = {simplified(prefix + label.name): label.id for label in label_set.labels if simplified(label.name)}
    ids = {simplified(prefix + label.id): label.id for label in label_set.labels}
    return {**names, **ids}


@lru_cache(maxsize=64)
def _spellings(form: Form, label_set: LabelSet) -> Mapping[str, str]:
    """Return the meaning of each simplified name of a column in this form."""
    spellings: dict[str, str] = {}
    for prefix in PREFIXES[form]:
        spellings |= label_spellings(label_set, prefix)
    return spellings | {simplified(name): meaning for meaning in COLUMNS[form] for name in NAMES[meaning]}


def _recognise(names: set[str], label_set: LabelSet) -> Form:
    """Recognise the form of a file by the simplified names of its columns."""
    plain, votes, shares = (label_spellings(label_set, prefix).keys() for prefix in ("", "votes ", "share "))
    labels, listeners = ({simplified(name) for name in NAMES[meaning]} for meaning in (LABEL, LISTENERS))
    if names & listeners or (names & (votes | shares) and not names & plain):
        return "shares" if names & shares or (not names & (plain | votes) and _begins(names, "share")) else "counts"
    return "labels" if names & labels and not names & plain else "answers"


def _begins(names: Iterable[str], word: str) -> bool:
    return any(name.startswith(word) for name in names)


def read_header(names: Sequence[str], location: str, label_set: LabelSet) -> Header:
    """Recognise the form of a file and the meanings of its columns.

    Parameters
    ----------
    names : sequence of str
        Names of the columns, as the file has them.
    location : str
        File and line, for messages.
    label_set : LabelSet

    Raises
    ------
    AnnotationError
        If a column is missing, stands twice, or means the same as another one.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> header = read_header(["Track_ID", "label", "Worker ID", "age"], "a.csv: line 1", moods)
    >>> header.form, header.columns
    ('labels', ['track id', 'label', 'listener', 'age'])
    """
    form = _recognise(set(map(simplified, names)), label_set)
    spellings = _spellings(form, label_set)
    meanings = [spellings.get(simplified(name), "") for name in names]
    if form in ("counts", "shares"):
        _check_only_sums(names, form, location, label_set)
    if form == "labels":
        _check_only_choices(names, location)
    _check_complete(names, meanings, form, location, label_set)
    check_columns_once(names, meanings, location, AnnotationError)
    # names in parentheses are those of columns that the platform adds
    others = [name if name and name[0] != "(" else f"(column {index}) {name}" for index, name in enumerate(names)]
    columns = [meaning or other for meaning, other in zip(meanings, others, strict=True)]
    unknown = [column for column, meaning in zip(columns, meanings, strict=True) if not meaning and _may_be_label(column)]
    return Header(form, list(names), columns, unknown)


def _may_be_label(name: str) -> bool:
    return not name.startswith("(") and bool(simplified(name)) and simplified(name) not in NO_LABELS


def _check_complete(names: Sequence[str], meanings: Sequence[str], form: Form, location: str, label_set: LabelSet) -> None:
    """Refuse a header that lacks a column; say which other columns it has, and which label set would fit."""
    prefix = PREFIXES[form][0] if PREFIXES[form] else ""
    labels = [prefix + label for label in label_set.ids] if PREFIXES[form] else []
    required = [column for column in COLUMNS[form] if column not in OPTIONAL]
    absent = [column for column in required if column not in meanings]
    absent_labels = [label for label in labels if label.removeprefix(prefix) not in meanings]
    if not absent and not absent_labels:
        return
    missing = listed(list(map(repr, [*absent, *absent_labels])), MAX_NAMED)
    others = [name for name, meaning in zip(names, meanings, strict=True) if not meaning]
    unknown = [name for name in others if _may_be_label(name) or simplified(name) in LABEL_WORDS]
    hints = []
    if absent_labels and unknown:
        hints.append(f"; the label set {label_set.name} has no {listed(list(map(repr, unknown)), MAX_NAMED)}")
    words = {*LABEL_WORDS, *map(simplified, label_set.noun)} - {*map(simplified, NAMES[LABEL])}
    if absent_labels and any(simplified(name) in words for name in others):
        hints.append(f"; a column with one label in each row is called {LABEL!r}")
    if absent_labels:
        fitting = fitting_hint(names, PREFIXES[form], label_set)
        none_known = len(absent_labels) == len(labels)
        hints.append(fitting or (IMPORT_HINT if none_known and not absent else ""))
    raise AnnotationError(
        f"{location}: no column {missing} in {','.join(names)[:200]!r},"
        f" expected {listed([*required, *labels], MAX_NAMED)}, with commas, semicolons or tabs between them{''.join(hints)}"
    )


def fitting_hint(names: Iterable[str], prefixes: Sequence[str], label_set: LabelSet, *, all_used: bool = True) -> str:
    """Name the label sets of the platform, other than `label_set`, that fit the names; empty if there is none.

    Parameters
    ----------
    names : iterable of str
        Names of columns, or labels in the cells of a column.
    prefixes : sequence of str
        Words that may stand before a label.
    label_set : LabelSet
    all_used : bool
        Whether each label of a set must be among the names; if not, each name must be one of the set's labels.
    """
    given = set(map(simplified, names))
    fitting = []
    for path in sorted(LABEL_SETS.glob("*.toml")):
        other = parse_label_set(path.read_text(encoding="utf-8"), str(path))
        spellings = {name: label for prefix in prefixes for name, label in label_spellings(other, prefix).items()}
        found = {spellings[name] for name in given & spellings.keys()}
        fits = found >= {*other.ids} if all_used else given <= spellings.keys()
        if fits and other.digest != label_set.digest:
            fitting.append(f"{other.name} (MER_LABELS={path})")
    return f"; the label set {' or '.join(fitting)} would fit" if fitting else ""


def _check_only_sums(names: Sequence[str], form: Form, location: str, label_set: LabelSet) -> None:
    """Refuse a file with one row per track that has a column of single listeners, or both counts and shares."""
    other: Form = "shares" if form == "counts" else "counts"
    foreign = _spellings(other, label_set).keys() - _spellings(form, label_set).keys()
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
                f"{location}: column {name!r} in a file of labels, where each row is one label that a listener chose;"
                " expected no such column, or one column per label"
            )
