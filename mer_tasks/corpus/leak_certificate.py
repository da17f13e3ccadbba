"""Leak certificate: prove from the stored documents that no two parts of a split share content (no data leakage).

In: ``split.parquet``, ``groups.parquet``, the labels, the corpus, and the plan of synthetic segments. Out:
``split/certificate.json``: for each kind, how many items are in more than one part (0); statistics of the parts; and the sha256
of every document that the proof used. Stage `split` fails if the proof fails. Stage `evaluate` repeats the proof before it
writes a metric (:func:`verify`).

None of these may be in two parts: a track, a group, a file's bytes, its samples, the blob of its segments, two tracks that are
one recording, and, if tracks are grouped by artist, an artist. No synthetic segment may have a parent outside train. Unlabelled
tracks are in no part. With cross-fitting, the same holds for the inner folds of the train part. In mode eval, content must also
not be in another part than when the model was trained.
"""

import hashlib
from collections.abc import Collection
from dataclasses import replace
from typing import Any

import pandas as pd

from mer_tasks.corpus.inner_folds import FOLD, NO_FOLD
from mer_tasks.corpus.label_rules import label_columns
from mer_tasks.corpus.segments import segment_index
from mer_tasks.corpus.stratification import PARTS
from mer_tasks.corpus.synthetic_plan import check_parents, read_plan
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.errors import IntegrityError
from mer_tasks.label_set import LabelSet
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
"""Kinds of content that must not be in two parts, and the column that identifies each."""
TRACK_KINDS = tuple(KINDS)[:5]
LINK_KINDS = tuple(KINDS)[5:]
"""Kinds that the table of tracks has, and kinds that the table of links has."""
FACTS = ["track_id", "sha256", "pcm_sha256", "features_key", "segments"]
"""Columns of the corpus that the proof uses."""


def check_overlap(table: pd.DataFrame, name: str, kinds: Collection[str], column: str = "part") -> dict[str, int]:
    """Raise an error if any content is in two parts of a split, or in two inner folds of its train part.

    Parameters
    ----------
    table : pd.DataFrame
        ``track_id``, ``part`` and the columns of the kinds. Rows whose part is not in ``PARTS`` do not count.
    name : str
        Name of the split, for messages.
    kinds : collection of str
        Kinds of ``KINDS`` that are checked.
    column : {"part", "fold"}
        What the content must not be in two of.

    Returns
    -------
    dict of str to int
        For each kind, how many items are in more than one part or fold: 0.

    Raises
    ------
    IntegrityError
        With the kind, the number of its items in two parts, and for the first item a track of each part.

    Examples
    --------
    >>> table = pd.DataFrame({"track_id": ["a", "b"], "part": ["train", "test"], "sha256": ["1", "1"]})
    >>> check_overlap(table, "split", ["contents"])
    Traceback (most recent call last):
    mer_tasks.errors.IntegrityError: split leaks: 1 contents in more than one part, ...
    """
    used = table[table["part"].isin(PARTS)] if column == "part" else table[table[column] != NO_FOLD]
    for kind in kinds:
        item = KINDS[kind]
        crossing = used[used.groupby(item)[column].transform("nunique") > 1].sort_values([item, "track_id"])
        if len(crossing):
            first = crossing[crossing[item] == crossing[item].iloc[0]].drop_duplicates(column)
            where = " and ".join(
                f"track {track!r} in {place if column == 'part' else f'fold {place}'}"
                for track, place in zip(first["track_id"], first[column], strict=True)
            )
            raise IntegrityError(
                f"{name} leaks: {crossing[item].nunique()} {kind} in more than one {column}, expected 0;"
                f" first {item} {first[item].iloc[0]!r}: {where}"
            )
    return dict.fromkeys(kinds, 0)


def linked_tracks(links: pd.DataFrame) -> pd.DataFrame:
    """List both tracks of every pair of twins, and the tracks of every artist.

    Parameters
    ----------
    links : pd.DataFrame
        Links as :func:`mer_tasks.corpus.groups.groups_of` returns them.

    Returns
    -------
    pd.DataFrame
        ``track_id``, and either ``twins``, a text that names both tracks, or ``artist``.
    """
    pairs = links[links["other_track_id"].notna()]
    names = pairs["track_id"] + " and " + pairs["other_track_id"]
    both = [pd.DataFrame({"track_id": pairs[column], "twins": names}) for column in ("track_id", "other_track_id")]
    return pd.concat([*both, links.loc[links["artist"].notna(), ["track_id", "artist"]]], ignore_index=True)


def check_corpus(table: pd.DataFrame, tracks: pd.DataFrame, name: str) -> None:
    """Raise an error unless a split has each track of the corpus once, with equal sha256.

    Parameters
    ----------
    table, tracks : pd.DataFrame
        ``track_id`` and ``sha256`` in the split, and in the corpus.
    name : str
        Name of the split, for messages.

    Raises
    ------
    IntegrityError
    """
    twice = table.loc[table["track_id"].duplicated(), "track_id"]
    if len(twice):
        raise IntegrityError(f"{name} lists {len(twice)} tracks twice, first {twice.iloc[0]!r}; expected each track once")
    both = table[["track_id", "sha256"]].merge(
        tracks[["track_id", "sha256"]], on="track_id", how="outer", suffixes=("", "_corpus")
    )
    different = both[both["sha256"].ne(both["sha256_corpus"])]
    if len(different):
        track, in_split, in_corpus = different.astype(object).where(different.notna(), None).iloc[0]
        raise IntegrityError(
            f"{name} is of another corpus: {len(different)} tracks differ, first {track!r}: sha256 {in_split} in the split,"
            f" expected {in_corpus} as in the corpus"
        )


