"""Label sets: the labels that a deployment gives to music, such as the nine emotions of Emotify, read from a file.

In: a TOML file with the name of the set, its kind, and its labels. Out: a checked :class:`LabelSet`. The order of its labels
is the order of every array, table and file of the platform.

A set of kind ``multi`` answers yes or no for each label; one of kind ``single`` gives each track exactly one label. A label
that is retired stays in the file, so that older runs keep its name, but runs that begin later do not use it.
"""

import hashlib
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from mer_tasks.column_names import ID, PREFIXES, TAKEN, simplified
from mer_tasks.errors import ConfigError
from mer_tasks.label_file_values import check_axis, check_colour, check_text, cut

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

LABEL_SETS = Path(__file__).resolve().parent / "label_sets"
"""Folder of the label sets that come with the platform."""
DEFAULT = LABEL_SETS / "emotify.toml"
KINDS = ("multi", "single")
FEWEST, MOST = 2, 200
"""Smallest and largest number of labels in use."""
MOST_NAMED, NAMED_ALIKE = 20, 5
"""An error names up to so many labels, of a larger set only the few that are most alike."""
SHORT_LIST = 12
"""Largest number of labels that a page shows in the order of the set; longer lists are sorted by probability."""
SHOWN_POSITIVES = 6
"""Largest number of names that a list of tracks shows for the labels that a model decides for."""
LATEST = 2**31 - 1
"""Largest version, which Postgres stores as an integer."""
Kind = Literal["multi", "single"]


@dataclass(frozen=True)
class Label:
    """One label of a set.

    Attributes
    ----------
    id : str
        Name in columns, files and commands: a small letter, then small letters, digits and ``_``, at most 48 in all.
    name : str
        Name for people, in any language.
    description : str
        One sentence that says what the label means; may be empty.
    colour : str or None
        Colour in figures, such as ``#0072B2``; None if the figures may choose.
    valence, arousal : float or None
        Place of the label on the axes of Russell's circumplex (1980, doi 10.1037/h0077714), from -1 to 1; None if unknown.
    retired : bool
        Whether new runs leave the label out.
    """

    id: str
    name: str
    description: str = ""
    colour: str | None = None
    valence: float | None = None
    arousal: float | None = None
    retired: bool = False


@dataclass(frozen=True)
class LabelSet:
    """The labels of a deployment.

    Attributes
    ----------
    name : str
        Name of the set, in the form of a label's id; a hyphen is allowed.
    version : int
        Number of the file's version, for people; it is at least 1.
    kind : {"multi", "single"}
        Whether a track has each label or not, or has exactly one of them.
    noun : (str, str)
        What one label and several labels are called on pages and in reports, such as emotion and emotions.
    labels : tuple of Label
        All labels, retired ones too, in their fixed order.
    """

    name: str
    version: int
    kind: Kind
    noun: tuple[str, str]
    labels: tuple[Label, ...]

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """Ids of the labels in use, in their fixed order."""
        return tuple(label.id for label in self.labels if not label.retired)

    def __len__(self) -> int:
        """Return the number of labels in use."""
        return len(self.ids)

    @property
    def single(self) -> bool:
        """Whether a track has exactly one label."""
        return self.kind == "single"

    @cached_property
    def by_id(self) -> dict[str, Label]:
        """Labels by id, retired ones too."""
        return {label.id: label for label in self.labels}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names for people of the labels in use, in the order of ``ids``."""
        return tuple(self.by_id[label_id].name for label_id in self.ids)

    @cached_property
    def digest(self) -> str:
        """The sha256, in hex, of what decides results: the set's name, its kind, and the ids in use with their order."""
        identity = {"name": self.name, "kind": self.kind, "labels": self.ids}
        return hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()

    def __str__(self) -> str:
        """Describe the set for messages: its name, version, kind, number of labels, and the beginning of its digest."""
        return f"{self.name} version {self.version} ({self.kind}, {len(self)} labels, {self.digest[:8]})"

    def document(self) -> dict[str, Any]:
        """Return the set as JSON values; :func:`label_set_of` makes it again."""
        return {**asdict(self), "noun": list(self.noun), "labels": [asdict(label) for label in self.labels]}

    def check_label(self, label_id: str, what: str = "label", *, retired: bool = False) -> str:
        """Return `label_id` if it is a label in use or, with `retired`, any label of the set.

        Raises
        ------
        ConfigError
            Names the parameter `what`, and the labels: of more than :data:`MOST_NAMED` those that are alike, if any are.
        """
        ids = [*self.by_id] if retired else [*self.ids]
        if label_id in ids:
            return label_id
        if len(ids) <= MOST_NAMED:
            raise ConfigError(f"{what} {label_id[:100]!r}: expected one of {', '.join(ids)}")
        alike = get_close_matches(label_id[:100], ids, NAMED_ALIKE)
        such = f", such as {', '.join(alike)}" if alike else "; mer labels show lists them"
        raise ConfigError(f"{what} {label_id[:100]!r}: expected one of {len(ids)}{such}")


