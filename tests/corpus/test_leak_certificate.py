import io
import re
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from mer_tasks.corpus.leak_certificate import KINDS, check_corpus, check_overlap, describe, linked_tracks, verify
from mer_tasks.corpus.segments import segment_index
from mer_tasks.corpus.synthetic_plan import Plan, read_plan
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.split import split
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import learnable

COLUMNS = ["track_id", "part", "group_id", "sha256", "pcm_sha256", "features_key", "twins", "artist"]


def table_of(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_split_without_overlap_has_only_zero_counts():
    table = table_of(("a", "train", *"123456"), ("b", "train", *"123456"), ("c", "test", *"7890xy"))
    assert check_overlap(table, "split", KINDS) == dict.fromkeys(KINDS, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_overlap_is_refused_with_its_tracks_and_parts(kind):
    rows = pd.DataFrame([["a", "train", *"123456"], ["b", "test", *"7890xy"], ["c", "validation", *"zuvwts"]], columns=COLUMNS)
    rows.loc[:1, KINDS[kind]] = "same"
    train_track, test_track = ("same", "same") if kind == "tracks" else ("a", "b")
    message = (
        f"s leaks: 1 {kind} in more than one part, expected 0; first {KINDS[kind]} 'same': track '{train_track}' in train"
        f" and track '{test_track}' in test"
    )
    with pytest.raises(IntegrityError, match=f"^{message}$"):
        check_overlap(rows, "s", KINDS)
    check_overlap(rows, "s", [other for other in KINDS if other != kind])


def test_content_shared_with_an_unlabelled_track_is_no_leak():
    check_overlap(table_of(("a", "train", *"123456"), ("b", "unlabelled", *"123456")), "split", KINDS)
    with pytest.raises(IntegrityError, match="more than one part"):
        check_overlap(table_of(("a", "train", *"123456"), ("b", "test", *"123456")), "split", KINDS)


def test_linked_tracks_name_both_twins_and_every_artist():
    links = pd.DataFrame(
        {
            "track_id": ["a", "b", "c"],
            "other_track_id": ["b", None, None],
            "artist": [None, "Ann", "Ann"],
            "reason": "of a test",
        }
    )
    table = linked_tracks(links).set_index("track_id")
    assert table["twins"].dropna().to_dict() == {"a": "a and b", "b": "a and b"}
    assert table["artist"].dropna().to_dict() == {"b": "Ann", "c": "Ann"}


def test_a_split_of_another_corpus_is_refused():
    tracks = pd.DataFrame({"track_id": ["a", "b"], "sha256": ["1", "2"]})
    check_corpus(tracks, tracks, "split")
    with pytest.raises(IntegrityError, match="split lists 1 tracks twice, first 'b'"):
        check_corpus(pd.concat([tracks, tracks[1:]]), tracks, "split")
    with pytest.raises(
        IntegrityError, match="1 tracks differ, first 'b': sha256 None in the split, expected 2 as in the corpus"
    ):
        check_corpus(tracks[:1], tracks, "split")
    with pytest.raises(IntegrityError, match="first 'b': sha256 2 in the split, expected None as in the corpus"):
        check_corpus(tracks, tracks[:1], "split")
    with pytest.raises(IntegrityError, match="first 'a': sha256 3 in the split, expected 1 as in the corpus"):
        check_corpus(tracks.replace("1", "3"), tracks, "split")


def test_parts_are_described_by_tracks_groups_and_rates():
    rows = [("a", "train", "1"), ("b", "train", "1"), ("c", "validation", "2"), ("d", "test", "3"), ("e", "unlabelled", "4")]
    labels = pd.DataFrame({"track_id": list("abcd"), **{f"label_{emotion}": [False] * 4 for emotion in EMOTIFY.ids}})
    labels["label_power"] = [True, False, True, True]
    labels["label_tension"] = [False, True, False, False]
    description = describe(pd.DataFrame(rows, columns=["track_id", "part", "group_id"]), labels, EMOTIFY)
    assert description["unlabelled"] == 1
    train = description["parts"]["train"]
    assert (train["tracks"], train["groups"], train["positives"]["power"], train["rates"]["tension"]) == (2, 1, 1, 0.5)
    assert description["too_few"] == [emotion for emotion in EMOTIFY.ids if emotion != "power"]


@pytest.fixture
def run(tmp_path):
    """A run that has been through `balance`."""
    learnable_run = learnable(tmp_path)
    balance(learnable_run)
    return learnable_run


def first_track(run: Run, part: str) -> str:
    """Return the first track of a part."""
    return segment_index(run, part).tracks[0]


def rewrite_split(run: Run, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    run.write_table("split", "split.parquet", change(run.read_table("split", "split.parquet")))


def rewrite_report(run: Run, stage: str, track_id: str, **facts: str) -> None:
    """Change facts on a track in the report of a stage of the fan-out."""
    for shard in run.manifest("discover")["shards"]:
        name = shard["key"].rpartition("/")[2]
        report = run.read_json(stage, name)
        report["tracks"] = [{**line, **facts} if line["track_id"] == track_id else line for line in report["tracks"]]
        run.write_json(stage, name, report)


def reported_fact(run: Run, stage: str, track_id: str, name: str) -> str:
    values = [
        line[name]
        for shard in run.manifest("discover")["shards"]
        for line in run.read_json(stage, shard["key"].rpartition("/")[2])["tracks"]
        if line["track_id"] == track_id
    ]
    return values[0]


def assert_refused(run: Run, message: str) -> None:
    """Check that `verify` fails, and that `evaluate` fails before it writes anything."""
    for check in (verify, evaluate):
        with pytest.raises(IntegrityError, match=message):
            check(run)
    assert not list(run.store.list(run.key("evaluate", "")))


def test_a_run_without_overlap_is_verified(run):
    verify(run)
    certificate = run.read_json("split", "certificate.json")
    assert certificate["overlap"] == dict.fromkeys(KINDS, 0)
    assert certificate["proven_from"]["split.parquet"] == run.sha256("split", "split.parquet")
    assert certificate["proven_from"]["labels.parquet"] == run.sha256("labels", "labels.parquet")
    assert certificate["seed"] == run.config.seed


def test_a_track_in_two_parts_is_caught(run):
    track = first_track(run, "train")
    rewrite_split(run, lambda table: pd.concat([table, table[table["track_id"] == track].assign(part="test")]))
    assert_refused(run, f"^run r1: split leaks: 1 tracks .*: track '{track}' in train and track '{track}' in test$")


def test_a_group_over_two_parts_is_caught(run):
    train_track = first_track(run, "train")
    test_track = first_track(run, "test")

    def with_group_of_train(table):
        group = table.loc[table["track_id"] == train_track, "group_id"].iloc[0]
        return table.assign(group_id=table["group_id"].where(table["track_id"] != test_track, group))

    rewrite_split(run, with_group_of_train)
    assert_refused(run, rf"split leaks: 1 groups .*: (?=.*track '{train_track}' in train)(?=.*track '{test_track}' in test)")


def test_equal_content_under_two_ids_is_caught(run):
    train_track = first_track(run, "train")
    test_track = first_track(run, "test")
    content = reported_fact(run, "reformat", train_track, "sha256")
    rewrite_report(run, "features", test_track, sha256=content)
    rewrite_split(run, lambda table: table.assign(sha256=table["sha256"].where(table["track_id"] != test_track, content)))
    assert_refused(
        run, rf"split leaks: 1 contents .*sha256 '{content}': (?=.*'{train_track}' in train)(?=.*'{test_track}' in test)"
    )


@pytest.mark.parametrize(
    ("stage", "column", "kind"), [("reformat", "pcm_sha256", "samples"), ("features", "features_key", "segments")]
)
def test_equal_samples_and_shared_segments_are_caught(run, stage, column, kind):
    validation_track = first_track(run, "validation")
    test_track = first_track(run, "test")
    rewrite_report(run, stage, test_track, **{column: reported_fact(run, stage, validation_track, column)})
    assert_refused(run, rf"split leaks: 1 {kind} .*: (?=.*'{validation_track}' in validation)(?=.*'{test_track}' in test)")


@pytest.mark.parametrize(
    ("reason", "column", "value", "kind"),
    [("same_recording", "other_track_id", None, "twins"), ("artist", "artist", "Ann", "artists")],
)
def test_twins_and_artists_in_two_parts_are_caught(run, reason, column, value, kind):
    train_track = first_track(run, "train")
    test_track = first_track(run, "test")
    tracks = [train_track] if value is None else [train_track, test_track]
    links = run.read_table("split", "groups.parquet")
    added = pd.DataFrame({"track_id": tracks, "reason": reason, column: value or test_track})
    run.write_table("split", "groups.parquet", pd.concat([links, added]))
    assert_refused(run, rf"split leaks: 1 {kind} .*: (?=.*'{train_track}' in train)(?=.*'{test_track}' in test)")


def write_plan(run: Run, base: int) -> None:
    """Store a plan of two synthetic segments, of which one has the parent `base`."""
    plan = Plan(np.int32([0, base]), np.int32([1, 0]), np.float32([0, 0]), np.zeros((2, 9), np.uint8), np.zeros((2, 9), "f4"))
    buffer = io.BytesIO()
    np.savez(buffer, **asdict(plan))
    run.store.put(run.key("balance", "plan.npz"), buffer.getvalue())


def test_a_synthetic_segment_with_a_parent_outside_train_is_caught(run):
    segments = len(segment_index(run, "train"))
    write_plan(run, segments - 1)
    verify(run)
    write_plan(run, segments)
    assert_refused(run, f"^plan leaks: 1 parents outside train, first row {segments}, expected 0 to {segments - 1}$")


def test_the_plan_of_another_split_is_caught(run):
    assert len(read_plan(run))
    split(replace(run, config=run.config.model_copy(update={"seed": 7})))
    assert_refused(
        run, "plan of synthetic segments was drawn for a split.parquet of sha256 .*repeat the run from `balance` on$"
    )


def test_a_split_that_was_changed_after_its_certificate_is_caught(run):
    tracks = {first_track(run, "train"): "test", first_track(run, "test"): "train"}
    rewrite_split(run, lambda table: table.assign(part=table["track_id"].map(tracks).fillna(table["part"])))
    assert_refused(
        run, r"^run r1: split.parquet has sha256 \w+, expected \w+ as in the certificate of its split: repeat the run"
    )


def test_labels_that_were_changed_after_the_certificate_are_caught(run):
    labels = run.read_table("labels", "labels.parquet")
    run.write_table("labels", "labels.parquet", labels.assign(label_power=~labels["label_power"]))
    assert_refused(run, r"^run r1: labels.parquet has sha256 \w+, expected \w+ as in the certificate")


def test_features_that_changed_after_the_certificate_are_caught(run):
    rewrite_report(run, "features", first_track(run, "test"), features_key="blobs/features/another.npy")
    assert_refused(run, r"^run r1: corpus has sha256 \w+, expected \w+ as in the certificate")


def test_a_run_without_a_certificate_is_refused(run):
    run.store.delete(run.key("split", "certificate.json"))
    with pytest.raises(ObjectMissing, match=r"split/certificate\.json"):
        evaluate(run)


def test_stage_split_fails_if_the_split_leaks(run, monkeypatch):
    train_track = first_track(run, "train")
    test_track = first_track(run, "test")
    rewrite_report(run, "reformat", test_track, pcm_sha256=reported_fact(run, "reformat", train_track, "pcm_sha256"))
    drawn = run.read_table("split", "split.parquet")
    run.store.delete(run.key("split", "certificate.json"))
    monkeypatch.setattr("mer_tasks.stages.split.draw", lambda *_, **__: drawn)
    with pytest.raises(IntegrityError, match=rf"^run r1: split leaks: 1 samples .*(?=.*'{train_track}' in train)"):
        split(run)
    assert not run.store.exists(run.key("split", "certificate.json"))


def evaluation_run(run: Run) -> Run:
    """Make a run of mode eval with the documents and the split of `run`, which trained its model."""
    again = Run(run.config.model_copy(update={"mode": "eval"}), "e1")
    for stage in ("discover", "reformat", "features", "labels"):
        for info in list(run.store.list(run.key(stage, ""))):
            again.store.put(again.key(stage, info.key.removeprefix(run.key(stage, ""))), run.store.get(info.key))
    again.write_manifest("discover", {**run.manifest("discover"), "model": {"run_id": "r1", "key": "k", "sha256": "s"}})
    split(again)
    return again


def test_an_evaluation_on_tracks_that_trained_the_model_is_caught(run):
    again = evaluation_run(run)
    verify(again)
    train_track = first_track(run, "train")
    rewrite_split(again, lambda table: table.assign(part=table["part"].where(table["track_id"] != train_track, "test")))
    assert_refused(
        again, rf"^run e1: split beside that of the model's run r1 leaks: 1 contents .*'{train_track}' in (train|test) and"
    )


def test_an_evaluation_is_refused_if_the_split_of_the_models_run_has_changed(run):
    again = evaluation_run(run)
    rewrite_split(run, lambda table: table.assign(group_id="g" + table["track_id"]))
    message = re.escape("model's split.parquet has sha256 ")
    assert_refused(again, message)
