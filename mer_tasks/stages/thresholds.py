"""Stage ``thresholds``: what a model's probabilities mean, and from which on a track counts as carrying an emotion.

In: the model, and features and labels of the validation part; no other part is read. Out: ``thresholds.json``, for each emotion
a temperature and an offset that calibrate probabilities (:mod:`mer_tasks.modelling.calibration`) and the threshold of
calibrated ones with the highest F1 over the validation tracks; and their ``predictions.parquet``.

How thresholds are searched is in :mod:`mer_tasks.modelling.threshold_search`. An emotion without a validation track gets 0.5.
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
        labels = track_targets(index.tracks, run.read_table("labels", LABELS)) > 0
        found, f1 = fit_rule(said, labels)
        probabilities, parts = found.probabilities(said), dict.fromkeys(index.tracks, "validation")
        scores = dict(zip(EMOTIONS, f1, strict=True))
        positives = dict(zip(EMOTIONS, map(int, labels.sum(axis=0)), strict=True))
        table = prediction_table(index, probabilities, found.decisions(probabilities), parts)
        run.write_table(STAGE, PREDICTIONS, table)
        write_timelines(run, STAGE, found, (index, heard))
        document = found.by_emotion()
        run.write_json(STAGE, THRESHOLDS, {**document, "validation_f1": scores, "positives": positives})
    unheard = [emotion for emotion, score in scores.items() if score is None]
    if unheard:
        logger.warning("no validation track carries %s: threshold %g", ", ".join(unheard), UNDECIDED)
    logger.info("%s", ", ".join(f"{emotion} {limit:.3f}" for emotion, limit in document["thresholds"].items()))
    counters = {"tracks": len(index.tracks), "segments": len(index), **watch.counters()}
    return run.write_manifest(STAGE, {"thresholds": document["thresholds"], "device": device.name, "counters": counters})
