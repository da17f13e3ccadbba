"""The pages' reader lists tracks, runs and decisions page by page, and finds one track or one run."""

import pytest
import sqlalchemy as sa

from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.database.queries import query
from mer_tasks.database.reader import Page, Reader, page_token
from mer_tasks.errors import AccessDenied, ConfigError, DatabaseUnavailable, MerError
from mer_tasks.publishing.rollback import rollback
from mer_tasks.stages.publish import publish
from tests.support.label_sets import EMOTIFY
from tests.support.published_runs import TRACKS, complete_predict_run, complete_run, make_champion
from tests.support.served_runs import rollback_arguments, with_ties

ODD = ["r%", "r_", "r\\", "r'; DROP TABLE mer.track; --", "rR<b>ö", "p1%x"]


def all_pages(list_rows, *values, rows=3, **filters):
    """Read all pages of a list, and return their rows."""
    page_rows = []
    after = None
    while True:
        page = list_rows(*values, after=after, rows=rows, **filters)
        assert len(page.rows) == rows or page.after is None
        page_rows += page.rows
        if page.after is None:
            return page_rows
        after = page.after


@pytest.fixture(scope="module")
def urls(postgres):
    return bootstrap(postgres.url(), "mer_listing", dict.fromkeys(ROLES, "for tests"))


@pytest.fixture(scope="module")
def reader(urls, tmp_path_factory):
    """Reader of a database with two training runs and a run of mode predict. `r1` trained the champion."""
    folder = tmp_path_factory.mktemp("listing")
    url = urls["mer_writer"]
    for run_id in ("r1", "r2"):
        publish(with_ties(complete_run(folder, url, run_id, tracks=[*TRACKS, *ODD]), seed=int(run_id[1])))
        make_champion(url, run_id)
    rollback(*rollback_arguments(folder, url, "r1"))
    publish(complete_predict_run(folder, url, "later", [*TRACKS, *ODD, "r99"], ["r03", "r99"]))
    return Reader(urls["mer_reader"])


@pytest.mark.parametrize("genre", [None, "rock", "pop", "none"])
@pytest.mark.parametrize("text", [None, "1", "R0"])
@pytest.mark.parametrize("positive", [False, True])
def test_pages_by_emotion_have_each_track_once_even_if_probabilities_are_equal(reader, genre, text, positive):
    page_rows = all_pages(reader.tracks, "calmness", genre=genre, text=text, positive=positive)
    whole = all_pages(reader.tracks, rows=100)
    expected = {
        row["track_id"]
        for row in whole
        if (genre is None or row["genre"] == genre)
        and (text is None or text.lower() in row["track_id"].lower())
        and (not positive or "calmness" in row["positives"])
    }
    assert sorted(row["track_id"] for row in page_rows) == sorted(expected)
    probabilities = [row["calmness"] for row in page_rows]
    assert probabilities == sorted(probabilities, reverse=True)
    if not (genre or text):
        assert 1 < len(set(probabilities)) < len(probabilities) / 3


def test_pages_without_an_emotion_have_each_track_once_sorted_by_id(reader):
    every = sorted([*TRACKS, *ODD, "r99"])
    assert [row["track_id"] for row in all_pages(reader.tracks)] == every
    assert [row["track_id"] for row in all_pages(reader.tracks, rows=1)] == every
    assert [row["track_id"] for row in all_pages(reader.tracks, genre="pop")] == [
        name for name in every if name.startswith("p")
    ]


def test_a_full_last_page_has_no_token(reader):
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
def test_a_text_matches_literally_in_upper_and_lower_case(reader, text, expected):
    assert {row["track_id"] for row in all_pages(reader.tracks, text=text, rows=50)} == expected


def test_a_row_has_the_run_that_scored_the_track(reader):
    by_id = {row["track_id"]: row for row in reader.tracks().rows}
    assert set(by_id["r03"]) == {
        *("track_id", "genre", "duration_seconds", "positives", "run_id", "model_run_id", "by_champion", "present", "part"),
        *("scored_at", "title", "artist", "album", "year", "unclear", "provisional", *EMOTIFY.ids),
    }
    assert (by_id["r03"]["run_id"], by_id["r03"]["part"], by_id["r03"]["by_champion"]) == ("later", "unlabelled", True)
    assert (by_id["r04"]["run_id"], by_id["r04"]["model_run_id"]) == ("r1", "r1")
    assert isinstance(by_id["r04"]["positives"], list)


def test_genres_are_listed(reader):
    assert reader.genres() == ["pop", "rock"]


def test_runs_are_listed_newest_first_with_metrics_and_decisions(reader):
    runs = all_pages(reader.runs, rows=1)
    assert [row["run_id"] for row in runs] == ["later", "r2", "r1"]
    assert [row["is_champion"] for row in runs] == [False, False, True]
    assert [row["outcome"] for row in runs] == [None, "promoted", "promoted"]
    assert [row["f1_macro"] is None for row in runs] == [True, False, False]
    assert runs[1]["f1_macro_low"] < runs[1]["f1_macro_high"]
    assert "config" not in runs[0]


