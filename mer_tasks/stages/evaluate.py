"""Stage ``evaluate``: how good the model is on tracks that it has never seen, and what it says of all the others.

In: the model, the thresholds, features and labels. Out: ``Music_emotion_metrics.json``, metrics of the test part per track and
per segment (:mod:`mer_tasks.evaluation.metrics`), each with its interval (:mod:`mer_tasks.evaluation.bootstrap`), those of
tracks beside what listeners reach on the same tracks, and what they reach on all annotated ones
(:mod:`mer_tasks.evaluation.listener_agreement`); ``predictions.parquet``, every track that is not of the validation part, and
their timelines (:mod:`mer_tasks.modelling.timelines`); and ``test_data/test_data.npz``, the test part itself, for people who
want to go on from there: ``X_test`` [shape=(segments, frames, 155)], ``y_test`` and ``probabilities`` [shape=(segments, 9)],
``track_ids`` [shape=(segments,)], ``emotions``. It is written segment by segment; of a test part of more than 1,000 tracks it
has 1,000 that are drawn at random.
"""

import logging
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import FEATURES
from mer_tasks.corpus.leak_certificate import verify
from mer_tasks.corpus.segments import BATCH, SegmentIndex, segment_index, track_targets
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import CorpusError
from mer_tasks.evaluation import metrics
from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.evaluation.listener_agreement import agreement, ballot, ceilings
from mer_tasks.modelling.predictions import Rule, load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.artifacts import LABELS, METRICS, PREDICTIONS, SPLIT_TABLE, TEST_DATA
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "evaluate"
TEST_DATA_TRACKS = 1_000
HEADLINE = ("f1_macro", "roc_auc_macro")
"""Metrics of tracks that are logged."""
OTHERS = ("train", "unlabelled")
"""Parts that are scored here and not judged; the validation part was scored by `thresholds`."""


def rates(labels: pd.DataFrame, parts: Mapping[str, str]) -> npt.NDArray[np.float64]:
    """Share of the train tracks with each emotion [shape=(9,)]; of the validation tracks, if no train track is left.

    Parameters
    ----------
    labels : pd.DataFrame
        The table of stage `labels`.
    parts : mapping of str to str
        Part by track id.
    """
    train, validation = (tuple(track for track in parts if parts[track] == part) for part in ("train", "validation"))
    found: npt.NDArray[np.float64] = track_targets(train or validation, labels).mean(axis=0, dtype=np.float64)
    return found


def write_npz(path: Path, name: str, shape: tuple[int, ...], pieces: Iterable[npt.NDArray[Any]], **small: Any) -> None:
    """Write an ``.npz`` of one array that is never held as a whole, and some small ones.

    Parameters
    ----------
    path : Path
    name, shape, pieces
        Of the large array; its pieces are float32 and follow each other along the first axis.
    **small : np.ndarray
        The others, by name.
    """
    np.savez(path, **small)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive, archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        head = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, head)
        for piece in pieces:
            file.write(np.ascontiguousarray(piece, np.float32).data)


def _write_test_data(run: Run, index: SegmentIndex, labels: metrics.Flags, probabilities: metrics.Values) -> str:
    """Write ``test_data.npz``; `labels` are those of tracks, `probabilities` those of segments. Returns its key."""
    random = np.random.default_rng(run.config.seed)
    count = min(TEST_DATA_TRACKS, len(index.tracks))
    rows = np.flatnonzero(np.isin(index.track, random.choice(len(index.tracks), count, replace=False)))
    pieces = (index.read(rows[start : start + BATCH]) for start in range(0, len(rows), BATCH))
    key = run.key(STAGE, TEST_DATA)
    with tempfile.TemporaryDirectory(prefix="mer-test-data-") as folder:
        path = Path(folder) / PurePosixPath(TEST_DATA).name
        write_npz(
            path,
            "X_test",
            (len(rows), index.frames, FEATURES),
            pieces,
            y_test=labels[index.track[rows]].astype(np.uint8),
            probabilities=probabilities[rows],
            track_ids=np.array(index.tracks)[index.track[rows]],
            emotions=np.array(EMOTIONS),
        )
        run.store.put_file(key, path)
    return key


