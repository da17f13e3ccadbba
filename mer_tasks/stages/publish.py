"""Stage ``publish``: write the results of a run to Postgres.

Input: the documents of every stage of the run. Output: the rows of the run in schema ``mer``. One transaction writes all of
them or none. A later try of the run replaces the rows of an earlier try; an earlier try never replaces those of a later one.

Tables that grow with the corpus are streamed by COPY into temporary tables with the columns of the documents, one row for each
track (:mod:`mer_tasks.publishing.staging_tables`). Postgres makes the rows of ``mer`` from these tables, one for each label. So
few rows are sent, and no value of a track passes through Python objects. An advisory lock lets only one run at a time do this
second half.

The label set of the run must be a version that the database has adopted (:mod:`mer_tasks.database.label_rows`).

Vectors for the search of similar tracks are written only for tracks that have none yet or whose audio has changed
(:mod:`mer_tasks.publishing.similar_vectors`). Their index is built after the transaction.

Tracks that are no longer in the landing zone are marked as gone; their predictions stay. The predictions of a run of mode
predict are served from now on, if the model that made them is still the champion. For a run of mode train, stage `promote`
decides that.
"""

import logging
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from mer_tasks import __version__
from mer_tasks.corpus.track_metadata import artists_digest
from mer_tasks.corpus.usable_tracks import Corpus, load_corpus
from mer_tasks.database.connection import transaction
from mer_tasks.database.label_rows import label_numbers, numbered, numbered_columns, values_per_label
from mer_tasks.errors import ConfigError, IntegrityError, PermanentError
from mer_tasks.modelling.conformal import RANGE
from mer_tasks.publishing.encoder_columns import encoder_columns
from mer_tasks.publishing.served_predictions import (
    lock_served_predictions,
    read_statements,
    serve,
    set_memory,
    update_listing,
)
from mer_tasks.publishing.similar_vectors import index_vectors, source_of, write_vectors
from mer_tasks.publishing.staging_tables import copy_listing, copy_run_documents
from mer_tasks.runs.artifacts import HISTORY, METRICS, THRESHOLDS
from mer_tasks.runs.code_digest import sources_digest
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import SHARDED, stages_of
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import report_name
from mer_tasks.storage.blobs import shared_digest

logger = logging.getLogger(__name__)

STAGE = "publish"
CEILINGS = ("split_half", "split_half_low", "split_half_high", "panel", "panel_low", "panel_high")
METRIC = ("part", "level", "emotion", "metric", "value", "low", "high", "baseline", *CEILINGS, "support")
AGREEMENT = ("emotion", "metric", "tracks", *CEILINGS)
VALUE_AND_INTERVAL = ("emotion", "metric", "value", "low", "high")
DRIFT = (
    *("champion_run_no", "genre", "measure", "emotion", "statistic", "psi", "mean_psi", "chance", "threshold", "tracks"),
    *("reference_tracks", "same_genre", "drifted"),
)
CHECKS = {
    "comparison": ("balance", *VALUE_AND_INTERVAL, "difference", "difference_low", "difference_high"),
    "canary": ("permutation", "level", *VALUE_AND_INTERVAL, "inside"),
    "drift": DRIFT,
}
"""Stages that not every run has, and the columns of their tables."""
DEVICE_STAGES = ("train", "evaluate", "predict")
"""Stages whose manifests name the device that the model ran on; the first of them that a run has is published."""

ANNOTATIONS = """
INSERT INTO mer.annotation (run_no, track_no, label_no, votes, annotators, label)
SELECT %(run_no)s, track_no, label_no, votes, annotators, label
FROM (SELECT * FROM staged_label JOIN mer.track USING (track_id) ORDER BY track_no) AS staged
CROSS JOIN LATERAL (VALUES {values}) AS labels (label_no, votes, label)
WHERE EXISTS (SELECT FROM staged_track WHERE staged_track.track_id = staged.track_id)
"""
PREDICTIONS = """
INSERT INTO mer.prediction (run_no, track_no, label_no, part, probability, positive)
SELECT %(run_no)s, track_no, label_no, part, probability, positive
FROM (SELECT * FROM staged_prediction JOIN mer.track USING (track_id) ORDER BY track_no) AS staged
CROSS JOIN LATERAL (VALUES {values}) AS labels (label_no, probability, positive)
"""
LISTED_LATER = """
SELECT EXISTS (
  SELECT FROM mer.run
  WHERE landing_url = %(landing)s AND listed_at > %(listed)s AND listed_at <= now() AND run_no <> %(run_no)s
)
"""
"""Whether another run listed the landing zone later. A time in the future comes from a wrong clock and does not count."""
STILL_CHAMPION = """
SELECT run_id = %(run_id)s AND champion.model_sha256 = %(sha256)s FROM mer.champion JOIN mer.run USING (run_no)
"""


