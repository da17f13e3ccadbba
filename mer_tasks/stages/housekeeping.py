"""Stage ``housekeeping``: what nothing needs any more goes from the object store.

In: what the rows in Postgres point at, and a listing of the store. Out: fewer objects, and ``report.json`` with what went and
why. Three things go, each after so many days without a change:

- ``blob``: features and reformatted audio of content that is in no published run or crossval, and features that were made
  otherwise than those of any of these with that content;
- ``artifact``: of a published run what no later stage reads: the test data, checkpoints, and what a comparison, a canary or the
  trials of a crossval left beside their results. The champion's run keeps all of it;
- ``failed_run``: all of a run that was never published.

Models, thresholds, splits, labels, predictions, reports and manifests of published runs stay, with the blobs of their content:
every published prediction can still be explained and made again. A crossval keeps the blobs that its reports name, and can be
resumed. A run in progress is young, and what it uses is kept with it.

Blobs go in batches, and before each batch the reports are listed again: what a run that began meanwhile uses does not go. Only
a run whose report of `reformat` appears after that look, and whose `features` finds a blob of the batch before it goes, loses
that blob: a window of one listing and one batch. What reads the blob fails then with ObjectMissing, which names it; cleared
from `features` on, the run makes it again. Whatever is missing before, `reformat` and `features` make.

What is dated in the future, or without a date, is young, and of two clocks, this machine's and the database's, the earlier one
counts. Rows in Postgres stay as they are.

A store must belong to one database: what only another one points at would go. So this stage refuses to begin where the database
has published nothing of the store.
"""

import itertools
import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import Field, model_validator

from mer_tasks.config import Config, Decides, deciding
from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.runs.artifacts import HOUSEKEEPING
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.storage.base import ObjectInfo

logger = logging.getLogger(__name__)

STAGE = "housekeeping"
DAY = 86_400
NAMED = 1_000
"""So many objects are named in the report; the others are counted."""
OMITTED = tuple(name for name in Config.model_fields if name not in deciding("places"))
"""Fields that mean nothing here."""
SUB_RUNS = ("comparison", "canary", "crossval")
"""Stages that have runs of their own below them; what is their own lies beside those."""
ARTIFACTS = re.compile(
    rf"runs/[^/]+/(?:evaluate/test_data/.*|train/(?:epoch-.*|checkpoint\.json)|folds/summaries\.npz|(?:{'|'.join(SUB_RUNS)})/.+/.*)"
)
"""Keys of what no stage reads once a run is published."""
BLOB = re.compile(r"blobs/([^/]+)/([^/]+)/[0-9a-f]{2}/([0-9a-f]{64})\.\w+")
"""Stage, digest and content of a blob or its sidecar."""
BATCH = 500
"""So many blobs go after one look at the runs."""
REPORTS = re.compile(r"runs/([^/]+)/(reformat|features)/([^/]+)\.json")
"""Run, stage and shard of a report."""

PUBLISHED = """
SELECT run_id, model_run_id, model_key, store_url = %s,
  run_no = (SELECT run_no FROM mer.champion), extract(epoch FROM clock_timestamp())::float8
FROM mer.run
"""
CONTENTS = """
SELECT DISTINCT features_digest, sha256 FROM mer.split JOIN mer.run USING (run_no)
UNION SELECT NULL, sha256 FROM mer.rejected_audio WHERE sha256 IS NOT NULL
"""


class HousekeepingConfig(Config):
    """The configuration of housekeeping: how long things are kept."""

    dry_run: Annotated[bool, Decides("keeping")] = Field(False, description="Only say what would go.")
    blob_days: Annotated[float, Decides("keeping")] = Field(
        30, ge=0, le=36_500, description="Features and audio that no published run uses go after so many days."
    )
    artifact_days: Annotated[float, Decides("keeping")] = Field(
        90, ge=0, le=36_500, description="Test data, checkpoints and trials of published runs go after so many days."
    )
    failed_run_days: Annotated[float, Decides("keeping")] = Field(
        30, ge=1, le=36_500, description="Runs that were never published go after so many days without a change."
    )

    @model_validator(mode="before")
    @classmethod
    def _of_no_mode(cls, values: Any) -> Any:
        """Nothing is trained or scored, whatever the environment says of runs."""
        return {**values, "mode": "train"}


