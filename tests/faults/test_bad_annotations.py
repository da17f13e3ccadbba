"""Bad annotation files: harmless variants are read, and an unusable file is refused with one line."""

import codecs

import pytest

from mer_tasks.corpus.label_rules import count_votes
from mer_tasks.errors import AnnotationError
from mer_tasks.landing.annotation_files import parse
from mer_tasks.landing.vote_merging import read_annotation_files
from mer_tasks.stages.labels import labels
from tests.support.label_sets import EMOTIFY
from tests.support.run_documents import discovered, line, run_in

EMOTIONS = EMOTIFY.ids

HEADER = f"track id, genre, {', '.join(EMOTIONS)}"
GOOD = f"{HEADER}\n1,rock,0,0,0,0,0,1,0,0,0\n1,rock,1,0,0,0,0,1,0,0,0\n"
SUMS = f"track id,listeners,{','.join(EMOTIONS)}\n"
EXPECTED = {"annotators": 2, **dict.fromkeys(EMOTIONS, 0), "amazement": 1, "power": 2}


def votes(text: str | bytes) -> dict:
    data = text.encode() if isinstance(text, str) else text
    table = count_votes(read_annotation_files({"a.csv": data}, EMOTIFY))
    assert table.index.tolist() == ["1"]
    return table.loc["1"].to_dict()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(GOOD, id="regular file"),
        pytest.param(GOOD.rstrip("\n"), id="no line end at the end"),
        pytest.param(codecs.BOM_UTF8 + GOOD.encode(), id="byte order mark"),
        pytest.param(GOOD.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(GOOD.replace("\n", "\n\n"), id="empty lines"),
        pytest.param(GOOD.replace("\n", ",\n"), id="a comma at the end of lines"),
        pytest.param(GOOD.replace("rock", ' "rock, hard"').replace("1,", '"1",'), id="quoted fields"),
        pytest.param(GOOD.replace(",", " , ").replace("\n1 ", "\n1"), id="spaces around values"),
        pytest.param(GOOD.replace(",", ";"), id="semicolons"),
        pytest.param(GOOD.replace(",", "\t"), id="tabs"),
        pytest.param(GOOD.replace("track id", "Track_ID").replace("joyful_activation", "Joyful activation"), id="spelling"),
        pytest.param(GOOD.replace("genre, ", "").replace("rock,", ""), id="no genre"),
        pytest.param(GOOD + ",,,,,,,,,,\n ,,\n", id="rows of empty fields"),
        pytest.param(GOOD.replace("\n1,", '\n"a\nb",1,').replace("track id", "note, track id"), id="an extra column"),
        pytest.param(GOOD.replace("genre", "genre, count").replace("rock", "rock, 7"), id="a column named count"),
        pytest.param(GOOD.replace("genre", "genre, (line)").replace("rock", "rock, 7"), id="a column named (line)"),
    ],
)
def test_a_harmless_variant_of_a_file_gives_the_same_votes(text):
    assert votes(text) == EXPECTED


