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

from mer_tasks.corpus.label_rules import positives, tally
from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.listener_agreement import KINDS, agreement, ballot, ceilings, repeated, split_half
from mer_tasks.evaluation.metrics import CEILINGS
from mer_tasks.landing.annotation_files import Annotations, read_all
from mer_tasks.stages.labels import label_table
from tests.golden.make_labels import CSV

RULE = "share>=0.3"
ANSWERS = [[1, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0], [1, 1], [0, 1]]
"""What the listeners of five tracks said of one emotion."""


def counted(answers):
    """Votes [shape=(tracks, 9)], all nine emotions alike, and listeners."""
    votes = np.array([sum(track) for track in answers])
    return np.repeat(votes[:, np.newaxis], 9, axis=1), np.array([len(track) for track in answers])


def scored(shares, labels):
    """Figures of one emotion, of which some track has a label; NaN where they are not defined."""
    found = {"f1": f1_score(labels, shares >= 0.3, zero_division=0), "pr_auc": average_precision_score(labels, shares)}
    return {**found, "roc_auc": np.nan if labels.all() else roc_auc_score(labels, shares)}


def mean_of(outcomes):
    """Mean of each figure over outcomes (shares, labels, weight) in which it is defined."""
    rows = [(scored(shares, labels), weight) for shares, labels, weight in outcomes if labels.any()]
    values = {name: np.array([found[name] for found, _ in rows]) for name in rows[0][0]}
    weights = np.array([weight for _, weight in rows])
    return {name: np.average(each[~np.isnan(each)], weights=weights[~np.isnan(each)]) for name, each in values.items()}


