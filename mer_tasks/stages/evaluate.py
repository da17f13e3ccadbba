"""Stage ``evaluate``: compute the metrics of the model on the test part, and predict all tracks outside the validation part.

Input: the model, the thresholds, the features and the labels.

Output:

- ``Music_emotion_metrics.json``: metrics of the test part per track and per segment (:mod:`mer_tasks.evaluation.metrics`), each
  with a confidence interval (:mod:`mer_tasks.evaluation.bootstrap`). It also has the scores that listeners reach on the same
  tracks and on all annotated tracks (:mod:`mer_tasks.evaluation.listener_agreement`). If a track has exactly one label, it has
  the confusion matrix of the test tracks too, as ``confusion``: a row for each true label, a column for each predicted one.
  ``coverage`` and ``unclear`` (:mod:`mer_tasks.evaluation.coverage`) stand beside ``promise``, the share of answers that are
  promised to be right or unclear;
- ``predictions.parquet``: the predictions for every track that is not in the validation part, and the timelines of these tracks
  (:mod:`mer_tasks.modelling.timelines`);
- ``test_data/test_data.npz``: the test part itself, for further analysis. It has ``X_test`` [shape=(segments, frames, 155)],
  ``y_test`` and ``probabilities`` [shape=(segments, labels)], ``track_ids`` [shape=(segments,)] and ``emotions``, the ids of
  the labels. If the test part has more than 1,000 tracks, the file has 1,000 of them, drawn at random.
"""

import logging
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import FEATURES
from mer_tasks.corpus.leak_certificate import verify
from mer_tasks.corpus.segments import BATCH, SegmentIndex, segment_index, track_targets
from mer_tasks.errors import CorpusError
from mer_tasks.evaluation import metrics
from mer_tasks.evaluation.absent_labels import warn_of_absent_labels
from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.evaluation.coverage import coverage_lines
from mer_tasks.evaluation.listener_agreement import agreement, ballot, ceilings
from mer_tasks.label_set import LabelSet
from mer_tasks.modelling.conformal import PROMISE
from mer_tasks.modelling.predictions import Rule, load_model, prediction_table, segment_probabilities
from mer_tasks.modelling.timelines import write_timelines
from mer_tasks.runs.artifacts import LABELS, METRICS, PREDICTIONS, SPLIT_TABLE, TEST_DATA
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import number_with_interval

logger = logging.getLogger(__name__)

STAGE = "evaluate"
TEST_DATA_TRACKS = 1_000
"""Largest number of tracks in ``test_data.npz``."""
HEADLINE = ("accuracy", "f1_macro", "roc_auc_macro")
"""Metrics of tracks that the log and the manifest show; only tracks with exactly one label have an accuracy."""
OTHERS = ("train", "unlabelled")
"""Parts that are predicted here but do not judge the model; stage `thresholds` has predicted the validation part."""


class LevelPredictions(NamedTuple):
    """Labels and predictions of the test part on one level: its n tracks, or its n segments.

    Attributes
    ----------
    labels, decisions : np.ndarray [shape=(n, labels), dtype=bool]
    probabilities : np.ndarray [shape=(n, labels), dtype=float64]
    """

    labels: metrics.Flags
    probabilities: npt.NDArray[np.float64]
    decisions: metrics.Flags


def rates(labels: pd.DataFrame, parts: Mapping[str, str], label_set: LabelSet) -> npt.NDArray[np.float64]:
    """Compute the share of the train tracks that have each label; the baseline of the metrics predicts these shares.

    Parameters
    ----------
    labels : pd.DataFrame
        The table of stage `labels`.
    parts : mapping of str to str
        Part by track id.
    label_set : LabelSet

    Returns
    -------
    np.ndarray [shape=(labels,), dtype=float64]
        Shares of the validation tracks, if there is no train track.
    """
    train = tuple(track for track, part in parts.items() if part == "train")
    validation = tuple(track for track, part in parts.items() if part == "validation")
    shares: npt.NDArray[np.float64] = track_targets(train or validation, labels, label_set).mean(axis=0, dtype=np.float64)
    return shares


def write_npz(path: Path, name: str, shape: tuple[int, ...], pieces: Iterable[npt.NDArray[Any]], **small: Any) -> None:
    """Write an ``.npz`` file of one large array, which is written piece by piece, and some small arrays.

    Parameters
    ----------
    path : Path
    name, shape
        Name and shape of the large array.
    pieces : iterable of np.ndarray
        The large array in pieces, which are joined along the first axis and stored as float32.
    **small : np.ndarray
        The small arrays by name.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_npz(Path(folder) / "a.npz", "large", (3, 1), iter([np.zeros((2, 1)), np.ones((1, 1))]), small=np.arange(3))
    ...     with np.load(Path(folder) / "a.npz") as arrays:
    ...         arrays["large"].tolist()
    [[0.0], [0.0], [1.0]]
    """
    np.savez(path, **small)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_STORED) as archive, archive.open(f"{name}.npy", "w", force_zip64=True) as file:
        head = {"descr": np.lib.format.dtype_to_descr(np.dtype(np.float32)), "fortran_order": False, "shape": shape}
        np.lib.format.write_array_header_1_0(file, head)
        for piece in pieces:
            file.write(np.ascontiguousarray(piece, np.float32).data)


def _write_test_data(run: Run, index: SegmentIndex, labels: metrics.Flags, probabilities: metrics.Values) -> str:
    """Write ``test_data.npz`` and return its key; `labels` has a row for each track, `probabilities` one for each segment."""
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
            emotions=np.array(run.label_set.ids),
        )
        run.store.put_file(key, path)
    return key


