"""Cross-validation scores of candidates: metrics of out-of-fold predictions, with intervals and paired differences.

In: labels and groups of tracks, and the probabilities and decisions of each candidate, once per repeat. Out: one line per
candidate and metric, with the value, its interval, and the difference to the first candidate with the interval of that
difference.

In each repeat every labelled track is a test track once, so a repeat has one out-of-fold prediction of every track. The value
of most metrics is the mean over repeats of the metric on all tracks (``pooled``). The value of ROC-AUC is the mean over repeats
and folds of the ROC-AUC within one test part (``by_fold``). The reason: different models' scores have no common scale, so one
ranking of all their scores makes every model look worse. Other metrics mean little on the few tracks of one test part (Forman,
Scholz 2010, Apples-to-apples in cross-validation studies, doi 10.1145/1882471.1882479).

The intervals are those of these means: groups of tracks are drawn with replacement (:mod:`mer_tasks.evaluation.bootstrap`).
Every repeat and every candidate gets the same resamples, so differences are paired. Other folds and other initial weights
change the values too. No interval includes that: ``deviation`` is the standard deviation over repeats.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.evaluation.bootstrap import RESAMPLES, percentile_interval, resample_weights
from mer_tasks.evaluation.metrics import Flags, MetricKey, MetricValues, Predictions, Values, all_metrics
from mer_tasks.evaluation.weighted_metrics import MetricSamples, WeightedMetrics
from mer_tasks.evaluation.weighted_rankings import ratio
from mer_tasks.label_set import LabelSet

LINE_FIELDS: tuple[str, ...] = ("candidate", "emotion", "metric", "value", "low", "high")
LINE_FIELDS += ("difference", "difference_low", "difference_high", "pooled", "by_fold", "deviation")
"""Fields of a line, and columns of ``mer.crossval_metric``."""

WITHIN_FOLDS = "roc_auc"
"""Prefix of the names of the metrics whose value is ``by_fold``."""

T = TypeVar("T")
Groups = npt.NDArray[np.generic]
Folds = npt.NDArray[np.integer]


def predictions_from_table(table: pd.DataFrame, label_set: LabelSet) -> Predictions:
    """Read probabilities and decisions from a table of :func:`mer_tasks.modelling.predictions.prediction_table`."""
    probabilities = table[[f"probability_{label}" for label in label_set.ids]].to_numpy()
    decisions = table[[f"positive_{label}" for label in label_set.ids]].to_numpy()
    return probabilities, decisions


def _mean(values: Sequence[float | None]) -> float | None:
    """Compute the mean of the values that are defined; None if no value is."""
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else None


def _mean_samples(samples: Sequence[MetricSamples]) -> MetricSamples:
    """Compute the mean of each metric in each resample, over the elements of `samples` that define it."""
    stacks = {key: np.stack([each[key] for each in samples]) for key in samples[0]}
    counts = {key: (~np.isnan(values)).sum(axis=0) for key, values in stacks.items()}
    return {key: ratio(np.nansum(values, axis=0), counts[key].astype(float)) for key, values in stacks.items()}


class CandidateScores:
    """Cross-validation scores of one candidate.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups : np.ndarray [shape=(tracks,)]
        Group of each track.
    repeats : sequence of Predictions
        Out-of-fold probabilities and decisions of each repeat.
    folds : sequence of np.ndarray [shape=(tracks,)]
        For each repeat, the fold in which each track was a test track.
    label_set : LabelSet
    seed : int
        Seed of the resamples.

    Attributes
    ----------
    pooled, by_fold : dict
        Each metric computed on all tracks, and computed within folds.
    values : dict
        The one of these two that is the metric's value.
    repeats : list of dict
        The values of each repeat.
    samples : dict
        The values in each resample; NaN where a metric is not defined.
    """

    def __init__(
        self,
        labels: Flags,
        groups: Groups,
        repeats: Sequence[Predictions],
        folds: Sequence[Folds],
        label_set: LabelSet,
        *,
        seed: int,
    ) -> None:
        self.repeats: list[MetricValues] = []
        pooled_repeats, by_fold_repeats, samples = [], [], []
        for (probabilities, decisions), fold in zip(repeats, folds, strict=True):
            masks = [np.ones(len(fold), bool), *(fold == number for number in np.unique(fold))]
            parts = [(labels[mask], probabilities[mask], decisions[mask]) for mask in masks]
            pooled, *single = [all_metrics(*part, label_set) for part in parts]
            by_fold: MetricValues = {key: _mean([values[key] for values in single]) for key in pooled}
            pooled_repeats.append(pooled)
            by_fold_repeats.append(by_fold)
            self.repeats.append(_select(pooled, by_fold))
            pooled_samples, *fold_samples = _resampled(parts, [groups[mask] for mask in masks], label_set, seed=seed)
            samples.append(_select(pooled_samples, _mean_samples(fold_samples)))
        self.pooled = {key: _mean([values[key] for values in pooled_repeats]) for key in self.repeats[0]}
        self.by_fold = {key: _mean([values[key] for values in by_fold_repeats]) for key in self.repeats[0]}
        self.values: MetricValues = _select(self.pooled, self.by_fold)
        self.samples = _mean_samples(samples)


def _resampled(
    parts: Sequence[tuple[Flags, Values, Flags]], groups: Sequence[Groups], label_set: LabelSet, *, seed: int
) -> list[MetricSamples]:
    """Compute every metric of each part in each resample; all parts get the same resamples.

    The first part has all groups. Each other part gets the weights of the groups that it has.
    """
    names = np.unique(groups[0])
    weighted = [(WeightedMetrics(*part, own, label_set), np.isin(names, own)) for part, own in zip(parts, groups, strict=True)]
    blocks = [
        [metrics.metrics(weights[mask]) for metrics, mask in weighted]
        for weights in resample_weights(len(names), RESAMPLES, seed)
    ]
    return [
        {key: np.concatenate([block[part][key] for block in blocks]) for key in blocks[0][part]} for part in range(len(parts))
    ]


def _select(pooled: Mapping[MetricKey, T], by_fold: Mapping[MetricKey, T]) -> dict[MetricKey, T]:
    """Select for each metric the way of computing that gives its value."""
    return {key: (by_fold if key[1].startswith(WITHIN_FOLDS) else pooled)[key] for key in pooled}


def compare(
    labels: Flags,
    groups: npt.NDArray[np.generic],
    candidates: Mapping[str, Sequence[Predictions]],
    folds: Sequence[Folds],
    label_set: LabelSet,
    *,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Compute every metric of every candidate, with intervals and differences to the first candidate.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups : np.ndarray [shape=(tracks,)]
        Group of each track.
    candidates : mapping of str to sequence of Predictions
        By the candidate's name, its out-of-fold probabilities and decisions of each repeat.
    folds : sequence of np.ndarray [shape=(tracks,)]
        For each repeat, the fold in which each track was a test track.
    label_set : LabelSet
    seed : int
        Seed of the resamples.

    Returns
    -------
    list of dict
        With the fields of ``LINE_FIELDS``. A field that is not defined is None. The first candidate has no differences.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> labels = np.tile([[True], [False]], (10, 2))
    >>> predictions = (np.where(labels, 0.8, 0.4), labels)
    >>> lines = compare(labels, np.arange(20) // 2, {"statistics": [predictions]}, [np.arange(20) // 10], moods)
    >>> [line["value"] for line in lines if (line["emotion"], line["metric"]) == ("calm", "roc_auc")]
    [1.0]
    """
    scores = {
        name: CandidateScores(labels, groups, repeats, folds, label_set, seed=seed) for name, repeats in candidates.items()
    }
    first = next(iter(scores.values()))
    return [
        dict(zip(LINE_FIELDS, (name, *key, *_line(key, candidate, None if candidate is first else first)), strict=True))
        for name, candidate in scores.items()
        for key in candidate.values
    ]


def _line(key: MetricKey, candidate: CandidateScores, first: CandidateScores | None) -> tuple[float | None, ...]:
    """Make the fields of a line after ``metric``; the differences are to `first`, and None without it."""
    value = candidate.values[key]
    difference: tuple[float | None, ...] = (None, None, None)
    if first is not None and value is not None and (reference := first.values[key]) is not None:
        difference = value - reference, *(percentile_interval(candidate.samples[key] - first.samples[key]) or (None, None))
    defined = [repeat[key] for repeat in candidate.repeats if repeat[key] is not None]
    deviation = float(np.std(np.array(defined, float), ddof=1)) if len(defined) > 1 else None
    interval = percentile_interval(candidate.samples[key]) or (None, None)
    return value, *interval, *difference, candidate.pooled[key], candidate.by_fold[key], deviation