@reads_once
def evaluate(run: Run) -> Manifest:
    """Judge the model on the test part, and score every other track.

    Raises
    ------
    CorpusError
        If there is no test track.
    ConfigError
        If the model was made for segments of another length.
    IntegrityError, ObjectMissing
        If the model or features are not those that the run says, or the split leaks.
    TransientError
        When the store does not answer.
    """
    with Stopwatch() as watch:
        verify(run)
        model, device = load_model(run)
        rule = Rule.of(run)
        labels = run.read_table("labels", LABELS)
        split = run.read_table("split", SPLIT_TABLE)
        parts, groups = (dict(zip(split["track_id"], split[column], strict=True)) for column in ("part", "group_id"))
        test, others = segment_index(run, "test"), segment_index(run, *OTHERS)
        if not len(test):
            raise CorpusError(f"run {run.run_id}: no track in the test part, expected at least one")
        said = segment_probabilities(model, test)
        heard = test.track_means(said)
        segments, tracks = rule.probabilities(said), rule.probabilities(heard)
        truth = track_targets(test.tracks, labels) > 0
        _, group = np.unique([groups[track] for track in test.tracks], return_inverse=True)
        of_tracks = truth, tracks, rule.decisions(tracks)
        of_segments = truth[test.track], segments, rule.decisions(segments)
        of_model = truth, heard, of_tracks[2]  # a calibration moves thresholds along
        known, seed = rates(labels, parts), run.config.seed
        everyone = ballot(labels)
        reached = ceilings(*ballot(labels, test.tracks), run.config.label_rule, everyone, seed=seed)
        found = metrics.lines("track", *of_tracks, known, intervals(*of_tracks, group, seed=seed), reached)
        found += metrics.lines("segment", *of_segments, known, intervals(*of_segments, group[test.track], seed=seed))
        uncalibrated = metrics.lines("uncalibrated", *of_model, known, intervals(*of_model, group, seed=seed))
        found += [line for line in uncalibrated if line["metric"].removesuffix("_macro") in metrics.CALIBRATIONS]
        said_of_others = segment_probabilities(model, others)
        rest = rule.probabilities(others.track_means(said_of_others))
        tables = [
            prediction_table(index, values, rule.decisions(values), parts) for index, values in ((test, tracks), (others, rest))
        ]
        run.write_table(STAGE, PREDICTIONS, pd.concat(tables).sort_values("track_id"))
        write_timelines(run, STAGE, rule, (test, said), (others, said_of_others))
        key = _write_test_data(run, test, truth, segments)
        document = {"run_id": run.run_id, **rule.by_emotion(), "metrics": found}
        document["listeners"] = agreement(*everyone, run.config.label_rule, seed=seed)
        run.write_json(STAGE, METRICS, document)
    unheard = [emotion for place, emotion in enumerate(EMOTIONS) if not truth[:, place].any()]
    if unheard:
        logger.warning("no test track carries %s: no metrics there", ", ".join(unheard))
    if not group.any():
        logger.warning("the test part is one group of tracks, expected two or more: no intervals")
    headline = {line["metric"]: line for line in found if line["level"] == "track" and line["metric"] in HEADLINE}
    told = {name: metrics.told(line["value"], line["low"], line["high"]) or "undefined" for name, line in headline.items()}
    logger.info("%d test tracks: %s", len(test.tracks), ", ".join(f"{name} {words}" for name, words in told.items()))
    judged = {"test_tracks": len(test.tracks), "tracks": len(test.tracks) + len(others.tracks)}
    counters = {**judged, "segments": len(test) + len(others), **watch.counters()}
    values = {name: line["value"] for name, line in headline.items()}
    return run.write_manifest(STAGE, {**values, "test_data": key, "device": device.name, "counters": counters})
