"""Which of several files with one track id is the track."""

import random
from dataclasses import replace

import pytest

from mer_tasks.landing.duplicate_ids import reject_duplicates
from mer_tasks.landing.zone import MAX_NAMED_FILES, LandedFile
from mer_tasks.storage.base import ObjectInfo


def landed(**contents: str) -> list[LandedFile]:
    """Return files with the id 1, one in each genre, with these hashes."""
    return [LandedFile(ObjectInfo(f"{genre}/1.mp3", 1, "1"), genre, sha256=sha256) for genre, sha256 in contents.items()]


def kept(files: list[LandedFile], first: tuple[str, str] | None, unchanged: str = "") -> list[str]:
    known = {"1": first} if first else {}
    decided = reject_duplicates(
        files,
        lambda ids: {key: known[key] for key in ids if key in known},
        lambda file: file.sha256,
        lambda file: file.genre == unchanged,
    )
    assert [file.info.key for file in decided] == [file.info.key for file in files]
    assert {file.reason for file in decided} <= {"", "duplicate_id"}
    return [file.genre or "" for file in decided if not file.reason]


@pytest.mark.parametrize(
    ("contents", "first", "expected"),
    [
        ({"pop": "a"}, None, ["pop"]),
        ({"pop": "a"}, ("rock/1.mp3", "b"), ["pop"]),
        ({"pop": "a", "rock": "b"}, None, []),
        ({"pop": "a", "rock": "a"}, None, []),
        ({"pop": "a", "rock": "b"}, ("rock/1.mp3", "b"), ["rock"]),
        ({"pop": "a", "rock": "a"}, ("pop/1.mp3", "a"), ["pop"]),
        ({"pop": "a", "rock": "b"}, ("pop/1.mp3", "b"), ["rock"]),
        ({"pop": "a", "rock": "b", "jazz": "b"}, ("pop/1.mp3", "b"), []),
        ({"pop": "a", "rock": "b"}, ("pop/1.mp3", "c"), ["pop"]),
        ({"pop": "a", "rock": "b", "jazz": "c"}, ("soul/1.mp3", "b"), ["rock"]),
        ({"pop": "b", "rock": "b", "jazz": "c"}, ("soul/1.mp3", "b"), []),
        ({"pop": "b", "rock": "b", "jazz": "b"}, ("jazz/1.mp3", "b"), ["jazz"]),
        ({"pop": "a", "rock": "b"}, ("soul/1.mp3", "c"), []),
    ],
    ids=[
        *(
            "alone",
            "alone, and the first is gone",
            "no history",
            "no history, equal content",
            "by key",
            "by key, as the content is equal",
            "moved, and another file takes its place",
            "moved to two places, and another file takes its place",
            "retagged",
        ),
        *("moved", "moved to two places", "copied to two places", "the first is gone"),
    ],
)
def test_the_track_is_known_by_its_key_and_else_by_its_content(contents, first, expected) -> None:
    assert kept(landed(**contents), first) == expected


def test_a_copy_that_was_there_before_does_not_get_the_id_when_the_first_file_is_retagged() -> None:
    files = landed(pop="retagged", rock="a")
    assert kept(files, ("pop/1.mp3", "a"), unchanged="rock") == ["pop"]
    assert kept(landed(rock="a", jazz="b"), ("pop/1.mp3", "a"), unchanged="rock") == ["rock"]


def test_a_first_file_that_cannot_be_read_keeps_its_id() -> None:
    files = [replace(landed(pop="")[0], sha256=None, reason="unreadable"), *landed(rock="a")]
    decided = reject_duplicates(files, lambda ids: {"1": ("pop/1.mp3", "a")}, lambda file: file.sha256, lambda file: False)
    assert [file.reason for file in decided] == ["unreadable", "duplicate_id"]


def test_the_order_of_the_files_does_not_decide() -> None:
    files = landed(pop="a", rock="b", jazz="c", soul="d")
    for seed in range(10):
        random.Random(seed).shuffle(files)
        assert kept(files, ("blues/1.mp3", "c")) == ["jazz"]
        assert kept(files, None) == []


def test_a_message_names_the_first_file_or_some_of_the_others() -> None:
    files = landed(**{f"genre{number}": "a" for number in range(MAX_NAMED_FILES + 3)})
    details = [file.detail for file in reject_duplicates(files, lambda ids: {}, lambda file: None, lambda file: False)]
    assert details[0].startswith("id '1' is also that of 'genre1/1.mp3', 'genre2/1.mp3', ")
    assert details[0].endswith("'genre5/1.mp3' and 2 more; expected one file per id in all genres")
    first = {"1": ("genre2/1.mp3", "a")}
    details = [file.detail for file in reject_duplicates(files, lambda ids: first, lambda file: "a", lambda file: False)]
    assert details[0] == "id '1' is that of 'genre2/1.mp3', which was there first; expected one file per id"
    assert details[2] == ""


def test_no_history_is_asked_for_and_no_file_is_read_if_every_id_is_unique() -> None:
    files = [LandedFile(ObjectInfo(f"rock/{number}.mp3", 1, "1"), "rock") for number in range(3)]
    assert reject_duplicates(files, pytest.fail, pytest.fail, pytest.fail) == files
