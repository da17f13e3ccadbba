"""What candidates are worth, by what they said out of fold.

In: labels and groups of tracks, and of each candidate its probabilities and decisions, once for each repeat. Out: a line for
each candidate and metric: value, interval, and difference to the first candidate with its own interval.

In a repeat each labelled track is a test track once, so a repeat has one out-of-fold prediction of every track. A value is the
mean over repeats of the metric on all tracks (``pooled``), but of ROC-AUC it is the mean over repeats and folds of that within
a test part (``by_fold``): scores of different models have no common order, and to rank them together counts against all of
them, while other metrics mean little on the few tracks of one part (Forman, Scholz 2010, Apples-to-apples in cross-validation
studies, doi 10.1145/1882471.1882479).

Intervals are of these means: groups of tracks are drawn with replacement (:mod:`mer_tasks.evaluation.bootstrap`), the same ones
for every repeat and candidate, so that differences are paired. Another draw of folds and weights moves values too, and no
interval has that: ``deviation`` is the standard deviation of the repeats.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.bootstrap import RESAMPLES, Judged, Samples, draws, ends
from mer_tasks.evaluation.metrics import Figure, Figures, Flags, Values, figures
from mer_tasks.evaluation.weighted_rankings import ratio

LINE: tuple[str, ...] = ("candidate", "emotion", "metric", "value", "low", "high")
LINE += ("difference", "difference_low", "difference_high", "pooled", "by_fold", "deviation")
"""Fields of a line, and columns of ``mer.crossval_metric``."""

WITHIN_FOLDS = "roc_auc"
"""Beginning of the metrics whose value is ``by_fold``."""

T = TypeVar("T")
Said = tuple[Values, Flags]
"""Probabilities and decisions, each [shape=(tracks, 9)]."""
Names = npt.NDArray[np.generic]
Folds = npt.NDArray[np.integer]


def said_of(table: pd.DataFrame) -> Said:
    """What a table of predictions (:func:`mer_tasks.modelling.predictions.prediction_table`) says."""
    probabilities, decisions = (
        table[[f"{kind}_{emotion}" for emotion in EMOTIONS]].to_numpy() for kind in ("probability", "positive")
    )
    return probabilities, decisions


def _mean(values: Sequence[float | None]) -> float | None:
    defined = [value for value in values if value is not None]
    return float(np.mean(defined)) if defined else None


def _mean_samples(found: Sequence[Samples]) -> Samples:
    """Mean of each figure in each resample over those in which it is defined."""
    stacks = {figure: np.stack([samples[figure] for samples in found]) for figure in found[0]}
    counts = {figure: (~np.isnan(values)).sum(axis=0) for figure, values in stacks.items()}
    return {figure: ratio(np.nansum(values, axis=0), counts[figure].astype(float)) for figure, values in stacks.items()}


class Outcome:
    """What a candidate was found to be worth.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    groups : np.ndarray [shape=(tracks,)]
    repeats, folds
        Of each repeat, what the candidate says out of fold, and the fold that each track was tested in.
    seed : int
        Of the resamples.

    Attributes
    ----------
    pooled, by_fold : dict
        Each figure both ways.
    repeats : list of dict
        The values of each repeat.
    samples : dict
        The values in each resample, NaN where a figure is not defined.
    """

    def __init__(self, labels: Flags, groups: Names, repeats: Sequence[Said], folds: Sequence[Folds], seed: int) -> None:
        self.repeats: list[Figures] = []
        both, samples = [], []
        for (probabilities, decisions), fold in zip(repeats, folds, strict=True):
            rows = [np.ones(len(fold), bool), *(fold == number for number in np.unique(fold))]
            parts = [(labels[row], probabilities[row], decisions[row]) for row in rows]
            pooled, *single = [figures(*part) for part in parts]
            within: Figures = {figure: _mean([values[figure] for values in single]) for figure in pooled}
            both.append((pooled, within))
            self.repeats.append(_chosen(pooled, within))
            together, *apart = _resampled(parts, [groups[row] for row in rows], seed)
            samples.append(_chosen(together, _mean_samples(apart)))
        self.pooled, self.by_fold = (
            {figure: _mean([values[place][figure] for values in both]) for figure in self.repeats[0]} for place in (0, 1)
        )
        self.values: Figures = _chosen(self.pooled, self.by_fold)
        self.samples = _mean_samples(samples)


def _resampled(parts: Sequence[tuple[Flags, Values, Flags]], groups: Sequence[Names], seed: int) -> list[Samples]:
    """Every figure of each part, the first of which has all groups, in each resample; all parts get the same resamples."""
    names = np.unique(groups[0])
    judged = [(Judged(*part, own), np.isin(names, own)) for part, own in zip(parts, groups, strict=True)]
    blocks = [[one.figures(weights[there]) for one, there in judged] for weights in draws(len(names), RESAMPLES, seed)]
    return [
        {figure: np.concatenate([block[place][figure] for block in blocks]) for figure in blocks[0][place]}
        for place in range(len(parts))
    ]


def _chosen(pooled: Mapping[Figure, T], by_fold: Mapping[Figure, T]) -> dict[Figure, T]:
    """Of each figure the one that is its value."""
    return {figure: (by_fold if figure[1].startswith(WITHIN_FOLDS) else pooled)[figure] for figure in pooled}


def compare(
    labels: Flags,
    groups: npt.NDArray[np.generic],
    candidates: Mapping[str, Sequence[Said]],
    folds: Sequence[Folds],
    *,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Every metric of every candidate.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, 9), dtype=bool]
    groups : np.ndarray [shape=(tracks,)]
        Group of each track.
    candidates
        Of each by name, what it says out of fold, once for each repeat. Differences are to the first.
    folds : sequence of np.ndarray [shape=(tracks,)]
        Of each repeat, the fold in which each track was a test track.
    seed : int
        Of the resamples.

    Returns
    -------
    list of dict
        With the fields of ``LINE``. None where something is not defined; the first candidate has no differences.
    """
    found = {name: Outcome(labels, groups, repeats, folds, seed) for name, repeats in candidates.items()}
    first = next(iter(found.values()))
    return [
        dict(zip(LINE, (name, *figure, *_line(figure, one, None if one is first else first)), strict=True))
        for name, one in found.items()
        for figure in one.values
    ]


def _line(figure: Figure, one: Outcome, first: Outcome | None) -> tuple[float | None, ...]:
    """Value of a figure and difference to `first`, with their intervals, and what else a line has."""
    value = one.values[figure]
    difference: tuple[float | None, ...] = (None, None, None)
    if first is not None and value is not None and (before := first.values[figure]) is not None:
        difference = value - before, *(ends(one.samples[figure] - first.samples[figure]) or (None, None))
    of_repeats = [repeat[figure] for repeat in one.repeats]
    known = [repeat for repeat in of_repeats if repeat is not None]
    deviation = float(np.std(known, ddof=1)) if len(known) > 1 else None
    spread = ends(one.samples[figure]) or (None, None)
    return value, *spread, *difference, one.pooled[figure], one.by_fold[figure], deviation
