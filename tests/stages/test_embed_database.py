"""Runs with an encoder from the landing zone to SQL: lineage, the champion's encoder in mode predict, and housekeeping."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.config import Config
from mer_tasks.corpus.cached_features import features_of
from mer_tasks.corpus.segments import index_of
from mer_tasks.database.queries import last_training_digests, query
from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.evaluation.reproduce import TOLERANCE, reproduce
from mer_tasks.modelling.scorer import Scorer
from mer_tasks.report.published_documents import PublishedRunView
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs import pipeline
from mer_tasks.runs.run import Run
from mer_tasks.stages.challenge import challenge
from mer_tasks.stages.discover import discover
from mer_tasks.stages.drift import drift
from mer_tasks.stages.housekeeping import HousekeepingConfig, housekeeping
from mer_tasks.stages.publish import publish
from tests.support.audio_files import encoded, music
from tests.support.published_runs import annotations_of, make_champion, rows
from tests.support.small_encoder import SIZE, small_encoder

TRACKS = [f"{genre}{number}" for genre in "rp" for number in range(8)]
"""The first half is rock, the second half pop; the last track of each genre has no annotations."""
QUICK = {"segment_seconds": 1.0, "max_duration_seconds": 60.0, "preset": "auto", "balance": "none", "epochs": 1}
TEXT = "small 0, licence ISC (commercial use is allowed), trained on: nothing: random numbers"


def land(run: Run, track: str, seed: int) -> None:
    genre = "pop" if track.startswith("p") else "rock"
    run.landing.put(f"{genre}/{track}.wav", encoded(music(2.5, seed=seed)))


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Make the store of a training run with an encoder that has finished all stages before `publish`."""
    folder = tmp_path_factory.mktemp("trained")
    places = {"store_url": (folder / "store").as_uri(), "scratch_dir": folder / "scratch"}
    run = Run(Config.load({**places, "encoder": str(small_encoder(folder / "small")), **QUICK}), "r1")
    for seed, track in enumerate(TRACKS):
        land(run, track, seed)
    run.landing.put("annotations/votes.csv", annotations_of([track for track in TRACKS if not track.endswith("7")]))
    for stage in pipeline.stages_of(run.config):
        if stage == "publish":
            break
        if stage in pipeline.SHARDED:
            pipeline.run_shards(run, stage)
        else:
            pipeline.run_stage(run, stage)
    return folder


@pytest.fixture
def make(trained, tmp_path, database_url) -> Callable[..., Run]:
    """Return a function that makes runs of mode predict; the training run `r1` is published and the champion.

    No encoder is configured for these runs.
    """
    shutil.copytree(trained / "store", tmp_path / "store")
    urls = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch", "database_url": database_url}
    publish(Run(Config.load({**urls, **QUICK}), "r1"))
    make_champion(database_url)

    def make(run_id: str = "p1", **params) -> Run:
        return Run(Config.load({**urls, "mode": "predict", **params}), run_id)

    return make


def encoder_keys(run: Run) -> list[str]:
    return [info.key for info in run.store.list("encoders/")]


def test_a_run_its_champion_and_its_predictions_name_the_encoder(make, database_url, monkeypatch):
    run = make()
    space = Run(run.config, "r1").space
    row = "encoder_space, encoder_name, encoder_version, encoder_licence, encoder_commercial_use, encoder_trained_on"
    facts = (space, "small", "0", "ISC", True, "nothing: random numbers")
    for view in ("runs", "latest_run"):
        assert rows(database_url, f"SELECT {row} FROM mer.{view} WHERE run_id = 'r1'") == [facts]  # noqa: S608
    (champion,) = query(database_url, "champions")
    assert (champion["encoder"], champion["licence"]) == ("small 0", "ISC")
    explained = query(database_url, "why_this_prediction", {"track_id": "r1"})[0]
    assert tuple(explained[name] for name in row.split(", ")) == facts
    line = next(
        line for line in Run(run.config, "r1").read_json("embed", "rock-1-of-1.json")["tracks"] if line["track_id"] == "r1"
    )
    assert explained["embeddings_uri"] == run.store.uri(line["embedding_key"])
    monkeypatch.setenv("MER_READER_URL", database_url)
    monkeypatch.setenv("MER_STORE_URL", run.store.url)
    for command in (["explain", "r1"], ["show", "r1"]):
        shown = " ".join(CliRunner().invoke(app, command, catch_exceptions=False).stdout.split())
        assert f"encoder {TEXT}" in shown
    for view in (RunView(Run(run.config, "r1")), PublishedRunView(Run(run.config, "r1"), database_url, "r1")):
        assert view.encoder == TEXT
    assert last_training_digests(database_url)[3] == space


def test_mode_predict_uses_the_encoder_of_the_champion_whatever_is_configured(make, tmp_path, monkeypatch):
    run = make(encoder=str(small_encoder(tmp_path / "other", seed=1)))
    land(run, "r90", 90)
    land(run, "p91", 91)
    seen = []
    raw = Scorer.raw_probabilities
    monkeypatch.setattr(Scorer, "raw_probabilities", lambda self, index: seen.append(index) or raw(self, index))
    pipeline.run_chain(run)
    champion = Run(run.config, "r1")
    assert run.space == champion.space
    assert len({key.split("/")[1] for key in encoder_keys(run)}) == 1
    for index in seen:
        assert index.embeddings(np.arange(len(index))).shape == (len(index), SIZE)
    assert sorted(track for index in seen for track in index.tracks) == ["p91", "r90"]
    result = reproduce(run.config, "p1")
    assert (result.tracks, result.difference <= TOLERANCE) == (2, True)


