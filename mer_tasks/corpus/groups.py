"""Groups of tracks that must be in one part of the split, and the reasons.

In: the corpus' tracks with their hashes, artists and fingerprints. Out: the group of each track, and the links between tracks:

- ``equal_bytes``: the files are equal;
- ``equal_samples``: the decoded samples are equal, but the files differ (tags or container);
- ``same_recording``: their fingerprints have many peaks in common (:mod:`mer_tasks.audio.same_recordings`);
- ``artist``: metadata files or tags name one artist (:mod:`mer_tasks.corpus.artist_names`); only with ``group_by="artist"``.

The first three reasons make two tracks twins. A group is a connected component of the graph of links: if two artists share a
track, all tracks of both are in one group.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse
import scipy.sparse.csgraph

from mer_tasks.audio.fingerprint import Peaks
from mer_tasks.audio.same_recordings import same_recordings
from mer_tasks.config import GroupBy
from mer_tasks.corpus.artist_names import named_artists
from mer_tasks.corpus.usable_tracks import Fingerprints
from mer_tasks.runs.run import Run

LINKS = {"track_id": "str", "reason": "str", "other_track_id": "str", "artist": "str", "share": "float64"}

Positions = npt.NDArray[np.int64]
"""Positions of tracks in a table, counted from 0."""


class _SelectedFingerprints(Sequence[Peaks]):
    """The fingerprints at some positions of a sequence; each is read when it is accessed."""

    def __init__(self, fingerprints: Sequence[Peaks], positions: Positions) -> None:
        self._fingerprints = fingerprints
        self._positions = positions.tolist()

    def __len__(self) -> int:
        return len(self._positions)

    def __getitem__(self, index: Any) -> Any:
        return self._fingerprints[self._positions[index]]


def groups_of(
    tracks: pd.DataFrame, fingerprints: Sequence[Peaks], group_by: GroupBy = "artist", order: Positions | None = None
) -> tuple["pd.Series[str]", pd.DataFrame]:
    """Group tracks by equal content, same recordings and artists.

    Parameters
    ----------
    tracks : pd.DataFrame
        ``track_id``, ``sha256`` of the file, ``pcm_sha256`` of its decoded samples, and ``artists``, the texts that
        name its artists. Equal files must have equal ``pcm_sha256``.
    fingerprints : sequence of np.ndarray [shape=(peaks,), dtype=uint32]
        Fingerprint of each track.
    group_by : str
        ``artist`` groups twins and tracks of an artist. ``track`` groups twins only.
    order : np.ndarray [shape=(tracks,), dtype=int64], optional
        Positions of the tracks, in the order in which their fingerprints are to be read.

    Returns
    -------
    (pd.Series, pd.DataFrame)
        The name of each track's group, which is the smallest ``sha256`` in the group. And a table of links: ``track_id`` and
        ``reason``, with ``artist`` or ``other_track_id``, and for same recordings the ``share`` of common peaks.

    Examples
    --------
    >>> tracks = pd.DataFrame({"track_id": ["a", "b", "c"], "sha256": ["1", "2", "3"], "pcm_sha256": ["x", "x", "y"]})
    >>> groups, links = groups_of(tracks, [np.zeros(0, np.uint32)] * 3, group_by="track")
    >>> groups.tolist(), links[["track_id", "reason", "other_track_id"]].values.tolist()
    (['1', '1', '3'], [['b', 'equal_samples', 'a']])
    """
    positions = np.arange(len(tracks))
    first_by_bytes = _first_equal(tracks["sha256"])
    first_by_samples = _first_equal(tracks["pcm_sha256"])
    bytes_links = _links_to_first(positions, first_by_bytes)
    distinct_files = first_by_bytes == positions
    samples_links = _links_to_first(positions[distinct_files], first_by_samples[distinct_files])
    ordered = positions if order is None else order
    distinct_samples = ordered[first_by_samples[ordered] == ordered]
    recordings = same_recordings(_SelectedFingerprints(fingerprints, distinct_samples))
    recording_links = np.array([pair[:2] for pair in recordings], np.int64).reshape(-1, 2)
    recording_links = np.sort(distinct_samples[recording_links], axis=1)
    pairs = np.concatenate([bytes_links, samples_links, recording_links])
    reasons = ["equal_bytes"] * len(bytes_links) + ["equal_samples"] * len(samples_links)
    reasons += ["same_recording"] * len(recording_links)
    ids = tracks["track_id"].to_numpy(object)
    links = pd.DataFrame({"track_id": ids[pairs[:, 0]], "reason": reasons, "other_track_id": ids[pairs[:, 1]]})
    links["share"] = [None] * (len(pairs) - len(recordings)) + [share for _, _, share in recordings]
    if group_by == "artist":
        artists, names, artist_links = _by_artist(tracks["artists"])
        links = pd.concat([links, pd.DataFrame({"track_id": ids[artists], "reason": "artist", "artist": names})])
        pairs = np.concatenate([pairs, artist_links])
    links = links.reindex(columns=list(LINKS)).astype(LINKS)
    return _group_names(tracks["sha256"], pairs), links.sort_values(["track_id", "reason", "other_track_id", "artist"])


def _first_equal(values: "pd.Series[str]") -> Positions:
    """Return for each row the position of the first row with the same value."""
    codes, _ = pd.factorize(values)
    _, firsts = np.unique(codes, return_index=True)
    first_of_each: Positions = np.take(firsts, codes).astype(np.int64)
    return first_of_each


def _links_to_first(positions: Positions, firsts: Positions) -> Positions:
    """Return pairs (position, first equal position) of the rows that are not the first themselves [shape=(n, 2)]."""
    pairs: Positions = np.stack([positions, firsts], axis=1)[positions != firsts]
    return pairs


def _by_artist(artists: Iterable[Sequence[str]]) -> tuple[Positions, list[str], Positions]:
    """Link the tracks of each artist who has several.

    Returns
    -------
    (np.ndarray, list of str, np.ndarray)
        For each track and artist of it with several tracks: the track's position and the artist's name. And the links, as pairs
        of a track's position and the position of the artist's first track [shape=(n, 2)].
    """
    numbers: dict[str, int] = {}
    names: list[str] = []
    credits = []
    for position, texts in enumerate(artists):
        for key, name in named_artists(texts).items():
            number = numbers.setdefault(key, len(names))
            if number == len(names):
                names.append(name)
            credits.append((position, number))
    positions, artist = np.array(credits, np.int64).reshape(-1, 2).T
    _, rows, counts = np.unique(artist, return_index=True, return_counts=True)
    firsts = positions[rows][artist]
    several = counts[artist] > 1
    several_names = [names[number] for number in artist[several].tolist()]
    return positions[several], several_names, _links_to_first(positions[several], firsts[several])


def _group_names(contents: "pd.Series[str]", pairs: Positions) -> "pd.Series[str]":
    """Return for each track the smallest content hash of its group: the tracks that `pairs` connect with it."""
    count = len(contents)
    edges = scipy.sparse.coo_array((np.ones(len(pairs), bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    _, component = scipy.sparse.csgraph.connected_components(edges, directed=False)
    return contents.groupby(component).transform("min")


def largest_artist_hint(groups: "pd.Series[str]", links: pd.DataFrame, ids: "pd.Series[str]") -> str:
    """Explain, for the error "too few groups", that one artist makes a group large.

    Parameters
    ----------
    groups : pd.Series
        Group of each labelled track.
    links : pd.DataFrame
        Links as :func:`groups_of` returns them.
    ids : pd.Series
        Ids of the labelled tracks.

    Returns
    -------
    str
        The end of an error message; empty if the largest group has no links by artist.
    """
    largest = ids[groups.to_numpy() == groups.value_counts().idxmax()] if len(ids) else ids
    artists = links.loc[links["track_id"].isin(largest), "artist"].value_counts()
    if artists.empty:
        return ""
    name, count = artists.index[0], artists.iloc[0]
    linked = "" if count == len(largest) else f", and {len(largest)} tracks are linked with them"
    large = f"artist {name!r} has {count} of {len(ids)} labelled tracks{linked}"
    return f"; parts may not share an artist, but {large}: group_by=track allows parts to share artists"


def group_tracks(run: Run, tracks: pd.DataFrame, group_by: GroupBy) -> tuple["pd.Series[str]", pd.DataFrame]:
    """Group the corpus' tracks (:func:`groups_of`) by the fingerprints that stage `features` stored.

    Raises
    ------
    ObjectMissing, IntegrityError
        See :class:`Fingerprints`.
    """
    # this order reads one shard after the other, and does not depend on the size of shards
    genres, _ = pd.factorize(tracks["genre"], sort=True)
    return groups_of(tracks, Fingerprints(run, tracks), group_by, np.argsort(genres, kind="stable"))
