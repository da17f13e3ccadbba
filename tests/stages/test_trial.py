from pathlib import Path

import numpy as np
import pytest

import mer_tasks
from mer_tasks.config import Config
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.artifacts import MODEL, PREDICTIONS
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.crossval_runs import fold_run, trial_run
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.folds import folds
from mer_tasks.stages.trial import CODE, trial
from tests.support.crossval_runs import as_crossval, learnable_crossval

NETWORK = "small-cnn+epochs=2"


def documents(run):
    """Keys of the trials' documents by repeat, fold and candidate."""
    return {tuple(run.read_json_key(one["key"]).values()): one["key"] for one in run.manifest("folds")["trials"]}


def key_of(run, name, repeat=1, fold=1):
    return documents(run)[name, fold, repeat]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A crossval with two trials that are done, of a network and of a baseline."""
    run = learnable_crossval(tmp_path_factory.mktemp("trial"), repeats=1, candidates=(NETWORK, "extra-trees"))
    folds(run)
    return run, {name: trial(run, key_of(run, name)) for name in (NETWORK, "extra-trees")}


@pytest.mark.parametrize("name", [NETWORK, "extra-trees"])
def test_a_trial_predicts_the_test_part_of_its_fold(judged, name):
    run, manifests = judged
    one = trial_run(run, 1, 1, name)
    table, split = one.read_table("trial", PREDICTIONS), fold_run(run, 1, 1).read_table("split", "split.parquet")
    assert table["track_id"].tolist() == sorted(split.loc[split["part"] == "test", "track_id"])
    for emotion in EMOTIONS:
        expected = table[f"probability_{emotion}"] >= manifests[name]["thresholds"][emotion]
        assert table[f"positive_{emotion}"].tolist() == expected.tolist()
    assert (manifests[name]["candidate"], manifests[name]["repeat"], manifests[name]["fold"]) == (name, 1, 1)


def test_a_network_is_judged_as_a_run_would_judge_it(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("small-cnn",))
    folds(run)
    one = trial_run(run, 1, 1, "small-cnn")
    store, kept = one.store, []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store), "delete", lambda self, key: kept.append(key))
        trial(run, key_of(run, "small-cnn"))
    assert one.key("train", MODEL) in kept
    evaluate(one)
    there = one.read_table("evaluate", "predictions.parquet")
    expected = there[there["part"] == "test"].reset_index(drop=True)
    found = one.read_table("trial", PREDICTIONS)
    for column in found:
        if column.startswith("probability_"):
            np.testing.assert_allclose(found[column], expected[column], atol=1e-6)
        else:
            assert found[column].tolist() == expected[column].tolist()


def test_a_candidate_changes_what_its_name_says(judged):
    run, _ = judged
    one = trial_run(run, 1, 1, NETWORK)
    assert (one.config.preset, one.config.epochs) == ("small-cnn", 2)
    assert one.config.model_copy(update={"epochs": run.config.epochs}) == fold_run(run, 1, 1).config
    assert len(one.read_json("train", "Music_emotion_history.json")["loss"]) == 2
    assert type(one.config) is Config
    assert type(run.config) is CrossvalConfig


def test_the_model_of_a_trial_is_not_kept(judged):
    run, _ = judged
    one = trial_run(run, 1, 1, NETWORK)
    assert not one.store.exists(one.key("train", MODEL))


def test_a_trial_that_is_done_is_not_done_again(judged):
    run, manifests = judged
    one = trial_run(run, 1, 1, NETWORK)
    one.store.delete(one.key("balance", "plan.npz"))
    assert trial(run, key_of(run, NETWORK)) == manifests[NETWORK]
    assert not one.store.exists(one.key("balance", "plan.npz"))


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"validation_fraction": 0.3}])
def test_a_trial_with_other_parameters_or_another_split_is_done_again(tmp_path, change):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("extra-trees",))
    folds(run)
    before = trial(run, key_of(run, "extra-trees"))
    other = as_crossval(run, repeats=1, candidates=("extra-trees",), **change)
    folds(other)
    assert trial(other, key_of(other, "extra-trees"))["inputs"] != before["inputs"]


def test_another_candidate_or_repeat_changes_nothing_for_the_others(judged):
    run, manifests = judged
    more = as_crossval(run, repeats=2, candidates=("logistic-regression", NETWORK))
    folds(more)
    assert trial(more, key_of(more, NETWORK)) == manifests[NETWORK]


def test_a_split_that_leaks_fails_the_trial(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("small-cnn",), epochs=1)
    folds(run)
    one = fold_run(run, 1, 1)
    table = one.read_table("split", "split.parquet")
    leaking = table["part"].isin(["train", "test"])
    one.write_table("split", "split.parquet", table.assign(group_id=table["group_id"].mask(leaking, "one")))
    with pytest.raises(IntegrityError, match="leaks"):
        trial(run, key_of(run, "small-cnn"))
    assert not trial_run(run, 1, 1, "small-cnn").store.exists(trial_run(run, 1, 1, "small-cnn").key("trial", PREDICTIONS))


def test_modules_that_decide_are_there():
    assert all(Path(mer_tasks.__path__[0], f"{name}.py").exists() for name in CODE)
    assert len(set(CODE)) == len(CODE)
