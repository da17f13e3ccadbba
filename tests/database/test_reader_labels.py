"""The pages' reader with label sets of any size and kind, and after labels were added and retired."""

import itertools
import re

import pytest
import sqlalchemy as sa

from mer_tasks.column_names import TAKEN
from mer_tasks.database import reader as reader_module
from mer_tasks.database.connection import transaction
from mer_tasks.database.label_rows import adopt_label_set
from mer_tasks.database.migrations import ROLES, bootstrap
from mer_tasks.database.queries import query
from mer_tasks.database.reader import Reader
from mer_tasks.errors import ConfigError
from tests.support.label_sets import make_label_set
from tests.support.listed_tracks import list_tracks

TRACKS = 90


@pytest.fixture
def database_of(postgres, request):
    """A function that makes a database for a label set, and returns the URLs of its roles."""
    numbers = itertools.count(1)

    def make(label_set):
        name = f"mer_labels_{abs(hash(request.node.name))}_{next(numbers)}"
        return bootstrap(postgres.url(), name, dict.fromkeys(ROLES, "for tests"), label_set)

    return make


def all_tracks(reader, *values, rows=40, **filters):
    """Read all pages of tracks, and return their rows."""
    page = reader.tracks(*values, rows=rows, **filters)
    found = list(page.rows)
    while page.after:
        page = reader.tracks(*values, rows=rows, after=page.after, **filters)
        found += page.rows
    return found


@pytest.mark.parametrize(("labels", "kind"), [(2, "multi"), (56, "multi"), (200, "multi"), (4, "single"), (200, "single")])
def test_tracks_are_sorted_and_filtered_by_any_label(database_of, labels, kind):
    label_set = make_label_set(labels, kind)
    urls = database_of(label_set)
    list_tracks(urls["mer_owner"], label_set, TRACKS)
    reader = Reader(urls["mer_reader"])
    every = reader.tracks(rows=TRACKS).rows
    assert len(every) == TRACKS
    for label in (label_set.ids[0], label_set.ids[-1]):
        rows = all_tracks(reader, label)
        assert [row["track_id"] for row in rows] == [row["track_id"] for row in sorted(every, key=lambda row: -row[label])]
        chosen = all_tracks(reader, label, positive=True)
        assert [row["track_id"] for row in chosen] == [row["track_id"] for row in rows if label in row["positives"]]
        if label_set.single:
            assert all(row[label] == max(row[name] for name in label_set.ids) for row in chosen)
    assert {len(row["positives"]) for row in every} == {1} or kind == "multi"


def test_no_label_can_have_the_name_of_another_value_of_a_track(database_of):
    label_set = make_label_set(2)
    urls = database_of(label_set)
    list_tracks(urls["mer_owner"], label_set, 1)
    reader = Reader(urls["mer_reader"])
    with transaction(urls["mer_reader"]) as cursor:
        cursor.execute("SELECT * FROM mer.track_emotions")
        names = {column.name for column in cursor.description}
    names |= {*reader.track("t000001"), *reader.tracks().rows[0]}
    assert names - {*label_set.ids} <= TAKEN


def test_a_track_of_a_set_of_kind_single_has_no_thresholds_and_one_decision(database_of):
    label_set = make_label_set(4, "single")
    urls = database_of(label_set)
    list_tracks(urls["mer_owner"], label_set, TRACKS)
    track = Reader(urls["mer_reader"]).track("t000001")
    assert [row["emotion"] for row in track["emotions"]] == list(label_set.ids)
    assert {row["threshold"] for row in track["emotions"]} == {None}
    assert sum(row["probability"] for row in track["emotions"]) == pytest.approx(1)
    assert [row["emotion"] for row in track["emotions"] if row["positive"]] == track["positives"]


def test_labels_that_were_added_or_retired_are_read_within_seconds(database_of, monkeypatch):
    first = make_label_set(3)
    urls = database_of(first)
    list_tracks(urls["mer_owner"], first, TRACKS)
    reader = Reader(urls["mer_reader"])
    assert reader.labels().label_set == first
    second = make_label_set(4, version=2, mood_2={"retired": True, "name": "an old mood"})
    adopt_label_set(urls["mer_owner"], second)
    assert reader.labels().label_set == first  # kept for some seconds
    monkeypatch.setattr(reader_module, "LABELS_SECONDS", -1)
    assert reader.labels().label_set == second
    assert reader.tracks("mood_4").rows == []
    with pytest.raises(ConfigError, match=r"^mood 'mood_2': expected one of mood_1, mood_3, mood_4$"):
        reader.tracks("mood_2")
    (row,) = reader.tracks("mood_1", rows=1).rows
    assert row["mood_4"] is None
    assert row["mood_2"] is not None
    assert [row["emotion"] for row in reader.track("t000001")["emotions"]] == ["mood_1", "mood_2", "mood_3"]
    list_tracks(urls["mer_owner"], second, TRACKS, "r2")
    assert [row["emotion"] for row in reader.track("t000001")["emotions"]] == ["mood_1", "mood_3", "mood_4"]
    assert len(all_tracks(reader, "mood_4")) == TRACKS
    assert "mood_2" not in reader.tracks(rows=1).rows[0]


