"""Stage ``crossval``: compute and publish the metrics of every candidate model of a cross-validation.

Input: the predictions of every trial, for tracks that the candidate was not fitted to. Output: ``crossval.json``, and rows in
Postgres if a database is set. For each candidate and metric they have the value with a 95 % interval, and the difference to
the first candidate with the interval of this difference (:mod:`mer_tasks.evaluation.crossval_scores`).
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from mer_tasks import __version__
from mer_tasks.corpus.leak_certificate import UNLABELLED
from mer_tasks.corpus.segments import track_targets
from mer_tasks.database.connection import transaction
from mer_tasks.database.label_rows import label_numbers, numbered, numbered_columns
from mer_tasks.errors import IntegrityError, PermanentError
from mer_tasks.evaluation.absent_labels import warn_of_absent_labels
from mer_tasks.evaluation.crossval_scores import LINE_FIELDS, Folds, compare, predictions_from_table
from mer_tasks.evaluation.metrics import Predictions
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import CROSSVAL, LABELS, MANIFEST, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.crossval_runs import crossval_config, fold_run, trial_run
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import fan_out_of, run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import report_name
from mer_tasks.wording import number_with_interval

logger = logging.getLogger(__name__)

STAGE = "crossval"
HEADLINE = ("accuracy", "roc_auc_macro", "pr_auc_macro", "f1_macro", "brier_macro", "ece_macro")
"""Metrics that the tables and the log show; only tracks with exactly one label have an accuracy."""


def _value_text(line: Mapping[str, Any]) -> str:
    """Format the value of a line with its interval."""
    return number_with_interval(line["value"], line["low"], line["high"])


def _difference_text(line: Mapping[str, Any]) -> str:
    """Format the difference of a line to the first candidate with its interval."""
    return number_with_interval(line["difference"], line["difference_low"], line["difference_high"], sign="+")


def tables(lines: Sequence[Mapping[str, Any]], label_set: LabelSet) -> list[list[dict[str, Any]]]:
    """Make tables for people from the lines of ``crossval.json``.

    Returns
    -------
    list of list of dict
        Three tables: the headline metrics of each candidate, the differences of the others to the first candidate, and the
        ROC-AUC of each label.
    """
    names = list(dict.fromkeys(line["candidate"] for line in lines))
    by_key = {(line["candidate"], line["emotion"], line["metric"]): line for line in lines}

    metrics = [metric for metric in HEADLINE if (names[0], None, metric) in by_key]

    def headline(title: str, candidates: Sequence[str], text: Callable[[Mapping[str, Any]], str]) -> list[dict[str, Any]]:
        return [{title: name, **{metric: text(by_key[name, None, metric]) for metric in metrics}} for name in candidates]

    of_labels = [
        {"roc_auc": label_name, **{name: _value_text(by_key[name, label, "roc_auc"]) for name in names}}
        for label, label_name in zip(label_set.ids, label_set.names, strict=True)
    ]
    values = headline("candidate", names, _value_text)
    differences = headline(f"less {names[0]}", names[1:], _difference_text)
    return [values, differences, of_labels]


def _read_predictions(run: Run, name: str, repeat: int, tracks: Sequence[str]) -> tuple[Predictions, Folds]:
    """Read the predictions of a candidate for `tracks` in one repeat, and the fold in which each track was tested."""
    folds = range(1, crossval_config(run).folds + 1)
    tables = [trial_run(run, repeat, fold, name).read_table("trial", PREDICTIONS).assign(fold=fold) for fold in folds]
    table = pd.concat(tables).set_index("track_id")
    if sorted(table.index) != list(tracks):
        raise IntegrityError(
            f"run {run.run_id}: {name} in repeat {repeat} predicts {len(table)} tracks, {table.index.nunique()} different ones;"
            f" expected each of the {len(tracks)} labelled tracks once: repeat its trials"
        )
    table = table.loc[list(tracks)]
    return predictions_from_table(table, run.label_set), table["fold"].to_numpy()


def publish_crossval(run: Run, document: Mapping[str, Any]) -> None:
    """Write the lines of a cross-validation to Postgres, in place of the lines of an earlier try.

    Parameters
    ----------
    run : Run
        If its configuration names no database, nothing is written, and the log warns.
    document : mapping
        The document ``crossval.json``.

    Raises
    ------
    PermanentError
        If a later try has published already.
    """
    if run.config.database_url is None:
        logger.warning("no database is set: the metrics are only in %s", run.store.uri(run.key(STAGE, CROSSVAL)))
        return
    facts = {
        **{"run_id": run.run_id, "try_number": run.try_number, "code_version": __version__},
        **{"config": Json(run.config.values()), "store_url": run.store.url},
        **{name: document[name] for name in ("folds", "repeats", "tracks", "groups")},
    }
    positions = {name: position for position, name in enumerate(document["candidates"], 1)}
    with transaction(run.config.database_url.get_secret_value()) as cursor:
        cursor.execute("DELETE FROM mer.crossval WHERE run_id = %(run_id)s AND try_number <= %(try_number)s", facts)
        insert = "INSERT INTO mer.crossval (published_at, {}) VALUES (now(), {}) ON CONFLICT DO NOTHING RETURNING crossval_no"
        cursor.execute(sql.SQL(insert).format(_names(facts), sql.SQL(", ").join(map(sql.Placeholder, facts))), facts)
        inserted = cursor.fetchone()
        if not inserted:
            raise PermanentError(f"run {run.run_id}: try {run.try_number} comes late, a later one has published already")
        insert = "INSERT INTO mer.crossval_metric (crossval_no, place, {}) VALUES %s"
        values = numbered(document["metrics"], LINE_FIELDS, label_numbers(cursor, run.label_set))
        rows = [(*inserted, positions[line["candidate"]], *row) for line, row in zip(document["metrics"], values, strict=True)]
        execute_values(cursor, sql.SQL(insert).format(_names(numbered_columns(LINE_FIELDS))), rows)


def _names(columns: Iterable[str]) -> sql.Composed:
    """Join the names of columns for a statement."""
    return sql.SQL(", ").join(map(sql.Identifier, columns))


@reads_once
def crossval(run: Run) -> Manifest:
    """Compute the metrics of all candidates of a cross-validation whose trials have finished, and publish them.

    Raises
    ------
    IntegrityError
        If a candidate does not have exactly one prediction for each labelled track in each repeat.
    ObjectMissing
        If a trial has not finished.
    PermanentError
        If a later try has published already.
    AccessDenied, TransientError
        When the database or the store refuses access or does not answer.
    """
    config = crossval_config(run)
    with Stopwatch() as watch:
        split = fold_run(run, 1, 1).read_table("split", SPLIT_TABLE)
        labelled = split[split["part"] != UNLABELLED].sort_values("track_id")
        tracks = labelled["track_id"].tolist()
        groups = labelled["group_id"].to_numpy()
        labels = track_targets(tuple(tracks), run.read_table("labels", LABELS), run.label_set) > 0
        repeats = range(1, config.repeats + 1)
        predictions: dict[str, list[Predictions]] = {}
        folds: dict[str, list[Folds]] = {}
        for name in config.candidates:
            tested = [_read_predictions(run, name, repeat, tracks) for repeat in repeats]
            predictions[name] = [predicted for predicted, _ in tested]
            folds[name] = [fold for _, fold in tested]
        # All candidates have the same folds.
        lines = compare(labels, groups, predictions, folds[config.candidates[0]], run.label_set, seed=config.seed)
        counts = {"folds": config.folds, "repeats": config.repeats, "tracks": len(tracks), "groups": len(set(groups.tolist()))}
        document = {"run_id": run.run_id, **counts, "candidates": list(config.candidates), "metrics": lines}
        run.write_json(STAGE, CROSSVAL, document)
        publish_crossval(run, document)
    absent = warn_of_absent_labels(labels, run.label_set, "labelled track")
    for line in lines:
        if line["emotion"] is None and line["metric"] in HEADLINE:
            logger.info("%s: %s %s", line["candidate"], line["metric"], _value_text(line))
    return run.write_manifest(
        STAGE, {"document": run.key(STAGE, CROSSVAL), "counters": {**counts, **absent, **watch.counters()}}
    )


def run_crossval(run: Run, on_step: Callable[[str, int, int], None] = lambda name, finished, total: None) -> Manifest:
    """Run a whole cross-validation in one process, from landed audio to the metrics.

    Steps that an earlier, interrupted run of the same name has finished are not repeated: features, labels and trials.

    Parameters
    ----------
    run : Run
    on_step : callable, optional
        Called before each step with the name of the step, the number of finished trials, and the number of all trials. Both
        numbers are 0 before the trials begin.
    """

    def missing(stage: str, name: str = MANIFEST) -> bool:
        return not run.store.exists(run.key(stage, name))

    for stage in ("discover", "labels"):
        if missing(stage):
            on_step(stage, 0, 0)
            run_stage(run, stage)
    for shard in run.manifest("discover")["shards"]:
        for stage in fan_out_of(run):
            if missing(stage, report_name(shard["key"])):
                on_step(f"{stage} {shard['name']}", 0, 0)
                run_stage(run, stage, shard["key"])
    on_step("folds", 0, 0)
    trials = run_stage(run, "folds")["trials"]
    for finished, trial in enumerate(trials):
        on_step(trial["name"], finished, len(trials))
        run_stage(run, "trial", trial["key"])
    on_step(STAGE, len(trials), len(trials))
    return crossval(run)
