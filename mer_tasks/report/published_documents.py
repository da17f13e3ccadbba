"""A run as the database has it: the views of ``mer`` in the place of the run's documents in the store.

In: a published run, as any role may read it. Out: its :class:`~mer_tasks.report.run_documents.Documents`, so that whatever
shows a run can do so for people who may ask the database and not read the store. Of predictions it has those of the test and
the validation part. Features, audio, the certificate and what was added for balance are in the store only. :func:`opened` finds
a run in either.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import Corpus
from mer_tasks.database.queries import answered
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError
from mer_tasks.evaluation.population_stability import drift_summary
from mer_tasks.modelling.test_data import KeptSegments
from mer_tasks.report.run_documents import Documents
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

IN_STORE_ONLY = frozenset({"maps", "certificate", "balance"})
"""Sections of a report of which no view has anything."""
VERDICTS = {"promoted": "promote", "kept": "keep"}
"""Outcomes of decisions, in the words of stage `challenge`."""
SHOWN = ("train", "eval")
"""Modes of runs that judge a model."""
OTHER = "folds"
"""A stage of crossvals, whose first stages are those of a run."""
RUN = """
SELECT run_id, config, model_run_id FROM mer.runs
WHERE CASE WHEN :run_id IS NULL THEN is_latest ELSE run_id = :run_id END
"""
METRIC_ROWS = "SELECT * FROM mer.metrics WHERE run_id = :run_id"
THRESHOLD_ROWS = "SELECT emotion, threshold FROM mer.thresholds WHERE run_id = :run_id"
CURVES = "SELECT epoch, measure, training, validation FROM mer.training_curves WHERE run_id = :run_id ORDER BY epoch"
COUNTERS = "SELECT stage, counter, value FROM mer.stage_counters WHERE run_id = :run_id"
DECISION = """
SELECT outcome, decided_by, reason, champion_run_id, difference, low, high FROM mer.promotions
WHERE run_id = :run_id AND outcome <> 'rolled_back' ORDER BY promotion_no DESC LIMIT 1
"""
DRIFT_ROWS = "SELECT * FROM mer.drifts WHERE run_id = :run_id"
SPLIT_ROWS = "SELECT track_id, genre, part, group_id, sha256 FROM mer.splits WHERE run_id = :run_id ORDER BY track_id"
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
"""The part that each stage judges. What a run says of other tracks, of which there may be a million, is shown nowhere."""
TABLES = {
    SPLIT_TABLE: (SPLIT_ROWS, ["track_id", "group_id", "part", "sha256"]),
    GROUP_LINKS: (GROUP_ROWS, ["track_id", "reason", "other_track_id", "artist", "share"]),
}
"""Tables that are as wide in the database, and their columns."""


def widened(rows: Sequence[Mapping[str, Any]], own: list[str], values: list[str]) -> pd.DataFrame | None:
    """One row a track with a column for each value and emotion, as documents have it; None where there are no rows.

    Parameters
    ----------
    rows : sequence of mapping
        One for each track and emotion.
    own : list of str
        Columns of the track.
    values : list of str
        Columns of track and emotion.
    """
    if not rows:
        return None
    table = pd.DataFrame(rows)
    found = table.drop_duplicates("track_id").set_index("track_id")[own]
    wide = {name: table.pivot(index="track_id", columns="emotion", values=name) for name in values}
    columns = {f"{name}_{emotion}": wide[name][emotion] for name in values for emotion in EMOTIONS}
    return found.assign(**columns).reset_index()


class Published(Documents):
    """The documents of a published run, made from the views.

    Parameters
    ----------
    run : Run
        Of which only the configuration is used.
    url : str
        Of the database, as a role that may read the views.
    model_run : str
        The run that fitted the model.
    group_by : str, optional
        How the run grouped its tracks, if that is known.
    """

    out_of_reach = "this is in the object store only, and MER_STORE_URL has not this run"

    def __init__(self, run: Run, url: str, model_run: str, group_by: str | None = None) -> None:
        super().__init__(run)
        self._url, self._model_run, self._group_by = url, model_run, group_by

    def _rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        return answered(self._url, statement, {"run_id": self.run.run_id, **values})

    def json(self, stage: str, name: str) -> Manifest | None:
        """A JSON document, of those that the views have."""
        makers = {
            METRICS: self._metrics,
            HISTORY: self._history,
            THRESHOLDS: self._thresholds,
            CHALLENGE: self._decision,
            DRIFT: self._drift,
        }
        return makers[name]() if name in makers else None

    def table(self, stage: str, name: str) -> pd.DataFrame | None:
        """A table, of those that the views have."""
        if name == LABELS:
            return widened(self._rows(LABEL_ROWS), ["genre", "annotators"], ["votes", "share", "label"])
        if name == PREDICTIONS:
            return widened(self._rows(PREDICTED, part=JUDGED[stage]), ["part"], ["probability", "positive"])
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
        return {"thresholds": {row["emotion"]: row["threshold"] for row in rows}} if rows else None

    def _decision(self) -> Manifest | None:
        rows = self._rows(DECISION)
        if not rows:
            return None
        champion = rows[0]["champion_run_id"]
        return {**rows[0], "verdict": VERDICTS[rows[0]["outcome"]], "champion_model": champion and {"run_id": champion}}

    def _history(self) -> Manifest | None:
        found: Manifest = {}
        for row in self._rows(CURVES):
            for prefix, part in (("", "training"), ("val_", "validation")):
                found.setdefault(f"{prefix}{row['measure']}", []).append(row[part])
        return {name: values for name, values in found.items() if any(value is not None for value in values)} or None

    @cached_property
    def counters(self) -> dict[str, dict[str, float]]:
        """Counters by stage."""
        found: dict[str, dict[str, float]] = {}
        for row in self._rows(COUNTERS):
            value = row["value"]
            found.setdefault(row["stage"], {})[row["counter"]] = int(value) if value == int(value) else value
        return found

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """What is known of how each stage closed."""
        found: dict[str, Manifest] = {stage: {"counters": counters} for stage, counters in self.counters.items()}
        if self.run.config.mode == "eval":
            found["discover"]["model"] = {"run_id": self._model_run}
        if "split" in found:
            found["split"]["group_by"] = self._group_by
        lines = self._rows(DRIFT_ROWS)
        if lines or "drift" in found:
            told = {"drifted": any(line["drifted"] for line in lines), "summary": drift_summary(lines)}
            found["drift"] = {**found.get("drift", {}), **told}
        decision = self._decision()
        return {**found, "promote": decision} if decision else found

    @cached_property
    def missing(self) -> list[str]:
        """Nothing: a run is published as a whole."""
        return []

    @cached_property
    def corpus(self) -> Corpus | None:
        """Tracks and rejected files; where features and audio lie is not known."""
        columns = ["track_id", "genre", "sha256"]
        tracks = pd.DataFrame(self._rows(SPLIT_ROWS), columns=columns).assign(audio_key=None)
        return Corpus(tracks, self._rows(REJECTED), tuple(sorted(set(tracks["genre"]))), {})

    @cached_property
    def segments(self) -> KeptSegments | None:
        """None: segments are in the store only."""
        return None


def newest(config: Config) -> str | None:
    """The run of mode train or eval of which something was written last; None if there is none in the store."""
    written: dict[str, float] = {}
    others = set()
    for info in Run(config, "none").store.list("runs/"):
        _, name, *rest = info.key.split("/")
        written[name] = max(written.get(name, 0.0), info.modified)
        if rest[:1] == [OTHER]:
            others.add(name)
    for name in sorted(written.keys() - others, key=lambda name: written[name], reverse=True):
        if (Documents(Run(config, name)).json("discover", MANIFEST) or {}).get("mode") in SHOWN:
            return name
    return None


def opened(config: Config, run_id: str | None = None, url: str | None = None) -> Documents:
    """The documents of a run: those in the store or, where that has none of them, those that the database has.

    Parameters
    ----------
    config : Config
        Its places are used.
    run_id : str, optional
        As in Airflow or in the store. Empty: the run of mode train or eval that was published last; without a database, the
        newest one in the store.
    url : str, optional
        Of the database, as a role that may read the views.

    Raises
    ------
    ConfigError
        If there is no such run in either.
    """
    asked = safe_name(run_id) if run_id else None
    row = next(iter(answered(url, RUN, {"run_id": asked})), None) if url else None
    here = Run(config, "none")
    name = asked or (row["run_id"] if row else newest(config))
    if name is None:
        raise ConfigError(f"{here.store.url}: no run, expected one under runs/, or MER_READER_URL of a database that has one")
    run = run_as_published(here, name, row["config"]) if row else Run(config, name)
    documents = Documents(run)
    if documents.manifests:
        return documents
    if row and url:
        # eval groups as the run that made its model did
        return Published(run, url, row["model_run_id"], row["config"].get("group_by") if run.config.mode == "train" else None)
    places = f"neither in {here.store.url} nor in the database" if url else f"not in {here.store.url}"
    raise ConfigError(f"run {name!r}: {places}, expected its folder under runs/, or that it is published")
