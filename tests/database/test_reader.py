"""What the pages show, and that it is what is served after each change."""

import dataclasses
import io
import shutil

import pytest
import sqlalchemy as sa

from mer_tasks.config import Config
from mer_tasks.database.connection import SQL, transaction
from mer_tasks.database.migrations import ROLES, bootstrap, migrate
from mer_tasks.database.queries import query
from mer_tasks.database.reader import Page, Reader, token
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, MerError
from mer_tasks.publishing import served_predictions
from mer_tasks.publishing.rollback import rollback
from mer_tasks.stages.publish import publish
from tests.support.published_runs import TRACKS, crowned, finished, modelled, predicted, predictions_of, rows

ODD = ["r%", "r_", "r\\", "r'; DROP TABLE mer.track; --", "rR<b>ö", "p1%x"]
SERVED = """
SELECT
  track_id, run_id, genre, array_agg(probability ORDER BY emotion),
  coalesce(array_agg(emotion ORDER BY emotion) FILTER (WHERE positive), '{}')::text, part, present, by_champion
FROM mer.current_predictions
GROUP BY track_id, run_id, genre, part, present, by_champion
ORDER BY track_id
"""
LISTED = """
SELECT
  track_id, run_id, genre,
  ARRAY[amazement, solemnity, tenderness, nostalgia, calmness, power, joyful_activation, tension, sadness],
  positives::text, part, present, by_champion
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
WHERE one.present AND one.emotion < other.emotion
GROUP BY one.emotion, other.emotion
ORDER BY one.emotion, other.emotion
"""
PAIRS = "SELECT one, other, tracks_with_both, correlation FROM mer.emotion_pairs ORDER BY one, other"
WRITTEN = "SELECT track_id, listing.xmin::text FROM mer.listing JOIN mer.track USING (track_no)"
"""Tracks and the transactions that wrote their rows."""
INDEXES = """
SELECT regexp_replace(pg_get_indexdef(indexrelid), '^.* USING', '') AS what
FROM pg_index
WHERE indrelid = 'mer.{}'::regclass
ORDER BY what
"""
GENRES = "SELECT listed_genre = genre FROM mer.listed_tracks"


def rounded(run, seed=0):
    """`run` with probabilities of which most are equal to others."""
    predictions = predictions_of(run.read_table("split", "split.parquet"), seed)
    for emotion in EMOTIONS:
        predictions[f"probability_{emotion}"] = predictions[f"probability_{emotion}"].mul(3).round().div(3)
        predictions[f"positive_{emotion}"] = predictions[f"probability_{emotion}"] >= 0.5
    modelled(run, predictions)
    return run


def check_listed(url):
    """Track id to the run that scored it, of what is listed, which is what is served, as is what was made of it."""
    served = rows(url, SERVED)
    assert served
    assert rows(url, LISTED) == served
    assert all(equal for (equal,) in rows(url, GENRES))
    assert rows(url, WAITING) == rows(url, UNSCORED)
    assert [(*row[:3], pytest.approx(row[3])) for row in rows(url, PAIRED)] == rows(url, PAIRS)
    return {row[0]: row[1] for row in served}


def pages(ask, *values, rows=3, **filters):
    """Rows of all pages together."""
    found, after = [], None
    while True:
        page = ask(*values, after=after, rows=rows, **filters)
        assert len(page.rows) == rows or page.after is None
        found += page.rows
        if page.after is None:
            return found
        after = page.after


@pytest.fixture(scope="module")
def urls(postgres):
    return bootstrap(postgres.url(), "mer_listing", dict.fromkeys(ROLES, "for tests"))


@pytest.fixture(scope="module")
def reader(urls, tmp_path_factory):
    """Of a database with two training runs, the first of which fitted the champion, a predict run, and odd track ids."""
    folder, url = tmp_path_factory.mktemp("listing"), urls["mer_writer"]
    for run_id in ("r1", "r2"):
        publish(rounded(finished(folder, url, run_id, tracks=[*TRACKS, *ODD]), seed=int(run_id[1])))
        crowned(url, run_id)
    rollback(*_to(folder, url, "r1"))
    publish(predicted(folder, url, "later", [*TRACKS, *ODD, "r99"], ["r03", "r99"]))
    return Reader(urls["mer_reader"])


def _to(folder, url, run_id):
    """Arguments of a rollback to `run_id`, whose model lies in the store then."""
    config = Config.load({"store_url": folder.as_uri(), "database_url": url})
    (folder / f"runs/{run_id}/train").mkdir(parents=True, exist_ok=True)
    (folder / f"runs/{run_id}/train/music_emotion_model.keras").write_bytes(b"model")
    return config, run_id, "a test"


