"""Content-addressed results: what was made of one audio file, under a key that says from what and how.

``blobs/<stage>/<digest>/<aa>/<sha256><suffix>``: the audio's sha256, below a digest of the recipe (stage version, configuration
and library versions that decide the bytes). Beside each blob lies a ``.json`` sidecar with facts about it, written after it.
A file of which nothing can be made, whatever the day, has a sidecar with the reason and no blob. A blob that is missing or
has not the length its sidecar says is to be made again.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

from mer_tasks.errors import AudioError, ObjectMissing
from mer_tasks.storage.base import ObjectStore

Facts = dict[str, Any]
SLASHES = 4
"""In the key of a blob."""


def shared_digest(keys: Iterable[str]) -> str | None:
    """Digest of the recipe by which all these blobs were made; None if there is none, or more than one."""
    digests = {key.split("/")[2] for key in keys if key.count("/") == SLASHES}
    return digests.pop() if len(digests) == 1 else None


class Blobs:
    """The blobs of one stage and recipe.

    Parameters
    ----------
    store : ObjectStore
        Where they lie.
    stage : str
        Name of the stage that makes them.
    suffix : str
        Of the blobs' names, with its dot.
    recipe : Mapping[str, object]
        Everything besides the audio that decides the bytes, as plain JSON values.
    """

    def __init__(self, store: ObjectStore, stage: str, suffix: str, recipe: Mapping[str, object]) -> None:
        self.store = store
        self.suffix = suffix
        self.digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]
        self._prefix = f"blobs/{stage}/{self.digest}"

    def key(self, sha256: str) -> str:
        """Key of the blob made of the audio with this content hash."""
        return f"{self._prefix}/{sha256[:2]}/{sha256}{self.suffix}"

    def find(self, sha256: str) -> Facts | None:
        """Facts about a blob that is there and whole, or None.

        Raises
        ------
        AudioError
            If it is known that nothing can be made of this audio.
        """
        base = self.key(sha256).removesuffix(self.suffix)
        sizes = {found.key: found.size for found in self.store.list(base)}
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
        """Write a blob, then the facts about it; returns the facts with the blob's length added."""
        self.store.put(self.key(sha256), data)
        return self._describe(sha256, {**facts, "bytes": len(data)})

    def reject(self, sha256: str, error: AudioError) -> None:
        """Remember that nothing can be made of this audio."""
        self._describe(sha256, {"reason": error.reason, "detail": error.detail})

    def _describe(self, sha256: str, facts: Facts) -> Facts:
        sidecar = self.key(sha256).removesuffix(self.suffix) + ".json"
        self.store.put(sidecar, json.dumps(facts, sort_keys=True).encode())
        return facts
