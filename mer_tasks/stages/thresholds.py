"""Stage ``thresholds``: what a model's probabilities mean, and from which on a track counts as carrying an emotion.

In: the model, and features and labels of the validation part; no other part is read. Out: ``thresholds.json``, for each emotion
a temperature and an offset that calibrate probabilities (:mod:`mer_tasks.modelling.calibration`) and the threshold of
calibrated ones with the highest F1 over the validation tracks; and their ``predictions.parquet``.

F1 only changes where a threshold passes a track's probability, so each of these is tried. The threshold lies halfway between
the last probability that it lets through and the next lower one (0 if there is none): a probability that is computed with
other rounding is on the same side. Of equally good ones it is the highest. An emotion without a validation track gets 0.5.
"""

import logging

import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.segments import segment_index, track_targets
from mer_tasks.emotions import EMOTIONS
from mer_tasks.modelling.calibration import calibrated, fitted
from mer_tasks.modelling.predictions import Rule, load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "thresholds"
UNDECIDED = 0.5
"""Threshold of an emotion that no validation track carries."""


def best_threshold(probabilities: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> tuple[float, float | None]:
    """Threshold with the highest F1, and that F1 (None if there is no positive).

    Parameters
    ----------
    probabilities : np.ndarray [shape=(tracks,)]
    labels : np.ndarray [shape=(tracks,), dtype=bool]
    """
    if not labels.any():
        return UNDECIDED, None
    order = np.argsort(-probabilities, kind="stable")
    falling = probabilities[order].astype(np.float64)
    hits = np.cumsum(labels[order])
    scores = 2 * hits / (np.arange(1, len(order) + 1) + hits[-1])
    scores[:-1][falling[:-1] == falling[1:]] = -1  # equal probabilities are let through together
    best = int(np.argmax(scores))
    return float((falling[best] + np.append(falling[1:], 0.0)[best]) / 2), float(scores[best])


def rule(said: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> tuple[Rule, list[float | None]]:
    """Calibration and thresholds for every emotion, and the F1 that each threshold has.

    Parameters
    ----------
    said : np.ndarray [shape=(tracks, 9)]
        What the model says of tracks.
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    """
    columns = range(labels.shape[1])
    temperatures, offsets = np.array([fitted(said[:, place], labels[:, place]) for place in columns]).T
    probabilities = calibrated(said, temperatures, offsets)
    limits, scores = zip(*(best_threshold(probabilities[:, place], labels[:, place]) for place in columns), strict=True)
    return Rule(np.array(limits), temperatures, offsets), list(scores)


def thresholds(run: Run) -> Manifest:
    """Calibrate, and find thresholds, on the validation part.

    Raises
    ------
    ConfigError
        If the model was made for segments of another length.
    IntegrityError, ObjectMissing
        If the model or features are not those that the run says.
    TransientError
        When the store does not answer.
    """
    with Stopwatch() as watch:
        model, device = load_model(run)
        index = segment_index(run, "validation")
        heard = segment_probabilities(model, index)
        said = index.track_means(heard)
        labels = track_targets(index.tracks, run.read_table("labels", "labels.parquet")) > 0
        found, f1 = rule(said, labels)
        probabilities, parts = found.probabilities(said), dict.fromkeys(index.tracks, "validation")
        scores = dict(zip(EMOTIONS, f1, strict=True))
        positives = dict(zip(EMOTIONS, map(int, labels.sum(axis=0)), strict=True))
        table = prediction_table(index, probabilities, found.decisions(probabilities), parts)
        run.write_table(STAGE, "predictions.parquet", table)
        write_timelines(run, STAGE, found, (index, heard))
        document = found.by_emotion()
        run.write_json(STAGE, "thresholds.json", {**document, "validation_f1": scores, "positives": positives})
    unheard = [emotion for emotion, score in scores.items() if score is None]
    if unheard:
        logger.warning("no validation track carries %s: threshold %g", ", ".join(unheard), UNDECIDED)
    logger.info("%s", ", ".join(f"{emotion} {limit:.3f}" for emotion, limit in document["thresholds"].items()))
    counters = {"tracks": len(index.tracks), "segments": len(index), **watch.counters()}
    return run.write_manifest(STAGE, {"thresholds": document["thresholds"], "device": device.name, "counters": counters})
