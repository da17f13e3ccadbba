"""Which tracks must not be divided between parts, and why.

In: the corpus' tracks with their hashes, artists and fingerprints. Out: the group of each track, and the links that made it:

- ``equal_bytes``: the files are equal;
- ``equal_samples``: they differ in their wrapping only;
- ``same_recording``: their fingerprints have many peaks in common (:mod:`mer_tasks.audio.same_recordings`);
- ``artist``: their tags name the same artist (:mod:`mer_tasks.audio.artist_tags`), unless only twins are to be kept together.

A group is all that hangs together by links: two artists who have played on one track are in one group with all that is theirs.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse
import scipy.sparse.csgraph

from mer_tasks.audio.artist_tags import named_artists
from mer_tasks.audio.fingerprint import Peaks
from mer_tasks.audio.same_recordings import same_recordings
from mer_tasks.config import GroupBy
from mer_tasks.corpus.usable_tracks import Fingerprints
from mer_tasks.runs.run import Run

LINKS = {"track_id": "str", "reason": "str", "other_track_id": "str", "artist": "str", "share": "float64"}

Places = npt.NDArray[np.int64]


class _Chosen(Sequence[Peaks]):
    """Some fingerprints, read when they are asked for."""

    def __init__(self, fingerprints: Sequence[Peaks], places: Places) -> None:
        self._fingerprints, self._places = fingerprints, places.tolist()

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, place: Any) -> Any:
        return self._fingerprints[self._places[place]]


def groups_of(
    tracks: pd.DataFrame, fingerprints: Sequence[Peaks], group_by: GroupBy = "artist", order: Places | None = None
) -> tuple["pd.Series[str]", pd.DataFrame]:
    """Groups of tracks.

    Parameters
    ----------
    tracks : pd.DataFrame
        ``track_id``, ``sha256`` (of the file), ``pcm_sha256`` (of its samples, which equal files have in common) and
        ``artists`` (texts of its artist tag).
    fingerprints : sequence of np.ndarray [shape=(peaks,), dtype=uint32]
        Of the same tracks.
    group_by : str
        ``artist``: twins, and tracks of an artist. ``track``: twins only.
    order : np.ndarray [shape=(tracks,), dtype=int64], optional
        Places in the order in which fingerprints are best read.

    Returns
    -------
    (pd.Series, pd.DataFrame)
        The group of each track, which is the smallest ``sha256`` in it; and the links: ``track_id``, ``reason``, and the
        ``other_track_id``, with the ``share`` of common peaks if it is the same recording, or the ``artist``.
    """
    by_bytes, by_samples = (_first_alike(tracks[column]) for column in ("sha256", "pcm_sha256"))
    places = np.arange(len(tracks))
    bytes_links, samples_links = _links(places, by_bytes), _links(places[by_bytes == places], by_samples[by_bytes == places])
    ordered = places if order is None else order
    heard = ordered[by_samples[ordered] == ordered]
    found = same_recordings(_Chosen(fingerprints, heard))
    twin_links = np.sort(heard[np.array([pair[:2] for pair in found], np.int64).reshape(-1, 2)], axis=1)
    pairs = np.concatenate([bytes_links, samples_links, twin_links])
    reasons = ["equal_bytes"] * len(bytes_links) + ["equal_samples"] * len(samples_links) + ["same_recording"] * len(twin_links)
    ids = tracks["track_id"].to_numpy(object)
    links = pd.DataFrame({"track_id": ids[pairs[:, 0]], "reason": reasons, "other_track_id": ids[pairs[:, 1]]})
    links["share"] = [None] * (len(pairs) - len(found)) + [share for _, _, share in found]
    if group_by == "artist":
        artists, names, artist_links = _by_artist(tracks["artists"])
        of_artists = pd.DataFrame({"track_id": ids[artists], "reason": "artist", "artist": names})
        links, pairs = pd.concat([links, of_artists]), np.concatenate([pairs, artist_links])
    links = links.reindex(columns=list(LINKS)).astype(LINKS)
    return _smallest(tracks["sha256"], pairs), links.sort_values(["track_id", "reason", "other_track_id", "artist"])


def _first_alike(values: "pd.Series[str]") -> Places:
    """Of each row the place of the first one with the same value."""
    codes, _ = pd.factorize(values)
    _, firsts = np.unique(codes, return_index=True)
    found: Places = np.take(firsts, codes).astype(np.int64)
    return found


def _links(places: Places, firsts: Places) -> Places:
    """Pairs (place, first place alike) of those that are not the first themselves [shape=(n, 2)]."""
    others: Places = np.stack([places, firsts], axis=1)[places != firsts]
    return others


def _by_artist(artists: Iterable[Sequence[str]]) -> tuple[Places, list[str], Places]:
    """Places of tracks whose artist has another track too, the name of that artist, and pairs (place, first of that artist)."""
    numbers: dict[str, int] = {}
    names: list[str] = []
    found = []
    for place, texts in enumerate(artists):
        for key, name in named_artists(texts).items():
            number = numbers.setdefault(key, len(names))
            if number == len(names):
                names.append(name)
            found.append((place, number))
    places, artist = np.array(found, np.int64).reshape(-1, 2).T
    _, rows, counts = np.unique(artist, return_index=True, return_counts=True)
    firsts, several = places[rows][artist], counts[artist] > 1
    return places[several], [names[number] for number in artist[several].tolist()], _links(places[several], firsts[several])


def _smallest(contents: "pd.Series[str]", pairs: Places) -> "pd.Series[str]":
    """Smallest content hash of all that hangs together by `pairs`."""
    count = len(contents)
    edges = scipy.sparse.coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, component = scipy.sparse.csgraph.connected_components(edges, directed=False)
    return contents.groupby(component).transform("min")


def in_the_way(groups: "pd.Series[str]", links: pd.DataFrame, ids: "pd.Series[str]") -> str:
    """What to say beside "too few groups" where artists make the largest group of some tracks; nothing otherwise.

    Parameters
    ----------
    groups : pd.Series
        Group of each of these tracks.
    links : pd.DataFrame
        See :func:`groups_of`.
    ids : pd.Series
        Their ids.
    """
    largest = ids[groups.to_numpy() == groups.value_counts().idxmax()] if len(ids) else ids
    artists = links.loc[links["track_id"].isin(largest), "artist"].value_counts()
    if artists.empty:
        return ""
    name, count = artists.index[0], artists.iloc[0]
    through = "" if count == len(largest) else f", {len(largest)} hang together with them"
    crowd = f"artist {name!r} has {count} of {len(ids)} labelled tracks{through}"
    return f"; no part may share an artist with another, and {crowd}: group_by=track lets it"


def group_tracks(run: Run, tracks: pd.DataFrame, group_by: GroupBy) -> tuple["pd.Series[str]", pd.DataFrame]:
    """:func:`groups_of` the corpus' tracks, with the fingerprints that `features` left.

    Raises
    ------
    ObjectMissing, IntegrityError
        See :class:`Fingerprints`.
    """
    # shard by shard, and in one order however large shards are
    genres, _ = pd.factorize(tracks["genre"], sort=True)
    return groups_of(tracks, Fingerprints(run, tracks), group_by, np.argsort(genres, kind="stable"))
