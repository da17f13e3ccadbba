from types import SimpleNamespace

import numpy as np
import pytest

from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.modelling import timelines
from mer_tasks.modelling.predictions import Rule
from mer_tasks.modelling.timelines import timeline, write_timelines
from mer_tasks.runs.artifacts import LABEL_SET
from mer_tasks.runs.shards import reported_track, shard_with_track
from tests.support.label_sets import EMOTIFY
from tests.support.run_documents import indexed, run_in

RULE = Rule(np.full(9, 0.5), np.full(9, 2.0), np.full(9, 0.1))


@pytest.fixture
def run(tmp_path):
    """A run of three shards of rock and one shard of pop; track j was rejected."""
    run = run_in(tmp_path, "r1", segment_seconds=2.5)
    shards = []
    for name, tracks in {"rock 1/3": ["b", "d"], "rock 2/3": ["f"], "rock 3/3": ["h", "j"], "pop 1/1": ["c"]}.items():
        key = run.write_json(
            "discover", f"shards/{name.replace('/', '-')}.json", {"tracks": [{"track_id": it} for it in tracks]}
        )
        shards.append({"name": name, "key": key})
        run.write_json(
            "reformat", key.rpartition("/")[2], {"tracks": [{"track_id": it, "shard": name} for it in tracks if it != "j"]}
        )
    run.write_json("discover", LABEL_SET, EMOTIFY.document())
    run.write_manifest("discover", {"mode": "train", "shards": shards})
    return run


def test_the_timeline_of_a_track_is_read_from_the_files_of_a_stage(run, monkeypatch):
    monkeypatch.setattr(timelines, "TRACKS", 2)
    tracks = {"a": 3, "b": 1, "c": 7, "d": 2, "e": 1}
    raw_probabilities = np.random.default_rng(0).uniform(0.05, 0.95, (14, 9)).astype(np.float32)
    write_timelines(
        run,
        "evaluate",
        RULE,
        (indexed({"c": 7, "d": 2, "e": 1}), raw_probabilities[4:]),
        (indexed({"a": 3, "b": 1}), raw_probabilities[:4]),
    )
    assert [file["first"] for file in run.read_json("evaluate", "timelines/all.json")["files"]] == ["c", "e", "a"]
    begin = 0
    for track, segments in tracks.items():
        track_timeline = timeline(run, "rock", track)
        np.testing.assert_allclose(
            track_timeline.probabilities, RULE.probabilities(raw_probabilities[begin : begin + segments]), atol=1e-6
        )
        assert track_timeline.starts.tolist() == [2.5 * number for number in range(segments)]
        begin += segments
    assert timeline(run, "rock", "f") is None


def test_timelines_that_are_written_again_replace_the_old_ones(run):
    for value in (0.2, 0.8):
        write_timelines(run, "evaluate", RULE, (indexed({"a": 1}), np.full((1, 9), value)))
        assert timeline(run, "rock", "a").probabilities[0, 0] == pytest.approx(RULE.probabilities(np.full((1, 9), value))[0, 0])


def test_a_run_without_stored_timelines_has_none(run):
    assert timeline(run, "rock", "b") is None


def test_a_timeline_of_a_deleted_run_is_missing(run):
    with pytest.raises(ObjectMissing):
        timeline(SimpleNamespace(manifest=run_in(run.config.scratch_dir, "r2").manifest), "rock", "b")


def test_a_damaged_timeline_file_is_named(run):
    write_timelines(run, "evaluate", RULE, (indexed({"b": 1}), np.full((1, 9), 0.5)))
    run.store.put(run.key("evaluate", "timelines/all-0.parquet"), b"PAR1 no more")
    with pytest.raises(IntegrityError, match=r"runs/r1/evaluate/timelines/all-0\.parquet: .*expected timelines"):
        timeline(run, "rock", "b")


@pytest.mark.parametrize(("track", "shard"), [("b", "rock 1/3"), ("d", "rock 1/3"), ("f", "rock 2/3"), ("h", "rock 3/3")])
def test_the_shard_of_a_track_is_found_by_the_first_tracks_of_the_shards(run, track, shard):
    assert reported_track(run, "reformat", "rock", track) == {"track_id": track, "shard": shard}


@pytest.mark.parametrize("track", ["a", "g", "j", "z"])
def test_a_track_that_was_rejected_or_is_unknown_has_no_line(run, track):
    assert reported_track(run, "reformat", "rock", track) is None


@pytest.mark.parametrize("genre", ["pop", "jazz"])
def test_a_track_whose_file_was_moved_to_another_genre_is_found(run, genre):
    assert shard_with_track(run, genre, "f") == shard_with_track(run, "rock", "f")
    assert reported_track(run, "reformat", genre, "d") == {"track_id": "d", "shard": "rock 1/3"}
