import numpy as np
import pytest

from mer_tasks.emotions import EMOTIONS
from mer_tasks.metrics import baseline, figures, lines

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


def test_lines_say_what_was_judged():
    found = lines("segment", nine(LABELS), nine(PROBABILITIES), nine(PROBABILITIES >= 0.5), np.full(9, 0.5))
    assert {line["level"] for line in found} == {"segment"}
    assert {line["part"] for line in found} == {"test"}
    support = {(line["emotion"], line["metric"]): line["support"] for line in found}
    assert (support[None, "f1_macro"], support["amazement", "f1"], support["tenderness", "f1"]) == (5, 3, 0)
    assert len(support) == len(found) == 9 * 6 + 1 + 3 * 3 + 2 * 2
