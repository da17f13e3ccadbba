"""Stage ``labels``: compute the emotion labels of each annotated track from the listeners' votes.

Input: the annotation files of the landing zone, and the catalogue.

Output: ``labels.parquet``, one row per annotated track of the catalogue. A row has the number of listeners, and for every
emotion the votes, the share of listeners who voted for it, and the label.

The label rules are in :mod:`mer_tasks.corpus.label_rules`. They compare whole numbers; the floating-point shares in the table
are not used. The rules ``share>mean`` and ``seed`` compute their limits over all annotated tracks of the catalogue, so the
labels may change when the catalogue changes.

The stage warns about annotated tracks without audio, and counts them. If annotation files disagree with the landing zone, or
with each other, about the genre of a track, the landing zone is right. If two files may contradict each other about votes, the
stage warns, and all votes count (:mod:`mer_tasks.landing.annotation_files`).

The manifest has ``labels_digest``, a digest of everything that a model can learn from: audio content and votes, without the
track ids.
"""

import hashlib
import logging
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.config import LabelRule
from mer_tasks.corpus.label_rules import count_votes, positives
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.landing.annotation_files import Annotations, read_annotation_files
from mer_tasks.runs.artifacts import CATALOGUE, LABELS
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "labels"
MAX_NAMED = 20
"""Largest number of tracks that the manifest or a warning names."""


def label_table(votes: pd.DataFrame, genres: pd.Series, rule: LabelRule) -> pd.DataFrame:
    """Build the table of labels from votes, genres and a label rule.

    Parameters
    ----------
    votes : pd.DataFrame
        Result of :func:`count_votes`, with tracks of the catalogue only. It is indexed by track id and has ``annotators`` and a
        column of votes for each emotion.
    genres : pd.Series
        Genre by track id.
    rule : {"share>=0.3", "share>mean", "seed"}
        See :func:`positives`.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``genre``, ``annotators``, and for each emotion ``votes_``, ``share_`` and ``label_``, sorted by track id.

    Examples
    --------
    >>> votes = pd.DataFrame({"annotators": [10, 10], **dict.fromkeys(EMOTIONS, [2, 3])}, index=["t1", "t2"])
    >>> table = label_table(votes, pd.Series({"t1": "pop", "t2": "rock"}), "share>=0.3")
    >>> table["share_power"].tolist(), table["label_power"].tolist()
    ([0.2, 0.3], [False, True])
    """
    counts = votes[list(EMOTIONS)].to_numpy(np.int64)
    annotators = votes["annotators"].to_numpy(np.int64)
    shares = counts / annotators[:, np.newaxis]
    flags = positives(counts, annotators, rule)
    columns: dict[str, Any] = {"track_id": votes.index.astype(str), "genre": genres.reindex(votes.index).to_numpy()}
    columns["annotators"] = annotators
    for prefix, values in (("votes", counts), ("share", shares), ("label", flags)):
        columns |= {f"{prefix}_{emotion}": values[:, column] for column, emotion in enumerate(EMOTIONS)}
    return pd.DataFrame(columns)


