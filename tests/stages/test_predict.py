"""Mode predict from the landing zone to the served predictions, with real audio, a real model and a real database."""

import hashlib
import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import prediction_tables
from mer_tasks.database.connection import transaction
from mer_tasks.database.queries import last_training_digests
from mer_tasks.errors import ConfigError, CorpusError, IntegrityError, ObjectMissing, PermanentError
from mer_tasks.modelling.networks import load
from mer_tasks.modelling.timelines import timeline
from mer_tasks.runs import pipeline
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import reported_track
from mer_tasks.stages.discover import discover
from mer_tasks.stages.predict import predict
from mer_tasks.stages.publish import publish
from tests.support.audio_files import encoded, music
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import annotations_of, make_champion, rows

TRACKS = [f"{genre}{number}" for genre in "rp" for number in range(8)]
"""The first half is rock, the second half pop; the last track of each genre has no annotations."""
QUICK = {"segment_seconds": 1.0, "max_duration_seconds": 60.0, "preset": "statistics", "balance": "none", "epochs": 1}


def key_of(track: str) -> str:
    return f"{'pop' if track.startswith('p') else 'rock'}/{track}.wav"


def land(run: Run, track: str, seed: int) -> str:
    """Land a track, and return the sha256 of its file."""
    data = encoded(music(2.5, seed=seed))
    run.landing.put(key_of(track), data)
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """Make the store of a training run that has finished all stages before `publish`."""
    folder = tmp_path_factory.mktemp("trained")
    run = Run(Config.load({"store_url": (folder / "store").as_uri(), "scratch_dir": folder / "scratch", **QUICK}), "r1")
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
    return folder / "store"


@pytest.fixture
def make(trained, tmp_path, database_url) -> Callable[..., Run]:
    """Return a function that makes runs of mode predict, over a store in which the training run `r1` is published.

    The configuration of these runs differs from that of `r1`.
    """
    shutil.copytree(trained, tmp_path / "store")
    urls = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch", "database_url": database_url}
    publish(Run(Config.load({**urls, **QUICK}), "r1"))

    def make(run_id: str = "p1", **params) -> Run:
        return Run(Config.load({**urls, "mode": "predict", **params}), run_id)

    return make


@pytest.fixture
def served(make, database_url) -> Callable[..., Run]:
    """Make `r1` the champion, and return the function that makes runs of mode predict."""
    make_champion(database_url)
    return make


def served_tracks(url: str) -> dict[str, tuple]:
    """Read, for each track, the run whose predictions are served, whether it is the champion's, presence and part."""
    served = rows(url, "SELECT track_id, run_id, by_champion, present, part FROM mer.track_emotions")
    return {track: tuple(columns) for track, *columns in served}


def counters(run: Run, stage: str) -> dict[str, float]:
    reports = [run.read_json(stage, shard["key"].rpartition("/")[2]) for shard in run.manifest("discover")["shards"]]
    return {name: sum(report["counters"].get(name, 0) for report in reports) for name in ("decoded", "computed", "scored")}


def test_a_run_computes_and_scores_only_new_audio_with_the_features_of_the_champion(served, database_url):
    run = served()
    land(run, "r90", 90)
    land(run, "p91", 91)
    pipeline.run_chain(run)
    discovered = run.manifest("discover")
    assert (discovered["counters"]["pending"], discovered["counters"]["scored"]) == (2, len(TRACKS))
    assert discovered["features"] == {"segment_seconds": 1.0, "max_duration_seconds": 60.0}
    assert (counters(run, "reformat")["decoded"], counters(run, "features")["computed"]) == (2, 2)
    tracks = served_tracks(database_url)
    assert tracks.keys() == {*TRACKS, "r90", "p91"}
    assert tracks["r90"] == tracks["p91"] == ("p1", True, True, "unlabelled")
    assert {tracks[track][:3] for track in TRACKS} == {("r1", True, True)}
    run_row = rows(database_url, "SELECT mode, tracks, model_run_id, labels_digest, device FROM mer.run WHERE run_id = 'p1'")
    assert run_row == [("predict", 2, "r1", None, run.read_json("predict", "pop-1-of-1.json")["device"])]
    counter = "SELECT value FROM mer.stage_counters WHERE run_id = 'p1' AND stage = 'predict' AND counter = 'scored'"
    assert rows(database_url, counter) == [(2.0,)]
    table = run.read_table("predict", "rock-1-of-1.parquet").set_index("track_id")
    predicted = timeline(run, "rock", "r90")
    assert predicted.starts.tolist() == [0.0, 1.0]
    assert [round(float(value), 1) for value in predicted.probabilities.mean(axis=0)] == [
        round(float(table.loc["r90", f"probability_{emotion}"]), 1) for emotion in EMOTIFY.ids
    ]
    assert reported_track(run, "reformat", "rock", "r90")["audio_key"].endswith(".flac")
    assert timeline(run, "rock", "r0") is None  # scored by an earlier run
    assert reported_track(run, "reformat", "jazz", "r0") is None
    assert rows(database_url, "SELECT run_id FROM mer.latest_run") == [("r1",)]


