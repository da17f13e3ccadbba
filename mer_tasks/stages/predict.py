"""Stage ``predict``: score the tracks of a shard with the champion.

Input: the reports of `features` and, with an encoder, `embed`, and the champion with its calibration and thresholds.
Output: ``<shard>.parquet``, which has a row for each track as the predictions of `evaluate` have, the timelines of these tracks
(:mod:`mer_tasks.modelling.timelines`), and a report. Only mode predict has this stage. The part of a track is the part that its
content had when the champion was trained.
"""

import logging
from collections.abc import Mapping
from dataclasses import replace

import keras
import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.corpus.segments import SegmentIndex, index_of
from mer_tasks.corpus.usable_tracks import EMBEDDING
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling.predictions import Rule, check_model, prediction_table
from mer_tasks.modelling.scorer import Scorer
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import IDENTITY, ProcessedTracks, report_name, usable_lines, write_report

logger = logging.getLogger(__name__)

STAGE = "predict"
INPUTS = ["track_id", "features_key", "segments", *EMBEDDING]
"""Facts of a track that the model needs; those of embeddings have no values in a run without an encoder."""


def table(
    rule: Rule, index: SegmentIndex, raw: npt.NDArray[np.floating], parts: Mapping[str, str], label_set: LabelSet
) -> pd.DataFrame:
    """Make the table of predictions of the tracks of `index`; see :func:`prediction_table`.

    Parameters
    ----------
    rule : Rule
        Calibration and thresholds.
    index : SegmentIndex
    raw : np.ndarray [shape=(segments, labels)]
        Uncalibrated probabilities of the segments of `index`.
    parts : mapping of str to str
        Part by track id.
    label_set : LabelSet
    """
    probabilities = rule.probabilities(index.track_means(raw))
    return prediction_table(index, probabilities, rule.decisions(probabilities), parts, label_set)


@reads_once
def predict(run: Run, shard_key: str) -> Manifest:
    """Score the tracks of one shard with the champion.

    Parameters
    ----------
    run : Run
    shard_key : str
        Key of the shard's document, which `discover` wrote; `features` and `embed` have processed this shard.

    Raises
    ------
    ConfigError
        If the model was trained on segments of another length, or for another label set.
    IntegrityError
        If the model or the features are not those that were written, or if a probability is not a number.
    ObjectMissing
        If the model or features are missing.
    TransientError
        When the store does not answer.
    """
    model = run.manifest("discover")["model"]
    shard = run.read_json_key(shard_key)
    parts = {track["track_id"]: track["part"] for track in shard["tracks"]}
    lines = usable_lines(run, shard_key)
    with Stopwatch() as watch:
        keras.utils.clear_session()  # Without this, the process keeps the graph of the model of every shard.
        scorer = Scorer.of(replace(run, run_id=model["run_id"]), model)
        check_model(scorer.model, model, run)
        index = index_of(run, pd.DataFrame(lines, columns=INPUTS))
        raw = scorer.raw_probabilities(index)
        run.write_table(STAGE, report_name(shard_key, ".parquet"), table(scorer.rule, index, raw, parts, run.label_set))
        write_timelines(run, STAGE, scorer.rule, (index, raw), name=report_name(shard_key, ""))
    tracks = [{name: line[name] for name in IDENTITY} for line in lines]
    outcome = ProcessedTracks({"scored": len(tracks), "segments": len(index)}, tracks)
    logger.info("%s: %s by the model of %s on %s", shard["name"], outcome.counters, model["run_id"], scorer.device)
    return write_report(run, STAGE, shard_key, shard, outcome, watch, device=scorer.device)
