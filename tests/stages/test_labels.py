import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.corpus.label_rules import above, count_votes, mean_share, median_share, positives, variance_of_shares
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AnnotationError, IntegrityError
from mer_tasks.landing.annotation_files import read_annotation_files
from mer_tasks.stages.labels import labels
from tests.golden.make_labels import CSV, JSON, slow_rule
from tests.support.run_documents import discovered, line, run_in

HEADER = f"track id, genre, {', '.join(EMOTIONS)}, age\n"
RULES = ("share>=0.3", "share>mean", "seed")


def csv_of(*rows: tuple) -> bytes:
    """An annotation file of rows (track, genre, chosen emotions, age)."""
    lines = [
        f"{track},{genre},{','.join(str(int(emotion in chosen)) for emotion in EMOTIONS)},{age}"
        for track, genre, chosen, age in rows
    ]
    return (HEADER + "\n".join(lines) + "\n").encode()


def listeners(track: str, votes: int, of: int, emotion: str = "power", genre: str = "rock") -> list[tuple]:
    """Rows of `of` listeners of a track; the first `votes` of them vote for the emotion."""
    return [(track, genre, [emotion] if number < votes else [], 20 + number) for number in range(of)]


@pytest.mark.parametrize("rule", RULES)
def test_labels_equal_the_golden_file(tmp_path, rule):
    golden = json.loads(JSON.read_text())
    run = run_in(tmp_path, label_rule=rule)
    # the table sorts ids as text, the golden file sorts them as numbers
    order = np.argsort(golden["track_id"], kind="stable")
    lines = [line(track, "rock" if number % 2 else "pop") for number, track in enumerate(golden["track_id"])]
    discovered(run, lines, csvs={"a.csv": CSV.read_bytes()})
    manifest = labels(run)
    table = run.read_table("labels", "labels.parquet")
    assert table["track_id"].tolist() == sorted(golden["track_id"])
    assert table["genre"].tolist() == [lines[index]["genre"] for index in order]
    assert table["annotators"].tolist() == np.array(golden["annotators"])[order].tolist()
    for emotion in EMOTIONS:
        votes = np.array(golden["votes"][emotion])[order]
        assert table[f"votes_{emotion}"].tolist() == votes.tolist()
        assert table[f"share_{emotion}"].tolist() == [v / n for v, n in zip(votes, table["annotators"], strict=True)]
        assert table[f"label_{emotion}"].tolist() == np.array(golden[rule][emotion])[order].tolist()
    assert manifest["positives"]["power"] == sum(golden[rule]["power"])


@pytest.mark.parametrize(("votes", "expected"), [(2, False), (3, True), (4, True)])
def test_three_of_ten_listeners_are_enough(votes, expected):
    assert positives(np.array([[votes]]), np.array([10]), "share>=0.3").item() is expected


