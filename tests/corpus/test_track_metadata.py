"""Metadata of tracks: they win over tags, and keep the artists of a corpus without tags in one part each."""

import logging
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import pytest

from mer_tasks.corpus.track_metadata import artists_digest, read_metadata
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.errors import ObjectMissing
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import discover
from mer_tasks.stages.features import features
from mer_tasks.stages.labels import labels
from mer_tasks.stages.reformat import reformat
from mer_tasks.stages.split import split
from tests.support.audio_files import encoded, music
from tests.support.published_runs import annotations_of
from tests.support.run_documents import discovered, fanned_out, line, put_metadata, run_in

IDS = [f"r{number:02}" for number in range(12)]
ARTISTS = {track: f"Artist {number % 6}" for number, track in enumerate(IDS)}


def csv_of(artists: dict[str, str]) -> bytes:
    return "\n".join(["track id,artist", *(f"{track},{artist}" for track, artist in artists.items())]).encode()


def split_of_untagged_audio(run: Run) -> dict[str, set[str]]:
    """Run the stages up to `split` on generated audio without tags; return the parts that each artist is in."""
    for seed, track in enumerate(IDS):
        run.landing.put(f"rock/{track}.wav", encoded(music(2, seed=seed)))
    run.landing.put("annotations/votes.csv", annotations_of(IDS))
    for shard in discover(run)["shards"]:
        reformat(run, shard["key"])
        features(run, shard["key"])
    labels(run)
    split(run)
    parts = defaultdict(set)
    for track, part in run.read_table("split", "split.parquet")[["track_id", "part"]].itertuples(index=False):
        parts[ARTISTS[track]].add(part)
    return parts


def test_no_artist_of_a_corpus_without_tags_is_in_two_parts(
    make_run: Callable[..., Run], caplog: pytest.LogCaptureFixture
) -> None:
    run = make_run(segment_seconds=1.0, crossfit="off")
    run.landing.put("metadata/tracks.csv", csv_of(ARTISTS))
    parts = split_of_untagged_audio(run)
    assert len(parts) == 6
    assert all(len(of_artist) == 1 for of_artist in parts.values())
    assert run.manifest("split")["counters"]["without_artist"] == 0
    assert "no artist" not in caplog.text


def test_without_metadata_artists_leak_and_a_warning_says_so(
    make_run: Callable[..., Run], caplog: pytest.LogCaptureFixture
) -> None:
    parts = split_of_untagged_audio(make_run(segment_seconds=1.0, crossfit="off"))
    assert any(len(of_artist) > 1 for of_artist in parts.values())
    assert "12 of 12 tracks have no artist in metadata files or tags: they are not grouped by artist" in caplog.text


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """A run whose tracks have tags."""
    run = run_in(tmp_path)
    discovered(run, [line(track) for track in ("a", "b", "c")])
    tags = {"a": {"title": "A", "album": "X", "year": 1999, "track_number": 1}, "b": {"title": "B"}}
    fanned_out(run, artists={"a": ["Ann"], "b": ["Bob", "Cid"], "c": []}, names=tags)
    return run


def names(run: Run) -> list[list[object]]:
    columns = ["title", "artists", "album", "year", "track_number", "isrc", "metadata"]
    tracks = load_corpus(run).tracks[columns].astype(object)
    return tracks.where(tracks.notna(), None).values.tolist()


def test_the_corpus_has_the_names_of_the_tags(run: Run) -> None:
    assert names(run) == [
        ["A", ("Ann",), "X", 1999, 1, None, None],
        ["B", ("Bob", "Cid"), None, None, None, None, None],
        [None, (), None, None, None, None, None],
    ]


def test_metadata_wins_over_tags_where_it_says_something(run: Run) -> None:
    text = "track id,title,artist,album,isrc,year,Mood\na,,,Y,I1,2004,\nb,Bee,Bob,,,,calm\nc,,Dan & Eve,,,,"
    put_metadata(run, {"names.csv": text.encode()})
    assert names(run) == [
        ["A", ("Ann",), "Y", 2004, 1, "I1", None],
        ["Bee", ("Bob",), None, None, None, None, '{"Mood": "calm"}'],
        [None, ("Dan & Eve",), None, None, None, None, None],
    ]


