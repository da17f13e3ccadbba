"""Mode predict from the landing zone to what is served, with real audio, a real model and a real database."""

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
from mer_tasks.database.queries import last_labels_digest
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, CorpusError, IntegrityError, ObjectMissing, PermanentError
from mer_tasks.modelling.networks import load
from mer_tasks.modelling.timelines import timeline
from mer_tasks.runs import pipeline
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import line_of
from mer_tasks.stages.discover import discover
from mer_tasks.stages.predict import predict
from mer_tasks.stages.publish import publish
from tests.support.audio_files import encoded, music
from tests.support.published_runs import annotations_of, crowned, rows

TRACKS = [f"{genre}{number}" for genre in "rp" for number in range(8)]
"""Half of them rock, half of them pop; the last of each genre has no annotations."""
QUICK = {"segment_seconds": 1.0, "max_duration_seconds": 60.0, "preset": "statistics", "balance": "none", "epochs": 1}


def key_of(track: str) -> str:
    return f"{'pop' if track.startswith('p') else 'rock'}/{track}.wav"


def land(run: Run, track: str, seed: int) -> str:
    """Land a track; returns the sha256 of its file."""
    data = encoded(music(2.5, seed=seed))
    run.landing.put(key_of(track), data)
    return hashlib.sha256(data).hexdigest()


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    """The store of a training run that has come as far as `publish`."""
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
    """Makes runs of mode predict, with other params than the champion `r1` had, over a store in which that is published."""
    shutil.copytree(trained, tmp_path / "store")
    places = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch", "database_url": database_url}
    publish(Run(Config.load({**places, **QUICK}), "r1"))

    def make(run_id: str = "p1", **params) -> Run:
        return Run(Config.load({**places, "mode": "predict", **params}), run_id)

    return make


@pytest.fixture
def served(make, database_url) -> Callable[..., Run]:
    crowned(database_url)
    return make


def current(url: str) -> dict[str, tuple]:
    found = rows(url, "SELECT track_id, run_id, by_champion, present, part FROM mer.track_emotions")
    return {track: tuple(rest) for track, *rest in found}


def counters(run: Run, stage: str) -> dict[str, float]:
    reports = [run.read_json(stage, shard["key"].rpartition("/")[2]) for shard in run.manifest("discover")["shards"]]
    return {name: sum(report["counters"].get(name, 0) for report in reports) for name in ("decoded", "computed", "scored")}


def test_new_audio_is_scored_as_the_champion_would_and_costs_its_own_work_only(served, database_url):
    run = served()
    land(run, "r90", 90)
    land(run, "p91", 91)
    pipeline.run_chain(run)
    discovered = run.manifest("discover")
    assert (discovered["counters"]["pending"], discovered["counters"]["scored"]) == (2, len(TRACKS))
    assert discovered["features"] == {"segment_seconds": 1.0, "max_duration_seconds": 60.0}
    assert (counters(run, "reformat")["decoded"], counters(run, "features")["computed"]) == (2, 2)
    now = current(database_url)
    assert now.keys() == {*TRACKS, "r90", "p91"}
    assert now["r90"] == now["p91"] == ("p1", True, True, "unlabelled")
    assert {now[track][:3] for track in TRACKS} == {("r1", True, True)}
    found = rows(database_url, "SELECT mode, tracks, model_run_id, labels_digest, device FROM mer.run WHERE run_id = 'p1'")
    assert found == [("predict", 2, "r1", None, run.read_json("predict", "pop-1-of-1.json")["device"])]
    counted = "SELECT value FROM mer.stage_counters WHERE run_id = 'p1' AND stage = 'predict' AND counter = 'scored'"
    assert rows(database_url, counted) == [(2.0,)]
    table = run.read_table("predict", "rock-1-of-1.parquet").set_index("track_id")
    said = timeline(run, "rock", "r90")
    assert said.starts.tolist() == [0.0, 1.0]
    assert [round(float(value), 1) for value in said.probabilities.mean(axis=0)] == [
        round(float(table.loc["r90", f"probability_{emotion}"]), 1) for emotion in EMOTIONS
    ]
    assert line_of(run, "reformat", "rock", "r90")["audio_key"].endswith(".flac")
    assert timeline(run, "rock", "r0") is None  # scored by an earlier run
    assert line_of(run, "reformat", "jazz", "r0") is None
    assert rows(database_url, "SELECT run_id FROM mer.latest_run") == [("r1",)]


def test_a_prediction_is_that_of_the_model_its_calibration_and_its_thresholds(served, trained):
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
    said = load(run.store, model["key"], model["sha256"]).predict(features, verbose=0).astype(np.float64).mean(axis=0)
    rule = Run(run.config, "r1").read_json("thresholds", "thresholds.json")
    for place, emotion in enumerate(EMOTIONS):
        logit = np.log(said[place] / (1 - said[place])) / rule["temperatures"][emotion] + rule["offsets"][emotion]
        assert row[f"probability_{emotion}"] == pytest.approx(1 / (1 + np.exp(-logit)), abs=1e-9)
        assert row[f"positive_{emotion}"] == (row[f"probability_{emotion}"] >= rule["thresholds"][emotion])