def test_a_prediction_applies_the_model_its_calibration_and_its_thresholds(served, trained):
    run = served()
    content = land(run, "r90", 90)
    pipeline.run_chain(run)
    ((stage, name),) = prediction_tables(run)
    (row,) = run.read_table(stage, name).to_dict("records")
    model = run.manifest("discover")["model"]
    report = run.read_json("features", name.replace(".parquet", ".json"))
    (line,) = report["tracks"]
    assert (line["sha256"], row["track_id"], row["segments"]) == (content, "r90", 2)
    features = np.load(run.store.fetch(line["features_key"], run.config.scratch_dir))
    raw = load(run.store, model["key"], model["sha256"]).predict(features, verbose=0).astype(np.float64).mean(axis=0)
    rule = Run(run.config, "r1").read_json("thresholds", "thresholds.json")
    for column, emotion in enumerate(EMOTIFY.ids):
        logit = np.log(raw[column] / (1 - raw[column])) / rule["temperatures"][emotion] + rule["offsets"][emotion]
        assert row[f"probability_{emotion}"] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-9)
        assert row[f"positive_{emotion}"] == (row[f"probability_{emotion}"] >= rule["thresholds"][emotion])


def test_the_command_prints_one_line_for_each_stage(served):
    run = served()
    land(run, "r90", 90)
    fields = {name: str(getattr(run.config, name)) for name in ("store_url", "scratch_dir")}
    fields["database_url"] = run.config.database_url.get_secret_value()
    env = {f"MER_{name.upper()}": value for name, value in fields.items()}
    result = CliRunner().invoke(app, ["predict", "--run-id", "p1"], env=env)
    assert result.exit_code == 0, result.output
    lines = [line for line in result.stdout.splitlines() if line.partition(": ")[0] in pipeline.STAGES]
    assert [line.partition(": ")[0] for line in lines] == ["discover", "reformat", "features", "predict", "drift", "publish"]
    assert "pending 1, scored 16" in lines[0]
    assert lines[3].startswith("predict: scored 1, segments 2, ")
    assert "predictions 9, gone 0, " in lines[5]
    assert ", served 1, " in lines[5]
    # the stage alone, in a run that has finished the stages before it
    again = CliRunner().invoke(app, ["predict", "--only", "--run-id", "p1"], env=env)
    assert again.stdout.splitlines()[0].startswith("predict: scored 1, segments 2, ")


def test_a_run_without_new_tracks_computes_nothing_and_is_published(served, database_url):
    before = served_tracks(database_url)
    run = served()
    pipeline.run_chain(run)
    assert (run.manifest("discover")["shards"], run.manifest("discover")["counters"]["pending"]) == ([], 0)
    assert run.manifest("publish")["counters"]["predictions"] == 0
    assert served_tracks(database_url) == before
    assert rows(database_url, "SELECT mode, tracks FROM mer.runs WHERE run_id = 'p1'") == [("predict", 0)]


