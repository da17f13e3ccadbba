"""What `publish` copies: the documents of a run that grow with the corpus, as temporary tables of one Postgres transaction.

In: the run and its corpus. Out: tables ``staged_*`` in the shape of the documents, one row a track, checked against each other.
A run of mode predict has no split of its own: it is made of what was scored.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg2 import sql

from mer_tasks.corpus.usable_tracks import Corpus, prediction_tables
from mer_tasks.database.arrow_copy import BATCH_ROWS, copy, parquet_batches
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.artifacts import GROUP_LINKS, LABELS, LANDED_FILES, SPLIT_TABLE
from mer_tasks.runs.run import Run

TEXT, NUMBER, REAL, FLAG = pa.string(), pa.int64(), pa.float64(), pa.bool_()
POSTGRES = {TEXT: "text", NUMBER: "integer", REAL: "double precision", FLAG: "boolean"}
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
    }
)
LANDED = pa.schema({"track_id": TEXT, "genre": TEXT, "key": TEXT, "sha256": TEXT})
SPLIT = pa.schema({"track_id": TEXT, "part": TEXT, "group_id": TEXT, "sha256": TEXT})
GROUP = pa.schema({"track_id": TEXT, "reason": TEXT, "other_track_id": TEXT, "artist": TEXT, "share": REAL})
LABEL = pa.schema(
    {"track_id": TEXT, "annotators": NUMBER}
    | {f"votes_{emotion}": NUMBER for emotion in EMOTIONS}
    | {f"label_{emotion}": FLAG for emotion in EMOTIONS}
)
PREDICTION = pa.schema(
    {"track_id": TEXT, "part": TEXT}
    | {f"probability_{emotion}": REAL for emotion in EMOTIONS}
    | {f"positive_{emotion}": FLAG for emotion in EMOTIONS}
)
REJECTED = pa.schema(dict.fromkeys(("key", "stage", "track_id", "genre", "sha256", "reason", "detail"), TEXT))

SCORED = """
INSERT INTO staged_split (track_id, part, group_id, sha256)
SELECT track_id, part, sha256, sha256 FROM staged_prediction JOIN staged_track USING (track_id);
ANALYZE staged_split;
"""
UNEQUAL = """
SELECT track_id, staged_track.track_id IS NOT NULL, staged_split.part, staged_prediction.part
FROM staged_track
FULL JOIN staged_split USING (track_id)
FULL JOIN staged_prediction USING (track_id)
WHERE staged_track.track_id IS NULL OR staged_split.part IS NULL OR staged_prediction.part IS DISTINCT FROM staged_split.part
ORDER BY track_id
LIMIT 1
"""


def rejections(corpus: Corpus) -> pa.Table:
    """Table of the rejected files; what Postgres cannot hold in a file's name is written as an escape, such as ``\\udce9``."""
    rows = [{name: _escaped(line.get(name)) for name in REJECTED.names} for line in corpus.rejected]
    return pa.Table.from_pylist(rows, REJECTED)


def _escaped(text: str | None) -> str | None:
    return text and text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def _staged(cursor: Any, table: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch], key: tuple[str, ...]) -> None:
    """Fill a new temporary table; its key, if it has one, refuses what is there twice."""
    typed = {field.name: "mer.part" if field.name == "part" else POSTGRES[field.type] for field in schema}
    columns = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in typed.items()]
    keys = [sql.SQL("PRIMARY KEY ({})").format(sql.SQL(", ").join(map(sql.Identifier, key)))] if key else []
    create = sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP")
    cursor.execute(create.format(sql.Identifier(table), sql.SQL(", ").join([*columns, *keys])))
    copy(cursor, table, schema, batches)
    cursor.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))


def stage(cursor: Any, run: Run, corpus: Corpus, scratch: Path) -> None:
    """Stream what grows with the corpus into temporary tables.

    Parameters
    ----------
    cursor : psycopg2 cursor
        In the transaction that publishes.
    run, corpus
    scratch : Path
        Folder for copies of remote documents.

    Raises
    ------
    IntegrityError
        If corpus, split and predictions do not have the same tracks and parts, or a document has what Postgres cannot hold.
    ObjectMissing
        If one is gone.
    """

    def stored(schema: pa.Schema, *places: tuple[str, str]) -> Iterator[pa.RecordBatch]:
        for stage, name in places:
            yield from parquet_batches(run.store.fetch(run.key(stage, name), scratch), schema.names)

    judged = run.config.mode != "predict"
    documents = {
        "split": (SPLIT, [("split", SPLIT_TABLE)], ("track_id",)),
        "group": (GROUP, [("split", GROUP_LINKS)], ()),
        "label": (LABEL, [("labels", LABELS)], ("track_id",)),
    }
    tracks = pa.Table.from_pandas(corpus.tracks[TRACK.names], preserve_index=False)
    _staged(cursor, "staged_track", TRACK, iter(tracks.to_batches(BATCH_ROWS)), ("track_id",))
    _staged(cursor, "staged_rejected", REJECTED, iter(rejections(corpus).to_batches(BATCH_ROWS)), ("key", "stage"))
    for name, (schema, places, key) in documents.items():
        _staged(cursor, f"staged_{name}", schema, stored(schema, *(places if judged else ())), key)
    _staged(cursor, "staged_prediction", PREDICTION, stored(PREDICTION, *prediction_tables(run)), ("track_id",))
    if not judged:
        cursor.execute(SCORED)
    cursor.execute(UNEQUAL)
    if found := cursor.fetchone():
        track_id, usable, part, predicted = found
        raise IntegrityError(
            f"run {run.run_id}: track {track_id!r} is {'' if usable else 'not '}in the corpus, its part is {part} in the split"
            f" and {predicted} in the predictions; expected every track of the corpus in both, with one part"
        )


def stage_landed(cursor: Any, run: Run, scratch: Path) -> None:
    """Stream what the landing zone held, rejected or not, into ``staged_landed``."""
    path = run.store.fetch(run.key("discover", LANDED_FILES), scratch)
    _staged(cursor, "staged_landed", LANDED, parquet_batches(path, LANDED.names), ())
