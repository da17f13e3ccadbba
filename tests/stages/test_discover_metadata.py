"""Metadata files in the landing zone."""

import hashlib
import os

from mer_tasks.stages.discover import discover
from tests.support.landed_files import MakeRun, land


def test_the_folder_of_metadata_is_no_genre_and_its_files_are_in_the_manifest(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "metadata/9.mp3", "metadata/old/a.csv", "metadata/notes.txt")
    csv = b"track id,title\n1,Beyond Late\n9,Unknown"
    run.landing.put("metadata/names.CSV", csv)
    manifest = discover(run)
    assert run.read_table("discover", "catalogue.parquet")["track_id"].tolist() == ["1"]
    assert manifest["metadata"] == [{"key": "metadata/names.CSV", "sha256": hashlib.sha256(csv).hexdigest()}]
    assert [manifest["counters"][name] for name in ("ignored", "metadata_tracks", "metadata_unknown")] == [3, 1, 1]
    assert run.read_table("discover", "metadata.parquet")[["track_id", "title"]].values.tolist() == [["1", "Beyond Late"]]


def test_the_newest_metadata_file_counts_and_not_the_last_by_name(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    for name, title, modified in (("b", "Old", 1_000), ("c", "Newest, last", 2_000), ("a", "Newest", 2_000)):
        run.landing.put(f"metadata/{name}.csv", f'track id,title\n1,"{title}"'.encode())
        os.utime(run.landing.root / "metadata" / f"{name}.csv", (modified, modified))
    assert [file["key"] for file in discover(run)["metadata"]] == ["metadata/b.csv", "metadata/a.csv", "metadata/c.csv"]
    assert run.read_table("discover", "metadata.parquet")["title"].tolist() == ["Newest, last"]


def test_two_rejected_files_with_one_id_do_not_make_a_row_ambiguous(make_run: MakeRun) -> None:
    run = make_run(reject_budget=1.0)
    land(run, "rock/1.mp3", "rock/4.mp3", "rock/4.wav")
    run.landing.put("metadata/names.csv", b"track id,title\n4,Four")
    assert discover(run)["counters"]["metadata_unknown"] == 0


def test_a_run_without_metadata_files_has_no_table_of_them(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    manifest = discover(run)
    assert manifest["metadata"] == []
    assert not [name for name in manifest["counters"] if name.startswith("metadata")]
    assert not run.store.exists(run.key("discover", "metadata.parquet"))
