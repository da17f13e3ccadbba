"""Compile functions with numba."""

from typing import Any

import numba


def compiled(function: Any) -> Any:
    """Compile `function` with numba, and cache the machine code on disk if possible."""
    try:
        return numba.njit(nogil=True, cache=True)(function)
    except RuntimeError:  # neither this folder, nor the home folder, nor NUMBA_CACHE_DIR can hold the cache
        return numba.njit(nogil=True)(function)
