import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, softmax

from mer_tasks.modelling.conformal import PROMISE, plausible_from, tolerated, unclear_answers, unclear_range
from mer_tasks.modelling.predictions import Rule
from mer_tasks.modelling.threshold_search import fit_rule
from tests.support.label_sets import QUARTERS, make_label_set

ONE = make_label_set(["calm", "happy"])


def unclear(probabilities, threshold, ends):
    decisions = probabilities >= threshold
    return decisions, unclear_answers(probabilities[:, None], decisions[:, None], *map(np.atleast_1d, ends), single=False)[:, 0]


@given(
    st.lists(st.tuples(st.integers(0, 40), st.booleans()), min_size=1, max_size=60),
    st.floats(0, 1),
)
def test_of_the_tracks_that_fix_the_range_no_more_answers_are_wrong_and_clear_than_tolerated(rows, threshold):
    probabilities = np.array([value / 40 for value, _ in rows])
    labels = np.array([label for _, label in rows])
    ends = unclear_range(probabilities, labels, threshold)
    assert ends[0] <= threshold <= ends[1]
    decisions, are_unclear = unclear(probabilities, threshold, ends)
    for answer in (True, False):
        of_answer = decisions == answer
        wrong = of_answer & ~are_unclear & (labels != answer)
        if tolerated(of_answer.sum()) < 0:
            assert are_unclear[of_answer].all()
        else:
            assert wrong.sum() <= tolerated(of_answer.sum())


def test_the_range_is_as_narrow_as_the_promise_allows():
    probabilities = np.linspace(0.5, 0.99, 50)
    labels = np.ones(50, bool)
    labels[:4] = False  # 4 of 50 yes answers are wrong; 4 are tolerated
    assert tolerated(50) == 4
    assert unclear_range(probabilities, labels, 0.5) == (0.0, 0.5)
    labels[4] = False
    _, unclear_to = unclear_range(probabilities, labels, 0.5)
    assert unclear_to == pytest.approx(0.505)  # the least probable wrong answer is unclear, and nothing above it


def test_a_label_with_fewer_than_nine_yes_answers_has_no_clear_yes():
    probabilities = np.array([0.1] * 30 + [0.9] * 8)
    labels = probabilities > 0.5
    assert unclear_range(probabilities, labels, 0.5) == (0.5, 1.0)
    assert unclear_range(np.append(probabilities, 0.9), np.append(labels, True), 0.5) == (0.5, 0.5)


@pytest.mark.parametrize("share", [0.05, 0.3])
def test_new_tracks_are_covered_as_promised_for_each_answer(share):
    """Without unclear answers, 50 and 73 % of the yes answers of these simulations are right."""
    random = np.random.default_rng(0)

    def draw(count):
        labels = random.random((count, 2)) < share
        return expit(random.normal(np.where(labels, 1.0, -1.0) + np.log(share / (1 - share)))), labels

    held = {True: [], False: []}
    for _ in range(60):
        rule, _ = fit_rule(*draw(160), ONE)
        raw, labels = draw(2000)
        probabilities = rule.probabilities(raw)
        decisions, are_unclear = rule.decisions(probabilities), rule.unclear(probabilities)
        for answer in (True, False):
            chosen = decisions == answer
            held[answer].append(((labels == answer) | are_unclear)[chosen].mean())
    # about four standard errors of the means of 60 repeats
    assert np.mean(held[True]) > PROMISE - 0.02
    assert np.mean(held[False]) > PROMISE - 0.01


def test_sets_of_plausible_labels_have_the_right_one_as_promised():
    random = np.random.default_rng(0)

    def draw(count):
        labels = np.eye(4, dtype=bool)[random.integers(0, 4, count)]
        return softmax(random.normal(size=labels.shape) + 1.5 * labels, axis=1), labels

    covered, several = [], []
    for _ in range(40):
        rule, _ = fit_rule(*draw(100), QUARTERS)
        raw, labels = draw(1000)
        probabilities = rule.probabilities(raw)
        sets = rule.decisions(probabilities) | rule.unclear(probabilities)
        covered.append(sets[labels].mean())
        several.append((sets.sum(axis=1) > 1).mean())
        assert not (rule.unclear(probabilities).sum(axis=1) == 1).any()
    assert np.mean(covered) == pytest.approx(PROMISE, abs=0.02)
    assert 0.1 < np.mean(several) < 0.9


def test_with_fewer_than_nine_tracks_every_label_is_plausible():
    probabilities = np.array([[0.9, 0.1]] * 8)
    assert plausible_from(probabilities, np.eye(2, dtype=bool)[[0] * 8]) == 0
    assert unclear_answers(probabilities, probabilities > 0.5, np.zeros(2), np.ones(2), single=True).all()


def test_a_rule_of_a_version_without_ranges_does_not_know_what_is_unclear():
    rule = Rule(np.full(2, 0.5), np.ones(2), np.zeros(2))
    assert rule.unclear(np.full((1, 2), 0.5)) is None
    assert rule.by_label(ONE)["unclear_from"] is None
