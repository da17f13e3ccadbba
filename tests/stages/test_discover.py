import hashlib
import os
from collections.abc import Callable
from threading import Barrier
from typing import Any

import pytest

from mer_tasks.errors import ConfigError, CorpusError, StoreUnavailable
from mer_tasks.landing.zone import classify_files, select_genres
from mer_tasks.runs.run import Run
from mer_tasks.stages.discover import MOST_SHARDS, discover, shard_documents, shard_size
from mer_tasks.storage.base import ObjectInfo, ObjectStore
from mer_tasks.storage.local import FileStore

MakeRun = Callable[..., Run]


class ReadRecorder(ObjectStore):
    """A store that records the keys of the objects that are read."""

    def __init__(self, store: ObjectStore) -> None:
        self.store, self.url, self.read = store, store.url, []

    def chunks(self, key):
        self.read.append(key)
        return self.store.chunks(key)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)

    put = put_file = exists = delete = fetch = None

    def list(self, prefix=""):
        return self.store.list(prefix)


def land(run: Run, *keys: str) -> None:
    """Put files into the landing zone whose content is their key."""
    for key in keys:
        run.landing.put(key, key.encode())


def rejection_reasons(run: Run) -> dict[str, str]:
    return {line["key"]: line["reason"] for line in run.read_json("discover", "rejected.json")["rejected"]}


def reasons_by_key(*keys: str) -> dict[str, str]:
    return {file.info.key: file.reason for file in classify_files(ObjectInfo(key, 1, "1") for key in keys).files}