def test_runs_that_had_nothing_to_score_are_not_listed(postgres, tmp_path):
    urls = bootstrap(postgres.url(), "mer_idle", dict.fromkeys(ROLES, "for tests"))
    publish(complete_run(tmp_path, urls["mer_writer"]))
    make_champion(urls["mer_writer"])
    publish(complete_predict_run(tmp_path, urls["mer_writer"], "idle", TRACKS, []))
    reader = Reader(urls["mer_reader"])
    assert (
        [row["run_id"] for row in reader.runs().rows] == [row["run_id"] for row in query(urls["mer_reader"], "runs")] == ["r1"]
    )
    assert reader.run("idle")["tracks"] == 0


def test_the_cookbook_and_the_page_list_the_same_runs(reader, urls):
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
    cookbook_rows = query(urls["mer_reader"], "runs")
    page_rows = reader.runs().rows
    assert [[row[name] for name in (*names, "champion")] for row in cookbook_rows] == [
        [row[name] for name in (*names, "is_champion")] for row in page_rows
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


def test_decisions_are_listed_newest_first(reader):
    decisions = all_pages(reader.decisions, rows=2)
    assert [(row["outcome"], row["run_id"]) for row in decisions] == [
        ("rolled_back", "r1"),
        ("promoted", "r2"),
        ("promoted", "r1"),
    ]


def test_a_track_has_its_predictions_and_its_listeners_votes(reader):
    track = reader.track("r03")
    assert [line["emotion"] for line in track["emotions"]] == list(EMOTIFY.ids)
    assert [line["probability"] for line in track["emotions"]] == [track[emotion] for emotion in EMOTIFY.ids]
    assert [line["emotion"] for line in track["emotions"] if line["positive"]] == track["positives"]
    assert {(line["threshold"], line["annotators"]) for line in track["emotions"]} == {(0.5, 10)}
    assert len({line["votes"] for line in track["emotions"]}) > 1
    assert (track["mode"], track["config"]["mode"], track["run_id"]) == ("predict", "predict", "later")
    assert {line["votes"] for line in reader.track("r99")["emotions"]} == {None}
    assert reader.track("unknown") is None


@pytest.mark.parametrize(
    "after",
    ["", "x", "%00", "é", "W10", page_token([]), page_token([1]), page_token(["a", 1]), page_token([0.5, 1, 1]), "W" * 9000],
)
def test_a_damaged_token_is_refused(reader, after):
    for call in (lambda: reader.tracks("power", after=after), lambda: reader.decisions(after=page_token([None]))):
        with pytest.raises(ConfigError, match="expected the token"):
            call()


@pytest.mark.parametrize("number", [float("nan"), float("-inf"), 10**30, -(10**30)])
def test_a_token_with_an_extreme_number_returns_a_page(reader, number):
    assert isinstance(reader.tracks("power", after=page_token([float(number), 10**30])), Page)
    if isinstance(number, int):
        assert isinstance(reader.decisions(after=page_token([number])), Page)


def test_wrong_parameters_are_refused(reader):
    for wrong in ({"emotion": "joy"}, {"positive": True}, {"text": "a\0"}, {"genre": "\ud800"}, {"rows": 0}, {"rows": 10**9}):
        with pytest.raises(ConfigError, match="expected"):
            reader.tracks(**wrong)
    for method in (reader.run, reader.track):
        with pytest.raises(ConfigError, match="NUL"):
            method("a\0")
    with pytest.raises(ConfigError, match="NUL"):
        reader.tracks(after=page_token(["\0"]))


def test_missing_rights_and_a_missing_server_raise_different_errors(reader_url, owner_url):
    with transaction(owner_url) as cursor:
        cursor.execute("REVOKE SELECT ON mer.listed_tracks FROM mer_reader")
    for call in (Reader(reader_url).tracks, lambda: Reader(reader_url.replace("for tests", "wrong")).runs()):
        with pytest.raises(AccessDenied) as caught:
            call()
        assert "for tests" not in str(caught.value)
    with pytest.raises(DatabaseUnavailable):
        Reader("postgresql://mer_reader@/mer?host=/nowhere").runs()


def test_a_reader_cannot_write_even_with_the_rights_of_a_writer(database_url):
    """Pages should connect as mer_reader, but a user may configure another role."""
    with pytest.raises(MerError, match="read-only transaction"):
        Reader(database_url)._rows(sa.text("DELETE FROM mer.champion RETURNING run_no"))


def test_tracks_are_found_by_title_and_artist(tmp_path, database_url, reader_url):
    names = {"r01": {"title": "Beyond Late"}, "r02": {"title": "Cafe\u0301"}, "r03": {"title": "100 %"}}
    artists = {"r01": ["Brad Senne"], "r02": ["Édith Piaf"], "r03": []}
    publish(complete_run(tmp_path, database_url, fan_out={"names": names, "artists": artists}))
    make_champion(database_url)
    reader = Reader(reader_url)

    def found(text):
        return [row["track_id"] for row in reader.tracks(text=text).rows]

    assert found("beyond L") == found("SENNE") == ["r01"]
    assert found("édith") == found("E\u0301DITH") == ["r02"]
    assert found("0 %") == ["r03"]
    assert found("lateBrad") == found("late brad") == []
    row = reader.track("r01")
    assert (row["title"], row["artist"]) == ("Beyond Late", "Brad Senne")
    publish(complete_run(tmp_path, database_url, "r2", fan_out={"names": {"r01": {"title": "Later"}}}))
    assert found("beyond") == []
    assert found("later") == ["r01"]
