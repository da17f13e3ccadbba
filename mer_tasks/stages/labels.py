"""Stage ``labels``: which emotions each annotated track carries.

In: the annotation files of the landing zone and the catalogue. Out: ``labels.parquet``, one row per annotated track of the
catalogue: listeners, and for every emotion the votes, their share of the listeners, and the label.

A label rule compares shares with a limit. Shares are quotients, and many tracks lie exactly on a limit, so every comparison is
made on whole numbers (votes, listeners, and fractions of Python's integers); the floating-point shares in the table decide
nothing. The limits of ``share>mean`` and ``seed`` are those of all annotated tracks of the catalogue, and move with it.

An annotated track without audio is warned about and counted. Where annotation files contradict the landing zone, or each other,
in the genre of a track, the landing zone is right. Where two files may contradict each other in votes, that is said, and all
votes count (:mod:`mer_tasks.landing.annotation_files`).

The manifest has a digest of all there is to learn from: the content of annotated tracks and its votes, whatever their ids are.
"""

import hashlib
import logging
import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import LabelRule
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.landing.annotation_files import COUNT, Annotations, read_all
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "labels"
NAMED = 20
"""So many tracks are named in the manifest and in a warning."""
PUBLISHED_SHARE = Fraction(3, 10)
"""Aljanaki, Wiering, Veltkamp (2016), doi 10.1016/j.ipm.2015.03.004."""
SEED_DEVIATION, SEED_SHARE = Fraction(1, 5), Fraction(2, 5)
"""Of the rule `seed`: the median is the limit where shares vary by more than the first, else the second is."""

Counts = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


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


def label_table(votes: pd.DataFrame, genres: pd.Series, rule: LabelRule) -> pd.DataFrame:
    """The stage's table.

    Parameters
    ----------
    votes : pd.DataFrame
        As :func:`tally` gives it, of the catalogue's tracks only.
    genres : pd.Series
        Genre by track id.
    rule : {"share>=0.3", "share>mean", "seed"}
        See :func:`positives`.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``genre``, ``annotators`` and per emotion ``votes_``, ``share_`` and ``label_``, sorted by track id.
    """
    counts, annotators = votes[list(EMOTIONS)].to_numpy(np.int64), votes["annotators"].to_numpy(np.int64)
    shares = counts / annotators[:, np.newaxis]
    flags = positives(counts, annotators, rule)
    columns: dict[str, Any] = {"track_id": votes.index.astype(str), "genre": genres.reindex(votes.index).to_numpy()}
    columns["annotators"] = annotators
    for prefix, values in (("votes", counts), ("share", shares), ("label", flags)):
        columns |= {f"{prefix}_{emotion}": values[:, place] for place, emotion in enumerate(EMOTIONS)}
    return pd.DataFrame(columns)


def labels_digest(table: pd.DataFrame, contents: pd.Series) -> str:
    """sha256 over content, listeners and votes of the annotated tracks, in hex; their ids, order and labels do not count.

    Parameters
    ----------
    table : pd.DataFrame
        The stage's table.
    contents : pd.Series
        sha256 of the audio file by track id.
    """
    counts = table[["annotators", *(f"votes_{emotion}" for emotion in EMOTIONS)]].to_numpy(np.int64).tolist()
    hashes = contents.reindex(table["track_id"])
    lines = sorted(f"{sha256} {' '.join(map(str, row))}\n" for sha256, row in zip(hashes, counts, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read(run: Run, listed: list[dict[str, str]]) -> Annotations:
    files = {}
    for item in listed:
        data = run.landing.get(item["key"])
        if hashlib.sha256(data).hexdigest() != item["sha256"]:
            raise IntegrityError(
                f"{run.landing.uri(item['key'])}: changed since discover, expected sha256 {item['sha256']}; start a new run"
            )
        files[run.landing.uri(item["key"])] = data
    return read_all(files)


def _unknown(run: Run, annotations: Annotations, catalogue: "pd.Series[str]") -> list[str]:
    """Annotated tracks of the chosen genres that the catalogue has not."""
    chosen = set(run.config.genres)
    unknown = sorted(
        track_id
        for track_id, genres in annotations.genres.items()
        if track_id not in catalogue.index and (not chosen or genres & chosen)
    )
    if unknown:
        logger.warning("%d annotated tracks have no audio: %s", len(unknown), ", ".join(unknown[:NAMED]))
    return unknown


def _of_other_genre(annotations: Annotations, catalogue: "pd.Series[str]") -> list[str]:
    """Tracks of the catalogue to which the annotation files give another genre."""
    landed = catalogue.to_dict()
    others = sorted(
        track_id for track_id, genres in annotations.genres.items() if track_id in landed and genres != {landed[track_id]}
    )
    if others:
        first = others[0]
        logger.warning(
            "%d tracks have another genre in the annotations than in the landing zone, which wins: %s is %s there and %s here",
            len(others),
            first,
            " and ".join(sorted(annotations.genres[first])),
            landed[first],
        )
    return others


def _contested(annotations: Annotations, catalogue: "pd.Series[str]") -> list[str]:
    """Tracks of the catalogue of whose votes two annotation files may say different things."""
    found = [track_id for track_id in annotations.contested if track_id in catalogue.index]
    if found:
        logger.warning(
            "%d tracks have other votes of as many listeners in two annotation files, such as %s in %s and %s: all count;"
            " if one file corrects the other, remove the older one",
            len(found),
            found[0],
            *annotations.contested[found[0]],
        )
    return found


def labels(run: Run) -> Manifest:
    """Label the annotated tracks of the catalogue.

    Raises
    ------
    AnnotationError
        If there is no annotation file, or one cannot be used.
    IntegrityError
        If an annotation file has changed since `discover` listed it.
    TransientError
        When a store fails as a whole.
    """
    with Stopwatch() as watch:
        lines = run.read_table("discover", "catalogue.parquet")
        catalogue, contents = (lines.set_index("track_id")[name] for name in ("genre", "sha256"))
        annotations = _read(run, run.manifest("discover")["annotations"])
        unknown, others = _unknown(run, annotations, catalogue), _of_other_genre(annotations, catalogue)
        contested = _contested(annotations, catalogue)
        votes = tally(annotations)
        table = label_table(votes[votes.index.isin(catalogue.index)], catalogue, run.config.label_rule)
        run.write_table(STAGE, "labels.parquet", table)
    totals = {emotion: int(table[f"label_{emotion}"].sum()) for emotion in EMOTIONS}
    nowhere = [emotion for emotion, total in totals.items() if not total]
    if nowhere:
        logger.warning("no track carries %s under %s", ", ".join(nowhere), run.config.label_rule)
    everywhere = [emotion for emotion, total in totals.items() if total == len(table) > 1]
    if everywhere:
        logger.warning("every track carries %s under %s", ", ".join(everywhere), run.config.label_rule)
    logger.info("%d tracks, %d listeners' rows, labels: %s", len(table), annotations.read - annotations.repeated, totals)
    counters = {
        "tracks": len(table),
        "rows": annotations.read,
        "repeated_rows": annotations.repeated,
        "unknown_tracks": len(unknown),
        "other_genre": len(others),
        "contested_tracks": len(contested),
        **watch.counters(),
    }
    named = {"unknown_tracks": unknown[:NAMED], "other_genre": others[:NAMED], "contested_tracks": contested[:NAMED]}
    found = {"rule": run.config.label_rule, "positives": totals, **named, "emotions_without_tracks": nowhere}
    return run.write_manifest(STAGE, {**found, "labels_digest": labels_digest(table, contents), "counters": counters})
