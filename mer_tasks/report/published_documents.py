"""Read the documents of a published run from the views of schema ``mer`` instead of the object store.

In: a published run in the database, read with any role. Out: a :class:`~mer_tasks.report.run_documents.RunView`, so that people
who can read only the database see the same report. Predictions are those of the test and the validation part. Features, audio,
the leak certificate and the counts of balancing are in the store only. :func:`open_run` looks for a run in both.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import Corpus
from mer_tasks.database.queries import select_rows
from mer_tasks.errors import ConfigError
from mer_tasks.evaluation.population_stability import drift_summary
from mer_tasks.label_set import LabelSet, label_set_of
from mer_tasks.modelling.conformal import RANGE
from mer_tasks.modelling.test_data import StoredSegments
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.artifacts import (
    CHALLENGE,
    DRIFT,
    GROUP_LINKS,
    HISTORY,
    LABELS,
    MANIFEST,
    METRICS,
    PREDICTIONS,
    SPLIT_TABLE,
    THRESHOLDS,
)
from mer_tasks.runs.run import Manifest, Run, run_as_published, safe_name
from mer_tasks.wording import encoder_of

IN_STORE_ONLY = frozenset({"unheard", "maps", "certificate", "balance"})
"""Sections of a report for which the views have no data."""
VERDICTS = {"promoted": "promote", "kept": "keep"}
"""Verdict of stage `challenge` for each outcome of a decision."""
EVALUATING_MODES = ("train", "eval")
"""Modes of runs that evaluate a model."""
CROSSVAL_STAGE = "folds"
"""A stage that only cross-validations have. Their first stages look like those of a run."""
RUN = """
SELECT run_id, config, model_run_id FROM mer.runs
WHERE CASE WHEN :run_id IS NULL THEN is_latest ELSE run_id = :run_id END
"""
ENCODER = "SELECT * FROM mer.runs WHERE run_id = :run_id"
LABEL_SET = """
SELECT document FROM mer.label_sets WHERE digest = (SELECT label_set_digest FROM mer.runs WHERE run_id = :run_id)
ORDER BY adopted_at DESC LIMIT 1
"""
METRIC_ROWS = "SELECT * FROM mer.metrics WHERE run_id = :run_id"
THRESHOLD_ROWS = "SELECT emotion, threshold, unclear_from, unclear_to, promise FROM mer.thresholds WHERE run_id = :run_id"
CURVES = "SELECT epoch, measure, training, validation FROM mer.training_curves WHERE run_id = :run_id ORDER BY epoch"
COUNTERS = "SELECT stage, counter, value FROM mer.stage_counters WHERE run_id = :run_id"
DECISION = """
SELECT outcome, decided_by, reason, champion_run_id, difference, low, high FROM mer.promotions
WHERE run_id = :run_id AND outcome <> 'rolled_back' ORDER BY promotion_no DESC LIMIT 1
"""
DRIFT_ROWS = "SELECT * FROM mer.drifts WHERE run_id = :run_id"
SPLIT_ROWS = """
SELECT track_id, splits.genre, part, group_id, splits.sha256, title, artist FROM mer.splits JOIN mer.tracks USING (track_id)
WHERE run_id = :run_id ORDER BY track_id
"""
REJECTED = (
    "SELECT track_id, genre, key, sha256, stage, reason, detail FROM mer.rejected_files WHERE run_id = :run_id ORDER BY key"
)
GROUP_ROWS = """
SELECT track_id, reason, other_track_id, artist, share FROM mer.groups
WHERE run_id = :run_id AND (other_track_id IS NULL OR track_id < other_track_id) ORDER BY track_id
"""
LABEL_ROWS = """
SELECT track_id, genre, annotators, emotion, votes, share, label FROM mer.annotations WHERE run_id = :run_id ORDER BY track_id
"""
PREDICTED = """
SELECT track_id, part, emotion, probability, positive FROM mer.predictions
WHERE run_id = :run_id AND part = :part ORDER BY track_id
"""
JUDGED = {"thresholds": "validation", "evaluate": "test"}
"""The part whose predictions each stage writes. Predictions for other tracks, perhaps a million, are not shown anywhere."""
TABLES = {
    SPLIT_TABLE: (SPLIT_ROWS, ["track_id", "group_id", "part", "sha256"]),
    GROUP_LINKS: (GROUP_ROWS, ["track_id", "reason", "other_track_id", "artist", "share"]),
}
"""Tables that have the same columns in the database, with their statement and columns."""


def pivot_by_label(
    rows: Sequence[Mapping[str, Any]], own: list[str], values: list[str], label_set: LabelSet
) -> pd.DataFrame | None:
    """Pivot rows per track and label to one row per track, as in the documents of a run; None if there are no rows.

    Parameters
    ----------
    rows : sequence of mapping
        One row for each track and label.
    own : list of str
        Names of columns that depend on the track only.
    values : list of str
        Names of columns that depend on track and label. Each becomes a column for each label, such as ``votes_power``.
    label_set : LabelSet
        The label set of the run.

    Returns
    -------
    pd.DataFrame or None
        ``track_id``, the columns `own`, and a column for each value and label.
    """
    if not rows:
        return None
    table = pd.DataFrame(rows)
    of_tracks = table.drop_duplicates("track_id").set_index("track_id")[own]
    wide = {name: table.pivot(index="track_id", columns="emotion", values=name) for name in values}
    columns = {f"{name}_{label_id}": wide[name][label_id] for name in values for label_id in label_set.ids}
    return of_tracks.assign(**columns).reset_index()


class PublishedRunView(RunView):
    """The documents of a published run, made from the database's views.

    Parameters
    ----------
    run : Run
        Only its name and configuration are used.
    url : str
        URL of the database, with a role that may read the views.
    model_run : str
        The run that trained the model.
    group_by : str, optional
        How the run grouped its tracks; None if this is not recorded.
    """

    store_unavailable = "this is only in the object store, and the store at MER_STORE_URL does not have this run"

    def __init__(self, run: Run, url: str, model_run: str, group_by: str | None = None) -> None:
        super().__init__(run)
        self._url, self._model_run, self._group_by = url, model_run, group_by

    @cached_property
    def label_set(self) -> LabelSet:
        """Label set of the run, as the database adopted it; of versions that differ only in texts, the newest."""
        (row,) = self._rows(LABEL_SET)
        return label_set_of(row["document"], "of the database", stored=True)

    @cached_property
    def encoder(self) -> str | None:
        """Pretrained encoder of the run, as the database describes it; None if the run has none."""
        (row,) = self._rows(ENCODER)
        return encoder_of(row)

    def _rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        return select_rows(self._url, statement, {"run_id": self.run.run_id, **values})

    def json(self, stage: str, name: str) -> Manifest | None:
        """Make a JSON document from the views; None if they do not have it."""
        makers = {
            METRICS: self._metrics,
            HISTORY: self._history,
            THRESHOLDS: self._thresholds,
            CHALLENGE: self._decision,
            DRIFT: self._drift,
        }
        return makers[name]() if name in makers else None

    def table(self, stage: str, name: str) -> pd.DataFrame | None:
        """Make a table from the views; None if they do not have it."""
        if name == LABELS:
            rows, own, values = self._rows(LABEL_ROWS), ["genre", "annotators"], ["votes", "share", "label"]
            return pivot_by_label(rows, own, values, self.label_set)
        if name == PREDICTIONS:
            rows, own, values = self._rows(PREDICTED, part=JUDGED[stage]), ["part"], ["probability", "positive"]
            return pivot_by_label(rows, own, values, self.label_set)
        if name not in TABLES:
            return None
        statement, columns = TABLES[name]
        return pd.DataFrame(self._rows(statement), columns=columns)

    def _metrics(self) -> Manifest | None:
        rows = self._rows(METRIC_ROWS)
        return {"metrics": rows} if rows else None

    def _drift(self) -> Manifest | None:
        rows = self._rows(DRIFT_ROWS)
        return {"metrics": rows} if rows else None

    def _thresholds(self) -> Manifest | None:
        rows = self._rows(THRESHOLD_ROWS)
        if not rows:
            return None
        limits = {row["emotion"]: row["threshold"] for row in rows}
        ranges = {name: {row["emotion"]: row[name] for row in rows} for name in RANGE}
        # a label set of kind single has no thresholds
        return {"thresholds": None if None in limits.values() else limits, **ranges, "promise": rows[0]["promise"]}

    def _decision(self) -> Manifest | None:
        rows = self._rows(DECISION)
        if not rows:
            return None
        champion = rows[0]["champion_run_id"]
        return {**rows[0], "verdict": VERDICTS[rows[0]["outcome"]], "champion_model": champion and {"run_id": champion}}

    def _history(self) -> Manifest | None:
        history: Manifest = {}
        for row in self._rows(CURVES):
            for prefix, part in (("", "training"), ("val_", "validation")):
                history.setdefault(f"{prefix}{row['measure']}", []).append(row[part])
        return {name: values for name, values in history.items() if any(value is not None for value in values)} or None

    @cached_property
    def counters(self) -> dict[str, dict[str, float]]:
        """Counters by stage."""
        counters: dict[str, dict[str, float]] = {}
        for row in self._rows(COUNTERS):
            value = row["value"]
            counters.setdefault(row["stage"], {})[row["counter"]] = int(value) if value == int(value) else value
        return counters

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """The parts of each stage's manifest that the views have, by stage."""
        manifests: dict[str, Manifest] = {stage: {"counters": counters} for stage, counters in self.counters.items()}
        if self.run.config.mode == "eval":
            manifests["discover"]["model"] = {"run_id": self._model_run}
        if "split" in manifests:
            manifests["split"]["group_by"] = self._group_by
        lines = self._rows(DRIFT_ROWS)
        if lines or "drift" in manifests:
            drift = {"drifted": any(line["drifted"] for line in lines), "summary": drift_summary(lines)}
            manifests["drift"] = {**manifests.get("drift", {}), **drift}
        decision = self._decision()
        return {**manifests, "promote": decision} if decision else manifests

    @cached_property
    def missing(self) -> list[str]:
        """An empty list: a run is published only when all its stages have finished."""
        return []

    @cached_property
    def corpus(self) -> Corpus | None:
        """Tracks and rejected files, without the keys of features and audio, which the views do not have."""
        rows = self._rows(SPLIT_ROWS)
        tracks = pd.DataFrame(rows, columns=["track_id", "genre", "sha256", "title"]).assign(audio_key=None)
        tracks["artists"] = pd.Series([(row["artist"],) if row["artist"] else () for row in rows], dtype="object")
        return Corpus(tracks, self._rows(REJECTED), tuple(sorted(set(tracks["genre"]))), {})

    @cached_property
    def genre_scores(self) -> Manifest | None:
        """None: scores on genres are only in the store."""
        return None

    @cached_property
    def segments(self) -> StoredSegments | None:
        """None: segments are only in the store."""
        return None


