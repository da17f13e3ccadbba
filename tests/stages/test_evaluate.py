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
from mer_tasks.errors import ConfigError, IntegrityError
from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.evaluation.coverage import COVERAGE_METRICS
from mer_tasks.evaluation.listener_agreement import ballot, ceilings
from mer_tasks.evaluation.metrics import CEILINGS, all_metrics
from mer_tasks.modelling.predictions import Rule, load_model, segment_probabilities
from mer_tasks.modelling.threshold_search import UNDECIDED, best_threshold
from mer_tasks.modelling.timelines import timeline
from mer_tasks.runs.artifacts import LABEL_SET
from mer_tasks.runs.run import Run
from mer_tasks.stages import evaluate as module
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate, rates, write_npz
from mer_tasks.stages.publish import publish
from mer_tasks.stages.split import split
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import SEGMENTS, UNLABELLED, learnable
from tests.support.published_runs import genre_of
from tests.support.run_documents import run_in


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """A run after stage `evaluate`."""
    run = learnable(tmp_path_factory.mktemp("evaluate"), epochs=5)
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    return run


def predictions(run):
    return pd.concat([run.read_table(stage, "predictions.parquet") for stage in ("thresholds", "evaluate")])


def columns(table, prefix):
    return table[[f"{prefix}_{emotion}" for emotion in EMOTIFY.ids]].to_numpy()


def test_every_track_has_one_prediction_with_its_part(evaluated):
    table = predictions(evaluated).set_index("track_id")
    parts = evaluated.read_table("split", "split.parquet").set_index("track_id")["part"]
    assert table["part"].sort_index().to_dict() == parts.to_dict()
    assert set(table.index[table["part"] == "unlabelled"]) == set(UNLABELLED)
    assert (table["segments"] == SEGMENTS).all()
    assert set(evaluated.read_table("thresholds", "predictions.parquet")["part"]) == {"validation"}


def test_every_track_has_a_timeline_of_calibrated_segment_probabilities(evaluated):
    model, _ = load_model(evaluated)
    rule = Rule.of(evaluated)
    for part in ("train", "validation", "test", "unlabelled"):
        index = segment_index(evaluated, part)
        expected = rule.probabilities(segment_probabilities(model, index))
        assert len(index.tracks)
        for number, track in enumerate(index.tracks):
            segments = timeline(evaluated, genre_of(track), track)
            np.testing.assert_allclose(segments.probabilities, expected[index.track == number], atol=1e-6)
            assert segments.starts.tolist() == [0, 1, 2, 3, 4, 5]  # seconds


def test_the_probability_of_a_track_is_the_calibrated_mean_over_its_segments(evaluated):
    model, _ = load_model(evaluated)
    document = evaluated.read_json("thresholds", "thresholds.json")
    temperatures = list(document["temperatures"].values())
    offsets = list(document["offsets"].values())
    assert list(document["temperatures"]) == sorted(EMOTIFY.ids)
    order = [sorted(EMOTIFY.ids).index(emotion) for emotion in EMOTIFY.ids]
    index = segment_index(evaluated, "test")
    segments = segment_probabilities(model, index)
    table = predictions(evaluated).set_index("track_id")
    for number, track in enumerate(index.tracks):
        mean = segments[number * SEGMENTS : (number + 1) * SEGMENTS].astype(float).mean(axis=0)
        expected = expit(logit(mean) / np.array(temperatures)[order] + np.array(offsets)[order])
        np.testing.assert_allclose(columns(table.loc[[track]], "probability")[0], expected, atol=1e-6)


