from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from mer_tasks import timelines
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.predictions import Rule
from mer_tasks.segments import SegmentIndex
from mer_tasks.shards import line_of, shard_of
from mer_tasks.timelines import timeline, write_timelines
from tests.run_documents import run_in

RULE = Rule(np.full(9, 0.5), np.full(9, 2.0), np.full(9, 0.1))


def indexed(tracks: dict[str, int]) -> SegmentIndex:
    """Tracks with so many segments each, of which no features are read."""
    table = pd.DataFrame({"track_id": list(tracks), "features_key": "none", "segments": list(tracks.values())})
    return SegmentIndex(None, None, table)


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


def test_a_track_is_found_among_the_pieces_of_a_file(run, monkeypatch):
    monkeypatch.setattr(timelines, "PIECE", 4)  # tracks begin and end within pieces
    tracks = {"a": 3, "b": 1, "c": 7, "d": 2}
    said = np.random.default_rng(0).uniform(0.05, 0.95, (13, 9)).astype(np.float32)
    write_timelines(run, "evaluate", RULE, (indexed({"c": 7, "d": 2}), said[4:]), (indexed({"a": 3, "b": 1}), said[:4]))
    begin = 0
    for track, segments in tracks.items():
        found = timeline(run, "rock", track)
        np.testing.assert_allclose(found.probabilities, RULE.probabilities(said[begin : begin + segments]), atol=1e-6)
        assert found.starts.tolist() == [2.5 * place for place in range(segments)]
        begin += segments
    assert timeline(run, "rock", "e") is None


def test_a_run_of_before_timelines_has_none(run):
    assert timeline(run, "rock", "b") is None


def test_a_run_that_is_gone_is_missing(run):
    with pytest.raises(ObjectMissing):
        timeline(SimpleNamespace(manifest=run_in(run.config.scratch_dir, "r2").manifest), "rock", "b")


def test_a_damaged_file_is_named(run):
    run.store.put(run.key("evaluate", timelines.NAME), b"PAR1 no more")
    with pytest.raises(IntegrityError, match=r"runs/r1/evaluate/timeline\.parquet: .*expected timelines"):
        timeline(run, "rock", "b")


@pytest.mark.parametrize(("track", "shard"), [("b", "rock 1/3"), ("d", "rock 1/3"), ("f", "rock 2/3"), ("h", "rock 3/3")])
def test_the_shard_of_a_track_is_found_by_what_the_others_begin_with(run, track, shard):
    assert line_of(run, "reformat", "rock", track) == {"track_id": track, "shard": shard}


@pytest.mark.parametrize("track", ["a", "c", "g", "j", "z"])
def test_a_track_that_did_not_go_through_has_no_line(run, track):
    assert line_of(run, "reformat", "rock", track) is None


def test_a_track_before_all_others_has_no_shard(run):
    assert shard_of(run, "rock", "a") is None
    assert shard_of(run, "jazz", "b") is None