def labels_digest(table: pd.DataFrame, contents: pd.Series) -> str:
    """Compute the sha256, in hex, of audio content, listeners and votes of the annotated tracks.

    Ids, order and labels of the tracks do not change the digest.

    Parameters
    ----------
    table : pd.DataFrame
        Result of :func:`label_table`.
    contents : pd.Series
        sha256 of the audio file by track id.
    """
    counts = table[["annotators", *(f"votes_{emotion}" for emotion in EMOTIONS)]].to_numpy(np.int64).tolist()
    hashes = contents.reindex(table["track_id"])
    lines = sorted(f"{sha256} {' '.join(map(str, row))}\n" for sha256, row in zip(hashes, counts, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read_annotations(run: Run, listed: list[dict[str, str]]) -> Annotations:
    """Read the annotation files that stage `discover` listed; refuse a file that has changed since."""
    files = {}
    for item in listed:
        data = run.landing.get(item["key"])
        if hashlib.sha256(data).hexdigest() != item["sha256"]:
            raise IntegrityError(
                f"{run.landing.uri(item['key'])}: changed since discover, expected sha256 {item['sha256']}; start a new run"
            )
        files[run.landing.uri(item["key"])] = data
    return read_annotation_files(files)


def _without_audio(run: Run, annotations: Annotations, genres_by_track: "pd.Series[str]") -> list[str]:
    """Find the annotated tracks of the chosen genres that are not in the catalogue, and warn about them."""
    chosen = set(run.config.genres)
    without_audio = sorted(
        track_id
        for track_id, genres in annotations.genres.items()
        if track_id not in genres_by_track.index and (not chosen or genres & chosen)
    )
    if without_audio:
        logger.warning("%d annotated tracks have no audio: %s", len(without_audio), ", ".join(without_audio[:MAX_NAMED]))
    return without_audio


def _of_other_genre(annotations: Annotations, genres_by_track: "pd.Series[str]") -> list[str]:
    """Find the tracks whose genre in the annotation files is not that of the landing zone, and warn about them."""
    landed = genres_by_track.to_dict()
    others = sorted(
        track_id for track_id, genres in annotations.genres.items() if track_id in landed and genres != {landed[track_id]}
    )
    if others:
        first = others[0]
        logger.warning(
            "%d tracks have another genre in the annotations than in the landing zone, whose genre is used:"
            " %s is %s in the annotations and %s in the landing zone",
            len(others),
            first,
            " and ".join(sorted(annotations.genres[first])),
            landed[first],
        )
    return others


def _contested(annotations: Annotations, genres_by_track: "pd.Series[str]") -> list[str]:
    """Find the tracks about whose votes two annotation files may contradict each other, and warn about them."""
    contested = [track_id for track_id in annotations.contested if track_id in genres_by_track.index]
    if contested:
        logger.warning(
            "%d tracks have different votes of equally many listeners in two annotation files, such as %s in %s and %s:"
            " all votes count; if one file corrects the other, remove the older one",
            len(contested),
            contested[0],
            *annotations.contested[contested[0]],
        )
    return contested


@reads_once
def labels(run: Run) -> Manifest:
    """Compute the labels of the annotated tracks of the catalogue.

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
        genres = lines.set_index("track_id")["genre"]
        contents = lines.set_index("track_id")["sha256"]
        annotations = _read_annotations(run, run.manifest("discover")["annotations"])
        without_audio = _without_audio(run, annotations, genres)
        other_genre = _of_other_genre(annotations, genres)
        contested = _contested(annotations, genres)
        votes = count_votes(annotations)
        table = label_table(votes[votes.index.isin(genres.index)], genres, run.config.label_rule)
        run.write_table(STAGE, LABELS, table)
    totals = {emotion: int(table[f"label_{emotion}"].sum()) for emotion in EMOTIONS}
    on_no_track = [emotion for emotion, total in totals.items() if not total]
    if on_no_track:
        logger.warning("no track carries %s under %s", ", ".join(on_no_track), run.config.label_rule)
    on_every_track = [emotion for emotion, total in totals.items() if total == len(table) > 1]
    if on_every_track:
        logger.warning("every track carries %s under %s", ", ".join(on_every_track), run.config.label_rule)
    logger.info(
        "%d tracks, %d listeners' rows, labels: %s", len(table), annotations.rows_read - annotations.rows_repeated, totals
    )
    counters = {
        "tracks": len(table),
        "rows": annotations.rows_read,
        "repeated_rows": annotations.rows_repeated,
        "unknown_tracks": len(without_audio),
        "other_genre": len(other_genre),
        "contested_tracks": len(contested),
        **watch.counters(),
    }
    manifest = {
        "rule": run.config.label_rule,
        "positives": totals,
        "unknown_tracks": without_audio[:MAX_NAMED],
        "other_genre": other_genre[:MAX_NAMED],
        "contested_tracks": contested[:MAX_NAMED],
        "emotions_without_tracks": on_no_track,
        "labels_digest": labels_digest(table, contents),
        "counters": counters,
    }
    return run.write_manifest(STAGE, manifest)
