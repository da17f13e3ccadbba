"""The stages in their order, and the whole chain of them in one process.

In: a run. Out: the manifests of its stages. Airflow calls the stages one by one and side by side; here they follow each other.
"""

import logging
from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from mer_tasks.config import Config
    from mer_tasks.run import Manifest, Run

logger = logging.getLogger(__name__)

Mode = Literal["train", "eval"]
STAGES = (
    *("discover", "reformat", "features", "labels", "split"),
    *("balance", "train", "thresholds", "comparison", "evaluate", "canary", "publish", "report"),
)
FAN_OUT = ("reformat", "features")
"""Called once for each shard."""
TRAINING = ("balance", "train", "comparison", "canary")
"""Only in mode train; mode eval has a model already."""


def omitted(config: "Config") -> dict[str, str]:
    """Stages that a run does without, and why."""
    if config.mode == "eval":
        return dict.fromkeys(TRAINING, "mode eval uses a stored model")
    found = {} if config.compare_balance else {"comparison": "compare_balance is off"}
    return found if config.canary else {**found, "canary": "canary is 0"}


def stages_of(config: "Config") -> tuple[str, ...]:
    """The stages of a run in their order."""
    return tuple(stage for stage in STAGES if stage not in omitted(config))


def run_stage(run: "Run", stage: str, shard_key: str | None = None) -> "Manifest":
    """Call one stage; only its own module is imported.

    Parameters
    ----------
    run : Run
    stage : str
        One of ``STAGES``.
    shard_key : str, optional
        Key of the shard's document, for the stages of ``FAN_OUT``.
    """
    entry: Callable[..., Manifest] = getattr(import_module(f"mer_tasks.{stage}"), stage)
    return entry(run) if shard_key is None else entry(run, shard_key)


def run_shards(run: "Run", stage: str) -> list["Manifest"]:
    """Call a stage of ``FAN_OUT`` on every shard, one after the other."""
    return [run_stage(run, stage, shard["key"]) for shard in run.manifest("discover")["shards"]]


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
        What each stage closed with; a stage of ``FAN_OUT`` has the list of its shards' under ``shards``.
    """
    manifests: dict[str, Manifest] = {}
    for stage in stages_of(run.config):
        before(stage)
        logger.info("stage %s", stage)
        manifests[stage] = {"shards": run_shards(run, stage)} if stage in FAN_OUT else run_stage(run, stage)
    return manifests
