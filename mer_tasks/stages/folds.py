"""Stage ``folds``: draw the folds of a repeated cross-validation, and list its trials.

Input: the corpus, the labels, and the groups of tracks.

Output:

- for every fold of every repeat, a sub-run (:mod:`mer_tasks.runs.sub_runs`) with its own ``split.parquet`` and the certificate
  that this split leaks nothing;
- with ``leave_one_genre_out``, also a fold for each genre that has labelled tracks (:mod:`mer_tasks.corpus.genre_folds`);
- the list of trials, one for each repeat, fold and candidate;
- the summary statistics of each track, from which the baselines learn. They are computed only if a candidate is a baseline.

In each repeat, every labelled track is a test track in exactly one fold. A group is never divided, and the folds resemble each
other in all labels (:mod:`mer_tasks.corpus.stratification`). The validation part decides the thresholds and the end of
training. It is drawn in the same way from the groups outside the test part, with ``validation_fraction`` of their tracks.

Each repeat has its own seed, for its folds and for the initial weights of its models. Parts that tracks had in earlier runs are
ignored.
"""

import logging
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.spectra import frames_of
from mer_tasks.corpus.genre_folds import LEFT_OUT, check_genres, parts_without_genre
from mer_tasks.corpus.groups import group_tracks, largest_artist_hint
from mer_tasks.corpus.inner_folds import FOLD, NO_FOLD, draw_inner_folds
from mer_tasks.corpus.label_rules import check_labels, label_columns, resolved_rule
from mer_tasks.corpus.leak_certificate import UNLABELLED, certify
from mer_tasks.corpus.reject_budget import check_budget
from mer_tasks.corpus.segments import index_of
from mer_tasks.corpus.stratification import PARTS, stratify
from mer_tasks.corpus.usable_tracks import Corpus, load_corpus
from mer_tasks.errors import ConfigError, CorpusError
from mer_tasks.runs.artifacts import GROUP_LINKS, LABELS, SPLIT_TABLE
from mer_tasks.runs.crossval_config import candidate
from mer_tasks.runs.crossval_runs import FoldName, crossval_config, describe_trial, fold_run, inner_folds_of, write_trial
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "folds"
Flags = npt.NDArray[np.bool_]


def parts_of_folds(
    labels: Flags, groups: Sequence[str], folds: int, validation_fraction: float, seed: int, explanation: str = ""
) -> list[list[str]]:
    """Draw the part of each labelled track in each fold of one repeat, by iterative stratification.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups : sequence of str
        Group of each track.
    folds : int
    validation_fraction : float
        Fraction of the tracks outside the test part that are validation tracks.
    seed : int
    explanation : str
        End of an error message, which explains why there are so few groups.

    Returns
    -------
    list of list of str
        For each fold, the part of every track: ``train``, ``validation`` or ``test``.

    Raises
    ------
    CorpusError
        If there are too few groups for each part of each fold.

    Examples
    --------
    >>> labels = np.ones((6, 2), bool)
    >>> folds = parts_of_folds(labels, ["a", "b", "c", "d", "e", "f"], 3, 0.25, seed=0)
    >>> [sorted(set(parts)) for parts in folds] == [["test", "train", "validation"]] * 3
    True
    >>> [[parts[track] for parts in folds].count("test") for track in range(6)]
    [1, 1, 1, 1, 1, 1]
    """
    count = len(set(groups))
    if count <= folds:
        raise CorpusError(
            f"{count} groups of tracks have audio and annotations, expected at least {folds + 1} for {folds} folds: each fold"
            f" needs groups to train on, to choose thresholds on, and to test on{explanation}"
        )
    names = [str(fold) for fold in range(folds)]
    test_folds = np.array(stratify(labels, groups, [1 / folds] * folds, seed, parts=names))
    fractions = (1 - validation_fraction, validation_fraction)
    parts_by_fold = []
    for name in names:
        parts = np.full(len(test_folds), "test", dtype=object)
        rest = test_folds != name
        rest_groups = [group for group, in_rest in zip(groups, rest, strict=True) if in_rest]
        parts[rest] = stratify(labels[rest], rest_groups, fractions, seed, parts=("train", "validation"))
        empty = [part for part in PARTS if part not in parts]
        if empty:
            raise CorpusError(
                f"{count} groups of tracks leave {' and '.join(empty)} of fold {int(name) + 1} of {folds} empty, expected"
                f" more groups, or fewer folds{explanation}"
            )
        parts_by_fold.append(parts.tolist())
    return parts_by_fold


def _check_reused(run: Run, corpus: Corpus) -> None:
    """Refuse to reuse the corpus of an earlier run with this run id if its configuration was another one."""
    config = run.config
    frames = index_of(run, corpus.tracks[:1]).frames
    labels = run.manifest("labels")
    comparisons = {
        "label_rule": (resolved_rule(config.label_rule, run.label_set), labels["rule"]),
        "id_match": (config.id_match, labels["id_match"]),
        "segment_seconds": (frames_of(config.segment_seconds), frames),
        "genres": (config.genres and tuple(sorted(config.genres)), config.genres and corpus.genres),
    }
    for name, (wanted, stored) in comparisons.items():
        if wanted != stored:
            raise ConfigError(
                f"{name}={getattr(config, name)!r}: the corpus of run {run.run_id} has {stored}, expected {wanted}:"
                " start a new run"
            )


