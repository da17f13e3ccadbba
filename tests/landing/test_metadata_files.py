"""Metadata files: parsing, merging, and what a person should know about them."""

import json
import unicodedata

import pytest

from mer_tasks.config import IdMatch
from mer_tasks.errors import MetadataError
from mer_tasks.landing.metadata_files import MAX_ARTISTS, Metadata, Names, read_metadata_files


def read(*files: str | bytes, ids: str = "1 2 3", id_match: IdMatch = "exact") -> Metadata:
    contents = [text.encode() if isinstance(text, str) else text for text in files]
    return read_metadata_files([(f"{number}.csv", data) for number, data in enumerate(contents)], ids.split(), id_match)


def test_columns_are_found_by_name_in_any_order_and_spelling() -> None:
    text = (
        "\ufeff Artist ,TRACK_ID,Track Number,title,Album,ISRC,Year,Label,BPM\r\n"
        '"Senne, Brad",1,03/12,"Beyond ""Late""",Aerial,USRC17607839,2004-05-03,Own,120\r\n'
        "\r\n,,,,,,,,\r\nAnn,2,,,,,,,\r\n"
    )
    metadata = read(text)
    assert metadata.names == {
        "1": Names('Beyond "Late"', "Senne, Brad", "Aerial", "USRC17607839", 2004, 3, {"Label": "Own", "BPM": "120"}),
        "2": Names(artist="Ann"),
    }
    assert metadata.names["2"].row()["metadata"] is None
    assert json.loads(metadata.names["1"].row()["metadata"]) == {"Label": "Own", "BPM": "120"}
    assert (metadata.unknown, metadata.conflicts.count, metadata.wrong_numbers.count) == ([], 0, 0)


def test_the_later_file_counts_and_an_empty_value_says_nothing() -> None:
    metadata = read("track id,title,artist\n1,Old,Ann\n2,Same,Bob", "track id,title,artist\n1,New,\n2,Same,Cid")
    assert {track: (names.title, names.artist) for track, names in metadata.names.items()} == {
        "1": ("New", "Ann"),
        "2": ("Same", "Cid"),
    }
    assert metadata.conflicts.named == [
        "track '1', 1.csv: line 2: title 'New', before 'Old'",
        "track '2', 1.csv: line 3: artist 'Cid', before 'Bob'",
    ]


def test_rows_of_one_file_name_artists_together_and_differ_in_nothing_else() -> None:
    metadata = read("track id,title,artist\n1,Duet,Ann\n1,Duet,Bob\n1,Duett,Ann")
    assert metadata.names["1"] == Names("Duett", "Ann; Bob")
    assert metadata.conflicts.named == ["track '1', 0.csv: line 4: title 'Duett', before 'Duet'"]


@pytest.mark.parametrize("column", ["Release Date", "release_date", "date of release", "year"])
def test_a_date_of_release_has_the_year(column: str) -> None:
    assert read(f"track id,{column}\n1,03.05.2004").names["1"] == Names(year=2004)


def test_beside_a_year_a_date_of_release_is_an_unknown_column() -> None:
    metadata = read("track id,Release Date,Year\n1,2010-05-03,2004")
    assert metadata.names["1"] == Names(year=2004, extra={"Release Date": "2010-05-03"})


def test_an_artist_beyond_the_limit_is_named() -> None:
    rows = "\n".join(f"1,Artist {number}" for number in range(MAX_ARTISTS + 1))
    metadata = read(f"track id,artist\n{rows}")
    assert str(metadata.names["1"].artist).count(";") == MAX_ARTISTS - 1
    assert metadata.conflicts.named == [
        f"track '1', 0.csv: line {MAX_ARTISTS + 2}: artist 'Artist {MAX_ARTISTS}' after {MAX_ARTISTS} others, which is left out"
    ]


def test_ids_match_in_composed_form_and_the_others_are_named() -> None:
    decomposed = unicodedata.normalize("NFD", "Café")
    metadata = read(f"track id,title\nCafé,Coffee\n{decomposed},Coffee\nThé,Tea\nThé,Tea", ids=f"{decomposed} other")
    assert metadata.names == {decomposed: Names("Coffee")}
    assert metadata.unknown == ["Thé"]


def test_id_match_decides_which_track_an_id_means_and_its_rows_are_merged() -> None:
    text = "track id,artist\n01,Ann\n1.0,Bob\nx,Cid\n2 ,Dan"
    assert read(text).names == {}
    assert read(text).unknown == ["01", "1.0", "x", "2 "]
    metadata = read(text, id_match="number")
    assert metadata.names == {"1": Names(artist="Ann; Bob"), "2": Names(artist="Dan")}
    assert metadata.unknown == ["x"]


