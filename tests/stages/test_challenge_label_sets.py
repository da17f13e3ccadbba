"""Stages that compare a model with the champion, for label sets of kind single and of two versions; and `evaluate` for them."""

import numpy as np
import pytest

from mer_tasks.evaluation.coverage import COVERAGE_METRICS
from mer_tasks.evaluation.metrics import all_metrics
from mer_tasks.publishing.champion import Champion
from mer_tasks.publishing.champion_comparison import compare
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.label_sets import QUARTERS
from tests.support.label_versions import retired
from tests.support.learnable_runs import learnable

THREE = retired(QUARTERS, "mood_4")


def trained(folder, run_id, label_set):
    run = learnable(folder, run_id, label_set=label_set, epochs=5, balance="none")
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    return run


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    """An earlier run with three labels, and a later run with four; each track has exactly one."""
    folder = tmp_path_factory.mktemp("versions")
    return trained(folder, "r1", THREE), trained(folder, "r2", QUARTERS)


def champion_of(run) -> Champion:
    model = run.manifest("train")["model"]
    return Champion(1, run.run_id, model["key"], model["sha256"], run.config.values(), run.store.url)


def truth(run, tracks):
    return (
        run.read_table("labels", "labels.parquet").set_index("track_id").loc[tracks, [f"label_{x}" for x in run.label_set.ids]]
    )


def test_a_run_whose_tracks_have_exactly_one_label_has_accuracy_and_confusion_matrix(runs):
    _, run = runs
    table = run.read_table("evaluate", "predictions.parquet").query("part == 'test'")
    probabilities, decisions = (table[[f"{name}_{x}" for x in QUARTERS.ids]].to_numpy() for name in ("probability", "positive"))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (decisions.sum(axis=1) == 1).all()
    labels = truth(run, table["track_id"]).to_numpy(bool)
    document = run.read_json("evaluate", "Music_emotion_metrics.json")
    values = {
        (line["emotion"], line["metric"]): line
        for line in document["metrics"]
        if line["level"] == "track" and line["metric"] not in COVERAGE_METRICS
    }
    expected = all_metrics(labels, probabilities, decisions, QUARTERS)
    assert {key: line["value"] for key, line in values.items()} == pytest.approx(expected)
    accuracy = values[None, "accuracy"]
    assert accuracy["low"] <= accuracy["value"] == run.manifest("evaluate")["accuracy"] <= accuracy["high"]
    assert 0 < accuracy["split_half"] <= accuracy["panel"] <= 1
    confusion = np.array(document["confusion"])
    assert confusion.sum() == len(table)
    assert np.trace(confusion) / len(table) == accuracy["value"]
    assert confusion.sum(axis=1).tolist() == labels.sum(axis=0).tolist()
    assert document["thresholds"] is None


def test_models_of_two_versions_are_compared_on_the_labels_that_both_have(runs, monkeypatch):
    earlier, later = runs
    monkeypatch.setattr("mer_tasks.publishing.champion_comparison.seen_content", lambda run: set())
    numbers, verdict = compare(later, later.manifest("train")["model"], champion_of(earlier))
    tracks = later.read_table("evaluate", "predictions.parquet").query("part == 'test'")["track_id"]
    of_others = truth(later, tracks)["label_mood_4"].sum()
    assert of_others > 0
    assert (numbers["tracks"], numbers["left_out"]) == (len(tracks) - of_others, of_others)
    assert numbers["labels_left_out"] == ["mood_4"]
    assert [line["emotion"] for line in numbers["emotions"]] == ["mood_1", "mood_2", "mood_3"]
    assert "1 mood left out that only one of the models has (mood_4)" in verdict.reason


def test_models_of_one_version_are_compared_on_all_labels(runs, monkeypatch):
    _, run = runs
    monkeypatch.setattr("mer_tasks.publishing.champion_comparison.seen_content", lambda run: set())
    champion = champion_of(run)
    numbers, verdict = compare(run, {**champion.model, "sha256": "another"}, champion)
    assert "labels_left_out" not in numbers
    assert "left out" not in verdict.reason
    assert (numbers["difference"], len(numbers["emotions"])) == (0, 4)
