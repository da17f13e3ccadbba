from dataclasses import replace

import numpy as np
import pytest

from mer_tasks.errors import ConfigError
from mer_tasks.evaluation.common_labels import (
    common_columns,
    common_labels,
    common_predictions,
    common_probabilities,
    left_out_labels,
)
from tests.support.label_sets import EMOTIFY, QUARTERS, make_label_set
from tests.support.label_versions import retired

PROBABILITIES = np.array([[0.1, 0.2, 0.3, 0.4], [0.5, 0.25, 0.15, 0.1]])
DECISIONS = np.eye(4, dtype=bool)[[3, 0]]


def test_the_common_labels_are_those_in_use_in_both_versions():
    added, without = make_label_set(5, "multi"), retired(make_label_set(5, "multi"), "mood_2")
    assert common_labels(without, added).ids == common_labels(added, without).ids == ("mood_1", "mood_3", "mood_4", "mood_5")
    assert left_out_labels(without, added) == left_out_labels(added, without) == ["mood_2"]
    assert common_labels(EMOTIFY, EMOTIFY).digest == EMOTIFY.digest
    assert left_out_labels(EMOTIFY, EMOTIFY) == []


def test_the_order_is_that_of_the_first_set_and_columns_follow_it():
    turned = replace(QUARTERS, labels=QUARTERS.labels[::-1])
    common = common_labels(turned, QUARTERS)
    assert common.ids == ("mood_4", "mood_3", "mood_2", "mood_1")
    np.testing.assert_array_equal(common_columns(DECISIONS, QUARTERS, common), DECISIONS[:, ::-1])
    np.testing.assert_array_equal(common_probabilities(PROBABILITIES, QUARTERS, common), PROBABILITIES[:, ::-1])


@pytest.mark.parametrize("other", [replace(QUARTERS, name="others"), replace(QUARTERS, kind="multi"), EMOTIFY], ids=str)
def test_models_of_other_sets_are_refused_in_one_line_that_names_both(other):
    with pytest.raises(ConfigError) as refused:
        common_labels(QUARTERS, other)
    assert str(refused.value) == f"label sets {QUARTERS} and {other}: expected versions of one set, to compare their models"


def test_versions_with_fewer_than_two_common_labels_are_refused():
    with pytest.raises(ConfigError, match="1 labels in both, expected two or more to compare"):
        common_labels(retired(QUARTERS, "mood_1", "mood_2"), retired(QUARTERS, "mood_1", "mood_4"))


def test_probabilities_of_yes_or_no_labels_stay_as_they_are():
    own = make_label_set(4, "multi")
    probabilities, decisions = common_predictions((PROBABILITIES, DECISIONS), own, common_labels(retired(own, "mood_4"), own))
    np.testing.assert_array_equal(probabilities, PROBABILITIES[:, :3])
    np.testing.assert_array_equal(decisions, DECISIONS[:, :3])


def test_without_a_label_the_probabilities_of_the_others_sum_to_1_and_the_highest_decides():
    common = common_labels(retired(QUARTERS, "mood_4"), QUARTERS)
    probabilities, decisions = common_predictions((PROBABILITIES, DECISIONS), QUARTERS, common)
    np.testing.assert_allclose(probabilities, [[1 / 6, 2 / 6, 3 / 6], [0.5 / 0.9, 0.25 / 0.9, 0.15 / 0.9]])
    np.testing.assert_array_equal(decisions, np.eye(3, dtype=bool)[[2, 0]])
    same = common_predictions((PROBABILITIES, DECISIONS), QUARTERS, common_labels(QUARTERS, QUARTERS))
    np.testing.assert_array_equal(same[0], PROBABILITIES)
    np.testing.assert_array_equal(same[1], DECISIONS)
