"""Served predictions, and tracks that are marked as gone, after runs of several modes were published."""

import dataclasses

from mer_tasks.database.connection import transaction
from mer_tasks.database.queries import served_contents
from mer_tasks.stages.publish import publish
from tests.support.published_runs import (
    TRACKS,
    complete_predict_run,
    complete_run,
    make_champion,
    rows,
)
from tests.support.run_documents import content, rejection


def gone_tracks(url: str) -> set[str]:
    return {track for (track,) in rows(url, "SELECT track_id FROM mer.tracks WHERE gone_at IS NOT NULL")}


def test_a_run_marks_tracks_that_left_the_landing_zone_and_no_rejected_tracks(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    assert gone_tracks(database_url) == set()
    bad = [rejection("r01", stage="discover", reason="unreadable")]
    manifest = publish(complete_run(tmp_path, database_url, "r2", tracks=TRACKS[2:], rejected=bad))
    assert gone_tracks(database_url) == {"r00"}
    assert manifest["counters"]["gone"] == 1
    ((since,),) = rows(database_url, "SELECT gone_at FROM mer.tracks WHERE track_id = 'r00'")
    publish(complete_run(tmp_path, database_url, "r3", tracks=TRACKS[2:], rejected=bad))
    assert rows(database_url, "SELECT gone_at FROM mer.tracks WHERE track_id = 'r00'") == [(since,)]
    publish(complete_run(tmp_path, database_url, "r4"))
    assert gone_tracks(database_url) == set()


def test_an_older_run_that_is_published_again_marks_no_track(tmp_path, database_url):
    first = complete_run(tmp_path, database_url, tracks=[*TRACKS[:5], *TRACKS[6:]])
    publish(first)
    publish(complete_run(tmp_path, database_url, "r2"))
    publish(dataclasses.replace(first, try_number=2))
    assert gone_tracks(database_url) == set()


def test_a_run_that_listed_earlier_and_is_published_later_marks_no_track(tmp_path, database_url):
    early = complete_run(tmp_path, database_url, "r1", tracks=[*TRACKS[:5], *TRACKS[6:]])
    publish(complete_run(tmp_path, database_url, "r2"))
    publish(early)
    assert gone_tracks(database_url) == set()


def test_a_listing_time_in_the_future_does_not_stop_other_runs_from_marking_tracks(tmp_path, database_url):
    ahead = complete_run(tmp_path, database_url)
    ahead.write_manifest("discover", {**ahead.manifest("discover"), "listed_at": "2036-01-01T00:00:00+00:00"})
    publish(ahead)
    publish(complete_run(tmp_path, database_url, "r2", tracks=TRACKS[1:]))
    assert gone_tracks(database_url) == {"r00"}


def test_the_next_run_marks_a_track_whose_last_run_has_no_landing_zone(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    with transaction(database_url) as cursor:
        cursor.execute("UPDATE mer.run SET landing_url = NULL, listed_at = NULL")
    publish(complete_run(tmp_path, database_url, "r2", tracks=TRACKS[1:]))
    assert gone_tracks(database_url) == {"r00"}
    publish(complete_predict_run(tmp_path, database_url, "n1", TRACKS, []))
    assert gone_tracks(database_url) == set()


def test_a_run_over_some_genres_marks_no_track_of_other_genres(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    rock = [track for track in TRACKS if track.startswith("r")]
    publish(complete_predict_run(tmp_path, database_url, "n1", rock[1:], [], genres="rock"))
    assert gone_tracks(database_url) == {"r00"}


def test_a_run_over_another_landing_zone_marks_no_track_of_the_first_one(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    elsewhere = (tmp_path / "elsewhere").as_uri()
    publish(complete_predict_run(tmp_path, database_url, "n1", ["r90"], ["r90"], landing_url=elsewhere))
    assert gone_tracks(database_url) == set()
    publish(complete_predict_run(tmp_path, database_url, "n2", ["r91"], ["r91"], landing_url=elsewhere))
    assert gone_tracks(database_url) == {"r90"}


def test_a_file_that_was_moved_to_another_genre_stays_the_same_track(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    run = complete_predict_run(tmp_path, database_url, "n1", TRACKS, [])
    for name in ("catalogue.parquet", "landed.parquet"):
        table = run.read_table("discover", name)
        table.loc[table["track_id"] == "r00", ["genre", "key"]] = ["folk", "folk/r00.mp3"]
        run.write_table("discover", name, table)
    publish(run)
    moved = rows(database_url, "SELECT genre, key, gone_at FROM mer.tracks WHERE track_id = 'r00'")
    assert moved == [("folk", "folk/r00.mp3", None)]


def test_the_latest_run_is_served_before_the_first_promotion(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    publish(complete_run(tmp_path, database_url, "r2"))
    for view in ("best_tracks", "track_emotions", "current_predictions"):
        assert rows(database_url, f"SELECT DISTINCT run_id, by_champion FROM mer.{view}") == [("r2", False)]  # noqa: S608
    make_champion(database_url, "r1")
    for view in ("best_tracks", "track_emotions", "current_predictions"):
        assert rows(database_url, f"SELECT DISTINCT run_id, by_champion FROM mer.{view}") == [("r1", True)]  # noqa: S608


def test_predictions_of_an_earlier_champion_are_served_until_the_present_one_has_scored(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url))
    make_champion(database_url)
    publish(complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90"], ["r90"]))
    second = complete_run(tmp_path, database_url, "r2")
    second.write_manifest("train", {"model": {**second.manifest("train")["model"], "sha256": "2" * 64}})
    publish(second)
    make_champion(database_url, "r2")
    served = rows(database_url, "SELECT DISTINCT run_id, model_run_id, by_champion FROM mer.current_predictions ORDER BY 1")
    assert served == [("n1", "r1", False), ("r2", "r2", True)]
    unscored = "SELECT track_id FROM mer.tracks WHERE NOT scored_by_champion"
    assert rows(database_url, unscored) == [("r90",)]
    model = {"run_id": "r2", "sha256": "2" * 64}
    assert served_contents(database_url, model) == {track: content(track) for track in TRACKS}
