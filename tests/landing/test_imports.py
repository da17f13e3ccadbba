"""Writing of imported data sets: the label file, annotations of other label sets, and ids of words."""

from dataclasses import replace
from pathlib import Path

import pytest

from mer_tasks.column_names import ID
from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.label_set import label_set_of
from mer_tasks.landing.copy_folder import PlannedCopy
from mer_tasks.landing.imports import ImportPlan, audio_files, carry_out, label_ids
from mer_tasks.storage.label_files import read_label_set
from mer_tasks.storage.local import FileStore

MOODS = label_set_of({"name": "moods", "kind": "multi", "labels": ["calm", "happy"]}, "moods.toml")
OTHERS = label_set_of({"name": "moods", "kind": "multi", "labels": ["calm", "sad"]}, "moods.toml")
FILES = {"annotations/moods.csv": b"track id,calm,happy\n1,0,1\n", "metadata/names.csv": b"track id,artist\n1,Ann\n"}


@pytest.fixture
def plan(tmp_path: Path) -> ImportPlan:
    (tmp_path / "1.mp3").write_bytes(b"x")
    return ImportPlan(tmp_path, [PlannedCopy("1.mp3", "rock/1.mp3")], FILES, MOODS)


@pytest.fixture
def landing(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data" / "landing")


def test_a_second_import_writes_only_what_differs_and_leaves_the_label_file(plan: ImportPlan, landing: FileStore) -> None:
    first = carry_out(plan, landing)
    assert (first.written, first.unchanged) == (3, 0)
    assert read_label_set(first.labels) == MOODS
    label_file = landing.root.parent / "moods.toml"
    label_file.write_text(label_file.read_text() + 'colour = "#000000"\n')
    edited = label_file.read_text()
    landing.put("metadata/names.csv", b"track id,artist\n1,Bob\n")
    second = carry_out(plan, landing)
    assert (second.written, second.unchanged) == (1, 2)
    assert label_file.read_text() == edited


def test_annotations_are_written_last(plan: ImportPlan, landing: FileStore, monkeypatch) -> None:
    written: list[str] = []
    put = FileStore.put
    monkeypatch.setattr(FileStore, "put", lambda store, key, data: (written.append(key), put(store, key, data))[1])
    carry_out(plan, landing)
    assert written == ["metadata/names.csv", "annotations/moods.csv", "moods.toml"]


def test_a_label_file_of_another_set_is_not_replaced(plan: ImportPlan, landing: FileStore) -> None:
    carry_out(plan, landing)
    other = replace(plan, label_set=OTHERS, files={"annotations/moods.csv": b"track id,calm,sad\n1,0,1\n"})
    with pytest.raises(ConfigError, match=r"moods\.toml: moods version 1 .*, expected moods version 1 .* or no such file; rem"):
        carry_out(other, landing)
    assert landing.get("annotations/moods.csv") == FILES["annotations/moods.csv"]


def test_a_landing_zone_with_annotations_of_another_set_is_refused(plan: ImportPlan, landing: FileStore) -> None:
    landing.put("annotations/old.csv", b"track id,q1,q2,q3,q4\n1,0,1,0,0\n")
    with pytest.raises(ConfigError, match=r"old\.csv: line 1: no column 'calm', 'happy' .* another label set than moods$"):
        carry_out(plan, landing)
    assert [info.key for info in landing.list()] == ["annotations/old.csv"]


def test_annotations_that_cannot_be_used_are_refused_before_anything_is_written(plan: ImportPlan, landing: FileStore) -> None:
    wrong = replace(plan, files={"annotations/moods.csv": b"track id,calm,happy\n1,0,2\n"})
    with pytest.raises(AnnotationError, match=r"annotations/moods\.csv: line 2, column 'happy': '2'"):
        carry_out(wrong, landing)
    assert not landing.root.exists()


@pytest.mark.parametrize(
    ("word", "label"),
    [
        ("Joyful Activation", "joyful_activation"),
        ("Café 'del' Mar", "cafe_del_mar"),
        ("ORDER", "order_label"),
        ("share power", "nshare_power_label"),
        ("80s", "n80s"),
        ("悲しい", "label1"),
        ("; DROP TABLE mer.run --", "drop_table_mer_run"),
        ("x" * 80, "x" * 48),
    ],
)
def test_ids_of_words_are_valid(word: str, label: str) -> None:
    assert label_ids([word]) == {word: label}
    assert ID.fullmatch(label)
    assert label_set_of({"name": "moods", "kind": "multi", "labels": [{"id": label, "name": "x"}, "other"]}, "moods.toml")


def test_two_audio_files_with_one_name_are_refused(tmp_path: Path) -> None:
    for name in ("a/1.mp3", "b/1.flac", "b/note.txt", "b/.2.mp3"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    with pytest.raises(ConfigError, match=r"b/1\.flac: the same name as .*a/1\.mp3, expected each track once"):
        audio_files(tmp_path)
