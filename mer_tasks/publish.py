"""Stage ``publish``: everything a run found, into Postgres.

In: the documents of every stage of the run. Out: the rows of the run in schema ``mer``, all of them or none: one transaction,
which takes the place of what an earlier try published, and gives way to what a later one did.

Tables that grow with the corpus are streamed by COPY into temporary tables, in the shape of their documents (one row a track).
Postgres then makes the rows of ``mer`` from them: that sends a ninth of the lines, and no number of a track through Python. An
advisory lock lets one run at a time do that second half.
"""

import logging
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from mer_tasks import __version__
from mer_tasks.chain import FAN_OUT, stages_of
from mer_tasks.copying import BATCH_ROWS, copy, parquet_batches
from mer_tasks.corpus import Corpus, load_corpus
from mer_tasks.database import SQL, transaction
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, IntegrityError, PermanentError
from mer_tasks.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "publish"
LOCK = 0x6D657203
"""Key of the advisory lock: "mer" in ASCII and a number."""
LOCK_WAIT = "10min"
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
CEILINGS = ("split_half", "split_half_low", "split_half_high", "panel", "panel_low", "panel_high")
METRIC = ("part", "level", "emotion", "metric", "value", "low", "high", "baseline", *CEILINGS, "support")
AGREEMENT = ("emotion", "metric", "tracks", *CEILINGS)
FIGURE = ("emotion", "metric", "value", "low", "high")
CHECKS = {
    "comparison": ("balance", *FIGURE, "difference", "difference_low", "difference_high"),
    "canary": ("permutation", "level", *FIGURE, "inside"),
}
"""Stages that a run may do without, and the columns of their tables."""

UNEQUAL = """
SELECT track_id, staged_track.track_id IS NOT NULL, staged_split.part, staged_prediction.part
FROM staged_track
FULL JOIN staged_split USING (track_id)
FULL JOIN staged_prediction USING (track_id)
WHERE staged_track.track_id IS NULL OR staged_split.part IS NULL OR staged_prediction.part IS DISTINCT FROM staged_split.part
ORDER BY track_id
LIMIT 1
"""
ANNOTATIONS = """
INSERT INTO mer.annotation (run_no, track_no, emotion, votes, annotators, label)
SELECT %(run_no)s, track_no, emotion, votes, annotators, label
FROM (SELECT * FROM staged_label JOIN mer.track USING (track_id) ORDER BY track_no) AS staged
CROSS JOIN LATERAL (VALUES {values}) AS nine (emotion, votes, label)
WHERE EXISTS (SELECT FROM staged_track WHERE staged_track.track_id = staged.track_id)
"""
PREDICTIONS = """
INSERT INTO mer.prediction (run_no, track_no, emotion, part, probability, positive)
SELECT %(run_no)s, track_no, emotion, part, probability, positive
FROM (SELECT * FROM staged_prediction JOIN mer.track USING (track_id) ORDER BY track_no) AS staged
CROSS JOIN LATERAL (VALUES {values}) AS nine (emotion, probability, positive)
"""


def epochs(history: Mapping[str, Any]) -> list[tuple[int, str, float | None]]:
    """Rows (epoch from 1, measure, value) of a training history, which has a list with one value an epoch for each measure."""
    lists = {measure: values for measure, values in history.items() if isinstance(values, list)}
    return [(epoch, measure, value) for measure, values in lists.items() for epoch, value in enumerate(values, start=1)]


def counters(corpus: Corpus, manifests: Mapping[str, Manifest]) -> list[tuple[str, str, float]]:
    """Rows (stage, counter, value) of a run."""
    by_stage = {**corpus.counters, **{stage: manifest.get("counters", {}) for stage, manifest in manifests.items()}}
    return [(stage, counter, value) for stage, values in by_stage.items() for counter, value in values.items()]


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


def _stage(cursor: Any, run: Run, corpus: Corpus, scratch: Path) -> None:
    """Stream what grows with the corpus into temporary tables."""

    def stored(schema: pa.Schema, *places: tuple[str, str]) -> Iterator[pa.RecordBatch]:
        for stage, name in places:
            yield from parquet_batches(run.store.fetch(run.key(stage, name), scratch), schema.names)

    tracks = pa.Table.from_pandas(corpus.tracks[TRACK.names], preserve_index=False)
    predictions = (("thresholds", "predictions.parquet"), ("evaluate", "predictions.parquet"))
    _staged(cursor, "staged_track", TRACK, iter(tracks.to_batches(BATCH_ROWS)), ("track_id",))
    _staged(cursor, "staged_rejected", REJECTED, iter(rejections(corpus).to_batches(BATCH_ROWS)), ("key", "stage"))
    _staged(cursor, "staged_split", SPLIT, stored(SPLIT, ("split", "split.parquet")), ("track_id",))
    _staged(cursor, "staged_group", GROUP, stored(GROUP, ("split", "groups.parquet")), ())
    _staged(cursor, "staged_label", LABEL, stored(LABEL, ("labels", "labels.parquet")), ("track_id",))
    _staged(cursor, "staged_prediction", PREDICTION, stored(PREDICTION, *predictions), ("track_id",))
    cursor.execute(UNEQUAL)
    if found := cursor.fetchone():
        track_id, usable, part, predicted = found
        raise IntegrityError(
            f"run {run.run_id}: track {track_id!r} is {'' if usable else 'not '}in the corpus, its part is {part} in the split"
            f" and {predicted} in the predictions; expected every track of the corpus in both, with one part"
        )


