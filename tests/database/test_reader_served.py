"""The pages' reader returns the predictions that are served, after every kind of change."""

import dataclasses

import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.database.queries import query
from mer_tasks.database.reader import Reader
from mer_tasks.publishing import served_predictions
from mer_tasks.publishing.rollback import rollback
from mer_tasks.stages.publish import publish
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, make_champion, rows
from tests.support.served_runs import rollback_arguments, with_ties

SERVED = """
SELECT
  track_id, run_id, genre, array_agg(probability ORDER BY label_no),
  coalesce(array_agg(emotion ORDER BY label_no) FILTER (WHERE positive), '{}'), part, present, by_champion
FROM mer.current_predictions
GROUP BY track_id, run_id, genre, part, present, by_champion
ORDER BY track_id
"""
LISTED = """
SELECT track_id, run_id, genre, probabilities, positives, part, present, by_champion
FROM mer.listed_tracks
ORDER BY track_id
"""
UNSCORED = "SELECT track_id FROM mer.tracks WHERE NOT scored_by_champion AND gone_at IS NULL ORDER BY track_id"
WAITING = "SELECT track_id FROM mer.waiting_tracks ORDER BY track_id"
PAIRED = """
SELECT
  one.emotion, other.emotion, count(*) FILTER (WHERE one.positive AND other.positive), corr(one.probability, other.probability)
FROM mer.current_predictions AS one
JOIN mer.current_predictions AS other USING (track_id)
WHERE one.present AND one.label_no < other.label_no
GROUP BY one.label_no, other.label_no, one.emotion, other.emotion
ORDER BY one.label_no, other.label_no
"""
PAIRS = "SELECT one, other, tracks_with_both, correlation FROM mer.emotion_pairs ORDER BY one_no, other_no"
WRITTEN = "SELECT track_id, listing.xmin::text FROM mer.listing JOIN mer.track USING (track_no)"
"""Selects each listed track with the transaction that wrote its row."""
INDEXES = """
SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.* USING', '') AS what
FROM pg_index
WHERE indrelid = 'mer.{}'::regclass
ORDER BY what
"""
GENRES = "SELECT listed_genre = genre FROM mer.listed_tracks"


def check_listed(url):
    """Check that the tables for the pages equal the served predictions; return the run that scored each track, by track id."""
    served = rows(url, SERVED)
    assert served
    assert rows(url, LISTED) == served
    assert all(equal for (equal,) in rows(url, GENRES))
    assert rows(url, WAITING) == rows(url, UNSCORED)
    assert [(*row[:3], pytest.approx(row[3])) for row in rows(url, PAIRED)] == rows(url, PAIRS)
    return {row[0]: row[1] for row in served}


def test_served_predictions_are_listed_also_without_a_champion(tmp_path, database_url):
    first = with_ties(complete_run(tmp_path, database_url))
    publish(first)
    assert check_listed(database_url)["r00"] == "r1"
    publish(with_ties(complete_run(tmp_path, database_url, "r2", tracks=TRACKS[2:]), seed=2))
    assert set(check_listed(database_url)) == set(TRACKS[2:])
    publish(dataclasses.replace(first, try_number=2))
    assert set(check_listed(database_url)) == set(TRACKS[2:])


def test_served_predictions_are_listed_after_each_change_of_the_champion(tmp_path, database_url):
    first = with_ties(complete_run(tmp_path, database_url))
    publish(first)
    publish(with_ties(complete_run(tmp_path, database_url, "r2", tracks=TRACKS[:-2]), seed=2))
    make_champion(database_url)
    assert set(check_listed(database_url).values()) == {"r1"}
    make_champion(database_url, "r2")
    assert check_listed(database_url) == {track: "r1" if track in TRACKS[-2:] else "r2" for track in TRACKS}
    rollback(*rollback_arguments(tmp_path, database_url, "r1"))
    assert set(check_listed(database_url).values()) == {"r1"}
    publish(with_ties(complete_run(tmp_path, database_url, "r3"), seed=3))
    assert set(check_listed(database_url).values()) == {"r1"}