def parse_label_set(text: str, source: str) -> LabelSet:
    """Read a label set from the text of a TOML file.

    Parameters
    ----------
    text : str
    source : str
        Address of the file, for messages.

    Raises
    ------
    ConfigError
        In one line, if the file is no TOML or no valid label set.

    Examples
    --------
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> moods.ids, moods.single, str(moods)
    (('calm', 'happy'), False, 'moods version 1 (multi, 2 labels, 233cce97)')
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # not TOML; a number of thousands of digits; lists in lists in lists
        raise ConfigError(f"label set {source}: {error}; expected a TOML file with name, kind and labels") from None
    return label_set_of(document, source)


def label_set_of(document: Mapping[str, Any], source: str, *, stored: bool = False) -> LabelSet:
    """Make a label set from the values of a file; see :func:`parse_label_set`.

    A `stored` set was accepted when its run began, so words that are reserved since then are no error in it.
    """
    where = f"label set {source}"
    known = [field.name for field in fields(LabelSet)]
    unknown = sorted(document.keys() - {*known})
    if unknown:
        raise ConfigError(f"{where}: unknown entries {', '.join(map(repr, unknown))}, expected {', '.join(known)}")
    name = document.get("name")
    if not isinstance(name, str) or not ID.fullmatch(name.replace("-", "_")):
        raise ConfigError(
            f"{where}: name = {cut(name)}, expected small letters, digits, _ and -, first a letter, at most 48 in all"
        )
    version = document.get("version", 1)
    if not isinstance(version, int) or isinstance(version, bool) or not 1 <= version <= LATEST:
        raise ConfigError(f"{where}: version = {cut(version)}, expected a number from 1 to {LATEST}")
    kind = document.get("kind")
    if kind not in KINDS:
        raise ConfigError(f"{where}: kind = {cut(kind)}, expected {' or '.join(map(repr, KINDS))}")
    noun = document.get("noun", ["label", "labels"])
    if not isinstance(noun, Sequence) or isinstance(noun, str) or len(noun) != 2:
        raise ConfigError(f'{where}: noun = {cut(noun)}, expected a list of two words, such as ["mood", "moods"]')
    words = (check_text(noun[0], "noun", where), check_text(noun[1], "noun", where))
    entries = document.get("labels")
    if not isinstance(entries, Sequence) or isinstance(entries, str):
        raise ConfigError(f"{where}: labels = {cut(entries)}, expected a list of ids or of tables [[labels]]")
    labels = tuple(_label(entry, f"{where}, label {number}", stored) for number, entry in enumerate(entries, 1))
    if not stored:
        _check_labels(labels, where)
    return LabelSet(name, version, kind, words, labels)


def _label(entry: Any, where: str, stored: bool) -> Label:
    """Check an entry of ``labels``: an id alone, or a table with the fields of :class:`Label`."""
    values = {"id": entry} if isinstance(entry, str) else entry
    if not isinstance(values, Mapping):
        raise ConfigError(f"{where}: {cut(entry)}, expected an id or a table with id and name")
    known = [field.name for field in fields(Label)]
    unknown = sorted(values.keys() - {*known})
    if unknown:
        raise ConfigError(f"{where}: unknown entries {', '.join(map(repr, unknown))}, expected {', '.join(known)}")
    label_id = values.get("id")
    if not isinstance(label_id, str) or not ID.fullmatch(label_id):
        raise ConfigError(
            f"{where}: id = {cut(label_id)}, expected a name that SQL takes without quotes: a small letter a to z first, then"
            " small letters, digits and _, at most 48 in all (the name for people is `name`)"
        )
    if not stored and (label_id in TAKEN or label_id.startswith(PREFIXES)):
        raise ConfigError(f"{where}: id = {label_id!r} is a word of SQL or of the platform's tables, expected another id")
    where = f"{where} ({label_id})"
    retired = values.get("retired", False)
    if not isinstance(retired, bool):
        raise ConfigError(f"{where}: retired = {cut(retired)}, expected true or false")
    return Label(
        label_id,
        check_text(values.get("name", label_id.replace("_", " ")), "name", where),
        check_text(values.get("description", ""), "description", where, may_be_empty=True),
        check_colour(values.get("colour"), where),
        check_axis(values.get("valence"), "valence", where),
        check_axis(values.get("arousal"), "arousal", where),
        retired,
    )


def _check_labels(labels: Sequence[Label], where: str) -> None:
    for field, of_labels in (("id", [label.id for label in labels]), ("name", [label.name for label in labels])):
        repeated = [value for value, count in Counter(of_labels).items() if count > 1]
        if repeated:
            raise ConfigError(f"{where}: {field} {repeated[0]!r} stands at two labels, expected each once")
    meanings: dict[str, Label] = {}
    for label in labels:
        for text in (label.id, label.name):
            other = meanings.setdefault(simplified(text), label)
            if other is not label and simplified(text):
                raise ConfigError(
                    f"{where}: {text!r} of label {label.id} can be read as label {other.id} ({other.name}), expected ids and"
                    " names that differ in more than case, blanks, hyphens and underscores"
                )
    in_use = sum(not label.retired for label in labels)
    if not FEWEST <= in_use <= MOST:
        raise ConfigError(f"{where}: {in_use} labels in use, expected {FEWEST} to {MOST}")
