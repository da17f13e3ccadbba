import io
import itertools
import logging
import math
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from mer_tasks.corpus.label_rules import count_votes, positives
from mer_tasks.evaluation.listener_agreement import KINDS, agreement, ballot, ceilings, panel, repeated_metrics, split_half
from mer_tasks.evaluation.metrics import CEILINGS
from mer_tasks.landing.vote_merging import Annotations, read_annotation_files
from mer_tasks.stages.labels import label_table
from tests.golden.make_labels import CSV
from tests.support.label_sets import EMOTIFY, QUARTERS, make_label_set

RULE = "share>=0.3"
ANSWERS = [[1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0], [1, 1], [0, 1]]
"""For each of five tracks, whether each listener chose the emotion."""


def tallied(answers):
    """Count votes [shape=(tracks, 9)], the same for all nine emotions, and listeners."""
    votes = np.array([sum(track) for track in answers])
    return np.repeat(votes[:, np.newaxis], 9, axis=1), np.array([len(track) for track in answers])


def emotion_metrics(shares, labels):
    """Compute metrics of one emotion that at least one track has; NaN where they are not defined."""
    metrics = {"f1": f1_score(labels, shares >= 0.3, zero_division=0), "pr_auc": average_precision_score(labels, shares)}
    return {**metrics, "roc_auc": np.nan if labels.all() else roc_auc_score(labels, shares)}


def mean_of(outcomes):
    """Compute the mean of each metric over the outcomes (shares, labels, weight) that define it."""
    rows = [(emotion_metrics(shares, labels), weight) for shares, labels, weight in outcomes if labels.any()]
    values = {name: np.array([metrics[name] for metrics, _ in rows]) for name in rows[0][0]}
    weights = np.array([weight for _, weight in rows])
    return {name: np.average(column[~np.isnan(column)], weights=weights[~np.isnan(column)]) for name, column in values.items()}


