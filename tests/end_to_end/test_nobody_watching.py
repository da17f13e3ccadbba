"""Run the platform unattended with Airflow's real processes: music lands, then models, decisions and predictions follow.

Both tests use one running stack, and each lands its own music. With ``MER_TEST_EMOTIFY`` the music is real: 150 tracks are in
the landing zone at the start, and twice 20 tracks with annotations and 5 without land later. Without this variable, a smaller
amount of music is generated.
"""

import csv
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest

from mer_tasks.errors import ObjectMissing, TransientError
from mer_tasks.generated_music.dataset import generate
from mer_tasks.local_stack.airflow_api import AirflowApi
from mer_tasks.local_stack.services import Services
from mer_tasks.local_stack.settings import StackSettings
from mer_tasks.storage import open_store
from mer_tasks.storage.label_files import read_label_set
from tests.support.ports import free_port
from tests.support.postgres import rows

pytestmark = [pytest.mark.processes, pytest.mark.timeout(3000)]

EMOTIFY = os.environ.get("MER_TEST_EMOTIFY")
SECONDS = 1500
"""Time limit that is far longer than a run takes."""
SETTLE = 4
QUIET = 3 * SETTLE + 10
"""The test concludes that nothing more will happen after this many seconds without a new run."""
ENDED = ("success", "failed")
DECISIONS = """
SELECT outcome, decided_by, challenger, champion, baseline, difference, low, high, tracks
FROM mer.promotions ORDER BY decided_at
"""
DECODED = "SELECT sum(value) FROM mer.stage_counters WHERE counter = 'decoded'"
SERVED = "SELECT track_id, count(*) FROM mer.current_predictions WHERE by_champion AND present GROUP BY track_id"
WATCH = {"MER_WATCH": "on", "MER_WATCH_SETTLE_SECONDS": str(SETTLE), "MER_WATCH_POLL_SECONDS": "1"}


@dataclass
class Lot:
    """Tracks that land together, with and without annotations."""

    annotated: list[str]
    unannotated: list[str]

    @property
    def keys(self) -> list[str]:
        return [*self.annotated, *self.unannotated]


@dataclass
class Music:
    """Music of which one part is in the landing zone from the start, and the rest lands later, lot by lot.

    Attributes
    ----------
    source, landing : Path
        Folder that the music is copied from, and the landing zone.
    first : list of str
        Files that are in the landing zone from the start.
    later : list of Lot
        Files that land later.
    landed : list of str
        Files that are in the landing zone.
    """

    source: Path
    landing: Path
    first: list[str]
    later: list[Lot]
    landed: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, source: Path, landing: Path, lots: int, annotated: int, unannotated: int) -> "Music":
        keys = sorted(str(path.relative_to(source)) for path in source.glob("*/*") if path.parent.name != "annotations")
        random.Random(0).shuffle(keys)
        later = [Lot([keys.pop() for _ in range(annotated)], [keys.pop() for _ in range(unannotated)]) for _ in range(lots)]
        return cls(source, landing, keys, later)

    def land(self, keys: list[str]) -> None:
        """Copy files into the landing zone as a person would: they grow while they are copied."""
        for key in keys:
            (self.landing / key).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self.source / key, self.landing / key)
        self.landed += keys

    def annotate(self, name: str, keys: list[str]) -> None:
        tracks = {Path(key).stem for key in keys}
        for path in sorted((self.source / "annotations").glob("*.csv")):
            with open(path, newline="") as rows:
                head, *lines = csv.reader(rows)
            target = self.landing / "annotations" / f"{name}-{path.name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "w", newline="") as file:
                csv.writer(file).writerows([head, *(line for line in lines if line[0].strip() in tracks)])


