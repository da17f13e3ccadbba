"""Metadata files: parsing, merging, and what a person should know about them."""

import json
import unicodedata

import pytest

from mer_tasks.errors import MetadataError
from mer_tasks.landing.metadata_files import MAX_ARTISTS, MAX_NAMED, Metadata, Names, read_metadata_files


def read(*files: str | bytes, ids: str = "1 2 3") -> Metadata:
    contents = [text.encode() if isinstance(text, str) else text for text in files]
    return read_metadata_files([(f"{number}.csv", data) for number, data in enumerate(contents)], ids.split())


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
    assert (metadata.unknown.count, metadata.conflicts.count, metadata.wrong_numbers.count) == (0, 0, 0)


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
    assert (metadata.unknown.count, metadata.unknown.named) == (1, ["Thé"])


def test_a_million_unknown_ids_would_be_counted_and_few_named() -> None:
    rows = "\n".join(f"x{number},T" for number in range(100))
    unknown = read(f"track id,title\n{rows}").unknown
    assert (unknown.count, len(unknown.named)) == (100, MAX_NAMED)


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
        (b"title\nA", r"0\.csv: line 1: no column 'track id' in 'title', expected it and any of title, artist, .*with commas"),
        (b"track id;title\n1;A", r"no column 'track id' in 'track id;title', expected it"),
        (b"track id,title,Title\n1,A,B", r"0\.csv: line 1: column 'title' 2 times, expected once$"),
        (b"track id,title\n1,A,B", r"0\.csv: line 2: 3 fields, expected 2 as in the header$"),
        (b"track id,title\n,A", r"0\.csv: line 2: no track id, expected one in each row$"),
        (b'track id,title\n1,"A', r"0\.csv: line 2: unexpected end of data; expected CSV$"),
        (b"track id,title\n1,A\n2,\xff", r"0\.csv: line 3: byte 0xff, expected text in UTF-8$"),
        ("track id,title\n1,A".encode("utf-16"), r"0\.csv: line 1: a zero byte, not text; expected CSV in UTF-8$"),
    ],
)
def test_an_error_names_file_line_value_and_expectation(data: bytes, message: str) -> None:
    with pytest.raises(MetadataError, match=message) as refused:
        read(data)
    assert "\n" not in str(refused.value)


def test_a_header_without_rows_says_nothing() -> None:
    assert read("track id,title\n").names == {}
