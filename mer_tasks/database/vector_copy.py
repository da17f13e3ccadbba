"""Copy vectors of tracks into Postgres by binary COPY: a table with a track's number, its content, and its vector (halfvec)."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt
from psycopg2 import sql

from mer_tasks.database.arrow_copy import copy_chunks

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
"""Signature, flags and length of the extension, as the documentation of COPY has them."""
TRAILER = b"\xff\xff"
CONTENT_BYTES = 32

Batch = tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], npt.NDArray[np.floating]]


def copy_vectors(cursor: Any, table: tuple[str, str], batches: Iterable[Batch]) -> None:
    """Copy `batches` into the columns ``track_no``, ``content`` and ``vector`` of a table.

    Parameters
    ----------
    cursor : psycopg2 cursor
    table : tuple of str
        Schema and name.
    batches : iterable of tuple
        Numbers of tracks int32 [shape=(tracks,)], sha256 of their audio uint8 [shape=(tracks, 32)], and their vectors
        [shape=(tracks, size)], which are rounded to half precision.
    """
    statement = sql.SQL("COPY {} (track_no, content, vector) FROM STDIN (FORMAT binary)").format(sql.Identifier(*table))

    def chunks() -> Iterable[bytes]:
        yield HEADER
        yield from (binary_rows(*batch) for batch in batches)
        yield TRAILER

    copy_chunks(cursor, statement, chunks())


def binary_rows(track_nos: npt.NDArray[np.int32], contents: npt.NDArray[np.uint8], vectors: npt.NDArray[np.floating]) -> bytes:
    """Encode rows as COPY reads them: the number of fields, then length and value of each; a vector begins with its size.

    Examples
    --------
    >>> len(binary_rows(np.array([7], np.int32), np.zeros((1, 32), np.uint8), np.array([[0.6, 0.8]])))
    58
    """
    size = vectors.shape[1]
    row = np.dtype(
        [
            *(("fields", ">i2"), ("number_bytes", ">i4"), ("number", ">i4"), ("content_bytes", ">i4")),
            *(("content", "u1", (CONTENT_BYTES,)), ("vector_bytes", ">i4"), ("size", ">i2"), ("unused", ">i2")),
            ("vector", ">f2", (size,)),
        ]
    )
    rows = np.zeros(len(track_nos), row)
    rows["fields"], rows["number_bytes"], rows["content_bytes"], rows["vector_bytes"] = 3, 4, CONTENT_BYTES, 4 + 2 * size
    rows["number"], rows["content"], rows["size"], rows["vector"] = track_nos, contents, size, vectors
    return rows.tobytes()
