import numpy as np
import pytest
from scipy.special import expit
from sklearn.metrics import brier_score_loss, f1_score, roc_auc_score

from mer_tasks.evaluation.crossval_scores import LINE, compare

TRACKS, FOLDS = 60, 3


def a_crossval(seed=0, repeats=2):
    """Labels, groups of two tracks, folds of each repeat, and what a good and a poor candidate say."""
    random = np.random.default_rng(seed)
    labels = random.random((TRACKS, 9)) < 0.5
    groups = np.repeat(np.arange(TRACKS // 2), 2)
    folds = [random.permutation(np.arange(TRACKS // 2) % FOLDS)[groups] for _ in range(repeats)]

    def says(noise):
        found = [expit(2 * labels - 1 + random.normal(0, noise, labels.shape)) for _ in range(repeats)]
        return [(values, values >= 0.5) for values in found]

    return labels, groups, folds, {"poor": says(2), "good": says(0.5)}


@pytest.fixture(scope="module")
def found():
    labels, groups, folds, candidates = a_crossval()
    lines = compare(labels, groups, candidates, folds)
    return labels, folds, candidates, {(line["candidate"], line["emotion"], line["metric"]): line for line in lines}


def test_a_value_is_the_mean_over_repeats_of_the_metric_on_all_tracks(found):
    labels, _, candidates, lines = found
    for name, repeats in candidates.items():
        expected = np.mean([brier_score_loss(labels[:, 5], said[:, 5]) for said, _ in repeats])
        assert lines[name, "power", "brier"]["value"] == pytest.approx(expected)
        expected = np.mean([f1_score(labels, decided, average="macro") for _, decided in repeats])
        assert lines[name, None, "f1_macro"]["value"] == lines[name, None, "f1_macro"]["pooled"] == pytest.approx(expected)


def test_roc_auc_is_the_mean_within_folds(found):
    labels, folds, candidates, lines = found
    line = lines["good", "power", "roc_auc"]
    single = [
        roc_auc_score(labels[fold == number, 5], said[fold == number, 5])
        for (said, _), fold in zip(candidates["good"], folds, strict=True)
        for number in range(FOLDS)
    ]
    assert line["value"] == line["by_fold"] == pytest.approx(np.mean(single))
    pooled = np.mean([roc_auc_score(labels[:, 5], said[:, 5]) for said, _ in candidates["good"]])
    assert line["pooled"] == pytest.approx(pooled)


def test_models_with_levels_of_their_own_lose_nothing_in_roc_auc():
    labels, groups, folds, candidates = a_crossval(repeats=1)
    (said, decided), (fold,) = candidates["good"][0], folds
    moved = said / 2 + fold[:, np.newaxis] / 6
    lines = compare(labels, groups, {"as it is": [(said, decided)], "moved": [(moved, decided)]}, folds)
    (line,) = [line for line in lines if (line["candidate"], line["metric"]) == ("moved", "roc_auc_macro")]
    assert (line["difference"], line["difference_low"], line["difference_high"]) == pytest.approx((0, 0, 0), abs=1e-6)
    assert line["pooled"] < line["by_fold"] - 0.05


def test_intervals_hold_the_value_and_narrow_with_tracks(found):
    *_, lines = found
    for metric in ("roc_auc_macro", "f1_macro", "brier_macro"):
        line = lines["good", None, metric]
        assert line["low"] < line["value"] < line["high"]
    labels, groups, folds, candidates = a_crossval()
    tripled = {
        name: [tuple(np.concatenate([values] * 3) for values in said) for said in repeats]
        for name, repeats in candidates.items()
    }
    more = compare(
        np.concatenate([labels] * 3),
        np.concatenate([groups + place * len(groups) for place in range(3)]),
        tripled,
        [np.concatenate([fold] * 3) for fold in folds],
    )
    (line,) = [line for line in more if (line["candidate"], line["metric"]) == ("good", "f1_macro")]
    before = lines["good", None, "f1_macro"]
    assert line["value"] == pytest.approx(before["value"])
    assert 1.4 < (before["high"] - before["low"]) / (line["high"] - line["low"]) < 2.1  # the square root of 3


def test_differences_are_to_the_first_and_paired(found):
    *_, lines = found
    for metric in ("roc_auc_macro", "f1_macro"):
        first, line = lines["poor", None, metric], lines["good", None, metric]
        assert line["difference"] == pytest.approx(line["value"] - first["value"])
        assert 0 < line["difference_low"] < line["difference"] < line["difference_high"]
        assert first["difference"] is first["difference_low"] is None
    labels, groups, folds, candidates = a_crossval()
    twice = compare(labels, groups, {"one": candidates["good"], "same": candidates["good"]}, folds)
    same = [line for line in twice if line["candidate"] == "same" and line["value"] is not None]
    assert {(line["difference"], line["difference_low"], line["difference_high"]) for line in same} == {(0, 0, 0)}


def test_repeats_of_a_track_are_no_more_evidence_than_one():
    labels, groups, folds, candidates = a_crossval(repeats=1)
    once = compare(labels, groups, {"good": candidates["good"]}, folds)
    often = compare(labels, groups, {"good": candidates["good"] * 4}, folds * 4)
    for single, several in zip(once, often, strict=True):
        assert [several[name] for name in ("value", "low", "high")] == pytest.approx(
            [single[name] for name in ("value", "low", "high")], nan_ok=True
        )
        assert single["deviation"] is None
        assert several["deviation"] == pytest.approx(0)


def test_an_emotion_that_no_track_carries_is_not_defined_and_does_not_count():
    labels, groups, folds, candidates = a_crossval()
    labels[:, 8] = False
    lines = {(line["emotion"], line["metric"]): line for line in compare(labels, groups, {"x": candidates["good"]}, folds)}
    line = lines["sadness", "roc_auc"]
    assert {name: line[name] for name in LINE[3:]} == dict.fromkeys(LINE[3:])
    assert lines[None, "roc_auc_macro"]["value"] > 0.5
