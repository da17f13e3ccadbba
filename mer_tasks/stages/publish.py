"""Stage ``publish``: everything a run found, into Postgres.

In: the documents of every stage of the run. Out: the rows of the run in schema ``mer``, all of them or none: one transaction,
which takes the place of what an earlier try published, and gives way to what a later one did.

Tables that grow with the corpus are streamed by COPY into temporary tables, in the shape of their documents (one row a track;
:mod:`mer_tasks.publishing.staging_tables`). Postgres then makes the rows of ``mer`` from them: that sends a ninth of the lines,
and no number of a track through Python. An advisory lock lets one run at a time do that second half.

Tracks that are no longer in the landing zone are marked, and what was said of them stays. What a run of mode predict scored is
served from here on, if the model that scored is still the champion; of other runs `promote` decides.
"""

import logging
import tempfile
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from mer_tasks import __version__
from mer_tasks.corpus.usable_tracks import Corpus, load_corpus
from mer_tasks.database.connection import transaction
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, IntegrityError, PermanentError
from mer_tasks.publishing.served_predictions import lock, relist, room, serve, statements
from mer_tasks.publishing.staging_tables import stage, stage_landed
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
FIGURE = ("emotion", "metric", "value", "low", "high")
DRIFT = (
    *("champion_run_no", "genre", "measure", "emotion", "statistic", "psi", "mean_psi", "chance", "threshold", "tracks"),
    *("reference_tracks", "same_genre", "drifted"),
)
CHECKS = {
    "comparison": ("balance", *FIGURE, "difference", "difference_low", "difference_high"),
    "canary": ("permutation", "level", *FIGURE, "inside"),
    "drift": DRIFT,
}
"""Stages that a run may do without, and the columns of their tables."""
SAID = ("train", "evaluate", "predict")
"""Stages that say what the model ran on, the first of them that a run has."""

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
WATCHED_LATER = """
SELECT EXISTS (
  SELECT FROM mer.run
  WHERE landing_url = %(landing)s AND listed_at > %(listed)s AND listed_at <= now() AND run_no <> %(run_no)s
)
"""
"""A time to come is that of a clock that was wrong."""
STILL_CHAMPION = """
SELECT run_id = %(run_id)s AND champion.model_sha256 = %(sha256)s FROM mer.champion JOIN mer.run USING (run_no)
"""


def epochs(history: Mapping[str, Any]) -> list[tuple[int, str, float | None]]:
    """Rows (epoch from 1, measure, value) of a training history, which has a list with one value an epoch for each measure."""
    lists = {measure: values for measure, values in history.items() if isinstance(values, list)}
    return [(epoch, measure, value) for measure, values in lists.items() for epoch, value in enumerate(values, start=1)]


def counters(corpus: Corpus, manifests: Mapping[str, Manifest]) -> list[tuple[str, str, float]]:
    """Rows (stage, counter, value) of a run."""
    by_stage = {**corpus.counters, **{stage: manifest.get("counters", {}) for stage, manifest in manifests.items()}}
    return [(stage, counter, value) for stage, values in by_stage.items() for counter, value in values.items()]


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
        "code_digest": sources_digest(),
        "features_digest": shared_digest(corpus.tracks["features_key"]),
        "labels_digest": manifests.get("labels", {}).get("labels_digest"),
        "store_url": run.store.url,
        "landing_url": run.landing.url,
        "listed_at": manifests["discover"].get("listed_at"),
        **{f"model_{name}": model[name] for name in ("run_id", "key", "sha256")},
        "device": next(manifests[stage] for stage in SAID if stage in manifests).get("device"),
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
    lock(cursor)
    run_no = _replaced_run(cursor, run, manifests, corpus)
    settings = {"run_no": run_no, "mode": config.mode, "fresh_split": config.fresh_split}
    cursor.execute(statements("replace"), settings)
    cursor.execute(_per_emotion(ANNOTATIONS, "votes", "label"), settings)
    cursor.execute(_per_emotion(PREDICTIONS, "probability", "positive"), settings)
    predictions = int(cursor.rowcount)
    if config.mode != "predict":
        _write_judgement(cursor, run, run_no)
    for name, columns in CHECKS.items():
        found = run.read_json(name, f"{name}.json")["metrics"] if name in manifests else []
        _insert(cursor, name, ", ".join(columns), run_no, [tuple(line[name] for name in columns) for line in found])
    if config.mode == "train":
        history = run.read_json("train", HISTORY)
        _insert(cursor, "training_epoch", "epoch, measure, value", run_no, epochs(history))
    return run_no, predictions


