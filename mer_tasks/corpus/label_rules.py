"""Label rules: decide from listeners' votes which labels a track has.

In a label set of kind multi, a label rule compares a track's share of votes with a limit. Shares are quotients, and many tracks
lie exactly on a limit, so every comparison is exact: it uses integers and :class:`fractions.Fraction`. The limits of
``share>mean`` and ``seed`` depend on the shares of all tracks, and change when tracks are added.

In a label set of kind single, the only rule is ``majority``: a track has the label with most votes.
"""

import math
from collections.abc import Callable
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import LABEL_RULES, LabelRule
from mer_tasks.errors import ConfigError, CorpusError
from mer_tasks.label_set import LabelSet
from mer_tasks.landing.annotation_files import COUNT
from mer_tasks.landing.vote_merging import Annotations

PUBLISHED_SHARE = Fraction(3, 10)
"""Limit of the rule ``share>=0.3``: Aljanaki, Wiering, Veltkamp (2016), doi 10.1016/j.ipm.2015.03.004."""
SEED_DEVIATION, SEED_SHARE = Fraction(1, 5), Fraction(2, 5)
"""The rule ``seed``: if the standard deviation of shares exceeds the first value, the limit is the median, else the second."""
Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MOST_VOTES: LabelRule = "majority"
"""The rule of label sets of kind single."""


def label_columns(label_set: LabelSet) -> list[str]:
    """Return the columns of the labels in the table that stage `labels` writes."""
    return [f"label_{label}" for label in label_set.ids]


def resolved_rule(rule: LabelRule, label_set: LabelSet) -> LabelRule:
    """Return the label rule that a run uses: ``auto`` means the rule of the kind of the label set.

    Raises
    ------
    ConfigError
        If the rule means nothing for this kind.

    Examples
    --------
    >>> from mer_tasks.label_set import parse_label_set
    >>> moods = parse_label_set('name = "moods"\\nkind = "single"\\nlabels = ["calm", "happy"]', "moods.toml")
    >>> resolved_rule("auto", moods)
    'majority'
    """
    of_kind = LABEL_RULES[label_set.kind]
    if rule == "auto":
        return of_kind[0]
    if rule not in of_kind:
        raise ConfigError(
            f"label_rule={rule!r}: the label set {label_set.name} is of kind {label_set.kind}, expected auto or"
            f" {' or '.join(of_kind)}"
        )
    return rule


def count_votes(annotations: Annotations) -> pd.DataFrame:
    """Count the votes for each label and the listeners of each track.

    Returns
    -------
    pd.DataFrame
        Sorted by its index ``track_id``: ``annotators``, the number of listeners, and one column of votes per label, int64.
    """
    rows = annotations.rows.rename(columns={COUNT: "annotators"})
    labels = rows.columns.drop(["track_id", "annotators"])
    return rows.groupby("track_id")[["annotators", *labels]].sum()


def positives(votes: Counts, annotators: Counts, rule: LabelRule, among: tuple[Counts, Counts] | None = None) -> Flags:
    """Decide the labels of tracks by a label rule.

    Parameters
    ----------
    votes : np.ndarray [shape=(tracks, labels), dtype=int64]
        Number of listeners of the track who chose the label.
    annotators : np.ndarray [shape=(tracks,), dtype=int64]
        Number of listeners of the track, at least 1.
    rule : {"share>=0.3", "share>mean", "seed", "majority"}
        ``share>=0.3``: at least three listeners in ten. ``share>mean``: more than the mean share over tracks.
        ``seed``: more than the median share where the standard deviation over tracks is above 0.2, else more than 0.4.
        ``majority``: most votes of the track's labels; of labels with equally many, the first one. See :func:`resolved_rule`.
    among : tuple of np.ndarray, optional
        Votes and annotators of the tracks whose shares set the limit; without it, the tracks themselves.

    Returns
    -------
    np.ndarray [shape=(tracks, labels), dtype=bool]

    Examples
    --------
    >>> votes = np.array([[3, 0], [2, 9]])
    >>> positives(votes, annotators=np.array([10, 10]), rule="share>=0.3").tolist()
    [[True, False], [False, True]]
    """
    if rule == MOST_VOTES:
        return _most_votes(votes)
    decide = RULES[rule]
    limit_votes, limit_annotators = among or (votes, annotators)
    labels = range(votes.shape[1] if len(votes) else 0)
    columns = [decide(votes[:, index], annotators, limit_votes[:, index], limit_annotators) for index in labels]
    return np.stack(columns, axis=1) if columns else np.zeros(votes.shape, bool)


