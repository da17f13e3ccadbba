import re
from dataclasses import replace

import pytest

from mer_tasks.database import label_rows
from mer_tasks.database.connection import transaction
from mer_tasks.database.label_rows import (
    adopt_label_set,
    check_label_set,
    check_label_set_at_start,
    label_changes,
    label_numbers,
    numbered,
)
from mer_tasks.database.migrations import ROLES, bootstrap, migrate
from mer_tasks.database.stored_labels import stored_labels_at
from mer_tasks.errors import AccessDenied, ConfigError, IntegrityError
from mer_tasks.label_set import Label, LabelSet
from mer_tasks.storage.label_files import label_file
from tests.support.label_sets import EMOTIFY, make_label_set
from tests.support.postgres import rows

LABELS = "SELECT label_no, label, retired FROM mer.labels ORDER BY label_no"
COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = 'mer.track_emotions'::regclass AND attname LIKE %s ORDER BY attnum"
INDEXES = "SELECT indexname FROM pg_indexes WHERE schemaname = 'mer' AND tablename = 'listing' AND indexname LIKE %s"


@pytest.fixture
def moods(unlabelled_database):
    """URLs by role of a database that has adopted the moods calm, happy and sad."""
    adopt_label_set(unlabelled_database["mer_owner"], make_label_set(["calm", "happy", "sad"]))
    return unlabelled_database


def test_labels_that_a_newer_version_adds_get_the_next_numbers_wherever_they_stand(moods):
    newer = make_label_set(["angry", "calm", "tense", "happy", "sad"], version=2, retired=["happy"])
    assert adopt_label_set(moods["mer_owner"], newer) == ["added: angry, tense", "retired: happy"]
    assert rows(moods["mer_reader"], LABELS) == [
        *((1, "calm", False), (2, "happy", True), (3, "sad", False), (4, "angry", False), (5, "tense", False))
    ]
    assert rows(moods["mer_reader"], "SELECT version, is_current FROM mer.label_sets ORDER BY version") == [
        (1, False),
        (2, True),
    ]
    assert stored_labels_at(moods["mer_reader"]).current == newer


def test_views_and_indexes_are_those_of_the_labels_in_use(moods):
    adopt_label_set(moods["mer_owner"], make_label_set(["calm", "happy", "sad", "tense"], version=2, retired=["happy"]))
    names = [name for (name,) in rows(moods["mer_reader"], COLUMNS, "%")]
    assert names[names.index("duration_seconds") + 1 : names.index("positives")] == ["calm", "sad", "tense"]
    assert rows(moods["mer_reader"], "SELECT count(*) FROM mer.best_tracks WHERE emotion = 'tense'") == [(0,)]
    indexes = {f"listing_{kind}label_{number}" for kind in ("", "genre_") for number in (1, 3, 4)}
    assert {name for (name,) in rows(moods["mer_owner"], INDEXES, "%label%")} == indexes


def test_a_retired_label_can_come_back_with_its_number(moods):
    adopt_label_set(moods["mer_owner"], make_label_set(["calm", "happy", "sad"], version=2, retired=["happy"]))
    newer = make_label_set(["calm", "happy", "sad"], version=3)
    assert adopt_label_set(moods["mer_owner"], newer) == ["in use again: happy"]
    assert rows(moods["mer_reader"], LABELS) == [(1, "calm", False), (2, "happy", False), (3, "sad", False)]


def test_a_version_may_leave_out_a_label_that_was_retired_before(moods):
    adopt_label_set(moods["mer_owner"], make_label_set(["calm", "happy", "sad"], version=2, retired=["happy"]))
    without = make_label_set(["calm", "sad"], version=3)
    assert adopt_label_set(moods["mer_owner"], without) == []
    assert rows(moods["mer_reader"], LABELS) == [(1, "calm", False), (2, "happy", True), (3, "sad", False)]
    assert adopt_label_set(moods["mer_owner"], without) is None
    assert check_label_set_at_start(moods["mer_reader"], without) == ""
    back = make_label_set(["happy", "calm", "sad"], version=4)
    assert check_label_set_at_start(moods["mer_reader"], back).startswith(f"the database has label set {without}, not {back}: ")
    assert adopt_label_set(moods["mer_owner"], back) == ["in use again: happy"]
    assert rows(moods["mer_reader"], LABELS) == [(1, "calm", False), (2, "happy", False), (3, "sad", False)]