def _write_splits(run: Run, corpus: Corpus, labels: pd.DataFrame) -> list[FoldName]:
    """Draw and write the split of every fold, and certify that it leaks nothing; return the names of a repeat's folds."""
    config = crossval_config(run)
    group_ids, links = group_tracks(run, corpus.tracks, config.group_by)
    table = corpus.tracks[["track_id", "sha256"]].assign(group_id=group_ids, part=UNLABELLED)
    labelled = table["track_id"].isin(labels["track_id"]).to_numpy()
    flags = labels.set_index("track_id").loc[table.loc[labelled, "track_id"], label_columns(run.label_set)]
    groups = table.loc[labelled, "group_id"]
    track_genres = corpus.tracks.loc[labelled, "genre"]
    check_labels(flags)
    explanation = largest_artist_hint(groups, links, table.loc[labelled, "track_id"])
    genres = check_genres(track_genres, corpus.genres) if config.leave_one_genre_out else []
    divisions = {0, *(inner_folds_of(run, name) for name in config.candidates)}
    for repeat in range(1, config.repeats + 1):
        seed = fold_run(run, repeat, 1).config.seed
        drawn = flags.to_numpy(bool), groups.tolist()
        parts_by_fold: dict[FoldName, list[str]] = dict(
            enumerate(parts_of_folds(*drawn, config.folds, config.validation_fraction, seed, explanation), 1)
        )
        parts_by_fold |= {
            genre: parts_without_genre(*drawn, track_genres.tolist(), genre, config.validation_fraction, seed)
            for genre in genres
        }
        for fold, parts in parts_by_fold.items():
            table.loc[labelled, "part"] = parts
            counts = {"unlabelled": int((~labelled).sum()), "left_out": parts.count(LEFT_OUT)}
            for inner in divisions:
                sub_run = fold_run(run, repeat, fold, inner)
                own = table[["track_id", "group_id", "part", "sha256"]]
                own = with_inner_folds(own, flags, inner, seed) if inner else own
                sub_run.write_table("split", SPLIT_TABLE, own)
                sub_run.write_table("split", GROUP_LINKS, links)
                certify(sub_run, corpus.tracks, seed=seed, repeat=repeat, fold=fold, **counts)
            if repeat == 1 and counts["left_out"]:
                logger.info("without %s: %d tracks of groups that cross genres are left out", fold, counts["left_out"])
    return list(parts_by_fold)


def with_inner_folds(table: pd.DataFrame, flags: pd.DataFrame, inner_folds: int, seed: int) -> pd.DataFrame:
    """Join the validation part of a fold's split to its train part, and divide both into inner folds.

    Parameters
    ----------
    table : pd.DataFrame
        ``track_id``, ``group_id``, ``part``, ``sha256``.
    flags : pd.DataFrame
        Whether a track has each label, indexed by the track's id.
    inner_folds, seed
        See :func:`~mer_tasks.corpus.inner_folds.draw_inner_folds`.
    """
    learnt = table["part"].isin(("train", "validation"))
    joined = table.assign(part=table["part"].where(~learnt, "train"), **{FOLD: np.int16(NO_FOLD)})
    rows = flags.loc[joined.loc[learnt, "track_id"]].to_numpy(bool)
    joined.loc[learnt, FOLD] = draw_inner_folds(rows, joined.loc[learnt, "group_id"].tolist(), inner_folds, seed)
    return joined


def _write_trials(run: Run, folds: Sequence[FoldName]) -> list[dict[str, str]]:
    """Write a document for every trial, and return the ``name`` and ``key`` of each, in the form of a shard."""
    config = crossval_config(run)
    return [
        {"name": describe_trial(repeat, fold, name), "key": write_trial(run, repeat, fold, name)}
        for repeat in range(1, config.repeats + 1)
        for fold in folds
        for name in config.candidates
    ]


@reads_once
def folds(run: Run) -> Manifest:
    """Draw the folds of a cross-validation, and list its trials.

    Raises
    ------
    ConfigError
        If the corpus or the labels were made with another configuration.
    CorpusError
        If more files were rejected than ``reject_budget`` allows, if there are too few groups of labelled tracks, or if there
        is only one genre to leave out.
    IntegrityError
        If a stored split leaks.
    TransientError
        When the store does not answer.
    """
    config = crossval_config(run)
    with Stopwatch() as watch:
        corpus = load_corpus(run)
        check_budget(corpus, config.reject_budget)
        _check_reused(run, corpus)
        labels = run.read_table("labels", LABELS)
        names = _write_splits(run, corpus, labels)
        if any(candidate(name).baseline for name in config.candidates):
            from mer_tasks.modelling.baselines import write_track_summaries  # imports Keras, which only baselines need here

            write_track_summaries(run)
        trials = _write_trials(run, names)
    genres = [name for name in names if isinstance(name, str)]
    counts = {"folds": config.folds, "genres": len(genres), "repeats": config.repeats, "trials": len(trials)}
    logger.info(", ".join(f"{count} {name}" for name, count in counts.items()))
    return run.write_manifest(STAGE, {"trials": trials, "genres": genres, "counters": {**counts, **watch.counters()}})
