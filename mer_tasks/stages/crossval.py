"""Stage ``crossval``: compute and publish the metrics of every candidate model of a cross-validation.

Input: the predictions of every trial, for tracks that the candidate was not fitted to. Output: ``crossval.json``, and rows in
Postgres if a database is set. For each candidate and metric they have the value with a 95 % interval, and the difference to
the first candidate with the interval of this difference (:mod:`mer_tasks.evaluation.crossval_scores`).

With ``leave_one_genre_out``, the document also has the scores of each candidate on each genre that it never heard
(:mod:`mer_tasks.evaluation.genre_scores`). A copy of these stands where the reports of later runs find it.
"""

import json
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from psycopg2 import sql
from psycopg2.extras import Json, execute_values

from mer_tasks import __version__
from mer_tasks.corpus.leak_certificate import UNLABELLED
from mer_tasks.corpus.segments import track_targets
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.database.connection import transaction
from mer_tasks.database.label_rows import label_numbers, numbered, numbered_columns
from mer_tasks.errors import IntegrityError, PermanentError
from mer_tasks.evaluation.absent_labels import warn_of_absent_labels
from mer_tasks.evaluation.crossval_scores import LINE_FIELDS, Folds, compare, predictions_from_table
from mer_tasks.evaluation.genre_scores import compare_genres
from mer_tasks.evaluation.metrics import Flags, Predictions
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import CROSSVAL, LABELS, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.crossval_config import candidate
from mer_tasks.runs.crossval_runs import (
    FoldName,
    crossval_config,
    fold_run,
    genre_scores_key,
    training_settings,
    trial_run,
)
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
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


def tables(document: Mapping[str, Any], label_set: LabelSet) -> list[list[dict[str, Any]]]:
    """Make tables for people from ``crossval.json``.

    Returns
    -------
    list of list of dict
        Three tables: the headline metrics of each candidate, the differences of the others to the first candidate, and the
        ROC-AUC of each label. A fourth one if genres were left out: the macro ROC-AUC on each of them.
    """
    lines = document["metrics"]
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
    of_genres = [
        {
            "candidate": line["candidate"],
            "genre": line["genre"] or "mean over genres",
            "tracks": line["tracks"],
            "labels": line["labels"],
            "never heard": _value_text(line),
            "heard": number_with_interval(line["heard"], line["heard_low"], line["heard_high"]),
            "difference": _difference_text(line),
        }
        for line in document["genres"]
    ]
    return [values, differences, of_labels, *([of_genres] if of_genres else [])]


def _read_predictions(
    run: Run, name: str, repeat: int, tracks: Sequence[str], folds: Sequence[FoldName]
) -> tuple[Predictions, Folds]:
    """Read the predictions of a candidate for `tracks` in one repeat, and the position of the fold that tested each track."""
    tables = [
        trial_run(run, repeat, fold, name).read_table("trial", PREDICTIONS).assign(fold=position)
        for position, fold in enumerate(folds)
    ]
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


def _predictions_by_candidate(
    run: Run, tracks: Sequence[str], folds: Sequence[FoldName]
) -> tuple[dict[str, list[Predictions]], list[Folds]]:
    """Read the predictions of each candidate in each repeat, and the fold that tested each track; candidates share folds."""
    config = crossval_config(run)
    tested = {
        name: [_read_predictions(run, name, repeat, tracks, folds) for repeat in range(1, config.repeats + 1)]
        for name in config.candidates
    }
    predictions = {name: [predicted for predicted, _ in repeats] for name, repeats in tested.items()}
    return predictions, [fold for _, fold in tested[config.candidates[0]]]


def _genre_lines(
    run: Run,
    tracks: Sequence[str],
    labels: Flags,
    groups: npt.NDArray[np.generic],
    unheard: Mapping[str, Sequence[Predictions]],
    heard: Mapping[str, Sequence[Predictions]],
    folds: Sequence[Folds],
) -> list[dict[str, Any]]:
    """Compare each candidate on genres that it never heard with itself in the ordinary folds."""
    genres = load_corpus(run).tracks.set_index("track_id").loc[list(tracks), "genre"].to_numpy(object)

    def probabilities(predictions: Mapping[str, Sequence[Predictions]]) -> dict[str, list[Any]]:
        return {name: [values for values, _ in repeats] for name, repeats in predictions.items()}

    sides = probabilities(unheard), probabilities(heard)
    return compare_genres(labels, groups, genres, *sides, folds, seed=run.config.seed)


def _write_genre_scores(run: Run, document: Mapping[str, Any]) -> None:
    """Write the scores on genres where the reports of later runs find them, with how each candidate was trained."""
    config = crossval_config(run)
    settings = {
        name: training_settings(trial_run(run, 1, 1, name)) for name in config.candidates if not candidate(name).baseline
    }
    facts = {name: document[name] for name in ("run_id", "folds", "repeats", "tracks", "groups", "candidates", "genres")}
    written = {**facts, "settings": settings, "made_at": datetime.now(timezone.utc).isoformat(timespec="minutes")}
    run.documents.put(genre_scores_key(run), json.dumps(written, indent=1, allow_nan=False).encode())


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
        ordinary = range(1, config.folds + 1)
        predictions, folds = _predictions_by_candidate(run, tracks, ordinary)
        lines = compare(labels, groups, predictions, folds, run.label_set, seed=config.seed)
        counts = {"folds": config.folds, "repeats": config.repeats, "tracks": len(tracks), "groups": len(set(groups.tolist()))}
        of_genres: list[dict[str, Any]] = []
        document = {
            "run_id": run.run_id,
            **counts,
            "candidates": list(config.candidates),
            "metrics": lines,
            "genres": of_genres,
        }
        if genres := run.manifest("folds")["genres"]:
            unheard, _ = _predictions_by_candidate(run, tracks, genres)
            of_genres += _genre_lines(run, tracks, labels, groups, unheard, predictions, folds)
            _write_genre_scores(run, document)
        run.write_json(STAGE, CROSSVAL, document)
        publish_crossval(run, document)
    absent = warn_of_absent_labels(labels, run.label_set, "labelled track")
    for line in lines:
        if line["emotion"] is None and line["metric"] in HEADLINE:
            logger.info("%s: %s %s", line["candidate"], line["metric"], _value_text(line))
    for line in of_genres:
        if line["genre"] is None:
            logger.info("%s: roc_auc_macro on genres that it never heard %s", line["candidate"], _value_text(line))
    return run.write_manifest(
        STAGE, {"document": run.key(STAGE, CROSSVAL), "counters": {**counts, **absent, **watch.counters()}}
    )