def test_adopting_the_current_version_again_changes_nothing(moods):
    before = rows(moods["mer_owner"], "SELECT oid FROM pg_class WHERE relnamespace = 'mer'::regnamespace ORDER BY 1")
    assert adopt_label_set(moods["mer_owner"], make_label_set(["calm", "happy", "sad"])) is None
    assert rows(moods["mer_owner"], "SELECT oid FROM pg_class WHERE relnamespace = 'mer'::regnamespace ORDER BY 1") == before


def test_a_newer_version_updates_texts_and_leaves_the_digest(moods):
    older = make_label_set(["calm", "happy", "sad"])
    texts = replace(older.labels[0], name="Ruhe", description="Still.", colour="#0072B2", valence=0.5, arousal=-1.0)
    newer = replace(older, version=2, labels=(texts, *older.labels[1:]))
    adopt_label_set(moods["mer_owner"], newer)
    statement = "SELECT name, description, colour, valence, arousal FROM mer.labels WHERE label = 'calm'"
    assert rows(moods["mer_reader"], statement) == [("Ruhe", "Still.", "#0072B2", 0.5, -1.0)]
    assert rows(moods["mer_reader"], "SELECT count(*), count(DISTINCT digest) FROM mer.label_sets") == [(2, 1)]


@pytest.mark.parametrize(
    ("other", "message"),
    [
        (
            make_label_set(["calm", "happy", "sad"], name="words", version=2),
            r"a newer version of the same set, or another",
        ),
        (
            make_label_set(["calm", "happy", "sad"], "single", version=2),
            r"a newer version of the same set, or another",
        ),
        (make_label_set(["calm", "tense"], version=2), r"it lacks happy, sad, expected every label, with retired = true"),
        (make_label_set(["sad", "happy", "calm"], version=2), r"another order, expected calm, happy, sad in this order"),
        (make_label_set(["calm", "happy", "sad", "tense"]), r"it differs, expected version = 2 or more in its file"),
    ],
    ids=["name", "kind", "labels missing", "order", "version"],
)
def test_another_set_is_refused_in_one_line_that_says_both(moods, other, message):
    with pytest.raises(ConfigError, match=message) as caught:
        adopt_label_set(moods["mer_owner"], other)
    assert str(caught.value).startswith(f"the database has label set {make_label_set(['calm', 'happy', 'sad'])}, not {other}: ")
    assert "\n" not in str(caught.value)
    assert rows(moods["mer_reader"], "SELECT count(*) FROM mer.label_sets") == [(1,)]


def test_changes_name_labels_by_what_happens_to_them():
    before = make_label_set(4, mood_4={"retired": True})
    after = make_label_set(5, version=2, mood_1={"retired": True}, mood_2={"description": "new"})
    assert label_changes(before, after) == ["added: mood_5", "in use again: mood_4", "retired: mood_1", "other texts: mood_2"]
    assert label_changes(EMOTIFY, EMOTIFY) == []


def test_only_the_owner_adopts_a_version(moods):
    for role in ("mer_writer", "mer_reader"):
        with pytest.raises(AccessDenied, match="permission denied for table label_set"):
            adopt_label_set(moods[role], make_label_set(["calm", "happy", "sad", "tense"], version=2))


def test_labels_of_all_versions_are_limited(moods, monkeypatch):
    monkeypatch.setattr(label_rows, "MOST_ADOPTED", 3)
    newer = make_label_set(["calm", "happy", "sad", "tense"], version=2, retired=["sad"])
    with pytest.raises(ConfigError, match="4 labels with those of earlier versions, expected at most 3"):
        adopt_label_set(moods["mer_owner"], newer)


def test_a_view_of_somebody_else_stops_an_adoption_as_a_whole(moods):
    with transaction(moods["mer_owner"]) as cursor:
        cursor.execute("CREATE VIEW public.mine AS SELECT calm FROM mer.track_emotions")
    with pytest.raises(IntegrityError, match=r"other objects depend on them.* view mine depends on view mer\.track_emo"):
        adopt_label_set(moods["mer_owner"], make_label_set(["calm", "happy", "sad", "tense"], version=2))
    assert len(rows(moods["mer_reader"], LABELS)) == 3


