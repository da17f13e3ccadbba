"""Objects of the store that published rows name or that runs in progress use: stage `housekeeping` deletes only others.

In: the rows in Postgres, and the reports of runs. Out: :class:`Needed`. Nothing is deleted here.
"""

import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from mer_tasks.errors import ConfigError, ObjectMissing
from mer_tasks.runs.pipeline import EMBED, FAN_OUT, fan_out_of
from mer_tasks.runs.run import Run
from mer_tasks.storage.base import ObjectInfo

DAY = 86_400
SUB_RUNS = ("comparison", "canary", "crossval")
"""Stages that have sub-runs in folders below their own documents."""
ARTIFACTS = re.compile(
    rf"runs/[^/]+/(?:evaluate/test_data/.*|train/(?:epoch-.*|checkpoint\.json)|folds/summaries\.npz|(?:{'|'.join(SUB_RUNS)})/.+/.*)"
)
"""Keys of objects that no stage reads after their run is published."""
BLOB = re.compile(r"blobs/([^/]+)/([^/]+)/[0-9a-f]{2}/([0-9a-f]{64})\.\w+")
"""Stage, digest of the recipe and sha256 of the content, in the key of a blob or of its sidecar."""
REPORTS = re.compile(rf"runs/([^/]+)/({'|'.join(FAN_OUT)})/([^/]+)\.json")
"""Run, stage and shard, in the key of a report."""

PUBLISHED = """
SELECT run_id, model_run_id, model_key, store_url = %s,
  run_no = (SELECT run_no FROM mer.champion), extract(epoch FROM clock_timestamp())::float8
FROM mer.run
"""
CONTENTS = """
SELECT DISTINCT features_digest, sha256 FROM mer.split JOIN mer.run USING (run_no)
UNION SELECT embeddings_digest, sha256 FROM mer.split JOIN mer.run USING (run_no) WHERE encoder_space IS NOT NULL
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
        sha256 of needed audio files, by the digest of the recipe of the features or embeddings that were made from them. Under
        None are files whose features and embeddings may have any digest.
    reports : set of ObjectInfo
        Reports of `reformat`, `features` and `embed` that were read, so that their content is in `contents`, or that need not
        be read.
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
        if stage in ("features", EMBED):
            return any(sha256 in self.contents.get(recipe, ()) for recipe in (None, digest))
        return any(sha256 in contents for contents in self.contents.values())

    def add_contents(self, contents: Iterable[tuple[str | None, bytes]]) -> None:
        """Add needed content: pairs of the digest of a recipe and the sha256 of the audio file."""
        for digest, sha256 in contents:
            self.contents[digest].add(sha256)

    def needs_artifact(self, key: str) -> bool:
        """Return whether an object of a published run is needed."""
        return key in self.models or key.split("/")[1] == self.champion or not ARTIFACTS.fullmatch(key)


def read_needed(run: Run) -> Needed:
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


def reports_among(infos: Iterable[ObjectInfo]) -> set[ObjectInfo]:
    """Select the reports of `reformat`, `features` and `embed`."""
    return {info for info in infos if REPORTS.fullmatch(info.key)}


def contents_in_use(run: Run, reports: Iterable[ObjectInfo]) -> Iterator[tuple[str | None, bytes]]:
    """Read the content that runs in progress use, as pairs of the digest of a recipe and the sha256 of the file.

    A shard whose last report is not written yet is read from the report before it, and has no digest. A shard without any
    report needs no blobs yet: its stages make the blobs that are missing.
    """
    keys = {report.group(1, 3, 2): info.key for info in reports if (report := REPORTS.fullmatch(info.key))}
    for (run_id, shard, stage), key in keys.items():
        with suppress(ObjectMissing):
            stages = fan_out_of(replace(run, run_id=run_id))
            following = stages[stages.index(stage) + 1 :] if stage in stages else ()
            if stage == "reformat" and any((run_id, shard, later) in keys for later in following):
                continue
            waits = bool(following) and (run_id, shard, following[0]) not in keys
            for track in run.read_json_key(key)["tracks"]:
                match = BLOB.fullmatch(track.get("embedding_key" if stage == EMBED else "features_key", ""))
                yield None if waits or not match else match.group(2), bytes.fromhex(track["sha256"])