def test_the_command_says_what_each_stage_did_in_one_line(served):
    run = served()
    land(run, "r90", 90)
    places = {name: str(getattr(run.config, name)) for name in ("store_url", "scratch_dir")}
    places["database_url"] = run.config.database_url.get_secret_value()
    env = {f"MER_{name.upper()}": value for name, value in places.items()}
    done = CliRunner().invoke(app, ["predict", "--run-id", "p1"], env=env)
    assert done.exit_code == 0, done.output
    lines = [line for line in done.stdout.splitlines() if line.partition(": ")[0] in pipeline.STAGES]
    assert [line.partition(": ")[0] for line in lines] == ["discover", "reformat", "features", "predict", "drift", "publish"]
    assert "pending 1, scored 16" in lines[0]
    assert lines[3].startswith("predict: scored 1, segments 2, ")
    assert "predictions 9, gone 0, served 1" in lines[5]
    # the stage alone, in the run that has all before it
    again = CliRunner().invoke(app, ["predict", "--only", "--run-id", "p1"], env=env)
    assert again.stdout.splitlines()[0].startswith("predict: scored 1, segments 2, ")


def test_a_run_over_nothing_new_computes_nothing_and_is_published(served, database_url):
    before = current(database_url)
    run = served()
    pipeline.run_chain(run)
    assert (run.manifest("discover")["shards"], run.manifest("discover")["counters"]["pending"]) == ([], 0)
    assert run.manifest("publish")["counters"]["predictions"] == 0
    assert current(database_url) == before
    assert rows(database_url, "SELECT mode, tracks FROM mer.runs WHERE run_id = 'p1'") == [("predict", 0)]


def test_a_run_that_is_published_is_not_made_again_and_stays_served(served, database_url):
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


def test_what_is_served_is_always_there(served, database_url):
    with pytest.raises(IntegrityError, match="serving"), transaction(database_url) as cursor:
        cursor.execute("DELETE FROM mer.split WHERE run_no = (SELECT run_no FROM mer.champion)")


def test_a_file_that_is_replaced_under_its_name_is_scored_again(served, database_url):
    run = served()
    land(run, "r0", 90)
    pipeline.run_chain(run)
    assert run.manifest("discover")["counters"]["pending"] == 1
    assert current(database_url)["r0"] == ("p1", True, True, "unlabelled")
    # and is not pending any more, until the old content is back: of that the model knows what it was taught
    again = served("p2")
    assert discover(again)["counters"]["pending"] == 0
    land(again, "r0", 0)
    pipeline.run_chain(again)
    assert counters(again, "reformat")["decoded"] == 0
    (part,) = rows(database_url, "SELECT part FROM mer.splits WHERE run_id = 'r1' AND track_id = 'r0'")
    assert current(database_url)["r0"] == ("p2", True, True, *part)


def test_a_track_that_is_gone_stays_served_and_is_marked_until_it_is_back(served, database_url):
    run = served()
    run.landing.delete(key_of("r3"))
    pipeline.run_chain(run)
    assert run.manifest("publish")["counters"]["gone"] == 1
    assert current(database_url)["r3"][:3] == ("r1", True, False)
    assert [present for _, _, present, _ in current(database_url).values()].count(False) == 1
    assert rows(
        database_url, "SELECT count(DISTINCT track_id), max(rank) <= count(DISTINCT track_id) FROM mer.best_tracks"
    ) == [(len(TRACKS) - 1, True)]
    pipeline.run_chain(served("p2"))
    assert rows(database_url, "SELECT track_id FROM mer.tracks WHERE gone_at IS NOT NULL") == [("r3",)]
    land(run, "r3", 3)
    back = served("p3")
    pipeline.run_chain(back)
    assert back.manifest("discover")["counters"]["pending"] == 0
    assert current(database_url)["r3"][:3] == ("r1", True, True)


def test_audio_that_is_gone_between_discover_and_reformat_is_rejected_and_the_rest_is_served(served, database_url):
    run = served()
    land(run, "r90", 90)
    land(run, "r91", 91)
    pipeline.run_chain(run, lambda stage: run.landing.delete(key_of("r90")) if stage == "reformat" else None)
    assert rows(database_url, "SELECT track_id, reason FROM mer.rejected_files WHERE run_id = 'p1'") == [("r90", "unreadable")]
    assert "r90" not in current(database_url)
    assert current(database_url)["r91"][0] == "p1"
    land(run, "r90", 90)
    again = served("p2")
    assert discover(again)["counters"]["pending"] == 1


