import pytest

from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError, ObjectMissing
from mer_tasks.evaluation.crossval_scores import LINE
from mer_tasks.runs.artifacts import CROSSVAL, PREDICTIONS
from mer_tasks.runs.crossval_runs import trial_run
from mer_tasks.stages.crossval import HEADLINE, crossval, run_crossval, tables
from mer_tasks.stages.folds import folds
from tests.support.crossval_runs import as_crossval, learnable_crossval

NAMES = ["logistic-regression", "extra-trees"]


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A crossval of two baselines in two repeats of two folds, its steps, and its manifest."""
    run, steps = learnable_crossval(tmp_path_factory.mktemp("crossval")), []
    manifest = run_crossval(run, lambda *step: steps.append(step))
    return run, steps, manifest


def test_the_document_has_every_metric_of_every_candidate(judged):
    run, _, manifest = judged
    document = run.read_json("crossval", CROSSVAL)
    assert manifest["document"] == run.key("crossval", CROSSVAL)
    assert (document["folds"], document["repeats"], document["tracks"], document["groups"]) == (2, 2, 36, 36)
    assert document["candidates"] == NAMES
    found = {(line["candidate"], line["emotion"], line["metric"]) for line in document["metrics"]}
    assert len(found) == len(document["metrics"])
    assert {(name, None, metric) for name in NAMES for metric in HEADLINE} <= found
    assert {(name, emotion, "roc_auc") for name in NAMES for emotion in EMOTIONS} <= found


def test_what_can_be_heard_is_learnt(judged):
    run, *_ = judged
    for line in run.read_json("crossval", CROSSVAL)["metrics"]:
        if (line["metric"], line["emotion"]) == ("roc_auc_macro", None):
            assert line["low"] > 0.7


def test_steps_are_told_with_how_many_trials_are_done(judged):
    _, steps, _ = judged
    assert [name for name, _, total in steps if not total] == ["folds"]  # the corpus was there
    assert [done for _, done, total in steps if total == 8] == [*range(8), 8]
    assert steps[1][0] == "logistic-regression, repeat 1, fold 1"


def test_a_crossval_goes_on_where_it_was(tmp_path, monkeypatch):
    run = learnable_crossval(tmp_path)
    listed = []

    def stopped(name, done, total):
        if done == 3:
            raise KeyboardInterrupt
        listed.append(name)

    with pytest.raises(KeyboardInterrupt):
        run_crossval(run, stopped)
    first = trial_run(run, 1, 1, NAMES[0])
    before = first.store.get(first.key("trial", "manifest.json"))
    fitted = []
    monkeypatch.setattr(
        "mer_tasks.stages.trial.judged", lambda name, one, run: (fitted.append(one.run_id), _judged(name, one, run))[1]
    )
    run_crossval(run)
    assert len(fitted) == 8 - 3
    assert first.store.get(first.key("trial", "manifest.json")) == before


def _judged(name, one, run):
    from mer_tasks.modelling.baselines import judged

    return judged(name, one, run)


def test_a_candidate_that_is_added_leaves_the_others_as_they_are(judged):
    run, *_ = judged
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


def test_a_trial_that_is_missing_is_named(tmp_path):
    run = learnable_crossval(tmp_path)
    folds(run)
    with pytest.raises(ObjectMissing, match=r"crossval/repeat-1/fold-1/logistic-regression/trial/predictions\.parquet"):
        crossval(run)


def test_predictions_of_another_split_are_refused(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1, candidates=("logistic-regression",))
    run_crossval(run)
    one = trial_run(run, 1, 2, "logistic-regression")
    table = one.read_table("trial", PREDICTIONS)
    one.write_table("trial", PREDICTIONS, table.iloc[1:])
    with pytest.raises(IntegrityError, match="in repeat 1 predicts 35 tracks, 35 different ones; expected each of the 36"):
        crossval(run)


def test_tables_show_values_differences_and_emotions():
    def line(name, emotion, metric, **values):
        return {"candidate": name, "emotion": emotion, "metric": metric, **dict.fromkeys(LINE[3:]), **values}

    lines = [line(name, None, metric, value=0.5, low=0.25, high=0.75) for name in ("a", "b") for metric in HEADLINE]
    lines += [line(name, emotion, "roc_auc", value=0.5) for name in ("a", "b") for emotion in EMOTIONS[:-1]]
    lines += [line(name, EMOTIONS[-1], "roc_auc") for name in ("a", "b")]
    for number in (line for line in lines if line["candidate"] == "b" and line["emotion"] is None):
        number.update(difference=0.125, difference_low=-0.125, difference_high=0.375)
    values, differences, emotions = tables(lines)
    assert [row["candidate"] for row in values] == ["a", "b"]
    assert values[0]["roc_auc_macro"] == "0.500 (0.250 to 0.750)"
    assert [row["less a"] for row in differences] == ["b"]
    assert differences[0]["f1_macro"] == "+0.125 (-0.125 to +0.375)"
    assert [row["roc_auc"] for row in emotions] == list(EMOTIONS)
    assert (emotions[0]["a"], emotions[-1]["a"]) == ("0.500", "")
