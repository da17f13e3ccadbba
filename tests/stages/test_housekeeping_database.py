"""Housekeeping over real published runs: what is deleted, and that every published run can still be reproduced."""

import json
import os
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.config import Config
from mer_tasks.database.connection import transaction
from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import ConfigError, DatabaseUnavailable
from mer_tasks.evaluation.reproduce import reproduce
from mer_tasks.publishing import needed_objects
from mer_tasks.publishing.needed_objects import DAY
from mer_tasks.runs.housekeeping_config import HousekeepingConfig
from mer_tasks.runs.pipeline import SHARDED, run_chain, run_shards, run_stage, stages_of
from mer_tasks.runs.run import Run
from mer_tasks.stages import housekeeping as module
from mer_tasks.stages.housekeeping import housekeeping
from mer_tasks.storage import open_store
from mer_tasks.storage.local import FileStore
from tests.support.audio_files import encoded, music
from tests.support.crossval_runs import published as published_crossval
from tests.support.published_runs import annotations_of, make_champion

TRACKS = [f"{genre}{number}" for genre in "rp" for number in range(8)]
QUICK = {"segment_seconds": 1.0, "preset": "statistics", "balance": "none", "epochs": 1, "reject_budget": 0.5}
PUBLISHED = ("r1", "r2", "e1", "p1")


def land(store: FileStore, track: str) -> None:
    """Land a track whose audio differs from that of every other track."""
    sound = encoded(music(2.5, seed=int.from_bytes(track.encode())))
    store.put(f"{'pop' if track.startswith('p') else 'rock'}/{track}.wav", sound)


def run_up_to(run: Run, last: str) -> None:
    """Run the stages of `run` up to the stage `last`."""
    stages = stages_of(run.config)
    for stage in stages[: stages.index(last) + 1]:
        run_shards(run, stage) if stage in SHARDED else run_stage(run, stage)


def set_age(folder: Path, days: float) -> None:
    """Set the date of every object in `folder` to `days` days ago."""
    then = time.time() - days * DAY
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def objects(folder: Path) -> dict[str, bytes]:
    """Read every object except the documents of housekeeping."""
    store = open_store(folder.as_uri())
    return {info.key: store.get(info.key) for info in store.list() if "/housekeeping/" not in info.key}


