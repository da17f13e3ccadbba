"""Runs whose documents are missing or do not fit together are not published."""

import pytest

from mer_tasks.config import Config
from mer_tasks.errors import ConfigError, IntegrityError, ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.stages.publish import publish
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, rows
from tests.support.publishing import change_parts, published_rows


def test_a_run_whose_canary_has_no_manifest_is_not_published(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, canary=1)
    run.store.delete(run.key("canary", "manifest.json"))
    with pytest.raises(ObjectMissing, match=r"canary/manifest\.json"):
        publish(run)
    assert rows(database_url, "SELECT run_id FROM mer.run") == []


def change_value(run: Run, stage: str, column: str, value, track: str = "r00") -> None:
    """Change a value of a track in the table of `stage`, or in the tables of predictions if `stage` is ``predictions``."""
    for folder in ("thresholds", "evaluate") if stage == "predictions" else (stage,):
        name = f"{stage}.parquet"
        table = run.read_table(folder, name)
        table.loc[table["track_id"] == track, column] = value
        run.write_table(folder, name, table)


def test_a_part_that_differs_between_split_and_predictions_is_refused(tmp_path, database_url):
    run = change_parts(complete_run(tmp_path, database_url), {"r00": "train"})
    change_value(run, "predictions", "part", "test")
    with pytest.raises(
        IntegrityError, match="track 'r00' is in the corpus, its part is train in the split and test in the predictions"
    ):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_a_track_without_a_prediction_is_refused_and_named(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    table = run.read_table("evaluate", "predictions.parquet")
    missing = table["track_id"].iloc[0]
    run.write_table("evaluate", "predictions.parquet", table.iloc[1:])
    with pytest.raises(IntegrityError, match=f"track '{missing}' is in the corpus, .* and None in the predictions"):
        publish(run)


def test_a_group_link_to_a_track_outside_the_corpus_is_refused(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, fan_out={"sounds": {"r03": "r01"}})
    links = run.read_table("split", "groups.parquet")
    run.write_table("split", "groups.parquet", links.assign(other_track_id="nobody"))
    with pytest.raises(IntegrityError, match="track_group"):
        publish(run)
    assert published_rows(database_url)["run"] == []


@pytest.mark.parametrize("value", [float("nan"), -0.1, 1.5])
def test_a_value_that_is_not_a_probability_is_refused(tmp_path, database_url, value):
    run = complete_run(tmp_path, database_url)
    change_value(run, "predictions", "probability_power", value)
    with pytest.raises(IntegrityError, match="prediction"):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_a_track_with_two_predictions_is_refused(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    table = run.read_table("evaluate", "predictions.parquet")
    run.write_table("evaluate", "predictions.parquet", table.iloc[[0, *range(len(table))]])
    with pytest.raises(IntegrityError, match=r"Key \(track_id\)=\(.*\) already exists|duplicated"):
        publish(run)


def test_a_document_without_a_column_is_refused_and_named(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    run.write_table("labels", "labels.parquet", run.read_table("labels", "labels.parquet").drop(columns="votes_power"))
    with pytest.raises(IntegrityError, match=r"labels\.parquet: no column 'votes_power'"):
        publish(run)


def test_nothing_is_published_if_a_document_is_missing(tmp_path, database_url):
    run = complete_run(tmp_path, database_url)
    run.store.delete(run.key("evaluate", "Music_emotion_metrics.json"))
    with pytest.raises(ObjectMissing, match=r"Music_emotion_metrics\.json"):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_the_error_without_a_database_says_how_to_set_one(tmp_path):
    with pytest.raises(ConfigError, match=r"MER_DATABASE_URL=postgresql\+psycopg2://"):
        publish(Run(Config.load({"store_url": tmp_path.as_uri()}), "r1"))


def test_tracks_and_predictions_that_differ_are_refused_in_mode_predict_too(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    run = complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90", "r91"], ["r90", "r91"])
    table = run.read_table("predict", "rock-1-of-1.parquet")
    run.write_table("predict", "rock-1-of-1.parquet", table.iloc[1:])
    with pytest.raises(IntegrityError, match=r"run n1: track 'r90' is in the corpus, .* and None in the predictions"):
        publish(run)
    run.write_table("predict", "rock-1-of-1.parquet", table.assign(track_id=["r90", "nobody"]))
    with pytest.raises(IntegrityError, match="run n1: track 'nobody' is not in the corpus"):
        publish(run)
