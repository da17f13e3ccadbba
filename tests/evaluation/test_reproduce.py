"""Reproduction of published runs over real audio, also after their features were deleted from the store."""

import pytest

from mer_tasks.config import Config
from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import IntegrityError
from mer_tasks.evaluation.reproduce import reproduce
from mer_tasks.publishing.champion import read_champion
from mer_tasks.publishing.rollback import rollback
from mer_tasks.runs.pipeline import run_chain
from mer_tasks.runs.run import Run
from tests.support.audio_files import encoded, music
from tests.support.published_runs import annotations_of

TRACKS = [f"{genre}{number}" for genre in "rp" for number in range(8)]
QUICK = {"segment_seconds": 1.0, "preset": "statistics", "balance": "none", "epochs": 1, "shard_size": 3}


def key_of(track):
    return f"{'pop' if track.startswith('p') else 'rock'}/{track}.wav"


@pytest.fixture(scope="module")
def published_runs(postgres, tmp_path_factory):
    """A training run that was promoted, and a run of mode predict over new audio, with other parameters."""
    urls = bootstrap(postgres.url(), "mer_reproduce", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests"))
    folder = tmp_path_factory.mktemp("reproduce")
    connection = {
        "store_url": (folder / "store").as_uri(),
        "scratch_dir": folder / "scratch",
        "database_url": urls["mer_writer"],
    }
    trained = Run(Config.load({**connection, **QUICK}), "r1")
    for seed, track in enumerate(TRACKS):
        trained.landing.put(key_of(track), encoded(music(2.5, seed=seed)))
    trained.landing.put("annotations/votes.csv", annotations_of([track for track in TRACKS if not track.endswith("7")]))
    run_chain(trained)
    if read_champion(urls["mer_writer"]) is None:  # a model of one epoch may be too poor to be promoted
        rollback(connection_only(trained), "r1", "a test")
    for seed, track in enumerate(["r90", "r91", "r92", "r93", "p90"], start=50):
        trained.landing.put(key_of(track), encoded(music(2.5 + seed % 3, seed=seed)))
    predicting = Run(Config.load({**connection, "mode": "predict", "shard_size": 3}), "p1")
    run_chain(predicting)
    return trained, predicting


def connection_only(run):
    """Make the configuration of a command, which has only the addresses of store and database."""
    values = {name: getattr(run.config, name) for name in ("store_url", "scratch_dir", "database_url")}
    return Config.load({**values, "database_url": values["database_url"].get_secret_value()})


@pytest.mark.parametrize("which", [0, 1], ids=["train", "predict"])
def test_a_run_is_reproduced_to_the_last_bit(published_runs, which):
    run = published_runs[which]
    result = reproduce(connection_only(run), run.run_id)
    tested = (run.read_table("split", "split.parquet")["part"] == "test").sum() if which == 0 else 5
    assert (result.tracks, result.difference, result.decisions, result.remade) == (tested, 0.0, 0, 0)


@pytest.mark.parametrize("which", [0, 1], ids=["train", "predict"])
def test_deleted_features_are_computed_again_and_are_the_same(published_runs, which):
    run = published_runs[which]
    keys = [info.key for info in run.store.list("blobs/")]
    for key in keys:
        run.store.delete(key)
    result = reproduce(connection_only(run), run.run_id)
    assert result.difference == 0.0
    assert result.remade == result.tracks > 0


def test_features_that_cannot_be_computed_again_are_named(published_runs):
    run = published_runs[1]
    for info in list(run.store.list("blobs/")):
        run.store.delete(info.key)
    original = run.landing.get(key_of("r91"))
    try:
        run.landing.put(key_of("r91"), encoded(music(3, seed=99)))
        with pytest.raises(IntegrityError, match=r"run p1: the features of 1 tracks are gone .* first 'r91': changed: sha256"):
            reproduce(connection_only(run), "p1")
    finally:
        run.landing.put(key_of("r91"), original)
