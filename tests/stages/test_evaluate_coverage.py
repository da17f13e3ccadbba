"""Stage `evaluate` measures how many answers are right or unclear, by the ranges that stage `thresholds` chose."""

import numpy as np
import pytest

from mer_tasks.corpus.segments import track_targets
from mer_tasks.modelling.conformal import PROMISE, unclear_range
from mer_tasks.modelling.predictions import Rule
from mer_tasks.runs.artifacts import LABELS, METRICS, PREDICTIONS, THRESHOLDS
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.label_sets import EMOTIFY, QUARTERS
from tests.support.learnable_runs import learnable


@pytest.fixture(scope="module", params=[EMOTIFY, QUARTERS], ids=["multi", "single"])
def evaluated(request, tmp_path_factory):
    """A run after stage `evaluate`."""
    run = learnable(tmp_path_factory.mktemp("coverage"), epochs=2, label_set=request.param, balance="none")
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    return run


def predicted(run, stage, part):
    """Probabilities and labels of the labelled tracks of a part."""
    table, labels, label_set = run.read_table(stage, PREDICTIONS), run.read_table("labels", LABELS), run.label_set
    table = table[(table["part"] == part)]
    probabilities = table[[f"probability_{label}" for label in label_set.ids]].to_numpy()
    return probabilities, track_targets(tuple(table["track_id"]), labels, label_set) > 0


def test_the_ranges_are_those_of_the_validation_tracks(evaluated):
    document, label_set = evaluated.read_json("thresholds", THRESHOLDS), evaluated.label_set
    assert document["promise"] == PROMISE
    probabilities, labels = predicted(evaluated, "thresholds", "validation")
    for column, label in enumerate(label_set.ids):
        ends = document["unclear_from"][label], document["unclear_to"][label]
        if label_set.single:
            assert (ends[0], ends[1]) == (document["unclear_from"][label_set.ids[0]], 1)
        else:
            expected = unclear_range(probabilities[:, column], labels[:, column], document["thresholds"][label])
            assert ends == pytest.approx(expected)


def test_coverage_is_measured_on_the_test_tracks(evaluated):
    document = evaluated.read_json("evaluate", METRICS)
    assert document["promise"] == PROMISE
    lines = {
        (line["metric"], line["emotion"]): line for line in document["metrics"] if line["metric"] in ("coverage", "unclear")
    }
    assert {emotion for _, emotion in lines} == {*evaluated.label_set.ids, None}
    assert {(line["part"], line["level"]) for line in lines.values()} == {("test", "track")}
    probabilities, labels = predicted(evaluated, "evaluate", "test")
    rule = Rule.of(evaluated)
    decisions, unclear = rule.decisions(probabilities), rule.unclear(probabilities)
    if evaluated.label_set.single:
        holds, open_answers = (decisions | unclear)[labels], unclear.any(axis=1)
    else:
        holds, open_answers = (decisions == labels) | unclear, unclear
    assert lines["coverage", None]["value"] == pytest.approx(np.mean(holds))
    assert lines["unclear", None]["value"] == pytest.approx(np.mean(open_answers))
    assert lines["coverage", None]["low"] is not None