@pytest.mark.parametrize("genre", [None, "rock", "pop", "none"])
@pytest.mark.parametrize("text", [None, "1", "R0"])
@pytest.mark.parametrize("positive", [False, True])
def test_pages_by_an_emotion_have_each_track_once_though_probabilities_are_equal(reader, genre, text, positive):
    found = pages(reader.tracks, "calmness", genre=genre, text=text, positive=positive)
    whole = pages(reader.tracks, rows=100)
    expected = {
        row["track_id"]
        for row in whole
        if (genre is None or row["genre"] == genre)
        and (text is None or text.lower() in row["track_id"].lower())
        and (not positive or "calmness" in row["positives"])
    }
    assert sorted(row["track_id"] for row in found) == sorted(expected)
    probabilities = [row["calmness"] for row in found]
    assert probabilities == sorted(probabilities, reverse=True)
    if not (genre or text):
        assert 1 < len(set(probabilities)) < len(probabilities) / 3


def test_pages_without_an_emotion_have_each_track_once_by_its_id(reader):
    every = sorted([*TRACKS, *ODD, "r99"])
    assert [row["track_id"] for row in pages(reader.tracks)] == every
    assert [row["track_id"] for row in pages(reader.tracks, rows=1)] == every
    assert [row["track_id"] for row in pages(reader.tracks, genre="pop")] == [name for name in every if name.startswith("p")]


def test_a_page_that_is_just_full_has_no_next(reader):
    assert reader.tracks(rows=len([*TRACKS, *ODD, "r99"])).after is None
    assert reader.tracks(rows=len([*TRACKS, *ODD])).after is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("%", {"r%", "p1%x"}),
        ("_", {"r_"}),
        ("\\", {"r\\"}),
        ("1%X", {"p1%x"}),
        ("'; drop table", {"r'; DROP TABLE mer.track; --"}),
        ("rr<B>Ö", {"rR<b>ö"}),
        ("", {*TRACKS, *ODD, "r99"}),
        ("' OR true --", set()),
    ],
)
def test_text_is_found_letter_by_letter_in_any_case(reader, text, expected):
    assert {row["track_id"] for row in pages(reader.tracks, text=text, rows=50)} == expected


def test_a_row_says_who_scored_the_track(reader):
    known = {row["track_id"]: row for row in reader.tracks().rows}
    assert set(known["r03"]) == {
        *("track_id", "genre", "duration_seconds", "positives", "run_id", "model_run_id", "by_champion", "present", "part"),
        *("scored_at", *EMOTIONS),
    }
    assert (known["r03"]["run_id"], known["r03"]["part"], known["r03"]["by_champion"]) == ("later", "unlabelled", True)
    assert (known["r04"]["run_id"], known["r04"]["model_run_id"]) == ("r1", "r1")
    assert isinstance(known["r04"]["positives"], list)


def test_genres_are_those_of_the_tracks(reader):
    assert reader.genres() == ["pop", "rock"]


def test_runs_come_newest_first_with_what_they_reached_and_what_was_decided(reader):
    found = pages(reader.runs, rows=1)
    assert [row["run_id"] for row in found] == ["later", "r2", "r1"]
    assert [row["is_champion"] for row in found] == [False, False, True]
    assert [row["outcome"] for row in found] == [None, "promoted", "promoted"]
    assert [row["f1_macro"] is None for row in found] == [True, False, False]
    assert found[1]["f1_macro_low"] < found[1]["f1_macro_high"]
    assert "config" not in found[0]


def test_runs_that_had_nothing_to_score_are_not_listed(postgres, tmp_path):
    urls = bootstrap(postgres.url(), "mer_idle", dict.fromkeys(ROLES, "for tests"))
    publish(finished(tmp_path, urls["mer_writer"]))
    crowned(urls["mer_writer"])
    publish(predicted(tmp_path, urls["mer_writer"], "idle", TRACKS, []))
    found = Reader(urls["mer_reader"])
    assert (
        [row["run_id"] for row in found.runs().rows] == [row["run_id"] for row in query(urls["mer_reader"], "runs")] == ["r1"]
    )
    assert found.run("idle")["tracks"] == 0


def test_the_cookbook_says_of_runs_what_the_page_says(reader, urls):
    names = (
        "run_id",
        "mode",
        "published_at",
        "tracks",
        "f1_macro",
        "f1_macro_low",
        "f1_macro_high",
        "f1_macro_baseline",
        "outcome",
    )
    asked, shown = query(urls["mer_reader"], "runs"), reader.runs().rows
    assert [[row[name] for name in (*names, "champion")] for row in asked] == [
        [row[name] for name in (*names, "is_champion")] for row in shown
    ]