def test_names_in_any_language_are_kept(unlabelled_database):
    names = ['L\'amour "fou" %s', "שמחה", "悲しい 100 %"]
    labels = tuple(Label(f"mood_{number}", name, f"{name}.") for number, name in enumerate(names))
    adopt_label_set(unlabelled_database["mer_owner"], LabelSet("moods", 1, "multi", ("mood", "moods"), labels))
    assert [name for (name,) in rows(unlabelled_database["mer_reader"], "SELECT name FROM mer.labels ORDER BY 1")] == sorted(
        names
    )
    comments = (
        "SELECT col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'mer.track_emotions'::regclass"
        " AND attname LIKE 'mood%%' ORDER BY attnum"
    )
    assert rows(unlabelled_database["mer_reader"], comments) == [(f"Probability of {name}. {name}.",) for name in names]


def test_ids_are_quoted_in_views(unlabelled_database):
    labels = (Label("select", "x"), Label('we"ird', "y"), Label("o'clock; DROP TABLE mer.run", "z"))
    adopt_label_set(unlabelled_database["mer_owner"], LabelSet("moods", 1, "multi", ("mood", "moods"), labels))
    names = [name for (name,) in rows(unlabelled_database["mer_owner"], COLUMNS, "%")]
    assert {label.id for label in labels} <= {*names}
    for label in labels:
        assert rows(unlabelled_database["mer_reader"], "SELECT * FROM mer.best_tracks WHERE emotion = %s", label.id) == []


def test_the_configured_set_must_be_the_current_version(moods):
    older, newer = make_label_set(["calm", "happy", "sad"]), make_label_set(["calm", "happy", "sad", "tense"], version=2)
    check_label_set(moods["mer_writer"], older)
    with pytest.raises(ConfigError) as caught:
        check_label_set(moods["mer_writer"], newer)
    assert str(caught.value).startswith(f"label set {newer} (MER_LABELS): the database has {older}; expected the same set")
    adopt_label_set(moods["mer_owner"], newer)
    check_label_set(moods["mer_writer"], newer)
    with pytest.raises(ConfigError, match=re.escape(f"label set {older} (MER_LABELS): the database has {newer}; ")):
        check_label_set(moods["mer_writer"], older)


def test_the_numbers_of_every_adopted_version_can_be_read(moods):
    older = make_label_set(["calm", "happy", "sad"])
    newer = make_label_set(["tense", "calm", "happy", "sad"], version=2, retired=["happy"])
    adopt_label_set(moods["mer_owner"], newer)
    with transaction(moods["mer_writer"]) as cursor:
        assert label_numbers(cursor, older) == {"calm": 1, "happy": 2, "sad": 3}
        assert list(label_numbers(cursor, newer).items()) == [("tense", 4), ("calm", 1), ("sad", 3)]
        with pytest.raises(ConfigError, match=re.escape(f"the run has label set {EMOTIFY}, the database has {newer}: ")):
            label_numbers(cursor, EMOTIFY)


def test_a_database_without_a_label_set_says_what_to_do_and_the_next_migration_adopts_one(unlabelled_database):
    with pytest.raises(ConfigError, match="the database has no label set, expected a migrated database"):
        check_label_set(unlabelled_database["mer_writer"], EMOTIFY)
    assert migrate(unlabelled_database["mer_owner"]) == []
    check_label_set(unlabelled_database["mer_writer"], EMOTIFY)


def test_a_line_of_a_label_that_the_set_does_not_have_is_refused():
    with pytest.raises(IntegrityError, match="label 'happy' in a line of metrics: expected one of calm, sad"):
        numbered([{"emotion": "happy"}], ["emotion"], {"calm": 1, "sad": 2})


def test_a_new_database_adopts_the_set_that_the_environment_names(postgres, tmp_path, monkeypatch):
    path = tmp_path / "moods.toml"
    path.write_text(label_file(make_label_set(["calm", "happy"], "single")), encoding="utf-8")
    monkeypatch.setenv("MER_LABELS", str(path))
    urls = bootstrap(postgres.url(), "mer_moods", dict.fromkeys(ROLES, "for tests"))
    assert stored_labels_at(urls["mer_reader"]).current == make_label_set(["calm", "happy"], "single")
    path.write_text("broken")
    assert bootstrap(postgres.url(), "mer_moods", dict.fromkeys(ROLES, "for tests")) == urls