def test_a_published_run_cannot_run_again_and_stays_served(served, database_url):
    run = served()
    land(run, "r90", 90)
    pipeline.run_chain(run)
    before = rows(database_url, "SELECT * FROM mer.current_predictions ORDER BY track_id, emotion")
    for again in (run, served("r1"), served("r1", mode="train")):
        with pytest.raises(PermanentError, match=f"run .{again.run_id}. is published already"):
            discover(again)
    with pytest.raises(PermanentError, match="run 'r1' is published already, in mode train"):
        pipeline.run_stage(served("r1", **QUICK, mode="train"), "train")
    assert rows(database_url, "SELECT * FROM mer.current_predictions ORDER BY track_id, emotion") == before


def test_the_database_refuses_to_delete_a_served_run(served, database_url):
    with pytest.raises(IntegrityError, match="serving"), transaction(database_url) as cursor:
        cursor.execute("DELETE FROM mer.split WHERE run_no = (SELECT run_no FROM mer.champion)")


def test_a_file_with_new_content_under_the_same_name_is_scored_again(served, database_url):
    run = served()
    land(run, "r0", 90)
    pipeline.run_chain(run)
    assert run.manifest("discover")["counters"]["pending"] == 1
    assert served_tracks(database_url)["r0"] == ("p1", True, True, "unlabelled")
    # It is no longer pending. If the old content comes back, it is scored again, with the part that it had in training.
    again = served("p2")
    assert discover(again)["counters"]["pending"] == 0
    land(again, "r0", 0)
    pipeline.run_chain(again)
    assert counters(again, "reformat")["decoded"] == 0
    (part,) = rows(database_url, "SELECT part FROM mer.splits WHERE run_id = 'r1' AND track_id = 'r0'")
    assert served_tracks(database_url)["r0"] == ("p2", True, True, *part)


def test_a_track_that_left_the_landing_zone_stays_served_and_is_marked_until_it_returns(served, database_url):
    run = served()
    run.landing.delete(key_of("r3"))
    pipeline.run_chain(run)
    assert run.manifest("publish")["counters"]["gone"] == 1
    assert served_tracks(database_url)["r3"][:3] == ("r1", True, False)
    assert [present for _, _, present, _ in served_tracks(database_url).values()].count(False) == 1
    assert rows(
        database_url, "SELECT count(DISTINCT track_id), max(rank) <= count(DISTINCT track_id) FROM mer.best_tracks"
    ) == [(len(TRACKS) - 1, True)]
    pipeline.run_chain(served("p2"))
    assert rows(database_url, "SELECT track_id FROM mer.tracks WHERE gone_at IS NOT NULL") == [("r3",)]
    land(run, "r3", 3)
    back = served("p3")
    pipeline.run_chain(back)
    assert back.manifest("discover")["counters"]["pending"] == 0
    assert served_tracks(database_url)["r3"][:3] == ("r1", True, True)


def test_audio_that_disappears_between_discover_and_reformat_is_rejected_and_the_rest_is_served(served, database_url):
    run = served()
    land(run, "r90", 90)
    land(run, "r91", 91)
    pipeline.run_chain(run, lambda stage: run.landing.delete(key_of("r90")) if stage == "reformat" else None)
    assert rows(database_url, "SELECT track_id, reason FROM mer.rejected_files WHERE run_id = 'p1'") == [("r90", "unreadable")]
    assert "r90" not in served_tracks(database_url)
    assert served_tracks(database_url)["r91"][0] == "p1"
    land(run, "r90", 90)
    again = served("p2")
    assert discover(again)["counters"]["pending"] == 1


def test_a_shard_with_only_rejected_files_is_published(served, database_url):
    run = served()
    run.landing.put("rock/r90.wav", b"no audio")
    pipeline.run_chain(run)
    assert rows(database_url, "SELECT track_id, reason FROM mer.rejected_files WHERE run_id = 'p1'") == [("r90", "not_audio")]
    assert served_tracks(database_url).keys() == set(TRACKS)


def test_the_error_without_a_champion_says_what_to_do_in_one_line(make):
    run = make()
    with pytest.raises(ConfigError, match=r"^mode='predict': no champion yet, expected .*: run mer_train first$"):
        pipeline.run_chain(run)
    assert not run.store.exists(run.key("discover", "manifest.json"))


