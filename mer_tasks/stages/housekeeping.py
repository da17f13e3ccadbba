"""Stage ``housekeeping``: delete objects from the object store that nothing needs any more.

Input: the rows in Postgres, which name what is published, and a listing of the store. Output: a store with fewer objects, and
``report.json``, which says what was deleted and why. Three kinds of objects are deleted, each after a number of days without a
change:

- ``blob``: features and reformatted audio whose content is in no published run or cross-validation. Also features of published
  content, if no published run with this content uses features that were made in this way.
- ``artifact``: objects of a published run that no later stage reads. These are the test data, the checkpoints, and what a
  comparison, a canary or the trials of a cross-validation wrote in addition to their results. All artifacts of the champion's
  run are kept.
- ``failed_run``: all objects of a run that was never published.

Models, thresholds, splits, labels, predictions, reports and manifests of published runs are kept, with the blobs of their
content. So every published prediction can still be explained and computed again. The blobs that the reports of a
cross-validation name are kept, and it can be resumed. A run in progress has changed recently, so it is kept, with the blobs
that it uses.

Blobs are deleted in batches. Before each batch the reports are listed again, so blobs that a new run uses meanwhile are not
deleted. A new run can lose a blob only in the short time between this listing and the end of the batch: its report of
`reformat` appears after the listing, and its stage `features` finds the blob before it is deleted. The stage that reads the
blob then fails with ObjectMissing, which names the blob. If the tasks from `features` on are cleared, the run makes the blob
again. Blobs that are missing earlier are no problem: `reformat` and `features` make them.

An object counts as recent if it has no date or a date in the future. The present time is the earlier one of two clocks: that
of this machine and that of the database. Rows in Postgres are not changed.

A store must belong to one database, because objects that only another database names would be deleted. So this stage refuses
to start if the database has published nothing of the store.
"""

import itertools
import logging
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.runs.artifacts import HOUSEKEEPING
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.housekeeping_config import HousekeepingConfig
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.storage.base import ObjectInfo

logger = logging.getLogger(__name__)

STAGE = "housekeeping"
DAY = 86_400
MAX_REPORTED = 1_000
"""Largest number of objects that the report names; further objects are only counted."""
SUB_RUNS = ("comparison", "canary", "crossval")
"""Stages that have sub-runs in folders below their own documents."""
ARTIFACTS = re.compile(
    rf"runs/[^/]+/(?:evaluate/test_data/.*|train/(?:epoch-.*|checkpoint\.json)|folds/summaries\.npz|(?:{'|'.join(SUB_RUNS)})/.+/.*)"
)
"""Keys of objects that no stage reads after their run is published."""
BLOB = re.compile(r"blobs/([^/]+)/([^/]+)/[0-9a-f]{2}/([0-9a-f]{64})\.\w+")
"""Stage, digest of the recipe and sha256 of the content, in the key of a blob or of its sidecar."""
BATCH = 500
"""Number of blobs that are deleted after each listing of the runs."""
REPORTS = re.compile(r"runs/([^/]+)/(reformat|features)/([^/]+)\.json")
"""Run, stage and shard, in the key of a report."""

PUBLISHED = """
SELECT run_id, model_run_id, model_key, store_url = %s,
  run_no = (SELECT run_no FROM mer.champion), extract(epoch FROM clock_timestamp())::float8
FROM mer.run
"""
CONTENTS = """
SELECT DISTINCT features_digest, sha256 FROM mer.split JOIN mer.run USING (run_no)
UNION SELECT NULL, sha256 FROM mer.rejected_audio WHERE sha256 IS NOT NULL
"""


