"""Certainty of answers, and provisional champions, in the views and in the cookbook."""

import numpy as np
import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.database.queries import query
from mer_tasks.evaluation.grade import shown_better
from mer_tasks.modelling.predictions import Rule
from mer_tasks.stages.publish import publish
from tests.support.certain_runs import HIGH, LOW, WIDE, give_metric, give_ranges
from tests.support.label_sets import EMOTIFY, QUARTERS
from tests.support.listed_tracks import list_tracks
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, make_champion, rows

OF_VIEW = "SELECT {} FROM mer.{} WHERE {}"
BY_TRACK = "SELECT track_id, emotion, certainty FROM mer.{} {} ORDER BY track_id, label_no"


@pytest.fixture
def run(tmp_path, database_url):
    """A published run whose rule has ranges of unclear answers."""
    run = complete_run(tmp_path, database_url)
    give_ranges(run)
    publish(run)
    return run


def certainties(url, view, condition=""):
    return [certainty for *_, certainty in rows(url, BY_TRACK.format(view, condition))]


def test_the_views_agree_with_the_rule_of_the_run(run, reader_url):
    table = run.read_table("evaluate", "predictions.parquet").sort_values("track_id").set_index("track_id")
    probabilities = table[[f"probability_{label}" for label in EMOTIFY.ids]].to_numpy()
    rule = Rule.of(run)
    decisions, unclear = rule.decisions(probabilities), rule.unclear(probabilities)
    expected = np.where(unclear, "unclear", np.where(decisions, "yes", "no")).ravel().tolist()
    assert {"unclear", "yes", "no"} == set(expected)
    chosen = "track_id = ANY(ARRAY[{}])".format(", ".join(f"'{track}'" for track in table.index))
    for view in ("predictions", "current_predictions", "best_tracks", "explanations", "listed_emotions"):
        assert certainties(reader_url, view, f"WHERE {chosen}") == expected, view
    listed = dict(rows(reader_url, OF_VIEW.format("track_id, unclear", "listed_tracks", chosen)))
    assert listed == {
        track: [label for label, flag in zip(EMOTIFY.ids, flags, strict=True) if flag]
        for track, flags in zip(table.index, unclear, strict=True)
    }
    ends = rows(reader_url, "SELECT unclear_from, unclear_to, promise FROM mer.thresholds WHERE emotion = %s", WIDE)
    assert ends == [(LOW, HIGH, 0.9)]


def test_both_ends_belong_to_the_range(run, reader_url, database_url):
    with_ends = {LOW: "unclear", HIGH: "unclear", LOW - 1e-9: "no", HIGH + 1e-9: "yes"}
    for probability, certainty in with_ends.items():
        rows(
            database_url,
            "WITH changed AS (DELETE FROM mer.prediction WHERE track_no = 1 AND label_no = 1 RETURNING *)"
            " INSERT INTO mer.prediction SELECT run_no, track_no, %s, part, label_no, %s FROM changed RETURNING 1",
            probability,
            probability >= 0.5,
        )
        assert rows(database_url, "SELECT certainty FROM mer.decided WHERE track_no = 1 AND label_no = 1") == [(certainty,)]


def test_a_run_of_mode_predict_answers_by_the_rule_of_the_model(run, tmp_path, database_url, reader_url):
    make_champion(database_url)
    later = complete_predict_run(tmp_path, database_url, "p1", [*TRACKS, "r77"], ["r77"])
    publish(later)
    for view in ("predictions", "current_predictions", "best_tracks"):
        answers = rows(reader_url, OF_VIEW.format("probability, certainty", view, "track_id = 'r77' AND emotion = %s"), WIDE)
        assert [LOW <= probability <= HIGH for probability, _ in answers] == [c == "unclear" for _, c in answers]
        assert answers[0][1] is not None


def test_a_model_of_a_version_without_ranges_has_no_certainty_and_its_tracks_are_listed(tmp_path, database_url, reader_url):
    publish(complete_run(tmp_path, database_url))
    assert set(certainties(reader_url, "current_predictions")) == {None}
    assert rows(reader_url, "SELECT DISTINCT unclear FROM mer.listed_tracks") == [([],)]
    assert len(query(reader_url, "tracks_for_emotion", {"emotion": WIDE, "rows": 100})) == len(TRACKS)
    before = query(reader_url, "tracks_between_emotions", {"unclear": "yes", "rows": 100})
    assert query(reader_url, "tracks_between_emotions", {"rows": 100}) == before != []


