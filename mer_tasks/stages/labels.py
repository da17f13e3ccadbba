"""Stage ``labels``: compute the labels of each annotated track from the listeners' votes.

Input: the annotation files of the landing zone, and the catalogue.

Output: ``labels.parquet``, one row per annotated track of the catalogue. A row has the number of listeners, and for every
label the votes, the share of listeners who voted for it, and whether the track has it.

The label rules are in :mod:`mer_tasks.corpus.label_rules`. They compare whole numbers; the floating-point shares in the table
are not used. The kind of the label set decides which rule ``auto`` is, and the manifest names the rule. The rules
``share>mean`` and ``seed`` compute their limits over all annotated tracks of the catalogue, so the labels may change when the
catalogue changes. Under ``majority``, the stage counts and names tracks whose votes are a tie.

Which rows of the annotation files count is decided in :mod:`mer_tasks.landing.vote_merging`. Counters of the stage:

- ``rows`` in all files; each one is in ``counted_rows``, ``superseded`` or ``duplicates``;
- ``listeners``: answers of listeners in the counted rows. In Emotify's form these are as many as the rows;
- ``without_audio``: how many of these answers are to tracks that are not in the catalogue. All others are in the table.

The stage warns about annotated tracks without audio, and counts them. It fails if no annotated track has audio. In both cases
it names the value of ``id_match`` that would match most of them. If annotation files disagree with the landing zone, or with
each other, about the genre of a track, the landing zone is right. If two files may contradict each other about votes, the stage
warns, and all votes count.

The manifest has ``labels_digest``, a digest of everything that a model can learn from: audio content and votes, without the
track ids.
"""

