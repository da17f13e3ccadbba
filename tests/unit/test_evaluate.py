import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from mer_tasks import evaluate as module
from mer_tasks.balance import balance
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.evaluate import evaluate, rates, write_npz
from mer_tasks.metrics import figures
from mer_tasks.predictions import Rule, load_model, segment_probabilities
from mer_tasks.publish import publish
from mer_tasks.run import Run
from mer_tasks.segments import segment_index, track_targets
from mer_tasks.split import split
from mer_tasks.thresholds import best_threshold, thresholds
from mer_tasks.train import train
from tests.learnable_runs import SEGMENTS, UNKNOWN, learnable
from tests.run_documents import run_in


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A run that has been through `evaluate`."""
    run = learnable(tmp_path_factory.mktemp("evaluate"), epochs=5)
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    return run


def predictions(run):
    return pd.concat([run.read_table(stage, "predictions.parquet") for stage in ("thresholds", "evaluate")])


def columns(table, prefix):
    return table[[f"{prefix}_{emotion}" for emotion in EMOTIONS]].to_numpy()


def test_every_track_has_one_prediction_with_its_part(judged):
    found = predictions(judged).set_index("track_id")
    parts = judged.read_table("split", "split.parquet").set_index("track_id")["part"]
    assert found["part"].sort_index().to_dict() == parts.to_dict()
    assert set(found.index[found["part"] == "unlabelled"]) == set(UNKNOWN)
    assert (found["segments"] == SEGMENTS).all()
    assert set(judged.read_table("thresholds", "predictions.parquet")["part"]) == {"validation"}


def test_a_tracks_probability_is_the_calibrated_mean_over_its_segments(judged):
    model, _ = load_model(judged)
    document = judged.read_json("thresholds", "thresholds.json")
    temperatures, offsets = (list(document[name].values()) for name in ("temperatures", "offsets"))
    assert list(document["temperatures"]) == sorted(EMOTIONS)
    order = [sorted(EMOTIONS).index(emotion) for emotion in EMOTIONS]
    index = segment_index(judged, "test")
    segments = segment_probabilities(model, index)
    found = predictions(judged).set_index("track_id")
    for place, track in enumerate(index.tracks):
        mean = segments[place * SEGMENTS : (place + 1) * SEGMENTS].astype(float).mean(axis=0)
        expected = expit(logit(mean) / np.array(temperatures)[order] + np.array(offsets)[order])
        np.testing.assert_allclose(columns(found.loc[[track]], "probability")[0], expected, atol=1e-6)


def test_what_the_model_itself_says_is_judged_by_its_calibration_alone(judged):
    model, _ = load_model(judged)
    index = segment_index(judged, "test")
    said = index.track_means(segment_probabilities(model, index))
    truth = track_targets(index.tracks, judged.read_table("labels", "labels.parquet")) > 0
    expected = figures(truth, said, said > 2)
    lines = judged.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    found = {(line["emotion"], line["metric"]): line["value"] for line in lines if line["level"] == "uncalibrated"}
    assert set(found) == {
        *((emotion, name) for emotion in EMOTIONS for name in ("brier", "ece")),
        *((None, f"{name}_macro") for name in ("brier", "ece")),
    }
    assert found == pytest.approx({figure: expected[figure] for figure in found})


def test_the_labels_of_the_validation_part_are_likelier_after_calibration(judged):
    model, _ = load_model(judged)
    index = segment_index(judged, "validation")
    said = index.track_means(segment_probabilities(model, index))
    truth = track_targets(index.tracks, judged.read_table("labels", "labels.parquet")) > 0
    assert log_loss(truth.ravel(), Rule.of(judged).probabilities(said).ravel()) < log_loss(truth.ravel(), said.ravel())


def test_thresholds_are_those_of_the_validation_tracks(judged):
    table = judged.read_table("thresholds", "predictions.parquet")
    truth = track_targets(tuple(table["track_id"]), judged.read_table("labels", "labels.parquet")) > 0
    document = judged.read_json("thresholds", "thresholds.json")
    for place, emotion in enumerate(EMOTIONS):
        threshold, score = best_threshold(columns(table, "probability")[:, place], truth[:, place])
        assert document["thresholds"][emotion] == threshold
        assert document["validation_f1"][emotion] == score


def test_reaching_the_threshold_is_positive(judged):
    found = predictions(judged)
    limits = np.array([judged.read_json("thresholds", "thresholds.json")["thresholds"][emotion] for emotion in EMOTIONS])
    np.testing.assert_array_equal(columns(found, "positive"), columns(found, "probability") >= limits)


def test_metrics_are_of_the_test_tracks_and_their_segments(judged):
    table = judged.read_table("evaluate", "predictions.parquet")
    table = table[table["part"] == "test"]
    truth = track_targets(tuple(table["track_id"]), judged.read_table("labels", "labels.parquet")) > 0
    expected = figures(truth, columns(table, "probability"), columns(table, "positive"))
    lines = judged.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    found = {(line["emotion"], line["metric"]): line["value"] for line in lines if line["level"] == "track"}
    assert found == pytest.approx(expected)
    support = {line["level"]: line["support"] for line in lines if line["metric"] == "f1_macro"}
    assert support == {"track": len(table), "segment": len(table) * SEGMENTS}


def test_what_can_be_learnt_was_learnt(judged):
    manifest = judged.manifest("evaluate")
    assert manifest["roc_auc_macro"] > 0.8
    lines = judged.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    assert all(line["baseline"] == 0.5 for line in lines if line["metric"] == "roc_auc" and line["baseline"] is not None)


def test_test_data_are_the_test_part(judged):
    key = judged.manifest("evaluate")["test_data"]
    assert key == judged.key("evaluate", "test_data/test_data.npz")
    index = segment_index(judged, "test")
    with np.load(judged.store.root / key, allow_pickle=False) as found:
        assert set(found) == {"X_test", "y_test", "probabilities", "track_ids", "emotions"}
        np.testing.assert_array_equal(found["X_test"], index.read(np.arange(len(index))))
        np.testing.assert_array_equal(found["y_test"], index.targets(judged.read_table("labels", "labels.parquet")))
        assert found["track_ids"].tolist() == [index.tracks[track] for track in index.track]
        assert found["emotions"].tolist() == list(EMOTIONS)
        assert found["probabilities"].shape == found["y_test"].shape


def test_a_large_test_part_is_sampled(judged, monkeypatch):
    monkeypatch.setattr(module, "TEST_DATA_TRACKS", 2)
    again = run_in(judged.store.root, "r1", **judged.config.model_dump(exclude={"store_url", "database_url", "landing_url"}))
    index = segment_index(judged, "test")
    truth = track_targets(index.tracks, judged.read_table("labels", "labels.parquet")) > 0
    probabilities = np.zeros((len(index), 9), np.float32)
    with np.load(judged.store.root / module._write_test_data(again, index, truth, probabilities)) as found:
        tracks = found["track_ids"].tolist()
        assert len(tracks) == len(found["X_test"]) == 2 * SEGMENTS
        assert len(set(tracks)) == 2
    evaluate(judged)


def test_an_npz_is_written_piece_by_piece(tmp_path):
    array = np.random.default_rng(0).random((7, 3, 2)).astype(np.float32)
    path = tmp_path / "a.npz"
    write_npz(path, "large", array.shape, (array[start : start + 2] for start in range(0, 7, 2)), small=np.arange(3))
    with np.load(path, allow_pickle=False) as found:
        np.testing.assert_array_equal(found["large"], array)
        np.testing.assert_array_equal(found["small"], np.arange(3))


def test_rates_are_of_train_or_else_of_validation(judged):
    labels = judged.read_table("labels", "labels.parquet")
    tracks = labels["track_id"].tolist()
    flags = labels.set_index("track_id")[[f"label_{emotion}" for emotion in EMOTIONS]]
    parts = {tracks[0]: "test", tracks[1]: "train", tracks[2]: "validation", tracks[3]: "train"}
    np.testing.assert_allclose(rates(labels, parts), flags.loc[[tracks[1], tracks[3]]].mean())
    del parts[tracks[1]], parts[tracks[3]]
    np.testing.assert_allclose(rates(labels, parts), flags.loc[[tracks[2]]].mean())


def test_an_evaluation_judges_a_stored_model_on_the_same_tracks(judged, database_url):
    run = Run(judged.config.model_copy(update={"database_url": None}), "r1")
    publishing = Run(run_in(judged.store.root, **{**judged.config.values(), "database_url": database_url}).config, "r1")
    publish(publishing)
    params = {**judged.config.values(), "mode": "eval", "database_url": database_url}
    params["scratch_dir"] = judged.config.scratch_dir
    again = run_in(judged.store.root, "e1", **params)
    for name in ("catalogue.parquet",):
        again.write_table("discover", name, judged.read_table("discover", name))
    again.write_json("discover", "rejected.json", {"rejected": []})
    again.write_manifest("discover", {**run.manifest("discover"), "mode": "eval", "model": run.manifest("train")["model"]})
    for stage in ("reformat", "features"):
        for shard in run.manifest("discover")["shards"]:
            name = shard["key"].rpartition("/")[2]
            again.write_json(stage, name, run.read_json(stage, name))
    again.write_table("labels", "labels.parquet", run.read_table("labels", "labels.parquet"))
    again.write_manifest("labels", run.manifest("labels"))
    for stage in (split, thresholds, evaluate, publish):
        stage(again)
    for stage, name in (("thresholds", "thresholds.json"), ("evaluate", "Music_emotion_metrics.json")):
        first, second = (json.loads(each.store.get(each.key(stage, name))) for each in (run, again))
        assert {**first, "run_id": None} == {**second, "run_id": None}
    pd.testing.assert_frame_equal(predictions(run), predictions(again))


def test_a_damaged_model_is_refused(judged):
    model = judged.manifest("train")["model"]
    damaged = run_in(judged.store.root, "d1", **{**judged.config.values(), "scratch_dir": judged.config.scratch_dir})
    damaged.write_manifest("train", {"model": {**model, "sha256": "0" * 64}})
    with pytest.raises(IntegrityError, match=r"expected 0{64}: this is not the model that was published"):
        thresholds(damaged)


def test_a_model_of_other_segments_is_refused(judged):
    longer = run_in(judged.store.root, "r1", **{**judged.config.values(), "segment_seconds": 2.0})
    with pytest.raises(ConfigError, match=r"segment_seconds=2 makes segments of 87 frames, .* expects 44"):
        thresholds(longer)
