"""Artist names: the artists that the texts of tags and metadata files name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.corpus.artist_names import fold_name, named_artists


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("Björk", ["bjork"]),
        ("  BJÖRK ", ["bjork"]),
        ("A; B/C | D", ["a", "b", "c", "d"]),
        ("Jay feat. Kay", ["jay", "kay"]),
        ("Jay Ft. Kay featuring Elle", ["jay", "kay", "elle"]),
        ("Earth, Wind & Fire", ["earth, wind & fire"]),
        ("Florence and the Machine", ["florence and the machine"]),
        ("Defeated Feature", ["defeated feature"]),
        ("米津玄師", ["米津玄師"]),
        ("A feat. Various Artists", ["a"]),
        ("The Unknown", ["the unknown"]),
        ("Noah", ["noah"]),
    ],
)
def test_a_text_is_split_into_the_keys_of_its_artists(text, keys):
    assert list(named_artists([text])) == keys


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "-", "?", "01", "...", "\0", "Artist", "Track 7", "No Artist", "null", "(none)", "N/A", "n.a."),
        *("Various Artists", "VARIOUS", "various artist", "V.A.", "VA", "V/A", "V. A.", "Varios Artistas", "Artistes divers"),
        *("<Unknown>", "[unknown]", "Unknown Artist", "Verschiedene Interpreten"),
        *("Magnatune Compilation", "Original Soundtrack", "Label Sampler"),
    ],
)
def test_a_text_that_names_no_artist_is_left_out(text):
    assert named_artists([text]) == {}


def test_two_spellings_of_a_name_are_one_artist_with_the_first_spelling():
    assert named_artists(["Beyoncé", "BEYONCE", "Jay"]) == {"beyonce": "Beyoncé", "jay": "Jay"}


@given(st.text())
def test_folding_a_name_twice_changes_nothing_more(text):
    assert fold_name(fold_name(text)) == fold_name(text)


@given(st.lists(st.text(max_size=30)))
def test_a_name_is_never_empty_and_has_no_zero_byte(texts):
    for key, name in named_artists(texts).items():
        assert key.strip()
        assert name.strip()
        assert "\0" not in key + name
