import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.corpus.groups import LINKS, groups_of, largest_artist_hint
from tests.support.run_documents import content, peaks_of


def corpus_of(*rows: tuple[str, str, str, list[str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["track_id", "sha256", "pcm_sha256", "artists"])


def group_sets_and_links(tracks: pd.DataFrame, sounds: dict[str, str] | None = None, **options):
    """Return the groups as sets of track ids, and the links as tuples without missing values."""
    groups, links = groups_of(tracks, [peaks_of((sounds or {}).get(track, track)) for track in tracks["track_id"]], **options)
    group_sets = tracks["track_id"].groupby(groups).agg(set)
    rows = [tuple(value for value in row if value == value and value is not None) for row in links.itertuples(index=False)]
    assert groups.tolist() == tracks["sha256"].groupby(groups).transform("min").tolist()
    return sorted(group_sets.tolist(), key=min), rows


def test_each_reason_links_tracks_and_is_named_in_the_link():
    tracks = corpus_of(
        ("a", "1", "p1", ["Ann"]),
        ("b", "1", "p1", ["Bob"]),
        ("c", "3", "p1", ["Cat"]),
        ("d", "4", "p4", ["Dan"]),
        ("e", "5", "p5", ["Eve", "Ann"]),
        ("f", "6", "p6", ["Fay"]),
    )
    groups, links = group_sets_and_links(tracks, {"b": "a", "c": "a", "d": "a"})
    assert groups == [{"a", "b", "c", "d", "e"}, {"f"}]
    assert links == [
        ("a", "artist", "Ann"),
        ("a", "same_recording", "d", 1.0),
        ("b", "equal_bytes", "a"),
        ("c", "equal_samples", "a"),
        ("e", "artist", "Ann"),
    ]
    groups, links = group_sets_and_links(tracks, {"b": "a", "c": "a", "d": "a"}, group_by="track")
    assert groups == [{"a", "b", "c", "d"}, {"e"}, {"f"}]
    assert [link[1] for link in links] == ["same_recording", "equal_bytes", "equal_samples"]


def test_a_link_of_same_recordings_has_the_share_of_common_peaks():
    first = peaks_of("a")
    second = peaks_of("b")
    tracks = corpus_of(("a", "1", "p1", []), ("b", "2", "p2", []))
    half = len(first) // 2
    _, links = groups_of(tracks, [first, np.concatenate([first[:half], second[second > first[half]]])])
    assert links["share"].tolist() == [pytest.approx(0.5, abs=0.05)]


def test_artists_who_share_a_track_are_in_one_group():
    tracks = corpus_of(
        ("a", "1", "1", ["Ann"]), ("b", "2", "2", ["Ann feat. Bob"]), ("c", "3", "3", ["BOB"]), ("d", "4", "4", ["Dan"])
    )
    groups, links = group_sets_and_links(tracks)
    assert groups == [{"a", "b", "c"}, {"d"}]
    assert links == [("a", "artist", "Ann"), ("b", "artist", "Ann"), ("b", "artist", "Bob"), ("c", "artist", "Bob")]


def test_equal_tracks_are_linked_to_the_first_of_them():
    tracks = corpus_of(*((name, "1", "p", []) for name in "abc"), *((name, "2", "p", []) for name in "de"))
    _, links = group_sets_and_links(tracks)
    assert links == [
        ("b", "equal_bytes", "a"),
        ("c", "equal_bytes", "a"),
        ("d", "equal_samples", "a"),
        ("e", "equal_bytes", "d"),
    ]


def test_an_empty_table_of_links_has_its_columns():
    for tracks in (corpus_of(), corpus_of(("a", "1", "1", []))):
        groups, links = groups_of(tracks, [peaks_of("a")] * len(tracks))
        assert len(groups) == len(tracks)
        assert links.empty
        assert list(links.columns) == list(LINKS)


corpora = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.lists(st.integers(0, 9), max_size=2)), max_size=20)


@given(corpora)
def test_two_tracks_are_in_one_group_only_if_links_connect_them(rows):
    tracks = corpus_of(
        *(
            (f"t{row}", f"{pcm}-{sha}", f"p{pcm}", [f"artist {name}" for name in names])
            for row, (pcm, sha, names) in enumerate(rows)
        )
    )
    groups, links = groups_of(tracks, [np.zeros(0, np.uint32)] * len(tracks))
    # groups computed in another way: tracks with common content take the smaller name, until nothing changes
    names = {track: track for track in tracks["track_id"]}
    changed = True
    while changed:
        changed = False
        for first in tracks.itertuples():
            for second in tracks.itertuples():
                linked = first.pcm_sha256 == second.pcm_sha256 or set(first.artists) & set(second.artists)
                if linked and names[first.track_id] < names[second.track_id]:
                    names[second.track_id] = names[first.track_id]
                    changed = True
    by_links = pd.Series(groups.tolist(), index=tracks["track_id"], dtype="str")
    by_hand = pd.Series(names, dtype="str").reindex(tracks["track_id"])
    assert pd.factorize(by_links)[0].tolist() == pd.factorize(by_hand)[0].tolist()
    assert set(links["track_id"]) | set(links["other_track_id"].dropna()) == {
        track for track, group in by_links.items() if (by_links == group).sum() > 1
    }


def test_the_hint_names_the_artist_with_most_tracks_if_there_is_one():
    ids = pd.Series(["a", "b", "c"])
    links = pd.DataFrame([("a", "artist", None, "Ann", None), ("b", "artist", None, "Ann", None)], columns=list(LINKS))
    hint = (
        "; parts may not share an artist, but artist 'Ann' has 2 of 3 labelled tracks{}: group_by=track allows parts to share"
        " artists"
    )
    assert largest_artist_hint(pd.Series(["1", "1", "1"]), links, ids) == hint.format(", and 3 tracks are linked with them")
    assert largest_artist_hint(pd.Series(["1", "1", "2"]), links, ids) == hint.format("")
    assert largest_artist_hint(pd.Series(["1", "1", "2"]), links[:0], ids) == ""
    assert largest_artist_hint(pd.Series([], dtype="str"), links, ids[:0]) == ""


def test_a_group_is_named_by_its_smallest_hash():
    tracks = corpus_of(("a", content("a"), "p", []), ("b", content("b"), "p", []))
    groups, _ = groups_of(tracks, [peaks_of("a"), peaks_of("b")])
    assert set(groups) == {min(content("a"), content("b"))}
