"""Label files: read the configured label set from a local file or an object store, or the default one; write one as TOML."""

import json
from dataclasses import fields
from pathlib import Path
from urllib.parse import unquote

from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.label_set import DEFAULT, Label, LabelSet, parse_label_set
from mer_tasks.storage import open_store

LARGEST = 1_000_000
"""Largest size of a label file, in bytes."""


def read_label_set(source: str | None) -> LabelSet:
    """Read and check the label set at `source`.

    Parameters
    ----------
    source : str or None
        Path of a TOML file, or its URL (``s3://bucket/key`` or ``file:///file``). None or empty: Emotify's nine emotions.

    Raises
    ------
    ConfigError
        If there is no such file, or it has no valid label set.
    AccessDenied, TransientError
        If the object store refuses access or does not answer.

    Examples
    --------
    >>> read_label_set(None).name
    'emotify'
    """
    source = source or str(DEFAULT)
    data = _bytes(source)
    if len(data) > LARGEST:
        raise ConfigError(f"label set {source}: {len(data)} bytes, expected at most {LARGEST}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(f"label set {source}: {error}; expected a text in UTF-8") from None
    return parse_label_set(text, source)


def _bytes(source: str) -> bytes:
    missing = f"label set {source}: no such file, expected a TOML file with name, kind and labels (MER_LABELS)"
    if "://" in source:
        folder, _, name = source.rpartition("/")
        try:
            return open_store(folder).get(unquote(name) if folder.startswith("file:") else name)
        except ObjectMissing:
            raise ConfigError(missing) from None
        except ConfigError as error:
            raise ConfigError(f"label set {source}: {error}, and then the name of a file (MER_LABELS)") from None
    try:
        path = Path(source).expanduser()
        if path.is_dir():
            raise ConfigError(f"label set {source}: a folder, expected a TOML file with name, kind and labels (MER_LABELS)")
        if not path.is_file():
            raise ConfigError(missing)
        return path.read_bytes()
    except (OSError, RuntimeError) as error:  # RuntimeError: no home folder is known for a path that begins with ~
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(f"label set {source}: {reason}, expected a file that can be read (MER_LABELS)") from None


def label_file(label_set: LabelSet) -> str:
    """Write a label set as the text of a TOML file, which :func:`read_label_set` reads.

    Examples
    --------
    >>> print(label_file(parse_label_set('name = "moods"\\nkind = "single"\\nlabels = ["calm", "sad"]', "moods.toml"))[:81])
    name = "moods"
    version = 1
    kind = "single"
    noun = ["label", "labels"]
    <BLANKLINE>
    [[labels]]
    """
    head = {"name": label_set.name, "version": label_set.version, "kind": label_set.kind, "noun": list(label_set.noun)}
    blocks = ["\n".join(f"{name} = {_toml(value)}" for name, value in head.items())]
    for label in label_set.labels:
        values = {field.name: getattr(label, field.name) for field in fields(Label)}
        lines = [
            f"{name} = {_toml(value)}"
            for name, value in values.items()
            if value is not None and value != "" and value is not False
        ]
        blocks.append("\n".join(["[[labels]]", *lines]))
    return "\n\n".join(blocks) + "\n"


def _toml(value: object) -> str:
    """Write a value as TOML: of texts without control characters, of numbers and of lists, its JSON is its TOML."""
    return json.dumps(value, ensure_ascii=False)