def epochs(history: Mapping[str, Any]) -> list[tuple[int, str, float | None]]:
    """Make rows (epoch, measure, value) of a training history.

    Parameters
    ----------
    history : mapping
        A list for each measure, with a value for each epoch. Entries that are not lists are skipped.

    Examples
    --------
    >>> epochs({"loss": [0.9, 0.5], "best_epoch": 2})
    [(1, 'loss', 0.9), (2, 'loss', 0.5)]
    """
    lists = {measure: values for measure, values in history.items() if isinstance(values, list)}
    return [(epoch, measure, value) for measure, values in lists.items() for epoch, value in enumerate(values, start=1)]


def counters(corpus: Corpus, manifests: Mapping[str, Manifest]) -> list[tuple[str, str, float]]:
    """Make rows (stage, counter, value) from the counters of the corpus and of the manifests by stage."""
    by_stage = {**corpus.counters, **{stage: manifest.get("counters", {}) for stage, manifest in manifests.items()}}
    return [(stage, counter, value) for stage, values in by_stage.items() for counter, value in values.items()]


def _write_run_row(cursor: Any, run: Run, manifests: Mapping[str, Manifest], corpus: Corpus) -> int:
    """Insert or replace the row of the run and return its number; refuse it if a later try has published already."""
    cursor.execute("SELECT try_number FROM mer.run WHERE run_id = %s", [run.run_id])
    published = cursor.fetchone()
    if published and published[0] > run.try_number:
        raise PermanentError(f"run {run.run_id}: try {run.try_number} comes late, try {published[0]} has published already")
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
        "label_set_digest": run.label_set.digest,
        "code_digest": sources_digest(),
        "features_digest": shared_digest(corpus.tracks["features_key"]),
        **encoder_columns(run.encoder, corpus.tracks),
        "labels_digest": manifests.get("labels", {}).get("labels_digest"),
        "artists_digest": artists_digest(run) if "labels" in manifests else None,
        "store_url": run.store.url,
        "landing_url": run.landing.url,
        "listed_at": manifests["discover"].get("listed_at"),
        **{f"model_{name}": model[name] for name in ("run_id", "key", "sha256")},
        "device": next(manifests[stage] for stage in DEVICE_STAGES if stage in manifests).get("device"),
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


def _insert(cursor: Any, table: str, columns: str, run_no: int, rows: list[tuple[Any, ...]]) -> None:
    """Insert `rows`, which have the values of `columns`, into a table of schema ``mer``."""
    statement = sql.SQL("INSERT INTO mer.{} (run_no, {}) VALUES %s").format(sql.Identifier(table), sql.SQL(columns))
    execute_values(cursor, statement, [(run_no, *row) for row in rows])


def _insert_lines(
    cursor: Any, table: str, columns: Sequence[str], run_no: int, lines: Sequence[Mapping[str, Any]], numbers: Mapping[str, int]
) -> None:
    """Insert the lines of a document; the number of their label takes the place of ``emotion``, its id or None."""
    _insert(cursor, table, ", ".join(numbered_columns(columns)), run_no, numbered(lines, columns, numbers))


def _write_run(cursor: Any, run: Run, manifests: Mapping[str, Manifest], corpus: Corpus) -> tuple[int, int]:
    """Write the rows of the run; return the number of the run and the number of its predictions."""
    config = run.config
    lock_served_predictions(cursor)
    numbers = label_numbers(cursor, run.label_set)
    run_no = _write_run_row(cursor, run, manifests, corpus)
    settings = {"run_no": run_no, "mode": config.mode, "fresh_split": config.fresh_split}
    cursor.execute(read_statements("replace"), settings)
    for statement, prefixes in ((ANNOTATIONS, ("votes", "label")), (PREDICTIONS, ("probability", "positive"))):
        cursor.execute(sql.SQL(statement).format(values=values_per_label(numbers, *prefixes)), settings)
    predictions = int(cursor.rowcount)
    if config.mode != "predict":
        _write_evaluation(cursor, run, run_no, numbers)
    for name, columns in CHECKS.items():
        lines = run.read_json(name, f"{name}.json")["metrics"] if name in manifests else []
        _insert_lines(cursor, name, columns, run_no, lines, numbers)
    if config.mode == "train":
        history = run.read_json("train", HISTORY)
        _insert(cursor, "training_epoch", "epoch, measure, value", run_no, epochs(history))
    return run_no, predictions


