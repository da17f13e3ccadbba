"""Imports of data sets into a landing zone: audio files, files of annotations and metadata, and a label file beside the zone.

In: what one of the importers has read from a data set (:class:`ImportPlan`). Out: objects in the landing zone, annotation files
last, and the label file, with which ``MER_LABELS`` names the label set of the data.

Nothing is written if the landing zone has annotations of another label set, or if another label file is in the way.
"""

import csv
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mer_tasks.column_names import ID, PREFIXES, TAKEN
from mer_tasks.errors import ConfigError, PermanentError
from mer_tasks.label_set import FEWEST, MOST, LabelSet
from mer_tasks.landing.annotation_files import parse
from mer_tasks.landing.copy_folder import PlannedCopy, copy
from mer_tasks.landing.zone import AUDIO_EXTENSIONS, role
from mer_tasks.storage import open_store
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.label_files import label_file, read_label_set

SUFFIX = "_label"
"""End that makes an id of a word that no label can have as its id."""


@dataclass(frozen=True)
class ImportPlan:
    """What an importer writes.

    Attributes
    ----------
    folder : Path
        Folder of the data set.
    copies : list of PlannedCopy
        Audio files of the folder.
    files : dict of str to bytes
        Keys of files of annotations and metadata, and their contents.
    label_set : LabelSet
    notes : list of str
        What a person should know, such as the number of what was left out.
    source : str
        Address of the file whose rows the annotations have, line by line; empty if there is none.
    source_names : mapping of str to str
        Names of that file's columns, by the names that these columns have in the annotations.
    """

    folder: Path
    copies: list[PlannedCopy]
    files: dict[str, bytes]
    label_set: LabelSet
    notes: list[str] = field(default_factory=list)
    source: str = ""
    source_names: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Imported:
    """What was imported: numbers of tracks, of files that were written or already there, and the label file's URL."""

    tracks: int
    written: int
    unchanged: int
    labels: str


def carry_out(plan: ImportPlan, landing: ObjectStore, progress: Callable[[int, int], None] | None = None) -> Imported:
    """Write what was planned; files that the landing zone already has are left as they are.

    Raises
    ------
    ConfigError
        If the landing zone has annotations that do not fit the label set, or another label file is where this one belongs.
    AnnotationError
        If the planned annotations cannot be used.
    TransientError, AccessDenied
        If a store does not accept an object.
    """
    annotations = {key: data for key, data in plan.files.items() if role(key) == "annotations"}
    for key, data in annotations.items():
        parse(data, plan.source or key, plan.label_set, plan.source_names)
    _check_other_annotations(plan, landing)
    place, name = beside(landing.url, plan.label_set.name)
    labels = open_store(place)
    _check_label_file(labels, name, plan.label_set)
    counts = copy(plan.folder, plan.copies, landing, progress)
    written = counts["written"]
    for key in sorted(plan.files, key=lambda key: key in annotations):
        if not landing.exists(key) or landing.get(key) != plan.files[key]:
            landing.put(key, plan.files[key])
            written += 1
    if not labels.exists(name):
        labels.put(name, label_file(plan.label_set).encode())
    total = len(plan.copies) + len(plan.files)
    return Imported(len(plan.copies), written, total - written, labels.uri(name))


def beside(landing_url: str, name: str) -> tuple[str, str]:
    """Return the URL of the folder of a landing zone, and the name of the label file there.

    A bucket that is a landing zone as a whole has no such folder: then the label file is in the landing zone, which ignores it.

    Examples
    --------
    >>> beside("file:///music/landing", "moods"), beside("s3://music", "moods")
    (('file:///music', 'moods.toml'), ('s3://music', 'moods.toml'))
    """
    parent = landing_url.rstrip("/").rpartition("/")[0]
    return (landing_url if parent.endswith("/") else parent), f"{name}.toml"


def _check_other_annotations(plan: ImportPlan, landing: ObjectStore) -> None:
    """Refuse a landing zone with annotations of another label set: a run would refuse them."""
    for info in landing.list("annotations/"):
        if role(info.key) == "annotations" and info.key not in plan.files:
            try:
                parse(landing.get(info.key), landing.uri(info.key), plan.label_set)
            except PermanentError as error:
                raise ConfigError(
                    f"{error}; expected a landing zone without annotations of another label set than {plan.label_set.name}"
                ) from None


def _check_label_file(store: ObjectStore, name: str, label_set: LabelSet) -> None:
    if store.exists(name):
        found = read_label_set(store.uri(name))
        if found.digest != label_set.digest:
            raise ConfigError(
                f"{store.uri(name)}: {found}, expected {label_set} or no such file; remove it, or use another place"
            )


def csv_bytes(header: Sequence[str], rows: Iterable[Sequence[str]]) -> bytes:
    """Write a CSV file."""
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *rows])
    return text.getvalue().encode()


def label_ids(words: Sequence[str]) -> dict[str, str]:
    """Make an id of each word: small letters, digits and ``_``; words that differ only in case and signs get one id.

    Parameters
    ----------
    words : sequence of str
        Words in their order. The ids depend on it where a word has no letter from a to z.

    Examples
    --------
    >>> label_ids(["Laid-Back", "laid back", "Select", "80s", "Фолк"])
    {'Laid-Back': 'laid_back', 'laid back': 'laid_back', 'Select': 'select_label', '80s': 'n80s', 'Фолк': 'label5'}
    """
    ids = {}
    for number, word in enumerate(words, 1):
        label = plain_id(word)
        if label in TAKEN or label.startswith(PREFIXES):
            label = label[: 48 - len(SUFFIX)] + SUFFIX
            label = label if not label.startswith(PREFIXES) else f"n{label}"[:48]
        ids[word] = label if ID.fullmatch(label) else f"label{number}"
    return ids


def plain_id(word: str) -> str:
    """Make an id of a word, which SQL may reserve; empty if the word has no letter from a to z and no digit.

    Examples
    --------
    >>> plain_id("Votes (2024)"), plain_id("80s"), plain_id("Фолк")
    ('votes_2024', 'n80s', '')
    """
    plain = unicodedata.normalize("NFKD", word).encode("ascii", "ignore").decode().casefold()
    label = re.sub("[^a-z0-9]+", "_", plain).strip("_")[:48].rstrip("_")
    return f"n{label}"[:48] if label and not label[0].isalpha() else label


def check_count(count: int, what: str, remedy: str) -> None:
    """Refuse a number of labels that no label set can have."""
    if not FEWEST <= count <= MOST:
        raise ConfigError(f"{count} {what}, expected {FEWEST} to {MOST} labels; {remedy}")


def audio_files(folder: Path) -> dict[str, Path]:
    """Find the audio files below a folder, by their names without ending, in the order of these.

    Raises
    ------
    ConfigError
        If there is none, or two have the same name.
    """
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in AUDIO_EXTENSIONS and not path.name.startswith(".") and path.is_file():
            track_id = unicodedata.normalize("NFC", path.stem)
            if track_id in found:
                raise ConfigError(f"{path}: the same name as {found[track_id]}, expected each track once")
            found[track_id] = path
    if not found:
        raise ConfigError(f"{folder}: no audio, expected the audio files of the data set in it or below it")
    return dict(sorted(found.items()))
