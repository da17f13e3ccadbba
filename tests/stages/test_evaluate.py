import json
import logging
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit, logit
from sklearn.metrics import log_loss

from mer_tasks.corpus.leak_certificate import certify
from mer_tasks.corpus.segments import segment_index, track_targets
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.evaluation.listener_agreement import ballot, ceilings
from mer_tasks.evaluation.metrics import CEILINGS, figures
from mer_tasks.modelling.predictions import Rule, load_model, segment_probabilities
from mer_tasks.modelling.threshold_search import best_threshold
from mer_tasks.modelling.timelines import timeline
from mer_tasks.runs.run import Run
from mer_tasks.stages import evaluate as module
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate, rates, write_npz
from mer_tasks.stages.publish import publish
from mer_tasks.stages.split import split
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.learnable_runs import SEGMENTS, UNKNOWN, learnable
from tests.support.published_runs import genre_of
from tests.support.run_documents import run_in


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


def test_every_track_has_a_timeline_of_its_calibrated_segments(judged):
    model, _ = load_model(judged)
    rule = Rule.of(judged)
    for part in ("train", "validation", "test", "unlabelled"):
        index = segment_index(judged, part)
        expected = rule.probabilities(segment_probabilities(model, index))
        assert len(index.tracks)
        for place, track in enumerate(index.tracks):
            found = timeline(judged, genre_of(track), track)
            np.testing.assert_allclose(found.probabilities, expected[index.track == place], atol=1e-6)
            assert found.starts.tolist() == [0, 1, 2, 3, 4, 5]  # seconds


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


def again(judged, folder, stage, name, change):
    """The judged run in a store of its own, with another table of an earlier stage; evaluated."""
    places = {"scratch_dir": folder / "scratch"}
    run = run_in(shutil.copytree(judged.store.root, folder / "store"), "r1", **{**judged.config.values(), **places})
    run.write_table(stage, name, change(run.read_table(stage, name)))
    certify(run, load_corpus(run).tracks)
    balance(run)
    evaluate(run)
    return run.read_json("evaluate", "Music_emotion_metrics.json")


def test_intervals_and_what_listeners_reach_are_those_of_the_test_tracks(judged):
    table = judged.read_table("evaluate", "predictions.parquet")
    table = table[table["part"] == "test"]
    labels, split_table = (judged.read_table(stage, f"{stage}.parquet") for stage in ("labels", "split"))
    truth = track_targets(tuple(table["track_id"]), labels) > 0
    groups = split_table.set_index("track_id")["group_id"].loc[table["track_id"]]
    seed = judged.config.seed
    spread = intervals(truth, columns(table, "probability"), columns(table, "positive"), groups.to_numpy(str), seed=seed)
    reached = ceilings(*ballot(labels, table["track_id"]), judged.config.label_rule, ballot(labels), seed=seed)
    document = judged.read_json("evaluate", "Music_emotion_metrics.json")
    lines = {(line["emotion"], line["metric"]): line for line in document["metrics"] if line["level"] == "track"}
    assert {figure: (line["low"], line["high"]) for figure, line in lines.items()} == {
        figure: ends or (None, None) for figure, ends in spread.items()
    }
    for figure, line in lines.items():
        assert {name: line[name] for name in CEILINGS} == reached.get(figure, dict.fromkeys(CEILINGS))
    assert len(reached) > 50
    assert {line["tracks"] for line in document["listeners"]} == {len(labels)}
    everyone = {(line["emotion"], line["metric"]): line["panel"] for line in document["listeners"]}
    assert everyone[None, "f1_macro"] == ceilings(*ballot(labels), "share>=0.3", seed=seed)[None, "f1_macro"]["panel"]


def test_segments_of_a_track_are_no_more_evidence_than_their_track(judged):
    lines = judged.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    (track,), (segment,) = (
        [line for line in lines if line["metric"] == "brier_macro" and line["level"] == level] for level in ("track", "segment")
    )
    # drawn one by one, six times as many segments would leave less than half of it
    assert segment["high"] - segment["low"] > 0.7 * (track["high"] - track["low"])
    assert [segment[name] for name in CEILINGS] == [None] * 6


def test_the_log_says_how_sure_the_metrics_are(judged, caplog):
    with caplog.at_level(logging.INFO):
        evaluate(judged)
    lines = judged.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    (f1,) = [line for line in lines if line["metric"] == "f1_macro" and line["level"] == "track"]
    (message,) = [message for message in caplog.messages if "test tracks: " in message]
    assert f"f1_macro {f1['value']:.3f} ({f1['low']:.3f} to {f1['high']:.3f})" in message


def test_a_test_part_of_one_group_has_no_intervals(judged, tmp_path, caplog):
    def one_group(table):
        return table.assign(group_id=table["group_id"].mask(table["part"] == "test", "all of them"))

    document = again(judged, tmp_path, "split", "split.parquet", one_group)
    assert {(line["low"], line["high"]) for line in document["metrics"]} == {(None, None)}
    assert "the test part is one group of tracks, expected two or more: no intervals" in caplog.messages


def test_one_listener_per_track_says_nothing_of_agreement(judged, tmp_path, caplog):
    def one_listener(table):
        flags = columns(table, "label")
        votes = {f"votes_{emotion}": flags[:, place].astype(np.int64) for place, emotion in enumerate(EMOTIONS)}
        return table.assign(annotators=1, **votes)

    document = again(judged, tmp_path, "labels", "labels.parquet", one_listener)
    assert document["listeners"] == []
    assert {line[name] for line in document["metrics"] for name in CEILINGS} == {None}
    assert any(line["low"] is not None for line in document["metrics"])
    assert len([message for message in caplog.messages if "have one listener, expected two or more" in message]) == 1


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
    run.write_json("drift", "drift.json", {"metrics": []})
    run.write_manifest("drift", {"drifted": False, "summary": "nothing has moved"})
    publish(publishing)
    params = {**judged.config.values(), "mode": "eval", "database_url": database_url}
    params["scratch_dir"] = judged.config.scratch_dir
    again = run_in(judged.store.root, "e1", **params)
    for name in ("catalogue.parquet", "landed.parquet"):
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