def test_the_manifest_and_a_warning_count_what_is_wrong(run: Run, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        put_metadata(run, {"1.csv": b"track id,title,year\na,One,none\nx,X,\n", "2.csv": b"track id,title\na,Two\n"})
    counters = run.manifest("discover")["counters"]
    assert {name: value for name, value in counters.items() if name.startswith("metadata")} == {
        "metadata_tracks": 1,
        "metadata_unknown": 1,
        "metadata_conflicts": 1,
        "metadata_wrong_numbers": 1,
    }
    messages = [record.message for record in caplog.records]
    assert messages[0] == "1 ids of metadata files have no file in the landing zone: 'x'"
    assert messages[1].startswith("1 values of metadata files differ from earlier ones, and the later ones count, such as ")
    assert messages[2].endswith("metadata/1.csv: line 2: year 'none'")
    assert len(messages) == 3


@pytest.mark.parametrize(
    ("csv", "message"),
    [
        (
            b"track id,title\na,One\nB,Two\nx,X",
            "2 ids of metadata files have no file in the landing zone: 'B', 'x'; 1 of 2 would match without regard to upper and"
            " lower case: set id_match=case, by which 'B' is 'b'",
        ),
        (
            b"track id,title\nx,X\nb.mp3,Two",
            "none of 2 ids of metadata files has a file, so they name no title and no artist: the metadata files have the id"
            " 'b.mp3', the landing zone has 'b'; 1 of 2 would match without folder and file ending: set id_match=file_name, by"
            " which 'b.mp3' is 'b'",
        ),
        (
            b"track id,title\nx,X",
            "none of 1 ids of metadata files has a file, so they name no title and no artist: the metadata files have the id"
            " 'x', the landing zone has 'a'",
        ),
        (
            b"track id,Album Artist\na,Ann",
            "1 columns of metadata files do not group tracks, expected the name 'artist' if they have artists, such as"
            " file:///PLACE/names.csv: line 1: column 'Album Artist'",
        ),
    ],
)
def test_one_warning_says_which_ids_have_no_file_and_what_would_match(
    run: Run, caplog: pytest.LogCaptureFixture, csv: bytes, message: str
) -> None:
    with caplog.at_level(logging.WARNING):
        put_metadata(run, {"names.csv": csv})
    place = run.landing.uri("metadata/names.csv").removesuffix("/names.csv")
    assert [record.message for record in caplog.records] == [message.replace("file:///PLACE", place)]


def test_id_match_decides_whose_names_a_row_has(tmp_path: Path) -> None:
    run = run_in(tmp_path, id_match="case")
    discovered(run, [line("a"), line("b")])
    put_metadata(run, {"names.csv": b"track id,artist\nA,Ann\nx,Cid"})
    assert read_metadata(run)[["track_id", "artist"]].values.tolist() == [["a", "Ann"]]
    counters = run.manifest("discover")["counters"]
    assert (counters["metadata_tracks"], counters["metadata_unknown"]) == (1, 1)


def test_a_lost_document_is_not_taken_for_no_metadata(run: Run) -> None:
    put_metadata(run, {"names.csv": b"track id,title\na,One"})
    run.store.delete(run.key("discover", "metadata.parquet"))
    with pytest.raises(ObjectMissing, match=r"metadata\.parquet"):
        load_corpus(run)


def digest_of(folder: Path, csv: bytes | None, **params: str) -> str | None:
    """Return the digest of a run with three tracks, of which the last has no annotations."""
    run = run_in(folder, **params)
    discovered(run, [line(track) for track in ("ra", "rb", "rc")], csvs={"votes.csv": annotations_of(["ra", "rb"])})
    if csv is not None:
        put_metadata(run, {"names.csv": csv})
    labels(run)
    return artists_digest(run)


def test_the_artists_digest_depends_only_on_the_artists_of_annotated_tracks(tmp_path: Path) -> None:
    digest = digest_of(tmp_path / "a", b"track id,artist\nra,Ann\nrb,Bob")
    assert digest is not None
    assert digest_of(tmp_path / "b", b"track id,title,artist\nrb,New title,BOB\nra,,Ann\nrc,,Cid") == digest
    assert digest_of(tmp_path / "c", b"track id,artist\nra,Ann\nrb,Ann") != digest
    assert digest_of(tmp_path / "d", b"track id,artist\nra,Ann") != digest
    assert digest_of(tmp_path / "e", b"track id,title,artist\nra,Title,\nrc,,Cid") is None
    assert digest_of(tmp_path / "f", None) is None
    assert digest_of(tmp_path / "g", b"track id,artist\nra,Ann\nrb,Bob", group_by="track") is None
