"""Copy Arrow tables into Postgres by COPY, batch by batch, so that memory does not grow with the table."""

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq
from psycopg2 import sql

from mer_tasks.errors import IntegrityError

BATCH_ROWS = 16_384
CSV_OPTIONS = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
"""Options of the CSV writer: strings are quoted and nulls are not, so COPY can distinguish an empty string from a null."""


def parquet_batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Read batches of the Parquet file `path`, with `columns` in that order.

    Raises
    ------
    IntegrityError
        If the file lacks a column, or is not a Parquet file.
    """
    try:
        file = pq.ParquetFile(path)
        missing = [column for column in columns if column not in file.schema_arrow.names]
        if missing:
            raise IntegrityError(f"{path}: no column {missing[0]!r}, expected {', '.join(columns)}")
        for batch in file.iter_batches(BATCH_ROWS, columns=columns):
            yield batch.select(columns)
    except pa.ArrowException as error:
        raise IntegrityError(f"{path}: {' '.join(str(error).split())}; expected a Parquet file") from None


def copy_batches(cursor: Any, table: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Copy `batches` into the columns of `table` that `schema` names.

    Parameters
    ----------
    cursor : psycopg2 cursor
    table : str
    schema : pa.Schema
        Names of the columns to fill, and the Arrow types to which the batches are cast.
    batches : iterable of pa.RecordBatch
        Batches with the columns of the schema, in its order.

    Raises
    ------
    IntegrityError
        If a batch does not fit the schema, or a text has a zero byte, which Postgres cannot store.
    """
    names = sql.SQL(", ").join(map(sql.Identifier, schema.names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), names)
    copy_chunks(cursor, statement, (_csv(batch, schema) for batch in batches))


def copy_chunks(cursor: Any, statement: sql.Composable, chunks: Iterable[bytes]) -> None:
    """Run a COPY statement whose input is `chunks`, each of which is made when it is read; an error in making one is raised."""
    stream = _ChunkStream(chunks)
    try:
        cursor.copy_expert(statement, io.BufferedReader(stream, 1 << 20), 1 << 16)
    except psycopg2.Error:
        if stream.failure is not None:  # the driver's own error only says that reading failed
            raise stream.failure from None
        raise


class _ChunkStream(io.RawIOBase):
    """Stream of chunks of bytes."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self.chunks = iter(chunks)
        self.unread = memoryview(b"")
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        """Return True: the stream can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Write the next bytes to `buffer`, and return their number; 0 at the end."""
        try:
            while not self.unread:
                self.unread = memoryview(next(self.chunks))
        except StopIteration:
            return 0
        except BaseException as error:
            self.failure = error
            raise
        size = min(len(buffer), len(self.unread))
        buffer[:size] = self.unread[:size]
        self.unread = self.unread[size:]
        return size


def _csv(batch: pa.RecordBatch, schema: pa.Schema) -> bytes:
    """Convert a batch to CSV after casting it to `schema`."""
    try:
        table = pa.Table.from_batches([batch]).cast(schema)
    except (pa.ArrowException, ValueError) as error:
        raise IntegrityError(f"{' '.join(str(error).split())}; expected columns {', '.join(schema.names)}") from None
    for field in schema:
        if pa.types.is_string(field.type):
            with_zero_byte = table.filter(pc.match_substring(table[field.name], "\0"))
            if len(with_zero_byte):
                raise IntegrityError(
                    f"{field.name} {with_zero_byte[field.name][0].as_py()!r}: expected no zero byte, Postgres cannot store it"
                )
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(table, buffer, CSV_OPTIONS)
    return buffer.getvalue()
