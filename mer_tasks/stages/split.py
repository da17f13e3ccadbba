"""Stage ``split``: divide the labelled tracks into a train, a validation and a test part.

The model learns from the train part, its thresholds are chosen on the validation part, and the test part judges it. With
cross-fitting (field ``crossfit``) there is no validation part: the train part is divided into inner folds
(:mod:`mer_tasks.corpus.inner_folds`), and the thresholds come from predictions of each fold by a network that was fitted to the
others.

Input: the corpus, the labels, and the parts that audio content had in earlier runs.

Output:

- ``split.parquet``: every usable track with its group and its part (train, validation, test or unlabelled), and its inner fold;
- ``groups.parquet``: the reasons why tracks are in one group;
- the certificate that the split leaks nothing (:mod:`mer_tasks.corpus.leak_certificate`), proven from the stored tables.

Tracks with the same recording are one group (:mod:`mer_tasks.corpus.groups`). With ``group_by`` artist, all tracks of an artist
are one group too. A group is never divided between parts, but each of its tracks keeps its own labels. Groups with labels are
assigned to parts by iterative stratification over all labels (:mod:`mer_tasks.corpus.stratification`).

A group keeps its part from earlier runs, and new groups are assigned so that the proportions of the parts are restored. If a
group contains content of several parts, train takes precedence over validation, and validation over test. So no model is judged
on content that the model or its thresholds have seen. If all earlier runs were cross-fitted and this one is not, the validation
part is drawn from the groups that were in train. With ``fresh_split``, earlier parts are ignored. With ``split_by``
metadata, the parts that metadata files give count in place of earlier ones (:mod:`mer_tasks.corpus.given_parts`).

In mode eval every labelled track keeps the part that it had when the model was trained; all other tracks are unlabelled. Tracks
are grouped as in the run that trained the model. If that run is older than groups by artist, only tracks with the same
recording are grouped.
"""

import logging
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.config import GroupBy
from mer_tasks.corpus.artist_names import named_artists
from mer_tasks.corpus.given_parts import given_parts, warn_of_moved
from mer_tasks.corpus.groups import group_tracks, largest_artist_hint
from mer_tasks.corpus.inner_folds import FOLD, NO_FOLD, draw_inner_folds
from mer_tasks.corpus.label_rules import check_labels, label_columns
from mer_tasks.corpus.leak_certificate import UNLABELLED, certify, trained_run
from mer_tasks.corpus.reject_budget import check_budget
from mer_tasks.corpus.stratification import PARTS, stratify
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.errors import CorpusError
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import GROUP_LINKS, LABELS, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

STAGE = "split"
LEARN_AND_TEST = ("train", "test")
"""Parts of a split with inner folds."""
NAMED = 20
"""Most labels that a message names; the others are only counted."""


def parts_of_groups(groups: "pd.Series[str]", contents: "pd.Series[str]", previous: Mapping[str, str]) -> dict[str, str]:
    """Determine the earlier part of each group, from the parts that its content had in earlier runs.

    If the content of a group had several parts, the first of them in ``PARTS`` is the group's part.

    Parameters
    ----------
    groups, contents : pd.Series
        Group and content hash of each track.
    previous : mapping of str to str
        Content hash to part; parts that are not in ``PARTS`` do not count.

    Returns
    -------
    dict of str to str
        Group to part; groups without a part are left out.

    Examples
    --------
    >>> groups = pd.Series(["a", "a", "b"])
    >>> contents = pd.Series(["sha1", "sha2", "sha3"])
    >>> parts_of_groups(groups, contents, {"sha1": "test", "sha2": "train"})
    {'a': 'train'}
    """
    ranks = {part: rank for rank, part in enumerate(PARTS)}
    previous_ranks = [ranks.get(previous.get(content, "")) for content in contents.to_numpy(object)]
    lowest = pd.Series(previous_ranks, dtype="float64").groupby(groups.to_numpy()).min().dropna()
    return {str(group): PARTS[int(rank)] for group, rank in lowest.items()}


