from pathlib import Path

import numpy as np
import pytest

import mer_tasks
from mer_tasks.config import Config
from mer_tasks.errors import IntegrityError
from mer_tasks.runs.artifacts import MODEL, PREDICTIONS
from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.crossval_runs import fold_run, trial_run
from mer_tasks.runs.finished_trials import CODE
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.folds import folds
from mer_tasks.stages.trial import trial
from tests.support.crossval_runs import as_crossval, learnable_crossval
from tests.support.label_sets import EMOTIFY, QUARTERS

NETWORK = "small-cnn+epochs=2"


def documents(run):
    """Return the keys of the trials' documents by candidate, fold and repeat."""
    return {tuple(run.read_json_key(entry["key"]).values()): entry["key"] for entry in run.manifest("folds")["trials"]}


def key_of(run, name, repeat=1, fold=1):
    return documents(run)[name, fold, repeat]


@pytest.fixture(scope="module")
def finished_trials(tmp_path_factory):
    """Make a cross-validation with two finished trials, of a network and of a baseline."""
    run = learnable_crossval(tmp_path_factory.mktemp("trial"), repeats=1, candidates=(NETWORK, "extra-trees"))
    folds(run)
    return run, {name: trial(run, key_of(run, name)) for name in (NETWORK, "extra-trees")}


@pytest.mark.parametrize("name", [NETWORK, "extra-trees"])
def test_a_trial_predicts_the_test_part_of_its_fold(finished_trials, name):
    run, manifests = finished_trials
    sub_run = trial_run(run, 1, 1, name)
    table = sub_run.read_table("trial", PREDICTIONS)
    split = fold_run(run, 1, 1).read_table("split", "split.parquet")
    assert table["track_id"].tolist() == sorted(split.loc[split["part"] == "test", "track_id"])
    for emotion in EMOTIFY.ids:
        expected = table[f"probability_{emotion}"] >= manifests[name]["thresholds"][emotion]
        assert table[f"positive_{emotion}"].tolist() == expected.tolist()
    assert (manifests[name]["candidate"], manifests[name]["repeat"], manifests[name]["fold"]) == (name, 1, 1)


def test_a_trial_of_a_network_predicts_the_same_as_a_run(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("small-cnn",))
    folds(run)
    sub_run = trial_run(run, 1, 1, "small-cnn")
    store = sub_run.store
    deleted = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store), "delete", lambda self, key: deleted.append(key))
        trial(run, key_of(run, "small-cnn"))
    assert sub_run.key("train", MODEL) in deleted
    evaluate(sub_run)
    evaluated = sub_run.read_table("evaluate", "predictions.parquet")
    expected = evaluated[evaluated["part"] == "test"].reset_index(drop=True)
    predicted = sub_run.read_table("trial", PREDICTIONS)
    for column in predicted:
        if column.startswith("probability_"):
            np.testing.assert_allclose(predicted[column], expected[column], atol=1e-6)
        else:
            assert predicted[column].tolist() == expected[column].tolist()


def test_a_candidate_changes_the_fields_that_its_name_lists(finished_trials):
    run, _ = finished_trials
    sub_run = trial_run(run, 1, 1, NETWORK)
    assert (sub_run.config.preset, sub_run.config.epochs) == ("small-cnn", 2)
    assert sub_run.config.model_copy(update={"epochs": run.config.epochs}) == fold_run(run, 1, 1).config
    assert len(sub_run.read_json("train", "Music_emotion_history.json")["loss"]) == 2
    assert type(sub_run.config) is Config
    assert type(run.config) is CrossvalConfig


def test_the_model_of_a_trial_is_deleted(finished_trials):
    run, _ = finished_trials
    sub_run = trial_run(run, 1, 1, NETWORK)
    assert not sub_run.store.exists(sub_run.key("train", MODEL))


def test_a_finished_trial_is_not_repeated(finished_trials):
    run, manifests = finished_trials
    sub_run = trial_run(run, 1, 1, NETWORK)
    sub_run.store.delete(sub_run.key("balance", "plan.npz"))
    assert trial(run, key_of(run, NETWORK)) == manifests[NETWORK]
    assert not sub_run.store.exists(sub_run.key("balance", "plan.npz"))


@pytest.mark.parametrize("change", [{"learning_rate": 0.5}, {"validation_fraction": 0.3}])
def test_a_trial_with_other_parameters_or_another_split_is_repeated(tmp_path, change):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("extra-trees",))
    folds(run)
    before = trial(run, key_of(run, "extra-trees"))
    other = as_crossval(run, repeats=1, candidates=("extra-trees",), **change)
    folds(other)
    assert trial(other, key_of(other, "extra-trees"))["inputs"] != before["inputs"]


def test_another_candidate_or_repeat_does_not_change_the_other_trials(finished_trials):
    run, manifests = finished_trials
    more = as_crossval(run, repeats=2, candidates=("logistic-regression", NETWORK))
    folds(more)
    assert trial(more, key_of(more, NETWORK)) == manifests[NETWORK]


def test_a_split_that_leaks_fails_the_trial(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("small-cnn",), epochs=1)
    folds(run)
    fold = fold_run(run, 1, 1)
    table = fold.read_table("split", "split.parquet")
    leaking = table["part"].isin(["train", "test"])
    fold.write_table("split", "split.parquet", table.assign(group_id=table["group_id"].mask(leaking, "one")))
    with pytest.raises(IntegrityError, match="leaks"):
        trial(run, key_of(run, "small-cnn"))
    sub_run = trial_run(run, 1, 1, "small-cnn")
    assert not sub_run.store.exists(sub_run.key("trial", PREDICTIONS))


def test_the_modules_of_the_code_digest_exist():
    assert all(Path(mer_tasks.__path__[0], f"{name}.py").exists() for name in CODE)
    assert len(set(CODE)) == len(CODE)


@pytest.mark.parametrize("name", [NETWORK, "logistic-regression", "extra-trees"])
def test_a_trial_of_a_set_with_one_label_a_track_predicts_exactly_one(tmp_path, name):
    run = learnable_crossval(tmp_path, QUARTERS, repeats=1, candidates=(name,))
    folds(run)
    manifest = trial(run, key_of(run, name))
    assert manifest["thresholds"] is None
    assert len(set(manifest["temperatures"].values())) == 1
    table = trial_run(run, 1, 1, name).read_table("trial", PREDICTIONS)
    probabilities, decisions = (table.filter(regex=f"^{prefix}_").to_numpy() for prefix in ("probability", "positive"))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(decisions.argmax(axis=1), probabilities.argmax(axis=1))
    assert (decisions.sum(axis=1) == 1).all()
