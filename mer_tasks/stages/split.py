"""Stage ``split``: which tracks a model learns from, which choose its thresholds, and which judge it.

In: the corpus, the labels, and the parts that content had in earlier runs. Out: ``split.parquet`` (every usable track with its
group and its part: train, validation, test or unlabelled), ``groups.parquet`` (why tracks are in one group) and the certificate
that the split leaks nothing (:mod:`mer_tasks.corpus.leak_certificate`), proven from that table as it was stored.

Twins, and with ``group_by`` artist the tracks of an artist, are one group (:mod:`mer_tasks.corpus.groups`), and a group is
never divided; its tracks keep their own labels. Groups with labels are drawn by iterative stratification over the nine emotions
(:mod:`mer_tasks.corpus.stratification`). The split is sticky: a group whose content had a part keeps it, and new groups are
placed so as to restore the proportions. If content of several parts turns out to be one group, train decides, then validation:
no model is judged on what it, or its thresholds, have seen. ``fresh_split`` forgets earlier parts.

In mode eval every track keeps the part that it had when the model was trained, and everything else is unlabelled. Tracks are
grouped as they were then: of a model that was trained before there were groups by artist, by twins only.
"""

import logging
from collections.abc import Mapping, Sequence

import pandas as pd

from mer_tasks.audio.artist_tags import named_artists
from mer_tasks.config import GroupBy
from mer_tasks.corpus.groups import group_tracks, in_the_way
from mer_tasks.corpus.label_rules import LABEL_COLUMNS, check_labels
from mer_tasks.corpus.leak_certificate import UNLABELLED, certify, trained_run
from mer_tasks.corpus.stratification import PARTS, assign
from mer_tasks.corpus.usable_tracks import check_budget, load_corpus
from mer_tasks.errors import CorpusError
from mer_tasks.runs.artifacts import GROUP_LINKS, LABELS, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch

logger = logging.getLogger(__name__)

STAGE = "split"


def parts_of_groups(groups: "pd.Series[str]", contents: "pd.Series[str]", previous: Mapping[str, str]) -> dict[str, str]:
    """Parts that groups had, by the parts that their content had; of several, the first of ``PARTS`` decides.

    Parameters
    ----------
    groups, contents : pd.Series
        Group and content hash of each track.
    previous : mapping of str to str
        Content hash to part; parts that are not of ``PARTS`` do not count.
    """
    ranks = {part: place for place, part in enumerate(PARTS)}
    known = pd.Series([ranks.get(previous.get(content, "")) for content in contents.to_numpy(object)], dtype="float64")
    first = known.groupby(groups.to_numpy()).min().dropna()
    return {str(group): PARTS[int(rank)] for group, rank in first.items()}


def draw(
    tracks: pd.DataFrame,
    groups: "pd.Series[str]",
    links: pd.DataFrame,
    labels: pd.DataFrame,
    fractions: Sequence[float],
    seed: int,
    previous: Mapping[str, str],
) -> pd.DataFrame:
    """Split a corpus.

    Parameters
    ----------
    tracks : pd.DataFrame
        The corpus' tracks, sorted by ``track_id``.
    groups, links
        Their groups, and why; see :func:`mer_tasks.corpus.groups.groups_of`.
    labels : pd.DataFrame
        The table of stage `labels`.
    fractions, seed
        See :func:`assign`.
    previous : mapping of str to str
        Content hash, of a file or of its samples, to the part in earlier runs.

    Returns
    -------
    pd.DataFrame
        ``track_id``, ``group_id``, ``part``, ``sha256``.

    Raises
    ------
    CorpusError
        If there are fewer labelled groups than parts, or a part gets none, with the artist who is in the way, if one is; or if
        all labels are the same.
    """
    table = tracks[["track_id", "sha256"]].assign(group_id=groups, part=UNLABELLED)
    flags = labels.set_index("track_id")[LABEL_COLUMNS].reindex(table["track_id"])
    labelled = flags[LABEL_COLUMNS[0]].notna().to_numpy()
    groups = table.loc[labelled, "group_id"]
    found, artists = groups.nunique(), in_the_way(groups, links, table.loc[labelled, "track_id"])
    if found < len(PARTS):
        raise CorpusError(
            f"{found} groups of tracks have audio and annotations, expected at least {len(PARTS)}: one per part{artists}"
        )
    check_labels(flags[labelled])
    contents = pd.concat([tracks.loc[labelled, "sha256"], tracks.loc[labelled, "pcm_sha256"]])
    kept = parts_of_groups(pd.concat([groups, groups]), contents, previous)
    table.loc[labelled, "part"] = assign(flags[labelled].to_numpy(bool), groups.tolist(), fractions, seed, kept)
    empty = [part for part in PARTS if part not in set(table["part"])]
    if empty:
        raise CorpusError(
            f"{found} labelled groups of tracks leave {' and '.join(empty)} empty, expected more of them"
            f" (or fresh_split, if the {len(kept)} that keep their part are in the way){artists}"
        )
    return table[["track_id", "group_id", "part", "sha256"]]


