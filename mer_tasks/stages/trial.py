"""Stage ``trial``: train one candidate model in one fold of a cross-validation, and predict the test part of the fold.

Input: the split of the fold, and the features and labels of the run. Output: ``predictions.parquet``, which has the
predictions for the test part of the fold. A network goes through the stages balance, train and thresholds in a sub-run of the
fold, so it never sees the test part before it predicts it. A cross-fitted network learns from all other tracks. A baseline
(:mod:`mer_tasks.modelling.baselines`) is fitted to the train part; like other networks, it gets its calibration and its
thresholds from the validation part.

A finished trial is not repeated, unless its split, its labels, its parameters or the code have changed. A trial that was
killed continues from the last checkpoint of its training. The model is not stored.
"""

import logging

import keras
import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.leak_certificate import verify
from mer_tasks.corpus.segments import SegmentIndex, segment_index, track_targets
from mer_tasks.modelling.baselines import predict_held_out
from mer_tasks.modelling.predictions import Rule, load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.threshold_search import fit_rule
from mer_tasks.runs.artifacts import LABELS, MODEL, PREDICTIONS
from mer_tasks.runs.crossval_config import candidate
from mer_tasks.runs.crossval_runs import describe_trial, trial_run
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.finished_trials import finished_manifest, inputs_digest
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "trial"
FITTING = ("balance", "train", "thresholds")
Array64 = npt.NDArray[np.float64]


def _predict_with_network(sub_run: Run) -> tuple[SegmentIndex, Array64, Rule]:
    """Train a network, and predict the test part of the fold with it.

    Returns
    -------
    SegmentIndex
        The test part.
    np.ndarray [shape=(tracks, labels), dtype=float64]
        Probabilities of its tracks, before calibration.
    Rule
        Calibration and thresholds, fitted on out-of-fold predictions or on the validation part.
    """
    keras.utils.clear_session()  # Without this, the process keeps the graph of every network that it has trained.
    for stage in FITTING:
        run_stage(sub_run, stage)
    verify(sub_run)
    model, _ = load_model(sub_run)
    test = segment_index(sub_run, "test")
    return test, test.track_means(segment_probabilities(model, test)), Rule.of(sub_run)


def _predict_with_baseline(sub_run: Run, run: Run, name: str) -> tuple[SegmentIndex, Array64, Rule]:
    """Fit a baseline, and predict the test part of the fold with it; see :func:`_predict_with_network`."""
    (validation, validation_probabilities), (test, test_probabilities) = predict_held_out(name, sub_run, run)
    labels = track_targets(validation.tracks, sub_run.read_table("labels", LABELS), sub_run.label_set) > 0
    return test, test_probabilities, fit_rule(validation_probabilities, labels, sub_run.label_set)[0]


@reads_once
def trial(run: Run, key: str) -> Manifest:
    """Train a candidate in a fold, and predict the test part of the fold.

    Parameters
    ----------
    run : Run
        The run of the cross-validation.
    key : str
        Key of the trial's document, which has ``repeat``, ``fold`` (a number, or the genre that is left out) and ``candidate``.

    Raises
    ------
    PermanentError
        If the loss of a network is no longer a number.
    IntegrityError
        If the split leaks, or stored features are not those that the corpus names.
    ObjectMissing
        If features are missing.
    TransientError
        When the store does not answer.
    """
    document = run.read_json_key(key)
    name = document["candidate"]
    sub_run = trial_run(run, document["repeat"], document["fold"], name)
    inputs = inputs_digest(sub_run)
    finished = finished_manifest(sub_run, inputs)
    if finished:
        return finished
    with Stopwatch() as watch:
        if candidate(name).baseline:
            test, raw, rule = _predict_with_baseline(sub_run, run, name)
        else:
            test, raw, rule = _predict_with_network(sub_run)
        probabilities = rule.probabilities(raw)
        parts = dict.fromkeys(test.tracks, "test")
        table = prediction_table(test, probabilities, rule.decisions(probabilities), parts, sub_run.label_set)
        sub_run.write_table(STAGE, PREDICTIONS, table)
    counters = {"trials": 1, "tracks": len(test.tracks), "segments": len(test), **watch.counters()}
    manifest = sub_run.write_manifest(
        STAGE, {**document, "inputs": inputs, **rule.by_label(sub_run.label_set), "counters": counters}
    )
    sub_run.store.delete(sub_run.key("train", MODEL))
    logger.info("%s: %.0f s", describe_trial(document["repeat"], document["fold"], name), watch.seconds)
    return manifest