def test_the_catalogue_has_every_track_with_the_hash_of_its_file(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/2.mp3", "rock/2-b.mp3", "rock/10.mp3", "pop/Für Elise 🎵.FLAC", "annotations/a.csv", "annotations/b.CSV")
    manifest = discover(run)
    table = run.read_table("discover", "catalogue.parquet")
    assert table.columns.tolist() == ["track_id", "genre", "key", "size", "version", "sha256"]
    assert table["track_id"].tolist() == ["Für Elise 🎵", "10", "2", "2-b"]
    assert table["genre"].tolist() == ["pop", "rock", "rock", "rock"]
    assert table["sha256"].tolist() == [hashlib.sha256(key.encode()).hexdigest() for key in table["key"]]
    assert table["size"].tolist() == [len(key.encode()) for key in table["key"]]
    listed = {info.key: info.version for info in run.landing.list()}
    assert table["version"].tolist() == [listed[key] for key in table["key"]]
    assert manifest["annotations"] == [
        {"key": f"annotations/{name}", "sha256": hashlib.sha256(f"annotations/{name}".encode()).hexdigest()}
        for name in ("a.csv", "b.CSV")
    ]
    assert manifest == run.manifest("discover")
    assert (manifest["stage"], manifest["run_id"], manifest["mode"], manifest["model"]) == ("discover", "r1", "train", None)
    assert rejection_reasons(run) == {}


@pytest.mark.parametrize(
    ("counts", "size", "expected"),
    [([], 50, 50), ([7, 3], 3, 3), ([700_000, 300_000], 50, 1000), ([99_999, 1, 1], 50, 101), ([1] * 1000, 1, 1)],
)
def test_shard_size_grows_until_airflow_can_map_over_the_shards(counts, size, expected):
    assert shard_size(counts, size) == expected
    assert sum(-(-count // expected) for count in counts) <= MOST_SHARDS
    if expected > size:
        assert sum(-(-count // (expected - 1)) for count in counts) > MOST_SHARDS


def test_more_genres_than_the_largest_number_of_shards_are_refused():
    with pytest.raises(
        CorpusError, match=r"^1001 genres, expected at most 1000, because each is at least one mapped task: choose some"
    ):
        shard_size([1] * 1001, 50)


def test_a_shard_size_that_makes_too_many_tasks_is_increased_with_a_warning(caplog) -> None:
    lines = [{"genre": "pop", "track_id": str(number)} for number in range(2001)]
    documents = shard_documents(lines, 2)
    assert (len(documents), {len(document["tracks"]) for document in documents}) == (667, {3})
    assert caplog.messages == ["shard_size 2 would make more than 1000 mapped tasks; this run uses 3"]


def test_shards_are_of_one_genre_and_even_and_have_every_track(make_run: MakeRun) -> None:
    run = make_run(shard_size=3)
    land(run, *(f"rock & roll/{number}.wav" for number in range(7)), *(f"pop/p{number}.wav" for number in range(3)))
    shards = discover(run)["shards"]
    assert [shard["name"] for shard in shards] == ["pop 1/1", "rock & roll 1/3", "rock & roll 2/3", "rock & roll 3/3"]
    assert shards[0]["key"] == "runs/r1/discover/shards/pop-1-of-1.json"
    assert len({shard["key"] for shard in shards}) == 4
    documents = [run.read_json_key(shard["key"]) for shard in shards]
    assert [document["name"] for document in documents] == [shard["name"] for shard in shards]
    assert [document["genre"] for document in documents] == ["pop", *["rock & roll"] * 3]
    assert [len(document["tracks"]) for document in documents] == [3, 2, 2, 3]
    rows = [row for document in documents for row in document["tracks"]]
    assert rows == run.read_table("discover", "catalogue.parquet").to_dict("records")


def test_two_files_with_one_id_are_both_rejected_and_named() -> None:
    assert reasons_by_key("a/1.mp3", "b/1.flac", "b/2.mp3") == {
        "a/1.mp3": "duplicate_id",
        "b/1.flac": "duplicate_id",
        "b/2.mp3": "",
    }
    files = classify_files(ObjectInfo(key, 1, "1") for key in ("a/1.mp3", "b/1.flac")).files
    assert files[0].detail == "id '1' is also that of 'b/1.flac'; expected one file per id in all genres"
    assert "'a/1.mp3'" in files[1].detail


def test_only_usable_audio_files_count_as_duplicates_of_an_id() -> None:
    assert reasons_by_key("a/1.mp3", "a/1.txt", "a/b/1.mp3", "1.mp3") == {
        "a/1.mp3": "",
        "a/1.txt": "unknown_extension",
        "a/b/1.mp3": "misplaced",
        "1.mp3": "misplaced",
    }


def test_a_track_id_is_case_sensitive_and_keeps_dots_and_spaces() -> None:
    assert not any(reasons_by_key("a/x.mp3", "a/X.mp3", "a/x.1.mp3", "a/ x.mp3").values())
    assert [file.track_id for file in classify_files([ObjectInfo("a/ x. 1.mp3", 1, "1")]).files] == [" x. 1"]


def test_other_files_are_rejected_in_a_genre_folder_and_ignored_elsewhere() -> None:
    keys = ["rock/1.mid", "rock/cover", "README.txt", "rock/scans/cover.jpg", "annotations/notes.txt", "annotations/old/a.csv"]
    landed = classify_files(ObjectInfo(key, 1, "1") for key in keys)
    assert {file.info.key: file.reason for file in landed.files} == dict.fromkeys(keys[:2], "unknown_extension")
    assert "ending '.mid', expected one of .aac .aif" in landed.files[0].detail
    assert landed.ignored == 4
    assert landed.annotations == []


def test_hidden_files_and_folders_are_ignored() -> None:
    landed = classify_files(
        ObjectInfo(key, 1, "1") for key in (".DS_Store", "rock/._1.mp3", ".trash/1.mp3", "annotations/.a.csv")
    )
    assert (landed.files, landed.annotations, landed.ignored) == ([], [], 4)


def test_a_file_name_that_is_not_unicode_is_rejected_and_other_tracks_are_used(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    folder = os.fsencode(run.landing.root)
    with open(folder + b"/rock/caf\xe9.mp3", "wb") as file:
        file.write(b"x")
    assert discover(run)["counters"]["tracks"] == 1
    assert rejection_reasons(run) == {"rock/caf\udce9.mp3": "bad_name"}


def test_only_files_of_the_chosen_genres_are_used(make_run: MakeRun) -> None:
    run = make_run(genres="pop,jazz")
    land(run, "rock/1.mp3", "pop/2.mp3", "pop/3.txt", "jazz/4.mp3", "rock/5.txt", "loose.mp3")
    manifest = discover(run)
    assert [shard["name"] for shard in manifest["shards"]] == ["jazz 1/1", "pop 1/1"]
    assert rejection_reasons(run) == {"pop/3.txt": "unknown_extension"}
    assert manifest["counters"]["files"] == 3


def test_a_duplicate_id_is_rejected_even_if_the_other_genre_is_not_chosen(make_run: MakeRun) -> None:
    run = make_run(genres="pop")
    land(run, "rock/1.mp3", "pop/1.mp3", "pop/2.mp3")
    discover(run)
    assert rejection_reasons(run) == {"pop/1.mp3": "duplicate_id"}


def test_a_genre_without_a_folder_is_refused_and_the_existing_genres_are_named(make_run: MakeRun) -> None:
    run = make_run(genres="pop,jaz")
    land(run, "rock/1.mp3", "pop/2.mp3", "annotations/a.csv")
    with pytest.raises(ConfigError, match=r"landing has no genre 'jaz', expected some of pop, rock$"):
        discover(run)
    with pytest.raises(ConfigError, match=r"expected some of \(none there\)$"):
        select_genres([], ["pop"], "here")


@pytest.mark.parametrize("keys", [(), ("annotations/a.csv", "README.txt")], ids=["empty", "no audio"])
def test_a_landing_zone_without_audio_is_refused(make_run: MakeRun, keys: tuple[str, ...]) -> None:
    run = make_run()
    land(run, *keys)
    with pytest.raises(CorpusError, match=r"^landing zone file:///.*/landing: no audio there, expected <genre>/<track id>"):
        discover(run)


def test_a_landing_zone_with_only_unusable_files_is_refused_with_their_reasons(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mid", "2.mp3")
    with pytest.raises(CorpusError, match=r"no usable audio among 2 files: '2.mp3' misplaced: .*; 'rock/1.mid' unknown_ext"):
        discover(run)
    assert rejection_reasons(run) == {"rock/1.mid": "unknown_extension", "2.mp3": "misplaced"}


@pytest.mark.parametrize("store", ["landing", "landing/store"])
def test_a_store_inside_the_landing_zone_is_refused(make_run: MakeRun, tmp_path, store: str) -> None:
    run = make_run(landing_url=(tmp_path / "landing").as_uri(), store_url=(tmp_path / store).as_uri())
    land(run, "rock/1.mp3")
    with pytest.raises(ConfigError, match="expected a place of its own"):
        discover(run)


def test_unchanged_files_are_not_read_again(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "rock/2.mp3", "rock/3.txt")
    counters = discover(run)["counters"]
    assert (counters["hashed"], counters["known"]) == (3, 0)
    first = run.read_table("discover", "catalogue.parquet")

    again = make_run()
    recorder = ReadRecorder(again.landing)
    monkeypatch.setattr(Run, "landing", recorder)
    counters = discover(again)["counters"]
    assert recorder.read == []
    assert (counters["hashed"], counters["known"], counters["files"]) == (0, 3, 3)
    assert again.read_table("discover", "catalogue.parquet").equals(first)


def test_new_files_are_read_in_parallel_and_each_gets_its_own_hash(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    two_readers = Barrier(2, timeout=30)

    class WaitingForAnotherReader(ReadRecorder):
        def chunks(self, key):
            two_readers.wait()
            return super().chunks(key)

    monkeypatch.setattr("mer_tasks.stages.discover.BATCH_SIZE", 4)
    run = make_run()
    land(run, *(f"rock/{number}.mp3" for number in range(12)))
    monkeypatch.setattr(Run, "landing", WaitingForAnotherReader(FileStore(run.landing.root)))
    discover(run)
    for track_id, sha256 in run.read_table("discover", "catalogue.parquet")[["track_id", "sha256"]].to_numpy():
        assert sha256 == hashlib.sha256(f"rock/{track_id}.mp3".encode()).hexdigest()


def test_only_new_and_changed_files_are_read_and_counted(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "rock/2.mp3", "pop/3.mp3", "pop/4.mp3", "annotations/a.csv")
    assert discover(run)["new"] == {"new": 4, "changed": 0, "gone": 0}
    run.landing.put("rock/1.mp3", b"other")
    run.landing.put("rock/2.mp3", b"rock/2.mp3")  # written again with the same content
    run.landing.put("pop/5.mp3", b"new")
    run.landing.delete("pop/3.mp3")
    manifest = discover(run)
    assert manifest["new"] == {"new": 1, "changed": 1, "gone": 1}
    assert (manifest["counters"]["hashed"], manifest["counters"]["known"]) == (3, 1)
    hashes = run.read_table("discover", "catalogue.parquet").set_index("track_id")["sha256"]
    assert hashes["1"] == hashlib.sha256(b"other").hexdigest()
    assert discover(run)["new"] == {"new": 0, "changed": 0, "gone": 0}


def test_a_run_of_one_genre_keeps_the_stored_hashes_of_other_genres(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "pop/2.mp3")
    discover(run)
    assert discover(make_run(genres="pop"))["new"] == {"new": 0, "changed": 0, "gone": 0}
    assert discover(run)["counters"]["known"] == 2


def test_two_landing_zones_with_one_store_have_separate_hashes(make_run: MakeRun, tmp_path) -> None:
    first = make_run(landing_url=(tmp_path / "first").as_uri())
    second = make_run(landing_url=(tmp_path / "second").as_uri())
    land(first, "rock/1.mp3")
    land(second, "rock/1.mp3", "rock/2.mp3")
    discover(first)
    assert discover(second)["new"] == {"new": 2, "changed": 0, "gone": 0}
    assert discover(first)["new"] == {"new": 0, "changed": 0, "gone": 0}


@pytest.mark.parametrize("content", [b"", b"not parquet"], ids=["empty", "not parquet"])
def test_a_damaged_table_of_hashes_only_makes_the_run_read_all_files_again(make_run: MakeRun, content: bytes) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    discover(run)
    (key,) = [info.key for info in run.store.list("pointers/discover/")]
    run.store.put(key, content)
    assert discover(run)["counters"]["hashed"] == 1
    assert discover(run)["counters"]["known"] == 1


def test_a_file_that_cannot_be_read_is_rejected_and_other_tracks_are_used(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3")
    (run.landing.root / "rock" / "2.mp3").symlink_to("nowhere")
    assert discover(run)["counters"]["tracks"] == 1
    (line,) = run.read_json("discover", "rejected.json")["rejected"]
    assert (line["reason"], line["track_id"], line["sha256"]) == ("unreadable", "2", None)
    assert line["detail"].endswith("rock/2.mp3: no such object")


def test_landed_parquet_lists_audio_files_of_all_genres_even_if_they_are_unusable(make_run: MakeRun) -> None:
    run = make_run(genres="rock")
    land(run, "rock/1.mp3", "rock/2.txt", "pop/3.mp3", "rock/4.mp3", "rock/4.wav")
    (run.landing.root / "rock" / "5.mp3").symlink_to("nowhere")
    discover(run)
    table = run.read_table("discover", "landed.parquet")
    assert sorted(table["key"]) == ["pop/3.mp3", "rock/1.mp3", "rock/4.mp3", "rock/4.wav", "rock/5.mp3"]


def test_a_landing_zone_that_cannot_be_reached_ends_the_stage(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    class Unreachable(ReadRecorder):
        def chunks(self, key):
            raise StoreUnavailable("away")

    run = make_run()
    land(run, "rock/1.mp3")
    monkeypatch.setattr(Run, "landing", Unreachable(FileStore(run.landing.root)))
    with pytest.raises(StoreUnavailable, match="away"):
        discover(run)


def test_mode_eval_needs_a_database(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MER_DATABASE_URL", raising=False)
    run = make_run(mode="eval")
    land(run, "rock/1.mp3")
    with pytest.raises(ConfigError, match="mode='eval' without a database: expected MER_DATABASE_URL"):
        discover(run)
