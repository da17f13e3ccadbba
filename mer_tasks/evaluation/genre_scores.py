"""Scores of candidates on each genre: the model never heard the genre, against a model that did (leave-one-genre-out).

In: labels, groups and genres of tracks; each candidate's probabilities from the folds that leave out a genre (unheard), and
from the ordinary folds (heard). Out: one line per candidate and genre, with macro ROC-AUC, intervals and paired differences.

Only tracks of one genre are ranked, so the value shows what a model knows within the genre, and not that it tells genres apart.
Unheard: all pairs of a track with the label and one without it. Heard: the pairs that were in one test part, because scores of
different models have no common scale. Both are sums over the repeats. A label is judged where both are defined, also in 95 % of
the resamples: otherwise a few tracks would decide. A mean over labels has the same labels on both sides. Groups of tracks are
resampled, with the same resamples on both sides. If no label is defined so often, there is no interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.evaluation.bootstrap import RESAMPLES, percentile_interval, resample_weights
from mer_tasks.evaluation.metrics import Flags, Values
from mer_tasks.evaluation.weighted_rankings import Array32, Array64, Ranking, ratio

GENRE_FIELDS: tuple[str, ...] = ("candidate", "genre", "tracks", "groups", "labels", "value", "low", "high")
GENRE_FIELDS += ("heard", "heard_low", "heard_high", "difference", "difference_low", "difference_high")
"""Fields of a line. ``labels`` is the number of labels that are judged; ``genre`` is None for the mean over the genres, whose
``labels`` is the largest number of a genre."""
DEFINED = 0.95
"""Share of the resamples in which the value of a label must be defined."""

Names = npt.NDArray[np.generic]
Positions = npt.NDArray[np.intp]


class _Pairs:
    """Pairs of a positive and a negative track within one set of tracks, for one label and any weights of the groups."""

    def __init__(self, labels: Flags, scores: Values, groups: Positions, count: int) -> None:
        self._ranking = Ranking(labels, scores, groups, count)
        self._positives: Array64 = np.bincount(groups[labels], minlength=count).astype(np.float64)
        self._negatives: Array64 = np.bincount(groups[~labels], minlength=count).astype(np.float64)

    def sums(self, weights: Array32) -> tuple[Array64, Array64]:
        """Compute the weight of the pairs in the right order, and of all pairs, for each column of `weights`."""
        positives: Array64 = self._positives @ weights
        negatives: Array64 = self._negatives @ weights
        areas = self._ranking.areas(weights, positives, negatives)["roc_auc"]
        pairs: Array64 = positives * negatives
        return np.where(pairs > 0, areas, 0.0) * pairs, pairs


def _areas(pairs_by_label: Sequence[Sequence[_Pairs]], weights: Array32) -> Array64:
    """Compute the ROC-AUC of each label from its sets of pairs [shape=(labels, columns of weights)]; NaN without pairs."""
    totals = [np.sum([pairs.sums(weights) for pairs in of_label], axis=0) for of_label in pairs_by_label]
    return np.stack([ratio(right, pairs) for right, pairs in totals])


@dataclass(frozen=True)
class _Scores:
    """Macro ROC-AUC of one candidate on one genre, unheard and heard.

    Attributes
    ----------
    labels : int
        Number of labels that are judged.
    certain : bool
        Whether the resamples give an interval.
    values : np.ndarray [shape=(2,)]
    samples : np.ndarray [shape=(2, resamples)]
    """

    labels: int
    certain: bool
    values: Array64
    samples: Array64


def _scores(unheard: Array64, heard: Array64) -> _Scores:
    """Average over the labels that are judged on both sides.

    Parameters
    ----------
    unheard, heard : np.ndarray [shape=(labels, 1 + resamples)]
        ROC-AUC with weights of 1, then in each resample; NaN without pairs.
    """
    areas = np.stack([unheard, heard])
    defined: Flags = np.logical_not(np.isnan(areas).any(axis=0))
    judged = defined[:, 0] & (defined[:, 1:].mean(axis=1) >= DEFINED)
    certain = bool(judged.any())
    used = defined & (judged if certain else defined[:, 0])[:, np.newaxis]
    macro = ratio(
        np.where(used, areas, 0.0).sum(axis=1), np.broadcast_to(used.sum(axis=0).astype(np.float64), areas.shape[::2])
    )
    return _Scores(int(used[:, 0].sum()), certain, macro[:, 0], macro[:, 1:])


def _genre_scores(
    mask: Flags,
    labels: Flags,
    positions: Positions,
    count: int,
    unheard: Sequence[Values],
    heard: Sequence[Values],
    folds: Sequence[Any],
    blocks: Sequence[Array32],
) -> _Scores:
    """Score a candidate on the tracks of `mask`, with each of the `blocks` of weights."""

    def pairs(selected: Flags, probabilities: Values, column: int) -> _Pairs:
        return _Pairs(labels[selected, column], probabilities[selected, column], positions[selected], count)

    parts = [
        (values, mask & (fold == number)) for values, fold in zip(heard, folds, strict=True) for number in np.unique(fold[mask])
    ]
    columns = range(labels.shape[1])
    sides = (
        [[pairs(mask, values, column) for values in unheard] for column in columns],
        [[pairs(part, values, column) for values, part in parts] for column in columns],
    )
    return _scores(*(np.concatenate([_areas(side, weights) for weights in blocks], axis=1) for side in sides))


def compare_genres(
    labels: Flags,
    groups: Names,
    genres: Names,
    unheard: Mapping[str, Sequence[Values]],
    heard: Mapping[str, Sequence[Values]],
    folds: Sequence[npt.NDArray[np.integer]],
    *,
    seed: int = 0,
) -> list[dict[str, Any]]:
    """Compute macro ROC-AUC on each genre, for models that never heard it and for models that did.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups, genres : np.ndarray [shape=(tracks,)]
        Group and genre of each track.
    unheard, heard : mapping of str to sequence of np.ndarray [shape=(tracks, labels)]
        By the candidate's name, its probabilities in each repeat.
    folds : sequence of np.ndarray [shape=(tracks,)]
        For each repeat, the ordinary fold in which each track was a test track.
    seed : int
        Seed of the resamples.

    Returns
    -------
    list of dict
        With the fields of ``GENRE_FIELDS``. A field that is not defined is None. A genre of one group has no intervals.

    Examples
    --------
    >>> labels = np.tile([[True], [False]], (8, 1))
    >>> genres = np.repeat(["pop", "rock"], 8)
    >>> heard, unheard = np.where(labels, 0.9, 0.1), np.full((16, 1), 0.5)
    >>> lines = compare_genres(labels, np.arange(16) // 2, genres, {"x": [unheard]}, {"x": [heard]}, [np.arange(16) % 4 // 2])
    >>> [(line["genre"], line["value"], line["heard"]) for line in lines]
    [('pop', 0.5, 1.0), ('rock', 0.5, 1.0), (None, 0.5, 1.0)]
    """
    names, positions = np.unique(groups, return_inverse=True)
    blocks = [np.ones((len(names), 1), np.float32), *resample_weights(len(names), RESAMPLES, seed)]
    lines = []
    for name in unheard:
        of_genres = []
        for genre in np.unique(genres):
            mask = genres == genre
            scores = _genre_scores(mask, labels, positions, len(names), unheard[name], heard[name], folds, blocks)
            of_genres.append(scores)
            lines.append(_line(name, str(genre), int(mask.sum()), len(np.unique(groups[mask])), scores))
        most = max(scores.labels for scores in of_genres)
        certain = any(scores.certain for scores in of_genres)
        values, samples = ([getattr(scores, side) for scores in of_genres] for side in ("values", "samples"))
        lines.append(_line(name, None, len(labels), len(names), _Scores(most, certain, _mean(values), _mean(samples))))
    return lines


def _mean(values: Sequence[Array64]) -> Array64:
    """Compute the mean over the genres that define a value; NaN if none does."""
    stacked = np.stack(values)
    defined = ~np.isnan(stacked)
    return ratio(np.where(defined, stacked, 0.0).sum(axis=0), defined.sum(axis=0).astype(np.float64))


def _line(name: str, genre: str | None, tracks: int, groups: int, scores: _Scores) -> dict[str, Any]:
    """Make a line; the interval of one group would have no width."""
    fields: list[Any] = [name, genre, tracks, groups, scores.labels]
    values, samples = scores.values, scores.samples
    for value, drawn in (*zip(values, samples, strict=True), (values[0] - values[1], samples[0] - samples[1])):
        ends = percentile_interval(drawn) if scores.certain and groups > 1 else None
        fields += [None, None, None] if np.isnan(value) else [float(value), *(ends or (None, None))]
    return dict(zip(GENRE_FIELDS, fields, strict=True))
