"""The import of Emotify's folder into a landing zone."""

from pathlib import Path

import pytest

from mer_tasks.errors import AnnotationError, ConfigError
from mer_tasks.landing.emotify import import_emotify, natural_sort_key
from mer_tasks.stages.discover import discover
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids

HEADER = f"track id, genre, {', '.join(EMOTIONS)}, mood"


def row(track_id: int, genre: str) -> str:
    return f"{track_id},{genre}{',0' * len(EMOTIONS)},3"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder like Emotify's: 11 files of genre `rock` with ids 101 to 111, 2 of `pop` with ids 9 and 10, unsorted rows."""
    rows = [row(10, "pop"), row(9, "pop"), *(row(number, "rock") for number in range(111, 100, -1)), row(9, "pop")]
    root = tmp_path / "emotify music"
    for genre, count in (("rock", 11), ("pop", 2)):
        (root / genre).mkdir(parents=True)
        for number in range(1, count + 1):
            (root / genre / f"{number}.mp3").write_bytes(f"{genre} {number}".encode())
    (root / "data.csv").write_text("\n".join([HEADER, *rows]))
    return root


@pytest.fixture
def landing(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "landing")


def contents(landing: FileStore) -> dict[str, str]:
    return {info.key: landing.get(info.key).decode() for info in landing.list()}


def test_files_in_natural_order_get_the_ids_of_their_genre(folder: Path, landing: FileStore) -> None:
    assert import_emotify(folder, landing) == {"tracks": 13, "written": 14, "unchanged": 0}
    copies = contents(landing)
    assert copies.pop("annotations/emotify.csv") == (folder / "data.csv").read_text()
    rock = {f"rock/{number + 100}.mp3": f"rock {number}" for number in range(1, 12)}
    assert copies == {**rock, "pop/9.mp3": "pop 1", "pop/10.mp3": "pop 2"}


def test_natural_order_sorts_two_before_ten() -> None:
    names = ["10.mp3", "2.mp3", "1.mp3", "b2.mp3", "b10.mp3", "a 10 b 9", "a 10 b 10"]
    assert sorted(names, key=natural_sort_key) == ["1.mp3", "2.mp3", "10.mp3", "a 10 b 9", "a 10 b 10", "b2.mp3", "b10.mp3"]


def test_discover_finds_the_imported_tracks(folder: Path, make_run) -> None:
    run = make_run()
    import_emotify(folder, run.landing)
    manifest = discover(run)
    assert (manifest["counters"]["tracks"], len(manifest["annotations"])) == (13, 1)


def test_a_second_import_writes_only_what_differs(folder: Path, landing: FileStore) -> None:
    import_emotify(folder, landing)
    before = {info.key: info.version for info in landing.list()}
    assert import_emotify(folder, landing) == {"tracks": 13, "written": 0, "unchanged": 14}
    assert {info.key: info.version for info in landing.list()} == before
    landing.put("rock/101.mp3", b"rock X")  # of the same size
    landing.delete("pop/9.mp3")
    assert import_emotify(folder, landing)["written"] == 2
    assert contents(landing)["rock/101.mp3"] == "rock 1"


def test_progress_counts_to_the_total(folder: Path, landing: FileStore) -> None:
    reported: list[tuple[int, int]] = []
    import_emotify(folder, landing, lambda finished, total: reported.append((finished, total)))
    assert reported == [(finished, 14) for finished in range(1, 15)]


def test_an_error_names_genres_with_too_many_or_too_few_files_and_nothing_is_written(folder: Path, landing: FileStore) -> None:
    (folder / "rock" / "7.mp3").unlink()
    (folder / "jazz").mkdir()
    (folder / "jazz" / "1.mp3").write_bytes(b"x")
    with pytest.raises(ConfigError) as caught:
        import_emotify(folder, landing)
    assert f"genre 'jazz': 1 files in {folder / 'jazz'}, 0 track ids in data.csv" in str(caught.value)
    assert f"genre 'rock': 10 files in {folder / 'rock'}, 11 track ids in data.csv" in str(caught.value)
    assert "genre 'pop'" not in str(caught.value)
    assert not landing.root.exists()


def test_a_genre_without_a_folder_is_refused(folder: Path, landing: FileStore) -> None:
    (folder / "pop").rename(folder.parent / "pop")
    with pytest.raises(ConfigError, match=r"genre 'pop': 0 files in .*, 2 track ids"):
        import_emotify(folder, landing)


def test_hidden_files_and_files_that_are_not_audio_are_not_copied(folder: Path, landing: FileStore) -> None:
    (folder / "rock" / "._1.mp3").write_bytes(b"x")
    (folder / "rock" / "readme.txt").write_bytes(b"x")
    assert import_emotify(folder, landing)["tracks"] == 13


def test_a_folder_without_the_csv_is_refused(folder: Path, landing: FileStore) -> None:
    (folder / "data.csv").unlink()
    with pytest.raises(ConfigError, match=r"emotify music: no data\.csv, expected Emotify's folder: <genre>/<n>\.mp3"):
        import_emotify(folder, landing)


def test_a_csv_without_genres_is_refused(folder: Path, landing: FileStore) -> None:
    (folder / "data.csv").write_text(f"track id, {', '.join(EMOTIONS)}\n101{',0' * len(EMOTIONS)}\n")
    with pytest.raises(AnnotationError, match=r"data\.csv: no genre for track '101', expected a column 'genre' that has it"):
        import_emotify(folder, landing)


def test_a_track_of_two_genres_is_refused(folder: Path, landing: FileStore) -> None:
    with (folder / "data.csv").open("a") as csv:
        csv.write("\n" + row(9, "rock"))
    with pytest.raises(AnnotationError, match=r"data\.csv: track '9' is 'pop' and 'rock', expected one genre"):
        import_emotify(folder, landing)
