"""Write the store and the database of this version to a folder beside this file: ``python -m tests.golden.make_release``.

The folder has the name of the version. ``database.sql`` is a dump by ``pg_dump``. ``store.tar.xz`` has the objects of the store
and of its landing zone, without those that no test of a later version reads. Two models are trained on twenty generated tracks
of two genres, the second becomes champion after the first, and a third run scores one more track with it.

The folder of a version that was released is never made again: it says how stores and databases of that version really are.
"""

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mer_tasks import __version__
from mer_tasks.config import Config
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.database.migrations import bootstrap
from mer_tasks.generated_music.composer import compose
from mer_tasks.generated_music.dataset import ANNOTATIONS, Track, annotation_file, plan, simulate_listeners
from mer_tasks.generated_music.synthesis import mp3, render
from mer_tasks.local_stack.embedded_postgres import EmbeddedPostgres, programs
from mer_tasks.publishing.champion import read_champion
from mer_tasks.publishing.rollback import rollback
from mer_tasks.runs.artifacts import REPORT, TEST_DATA
from mer_tasks.runs.pipeline import run_chain
from mer_tasks.runs.run import Run
from mer_tasks.storage.base import ObjectStore
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import EMOTIFY
from tests.support.releases import ARCHIVE, DUMP, FIRST, FOLDER, NEW_TRACK, PREDICTED, SECOND, STORE_URL, pack

SEED = 1
GENRES = ("rock", "pop")
TRACKS_PER_GENRE = 10
SECONDS = 5.0
QUICK = {"segment_seconds": 1.0, "validation_fraction": 0.2, "test_fraction": 0.3}
LEFT_OUT = (REPORT, TEST_DATA, "hashes.parquet")
"""Ends of keys of objects that are large, or are made again."""


def sound(track: Track) -> bytes:
    """Make the MP3 file of a track, with one channel; every two tracks have an artist."""
    random = np.random.default_rng([SEED, int(track.track_id)])
    samples = render(compose(track.genre, track.cues, SECONDS, random), random).mean(axis=1, keepdims=True)
    return mp3(samples, f"Generated {track.genre} {int(track.track_id) // 2}")


def land(landing: ObjectStore) -> Track:
    """Fill the landing zone, and return one more track, which is not landed yet."""
    tracks = [track for track in plan(SEED, TRACKS_PER_GENRE + 1, EMOTIFY) if track.genre in GENRES]
    *landed, new = tracks
    for track in landed:
        landing.put(track.key, sound(track))
    landing.put(ANNOTATIONS, annotation_file(simulate_listeners(landed, SEED, EMOTIFY), EMOTIFY))
    return new


def publish_runs(places: dict[str, Any]) -> list[Run]:
    """Publish the three runs, and return them."""
    first = Run(Config.load({**places, **QUICK, "epochs": 2, "learning_rate": 1e-4}), FIRST)
    second = Run(Config.load({**places, **QUICK, "learning_rate": 0.01, "compare_balance": True}), SECOND)
    predicted = Run(Config.load({**places, "mode": "predict"}), PREDICTED)
    new = land(first.landing)
    for run in (first, second):
        run_chain(run)
        champion = read_champion(places["database_url"])
        if champion is None or champion.run_id != run.run_id:  # the rule may have refused so small a model
            rollback(Config.load(places), run.run_id, "make_release")
    predicted.landing.put(f"{new.genre}/{NEW_TRACK}.mp3", sound(new))
    run_chain(predicted)
    return [first, second, predicted]


def kept(runs: list[Run]) -> Iterator[str]:
    """Yield the keys of the objects that the archive has: of features, those with which a run can be reproduced."""
    features = set()
    for run in runs:
        tracks = load_corpus(run).tracks
        if run.config.mode == "train":
            split = run.read_table("split", "split.parquet")
            tracks = tracks[tracks["track_id"].isin(split.loc[split["part"] == "test", "track_id"])]
        features |= {*tracks["features_key"]}
    for info in runs[0].store.list():
        if info.key in features or not (info.key.startswith("blobs/") or info.key.endswith(LEFT_OUT)):
            yield info.key


def dump_of(url: str) -> str:
    """Dump a database as SQL, without owners and without the commands of psql."""
    command = [str(programs() / "pg_dump"), "--no-owner", "--rows-per-insert=500", url.replace("+psycopg2", "")]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return "".join(line for line in text.splitlines(keepends=True) if not line.startswith(("\\restrict", "\\unrestrict")))


def main() -> None:
    target = FOLDER / __version__
    if target.exists():
        sys.exit(f"{target}: exists, expected a version without a folder: that of a released version is never made again")
    folder = Path(tempfile.mkdtemp(prefix="mer-release-"))
    postgres = EmbeddedPostgres(folder / "postgres")
    store = FileStore(folder / "store")
    try:
        postgres.start()
        urls = bootstrap(postgres.url(), label_set=EMOTIFY)
        runs = publish_runs({"store_url": store.url, "scratch_dir": folder / "scratch", "database_url": urls["mer_writer"]})
        target.mkdir()
        pack(store, [*kept(runs)], target / ARCHIVE)
        (target / DUMP).write_text(dump_of(postgres.url("mer")).replace(store.url, STORE_URL), encoding="utf-8")
    finally:
        postgres.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