def _levels(
    rule: Rule, test: SegmentIndex, raw: metrics.Values, labels: metrics.Flags
) -> tuple[LevelPredictions, LevelPredictions, LevelPredictions]:
    """Make the predictions of tracks, of segments, and of tracks without calibration.

    Parameters
    ----------
    rule : Rule
    test : SegmentIndex
        Segments of the test part.
    raw : np.ndarray [shape=(segments, labels)]
        Probabilities of the model for these segments, before calibration.
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    """
    raw_means = test.track_means(raw)
    probabilities = rule.probabilities(raw_means)
    segment_values = rule.probabilities(raw)
    tracks = LevelPredictions(labels, probabilities, rule.decisions(probabilities))
    segments = LevelPredictions(labels[test.track], segment_values, rule.decisions(segment_values))
    # Calibration moves a threshold together with the probabilities, so decisions without calibration are the same.
    return tracks, segments, LevelPredictions(labels, raw_means, tracks.decisions)


@reads_once
def evaluate(run: Run) -> Manifest:
    """Compute the metrics of the model on the test part, and predict the test, train and unlabelled tracks.

    Raises
    ------
    CorpusError
        If there is no test track.
    ConfigError
        If the model was trained on segments of another length.
    IntegrityError, ObjectMissing
        If the model or the features are missing or are not the ones that the run's documents name, or if the split leaks.
    TransientError
        When the store does not answer.
    """
    with Stopwatch() as watch:
        verify(run)
        model, device = load_model(run)
        rule = Rule.of(run)
        labels = run.read_table("labels", LABELS)
        split = run.read_table("split", SPLIT_TABLE)
        parts = dict(zip(split["track_id"], split["part"], strict=True))
        groups = dict(zip(split["track_id"], split["group_id"], strict=True))
        test = segment_index(run, "test")
        others = segment_index(run, *OTHERS)
        if not len(test):
            raise CorpusError(f"run {run.run_id}: no track in the test part, expected at least one")
        raw_test = segment_probabilities(model, test)
        tracks, segments, uncalibrated = _levels(rule, test, raw_test, track_targets(test.tracks, labels, run.label_set) > 0)
        _, group = np.unique([groups[track] for track in test.tracks], return_inverse=True)
        seed = run.config.seed
        label_rule = run.manifest("labels")["rule"]
        label_set = run.label_set
        train_rates = rates(labels, parts, label_set)
        all_votes = ballot(labels, label_set)
        test_votes = ballot(labels, label_set, tracks=test.tracks)
        reached = ceilings(*test_votes, label_rule, label_set, among=all_votes, seed=seed)
        track_intervals = intervals(*tracks, group, label_set, seed=seed)
        lines = metrics.lines("track", *tracks, train_rates, track_intervals, label_set, ceilings=reached)
        segment_intervals = intervals(*segments, group[test.track], label_set, seed=seed)
        lines += metrics.lines("segment", *segments, train_rates, segment_intervals, label_set)
        raw_intervals = intervals(*uncalibrated, group, label_set, seed=seed)
        raw_lines = metrics.lines("uncalibrated", *uncalibrated, train_rates, raw_intervals, label_set)
        lines += [line for line in raw_lines if line["metric"].removesuffix("_macro") in metrics.CALIBRATIONS]
        unclear = rule.unclear(tracks.probabilities)
        if unclear is not None:
            lines += coverage_lines(tracks.labels, tracks.decisions, unclear, group, label_set, seed=seed)
        raw_others = segment_probabilities(model, others)
        other_tracks = rule.probabilities(others.track_means(raw_others))
        tables = [
            prediction_table(test, tracks.probabilities, tracks.decisions, parts, run.label_set),
            prediction_table(others, other_tracks, rule.decisions(other_tracks), parts, run.label_set),
        ]
        run.write_table(STAGE, PREDICTIONS, pd.concat(tables).sort_values("track_id"))
        write_timelines(run, STAGE, rule, (test, raw_test), (others, raw_others))
        key = _write_test_data(run, test, tracks.labels, segments.probabilities)
        document: dict[str, Any] = {"run_id": run.run_id, **rule.by_label(label_set), "promise": PROMISE, "metrics": lines}
        if label_set.single:
            document["confusion"] = metrics.confusion_matrix(tracks.labels, tracks.decisions)
        document["listeners"] = agreement(*all_votes, label_rule, label_set, seed=seed)
        run.write_json(STAGE, METRICS, document)
    absent = warn_of_absent_labels(tracks.labels, label_set, "test track")
    if not group.any():
        logger.warning("the test part is one group of tracks, expected two or more: no intervals")
    headline = {line["metric"]: line for line in lines if line["level"] == "track" and line["metric"] in HEADLINE}
    texts = [
        f"{name} {number_with_interval(line['value'], line['low'], line['high']) or 'undefined'}"
        for name, line in headline.items()
    ]
    logger.info("%d test tracks: %s", len(test.tracks), ", ".join(texts))
    counters = {
        "test_tracks": len(test.tracks),
        "tracks": len(test.tracks) + len(others.tracks),
        "segments": len(test) + len(others),
        **absent,
        **watch.counters(),
    }
    values = {name: line["value"] for name, line in headline.items()}
    return run.write_manifest(STAGE, {**values, "test_data": key, "device": device.name, "counters": counters})
