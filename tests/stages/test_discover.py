import hashlib
import os
from pathlib import Path

import pytest

from mer_tasks.errors import ConfigError, CorpusError
from mer_tasks.landing.zone import classify_files, select_genres
from mer_tasks.stages.discover import MOST_SHARDS, discover, shard_documents, shard_size
from mer_tasks.storage.base import ObjectInfo
from tests.support.landed_files import MakeRun, land, rejection_reasons


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


def test_annotation_files_are_listed_from_the_oldest_to_the_newest(make_run: MakeRun) -> None:
    run = make_run()
    land(run, "rock/1.mp3", *(f"annotations/{name}.csv" for name in "abcd"))
    for name, seconds in (("a", 3000), ("b", 1000), ("c", 2000), ("d", 1000)):
        os.utime(run.landing.fetch(f"annotations/{name}.csv", Path()), (seconds, seconds))
    assert [item["key"] for item in discover(run)["annotations"]] == [f"annotations/{name}.csv" for name in "bdca"]


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


def test_only_audio_in_the_folder_of_a_genre_is_a_track() -> None:
    assert reasons_by_key("a/1.mp3", "a/1.xyz", "a/b/1.mp3", "1.mp3") == {
        "a/1.mp3": "",
        "a/1.xyz": "unknown_extension",
        "a/b/1.mp3": "misplaced",
        "1.mp3": "misplaced",
    }


def test_a_track_id_is_case_sensitive_and_keeps_dots_and_spaces() -> None:
    assert not any(reasons_by_key("a/x.mp3", "a/X.mp3", "a/x.1.mp3", "a/ x.mp3").values())
    assert [file.track_id for file in classify_files([ObjectInfo("a/ x. 1.mp3", 1, "1")]).files] == [" x. 1"]


def test_other_files_are_rejected_in_a_genre_folder_and_ignored_elsewhere() -> None:
    rejected = ["rock/1.mid", "rock/cover", "rock/votes.csv", "rock/1.mov"]
    ignored = ["README.txt", "rock/scans/cover.jpg", "annotations/notes.txt", "annotations/old/a.csv", "a.xyz"]
    landed = classify_files(ObjectInfo(key, 1, "1") for key in rejected + ignored)
    assert {file.info.key: file.reason for file in landed.files} == dict.fromkeys(rejected, "unknown_extension")
    assert "ending '.mid', expected one of .aac .aif" in landed.files[0].detail
    assert landed.left_out.counts == {"sidecar": 3, "elsewhere": 2}
    assert landed.annotations == []


def test_hidden_files_and_folders_are_ignored() -> None:
    keys = (".DS_Store", "rock/._1.mp3", ".trash/1.mp3", "annotations/.a.csv")
    landed = classify_files(ObjectInfo(key, 1, "1") for key in keys)
    assert (landed.files, landed.annotations, landed.left_out.counts) == ([], [], {"hidden": 4})


def test_what_is_ignored_and_skipped_is_counted_and_named_once_per_kind(
    make_run: MakeRun, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    run = make_run()
    land(run, "rock/1.mp3", "rock/Thumbs.db", "rock/desktop.ini", "rock/cover.jpg", "rock/2.mp3.part", "rock/@eaDir/x.jpg")
    (tmp_path / "secret.mp3").write_bytes(b"secret")
    for number in range(7):
        (run.landing.root / "rock" / f"s{number}.mp3").symlink_to(tmp_path / "secret.mp3")
    (run.landing.root / "rock" / "up").symlink_to("..")
    os.mkfifo(run.landing.root / "rock" / "pipe.mp3")
    caplog.set_level("INFO")
    counters = discover(run)["counters"]
    assert {name: counters[name] for name in ("files", "tracks", "rejected", "ignored", "skipped")} == {
        **{"files": 1, "tracks": 1, "rejected": 0},
        **{"ignored": 5, "skipped": 9},
    }
    outside = ", ".join(f"'rock/s{number}.mp3'" for number in range(5))
    assert [record.getMessage() for record in caplog.records if record.levelname == "WARNING"] == [
        f"{run.landing.url}: 7 skipped, links that lead out of the landing zone: {outside} and 2 more",
        f"{run.landing.url}: 1 skipped, links that lead round in a circle: 'rock/up/'",
        f"{run.landing.url}: 1 skipped, pipes, sockets and devices: 'rock/pipe.mp3'",
    ]
    assert "3 ignored, system: 'rock/@eaDir/', 'rock/Thumbs.db', 'rock/desktop.ini'" in caplog.messages
    assert "1 ignored, temporary: 'rock/2.mp3.part'" in caplog.messages


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
    land(run, "rock/1.mp3", "pop/2.mp3", "pop/3.xyz", "jazz/4.mp3", "rock/5.xyz", "loose.mp3")
    manifest = discover(run)
    assert [shard["name"] for shard in manifest["shards"]] == ["jazz 1/1", "pop 1/1"]
    assert rejection_reasons(run) == {"pop/3.xyz": "unknown_extension"}
    assert manifest["counters"]["files"] == 3


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


def test_landed_parquet_lists_audio_files_of_all_genres_even_if_they_are_unusable(make_run: MakeRun) -> None:
    run = make_run(genres="rock")
    land(run, "rock/1.mp3", "rock/2.xyz", "pop/3.mp3", "rock/4.mp3", "rock/4.wav")
    (run.landing.root / "rock" / "5.mp3").symlink_to("nowhere")
    discover(run)
    table = run.read_table("discover", "landed.parquet")
    assert sorted(table["key"]) == ["pop/3.mp3", "rock/1.mp3", "rock/4.mp3", "rock/4.wav", "rock/5.mp3"]


def test_mode_eval_needs_a_database(make_run: MakeRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MER_DATABASE_URL", raising=False)
    run = make_run(mode="eval")
    land(run, "rock/1.mp3")
    with pytest.raises(ConfigError, match="mode='eval' without a database: expected MER_DATABASE_URL"):
        discover(run)
