"""Stage ``labels``: which emotions each annotated track carries.

In: the annotation files of the landing zone and the catalogue. Out: ``labels.parquet``, one row per annotated track of the
catalogue: listeners, and for every emotion the votes, their share of the listeners, and the label.

Label rules are in :mod:`mer_tasks.corpus.label_rules`; the floating-point shares in the table decide nothing. The limits of
``share>mean`` and ``seed`` are those of all annotated tracks of the catalogue, and move with it.

An annotated track without audio is warned about and counted. Where annotation files contradict the landing zone, or each other,
in the genre of a track, the landing zone is right. Where two files may contradict each other in votes, that is said, and all
votes count (:mod:`mer_tasks.landing.annotation_files`).

The manifest has a digest of all there is to learn from: the content of annotated tracks and its votes, whatever their ids are.
"""

import hashlib
import logging
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.config import LabelRule
from mer_tasks.corpus.label_rules import positives, tally
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.landing.annotation_files import Annotations, read_all
from mer_tasks.runs.artifacts import CATALOGUE, LABELS
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "labels"
NAMED = 20
"""So many tracks are named in the manifest and in a warning."""


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


@reads_once
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
        lines = run.read_table("discover", CATALOGUE)
        catalogue, contents = (lines.set_index("track_id")[name] for name in ("genre", "sha256"))
        annotations = _read(run, run.manifest("discover")["annotations"])
        unknown, others = _unknown(run, annotations, catalogue), _of_other_genre(annotations, catalogue)
        contested = _contested(annotations, catalogue)
        votes = tally(annotations)
        table = label_table(votes[votes.index.isin(catalogue.index)], catalogue, run.config.label_rule)
        run.write_table(STAGE, LABELS, table)
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