def test_blanks_of_an_id_belong_to_it_but_not_those_after_a_separator() -> None:
    assert read("track id,title\n1 ,A\n 2,B\n").unknown == ["1 ", " 2"]
    assert read("title, track id\nA, 1\nB,2 \n").unknown == ["2 "]


def test_an_id_that_means_two_tracks_is_an_error_of_the_metadata() -> None:
    with pytest.raises(MetadataError, match=r"^id_match=case: id 'SONG' means the tracks 'Song' and 'song', expected one; use"):
        read("track id,title\nSONG,A", ids="Song song", id_match="case")


@pytest.mark.parametrize(
    ("column", "names"),
    [
        *((name, Names(artist="7")) for name in ("Artists", "artist_name", "Track Artist", "ARTIST(S) NAME", "artistname")),
        *((name, Names(title="7")) for name in ("Track Title", "track-name", "Song")),
        *((name, Names(album="7")) for name in ("album title", "Album Name")),
        *((name, Names(track_number=7)) for name in ("Track No", "track nr.", "TrackNumber")),
        *((name, Names(extra={name: "7"})) for name in ("Album Artist", "name", "Track", "release")),
    ],
)
def test_usual_names_of_columns_are_known_and_others_are_kept(column: str, names: Names) -> None:
    assert read(f"track-id,{column}\n1,7").names == {"1": names}


def test_the_release_year_is_the_year() -> None:
    assert read("Track ID,Release Year\n1,2004").names == {"1": Names(year=2004)}


def test_a_file_without_a_column_of_artists_names_those_that_may_be_meant() -> None:
    assert read("track id,Album Artist,Mood\n1,Ann,calm").unused_artists.named == ["0.csv: line 1: column 'Album Artist'"]
    assert read("track id,Album Artist,artists\n1,Ann,Bob").unused_artists.named == []


@pytest.mark.parametrize("separator", [";", "\t", ","])
def test_the_header_tells_the_separator(separator: str) -> None:
    text = "track id,title,artist\n1,Late,Ann\n".replace(",", separator)
    assert read(text).names == {"1": Names("Late", "Ann")}


def test_a_wrong_number_is_left_out_and_named() -> None:
    metadata = read("track id,year,track number\n1,19x9,A1\n2,1999,0")
    assert metadata.names == {"1": Names(), "2": Names(year=1999)}
    assert metadata.wrong_numbers.named == [
        "track '1', 0.csv: line 2: year '19x9'",
        "track '1', 0.csv: line 2: track number 'A1'",
        "track '2', 0.csv: line 3: track number '0'",
    ]


def test_texts_have_no_control_characters() -> None:
    assert read('track id,title,Mood \x07\n1,"Two\nlines\x1b[2J",\u202ecalm').names["1"] == Names(
        "Two lines [2J", extra={"Mood": "calm"}
    )


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"0\.csv: 0 bytes, empty; expected a header with track id and title, artist"),
        (b"\n , \n", r"0\.csv: 5 bytes, empty; expected"),
        (
            b"title\nA",
            r"0\.csv: line 1: no column 'track id' in 'title', expected it and any of title, .* with commas, semi",
        ),
        (b"track id|title\n1|A", r"no column 'track id' in 'track id\|title', expected it"),
        (b"track id,title,title\n1,A,B", r"0\.csv: line 1: column 'title' 2 times, expected once$"),
        (
            b"artist,Artist Name,track id\nA,B,1",
            r"0\.csv: line 1: columns 'artist' and 'Artist Name' for 'artist', exp",
        ),
        (b"track id,Mood,Mood\x07\n1,A,B", r"0\.csv: line 1: columns 'Mood' and 'Mood\\x07' for 'Mood', expected one of"),
        (b"track id,title\n1,A,B", r"0\.csv: line 2: 3 fields, expected 2 as in the header$"),
        (b"track id,title\n,A", r"0\.csv: line 2: no track id, expected one in each row$"),
        (b'track id,title\n1,"A', r"0\.csv: line 2: unexpected end of data; expected CSV$"),
        (b"track id,title\n1,A\n2,\xff", r"0\.csv: line 3, byte 3: 0xff, expected text in UTF-8$"),
        ("track id,title\n1,A".encode("utf-16"), r"0\.csv: line 1: a zero byte, not text; expected CSV in UTF-8$"),
    ],
)
def test_an_error_names_file_line_value_and_expectation(data: bytes, message: str) -> None:
    with pytest.raises(MetadataError, match=message) as refused:
        read(data)
    assert "\n" not in str(refused.value)


def test_a_header_without_rows_says_nothing() -> None:
    assert read("track id,title\n").names == {}
