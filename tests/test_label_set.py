"""Label sets: the default one, short and long forms of the file, and one clear line for each wrong entry."""

import json
from pathlib import Path
from typing import Any

import pytest

from mer_tasks.errors import ConfigError
from mer_tasks.label_set import DEFAULT, LABEL_SETS, LabelSet, label_set_of, parse_label_set

VALID: dict[str, Any] = {"name": "moods", "kind": "multi", "labels": ["calm", "happy", "sad"]}


def of(**changes: Any) -> LabelSet:
    return label_set_of({**VALID, **changes}, "moods.toml")


@pytest.mark.parametrize("path", sorted(LABEL_SETS.glob("*.toml")), ids=lambda path: path.stem)
def test_each_label_set_of_the_platform_is_valid_and_described(path: Path) -> None:
    label_set = parse_label_set(path.read_text(encoding="utf-8"), path.name)
    assert label_set.name == path.stem
    assert all(label.description for label in label_set.labels)


def test_the_default_set_has_the_nine_emotions_in_their_order() -> None:
    label_set = parse_label_set(DEFAULT.read_text(encoding="utf-8"), DEFAULT.name)
    assert " ".join(label_set.ids) == (
        "amazement solemnity tenderness nostalgia calmness power joyful_activation tension sadness"
    )
    assert (label_set.kind, label_set.noun, label_set.names[6]) == ("multi", ("emotion", "emotions"), "joyful activation")


def test_ids_alone_are_enough() -> None:
    label_set = of()
    assert (label_set.ids, len(label_set), label_set.version, label_set.noun) == (
        ("calm", "happy", "sad"),
        3,
        1,
        ("label", "labels"),
    )


def test_a_set_survives_json() -> None:
    label_set = of(labels=[{"id": "calm", "name": "רגוע", "valence": 0.5, "arousal": -1, "colour": "#0072B2"}, "happy"])
    assert label_set_of(json.loads(json.dumps(label_set.document())), "json") == label_set


def test_a_retired_label_keeps_its_name_but_is_not_in_use() -> None:
    label_set = of(labels=["calm", {"id": "happy", "name": "Happy", "retired": True}, "sad"])
    assert label_set.ids == ("calm", "sad")
    assert label_set.by_id["happy"].name == "Happy"


def test_the_digest_follows_name_kind_and_ids_in_use_and_nothing_else() -> None:
    same = of(version=2, noun=["mood", "moods"], labels=[{"id": "calm", "description": "Quiet."}, "happy", "sad"])
    assert same.digest == of().digest
    others = (
        of(name="other"),
        of(kind="single"),
        of(labels=["happy", "calm", "sad"]),
        of(labels=["calm", "happy", {"id": "sad", "retired": True}]),
    )
    assert len({label_set.digest for label_set in (of(), *others)}) == 5


