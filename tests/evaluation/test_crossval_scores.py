import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, f1_score, roc_auc_score

from mer_tasks.evaluation.crossval_scores import LINE_FIELDS, compare
from tests.support.label_sets import EMOTIFY, QUARTERS

TRACKS, FOLDS = 60, 3


def random_crossval(seed=0, repeats=2):
    """Make labels, groups of two tracks, the folds of each repeat, and the predictions of a good and a poor candidate."""
    random = np.random.default_rng(seed)
    labels = random.random((TRACKS, 9)) < 0.5
    groups = np.repeat(np.arange(TRACKS // 2), 2)
    folds = [random.permutation(np.arange(TRACKS // 2) % FOLDS)[groups] for _ in range(repeats)]

    def predictions(noise):
        probabilities = [expit(2 * labels - 1 + random.normal(0, noise, labels.shape)) for _ in range(repeats)]
        return [(values, values >= 0.5) for values in probabilities]

    return labels, groups, folds, {"poor": predictions(2), "good": predictions(0.5)}


@pytest.fixture(scope="module")
def scores():
    labels, groups, folds, candidates = random_crossval()
    lines = compare(labels, groups, candidates, folds, EMOTIFY)
    return labels, folds, candidates, {(line["candidate"], line["emotion"], line["metric"]): line for line in lines}


def test_a_value_is_the_mean_over_repeats_of_the_metric_on_all_tracks(scores):
    labels, _, candidates, lines = scores
    for name, repeats in candidates.items():
        expected = np.mean([brier_score_loss(labels[:, 5], probabilities[:, 5]) for probabilities, _ in repeats])
        assert lines[name, "power", "brier"]["value"] == pytest.approx(expected)
        expected = np.mean([f1_score(labels, decisions, average="macro") for _, decisions in repeats])
        assert lines[name, None, "f1_macro"]["value"] == lines[name, None, "f1_macro"]["pooled"] == pytest.approx(expected)


def test_roc_auc_is_the_mean_over_folds_of_the_value_within_a_fold(scores):
    labels, folds, candidates, lines = scores
    line = lines["good", "power", "roc_auc"]
    single = [
        roc_auc_score(labels[fold == number, 5], probabilities[fold == number, 5])
        for (probabilities, _), fold in zip(candidates["good"], folds, strict=True)
        for number in range(FOLDS)
    ]
    assert line["value"] == line["by_fold"] == pytest.approx(np.mean(single))
    pooled = np.mean([roc_auc_score(labels[:, 5], probabilities[:, 5]) for probabilities, _ in candidates["good"]])
    assert line["pooled"] == pytest.approx(pooled)


def test_score_levels_that_differ_between_folds_do_not_lower_roc_auc():
    labels, groups, folds, candidates = random_crossval(repeats=1)
    probabilities, decisions = candidates["good"][0]
    moved = probabilities / 2 + folds[0][:, np.newaxis] / 6
    lines = compare(labels, groups, {"unchanged": [(probabilities, decisions)], "moved": [(moved, decisions)]}, folds, EMOTIFY)
    (line,) = [line for line in lines if (line["candidate"], line["metric"]) == ("moved", "roc_auc_macro")]
    assert (line["difference"], line["difference_low"], line["difference_high"]) == pytest.approx((0, 0, 0), abs=1e-6)
    assert line["pooled"] < line["by_fold"] - 0.05


def test_intervals_contain_the_value_and_narrow_with_more_tracks(scores):
    *_, lines = scores
    for metric in ("roc_auc_macro", "f1_macro", "brier_macro"):
        line = lines["good", None, metric]
        assert line["low"] < line["value"] < line["high"]
    labels, groups, folds, candidates = random_crossval()
    tripled = {
        name: [tuple(np.concatenate([values] * 3) for values in predictions) for predictions in repeats]
        for name, repeats in candidates.items()
    }
    more = compare(
        np.concatenate([labels] * 3),
        np.concatenate([groups + copy * len(groups) for copy in range(3)]),
        tripled,
        [np.concatenate([fold] * 3) for fold in folds],
        EMOTIFY,
    )
    (line,) = [line for line in more if (line["candidate"], line["metric"]) == ("good", "f1_macro")]
    single = lines["good", None, "f1_macro"]
    assert line["value"] == pytest.approx(single["value"])
    assert 1.4 < (single["high"] - single["low"]) / (line["high"] - line["low"]) < 2.1  # about the square root of 3


def test_differences_are_to_the_first_candidate_and_paired(scores):
    *_, lines = scores
    for metric in ("roc_auc_macro", "f1_macro"):
        first, line = lines["poor", None, metric], lines["good", None, metric]
        assert line["difference"] == pytest.approx(line["value"] - first["value"])
        assert 0 < line["difference_low"] < line["difference"] < line["difference_high"]
        assert first["difference"] is first["difference_low"] is None
    labels, groups, folds, candidates = random_crossval()
    lines = compare(labels, groups, {"first": candidates["good"], "same": candidates["good"]}, folds, EMOTIFY)
    same = [line for line in lines if line["candidate"] == "same" and line["value"] is not None]
    assert {(line["difference"], line["difference_low"], line["difference_high"]) for line in same} == {(0, 0, 0)}


def test_more_repeats_do_not_narrow_the_intervals():
    labels, groups, folds, candidates = random_crossval(repeats=1)
    once = compare(labels, groups, {"good": candidates["good"]}, folds, EMOTIFY)
    often = compare(labels, groups, {"good": candidates["good"] * 4}, folds * 4, EMOTIFY)
    for single, several in zip(once, often, strict=True):
        assert [several[name] for name in ("value", "low", "high")] == pytest.approx(
            [single[name] for name in ("value", "low", "high")], nan_ok=True
        )
        assert single["deviation"] is None
        assert several["deviation"] == pytest.approx(0)


def test_an_emotion_without_positives_is_undefined_and_left_out_of_means():
    labels, groups, folds, candidates = random_crossval()
    labels[:, 8] = False
    lines = {
        (line["emotion"], line["metric"]): line for line in compare(labels, groups, {"x": candidates["good"]}, folds, EMOTIFY)
    }
    line = lines["sadness", "roc_auc"]
    assert {name: line[name] for name in LINE_FIELDS[3:]} == dict.fromkeys(LINE_FIELDS[3:])
    assert lines[None, "roc_auc_macro"]["value"] > 0.5


def test_candidates_for_tracks_with_exactly_one_label_are_compared_by_their_accuracy():
    random = np.random.default_rng(0)
    labels = np.eye(4, dtype=bool)[random.integers(4, size=TRACKS)]
    wrong = np.roll(labels, 1, axis=1)
    half = np.where((np.arange(TRACKS) % 2 == 0)[:, np.newaxis], labels, wrong)
    candidates = {name: [(np.where(decisions, 0.7, 0.1), decisions)] for name, decisions in (("half", half), ("all", labels))}
    lines = compare(labels, np.arange(TRACKS), candidates, [np.arange(TRACKS) % FOLDS], QUARTERS)
    first, second = (line for line in lines if line["metric"] == "accuracy")
    assert (first["value"], second["value"], second["difference"]) == (0.5, 1, 0.5)
    assert 0.3 < second["difference_low"] < 0.5 < second["difference_high"] < 0.7
