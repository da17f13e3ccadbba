import numpy as np
import pytest

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import CEILINGS, baseline, bins, calibration_error, figures, lines

# amazement: 2 hits, 1 miss, 1 false alarm; solemnity: carried by all; tenderness: carried by none; the others as amazement
LABELS = np.array([[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 1, 0]], bool)
PROBABILITIES = np.array([[0.9, 0.9, 0.1], [0.8, 0.9, 0.1], [0.3, 0.9, 0.1], [0.6, 0.2, 0.9], [0.1, 0.9, 0.1]])


def nine(columns: np.ndarray) -> np.ndarray:
    return np.concatenate([columns, np.repeat(columns[:, :1], 6, axis=1)], axis=1)


@pytest.fixture
def known():
    return figures(nine(LABELS), nine(PROBABILITIES), nine(PROBABILITIES >= 0.5))


def test_metrics_of_one_emotion(known):
    found = {name: known["amazement", name] for name in ("hamming_loss", "f1", "precision", "recall", "roc_auc")}
    assert found == pytest.approx({"hamming_loss": 2 / 5, "f1": 2 / 3, "precision": 2 / 3, "recall": 2 / 3, "roc_auc": 5 / 6})
    # precision where each of the three positives comes, by falling probability: 1/1, 2/2, 3/4
    assert known["amazement", "pr_auc"] == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_what_everything_carries_has_no_roc(known):
    assert known["solemnity", "roc_auc"] is None
    assert known["solemnity", "recall"] == pytest.approx(4 / 5)
    assert known["solemnity", "pr_auc"] == 1


def test_what_nothing_carries_has_no_metrics_and_does_not_count(known):
    assert [known["tenderness", name] for name in ("f1", "precision", "recall", "roc_auc", "pr_auc")] == [None] * 5
    assert known["tenderness", "hamming_loss"] == pytest.approx(1 / 5)
    assert known[None, "f1_macro"] == pytest.approx(np.mean([2 / 3] * 7 + [8 / 9]))
    assert known[None, "roc_auc_macro"] == pytest.approx(5 / 6)


def test_metrics_of_all_emotions(known):
    hits, decided, carried = 7 * 2 + 4, 7 * 3 + 4 + 1, 7 * 3 + 5
    assert known[None, "hamming_loss"] == pytest.approx((7 * 2 + 1 + 1) / 45)
    assert known[None, "precision_micro"] == pytest.approx(hits / decided)
    assert known[None, "recall_micro"] == pytest.approx(hits / carried)
    # by track: 8 of 8 found; the same; of 8 only 1; 0 of 1 with 8 false; 1 of 1
    assert known[None, "recall_samples"] == pytest.approx(np.mean([1, 1, 1 / 8, 0, 1]))


def test_no_positive_decision_is_no_precision():
    found = figures(nine(LABELS), nine(PROBABILITIES), np.zeros((5, 9), bool))
    assert (found["amazement", "precision"], found["amazement", "f1"]) == (0, 0)


def test_the_baseline_only_knows_how_common_an_emotion_is():
    rates = np.array([0.6, 0.9, 0.1, *[0.6] * 6])
    found = baseline(nine(LABELS), rates)
    assert found["amazement", "f1"] == pytest.approx(2 * 0.6 / 1.6)
    assert (found["amazement", "precision"], found["amazement", "recall"]) == (pytest.approx(0.6), 1)
    assert (found["amazement", "roc_auc"], found["amazement", "pr_auc"]) == (0.5, pytest.approx(0.6))
    # the decision that is right more often in train: yes, yes, no
    assert [found[emotion, "hamming_loss"] for emotion in EMOTIONS[:3]] == [pytest.approx(0.4), 0, 0]
    assert found[None, "hamming_loss"] == pytest.approx(7 * 2 / 45)


def test_squared_errors_and_calibration_of_one_emotion(known):
    # errors of 0.1, 0.2, 0.7 where the emotion is, 0.6 and 0.1 where it is not; each probability in a bin of its own
    assert known["amazement", "brier"] == pytest.approx((0.01 + 0.04 + 0.49 + 0.36 + 0.01) / 5)
    assert known["amazement", "ece"] == pytest.approx((0.1 + 0.2 + 0.7 + 0.6 + 0.1) / 5)
    # of solemnity four tracks share a bin
    assert known["solemnity", "ece"] == pytest.approx((4 * 0.1 + 0.8) / 5)
    assert (known["tenderness", "brier"], known["tenderness", "ece"]) == (None, None)
    assert known[None, "brier_macro"] == pytest.approx(np.mean([0.91 / 5] * 7 + [(4 * 0.01 + 0.64) / 5]))


def test_a_bin_has_its_lower_end_and_the_last_one_has_1():
    assert bins(np.array([0, 0.05, 0.1, 0.5, 0.999, 1])).tolist() == [0, 0, 1, 5, 9, 9]


def test_what_comes_true_as_often_as_said_is_calibrated():
    labels = np.repeat([True, False, True, False], [3, 7, 8, 2])
    assert calibration_error(labels, np.repeat([0.3, 0.8], 10)) == pytest.approx(0)
    assert calibration_error(labels, np.repeat([0.8, 0.3], 10)) == pytest.approx(0.5)


@pytest.fixture
def said():
    """Lines, the intervals and the ceilings that they were made with."""
    judged = nine(LABELS), nine(PROBABILITIES), nine(PROBABILITIES >= 0.5)
    spread = dict.fromkeys(figures(*judged)) | {(None, "f1_macro"): (0.25, 0.75)}
    ceilings = {(None, "f1_macro"): {name: place / 10 for place, name in enumerate(CEILINGS)}}
    return {
        (line["emotion"], line["metric"]): line
        for line in lines("segment", *judged, np.full(9, 0.5), intervals=spread, ceilings=ceilings)
    }


def test_lines_say_what_was_judged(said):
    assert {(line["part"], line["level"]) for line in said.values()} == {("test", "segment")}
    assert [said[key]["support"] for key in ((None, "f1_macro"), ("amazement", "f1"), ("tenderness", "f1"))] == [5, 3, 0]
    assert len(said) == 9 * 8 + 1 + 3 * 3 + 2 * 2 + 2


def test_a_line_has_the_interval_and_the_ceilings_of_its_figure(said):
    line = said[None, "f1_macro"]
    assert (line["low"], line["high"]) == (0.25, 0.75)
    assert [line[name] for name in CEILINGS] == [0, 0.1, 0.2, 0.3, 0.4, 0.5]
    assert [said["power", "f1"][name] for name in ("low", "high", *CEILINGS)] == [None] * 8