def test_queries_that_select_tracks_leave_out_unclear_answers_unless_they_are_asked_for(run, reader_url):
    everything = query(reader_url, "tracks_for_emotion", {"emotion": WIDE, "certainty": None, "rows": 100})
    assert len(everything) == len(TRACKS)
    clear = query(reader_url, "tracks_for_emotion", {"emotion": WIDE, "rows": 100})
    assert clear == [row for row in everything if row["probability"] > HIGH] != []
    unclear = query(reader_url, "tracks_for_emotion", {"emotion": WIDE, "certainty": "unclear", "rows": 100})
    assert unclear == [row for row in everything if LOW <= row["probability"] <= HIGH] != []
    for wanted, unwanted, name, holds in (
        (WIDE, "power", "wanted", lambda value: value > HIGH),
        ("power", WIDE, "unwanted", lambda value: value < LOW),
    ):
        labels = {"wanted": wanted, "unwanted": unwanted, "rows": 100}
        both = query(reader_url, "tracks_between_emotions", {**labels, "unclear": "yes"})
        found = query(reader_url, "tracks_between_emotions", labels)
        assert found == [row for row in both if holds(row[name])] != both


@pytest.mark.parametrize(
    ("low", "baseline", "provisional"), [(0.51, 0.5, False), (0.5, 0.5, True), (None, 0.5, True), (0.4, 0.5, True)]
)
def test_a_champion_is_provisional_until_its_metrics_show_that_it_is_better_than_guessing(
    run, database_url, reader_url, low, baseline, provisional
):
    fields = {"value": 0.7, "low": low, "high": None if low is None else 0.9, "baseline": baseline}
    assert shown_better(fields) is not provisional
    give_metric(run, **fields)
    publish(run)
    make_champion(database_url)
    for view, condition in {
        "champions": "is_current",
        "listed_runs": "is_champion",
        "current_predictions": "by_champion",
        "best_tracks": "by_champion",
        "listed_tracks": "by_champion",
        "explanations": "champion_now",
    }.items():
        assert rows(reader_url, OF_VIEW.format("DISTINCT provisional", view, condition)) == [(provisional,)], view


def test_a_better_champion_ends_it(run, tmp_path, database_url, reader_url):
    give_metric(run, value=0.6, low=0.4, high=0.7, baseline=0.5)
    publish(run)
    make_champion(database_url)
    better = complete_run(tmp_path, database_url, "r2")
    give_metric(better, value=0.7, low=0.6, high=0.8, baseline=0.5)
    publish(better)
    make_champion(database_url, "r2")
    periods = rows(reader_url, "SELECT model_run_id, is_current, provisional FROM mer.champions ORDER BY promotion_no")
    assert periods == [("r1", False, True), ("r2", True, False)]


@pytest.mark.parametrize(
    ("probabilities", "expected"),
    [
        ((0.6, 0.3, 0.08, 0.02), ("unclear", "unclear", "no", "no")),
        ((0.25, 0.75, 0.0, 0.0), ("unclear", "unclear", "no", "no")),
        ((0.8, 0.1, 0.1, 0.0), ("yes", "no", "no", "no")),
        ((0.22, 0.2, 0.3, 0.28), ("no", "no", "unclear", "unclear")),
        ((0.24, 0.26, 0.25, 0.25), ("no", "unclear", "unclear", "unclear")),
        ((0.24, 0.24, 0.24, 0.28), ("no", "no", "no", "yes")),
    ],
)
def test_if_a_track_has_one_label_it_is_unclear_if_another_one_is_plausible(postgres, request, probabilities, expected):
    name = f"mer_certainty_{abs(hash(request.node.name))}"
    url = bootstrap(postgres.url(), name, dict.fromkeys(ROLES, "for tests"), QUARTERS)["mer_owner"]
    list_tracks(url, QUARTERS, 1)
    decisions = [probability == max(probabilities) for probability in probabilities]
    with transaction(url) as cursor:
        cursor.execute("UPDATE mer.threshold SET unclear_from = 0.25, unclear_to = 1, promise = 0.9")
        for number, values in enumerate(zip(probabilities, decisions, strict=True), 1):
            cursor.execute(
                "UPDATE mer.prediction SET (probability, positive) = (%s, %s) WHERE label_no = %s", [*values, number]
            )
        cursor.execute("UPDATE mer.listing SET probabilities = %s", [list(probabilities)])
        cursor.execute("UPDATE mer.listing SET positives = %s", [[decisions.index(True) + 1]])
    assert tuple(certainties(url, "current_predictions")) == expected
    values = np.array([probabilities])
    rule = Rule(None, np.ones(4), np.zeros(4), np.full(4, 0.25), np.ones(4))
    assert [e == "unclear" for e in expected] == rule.unclear(values)[0].tolist()
    found = {
        (row["track_id"], wanted, unwanted)
        for wanted in QUARTERS.ids
        for unwanted in QUARTERS.ids
        if wanted != unwanted
        for row in query(url, "tracks_between_emotions", {"wanted": wanted, "unwanted": unwanted})
    }
    labels = dict(zip(QUARTERS.ids, expected, strict=True))
    clear = {("t000001", one, other) for one in labels for other in labels if (labels[one], labels[other]) == ("yes", "no")}
    assert found == clear
