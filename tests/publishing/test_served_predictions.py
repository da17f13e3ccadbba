"""Which predictions are served, and which tracks are gone, after runs of several modes were published."""

import dataclasses

from mer_tasks.database.connection import transaction
from mer_tasks.database.queries import served_contents
from mer_tasks.stages.publish import publish
from tests.support.published_runs import (
    TRACKS,
    crowned,
    finished,
    predicted,
    rows,
)
from tests.support.run_documents import content, rejection


def gone(url: str) -> set[str]:
    return {track for (track,) in rows(url, "SELECT track_id FROM mer.tracks WHERE gone_at IS NOT NULL")}


def test_tracks_that_a_run_does_not_find_any_more_are_marked_and_not_those_that_are_rejected(tmp_path, database_url):
    publish(finished(tmp_path, database_url))
    assert gone(database_url) == set()
    bad = [rejection("r01", stage="discover", reason="unreadable")]
    manifest = publish(finished(tmp_path, database_url, "r2", tracks=TRACKS[2:], rejected=bad))
    assert gone(database_url) == {"r00"}
    assert manifest["counters"]["gone"] == 1
    ((since,),) = rows(database_url, "SELECT gone_at FROM mer.tracks WHERE track_id = 'r00'")
    publish(finished(tmp_path, database_url, "r3", tracks=TRACKS[2:], rejected=bad))
    assert rows(database_url, "SELECT gone_at FROM mer.tracks WHERE track_id = 'r00'") == [(since,)]
    publish(finished(tmp_path, database_url, "r4"))
    assert gone(database_url) == set()


def test_an_older_run_that_is_published_again_marks_nothing(tmp_path, database_url):
    first = finished(tmp_path, database_url, tracks=[*TRACKS[:5], *TRACKS[6:]])
    publish(first)
    publish(finished(tmp_path, database_url, "r2"))
    publish(dataclasses.replace(first, try_number=2))
    assert gone(database_url) == set()


def test_a_run_that_listed_earlier_and_is_published_later_marks_nothing(tmp_path, database_url):
    early = finished(tmp_path, database_url, "r1", tracks=[*TRACKS[:5], *TRACKS[6:]])
    publish(finished(tmp_path, database_url, "r2"))
    publish(early)
    assert gone(database_url) == set()


def test_a_run_that_says_to_have_listed_in_the_future_does_not_keep_others_from_marking(tmp_path, database_url):
    ahead = finished(tmp_path, database_url)
    ahead.write_manifest("discover", {**ahead.manifest("discover"), "listed_at": "2036-01-01T00:00:00+00:00"})
    publish(ahead)
    publish(finished(tmp_path, database_url, "r2", tracks=TRACKS[1:]))
    assert gone(database_url) == {"r00"}


def test_a_track_whose_last_run_has_no_landing_zone_is_marked_by_the_next_run(tmp_path, database_url):
    publish(finished(tmp_path, database_url))
    with transaction(database_url) as cursor:
        cursor.execute("UPDATE mer.run SET landing_url = NULL, listed_at = NULL")
    publish(finished(tmp_path, database_url, "r2", tracks=TRACKS[1:]))
    assert gone(database_url) == {"r00"}
    publish(predicted(tmp_path, database_url, "n1", TRACKS, []))
    assert gone(database_url) == set()


def test_a_run_over_some_genres_says_nothing_of_the_others(tmp_path, database_url):
    publish(finished(tmp_path, database_url))
    rock = [track for track in TRACKS if track.startswith("r")]
    publish(predicted(tmp_path, database_url, "n1", rock[1:], [], genres="rock"))
    assert gone(database_url) == {"r00"}


def test_a_run_over_another_landing_zone_says_nothing_of_the_first(tmp_path, database_url):
    publish(finished(tmp_path, database_url))
    elsewhere = (tmp_path / "elsewhere").as_uri()
    publish(predicted(tmp_path, database_url, "n1", ["r90"], ["r90"], landing_url=elsewhere))
    assert gone(database_url) == set()
    publish(predicted(tmp_path, database_url, "n2", ["r91"], ["r91"], landing_url=elsewhere))
    assert gone(database_url) == {"r90"}


def test_a_file_that_was_moved_to_another_genre_is_the_same_track_there(tmp_path, database_url):
    publish(finished(tmp_path, database_url))
    run = predicted(tmp_path, database_url, "n1", TRACKS, [])
    for name in ("catalogue.parquet", "landed.parquet"):
        table = run.read_table("discover", name)
        table.loc[table["track_id"] == "r00", ["genre", "key"]] = ["folk", "folk/r00.mp3"]
        run.write_table("discover", name, table)
    publish(run)
    found = rows(database_url, "SELECT genre, key, gone_at FROM mer.tracks WHERE track_id = 'r00'")
    assert found == [("folk", "folk/r00.mp3", None)]


def test_before_there_is_a_champion_the_latest_run_is_served(tmp_path, database_url):
    publish(finished(tmp_path, database_url))
    publish(finished(tmp_path, database_url, "r2"))
    for view in ("best_tracks", "track_emotions", "current_predictions"):
        assert rows(database_url, f"SELECT DISTINCT run_id, by_champion FROM mer.{view}") == [("r2", False)]  # noqa: S608
    crowned(database_url, "r1")
    for view in ("best_tracks", "track_emotions", "current_predictions"):
        assert rows(database_url, f"SELECT DISTINCT run_id, by_champion FROM mer.{view}") == [("r1", True)]  # noqa: S608


def test_what_an_earlier_champion_said_is_served_until_the_present_one_has_scored(tmp_path, database_url):
    publish(finished(tmp_path, database_url))
    crowned(database_url)
    publish(predicted(tmp_path, database_url, "n1", [*TRACKS, "r90"], ["r90"]))
    second = finished(tmp_path, database_url, "r2")
    second.write_manifest("train", {"model": {**second.manifest("train")["model"], "sha256": "2" * 64}})
    publish(second)
    crowned(database_url, "r2")
    found = rows(database_url, "SELECT DISTINCT run_id, model_run_id, by_champion FROM mer.current_predictions ORDER BY 1")
    assert found == [("n1", "r1", False), ("r2", "r2", True)]
    waiting = "SELECT track_id FROM mer.tracks WHERE NOT scored_by_champion"
    assert rows(database_url, waiting) == [("r90",)]
    model = {"run_id": "r2", "sha256": "2" * 64}
    assert served_contents(database_url, model) == {track: content(track) for track in TRACKS}
