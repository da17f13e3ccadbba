import numpy as np
import pytest

from mer_tasks.evaluation.metrics import (
    CEILINGS,
    EQUAL_TO_ACCURACY,
    all_metrics,
    baseline,
    bins,
    calibration_error,
    confusion_matrix,
    lines,
)
from tests.support.label_sets import EMOTIFY, QUARTERS, make_label_set

# Amazement has 2 hits, 1 miss and 1 false alarm. Every track has solemnity, and no track has tenderness. The other
# emotions are copies of amazement.
LABELS = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]], bool)
PROBABILITIES = np.array([[0.9, 0.9, 0.1], [0.8, 0.9, 0.1], [0.3, 0.9, 0.1], [0.6, 0.2, 0.9], [0.1, 0.9, 0.1]])


def nine_columns(columns: np.ndarray) -> np.ndarray:
    return np.concatenate([columns, np.repeat(columns[:, :1], 6, axis=1)], axis=1)


@pytest.fixture
def metrics():
    return all_metrics(nine_columns(LABELS), nine_columns(PROBABILITIES), nine_columns(PROBABILITIES >= 0.5), EMOTIFY)


def test_metrics_of_one_emotion_are_those_counted_by_hand(metrics):
    values = {name: metrics["amazement", name] for name in ("hamming_loss", "f1", "precision", "recall", "roc_auc")}
    assert values == pytest.approx({"hamming_loss": 2 / 5, "f1": 2 / 3, "precision": 2 / 3, "recall": 2 / 3, "roc_auc": 5 / 6})
    # precision at each of the three positives, by falling probability: 1/1, 2/2, 3/4
    assert metrics["amazement", "pr_auc"] == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_an_emotion_that_every_track_carries_has_no_roc_auc(metrics):
    assert metrics["solemnity", "roc_auc"] is None
    assert metrics["solemnity", "recall"] == pytest.approx(4 / 5)
    assert metrics["solemnity", "pr_auc"] == 1


def test_an_emotion_without_positives_has_no_metrics_and_is_left_out_of_means(metrics):
    assert [metrics["tenderness", name] for name in ("f1", "precision", "recall", "roc_auc", "pr_auc")] == [None] * 5
    assert metrics["tenderness", "hamming_loss"] == pytest.approx(1 / 5)
    assert metrics[None, "f1_macro"] == pytest.approx(np.mean([2 / 3] * 7 + [8 / 9]))
    assert metrics[None, "roc_auc_macro"] == pytest.approx(5 / 6)


def test_metrics_of_all_emotions_are_those_counted_by_hand(metrics):
    hits, decided, carried = 7 * 2 + 4, 7 * 3 + 4 + 1, 7 * 3 + 5
    assert metrics[None, "hamming_loss"] == pytest.approx((7 * 2 + 1 + 1) / 45)
    assert metrics[None, "precision_micro"] == pytest.approx(hits / decided)
    assert metrics[None, "recall_micro"] == pytest.approx(hits / carried)
    # recall of each track: 8 of 8, 8 of 8, 1 of 8, 0 of 1, 1 of 1
    assert metrics[None, "recall_samples"] == pytest.approx(np.mean([1, 1, 1 / 8, 0, 1]))


def test_precision_without_positive_decisions_is_0():
    metrics = all_metrics(nine_columns(LABELS), nine_columns(PROBABILITIES), np.zeros((5, 9), bool), EMOTIFY)
    assert (metrics["amazement", "precision"], metrics["amazement", "f1"]) == (0, 0)


def test_the_baseline_only_knows_how_common_an_emotion_is():
    rates = np.array([0.6, 0.9, 0.1, *[0.6] * 6])
    metrics = baseline(nine_columns(LABELS), rates, EMOTIFY)
    assert metrics["amazement", "f1"] == pytest.approx(2 * 0.6 / 1.6)
    assert (metrics["amazement", "precision"], metrics["amazement", "recall"]) == (pytest.approx(0.6), 1)
    assert (metrics["amazement", "roc_auc"], metrics["amazement", "pr_auc"]) == (0.5, pytest.approx(0.6))
    # the decision that is right more often in the train part: yes, yes, no
    assert [metrics[emotion, "hamming_loss"] for emotion in EMOTIFY.ids[:3]] == [pytest.approx(0.4), 0, 0]
    assert metrics[None, "hamming_loss"] == pytest.approx(7 * 2 / 45)


def test_brier_score_and_calibration_error_are_those_counted_by_hand(metrics):
    # errors of 0.1, 0.2 and 0.7 on positives, 0.6 and 0.1 on negatives; each probability is alone in its bin
    assert metrics["amazement", "brier"] == pytest.approx((0.01 + 0.04 + 0.49 + 0.36 + 0.01) / 5)
    assert metrics["amazement", "ece"] == pytest.approx((0.1 + 0.2 + 0.7 + 0.6 + 0.1) / 5)
    # four tracks share a bin of solemnity
    assert metrics["solemnity", "ece"] == pytest.approx((4 * 0.1 + 0.8) / 5)
    assert (metrics["tenderness", "brier"], metrics["tenderness", "ece"]) == (None, None)
    assert metrics[None, "brier_macro"] == pytest.approx(np.mean([0.91 / 5] * 7 + [(4 * 0.01 + 0.64) / 5]))


