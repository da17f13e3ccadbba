import pytest

from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.evaluation.crossval_scores import LINE_FIELDS
from mer_tasks.modelling.baselines import predict_held_out
from mer_tasks.runs.artifacts import CROSSVAL, PREDICTIONS
from mer_tasks.runs.crossval_chain import run_crossval
from mer_tasks.runs.crossval_runs import trial_run
from mer_tasks.stages.crossval import HEADLINE, crossval, tables
from mer_tasks.stages.folds import folds
from tests.support.crossval_runs import as_crossval, learnable_crossval
from tests.support.label_sets import EMOTIFY

NAMES = ["logistic-regression", "extra-trees"]


@pytest.fixture(scope="module")
def finished_crossval(tmp_path_factory):
    """Run a cross-validation of two baselines in two repeats of two folds; return its run, its steps and its manifest."""
    run = learnable_crossval(tmp_path_factory.mktemp("crossval"))
    steps = []
    manifest = run_crossval(run, lambda *step: steps.append(step))
    return run, steps, manifest


def test_the_document_has_every_metric_of_every_candidate(finished_crossval):
    run, _, manifest = finished_crossval
    document = run.read_json("crossval", CROSSVAL)
    assert manifest["document"] == run.key("crossval", CROSSVAL)
    assert (document["folds"], document["repeats"], document["tracks"], document["groups"]) == (2, 2, 36, 36)
    assert document["candidates"] == NAMES
    keys = {(line["candidate"], line["emotion"], line["metric"]) for line in document["metrics"]}
    assert len(keys) == len(document["metrics"])
    assert {(name, None, metric) for name in NAMES for metric in HEADLINE if metric != "accuracy"} <= keys
    assert {(name, emotion, "roc_auc") for name in NAMES for emotion in EMOTIFY.ids} <= keys


def test_candidates_learn_emotions_that_the_features_show(finished_crossval):
    run, *_ = finished_crossval
    for line in run.read_json("crossval", CROSSVAL)["metrics"]:
        if (line["metric"], line["emotion"]) == ("roc_auc_macro", None):
            assert line["low"] > 0.7


def test_each_step_is_announced_with_the_number_of_finished_trials(finished_crossval):
    _, steps, _ = finished_crossval
    # The corpus and the labels were finished before, so these steps were skipped.
    assert [name for name, _, total in steps if not total] == ["folds"]
    finished = [finished for _, finished, total in steps if total == 8]
    assert finished == sorted(finished)
    assert set(finished) == {*range(9)}
    assert steps[-1][0] == "crossval"


def test_an_interrupted_crossval_continues_where_it_stopped(tmp_path, monkeypatch):
    run = learnable_crossval(tmp_path)

    def stop_after_three_trials(name, finished, total):
        if finished == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_crossval(run, stop_after_three_trials)
    first = trial_run(run, 1, 1, NAMES[0])
    before = first.store.get(first.key("trial", "manifest.json"))
    fitted = []

    def count_and_predict(name, fold, run):
        fitted.append(fold.run_id)
        return predict_held_out(name, fold, run)

    monkeypatch.setattr("mer_tasks.stages.trial.predict_held_out", count_and_predict)
    run_crossval(run)
    assert len(fitted) == 8 - 3
    assert first.store.get(first.key("trial", "manifest.json")) == before


def test_other_candidates_do_not_change_a_finished_trial(finished_crossval):
    run, *_ = finished_crossval
    before = {
        line["metric"]: line["value"] for line in run.read_json("crossval", CROSSVAL)["metrics"] if line["emotion"] is None
    }
    first = trial_run(run, 2, 2, "extra-trees").manifest("trial")
    alone = as_crossval(run, candidates=("extra-trees",))
    run_crossval(alone)
    assert trial_run(alone, 2, 2, "extra-trees").manifest("trial") == first
    after = {
        line["metric"]: line["value"] for line in run.read_json("crossval", CROSSVAL)["metrics"] if line["emotion"] is None
    }
    assert after == before
    run_crossval(run)


def test_a_missing_trial_is_refused_and_named(tmp_path):
    run = learnable_crossval(tmp_path)
    folds(run)
    with pytest.raises(ObjectMissing, match=r"crossval/repeat-1/fold-1/logistic-regression/trial/predictions\.parquet"):
        crossval(run)


def test_predictions_of_another_split_are_refused(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("logistic-regression",))
    run_crossval(run)
    sub_run = trial_run(run, 1, 2, "logistic-regression")
    table = sub_run.read_table("trial", PREDICTIONS)
    sub_run.write_table("trial", PREDICTIONS, table.iloc[1:])
    with pytest.raises(IntegrityError, match="in repeat 1 predicts 35 tracks, 35 different ones; expected each of the 36"):
        crossval(run)


def test_tables_show_values_differences_and_emotions():
    def line(name, emotion, metric, **values):
        return {"candidate": name, "emotion": emotion, "metric": metric, **dict.fromkeys(LINE_FIELDS[3:]), **values}

    lines = [line(name, None, metric, value=0.5, low=0.25, high=0.75) for name in ("a", "b") for metric in HEADLINE]
    lines += [line(name, emotion, "roc_auc", value=0.5) for name in ("a", "b") for emotion in EMOTIFY.ids[:-1]]
    lines += [line(name, EMOTIFY.ids[-1], "roc_auc") for name in ("a", "b")]
    for headline in (line for line in lines if line["candidate"] == "b" and line["emotion"] is None):
        headline.update(difference=0.125, difference_low=-0.125, difference_high=0.375)
    values, differences, emotions = tables({"metrics": lines, "genres": []}, EMOTIFY)
    assert [row["candidate"] for row in values] == ["a", "b"]
    assert values[0]["roc_auc_macro"] == "0.500 (0.250 to 0.750)"
    assert [row["less a"] for row in differences] == ["b"]
    assert differences[0]["f1_macro"] == "+0.125 (-0.125 to +0.375)"
    assert [row["roc_auc"] for row in emotions] == list(EMOTIFY.names)
    assert (emotions[0]["a"], emotions[-1]["a"]) == ("0.500", "")