@pytest.mark.parametrize(
    "label_id",
    ["", "a b", "a'b", 'a"b', "Calm", "select", "order", "track_id", "votes_calm", "x" * 49, "ruhig_ä", "1st", None, 7],
)
def test_an_id_that_is_no_name_in_sql_is_refused(label_id: Any) -> None:
    with pytest.raises(ConfigError, match=r"label set moods\.toml, label 2: id = .*expected") as refusal:
        of(labels=["calm", {"id": label_id}])
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"name": "My moods"}, "name = 'My moods', expected small letters"),
        ({"name": None}, "name = None"),
        ({"version": 0}, "version = 0, expected a number from 1"),
        ({"version": True}, "version = True"),
        ({"kind": "both"}, "kind = 'both', expected 'multi' or 'single'"),
        ({"noun": "mood"}, "noun = 'mood', expected a list of two words"),
        ({"labels": "calm"}, "labels = 'calm', expected a list"),
        ({"labels": ["calm"]}, "1 labels in use, expected 2 to 200"),
        ({"labels": [f"mood_{number}" for number in range(1000)]}, "1000 labels in use, expected 2 to 200"),
        ({"labels": ["calm", "calm"]}, "id 'calm' stands at two labels"),
        ({"labels": ["so_so", {"id": "soso", "name": "x"}]}, r"'soso' of label soso can be read as label so_so \(so so\)"),
        ({"labels": ["calm", {"id": "happy", "name": "Calm"}]}, "'Calm' of label happy can be read as label calm"),
        ({"labels": [{"id": "sad", "name": "Joy"}, {"id": "joy", "name": "Fun"}]}, "'joy' of label joy can be read as"),
        ({"labels": [{"id": "a", "name": "laid back"}, {"id": "b", "name": "Laid-Back"}]}, "'Laid-Back' of label b can be"),
        ({"labels": [{"id": "a", "name": "x"}, {"id": "b", "name": "x"}]}, "name 'x' stands at two labels"),
        ({"labels": ["calm", {"id": "x" * 100_000}]}, "id = 'x{99}, expected a name"),
        ({"version": 2**31}, "version = 2147483648, expected a number from 1 to 2147483647"),
        ({"version": 16**5000}, "version = a value that is too long, expected a number from 1"),
        ({"labels": ["calm", 7]}, "label 2: 7, expected an id or a table"),
        ({"labels": ["calm", {"id": "happy", "color": "#000000"}]}, "unknown entries 'color', expected id, name"),
        ({"labels": ["calm", {"id": "happy", "colour": "red"}]}, r"label 2 \(happy\): colour = 'red', expected #"),
        ({"labels": ["calm", {"id": "happy", "valence": 2}]}, "valence = 2, expected a number from -1 to 1"),
        ({"labels": ["calm", {"id": "happy", "retired": "no"}]}, "retired = 'no', expected true or false"),
        ({"labels": ["calm", {"id": "happy", "name": ""}]}, "name = '', expected a text"),
        ({"labels": ["calm", {"id": "happy", "name": "a\nb"}]}, "expected no control characters"),
        ({"labels": ["calm", {"id": "happy", "name": "a\u202eb"}]}, "expected no control characters"),
        ({"label": ["calm"]}, "unknown entries 'label', expected name, version"),
    ],
)
def test_a_wrong_entry_is_named_with_what_was_expected(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(ConfigError, match=line) as refusal:
        of(**changes)
    assert str(refusal.value).startswith("label set moods.toml")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("text", ["name = ", f"version = {'9' * 5000}", f"labels = {'[' * 100_000}", "version = 2026-13-45"])
def test_a_text_that_is_no_toml_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ConfigError, match=r"^label set moods\.toml: .*; expected a TOML file with name, kind and labels$"):
        parse_label_set(text, "moods.toml")


@pytest.mark.parametrize("name", ["بی\u200cقرار", "👩\u200d🎤", "שָׂמֵחַ", "なつかしい"])
def test_a_name_may_be_in_any_script(name: str) -> None:
    assert of(labels=["calm", {"id": "other", "name": name}]).names[1] == name


def test_a_label_that_is_not_in_use_is_refused_with_the_ids() -> None:
    assert of().check_label("sad") == "sad"
    with pytest.raises(ConfigError, match="emotion 'angry': expected one of calm, happy, sad"):
        of().check_label("angry", "emotion")


def test_an_unknown_label_of_a_large_set_is_refused_with_the_labels_that_are_most_alike() -> None:
    large = of(labels=[*(f"mood_{number}" for number in range(100)), {"id": "happiness", "retired": True}])
    with pytest.raises(ConfigError, match=r"^mood 'mood57': expected one of 100, such as mood_57, mood_\d+, .*") as refusal:
        large.check_label("mood57", "mood")
    assert str(refusal.value).count("mood_") == 5
    for unlike in ("喜び", "happy"):
        with pytest.raises(ConfigError, match=f"^mood '{unlike}': expected one of 100; mer labels show lists them$"):
            large.check_label(unlike, "mood")


def test_a_retired_label_is_accepted_only_where_it_may_be() -> None:
    label_set = of(labels=["calm", "happy", {"id": "sad", "retired": True}])
    assert label_set.check_label("sad", retired=True) == "sad"
    with pytest.raises(ConfigError, match=r"label 'sad': expected one of calm, happy$"):
        label_set.check_label("sad")


def test_a_stored_set_may_have_a_word_that_is_reserved_since(monkeypatch: pytest.MonkeyPatch) -> None:
    label_set = of()
    document = label_set.document()
    monkeypatch.setattr("mer_tasks.label_set.TAKEN", frozenset({"happy"}))
    with pytest.raises(ConfigError, match="id = 'happy' is a word of SQL"):
        label_set_of(document, "moods.toml")
    assert label_set_of(document, "of a run", stored=True) == label_set
