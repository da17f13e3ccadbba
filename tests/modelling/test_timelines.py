from types import SimpleNamespace

import numpy as np
import pytest

from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.modelling import timelines
from mer_tasks.modelling.predictions import Rule
from mer_tasks.modelling.timelines import timeline, write_timelines
from mer_tasks.runs.shards import line_of, shard_of
from tests.support.run_documents import indexed, run_in

RULE = Rule(np.full(9, 0.5), np.full(9, 2.0), np.full(9, 0.1))


@pytest.fixture
def run(tmp_path):
    """A run of three shards of rock and one of pop."""
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
    run.write_manifest("discover", {"mode": "train", "shards": shards})
    return run


def test_a_track_is_found_among_the_files_of_a_stage(run, monkeypatch):
    monkeypatch.setattr(timelines, "TRACKS", 2)
    tracks = {"a": 3, "b": 1, "c": 7, "d": 2, "e": 1}
    said = np.random.default_rng(0).uniform(0.05, 0.95, (14, 9)).astype(np.float32)
    write_timelines(run, "evaluate", RULE, (indexed({"c": 7, "d": 2, "e": 1}), said[4:]), (indexed({"a": 3, "b": 1}), said[:4]))
    assert [file["first"] for file in run.read_json("evaluate", "timelines/all.json")["files"]] == ["c", "e", "a"]
    begin = 0
    for track, segments in tracks.items():
        found = timeline(run, "rock", track)
        np.testing.assert_allclose(found.probabilities, RULE.probabilities(said[begin : begin + segments]), atol=1e-6)
        assert found.starts.tolist() == [2.5 * place for place in range(segments)]
        begin += segments
    assert timeline(run, "rock", "f") is None


def test_what_is_written_again_is_read_again(run):
    for value in (0.2, 0.8):
        write_timelines(run, "evaluate", RULE, (indexed({"a": 1}), np.full((1, 9), value)))
        assert timeline(run, "rock", "a").probabilities[0, 0] == pytest.approx(RULE.probabilities(np.full((1, 9), value))[0, 0])


def test_a_run_of_before_timelines_has_none(run):
    assert timeline(run, "rock", "b") is None


def test_a_run_that_is_gone_is_missing(run):
    with pytest.raises(ObjectMissing):
        timeline(SimpleNamespace(manifest=run_in(run.config.scratch_dir, "r2").manifest), "rock", "b")


def test_a_damaged_file_is_named(run):
    write_timelines(run, "evaluate", RULE, (indexed({"b": 1}), np.full((1, 9), 0.5)))
    run.store.put(run.key("evaluate", "timelines/all-0.parquet"), b"PAR1 no more")
    with pytest.raises(IntegrityError, match=r"runs/r1/evaluate/timelines/all-0\.parquet: .*expected timelines"):
        timeline(run, "rock", "b")


@pytest.mark.parametrize(("track", "shard"), [("b", "rock 1/3"), ("d", "rock 1/3"), ("f", "rock 2/3"), ("h", "rock 3/3")])
def test_the_shard_of_a_track_is_found_by_what_the_others_begin_with(run, track, shard):
    assert line_of(run, "reformat", "rock", track) == {"track_id": track, "shard": shard}


@pytest.mark.parametrize("track", ["a", "g", "j", "z"])
def test_a_track_that_did_not_go_through_has_no_line(run, track):
    assert line_of(run, "reformat", "rock", track) is None


@pytest.mark.parametrize("genre", ["pop", "jazz"])
def test_a_track_is_found_whose_file_was_moved_to_another_genre_since(run, genre):
    assert shard_of(run, genre, "f") == shard_of(run, "rock", "f")
    assert line_of(run, "reformat", genre, "d") == {"track_id": "d", "shard": "rock 1/3"}