@dataclass
class Needed:
    """Objects that published rows name or that runs in progress use.

    Attributes
    ----------
    now : float
        Present time, in seconds since 1970.
    runs : set of str
        Names of published runs, and of the runs that trained a published model.
    crossvals : set of str
        Names of published cross-validations.
    models : set of str
        Keys of published models.
    champion : str, optional
        Training run of the champion.
    contents : dict of (str or None) to set of bytes
        sha256 of needed audio files, by the digest of the recipe of the features that were made from them. Under None are files
        whose features may have any digest.
    reports : set of ObjectInfo
        Reports of `reformat` and `features` that were read, so that their content is in `contents`, or that need not be read.
    """

    now: float
    runs: set[str] = field(default_factory=set)
    crossvals: set[str] = field(default_factory=set)
    models: set[str] = field(default_factory=set)
    champion: str | None = None
    contents: dict[str | None, set[bytes]] = field(default_factory=lambda: defaultdict(set))
    reports: set[ObjectInfo] = field(default_factory=set)

    def is_old(self, info: ObjectInfo, days: float) -> bool:
        """Return whether an object was last written more than `days` ago."""
        return self.now - info.modified > days * DAY

    def needs_blob(self, key: str) -> bool:
        """Return whether a blob or sidecar is needed; an object that is neither counts as needed."""
        match = BLOB.fullmatch(key)
        if not match:
            return True
        stage = match.group(1)
        digest = match.group(2)
        sha256 = bytes.fromhex(match.group(3))
        if stage == "features":
            return any(sha256 in self.contents.get(recipe, ()) for recipe in (None, digest))
        return any(sha256 in contents for contents in self.contents.values())

    def add_contents(self, contents: Iterable[tuple[str | None, bytes]]) -> None:
        """Add needed content: pairs of the digest of the features' recipe and the sha256 of the audio file."""
        for digest, sha256 in contents:
            self.contents[digest].add(sha256)

    def needs_artifact(self, key: str) -> bool:
        """Return whether an object of a published run is needed."""
        return key in self.models or key.split("/")[1] == self.champion or not ARTIFACTS.fullmatch(key)


@dataclass
class Sweep:
    """Deletion of objects, which it counts; in a dry run it only counts.

    Attributes
    ----------
    run : Run
    dry_run : bool
    listed, deleted, freed : int
        Number of listed objects, number of deleted objects, and total size of the deleted objects in bytes.
    reasons : dict
        Number and size of the deleted objects, by reason.
    lines : list of dict
        ``key``, ``reason`` and ``bytes`` of the first deleted objects; at most ``MAX_REPORTED``.
    """

    run: Run
    dry_run: bool
    listed: int = 0
    deleted: int = 0
    freed: int = 0
    reasons: dict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(lambda: {"objects": 0, "bytes": 0}))
    lines: list[dict[str, Any]] = field(default_factory=list)

    def objects(self, prefix: str) -> Iterator[ObjectInfo]:
        """List the objects of the store whose key starts with `prefix`."""
        for info in self.run.store.list(prefix):
            self.listed += 1
            yield info

    def delete(self, infos: Iterable[ObjectInfo], reason: str) -> None:
        """Delete objects; in a dry run, only count them."""
        for info in infos:
            if not self.dry_run:
                self.run.store.delete(info.key)
            self.deleted += 1
            self.freed += info.size
            self.reasons[reason]["objects"] += 1
            self.reasons[reason]["bytes"] += info.size
            if len(self.lines) < MAX_REPORTED:
                self.lines.append({"key": info.key, "reason": reason, "bytes": info.size})


def _read_needed(run: Run) -> Needed:
    """Read from the database what published rows name."""
    if run.config.database_url is None:
        raise ConfigError("housekeeping without a database: expected MER_DATABASE_URL, which knows what is published")
    from mer_tasks.database.connection import transaction

    with transaction(run.config.database_url.get_secret_value()) as cursor:
        cursor.execute(PUBLISHED, [run.store.url])
        rows = cursor.fetchall()
        if not any(in_this_store for _, _, _, in_this_store, _, _ in rows):
            raise ConfigError(
                f"{run.store.url}: nothing of it is published in this database, expected the database in which its runs were"
                " published"
            )
        needed = Needed(min(time.time(), *(clock for *_, clock in rows)))
        for run_id, model_run_id, model_key, _, is_champion, _ in rows:
            needed.runs |= {run_id, model_run_id}
            needed.models.add(model_key)
            if is_champion:
                needed.champion = run_id
        cursor.execute("SELECT run_id FROM mer.crossval")
        needed.crossvals.update(run_id for (run_id,) in cursor)
        cursor.execute(CONTENTS)
        needed.add_contents((digest, bytes.fromhex(sha256)) for digest, sha256 in cursor)
    return needed


def _reports(infos: Iterable[ObjectInfo]) -> set[ObjectInfo]:
    """Select the reports of `reformat` and `features`."""
    return {info for info in infos if REPORTS.fullmatch(info.key)}


