"""Search for files that may have the same answers."""

import pytest

from mer_tasks.landing.annotation_files import AnnotationFile, parse
from mer_tasks.landing.repeated_files import find_contained, find_contested, find_overlaps, have_one_listener_each
from tests.support.annotation_csv import csv_of, listeners, minimal_csv, named_csv, sums_csv
from tests.support.label_sets import EMOTIFY


def files_of(*contents: bytes) -> list[AnnotationFile]:
    return [parse(data, f"{number}.csv", EMOTIFY) for number, data in enumerate(contents)]


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        pytest.param([[("1", "power"), ("2", "")], [("1", ""), ("2", "")]], [0, 1], id="other votes"),
        pytest.param([[("1", "power")], [("1", "power"), ("2", "")]], [], id="no other votes"),
        pytest.param([[("1", "power")], [("2", "")]], [], id="other tracks"),
        pytest.param([[("1", "power"), ("1", "")], [("1", "")]], [], id="two rows for a track"),
        pytest.param([[("1", "power"), ("1", "")], [("1", "")], [("1", "power")]], [1, 2], id="some of them"),
    ],
)
def test_files_with_one_row_per_track_and_different_votes_are_of_one_listener_each(contents, expected):
    assert have_one_listener_each(files_of(*(minimal_csv(*rows) for rows in contents))) == expected


def test_files_that_name_listeners_or_have_all_votes_are_not_of_one_listener_each():
    named = files_of(named_csv(("Ann", "1", "power")), named_csv(("Bob", "1", "")))
    sums = files_of(sums_csv(("1", "5", {"power": "1"})), sums_csv(("1", "5", {"power": "2"})))
    assert have_one_listener_each(named) == have_one_listener_each(sums) == []


@pytest.mark.parametrize(
    ("contents", "expected"),
    [
        pytest.param([csv_of(*listeners("1", 2, 3)), csv_of(*listeners("1", 2, 4))], {0: 1}, id="older export"),
        pytest.param([csv_of(*listeners("1", 2, 4)), csv_of(*listeners("1", 2, 3))], {1: 0}, id="older export listed later"),
        pytest.param([csv_of(*listeners("1", 2, 3)), csv_of(*listeners("1", 2, 3)[::-1])], {0: 1}, id="other order"),
        pytest.param([csv_of(*listeners("1", 2, 3)), csv_of(*listeners("1", 3, 4))], {}, id="another vote"),
        pytest.param([csv_of(*listeners("1", 2, 3)), csv_of(*listeners("2", 2, 3))], {}, id="another track"),
        pytest.param([minimal_csv(("1", ""), ("1", "")), minimal_csv(("1", ""), ("1", "power"))], {}, id="fewer times"),
        pytest.param([minimal_csv(("1", "")), csv_of(*listeners("1", 0, 2))], {0: 1}, id="fewer columns"),
        pytest.param([csv_of(*listeners("1", 2, of, genre)) for of, genre in ((2, "power"), (3, "power"), (4, "power"))],
                     {0: 1, 1: 2}, id="three exports"),
        pytest.param([named_csv(("Ann", "1", "")), named_csv(("Bob", "1", ""), ("Eve", "1", ""))], {}, id="named listeners"),
        pytest.param([named_csv(("Ann", "1", "")), minimal_csv(("1", ""))], {1: 0}, id="names in the other file"),
        pytest.param([sums_csv(("1", "5", {})), sums_csv(("1", "5", {}), ("2", "5", {}))], {0: 1}, id="sums"),
        pytest.param([sums_csv(("1", "5", {})), sums_csv(("1", "6", {}), ("2", "5", {}))], {}, id="sums of more listeners"),
    ],
)  # fmt: skip
def test_a_file_all_of_whose_rows_are_in_another_file_is_found(contents, expected):
    assert find_contained(files_of(*contents), {}) == expected


def test_files_of_one_listener_each_are_in_a_file_of_several_listeners_but_not_in_each_other():
    small, large, other = [("1", "power")], [("1", "power"), ("2", "")], [("1", "")]
    files = files_of(*(minimal_csv(*rows) for rows in (small, large, other, [*small, *large])))
    assert find_contained(files[:3], {0: 1, 1: 1, 2: 1}) == {}
    assert find_contained(files, {0: 1, 1: 1, 2: 1}) == {0: 3, 1: 3}


