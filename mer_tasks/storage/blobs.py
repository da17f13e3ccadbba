"""Content-addressed blobs: store what a stage makes from an audio file, and find it again by content and recipe.

The key of a blob is ``blobs/<stage>/<digest>/<aa>/<sha256><suffix>``. It has the sha256 of the audio file, whose first two
characters are ``<aa>``, and a digest of the recipe: the stage's version, the configuration and the versions of libraries on
which the bytes depend. A ``.json`` sidecar with facts about the blob lies beside it, and is written after it. If an audio file
is permanently unusable, its sidecar has the reason, and there is no blob. A blob must be made again if it is missing, or if its
size differs from the size in its sidecar.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from mer_tasks.errors import AudioError, ObjectMissing
from mer_tasks.storage.base import ObjectStore

Facts = dict[str, Any]
KEY_SLASHES = 4
"""Number of slashes in the key of a blob."""


def shared_digest(keys: Iterable[str]) -> str | None:
    """Return the digest of the recipe that all these blobs share; None if there are no blobs or several digests.

    Examples
    --------
    >>> shared_digest(["blobs/features/0123/aa/aa00.npy", "blobs/features/0123/bb/bb00.npy"])
    '0123'
    """
    digests = {key.split("/")[2] for key in keys if key.count("/") == KEY_SLASHES}
    return digests.pop() if len(digests) == 1 else None


class Blobs:
    """Cache of the blobs that one stage makes by one recipe.

    Parameters
    ----------
    store : ObjectStore
        Store of the blobs.
    stage : str
        Name of the stage that makes the blobs.
    suffix : str
        Suffix of the blobs' names, with its dot.
    recipe : Mapping[str, object]
        Everything besides the audio on which the bytes depend, as JSON values.
    """

    def __init__(self, store: ObjectStore, stage: str, suffix: str, recipe: Mapping[str, object]) -> None:
        self.store = store
        self.suffix = suffix
        self.digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]
        self._prefix = f"blobs/{stage}/{self.digest}"

    def key(self, sha256: str) -> str:
        """Return the key of the blob that is made from the audio file with this sha256."""
        return f"{self._prefix}/{sha256[:2]}/{sha256}{self.suffix}"

    def find(self, sha256: str) -> Facts | None:
        """Read the facts about a blob; None if the blob or its sidecar is missing or incomplete.

        Raises
        ------
        AudioError
            If the sidecar says that this audio file is unusable.
        """
        base = self.key(sha256).removesuffix(self.suffix)
        sizes = {info.key: info.size for info in self.store.list(base)}
        if f"{base}.json" not in sizes:
            return None
        try:
            facts: Facts = json.loads(self.store.get(f"{base}.json"))
            if "reason" in facts:
                raise AudioError(facts["reason"], facts["detail"])
            return facts if sizes.get(self.key(sha256)) == facts["bytes"] else None
        except (ValueError, KeyError, TypeError, ObjectMissing):
            return None

    def save(self, sha256: str, data: bytes, facts: Facts) -> Facts:
        """Write a blob, then its sidecar; return the facts with the size of the blob added as ``bytes``."""
        self.store.put(self.key(sha256), data)
        return self._write_sidecar(sha256, {**facts, "bytes": len(data)})

    def reject(self, sha256: str, error: AudioError) -> None:
        """Write a sidecar that says why this audio file is unusable."""
        self._write_sidecar(sha256, {"reason": error.reason, "detail": error.detail})

    def _write_sidecar(self, sha256: str, facts: Facts) -> Facts:
        sidecar = self.key(sha256).removesuffix(self.suffix) + ".json"
        self.store.put(sidecar, json.dumps(facts, sort_keys=True).encode())
        return facts
