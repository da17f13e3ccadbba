"""Staging tables: COPY the documents of a run that grow with the corpus into temporary tables of one Postgres transaction.

Input: the run and its corpus. Output: tables ``staged_*`` with the columns of the documents. The tables of tracks, the split,
labels and predictions have one row for each track, and are checked against each other. A run of mode predict has no split
document: its split is made from its predictions.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from psycopg2 import sql

from mer_tasks.corpus.track_metadata import read_metadata
from mer_tasks.corpus.usable_tracks import Corpus, prediction_tables
from mer_tasks.database.arrow_copy import BATCH_ROWS, copy_batches, parquet_batches
from mer_tasks.errors import IntegrityError
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import GROUP_LINKS, LABELS, LANDED_FILES, SPLIT_TABLE
from mer_tasks.runs.run import Run
from mer_tasks.track_names import ARTIST_SEPARATOR

TEXT, NUMBER, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
POSTGRES = {TEXT: "text", NUMBER: "integer", REAL: "double precision", FLAG: "boolean"}
NAMES = {
    **dict.fromkeys(("title", "artist", "album"), TEXT),
    **dict.fromkeys(("year", "track_number"), NUMBER),
    **dict.fromkeys(("isrc", "metadata"), TEXT),
}
"""Names of a track; ``metadata`` is JSON."""
TRACK = pa.schema(
    {
        "track_id": TEXT,
        "genre": TEXT,
        "key": TEXT,
        "sha256": TEXT,
        "pcm_sha256": TEXT,
        "duration_seconds": REAL,
        "sample_rate": NUMBER,
        "channels": NUMBER,
        "segments": NUMBER,
        **NAMES,
        "decoder": TEXT,
        "mixdown": TEXT,
    }
)
METADATA_ROW = pa.schema({"track_id": TEXT, **NAMES})
LANDED = pa.schema({"track_id": TEXT, "genre": TEXT, "key": TEXT, "sha256": TEXT})
SPLIT = pa.schema({"track_id": TEXT, "part": TEXT, "group_id": TEXT, "sha256": TEXT})
GROUP = pa.schema({"track_id": TEXT, "reason": TEXT, "other_track_id": TEXT, "artist": TEXT, "share": REAL})
REJECTED = pa.schema(dict.fromkeys(("key", "stage", "track_id", "genre", "sha256", "reason", "detail"), TEXT))

SPLIT_OF_PREDICTIONS = """
INSERT INTO staged_split (track_id, part, group_id, sha256)
SELECT track_id, part, sha256, sha256 FROM staged_prediction JOIN staged_track USING (track_id);
ANALYZE staged_split;
"""
FIRST_MISMATCH = """
SELECT track_id, staged_track.track_id IS NOT NULL, staged_split.part, staged_prediction.part
FROM staged_track
FULL JOIN staged_split USING (track_id)
FULL JOIN staged_prediction USING (track_id)
WHERE staged_track.track_id IS NULL OR staged_split.part IS NULL OR staged_prediction.part IS DISTINCT FROM staged_split.part
ORDER BY track_id
LIMIT 1
"""


def votes_schema(label_set: LabelSet) -> pa.Schema:
    """Make the schema of ``labels.parquet``: for each label its votes, and whether the track carries it."""
    return pa.schema(
        {"track_id": TEXT, "annotators": NUMBER}
        | {f"votes_{label}": NUMBER for label in label_set.ids}
        | {f"label_{label}": FLAG for label in label_set.ids}
    )


def predictions_schema(label_set: LabelSet) -> pa.Schema:
    """Make the schema of ``predictions.parquet``: for each label its probability and the decision."""
    return pa.schema(
        {"track_id": TEXT, "part": TEXT}
        | {f"probability_{label}": REAL for label in label_set.ids}
        | {f"positive_{label}": FLAG for label in label_set.ids}
    )


def rejections(corpus: Corpus) -> pa.Table:
    """Make the table of rejected files; characters that Postgres cannot store are written as escapes, such as ``\\udce9``."""
    rows = [{name: _escaped(line.get(name)) for name in REJECTED.names} for line in corpus.rejected]
    return pa.Table.from_pylist(rows, REJECTED)


def _escaped(text: str | None) -> str | None:
    return text and text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _fill_staging_table(
    cursor: Any, table: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch], key: tuple[str, ...]
) -> None:
    """Create a temporary table and COPY `batches` into it; the columns `key`, if any, are a primary key: no row repeats it."""
    typed = {field.name: "mer.part" if field.name == "part" else POSTGRES[field.type] for field in schema}
    columns = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in typed.items()]
    keys = [sql.SQL("PRIMARY KEY ({})").format(sql.SQL(", ").join(map(sql.Identifier, key)))] if key else []
    create = sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP")
    cursor.execute(create.format(sql.Identifier(table), sql.SQL(", ").join([*columns, *keys])))
    copy_batches(cursor, table, schema, batches)
    cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def copy_run_documents(cursor: Any, run: Run, corpus: Corpus, scratch: Path) -> None:
    """COPY the corpus and the large documents of a run into staging tables, and check them against each other.

    Parameters
    ----------
    cursor : psycopg2 cursor
        In the transaction that publishes the run.
    run : Run
    corpus : Corpus
    scratch : Path
        Folder for copies of documents from a remote store.

    Raises
    ------
    IntegrityError
        If corpus, split and predictions do not have the same tracks and parts, or if Postgres cannot store a value.
    ObjectMissing
        If a document is missing.
    """

    def batches(schema: pa.Schema, documents: Sequence[tuple[str, str]]) -> Iterator[pa.RecordBatch]:
        for stage, name in documents:
            yield from parquet_batches(run.store.fetch(run.key(stage, name), scratch), schema.names)

    has_documents = run.config.mode != "predict"
    documents = {
        "split": (SPLIT, ("split", SPLIT_TABLE), ("track_id",)),
        "group": (GROUP, ("split", GROUP_LINKS), ()),
        "label": (votes_schema(run.label_set), ("labels", LABELS), ("track_id",)),
    }
    artists = pd.Series([ARTIST_SEPARATOR.join(texts) or None for texts in corpus.tracks["artists"]], dtype="str")
    tracks = pa.Table.from_pandas(corpus.tracks.assign(artist=artists)[TRACK.names], preserve_index=False)
    _fill_staging_table(cursor, "staged_track", TRACK, iter(tracks.to_batches(BATCH_ROWS)), ("track_id",))
    _fill_staging_table(cursor, "staged_rejected", REJECTED, iter(rejections(corpus).to_batches(BATCH_ROWS)), ("key", "stage"))
    for name, (schema, document, key) in documents.items():
        # The tables must exist for the statements that follow; in mode predict they stay empty.
        _fill_staging_table(cursor, f"staged_{name}", schema, batches(schema, [document] if has_documents else []), key)
    predictions = predictions_schema(run.label_set)
    _fill_staging_table(cursor, "staged_prediction", predictions, batches(predictions, prediction_tables(run)), ("track_id",))
    if not has_documents:
        cursor.execute(SPLIT_OF_PREDICTIONS)
    cursor.execute(FIRST_MISMATCH)
    if mismatch := cursor.fetchone():
        track_id, in_corpus, split_part, predicted_part = mismatch
        raise IntegrityError(
            f"run {run.run_id}: track {track_id!r} is {'' if in_corpus else 'not '}in the corpus, its part is {split_part} in"
            f" the split and {predicted_part} in the predictions; expected every track of the corpus in both, with one part"
        )


def copy_listing(cursor: Any, run: Run, scratch: Path) -> None:
    """COPY what stage `discover` found about all files of the landing zone, also those that the run did not process.

    ``staged_landed`` gets the files, and ``staged_metadata`` the names from metadata files.
    """
    path = run.store.fetch(run.key("discover", LANDED_FILES), scratch)
    _fill_staging_table(cursor, "staged_landed", LANDED, parquet_batches(path, LANDED.names), ())
    metadata = pa.Table.from_pandas(read_metadata(run)[METADATA_ROW.names], preserve_index=False)
    _fill_staging_table(cursor, "staged_metadata", METADATA_ROW, iter(metadata.to_batches(BATCH_ROWS)), ("track_id",))
