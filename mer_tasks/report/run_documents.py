"""What a run has left behind, whatever became of it: each of its documents, or None where it is not there.

In: the folder of a run in the store. Out: its documents as tables and arrays, read when they are first asked for. A run that
failed half-way has the documents of its first stages; a document that cannot be read is named in ``problems``.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.corpus.segments import track_targets
from mer_tasks.corpus.usable_tracks import Corpus, load_corpus
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.evaluation.metrics import Figure, Flags
from mer_tasks.modelling.test_data import KeptSegments
from mer_tasks.runs.artifacts import LABELS, MANIFEST, METRICS, PREDICTIONS, SPLIT_TABLE, THRESHOLDS
from mer_tasks.runs.pipeline import SHARDED, STAGES, omitted
from mer_tasks.runs.run import Manifest, Run

logger = logging.getLogger(__name__)

Found = TypeVar("Found")
Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judgement:
    """What a model says of some tracks, and what listeners say.

    Attributes
    ----------
    tracks : tuple of str
    labels, decisions : np.ndarray [shape=(tracks, 9), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, 9), dtype=float64]
    """

    tracks: tuple[str, ...]
    labels: Flags
    probabilities: Array64
    decisions: Flags

    @classmethod
    def of(cls, table: pd.DataFrame, labels: pd.DataFrame) -> "Judgement":
        """From a table of predictions; of its tracks those with labels."""
        known = table[table["track_id"].isin(labels["track_id"])]
        tracks = tuple(known["track_id"])
        probabilities, decisions = (
            known[[f"{name}_{emotion}" for emotion in EMOTIONS]].to_numpy() for name in ("probability", "positive")
        )
        return cls(tracks, track_targets(tracks, labels) > 0, probabilities.astype(np.float64), decisions.astype(bool))


class Documents:
    """The documents of one run.

    Parameters
    ----------
    run : Run

    Attributes
    ----------
    problems : list of str
        One line for each document that is there and cannot be read.
    out_of_reach : str
        Why features and audio cannot be had, whatever the run has; empty where they can.
    """

    out_of_reach = ""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.problems: list[str] = []

    def _read(self, read: Callable[[], Found]) -> Found | None:
        try:
            return read()
        except ObjectMissing:
            return None
        except IntegrityError as error:
            logger.warning("%s", error)
            self.problems.append(str(error))
            return None

    def json(self, stage: str, name: str) -> Manifest | None:
        """A JSON document, if it is there."""
        return self._read(lambda: self.run.read_json(stage, name))

    def table(self, stage: str, name: str) -> pd.DataFrame | None:
        """A table, if it is there."""
        return self._read(lambda: self.run.read_table(stage, name))

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """What each stage closed with, of those that did."""
        found = {stage: self.json(stage, MANIFEST) for stage in STAGES if stage not in (*SHARDED, "report")}
        return {stage: manifest for stage, manifest in found.items() if manifest is not None}

    @cached_property
    def mode(self) -> str:
        """Of the run, as `discover` wrote it down."""
        return str(self.manifests.get("discover", {}).get("mode", self.run.config.mode))

    @cached_property
    def missing(self) -> list[str]:
        """Stages that this run should have gone through, and has not (or not yet): those before `report`."""
        without = {*omitted(self.run.config.model_copy(update={"mode": self.mode})), "report"}
        if self.corpus is not None:
            without.update(SHARDED)
        return [stage for stage in STAGES if stage not in without and stage not in self.manifests]

    @cached_property
    def corpus(self) -> Corpus | None:
        """The usable tracks and the rejected files, once every shard is through."""
        return self._read(lambda: load_corpus(self.run))

    @cached_property
    def counters(self) -> dict[str, dict[str, float]]:
        """Counters by stage, in the order of stages."""
        shards = self.corpus.counters if self.corpus else {}
        found = {stage: shards.get(stage) or self.manifests.get(stage, {}).get("counters") for stage in STAGES}
        return {stage: values for stage, values in found.items() if values}

    @cached_property
    def labels(self) -> pd.DataFrame | None:
        """Votes, shares and labels of annotated tracks."""
        return self.table("labels", LABELS)

    @cached_property
    def split(self) -> pd.DataFrame | None:
        """Part of each usable track."""
        return self.table("split", SPLIT_TABLE)

    @cached_property
    def metrics(self) -> dict[Figure, Manifest]:
        """Lines of metrics of tracks of the test part, by emotion and metric; empty before `evaluate`."""
        document = self.json("evaluate", METRICS) or {"metrics": []}
        return {(line["emotion"], line["metric"]): line for line in document["metrics"] if line["level"] == "track"}

    @cached_property
    def predictions(self) -> pd.DataFrame | None:
        """What the model says of every track but those of the validation part."""
        return self.table("evaluate", PREDICTIONS)

    @cached_property
    def test(self) -> Judgement | None:
        """The test part, judged."""
        if self.predictions is None or self.labels is None:
            return None
        return Judgement.of(self.predictions[self.predictions["part"] == "test"], self.labels)

    @cached_property
    def validation(self) -> Judgement | None:
        """The validation part, judged."""
        table = self.table("thresholds", PREDICTIONS)
        return None if table is None or self.labels is None else Judgement.of(table, self.labels)

    @cached_property
    def thresholds(self) -> dict[str, float] | None:
        """Threshold of each emotion."""
        document = self.json("thresholds", THRESHOLDS)
        return document["thresholds"] if document else None

    @cached_property
    def segments(self) -> KeptSegments | None:
        """The segments of test tracks."""
        return self._read(lambda: KeptSegments.of(self.run))
