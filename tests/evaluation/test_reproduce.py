"""Runs over real audio, whole chains, done again when what they left in the store is gone."""

import pytest

from mer_tasks.config import Config
from mer_tasks.database.migrations import bootstrap
from mer_tasks.errors import IntegrityError
from mer_tasks.evaluation.reproduce import reproduce
from mer_tasks.publishing.champion import champion
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
def chains(postgres, tmp_path_factory):
    """A training run, which was promoted, and a run of mode predict over new audio, by other params."""
    urls = bootstrap(postgres.url(), "mer_reproduce", dict.fromkeys(("mer_owner", "mer_writer", "mer_reader"), "for tests"))
    folder = tmp_path_factory.mktemp("reproduce")
    places = {"store_url": (folder / "store").as_uri(), "scratch_dir": folder / "scratch", "database_url": urls["mer_writer"]}
    trained = Run(Config.load({**places, **QUICK}), "r1")
    for seed, track in enumerate(TRACKS):
        trained.landing.put(key_of(track), encoded(music(2.5, seed=seed)))
    trained.landing.put("annotations/votes.csv", annotations_of([track for track in TRACKS if not track.endswith("7")]))
    run_chain(trained)
    if champion(urls["mer_writer"]) is None:  # whatever a model of one epoch is worth
        rollback(told(trained), "r1", "a test")
    for seed, track in enumerate(["r90", "r91", "r92", "r93", "p90"], start=50):
        trained.landing.put(key_of(track), encoded(music(2.5 + seed % 3, seed=seed)))
    predicting = Run(Config.load({**places, "mode": "predict", "shard_size": 3}), "p1")
    run_chain(predicting)
    return trained, predicting


def told(run):
    """What a command knows: where things are."""
    places = {name: getattr(run.config, name) for name in ("store_url", "scratch_dir", "database_url")}
    return Config.load({**places, "database_url": places["database_url"].get_secret_value()})


@pytest.mark.parametrize("which", [0, 1], ids=["train", "predict"])
def test_a_run_is_reproduced_to_the_last_bit(chains, which):
    run = chains[which]
    found = reproduce(told(run), run.run_id)
    tested = (run.read_table("split", "split.parquet")["part"] == "test").sum() if which == 0 else 5
    assert (found.tracks, found.difference, found.decisions, found.remade) == (tested, 0.0, 0, 0)


@pytest.mark.parametrize("which", [0, 1], ids=["train", "predict"])
def test_features_that_are_gone_are_made_again_as_they_were(chains, which):
    run = chains[which]
    keys = [info.key for info in run.store.list("blobs/")]
    for key in keys:
        run.store.delete(key)
    found = reproduce(told(run), run.run_id)
    assert found.difference == 0.0
    assert found.remade == found.tracks > 0


def test_features_that_cannot_be_made_again_are_named(chains):
    run = chains[1]
    for info in list(run.store.list("blobs/")):
        run.store.delete(info.key)
    kept = run.landing.get(key_of("r91"))
    try:
        run.landing.put(key_of("r91"), encoded(music(3, seed=99)))
        with pytest.raises(IntegrityError, match=r"run p1: the features of 1 tracks are gone .* first 'r91': changed: sha256"):
            reproduce(told(run), "p1")
    finally:
        run.landing.put(key_of("r91"), kept)