def draw(
    tracks: pd.DataFrame,
    groups: "pd.Series[str]",
    links: pd.DataFrame,
    labels: pd.DataFrame,
    fractions: Sequence[float],
    seed: int,
    previous: Mapping[str, str],
    label_set: LabelSet,
    inner_folds: int = 0,
) -> pd.DataFrame:
    """Draw a split of the labelled tracks of a corpus by iterative stratification.

    Parameters
    ----------
    tracks : pd.DataFrame
        Tracks of the corpus, sorted by ``track_id``.
    groups, links
        Group of each track, and the links from which the groups follow; see :func:`mer_tasks.corpus.groups.groups_of`.
    labels : pd.DataFrame
        The table of stage `labels`.
    fractions, seed
        See :func:`mer_tasks.corpus.stratification.stratify`.
    previous : mapping of str to str
        Hash of a file, or of its samples, to the part in earlier runs.
    label_set : LabelSet
    inner_folds : int
        Number of folds of the train part; 0: there is a validation part instead.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``group_id``, ``part``, ``sha256``, and ``fold`` if there are inner folds.

    Raises
    ------
    CorpusError
        If there are fewer labelled groups than parts, if a part gets no group, or if all labels are the same. The message names
        the artist whose tracks make the largest group, if there is one.
    """
    table = tracks[["track_id", "sha256"]].assign(group_id=groups, part=UNLABELLED)
    labelled = table["track_id"].isin(labels["track_id"]).to_numpy()
    flags = labels.set_index("track_id").loc[table.loc[labelled, "track_id"], label_columns(label_set)]
    groups = table.loc[labelled, "group_id"]
    count = groups.nunique()
    explanation = largest_artist_hint(groups, links, table.loc[labelled, "track_id"])
    parts = LEARN_AND_TEST if inner_folds else PARTS
    if count < len(PARTS):
        raise CorpusError(
            f"{count} groups of tracks have audio and annotations, expected at least {len(PARTS)}:"
            f" {'two to learn from, one to test on' if inner_folds else 'one per part'}{explanation}"
        )
    check_labels(flags)
    contents = pd.concat([tracks.loc[labelled, "sha256"], tracks.loc[labelled, "pcm_sha256"]])
    earlier_parts = parts_of_groups(pd.concat([groups, groups]), contents, previous)
    names = groups.tolist()
    if inner_folds:
        earlier_parts = {group: "train" if part == "validation" else part for group, part in earlier_parts.items()}
        drawn = stratify(flags.to_numpy(bool), names, (1 - fractions[2], fractions[2]), seed, earlier_parts, LEARN_AND_TEST)
    elif earlier_parts and "validation" not in earlier_parts.values():
        drawn = _draw_validation(flags.to_numpy(bool), names, fractions, seed, earlier_parts)
    else:
        drawn = stratify(flags.to_numpy(bool), names, fractions, seed, earlier_parts)
    table.loc[labelled, "part"] = drawn
    empty = [part for part in parts if part not in drawn]
    if empty:
        raise CorpusError(
            f"{count} labelled groups of tracks leave {' and '.join(empty)} empty, expected more groups"
            f" (or fresh_split, because {len(earlier_parts)} groups keep the part of an earlier run){explanation}"
        )
    columns = ["track_id", "group_id", "part", "sha256"]
    if inner_folds:
        learnt = table["part"] == "train"
        of_labelled = learnt[labelled].to_numpy()
        table[FOLD] = np.int16(NO_FOLD)
        table.loc[learnt, FOLD] = draw_inner_folds(
            flags.to_numpy(bool)[of_labelled], groups[of_labelled].tolist(), inner_folds, seed
        )
        columns.append(FOLD)
    return table[columns]


def _draw_validation(
    labels: npt.NDArray[np.bool_], groups: Sequence[str], fractions: Sequence[float], seed: int, earlier: Mapping[str, str]
) -> list[str]:
    """Draw train and test as earlier runs without a validation part did, and then the validation part from train."""
    drawn = np.array(stratify(labels, groups, (1 - fractions[2], fractions[2]), seed, earlier, LEARN_AND_TEST), object)
    learnt = drawn == "train"
    share = fractions[1] / (1 - fractions[2])
    names = [group for group, inside in zip(groups, learnt, strict=True) if inside]
    drawn[learnt] = stratify(labels[learnt], names, (1 - share, share), seed, parts=PARTS[:2])
    result: list[str] = drawn.tolist()
    return result


