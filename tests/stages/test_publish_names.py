"""Names of tracks and files with any character, and names from tags and metadata files, in the database."""

import pytest

from mer_tasks.database.connection import transaction
from mer_tasks.errors import IntegrityError
from mer_tasks.stages.publish import publish
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, make_champion, rows
from tests.support.publishing import published_rows
from tests.support.run_documents import line, put_metadata, rejection


@pytest.mark.parametrize(
    "track",
    [
        "r a\tb",
        'r"quo\'ted"',
        "r\\N",
        "r\\.",
        "r,;",
        "r\nnewline",
        "r\r\n\\.\r\n",
        "rÉ日本🎵",
        "rNULL",
        "r ",
        "r{}%s%(x)s:name",
    ],
)
def test_names_with_any_character_are_published_unchanged(tmp_path, database_url, track):
    tracks = [*TRACKS, track, "r98", "r99"]
    run = complete_run(
        tmp_path,
        database_url,
        tracks=sorted(tracks, key=lambda name: name in ("r98", "r99")),
        rejected=[{**rejection("x"), "key": f"rock/{track}.mp3", "detail": f"met {track}"}],
    )
    publish(run)
    assert rows(database_url, "SELECT key FROM mer.tracks WHERE track_id = %s", track) == [(line(track, "rock")["key"],)]
    assert rows(database_url, "SELECT count(*) FROM mer.predictions WHERE track_id = %s", track) == [(9,)]
    assert rows(database_url, "SELECT detail FROM mer.rejected_files WHERE key = %s", f"rock/{track}.mp3") == [
        (f"met {track}",)
    ]


def test_a_track_name_with_a_zero_byte_is_refused_and_named(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, tracks=[*TRACKS[:11], "r\0x", *TRACKS[11:]])
    with pytest.raises(IntegrityError, match=r"track_id 'r\\x00x': expected no zero byte"):
        publish(run)
    assert published_rows(database_url)["run"] == []


def test_a_rejected_file_whose_name_is_not_unicode_is_published_with_an_escape(tmp_path, database_url):
    # os.listdir gives such names with lone surrogates
    run = complete_run(
        tmp_path, database_url, rejected=[{**rejection("x"), "key": "rock/caf\udce9\0.mp3", "sha256": None, "genre": None}]
    )
    publish(run)
    assert ("rock/caf\\udce9\\x00.mp3", None, None) in rows(database_url, "SELECT key, sha256, genre FROM mer.rejected_files")


NAMES = "SELECT title, artist, album, year, track_number, isrc, metadata, decoder, mixdown FROM mer.tracks WHERE track_id = %s"
TAGS = {"r01": {"title": "Jóga", "album": "Homogenic", "year": 1997, "track_number": 2, "mixdown": "channel 1 of 2"}}


def test_names_of_tags_and_metadata_files_are_published(tmp_path, database_url):
    run = complete_run(tmp_path, database_url, fan_out={"names": TAGS, "artists": {"r01": ["Björk", "Ann"], "r03": []}})
    put_metadata(run, {"names.csv": b"track id,title,isrc,Mood\nr02,Beyond Late,I1,calm"})
    publish(run)
    assert rows(database_url, NAMES, "r01") == [
        ("Jóga", "Björk; Ann", "Homogenic", 1997, 2, None, None, "libsndfile", "channel 1 of 2")
    ]
    assert rows(database_url, NAMES, "r02") == [
        ("Beyond Late", "artist of r02", None, None, None, "I1", {"Mood": "calm"}, "libsndfile", "mean")
    ]
    assert rows(database_url, NAMES, "r03") == [(None,) * 7 + ("libsndfile", "mean")]


def test_names_of_the_next_run_replace_the_published_ones(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, fan_out={"names": TAGS}))
    publish(complete_run(tmp_path, database_url, "r2", fan_out={"names": {"r01": {"title": "Bachelorette"}}}))
    assert rows(database_url, NAMES, "r01")[0][:4] == ("Bachelorette", "artist of r01", None, None)


def test_a_run_of_mode_predict_updates_names_of_tracks_that_it_did_not_score(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, fan_out={"names": TAGS}))
    make_champion(database_url)
    run = complete_predict_run(tmp_path, database_url, "n1", [*TRACKS, "r90"], ["r90"])
    put_metadata(run, {"names.csv": "track id,title,artist\nr01,Jóga (live),\nr02,Title,Artist\nr90,New,\n".encode()})
    publish(run)
    assert rows(database_url, NAMES, "r01")[0][:4] == ("Jóga (live)", "artist of r01", "Homogenic", 1997)
    assert rows(database_url, NAMES, "r02")[0][:2] == ("Title", "Artist")
    assert rows(database_url, NAMES, "r90")[0][:2] == ("New", "artist of r90")
    assert rows(database_url, "SELECT name FROM mer.listed_tracks WHERE track_id = 'r01'") == [
        ("r01\njóga (live)\nartist of r01",)
    ]


def test_the_views_that_people_query_have_title_and_artist(tmp_path, database_url):
    publish(complete_run(tmp_path, database_url, fan_out={"names": TAGS, "sounds": {"r03": "r01"}}))
    make_champion(database_url)
    for view in ("track_emotions", "best_tracks", "current_predictions", "listed_tracks", "judgements", "explanations"):
        statement = f"SELECT DISTINCT title, artist FROM mer.{view} WHERE track_id = 'r01'"  # noqa: S608
        assert rows(database_url, statement) == [("Jóga", "artist of r01")], view
    assert rows(database_url, "SELECT DISTINCT title, artist FROM mer.explain('r01')") == [("Jóga", "artist of r01")]
    twins = "SELECT track_id, title, other_title FROM mer.groups WHERE reason = 'same_recording' ORDER BY 1"
    assert rows(database_url, twins) == [("r01", "Jóga", None), ("r03", None, "Jóga")]
    publish(complete_predict_run(tmp_path, database_url, "n1", [*TRACKS], []))
    with transaction(database_url) as cursor:
        cursor.execute("UPDATE mer.track SET sha256 = 'other' WHERE track_id = 'r01'")
        cursor.execute("INSERT INTO mer.waiting SELECT track_no FROM mer.track WHERE track_id = 'r01'")
    assert rows(database_url, "SELECT title, artist FROM mer.waiting_tracks") == [("Jóga", "artist of r01")]