def describe(table: pd.DataFrame, labels: pd.DataFrame, label_set: LabelSet) -> dict[str, Any]:
    """Count tracks, groups and labels of each part.

    Parameters
    ----------
    table : pd.DataFrame
        ``track_id``, ``group_id``, ``part``; each track once.
    labels : pd.DataFrame
        Table that stage `labels` writes.
    label_set : LabelSet
        The label set of that table.

    Returns
    -------
    dict
        ``parts``: for each part, the number of tracks and groups, and per label the number and rate of tracks that have it;
        ``unlabelled``: the number of unlabelled tracks; ``too_few``: labels that no track of some part
        has.
    """
    columns = label_columns(label_set)
    flags = table.merge(labels[["track_id", *columns]], on="track_id", how="left")
    parts: dict[str, Any] = {}
    for part in PARTS:
        rows = flags[flags["part"] == part]
        tracks = {label: int(rows[column].sum()) for label, column in zip(label_set.ids, columns, strict=True)}
        rates = {label: round(number / len(rows), 4) if len(rows) else None for label, number in tracks.items()}
        parts[part] = {"tracks": len(rows), "groups": int(rows["group_id"].nunique()), "positives": tracks, "rates": rates}
    used = [part for part in PARTS if part != "validation" or FOLD not in table]
    too_few = [label for label in label_set.ids if any(parts[part]["positives"][label] == 0 for part in used)]
    return {"parts": parts, "unlabelled": int((~table["part"].isin(PARTS)).sum()), "too_few": too_few}


def facts_digest(tracks: pd.DataFrame) -> str:
    """Compute the sha256 over the columns of a corpus that the proof uses, in hex."""
    digest = hashlib.sha256()
    for name in FACTS:
        digest.update("\0".join([name, *tracks[name].astype(str).to_numpy(object)]).encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def trained_run(run: Run) -> Run | None:
    """Return the run that trained the model in mode eval; None in other modes."""
    return replace(run, run_id=run.manifest("discover")["model"]["run_id"]) if run.config.mode == "eval" else None


def _prove(run: Run, tracks: pd.DataFrame) -> Manifest:
    table, labels = run.read_table(SPLIT, SPLIT_TABLE), run.read_table("labels", LABELS)
    name = f"run {run.run_id}: split"
    facts = tracks[["track_id", "pcm_sha256", "features_key"]]
    divisions = [column for column in ("part", FOLD) if column in table]
    described = table.merge(facts, on="track_id", how="left")
    overlaps = {column: check_overlap(described, name, TRACK_KINDS, column) for column in divisions}
    check_corpus(table, tracks, name)
    links = linked_tracks(run.read_table(SPLIT, GROUP_LINKS)).merge(table[["track_id", *divisions]], on="track_id")
    for column in divisions:
        overlaps[column] |= check_overlap(links, name, LINK_KINDS, column)
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
        check_overlap(both, f"{name} beside that of the model's run {trained.run_id}", ("contents",))
        proven_from["model's split.parquet"] = trained.sha256(SPLIT, SPLIT_TABLE)
    proof: Manifest = {"overlap": overlaps["part"], "proven_from": proven_from, **describe(table, labels, run.label_set)}
    if FOLD in table:
        sizes = table.loc[table[FOLD] != NO_FOLD, FOLD].value_counts().sort_index()
        proof |= {"fold_overlap": overlaps[FOLD], "fold_tracks": sizes.tolist()}
    return proof


def certify(run: Run, tracks: pd.DataFrame, **beside: Any) -> Manifest:
    """Prove that the parts of the stored split of `run` share no content, and write the certificate.

    Parameters
    ----------
    run : Run
        A run whose ``split.parquet`` and ``groups.parquet`` are stored.
    tracks : pd.DataFrame
        Tracks of its corpus, as :func:`load_corpus` returns them.
    **beside
        JSON values to be added to the certificate.

    Returns
    -------
    dict
        The certificate: ``overlap``, ``proven_from``, ``parts``, ``unlabelled``, ``too_few``, and the values of `beside`.

    Raises
    ------
    IntegrityError
        If any content is in two parts, or the split is not of the run's corpus.
    """
    certificate = {**_prove(run, tracks), **beside}
    run.write_json(SPLIT, CERTIFICATE, certificate)
    return certificate


def verify(run: Run) -> None:
    """Repeat the proof of the certificate of `run`, and check that synthetic segments come from train segments only.

    Raises
    ------
    IntegrityError
        If any content is in two parts, a synthetic segment has a parent outside train, or a document has changed since the
        certificate, or the plan, was made from it.
    ObjectMissing
        If the run has no certificate.
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
