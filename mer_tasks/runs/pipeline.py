"""The stages in their order, and the whole chain of them in one process.

In: a run. Out: the manifests of its stages. Airflow calls the stages one by one and side by side; here they follow each other.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.progress_log import part

if TYPE_CHECKING:
    from mer_tasks.config import Config
    from mer_tasks.runs.run import Manifest, Run

logger = logging.getLogger(__name__)

STAGES = (
    *("discover", "reformat", "features", "labels", "split", "balance", "train", "thresholds", "comparison", "evaluate"),
    *("canary", "predict", "drift", "publish", "challenge", "promote", "report"),
)
FAN_OUT = ("reformat", "features")
"""Called once for each shard, and make the corpus."""
SHARDED = (*FAN_OUT, "predict")
"""Called once for each shard."""
PREDICTING = ("discover", *SHARDED, "drift", "publish")
"""All of mode predict."""
TRAINING = ("balance", "train", "comparison", "canary", "drift", "challenge", "promote")
"""Only in mode train; mode eval has a model already, and changes none."""


def omitted(config: "Config") -> dict[str, str]:
    """Stages that a run does without, and why."""
    if config.mode == "predict":
        return {stage: "mode predict only scores" for stage in STAGES if stage not in PREDICTING}
    found = {"predict": f"mode {config.mode} scores in evaluate"}
    if config.mode == "eval":
        return {**found, **dict.fromkeys(TRAINING, "mode eval uses a stored model")}
    found |= {} if config.compare_balance else {"comparison": "compare_balance is off"}
    return found if config.canary else {**found, "canary": "canary is 0"}


def stages_of(config: "Config") -> tuple[str, ...]:
    """The stages of a run in their order."""
    return tuple(stage for stage in STAGES if stage not in omitted(config))


def as_trained(run: "Run") -> "Run":
    """A run of mode predict that makes features as they were made for the champion, whatever its own params say."""
    made = run.manifest("discover")["features"]
    return replace(run, config=run.config.model_copy(update=made))


@reads_once
def run_stage(run: "Run", stage: str, shard_key: str | None = None) -> "Manifest":
    """Call one stage; only its own module is imported.

    Parameters
    ----------
    run : Run
    stage : str
        One of ``STAGES``.
    shard_key : str, optional
        Key of the shard's document, for the stages of ``SHARDED``.
    """
    if run.config.mode == "predict" and stage != "discover":
        run = as_trained(run)
    entry: Callable[..., Manifest] = getattr(import_module(f"mer_tasks.stages.{stage}"), stage)
    return entry(run) if shard_key is None else entry(run, shard_key)


def run_shards(run: "Run", stage: str) -> list["Manifest"]:
    """Call a stage of ``SHARDED`` on every shard, one after the other."""
    shards, manifests = run.manifest("discover")["shards"], []
    for done, shard in enumerate(shards):
        logger.info("%s of %s", stage, shard["name"], extra=part(done, len(shards)))
        manifests.append(run_stage(run, stage, shard["key"]))
    return manifests


def run_chain(run: "Run", before: Callable[[str], None] = lambda stage: None) -> dict[str, "Manifest"]:
    """Call every stage of the run's mode.

    Parameters
    ----------
    run : Run
    before : callable, optional
        Told the name of each stage before it begins.

    Returns
    -------
    dict of str to dict
        What each stage closed with; a stage of ``SHARDED`` has the list of its shards' under ``shards``.
    """
    manifests: dict[str, Manifest] = {}
    for stage in stages_of(run.config):
        before(stage)
        logger.info("stage %s", stage)
        manifests[stage] = {"shards": run_shards(run, stage)} if stage in SHARDED else run_stage(run, stage)
    return manifests