def test_a_label_that_the_newest_file_does_not_name_keeps_its_name_and_its_predictions(database_of):
    urls = database_of(make_label_set(3))
    list_tracks(urls["mer_owner"], make_label_set(3), TRACKS)
    adopt_label_set(urls["mer_owner"], make_label_set(3, version=2, mood_3={"retired": True}))
    adopt_label_set(urls["mer_owner"], make_label_set(2, version=3))
    labels = Reader(urls["mer_reader"]).labels()
    assert labels.label_set.ids == ("mood_1", "mood_2")
    assert labels.label_set.by_id["mood_3"].retired
    assert labels.label_set.digest == make_label_set(2, version=3).digest
    assert [row["emotion"] for row in Reader(urls["mer_reader"]).track("t000001")["emotions"]] == ["mood_1", "mood_2", "mood_3"]


@pytest.mark.parametrize("genre", [None, "pop"])
@pytest.mark.parametrize("positive", [False, True])
@pytest.mark.parametrize("kind", ["multi", "single"])
def test_a_page_reads_a_part_of_an_index_and_sorts_nothing(database_of, monkeypatch, genre, positive, kind):
    label_set = make_label_set(5, kind)
    urls = database_of(label_set)
    list_tracks(urls["mer_owner"], label_set, 20_000, every=False)
    reader = Reader(urls["mer_reader"])
    statements = []
    read = Reader._rows
    monkeypatch.setattr(Reader, "_rows", lambda self, statement: statements.append(statement) or read(self, statement))
    after = reader.tracks("mood_4", genre, positive=positive).after
    reader.tracks("mood_4", genre, positive=positive, after=after)
    assert len(statements) == 2
    for statement in statements:
        with reader._engine.connect() as connection:
            compiled = statement.compile(connection, compile_kwargs={"literal_binds": True})
            plan = "\n".join(row[0] for row in connection.execute(sa.text("EXPLAIN " + str(compiled).replace(":", r"\:"))))
        assert {*re.findall("Sort Key: (.*)", plan)} <= {"label.label_no"}, plan  # that of the labels of one track
        (condition,) = re.findall(r"Index Scan Backward using .*? on listing_rows .*\n *Index Cond: (.*)", plan)
        assert "probabilities[4]" in condition, plan
        assert genre is None or "genre = 'pop'" in condition, plan
        assert plan.count(" on listing_rows") == 1


@pytest.mark.parametrize(("labels", "kind"), [(4, "single"), (56, "multi"), (200, "multi")])
def test_the_cookbook_answers_for_any_label_set(database_of, labels, kind):
    label_set = make_label_set(labels, kind)
    urls = database_of(label_set)
    list_tracks(urls["mer_owner"], label_set, TRACKS)
    url = urls["mer_reader"]
    best = query(url, "tracks_for_emotion", {"emotion": label_set.ids[-1]})
    assert [row["rank"] for row in best] == list(range(1, 11))
    assert len(query(url, "genre_profile")) == 2 * labels
    explained = query(url, "why_this_prediction", {"track_id": "t000001"})
    assert [row["emotion"] for row in explained] == list(label_set.ids)
    assert {row["threshold"] for row in explained} == {None if label_set.single else 0.5}
    between = query(url, "tracks_between_emotions", {"unwanted": label_set.ids[-1]})
    assert all(row["wanted"] > row["unwanted"] for row in between)
    (track, *_) = query(url, "unlabelled_tracks", {"rows": 1})
    probabilities = {row["emotion"]: row["probability"] for row in explained}
    assert track["most_probable"] == max(probabilities, key=probabilities.get)
    with pytest.raises(ConfigError, match=r"mood 'mood_1x': expected one of .*mood_1") as caught:
        query(url, "tracks_for_emotion", {"emotion": "mood_1x"})
    assert len(str(caught.value)) < 150


def test_a_run_of_a_set_of_kind_single_has_its_accuracy(database_of):
    label_set = make_label_set(4, "single")
    urls = database_of(label_set)
    list_tracks(urls["mer_owner"], label_set, TRACKS)
    reader = Reader(urls["mer_reader"])
    assert reader.run("r1")["accuracy"] is None
    with transaction(urls["mer_owner"]) as cursor:
        cursor.execute(
            "INSERT INTO mer.metric (run_no, part, level, metric, value, low, high, baseline, support)"
            " VALUES (1, 'test', 'track', 'accuracy', 0.7, 0.6, 0.8, 0.3, 40)"
        )
    run = reader.run("r1")
    assert [run[f"accuracy{end}"] for end in ("", "_low", "_high", "_baseline")] == [0.7, 0.6, 0.8, 0.3]
