"""Stage ``crossval``: candidates side by side, judged on tracks that they have not seen.

In: the predictions of every trial. Out: ``crossval.json``, and rows in Postgres where a database is set: for each candidate and
metric its value with a 95 % interval, and the difference to the first candidate with its own
(:mod:`mer_tasks.evaluation.crossval_scores`).
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
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError, PermanentError
from mer_tasks.evaluation.crossval_scores import LINE, Folds, Said, compare, said_of
from mer_tasks.evaluation.metrics import told
from mer_tasks.runs.artifacts import CROSSVAL, LABELS, MANIFEST, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.crossval_runs import crossval_config, fold_run, trial_run
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import FAN_OUT, run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import report_name

logger = logging.getLogger(__name__)

STAGE = "crossval"
HEADLINE = ("roc_auc_macro", "pr_auc_macro", "f1_macro", "brier_macro", "ece_macro")


def _told(line: Mapping[str, Any]) -> str:
    return told(line["value"], line["low"], line["high"])


def _difference(line: Mapping[str, Any]) -> str:
    return told(line["difference"], line["difference_low"], line["difference_high"], sign="+")


def tables(lines: Sequence[Mapping[str, Any]]) -> list[list[dict[str, Any]]]:
    """Lines as people read them.

    Returns
    -------
    list of list of dict
        Headline metrics of each candidate, differences of each to the first one, and the ROC-AUC of each emotion.
    """
    names = list(dict.fromkeys(line["candidate"] for line in lines))
    known = {(line["candidate"], line["emotion"], line["metric"]): line for line in lines}

    def headline(title: str, chosen: Sequence[str], say: Callable[[Mapping[str, Any]], str]) -> list[dict[str, Any]]:
        return [{title: name, **{metric: say(known[name, None, metric]) for metric in HEADLINE}} for name in chosen]

    emotions = [
        {"roc_auc": emotion, **{name: _told(known[name, emotion, "roc_auc"]) for name in names}} for emotion in EMOTIONS
    ]
    return [headline("candidate", names, _told), headline(f"less {names[0]}", names[1:], _difference), emotions]


def _out_of_fold(run: Run, name: str, repeat: int, tracks: Sequence[str]) -> tuple[Said, Folds]:
    """What a candidate says of `tracks` in a repeat, and the fold that each was tested in."""
    folds = range(1, crossval_config(run).folds + 1)
    tables = [trial_run(run, repeat, fold, name).read_table("trial", PREDICTIONS).assign(fold=fold) for fold in folds]
    table = pd.concat(tables).set_index("track_id")
    if sorted(table.index) != list(tracks):
        raise IntegrityError(
            f"run {run.run_id}: {name} in repeat {repeat} predicts {len(table)} tracks, {table.index.nunique()} different ones;"
            f" expected each of the {len(tracks)} labelled tracks once: repeat its trials"
        )
    table = table.loc[list(tracks)]
    return said_of(table), table["fold"].to_numpy()


def publish(run: Run, document: Mapping[str, Any]) -> None:
    """Publish the lines of a crossval in place of those of an earlier try."""
    if run.config.database_url is None:
        logger.warning("no database is set: the figures are in %s alone", run.store.uri(run.key(STAGE, CROSSVAL)))
        return
    facts = {
        **{"run_id": run.run_id, "try_number": run.try_number, "code_version": __version__},
        **{"config": Json(run.config.values()), "store_url": run.store.url},
        **{name: document[name] for name in ("folds", "repeats", "tracks", "groups")},
    }
    places = {name: place for place, name in enumerate(document["candidates"], 1)}
    with transaction(run.config.database_url.get_secret_value()) as cursor:
        cursor.execute("DELETE FROM mer.crossval WHERE run_id = %(run_id)s AND try_number <= %(try_number)s", facts)
        insert = "INSERT INTO mer.crossval (published_at, {}) VALUES (now(), {}) ON CONFLICT DO NOTHING RETURNING crossval_no"
        cursor.execute(sql.SQL(insert).format(_names(facts), sql.SQL(", ").join(map(sql.Placeholder, facts))), facts)
        found = cursor.fetchone()
        if not found:
            raise PermanentError(f"run {run.run_id}: try {run.try_number} comes late, a later one has published already")
        insert = "INSERT INTO mer.crossval_metric (crossval_no, place, {}) VALUES %s"
        rows = [(*found, places[line["candidate"]], *(line[name] for name in LINE)) for line in document["metrics"]]
        execute_values(cursor, sql.SQL(insert).format(_names(LINE)), rows)


def _names(columns: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, columns))


@reads_once
def crossval(run: Run) -> Manifest:
    """Judge the candidates of a crossval, whose trials are done, and publish what was found.

    Raises
    ------
    IntegrityError
        If the predictions are not those of the labelled tracks.
    ObjectMissing
        If a trial is not done.
    PermanentError
        If a later try has published already.
    AccessDenied, TransientError
        When the database or the store refuses or does not answer.
    """
    config = crossval_config(run)
    with Stopwatch() as watch:
        split = fold_run(run, 1, 1).read_table("split", SPLIT_TABLE)
        known = split[split["part"] != UNLABELLED].sort_values("track_id")
        tracks, groups = known["track_id"].tolist(), known["group_id"].to_numpy()
        labels = track_targets(tuple(tracks), run.read_table("labels", LABELS)) > 0
        said = {
            name: [_out_of_fold(run, name, repeat, tracks) for repeat in range(1, config.repeats + 1)]
            for name in config.candidates
        }
        folds = [fold for _, fold in said[config.candidates[0]]]
        lines = compare(
            labels, groups, {name: [one for one, _ in found] for name, found in said.items()}, folds, seed=config.seed
        )
        counts = {"folds": config.folds, "repeats": config.repeats, "tracks": len(tracks), "groups": len(set(groups.tolist()))}
        document = {"run_id": run.run_id, **counts, "candidates": list(config.candidates), "metrics": lines}
        run.write_json(STAGE, CROSSVAL, document)
        publish(run, document)
    for line in lines:
        if line["emotion"] is None and line["metric"] in HEADLINE:
            logger.info("%s: %s %s", line["candidate"], line["metric"], _told(line))
    return run.write_manifest(STAGE, {"document": run.key(STAGE, CROSSVAL), "counters": {**counts, **watch.counters()}})


def run_crossval(run: Run, before: Callable[[str, int, int], None] = lambda name, done, total: None) -> Manifest:
    """From landed audio to the figures, in one process.

    What a run of this name has made is not made again: its features and labels, if it is one that came so far, and trials.

    Parameters
    ----------
    run : Run
    before : callable, optional
        Told before each step its name, and of the trials how many are done of how many; else 0 and 0.
    """

    def missing(stage: str, name: str = MANIFEST) -> bool:
        return not run.store.exists(run.key(stage, name))

    for stage in ("discover", "labels"):
        if missing(stage):
            before(stage, 0, 0)
            run_stage(run, stage)
    for shard in run.manifest("discover")["shards"]:
        for stage in FAN_OUT:
            if missing(stage, report_name(shard["key"])):
                before(f"{stage} {shard['name']}", 0, 0)
                run_stage(run, stage, shard["key"])
    before("folds", 0, 0)
    trials = run_stage(run, "folds")["trials"]
    for done, trial in enumerate(trials):
        before(trial["name"], done, len(trials))
        run_stage(run, "trial", trial["key"])
    before(STAGE, len(trials), len(trials))
    return crossval(run)