def _most_votes(votes: Counts) -> Flags:
    flags = np.zeros(votes.shape, bool)
    flags[np.arange(len(votes)), votes.argmax(axis=1)] = True
    return flags & (votes > 0)


def ties(votes: Counts) -> Flags:
    """Find the tracks for which several labels have most votes.

    Examples
    --------
    >>> ties(np.array([[2, 2, 1], [3, 2, 2]])).tolist()
    [True, False]
    """
    return np.asarray((votes == votes.max(axis=1, keepdims=True)).sum(axis=1) > 1)


def _published(votes: Counts, annotators: Counts, _: Counts, __: Counts) -> Flags:
    return np.asarray(votes * PUBLISHED_SHARE.denominator >= annotators * PUBLISHED_SHARE.numerator)


def _above_mean(votes: Counts, annotators: Counts, limit_votes: Counts, limit_annotators: Counts) -> Flags:
    return above(votes, annotators, mean_share(limit_votes, limit_annotators))


def _seed(votes: Counts, annotators: Counts, limit_votes: Counts, limit_annotators: Counts) -> Flags:
    varied = variance_of_shares(limit_votes, limit_annotators) > SEED_DEVIATION**2
    return above(votes, annotators, median_share(limit_votes, limit_annotators) if varied else SEED_SHARE)


RULES: dict[LabelRule, Callable[[Counts, Counts, Counts, Counts], Flags]] = {
    "share>=0.3": _published,
    "share>mean": _above_mean,
    "seed": _seed,
}


def above(votes: Counts, annotators: Counts, limit: Fraction) -> Flags:
    """Return exactly whether ``votes / annotators > limit``.

    Votes are integers, so they exceed ``limit * annotators`` if they exceed its integer part.

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
    """Compute the exact mean of ``votes / annotators`` over tracks.

    Examples
    --------
    >>> mean_share(np.array([1, 2]), np.array([2, 6]))
    Fraction(5, 12)
    """
    return _sum_over_sizes(votes, annotators, power=1) / len(votes)


def variance_of_shares(votes: Counts, annotators: Counts) -> Fraction:
    """Compute the exact population variance of ``votes / annotators`` over tracks."""
    return _sum_over_sizes(votes, annotators, power=2) / len(votes) - mean_share(votes, annotators) ** 2


def _sum_over_sizes(votes: Counts, annotators: Counts, power: int) -> Fraction:
    """Compute the exact sum of ``(votes / annotators) ** power``, after adding votes up per number of listeners."""
    sizes, which = np.unique(annotators, return_inverse=True)
    sums = np.zeros(len(sizes), np.int64)
    np.add.at(sums, which, votes**power)
    return sum((Fraction(int(total), int(size) ** power) for total, size in zip(sums, sizes, strict=True)), Fraction(0))


def median_share(votes: Counts, annotators: Counts) -> Fraction:
    """Compute the exact median of ``votes / annotators`` over tracks: the middle share, or the mean of the middle two."""
    pairs, counts = np.unique(np.stack([votes, annotators]), axis=1, return_counts=True)
    shares = [Fraction(int(vote), int(size)) for vote, size in pairs.T]
    order = sorted(range(len(shares)), key=shares.__getitem__)
    ends = np.cumsum(counts[order])
    low = shares[order[np.searchsorted(ends, (len(votes) - 1) // 2, side="right")]]
    high = shares[order[np.searchsorted(ends, len(votes) // 2, side="right")]]
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
    positive = [str(name).removeprefix("label_") for name in flags if flags[name].iloc[0]]
    raise CorpusError(
        f"all {len(flags)} labelled tracks have the same labels ({', '.join(positive) or 'none'}): nothing to learn or to"
        " judge; expected labels that differ (other annotations, or another label_rule)"
    )
