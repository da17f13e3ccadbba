import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mer_tasks.evaluation.genre_scores import GENRE_FIELDS, compare_genres

TRACKS, FOLDS = 120, 3


def corpus(seed=0, repeats=2):
    """Labels, groups of two tracks, genres, folds, and probabilities: good where the genre was heard, poor where it was not."""
    random = np.random.default_rng(seed)
    labels = random.random((TRACKS, 4)) < 0.5
    groups = np.repeat(np.arange(TRACKS // 2), 2)
    genres = np.repeat(np.array(["folk", "pop", "rock"], object), 40)
    folds = [random.permutation(np.arange(TRACKS // 2) % FOLDS)[groups] for _ in range(repeats)]
    good, poor = ([labels + random.normal(0, noise, labels.shape) for _ in range(repeats)] for noise in (0.5, 2))
    return labels, groups, genres, folds, {"x": poor}, {"x": good}


def lines_of(labels, groups, genres, folds, unheard, heard):
    return {line["genre"]: line for line in compare_genres(labels, groups, genres, unheard, heard, folds)}


def test_the_value_is_the_macro_roc_auc_within_the_genre():
    labels, groups, genres, folds, unheard, heard = corpus(repeats=1)
    lines = lines_of(labels, groups, genres, folds, unheard, heard)
    assert list(lines) == ["folk", "pop", "rock", None]
    for genre in ("folk", "pop", "rock"):
        mask = genres == genre
        assert lines[genre]["value"] == pytest.approx(roc_auc_score(labels[mask], unheard["x"][0][mask], average="macro"))
        assert (lines[genre]["tracks"], lines[genre]["groups"], lines[genre]["labels"]) == (40, 20, 4)
    mean = np.mean([lines[genre]["value"] for genre in ("folk", "pop", "rock")])
    assert lines[None]["value"] == pytest.approx(mean)
    assert lines[None]["low"] < mean < lines[None]["high"]
    assert lines[None]["high"] - lines[None]["low"] < lines["pop"]["high"] - lines["pop"]["low"]


def test_the_heard_value_counts_pairs_within_a_test_part():
    labels, groups, genres, folds, unheard, heard = corpus()
    expected = []
    mask = genres == "pop"
    for column in range(4):
        right = pairs = 0
        for probabilities, fold in zip(heard["x"], folds, strict=True):
            for number in range(FOLDS):
                part = mask & (fold == number)
                positive, negative = (probabilities[part & (labels[:, column] == flag), column] for flag in (True, False))
                right += (positive[:, np.newaxis] > negative).sum()
                pairs += len(positive) * len(negative)
        expected.append(right / pairs)
    assert lines_of(labels, groups, genres, folds, unheard, heard)["pop"]["heard"] == pytest.approx(np.mean(expected))
    moved = {"x": [values + 10 * fold[:, np.newaxis] for values, fold in zip(heard["x"], folds, strict=True)]}
    assert lines_of(labels, groups, genres, folds, unheard, moved)["pop"]["heard"] == pytest.approx(np.mean(expected))


def test_the_difference_is_unheard_minus_heard_and_paired():
    labels, groups, genres, folds, unheard, heard = corpus()
    line = lines_of(labels, groups, genres, folds, unheard, heard)["rock"]
    assert line["difference"] == pytest.approx(line["value"] - line["heard"])
    assert line["difference_low"] < line["difference"] < line["difference_high"] < 0
    one_part = [np.zeros(TRACKS, int)] * 2
    same = lines_of(labels, groups, genres, one_part, heard, heard)["rock"]
    assert (same["difference"], same["difference_low"], same["difference_high"]) == (0, 0, 0)


def test_a_label_that_the_genre_does_not_have_is_left_out_on_both_sides():
    labels, groups, genres, folds, unheard, heard = corpus()
    labels[genres == "pop", 3] = False
    line = lines_of(labels, groups, genres, folds, unheard, heard)["pop"]
    assert line["labels"] == 3
    without = lines_of(
        labels[:, :3], groups, genres, folds, {"x": [v[:, :3] for v in unheard["x"]]}, {"x": [v[:, :3] for v in heard["x"]]}
    )
    for name in GENRE_FIELDS[5:]:
        assert line[name] == pytest.approx(without["pop"][name])


def test_a_genre_without_pairs_is_undefined_and_left_out_of_the_mean():
    labels, groups, genres, folds, unheard, heard = corpus()
    labels[genres == "folk"] = True
    lines = lines_of(labels, groups, genres, folds, unheard, heard)
    assert {name: lines["folk"][name] for name in GENRE_FIELDS[5:]} == dict.fromkeys(GENRE_FIELDS[5:])
    assert lines["folk"]["labels"] == 0
    assert lines[None]["value"] == pytest.approx((lines["pop"]["value"] + lines["rock"]["value"]) / 2)


def test_a_genre_of_one_group_has_values_without_intervals():
    labels, groups, genres, folds, unheard, heard = corpus()
    groups[genres == "folk"] = groups[0]
    line = lines_of(labels, groups, genres, [np.where(genres == "folk", 0, fold) for fold in folds], unheard, heard)["folk"]
    assert line["groups"] == 1
    assert line["value"] is not None
    assert line["low"] is line["high"] is line["difference_low"] is None
