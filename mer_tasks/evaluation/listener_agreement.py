"""Listener agreement: the metrics that listeners reach when they predict each other's labels, as a ceiling for a model.

In: votes and numbers of listeners of some tracks, and the label rule. Out: for every metric of
:func:`mer_tasks.evaluation.metrics.all_metrics` except those of calibration, its mean over many random drawings of listeners,
and the range of 95 % of these drawings. There are two kinds of ceiling:

- Split half: half of a track's listeners, drawn without replacement, take the place of the model. Their share of votes is its
  probability, and the label rule makes its decision. The label is what the rule makes of the other half, which is the larger
  one if the number is odd. A model that reaches this ceiling is as good as half of a panel.
- Panel: all listeners take the place of the model, with their share as its probability. The label is what the rule makes of as
  many new listeners, each of whom chooses a label with the probability of its share. A model can hardly do better. With few
  listeners, shares depend more on chance, and this ceiling is further above what is possible.

A track with one listener shows nothing of agreement, so both ceilings leave it out. Only votes are needed, because each label
is drawn on its own. Metrics of all decisions of a track, such as ``f1_samples``, therefore assume that listeners choose each
label independently of the others. If a listener gives a track exactly one label (label sets of kind ``single``), whole answers
are drawn, and nothing is assumed. Tracks are not resampled: :mod:`mer_tasks.evaluation.bootstrap` makes the intervals for that.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import LabelRule
from mer_tasks.corpus.label_rules import Counts, positives
from mer_tasks.evaluation.bootstrap import percentile_interval
from mer_tasks.evaluation.metrics import CALIBRATIONS, MetricKey
from mer_tasks.evaluation.weighted_metrics import MetricSamples, WeightedMetrics
from mer_tasks.label_set import LabelSet

logger = logging.getLogger(__name__)

Ballot = tuple[Counts, Counts]
"""Votes [shape=(tracks, labels)] and numbers of listeners [shape=(tracks,)]."""

MOST, LEAST = 500, 100
"""Largest and smallest number of repetitions: with many tracks, metrics vary less between repetitions."""
TRACK_BUDGET = 50_000
"""Number of tracks that are drawn in all repetitions together, within these limits."""
BLOCK = 100
"""Largest number of repetitions that are computed together."""
VOTE_BUDGET = 450_000
"""Largest number of votes, one for each track and label, that are drawn together."""


def ballot(labels: pd.DataFrame, label_set: LabelSet, *, tracks: Sequence[str] | None = None) -> Ballot:
    """Read votes and numbers of listeners from the table of stage `labels`; all tracks if `tracks` is None."""
    table = labels if tracks is None else labels.set_index("track_id").loc[list(tracks)]
    return table[[f"votes_{label}" for label in label_set.ids]].to_numpy(np.int64), table["annotators"].to_numpy(np.int64)


def split_half(votes: Counts, listeners: Counts, random: np.random.Generator, label_set: LabelSet) -> tuple[Ballot, Ballot]:
    """Draw half of each track's listeners without replacement.

    Parameters
    ----------
    votes : np.ndarray [shape=(tracks, labels), dtype=int64]
    listeners : np.ndarray [shape=(tracks,), dtype=int64]
    random : np.random.Generator
    label_set : LabelSet

    Returns
    -------
    (Ballot, Ballot)
        The drawn half, which is the smaller one if the number is odd, and the other half.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> votes, listeners = np.full((1, 2), 5), np.array([5])
    >>> (first, first_size), (second, second_size) = split_half(votes, listeners, np.random.default_rng(0), moods)
    >>> first[0, 0], first_size[0], second[0, 0], second_size[0]
    (np.int64(2), np.int64(2), np.int64(3), np.int64(3))
    """
    half = listeners // 2
    if label_set.single:
        first = _draw_answers(votes, half, random)
    else:
        first = random.hypergeometric(votes, listeners[:, np.newaxis] - votes, half[:, np.newaxis])
    return (first, half), (votes - first, listeners - half)


def _draw_answers(votes: Counts, sizes: Counts, random: np.random.Generator) -> Counts:
    """Draw `sizes` [shape=(tracks,)] listeners without replacement, each with one label; return their votes for each label."""
    drawn = np.empty_like(votes)
    missing, others = sizes, votes.sum(axis=1)
    for column, count in enumerate(votes.T):
        others = others - count
        drawn[:, column] = random.hypergeometric(count, others, missing)
        missing = missing - drawn[:, column]
    return drawn


def panel(votes: Counts, listeners: Counts, random: np.random.Generator, label_set: LabelSet) -> tuple[Ballot, Ballot]:
    """Return the votes of all listeners of each track, and random votes of as many new listeners."""
    sizes = listeners[:, np.newaxis]
    shares = votes / sizes
    drawn = random.multinomial(listeners, shares) if label_set.single else random.binomial(sizes, shares)
    return (votes, listeners), (drawn, listeners)


KINDS: dict[str, Callable[[Counts, Counts, np.random.Generator, LabelSet], tuple[Ballot, Ballot]]] = {
    "split_half": split_half,
    "panel": panel,
}
"""Functions that draw listeners, by the name of the ceiling in a metric line."""


def repeated_metrics(
    kind: str,
    votes: Counts,
    listeners: Counts,
    rule: LabelRule,
    label_set: LabelSet,
    *,
    among: Ballot,
    repetitions: int,
    seed: int,
) -> MetricSamples:
    """Compute every metric in each repetition of a drawing of listeners.

    Parameters
    ----------
    kind : {"split_half", "panel"}
    votes, listeners, rule, label_set, among
        See :func:`ceilings`. Each track has at least two listeners.
    repetitions : int
    seed : int

    Returns
    -------
    dict of (str or None, str) to np.ndarray [shape=(repetitions,)]
    """
    random = np.random.default_rng(seed)
    size = max(1, min(BLOCK, VOTE_BUDGET // votes.size))
    blocks = []
    for start in range(0, repetitions, size):
        count = min(size, repetitions - start)
        predicting, labelling = KINDS[kind](np.tile(votes, (count, 1)), np.tile(listeners, count), random, label_set)
        decisions = positives(*predicting, rule, among)
        labels = positives(*labelling, rule, among)
        shares = predicting[0] / predicting[1][:, np.newaxis]
        # each repetition is one group, and the identity matrix weighs each group alone
        weighted = WeightedMetrics(labels, shares, decisions, np.repeat(np.arange(count), len(votes)), label_set)
        blocks.append(weighted.metrics(np.eye(count, dtype=np.float32)))
    return {key: np.concatenate([block[key] for block in blocks]) for key in blocks[0]}


def ceilings(
    votes: Counts,
    listeners: Counts,
    rule: LabelRule,
    label_set: LabelSet,
    *,
    among: Ballot | None = None,
    repetitions: int | None = None,
    seed: int = 0,
) -> dict[MetricKey, dict[str, float | None]]:
    """Compute the ceilings of the metrics: what listeners reach on some tracks.

    Parameters
    ----------
    votes : np.ndarray [shape=(tracks, labels), dtype=int64]
    listeners : np.ndarray [shape=(tracks,), dtype=int64]
        At least 1 each.
    rule : str
        See :func:`mer_tasks.corpus.label_rules.positives`.
    label_set : LabelSet
        If it is of kind ``single``, the votes of a track add up to its listeners.
    among
        Votes and listeners of all tracks of the run, whose shares set the rule's limit. By default, these tracks.
    repetitions : int, optional
        By default 500 for up to 100 tracks, fewer for more tracks, and 100 from 500 tracks on.

    Returns
    -------
    dict
        By metric, without those of calibration: ``split_half`` and ``panel``, each also with ``_low`` and ``_high``. They are
        None if the metric is not defined in any repetition, for example of a label that nobody chose. The dict is empty if
        every track has one listener.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "multi"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> votes, listeners = np.array([[4, 4], [0, 0]]), np.array([4, 4])
    >>> ceilings(votes, listeners, "share>=0.3", moods, repetitions=10)[None, "f1_macro"]["split_half"]
    1.0
    """
    several = listeners > 1
    if not several.any():
        return {}
    ballots = votes[several], listeners[several]
    count = repetitions or min(MOST, max(LEAST, TRACK_BUDGET // len(ballots[0])))
    reached: dict[MetricKey, dict[str, float | None]] = {}
    for kind in KINDS:
        drawn = repeated_metrics(
            kind, *ballots, rule, label_set, among=among or (votes, listeners), repetitions=count, seed=seed
        )
        for key, values in drawn.items():
            if not key[1].startswith(CALIBRATIONS):
                reached.setdefault(key, {}).update(_summary(kind, values))
    return reached


def _summary(kind: str, values: npt.NDArray[np.float64]) -> dict[str, float | None]:
    """Make the fields of a ceiling: mean, lower end and upper end."""
    low, high = percentile_interval(values) or (None, None)
    return {kind: None if low is None else float(np.nanmean(values)), f"{kind}_low": low, f"{kind}_high": high}


def agreement(votes: Counts, listeners: Counts, rule: LabelRule, label_set: LabelSet, *, seed: int = 0) -> list[dict[str, Any]]:
    """Compute the :func:`ceilings` of all annotated tracks of a run, as lines with ``emotion``, ``metric`` and ``tracks``."""
    tracks = int((listeners > 1).sum())
    if tracks < len(listeners):
        logger.warning(
            "%d of %d annotated tracks have one listener, expected two or more: they say nothing of listeners' agreement",
            len(listeners) - tracks,
            len(listeners),
        )
    reached = ceilings(votes, listeners, rule, label_set, seed=seed)
    return [{"emotion": label, "metric": metric, "tracks": tracks, **line} for (label, metric), line in reached.items()]
