"""Stage embed with real audio and a small encoder in a real child process."""

import io
import logging
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mer_tasks.audio.decoding import read_flac
from mer_tasks.config import Config
from mer_tasks.corpus.embedding_maker import recipe
from mer_tasks.corpus.segments import index_of
from mer_tasks.corpus.usable_tracks import load_corpus, load_mean_embeddings
from mer_tasks.encoders import encoder_process
from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.runs import pipeline
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import discover
from mer_tasks.stages.embed import embed
from tests.support.audio_files import encoded, music
from tests.support.small_encoder import RATE, SIZE, WINDOW, small_encoder, vectors_of

SHARD = "rock-1-of-1.json"
QUICK = {"segment_seconds": 1.0, "max_duration_seconds": 60.0}


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Run]:
    """Makes runs over one store that has two tracks of 2.5 s, one of 1.5 s, and a copy of the first."""
    places = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch"}
    landing = Run(Config.load(places), "r0").landing
    for name, seconds, seed in (("a", 2.5, 1), ("b", 2.5, 2), ("copy", 2.5, 1), ("short", 1.5, 3)):
        landing.put(f"rock/{name}.wav", encoded(music(seconds, seed=seed)))

    def make(run_id: str = "r1", **params: object) -> Run:
        return Run(Config.load({**places, **QUICK, **params}), run_id)

    return make


def up_to_embed(run: Run) -> dict:
    """Call discover and the stages of the only shard; return the report of embed."""
    discover(run)
    for stage in pipeline.fan_out_of(run):
        pipeline.run_shards(run, stage)
    return run.read_json("embed", SHARD)


def shard_key(run: Run) -> str:
    return run.manifest("discover")["shards"][0]["key"]


def samples_of(run: Run, track_id: str) -> np.ndarray:
    lines = run.read_json("reformat", SHARD)["tracks"]
    return read_flac(run.store.get(next(line["audio_key"] for line in lines if line["track_id"] == track_id)))


def test_each_track_has_one_vector_for_each_window_of_its_flac(make, tmp_path):
    run = make(encoder=str(small_encoder(tmp_path / "small")))
    report = up_to_embed(run)
    # two tracks have equal bytes, so one of them finds the blob of the other
    assert {name: report["counters"][name] for name in ("computed", "reused", "rejected")} == {
        "computed": 3,
        "reused": 1,
        "rejected": 0,
    }
    assert report["space"] == run.space == run.encoder.space
    for line in report["tracks"]:
        stored = np.load(io.BytesIO(run.store.get(line["embedding_key"])))
        expected = vectors_of(samples_of(run, line["track_id"]))
        assert (stored.dtype, stored.shape) == (np.float32, (line["windows"], SIZE))
        np.testing.assert_allclose(stored, expected, rtol=1e-4, atol=1e-3)
    assert [line["windows"] for line in report["tracks"]] == [5, 5, 5, 3]


def test_a_later_run_reuses_all_blobs_and_starts_no_encoder(make, tmp_path, monkeypatch):
    folder = str(small_encoder(tmp_path / "small"))
    up_to_embed(make(encoder=folder))
    monkeypatch.setattr(encoder_process.EncoderProcess, "_start", lambda self: pytest.fail("a process was started"))
    counters = up_to_embed(make("r2", encoder=folder))["counters"]
    assert (counters["computed"], counters["reused"]) == (0, 4)


def test_nothing_is_decoded_for_embeddings_unless_a_flac_is_damaged(make, tmp_path, caplog):
    run = make(encoder=str(small_encoder(tmp_path / "small")))
    discover(run)
    for stage in ("reformat", "features"):
        pipeline.run_shards(run, stage)
    samples = samples_of(run, "b")
    line = next(line for line in run.read_json("reformat", SHARD)["tracks"] if line["track_id"] == "b")
    landed = {name: run.landing.get(f"rock/{name}.wav") for name in ("a", "short", "copy")}
    for name in landed:
        run.landing.delete(f"rock/{name}.wav")
    run.store.put(line["audio_key"], run.store.get(line["audio_key"])[:-99])
    with caplog.at_level(logging.WARNING):
        manifest = embed(run, shard_key(run))
    assert manifest["counters"]["rejected"] == 0
    assert sum("decoding the landed file again" in record.message for record in caplog.records) == 1
    report = run.read_json("embed", SHARD)
    key = next(track["embedding_key"] for track in report["tracks"] if track["track_id"] == "b")
    np.testing.assert_allclose(np.load(io.BytesIO(run.store.get(key))), vectors_of(samples), rtol=1e-4, atol=1e-3)