def test_mode_predict_requires_a_database(trained):
    with pytest.raises(ConfigError, match="no database to find the champion in: expected MER_DATABASE_URL"):
        discover(Run(Config.load({"store_url": trained.as_uri(), "mode": "predict"}), "p1"))


@pytest.mark.parametrize("loss", ["missing", "changed"])
def test_a_champion_with_a_missing_or_changed_file_is_refused_and_its_predictions_stay_served(served, database_url, loss):
    before = served_tracks(database_url)
    run = served()
    land(run, "r90", 90)
    model = "runs/r1/train/music_emotion_model.keras"
    if loss == "missing":
        run.store.delete(model)
        expected = pytest.raises(ObjectMissing, match=r"^champion r1: .*keras: no such object; its predictions stay served")
    else:
        run.store.put(model, run.store.get(model) + b"x")
        expected = pytest.raises(IntegrityError, match=r"^champion r1: .*keras: sha256 \w+, expected \w+ as it was promoted")
    with expected as caught:
        pipeline.run_chain(run)
    assert "\n" not in str(caught.value)
    assert served_tracks(database_url) == before
    assert rows(database_url, "SELECT count(*) FROM mer.run") == [(1,)]


def test_a_model_file_that_changes_after_discover_is_refused(served):
    run = served()
    land(run, "r90", 90)
    (shard,) = discover(run)["shards"]
    for stage in pipeline.FAN_OUT:
        pipeline.run_shards(run, stage)
    model = run.manifest("discover")["model"]
    run.store.put(model["key"], run.store.get(model["key"]) + b"x")
    with pytest.raises(IntegrityError, match="this is not the model that was published"):
        predict(pipeline.with_champion_features(run), shard["key"])


def test_a_champion_of_another_store_is_refused(served, tmp_path):
    with pytest.raises(ConfigError, match=r"champion r1: its outputs are in file:///.*/store, expected file:///.*/elsewhere"):
        discover(served(store_url=(tmp_path / "elsewhere").as_uri()))


def test_an_empty_landing_zone_is_an_error_and_marks_no_track(served, database_url):
    run = served()
    for track in TRACKS:
        run.landing.delete(key_of(track))
    with pytest.raises(CorpusError, match="no audio there"):
        pipeline.run_chain(run)
    assert {present for _, _, present, _ in served_tracks(database_url).values()} == {True}


def test_predictions_of_a_model_that_is_no_longer_champion_are_published_and_not_served(served, database_url, caplog):
    run = served()
    land(run, "r90", 90)

    def change_champion(stage: str) -> None:
        if stage == "publish":
            with transaction(database_url) as cursor:
                cursor.execute("UPDATE mer.champion SET model_sha256 = %s", ["0" * 64])

    with caplog.at_level(logging.WARNING):
        pipeline.run_chain(run, change_champion)
    assert "run p1: not served, the model of r1 is not the champion any more" in caplog.text
    assert rows(database_url, "SELECT count(*) FROM mer.predictions WHERE run_id = 'p1'") == [(9,)]
    assert "r90" not in served_tracks(database_url)
    assert {by_champion for _, by_champion, _, _ in served_tracks(database_url).values()} == {False}


def test_the_training_digests_are_those_of_the_latest_training_run(served, database_url):
    labelled = Run(served().config, "r1").manifest("labels")["labels_digest"]
    pipeline.run_chain(served())
    assert last_training_digests(database_url) == (labelled, None, EMOTIFY.digest, None)
    assert rows(database_url, "SELECT count(*) FROM mer.run WHERE features_digest IS NULL AND tracks > 0") == [(0,)]
    digest, code = rows(database_url, "SELECT features_digest, code_digest FROM mer.run WHERE run_id = 'r1'")[0]
    report = Run(served().config, "r1").read_json("features", "rock-1-of-1.json")
    assert report["tracks"][0]["features_key"].startswith(f"blobs/features/{digest}/")
    assert len(code) == 64


def test_there_are_no_training_digests_before_the_first_training_run(database_url):
    assert last_training_digests(database_url) is None