@pytest.fixture(scope="module")
def make(postgres, tmp_path_factory) -> Callable[..., Run]:
    """Return a function that makes runs over one store and one database."""
    urls = bootstrap(postgres.url(), "mer_house", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    folder = tmp_path_factory.mktemp("house")
    locations = {"landing_url": (folder / "landing").as_uri(), "store_url": (folder / "store").as_uri()}

    def make(run_id: str, kind: type[Config] = Config, **params) -> Run:
        values = {**locations, "scratch_dir": folder / "scratch", "database_url": urls["mer_writer"], **params}
        return Run(kind.load(values), run_id)

    return make


@pytest.fixture(scope="module")
def store_and_copy(make, tmp_path_factory) -> tuple[Path, Path]:
    """Make a store with runs, and a copy of it.

    The runs r1 and r2 trained, e1 evaluated and p1 predicted. f1 and f2 were never published. All these are a year old; y1 is
    in progress.
    """
    landing = make("any").landing
    for track in TRACKS:
        land(landing, track)
    landing.put("annotations/votes.csv", annotations_of(TRACKS[:7] + TRACKS[8:15]))
    landing.put("rock/broken.wav", b"no audio")
    run_up_to(make("r1", **QUICK), "publish")
    make_champion(make("any").config.database_url.get_secret_value(), "r1")
    run_chain(make("e1", mode="eval", model_run="r1", **QUICK))
    land(landing, "r8")
    run_chain(make("r2", **QUICK, compare_balance=True, seed=1, promotion="significant"))
    land(landing, "p8")
    run_chain(make("p1", mode="predict", reject_budget=0.5))
    for track in ("r9", "p9"):  # no run with these tracks is ever published
        land(landing, track)
    run_up_to(make("f1", **QUICK), "features")
    run_up_to(make("f2", **{**QUICK, "segment_seconds": 2.0}), "features")
    landing.delete("rock/r9.wav")
    store = make("any").store.root
    set_age(store, 365)
    run_up_to(make("y1", **QUICK), "features")  # it uses the features of p9 that the first failed run made
    return store, Path(shutil.copytree(store, tmp_path_factory.mktemp("pristine") / "store"))


@pytest.fixture
def fresh_store(store_and_copy: tuple[Path, Path]) -> Path:
    """Restore the store from its copy, and return its folder."""
    store, pristine = store_and_copy
    shutil.rmtree(store)
    shutil.copytree(pristine, store)
    return store


@pytest.fixture
def keep_house(make) -> Callable[..., dict]:
    """Return a function that runs housekeeping and returns its manifest."""
    return lambda **params: housekeeping(make("h1", HousekeepingConfig, **params))


def contents(run: Run) -> dict[str, str]:
    return dict(run.read_table("discover", "catalogue.parquet")[["track_id", "sha256"]].to_numpy().tolist())


def key_of(run: Run, track: str) -> str:
    """Read the key of the features of a pop track from the report of a run."""
    lines = run.read_json("features", "pop-1-of-1.json")["tracks"]
    return next(line["features_key"] for line in lines if line["track_id"] == track)


def test_unneeded_objects_are_deleted_and_every_published_run_can_be_reproduced(fresh_store, make, keep_house):
    sha256_by_track = contents(make("f1"))
    before = objects(fresh_store)
    dry_run = keep_house(dry_run=True)
    assert objects(fresh_store) == before
    manifest = keep_house()
    after = objects(fresh_store)
    deleted = before.keys() - after.keys()
    names = ("listed", "kept", "deleted", "bytes")
    assert {name: dry_run["counters"][name] for name in names[2:]} == {name: manifest["counters"][name] for name in names[2:]}
    assert manifest["counters"]["deleted"] == len(deleted)
    assert manifest["counters"]["bytes"] == sum(len(before[key]) for key in deleted)

    runs = {key.split("/")[1] for key in after if key.startswith("runs/")}
    assert runs == {*PUBLISHED, "y1"}
    blobs = {key for key in deleted if key.startswith("blobs/")}
    assert {key.split("/")[1] for key in blobs if sha256_by_track["r9"] in key} == {"reformat", "features"}
    assert not {key for key in blobs if "/reformat/" in key and sha256_by_track["r9"] not in key}
    used = key_of(make("y1"), "p9").split("/")[2]
    others = {key.split("/")[2] for key in blobs if "/features/" in key and sha256_by_track["r9"] not in key}
    assert len(others) == 1  # that of the run with segments of another length
    assert used not in others
    assert key_of(make("y1"), "p9") in after  # old and in no published run, but the run in progress uses it

    artifacts = {key for key in deleted if key.split("/")[1] in PUBLISHED}
    assert {key.split("/")[1] for key in artifacts} == {"r2", "e1"}  # not r1, which is champion
    assert {key.split("/")[2] for key in artifacts} == {"evaluate", "comparison"}
    assert "runs/r2/comparison/comparison.json" in after

    for run_id in PUBLISHED:
        reproduced = reproduce(make("any").config, run_id)
        assert (reproduced.same, reproduced.difference, reproduced.remade) == (True, 0, 0)
    with transaction(make("any").config.database_url.get_secret_value()) as cursor:
        cursor.execute(
            "SELECT track.track_id, replace(model_uri, %s, '') FROM mer.track, mer.explain(track.track_id)",
            [f"{make('any').store.url}/"],
        )
        explained = cursor.fetchall()
    assert {track for track, _ in explained} == {*TRACKS, "r8", "p8"}
    assert {key for _, key in explained} <= after.keys()

    again = keep_house()
    assert again["counters"]["deleted"] == 0
    assert objects(fresh_store) == after


def test_the_report_names_deleted_objects_and_reasons(fresh_store, make, keep_house):
    keep_house(dry_run=True, artifact_days=400)
    report = make("h1").read_json("housekeeping", "report.json")
    assert report["dry_run"]
    assert sorted(report["failed_runs"]) == ["f1", "f2"]
    assert set(report["reasons"]) == {"blob", "failed_run"}
    first = report["first"][0]
    assert (first["reason"], first["key"].split("/")[1]) == ("failed_run", "f1")
    assert first["bytes"] == (fresh_store / first["key"]).stat().st_size
    assert report["reasons"]["failed_run"]["objects"] == sum(line["reason"] == "failed_run" for line in report["first"])


def test_the_command_lists_objects_in_a_dry_run_and_otherwise_deletes_them(fresh_store, make, monkeypatch):
    config = make("any").config
    monkeypatch.setenv("MER_STORE_URL", config.store_url)
    monkeypatch.setenv("MER_DATABASE_URL", config.database_url.get_secret_value())
    before = objects(fresh_store)
    dry_run_output = (
        CliRunner().invoke(app, ["housekeeping", "--dry-run", "--artifact-days", "400"], catch_exceptions=False).stdout
    )
    assert re.search(r"^blob: \d+ objects, \d+ bytes$", dry_run_output, re.MULTILINE)
    assert "artifact" not in dry_run_output
    assert re.search(
        rf"^\d+ of \d+ objects would be deleted: {re.escape(config.store_url)}/runs/housekeeping-", dry_run_output, re.MULTILINE
    )
    assert objects(fresh_store) == before
    output = CliRunner().invoke(app, ["housekeeping", "--artifact-days", "400"], catch_exceptions=False).stdout
    assert output.splitlines()[:-1] == dry_run_output.splitlines()[:-1]
    assert len(before.keys() - objects(fresh_store).keys()) == int(
        re.search(r"^(\d+) of \d+ objects deleted", output, re.MULTILINE)[1]
    )


def test_objects_that_are_younger_than_the_limits_stay(fresh_store, keep_house):
    before = objects(fresh_store)
    assert keep_house(blob_days=366, artifact_days=366, failed_run_days=366)["counters"]["deleted"] == 0
    (fresh_store / "runs/f1/discover/manifest.json").touch()  # a run with one recent object may be in progress
    keep_house(blob_days=366, artifact_days=366)
    deleted = {key.split("/")[1] for key in before.keys() - objects(fresh_store).keys()}
    assert deleted == {"f2"}


def test_blobs_that_a_run_in_progress_may_use_soon_stay(fresh_store, make, keep_house):
    run = make("y1")
    run.store.delete(run.key("features", "pop-1-of-1.json"))
    before = objects(fresh_store)
    keep_house()
    deleted = {key for key in before.keys() - objects(fresh_store).keys() if key.startswith("blobs/")}
    sha256_by_track = contents(run)
    assert not [key for key in deleted for track in sha256_by_track if track.startswith("p") and sha256_by_track[track] in key]
    assert [key for key in deleted if sha256_by_track["r1"] in key]


@pytest.mark.parametrize("before", [None, "discover"])
def test_blobs_stay_if_a_run_that_begins_during_the_deletion_uses_them(before, fresh_store, make, keep_house, monkeypatch):
    shutil.rmtree(fresh_store / "runs/y1")
    run = make("y2", **QUICK)
    if before:
        run_up_to(run, before)
    old = key_of(make("f1"), "p9")
    delete = FileStore.delete
    begun = []

    def delete_and_begin_run(store, key):
        if key.startswith("blobs/") and Path(key).stem != Path(old).stem and not begun:
            begun.append(store.exists(old))
            run_up_to(run, "features")
        delete(store, key)

    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(FileStore, "delete", delete_and_begin_run)
    keep_house()
    assert len(begun) == 1
    used = [line["features_key"] for line in run.read_json("features", "pop-1-of-1.json")["tracks"]]
    assert old in used
    assert [key for key in used if not run.store.exists(key)] == []


def test_blobs_leave_a_batch_if_a_run_that_begins_before_its_deletion_uses_them(fresh_store, make, keep_house, monkeypatch):
    shutil.rmtree(fresh_store / "runs/y1")
    run = make("y2", **QUICK)
    old = key_of(make("f1"), "p9")
    list_objects = FileStore.list
    begun = []

    def list_and_begin_run(store, prefix="", left_out=None):
        yield from list_objects(store, prefix, left_out)
        if prefix == "blobs/":
            begun.append(store.exists(old))
            run_up_to(run, "features")

    monkeypatch.setattr(FileStore, "list", list_and_begin_run)
    keep_house()
    assert begun == [True]
    assert key_of(run, "p9") == old
    assert run.store.exists(old)


def test_the_blobs_of_a_published_crossval_stay(fresh_store, make, keep_house):
    shutil.rmtree(fresh_store / "runs/y1")
    (fresh_store / "runs/f1").rename(fresh_store / "runs/c1")
    published_crossval(fresh_store, make("any").config.database_url.get_secret_value())
    old = key_of(make("c1"), "p9")
    keep_house()
    assert make("any").store.exists(old)


def test_a_clock_that_is_ahead_and_objects_with_future_dates_delete_nothing(fresh_store, keep_house, monkeypatch):
    set_age(fresh_store, 1)
    before = objects(fresh_store)
    monkeypatch.setattr(needed_objects.time, "time", lambda: 4e9)
    assert keep_house()["counters"]["deleted"] == 0
    monkeypatch.undo()
    set_age(fresh_store, -3650)
    assert keep_house(blob_days=0, artifact_days=0, failed_run_days=1)["counters"]["deleted"] == 0
    assert objects(fresh_store) == before


def test_audio_that_a_published_run_rejected_is_not_decoded_again(fresh_store, make, keep_house):
    keep_house()
    run = make("r3", **QUICK)
    run_stage(run, "discover")
    assert sum(manifest["counters"]["decoded"] for manifest in run_shards(run, "reformat")) == 0


def test_housekeeping_refuses_to_run_without_the_database_of_the_store(store_and_copy, tmp_path, make, keep_house):
    url = (tmp_path / "store").as_uri()
    store = open_store(url)
    store.put("runs/f1/discover/manifest.json", b"{}")
    set_age(tmp_path / "store", 365)
    with pytest.raises(ConfigError, match="expected MER_DATABASE_URL"):
        keep_house(store_url=url, database_url=None)
    with pytest.raises(ConfigError, match="store: nothing of it is published in this database, expected the database in which"):
        keep_house(store_url=url)
    with pytest.raises(ConfigError, match="its configuration is that of a run, expected the configuration of housekeeping"):
        housekeeping(make("h1"))
    assert store.exists("runs/f1/discover/manifest.json")


def test_nothing_is_deleted_if_the_database_does_not_answer(fresh_store, keep_house):
    before = objects(fresh_store)
    with pytest.raises(DatabaseUnavailable):
        keep_house(database_url="postgresql+psycopg2://mer_writer:x@127.0.0.1:1/mer")
    assert objects(fresh_store) == before


def test_a_mode_in_the_environment_is_ignored(monkeypatch):
    monkeypatch.setenv("MER_MODE", "predict")
    monkeypatch.setenv("MER_BLOB_DAYS", "7")
    config = HousekeepingConfig.load()
    assert (config.mode, config.blob_days) == ("train", 7)
    assert json.loads(json.dumps(config.values()))["dry_run"] is False
