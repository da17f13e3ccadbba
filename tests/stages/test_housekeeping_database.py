"""Keeping house over real published runs: what may go, and that everything that is published can still be done again."""

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
from mer_tasks.runs.pipeline import SHARDED, run_chain, run_shards, run_stage, stages_of
from mer_tasks.runs.run import Run
from mer_tasks.stages import housekeeping as module
from mer_tasks.stages.housekeeping import DAY, HousekeepingConfig, housekeeping
from mer_tasks.storage.factory import open_store
from mer_tasks.storage.local import FileStore
from tests.support.audio_files import encoded, music
from tests.support.crossval_runs import published as published_crossval
from tests.support.published_runs import annotations_of, crowned

TRACKS = [f"{genre}{number}" for genre in "rp" for number in range(8)]
QUICK = {"segment_seconds": 1.0, "preset": "statistics", "balance": "none", "epochs": 1, "reject_budget": 0.5}
PUBLISHED = ("r1", "r2", "e1", "p1")


def land(store: FileStore, track: str) -> None:
    """Land a track that sounds like no other."""
    sound = encoded(music(2.5, seed=int.from_bytes(track.encode())))
    store.put(f"{'pop' if track.startswith('p') else 'rock'}/{track}.wav", sound)


def up_to(run: Run, last: str) -> None:
    """The stages of a run up to one of them."""
    stages = stages_of(run.config)
    for stage in stages[: stages.index(last) + 1]:
        run_shards(run, stage) if stage in SHARDED else run_stage(run, stage)


def aged(folder: Path, days: float) -> None:
    """Make every object so many days old."""
    then = time.time() - days * DAY
    for path in folder.rglob("*"):
        os.utime(path, (then, then))


def objects(folder: Path) -> dict[str, bytes]:
    """Every object but what housekeeping says of itself."""
    store = open_store(folder.as_uri())
    return {info.key: store.get(info.key) for info in store.list() if "/housekeeping/" not in info.key}