def test_a_track_shorter_than_a_window_is_rejected_or_padded_as_the_encoder_says(make, tmp_path, monkeypatch):
    long = 2 * RATE
    run = make(encoder=str(small_encoder(tmp_path / "long", window=long)))
    report = up_to_embed(run)
    assert [(line["track_id"], line["stage"], line["reason"]) for line in report["rejected"]] == [
        ("short", "embed", "too_short")
    ]
    corpus = load_corpus(run)
    assert corpus.tracks["track_id"].tolist() == ["a", "b", "copy"]
    assert [line["track_id"] for line in corpus.rejected] == ["short"]
    assert corpus.counters["embed"]["rejected"] == 1
    with monkeypatch.context() as patch:  # the rejection is stored, so that a later run does not try again
        patch.setattr(encoder_process.EncoderProcess, "_start", lambda self: pytest.fail("a process was started"))
        assert up_to_embed(make("r2", encoder=str(tmp_path / "long")))["counters"]["rejected"] == 1
    padded = make("r3", encoder=str(small_encoder(tmp_path / "padding", window=long, short="pad")))
    assert up_to_embed(padded)["counters"]["rejected"] == 0


def test_a_track_that_the_encoder_fails_on_is_rejected_and_the_others_go_on(make, tmp_path):
    silent = np.zeros((round(2.5 * RATE), 1), np.float32)
    run = make(encoder=str(not_a_number_for_silence(tmp_path / "nan")))
    loud_then_silent = music(2.5, seed=9)
    loud_then_silent[WINDOW:] = silent[WINDOW : len(loud_then_silent)]
    run.landing.put("rock/half.wav", encoded(loud_then_silent))
    report = up_to_embed(run)
    assert [(line["track_id"], line["reason"]) for line in report["rejected"]] == [("half", "no_embedding")]
    assert [line["track_id"] for line in report["tracks"]] == ["a", "b", "copy", "short"]


def not_a_number_for_silence(folder: Path) -> Path:
    """An encoder that divides by the loudness of a window."""
    import hashlib
    import json

    import onnx
    from onnx import helper

    small_encoder(folder)
    model = onnx.load(folder / "model.onnx")
    model.graph.node[1].output[0] = "product"
    model.graph.node.append(helper.make_node("Div", ["product", "product"], ["one"]))
    model.graph.node.append(helper.make_node("Mul", ["product", "one"], ["vector"]))
    data = model.SerializeToString()
    (folder / "model.onnx").write_bytes(data)
    description = json.loads((folder / "encoder.json").read_text())
    description["model_sha256"] = hashlib.sha256(data).hexdigest()
    (folder / "encoder.json").write_text(json.dumps(description))
    return folder


def test_an_encoder_that_this_machine_cannot_compute_is_refused_before_any_track(make, tmp_path):
    folder = small_encoder(tmp_path / "small")
    shutil.copy(small_encoder(tmp_path / "other", seed=1) / "golden.npy", folder / "golden.npy")
    run = make(encoder=str(folder))
    discover(run)
    for stage in ("reformat", "features"):
        pipeline.run_shards(run, stage)
    with pytest.raises(ConfigError, match=r"encoder small 0 .*: a vector of the golden audio has cosine .*expected at least"):
        embed(run, shard_key(run))
    assert not list(run.store.list("blobs/embed/"))


