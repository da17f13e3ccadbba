"""Stage ``trial``: one candidate in one fold of a crossval.

In: the fold's split, and the run's features and labels. Out: ``predictions.parquet`` of the fold's test part. A network goes
through `balance`, `train` and `thresholds` of a run within the run, so it never meets its test part before it is judged. A
baseline (:mod:`mer_tasks.modelling.baselines`) is calibrated, and gets thresholds, on the validation part as a network does.

A trial that is done is not done again, unless its split, its labels, its parameters or this code have changed. A killed one
goes on where its training was. The model is not kept.
"""

import hashlib
import logging

import keras
import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.leak_certificate import verify
from mer_tasks.corpus.segments import SegmentIndex, segment_index, track_targets
from mer_tasks.errors import ObjectMissing
from mer_tasks.modelling.baselines import judged
from mer_tasks.modelling.predictions import Rule, load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.threshold_search import fit_rule
from mer_tasks.runs.artifacts import LABELS, MODEL, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.code_digest import sources_digest
from mer_tasks.runs.crossval_config import candidate
from mer_tasks.runs.crossval_runs import trial_run
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.pipeline import run_stage
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "trial"
FITTING = ("balance", "train", "thresholds")
CODE = (
    *("stages/balance", "stages/train", "stages/thresholds", "stages/trial", "runs/crossval_runs"),
    *("corpus/segments", "corpus/synthetic_plan"),
    *(f"modelling/{name}" for name in ("mlsmote", "batches", "networks", "segment_statistics", "checkpoint")),
    *(f"modelling/{name}" for name in ("calibration", "threshold_search", "predictions", "baselines")),
)
"""Modules that decide what a trial finds."""

Array64 = npt.NDArray[np.float64]


def code_digest() -> str:
    """sha256 of the modules that decide what a trial finds, in hex."""
    return sources_digest(CODE)


def inputs_digest(one: Run) -> str:
    """sha256 of what decides the outcome of a trial: its configuration, split and labels, the code, and Keras; in hex."""
    stored = [one.sha256(*place) for place in (("split", SPLIT_TABLE), ("labels", LABELS))]
    return hashlib.sha256(" ".join([one.config.digest(), code_digest(), keras.__version__, *stored]).encode()).hexdigest()


def done(one: Run, inputs: str) -> Manifest | None:
    """The manifest of the trial, if it is done with these inputs."""
    try:
        manifest = one.manifest(STAGE)
    except ObjectMissing:
        return None
    return manifest if manifest["inputs"] == inputs else None


def _network(one: Run) -> tuple[SegmentIndex, Array64, Rule]:
    """Test part, what a network that is fitted for this says of its tracks, and the rule that its validation part gave."""
    keras.utils.clear_session()  # else the process keeps the graph of every network that it has fitted
    for stage in FITTING:
        run_stage(one, stage)
    verify(one)
    model, _ = load_model(one)
    test = segment_index(one, "test")
    return test, test.track_means(segment_probabilities(model, test)), Rule.of(one)


def _baseline(one: Run, run: Run, name: str) -> tuple[SegmentIndex, Array64, Rule]:
    """The same of a baseline."""
    (validation, known), (test, found) = judged(name, one, run)
    labels = track_targets(validation.tracks, one.read_table("labels", LABELS)) > 0
    return test, found, fit_rule(known, labels)[0]


@reads_once
def trial(run: Run, key: str) -> Manifest:
    """Judge a candidate in a fold.

    Parameters
    ----------
    run : Run
        Of the crossval.
    key : str
        Of the trial's document: ``repeat``, ``fold``, ``candidate``.

    Raises
    ------
    PermanentError
        If the loss of a network is no number any more.
    IntegrityError
        If the split leaks, or stored features are not as the corpus says.
    ObjectMissing
        If features are gone.
    TransientError
        When the store does not answer.
    """
    document = run.read_json_key(key)
    name = document["candidate"]
    one = trial_run(run, document["repeat"], document["fold"], name)
    inputs = inputs_digest(one)
    before = done(one, inputs)
    if before:
        return before
    with Stopwatch() as watch:
        test, said, decided = _baseline(one, run, name) if candidate(name).baseline else _network(one)
        probabilities = decided.probabilities(said)
        table = prediction_table(test, probabilities, decided.decisions(probabilities), dict.fromkeys(test.tracks, "test"))
        one.write_table(STAGE, PREDICTIONS, table)
    counters = {"trials": 1, "tracks": len(test.tracks), "segments": len(test), **watch.counters()}
    manifest = one.write_manifest(STAGE, {**document, "inputs": inputs, **decided.by_emotion(), "counters": counters})
    one.store.delete(one.key("train", MODEL))
    logger.info("%s, repeat %d, fold %d: %.0f s", name, document["repeat"], document["fold"], watch.seconds)
    return manifest
