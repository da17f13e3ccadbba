"""Drift of complete runs, compared with the champion in a real Postgres."""

import os
from dataclasses import replace

import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.database.queries import query
from mer_tasks.publishing.champion import read_champion
from mer_tasks.runs.run import Run
from mer_tasks.stages.drift import drift
from mer_tasks.stages.publish import publish
from tests.support.label_sets import EMOTIFY
from tests.support.label_versions import retired
from tests.support.published_runs import complete_run, make_champion, predictions_of
from tests.support.run_documents import discovered, fanned_out, line, run_in

TRACKS = [f"{genre}{number:02}" for genre in "rp" for number in range(50)]
NEW = [f"p{number:02}" for number in range(50, 80)]


@pytest.fixture
def folder(tmp_path, database_url):
    """Make the folder of a store in which the model of run r1 is champion."""
    publish(complete_run(tmp_path, database_url, "r1", TRACKS))
    make_champion(database_url, "r1")
    return tmp_path


def drifted_run(folder, database_url):
    """Make a later run with thirty new tracks of pop whose statistics are shifted."""
    return complete_run(folder, database_url, "r2", [*TRACKS, *NEW], fan_out={"shifts": dict.fromkeys(NEW, 4.0)})


def test_drift_is_not_measured_before_the_first_promotion(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, "r1", TRACKS)
    manifest = drift(run)
    assert (manifest["drifted"], manifest["summary"]) == (False, "not measured: there is no champion yet")
    assert run.read_json("drift", "drift.json")["metrics"] == []
    publish(run)
    assert drift(complete_run(tmp_path, None, "r2", TRACKS))["summary"] == "not measured: there is no champion yet"


def test_a_run_with_music_of_another_kind_is_marked_in_the_database(folder, database_url, reader_url):
    run = drifted_run(folder, database_url)
    manifest = drift(run)
    assert manifest["drifted"]
    assert "pop: " in manifest["summary"]
    for _ in range(2):  # a run that is published again replaces its rows
        publish(run)
    lines = run.read_json("drift", "drift.json")["metrics"]
    with transaction(reader_url) as cursor:
        cursor.execute("SELECT genre, emotion, psi, chance, champion_run_id FROM mer.drifts WHERE run_id = 'r2'")
        assert sorted(map(str, cursor)) == sorted(
            str((line["genre"], line["emotion"], line["psi"], line["chance"], "r1")) for line in lines
        )
        cursor.execute("SELECT run_id, measures FROM mer.drifted_runs")
        assert cursor.fetchall() == [("r2", manifest["counters"]["drifted"])]
    first = query(reader_url, "drift")[0]
    assert (first["measure"], first["drifted"]) == ("features", True)
    rock = next(line for line in lines if line["genre"] == "rock" and line["measure"] == "features")
    assert not rock["drifted"]


def test_a_run_of_the_same_music_is_not_marked(folder, database_url):
    manifest = drift(complete_run(folder, database_url, "r2", TRACKS))
    assert not manifest["drifted"]
    assert manifest["summary"].startswith("0 of ")
    assert manifest["counters"]["lines"] == 3 * (1 + len(EMOTIFY))


def test_train_tracks_are_compared_with_tracks_that_were_not_trained_on(folder, database_url):
    run = complete_run(folder, database_url, "r2", TRACKS)
    part = run.read_table("split", "split.parquet")["part"].value_counts()
    held_out = int(part["validation"] + part["test"])
    drift(run)
    lines = [line for line in run.read_json("drift", "drift.json")["metrics"] if line["genre"] is None]
    assert {line["measure"]: (line["tracks"], line["reference_tracks"]) for line in lines} == {
        "features": (held_out + part["unlabelled"], part["train"]),
        "predictions": (held_out + part["unlabelled"], held_out),
    }


def predict_run(folder, database_url, tracks, **fan_out):
    """Make a run of mode predict that has scored `tracks`."""
    run = run_in(folder, "scored", mode="predict", database_url=database_url)
    discovered(run, [line(track, "pop") for track in tracks])
    fanned_out(run, **fan_out)
    table = predictions_of(run.read_table("discover", "catalogue.parquet").assign(part="unlabelled"))
    for shard in run.manifest("discover")["shards"]:
        name = os.path.basename(shard["key"]).replace(".json", ".parquet")
        run.write_table("predict", name, table)
    return run


def test_a_run_of_mode_predict_is_measured_too(folder, database_url):
    run = predict_run(folder, database_url, NEW, shifts=dict.fromkeys(NEW, 4.0))
    assert drift(run)["drifted"]
    lines = run.read_json("drift", "drift.json")["metrics"]
    assert {(line["genre"], line["tracks"]) for line in lines} == {(None, 30), ("pop", 30)}
    assert {line["champion_run_no"] for line in lines} == {read_champion(database_url).run_no}


@pytest.mark.parametrize("tracks", [[], NEW[:4]])
def test_a_run_of_mode_predict_with_too_few_tracks_is_not_measured(folder, database_url, tracks):
    manifest = drift(predict_run(folder, database_url, tracks))
    assert manifest["summary"].startswith("not measured: fewer than 5 artists are new")


def test_a_champion_in_another_store_is_reported_and_does_not_fail_the_run(folder, database_url, tmp_path_factory):
    manifest = drift(complete_run(tmp_path_factory.mktemp("other"), database_url, "r2", TRACKS))
    assert manifest["summary"].startswith("not measured, by the champion r1: champion r1: its outputs are in file:")
    assert not manifest["drifted"]


def test_a_champion_without_summaries_is_reported_and_does_not_fail_the_run(folder, database_url):
    run = complete_run(folder, database_url, "r2", TRACKS)
    trained = run_in(folder, "r1")
    report = trained.read_json("features", "pop-1-of-1.json")
    for track in report["tracks"]:
        del track["summaries_key"], track["summary_row"]
    trained.write_json("features", "pop-1-of-1.json", report)
    manifest = drift(run)
    assert "run r1: the reports have no summaries_key and summary_row" in manifest["summary"]
    assert run.read_json("drift", "drift.json")["metrics"] == []


def test_only_the_labels_that_both_models_have_are_compared(folder, database_url):
    run = complete_run(folder, database_url, "r2", TRACKS)
    run.write_json("discover", "label_set.json", retired(EMOTIFY, "sadness").document())
    manifest = drift(Run(run.config, "r2"))
    document = run.read_json("drift", "drift.json")
    assert document["labels_left_out"] == ["sadness"]
    assert {line["emotion"] for line in document["metrics"]} == {None, *EMOTIFY.ids[:-1]}
    assert manifest["summary"].endswith("; 1 emotion left out that only one of both models has: sadness")
    drift(complete_run(folder, database_url, "r3", TRACKS))
    assert "labels_left_out" not in run.read_json_key("runs/r3/drift/drift.json")


def test_a_champion_of_another_label_set_is_reported_and_does_not_fail_the_run(folder, database_url):
    run = complete_run(folder, database_url, "r2", TRACKS)
    run.write_json("discover", "label_set.json", replace(EMOTIFY, name="others").document())
    summary = drift(Run(run.config, "r2"))["summary"]
    assert summary.startswith("not measured, by the champion r1: label sets others version 1 (multi, 9 labels, ")
    assert summary.endswith("expected versions of one set, to compare their models")
