import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.corpus.groups import LINKS, groups_of, in_the_way
from tests.support.run_documents import content, peaks_of


def corpus_of(*rows: tuple[str, str, str, list[str]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["track_id", "sha256", "pcm_sha256", "artists"])


def grouped(tracks: pd.DataFrame, sounds: dict[str, str] | None = None, **options):
    """Sets of tracks that are one group, and links as tuples without what is missing."""
    groups, links = groups_of(tracks, [peaks_of((sounds or {}).get(track, track)) for track in tracks["track_id"]], **options)
    found = tracks["track_id"].groupby(groups).agg(set)
    rows = [tuple(value for value in row if value == value and value is not None) for row in links.itertuples(index=False)]
    assert groups.tolist() == tracks["sha256"].groupby(groups).transform("min").tolist()
    return sorted(found.tolist(), key=min), rows


def test_each_reason_links_and_is_told():
    tracks = corpus_of(
        ("a", "1", "p1", ["Ann"]),
        ("b", "1", "p1", ["Bob"]),
        ("c", "3", "p1", ["Cat"]),
        ("d", "4", "p4", ["Dan"]),
        ("e", "5", "p5", ["Eve", "Ann"]),
        ("f", "6", "p6", ["Fay"]),
    )
    groups, links = grouped(tracks, {"b": "a", "c": "a", "d": "a"})
    assert groups == [{"a", "b", "c", "d", "e"}, {"f"}]
    assert links == [
        ("a", "artist", "Ann"),
        ("a", "same_recording", "d", 1.0),
        ("b", "equal_bytes", "a"),
        ("c", "equal_samples", "a"),
        ("e", "artist", "Ann"),
    ]
    groups, links = grouped(tracks, {"b": "a", "c": "a", "d": "a"}, group_by="track")
    assert groups == [{"a", "b", "c", "d"}, {"e"}, {"f"}]
    assert [link[1] for link in links] == ["same_recording", "equal_bytes", "equal_samples"]


def test_the_share_of_common_peaks_is_the_evidence():
    one, other = peaks_of("a"), peaks_of("b")
    tracks = corpus_of(("a", "1", "p1", []), ("b", "2", "p2", []))
    half = len(one) // 2
    _, links = groups_of(tracks, [one, np.concatenate([one[:half], other[other > one[half]]])])
    assert links["share"].tolist() == [pytest.approx(0.5, abs=0.05)]


def test_artists_who_share_a_track_are_in_one_group():
    tracks = corpus_of(
        ("a", "1", "1", ["Ann"]), ("b", "2", "2", ["Ann feat. Bob"]), ("c", "3", "3", ["BOB"]), ("d", "4", "4", ["Dan"])
    )
    groups, links = grouped(tracks)
    assert groups == [{"a", "b", "c"}, {"d"}]
    assert links == [("a", "artist", "Ann"), ("b", "artist", "Ann"), ("b", "artist", "Bob"), ("c", "artist", "Bob")]


def test_the_first_of_equal_tracks_is_the_one_that_others_are_linked_to():
    tracks = corpus_of(*((name, "1", "p", []) for name in "abc"), *((name, "2", "p", []) for name in "de"))
    _, links = grouped(tracks)
    assert links == [
        ("b", "equal_bytes", "a"),
        ("c", "equal_bytes", "a"),
        ("d", "equal_samples", "a"),
        ("e", "equal_bytes", "d"),
    ]


def test_no_tracks_and_no_links_keep_the_columns():
    for tracks in (corpus_of(), corpus_of(("a", "1", "1", []))):
        groups, links = groups_of(tracks, [peaks_of("a")] * len(tracks))
        assert len(groups) == len(tracks)
        assert links.empty
        assert list(links.columns) == list(LINKS)


corpora = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.lists(st.integers(0, 9), max_size=2)), max_size=20)


@given(corpora)
def test_what_is_linked_is_in_one_group_and_what_is_not_is_not(rows):
    tracks = corpus_of(
        *(
            (f"t{place}", f"{pcm}-{sha}", f"p{pcm}", [f"artist {name}" for name in names])
            for place, (pcm, sha, names) in enumerate(rows)
        )
    )
    groups, links = groups_of(tracks, [np.zeros(0, np.uint32)] * len(tracks))
    # groups by another way: what has anything in common takes the smaller name, until nothing changes
    names = {track: track for track in tracks["track_id"]}
    changed = True
    while changed:
        changed = False
        for one in tracks.itertuples():
            for other in tracks.itertuples():
                alike = one.pcm_sha256 == other.pcm_sha256 or set(one.artists) & set(other.artists)
                if alike and names[one.track_id] < names[other.track_id]:
                    names[other.track_id], changed = names[one.track_id], True
    by_links = pd.Series(groups.tolist(), index=tracks["track_id"], dtype="str")
    by_hand = pd.Series(names, dtype="str").reindex(tracks["track_id"])
    assert pd.factorize(by_links)[0].tolist() == pd.factorize(by_hand)[0].tolist()
    assert set(links["track_id"]) | set(links["other_track_id"].dropna()) == {
        track for track, group in by_links.items() if (by_links == group).sum() > 1
    }


def test_a_crowd_is_told_only_where_artists_make_it():
    ids = pd.Series(["a", "b", "c"])
    links = pd.DataFrame([("a", "artist", None, "Ann", None), ("b", "artist", None, "Ann", None)], columns=list(LINKS))
    told = "; no part may share an artist with another, and artist 'Ann' has 2 of 3 labelled tracks{}: group_by=track lets it"
    assert in_the_way(pd.Series(["1", "1", "1"]), links, ids) == told.format(", 3 hang together with them")
    assert in_the_way(pd.Series(["1", "1", "2"]), links, ids) == told.format("")
    assert in_the_way(pd.Series(["1", "1", "2"]), links[:0], ids) == ""
    assert in_the_way(pd.Series([], dtype="str"), links, ids[:0]) == ""


def test_the_group_is_named_after_its_smallest_hash():
    tracks = corpus_of(("a", content("a"), "p", []), ("b", content("b"), "p", []))
    groups, _ = groups_of(tracks, [peaks_of("a"), peaks_of("b")])
    assert set(groups) == {min(content("a"), content("b"))}
