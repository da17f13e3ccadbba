"""Arrow tables into Postgres by COPY, batch by batch: memory does not grow with the table."""

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
WITHOUT_HEADER = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
"""Every string is quoted and a null is not, so COPY can tell an empty string from a null."""


def parquet_batches(path: Path, columns: list[str]) -> Iterator[pa.RecordBatch]:
    """Batches of the Parquet file `path`, with `columns` in that order; raises :class:`IntegrityError` if one is missing."""
    try:
        file = pq.ParquetFile(path)
        missing = [column for column in columns if column not in file.schema_arrow.names]
        if missing:
            raise IntegrityError(f"{path}: no column {missing[0]!r}, expected {', '.join(columns)}")
        for batch in file.iter_batches(BATCH_ROWS, columns=columns):
            yield batch.select(columns)
    except pa.ArrowException as error:
        raise IntegrityError(f"{path}: {' '.join(str(error).split())}; expected a Parquet file") from None


def copy(cursor: Any, table: str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> None:
    """Write `batches` into the columns of `table` that `schema` names.

    Parameters
    ----------
    cursor : psycopg2 cursor
    table : str
    schema : pa.Schema
        Names of the columns, and the Arrow types to which the batches are cast.
    batches : iterable of pa.RecordBatch
        With the columns of the schema in its order.

    Raises
    ------
    IntegrityError
        If a batch is not of the schema, or a text has a zero byte, which Postgres cannot hold.
    """
    lines = _Lines(batches, schema)
    names = sql.SQL(", ").join(map(sql.Identifier, schema.names))
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(sql.Identifier(table), names)
    try:
        cursor.copy_expert(statement, io.BufferedReader(lines, 1 << 20), 1 << 16)
    except psycopg2.Error:
        if lines.failure is not None:  # the driver only says that reading failed
            raise lines.failure from None
        raise


class _Lines(io.RawIOBase):
    """CSV of the batches, made while it is read."""

    def __init__(self, batches: Iterable[pa.RecordBatch], schema: pa.Schema) -> None:
        self.chunks = (_csv(batch, schema) for batch in batches)
        self.rest = memoryview(b"")
        self.failure: BaseException | None = None

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill `buffer` with what comes next."""
        try:
            while not self.rest:
                self.rest = memoryview(next(self.chunks))
        except StopIteration:
            return 0
        except BaseException as error:
            self.failure = error
            raise
        size = min(len(buffer), len(self.rest))
        buffer[:size], self.rest = self.rest[:size], self.rest[size:]
        return size


def _csv(batch: pa.RecordBatch, schema: pa.Schema) -> bytes:
    try:
        table = pa.Table.from_batches([batch]).cast(schema)
    except (pa.ArrowException, ValueError) as error:
        raise IntegrityError(f"{' '.join(str(error).split())}; expected columns {', '.join(schema.names)}") from None
    for field in schema:
        if pa.types.is_string(field.type):
            zero = table.filter(pc.match_substring(table[field.name], "\0"))
            if len(zero):
                raise IntegrityError(
                    f"{field.name} {zero[field.name][0].as_py()!r}: expected no zero byte, Postgres cannot hold it"
                )
    buffer = io.BytesIO()
    pyarrow.csv.write_csv(table, buffer, WITHOUT_HEADER)
    return buffer.getvalue()
