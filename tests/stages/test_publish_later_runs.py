"""Runs that are published after others: modes eval and predict, and the parts that audio keeps."""

import dataclasses

import pytest

from mer_tasks.database.queries import previous_parts, published_model
from mer_tasks.errors import ConfigError
from mer_tasks.stages.publish import publish
from tests.support.published_runs import MODEL_SHA256, TRACKS, complete_predict_run, complete_run, make_champion, rows
from tests.support.publishing import change_parts, published_rows
from tests.support.run_documents import content


def test_a_run_of_mode_eval_is_published_beside_the_run_whose_model_it_loads(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    parts = previous_parts(database_url)
    publish(complete_run(tmp_path, database_url, "e1", mode="eval"))
    assert rows(database_url, "SELECT run_id, mode, model_run_id FROM mer.runs ORDER BY is_latest") == [
        ("r1", "train", "r1"),
        ("e1", "eval", "r1"),
    ]
    assert rows(database_url, "SELECT DISTINCT run_id FROM mer.training_curves") == [("r1",)]
    assert previous_parts(database_url) == parts
    model = {"run_id": "r1", "key": "runs/r1/train/music_emotion_model.keras", "sha256": MODEL_SHA256}
    assert published_model(database_url) == published_model(database_url, "e1") == model
    with pytest.raises(
        ConfigError, match=r"model_run='r9': no such published run; the latest training runs are 'r1' in file:///"
    ):
        published_model(database_url, "r9")
    assert published_model(database_url, store_url=tmp_path.as_uri()) == model
    with pytest.raises(ConfigError, match=r"model_run=None: no such published run in s3://other; .* 'r1' in file:///"):
        published_model(database_url, store_url="s3://other")


def test_audio_keeps_its_part_in_a_later_run(tmp_path, database_url):
    first = complete_run(tmp_path, database_url)
    publish(first)
    table = first.read_table("split", "split.parquet")
    labelled = table[table["part"] != "unlabelled"]
    by_file = dict(zip(labelled["sha256"], labelled["part"], strict=True))
    assert previous_parts(database_url) == {**by_file, **{f"pcm of {sha256}": part for sha256, part in by_file.items()}}
    second = complete_run(tmp_path, database_url, "r2", seed=7, tracks=[*TRACKS, "r90", "r91", "r92", "r93", "p90", "p91"])
    again = second.read_table("split", "split.parquet").set_index("sha256")["part"]
    assert again.reindex(labelled["sha256"]).tolist() == labelled["part"].tolist()


def test_audio_keeps_its_part_in_a_file_with_other_tags(tmp_path, database_url):
    first = complete_run(tmp_path, database_url)
    publish(first)
    before = first.read_table("split", "split.parquet").set_index("track_id")["part"]
    # new tags: other bytes, the same samples
    pcm = {track: f"pcm of {content(track)}" for track in TRACKS}
    second = complete_run(tmp_path, database_url, "r2", seed=7, retagged=pcm)
    after = second.read_table("split", "split.parquet").set_index("track_id")
    assert not set(after["sha256"]) & set(first.read_table("split", "split.parquet")["sha256"])
    assert after["part"].to_dict() == before.to_dict()


def test_audio_that_was_trained_on_never_gets_into_a_test_part_again(tmp_path, database_url):
    first = change_parts(complete_run(tmp_path, database_url), {"r00": "train", "r01": "validation", "r02": "test"})
    publish(first)
    changed = {"r00": "test", "r01": "test", "r02": "train"}
    publish(change_parts(complete_run(tmp_path, database_url, "r2"), changed))
    parts = previous_parts(database_url)
    assert [parts[content(track)] for track in changed] == ["train", "validation", "train"]
    # the older run, published again, does not change the parts
    publish(first)
    assert previous_parts(database_url) == parts


def test_a_fresh_split_replaces_the_parts_of_earlier_runs(tmp_path, database_url):
    first = change_parts(complete_run(tmp_path, database_url), {"r00": "train", "r01": "validation"})
    publish(first)
    publish(change_parts(complete_run(tmp_path, database_url, "r2", fresh_split=True), {"r00": "test", "r01": "train"}))
    parts = previous_parts(database_url)
    assert (parts[content("r00")], parts[content("r01")]) == ("test", "train")


def test_an_older_run_that_is_published_again_keeps_the_track_rows_of_a_newer_run(tmp_path, database_url):
    first = complete_run(tmp_path, database_url)
    publish(first)
    second = complete_run(tmp_path, database_url, "r2", tracks=[*TRACKS[:5], *TRACKS[6:]])
    publish(second)
    publish(dataclasses.replace(first, try_number=2))
    track_counts = rows(database_url, "SELECT last_run_id, in_latest_run, count(*) FROM mer.tracks GROUP BY 1, 2 ORDER BY 1")
    assert track_counts == [("r1", False, 1), ("r2", True, len(TRACKS) - 1)]
    assert rows(database_url, "SELECT run_id FROM mer.latest_run") == [("r2",)]
    assert rows(database_url, "SELECT count(*) FROM mer.track_emotions") == [(len(TRACKS) - 1,)]


def test_a_run_of_mode_predict_publishes_predictions_and_no_results_of_training(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    make_champion(database_url)
    run = complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90", "p90"], ["r90", "p90"])
    manifest = publish(run)
    assert {name: manifest["counters"][name] for name in ("tracks", "predictions", "gone", "served")} == {
        "tracks": 2,
        "predictions": 18,
        "gone": 0,
        "served": 2,
    }
    first_rows = published_rows(database_url)
    publish(run)
    assert published_rows(database_url) == first_rows
    for view in ("thresholds", "metrics", "annotations", "training_curves", "groups", "agreements"):
        assert rows(database_url, f"SELECT count(*) FROM mer.{view} WHERE run_id = 'n1'") == [(0,)]  # noqa: S608
    assert rows(database_url, "SELECT track_id, part, group_id = sha256 FROM mer.splits WHERE run_id = 'n1' ORDER BY 1") == [
        ("p90", "unlabelled", True),
        ("r90", "unlabelled", True),
    ]
    assert rows(database_url, "SELECT run_id FROM mer.metrics_by_run") == [("r1",)]
    assert rows(database_url, "SELECT run_id, is_latest FROM mer.runs ORDER BY 1") == [("n1", False), ("r1", True)]
    assert rows(database_url, "SELECT count(*) FROM mer.tracks WHERE in_latest_run") == [(len(TRACKS),)]
    assert rows(database_url, "SELECT run_id, count(*) FROM mer.best_tracks GROUP BY 1 ORDER BY 1") == [
        ("n1", 18),
        ("r1", 9 * len(TRACKS)),
    ]
