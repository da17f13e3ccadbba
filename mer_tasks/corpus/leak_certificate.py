"""The leak certificate: proof, from the documents as they are stored, that no part of a split has anything of another.

In: ``split.parquet``, ``groups.parquet``, the labels, the corpus, and the plan of synthetic segments. Out:
``split/certificate.json``: how much of each kind is in more than one part (nothing), what the parts are like, and the sha256 of
all that this was proven from. `split` fails where it cannot prove it; `evaluate` proves it again before it writes a metric
(:func:`verify`).

No track may be in two parts, nor a group, the bytes of a file, its samples, the blob that its segments are read from, two
tracks that are one recording, or an artist, if tracks are grouped by artist; and no synthetic segment may have a parent outside
train. What is unlabelled is in no part. In mode eval the parts count that content had when the model was trained.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pandas as pd

from mer_tasks.corpus.segments import segment_index
from mer_tasks.corpus.stratification import PARTS
from mer_tasks.corpus.synthetic_plan import check_parents, read_plan
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.artifacts import CERTIFICATE, GROUP_LINKS, LABELS, SPLIT_TABLE
from mer_tasks.runs.run import Manifest, Run

SPLIT = "split"
UNLABELLED = "unlabelled"
KINDS = {
    "tracks": "track_id",
    "groups": "group_id",
    "contents": "sha256",
    "samples": "pcm_sha256",
    "segments": "features_key",
    "twins": "twins",
    "artists": "artist",
}
"""What must not be in two parts, and the column that tells it apart."""
OF_TRACKS, OF_LINKS = tuple(KINDS)[:5], tuple(KINDS)[5:]
FACTS = ["track_id", "sha256", "pcm_sha256", "features_key", "segments"]
"""Columns of the corpus that the proof uses."""


def check_crossings(table: pd.DataFrame, name: str, kinds: Collection[str]) -> dict[str, int]:
    """Refuse a split of which something is in two parts.

    Parameters
    ----------
    table : pd.DataFrame
        ``track_id``, ``part`` (those that are not of ``PARTS`` do not count), and the columns of the kinds.
    name : str
        Of the split, for messages.
    kinds : collection of str
        Those of ``KINDS`` that are looked at.

    Returns
    -------
    dict of str to int
        How many of each kind are in more than one part: 0.

    Raises
    ------
    IntegrityError
        With the kind, how many there are, and a track of each part that has the first of them.
    """
    used = table[table["part"].isin(PARTS)]
    for kind in kinds:
        column = KINDS[kind]
        crossing = used[used.groupby(column)["part"].transform("nunique") > 1].sort_values([column, "track_id"])
        if len(crossing):
            first = crossing[crossing[column] == crossing[column].iloc[0]].drop_duplicates("part")
            where = " and ".join(
                f"track {track!r} in {part}" for track, part in zip(first["track_id"], first["part"], strict=True)
            )
            raise IntegrityError(
                f"{name} leaks: {crossing[column].nunique()} {kind} in more than one part, expected 0;"
                f" first {column} {first[column].iloc[0]!r}: {where}"
            )
    return dict.fromkeys(kinds, 0)


def linked(links: pd.DataFrame) -> pd.DataFrame:
    """Tracks by what links them: ``track_id``, and either ``twins``, which names both, or ``artist``.

    Parameters
    ----------
    links : pd.DataFrame
        As :func:`mer_tasks.corpus.groups.groups_of` gives them.
    """
    pairs = links[links["other_track_id"].notna()]
    names = pairs["track_id"] + " and " + pairs["other_track_id"]
    both = [pd.DataFrame({"track_id": pairs[column], "twins": names}) for column in ("track_id", "other_track_id")]
    return pd.concat([*both, links.loc[links["artist"].notna(), ["track_id", "artist"]]], ignore_index=True)


def check_corpus(table: pd.DataFrame, tracks: pd.DataFrame, name: str) -> None:
    """Refuse a split that has not each track of the corpus once, with the bytes that it has there.

    Parameters
    ----------
    table, tracks : pd.DataFrame
        ``track_id`` and ``sha256`` in the split, and in the corpus.
    name : str
        Of the split, for messages.

    Raises
    ------
    IntegrityError
    """
    twice = table.loc[table["track_id"].duplicated(), "track_id"]
    if len(twice):
        raise IntegrityError(f"{name} lists {len(twice)} tracks twice, first {twice.iloc[0]!r}; expected each track once")
    both = table[["track_id", "sha256"]].merge(
        tracks[["track_id", "sha256"]], on="track_id", how="outer", suffixes=("", "_there")
    )
    others = both[both["sha256"].ne(both["sha256_there"])]
    if len(others):
        track, here, there = others.astype(object).where(others.notna(), None).iloc[0]
        raise IntegrityError(
            f"{name} is of another corpus: {len(others)} tracks differ, first {track!r}: sha256 {here} in the split, expected"
            f" {there} as in the corpus"
        )


def describe(table: pd.DataFrame, labels: pd.DataFrame) -> dict[str, Any]:
    """What the parts are like.

    Parameters
    ----------
    table : pd.DataFrame
        ``track_id``, ``group_id``, ``part``; each track once.
    labels : pd.DataFrame
        The table of stage `labels`.

    Returns
    -------
    dict
        ``parts``: of each its tracks, groups, and tracks and rate per emotion; ``unlabelled``: how many tracks are;
        ``too_few``: emotions that a part has no track of.
    """
    flags = table.merge(labels[["track_id", *(f"label_{emotion}" for emotion in EMOTIONS)]], on="track_id", how="left")
    parts: dict[str, Any] = {}
    for part in PARTS:
        rows = flags[flags["part"] == part]
        tracks = {emotion: int(rows[f"label_{emotion}"].sum()) for emotion in EMOTIONS}
        rates = {emotion: round(number / len(rows), 4) if len(rows) else None for emotion, number in tracks.items()}
        parts[part] = {"tracks": len(rows), "groups": int(rows["group_id"].nunique()), "positives": tracks, "rates": rates}
    too_few = [emotion for emotion in EMOTIONS if any(parts[part]["positives"][emotion] == 0 for part in PARTS)]
    return {"parts": parts, "unlabelled": int((~table["part"].isin(PARTS)).sum()), "too_few": too_few}


def facts_digest(tracks: pd.DataFrame) -> str:
    """sha256 over what the proof uses of a corpus, in hex."""
    digest = hashlib.sha256()
    for name in FACTS:
        digest.update("\0".join([name, *tracks[name].astype(str).to_numpy(object)]).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def trained_run(run: Run) -> Run | None:
    """In mode eval, the run that made the model; else None."""
    return replace(run, run_id=run.manifest("discover")["model"]["run_id"]) if run.config.mode == "eval" else None


def _prove(run: Run, tracks: pd.DataFrame) -> Manifest:
    table, labels = run.read_table(SPLIT, SPLIT_TABLE), run.read_table("labels", LABELS)
    name = f"run {run.run_id}: split"
    facts = tracks[["track_id", "pcm_sha256", "features_key"]]
    overlap = check_crossings(table.merge(facts, on="track_id", how="left"), name, OF_TRACKS)
    check_corpus(table, tracks, name)
    links = linked(run.read_table(SPLIT, GROUP_LINKS))
    overlap |= check_crossings(links.merge(table[["track_id", "part"]], on="track_id"), name, OF_LINKS)
    proven_from = {
        SPLIT_TABLE: run.sha256(SPLIT, SPLIT_TABLE),
        GROUP_LINKS: run.sha256(SPLIT, GROUP_LINKS),
        LABELS: run.sha256("labels", LABELS),
        "corpus": facts_digest(tracks),
    }
    trained = trained_run(run)
    if trained:
        columns = ["track_id", "part", "sha256"]
        both = pd.concat([table[columns], trained.read_table(SPLIT, SPLIT_TABLE)[columns]])
        check_crossings(both, f"{name} beside that of the model's run {trained.run_id}", ("contents",))
        proven_from["model's split.parquet"] = trained.sha256(SPLIT, SPLIT_TABLE)
    return {"overlap": overlap, "proven_from": proven_from, **describe(table, labels)}


def certify(run: Run, tracks: pd.DataFrame, **beside: Any) -> Manifest:
    """Prove that the stored split of `run` leaks nothing, and write its certificate.

    Parameters
    ----------
    run : Run
        Its ``split.parquet`` and ``groups.parquet`` are written.
    tracks : pd.DataFrame
        Those of its corpus, as :func:`load_corpus` has read them.
    **beside
        JSON values that are kept in the certificate.

    Returns
    -------
    dict
        The certificate: ``overlap``, ``proven_from``, ``parts``, ``unlabelled``, ``too_few``, and what was given.

    Raises
    ------
    IntegrityError
        If something is in two parts, or the split is not of the run's corpus.
    """
    certificate = {**_prove(run, tracks), **beside}
    run.write_json(SPLIT, CERTIFICATE, certificate)
    return certificate


def verify(run: Run) -> None:
    """Prove again what the certificate of `run` says, and that its plan of synthetic segments is of train.

    Raises
    ------
    IntegrityError
        If something is in two parts, a synthetic segment has a parent outside train, or a document is no longer the one that
        the certificate, or the plan, was made from.
    ObjectMissing
        If there is no certificate.
    """
    certified = run.read_json(SPLIT, CERTIFICATE)["proven_from"]
    for name, sha256 in _prove(run, load_corpus(run).tracks)["proven_from"].items():
        if sha256 != certified.get(name):
            raise IntegrityError(
                f"run {run.run_id}: {name} has sha256 {sha256}, expected {certified.get(name)} as in the certificate of its"
                " split: repeat the run from `split` on"
            )
    if run.config.mode == "train":
        _verify_plan(run, certified[SPLIT_TABLE])


def _verify_plan(run: Run, split_sha256: str) -> None:
    drawn_for = run.manifest("balance").get("split_sha256")
    if drawn_for != split_sha256:
        raise IntegrityError(
            f"run {run.run_id}: the plan of synthetic segments was drawn for a split.parquet of sha256 {drawn_for}, expected"
            f" {split_sha256}: repeat the run from `balance` on"
        )
    table = run.read_table(SPLIT, SPLIT_TABLE)
    check_parents(read_plan(run), segment_index(run, "train"), dict(zip(table["track_id"], table["part"], strict=True)))