class Platform:
    """A running stack, which the tests observe through Airflow's API and SQL."""

    def __init__(self, services: Services) -> None:
        self.services = services

    def runs(self, api: AirflowApi, dag: str) -> list[dict[str, Any]]:
        return [run for run in api.runs(dag) if run["run_type"] != "manual"]

    def wait_for(self, wanted: Callable[[AirflowApi], Any], what: str) -> Any:
        deadline = time.monotonic() + SECONDS
        with self.services.api() as api:
            while time.monotonic() < deadline:
                try:
                    if result := wanted(api):
                        return result
                except (ObjectMissing, TransientError):  # components that were killed are starting again
                    pass
                time.sleep(1)
        pytest.fail(f"no {what} after {SECONDS} s")

    def wait_for_runs(self, dag: str, count: int) -> list[dict[str, Any]]:
        """Wait until `count` runs have ended, and check that all of them succeeded."""

        def ended(api: AirflowApi) -> list[dict[str, Any]]:
            runs = self.runs(api, dag)
            return runs if sum(run["state"] in ENDED for run in runs) >= count else []

        runs: list[dict[str, Any]] = self.wait_for(ended, f"{count} runs of {dag}")
        assert [run["state"] for run in runs] == ["success"] * count, runs
        return runs

    def wait_for_task(self, dag: str, count: int, task: str) -> None:
        """Wait until there are `count` runs and `task` of the latest one has succeeded."""

        def succeeded(api: AirflowApi) -> bool:
            runs = self.runs(api, dag)
            if len(runs) < count:
                return False
            tasks = api.task_instances(dag, max(runs, key=lambda run: str(run["queued_at"]))["dag_run_id"])
            return any(each["task_id"] == task and each["state"] == "success" for each in tasks)

        self.wait_for(succeeded, f"{task} of run {count} of {dag}")

    def trained(self) -> int:
        """Count the training runs until now."""
        with self.services.api() as api:
            return len(self.runs(api, "mer_train"))

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return rows(self.services.database_url("mer_reader"), statement, *values)

    def kill(self, name: str) -> None:
        """Kill a component and all processes that it started, without a signal that they could handle."""
        process = self.services.processes.get(name)
        assert process
        for each in [*process.children(recursive=True), process]:
            with suppress(psutil.NoSuchProcess):
                each.kill()
        psutil.wait_procs([process], timeout=30)

    def start(self, *names: str) -> None:
        environment = self.services.environment()
        for name in names:
            self.services.start_component(name, environment)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if EMOTIFY:
        return Path(EMOTIFY)
    folder = tmp_path_factory.mktemp("music")
    generate(open_store(folder.as_uri()), read_label_set(None), tracks_per_genre=28, seconds=5)
    for genre in ("electronic", "pop"):  # two genres are enough for a fan-out, and each one more starts nine processes
        shutil.rmtree(folder / genre)
    return folder


@pytest.fixture(scope="module")
def music(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Music:
    return Music.of(source, tmp_path_factory.mktemp("landing"), 2, *((20, 5) if EMOTIFY else (5, 2)))


@pytest.fixture(scope="module")
def platform(music: Music, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """A running stack that has trained a first model on the first music."""
    music.land(music.first)
    music.annotate("first", music.first)
    folder = tmp_path_factory.mktemp("stack")
    services = Services(StackSettings(folder / "state", free_port(), landing=music.landing.as_uri()))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WATCH.items():
            patch.setenv(name, value)
        services.start(keep=True)
        try:
            platform = Platform(services)
            platform.wait_for_runs("mer_train", 1)
            platform.wait_for_runs("mer_predict", 1)
            yield platform
        finally:
            services.stop()


def check(platform: Platform, music: Music, lot: Lot, runs: int) -> None:
    """Check what followed when `lot` landed: one retraining, number `runs` of all, one decision, and predictions of all tracks.

    No file was decoded twice.
    """
    time.sleep(QUIET)
    trained = platform.wait_for_runs("mer_train", runs)
    platform.wait_for_runs("mer_predict", runs)
    names = [run["dag_run_id"] for run in trained]
    assert platform.query("SELECT count(*) FROM mer.runs WHERE mode = 'train'") == [(runs,)], names
    decisions = platform.query(DECISIONS)
    assert len(decisions) == runs
    first, *_, last = decisions
    assert first[:2] == ("promoted", "rule")
    assert first[2] > first[4]
    assert last[0] in ("promoted", "kept")
    assert last[1] == "rule"
    assert last[5] == pytest.approx(last[2] - last[3])
    assert last[6] <= last[5] <= last[7]
    assert last[8] > 0
    assert platform.query(DECODED) == [(len(music.landed),)]
    served = platform.query(SERVED)
    assert dict(served) == {Path(key).stem: 9 for key in music.landed}
    tracks = [Path(key).stem for key in lot.unannotated]
    assert platform.query("SELECT count(DISTINCT track_id) FROM mer.annotations WHERE track_id = ANY(%s)", tracks) == [(0,)]


def test_new_music_is_trained_on_evaluated_and_scored(platform: Platform, music: Music) -> None:
    lot, runs = music.later[0], platform.trained() + 1
    music.land(lot.keys)
    music.annotate("later", lot.annotated)
    check(platform, music, lot, runs)


def test_killing_triggerer_and_scheduler_changes_nothing(platform: Platform, music: Music) -> None:
    lot, runs = music.later[1], platform.trained() + 1
    half = len(lot.keys) // 2
    music.land(lot.keys[:half])
    time.sleep(SETTLE / 2)  # the watcher has noticed the change, but still waits for the landing zone to settle
    platform.kill("triggerer")
    platform.kill("scheduler")
    music.land(lot.keys[half:])
    music.annotate("latest", lot.annotated)
    platform.start("triggerer", "scheduler")
    platform.wait_for_task("mer_train", runs, "split")
    platform.kill("triggerer")
    platform.kill("scheduler")
    platform.start("triggerer", "scheduler")
    check(platform, music, lot, runs)
