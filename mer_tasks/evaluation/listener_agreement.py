"""How well listeners know each other's labels: what a model can reach on them, beside each of its metrics.

In: votes and listeners of some tracks, and the label rule. Out: for every figure of
:func:`mer_tasks.evaluation.metrics.figures` but those of calibration, its mean over repetitions of a drawing of listeners, and
the range in which 95 % of these lie.

- Split half: half of a track's listeners, drawn without replacement, are the model. Their share is its probability, the label
  rule its decision; the label is what the rule makes of the other half (the larger one, of an odd number). A model that reaches
  this is as good as half of a panel.
- Panel: the share of all listeners is the model, and the label what the rule makes of as many new ones, each of whom chooses an
  emotion with the probability of its share. That is about the most to expect. The fewer the listeners, the more of their share
  is chance, and the more this is beyond what can be reached.

Of a track without a second listener nothing is known of agreement: it is left out of both. Votes are all that is needed; each
emotion is drawn for itself, so that figures of a track's decisions together, as ``f1_samples``, take listeners to choose each
emotion independently of the others. Tracks are not drawn: how sure a metric is says :mod:`mer_tasks.evaluation.bootstrap`.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import LabelRule
from mer_tasks.corpus.label_rules import Counts, positives
from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.bootstrap import Judged, Samples, ends
from mer_tasks.evaluation.metrics import CALIBRATIONS, Figure

logger = logging.getLogger(__name__)

Ballot = tuple[Counts, Counts]
"""Votes [shape=(tracks, 9)] and the number of listeners [shape=(tracks,)]."""

MOST, LEAST = 500, 100
"""Repetitions for few tracks and for many, whose figures vary less from one to the next."""
DRAWN = 50_000
"""Tracks that are drawn in all repetitions together, between these ends."""
BLOCK = 100
"""At most so many repetitions, and `DRAWN` tracks of them, are judged together."""


def ballot(labels: pd.DataFrame, tracks: Sequence[str] | None = None) -> Ballot:
    """Votes and listeners of some tracks, or of all, in the table of stage `labels`."""
    table = labels if tracks is None else labels.set_index("track_id").loc[list(tracks)]
    return table[[f"votes_{emotion}" for emotion in EMOTIONS]].to_numpy(np.int64), table["annotators"].to_numpy(np.int64)


def split_half(votes: Counts, listeners: Counts, random: np.random.Generator) -> tuple[Ballot, Ballot]:
    """Two halves of each track's listeners, the smaller one first."""
    half = listeners // 2
    first = random.hypergeometric(votes, listeners[:, np.newaxis] - votes, half[:, np.newaxis])
    return (first, half), (votes - first, listeners - half)


def panel(votes: Counts, listeners: Counts, random: np.random.Generator) -> tuple[Ballot, Ballot]:
    """All listeners of each track, and as many new ones."""
    sizes = listeners[:, np.newaxis]
    return (votes, listeners), (random.binomial(sizes, votes / sizes), listeners)


KINDS: dict[str, Callable[[Counts, Counts, np.random.Generator], tuple[Ballot, Ballot]]] = {
    "split_half": split_half,
    "panel": panel,
}
"""By the name that they have in a line of metrics."""


def repeated(
    kind: str, votes: Counts, listeners: Counts, rule: LabelRule, among: Ballot, repetitions: int, seed: int
) -> Samples:
    """Every figure in each repetition; see :func:`ceilings`. Each track has two listeners or more."""
    random = np.random.default_rng(seed)
    size = max(1, min(BLOCK, DRAWN // len(votes)))
    blocks = []
    for start in range(0, repetitions, size):
        count = min(size, repetitions - start)
        known, asked = KINDS[kind](np.tile(votes, (count, 1)), np.tile(listeners, count), random)
        decisions, labels = (positives(*ballot, rule, among) for ballot in (known, asked))
        shares = known[0] / known[1][:, np.newaxis]
        # each repetition is a group of its own, and counts alone
        judged = Judged(labels, shares, decisions, np.repeat(np.arange(count), len(votes)))
        blocks.append(judged.figures(np.eye(count, dtype=np.float32)))
    return {figure: np.concatenate([block[figure] for block in blocks]) for figure in blocks[0]}


def ceilings(
    votes: Counts,
    listeners: Counts,
    rule: LabelRule,
    among: Ballot | None = None,
    *,
    repetitions: int | None = None,
    seed: int = 0,
) -> dict[Figure, dict[str, float | None]]:
    """What listeners reach on some tracks.

    Parameters
    ----------
    votes : np.ndarray [shape=(tracks, 9), dtype=int64]
    listeners : np.ndarray [shape=(tracks,), dtype=int64]
        At least 1 each.
    rule : {"share>=0.3", "share>mean", "seed"}
        See :func:`mer_tasks.corpus.label_rules.positives`.
    among
        Votes and listeners of all tracks of the run, whose shares set the rule's limit; not given: these tracks.
    repetitions : int, optional
        Not given: 500 for up to 100 tracks, then fewer; 100 from 500 tracks on.

    Returns
    -------
    dict
        By figure, those of calibration left out: ``split_half`` and ``panel``, with ``_low`` and ``_high``. None where a figure
        is not defined in any repetition, as of an emotion that nobody chose. Empty if no track has a second listener.
    """
    several = listeners > 1
    if not several.any():
        return {}
    chosen, limits = (votes[several], listeners[several]), among or (votes, listeners)
    count = repetitions or min(MOST, max(LEAST, DRAWN // len(chosen[0])))
    found: dict[Figure, dict[str, float | None]] = {}
    for kind in KINDS:
        for figure, values in repeated(kind, *chosen, rule, limits, count, seed).items():
            if not figure[1].startswith(CALIBRATIONS):
                found.setdefault(figure, {}).update(_summary(kind, values))
    return found


def _summary(kind: str, values: npt.NDArray[np.float64]) -> dict[str, float | None]:
    low, high = ends(values) or (None, None)
    return {kind: None if low is None else float(np.nanmean(values)), f"{kind}_low": low, f"{kind}_high": high}


def agreement(votes: Counts, listeners: Counts, rule: LabelRule, *, seed: int = 0) -> list[dict[str, Any]]:
    """:func:`ceilings` of all annotated tracks of a run as lines, with ``emotion``, ``metric`` and ``tracks``."""
    tracks = int((listeners > 1).sum())
    if tracks < len(listeners):
        logger.warning(
            "%d of %d annotated tracks have one listener, expected two or more: they say nothing of listeners' agreement",
            len(listeners) - tracks,
            len(listeners),
        )
    found = ceilings(votes, listeners, rule, seed=seed)
    return [{"emotion": emotion, "metric": metric, "tracks": tracks, **line} for (emotion, metric), line in found.items()]