def newest(config: Config) -> str | None:
    """Find the run of mode train or eval whose folder in the store was written to last; None if there is none."""
    written: dict[str, float] = {}
    crossvals = set()
    for info in Run(config, "none").store.list("runs/"):
        _, name, *rest = info.key.split("/")
        written[name] = max(written.get(name, 0.0), info.modified)
        if rest[:1] == [CROSSVAL_STAGE]:
            crossvals.add(name)
    for name in sorted(written.keys() - crossvals, key=lambda name: written[name], reverse=True):
        if (RunView(Run(config, name)).json("discover", MANIFEST) or {}).get("mode") in EVALUATING_MODES:
            return name
    return None


def open_run(config: Config, run_id: str | None = None, url: str | None = None) -> RunView:
    """Open a run to show it: from the store or, if the store has none of its documents, from the database.

    Parameters
    ----------
    config : Config
        Its URLs and its scratch folder are used.
    run_id : str, optional
        Name of the run in Airflow or in the store. Empty: the run of mode train or eval that was published last; without a
        database, the newest one in the store.
    url : str, optional
        URL of the database, with a role that may read the views.

    Raises
    ------
    ConfigError
        If neither the store nor the database has the run.
    """
    requested = safe_name(run_id) if run_id else None
    row = next(iter(select_rows(url, RUN, {"run_id": requested})), None) if url else None
    any_run = Run(config, "none")
    name = requested or (row["run_id"] if row else newest(config))
    if name is None:
        raise ConfigError(
            f"{any_run.store.url}: no run, expected one under runs/, or MER_READER_URL of a database that has one"
        )
    run = run_as_published(any_run, name, row["config"]) if row else Run(config, name)
    view = RunView(run)
    if view.manifests:
        return view
    if row and url:
        # a run of mode eval uses the groups of the run that trained its model, and its own group_by does not describe them
        return PublishedRunView(
            run, url, row["model_run_id"], row["config"].get("group_by") if run.config.mode == "train" else None
        )
    places = f"neither in {any_run.store.url} nor in the database" if url else f"not in {any_run.store.url}"
    raise ConfigError(f"run {name!r}: {places}, expected its folder under runs/, or a published run")