@pytest.mark.parametrize("size", [10, 30, 60, 70, 110, 1_000_000])
def test_a_share_of_exactly_the_published_limit_is_positive(size):
    assert positives(np.array([[size * 3 // 10]]), np.array([size]), "share>=0.3").item()


def test_a_share_equal_to_the_mean_is_not_above_it():
    votes, sizes = np.array([[10], [3], [4], [2]]), np.array([10, 3, 5, 5])
    shares = votes[:, 0] / sizes
    assert shares[2] > shares.sum() / 4  # 4/5 is the mean, but not in floating point
    assert positives(votes, sizes, "share>mean")[:, 0].tolist() == [True, True, False, False]


def test_a_share_equal_to_the_median_is_not_above_it():
    votes, sizes = np.array([[0], [1], [2], [3], [10]]), np.array([10, 10, 20, 30, 10])
    assert variance_of_shares(votes[:, 0], sizes) > Fraction(1, 25)
    assert positives(votes, sizes, "seed")[:, 0].tolist() == [False, False, False, False, True]


def test_the_rule_seed_has_a_fixed_limit_if_shares_vary_little():
    votes, sizes = np.array([[4], [5], [3]]), np.array([10, 10, 10])
    assert positives(votes, sizes, "seed")[:, 0].tolist() == [False, True, False]


def test_a_deviation_of_exactly_a_fifth_is_not_above_a_fifth():
    votes, sizes = np.array([[5], [9]]), np.array([10, 10])
    assert variance_of_shares(votes[:, 0], sizes) == Fraction(1, 25)
    assert positives(votes, sizes, "seed")[:, 0].tolist() == [True, True]


def test_the_median_of_an_even_number_of_tracks_is_the_mean_of_the_two_middle_shares():
    assert median_share(np.array([1, 9, 4, 5]), np.array([10, 10, 10, 10])) == Fraction(9, 20)


tracks = st.lists(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=40)


@given(tracks, st.sampled_from(RULES))
def test_every_rule_agrees_with_exact_fractions(pairs, rule):
    votes, sizes = (np.array(column) for column in zip(*pairs, strict=True))
    assert positives(votes[:, np.newaxis], sizes, rule)[:, 0].tolist() == slow_rule(*zip(*pairs, strict=True), rule)


@given(tracks)
def test_limits_of_label_rules_do_not_depend_on_the_order_of_tracks(pairs):
    votes, sizes = (np.array(column) for column in zip(*pairs, strict=True))
    for limit in (mean_share, median_share, variance_of_shares):
        assert limit(votes, sizes) == limit(votes[::-1], sizes[::-1])


def test_above_is_exact_even_if_floating_point_quotients_are_not():
    limit = Fraction(10**12 + 1, 10**13)
    assert above(np.array([1, 2]), np.array([10, 10]), limit).tolist() == [False, True]


def test_an_empty_table_of_votes_gives_an_empty_table_of_labels():
    assert positives(np.zeros((0, 9), np.int64), np.zeros(0, np.int64), "share>mean").shape == (0, 9)


def votes_of(*files: bytes) -> dict:
    table = count_votes(read_annotation_files({f"file-{number}.csv": data for number, data in enumerate(files)}))
    return table[["annotators", "power"]].T.to_dict("list")


def test_the_same_file_twice_counts_once():
    data = csv_of(*listeners("1", 2, of=3))
    assert votes_of(data, data) == votes_of(data) == {"1": [3, 2]}


def test_a_newer_file_adds_only_its_new_rows():
    old = listeners("1", 2, of=3)
    newer = [*reversed(old), ("1", "rock", ["power"], 70), *listeners("2", 1, of=2)]
    assert votes_of(csv_of(*old), csv_of(*newer)) == {"1": [4, 3], "2": [2, 1]}
    assert votes_of(csv_of(*newer), csv_of(*old)) == {"1": [4, 3], "2": [2, 1]}


def test_two_equal_rows_of_one_file_are_two_listeners():
    twice = csv_of(("1", "rock", ["power"], 20), ("1", "rock", ["power"], 20))
    assert votes_of(twice) == {"1": [2, 2]}
    assert votes_of(twice, csv_of(("1", "rock", ["power"], 20))) == {"1": [2, 2]}


def test_rows_are_compared_by_the_columns_that_all_files_have():
    plain = csv_of(*listeners("1", 2, of=3))
    wider = b"\n".join(row + (b",phone" if number else b",device") for number, row in enumerate(plain.strip().split(b"\n")))
    assert votes_of(plain, wider) == votes_of(wider, plain) == {"1": [3, 2]}


def test_the_same_row_under_another_genre_counts_once():
    assert votes_of(csv_of(*listeners("1", 2, of=3)), csv_of(*listeners("1", 2, of=3, genre="pop"))) == {"1": [3, 2]}


@given(st.permutations(range(5)))
def test_votes_do_not_depend_on_the_order_of_rows(order):
    rows = [*listeners("1", 2, of=3), *listeners("2", 1, of=2)]
    assert votes_of(csv_of(*(rows[index] for index in order))) == {"1": [3, 2], "2": [2, 1]}


def labels_manifest(folder: Path, files: dict[str, bytes], *tracks: str, **contents: str) -> dict:
    """Manifest of stage `labels` for these annotation files; ``of_<track>`` in `contents` replaces the hash of a track."""
    run = run_in(folder)
    discovered(run, [line(track, sha256=contents.get(f"of_{track}")) for track in tracks], csvs=files)
    return labels(run)


def test_two_contradicting_files_are_named_and_all_votes_count(tmp_path, caplog):
    older = [*listeners("1", 2, of=4), *listeners("2", 1, of=4)]
    corrected = [*listeners("1", 3, of=4), *listeners("2", 1, of=4)]
    files = {"a.csv": csv_of(*older), "b.csv": csv_of(*corrected)}
    manifest = labels_manifest(tmp_path, files, "1", "2")
    assert (manifest["contested_tracks"], manifest["counters"]["contested_tracks"]) == (["1"], 1)
    (warning,) = [record.message for record in caplog.records if "different votes" in record.message]
    assert "1 tracks have different votes of equally many listeners in two annotation files, such as 1 in file:///" in warning
    assert "/a.csv and file:///" in warning
    assert warning.endswith("/b.csv: all votes count; if one file corrects the other, remove the older one")
    assert votes_of(*files.values())["1"] == [5, 3]


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
    assert read_annotation_files({"a.csv": csv_of(*listeners("1", 2, of=4)), "b.csv": csv_of(*newer)}).contested == {}


def test_files_with_one_listener_each_do_not_contradict_each_other():
    answers = (["power"], ["sadness"], [])
    files = {f"{number}.csv": csv_of(("1", "rock", emotions, 20)) for number, emotions in enumerate(answers)}
    assert read_annotation_files(files).contested == {}


def test_two_files_with_two_genres_of_a_track_cause_a_warning_and_the_landing_zone_decides(tmp_path, caplog):
    files = {"a.csv": csv_of(*listeners("1", 1, of=2)), "b.csv": csv_of(*listeners("1", 1, of=2, genre="pop"))}
    assert labels_manifest(tmp_path, files, "1")["other_genre"] == ["1"]
    assert "1 is pop and rock in the annotations and rock in the landing zone" in caplog.text


def test_the_labels_digest_depends_only_on_audio_content_and_votes(tmp_path):
    rows = [*listeners("1", 2, of=4), *listeners("2", 1, of=4)]
    digest = labels_manifest(tmp_path / "a", {"a.csv": csv_of(*rows)}, "1", "2")["labels_digest"]

    def differs(name: str, rows: list, *tracks: str, **contents: str) -> bool:
        return labels_manifest(tmp_path / name, {"a.csv": csv_of(*rows)}, *tracks, **contents)["labels_digest"] != digest

    assert not differs("order of rows", rows[::-1], "2", "1")
    assert not differs("a track that nobody annotated", rows, "1", "2", "3")
    assert not differs("annotations without audio", [*rows, *listeners("404", 1, of=4)], "1", "2")
    renamed = [*listeners("9", 2, of=4), *listeners("2", 1, of=4)]
    assert not differs("another name for the same audio", renamed, "9", "2", of_9=line("1")["sha256"])
    assert differs("other votes", [*listeners("1", 3, of=4), *listeners("2", 1, of=4)], "1", "2")
    assert differs("one listener more", [*rows, ("1", "rock", [], 70)], "1", "2")
    assert differs("audio that was replaced", rows, "1", "2", of_1="f" * 64)
    assert differs("a track that is gone", rows, "1")


def test_an_annotated_track_without_audio_is_counted_and_causes_a_warning(tmp_path, caplog):
    run = run_in(tmp_path)
    discovered(run, [line("1")], csvs={"a.csv": csv_of(*listeners("1", 1, of=2), *listeners("404", 1, of=2))})
    manifest = labels(run)
    assert (manifest["unknown_tracks"], manifest["counters"]["unknown_tracks"]) == (["404"], 1)
    assert "1 annotated tracks have no audio: 404" in caplog.text
    assert run.read_table("labels", "labels.parquet")["track_id"].tolist() == ["1"]


def test_annotated_tracks_of_genres_that_were_not_chosen_are_not_counted_as_missing(tmp_path):
    run = run_in(tmp_path, genres="rock")
    csv = csv_of(*listeners("1", 1, of=2), *listeners("5", 1, of=2, genre="pop"), *listeners("6", 1, of=2))
    discovered(run, [line("1")], csvs={"a.csv": csv})
    assert labels(run)["unknown_tracks"] == ["6"]


def test_the_landing_zone_decides_the_genre(tmp_path, caplog):
    run = run_in(tmp_path)
    csv = csv_of(*listeners("1", 1, of=2, genre="pop"), *listeners("1", 1, of=2, genre="rock"), *listeners("2", 1, of=2))
    discovered(run, [line("1", "rock"), line("2", "rock")], csvs={"a.csv": csv})
    manifest = labels(run)
    assert manifest["other_genre"] == ["1"]
    assert "1 is pop and rock in the annotations and rock in the landing zone" in caplog.text
    assert run.read_table("labels", "labels.parquet")["genre"].tolist() == ["rock", "rock"]


def test_an_emotion_that_no_track_carries_causes_a_warning(tmp_path, caplog):
    run = run_in(tmp_path)
    discovered(run, [line("1")], csvs={"a.csv": csv_of(*listeners("1", 1, of=2))})
    manifest = labels(run)
    assert manifest["emotions_without_tracks"] == [emotion for emotion in EMOTIONS if emotion != "power"]
    assert "no track carries amazement" in caplog.text


def test_an_emotion_that_every_track_carries_causes_a_warning(tmp_path, caplog):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2")], csvs={"a.csv": csv_of(*listeners("1", 2, of=2), *listeners("2", 2, of=2))})
    labels(run)
    assert "every track carries power under share>=0.3" in caplog.text


def test_a_corpus_without_a_single_annotated_track_gives_an_empty_table(tmp_path):
    run = run_in(tmp_path, label_rule="seed")
    discovered(run, [line("1")], csvs={"a.csv": csv_of(*listeners("404", 1, of=2))})
    assert labels(run)["counters"]["tracks"] == 0
    assert run.read_table("labels", "labels.parquet").shape == (0, 30)


def test_a_landing_zone_without_annotations_is_refused(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1")])
    with pytest.raises(AnnotationError, match=r"expected at least one \.csv"):
        labels(run)


def test_annotations_that_changed_since_discover_are_refused(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1")], csvs={"a.csv": csv_of(*listeners("1", 1, of=2))})
    run.landing.put("annotations/a.csv", csv_of(*listeners("1", 2, of=2)))
    with pytest.raises(IntegrityError, match=r"a\.csv: changed since discover"):
        labels(run)
