"""Reading of annotation files: forms, separators, blanks and shares."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.errors import AnnotationError
from mer_tasks.landing.annotation_files import ROWS_AT_A_TIME, parse
from mer_tasks.landing.rounded_shares import votes_of_share
from tests.support.annotation_csv import flags, minimal_csv, sums_csv
from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids

ANSWERS = f"track id,{','.join(EMOTIONS)}\n"


def read(data: str | bytes) -> dict[str, list]:
    table = parse(data.encode() if isinstance(data, str) else data, "a.csv", EMOTIFY).table
    return table[["track id", "power", "sadness", "(count)"]].to_dict("list")


def test_a_file_of_labels_has_one_emotion_per_row_or_none():
    text = "Track_ID,label,annotator\n1,power,Ann\n1,Sadness,Ann\n1,,Bob\n2,Joyful activation,Ann\n"
    file = parse(text.encode(), "a.csv", EMOTIFY)
    assert file.table[["power", "sadness", "joyful_activation"]].to_numpy().tolist() == [
        [1, 0, 0],
        [0, 1, 0],
        [0, 0, 0],
        [0, 0, 1],
    ]
    assert file.table["listener"].tolist() == ["Ann", "Ann", "Bob", "Ann"]
    assert file.table[list(EMOTIONS)].to_numpy().sum() == 3


def test_counts_and_shares_give_the_same_votes():
    expected = {"track id": ["1", "2"], "power": [3, 0], "sadness": [10, 2], "(count)": [10, 3]}
    counts = [("1", "10", {"power": "3", "sadness": "10"}), ("2", "3", {"sadness": "2"})]
    shares = [("1", "10", {"power": "0.3", "sadness": "1"}), ("2", "3", {"sadness": ".667"})]
    assert read(sums_csv(*counts)) == read(sums_csv(*counts, prefix="votes ")) == expected
    assert read(sums_csv(*shares, prefix="share ")) == expected


@pytest.mark.parametrize("separator", [";", "\t", ","])
@pytest.mark.parametrize("quote", ["", '"'])
def test_the_header_tells_the_separator(separator, quote):
    header, row = ANSWERS.strip().split(","), ["1", *flags("power").split(",")]
    lines = [separator.join(f"{quote}{cell}{quote}" for cell in cells) for cells in (header, row)]
    assert read("\n".join(lines)) == {"track id": ["1"], "power": [1], "sadness": [0], "(count)": [1]}


def test_shares_of_a_file_with_semicolons_may_have_decimal_commas():
    text = f"track id;listeners;{';'.join('share ' + emotion for emotion in EMOTIONS)}\n1;10;0,3{';0' * 8}\n"
    assert parse(text.encode(), "a.csv", EMOTIFY).table["amazement"].tolist() == [3]


def test_blanks_of_an_id_belong_to_it_but_not_those_after_a_separator():
    row = flags("power")
    assert read(f'{ANSWERS}1,{row}\n1 ,{row}\n 1,{row}\n" 1",{row}\n')["track id"] == ["1", "1 ", " 1", " 1"]
    last = f"{','.join(EMOTIONS)}, track id\n{row}, 1\n{row},1 \n{row.replace(',', ', ')}, 1\n"
    assert read(last)["track id"] == ["1", "1 ", "1"]


def test_rows_of_empty_fields_count_as_empty_lines():
    text = minimal_csv(("1", "power"), ("2", "")).decode()
    assert read(text + ",,,,,,,,,\n" + " , ,,\n" + ",\n") == read(text)
    assert read(",,,,\n" + text.replace("\n2", "\n,,,,,,,,,\n2")) == read(text)


def test_a_file_of_more_rows_than_are_read_at_a_time_is_read_whole():
    count = ROWS_AT_A_TIME + 3
    table = parse((ANSWERS + f"1,{flags('power')}\n" * count).encode(), "a.csv", EMOTIFY).table
    assert (len(table), table["power"].sum(), table["(line)"].tolist()[-1]) == (count, count, count + 1)
    with pytest.raises(AnnotationError, match=f"line {count + 2}, column 'sadness': 'x'"):
        parse((ANSWERS + f"1,{flags('power')}\n" * count + "1,0,0,0,0,0,0,0,0,x\n").encode(), "a.csv", EMOTIFY)


@given(st.integers(1, 400).flatmap(lambda size: st.tuples(st.integers(0, size), st.just(size))), st.integers(3, 12))
def test_a_share_with_enough_decimals_gives_back_its_votes(votes_and_size, decimals):
    votes, size = votes_and_size
    assert votes_of_share(f"{votes / size:.{decimals}f}", size) == votes
    assert votes_of_share(repr(votes / size), size) == votes


@given(st.integers(1, 60), st.integers(0, 100))
def test_a_share_of_two_decimals_is_the_only_number_of_votes_that_rounds_to_it_or_refused(size, hundredths):
    share = Fraction(hundredths, 100)
    fitting = [votes for votes in range(size + 1) if abs(Fraction(votes, size) - share) <= Fraction(1, 200)]
    result = votes_of_share(f"{hundredths / 100:.2f}", size)
    assert result == fitting[0] if len(fitting) == 1 else isinstance(result, str) or result == share * size


@pytest.mark.parametrize(
    ("cell", "size", "message"),
    [
        ("0.5", 3, "a whole number of votes of 3 listeners; the nearest share is 0.666667"),
        ("0.33", 1001, "more decimals: this may be 329 or 330 votes of 1001 listeners"),
        ("1.5", 10, "a share from 0 to 1"),
    ],
)
def test_a_share_that_fits_no_number_of_votes_is_explained(cell, size, message):
    assert votes_of_share(cell, size) == message
