import re
from xml.etree import ElementTree

import numpy as np
import pytest

from mer_tasks.report.run_documents import LabelledPredictions
from mer_tasks.report.small_multiples import (
    MAX_POINTS,
    calibration_panels,
    precision_recall_panels,
    roc_panels,
    threshold_panels,
)
from tests.support.judged_runs import metric_lines
from tests.support.label_sets import make_label_set

LABELS = make_label_set(20)


@pytest.fixture(scope="module")
def predictions():
    """Predictions of 300 tracks; no track has the last label, and all tracks have the one before it."""
    random = np.random.default_rng(0)
    labels = random.random((300, 20)) < 0.3
    labels[:, 18], labels[:, 19] = True, False
    probabilities = np.clip(np.linspace(0.8, 0, 20) * labels + random.random(labels.shape), 0, 1)
    return LabelledPredictions(tuple(map(str, range(300))), labels, probabilities, probabilities > 0.5)


@pytest.fixture(scope="module")
def metrics(predictions):
    lines = metric_lines(predictions.labels, predictions.probabilities, predictions.decisions, np.full(20, 0.3), LABELS)
    return {(line["emotion"], line["metric"]): line for line in lines}


@pytest.mark.parametrize(
    ("draw", "metric", "labels"),
    [(roc_panels, "roc_auc", 18), (precision_recall_panels, "pr_auc", 19), (calibration_panels, "ece", 19)],
)
def test_panels_are_sorted_by_their_value_and_leave_out_labels_without_a_curve(predictions, metrics, draw, metric, labels):
    block = draw(predictions, metrics, LABELS)
    values = {key[0]: line["value"] for key, line in metrics.items() if key[1] == metric and line["value"] is not None}
    assert len(block.panels) == labels
    expected = sorted(values, key=lambda label: -values[label])
    assert [panel.name for panel in block.panels] == [LABELS.by_id[label].name for label in expected]
    first = block.panels[0]
    assert first.text == f"{values[expected[0]]:.2f}, {predictions.labels[:, LABELS.ids.index(expected[0])].sum()} tracks"
    assert "each mood" in block.caption


def test_the_dot_of_a_threshold_is_at_the_chosen_threshold_on_the_curve(predictions):
    thresholds = dict.fromkeys(LABELS.ids, 0.25)
    block = threshold_panels(predictions, thresholds, LABELS)
    for panel in block.panels:
        f1 = float(panel.text.removeprefix("0.25, F1 "))
        x, y = map(float, re.search(r'cx="([\d.]+)" cy="([\d.]+)"', panel.svg).groups())
        assert x == 25
        assert 100 - y == pytest.approx(100 * f1, abs=0.6)
        assert re.search(rf"[VL]{y:.1f}\D", panel.svg)


def test_panels_stay_small_and_are_complete_pictures(predictions, metrics):
    for draw in (roc_panels, precision_recall_panels):
        for panel in draw(predictions, metrics, LABELS).panels:
            ElementTree.fromstring(panel.svg)  # noqa: S314  # made by this package
            assert len(panel.svg) < 2_000
            assert len(re.findall("[LHV]", panel.svg)) <= 2 * MAX_POINTS + 4
    ends = re.findall(r'd="M(\S+) (\S+?)[LHV]', roc_panels(predictions, metrics, LABELS).panels[0].svg)
    assert ("0.0", "100.0") in ends