import hashlib
import logging
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.config import LabelRule
from mer_tasks.corpus.label_rules import MOST_VOTES, count_votes, positives, resolved_rule, ties
from mer_tasks.errors import AnnotationError, IntegrityError
from mer_tasks.landing.id_matching import find_hint
from mer_tasks.landing.vote_merging import Annotations, read_annotation_files
from mer_tasks.runs.artifacts import CATALOGUE, LABELS, LANDED_FILES
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import listed

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
        column of votes for each label.
    genres : pd.Series
        Genre by track id.
    rule : {"share>=0.3", "share>mean", "seed", "majority"}
        See :func:`positives`.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``genre``, ``annotators``, and for each label ``votes_``, ``share_`` and ``label_``, sorted by track id.

    Examples
    --------
    >>> votes = pd.DataFrame({"annotators": [10, 10], "calm": [2, 3], "happy": [9, 0]}, index=["t1", "t2"])
    >>> table = label_table(votes, pd.Series({"t1": "pop", "t2": "rock"}), "share>=0.3")
    >>> table["share_calm"].tolist(), table["label_calm"].tolist()
    ([0.2, 0.3], [False, True])
    """
    labels = votes.columns.drop("annotators")
    counts = votes[labels].to_numpy(np.int64)
    annotators = votes["annotators"].to_numpy(np.int64)
    shares = counts / annotators[:, np.newaxis]
    flags = positives(counts, annotators, rule)
    columns: dict[str, Any] = {"track_id": votes.index.astype(str), "genre": genres.reindex(votes.index).to_numpy()}
    columns["annotators"] = annotators
    for prefix, values in (("votes", counts), ("share", shares), ("label", flags)):
        columns |= {f"{prefix}_{emotion}": values[:, column] for column, emotion in enumerate(labels)}
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
    votes = [*table.filter(regex="^votes_")]
    counts = table[["annotators", *votes]].to_numpy(np.int64).tolist()
    hashes = contents.reindex(table["track_id"])
    lines = sorted(f"{sha256} {' '.join(map(str, row))}\n" for sha256, row in zip(hashes, counts, strict=True))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _ids_of_other_genres(run: Run) -> set[str]:
    """Return the ids of landed files whose genres were not chosen for the run; annotations may name these tracks."""
    if not run.config.genres:
        return set()
    landed = run.read_table("discover", LANDED_FILES)
    return set(landed.loc[~landed["genre"].isin(run.config.genres), "track_id"])


def _read_annotations(run: Run, track_ids: set[str]) -> Annotations:
    """Read the annotation files that stage `discover` listed; refuse a file that has changed since."""
    files = {}
    for item in run.manifest("discover")["annotations"]:
        data = run.landing.get(item["key"])
        if hashlib.sha256(data).hexdigest() != item["sha256"]:
            raise IntegrityError(
                f"{run.landing.uri(item['key'])}: changed since discover, expected sha256 {item['sha256']}; start a new run"
            )
        files[run.landing.uri(item["key"])] = data
    return read_annotation_files(files, run.label_set, track_ids, run.config.id_match)


def _without_audio(run: Run, annotations: Annotations, track_ids: "pd.Index[str]", other_ids: set[str]) -> list[str]:
    """Find the annotated tracks of the chosen genres that are not in the catalogue, and warn about them.

    Parameters
    ----------
    run : Run
    annotations : Annotations
    track_ids : pd.Index
        Ids of the catalogue.
    other_ids : set of str
        Ids of landed files of other genres.

    Raises
    ------
    AnnotationError
        If no annotated track is in the catalogue.
    """
    chosen = set(run.config.genres)
    without_audio = sorted(
        track_id
        for track_id, genres in annotations.genres.items()
        if track_id not in track_ids and track_id not in other_ids and (not chosen or not genres or genres & chosen)
    )
    hint = find_hint(without_audio, track_ids)
    advice = f"; {hint}" if hint else ""
    if not track_ids.isin(annotations.genres.keys()).any():
        examples = hint.example if hint else (min(without_audio or annotations.genres), track_ids[0])
        place = f" of {', '.join(sorted(chosen))}" if chosen else ""
        raise AnnotationError(
            f"none of {len(annotations.genres)} annotated tracks has audio{place}, expected ids that are names of audio files"
            f" without their endings: the annotations have the id {examples[0]!r}, the landing zone has {examples[1]!r}{advice}"
        )
    if without_audio:
        named = ", ".join(without_audio[:MAX_NAMED])
        logger.warning("%d annotated tracks have no audio: %s%s", len(without_audio), named, advice)
    return without_audio


def _of_other_genre(annotations: Annotations, genres_by_track: "pd.Series[str]") -> list[str]:
    """Find the tracks whose genre in the annotation files is not that of the landing zone, and warn about them."""
    landed = genres_by_track.to_dict()
    others = sorted(
        track_id for track_id, genres in annotations.genres.items() if track_id in landed and genres - {landed[track_id]}
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
            "%d tracks have votes in two annotation files, one of which may correct or sum up the other, such as %s in %s and"
            " %s: all votes count; if it does, remove one of both",
            len(contested),
            contested[0],
            *annotations.contested[contested[0]],
        )
    return contested


def _without_majority(table: pd.DataFrame, unanswered: "pd.Index[str]") -> dict[str, int]:
    """Count and name the tracks whose votes are a tie, and those that only retired labels have votes for."""
    tied = table.loc[ties(table.filter(regex="^votes_").to_numpy()), "track_id"].tolist()
    if tied:
        logger.warning(
            "%d tracks have equally many votes for several labels, so each has the first of these in the label set: %s",
            len(tied),
            listed(tied, MAX_NAMED),
        )
    if len(unanswered):
        logger.warning(
            "%d tracks have votes for retired labels only, so they have no label: %s",
            len(unanswered),
            listed(list(unanswered), MAX_NAMED),
        )
    return {"tied_tracks": len(tied), "only_retired_labels": len(unanswered)}


@reads_once
def labels(run: Run) -> Manifest:
    """Compute the labels of the annotated tracks of the catalogue.

    Raises
    ------
    AnnotationError
        If there is no annotation file, one cannot be used, no annotated track has audio, or an id can mean two tracks.
    ConfigError
        If the label rule means nothing for the kind of the label set.
    IntegrityError
        If an annotation file has changed since `discover` listed it.
    TransientError
        When a store fails as a whole.
    """
    with Stopwatch() as watch:
        lines = run.read_table("discover", CATALOGUE)
        genres = lines.set_index("track_id")["genre"]
        contents = lines.set_index("track_id")["sha256"]
        other_ids = _ids_of_other_genres(run)
        annotations = _read_annotations(run, other_ids | {*genres.index})
        for warning in annotations.warnings:
            logger.warning(warning)
        without_audio = _without_audio(run, annotations, genres.index, other_ids)
        other_genre = _of_other_genre(annotations, genres)
        contested = _contested(annotations, genres)
        votes = count_votes(annotations)
        answered = votes["annotators"] > 0
        rule = resolved_rule(run.config.label_rule, run.label_set)
        table = label_table(votes[votes.index.isin(genres.index) & answered], genres, rule)
        run.write_table(STAGE, LABELS, table)
    totals = {label: int(table[f"label_{label}"].sum()) for label in run.label_set.ids}
    on_no_track = [label for label, total in totals.items() if not total]
    on_every_track = [label for label, total in totals.items() if total == len(table) > 1]
    for problem, found in (("no track has", on_no_track), ("every track has", on_every_track)):
        if found:
            logger.warning(
                "%s %s under %s", problem, listed([run.label_set.by_id[label].name for label in found], MAX_NAMED), rule
            )
    logger.info(
        "%d tracks, %d listeners' answers in %d of %d rows, labels: %s",
        len(table),
        annotations.listeners,
        annotations.rows_counted,
        annotations.rows_read,
        totals if len(totals) <= MAX_NAMED else f"{len(totals)}, of {min(totals.values())} to {max(totals.values())} tracks",
    )
    counters = {
        "tracks": len(table),
        "rows": annotations.rows_read,
        "counted_rows": annotations.rows_counted,
        "superseded": annotations.superseded,
        "duplicates": annotations.duplicates,
        "listeners": annotations.listeners,
        "without_audio": annotations.listeners - int(table["annotators"].sum()),
        "unknown_tracks": len(without_audio),
        "other_genre": len(other_genre),
        "contested_tracks": len(contested),
        **(_without_majority(table, votes.index[~answered]) if rule == MOST_VOTES else {}),
        **watch.counters(),
    }
    manifest = {
        "rule": rule,
        "id_match": run.config.id_match,
        "positives": totals,
        "unknown_tracks": without_audio[:MAX_NAMED],
        "other_genre": other_genre[:MAX_NAMED],
        "contested_tracks": contested[:MAX_NAMED],
        "warnings": annotations.warnings,
        "emotions_without_tracks": on_no_track,
        "labels_digest": labels_digest(table, contents),
        "counters": counters,
    }
    return run.write_manifest(STAGE, manifest)