@pytest.fixture(scope="module")
def make(postgres, tmp_path_factory) -> Callable[..., Run]:
    """Makes runs over one store and one database."""
    urls = bootstrap(postgres.url(), "mer_house", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests: %/@"))
    folder = tmp_path_factory.mktemp("house")
    places = {"landing_url": (folder / "landing").as_uri(), "store_url": (folder / "store").as_uri()}

    def make(run_id: str, kind: type[Config] = Config, **params) -> Run:
        values = {**places, "scratch_dir": folder / "scratch", "database_url": urls["mer_writer"], **params}
        return Run(kind.load(values), run_id)

    return make


@pytest.fixture(scope="module")
def lived(make, tmp_path_factory) -> tuple[Path, Path]:
    """A store with two training runs, one that evaluates, one that scores, and two that came to nothing, all a year old, and
    one in progress; and a copy of it.
    """
    landing = make("any").landing
    for track in TRACKS:
        land(landing, track)
    landing.put("annotations/votes.csv", annotations_of(TRACKS[:7] + TRACKS[8:15]))
    landing.put("rock/broken.wav", b"no audio")
    up_to(make("r1", **QUICK), "publish")
    crowned(make("any").config.database_url.get_secret_value(), "r1")
    run_chain(make("e1", mode="eval", model_run="r1", **QUICK))
    land(landing, "r8")
    run_chain(make("r2", **QUICK, compare_balance=True, seed=1, promotion="significant"))
    land(landing, "p8")
    run_chain(make("p1", mode="predict", reject_budget=0.5))
    for track in ("r9", "p9"):  # of which no run is ever published
        land(landing, track)
    up_to(make("f1", **QUICK), "features")
    up_to(make("f2", **{**QUICK, "segment_seconds": 2.0}), "features")
    landing.delete("rock/r9.wav")
    store = make("any").store.root
    aged(store, 365)
    up_to(make("y1", **QUICK), "features")  # it uses what the first failed run made of p9
    return store, Path(shutil.copytree(store, tmp_path_factory.mktemp("pristine") / "store"))


@pytest.fixture
def lived_in(lived: tuple[Path, Path]) -> Path:
    """That store, as it was."""
    store, pristine = lived
    shutil.rmtree(store)
    shutil.copytree(pristine, store)
    return store


@pytest.fixture
def keep(make) -> Callable[..., dict]:
    """Keeps house; returns the manifest."""
    return lambda **params: housekeeping(make("h1", HousekeepingConfig, **params))


def contents(run: Run) -> dict[str, str]:
    return dict(run.read_table("discover", "catalogue.parquet")[["track_id", "sha256"]].to_numpy().tolist())


def key_of(run: Run, track: str) -> str:
    """Key of the features of a track of pop, as a run's report names it."""
    lines = run.read_json("features", "pop-1-of-1.json")["tracks"]
    return next(line["features_key"] for line in lines if line["track_id"] == track)


def test_what_nothing_needs_goes_and_all_that_is_published_can_still_be_done_again(lived_in, make, keep):
    known = contents(make("f1"))
    before = objects(lived_in)
    would = keep(dry_run=True)
    assert objects(lived_in) == before
    done = keep()
    after = objects(lived_in)
    gone = before.keys() - after.keys()
    names = ("listed", "kept", "deleted", "bytes")
    assert {name: would["counters"][name] for name in names[2:]} == {name: done["counters"][name] for name in names[2:]}
    assert done["counters"]["deleted"] == len(gone)
    assert done["counters"]["bytes"] == sum(len(before[key]) for key in gone)

    runs = {key.split("/")[1] for key in after if key.startswith("runs/")}
    assert runs == {*PUBLISHED, "y1"}
    blobs = {key for key in gone if key.startswith("blobs/")}
    assert {key.split("/")[1] for key in blobs if known["r9"] in key} == {"reformat", "features"}
    assert not {key for key in blobs if "/reformat/" in key and known["r9"] not in key}
    used = key_of(make("y1"), "p9").split("/")[2]
    others = {key.split("/")[2] for key in blobs if "/features/" in key and known["r9"] not in key}
    assert len(others) == 1  # of the run with segments of another length
    assert used not in others
    assert key_of(make("y1"), "p9") in after  # old and published by none, but the run in progress has it

    artifacts = {key for key in gone if key.split("/")[1] in PUBLISHED}
    assert {key.split("/")[1] for key in artifacts} == {"r2", "e1"}  # r1 is champion
    assert {key.split("/")[2] for key in artifacts} == {"evaluate", "comparison"}
    assert "runs/r2/comparison/comparison.json" in after

    for run_id in PUBLISHED:
        found = reproduce(make("any").config, run_id)
        assert (found.same, found.difference, found.remade) == (True, 0, 0)
    with transaction(make("any").config.database_url.get_secret_value()) as cursor:
        cursor.execute(
            "SELECT track.track_id, replace(model_uri, %s, '') FROM mer.track, mer.explain(track.track_id)",
            [f"{make('any').store.url}/"],
        )
        explained = cursor.fetchall()
    assert {track for track, _ in explained} == {*TRACKS, "r8", "p8"}
    assert {key for _, key in explained} <= after.keys()

    again = keep()
    assert again["counters"]["deleted"] == 0
    assert objects(lived_in) == after


def test_the_report_says_what_went_and_why(lived_in, make, keep):
    keep(dry_run=True, artifact_days=400)
    report = make("h1").read_json("housekeeping", "report.json")
    assert report["dry_run"]
    assert sorted(report["failed_runs"]) == ["f1", "f2"]
    assert set(report["reasons"]) == {"blob", "failed_run"}
    one = report["first"][0]
    assert (one["reason"], one["key"].split("/")[1]) == ("failed_run", "f1")
    assert one["bytes"] == (lived_in / one["key"]).stat().st_size
    assert report["reasons"]["failed_run"]["objects"] == sum(line["reason"] == "failed_run" for line in report["first"])


def test_the_command_says_what_would_go_and_takes_it_without_dry_run(lived_in, make, monkeypatch):
    config = make("any").config
    monkeypatch.setenv("MER_STORE_URL", config.store_url)
    monkeypatch.setenv("MER_DATABASE_URL", config.database_url.get_secret_value())
    before = objects(lived_in)
    told = CliRunner().invoke(app, ["housekeeping", "--dry-run", "--artifact-days", "400"], catch_exceptions=False).stdout
    assert re.search(r"^blob: \d+ objects, \d+ bytes$", told, re.MULTILINE)
    assert "artifact" not in told
    assert re.search(rf"^\d+ of \d+ objects would go: {re.escape(config.store_url)}/runs/housekeeping-", told, re.MULTILINE)
    assert objects(lived_in) == before
    done = CliRunner().invoke(app, ["housekeeping", "--artifact-days", "400"], catch_exceptions=False).stdout
    assert done.splitlines()[:-1] == told.splitlines()[:-1]
    assert len(before.keys() - objects(lived_in).keys()) == int(re.search(r"^(\d+) of \d+ objects gone", done, re.MULTILINE)[1])


def test_what_is_younger_than_its_bound_stays(lived_in, keep):
    before = objects(lived_in)
    assert keep(blob_days=366, artifact_days=366, failed_run_days=366)["counters"]["deleted"] == 0
    (lived_in / "runs/f1/discover/manifest.json").touch()  # one young object is a run that may go on
    keep(blob_days=366, artifact_days=366)
    gone = {key.split("/")[1] for key in before.keys() - objects(lived_in).keys()}
    assert gone == {"f2"}


def test_what_a_run_in_progress_may_be_about_to_use_stays(lived_in, make, keep):
    run = make("y1")
    run.store.delete(run.key("features", "pop-1-of-1.json"))
    before = objects(lived_in)
    keep()
    gone = {key for key in before.keys() - objects(lived_in).keys() if key.startswith("blobs/")}
    known = contents(run)
    assert not [key for key in gone for track in known if track.startswith("p") and known[track] in key]
    assert [key for key in gone if known["r1"] in key]


@pytest.mark.parametrize("before", [None, "discover"])
def test_what_a_run_uses_that_begins_while_blobs_go_stays(before, lived_in, make, keep, monkeypatch):
    shutil.rmtree(lived_in / "runs/y1")
    run = make("y2", **QUICK)
    if before:
        up_to(run, before)
    old = key_of(make("f1"), "p9")
    delete, begun = FileStore.delete, []

    def going(store, key):
        if key.startswith("blobs/") and Path(key).stem != Path(old).stem and not begun:
            begun.append(store.exists(old))
            up_to(run, "features")
        delete(store, key)

    monkeypatch.setattr(module, "BATCH", 1)
    monkeypatch.setattr(FileStore, "delete", going)
    keep()
    assert len(begun) == 1
    used = [line["features_key"] for line in run.read_json("features", "pop-1-of-1.json")["tracks"]]
    assert old in used
    assert [key for key in used if not run.store.exists(key)] == []


def test_what_a_run_uses_that_begins_before_a_batch_goes_is_taken_out_of_it(lived_in, make, keep, monkeypatch):
    shutil.rmtree(lived_in / "runs/y1")
    run, old = make("y2", **QUICK), key_of(make("f1"), "p9")
    listed, begun = FileStore.list, []

    def listing(store, prefix=""):
        yield from listed(store, prefix)
        if prefix == "blobs/":
            begun.append(store.exists(old))
            up_to(run, "features")

    monkeypatch.setattr(FileStore, "list", listing)
    keep()
    assert begun == [True]
    assert key_of(run, "p9") == old
    assert run.store.exists(old)


def test_the_blobs_of_a_published_crossval_stay(lived_in, make, keep):
    shutil.rmtree(lived_in / "runs/y1")
    (lived_in / "runs/f1").rename(lived_in / "runs/c1")
    published_crossval(lived_in, make("any").config.database_url.get_secret_value())
    old = key_of(make("c1"), "p9")
    keep()
    assert make("any").store.exists(old)


def test_a_clock_that_has_jumped_ahead_and_objects_of_the_future_do_no_harm(lived_in, keep, monkeypatch):
    aged(lived_in, 1)
    before = objects(lived_in)
    monkeypatch.setattr(module.time, "time", lambda: 4e9)
    assert keep()["counters"]["deleted"] == 0
    monkeypatch.undo()
    aged(lived_in, -3650)
    assert keep(blob_days=0, artifact_days=0, failed_run_days=1)["counters"]["deleted"] == 0
    assert objects(lived_in) == before


def test_audio_that_a_published_run_rejected_is_not_decoded_again(lived_in, make, keep):
    keep()
    run = make("r3", **QUICK)
    run_stage(run, "discover")
    assert sum(manifest["counters"]["decoded"] for manifest in run_shards(run, "reformat")) == 0


def test_without_a_database_or_with_that_of_another_store_it_refuses(lived, tmp_path, make, keep):
    url = (tmp_path / "store").as_uri()
    store = open_store(url)
    store.put("runs/f1/discover/manifest.json", b"{}")
    aged(tmp_path / "store", 365)
    with pytest.raises(ConfigError, match="expected MER_DATABASE_URL"):
        keep(store_url=url, database_url=None)
    with pytest.raises(ConfigError, match="store: nothing of it is published in this database, expected that in which"):
        keep(store_url=url)
    with pytest.raises(ConfigError, match="the configuration of a run, expected that of housekeeping"):
        housekeeping(make("h1"))
    assert store.exists("runs/f1/discover/manifest.json")


def test_with_the_database_away_nothing_goes(lived_in, keep):
    before = objects(lived_in)
    with pytest.raises(DatabaseUnavailable):
        keep(database_url="postgresql+psycopg2://mer_writer:x@127.0.0.1:1/mer")
    assert objects(lived_in) == before


def test_whatever_mode_the_environment_names_nothing_is_scored(monkeypatch):
    monkeypatch.setenv("MER_MODE", "predict")
    monkeypatch.setenv("MER_BLOB_DAYS", "7")
    config = HousekeepingConfig.load()
    assert (config.mode, config.blob_days) == ("train", 7)
    assert json.loads(json.dumps(config.values()))["dry_run"] is False
