import json
from fractions import Fraction
from pathlib import Path
from unicodedata import normalize

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mer_tasks.corpus.label_rules import above, mean_share, median_share, positives, variance_of_shares
from mer_tasks.errors import AnnotationError, ConfigError, IntegrityError
from mer_tasks.label_set import LabelSet, label_set_of
from mer_tasks.landing.zone import LandedFile
from mer_tasks.runs.run import Run
from mer_tasks.stages.labels import labels
from mer_tasks.storage.base import ObjectInfo
from tests.golden.make_labels import CSV, JSON, slow_rule
from tests.support.annotation_csv import csv_of, listeners, minimal_csv, named_csv, sums_csv
from tests.support.label_sets import EMOTIFY
from tests.support.run_documents import discovered, line, run_in

EMOTIONS = EMOTIFY.ids

RULES = ("share>=0.3", "share>mean", "seed")


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
    (warning,) = [record.message for record in caplog.records if "sum up" in record.message]
    assert (
        "1 tracks have votes in two annotation files, one of which may correct or sum up the other, such as 1 in file:///"
        in warning
    )
    assert "/a.csv and file:///" in warning
    assert warning.endswith("/b.csv: all votes count; if it does, remove one of both")
    assert (manifest["counters"]["rows"], manifest["counters"]["listeners"]) == (16, 16)


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


def test_annotations_without_genres_of_landed_tracks_that_were_not_chosen_are_not_missing(tmp_path):
    run = run_in(tmp_path, genres="rock", id_match="number")
    csv = minimal_csv(("1", "power"), ("05", ""), ("6", ""))
    discovered(run, [line("1"), line("5", "pop")], csvs={"a.csv": csv})
    run.write_table("discover", "catalogue.parquet", run.read_table("discover", "catalogue.parquet").query("genre == 'rock'"))
    manifest = labels(run)
    assert manifest["unknown_tracks"] == ["6"]
    assert (manifest["counters"]["listeners"], manifest["counters"]["without_audio"]) == (3, 2)


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
    assert "no track has amazement" in caplog.text


def test_an_emotion_that_every_track_carries_causes_a_warning(tmp_path, caplog):
    run = run_in(tmp_path)
    discovered(run, [line("1"), line("2")], csvs={"a.csv": csv_of(*listeners("1", 2, of=2), *listeners("2", 2, of=2))})
    labels(run)
    assert "every track has power under share>=0.3" in caplog.text


@pytest.mark.parametrize(
    ("landed", "annotated", "end"),
    [
        (["1", "2"], ["1.0", "2.0"], "the id '1.0', the landing zone has '1'; 2 of 2 would match without a final .0: set"
         " id_match=number, by which '1.0' is '1'"),
        (["Song"], ["song"], "the id 'song', the landing zone has 'Song'; 1 of 1 would match without regard to upper and lower"
         " case: set id_match=case, by which 'song' is 'Song'"),
        (["1"], ["404"], "the id '404', the landing zone has '1'"),
    ],
)  # fmt: skip
def test_annotations_of_no_track_fail_and_show_an_id_of_each_side(tmp_path, landed, annotated, end):
    with pytest.raises(AnnotationError) as caught:
        labels_manifest(tmp_path, {"a.csv": minimal_csv(*((track, "power") for track in annotated))}, *landed)
    start = (
        f"none of {len(annotated)} annotated tracks has audio, expected ids that are names of audio files without their endings"
    )
    assert str(caught.value) == f"{start}: the annotations have {end}"


def test_annotations_of_no_chosen_genre_fail_and_name_the_genres(tmp_path):
    run = run_in(tmp_path, genres="rock,jazz")
    discovered(run, [line("1")], csvs={"a.csv": csv_of(*listeners("5", 1, of=2, genre="pop"))})
    with pytest.raises(AnnotationError, match="none of 1 annotated tracks has audio of jazz, rock, expected"):
        labels(run)


def test_id_match_decides_which_tracks_the_ids_mean(tmp_path, caplog):
    run = run_in(tmp_path, id_match="number")
    discovered(run, [line("1"), line("2")], csvs={"a.csv": minimal_csv(("001", "power"), ("1.0", ""), ("2", ""), ("SONG", ""))})
    manifest = labels(run)
    table = run.read_table("labels", "labels.parquet")
    assert table[["track_id", "annotators", "votes_power"]].to_numpy().tolist() == [["1", 2, 1], ["2", 1, 0]]
    assert (manifest["unknown_tracks"], manifest["id_match"]) == (["SONG"], "number")


def test_a_warning_says_which_rule_would_match_the_tracks_without_audio(tmp_path, caplog):
    files = {"a.csv": minimal_csv(("1", "power"), ("02", "power"), ("03", ""), ("x", ""))}
    manifest = labels_manifest(tmp_path, files, "1", "2", "3")
    assert manifest["unknown_tracks"] == ["02", "03", "x"]
    assert "3 annotated tracks have no audio: 02, 03, x; 2 of 3 would match without leading zeros: set id_match" in caplog.text
    assert (manifest["counters"]["listeners"], manifest["counters"]["without_audio"]) == (4, 3)