def halves(answers):
    """Share and label of a track for every choice of half of its listeners."""
    everyone = set(range(len(answers)))
    for chosen in itertools.combinations(range(len(answers)), len(answers) // 2):
        others = everyone - set(chosen)
        yield np.mean([answers[place] for place in chosen]), 10 * sum(answers[place] for place in others) >= 3 * len(others)


def panels(answers):
    """Share, label and probability of a track for every number of votes of a new panel."""
    size, share = len(answers), np.mean(answers)
    for votes in range(size + 1):
        yield share, 10 * votes >= 3 * size, math.comb(size, votes) * share**votes * (1 - share) ** (size - votes)


def test_split_half_is_the_mean_over_every_way_to_halve_the_listeners():
    outcomes = [
        (np.array([share for share, _ in chosen]), np.array([label for _, label in chosen]), 1)
        for chosen in itertools.product(*map(list, map(halves, ANSWERS)))
    ]
    found = repeated("split_half", *counted(ANSWERS), RULE, counted(ANSWERS), 6000, 0)
    expected = mean_of(outcomes)
    assert {name: np.nanmean(found["power", name]) for name in expected} == pytest.approx(expected, abs=0.01)


def test_every_listener_is_in_one_half_and_an_odd_one_gives_labels():
    votes, listeners = counted(ANSWERS)
    (known, sizes), (asked, others) = split_half(votes, listeners, np.random.default_rng(0))
    assert (sizes.tolist(), others.tolist()) == ([2, 2, 1, 1, 1], [2, 3, 1, 1, 1])
    assert (known + asked).tolist() == votes.tolist()


def test_panel_is_the_mean_over_every_panel_of_the_same_size():
    outcomes = [
        (
            np.array([share for share, _, _ in drawn]),
            np.array([label for _, label, _ in drawn]),
            math.prod(p for *_, p in drawn),
        )
        for drawn in itertools.product(*map(list, map(panels, ANSWERS)))
    ]
    found = repeated("panel", *counted(ANSWERS), RULE, counted(ANSWERS), 6000, 0)
    expected = mean_of([(shares, labels, weight) for shares, labels, weight in outcomes if weight])
    assert {name: np.nanmean(found["power", name]) for name in expected} == pytest.approx(expected, abs=0.01)


def by_rows(annotations: Annotations, repetitions: int):
    """Macro ROC-AUC and macro F1 of halves, from one row per listener and without any of the platform's own sums."""
    table = annotations.rows.loc[annotations.rows.index.repeat(annotations.rows["(count)"])]
    table = table.groupby("track_id").filter(lambda rows: len(rows) > 1)
    random, found = np.random.default_rng(1), []
    answers = [rows[list(EMOTIONS)].to_numpy() for _, rows in table.groupby("track_id")]
    for _ in range(repetitions):
        mixed = [random.permutation(track) for track in answers]
        shares = np.array([track[: len(track) // 2].mean(axis=0) for track in mixed])
        labels = np.array([10 * track[len(track) // 2 :].sum(axis=0) >= 3 * len(track[len(track) // 2 :]) for track in mixed])
        scores = [scored(shares[:, place], labels[:, place]) for place in range(9) if labels[:, place].any()]
        found.append([np.nanmean([score[name] for score in scores]) for name in ("roc_auc", "f1")])
    return np.mean(found, axis=0)


def voted(annotations: Annotations):
    votes = tally(annotations)
    return votes[list(EMOTIONS)].to_numpy(), votes["annotators"].to_numpy()


def test_votes_are_all_that_is_needed_of_the_listeners():
    annotations = read_all({"votes.csv": CSV.read_bytes()})
    found = ceilings(*voted(annotations), RULE)
    expected = by_rows(annotations, 60)
    assert [found[None, name]["split_half"] for name in ("roc_auc_macro", "f1_macro")] == pytest.approx(expected, abs=0.02)


@pytest.mark.skipif("MER_TEST_EMOTIFY" not in os.environ, reason="MER_TEST_EMOTIFY: a landing zone with Emotify's annotations")
def test_what_listeners_of_emotify_reach():
    files = {str(path): path.read_bytes() for path in Path(os.environ["MER_TEST_EMOTIFY"], "annotations").glob("*.csv")}
    annotations = read_all(files)
    found = ceilings(*voted(annotations), RULE)
    names = [(name, kind) for name in ("roc_auc_macro", "f1_macro") for kind in ("split_half", "panel")]
    # of the whole data set 0.777, 0.945, 0.58 and 0.78
    assert [found[None, name][kind] for name, kind in names] == pytest.approx([0.777, 0.945, 0.58, 0.78], abs=0.015)
    assert [found[None, name]["split_half"] for name in ("roc_auc_macro", "f1_macro")] == pytest.approx(
        by_rows(annotations, 20), abs=0.01
    )


def test_the_range_has_nineteen_of_twenty_drawings():
    votes, listeners = counted(ANSWERS * 4)
    values = repeated("panel", votes, listeners, RULE, (votes, listeners), 500, 0)["power", "roc_auc"]
    found = ceilings(votes, listeners, RULE)["power", "roc_auc"]
    assert np.mean((values >= found["panel_low"]) & (values <= found["panel_high"])) == pytest.approx(0.95, abs=0.03)
    assert found["panel"] == pytest.approx(values.mean())


@pytest.mark.parametrize("rule", ["share>=0.3", "share>mean", "seed"])
def test_listeners_who_all_agree_know_everything(rule):
    votes, listeners = counted([[1] * 6, [0] * 6, [0] * 6])
    found = ceilings(votes, listeners, rule)
    for name in ("roc_auc_macro", "pr_auc_macro", "f1_macro", "f1_micro"):
        assert found[None, name] == dict.fromkeys(CEILINGS, 1)
    assert found[None, "hamming_loss"] == dict.fromkeys(CEILINGS, 0)


def test_listeners_who_answer_by_chance_know_nothing():
    votes, listeners = np.full((60, 9), 5), np.full(60, 20)
    found = ceilings(votes, listeners, RULE)
    assert found[None, "roc_auc_macro"]["panel"] == 0.5
    # no votes are left for the one half where the other has them
    assert found[None, "roc_auc_macro"]["split_half"] < 0.5


def test_the_limit_of_the_rule_is_that_of_all_tracks():
    votes, listeners = counted([[1, 1, 1, 0], [1, 1, 1, 0]])
    everyone = counted([[1, 1, 1, 0], [1, 1, 1, 0], *[[0, 0, 0, 0]] * 8])
    assert ceilings(votes, listeners, "share>mean", everyone)["power", "f1"]["panel"] > 0.9
    assert positives(votes, listeners, "share>mean", everyone).all()
    assert not positives(votes, listeners, "share>mean").any()


def test_calibration_has_no_ceiling():
    names = {name for _, name in ceilings(*counted(ANSWERS), RULE)}
    assert {"hamming_loss", "f1", "roc_auc", "f1_samples", "pr_auc_micro"} <= names
    assert not any(name.startswith(("brier", "ece")) for name in names)


def test_an_emotion_that_nobody_chose_has_none():
    votes, listeners = counted(ANSWERS)
    votes[:, 3] = 0
    found = ceilings(votes, listeners, RULE)
    assert found[EMOTIONS[3], "roc_auc"] == found[EMOTIONS[3], "f1"] == dict.fromkeys(CEILINGS)
    assert found[None, "f1_macro"]["split_half"] is not None


def test_tracks_with_one_listener_are_left_out(caplog):
    alone = counted([[1], [0], [1]])
    mixed = counted([*ANSWERS, [1], [0]])
    assert ceilings(*alone, RULE) == {}
    assert ceilings(*mixed, RULE) == ceilings(*counted(ANSWERS), RULE)
    with caplog.at_level(logging.WARNING):
        assert agreement(*alone, RULE) == []
        assert {line["tracks"] for line in agreement(*mixed, RULE)} == {5}
        agreement(*counted(ANSWERS), RULE)
    ending = "have one listener, expected two or more: they say nothing of listeners' agreement"
    assert caplog.messages == [f"3 of 3 annotated tracks {ending}", f"2 of 7 annotated tracks {ending}"]


def test_many_tracks_are_drawn_in_blocks(monkeypatch):
    votes, listeners = counted(ANSWERS)
    for kind in KINDS:
        whole = repeated(kind, votes, listeners, RULE, (votes, listeners), 30, 0)
        monkeypatch.setattr("mer_tasks.evaluation.listener_agreement.DRAWN", 4)
        blocks = repeated(kind, votes, listeners, RULE, (votes, listeners), 30, 0)
        monkeypatch.undo()
        assert {len(values) for values in (*whole.values(), *blocks.values())} == {30}
        assert np.nanmean(blocks[None, "f1_macro"]) == pytest.approx(np.nanmean(whole[None, "f1_macro"]), abs=0.15)


def test_ballots_are_read_from_the_labels_in_the_order_of_tracks():
    csv = f"track id,genre,{','.join(EMOTIONS)}\n" + "".join(f"{track},pop,{row}\n" for track, row in (
        ("b", "1,0,0,0,0,0,0,0,1"), ("b", "1,1,0,0,0,0,0,0,0"), ("a", "0,0,1,0,0,0,0,0,0")))  # fmt: skip
    votes = tally(read_all({"votes.csv": csv.encode()}))
    table = pd.read_parquet(io.BytesIO(label_table(votes, pd.Series({"a": "pop", "b": "pop"}), RULE).to_parquet()))
    assert [each.tolist() for each in ballot(table)] == [[[0, 0, 1, *[0] * 6], [2, 1, *[0] * 6, 1]], [1, 2]]
    assert [each.tolist() for each in ballot(table, ("b", "a"))][1] == [2, 1]
    assert ballot(table, ("b",))[0].tolist() == [[2, 1, *[0] * 6, 1]]