def halves(answers):
    """Yield share and label of a track for every choice of half of its listeners."""
    everyone = set(range(len(answers)))
    for chosen in itertools.combinations(range(len(answers)), len(answers) // 2):
        others = everyone - set(chosen)
        yield np.mean([answers[index] for index in chosen]), 10 * sum(answers[index] for index in others) >= 3 * len(others)


def panels(answers):
    """Yield share, label and probability of a track for every number of votes of a new panel."""
    size, share = len(answers), np.mean(answers)
    for votes in range(size + 1):
        yield share, 10 * votes >= 3 * size, math.comb(size, votes) * share**votes * (1 - share) ** (size - votes)


def test_split_half_is_the_mean_over_all_ways_to_halve_the_listeners():
    outcomes = [
        (np.array([share for share, _ in chosen]), np.array([label for _, label in chosen]), 1)
        for chosen in itertools.product(*map(list, map(halves, ANSWERS)))
    ]
    metrics = repeated_metrics("split_half", *tallied(ANSWERS), RULE, EMOTIFY, among=tallied(ANSWERS), repetitions=6000, seed=0)
    expected = mean_of(outcomes)
    assert {name: np.nanmean(metrics["power", name]) for name in expected} == pytest.approx(expected, abs=0.01)


def test_every_listener_is_in_one_half_and_the_second_half_is_the_larger_one():
    votes, listeners = tallied(ANSWERS)
    (first, sizes), (second, others) = split_half(votes, listeners, np.random.default_rng(0), EMOTIFY)
    assert (sizes.tolist(), others.tolist()) == ([2, 2, 1, 1, 1], [2, 3, 1, 1, 1])
    assert (first + second).tolist() == votes.tolist()


def test_panel_is_the_mean_over_all_panels_of_the_same_size():
    outcomes = [
        (
            np.array([share for share, _, _ in drawn]),
            np.array([label for _, label, _ in drawn]),
            math.prod(p for *_, p in drawn),
        )
        for drawn in itertools.product(*map(list, map(panels, ANSWERS)))
    ]
    metrics = repeated_metrics("panel", *tallied(ANSWERS), RULE, EMOTIFY, among=tallied(ANSWERS), repetitions=6000, seed=0)
    expected = mean_of([(shares, labels, weight) for shares, labels, weight in outcomes if weight])
    assert {name: np.nanmean(metrics["power", name]) for name in expected} == pytest.approx(expected, abs=0.01)


def ceilings_from_rows(annotations: Annotations, repetitions: int):
    """Compute macro ROC-AUC and macro F1 of split halves from one row per listener, without the sums of the platform."""
    table = annotations.rows.loc[annotations.rows.index.repeat(annotations.rows["(count)"])]
    table = table.groupby("track_id").filter(lambda rows: len(rows) > 1)
    random, metrics = np.random.default_rng(1), []
    answers = [rows[list(EMOTIFY.ids)].to_numpy() for _, rows in table.groupby("track_id")]
    for _ in range(repetitions):
        mixed = [random.permutation(track) for track in answers]
        shares = np.array([track[: len(track) // 2].mean(axis=0) for track in mixed])
        labels = np.array([10 * track[len(track) // 2 :].sum(axis=0) >= 3 * len(track[len(track) // 2 :]) for track in mixed])
        scores = [emotion_metrics(shares[:, index], labels[:, index]) for index in range(9) if labels[:, index].any()]
        metrics.append([np.nanmean([score[name] for score in scores]) for name in ("roc_auc", "f1")])
    return np.mean(metrics, axis=0)


def votes_of(annotations: Annotations):
    votes = count_votes(annotations)
    return votes[list(EMOTIFY.ids)].to_numpy(), votes["annotators"].to_numpy()


def test_ceilings_from_votes_equal_those_from_the_rows_of_single_listeners():
    annotations = read_annotation_files({"votes.csv": CSV.read_bytes()}, EMOTIFY)
    metrics = ceilings(*votes_of(annotations), RULE, EMOTIFY)
    expected = ceilings_from_rows(annotations, 60)
    assert [metrics[None, name]["split_half"] for name in ("roc_auc_macro", "f1_macro")] == pytest.approx(expected, abs=0.02)


@pytest.mark.skipif("MER_TEST_EMOTIFY" not in os.environ, reason="MER_TEST_EMOTIFY: a landing zone with Emotify's annotations")
def test_ceilings_of_emotify_are_as_documented():
    files = {str(path): path.read_bytes() for path in Path(os.environ["MER_TEST_EMOTIFY"], "annotations").glob("*.csv")}
    annotations = read_annotation_files(files, EMOTIFY)
    metrics = ceilings(*votes_of(annotations), RULE, EMOTIFY)
    names = [(name, kind) for name in ("roc_auc_macro", "f1_macro") for kind in ("split_half", "panel")]
    # the whole data set gives 0.777, 0.945, 0.58 and 0.78
    assert [metrics[None, name][kind] for name, kind in names] == pytest.approx([0.777, 0.945, 0.58, 0.78], abs=0.015)
    assert [metrics[None, name]["split_half"] for name in ("roc_auc_macro", "f1_macro")] == pytest.approx(
        ceilings_from_rows(annotations, 20), abs=0.01
    )


def test_the_range_contains_95_percent_of_drawings():
    votes, listeners = tallied(ANSWERS * 4)
    values = repeated_metrics("panel", votes, listeners, RULE, EMOTIFY, among=(votes, listeners), repetitions=500, seed=0)[
        "power", "roc_auc"
    ]
    metrics = ceilings(votes, listeners, RULE, EMOTIFY)["power", "roc_auc"]
    assert np.mean((values >= metrics["panel_low"]) & (values <= metrics["panel_high"])) == pytest.approx(0.95, abs=0.03)
    assert metrics["panel"] == pytest.approx(values.mean())


@pytest.mark.parametrize("rule", ["share>=0.3", "share>mean", "seed"])
def test_listeners_who_all_agree_reach_perfect_metrics(rule):
    votes, listeners = tallied([[1] * 6, [0] * 6, [0] * 6])
    metrics = ceilings(votes, listeners, rule, EMOTIFY)
    for name in ("roc_auc_macro", "pr_auc_macro", "f1_macro", "f1_micro"):
        assert metrics[None, name] == dict.fromkeys(CEILINGS, 1)
    assert metrics[None, "hamming_loss"] == dict.fromkeys(CEILINGS, 0)


def test_listeners_who_answer_at_random_reach_a_roc_auc_of_one_half():
    votes, listeners = np.full((60, 9), 5), np.full(60, 20)
    metrics = ceilings(votes, listeners, RULE, EMOTIFY)
    assert metrics[None, "roc_auc_macro"]["panel"] == 0.5
    # the votes that are drawn into one half are missing from the other half
    assert metrics[None, "roc_auc_macro"]["split_half"] < 0.5


def test_the_label_rule_takes_its_limit_from_all_tracks():
    votes, listeners = tallied([[1, 1, 1, 0], [1, 1, 1, 0]])
    everyone = tallied([[1, 1, 1, 0], [1, 1, 1, 0], *[[0, 0, 0, 0]] * 8])
    assert ceilings(votes, listeners, "share>mean", EMOTIFY, among=everyone)["power", "f1"]["panel"] > 0.9
    assert positives(votes, listeners, "share>mean", everyone).all()
    assert not positives(votes, listeners, "share>mean").any()


def test_calibration_has_no_ceiling():
    names = {name for _, name in ceilings(*tallied(ANSWERS), RULE, EMOTIFY)}
    assert {"hamming_loss", "f1", "roc_auc", "f1_samples", "pr_auc_micro"} <= names
    assert not any(name.startswith(("brier", "ece")) for name in names)


def test_an_emotion_that_nobody_chose_has_no_ceiling():
    votes, listeners = tallied(ANSWERS)
    votes[:, 3] = 0
    metrics = ceilings(votes, listeners, RULE, EMOTIFY)
    assert metrics[EMOTIFY.ids[3], "roc_auc"] == metrics[EMOTIFY.ids[3], "f1"] == dict.fromkeys(CEILINGS)
    assert metrics[None, "f1_macro"]["split_half"] is not None


def test_tracks_with_one_listener_are_left_out(caplog):
    alone = tallied([[1], [0], [1]])
    mixed = tallied([*ANSWERS, [1], [0]])
    assert ceilings(*alone, RULE, EMOTIFY) == {}
    assert ceilings(*mixed, RULE, EMOTIFY) == ceilings(*tallied(ANSWERS), RULE, EMOTIFY)
    with caplog.at_level(logging.WARNING):
        assert agreement(*alone, RULE, EMOTIFY) == []
        assert {line["tracks"] for line in agreement(*mixed, RULE, EMOTIFY)} == {5}
        agreement(*tallied(ANSWERS), RULE, EMOTIFY)
    ending = "have one listener, expected two or more: they say nothing of listeners' agreement"
    assert caplog.messages == [f"3 of 3 annotated tracks {ending}", f"2 of 7 annotated tracks {ending}"]


def test_drawing_in_blocks_gives_the_same_means(monkeypatch):
    votes, listeners = tallied(ANSWERS)
    for kind in KINDS:
        whole = repeated_metrics(kind, votes, listeners, RULE, EMOTIFY, among=(votes, listeners), repetitions=30, seed=0)
        monkeypatch.setattr("mer_tasks.evaluation.listener_agreement.VOTE_BUDGET", 9 * 4)
        blocks = repeated_metrics(kind, votes, listeners, RULE, EMOTIFY, among=(votes, listeners), repetitions=30, seed=0)
        monkeypatch.undo()
        assert {len(values) for values in (*whole.values(), *blocks.values())} == {30}
        assert np.nanmean(blocks[None, "f1_macro"]) == pytest.approx(np.nanmean(whole[None, "f1_macro"]), abs=0.15)


def test_ballots_are_read_from_the_labels_table_in_the_given_order():
    csv = f"track id,genre,{','.join(EMOTIFY.ids)}\n" + "".join(f"{track},pop,{row}\n" for track, row in (
        ("b", "1,0,0,0,0,0,0,0,1"), ("b", "1,1,0,0,0,0,0,0,0"), ("a", "0,0,1,0,0,0,0,0,0")))  # fmt: skip
    votes = count_votes(read_annotation_files({"votes.csv": csv.encode()}, EMOTIFY))
    table = pd.read_parquet(io.BytesIO(label_table(votes, pd.Series({"a": "pop", "b": "pop"}), RULE).to_parquet()))
    assert [array.tolist() for array in ballot(table, EMOTIFY)] == [
        [[0, 0, 1, *[0] * 6], [2, 1, *[0] * 6, 1]],
        [1, 2],
    ]
    assert [array.tolist() for array in ballot(table, EMOTIFY, tracks=("b", "a"))][1] == [2, 1]
    assert ballot(table, EMOTIFY, tracks=("b",))[0].tolist() == [[2, 1, *[0] * 6, 1]]


WHOLE = np.array([[3, 2, 1, 0], [0, 0, 0, 4], [1, 1, 0, 0]]), np.array([6, 4, 2])
"""Votes of listeners who each gave the track exactly one label."""


def test_half_of_the_listeners_with_one_label_each_are_drawn_with_their_whole_answers():
    votes, listeners = (
        np.tile(array, (4000, *[1] * (array.ndim - 1))) if array.ndim > 1 else np.tile(array, 4000) for array in WHOLE
    )
    (first, sizes), (second, others) = split_half(votes, listeners, np.random.default_rng(0), QUARTERS)
    assert (first.sum(axis=1) == sizes).all()
    assert (second.sum(axis=1) == others).all()
    assert (first + second == votes).all()
    # multivariate hypergeometric: mean and covariance of the first two labels of the first track
    drawn = first[::3, :2]
    assert drawn.mean(axis=0) == pytest.approx([1.5, 1], abs=0.05)
    shares = np.array([3, 2]) / 6
    covariance = 3 * (6 - 3) / (6 - 1) * (np.diag(shares) - np.outer(shares, shares))
    np.testing.assert_allclose(np.cov(drawn.T), covariance, atol=0.05)


def test_a_panel_of_listeners_with_one_label_each_has_as_many_answers_as_listeners():
    (votes, _), (drawn, sizes) = panel(*WHOLE, np.random.default_rng(0), QUARTERS)
    assert votes is WHOLE[0]
    assert drawn.sum(axis=1).tolist() == sizes.tolist() == [6, 4, 2]
    assert drawn[1].tolist() == [0, 0, 0, 4]
    assert (drawn[votes == 0] == 0).all()


def test_listeners_with_one_label_each_who_all_agree_reach_an_accuracy_of_1():
    votes = np.eye(4, dtype=np.int64)[[0, 1, 2, 3, 0]] * 5
    metrics = ceilings(votes, np.full(5, 5), RULE, QUARTERS)
    assert metrics[None, "accuracy"] == metrics[None, "f1_macro"] == dict.fromkeys(CEILINGS, 1)
    assert not any(name.startswith(("brier", "ece")) for _, name in metrics)
    assert (None, "accuracy") not in ceilings(votes, np.full(5, 5), RULE, make_label_set(4, "multi"))


def test_more_labels_are_drawn_in_smaller_blocks(monkeypatch):
    votes, drawn = np.ones((10, 50), np.int64), []
    monkeypatch.setattr("mer_tasks.evaluation.listener_agreement.VOTE_BUDGET", 2000)
    monkeypatch.setitem(KINDS, "split_half", lambda *arguments: drawn.append(arguments[0].size) or split_half(*arguments))
    ceilings(votes, np.full(10, 4), RULE, make_label_set(50, "multi"), repetitions=10)
    assert drawn == [2000, 2000, 1000]