@dataclass
class Needed:
    """What published rows point at, and what runs in progress use.

    Attributes
    ----------
    now : float
        Seconds since 1970.
    runs, crossvals : set of str
        Names of published runs with those that fitted a published model, and of published crossvals.
    models : set of str
        Keys of models.
    champion : str, optional
        Training run of the champion.
    contents : dict of (str or None) to set of bytes
        sha256 of audio, by the digest of the features that were made of it; under None where any may have been.
    reports : set of ObjectInfo
        Reports of `reformat` and `features` whose content is among these, or does not count.
    """

    now: float
    runs: set[str] = field(default_factory=set)
    crossvals: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    champion: str | None = None
    contents: dict[str | None, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    reports: set[ObjectInfo] = field(default_factory=set)

    def old(self, info: ObjectInfo, days: float) -> bool:
        """Whether an object was written before so many days."""
        return self.now - info.modified > days * DAY

    def blob(self, key: str) -> bool:
        """Whether a blob or sidecar is needed; what is none is."""
        named = BLOB.fullmatch(key)
        if not named:
            return True
        stage, digest, sha256 = named.group(1), named.group(2), bytes.fromhex(named.group(3))
        if stage == "features":
            return any(sha256 in self.contents.get(made, ()) for made in (None, digest))
        return any(sha256 in contents for contents in self.contents.values())

    def add(self, contents: Iterable[tuple[str | None, bytes]]) -> None:
        """Count more content, each with the digest of its features, as needed."""
        for digest, sha256 in contents:
            self.contents[digest].add(sha256)

    def artifact(self, key: str) -> bool:
        """Whether an object of a published run is needed."""
        return key in self.models or key.split("/")[1] == self.champion or not ARTIFACTS.fullmatch(key)


@dataclass
class Sweep:
    """Takes objects away, or in a dry run does as if; counts them.

    Attributes
    ----------
    run : Run
    dry_run : bool
    listed, deleted, freed : int
        Objects that were looked at, those that went, and their bytes.
    reasons : dict
        The last two by reason.
    lines : list of dict
        ``key``, ``reason`` and ``bytes`` of the first ones.
    """

    run: Run
    dry_run: bool
    listed: int = 0
    deleted: int = 0
    freed: int = 0
    reasons: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: {"objects": 0, "bytes": 0}))
    lines: list[dict[str, Any]] = field(default_factory=list)

    def objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects of the store whose key starts with `prefix`."""
        for info in self.run.store.list(prefix):
            self.listed += 1
            yield info

    def drop(self, infos: Iterable[ObjectInfo], reason: str) -> None:
        """Take objects away."""
        for info in infos:
            if not self.dry_run:
                self.run.store.delete(info.key)
            self.deleted += 1
            self.freed += info.size
            self.reasons[reason]["objects"] += 1
            self.reasons[reason]["bytes"] += info.size
            if len(self.lines) < NAMED:
                self.lines.append({"key": info.key, "reason": reason, "bytes": info.size})


def _needed(run: Run) -> Needed:
    """What published rows point at."""
    if run.config.database_url is None:
        raise ConfigError("housekeeping without a database: expected MER_DATABASE_URL, which knows what is published")
    from mer_tasks.database.connection import transaction

    with transaction(run.config.database_url.get_secret_value()) as cursor:
        cursor.execute(PUBLISHED, [run.store.url])
        rows = cursor.fetchall()
        if not any(here for _, _, _, here, _, _ in rows):
            raise ConfigError(
                f"{run.store.url}: nothing of it is published in this database, expected that in which its runs were published"
            )
        found = Needed(min(time.time(), *(clock for *_, clock in rows)))
        for run_id, model_run_id, model_key, _, crowned, _ in rows:
            found.runs |= {run_id, model_run_id}
            found.models.add(model_key)
            if crowned:
                found.champion = run_id
        cursor.execute("SELECT run_id FROM mer.crossval")
        found.crossvals.update(run_id for (run_id,) in cursor)
        cursor.execute(CONTENTS)
        found.add((digest, bytes.fromhex(sha256)) for digest, sha256 in cursor)
    return found


def _reports(infos: Iterable[ObjectInfo]) -> set[ObjectInfo]:
    return {info for info in infos if REPORTS.fullmatch(info.key)}


def _used(run: Run, reports: Iterable[ObjectInfo]) -> Iterator[tuple[str | None, bytes]]:
    """Content that runs in progress need, with the digest of its features: from the reports of `features`, and where that is
    under way from those of `reformat`. Before, whatever is missing is made.
    """
    found = {report.group(1, 3, 2): info.key for info in reports if (report := REPORTS.fullmatch(info.key))}
    for (run_id, shard, stage), key in found.items():
        if stage == "reformat" and (run_id, shard, "features") in found:
            continue
        with suppress(ObjectMissing):
            for track in run.read_json_key(key)["tracks"]:
                named = BLOB.fullmatch(track.get("features_key", ""))
                yield named and named.group(2), bytes.fromhex(track["sha256"])


def _sweep_runs(run: Run, config: HousekeepingConfig, needed: Needed, sweep: Sweep) -> list[str]:
    """Returns the names of the runs that went."""
    gone, published = [], needed.runs | needed.crossvals
    for run_id, found in itertools.groupby(sweep.objects("runs/"), lambda info: info.key.split("/")[1]):
        infos = list(found)
        reports = _reports(infos)
        needed.reports |= reports
        if run_id in published:
            idle = (info for info in infos if not needed.artifact(info.key) and needed.old(info, config.artifact_days))
            sweep.drop(idle, "artifact")
        elif all(needed.old(info, config.failed_run_days) and info.key not in needed.models for info in infos):
            sweep.drop(infos, "failed_run")
            gone.append(run_id)
            continue
        if run_id not in needed.runs:
            needed.add(_used(run, reports))
    return gone


def _sweep_blobs(run: Run, config: HousekeepingConfig, needed: Needed, sweep: Sweep) -> None:
    idle = (info for info in sweep.objects("blobs/") if needed.old(info, config.blob_days) and not needed.blob(info.key))
    while batch := list(itertools.islice(idle, BATCH)):
        begun = _reports(run.store.list("runs/")) - needed.reports
        needed.add(_used(run, begun))
        needed.reports |= begun
        sweep.drop((info for info in batch if not needed.blob(info.key)), "blob")


@reads_once
def housekeeping(run: Run) -> Manifest:
    """Take away what nothing needs any more.

    Parameters
    ----------
    run : Run
        Its configuration is a :class:`HousekeepingConfig`.

    Raises
    ------
    ConfigError
        If there is no database, or none that this store was published in.
    TransientError, AccessDenied
        When the store or the database does not answer; without the database nothing goes.
    """
    config = run.config
    if not isinstance(config, HousekeepingConfig):
        raise ConfigError(f"run {run.run_id}: the configuration of a run, expected that of housekeeping")
    with Stopwatch() as watch:
        needed, sweep = _needed(run), Sweep(run, config.dry_run)
        gone = _sweep_runs(run, config, needed, sweep)
        _sweep_blobs(run, config, needed, sweep)
        report = {"reasons": dict(sweep.reasons), "failed_runs": gone, "first": sweep.lines}
        run.write_json(STAGE, HOUSEKEEPING, {"run_id": run.run_id, "dry_run": config.dry_run, **report})
    counts = {"listed": sweep.listed, "kept": sweep.listed - sweep.deleted, "deleted": sweep.deleted, "bytes": sweep.freed}
    for reason, figures in sorted(sweep.reasons.items()):
        verb = "would go" if config.dry_run else "went"
        logger.info("%s: %d objects of %d bytes %s", reason, figures["objects"], figures["bytes"], verb)
    return run.write_manifest(STAGE, {"dry_run": config.dry_run, "counters": {**counts, **watch.counters()}})