def test_a_run_has_its_config_and_its_decision(reader):
    first = reader.run("r1")
    assert (first["decision"]["outcome"], first["decision"]["run_id"]) == ("promoted", "r1")
    assert first["config"]["mode"] == "train"
    assert first["store_url"].startswith("file://")
    listed = reader.runs().rows[-1]
    assert {name: first[name] for name in listed} == listed
    assert reader.run("later")["decision"] is None
    assert reader.run("unknown") is None


def test_decisions_come_newest_first(reader):
    found = pages(reader.decisions, rows=2)
    assert [(row["outcome"], row["run_id"]) for row in found] == [("rolled_back", "r1"), ("promoted", "r2"), ("promoted", "r1")]


def test_a_track_is_shown_beside_what_listeners_said(reader):
    found = reader.track("r03")
    assert [line["emotion"] for line in found["emotions"]] == list(EMOTIONS)
    assert [line["probability"] for line in found["emotions"]] == [found[emotion] for emotion in EMOTIONS]
    assert [line["emotion"] for line in found["emotions"] if line["positive"]] == found["positives"]
    assert {(line["threshold"], line["annotators"]) for line in found["emotions"]} == {(0.5, 10)}
    assert len({line["votes"] for line in found["emotions"]}) > 1
    assert (found["mode"], found["config"]["mode"], found["run_id"]) == ("predict", "predict", "later")
    assert {line["votes"] for line in reader.track("r99")["emotions"]} == {None}
    assert reader.track("unknown") is None


@pytest.mark.parametrize(
    "after", ["", "x", "%00", "é", "W10", token([]), token([1]), token(["a", 1]), token([0.5, 1, 1]), "W" * 9000]
)
def test_a_damaged_token_is_refused(reader, after):
    for ask in (lambda: reader.tracks("power", after=after), lambda: reader.decisions(after=token([None]))):
        with pytest.raises(ConfigError, match="expected the token"):
            ask()


@pytest.mark.parametrize("number", [float("nan"), float("-inf"), 10**30, -(10**30)])
def test_a_token_with_a_number_beyond_all_gives_a_page(reader, number):
    assert isinstance(reader.tracks("power", after=token([float(number), 10**30])), Page)
    if isinstance(number, int):
        assert isinstance(reader.decisions(after=token([number])), Page)


def test_what_cannot_be_asked_is_refused(reader):
    for wrong in ({"emotion": "joy"}, {"positive": True}, {"text": "a\0"}, {"genre": "\ud800"}, {"rows": 0}, {"rows": 10**9}):
        with pytest.raises(ConfigError, match="expected"):
            reader.tracks(**wrong)
    for ask in (reader.run, reader.track):
        with pytest.raises(ConfigError, match="NUL"):
            ask("a\0")
    with pytest.raises(ConfigError, match="NUL"):
        reader.tracks(after=token(["\0"]))


def test_a_reader_without_rights_and_a_server_that_is_away_are_said(reader_url, owner_url):
    with transaction(owner_url) as cursor:
        cursor.execute("REVOKE SELECT ON mer.listed_tracks FROM mer_reader")
    for ask in (Reader(reader_url).tracks, lambda: Reader(reader_url.replace("for tests", "wrong")).runs()):
        with pytest.raises(AccessDenied) as found:
            ask()
        assert "for tests" not in str(found.value)
    with pytest.raises(DatabaseUnavailable):
        Reader("postgresql://mer_reader@/mer?host=/nowhere").runs()


def test_a_reader_changes_nothing_whatever_its_role_may(database_url):
    """Pages read as mer_reader, but nobody keeps people from giving them another role."""
    with pytest.raises(MerError, match="read-only transaction"):
        Reader(database_url)._rows(sa.text("DELETE FROM mer.champion RETURNING run_no"))


def test_what_is_served_is_listed_without_a_champion_too(tmp_path, database_url):
    first = rounded(finished(tmp_path, database_url))
    publish(first)
    assert check_listed(database_url)["r00"] == "r1"
    publish(rounded(finished(tmp_path, database_url, "r2", tracks=TRACKS[2:]), seed=2))
    assert set(check_listed(database_url)) == set(TRACKS[2:])
    publish(dataclasses.replace(first, try_number=2))
    assert set(check_listed(database_url)) == set(TRACKS[2:])


def test_what_is_served_is_listed_after_each_change_of_the_champion(tmp_path, database_url):
    first = rounded(finished(tmp_path, database_url))
    publish(first)
    publish(rounded(finished(tmp_path, database_url, "r2", tracks=TRACKS[:-2]), seed=2))
    crowned(database_url)
    assert set(check_listed(database_url).values()) == {"r1"}
    crowned(database_url, "r2")
    assert check_listed(database_url) == {track: "r1" if track in TRACKS[-2:] else "r2" for track in TRACKS}
    rollback(*_to(tmp_path, database_url, "r1"))
    assert set(check_listed(database_url).values()) == {"r1"}
    publish(rounded(finished(tmp_path, database_url, "r3"), seed=3))
    assert set(check_listed(database_url).values()) == {"r1"}