def keep_trained_parts(
    tracks: pd.DataFrame, groups: "pd.Series[str]", labels: pd.DataFrame, trained: pd.DataFrame
) -> pd.DataFrame:
    """Take over the split of the run that trained a model, for labelled tracks with the same id and content.

    Parameters
    ----------
    tracks, groups, labels
        See :func:`draw`.
    trained : pd.DataFrame
        ``split.parquet`` of the run that trained the model.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``group_id``, ``part``, ``sha256``, and ``fold`` if `trained` has it.

    Raises
    ------
    CorpusError
        If no track is left in the validation part, if there was one, or in the test part.
    """
    table = tracks[["track_id", "sha256"]].assign(group_id=groups)
    parts = {(track, content): part for track, content, part in trained[["track_id", "sha256", "part"]].itertuples(index=False)}
    labelled = set(labels["track_id"])
    table["part"] = [
        parts.get((track, content), UNLABELLED) if track in labelled else UNLABELLED
        for track, content in zip(table["track_id"], table["sha256"], strict=True)
    ]
    columns = ["track_id", "group_id", "part", "sha256"]
    trained_parts = dict(zip(trained["sha256"], trained["part"], strict=True))
    group_parts = parts_of_groups(table["group_id"], table["sha256"], trained_parts)
    # If content of two parts is one group by now, only the tracks in the part of the group keep their part.
    in_other_part = (table["part"] != UNLABELLED) & (table["part"] != table["group_id"].map(group_parts))
    table.loc[in_other_part, "part"] = UNLABELLED
    empty = [part for part in PARTS[1:] if part in set(trained["part"]) and part not in set(table["part"])]
    if empty:
        raise CorpusError(
            f"no labelled track of the model's {' and '.join(empty)} part is left, expected tracks of the run that trained it"
        )
    if FOLD in trained:
        folds = table["track_id"].map(trained.set_index("track_id")[FOLD])
        table[FOLD] = folds.where(table["part"] == "train", NO_FOLD).astype(np.int16)
        columns.append(FOLD)
    return table[columns]


def _earlier_parts(run: Run) -> dict[str, str]:
    if run.config.fresh_split or run.config.database_url is None:
        return {}
    from mer_tasks.database.queries import previous_parts

    return previous_parts(run.config.database_url.get_secret_value())


def _grouping_of(trained: Run) -> GroupBy:
    """Return the ``group_by`` of the run that trained a model."""
    group_by: GroupBy | None = trained.manifest(STAGE).get("group_by")
    if group_by is None:
        logger.warning(
            "model of run %s: trained before there were groups by artist, so its train and test parts may share artists",
            trained.run_id,
        )
    return group_by or "track"


@reads_once
def split(run: Run) -> Manifest:
    """Divide the labelled tracks of a run into train, validation and test, and certify that the split leaks nothing.

    Raises
    ------
    CorpusError
        If more files were rejected than ``reject_budget`` allows, or if too few labelled tracks are left for the parts.
    IntegrityError
        If the stored split leaks.
    TransientError
        When a store or the database does not answer.
    """
    config = run.config
    fractions = (1 - config.validation_fraction - config.test_fraction, config.validation_fraction, config.test_fraction)
    with Stopwatch() as watch:
        corpus = load_corpus(run)
        check_budget(corpus, config.reject_budget)
        labels = run.read_table("labels", LABELS)
        trained = trained_run(run)
        moved: dict[str, int] = {}
        group_by = _grouping_of(trained) if trained else config.group_by
        groups, links = group_tracks(run, corpus.tracks, group_by)
        if trained:
            table = keep_trained_parts(corpus.tracks, groups, labels, trained.read_table(STAGE, SPLIT_TABLE))
        else:
            given = given_parts(run, corpus.tracks) if config.split_by == "metadata" else {}
            previous = {**_earlier_parts(run), **given}
            table = draw(
                *(corpus.tracks, groups, links, labels, fractions, config.seed, previous, run.label_set), config.inner_folds
            )
            moved = {"not_in_given_part": warn_of_moved(table, given)} if given else {}
        run.write_table(STAGE, GROUP_LINKS, links)
        run.write_table(STAGE, SPLIT_TABLE, table)
        certificate = certify(run, corpus.tracks, seed=config.seed, fractions=dict(zip(PARTS, fractions, strict=True)))
    if certificate["too_few"]:
        names = [run.label_set.by_id[label].name for label in certificate["too_few"]]
        logger.warning("not every part has a track with %s", listed(names, NAMED))
    sizes = {**{part: certificate["parts"][part]["tracks"] for part in PARTS}, UNLABELLED: certificate["unlabelled"]}
    without_artist = sum(not named_artists(texts) for texts in corpus.tracks["artists"])
    if group_by == "artist" and without_artist:
        logger.warning(
            "%d of %d tracks have no artist in metadata files or tags: they are not grouped by artist",
            without_artist,
            len(table),
        )
    reasons = {f"links_{reason}": int(count) for reason, count in links["reason"].value_counts().items()}
    counters = {**sizes, "groups": int(groups.nunique()), "without_artist": without_artist, **reasons, **moved}
    logger.info("%s by %s, overlap %s", counters, group_by, certificate["overlap"])
    summary = {"overlap": certificate["overlap"], "too_few": certificate["too_few"], "group_by": group_by}
    return run.write_manifest(STAGE, {**summary, "counters": {**counters, **watch.counters()}})
