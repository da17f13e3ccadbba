"""Label rules: from listeners' votes to the emotions that a track carries.

A label rule compares shares with a limit. Shares are quotients, and many tracks lie exactly on a limit, so every comparison is
made on whole numbers (votes, listeners, and fractions of Python's integers). The limits of ``share>mean`` and ``seed`` are
those of all tracks that are compared, and move with them.
"""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import LabelRule
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import CorpusError
from mer_tasks.landing.annotation_files import COUNT, Annotations

PUBLISHED_SHARE = Fraction(3, 10)
"""Aljanaki, Wiering, Veltkamp (2016), doi 10.1016/j.ipm.2015.03.004."""
SEED_DEVIATION, SEED_SHARE = Fraction(1, 5), Fraction(2, 5)
"""Of the rule `seed`: the median is the limit where shares vary by more than the first, else the second is."""
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
LABEL_COLUMNS = [f"label_{emotion}" for emotion in EMOTIONS]
"""Columns of the table of labels."""


def tally(annotations: Annotations) -> pd.DataFrame:
    """Votes and listeners per track.

    Returns
    -------
    pd.DataFrame
        Indexed by ``track_id``, sorted: ``annotators`` and one column per emotion, int64.
    """
    rows = annotations.rows
    weighted = rows[list(EMOTIONS)].mul(rows[COUNT], axis=0).assign(track_id=rows["track_id"], annotators=rows[COUNT])
    return weighted.groupby("track_id", sort=True)[["annotators", *EMOTIONS]].sum()


def positives(votes: Counts, annotators: Counts, rule: LabelRule, among: tuple[Counts, Counts] | None = None) -> Flags:
    """Labels of tracks under a rule.

    Parameters
    ----------
    votes : np.ndarray [shape=(tracks, emotions), dtype=int64]
        Listeners of the track who chose the emotion.
    annotators : np.ndarray [shape=(tracks,), dtype=int64]
        Listeners of the track, at least 1.
    rule : {"share>=0.3", "share>mean", "seed"}
        ``share>=0.3``: at least three listeners in ten. ``share>mean``: more than the mean share over tracks.
        ``seed``: more than the median share where the standard deviation over tracks is above 0.2, else more than 0.4.
    among : tuple of np.ndarray, optional
        Votes and annotators of the tracks whose shares set the limit, if these are others.

    Returns
    -------
    np.ndarray [shape=(tracks, emotions), dtype=bool]
    """
    decide = RULES[rule]
    others, sizes = among or (votes, annotators)
    columns = [
        decide(votes[:, place], annotators, others[:, place], sizes) for place in range(votes.shape[1] if len(votes) else 0)
    ]
    return np.stack(columns, axis=1) if columns else np.zeros(votes.shape, bool)


def _published(votes: Counts, annotators: Counts, _: Counts, __: Counts) -> Flags:
    return np.asarray(votes * PUBLISHED_SHARE.denominator >= annotators * PUBLISHED_SHARE.numerator)


def _above_mean(votes: Counts, annotators: Counts, others: Counts, sizes: Counts) -> Flags:
    return above(votes, annotators, mean_share(others, sizes))


def _seed(votes: Counts, annotators: Counts, others: Counts, sizes: Counts) -> Flags:
    varied = variance_of_shares(others, sizes) > SEED_DEVIATION**2
    return above(votes, annotators, median_share(others, sizes) if varied else SEED_SHARE)


RULES: dict[LabelRule, Callable[[Counts, Counts, Counts, Counts], Flags]] = {
    "share>=0.3": _published,
    "share>mean": _above_mean,
    "seed": _seed,
}


def above(votes: Counts, annotators: Counts, limit: Fraction) -> Flags:
    """Whether ``votes / annotators > limit``, exactly: votes are whole, so they need only pass the limit's whole part.

    Parameters
    ----------
    votes, annotators : np.ndarray [shape=(tracks,), dtype=int64]
    limit : Fraction

    Returns
    -------
    np.ndarray [shape=(tracks,), dtype=bool]
    """
    sizes, which = np.unique(annotators, return_inverse=True)
    limits = np.array([math.floor(int(size) * limit) for size in sizes], np.int64)
    return np.asarray(votes > limits[which])


def mean_share(votes: Counts, annotators: Counts) -> Fraction:
    """Mean of ``votes / annotators`` over tracks, exactly; votes are summed per number of listeners first."""
    return _sum_over_sizes(votes, annotators, power=1) / len(votes)


def variance_of_shares(votes: Counts, annotators: Counts) -> Fraction:
    """Variance of ``votes / annotators`` over tracks (divided by their number), exactly."""
    return _sum_over_sizes(votes, annotators, power=2) / len(votes) - mean_share(votes, annotators) ** 2


def _sum_over_sizes(votes: Counts, annotators: Counts, power: int) -> Fraction:
    sizes, which = np.unique(annotators, return_inverse=True)
    sums = np.zeros(len(sizes), np.int64)
    np.add.at(sums, which, votes**power)
    return sum((Fraction(int(total), int(size) ** power) for total, size in zip(sums, sizes, strict=True)), Fraction(0))


def median_share(votes: Counts, annotators: Counts) -> Fraction:
    """Median of ``votes / annotators`` over tracks, exactly: the middle one, or the mean of the two middle ones."""
    pairs, counts = np.unique(np.stack([votes, annotators]), axis=1, return_counts=True)
    shares = [Fraction(int(vote), int(size)) for vote, size in pairs.T]
    order = sorted(range(len(shares)), key=shares.__getitem__)
    ends = np.cumsum(counts[order])
    low, high = (
        shares[order[np.searchsorted(ends, place, side="right")]] for place in ((len(votes) - 1) // 2, len(votes) // 2)
    )
    return (low + high) / 2


def check_labels(flags: pd.DataFrame) -> None:
    """Refuse labels that are the same on every track; raises :class:`CorpusError`.

    Parameters
    ----------
    flags : pd.DataFrame
        ``label_`` columns of the labelled tracks.
    """
    if (flags.nunique() > 1).any():
        return
    carried = [name.removeprefix("label_") for name in LABEL_COLUMNS if flags[name].iloc[0]]
    raise CorpusError(
        f"all {len(flags)} labelled tracks carry the same emotions ({', '.join(carried) or 'none'}): nothing to learn or to"
        " judge; expected labels that differ (other annotations, or another label_rule)"
    )