def test_uncalibrated_probabilities_have_only_the_metrics_of_calibration(evaluated):
    model, _ = load_model(evaluated)
    index = segment_index(evaluated, "test")
    raw = index.track_means(segment_probabilities(model, index))
    truth = track_targets(index.tracks, evaluated.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    expected = all_metrics(truth, raw, raw > 2, EMOTIFY)
    lines = evaluated.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    values = {(line["emotion"], line["metric"]): line["value"] for line in lines if line["level"] == "uncalibrated"}
    assert set(values) == {
        *((emotion, name) for emotion in EMOTIFY.ids for name in ("brier", "ece")),
        *((None, f"{name}_macro") for name in ("brier", "ece")),
    }
    assert values == pytest.approx({key: expected[key] for key in values})


def test_calibration_lowers_the_log_loss_of_the_validation_part(evaluated):
    model, _ = load_model(evaluated)
    index = segment_index(evaluated, "validation")
    raw = index.track_means(segment_probabilities(model, index))
    truth = track_targets(index.tracks, evaluated.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    assert log_loss(truth.ravel(), Rule.of(evaluated).probabilities(raw).ravel()) < log_loss(truth.ravel(), raw.ravel())


def test_thresholds_are_chosen_on_the_validation_tracks(evaluated):
    table = evaluated.read_table("thresholds", "predictions.parquet")
    truth = track_targets(tuple(table["track_id"]), evaluated.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    document = evaluated.read_json("thresholds", "thresholds.json")
    for column, emotion in enumerate(EMOTIFY.ids):
        probabilities = columns(table, "probability")[:, column]
        assert document["thresholds"][emotion] == (best_threshold(probabilities) if truth[:, column].any() else UNDECIDED)
    assert document["part"] == "validation"


def test_a_probability_that_reaches_the_threshold_is_positive(evaluated):
    table = predictions(evaluated)
    limits = np.array([evaluated.read_json("thresholds", "thresholds.json")["thresholds"][emotion] for emotion in EMOTIFY.ids])
    np.testing.assert_array_equal(columns(table, "positive"), columns(table, "probability") >= limits)


def test_metrics_are_computed_on_the_test_tracks_and_their_segments(evaluated):
    table = evaluated.read_table("evaluate", "predictions.parquet")
    table = table[table["part"] == "test"]
    truth = track_targets(tuple(table["track_id"]), evaluated.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    expected = all_metrics(truth, columns(table, "probability"), columns(table, "positive"), EMOTIFY)
    lines = evaluated.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    values = {(line["emotion"], line["metric"]): line["value"] for line in lines if line["level"] == "track"}
    values = {key: value for key, value in values.items() if key[1] not in COVERAGE_METRICS}
    assert values == pytest.approx(expected)
    support = {line["level"]: line["support"] for line in lines if line["metric"] == "f1_macro"}
    assert support == {"track": len(table), "segment": len(table) * SEGMENTS}


def evaluate_again(evaluated, folder, stage, name, change):
    """Copy the evaluated run to its own store, change a table of an earlier stage, and evaluate; return the metrics."""
    params = {**evaluated.config.values(), "scratch_dir": folder / "scratch"}
    run = run_in(shutil.copytree(evaluated.store.root, folder / "store"), "r1", **params)
    run.write_table(stage, name, change(run.read_table(stage, name)))
    certify(run, load_corpus(run).tracks)
    balance(run)
    evaluate(run)
    return run.read_json("evaluate", "Music_emotion_metrics.json")


def test_intervals_and_listener_agreement_are_computed_on_the_test_tracks(evaluated):
    table = evaluated.read_table("evaluate", "predictions.parquet")
    table = table[table["part"] == "test"]
    labels, split_table = (evaluated.read_table(stage, f"{stage}.parquet") for stage in ("labels", "split"))
    truth = track_targets(tuple(table["track_id"]), labels, EMOTIFY) > 0
    groups = split_table.set_index("track_id")["group_id"].loc[table["track_id"]]
    seed = evaluated.config.seed
    predicted = columns(table, "probability"), columns(table, "positive")
    expected = intervals(truth, *predicted, groups.to_numpy(str), EMOTIFY, seed=seed)
    test_votes, all_votes = ballot(labels, EMOTIFY, tracks=table["track_id"]), ballot(labels, EMOTIFY)
    reached = ceilings(*test_votes, evaluated.manifest("labels")["rule"], EMOTIFY, among=all_votes, seed=seed)
    document = evaluated.read_json("evaluate", "Music_emotion_metrics.json")
    lines = {(line["emotion"], line["metric"]): line for line in document["metrics"] if line["level"] == "track"}
    lines = {key: line for key, line in lines.items() if key[1] not in COVERAGE_METRICS}
    assert {key: (line["low"], line["high"]) for key, line in lines.items()} == {
        key: ends or (None, None) for key, ends in expected.items()
    }
    for key, line in lines.items():
        assert {name: line[name] for name in CEILINGS} == reached.get(key, dict.fromkeys(CEILINGS))
    assert len(reached) > 50
    assert {line["tracks"] for line in document["listeners"]} == {len(labels)}
    everyone = {(line["emotion"], line["metric"]): line["panel"] for line in document["listeners"]}
    assert everyone[None, "f1_macro"] == ceilings(*all_votes, "share>=0.3", EMOTIFY, seed=seed)[None, "f1_macro"]["panel"]


def test_intervals_of_segments_are_not_much_narrower_than_those_of_tracks(evaluated):
    lines = evaluated.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    (track,), (segment,) = (
        [line for line in lines if line["metric"] == "brier_macro" and line["level"] == level] for level in ("track", "segment")
    )
    # The bootstrap draws groups of tracks. If it drew segments one by one, there would be six times as many, and the interval
    # of segments would be less than half as wide.
    assert segment["high"] - segment["low"] > 0.7 * (track["high"] - track["low"])
    assert [segment[name] for name in CEILINGS] == [None] * 6


def test_the_log_shows_metrics_with_their_intervals(evaluated, caplog):
    with caplog.at_level(logging.INFO):
        evaluate(evaluated)
    lines = evaluated.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    (f1,) = [line for line in lines if line["metric"] == "f1_macro" and line["level"] == "track"]
    (message,) = [message for message in caplog.messages if "test tracks: " in message]
    assert f"f1_macro {f1['value']:.3f} ({f1['low']:.3f} to {f1['high']:.3f})" in message


def test_a_test_part_of_one_group_has_no_intervals(evaluated, tmp_path, caplog):
    def one_group(table):
        return table.assign(group_id=table["group_id"].mask(table["part"] == "test", "all of them"))

    document = evaluate_again(evaluated, tmp_path, "split", "split.parquet", one_group)
    assert {(line["low"], line["high"]) for line in document["metrics"]} == {(None, None)}
    assert "the test part is one group of tracks, expected two or more: no intervals" in caplog.messages


def test_one_listener_per_track_gives_no_listener_agreement(evaluated, tmp_path, caplog):
    def one_listener(table):
        flags = columns(table, "label")
        votes = {f"votes_{emotion}": flags[:, column].astype(np.int64) for column, emotion in enumerate(EMOTIFY.ids)}
        return table.assign(annotators=1, **votes)

    document = evaluate_again(evaluated, tmp_path, "labels", "labels.parquet", one_listener)
    assert document["listeners"] == []
    assert {line[name] for line in document["metrics"] for name in CEILINGS} == {None}
    assert any(line["low"] is not None for line in document["metrics"])
    assert len([message for message in caplog.messages if "have one listener, expected two or more" in message]) == 1


def test_the_model_learns_features_that_depend_on_the_labels(evaluated):
    manifest = evaluated.manifest("evaluate")
    assert manifest["roc_auc_macro"] > 0.8
    lines = evaluated.read_json("evaluate", "Music_emotion_metrics.json")["metrics"]
    assert all(line["baseline"] == 0.5 for line in lines if line["metric"] == "roc_auc" and line["baseline"] is not None)


def test_test_data_has_the_segments_of_the_test_part(evaluated):
    key = evaluated.manifest("evaluate")["test_data"]
    assert key == evaluated.key("evaluate", "test_data/test_data.npz")
    index = segment_index(evaluated, "test")
    with np.load(evaluated.store.root / key, allow_pickle=False) as arrays:
        assert set(arrays) == {"X_test", "y_test", "probabilities", "track_ids", "emotions"}
        np.testing.assert_array_equal(arrays["X_test"], index.read(np.arange(len(index))))
        np.testing.assert_array_equal(
            arrays["y_test"], index.targets(evaluated.read_table("labels", "labels.parquet"), EMOTIFY)
        )
        assert arrays["track_ids"].tolist() == [index.tracks[track] for track in index.track]
        assert arrays["emotions"].tolist() == list(EMOTIFY.ids)
        assert arrays["probabilities"].shape == arrays["y_test"].shape


def test_a_large_test_part_is_sampled(evaluated, monkeypatch):
    monkeypatch.setattr(module, "TEST_DATA_TRACKS", 2)
    same_run = run_in(
        evaluated.store.root, "r1", **evaluated.config.model_dump(exclude={"store_url", "database_url", "landing_url"})
    )
    index = segment_index(evaluated, "test")
    truth = track_targets(index.tracks, evaluated.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    probabilities = np.zeros((len(index), 9), np.float32)
    with np.load(evaluated.store.root / module._write_test_data(same_run, index, truth, probabilities)) as arrays:
        tracks = arrays["track_ids"].tolist()
        assert len(tracks) == len(arrays["X_test"]) == 2 * SEGMENTS
        assert len(set(tracks)) == 2
    evaluate(evaluated)


def test_an_npz_is_written_piece_by_piece(tmp_path):
    array = np.random.default_rng(0).random((7, 3, 2)).astype(np.float32)
    path = tmp_path / "a.npz"
    write_npz(path, "large", array.shape, (array[start : start + 2] for start in range(0, 7, 2)), small=np.arange(3))
    with np.load(path, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["large"], array)
        np.testing.assert_array_equal(arrays["small"], np.arange(3))


def test_rates_are_those_of_train_tracks_or_without_them_of_validation_tracks(evaluated):
    labels = evaluated.read_table("labels", "labels.parquet")
    tracks = labels["track_id"].tolist()
    flags = labels.set_index("track_id")[[f"label_{emotion}" for emotion in EMOTIFY.ids]]
    parts = {tracks[0]: "test", tracks[1]: "train", tracks[2]: "validation", tracks[3]: "train"}
    np.testing.assert_allclose(rates(labels, parts, EMOTIFY), flags.loc[[tracks[1], tracks[3]]].mean())
    del parts[tracks[1]], parts[tracks[3]]
    np.testing.assert_allclose(rates(labels, parts, EMOTIFY), flags.loc[[tracks[2]]].mean())


def test_mode_eval_evaluates_a_stored_model_on_the_same_tracks(evaluated, database_url):
    run = Run(evaluated.config.model_copy(update={"database_url": None}), "r1")
    run_with_database = Run(
        run_in(evaluated.store.root, **{**evaluated.config.values(), "database_url": database_url}).config, "r1"
    )
    run.write_json("drift", "drift.json", {"metrics": []})
    run.write_manifest("drift", {"drifted": False, "summary": "nothing has moved"})
    publish(run_with_database)
    params = {**evaluated.config.values(), "mode": "eval", "database_url": database_url}
    params["scratch_dir"] = evaluated.config.scratch_dir
    eval_run = run_in(evaluated.store.root, "e1", **params)
    for name in ("catalogue.parquet", "landed.parquet"):
        eval_run.write_table("discover", name, evaluated.read_table("discover", name))
    eval_run.write_json("discover", "rejected.json", {"rejected": []})
    eval_run.write_json("discover", LABEL_SET, run.label_set.document())
    eval_run.write_manifest("discover", {**run.manifest("discover"), "mode": "eval", "model": run.manifest("train")["model"]})
    for stage in ("reformat", "features"):
        for shard in run.manifest("discover")["shards"]:
            name = shard["key"].rpartition("/")[2]
            eval_run.write_json(stage, name, run.read_json(stage, name))
    eval_run.write_table("labels", "labels.parquet", run.read_table("labels", "labels.parquet"))
    eval_run.write_manifest("labels", run.manifest("labels"))
    for stage in (split, thresholds, evaluate, publish):
        stage(eval_run)
    for stage, name in (("thresholds", "thresholds.json"), ("evaluate", "Music_emotion_metrics.json")):
        first, second = (json.loads(each.store.get(each.key(stage, name))) for each in (run, eval_run))
        assert {**first, "run_id": None} == {**second, "run_id": None}
    pd.testing.assert_frame_equal(predictions(run), predictions(eval_run))


def test_a_damaged_model_is_refused(evaluated):
    model = evaluated.manifest("train")["model"]
    damaged = run_in(evaluated.store.root, "d1", **{**evaluated.config.values(), "scratch_dir": evaluated.config.scratch_dir})
    damaged.write_json("discover", LABEL_SET, EMOTIFY.document())
    damaged.write_table("split", "split.parquet", evaluated.read_table("split", "split.parquet"))
    damaged.write_manifest("train", {"model": {**model, "sha256": "0" * 64}})
    with pytest.raises(IntegrityError, match=r"expected 0{64}: this is not the model that was published"):
        thresholds(damaged)


def test_a_model_for_segments_of_another_length_is_refused(evaluated):
    longer = run_in(evaluated.store.root, "r1", **{**evaluated.config.values(), "segment_seconds": 2.0})
    with pytest.raises(ConfigError, match=r"segment_seconds=2 makes segments of 87 frames, .* expects 44"):
        thresholds(longer)