def test_columns_are_found_by_name():
    names = HEADER.split(", ")
    order = [5, 0, 10, 3, 2, 1, 4, 9, 8, 7, 6]
    rows = [row.split(",") for row in GOOD.splitlines()[1:]]
    reordered = [",".join(row[index] for index in order) for row in (names, *rows)]
    assert votes("\n".join(reordered)) == EXPECTED


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            GOOD.replace(", tension", ", tense"), r"line 1: no column 'tension' in 'track id,.*', expected tr", id="name"
        ),
        pytest.param(GOOD.replace("track id, ", ""), r"line 1: no column 'track id'", id="no track id column"),
        pytest.param(GOOD.replace(",", "|"), r"line 1: no column 'track id', 'amaz.* with commas, semicolons or", id="bars"),
        pytest.param(
            GOOD.replace("genre", "genre, track_id"),
            r"line 1: columns 'track id' and 'track_id' for 'track id', exp",
            id="two ids",
        ),
        pytest.param(
            GOOD.replace("genre", "User").replace("\n1,rock,1", "\n1,,1"),
            r"line 3, column 'User': '', expected the listener in every row, or no such column$",
            id="no listener",
        ),
        pytest.param(
            GOOD.replace("genre", "genre, (line)").replace("rock", "rock, 7").replace("7,1", "7,2"),
            r"line 3, column 'amazement': '2', expected 0 or 1$",
            id="a column named (line)",
        ),
        pytest.param("track id,label\n1,powr\n", r"line 2, column 'label': 'powr', expected one of amazement, .*", id="label"),
        pytest.param(SUMS + "1,10,11" + ",0" * 8, r"line 2, column 'amazement': '11', expected at most 10, the", id="count"),
        pytest.param(
            SUMS + "1,10,0.3" + ",0" * 8, r"line 2, column 'amazement': '0.3', expected a whole .* 'share power'", id="sh"
        ),
        pytest.param(
            SUMS + "1,0" + ",0" * 9, r"line 2, column 'listeners': '0', expected a number of listeners, at", id="none"
        ),
        pytest.param(
            SUMS.replace(",am", ",share am")
            .replace(",", ",share ")
            .replace("share share", "share")
            .replace("share listen", "listen")
            + "1,3,0.5"
            + ",0.1" * 8,
            r"line 2, column 'share amazement': '0.5', expected a whole number of votes of 3 .* 0.666667 \(and 8 more",
            id="share",
        ),
        pytest.param(GOOD.replace(" power", " tension"), r"line 1: no column 'power'", id="column replaced"),
        pytest.param(GOOD.replace(" genre", " genre, power"), r"line 1: column 'power' 2 times, expected once$", id="twice"),
        pytest.param(GOOD.replace("1,rock,1", "1,rock,2"), r"line 3, column 'amazement': '2', expected 0 or 1$", id="two"),
        pytest.param(GOOD.replace("1,rock,1", "1,rock,-1"), r"line 3, column 'amazement': '-1', expected 0", id="negative"),
        pytest.param(GOOD.replace("1,rock,1", "1,rock,1.0"), r"line 3, column 'amazement': '1\.0', expected 0", id="decimal"),
        pytest.param(GOOD.replace("1,rock,1", "1,rock,"), r"line 3, column 'amazement': '', expected 0 or 1$", id="no value"),
        pytest.param(GOOD.replace("1,rock,1", "1,rock,NA"), r"line 3, column 'amazement': 'NA', expected 0 or 1$", id="NA"),
        pytest.param(
            GOOD.replace("0\n", "yes\n"), r"line 2, column 'sadness': 'yes', expected 0 or 1 \(and 1 more", id="first"
        ),
        pytest.param(GOOD.replace("\n1,", "\n\n,"), r"line 3, column 'track id': '', expected a track id ", id="no track id"),
        pytest.param(GOOD.replace("\n1,", "\n ,"), r"line 2, column 'track id': '', expected a track id", id="blank track id"),
        pytest.param(GOOD + "2,rock,0,0\n", r"line 4: 4 fields, expected 11 as in the header$", id="short row"),
        pytest.param(GOOD + "2,rock" + ",0" * 10, r"line 4: 12 fields, expected 11 as in the header$", id="long row"),
        pytest.param(GOOD + '2,"rock,0,0,0,0,0,0,0,0,0\n', r"line 4: unexpected end of data; expected CSV$", id="open quote"),
        pytest.param("", r"0 bytes, empty; expected the header track id, genre", id="empty file"),
        pytest.param(" \r\n\n", r"4 bytes, empty; expected the header track id, genre", id="blank file"),
        pytest.param(HEADER + "\n", r"a header without rows, expected one row per listener", id="header only"),
        pytest.param("\n\n" + HEADER.replace("power", "force"), r"line 3: no column 'power'", id="header after empty lines"),
        pytest.param(b"PK\x03\x04\x14\x00\x06", r"line 1: a zero byte, not text; expected CSV in UTF-8$", id="binary file"),
        pytest.param(GOOD.encode("utf-16"), r"line 1: a zero byte, not text; expected CSV in UTF-8$", id="UTF-16"),
        pytest.param(
            GOOD.replace("1,rock,1", "1,Café,1").encode("latin-1"),
            r"line 3, byte 6: 0xe9, expected text in UTF",
            id="Latin-1",
        ),
    ],
)
def test_the_error_of_an_unusable_file_is_one_line_with_the_location(text, message):
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(AnnotationError, match=f"^file:///landing/a.csv: {message}") as caught:
        parse(data, "file:///landing/a.csv", EMOTIFY)
    assert "\n" not in str(caught.value)


def test_the_stage_names_the_wrong_file_among_several_files(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1")], csvs={"a.csv": GOOD.encode(), "b.csv": GOOD.replace("1,rock,1", "1,rock,x").encode()})
    with pytest.raises(AnnotationError, match=r"landing/annotations/b\.csv: line 3, column 'amazement': 'x'"):
        labels(run)
