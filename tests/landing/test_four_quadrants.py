"""The import of the 4Q audio emotion dataset, in its published layout and as a landing zone."""

from pathlib import Path

import pytest

from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.landing.four_quadrants import plan
from mer_tasks.landing.imports import carry_out
from mer_tasks.stages.discover import discover
from mer_tasks.stages.labels import labels
from mer_tasks.storage.local import FileStore

ANNOTATIONS = '"Song","Quadrant"\n"MT01","Q1"\n"MT02","Q3"\n"MT03","Q3"\n"MT04","Q2"\n"MT09","Q4"\n'
METADATA = (
    '"Song","Artist","Title","Quadrant","PQuad","MoodsTotal","Moods","MoodsStr","Genres","GenresStr","Sample"\n'
    '"MT01","Ann","Sun, Moon","Q1",0.8,3,2,"Laid-Back; Happy; Sad",2,"Pop/Rock; Jazz",1\n'
    '"MT02","Bob","Rain","Q3",1,1,1,"Sad",1,"Children\'s",1\n'
    '"MT03","Bob","Snow","Q3",1,2,2,"sad; happy",1,"",1\n'
    '"MT04","Eve","Storm","Q2",1,1,1,"Select",1,"Annotations",1\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder in the published layout: clips in a folder for each quadrant, beside two CSV files."""
    root = tmp_path / "taffc"
    for path in ("Q1/MT01.mp3", "Q3/MT02.mp3", "Q3/MT03.mp3", "Q2/MT04.mp3", "Q4/MT05.mp3"):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(path.encode())
    (root / "panda_dataset_taffc_annotations.csv").write_text(ANNOTATIONS)
    (root / "panda_dataset_taffc_metadata.csv").write_text(METADATA)
    return root


@pytest.fixture
def landing(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "data" / "landing")


def texts(landing: FileStore) -> dict[str, str]:
    return {info.key: landing.get(info.key).decode() for info in landing.list()}


def test_the_published_folder_becomes_a_landing_zone_with_its_label_file_beside_it(folder: Path, landing: FileStore) -> None:
    planned = plan(folder)
    imported = carry_out(planned, landing)
    assert (imported.tracks, imported.written, imported.unchanged) == (5, 7, 0)
    found = texts(landing)
    assert found.pop("annotations/quadrants.csv") == "track id,label\nMT01,q1\nMT02,q3\nMT03,q3\nMT04,q2\nMT09,q4\n"
    assert found.pop("metadata/tracks.csv") == (
        'track id,artist,title\nMT01,Ann,"Sun, Moon"\nMT02,Bob,Rain\nMT03,Bob,Snow\nMT04,Eve,Storm\nMT05,,\n'
    )
    assert found == {
        "pop-rock/MT01.mp3": "Q1/MT01.mp3",
        "children-s/MT02.mp3": "Q3/MT02.mp3",
        "unknown/MT03.mp3": "Q3/MT03.mp3",
        "unknown/MT04.mp3": "Q2/MT04.mp3",
        "unknown/MT05.mp3": "Q4/MT05.mp3",
    }
    assert planned.notes == [
        "1 songs of the CSV files have no audio: MT09",
        "1 audio files are in no CSV file: MT05",
        "1 tracks have no artist, so they are not grouped by artist",
    ]
    assert imported.labels == (landing.root.parent / "quadrants.toml").as_uri()


def test_a_run_reads_the_imported_quadrants(folder: Path, make_run) -> None:
    imported = carry_out(plan(folder), make_run().landing)
    run = make_run(labels=imported.labels)
    assert discover(run)["counters"]["metadata_tracks"] == 5
    assert labels(run)["positives"] == {"q1": 1, "q2": 1, "q3": 2, "q4": 0}


def test_mood_words_that_enough_tracks_have_become_a_label_set(folder: Path, landing: FileStore) -> None:
    carry_out(plan(folder, moods=2), landing)
    assert texts(landing)["annotations/moods.csv"] == (
        "track id,listener,label\nMT01,editors,happy\nMT01,editors,sad\nMT02,editors,sad\nMT03,editors,happy\n"
        "MT03,editors,sad\nMT04,editors,\n"
    )
    label_set = plan(folder, moods=1).label_set
    assert (label_set.ids, label_set.single) == (("happy", "laid_back", "sad", "select_label"), False)
    assert label_set.names == ("Happy", "Laid-Back", "Sad", "Select")
    with pytest.raises(ConfigError, match=r"^1 mood words with at least 3 tracks in .*, expected 2 to 200 labels; choose"):
        plan(folder, moods=3)


def test_a_landing_zone_with_quadrants_in_columns_and_moods_in_rows_is_read(tmp_path: Path) -> None:
    root = tmp_path / "dev"
    for genre, track in (("rock", "a"), ("jazz", "b")):
        (root / "landing" / genre).mkdir(parents=True)
        (root / "landing" / genre / f"{track}.mp3").write_bytes(b"x")
    (root / "landing" / "annotations").mkdir()
    (root / "landing" / "annotations" / "q.csv").write_text("track id,genre,Q1,Q2,Q3,Q4\na,rock,0,1,0,0\nb,jazz,1,0,0,0\n")
    (root / "moods.csv").write_text("track id,mood\na,Dark\na,Loud\nb,Loud\n")
    planned = plan(root)
    assert [copy.key for copy in planned.copies] == ["rock/a.mp3", "jazz/b.mp3"]
    assert planned.files["annotations/quadrants.csv"] == b"track id,label\na,q2\nb,q1\n"
    assert plan(root, moods=1).label_set.ids == ("dark", "loud")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ('"MT01","Q5"\n', "line 7, column 'Quadrant': 'Q5', expected one of Q1, Q2, Q3, Q4$"),
        ('"MT01","Q2"\n', "line 7: song 'MT01' has Q1 and Q2, expected one quadrant$"),
        ('"","Q2"\n', "line 7: 2 fields, id '', expected 2 and an id$"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(folder: Path, row: str, message: str) -> None:
    with (folder / "panda_dataset_taffc_annotations.csv").open("a") as file:
        file.write(row)
    with pytest.raises(AnnotationError, match=rf"panda_dataset_taffc_annotations\.csv: {message}"):
        plan(folder)


def test_a_row_with_two_of_four_columns_is_refused(folder: Path) -> None:
    (folder / "panda_dataset_taffc_annotations.csv").write_text("Song,Q1,Q2,Q3,Q4\nMT01,1,1,0,0\n")
    with pytest.raises(AnnotationError, match="line 2: '1,1,0,0' for q1,q2,q3,q4, expected 1 for one of the four, else 0"):
        plan(folder)


def test_a_folder_without_quadrants_or_without_audio_is_refused(folder: Path, tmp_path: Path) -> None:
    for path in folder.glob("*.csv"):
        path.unlink()
    with pytest.raises(ConfigError, match="no quadrants in 0 CSV files, expected the 4Q data set"):
        plan(folder)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="empty: no audio, expected"):
        plan(tmp_path / "empty")