def keep(tracks: pd.DataFrame, groups: "pd.Series[str]", labels: pd.DataFrame, trained: pd.DataFrame) -> pd.DataFrame:
    """The split of the run that made a model, for tracks with the same id and content that still have labels.

    Parameters
    ----------
    tracks, groups, labels
        See :func:`draw`.
    trained : pd.DataFrame
        ``split.parquet`` of the model's run.

    Raises
    ------
    CorpusError
        If nothing is left to find thresholds on, or to judge the model by.
    """
    table = tracks[["track_id", "sha256"]].assign(group_id=groups)
    parts = {(track, content): part for track, content, part in trained[["track_id", "sha256", "part"]].itertuples(index=False)}
    labelled = set(labels["track_id"])
    table["part"] = [
        parts.get((track, content), UNLABELLED) if track in labelled else UNLABELLED
        for track, content in zip(table["track_id"], table["sha256"], strict=True)
    ]
    decided = parts_of_groups(table["group_id"], table["sha256"], dict(zip(trained["sha256"], trained["part"], strict=True)))
    # content of two parts that has become one group since: only the part that decides may keep it
    against = (table["part"] != UNLABELLED) & (table["part"] != table["group_id"].map(decided))
    table.loc[against, "part"] = UNLABELLED
    gone = [part for part in PARTS[1:] if part not in set(table["part"])]
    if gone:
        raise CorpusError(f"no labelled track of the model's {' and '.join(gone)} part is left, expected its corpus")
    return table[["track_id", "group_id", "part", "sha256"]]


def _earlier_parts(run: Run) -> dict[str, str]:
    if run.config.fresh_split or run.config.database_url is None:
        return {}
    from mer_tasks.database.queries import previous_parts

    return previous_parts(run.config.database_url.get_secret_value())


def _grouped_by(trained: Run) -> GroupBy:
    """How the run that made a model grouped its tracks."""
    group_by: GroupBy | None = trained.manifest(STAGE).get("group_by")
    if group_by is None:
        logger.warning(
            "model of run %s: trained before there were groups by artist, so its test part may have artists of train",
            trained.run_id,
        )
    return group_by or "track"


@reads_once
def split(run: Run) -> Manifest:
    """Split the labelled tracks of a run.

    Raises
    ------
    CorpusError
        If too much was rejected, or too few labelled tracks are left for the parts.
    IntegrityError
        If the stored table leaks.
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
        group_by = _grouped_by(trained) if trained else config.group_by
        groups, links = group_tracks(run, corpus.tracks, group_by)
        if trained:
            table = keep(corpus.tracks, groups, labels, trained.read_table(STAGE, SPLIT_TABLE))
        else:
            table = draw(corpus.tracks, groups, links, labels, fractions, config.seed, _earlier_parts(run))
        run.write_table(STAGE, GROUP_LINKS, links)
        run.write_table(STAGE, SPLIT_TABLE, table)
        certificate = certify(run, corpus.tracks, seed=config.seed, fractions=dict(zip(PARTS, fractions, strict=True)))
    if certificate["too_few"]:
        logger.warning("not every part has a track with %s", ", ".join(certificate["too_few"]))
    parts = {**{part: certificate["parts"][part]["tracks"] for part in PARTS}, UNLABELLED: certificate["unlabelled"]}
    nameless = sum(not named_artists(texts) for texts in corpus.tracks["artists"])
    if group_by == "artist" and nameless:
        logger.warning("%d of %d tracks name no artist in their tags: each is taken to be alone", nameless, len(table))
    reasons = {f"links_{reason}": int(count) for reason, count in links["reason"].value_counts().items()}
    counters = {**parts, "groups": int(groups.nunique()), "without_artist": nameless, **reasons}
    logger.info("%s by %s, overlap %s", counters, group_by, certificate["overlap"])
    summary = {"overlap": certificate["overlap"], "too_few": certificate["too_few"], "group_by": group_by}
    return run.write_manifest(STAGE, {**summary, "counters": {**counters, **watch.counters()}})
