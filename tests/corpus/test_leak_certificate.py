import io
import re
from collections.abc import Callable
from dataclasses import asdict, replace

import numpy as np
import pandas as pd
import pytest

from mer_tasks.corpus.leak_certificate import KINDS, check_corpus, check_crossings, describe, linked, verify
from mer_tasks.corpus.segments import segment_index
from mer_tasks.corpus.synthetic_plan import Plan, read_plan
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.split import split
from tests.support.learnable_runs import learnable

COLUMNS = ["track_id", "part", "group_id", "sha256", "pcm_sha256", "features_key", "twins", "artist"]


def table_of(*rows: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


def test_a_table_without_crossings_is_counted_as_such():
    table = table_of(("a", "train", *"123456"), ("b", "train", *"123456"), ("c", "test", *"7890xy"))
    assert check_crossings(table, "split", KINDS) == dict.fromkeys(KINDS, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_crossing_is_refused_with_its_tracks_and_parts(kind):
    rows = pd.DataFrame([["a", "train", *"123456"], ["b", "test", *"7890xy"], ["c", "validation", *"zuvwts"]], columns=COLUMNS)
    rows.loc[:1, KINDS[kind]] = "same"
    one, other = ("same", "same") if kind == "tracks" else ("a", "b")
    message = (
        f"s leaks: 1 {kind} in more than one part, expected 0; first {KINDS[kind]} 'same': track '{one}' in train and track"
        f" '{other}' in test"
    )
    with pytest.raises(IntegrityError, match=f"^{message}$"):
        check_crossings(rows, "s", KINDS)
    check_crossings(rows, "s", [other for other in KINDS if other != kind])


def test_what_an_unlabelled_track_shares_is_no_leak():
    check_crossings(table_of(("a", "train", *"123456"), ("b", "unlabelled", *"123456")), "split", KINDS)


def test_links_name_both_twins_and_every_artist():
    links = pd.DataFrame(
        {
            "track_id": ["a", "b", "c"],
            "other_track_id": ["b", None, None],
            "artist": [None, "Ann", "Ann"],
            "reason": "of a test",
        }
    )
    found = linked(links).set_index("track_id")
    assert found["twins"].dropna().to_dict() == {"a": "a and b", "b": "a and b"}
    assert found["artist"].dropna().to_dict() == {"b": "Ann", "c": "Ann"}


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
    labels = pd.DataFrame({"track_id": list("abcd"), **{f"label_{emotion}": [False] * 4 for emotion in EMOTIONS}})
    labels["label_power"], labels["label_tension"] = [True, False, True, True], [False, True, False, False]
    found = describe(pd.DataFrame(rows, columns=["track_id", "part", "group_id"]), labels)
    assert found["unlabelled"] == 1
    train = found["parts"]["train"]
    assert (train["tracks"], train["groups"], train["positives"]["power"], train["rates"]["tension"]) == (2, 1, 1, 0.5)
    assert found["too_few"] == [emotion for emotion in EMOTIONS if emotion != "power"]


@pytest.fixture
def run(tmp_path):
    """A run that has been through `balance`."""
    made = learnable(tmp_path)
    balance(made)
    return made


def of_part(run: Run, part: str) -> str:
    """A track of a part."""
    return segment_index(run, part).tracks[0]


def rewrite_split(run: Run, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    run.write_table("split", "split.parquet", change(run.read_table("split", "split.parquet")))


def rewrite_report(run: Run, stage: str, track_id: str, **facts: str) -> None:
    """Change what the fan-out says of a track."""
    for shard in run.manifest("discover")["shards"]:
        name = shard["key"].rpartition("/")[2]
        report = run.read_json(stage, name)
        report["tracks"] = [{**line, **facts} if line["track_id"] == track_id else line for line in report["tracks"]]
        run.write_json(stage, name, report)


def fact(run: Run, stage: str, track_id: str, name: str) -> str:
    found = [
        line[name]
        for shard in run.manifest("discover")["shards"]
        for line in run.read_json(stage, shard["key"].rpartition("/")[2])["tracks"]
        if line["track_id"] == track_id
    ]
    return found[0]


def refused(run: Run, message: str) -> None:
    """By `verify`, and by `evaluate` before it writes anything."""
    for check in (verify, evaluate):
        with pytest.raises(IntegrityError, match=message):
            check(run)
    assert not list(run.store.list(run.key("evaluate", "")))


def test_an_honest_run_is_verified(run):
    verify(run)
    certificate = run.read_json("split", "certificate.json")
    assert certificate["overlap"] == dict.fromkeys(KINDS, 0)
    assert certificate["proven_from"]["split.parquet"] == run.sha256("split", "split.parquet")
    assert certificate["proven_from"]["labels.parquet"] == run.sha256("labels", "labels.parquet")
    assert certificate["seed"] == run.config.seed


def test_a_track_in_two_parts_is_caught(run):
    track = of_part(run, "train")
    rewrite_split(run, lambda table: pd.concat([table, table[table["track_id"] == track].assign(part="test")]))
    refused(run, f"^run r1: split leaks: 1 tracks .*: track '{track}' in train and track '{track}' in test$")


def test_a_group_over_two_parts_is_caught(run):
    learned, judged = of_part(run, "train"), of_part(run, "test")

    def joined(table):
        group = table.loc[table["track_id"] == learned, "group_id"].iloc[0]
        return table.assign(group_id=table["group_id"].where(table["track_id"] != judged, group))

    rewrite_split(run, joined)
    refused(run, rf"split leaks: 1 groups .*: (?=.*track '{learned}' in train)(?=.*track '{judged}' in test)")


def test_equal_content_under_two_ids_is_caught(run):
    learned, judged = of_part(run, "train"), of_part(run, "test")
    content = fact(run, "reformat", learned, "sha256")
    rewrite_report(run, "features", judged, sha256=content)
    rewrite_split(run, lambda table: table.assign(sha256=table["sha256"].where(table["track_id"] != judged, content)))
    refused(run, rf"split leaks: 1 contents .*sha256 '{content}': (?=.*'{learned}' in train)(?=.*'{judged}' in test)")


@pytest.mark.parametrize(
    ("stage", "column", "kind"), [("reformat", "pcm_sha256", "samples"), ("features", "features_key", "segments")]
)
def test_equal_samples_and_shared_segments_are_caught(run, stage, column, kind):
    checked, judged = of_part(run, "validation"), of_part(run, "test")
    rewrite_report(run, stage, judged, **{column: fact(run, stage, checked, column)})
    refused(run, rf"split leaks: 1 {kind} .*: (?=.*'{checked}' in validation)(?=.*'{judged}' in test)")


@pytest.mark.parametrize(
    ("reason", "column", "value", "kind"),
    [("same_recording", "other_track_id", None, "twins"), ("artist", "artist", "Ann", "artists")],
)
def test_twins_and_artists_in_two_parts_are_caught(run, reason, column, value, kind):
    learned, judged = of_part(run, "train"), of_part(run, "test")
    tracks = [learned] if value is None else [learned, judged]
    links = run.read_table("split", "groups.parquet")
    added = pd.DataFrame({"track_id": tracks, "reason": reason, column: value or judged})
    run.write_table("split", "groups.parquet", pd.concat([links, added]))
    refused(run, rf"split leaks: 1 {kind} .*: (?=.*'{learned}' in train)(?=.*'{judged}' in test)")


def with_parents(run: Run, base: int) -> None:
    plan = Plan(np.int32([0, base]), np.int32([1, 0]), np.float32([0, 0]), np.zeros((2, 9), np.uint8), np.zeros((2, 9), "f4"))
    buffer = io.BytesIO()
    np.savez(buffer, **asdict(plan))
    run.store.put(run.key("balance", "plan.npz"), buffer.getvalue())


def test_a_synthetic_segment_with_a_parent_outside_train_is_caught(run):
    segments = len(segment_index(run, "train"))
    with_parents(run, segments - 1)
    verify(run)
    with_parents(run, segments)
    refused(run, f"^plan leaks: 1 parents outside train, first row {segments}, expected 0 to {segments - 1}$")


def test_the_plan_of_another_split_is_caught(run):
    assert len(read_plan(run))
    split(replace(run, config=run.config.model_copy(update={"seed": 7})))
    refused(run, "plan of synthetic segments was drawn for a split.parquet of sha256 .*repeat the run from `balance` on$")


def test_a_split_that_was_changed_after_its_certificate_is_caught(run):
    tracks = {of_part(run, "train"): "test", of_part(run, "test"): "train"}
    rewrite_split(run, lambda table: table.assign(part=table["track_id"].map(tracks).fillna(table["part"])))
    refused(run, r"^run r1: split.parquet has sha256 \w+, expected \w+ as in the certificate of its split: repeat the run")


def test_labels_that_were_changed_after_the_certificate_are_caught(run):
    labels = run.read_table("labels", "labels.parquet")
    run.write_table("labels", "labels.parquet", labels.assign(label_power=~labels["label_power"]))
    refused(run, r"^run r1: labels.parquet has sha256 \w+, expected \w+ as in the certificate")


def test_features_that_were_made_again_otherwise_are_caught(run):
    rewrite_report(run, "features", of_part(run, "test"), features_key="blobs/features/another.npy")
    refused(run, r"^run r1: corpus has sha256 \w+, expected \w+ as in the certificate")


def test_a_run_without_a_certificate_is_refused(run):
    run.store.delete(run.key("split", "certificate.json"))
    with pytest.raises(ObjectMissing, match=r"split/certificate\.json"):
        evaluate(run)


def test_a_split_that_leaks_fails(run, monkeypatch):
    learned, judged = of_part(run, "train"), of_part(run, "test")
    rewrite_report(run, "reformat", judged, pcm_sha256=fact(run, "reformat", learned, "pcm_sha256"))
    drawn = run.read_table("split", "split.parquet")
    run.store.delete(run.key("split", "certificate.json"))
    monkeypatch.setattr("mer_tasks.stages.split.draw", lambda *_, **__: drawn)
    with pytest.raises(IntegrityError, match=rf"^run r1: split leaks: 1 samples .*(?=.*'{learned}' in train)"):
        split(run)
    assert not run.store.exists(run.key("split", "certificate.json"))


def evaluating(run: Run) -> Run:
    """A run of mode eval, with the documents and the split of `run`, which trained its model."""
    again = Run(run.config.model_copy(update={"mode": "eval"}), "e1")
    for stage in ("discover", "reformat", "features", "labels"):
        for info in list(run.store.list(run.key(stage, ""))):
            again.store.put(again.key(stage, info.key.removeprefix(run.key(stage, ""))), run.store.get(info.key))
    again.write_manifest("discover", {**run.manifest("discover"), "model": {"run_id": "r1", "key": "k", "sha256": "s"}})
    split(again)
    return again


def test_an_evaluation_by_what_the_model_was_trained_on_is_caught(run):
    again = evaluating(run)
    verify(again)
    learned = of_part(run, "train")
    rewrite_split(again, lambda table: table.assign(part=table["part"].where(table["track_id"] != learned, "test")))
    refused(again, rf"^run e1: split beside that of the model's run r1 leaks: 1 contents .*'{learned}' in (train|test) and")


def test_an_evaluation_whose_models_split_has_changed_is_caught(run):
    again = evaluating(run)
    rewrite_split(run, lambda table: table.assign(group_id="g" + table["track_id"]))
    message = re.escape("model's split.parquet has sha256 ")
    refused(again, message)
