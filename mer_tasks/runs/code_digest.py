"""Digest of the source files of this package, to record which code computed a result."""

import hashlib
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[1]


@cache
def sources_digest(names: tuple[str, ...] | None = None) -> str:
    """Compute the sha256 over the source of modules of this package, in hex.

    Parameters
    ----------
    names : tuple of str, optional
        Modules such as ``stages/train``; their order changes the digest. Without it: all modules, sorted by name.
    """
    chosen = sorted(path.relative_to(FOLDER).as_posix()[:-3] for path in FOLDER.rglob("*.py")) if names is None else names
    digest = hashlib.sha256()
    for name in chosen:
        digest.update(hashlib.sha256((FOLDER / f"{name}.py").read_bytes()).digest())
    return digest.hexdigest()
