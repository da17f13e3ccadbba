import numpy as np
import pytest

from mer_tasks.evaluation.bootstrap import percentile_interval, resample_weights
from mer_tasks.evaluation.coverage import coverage_lines
from tests.support.label_sets import QUARTERS, make_label_set

THREE = make_label_set(3)


def by_key(lines):
    return {(line["metric"], line["emotion"]): line for line in lines}


@pytest.fixture
def answers():
    """Labels, decisions and unclear answers of 40 tracks in 10 groups of three labels; no track has the last one."""
    random = np.random.default_rng(0)
    labels = random.random((40, 3)) < (0.5, 0.2, 0)
    return labels, random.random((40, 3)) < 0.4, random.random((40, 3)) < 0.3, np.arange(40) % 10


def test_an_answer_holds_if_it_is_right_or_unclear(answers):
    labels, decisions, unclear, groups = answers
    lines = by_key(coverage_lines(labels, decisions, unclear, groups, THREE))
    holds = (labels == decisions) | unclear
    for column, label in enumerate(THREE.ids):
        assert lines["coverage", label]["value"] == pytest.approx(holds[:, column].mean())
        assert lines["unclear", label]["value"] == pytest.approx(unclear[:, column].mean())
        assert lines["coverage", label]["support"] == labels[:, column].sum()
    assert lines["coverage", None]["value"] == pytest.approx(holds.mean())
    assert lines["unclear", None]["value"] == pytest.approx(unclear.mean())
    assert (lines["coverage", None]["baseline"], lines["coverage", None]["support"]) == (None, 40)


def test_the_interval_resamples_groups(answers):
    labels, decisions, unclear, groups = answers
    line = by_key(coverage_lines(labels, decisions, unclear, groups, THREE, resamples=200, seed=3))["coverage", "mood_1"]
    holds = ((labels == decisions) | unclear)[:, 0]
    drawn = [np.repeat(holds, times[groups].astype(int)).mean() for block in resample_weights(10, 200, 3) for times in block.T]
    assert (line["low"], line["high"]) == pytest.approx(percentile_interval(np.array(drawn)))
    assert line["low"] < line["value"] < line["high"]


def test_one_group_has_no_interval(answers):
    *flags, groups = answers
    line = coverage_lines(*flags, np.zeros_like(groups), THREE)[0]
    assert line["value"] is not None
    assert (line["low"], line["high"]) == (None, None)


def test_if_a_track_has_one_label_its_set_must_contain_it():
    labels = np.eye(4, dtype=bool)[[0, 0, 1, 1]]
    decisions = np.eye(4, dtype=bool)[[0, 1, 1, 2]]
    unclear = np.zeros((4, 4), bool)
    unclear[1, :2] = True  # the right label is plausible beside the decision
    lines = by_key(coverage_lines(labels, decisions, unclear, np.arange(4), QUARTERS))
    assert [lines["coverage", label]["value"] for label in (*QUARTERS.ids, None)] == [1.0, 0.5, None, None, 0.75]
    assert [lines["unclear", label]["value"] for label in (*QUARTERS.ids, None)] == [0.25, 0.25, 0, 0, 0.25]