def _contents_in_use(run: Run, reports: Iterable[ObjectInfo]) -> Iterator[tuple[str | None, bytes]]:
    """Read the content that runs in progress use, as pairs of the digest of the features' recipe and the sha256 of the file.

    A shard whose report of `features` is not written yet is read from its report of `reformat`, and has no digest. A shard
    without any report needs no blobs yet: its stages make the blobs that are missing.
    """
    keys = {report.group(1, 3, 2): info.key for info in reports if (report := REPORTS.fullmatch(info.key))}
    for (run_id, shard, stage), key in keys.items():
        if stage == "reformat" and (run_id, shard, "features") in keys:
            continue
        with suppress(ObjectMissing):
            for track in run.read_json_key(key)["tracks"]:
                match = BLOB.fullmatch(track.get("features_key", ""))
                yield match and match.group(2), bytes.fromhex(track["sha256"])


def _sweep_runs(run: Run, config: HousekeepingConfig, needed: Needed, sweep: Sweep) -> list[str]:
    """Delete artifacts of published runs and all objects of failed runs; return the names of the failed runs."""
    failed_runs = []
    published = needed.runs | needed.crossvals
    for run_id, objects in itertools.groupby(sweep.objects("runs/"), lambda info: info.key.split("/")[1]):
        infos = list(objects)
        reports = _reports(infos)
        needed.reports |= reports
        if run_id in published:
            unneeded = (
                info for info in infos if not needed.needs_artifact(info.key) and needed.is_old(info, config.artifact_days)
            )
            sweep.delete(unneeded, "artifact")
        elif all(needed.is_old(info, config.failed_run_days) and info.key not in needed.models for info in infos):
            sweep.delete(infos, "failed_run")
            failed_runs.append(run_id)
            continue
        if run_id not in needed.runs:
            needed.add_contents(_contents_in_use(run, reports))
    return failed_runs


def _sweep_blobs(run: Run, config: HousekeepingConfig, needed: Needed, sweep: Sweep) -> None:
    """Delete the blobs that nothing needs; before each batch, add what runs use that began meanwhile."""
    unneeded = (
        info for info in sweep.objects("blobs/") if needed.is_old(info, config.blob_days) and not needed.needs_blob(info.key)
    )
    while batch := list(itertools.islice(unneeded, BATCH)):
        new_reports = _reports(run.store.list("runs/")) - needed.reports
        needed.add_contents(_contents_in_use(run, new_reports))
        needed.reports |= new_reports
        sweep.delete((info for info in batch if not needed.needs_blob(info.key)), "blob")


@reads_once
def housekeeping(run: Run) -> Manifest:
    """Delete objects of the store that nothing needs any more.

    Parameters
    ----------
    run : Run
        Its configuration is a :class:`HousekeepingConfig`.

    Raises
    ------
    ConfigError
        If there is no database, if nothing of this store is published in it, or if the configuration is that of another run.
    TransientError, AccessDenied
        When the store or the database does not answer or refuses access. Nothing is deleted without the database.
    """
    config = run.config
    if not isinstance(config, HousekeepingConfig):
        raise ConfigError(f"run {run.run_id}: its configuration is that of a run, expected the configuration of housekeeping")
    with Stopwatch() as watch:
        needed = _read_needed(run)
        sweep = Sweep(run, config.dry_run)
        failed_runs = _sweep_runs(run, config, needed, sweep)
        _sweep_blobs(run, config, needed, sweep)
        report = {"reasons": dict(sweep.reasons), "failed_runs": failed_runs, "first": sweep.lines}
        run.write_json(STAGE, HOUSEKEEPING, {"run_id": run.run_id, "dry_run": config.dry_run, **report})
    counts = {"listed": sweep.listed, "kept": sweep.listed - sweep.deleted, "deleted": sweep.deleted, "bytes": sweep.freed}
    for reason, totals in sorted(sweep.reasons.items()):
        verb = "would be deleted" if config.dry_run else "deleted"
        logger.info("%s: %d objects of %d bytes %s", reason, totals["objects"], totals["bytes"], verb)
    return run.write_manifest(STAGE, {"dry_run": config.dry_run, "counters": {**counts, **watch.counters()}})
