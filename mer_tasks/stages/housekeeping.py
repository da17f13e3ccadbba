"""Stage ``housekeeping``: delete objects from the object store that nothing needs any more.

Input: the rows in Postgres, which name what is published, and a listing of the store. Output: a store with fewer objects, and
``report.json``, which says what was deleted and why. Four kinds of objects are deleted, each after a number of days without a
change:

- ``blob``: features, embeddings and reformatted audio whose content is in no published run or cross-validation. Also features
  and embeddings of published content, if no published run with this content uses some that were made in this way.
- ``artifact``: objects of a published run that no later stage reads. These are the test data, the checkpoints, and what a
  comparison, a canary or the trials of a cross-validation wrote in addition to their results. All artifacts of the champion's
  run are kept.
- ``failed_run``: all objects of a run that was never published.
- ``encoder``: the files of a pretrained encoder that no run in the store has. What ``mer encoders add`` has written is kept.

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
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from mer_tasks.errors import ConfigError
from mer_tasks.publishing.needed_objects import Needed, contents_in_use, read_needed, reports_among
from mer_tasks.runs.artifacts import ENCODER, HOUSEKEEPING
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.housekeeping_config import HousekeepingConfig
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.storage.base import ObjectInfo

logger = logging.getLogger(__name__)

STAGE = "housekeeping"
MAX_REPORTED = 1_000
"""Largest number of objects that the report names; further objects are only counted."""
BATCH = 500
"""Number of blobs that are deleted after each listing of the runs."""
ENCODER_FILE = re.compile(r"encoders/([0-9a-f]{64})/[^/]+")
"""Space of an encoder that `discover` has put into the store, in the key of one of its files."""


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


def _sweep_runs(run: Run, config: HousekeepingConfig, needed: Needed, sweep: Sweep) -> list[str]:
    """Delete artifacts of published runs and all objects of failed runs; return the names of the failed runs."""
    failed_runs = []
    published = needed.runs | needed.crossvals
    for run_id, objects in itertools.groupby(sweep.objects("runs/"), lambda info: info.key.split("/")[1]):
        infos = list(objects)
        reports = reports_among(infos)
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
            needed.add_contents(contents_in_use(run, reports))
    return failed_runs


def _sweep_blobs(run: Run, config: HousekeepingConfig, needed: Needed, sweep: Sweep) -> None:
    """Delete the blobs that nothing needs; before each batch, add what runs use that began meanwhile."""
    unneeded = (
        info for info in sweep.objects("blobs/") if needed.is_old(info, config.blob_days) and not needed.needs_blob(info.key)
    )
    while batch := list(itertools.islice(unneeded, BATCH)):
        new_reports = reports_among(run.store.list("runs/")) - needed.reports
        needed.add_contents(contents_in_use(run, new_reports))
        needed.reports |= new_reports
        sweep.delete((info for info in batch if not needed.needs_blob(info.key)), "blob")


def _sweep_encoders(run: Run, config: HousekeepingConfig, needed: Needed, sweep: Sweep, failed_runs: list[str]) -> None:
    """Delete the encoders that no run has any more."""
    old = [
        info
        for info in sweep.objects("encoders/")
        if ENCODER_FILE.fullmatch(info.key) and needed.is_old(info, config.blob_days)
    ]
    if not old:
        return
    runs = {info.key.split("/")[1] for info in run.store.list("runs/") if info.key.endswith(f"/discover/{ENCODER}")}
    spaces = {replace(run, run_id=run_id).space for run_id in runs.difference(failed_runs)}
    sweep.delete((info for info in old if info.key.split("/")[1] not in spaces), "encoder")


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
        needed = read_needed(run)
        sweep = Sweep(run, config.dry_run)
        failed_runs = _sweep_runs(run, config, needed, sweep)
        _sweep_blobs(run, config, needed, sweep)
        _sweep_encoders(run, config, needed, sweep, failed_runs)
        report = {"reasons": dict(sweep.reasons), "failed_runs": failed_runs, "first": sweep.lines}
        run.write_json(STAGE, HOUSEKEEPING, {"run_id": run.run_id, "dry_run": config.dry_run, **report})
    counts = {"listed": sweep.listed, "kept": sweep.listed - sweep.deleted, "deleted": sweep.deleted, "bytes": sweep.freed}
    for reason, totals in sorted(sweep.reasons.items()):
        verb = "would be deleted" if config.dry_run else "deleted"
        logger.info("%s: %d objects of %d bytes %s", reason, totals["objects"], totals["bytes"], verb)
    return run.write_manifest(STAGE, {"dry_run": config.dry_run, "counters": {**counts, **watch.counters()}})
