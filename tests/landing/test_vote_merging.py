"""Merging of annotation files: which rows count, and that every row is counted somewhere."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mer_tasks.corpus.label_rules import count_votes
from mer_tasks.errors import AnnotationError
from mer_tasks.landing.vote_merging import Annotations, read_annotation_files
from tests.support.annotation_csv import csv_of, listeners, minimal_csv, named_csv, sums_csv
from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids


def merged(*files: bytes) -> Annotations:
    return read_annotation_files({f"{number}.csv": data for number, data in enumerate(files)}, EMOTIFY)


def votes_of(*files: bytes) -> dict[str, list[int]]:
    """Listeners, and votes for power, of each track."""
    return count_votes(merged(*files))[["annotators", "power"]].T.to_dict("list")


def numbers(annotations: Annotations) -> tuple[int, int, int, int, int]:
    """Rows, rows that count, superseded rows, duplicates, and listeners."""
    merged = annotations
    return merged.rows_read, merged.rows_counted, merged.superseded, merged.duplicates, merged.listeners


def test_rows_of_files_without_listeners_names_count_once_each():
    annotations = merged(csv_of(*listeners("1", 2, of=3)), csv_of(("1", "rock", ["power"], 70), *listeners("2", 1, of=2)))
    assert count_votes(annotations)[["annotators", "power"]].T.to_dict("list") == {"1": [4, 3], "2": [2, 1]}
    assert numbers(annotations) == (6, 6, 0, 0, 6)
    assert annotations.warnings == []


def test_two_equal_rows_of_one_file_are_two_listeners():
    assert votes_of(minimal_csv(("1", "power"), ("1", "power"))) == {"1": [2, 2]}


@given(st.permutations(range(5)))
def test_votes_do_not_depend_on_the_order_of_rows(order):
    rows = [*listeners("1", 2, of=3), *listeners("2", 1, of=2)]
    assert votes_of(csv_of(*(rows[index] for index in order))) == {"1": [3, 2], "2": [2, 1]}


def test_equal_files_count_once_and_are_named():
    data = csv_of(*listeners("1", 2, of=3))
    annotations = merged(data, data, csv_of(*listeners("2", 1, of=2)), data)
    assert numbers(annotations) == (11, 5, 0, 6, 5)
    (warning,) = annotations.warnings
    assert warning.startswith("2 annotation files equal another one byte by byte, so their 6 rows do not count again")
    assert warning.endswith("add a column 'listener' that names these: 1.csv and 0.csv, 3.csv and 0.csv")


def test_an_older_export_counts_once_and_the_assumption_is_said():
    old = listeners("1", 2, of=3)
    newer = [*reversed(old), ("1", "rock", ["power"], 70), *listeners("2", 1, of=2)]
    for files in ((csv_of(*old), csv_of(*newer)), (csv_of(*newer), csv_of(*old))):
        assert votes_of(*files) == {"1": [4, 3], "2": [2, 1]}
        assert numbers(merged(*files)) == (9, 6, 0, 3, 6)
    (warning,) = merged(csv_of(*old), csv_of(*newer)).warnings
    assert warning.startswith(
        "every row of 1 annotation files is also in another file, so they are taken for older exports, or parts of it, and"
    )
    assert warning.endswith("their 3 rows do not count again; if they have answers of different listeners, add a column"
                            " 'listener' that names these: 0.csv in 1.csv")  # fmt: skip


def test_a_file_with_other_columns_or_another_genre_may_be_an_older_export():
    plain = csv_of(*listeners("1", 2, of=3))
    wider = b"\n".join(row + (b",phone" if number else b",device") for number, row in enumerate(plain.strip().split(b"\n")))
    assert votes_of(plain, wider) == votes_of(wider, plain) == {"1": [3, 2]}
    assert votes_of(plain, csv_of(*listeners("1", 2, of=3, genre="pop"))) == {"1": [3, 2]}


def test_ten_files_of_one_listener_each_are_ten_listeners_even_if_most_are_equal():
    files = [minimal_csv(*((track, "sadness" if number == 0 else "") for track in "123")) for number in range(10)]
    annotations = merged(*files)
    assert count_votes(annotations)[["annotators", "sadness"]].to_numpy().tolist() == [[10, 1]] * 3
    assert numbers(annotations) == (30, 30, 0, 0, 30)
    (warning,) = annotations.warnings
    assert warning.startswith(
        "10 annotation files have no column 'listener', at most one row for each track, and different votes:"
    )
    assert "also the 8 that equal another one byte by byte" in warning
    assert warning.endswith("add that column: 0.csv, 1.csv, 2.csv, 3.csv, 4.csv and 5 more")


def test_files_of_one_listener_each_may_contain_each_other():
    files = minimal_csv(("1", "power"), ("2", "")), minimal_csv(("1", "power")), minimal_csv(("1", ""), ("2", ""))
    assert votes_of(*files) == {"1": [3, 2], "2": [2, 0]}


def test_files_of_one_listener_each_do_not_count_again_beside_a_file_with_all_their_answers():
    answers = [[("1", "power"), ("2", "")], [("1", ""), ("2", "")], [("1", ""), ("2", "power")]]
    single, combined = [minimal_csv(*rows) for rows in answers], minimal_csv(*(row for rows in answers for row in rows))
    for files in ((*single, combined), (combined, *single)):
        assert votes_of(*files) == {"1": [3, 1], "2": [3, 1]}
        assert numbers(merged(*files)) == (12, 6, 0, 6, 6)
    (warning,) = merged(*single, combined).warnings
    assert warning.endswith("'listener' that names these: 0.csv in 3.csv, 1.csv in 3.csv, 2.csv in 3.csv")
    named = named_csv(*((str(listener), *row) for listener, rows in enumerate(answers) for row in rows))
    assert numbers(merged(*single, named)) == (12, 6, 0, 6, 6)
    other = minimal_csv(("1", "tension"), ("2", ""))
    assert numbers(merged(*single, combined, other, other)) == (16, 10, 0, 6, 10)


def test_a_copy_for_which_the_file_of_all_answers_has_no_rows_counts_and_a_warning_names_both():
    single = [minimal_csv(("1", "power"), ("2", "")), minimal_csv(("1", ""), ("2", ""))]
    combined = minimal_csv(("1", "power"), ("2", ""), ("1", ""), ("2", ""))
    annotations = merged(*single, combined, single[0])
    assert numbers(annotations) == (10, 8, 0, 2, 8)
    assert any("0.csv, which has 2 of its 2 rows in common with 2.csv" in warning for warning in annotations.warnings)


def test_a_warning_names_an_older_export_without_listeners_whose_answers_were_corrected():
    old = [*listeners("1", 2, of=4), *listeners("2", 2, of=4)]
    new = [(f"L{number}", track, " ".join(chosen)) for number, (track, _, chosen, _) in enumerate(old)]
    annotations = merged(csv_of(*old), named_csv(*new[1:], ("L8", "1", "tension"), ("L9", "2", "tension")))
    assert numbers(annotations) == (17, 17, 0, 0, 17)
    (warning,) = annotations.warnings
    assert "rows in common with others, such as 1.csv, which has 7 of its 9 rows in common with 0.csv: all rows" in warning


def test_a_warning_names_files_with_many_common_rows_and_all_rows_count():
    annotations = merged(csv_of(*listeners("1", 2, of=4)), csv_of(*listeners("1", 3, of=4)))
    assert numbers(annotations) == (8, 8, 0, 0, 8)
    (warning,) = annotations.warnings
    assert (
        "2 annotation files have more than half of their rows in common with others, such as 0.csv, which has 3 of its 4"
        in warning
    )
    assert annotations.contested == {"1": ("0.csv", "1.csv")}


def test_the_newest_answer_of_a_listener_counts():
    old = named_csv(("Ann", "1", "power"), ("Bob", "1", "power"), ("Ann", "2", ""))
    new = named_csv(("Ann", "1", "sadness"), ("Eve", "1", ""), column="Worker ID")
    annotations = merged(old, new)
    assert count_votes(annotations)[["annotators", "power", "sadness"]].to_numpy().tolist() == [[3, 1, 1], [1, 0, 0]]
    assert numbers(annotations) == (5, 4, 1, 0, 4)
    assert votes_of(new, old) == {"1": [3, 2], "2": [1, 0]}
    (warning,) = annotations.warnings
    assert warning == (
        "1 rows do not count, because the same listener answered the same track again in a newer file or a later row, such as"
        " listener 'Ann' and track '1': the answer in 1.csv, line 2 counts, not the one in 0.csv, line 2"
    )


def test_within_a_file_the_later_row_of_a_listener_counts():
    annotations = merged(named_csv(("Ann", "1", "power"), ("Bob", "1", ""), ("Ann", "1", "")))
    assert numbers(annotations) == (3, 2, 1, 0, 2)
    assert annotations.rows["power"].tolist() == [0, 0]
    (warning,) = annotations.warnings
    assert warning.endswith(": the answer in 0.csv, line 4 counts, not the one in 0.csv, line 2")


def test_equal_rows_of_two_named_listeners_both_count():
    assert votes_of(named_csv(("Ann", "1", "power")), named_csv(("Bob", "1", "power"))) == {"1": [2, 2]}


def test_a_content_is_as_new_as_the_newest_file_that_has_it():
    first, second = named_csv(("Ann", "1", "power")), named_csv(("Ann", "1", ""))
    assert votes_of(first, second) == {"1": [1, 0]}
    assert votes_of(first, second, first) == {"1": [1, 1]}
    assert numbers(merged(first, second, first)) == (3, 1, 1, 1, 1)


def test_the_labels_of_a_listener_for_a_track_are_one_answer():
    text = "track id,label,user\n1,power,Ann\n1,sadness,Ann\n1,power,Ann\n1,power,Bob\n1,,Eve\n"
    annotations = merged(text.encode())
    assert count_votes(annotations)[["annotators", "power", "sadness"]].to_numpy().tolist() == [[3, 2, 1]]
    assert numbers(annotations) == (5, 4, 0, 1, 3)
    newer = merged(text.encode(), b"track id,label,user\n1,tension,Ann\n")
    assert count_votes(newer)[["annotators", "power", "sadness", "tension"]].to_numpy().tolist() == [[3, 1, 0, 1]]
    assert numbers(newer) == (6, 3, 2, 1, 3)


def test_a_listener_may_answer_in_files_of_different_forms():
    assert votes_of(named_csv(("Ann", "1", "power")), b"track id,label,user\n1,tension,Ann\n") == {"1": [1, 0]}


def test_labels_without_listeners_are_answers_with_one_emotion_and_the_assumption_is_said():
    annotations = merged(b"track id,label\n1,power\n1,power\n1,sadness\n1,\n")
    assert count_votes(annotations)[["annotators", "power", "sadness"]].to_numpy().tolist() == [[4, 2, 1]]
    assert numbers(annotations) == (4, 4, 0, 0, 4)
    (warning,) = annotations.warnings
    assert "each row counts as the answer of one listener with one emotion; if several rows are one answer, add" in warning
    (warning,) = merged(b"track id,label\n1,power\n1,sadness\n2,power\n").warnings
    assert "with one emotion; no track has a label twice, as if each track had one list of labels; if several" in warning


def test_votes_of_all_listeners_add_up_over_files():
    counts, shares = sums_csv(("1", "10", {"power": "3"})), sums_csv(("1", "20", {"power": "0.1"}), prefix="share ")
    annotations = merged(counts, shares, csv_of(*listeners("1", 1, of=2)))
    assert count_votes(annotations)[["annotators", "power"]].to_numpy().tolist() == [[32, 6]]
    assert numbers(annotations) == (4, 4, 0, 0, 32)
    assert annotations.contested == {"1": ("0.csv", "1.csv")}


def test_a_track_that_has_all_votes_twice_in_one_file_is_refused():
    rows = [("7", "10", {"power": "3"}), ("8", "1", {}), ("7", "5", {})]
    with pytest.raises(
        AnnotationError, match=r"^0\.csv: lines 2 and 4: track '7' twice, expected one row with the votes of all"
    ):
        merged(sums_csv(*rows))
    with pytest.raises(AnnotationError, match=r"lines 2 and 3: track '7' twice"):
        read_annotation_files({"0.csv": sums_csv(("7", "1", {}), ("07", "1", {}))}, EMOTIFY, ["7"], "number")


def test_a_rule_for_ids_joins_the_answers_to_one_track():
    files = {"a.csv": named_csv(("Ann", "007", "power"), ("Ann", "7.0", "sadness"), ("Bob", "7", ""), ("Bob", "x", ""))}
    exact = read_annotation_files(files, EMOTIFY, ["7"])
    assert count_votes(exact)["annotators"].to_dict() == {"007": 1, "7": 1, "7.0": 1, "x": 1}
    annotations = read_annotation_files(files, EMOTIFY, ["7"], "number")
    assert count_votes(annotations)[["annotators", "power", "sadness"]].T.to_dict("list") == {"7": [2, 0, 1], "x": [1, 0, 0]}
    assert numbers(annotations) == (4, 3, 1, 0, 3)


@settings(max_examples=40)
@given(st.lists(st.tuples(*[st.sampled_from(["", "power", "sadness"])] * 2), min_size=2, max_size=6), st.booleans())
def test_files_of_one_listener_each_change_nothing_beside_a_file_with_all_their_answers(answers, names_listeners):
    rows = [list(zip("12", chosen, strict=True)) for chosen in answers]
    if names_listeners:
        combined = named_csv(*((str(listener), *row) for listener, given in enumerate(rows) for row in given))
    else:
        combined = minimal_csv(*(row for given in rows for row in given))
    assert votes_of(*(minimal_csv(*given) for given in rows), combined) == votes_of(combined)


TRACKS, CHOICES = st.sampled_from("123"), st.sampled_from(["", "power", "power sadness"])
ANSWERS = st.lists(st.tuples(TRACKS, CHOICES), min_size=1, max_size=6)
NAMED = st.lists(st.tuples(st.sampled_from(["Ann", "Bob"]), TRACKS, CHOICES), min_size=1, max_size=6)
SUMS = st.lists(st.tuples(TRACKS, st.sampled_from("25"), st.just({"power": "1"})), min_size=1, unique_by=lambda row: row[0])
LABELS = st.lists(st.tuples(TRACKS, st.sampled_from(["power", "sadness", ""]), st.sampled_from(["Ann", "Bob"])), min_size=1)


def labels_csv(rows: list[tuple[str, str, str]], *, named: bool) -> bytes:
    lines = [",".join(row if named else row[:2]) for row in rows]
    return "\n".join([f"track id,label{',listener' if named else ''}", *lines]).encode()


FILES = st.lists(
    st.one_of(
        ANSWERS.map(lambda rows: (minimal_csv(*rows), "answers", rows)),
        NAMED.map(lambda rows: (named_csv(*rows), "named", rows)),
        SUMS.map(lambda rows: (sums_csv(*rows), "sums", rows)),
        LABELS.map(lambda rows: (labels_csv(rows, named=False), "labels", rows)),
        LABELS.map(lambda rows: (labels_csv(rows, named=True), "named labels", rows)),
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(FILES)
def test_every_row_counts_is_superseded_or_is_a_duplicate(files):
    annotations = merged(*(data for data, _, _ in files))
    rows, counted, superseded, duplicates, listeners = numbers(annotations)
    assert rows == sum(len(written) for _, _, written in files)
    assert rows == counted + superseded + duplicates
    assert listeners == count_votes(annotations)["annotators"].sum()
    if {form for _, form, _ in files} <= {"answers", "labels", "named"}:
        assert rows == listeners + superseded + duplicates
    if superseded or duplicates:
        assert annotations.warnings


@settings(max_examples=40)
@given(
    st.lists(
        st.one_of(NAMED.map(lambda rows: ("named", rows)), LABELS.map(lambda rows: ("labels", rows))), min_size=1, max_size=4
    )
)
def test_named_answers_are_those_of_a_simple_loop(files):
    newest: dict[tuple[str, str], set[str]] = {}
    for form, rows in files:
        here: dict[tuple[str, str], set[str]] = {}
        for row in rows:
            if form == "named":
                listener, track, chosen = row
                here[listener, track] = {*chosen.split()}
            else:
                track, label, listener = row
                here.setdefault((listener, track), set()).update({label} - {""})
        newest |= here
    annotations = merged(*(named_csv(*rows) if form == "named" else labels_csv(rows, named=True) for form, rows in files))
    expected = {
        track: [sum(other == track for _, other in newest)]
        + [sum(emotion in chosen for (_, other), chosen in newest.items() if other == track) for emotion in EMOTIONS]
        for track in {track for _, track in newest}
    }
    assert count_votes(annotations).T.to_dict("list") == expected
