"""Folder of an encoder: ``encoder.json``, ``model.onnx``, golden audio and golden vectors, in a folder or an object store.

In: the address of a folder. Out: its files, verified: sizes, the description, and the sha256 of the model.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mer_tasks.encoders.description import LARGEST_DESCRIPTION, Encoder, parse_encoder
from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.storage import open_store
from mer_tasks.storage.base import ObjectStore

ADDED = "encoders"
"""Folder of a store that has the encoders which were added, by name and version."""
DESCRIPTION = "encoder.json"
MODEL = "model.onnx"
LARGEST_MODEL = 1 << 30
"""Largest size of a model, in bytes."""
LARGEST_GOLDEN = 20_000_000
"""Largest size of a golden file, in bytes."""


@dataclass(frozen=True)
class EncoderFolder:
    """The files of an encoder, read and verified.

    Attributes
    ----------
    source : str
        Address of the folder, for messages.
    encoder : Encoder
    files : Mapping
        Content of each file by its name.
    """

    source: str
    encoder: Encoder
    files: Mapping[str, bytes]

    @property
    def model(self) -> bytes:
        """Content of ``model.onnx``; its sha256 is that of the description."""
        return self.files[MODEL]


def read_encoder(source: str) -> EncoderFolder:
    """Read the encoder at `source`: a path, ``file:///folder`` or ``s3://bucket/prefix``. It is not run.

    Raises
    ------
    ConfigError
        In one line, if a file is missing or too large, the description is wrong, or the model has another sha256.
    AccessDenied, TransientError
        If the object store refuses access or does not answer.
    """
    if "://" in source:
        return read_stored_encoder(open_store(source), "")
    try:
        path = Path(source).expanduser().resolve()
    except (OSError, RuntimeError) as error:  # RuntimeError: no home folder is known for a path that begins with ~
        raise ConfigError(f"encoder {source}: {error}, expected a folder with {DESCRIPTION}") from None
    if not path.is_dir():
        raise ConfigError(f"encoder {source}: no such folder, expected one with {DESCRIPTION} and {MODEL}")
    return read_stored_encoder(open_store(path.as_uri()), "")


def read_stored_encoder(store: ObjectStore, prefix: str) -> EncoderFolder:
    """Read the encoder that :func:`store_encoder` has put below `prefix`; the errors are those of :func:`read_encoder`."""
    source = store.uri(prefix) if prefix else store.url
    files = {DESCRIPTION: _file(store, prefix, DESCRIPTION, LARGEST_DESCRIPTION)}
    encoder = parse_encoder(files[DESCRIPTION], store.uri(_key(prefix, DESCRIPTION)))
    files[MODEL] = _file(store, prefix, MODEL, LARGEST_MODEL)
    found = hashlib.sha256(files[MODEL]).hexdigest()
    if found != encoder.model_sha256:
        raise ConfigError(
            f"encoder {source}: {MODEL} has sha256 {found}, expected {encoder.model_sha256} (model_sha256 in {DESCRIPTION})"
        )
    for name in (encoder.golden.audio, encoder.golden.vector):
        files[name] = _file(store, prefix, name, LARGEST_GOLDEN)
    return EncoderFolder(source, encoder, files)


def _key(prefix: str, name: str) -> str:
    return f"{prefix}/{name}" if prefix else name


def _file(store: ObjectStore, prefix: str, name: str, largest: int) -> bytes:
    """Read a file, but no more of it than is allowed."""
    key = _key(prefix, name)
    content = bytearray()
    try:
        for chunk in store.chunks(key):
            content += chunk
            if len(content) > largest:
                raise ConfigError(f"encoder: {store.uri(key)} has more than {largest} bytes, expected at most that")
    except ObjectMissing:
        raise ConfigError(f"encoder: {store.uri(key)} does not exist, expected the file {name} of an encoder") from None
    return bytes(content)


def store_encoder(folder: EncoderFolder, store: ObjectStore, prefix: str) -> None:
    """Write the files of an encoder below `prefix`, ``encoder.json`` last, so that a reader finds all of it or none."""
    for name in sorted(folder.files, key=lambda name: name == DESCRIPTION):
        store.put(f"{prefix}/{name}", folder.files[name])


def add_encoder(folder: EncoderFolder, store: ObjectStore) -> tuple[str, bool]:
    """Add an encoder to a store, below ``encoders/<name>/<version>``.

    Returns
    -------
    tuple of (str, bool)
        Address of the encoder in the store, and whether it is new there.

    Raises
    ------
    ConfigError
        If the store has another encoder with the same name and version.
    """
    encoder = folder.encoder
    prefix = f"{ADDED}/{encoder.name}/{encoder.version}"
    if store.exists(f"{prefix}/{DESCRIPTION}"):
        stored = read_stored_encoder(store, prefix)
        if dict(stored.files) != dict(folder.files):
            different = sorted(
                name for name in {*stored.files, *folder.files} if stored.files.get(name) != folder.files.get(name)
            )
            raise ConfigError(
                f"encoder {encoder} ({folder.source}): {stored.source} has the same name and version, and other content in"
                f" {', '.join(different)}; expected another version"
            )
        return store.uri(prefix), False
    store_encoder(folder, store, prefix)
    return store.uri(prefix), True


def added_encoders(store: ObjectStore) -> list[tuple[Encoder, str]]:
    """Return the encoders that were added to a store, each with its address, in order of name and version."""
    places = [info.key.split("/") for info in store.list(f"{ADDED}/")]
    prefixes = ["/".join(place[:3]) for place in places if len(place) == 4 and place[3] == DESCRIPTION]
    found = []
    for prefix in prefixes:
        data = _file(store, prefix, DESCRIPTION, LARGEST_DESCRIPTION)
        found.append((parse_encoder(data, store.uri(f"{prefix}/{DESCRIPTION}")), store.uri(prefix)))
    return found
