"""Bootstrap: 95 % confidence intervals of metrics, by resampling groups of tracks.

In: labels, probabilities and decisions of tracks or segments, and the group of each. Out: the lower and the upper end of an
interval for every metric of :func:`mer_tasks.evaluation.metrics.all_metrics`. Tracks of one group (one artist, or the same
recording twice) are not independent evidence, and neither are segments of one track. So whole groups are drawn, with
replacement (the cluster bootstrap: Davison and Hinkley (1997), Bootstrap Methods and their Application, chapter 3.8). The ends
are percentiles 2.5 and 97.5 of 1,000 resamples.

A group that is drawn twice has a weight of 2, so a resample is one weighting of the groups:
:mod:`mer_tasks.evaluation.weighted_metrics` computes the metrics of many weightings at once.

A metric may be undefined in a resample, for example if no drawn track has the label. Its interval then ignores that
resample. In each resample, means over labels include the labels whose metric is defined there. A label that few tracks have
then counts only in resamples that draw one of them, where it is more common than among all tracks. Its precision-recall curve
and its Brier score are larger there, so the interval of their mean may lie above its value.

The interval does not cover the choice of the model, its thresholds and the labels: they are fixed. A calibration error grows
with fewer tracks, and a resample lacks about a third of them, so its interval may lie above its value, too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from mer_tasks.evaluation.metrics import Flags, MetricKey, Predictions, Values, all_metrics
from mer_tasks.evaluation.weighted_metrics import MetricSamples, WeightedMetrics
from mer_tasks.evaluation.weighted_rankings import Array32, Array64
from mer_tasks.label_set import LabelSet

IntervalEnds = tuple[float, float] | None
"""Lower and upper end of an interval; None where it is not defined."""

RESAMPLES = 1_000
PERCENTILES = (2.5, 97.5)
BLOCK = 100
"""Number of resamples that are computed together: they need 40 MB of weights for 100,000 groups."""


@dataclass(frozen=True)
class MetricDifference:
    """Difference of one metric between two models on the same tracks.

    Attributes
    ----------
    value : float or None
        The metric of the second model minus that of the first one; None where one of them is not defined.
    low, high : float or None
        Ends of the interval of the difference.
    """

    value: float | None
    low: float | None
    high: float | None


def resample_weights(count: int, resamples: int, seed: int) -> Iterator[Array32]:
    """Draw bootstrap resamples of `count` groups: how often each group is drawn.

    Yields
    ------
    np.ndarray [shape=(count, n), dtype=float32]
        One column per resample. The blocks have `resamples` columns in all.

    Examples
    --------
    >>> [block.sum(axis=0) for block in resample_weights(5, 2, seed=0)]
    [array([5., 5.], dtype=float32)]
    """
    random = np.random.default_rng(seed)
    for start in range(0, resamples, BLOCK):
        size = min(BLOCK, resamples - start)
        rows = np.empty((size, count), np.float32)
        for row in rows:
            row[:] = np.bincount(random.integers(count, size=count), minlength=count)
        yield np.ascontiguousarray(rows.T)


def resampled_metrics(metrics: WeightedMetrics, *, resamples: int = RESAMPLES, seed: int = 0) -> MetricSamples:
    """Compute every metric in each bootstrap resample.

    Two models that are evaluated on the same groups get the same resamples for the same seed. All values are NaN if there is
    only one group, because one group does not show how groups differ.
    """
    if metrics.count < 2:
        return {key: np.full(resamples, np.nan) for key in metrics.metrics(np.ones((metrics.count, 1), np.float32))}
    blocks = [metrics.metrics(weights) for weights in resample_weights(metrics.count, resamples, seed)]
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def percentile_interval(values: Array64) -> IntervalEnds:
    """Compute the 95 % percentile interval of the values that are defined; None if no value is.

    Examples
    --------
    >>> percentile_interval(np.array([0.0, 0.5, 1.0, np.nan]))
    (0.025, 0.975)
    """
    defined = values[~np.isnan(values)]
    if not len(defined):
        return None
    low, high = np.percentile(defined, PERCENTILES)
    return float(low), float(high)


def student_interval(value: float | None, values: Array64, count: int) -> IntervalEnds:
    """Compute the 95 % interval by Student's t around `value`, with the standard error that the resamples show.

    Percentile intervals of few groups are too narrow, for two reasons (Hesterberg (2015), What teachers should know about the
    bootstrap, doi 10.1080/00031305.2015.1089789). The spread of resamples is too small by a factor of
    ``sqrt((count - 1) / count)``. And percentiles ignore that few groups estimate the spread badly.

    Parameters
    ----------
    value : float or None
        The metric on all groups.
    values : np.ndarray [shape=(resamples,)]
        The metric in each resample; NaN where it is not defined.
    count : int
        Number of groups.

    Returns
    -------
    (float, float) or None
        None if `value` is None, if there are fewer than two groups, or if fewer than two resamples are defined.
    """
    defined = values[~np.isnan(values)]
    if value is None or len(defined) < 2 or count < 2:
        return None
    error = float(np.std(defined, ddof=1)) * float(np.sqrt(count / (count - 1)))
    half_width = -float(stdtrit(count - 1, PERCENTILES[0] / 100)) * error
    return value - half_width, value + half_width


def intervals(
    labels: Flags,
    probabilities: Values,
    decisions: Flags,
    groups: npt.NDArray[np.generic],
    label_set: LabelSet,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> dict[MetricKey, IntervalEnds]:
    """Compute the 95 % bootstrap interval of every metric, by resampling groups.

    Parameters
    ----------
    labels, decisions : np.ndarray [shape=(n, labels), dtype=bool]
    probabilities : np.ndarray [shape=(n, labels)]
        From 0 to 1.
    groups : np.ndarray [shape=(n,)]
        Group of each track or segment; any names.
    label_set : LabelSet

    Returns
    -------
    dict
        Lower and upper end by the keys of :func:`mer_tasks.evaluation.metrics.all_metrics`. None where a metric is not
        defined, and everywhere if there is only one group.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> labels = np.tile([[True], [False]], (10, 2))
    >>> ends = intervals(labels, np.where(labels, 0.8, 0.4), labels, np.arange(20), moods)
    >>> ends["calm", "roc_auc"], intervals(labels, labels * 1.0, labels, np.zeros(20), moods)["calm", "f1"]
    ((1.0, 1.0), None)
    """
    weighted = WeightedMetrics(labels, probabilities, decisions, groups, label_set)
    samples = resampled_metrics(weighted, resamples=resamples, seed=seed)
    return {key: percentile_interval(values) for key, values in samples.items()}


def paired_differences(
    labels: Flags,
    first: Predictions,
    second: Predictions,
    groups: npt.NDArray[np.generic],
    label_set: LabelSet,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
    few: bool = False,
) -> dict[MetricKey, MetricDifference]:
    """Compute the difference of every metric between two models, with a 95 % paired bootstrap interval.

    Both models are evaluated on the same tracks, and in each resample on the same groups.

    Parameters
    ----------
    labels : np.ndarray [shape=(n, labels), dtype=bool]
    first, second : tuple of np.ndarray [shape=(n, labels)]
        Probabilities and decisions of each model, for the same labels.
    groups : np.ndarray [shape=(n,)]
        Group of each track.
    label_set : LabelSet
    few : bool
        Whether the groups are few: the interval is then that of :func:`student_interval`. Otherwise it is the percentile
        interval.

    Returns
    -------
    dict of (str or None, str) to MetricDifference
        The metric of `second` minus that of `first`.
    """
    first_values = all_metrics(labels, *first, label_set)
    second_values = all_metrics(labels, *second, label_set)
    first_samples = resampled_metrics(WeightedMetrics(labels, *first, groups, label_set), resamples=resamples, seed=seed)
    second_samples = resampled_metrics(WeightedMetrics(labels, *second, groups, label_set), resamples=resamples, seed=seed)
    count = len(np.unique(groups)) if few else None
    return {
        key: _difference(first_values[key], second_values[key], second_samples[key] - first_samples[key], count)
        for key in first_values
    }


def _difference(first: float | None, second: float | None, samples: Array64, count: int | None) -> MetricDifference:
    """Compute a difference with Student's interval for `count` groups, or with the percentile interval if `count` is None."""
    value = None if first is None or second is None else second - first
    ends = percentile_interval(samples) if count is None else student_interval(value, samples, count)
    low, high = ends or (None, None)
    return MetricDifference(value, low, high)
