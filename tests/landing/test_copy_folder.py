"""Copying a folder into a landing zone."""

from pathlib import Path

import pytest

from mer_tasks.errors import ConfigError
from mer_tasks.landing.copy_folder import copy, land, plan
from mer_tasks.storage.local import FileStore


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "my music"
    for name in ("annotations/votes.csv", "rock/1.mp3", "rock/cover.jpg", "pop/2.flac", "README.txt", "rock/.3.mp3"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


@pytest.fixture
def landing(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "landing")


def test_only_files_that_a_run_reads_are_copied_and_annotations_come_last(folder: Path) -> None:
    assert [planned.key for planned in plan(folder)] == ["pop/2.flac", "rock/1.mp3", "annotations/votes.csv"]


def test_a_second_copy_writes_only_the_files_that_differ(folder: Path, landing: FileStore) -> None:
    landing.put("jazz/4.wav", b"stays")
    assert land(folder, landing) == {"written": 3, "unchanged": 0}
    (folder / "rock" / "1.mp3").write_text("rock/1.mpX")
    assert land(folder, landing) == {"written": 1, "unchanged": 2}
    assert {info.key: landing.get(info.key) for info in landing.list()} == {
        "annotations/votes.csv": b"annotations/votes.csv",
        "jazz/4.wav": b"stays",
        "pop/2.flac": b"pop/2.flac",
        "rock/1.mp3": b"rock/1.mpX",
    }


def test_a_linked_folder_is_copied_and_a_link_to_its_own_folder_is_skipped_with_a_warning(
    folder: Path, tmp_path: Path, landing: FileStore, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "5.mp3").write_text("jazz")
    (folder / "jazz").symlink_to(tmp_path / "disk")
    (folder / "jazz" / "again").symlink_to(folder)
    assert land(folder, landing)["written"] == 4
    assert landing.get("jazz/5.mp3") == b"jazz"
    assert caplog.messages == [f"{folder}: 1 skipped, links that lead round in a circle: 'jazz/again/'"]


def test_progress_is_reported_after_each_file(folder: Path, landing: FileStore) -> None:
    reported: list[tuple[int, int]] = []
    copy(folder, plan(folder), landing, lambda finished, total: reported.append((finished, total)))
    assert reported == [(1, 3), (2, 3), (3, 3)]


def test_a_folder_without_music_is_refused(tmp_path: Path, landing: FileStore) -> None:
    (tmp_path / "1.txt").write_text("no music")
    with pytest.raises(ConfigError, match=r"no audio, expected <genre>/<track id>\.<ext> and annotations/\*\.csv"):
        land(tmp_path, landing)
