"""Stage ``thresholds``: calibrate the model's probabilities, and choose the threshold of each label.

A track has a label if its calibrated probability reaches the threshold of that label. If the label set gives each track exactly
one label, that is the most probable one. Then there are no thresholds, and ``thresholds`` is null.

Input: raw predictions of tracks by networks that were not fitted to them, and the labels of these tracks. With cross-fitting,
they are the out-of-fold predictions of the train part, which stage `train` has stored. Otherwise the model predicts the
validation part here. No other part is read.

Output: ``thresholds.json`` and the ``predictions.parquet`` of these tracks. For each label, ``thresholds.json`` has:

- the temperature and the offset which calibrate probabilities (:mod:`mer_tasks.modelling.calibration`);
- the threshold of calibrated probabilities with the highest expected F1 (:mod:`mer_tasks.modelling.threshold_search`). If no
  track has the label, its threshold is 0.5;
- the range of calibrated probabilities in which the answer is unclear, from ``unclear_from`` to ``unclear_to``, both included
  (:mod:`mer_tasks.modelling.conformal`);
- F1 of the decisions on these tracks, null if none of them has the label.

``promise`` is the share of answers that are promised to be right or unclear.
"""

import logging
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.inner_folds import is_cross_fitted
from mer_tasks.corpus.leak_certificate import trained_run
from mer_tasks.corpus.segments import SegmentIndex, segment_index, track_targets
from mer_tasks.errors import IntegrityError
from mer_tasks.modelling.conformal import PROMISE
from mer_tasks.modelling.predictions import load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.threshold_search import UNDECIDED, fit_rule
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.artifacts import LABELS, OUT_OF_FOLD, PREDICTIONS, THRESHOLDS
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

STAGE = "thresholds"
NAMED = 20
"""Most labels that a message names; the others are only counted."""


class Predicted(NamedTuple):
    """Raw predictions of tracks by networks that were not fitted to them.

    Attributes
    ----------
    part : str
        Part of the tracks: ``train`` with cross-fitting, else ``validation``.
    tracks : SegmentIndex
        Segments of the tracks.
    raw : np.ndarray [shape=(tracks, labels), dtype=float64]
        Uncalibrated probabilities.
    raw_segments : np.ndarray [shape=(segments, labels), dtype=float32] or None
        Those of the segments; None with cross-fitting.
    device : str
        Name of the device that predicted.
    """

    part: str
    tracks: SegmentIndex
    raw: npt.NDArray[np.float64]
    raw_segments: npt.NDArray[np.float32] | None
    device: str


def _predicted(run: Run) -> Predicted:
    """Read the out-of-fold predictions of the train part, or predict the validation part."""
    if is_cross_fitted(run):
        index = segment_index(run, "train")
        trained = trained_run(run) or run
        table = trained.read_table("train", OUT_OF_FOLD).set_index("track_id")
        absent = [track for track in index.tracks if track not in table.index]
        if absent:
            raise IntegrityError(
                f"{trained.store.uri(trained.key('train', OUT_OF_FOLD))}: {len(absent)} tracks are missing, first"
                f" {absent[0]!r}, expected the train part of the split: repeat the run from `train` on"
            )
        raw = table.loc[list(index.tracks), [f"raw_{label}" for label in run.label_set.ids]].to_numpy(np.float64)
        return Predicted("train", index, raw, None, trained.manifest("train")["device"])
    model, device = load_model(run)
    index = segment_index(run, "validation")
    raw_segments = segment_probabilities(model, index)
    return Predicted("validation", index, index.track_means(raw_segments), raw_segments, device.name)


@reads_once
def thresholds(run: Run) -> Manifest:
    """Calibrate probabilities, and choose thresholds.

    Raises
    ------
    ConfigError
        If the model was trained on segments of another length.
    IntegrityError, ObjectMissing
        If the model, the out-of-fold predictions or the features are missing, or are not the ones that the run's documents
        name.
    TransientError
        When the store does not answer.
    """
    with Stopwatch() as watch:
        part, index, raw, raw_segments, device = _predicted(run)
        label_set = run.label_set
        labels = track_targets(index.tracks, run.read_table("labels", LABELS), label_set) > 0
        rule, f1 = fit_rule(raw, labels, label_set)
        probabilities = rule.probabilities(raw)
        scores = dict(zip(label_set.ids, f1, strict=True))
        positives = dict(zip(label_set.ids, map(int, labels.sum(axis=0)), strict=True))
        parts = dict.fromkeys(index.tracks, part)
        table = prediction_table(index, probabilities, rule.decisions(probabilities), parts, label_set)
        run.write_table(STAGE, PREDICTIONS, table)
        if raw_segments is not None:
            write_timelines(run, STAGE, rule, (index, raw_segments))
        document = rule.by_label(label_set)
        facts = {"part": part, "promise": PROMISE, "f1": scores, "positives": positives}
        run.write_json(STAGE, THRESHOLDS, {**document, **facts})
    absent = [label for label, score in scores.items() if score is None]
    if absent:
        effect = "not calibrated" if label_set.single else f"threshold {UNDECIDED:g}"
        logger.warning("no %s track has %s: %s", part, listed([label_set.by_id[label].name for label in absent], NAMED), effect)
    if document["thresholds"]:
        values = [f"{label_set.by_id[label].name} {value:.3f}" for label, value in document["thresholds"].items()]
        logger.info("thresholds: %s", listed(values, NAMED))
    counters = {"tracks": len(index.tracks), "segments": len(index), **watch.counters()}
    return run.write_manifest(STAGE, {"thresholds": document["thresholds"], "device": device, "counters": counters})
