"""The import of annotations from any CSV file."""

from pathlib import Path

import pytest

from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.landing.any_csv import Columns, plan
from mer_tasks.landing.imports import carry_out
from mer_tasks.landing.vote_merging import read_annotation_files
from mer_tasks.storage.local import FileStore


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "My Moods.csv"
    path.write_text(text)
    return path


def test_columns_of_labels_become_a_multi_set(tmp_path):
    path = written(tmp_path, "Song No;Very Happy;Sad;note\n7;1;0;x\n8;0;1;\n")
    planned = plan(path, Columns("song no", ["Very Happy", "Sad"]))
    assert (planned.label_set.name, planned.label_set.ids) == ("my_moods", ("very_happy", "sad"))
    assert planned.label_set.names == ("Very Happy", "Sad")
    assert planned.files == {"annotations/my_moods.csv": b"track id,very_happy,sad\n7,1,0\n8,0,1\n"}
    imported = carry_out(planned, FileStore(tmp_path / "data" / "landing"))
    assert imported.labels.endswith("/data/my_moods.toml")


def test_a_column_of_labels_becomes_a_single_set(tmp_path):
    path = written(tmp_path, "user,song,class\nAnn,7,Q 1\nBob,7,Q 2\n")
    planned = plan(path, Columns("song", label="class", listener="user"), "classes", single=True)
    assert (planned.label_set.name, planned.label_set.single, planned.label_set.ids) == ("classes", True, ("q_1", "q_2"))
    assert planned.files == {"annotations/classes.csv": b"track id,label,listener\n7,q_1,Ann\n7,q_2,Bob\n"}


def test_rows_of_labels_without_listeners_are_one_answer_where_a_track_can_have_several(tmp_path):
    planned = plan(written(tmp_path, "song,tag\n7,calm\n7,sad\n8,sad\n9,\n"), Columns("song", label="tag"))
    (data,) = planned.files.values()
    assert data == b"track id,label,listener\n7,calm,editor\n7,sad,editor\n8,sad,editor\n9,,editor\n"
    annotations = read_annotation_files({"a.csv": data}, planned.label_set)
    assert annotations.rows[["calm", "sad", "(count)"]].to_numpy().tolist() == [[1, 1, 1], [0, 1, 1], [0, 0, 1]]


def test_columns_of_votes_need_the_number_of_listeners(tmp_path):
    planned = plan(written(tmp_path, "id,n,calm,sad\n7,10,3,8\n"), Columns("id", ["calm", "sad"], listeners="n"))
    assert planned.files == {"annotations/my_moods.csv": b"track id,calm,sad,listeners\n7,3,8,10\n"}
    assert read_annotation_files(planned.files, planned.label_set).listeners == 10


def test_an_error_names_the_line_of_the_original(tmp_path):
    path = written(tmp_path, 'note,id,calm,sad\n\n"two\nlines",7,1,0\n\nx,8,1,2\n')
    planned = plan(path, Columns("id", ["calm", "sad"]))
    assert planned.files["annotations/my_moods.csv"] == b"track id,calm,sad\n\n\n7,1,0\n\n8,1,2\n"
    with pytest.raises(AnnotationError, match=r"My Moods\.csv: line 6, column 'sad': '2', expected 0 or 1"):
        carry_out(planned, FileStore(tmp_path / "data" / "landing"))


@pytest.mark.parametrize(
    ("text", "columns", "column"),
    [
        ("Song,Mood\n7,calm\n8,\n9,sad\n", Columns("song", label="mood"), r"column 'Mood': '', expected one of calm, sad"),
        ("Song,Mood,By\n7,calm,Ann\n8,sad,\n", Columns("song", label="mood", listener="by"), "column 'By': ''"),
        ("Song,Mood\n7,calm\n,sad\n", Columns("song", label="mood"), "column 'Song': ''"),
        ("Song,Laid-Back,Sad\n7,1,0\n8,x,1\n", Columns("song", ["laid back", "sad"]), "column 'Laid-Back': 'x'"),
        ("Song,N,Laid-Back,Sad\n7,2,1,1\n8,0,0,0\n", Columns("song", ["laid back", "sad"], listeners="n"), "column 'N': '0'"),
    ],
    ids=["label", "listener", "id", "labels", "listeners"],
)
def test_an_error_names_the_column_of_the_original(tmp_path, text, columns, column):
    planned = plan(written(tmp_path, text), columns, single=True)
    with pytest.raises(AnnotationError, match=rf"My Moods\.csv: line 3, {column}"):
        carry_out(planned, FileStore(tmp_path / "data" / "landing"))


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (Columns("id"), "--labels and --label: expected one of them, columns of one label each or a column of labels$"),
        (Columns("id", ["calm"], label="sad"), "--labels and --label: expected one of them"),
        (Columns("id", ["calm", "sad"], None, "id", "calm"), "--listener and --listeners: expected one of them"),
        (Columns("id", ["calm", "glad"]), r"My Moods\.csv: 0 columns 'glad' in 'id,calm,sad', expected one$"),
        (Columns("track", ["calm", "sad"]), r"0 columns 'track' in 'id,calm,sad', expected one$"),
        (Columns("id", ["calm"]), r"1 labels in .*, expected 2 to 200 labels; choose other columns$"),
        (Columns("id", label="calm"), r"1 labels in .*My Moods\.csv, expected 2 to 200 labels"),
    ],
)
def test_columns_that_fit_no_label_set_are_refused(tmp_path, columns, message):
    with pytest.raises(ConfigError, match=message):
        plan(written(tmp_path, "id,calm,sad\n7,1,0\n"), columns)


def test_two_columns_with_one_id_are_refused(tmp_path):
    message = r"My Moods\.csv: labels 'C\+' and 'C-', expected labels that differ in more than .* both would have the id 'c'"
    with pytest.raises(ConfigError, match=message):
        plan(written(tmp_path, "id,C+,C-\n7,1,0\n"), Columns("id", ["C+", "C-"]))
    with pytest.raises(ConfigError, match=r"labels 'Happy' and 'happy', .* write them alike if they mean the same"):
        plan(written(tmp_path, "id,mood\n7,Happy\n8,happy\n9,sad\n"), Columns("id", label="mood"))


@pytest.mark.parametrize(("file", "name"), [("Votes.csv", "votes"), ("2024.csv", "n2024"), ("музыка.csv", "labels")])
def test_the_set_has_the_name_of_the_file(tmp_path, file, name):
    path = tmp_path / file
    path.write_text("id,calm,sad\n7,1,0\n")
    assert plan(path, Columns("id", ["calm", "sad"])).label_set.name == name