def test_a_bin_contains_its_lower_border_and_the_last_bin_contains_1():
    assert bins(np.array([0, 0.05, 0.1, 0.5, 0.999, 1])).tolist() == [0, 0, 1, 5, 9, 9]


def test_probabilities_that_equal_the_shares_of_positives_have_no_calibration_error():
    labels = np.repeat([True, False, True, False], [3, 7, 8, 2])
    assert calibration_error(labels, np.repeat([0.3, 0.8], 10)) == pytest.approx(0)
    assert calibration_error(labels, np.repeat([0.8, 0.3], 10)) == pytest.approx(0.5)


@pytest.fixture
def metric_lines():
    """Metric lines by emotion and metric; only macro F1 has an interval and ceilings."""
    predictions = nine_columns(LABELS), nine_columns(PROBABILITIES), nine_columns(PROBABILITIES >= 0.5)
    intervals = dict.fromkeys(all_metrics(*predictions, EMOTIFY)) | {(None, "f1_macro"): (0.25, 0.75)}
    ceilings = {(None, "f1_macro"): {name: number / 10 for number, name in enumerate(CEILINGS)}}
    return {
        (line["emotion"], line["metric"]): line
        for line in lines("segment", *predictions, np.full(9, 0.5), intervals, EMOTIFY, ceilings=ceilings)
    }


def test_lines_name_their_part_level_and_support(metric_lines):
    assert {(line["part"], line["level"]) for line in metric_lines.values()} == {("test", "segment")}
    keys = [(None, "f1_macro"), ("amazement", "f1"), ("tenderness", "f1")]
    assert [metric_lines[key]["support"] for key in keys] == [5, 3, 0]
    assert len(metric_lines) == 9 * 8 + 1 + 3 * 3 + 2 * 2 + 2


def test_a_line_has_the_interval_and_the_ceilings_of_its_metric(metric_lines):
    line = metric_lines[None, "f1_macro"]
    assert (line["low"], line["high"]) == (0.25, 0.75)
    assert [line[name] for name in CEILINGS] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert [metric_lines["power", "f1"][name] for name in ("low", "high", *CEILINGS)] == [None] * 8


# mood_1 has 2 of 3 tracks right, mood_2 has 1 of 2, mood_3 none of 1, and no track has mood_4
TRUE, PREDICTED = [0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 2, 0]
ONE_LABEL = np.eye(4, dtype=bool)[TRUE], np.full((6, 4), 0.1) + 0.6 * np.eye(4)[PREDICTED], np.eye(4, dtype=bool)[PREDICTED]


def test_metrics_of_tracks_with_exactly_one_label_are_those_counted_by_hand():
    metrics = all_metrics(*ONE_LABEL, QUARTERS)
    assert metrics[None, "accuracy"] == pytest.approx(3 / 6)
    assert [metrics[None, f"{name}_micro"] for name in ("f1", "precision", "recall")] == pytest.approx([3 / 6] * 3)
    assert {metrics[None, name] for name in EQUAL_TO_ACCURACY} == {metrics[None, "accuracy"]}
    assert [metrics[label, "recall"] for label in QUARTERS.ids] == [pytest.approx(2 / 3), pytest.approx(1 / 2), 0, None]
    assert metrics[None, "f1_macro"] == pytest.approx(np.mean([2 / 3, 1 / 2, 0]))
    assert metrics[None, "hamming_loss"] == pytest.approx(2 * 3 / (6 * 4))
    assert (None, "accuracy") not in all_metrics(*ONE_LABEL, make_label_set(4, "multi"))


def test_a_row_of_the_confusion_matrix_is_a_true_label_and_a_column_a_predicted_one():
    labels, _, decisions = ONE_LABEL
    assert confusion_matrix(labels, decisions) == [[2, 1, 0, 0], [0, 1, 1, 0], [1, 0, 0, 0], [0, 0, 0, 0]]


def test_the_baseline_of_tracks_with_exactly_one_label_decides_for_the_most_common_one():
    metrics = baseline(ONE_LABEL[0], np.array([0.2, 0.5, 0.3, 0]), QUARTERS)
    assert metrics[None, "accuracy"] == pytest.approx(2 / 6)
    assert [metrics[label, "recall"] for label in QUARTERS.ids] == [0, 1, 0, None]
    assert metrics[None, "roc_auc_macro"] == 0.5
    assert metrics[None, "hamming_loss"] == pytest.approx(2 * 4 / (6 * 4))
    equally_common = baseline(ONE_LABEL[0], np.array([0.4, 0.4, 0.2, 0]), QUARTERS)
    assert equally_common["mood_1", "recall"] == 1
