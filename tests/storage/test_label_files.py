"""Reading of the configured label set from files and object stores."""

from pathlib import Path

import pytest

from mer_tasks.errors import ConfigError
from mer_tasks.label_set import LABEL_SETS, label_set_of, parse_label_set
from mer_tasks.storage.label_files import label_file, read_label_set

MOODS = 'name = "moods"\nkind = "multi"\nlabels = ["calm", "happy"]\n'


def test_the_default_is_the_set_of_emotify() -> None:
    assert read_label_set(None) == read_label_set("")
    assert read_label_set(None).name == "emotify"


def test_a_file_by_its_path_and_by_its_url(tmp_path: Path) -> None:
    path = tmp_path / "my moods #1.toml"
    path.write_text(MOODS, encoding="utf-8-sig")
    assert read_label_set(str(path)).ids == ("calm", "happy")
    assert read_label_set(path.as_uri()) == read_label_set(str(path))


@pytest.mark.parametrize("url", [False, True])
def test_a_missing_file_is_named(tmp_path: Path, url: bool) -> None:
    path = tmp_path / "none.toml"
    with pytest.raises(ConfigError, match=r"none\.toml: no such file, expected a TOML file"):
        read_label_set(path.as_uri() if url else str(path))


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("x" * 300, "File name too long, expected a file that can be read"),
        ("~nobody-of-this-name/moods.toml", "expected a file that can be read"),
        ("s3://moods.toml", "expected file:///absolute/folder or s3://bucket/prefix, and then the name of a file"),
        ("http://host/moods.toml", "expected file:///absolute/folder or s3://bucket/prefix, and then the name of a file"),
    ],
)
def test_a_place_that_cannot_be_is_refused_in_one_line(source: str, line: str) -> None:
    with pytest.raises(ConfigError, match=line) as caught:
        read_label_set(source)
    assert str(caught.value).startswith(f"label set {source}: ")
    assert str(caught.value).endswith("(MER_LABELS)")


@pytest.mark.parametrize(
    ("data", "line"),
    [
        (b"\xff\xfe", "expected a text in UTF-8"),
        (b"#" * 1_000_001, "1000001 bytes, expected at most 1000000"),
        (b"name = ", "expected a TOML file"),
    ],
)
def test_a_file_that_is_no_label_set_is_refused(tmp_path: Path, data: bytes, line: str) -> None:
    path = tmp_path / "set.toml"
    path.write_bytes(data)
    with pytest.raises(ConfigError, match=line):
        read_label_set(str(path))


@pytest.mark.parametrize("path", sorted(LABEL_SETS.glob("*.toml")), ids=lambda path: path.stem)
def test_a_written_label_file_is_read_as_the_same_set(path: Path) -> None:
    label_set = read_label_set(str(path))
    assert parse_label_set(label_file(label_set), "copy.toml") == label_set


def test_every_text_and_number_of_a_label_survives_writing() -> None:
    labels = [
        {
            "id": "a",
            "name": 'Say "no" \\ \u05d3\u05d9 \U0001f3b5',
            "description": "x = [1]",
            "valence": 0.0,
            "arousal": -1,
            "retired": True,
        },
        {"id": "b", "name": "B", "colour": "#0072B2"},
        "c",
    ]
    label_set = label_set_of({"name": "my-set", "version": 3, "kind": "single", "noun": ["a b", "c"], "labels": labels}, "x")
    assert parse_label_set(label_file(label_set), "copy.toml") == label_set
