"""Matching of ids in CSV files with the ids of tracks."""

from unicodedata import normalize

import pytest

from mer_tasks.errors import AnnotationError
from mer_tasks.landing.id_matching import find_hint, match_ids

TRACKS = ["1", "1.5", "Song", "song 07", "Café"]


@pytest.mark.parametrize("given", ["01", "1.0", "1 ", " 1", "song", "SONG", "song 7", "1.mp3", "rock/1.mp3", "Cafe", "１"])
def test_ids_that_only_look_alike_are_different(given):
    assert match_ids([given], TRACKS) == {}


def test_composed_and_decomposed_letters_are_the_same():
    decomposed = normalize("NFD", "Café")
    assert decomposed != "Café"
    assert match_ids([decomposed], TRACKS) == {decomposed: "Café"}
    assert match_ids(["Café"], [decomposed]) == {"Café": decomposed}
    assert match_ids([normalize("NFD", "CAFÉ")], TRACKS, "case") == {normalize("NFD", "CAFÉ"): "Café"}


@pytest.mark.parametrize(
    ("rule", "matches"),
    [
        ("exact", {"1": "1"}),
        ("blanks", {"1": "1", " 1\t": "1"}),
        ("case", {"1": "1", " 1\t": "1", "SONG": "Song"}),
        ("number", {"1": "1", " 1\t": "1", "001": "1", "1.0": "1", "1.00": "1", "song 7": "song 07"}),
        ("file_name", {"1": "1", " 1\t": "1", "1.mp3": "1", "rock\\1.WAV": "1", "a/b/1": "1"}),
        (
            "loose",
            {
                **dict.fromkeys(["1", " 1\t", "001", "1.0", "1.00", "1.mp3", "rock\\1.WAV", "a/b/1", "a/01.flac"], "1"),
                **{"SONG": "Song", "song 7": "song 07"},
            },
        ),
    ],
)
def test_a_rule_matches_what_it_says_and_no_more(rule, matches):
    given = ["1", " 1\t", "001", "1.0", "1.00", "10", "1.05", "SONG", "song 7", "1.mp3", "rock\\1.WAV", "a/b/1", "a/01.flac"]
    assert match_ids(given, TRACKS, rule) == matches


def test_an_id_that_means_two_tracks_is_refused_and_both_are_named():
    with pytest.raises(
        AnnotationError, match=r"^id_match=case: id 'SONG' means the tracks 'Song' and 'song', expected one; use"
    ):
        match_ids(["SONG"], ["Song", "song"], "case")
    with pytest.raises(AnnotationError, match="id 'Song' means"):
        match_ids(["Song"], ["Song", "song"], "case")
    assert match_ids(["Song"], ["Song", "song"]) == {"Song": "Song"}
    assert match_ids(["x"], ["Song", "song", "X"], "case") == {"x": "X"}


@pytest.mark.parametrize(
    ("unmatched", "expected"),
    [
        (
            ["01", "02", "x"],
            "2 of 3 would match without leading zeros: set id_match=number, by which '01' is '1'",
        ),
        (["1.0"], "1 of 1 would match without a final .0: set id_match=number, by which '1.0' is '1'"),
        (
            ["TRACK"],
            "1 of 1 would match without regard to upper and lower case: set id_match=case, by which 'TRACK' is 'Track'",
        ),
        (["1 "], "1 of 1 would match without surrounding blanks"),
        (["1.wav", "2.wav"], "2 of 2 would match without folder and file ending"),
        (["rock/01.wav"], "set id_match=loose"),
    ],
)
def test_a_hint_names_the_first_rule_that_matches_most(unmatched, expected):
    assert expected in str(find_hint(unmatched, ["1", "2", "Track"]))


def test_there_is_no_hint_for_ids_that_no_rule_would_match_with_one_track():
    assert find_hint(["x"], ["1"]) is None
    assert find_hint(["SONG"], ["Song", "song"]) is None