def test_decomposed_names_of_files_match_composed_ids(tmp_path):
    run = run_in(tmp_path)
    key = normalize("NFD", "rock/Café.wav")
    track = LandedFile(ObjectInfo(key, 1, "1"), "rock", sha256="0" * 64).catalogue_row()
    discovered(run, [track], csvs={"a.csv": minimal_csv((normalize("NFC", "Café"), "power"))})
    assert labels(run)["counters"]["tracks"] == 1
    assert run.read_table("labels", "labels.parquet")["track_id"].tolist() == [normalize("NFC", "Café")]


def test_the_counters_add_up(tmp_path, caplog):
    old = named_csv(("Ann", "1", "power"), ("Bob", "1", "power"), ("Bob", "404", ""))
    files = {
        "a.csv": old,
        "b.csv": named_csv(("Ann", "1", "")),
        "c.csv": old,
        "d.csv": csv_of(*listeners("2", 2, of=3)),
        "e.csv": csv_of(*listeners("2", 2, of=3), *listeners("3", 1, of=2)),
        "f.csv": sums_csv(("3", "20", {"power": "4"})),
    }
    run = run_in(tmp_path)
    discovered(run, [line(track) for track in "123"], csvs=files)
    manifest = labels(run)
    counters = manifest["counters"]
    rows = {"rows": 16, "counted_rows": 9, "superseded": 1, "duplicates": 6}
    assert {name: counters[name] for name in rows} == rows
    assert counters["rows"] == counters["counted_rows"] + counters["superseded"] + counters["duplicates"]
    annotators = run.read_table("labels", "labels.parquet")["annotators"]
    assert annotators.tolist() == [2, 3, 22]
    assert counters["listeners"] == annotators.sum() + counters["without_audio"] == 28
    assert len(manifest["warnings"]) == 3
    assert [warning for warning in manifest["warnings"] if warning not in caplog.messages] == []


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


def single_set(**retired: bool) -> LabelSet:
    """A label set of kind single."""
    labels = [{"id": label, "retired": retired.get(label, False)} for label in ("calm", "happy", "sad")]
    return label_set_of({"name": "moods", "kind": "single", "labels": labels}, "moods.toml")


def single_run(folder: Path, csv: str, label_set: LabelSet, **params: str) -> Run:
    """A run over tracks 1 and 2 with this annotation file."""
    run = run_in(folder, **params)
    discovered(run, [line("1"), line("2")], csvs={"a.csv": csv.encode()}, label_set=label_set)
    return run


def test_most_votes_decide_where_each_track_has_one_label_and_ties_go_to_the_first(tmp_path, caplog):
    run = single_run(tmp_path, "track id,label\n1,sad\n1,happy\n1,sad\n2,sad\n2,happy\n", single_set())
    manifest = labels(run)
    table = run.read_table("labels", "labels.parquet")
    assert table[["label_calm", "label_happy", "label_sad"]].to_numpy().tolist() == [[False, False, True], [False, True, False]]
    assert (manifest["rule"], manifest["counters"]["tied_tracks"]) == ("majority", 1)
    assert "equally many votes for several labels, so each has the first of these in the label set: 2" in caplog.text
    assert "no track has calm under majority" in caplog.text


def test_a_track_with_votes_for_retired_labels_only_has_no_label_and_is_named(tmp_path, caplog):
    run = single_run(tmp_path, "track id,label\n1,sad\n2,happy\n2,happy\n", single_set(happy=True))
    manifest = labels(run)
    assert run.read_table("labels", "labels.parquet")["track_id"].tolist() == ["1"]
    assert manifest["counters"]["only_retired_labels"] == 1
    assert "1 tracks have votes for retired labels only, so they have no label: 2" in caplog.text


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_of_shares_is_refused_where_each_track_has_one_label(tmp_path, rule):
    run = single_run(tmp_path, "track id,label\n1,sad\n", single_set(), label_rule=rule)
    message = f"label_rule='{rule}': the label set moods is of kind single, expected auto or majority"
    with pytest.raises(ConfigError, match=f"^{message}$"):
        labels(run)


def test_the_rule_majority_is_refused_where_a_track_can_have_several_labels(tmp_path):
    run = run_in(tmp_path, label_rule="majority")
    discovered(run, [line("1")], csvs={"a.csv": csv_of(*listeners("1", 1, of=2))})
    with pytest.raises(
        ConfigError, match=r"'majority': the label set emotify is of kind multi, expected auto or share>=0\.3 or"
    ):
        labels(run)


def test_the_manifest_names_the_rule_that_auto_means(tmp_path):
    assert labels_manifest(tmp_path, {"a.csv": csv_of(*listeners("1", 1, of=2))}, "1")["rule"] == "share>=0.3"


def test_a_track_without_votes_has_no_label_by_majority():
    assert positives(np.array([[0, 0], [0, 1]]), np.array([0, 1]), "majority").tolist() == [[False, False], [False, True]]