def test_mode_eval_uses_the_encoder_of_the_model(make):
    run = make("e1", mode="eval", model_run="r1", **QUICK)
    discover(run)
    assert run.encoder == Run(run.config, "r1").encoder


@pytest.mark.parametrize("ending", ["", "model.onnx"])
def test_a_champion_whose_encoder_is_gone_is_refused_until_its_folder_is_configured(make, trained, tmp_path, ending):
    run = make()
    for key in encoder_keys(run):
        if key.endswith(ending):
            run.store.delete(key)
    message = (
        r"encoders/\w+: no encoder there, expected small 0, which the model of run r1 needs: set MER_ENCODER to its folder"
    )
    with pytest.raises(ObjectMissing, match=message):
        discover(run)
    with pytest.raises(ObjectMissing, match=message):
        discover(make(encoder=str(small_encoder(tmp_path / "other", seed=1))))
    discover(make(encoder=str(trained / "small")))
    assert len(encoder_keys(run)) == 4


def test_embeddings_that_were_deleted_are_computed_again_to_reproduce_a_run(make):
    run = make()
    for info in [info for info in run.store.list("blobs/embed/") if info.key.endswith(".npy")]:
        run.store.delete(info.key)
    result = reproduce(run.config, "r1")
    assert result.remade == result.tracks > 0
    assert result.same
    assert {info.key.rpartition(".")[2] for info in run.store.list("blobs/embed/")} == {"npy", "json"}


def test_a_challenger_without_an_encoder_is_compared_with_a_champion_that_has_one(make, monkeypatch):
    run = make("r2", mode="train", fresh_split=True, seed=7, test_fraction=0.4, **QUICK)
    for stage in pipeline.stages_of(run.config):
        if stage == "drift":
            break
        if stage not in pipeline.SHARDED:
            pipeline.run_stage(run, stage)
        elif not pipeline.skip_reason(run, stage):
            pipeline.run_shards(run, stage)
    assert run.space is None
    summary = drift(run)["summary"]
    assert "not measured" in summary or summary.endswith(
        "; embeddings are not compared: the run has no encoder, the champion small 0"
    )
    publish(run)
    monkeypatch.setattr("mer_tasks.publishing.champion_comparison.seen_content", lambda run: set())
    seen = []
    raw = Scorer.raw_probabilities
    monkeypatch.setattr(Scorer, "raw_probabilities", lambda self, index: seen.append(index) or raw(self, index))
    challenge(run)
    (index,) = seen
    assert index.track_embeddings().shape == (len(index.tracks), SIZE)


def test_features_of_another_run_come_with_its_embeddings(make):
    champion_run = Run(make().config.model_copy(update=QUICK), "r1")
    catalogue = champion_run.read_table("discover", "catalogue.parquet").head(2)
    tracks, processed = features_of(champion_run, catalogue)
    assert processed.counters == {"computed": 0, "reused": 2, "rejected": 0}
    assert index_of(champion_run, tracks).track_embeddings().shape == (2, SIZE)


def test_a_model_with_another_encoder_than_the_run_is_refused(make, tmp_path):
    run = make("r2", mode="train", encoder=str(small_encoder(tmp_path / "other", seed=1)), **QUICK)
    discover(run)
    model = Run(run.config, "r1").manifest("train")["model"]
    scorer = Scorer.of(Run(run.config, "r1"), model)
    from mer_tasks.modelling.predictions import check_model

    with pytest.raises(ConfigError, match="made with the embeddings of small 0, expected those of small 1 as in run r2"):
        check_model(scorer.model, model, run)


def clean(run: Run, **days: float) -> dict:
    keeping = {"blob_days": 0, "artifact_days": 0, "failed_run_days": 1, **days}
    places = {name: getattr(run.config, name) for name in ("store_url", "scratch_dir", "database_url")}
    later = Run(HousekeepingConfig.load({**places, **keeping}), "h1")
    housekeeping(later)
    return later.read_json("housekeeping", "report.json")


def test_housekeeping_keeps_what_published_runs_need_and_deletes_what_no_run_needs(make, tmp_path, caplog):
    run = make("r2", mode="train", encoder=str(small_encoder(tmp_path / "other", seed=1)), **QUICK)
    needed = [info.key for prefix in ("blobs/embed/", "encoders/") for info in run.store.list(prefix)]
    discover(run)
    run.store.put("encoders/small/1/encoder.json", b"{}")
    for stage in ("reformat", "features"):
        pipeline.run_shards(run, stage)
    assert clean(run)["reasons"] == {}
    pipeline.run_shards(run, "embed")
    assert clean(run)["reasons"] == {}
    others = [info.key for prefix in ("blobs/embed/", "encoders/") for info in run.store.list(prefix) if info.key not in needed]
    for info in list(run.store.list("runs/r2/")):
        run.store.delete(info.key)
    report = clean(run)
    assert set(report["reasons"]) == {"blob", "encoder"}
    left = [info.key for prefix in ("blobs/embed/", "encoders/") for info in run.store.list(prefix)]
    assert sorted(left) == sorted([*needed, "encoders/small/1/encoder.json"])
    assert not set(left) & set(others) - {"encoders/small/1/encoder.json"}
    reproduced = reproduce(run.config, "r1")
    assert (reproduced.remade, reproduced.same) == (0, True)