def _write_evaluation(cursor: Any, run: Run, run_no: int, numbers: Mapping[str, int]) -> None:
    """Write the thresholds and the metrics of the run, and the scores that listeners reach."""
    rule = run.read_json("thresholds", THRESHOLDS)
    thresholds = rule["thresholds"] or dict.fromkeys(numbers)
    promise = rule.get("promise")
    # thresholds.json of an earlier version has no ranges of unclear answers
    ranges = [rule.get(name) or dict.fromkeys(numbers) for name in RANGE]
    rules = [
        (no, thresholds[label], rule["temperatures"][label], rule["offsets"][label], *(ends[label] for ends in ranges), promise)
        for label, no in numbers.items()
    ]
    columns = ("label_no", "threshold", "temperature", "logit_offset", *RANGE, "promise")
    _insert(cursor, "threshold", ", ".join(columns), run_no, rules)
    evaluation = run.read_json("evaluate", METRICS)
    _insert_lines(cursor, "metric", METRIC, run_no, evaluation["metrics"], numbers)
    _insert_lines(cursor, "agreement", AGREEMENT, run_no, evaluation["listeners"], numbers)


def _mark_gone(cursor: Any, run: Run, run_no: int, listed_at: str | None) -> int:
    """Mark tracks that the landing zone no longer has, and update names; return the number of marked tracks.

    Nothing changes if another run listed the landing zone later.
    """
    settings = {"run_no": run_no, "landing": run.landing.url, "listed": listed_at, "genres": list(run.config.genres)}
    cursor.execute(LISTED_LATER, settings)
    if listed_at is None or cursor.fetchone()[0]:
        return 0
    cursor.execute(read_statements("gone"), settings)
    return int(cursor.rowcount)


def _serve(cursor: Any, run: Run, run_no: int, model: Mapping[str, str]) -> int:
    """Serve the predictions of a run of mode predict if `model`, which made them, is still the champion.

    Returns
    -------
    int
        Number of tracks that are now served from another run than before.
    """
    cursor.execute(STILL_CHAMPION, model)
    row = cursor.fetchone()
    if not row or not row[0]:
        logger.warning("run %s: not served, the model of %s is not the champion any more", run.run_id, model["run_id"])
        update_listing(cursor, run_no)
        return 0
    return serve(cursor, run_no)


def _manifests(run: Run) -> dict[str, Manifest]:
    """Read the manifests of the stages before this one; that of `predict`, which runs in shards, is summed over its reports."""
    stages = stages_of(run.config)
    before = stages[: stages.index(STAGE)]
    manifests = {name: run.manifest(name) for name in before if name not in SHARDED}
    if "predict" in before:
        reports = [run.read_json("predict", report_name(shard["key"])) for shard in manifests["discover"]["shards"]]
        totals: Counter[str] = Counter()
        for report in reports:
            totals.update(report["counters"])
        device = next((report["device"] for report in reports if report["device"]), None)
        manifests["predict"] = {"device": device, "counters": dict(totals)}
    return manifests


@reads_once
def publish(run: Run) -> Manifest:
    """Write the results of a run to Postgres.

    Raises
    ------
    ConfigError
        If no database is set.
    IntegrityError
        If the documents contradict each other, or Postgres cannot store a value.
    ObjectMissing
        If a document is missing.
    PermanentError
        If a later try has published already, or if the database was not migrated, or was migrated by a newer version.
    AccessDenied, TransientError
        When the database or the store refuses access or does not answer; nothing is published then.
    """
    if run.config.database_url is None:
        raise ConfigError(
            "database_url is not set, expected MER_DATABASE_URL=postgresql+psycopg2://mer_writer:password@host/mer"
        )
    url = run.config.database_url.get_secret_value()
    with tempfile.TemporaryDirectory(prefix="mer-publish-") as scratch, transaction(url) as cursor:
        with Stopwatch() as watch:
            corpus = load_corpus(run)
            manifests = _manifests(run)
            set_memory(cursor)
            listed_at = manifests["discover"].get("listed_at")
            copy_run_documents(cursor, run, corpus, Path(scratch))
            if listed_at:
                copy_listing(cursor, run, Path(scratch))
            run_no, predictions = _write_run(cursor, run, manifests, corpus)
            written = {"tracks": len(corpus.tracks), "rejected": len(corpus.rejected), "predictions": predictions}
            written["gone"] = _mark_gone(cursor, run, run_no, listed_at)
            space_no, vectors = write_vectors(cursor, run_no, source_of(run, corpus.tracks))
            written |= vectors
            if run.config.mode == "predict":
                written["served"] = _serve(cursor, run, run_no, manifests["discover"]["model"])
            else:
                update_listing(cursor, run_no)
        totals = {**written, **watch.counters()}
        lines = counters(corpus, {**manifests, STAGE: {"counters": totals}})
        _insert(cursor, "stage_counter", "stage, counter, value", run_no, lines)
    logger.info("run %s published: %s", run.run_id, written)
    index_vectors(url, space_no)
    return run.write_manifest(STAGE, {"counters": totals})