def test_a_shard_of_which_everything_is_rejected_is_published(served, database_url):
    run = served()
    run.landing.put("rock/r90.wav", b"no audio")
    pipeline.run_chain(run)
    assert rows(database_url, "SELECT track_id, reason FROM mer.rejected_files WHERE run_id = 'p1'") == [("r90", "not_audio")]
    assert current(database_url).keys() == set(TRACKS)


def test_without_a_champion_one_line_says_what_to_do(make):
    run = make()
    with pytest.raises(ConfigError, match=r"^mode='predict': no champion yet, expected .*: run mer_train first$"):
        pipeline.run_chain(run)
    assert not run.store.exists(run.key("discover", "manifest.json"))


def test_without_a_database_one_line_says_so(trained):
    with pytest.raises(ConfigError, match="no database to find the champion in: expected MER_DATABASE_URL"):
        discover(Run(Config.load({"store_url": trained.as_uri(), "mode": "predict"}), "p1"))


@pytest.mark.parametrize("loss", ["gone", "changed"])
def test_a_champion_whose_file_is_not_the_one_that_was_promoted_is_refused_and_what_it_said_is_served(
    served, database_url, loss
):
    before = current(database_url)
    run = served()
    land(run, "r90", 90)
    model = "runs/r1/train/music_emotion_model.keras"
    if loss == "gone":
        run.store.delete(model)
        expected = pytest.raises(ObjectMissing, match=r"^champion r1: .*keras: no such object; what it said stays served")
    else:
        run.store.put(model, run.store.get(model) + b"x")
        expected = pytest.raises(IntegrityError, match=r"^champion r1: .*keras: sha256 \w+, expected \w+ as it was promoted")
    with expected as caught:
        pipeline.run_chain(run)
    assert "\n" not in str(caught.value)
    assert current(database_url) == before
    assert rows(database_url, "SELECT count(*) FROM mer.run") == [(1,)]


def test_a_model_that_is_changed_after_discover_is_refused_too(served):
    run = served()
    land(run, "r90", 90)
    (shard,) = discover(run)["shards"]
    for stage in pipeline.FAN_OUT:
        pipeline.run_shards(run, stage)
    model = run.manifest("discover")["model"]
    run.store.put(model["key"], run.store.get(model["key"]) + b"x")
    with pytest.raises(IntegrityError, match="this is not the model that was published"):
        predict(pipeline.as_trained(run), shard["key"])


def test_a_champion_of_another_store_is_refused(served, tmp_path):
    with pytest.raises(ConfigError, match=r"champion r1: its outputs are in file:///.*/store, expected file:///.*/elsewhere"):
        discover(served(store_url=(tmp_path / "elsewhere").as_uri()))


def test_an_empty_landing_zone_is_taken_for_a_mistake_and_marks_nothing(served, database_url):
    run = served()
    for track in TRACKS:
        run.landing.delete(key_of(track))
    with pytest.raises(CorpusError, match="no audio there"):
        pipeline.run_chain(run)
    assert {present for _, _, present, _ in current(database_url).values()} == {True}


def test_what_was_scored_by_a_model_that_is_no_longer_the_champion_is_published_and_not_served(served, database_url, caplog):
    run = served()
    land(run, "r90", 90)

    def dethroned(stage: str) -> None:
        if stage == "publish":
            with transaction(database_url) as cursor:
                cursor.execute("UPDATE mer.champion SET model_sha256 = %s", ["0" * 64])

    with caplog.at_level(logging.WARNING):
        pipeline.run_chain(run, dethroned)
    assert "run p1: not served, the model of r1 is not the champion any more" in caplog.text
    assert rows(database_url, "SELECT count(*) FROM mer.predictions WHERE run_id = 'p1'") == [(9,)]
    assert "r90" not in current(database_url)
    assert {by_champion for _, by_champion, _, _ in current(database_url).values()} == {False}


def test_what_there_is_to_learn_is_known_by_the_latest_training_run(served, database_url):
    labelled = Run(served().config, "r1").manifest("labels")["labels_digest"]
    pipeline.run_chain(served())
    assert last_labels_digest(database_url) == labelled
    assert rows(database_url, "SELECT count(*) FROM mer.run WHERE features_digest IS NULL AND tracks > 0") == [(0,)]
    digest, code = rows(database_url, "SELECT features_digest, code_digest FROM mer.run WHERE run_id = 'r1'")[0]
    report = Run(served().config, "r1").read_json("features", "rock-1-of-1.json")
    assert report["tracks"][0]["features_key"].startswith(f"blobs/features/{digest}/")
    assert len(code) == 64


def test_before_the_first_training_run_nothing_is_known_to_learn_from(database_url):
    assert last_labels_digest(database_url) is None