def test_publishing_a_run_again_updates_only_the_rows_that_have_changed(tmp_path, database_url):
    first = with_ties(complete_run(tmp_path, database_url))
    publish(first)
    make_champion(database_url)
    before = rows(database_url, LISTED)
    publish(dataclasses.replace(with_ties(first, seed=9), try_number=2))
    assert check_listed(database_url)
    assert rows(database_url, LISTED) != before
    before = dict(rows(database_url, WRITTEN))
    publish(dataclasses.replace(first, try_number=3))
    assert dict(rows(database_url, WRITTEN)) == before


def test_a_predict_run_updates_only_the_rows_of_tracks_that_it_scored(tmp_path, database_url):
    publish(with_ties(complete_run(tmp_path, database_url)))
    make_champion(database_url)
    before = dict(rows(database_url, WRITTEN))
    publish(complete_predict_run(tmp_path, database_url, "later", [*TRACKS, "r99"], ["r03", "r99"]))
    assert check_listed(database_url)["r99"] == "later"
    after = dict(rows(database_url, WRITTEN))
    assert {track for track, version in after.items() if before.get(track) != version} == {"r03", "r99"}
    late = complete_predict_run(tmp_path, database_url, "late", [*TRACKS, "r99"], ["r04"])
    publish(complete_run(tmp_path, database_url, "r2"))
    make_champion(database_url, "r2")
    publish(late)
    check_listed(database_url)


def test_a_moved_track_is_listed_in_its_new_genre(tmp_path, database_url, reader_url):
    publish(with_ties(complete_run(tmp_path, database_url)))
    make_champion(database_url)
    run = complete_predict_run(tmp_path, database_url, "later", TRACKS, ["r03"])
    landed = run.read_table("discover", "landed.parquet")
    run.write_table(
        "discover", "landed.parquet", landed.assign(genre=landed["genre"].mask(landed["track_id"] == "r05", "jazz"))
    )
    publish(run)
    check_listed(database_url)
    reader = Reader(reader_url)
    assert reader.genres() == ["jazz", "pop", "rock"]
    assert [row["track_id"] for row in reader.tracks("sadness", "jazz").rows] == ["r05"]
    assert [row["track_id"] for row in reader.tracks(genre="jazz").rows] == ["r05"]
    with transaction(database_url) as cursor:
        cursor.execute("UPDATE mer.track SET gone_at = now() WHERE track_id IN ('r05', 'r06')")
    assert reader.genres() == [row["genre"] for row in query(reader_url, "genres")] == ["pop", "rock"]


@pytest.fixture
def large(monkeypatch):
    """Let even a short list be rebuilt."""
    monkeypatch.setattr(served_predictions, "REBUILD_MIN_TRACKS", 0)


def test_a_list_with_many_changes_is_rebuilt(tmp_path, database_url, large):
    publish(with_ties(complete_run(tmp_path, database_url)))
    make_champion(database_url)
    check_listed(database_url)
    (first,) = rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid")
    publish(complete_predict_run(tmp_path, database_url, "later", [*TRACKS, "r99"], ["r03", "r99"]))
    assert check_listed(database_url)["r99"] == "later"
    assert rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid") == [first]
    publish(with_ties(complete_run(tmp_path, database_url, "r2", tracks=[*TRACKS, "r99"]), seed=2))
    make_champion(database_url, "r2")
    assert set(check_listed(database_url).values()) == {"r2"}
    assert rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid") != [first]
    assert rows(database_url, INDEXES.format("listing")) == rows(database_url, INDEXES.format("listing_rows"))


def test_a_reader_of_the_list_prevents_its_rebuilding_but_not_publishing(tmp_path, database_url, reader_url, large):
    publish(with_ties(complete_run(tmp_path, database_url)))
    (first,) = rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid")
    with transaction(reader_url) as cursor:
        cursor.execute("SELECT count(*) FROM mer.listed_tracks")
        publish(with_ties(complete_run(tmp_path, database_url, "r2"), seed=2))
    assert set(check_listed(database_url).values()) == {"r2"}
    assert rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid, to_regclass('mer.listing_next')") == [(*first, None)]