def _write_judgement(cursor: Any, run: Run, run_no: int) -> None:
    """Thresholds and metrics of the run, and what listeners reach."""
    rule = run.read_json("thresholds", THRESHOLDS)
    judged = run.read_json("evaluate", METRICS)
    rules = [(emotion, *(rule[name][emotion] for name in ("thresholds", "temperatures", "offsets"))) for emotion in EMOTIONS]
    _insert(cursor, "threshold", "emotion, threshold, temperature, logit_offset", run_no, rules)
    for table, names, lines in (("metric", METRIC, judged["metrics"]), ("agreement", AGREEMENT, judged["listeners"])):
        _insert(cursor, table, ", ".join(names), run_no, [tuple(line[name] for name in names) for line in lines])


def _mark_gone(cursor: Any, run: Run, run_no: int, listed_at: str | None) -> int:
    """Mark tracks that the run found to be gone, unless another run has looked later; returns how many."""
    settings = {"run_no": run_no, "landing": run.landing.url, "listed": listed_at, "genres": list(run.config.genres)}
    cursor.execute(WATCHED_LATER, settings)
    if listed_at is None or cursor.fetchone()[0]:
        return 0
    cursor.execute(statements("gone"), settings)
    return int(cursor.rowcount)


def _serve(cursor: Any, run: Run, run_no: int, model: Mapping[str, str]) -> int:
    """Serve what was scored, if `model` is the champion; returns of how many tracks that is news."""
    cursor.execute(STILL_CHAMPION, model)
    found = cursor.fetchone()
    if not found or not found[0]:
        logger.warning("run %s: not served, the model of %s is not the champion any more", run.run_id, model["run_id"])
        relist(cursor, run_no)
        return 0
    return serve(cursor, run_no)


def _manifests(run: Run) -> dict[str, Manifest]:
    """What the stages before this one closed with; `predict`, which is sharded, with sums."""
    stages = stages_of(run.config)
    before = stages[: stages.index(STAGE)]
    found = {name: run.manifest(name) for name in before if name not in SHARDED}
    if "predict" in before:
        reports = [run.read_json("predict", report_name(shard["key"])) for shard in found["discover"]["shards"]]
        totals: Counter[str] = Counter()
        for report in reports:
            totals.update(report["counters"])
        device = next((report["device"] for report in reports if report["device"]), None)
        found["predict"] = {"device": device, "counters": dict(totals)}
    return found


@reads_once
def publish(run: Run) -> Manifest:
    """Publish a run.

    Raises
    ------
    ConfigError
        If no database is set.
    IntegrityError
        If the documents contradict each other, or have what Postgres cannot hold.
    PermanentError
        If a later try has published already, or the database is not migrated, or by a newer version.
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
            manifests = _manifests(run)
            room(cursor)
            listed_at = manifests["discover"].get("listed_at")
            stage(cursor, run, corpus, Path(scratch))
            if listed_at:
                stage_landed(cursor, run, Path(scratch))
            run_no, predictions = _write(cursor, run, manifests, corpus)
            written = {"tracks": len(corpus.tracks), "rejected": len(corpus.rejected), "predictions": predictions}
            written["gone"] = _mark_gone(cursor, run, run_no, listed_at)
            if run.config.mode == "predict":
                written["served"] = _serve(cursor, run, run_no, manifests["discover"]["model"])
            else:
                relist(cursor, run_no)
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