def test_what_is_served_is_listed_after_a_run_is_published_again_and_only_what_has_changed_is_written(tmp_path, database_url):
    first = rounded(finished(tmp_path, database_url))
    publish(first)
    crowned(database_url)
    before = rows(database_url, LISTED)
    publish(dataclasses.replace(rounded(first, seed=9), try_number=2))
    assert check_listed(database_url)
    assert rows(database_url, LISTED) != before
    before = dict(rows(database_url, WRITTEN))
    publish(dataclasses.replace(first, try_number=3))
    assert dict(rows(database_url, WRITTEN)) == before


def test_what_predict_scored_is_listed_and_only_that_is_written(tmp_path, database_url):
    publish(rounded(finished(tmp_path, database_url)))
    crowned(database_url)
    before = dict(rows(database_url, WRITTEN))
    publish(predicted(tmp_path, database_url, "later", [*TRACKS, "r99"], ["r03", "r99"]))
    assert check_listed(database_url)["r99"] == "later"
    after = dict(rows(database_url, WRITTEN))
    assert {track for track, version in after.items() if before.get(track) != version} == {"r03", "r99"}
    late = predicted(tmp_path, database_url, "late", [*TRACKS, "r99"], ["r04"])
    publish(finished(tmp_path, database_url, "r2"))
    crowned(database_url, "r2")
    publish(late)
    check_listed(database_url)


def test_a_track_that_has_moved_is_listed_by_its_new_genre(tmp_path, database_url, reader_url):
    publish(rounded(finished(tmp_path, database_url)))
    crowned(database_url)
    run = predicted(tmp_path, database_url, "later", TRACKS, ["r03"])
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


def test_a_database_that_has_runs_is_listed_when_it_is_migrated(tmp_path, database_url, owner_url, reader_url):
    publish(rounded(finished(tmp_path, database_url)))
    crowned(database_url)
    pairs = query(reader_url, "emotions_together")
    before = [path for path in sorted((SQL / "migrations").glob("*.sql")) if path.name < "0014"]
    for path in before:
        shutil.copy(path, tmp_path)
    kept = {
        table: io.StringIO()
        for table in ("run", "track", "split", "prediction", "threshold", "promotion", "champion", "serving")
    }
    with transaction(owner_url) as cursor:
        for table, lines in kept.items():
            cursor.copy_expert(f"COPY mer.{table} TO STDOUT", lines)
            lines.seek(0)
        cursor.execute("DROP SCHEMA mer CASCADE")
    migrate(owner_url, tmp_path)
    with transaction(owner_url, any_schema=True) as cursor:
        for table, lines in kept.items():
            cursor.copy_expert(f"COPY mer.{table} FROM STDIN", lines)
    assert {"0014_listing.sql", "0015_bulk.sql"} <= set(migrate(owner_url))
    check_listed(database_url)
    assert query(reader_url, "emotions_together") == pairs
    assert [row["track_id"] for row in Reader(reader_url).tracks(text="r03").rows] == ["r03"]


@pytest.fixture
def large(monkeypatch):
    """A list that is worth making anew, however few its tracks are."""
    monkeypatch.setattr(served_predictions, "FEW", 0)


def test_a_list_of_which_much_changes_is_made_anew(tmp_path, database_url, large):
    publish(rounded(finished(tmp_path, database_url)))
    crowned(database_url)
    check_listed(database_url)
    (first,) = rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid")
    publish(predicted(tmp_path, database_url, "later", [*TRACKS, "r99"], ["r03", "r99"]))
    assert check_listed(database_url)["r99"] == "later"
    assert rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid") == [first]
    publish(rounded(finished(tmp_path, database_url, "r2", tracks=[*TRACKS, "r99"]), seed=2))
    crowned(database_url, "r2")
    assert set(check_listed(database_url).values()) == {"r2"}
    assert rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid") != [first]
    assert rows(database_url, INDEXES.format("listing")) == rows(database_url, INDEXES.format("listing_rows"))


def test_whoever_reads_the_list_keeps_it_from_being_made_anew_and_nobody_from_publishing(
    tmp_path, database_url, reader_url, large
):
    publish(rounded(finished(tmp_path, database_url)))
    (first,) = rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid")
    with transaction(reader_url) as cursor:
        cursor.execute("SELECT count(*) FROM mer.listed_tracks")
        publish(rounded(finished(tmp_path, database_url, "r2"), seed=2))
    assert set(check_listed(database_url).values()) == {"r2"}
    assert rows(database_url, "SELECT 'mer.listing_rows'::regclass::oid, to_regclass('mer.listing_next')") == [(*first, None)]
