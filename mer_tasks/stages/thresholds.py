"""Stage ``thresholds``: calibrate the model's probabilities, and choose the threshold of each emotion.

A track has an emotion if its calibrated probability reaches the threshold of that emotion.

Input: the model, and the features and labels of the validation part. No other part is read.

Output: ``thresholds.json`` and the ``predictions.parquet`` of the validation tracks. For each emotion, ``thresholds.json`` has:

- the temperature and the offset of Platt scaling, which calibrates probabilities (:mod:`mer_tasks.modelling.calibration`);
- the threshold of calibrated probabilities with the highest F1 over the validation tracks
  (:mod:`mer_tasks.modelling.threshold_search`). If no validation track has the emotion, its threshold is 0.5.
"""

import logging

from mer_tasks.corpus.segments import segment_index, track_targets
from mer_tasks.emotions import EMOTIONS
from mer_tasks.modelling.predictions import load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.threshold_search import UNDECIDED, fit_rule
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.artifacts import LABELS, PREDICTIONS, THRESHOLDS
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "thresholds"


@reads_once
def thresholds(run: Run) -> Manifest:
    """Calibrate probabilities and choose thresholds on the validation part.

    Raises
    ------
    ConfigError
        If the model was trained on segments of another length.
    IntegrityError, ObjectMissing
        If the model or the features are missing, or are not the ones that the run's documents name.
    TransientError
        When the store does not answer.
    """
    with Stopwatch() as watch:
        model, device = load_model(run)
        index = segment_index(run, "validation")
        raw_segments = segment_probabilities(model, index)
        raw_tracks = index.track_means(raw_segments)
        labels = track_targets(index.tracks, run.read_table("labels", LABELS)) > 0
        rule, f1 = fit_rule(raw_tracks, labels)
        probabilities = rule.probabilities(raw_tracks)
        parts = dict.fromkeys(index.tracks, "validation")
        scores = dict(zip(EMOTIONS, f1, strict=True))
        positives = dict(zip(EMOTIONS, map(int, labels.sum(axis=0)), strict=True))
        table = prediction_table(index, probabilities, rule.decisions(probabilities), parts)
        run.write_table(STAGE, PREDICTIONS, table)
        write_timelines(run, STAGE, rule, (index, raw_segments))
        document = rule.by_emotion()
        run.write_json(STAGE, THRESHOLDS, {**document, "validation_f1": scores, "positives": positives})
    absent = [emotion for emotion, score in scores.items() if score is None]
    if absent:
        logger.warning("no validation track has %s: threshold %g", ", ".join(absent), UNDECIDED)
    logger.info("thresholds: %s", ", ".join(f"{emotion} {value:.3f}" for emotion, value in document["thresholds"].items()))
    counters = {"tracks": len(index.tracks), "segments": len(index), **watch.counters()}
    return run.write_manifest(STAGE, {"thresholds": document["thresholds"], "device": device.name, "counters": counters})