def _replaced_run(cursor: Any, run: Run, manifests: Mapping[str, Manifest], corpus: Corpus) -> int:
    """Number of the run, whose row is made or replaced, unless a later try has published."""
    cursor.execute("SELECT try_number FROM mer.run WHERE run_id = %s", [run.run_id])
    found = cursor.fetchone()
    if found and found[0] > run.try_number:
        raise PermanentError(f"run {run.run_id}: try {run.try_number} comes late, try {found[0]} has published already")
    model = manifests["train" if run.config.mode == "train" else "discover"].get("model")
    if not model:
        raise IntegrityError(f"run {run.run_id}: no model in the manifests, expected its run_id, key and sha256")
    row = {
        "run_id": run.run_id,
        "mode": run.config.mode,
        "try_number": run.try_number,
        "code_version": __version__,
        "config": Json(run.config.values()),
        "config_digest": run.config.digest(),
        "store_url": run.store.url,
        **{f"model_{name}": model[name] for name in ("run_id", "key", "sha256")},
        "device": (manifests.get("train") or manifests["evaluate"]).get("device"),
        "tracks": len(corpus.tracks),
        "rejected": len(corpus.rejected),
    }
    upsert = sql.SQL(
        "INSERT INTO mer.run (published_at, {names}) VALUES (now(), {values}) ON CONFLICT (run_id) DO UPDATE"
        " SET (published_at, {names}) = (now(), {values}) RETURNING run_no"
    ).format(
        names=sql.SQL(", ").join(map(sql.Identifier, row)),
        values=sql.SQL(", ").join(map(sql.Placeholder, row)),
    )
    cursor.execute(upsert, row)
    return int(cursor.fetchone()[0])


def _per_emotion(statement: str, *prefixes: str) -> sql.Composed:
    """`statement` with one line of values for each emotion: its name, and the column of each prefix."""
    lines = [
        sql.SQL("({}::mer.emotion, {})").format(
            sql.Literal(emotion), sql.SQL(", ").join(sql.Identifier(f"{prefix}_{emotion}") for prefix in prefixes)
        )
        for emotion in EMOTIONS
    ]
    return sql.SQL(statement).format(values=sql.SQL(", ").join(lines))


def _insert(cursor: Any, table: str, columns: str, run_no: int, rows: list[tuple[Any, ...]]) -> None:
    statement = sql.SQL("INSERT INTO mer.{} (run_no, {}) VALUES %s").format(sql.Identifier(table), sql.SQL(columns))
    execute_values(cursor, statement, [(run_no, *row) for row in rows])


def _write(cursor: Any, run: Run, manifests: Mapping[str, Manifest], corpus: Corpus) -> tuple[int, int]:
    """Make the rows of the run; returns its number, and how many predictions it has."""
    config = run.config
    cursor.execute("SELECT set_config('lock_timeout', %s, true)", [LOCK_WAIT])
    cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    run_no = _replaced_run(cursor, run, manifests, corpus)
    settings = {"run_no": run_no, "mode": config.mode, "fresh_split": config.fresh_split}
    cursor.execute((SQL / "publish" / "replace.sql").read_text(encoding="utf-8"), settings)
    cursor.execute(_per_emotion(ANNOTATIONS, "votes", "label"), settings)
    cursor.execute(_per_emotion(PREDICTIONS, "probability", "positive"), settings)
    predictions = int(cursor.rowcount)
    rule = run.read_json("thresholds", "thresholds.json")
    judged = run.read_json("evaluate", "Music_emotion_metrics.json")
    rules = [(emotion, *(rule[name][emotion] for name in ("thresholds", "temperatures", "offsets"))) for emotion in EMOTIONS]
    _insert(cursor, "threshold", "emotion, threshold, temperature, logit_offset", run_no, rules)
    for table, names, lines in (("metric", METRIC, judged["metrics"]), ("agreement", AGREEMENT, judged["listeners"])):
        _insert(cursor, table, ", ".join(names), run_no, [tuple(line[name] for name in names) for line in lines])
    for stage, columns in CHECKS.items():
        found = run.read_json(stage, f"{stage}.json")["metrics"] if stage in manifests else []
        _insert(cursor, stage, ", ".join(columns), run_no, [tuple(line[name] for name in columns) for line in found])
    if config.mode == "train":
        history = run.read_json("train", "Music_emotion_history.json")
        _insert(cursor, "training_epoch", "epoch, measure, value", run_no, epochs(history))
    return run_no, predictions


def publish(run: Run) -> Manifest:
    """Publish a run.

    Raises
    ------
    ConfigError
        If no database is set, or it is not migrated.
    IntegrityError
        If the documents contradict each other, or have what Postgres cannot hold.
    PermanentError
        If a later try has published already.
    AccessDenied, TransientError
        When the database or the store refuses or does not answer; nothing is published then.
    """
    if run.config.database_url is None:
        raise ConfigError(
            "database_url is not set, expected MER_DATABASE_URL=postgresql+psycopg2://mer_writer:password@host/mer"
        )
    url = run.config.database_url.get_secret_value()
    with tempfile.TemporaryDirectory(prefix="mer-publish-") as scratch, transaction(url) as cursor:
        with Stopwatch() as watch:
            corpus = load_corpus(run)
            stages = stages_of(run.config)
            closed = [stage for stage in stages[: stages.index(STAGE)] if stage not in FAN_OUT]
            manifests = {stage: run.manifest(stage) for stage in closed}
            _stage(cursor, run, corpus, Path(scratch))
            run_no, predictions = _write(cursor, run, manifests, corpus)
        written = {"tracks": len(corpus.tracks), "rejected": len(corpus.rejected), "predictions": predictions}
        totals = {**written, **watch.counters()}
        _insert(
            cursor,
            "stage_counter",
            "stage, counter, value",
            run_no,
            counters(corpus, {**manifests, STAGE: {"counters": totals}}),
        )
    logger.info("run %s published: %s", run.run_id, written)
    return run.write_manifest(STAGE, {"counters": totals})
