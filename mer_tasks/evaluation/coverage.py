"""Coverage of answers: how many are right or unclear, beside the promise of :mod:`mer_tasks.modelling.conformal`.

In: labels, decisions and unclear answers of test tracks. Out: metric lines ``coverage`` and ``unclear`` (the share of unclear
answers) for each label and for all labels together, each with a 95 % bootstrap interval over groups. The mean over labels
equals the value over all answers, because each label has an answer for each track.

If a track has exactly one label, the promise is about its set of plausible labels. The coverage of all labels together is then
the share of tracks whose set contains the right label, and that of one label is the same share of the tracks that have it. A
label that no test track has is not judged then. ``unclear`` of all labels together is the share of tracks whose set has several
labels.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.evaluation.bootstrap import RESAMPLES, percentile_interval, resample_weights
from mer_tasks.evaluation.metrics import CEILINGS, Flags
from mer_tasks.evaluation.weighted_rankings import Array64, ratio
from mer_tasks.label_set import LabelSet

COVERAGE_METRICS = ("coverage", "unclear")
"""Names of the metrics, of one label as well as of all labels together."""


def coverage_lines(
    labels: Flags,
    decisions: Flags,
    unclear: Flags,
    groups: npt.NDArray[np.generic],
    label_set: LabelSet,
    *,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Make the metric lines of coverage and of unclear answers, in the form of :func:`mer_tasks.evaluation.metrics.lines`.

    Parameters
    ----------
    labels, decisions, unclear : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups : np.ndarray [shape=(tracks,)]
        Group of each track.
    label_set : LabelSet
    resamples, seed
        Number of bootstrap resamples, and seed of their random numbers.

    Returns
    -------
    list of dict
        The lines have no baseline and no values of listeners.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> labels, decisions = np.array([[1, 0], [1, 1]], bool), np.array([[1, 1], [0, 1]], bool)
    >>> unclear = np.array([[0, 1], [0, 0]], bool)
    >>> lines = coverage_lines(labels, decisions, unclear, np.arange(2), moods)
    >>> [(line["emotion"], line["value"]) for line in lines if line["metric"] == "coverage"]
    [('calm', 0.5), ('happy', 1.0), (None, 0.75)]
    """
    hits = (labels & (decisions | unclear)) if label_set.single else (labels == decisions) | unclear
    counted = labels if label_set.single else np.ones_like(labels)
    several: Flags = (unclear.sum(axis=1, keepdims=True) > 0) if label_set.single else unclear
    answers: Flags = np.ones_like(several)
    values = {
        "coverage": _Ratios(hits, counted, groups),
        "unclear": _Ratios(unclear, np.ones_like(labels), groups, (several, answers)),
    }
    positives = [*map(int, labels.sum(axis=0)), len(labels)]
    samples = {name: _samples(ratios, resamples, seed) for name, ratios in values.items()}
    return [
        {
            "part": "test",
            "level": "track",
            "emotion": label,
            "metric": name,
            "value": _value(ratios.of(np.ones((ratios.count, 1), np.float32))[row, 0]),
            **dict(zip(("low", "high"), percentile_interval(samples[name][row]) or (None, None), strict=True)),
            "baseline": None,
            **dict.fromkeys(CEILINGS),
            "support": positives[row],
        }
        for name, ratios in values.items()
        for row, label in enumerate([*label_set.ids, None])
    ]


class _Ratios:
    """Shares of answers for each label and for all labels together, for any weights of the groups."""

    def __init__(
        self, hits: Flags, counted: Flags, groups: npt.NDArray[np.generic], overall: tuple[Flags, Flags] | None = None
    ) -> None:
        names, group = np.unique(groups, return_inverse=True)
        self.count = len(names)
        all_hits, all_counted = overall or (hits, counted)
        self._sums = [
            np.stack([np.bincount(group, column, self.count) for column in (*flags.T, all_flags.sum(axis=1))])
            for flags, all_flags in ((hits, all_hits), (counted, all_counted))
        ]

    def of(self, weights: npt.NDArray[np.float32]) -> Array64:
        """Return the shares [shape=(labels + 1, resamples)], NaN where nothing is counted; the last row is all labels."""
        hits, counted = (np.asarray(sums @ weights, np.float64) for sums in self._sums)
        return ratio(hits, counted)


def _samples(ratios: _Ratios, resamples: int, seed: int) -> Array64:
    """Compute the shares in each bootstrap resample; all are NaN if there is only one group."""
    if ratios.count < 2:
        return ratios.of(np.zeros((ratios.count, resamples), np.float32))
    return np.concatenate([ratios.of(weights) for weights in resample_weights(ratios.count, resamples, seed)], axis=1)


def _value(share: float) -> float | None:
    return None if np.isnan(share) else float(share)