def test_a_run_without_an_encoder_has_no_stage_embed(make):
    run = make()
    discover(run)
    assert (run.space, run.encoder) == (None, None)
    assert pipeline.fan_out_of(run) == ("reformat", "features")
    assert pipeline.skip_reason(run, "embed") == "it has no encoder"
    with pytest.raises(ConfigError, match="run r1: no encoder, expected one"):
        embed(run, shard_key(run))
    for stage in pipeline.fan_out_of(run):
        pipeline.run_shards(run, stage)
    tracks = load_corpus(run).tracks
    assert tracks[["embedding_key", "windows"]].isna().all().all()
    with pytest.raises(ConfigError, match="no embeddings, expected those of a run with an encoder"):
        index_of(run, tracks).track_embeddings()
    with pytest.raises(ConfigError, match="run r1: no embeddings, expected those of a run with an encoder"):
        load_mean_embeddings(run, tracks)


def test_the_encoder_of_a_run_is_put_into_the_store_and_a_later_configuration_does_not_change_it(make, tmp_path):
    run = make(encoder=str(small_encoder(tmp_path / "small")))
    discover(run)
    assert [info.key for info in run.store.list("encoders/")] == [
        f"encoders/{run.space}/{name}" for name in ("encoder.json", "golden.flac", "golden.npy", "model.onnx")
    ]
    shutil.rmtree(tmp_path / "small")
    later = make(encoder=str(small_encoder(tmp_path / "other", seed=1)))
    for stage in pipeline.fan_out_of(later):
        pipeline.run_shards(later, stage)
    assert later.encoder == run.encoder
    assert str(later.encoder) == "small 0"


def test_an_encoder_that_is_gone_is_named_with_what_to_do(make, tmp_path):
    run = make(encoder=str(small_encoder(tmp_path / "small")))
    discover(run)
    for stage in ("reformat", "features"):
        pipeline.run_shards(run, stage)
    for info in list(run.store.list("encoders/")):
        run.store.delete(info.key)
    with pytest.raises(ObjectMissing, match=r"encoders/\w+: no encoder there, expected small 0, .* of run r1 .*MER_ENCODER"):
        embed(run, shard_key(run))


def test_two_encoders_have_two_sets_of_blobs(make, tmp_path):
    first = make("r1", encoder=str(small_encoder(tmp_path / "small")))
    second = make("r2", encoder=str(small_encoder(tmp_path / "other", seed=1)))
    keys = [{line["embedding_key"] for line in up_to_embed(run)["tracks"]} for run in (first, second)]
    assert not keys[0] & keys[1]
    assert recipe(first.config, first.space) != recipe(second.config, second.space)
    assert recipe(first.config, first.space) != recipe(
        replace(first, config=make(max_duration_seconds=50.0).config).config, first.space
    )


def test_segments_get_the_vectors_of_their_windows(make, tmp_path):
    run = make(encoder=str(small_encoder(tmp_path / "small")))
    up_to_embed(run)
    index = index_of(run, load_corpus(run).tracks)
    windows = vectors_of(samples_of(run, "b"))
    first = int(index.first[index.tracks.index("b")])
    # windows of half a second: two for each segment of one second
    expected = [windows[2:4].mean(axis=0), windows[:2].mean(axis=0)]
    np.testing.assert_allclose(index.embeddings(np.array([first + 1, first])), expected, rtol=1e-4, atol=1e-3)
    means = index.track_embeddings()
    # the same numbers, from one file per shard
    tracks = load_corpus(run).tracks
    np.testing.assert_allclose(load_mean_embeddings(run, tracks), means, rtol=1e-6)
    np.testing.assert_allclose(load_mean_embeddings(run, tracks[::-2]), means[::-2], rtol=1e-6)
    assert means.shape == (4, SIZE)
    np.testing.assert_allclose(means[index.tracks.index("b")], windows.mean(axis=0), rtol=1e-4, atol=1e-3)


def test_a_mended_golden_file_replaces_the_stored_one_and_nothing_else_is_written_twice(make, tmp_path, monkeypatch):
    folder = small_encoder(tmp_path / "small")
    golden = (folder / "golden.npy").read_bytes()
    shutil.copy(small_encoder(tmp_path / "other", seed=1) / "golden.npy", folder / "golden.npy")
    run = make(encoder=str(folder))
    discover(run)
    (folder / "golden.npy").write_bytes(golden)
    discover(run)
    assert run.store.get(f"encoders/{run.space}/golden.npy") == golden
    monkeypatch.setattr("mer_tasks.corpus.run_encoder.store_encoder", lambda *_: pytest.fail("it was written again"))
    discover(run)
