"""CSV files: what is one, which separator it has, and where its rows end."""

import codecs

import pytest

from mer_tasks.errors import AnnotationError, MetadataError
from mer_tasks.landing.csv_files import Row, check_columns_once, read_rows

PLAIN = "Track_ID,Note\n7,a\n8,b\n"
ROWS = [["Track_ID", "Note"], ["7", "a"], ["8", "b"]]


def rows_of(text: str | bytes) -> list[Row]:
    return list(read_rows(text.encode() if isinstance(text, str) else text, "a.csv", "a header", MetadataError))


def fields_of(text: str | bytes) -> list[list[str]]:
    return [row.fields for row in rows_of(text)]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(PLAIN, id="plain"),
        pytest.param(PLAIN.rstrip(), id="no line end at the end"),
        pytest.param(codecs.BOM_UTF8 + PLAIN.encode(), id="byte order mark"),
        pytest.param(PLAIN.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(PLAIN.replace("\n", "\r"), id="CR"),
        pytest.param(PLAIN.replace(",", ";"), id="semicolons"),
        pytest.param(PLAIN.replace(",", "\t"), id="tabs"),
        pytest.param(PLAIN.replace(",", " , ").replace("7 ", "7").replace("8 ", "8"), id="blanks"),
        pytest.param(PLAIN.replace(",a", ',"a"').replace("Track_ID", '"Track_ID"'), id="quotes"),
        pytest.param("\n,,,\n" + PLAIN.replace("7", ",\n7") + " , ,\n\n", id="rows of empty fields"),
    ],
)
def test_a_harmless_variant_has_the_same_rows(text: str | bytes) -> None:
    assert fields_of(text) == ROWS


def test_the_separator_is_the_one_under_which_the_header_has_track_ids() -> None:
    assert fields_of('a "quote;track id\nx;1, 2') == [['a "quote', "track id"], ["x", "1, 2"]]
    assert fields_of('a, "quote;track id\nx;1') == [['a, "quote', "track id"], ["x", "1"]]
    assert fields_of("note, with commas;track id\nx;1") == [["note, with commas", "track id"], ["x", "1"]]
    assert fields_of("id;note\n1;x") == [["id;note"], ["1;x"]]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;", "sep=,", "sep=\t", "sep=;;;"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_first_line_that_names_the_separator_is_no_row(first: str, end: str) -> None:
    lines = [first, "track id;note", "7;a"]
    assert rows_of(codecs.BOM_UTF8 + end.join(lines).encode()) == [Row(2, ["track id", "note"]), Row(3, ["7", "a"])]


def test_only_the_first_line_names_the_separator() -> None:
    assert fields_of("track id\nsep=;\n") == [["track id"], ["sep=;"]]
    with pytest.raises(MetadataError, match=r"^a.csv: 6 bytes, empty; expected a header$"):
        rows_of("sep=;\n")


def test_a_row_has_the_number_of_its_last_line() -> None:
    assert [row.line for row in rows_of('\ntrack id,note\n\n7,"a\nb"\n8,c')] == [2, 5, 6]


def test_blanks_of_a_track_id_belong_to_it_but_not_those_after_a_separator() -> None:
    assert fields_of('track id,note\n7 , a \n 8,b\n" 9",c\n ,d')[1:] == [["7 ", "a"], [" 8", "b"], [" 9", "c"], ["", "d"]]
    assert fields_of("note;track id\n a; 7 \n")[1:] == [["a", "7 "]]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "0 bytes, empty; expected a header"),
        (b",,\n \n", "5 bytes, empty; expected a header"),
        (b"track id,note\n7\n", "line 2: 1 fields, expected 2 as in the header"),
        (b"track id,note\n7,a,b\n", "line 2: 3 fields, expected 2 as in the header"),
        (b'track id,note\n7,"a\n', "line 2: unexpected end of data; expected CSV"),
        (b"track id,note\n7,\xe9\n", "line 2, byte 3: 0xe9, expected text in UTF-8"),
        (b"track id\n7\0\n", "line 2: a zero byte, not text; expected CSV in UTF-8"),
    ],
)
@pytest.mark.parametrize("error", [AnnotationError, MetadataError])
def test_an_error_is_of_the_class_of_the_caller_and_one_line(
    data: bytes, message: str, error: type[AnnotationError | MetadataError]
) -> None:
    with pytest.raises(error, match=f"^a.csv: ({message})$") as refused:
        list(read_rows(data, "a.csv", "a header", error))
    assert type(refused.value) is error


def test_a_header_of_wrong_columns_is_the_caller_s_to_refuse_before_rows_are_read() -> None:
    assert next(read_rows(b'id,note\n7,"', "a.csv", "a header", MetadataError)) == Row(1, ["id", "note"])


def test_a_column_that_stands_twice_and_two_of_one_meaning_are_refused() -> None:
    with pytest.raises(MetadataError, match=r"^a: column 'x' 2 times, expected once$"):
        check_columns_once(["x", "x"], ["", ""], "a", MetadataError)
    with pytest.raises(AnnotationError, match=r"^a: columns 'x' and 'y' for 'z', expected one of them$"):
        check_columns_once(["x", "y"], ["z", "z"], "a", AnnotationError)
    check_columns_once(["", "", "x"], ["", "", "z"], "a", MetadataError)
