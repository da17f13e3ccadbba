"""Stage ``thresholds``: calibrate the model's probabilities, and choose the threshold of each label.

A track has a label if its calibrated probability reaches the threshold of that label. If the label set gives each track exactly
one label, that is the most probable one. Then there are no thresholds, and ``thresholds`` is null.

Input: the model, and the features and labels of the validation part. No other part is read.

Output: ``thresholds.json`` and the ``predictions.parquet`` of the validation tracks. For each label, ``thresholds.json`` has:

- the temperature and the offset which calibrate probabilities (:mod:`mer_tasks.modelling.calibration`);
- the threshold of calibrated probabilities with the highest F1 over the validation tracks
  (:mod:`mer_tasks.modelling.threshold_search`). If no validation track has the label, its threshold is 0.5;
- the range of calibrated probabilities in which the answer is unclear, from ``unclear_from`` to ``unclear_to``, both included
  (:mod:`mer_tasks.modelling.conformal`);
- F1 of the decisions over the validation tracks, null if none of them has the label.

``promise`` is the share of answers that are promised to be right or unclear.
"""

import logging

from mer_tasks.corpus.segments import segment_index, track_targets
from mer_tasks.modelling.conformal import PROMISE
from mer_tasks.modelling.predictions import load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.threshold_search import UNDECIDED, fit_rule
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.artifacts import LABELS, PREDICTIONS, THRESHOLDS
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

STAGE = "thresholds"
NAMED = 20
"""Most labels that a message names; the others are only counted."""


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
        label_set = run.label_set
        index = segment_index(run, "validation")
        raw_segments = segment_probabilities(model, index)
        raw_tracks = index.track_means(raw_segments)
        labels = track_targets(index.tracks, run.read_table("labels", LABELS), label_set) > 0
        rule, f1 = fit_rule(raw_tracks, labels, label_set)
        probabilities = rule.probabilities(raw_tracks)
        parts = dict.fromkeys(index.tracks, "validation")
        scores = dict(zip(label_set.ids, f1, strict=True))
        positives = dict(zip(label_set.ids, map(int, labels.sum(axis=0)), strict=True))
        table = prediction_table(index, probabilities, rule.decisions(probabilities), parts, label_set)
        run.write_table(STAGE, PREDICTIONS, table)
        write_timelines(run, STAGE, rule, (index, raw_segments))
        document = rule.by_label(label_set)
        run.write_json(STAGE, THRESHOLDS, {**document, "promise": PROMISE, "validation_f1": scores, "positives": positives})
    absent = [label for label, score in scores.items() if score is None]
    if absent:
        effect = "not calibrated" if label_set.single else f"threshold {UNDECIDED:g}"
        logger.warning(
            "no validation track has %s: %s", listed([label_set.by_id[label].name for label in absent], NAMED), effect
        )
    if document["thresholds"]:
        values = [f"{label_set.by_id[label].name} {value:.3f}" for label, value in document["thresholds"].items()]
        logger.info("thresholds: %s", listed(values, NAMED))
    counters = {"tracks": len(index.tracks), "segments": len(index), **watch.counters()}
    return run.write_manifest(STAGE, {"thresholds": document["thresholds"], "device": device.name, "counters": counters})
