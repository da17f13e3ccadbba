"""Queries of the cookbook: those on runs and models, and what holds for every query."""

import re

import numpy as np
import pytest

from mer_tasks.database.connection import SQL
from mer_tasks.database.queries import query
from mer_tasks.errors import ConfigError
from mer_tasks.evaluation.metrics import CEILINGS
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import canary_of, comparison_of, listeners_of, metrics_of

pytest_plugins = ["tests.support.cookbook_runs"]
FILES = sorted((SQL / "queries").glob("*.sql"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_reader_can_run_every_query_with_its_defaults(published, path):
    _, url = published
    assert query(url, path.stem)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_query_begins_with_its_question_and_declares_its_parameters(path):
    text = path.read_text()
    question, *head = [line for line in text.splitlines() if line.startswith("--")]
    body = "\n".join(line for line in text.splitlines() if not line.startswith("--"))
    assert question.endswith("?")
    assert set(re.findall(r":(\w+)", body.replace("::", ""))) == {
        line[4:].split(" =")[0] for line in head if line.startswith("-- :")
    }
    assert body.startswith("SELECT")
    assert ";" not in body


def test_the_cookbook_has_at_least_ten_queries():
    assert len(FILES) >= 10


def test_drift_is_sorted_by_size(published):
    _, url = published
    rows = query(url, "drift")
    assert [(row["genre"], row["measure"], row["most_moved"], row["drifted"]) for row in rows] == [
        ("pop", "features", "mfcc_2_mean", True),
        ("pop", "predictions", "power", True),
        ("all genres", "features", "mfcc_2_mean", False),
    ]


def test_model_and_baseline_has_values_of_the_metrics_document(published):
    _, url = published
    document = [line for line in metrics_of() if line["level"] == "segment" and line["metric"] == "pr_auc"]
    rows = query(url, "model_and_baseline", {"level": "segment", "metric": "pr_auc"})
    assert [(row["emotion"], row["value"], row["baseline"], row["gain"]) for row in rows] == [
        (line["emotion"], line["value"], line["baseline"], pytest.approx(line["value"] - line["baseline"])) for line in document
    ]
    assert query(url, "model_and_baseline")[-1]["value"] is None


def test_model_and_baseline_has_intervals_and_listeners_scores(published):
    _, url = published
    document = [line for line in metrics_of() if line["level"] == "track" and line["metric"] == "f1"]
    names = ("emotion", "low", "high", "split_half", "panel")
    assert [[row[name] for name in names] for row in query(url, "model_and_baseline", {"metric": "f1"})] == [
        [line[name] for name in names] for line in document
    ]


def test_calibration_compares_calibrated_and_uncalibrated_probabilities(published):
    _, url = published
    values = {(line["level"], line["emotion"]): line["value"] for line in metrics_of() if line["metric"].startswith("brier")}
    rows = query(url, "calibration")
    assert [row["emotion"] for row in rows] == [*EMOTIFY.ids, None]
    for row in rows:
        emotion = row["emotion"]
        assert (row["uncalibrated"], row["calibrated"]) == (values["uncalibrated", emotion], values["track", emotion])
        assert (row["temperature"], row["logit_offset"]) == ((2.0, 0.25) if emotion else (None, None))


def test_balance_compared_has_values_of_the_comparison_document(published):
    _, url = published
    lines = {line["balance"]: line for line in comparison_of() if line["metric"] == "roc_auc_macro"}
    rows = query(url, "balance_compared")
    assert [row["balance"] for row in rows] == ["none", "smote"]
    assert all(row[name] == lines[row["balance"]][name] for row in rows for name in ("value", "low", "difference"))
    assert query(url, "balance_compared", {"run_id": "r1"}) == []


def test_canary_summarises_the_trainings_on_permuted_labels(published):
    _, url = published
    lines = [line for line in canary_of(2) if line["metric"] == "f1_macro"]
    rows = query(url, "canary")
    assert [(row["metric"], row["permutations"], row["within_chance"]) for row in rows] == [
        ("f1_macro", 2, True),
        ("roc_auc_macro", 2, True),
    ]
    assert (rows[0]["lowest"], rows[0]["highest"]) == (min(x["value"] for x in lines), max(x["value"] for x in lines))
    assert (rows[0]["chance_from"], rows[0]["chance_to"]) == (min(x["low"] for x in lines), max(x["high"] for x in lines))
    assert query(url, "canary", {"run_id": "r1"}) == []


def test_runs_compared_has_the_metrics_of_each_run(published):
    _, url = published
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    rows = query(url, "runs_compared")
    names = ("f1_macro", "f1_macro_low", "f1_macro_high", "f1_macro_baseline")
    assert [(row["run_id"], *(row[name] for name in names)) for row in rows] == [
        (name, f1["value"], f1["low"], f1["high"], f1["baseline"]) for name in ("r2", "r1")
    ]


def test_runs_has_the_champion_and_the_decision_on_each_model(published):
    _, url = published
    (f1,) = [line for line in metrics_of() if line["metric"] == "f1_macro" and line["level"] == "track"]
    rows = query(url, "runs")
    assert [(row["run_id"], row["champion"], row["outcome"]) for row in rows] == [
        ("n1", False, None),
        ("r2", True, "promoted"),
        ("r1", False, None),
    ]
    names = ("f1_macro", "f1_macro_low", "f1_macro_high", "f1_macro_baseline")
    assert [[row[name] for name in names] for row in rows] == [
        [None] * 4,
        *[[f1[name] for name in ("value", "low", "high", "baseline")]] * 2,
    ]


def test_about_run_finds_a_run_by_name_and_the_newest_by_default(published):
    _, url = published
    (newest,) = query(url, "about_run")
    assert (newest["run_id"], newest["mode"], newest["by_champion"]) == ("r2", "train", True)
    (scored,) = query(url, "about_run", {"run_id": "n1"})
    assert (scored["run_id"], scored["model_run_id"], scored["by_champion"]) == ("n1", "r2", True)
    (first,) = query(url, "about_run", {"run_id": "r1"})
    assert (first["mode"], first["by_champion"], first["config"]["compare_balance"]) == ("train", False, False)
    assert query(url, "about_run", {"run_id": "nobody's"}) == []


def test_rejected_files_are_selected_by_run_and_reason(published):
    _, url = published
    assert [row["key"] for row in query(url, "rejected_files")] == ["rock/noise.mp3"]
    assert [(row["key"], row["reason"]) for row in query(url, "rejected_files", {"run_id": "r2"})] == [
        ("rock/cover.mp3", "not_audio"),
        ("rock/rbad.mp3", "too_short"),
    ]
    assert [row["stage"] for row in query(url, "rejected_files", {"reason": "too_short", "run_id": "r1"})] == ["features"]


def test_work_by_run_counts_computed_and_reused_tracks(published):
    _, url = published
    rows = query(url, "work_by_run")
    assert [(row["run_id"], row["mode"], row["decoded_before"], row["computed"], row["computed_before"]) for row in rows] == [
        ("n1", "predict", 1, 0, 1),
        ("r2", "train", 27, 0, 26),
        ("r1", "train", 26, 0, 25),
    ]


def test_where_the_time_went_has_the_seconds_of_each_stage(published):
    _, url = published
    times = {row["stage"]: (row["seconds"], row["cpu_seconds"]) for row in query(url, "where_the_time_went")}
    assert times["train"] == (30.0, 58.0)
    assert times["reformat"] == (1.0, None)
    assert {"discover", "features", "labels", "split", "balance", "thresholds", "evaluate", "publish"} < times.keys()


def test_listeners_agreement_has_agreement_and_kappa(published):
    run, url = published
    table = run.read_table("labels", "labels.parquet")
    (row,) = [row for row in query(url, "listeners_agreement") if row["emotion"] == "nostalgia"]
    pairs = [
        (answers[:, None] == answers[None, :])[~np.eye(10, dtype=bool)].mean()
        for answers in (np.arange(10) < votes for votes in table["votes_nostalgia"])
    ]
    share = table["share_nostalgia"].mean()
    chance = share**2 + (1 - share) ** 2
    assert row["agreement"] == pytest.approx(np.mean(pairs))
    assert row["kappa"] == pytest.approx((np.mean(pairs) - chance) / (1 - chance))
    assert (row["tracks"], row["tracks_with_label"]) == (len(table), table["label_nostalgia"].sum())


def test_listeners_agreement_has_the_scores_that_listeners_reach(published):
    _, url = published
    names = ("emotion", *CEILINGS)
    for metric in ("roc_auc", "f1"):
        rows = query(url, "listeners_agreement", {"metric": metric})
        lines = [line for line in listeners_of() if line["metric"] in (metric, f"{metric}_macro")]
        lines.sort(key=lambda line: line["emotion"] is None)
        assert [[row[name] for name in names] for row in rows] == [[line[name] for name in names] for line in lines]
    (*_, overall) = query(url, "listeners_agreement")
    assert (overall["emotion"], overall["tracks"], overall["agreement"]) == (None, 20, None)


def test_training_curves_has_a_row_for_each_epoch(published):
    _, url = published
    assert [(row["epoch"], row["training"], row["validation"]) for row in query(url, "training_curves", {"run_id": "r1"})] == [
        (1, 0.9, 0.8),
        (2, 0.5, None),
    ]


def test_split_balance_has_the_rate_of_labels_in_each_part(published):
    run, url = published
    table = run.read_table("labels", "labels.parquet").merge(run.read_table("split", "split.parquet"), on="track_id")
    rates = table.groupby("part")["label_power"].mean()
    (row,) = [row for row in query(url, "split_balance") if row["emotion"] == "power"]
    assert {part: float(row[part]) for part in rates.index} == pytest.approx(rates.to_dict())
    assert (row["tracks_with_label"], row["tracks"]) == (table["label_power"].sum(), len(table))


def test_an_error_on_an_unknown_query_names_all_queries(reader_url):
    with pytest.raises(ConfigError, match=r"query 'best': expected one of .*emotions_together, .*tracks_for_emotion"):
        query(reader_url, "best")


@pytest.mark.parametrize("name", ["../roles", "../migrations/0001_tables", "/etc/passwd"])
def test_the_name_of_a_query_cannot_be_a_path(reader_url, name):
    with pytest.raises(ConfigError, match="expected one of"):
        query(reader_url, name)


def test_an_error_on_an_unknown_parameter_names_all_parameters(reader_url):
    with pytest.raises(ConfigError, match="parameter 'emotoin', expected one of certainty, emotion, genre, rows"):
        query(reader_url, "tracks_for_emotion", {"emotoin": "calmness"})
    with pytest.raises(ConfigError, match="parameter 'x', expected one of none"):
        query(reader_url, "genre_profile", {"x": 1})


@pytest.mark.parametrize(
    ("name", "parameter"),
    [
        *(("tracks_for_emotion", "emotion"), ("tracks_between_emotions", "unwanted"), ("crossval", "emotion")),
        *(("track_over_runs", "emotion"), ("why_this_prediction", "emotion")),
    ],
)
def test_the_error_for_an_unknown_label_names_the_labels_of_the_database(published, name, parameter):
    _, url = published
    with pytest.raises(ConfigError, match=f"^{parameter} 'joy': expected one of {', '.join(EMOTIFY.ids)}$"):
        query(url, name, {parameter: "joy"})


def test_a_query_without_a_label_takes_the_first_ones_of_the_database(published):
    _, url = published
    first, second, *_ = EMOTIFY.ids
    assert query(url, "tracks_for_emotion") == query(url, "tracks_for_emotion", {"emotion": first})
    both = query(url, "tracks_between_emotions", {"wanted": first, "unwanted": second})
    assert query(url, "tracks_between_emotions") == both


def test_a_value_cannot_change_the_statement(published):
    _, url = published
    for value in ("x' OR '1' = '1", "x\nSELECT 1 / 0 --", "x\\' OR 1 = 1 --", ":run_id", "%(run_id)s"):
        assert query(url, "rejected_files", {"reason": value}) == []


def test_champions_has_the_decision_that_made_each_model_champion(published):
    _, url = published
    (row,) = query(url, "champions")
    assert (row["model_run_id"], row["is_current"], row["outcome"], row["decided_by"]) == ("r2", True, "promoted", "a test")
    assert row["until"] is None