@pytest.mark.parametrize(("answers", "expected"), [(1, {1: 3}), (2, {0: 3, 1: 3}), (3, {0: 3, 1: 3})])
def test_a_file_contains_files_of_one_listener_each_as_often_as_it_has_their_rows(answers, expected):
    files = files_of(*(minimal_csv(("1", chosen), ("2", "")) for chosen in ("power", "sadness", "tension")))
    files += files_of(minimal_csv(*[("1", "power")] * answers, ("1", "sadness"), *[("2", "")] * 3))[:1]
    assert find_contained(files, {0: 2, 1: 1, 2: 1}) == expected


def test_files_with_more_than_half_of_their_rows_in_common_are_counted_and_one_is_named():
    old, newer = listeners("1", 0, 5), [*listeners("1", 0, 3), *listeners("2", 1, 9)]
    (found,) = find_overlaps(files_of(csv_of(*old), csv_of(*newer), csv_of(*listeners("3", 1, 4))))
    assert (found.files, found.file, found.other, found.rows, found.shared) == (1, "0.csv", "1.csv", 5, 3)
    assert find_overlaps(files_of(csv_of(*old[:4]), csv_of(*newer[1:]))) == []  # two of four rows
    assert find_overlaps(files_of(csv_of(*old))) == find_overlaps([]) == []


def test_files_that_name_listeners_are_compared_only_with_others():
    old = minimal_csv(("1", ""), ("1", "power"), ("2", ""))
    new = named_csv(("Ann", "1", ""), ("Bob", "1", "power"), ("Ann", "2", "tension"), ("Ann", "3", ""))
    (found,) = find_overlaps(files_of(old), named=files_of(new, new))
    assert (found.files, found.rows, found.shared) == (1, 3, 2)
    assert find_overlaps([], named=files_of(new, new)) == []


def test_files_of_one_listener_each_are_compared_only_with_files_of_several_and_named_ones():
    single = files_of(minimal_csv(("1", ""), ("2", ""), ("3", "power")), minimal_csv(("1", ""), ("2", ""), ("3", "")))
    assert find_overlaps([], single) == []
    (found,) = find_overlaps(files_of(minimal_csv(("1", ""), ("2", ""), ("1", "power"), ("4", ""))), single)
    assert (found.files, found.rows, found.shared) == (2, 3, 2)
    (found,) = find_overlaps([], single, files_of(named_csv(("Ann", "1", ""), ("Ann", "2", ""), ("Bob", "1", "power"))))
    assert (found.files, found.rows, found.shared) == (3, 3, 2)


@pytest.mark.parametrize(
    "newer",
    [
        pytest.param(listeners("1", 2, of=4), id="the same rows"),
        pytest.param([*listeners("1", 2, of=4), ("1", "rock", ["power"], 70)], id="one listener more"),
        pytest.param(listeners("2", 1, of=4), id="another track"),
        pytest.param([("1", "rock", ["tension"], 70 + age) for age in range(4)], id="as many other listeners"),
        pytest.param(listeners("1", 2, of=4, genre="pop"), id="another genre"),
    ],
)
def test_files_that_only_add_to_each_other_do_not_contradict(newer):
    assert find_contested(files_of(csv_of(*listeners("1", 2, of=4)), csv_of(*newer))) == {}


def test_files_with_one_row_each_do_not_contradict_each_other():
    assert find_contested(files_of(*(csv_of(("1", "rock", emotions, 20)) for emotions in (["power"], ["sadness"], [])))) == {}


def test_a_track_with_all_votes_in_one_file_and_votes_in_another_is_contested():
    sums = sums_csv(("1", "5", {"power": "1"}), ("2", "5", {}))
    assert find_contested(files_of(sums, sums_csv(("1", "6", {}), ("3", "6", {})))) == {"1": ("0.csv", "1.csv")}
    assert find_contested(files_of(minimal_csv(("2", "power")), sums)) == {"2": ("0.csv", "1.csv")}
    assert find_contested(files_of(sums, named_csv(("Ann", "2", "power")))) == {"2": ("0.csv", "1.csv")}
    assert find_contested(files_of(sums, sums_csv(("3", "6", {})))) == {}


def test_files_that_name_listeners_do_not_contradict_each_other():
    old, new = (named_csv(("Ann", "1", "power"), ("Bob", "1", chosen)) for chosen in ("", "power"))
    assert find_contested(files_of(old, new)) == {}
