import numpy as np
import pytest

from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.evaluation.interval_notes import outside_interval, outside_note
from mer_tasks.evaluation.metrics import all_metrics
from tests.support.label_sets import make_label_set

RARE, FEWER = "counts only where one of them is drawn", "fewer different tracks"


@pytest.mark.parametrize(
    ("line", "is_outside"),
    [((0.1, 0.12, 0.2), True), ((0.12, 0.12, 0.2), False), ((0.3, 0.12, 0.2), True), ((None, None, None), False)],
)
def test_a_value_outside_its_interval_is_detected(line, is_outside):
    assert outside_interval(*line) is is_outside


@pytest.mark.parametrize(
    ("metrics", "reasons"),
    [
        (["pr_auc_macro"], [RARE]),
        (["ece_macro"], [FEWER]),
        (["brier_macro", "ece_macro"], [RARE, FEWER]),
        (["hamming_loss"], []),
    ],
)
def test_the_note_gives_only_reasons_that_hold_for_its_metrics(metrics, reasons):
    note = outside_note(metrics, metrics, "mood")
    assert all(name in note for name in metrics)
    assert [reason for reason in (RARE, FEWER) if reason in note] == reasons
    assert "error" not in note.replace("calibration error", "")


def test_labels_of_one_track_are_why_the_interval_of_their_mean_lies_above_it():
    """Each label has one of eight tracks, or four of them; the model knows nothing."""
    of_one, of_four = np.tile(np.eye(8, dtype=bool), (1, 5)), np.tile(np.arange(8)[:, None] % 2 == 0, (1, 40))
    probabilities = np.random.default_rng(0).random((8, 40))
    label_set = make_label_set(40)
    above = []
    for labels in (of_one, of_four):
        value = all_metrics(labels, probabilities, labels, label_set)[None, "pr_auc_macro"]
        ends = intervals(labels, probabilities, labels, np.arange(8), label_set, resamples=200)[None, "pr_auc_macro"]
        above.append(ends[0] > value)
    assert above == [True, False]
