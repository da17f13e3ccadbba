"""Read the documents of a run for its report, even if the run failed: each document, or None if the run does not have it.

In: the folder of a run in the store. Out: its documents as tables and arrays; each is read at its first use. A run that
failed half-way has only the documents of its first stages. Documents that cannot be read are named in ``problems``.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.corpus.segments import track_targets
from mer_tasks.corpus.usable_tracks import Corpus, load_corpus
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.evaluation.metrics import Flags, MetricKey
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling.test_data import StoredSegments
from mer_tasks.runs.artifacts import LABELS, MANIFEST, METRICS, PREDICTIONS, SPLIT_TABLE, THRESHOLDS
from mer_tasks.runs.crossval_runs import genre_scores_key
from mer_tasks.runs.pipeline import EMBED, SHARDED, STAGES, skipped_stages
from mer_tasks.runs.run import Manifest, Run
from mer_tasks.track_names import ARTIST_SEPARATOR, track_name
from mer_tasks.wording import encoder_text

logger = logging.getLogger(__name__)

Content = TypeVar("Content")
Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]


@dataclass(frozen=True)
class LabelledPredictions:
    """Predictions of a model for tracks that have labels.

    Attributes
    ----------
    tracks : tuple of str
    labels, decisions : np.ndarray [shape=(tracks, labels), dtype=bool]
    probabilities : np.ndarray [shape=(tracks, labels), dtype=float64]
    """

    tracks: tuple[str, ...]
    labels: Flags
    probabilities: Array64
    decisions: Flags

    @classmethod
    def of(cls, table: pd.DataFrame, labels: pd.DataFrame, label_set: LabelSet) -> "LabelledPredictions":
        """Select the labelled tracks from a table of predictions, and add their labels."""
        labelled = table[table["track_id"].isin(labels["track_id"])]
        tracks = tuple(labelled["track_id"])
        probabilities = labelled[[f"probability_{label_id}" for label_id in label_set.ids]].to_numpy()
        decisions = labelled[[f"positive_{label_id}" for label_id in label_set.ids]].to_numpy()
        targets = track_targets(tracks, labels, label_set) > 0
        return cls(tracks, targets, probabilities.astype(np.float64), decisions.astype(bool))


class RunView:
    """The documents of one run, read from the object store; None stands for a document that the run does not have.

    Parameters
    ----------
    run : Run

    Attributes
    ----------
    problems : list of str
        One line for each document that exists but cannot be read.
    store_unavailable : str
        Why features and audio of this run cannot be read at all; empty if they can.
    """

    store_unavailable = ""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.problems: list[str] = []

    def _read(self, read: Callable[[], Content]) -> Content | None:
        try:
            return read()
        except ObjectMissing:
            return None
        except IntegrityError as error:
            logger.warning("%s", error)
            self.problems.append(str(error))
            return None

    def json(self, stage: str, name: str) -> Manifest | None:
        """Read a JSON document; None if the run does not have it or it cannot be read."""
        return self._read(lambda: self.run.read_json(stage, name))

    def table(self, stage: str, name: str) -> pd.DataFrame | None:
        """Read a table; None if the run does not have it or it cannot be read."""
        return self._read(lambda: self.run.read_table(stage, name))

    @cached_property
    def manifests(self) -> dict[str, Manifest]:
        """Manifests of the stages that have finished, by stage."""
        manifests = {stage: self.json(stage, MANIFEST) for stage in STAGES if stage not in (*SHARDED, "report")}
        return {stage: manifest for stage, manifest in manifests.items() if manifest is not None}

    @cached_property
    def mode(self) -> str:
        """Mode of the run, as stage `discover` recorded it."""
        return str(self.manifests.get("discover", {}).get("mode", self.run.config.mode))

    @cached_property
    def missing(self) -> list[str]:
        """Stages of this run's mode, apart from `report`, that have not finished."""
        not_expected = {*skipped_stages(self.run.config.model_copy(update={"mode": self.mode})), "report"}
        if self.corpus is not None:
            not_expected.update(SHARDED)
        if "discover" in self.manifests and self.run.space is None:
            not_expected.add(EMBED)
        return [stage for stage in STAGES if stage not in not_expected and stage not in self.manifests]

    @cached_property
    def label_set(self) -> LabelSet:
        """Label set of the run; raises :class:`~mer_tasks.errors.ObjectMissing` before stage `discover`."""
        return self.run.label_set

    @cached_property
    def encoder(self) -> str | None:
        """Pretrained encoder of the run, with its licence and what it was trained on; None if the run has none."""
        encoder = self._read(lambda: self.run.encoder)
        if encoder is None:
            return None
        facts = encoder.licence, encoder.commercial_use, encoder.trained_on
        return encoder_text(encoder.name, encoder.version, *facts)

    @cached_property
    def corpus(self) -> Corpus | None:
        """The usable tracks and the rejected files; None until every shard has been processed."""
        return self._read(lambda: load_corpus(self.run))

    def track_names(self, track_ids: Sequence[str]) -> list[str]:
        """Return the name of each track: title and artist, where the id stands for an unknown title."""
        if self.corpus is None:
            return list(track_ids)
        tracks = self.corpus.tracks
        known = tracks.loc[tracks["track_id"].isin(track_ids), ["track_id", "title", "artists"]]
        names = {
            track_id: track_name(track_id, None if pd.isna(title) else title, ARTIST_SEPARATOR.join(artists))
            for track_id, title, artists in known.itertuples(index=False)
        }
        return [names.get(track_id, track_id) for track_id in track_ids]

    @cached_property
    def counters(self) -> dict[str, dict[str, float]]:
        """Counters by stage, in the order of the stages."""
        of_shards = self.corpus.counters if self.corpus else {}
        counters = {stage: of_shards.get(stage) or self.manifests.get(stage, {}).get("counters") for stage in STAGES}
        return {stage: values for stage, values in counters.items() if values}

    @cached_property
    def labels(self) -> pd.DataFrame | None:
        """Votes, shares of votes, and labels of the annotated tracks."""
        return self.table("labels", LABELS)

    @cached_property
    def split(self) -> pd.DataFrame | None:
        """The part (train, validation, test or unlabelled) of each usable track."""
        return self.table("split", SPLIT_TABLE)

    @cached_property
    def metrics(self) -> dict[MetricKey, Manifest]:
        """Metrics per track of the test part, by label and metric; empty before stage `evaluate`."""
        document = self.json("evaluate", METRICS) or {"metrics": []}
        return {(line["emotion"], line["metric"]): line for line in document["metrics"] if line["level"] == "track"}

    @cached_property
    def predictions(self) -> pd.DataFrame | None:
        """Predictions for every track outside the validation part."""
        return self.table("evaluate", PREDICTIONS)

    @cached_property
    def test(self) -> LabelledPredictions | None:
        """Predictions and labels of the test part."""
        if self.predictions is None or self.labels is None:
            return None
        return LabelledPredictions.of(self.predictions[self.predictions["part"] == "test"], self.labels, self.label_set)

    @cached_property
    def deciding(self) -> LabelledPredictions | None:
        """Predictions and labels of the tracks that decided the thresholds: out-of-fold, or of the validation part."""
        table = self.table("thresholds", PREDICTIONS)
        return None if table is None or self.labels is None else LabelledPredictions.of(table, self.labels, self.label_set)

    @cached_property
    def thresholds(self) -> dict[str, float] | None:
        """Threshold of each label, by its id; None also for a label set of kind single, which has no thresholds."""
        document = self.json("thresholds", THRESHOLDS)
        return document["thresholds"] if document else None

    @cached_property
    def genre_scores(self) -> Manifest | None:
        """Newest scores of a cross-validation on genres that its models never heard, for the run's label set."""
        return self._read(lambda: self.run.read_json_key(genre_scores_key(self.run)))

    @cached_property
    def segments(self) -> StoredSegments | None:
        """Features and probabilities of the segments of test tracks."""
        return self._read(lambda: StoredSegments.of(self.run))
