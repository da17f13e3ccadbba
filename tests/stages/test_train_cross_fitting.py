import json
import signal
import subprocess
import sys
import time

import pytest

from mer_tasks.corpus.leak_certificate import verify
from mer_tasks.corpus.segments import segment_index, track_targets
from mer_tasks.errors import IntegrityError
from mer_tasks.evaluation.metrics import all_metrics
from mer_tasks.modelling.predictions import load_model, segment_probabilities
from mer_tasks.runs.artifacts import HISTORY, MODEL, OUT_OF_FOLD, SPLIT_TABLE, THRESHOLDS
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.split import split
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import learnable
from tests.support.run_documents import run_in

DENSE = {"preset": "statistics", "epochs": 6, "soft_targets": True, "balance": "smote", "crossfit_folds": 3}
TRAIN_IN_CHILD = "import sys; from tests.support.learnable_runs import resumed; resumed(*sys.argv[1:])"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A cross-fitted run after stage `evaluate`."""
    run = learnable(tmp_path_factory.mktemp("crossfit"), **DENSE)
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    return run


def test_the_train_part_is_divided_into_folds_and_there_is_no_validation_part(run):
    table = run.read_table("split", SPLIT_TABLE)
    assert set(table["part"]) == {"train", "test", "unlabelled"}
    train_part = table["part"] == "train"
    assert set(table.loc[train_part, "fold"]) == {0, 1, 2}
    assert set(table.loc[~train_part, "fold"]) == {-1}
    certificate = run.read_json("split", "certificate.json")
    assert set(certificate["fold_overlap"].values()) == {0}
    assert sum(certificate["fold_tracks"]) == train_part.sum()


def test_a_group_in_two_folds_fails_the_certificate(run, tmp_path):
    other = learnable(tmp_path, **DENSE)
    table = other.read_table("split", SPLIT_TABLE)
    groups = table.loc[table["fold"].isin((0, 1))].drop_duplicates("fold").index
    table.loc[groups, "group_id"] = "one group"
    other.write_table("split", SPLIT_TABLE, table)
    with pytest.raises(IntegrityError, match=r"split leaks: 1 groups in more than one fold, .* in fold 0 and .* in fold 1"):
        verify(other)


def test_out_of_fold_predictions_are_worse_than_those_of_the_model_on_tracks_that_it_was_fitted_to_and_better_than_guessing(
    run,
):
    table = run.read_table("train", OUT_OF_FOLD)
    split_table = run.read_table("split", SPLIT_TABLE)
    assert table["track_id"].tolist() == split_table.loc[split_table["part"] == "train", "track_id"].tolist()
    labels = track_targets(tuple(table["track_id"]), run.read_table("labels", "labels.parquet"), EMOTIFY) > 0
    raw = table[[f"raw_{label}" for label in EMOTIFY.ids]].to_numpy()
    model, _ = load_model(run)
    index = segment_index(run, "train")
    fitted = index.track_means(segment_probabilities(model, index))

    def area(probabilities):
        return all_metrics(labels, probabilities, labels, EMOTIFY)[None, "roc_auc_macro"]

    assert 0.6 < area(raw) < area(fitted)


def test_thresholds_come_from_the_out_of_fold_predictions(run):
    assert run.read_json("thresholds", THRESHOLDS)["part"] == "train"
    table = run.read_table("thresholds", "predictions.parquet")
    assert set(table["part"]) == {"train"}
    served = run.read_table("evaluate", "predictions.parquet")
    assert set(served["part"]) == {"train", "test", "unlabelled"}
    both = served.merge(table, on="track_id", suffixes=("", "_out_of_fold"))
    assert len(both) == len(table)
    assert (both["probability_power"] != both["probability_power_out_of_fold"]).any()


def test_a_killed_training_gives_the_same_model_and_the_same_out_of_fold_predictions(run, tmp_path):
    other = learnable(tmp_path, **DENSE)
    balance(other)
    parameters = {"segment_seconds": 1.0, "learning_rate": 0.01, "smote_neighbours": 2, **DENSE}
    child = subprocess.Popen([sys.executable, "-c", TRAIN_IN_CHILD, str(tmp_path), json.dumps(parameters)])
    while not other.store.exists(other.key("train", "checkpoint.json")):
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert not other.store.exists(other.key("train", MODEL))
    assert train(other)["counters"]["resumed_after"] >= 1
    assert other.read_json("train", HISTORY) == run.read_json("train", HISTORY)
    assert other.read_table("train", OUT_OF_FOLD).equals(run.read_table("train", OUT_OF_FOLD))


def test_a_track_of_the_split_without_out_of_fold_prediction_is_named(run, tmp_path):
    other = learnable(tmp_path, **DENSE)
    balance(other)
    train(other)
    table = other.read_table("train", OUT_OF_FOLD)
    other.write_table("train", OUT_OF_FOLD, table.iloc[1:])
    with pytest.raises(IntegrityError, match=f"1 tracks are missing, first '{table['track_id'][0]}', .* from `train` on"):
        thresholds(other)


def test_a_run_without_cross_fitting_draws_its_validation_part_from_the_train_part_of_cross_fitted_runs(
    run, tmp_path, monkeypatch
):
    table = run.read_table("split", SPLIT_TABLE)
    earlier = dict(zip(table["sha256"], table["part"], strict=True))
    monkeypatch.setattr("mer_tasks.stages.split._earlier_parts", lambda run: earlier)
    other = learnable(tmp_path)
    split(run_in(tmp_path, crossfit="off", scratch_dir=tmp_path / "scratch"))
    drawn = other.read_table("split", SPLIT_TABLE)
    now = dict(zip(drawn["sha256"], drawn["part"], strict=True))
    assert "fold" not in drawn
    assert {content for content, part in now.items() if part == "test"} == {c for c, part in earlier.items() if part == "test"}
    assert 0 < list(now.values()).count("validation") < 12
