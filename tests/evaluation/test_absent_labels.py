import numpy as np

from mer_tasks.evaluation.absent_labels import warn_of_absent_labels
from tests.support.label_sets import EMOTIFY, make_label_set


def test_absent_labels_are_counted_and_at_most_five_are_named_in_one_line(caplog):
    labels = np.zeros((3, 200), bool)
    labels[1, :190] = True
    assert warn_of_absent_labels(labels, make_label_set(200, "multi"), "test track") == {"absent_labels": 10}
    assert caplog.messages == [
        "no test track has 10 of the 200 moods: mood 191, mood 192, mood 193, mood 194, mood 195 and 5 more; only their"
        " Hamming loss is defined, and means leave them out"
    ]


def test_they_have_the_names_of_the_set(caplog):
    labels = np.ones((2, 9), bool)
    labels[:, 6] = False
    warn_of_absent_labels(labels, EMOTIFY, "test track")
    assert "1 of the 9 emotions: joyful activation; only" in caplog.text


def test_nothing_is_said_if_each_label_is_on_a_track(caplog):
    assert warn_of_absent_labels(np.eye(9, dtype=bool), EMOTIFY, "test track") == {}
    assert caplog.messages == []
