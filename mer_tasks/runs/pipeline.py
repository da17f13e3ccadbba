"""Order of the stages, and functions that call one stage or all stages of a run in this process.

In: a run. Out: the manifests of its stages. Airflow calls single stages, some of them in parallel; :func:`run_chain` calls all
stages one after the other.
"""

import logging
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.progress_log import progress_fields

if TYPE_CHECKING:
    from mer_tasks.config import Config
    from mer_tasks.runs.run import Manifest, Run

logger = logging.getLogger(__name__)

STAGES = (
    *("discover", "reformat", "features", "embed", "labels", "split", "balance", "train", "thresholds", "comparison"),
    *("evaluate", "canary", "predict", "drift", "publish", "challenge", "promote", "report"),
)
EMBED = "embed"
"""Stage that only a run with an encoder has. Stage `discover` decides that, because a model passes on its encoder."""
FAN_OUT = ("reformat", "features", EMBED)
"""Stages that are called once for each shard and make the corpus."""
SHARDED = (*FAN_OUT, "predict")
"""Stages that are called once for each shard."""
PREDICTING = ("discover", *SHARDED, "drift", "publish")
"""All stages of mode predict."""
TRAINING = ("balance", "train", "comparison", "canary", "drift", "challenge", "promote")
"""Stages of mode train that mode eval skips: it uses a stored model, and changes no champion."""


def skipped_stages(config: "Config") -> dict[str, str]:
    """Return the stages that a run with this configuration skips, each with the reason; see also :func:`skip_reason`."""
    if config.mode == "predict":
        return {stage: "mode predict only scores" for stage in STAGES if stage not in PREDICTING}
    skipped = {"predict": f"mode {config.mode} scores in evaluate"}
    if config.mode == "eval":
        return {**skipped, **dict.fromkeys(TRAINING, "mode eval uses a stored model")}
    skipped |= {} if config.compare_balance else {"comparison": "compare_balance is off"}
    return skipped if config.canary else {**skipped, "canary": "canary is 0"}


def stages_of(config: "Config") -> tuple[str, ...]:
    """Return the stages of a run in their order; a run without an encoder passes over `embed`."""
    return tuple(stage for stage in STAGES if stage not in skipped_stages(config))


def skip_reason(run: "Run", stage: str) -> str | None:
    """Return why a run skips a stage, None if it does not; stage `discover` must have finished for stage `embed`."""
    if stage == EMBED and run.space is None:
        return "it has no encoder"
    return skipped_stages(run.config).get(stage)


def fan_out_of(run: "Run") -> tuple[str, ...]:
    """Return the stages that make the corpus of a run, after stage `discover`; the last one has all usable tracks."""
    return tuple(stage for stage in FAN_OUT if stage != EMBED or run.space is not None)


def with_champion_features(run: "Run") -> "Run":
    """Give a run of mode predict the feature settings of the champion, whatever its own params are."""
    champion_settings = run.manifest("discover")["features"]
    return replace(run, config=run.config.model_copy(update=champion_settings))


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
        run = with_champion_features(run)
    entry: Callable[..., Manifest] = getattr(import_module(f"mer_tasks.stages.{stage}"), stage)
    return entry(run) if shard_key is None else entry(run, shard_key)


def run_shards(run: "Run", stage: str) -> list["Manifest"]:
    """Call a stage of ``SHARDED`` on every shard, one after the other; on none if the run skips the stage."""
    if skip_reason(run, stage):
        return []
    shards = run.manifest("discover")["shards"]
    manifests = []
    for done, shard in enumerate(shards):
        logger.info("%s of %s", stage, shard["name"], extra=progress_fields(done, len(shards)))
        manifests.append(run_stage(run, stage, shard["key"]))
    return manifests


def run_chain(run: "Run", before: Callable[[str], None] = lambda stage: None) -> dict[str, "Manifest"]:
    """Call every stage of the run's mode.

    Parameters
    ----------
    run : Run
    before : callable, optional
        Called with the name of each stage before the stage begins.

    Returns
    -------
    dict of str to dict
        Manifest of each stage. For a stage of ``SHARDED``, ``shards`` is the list of its shards' manifests.
    """
    manifests: dict[str, Manifest] = {}
    for stage in stages_of(run.config):
        if skip_reason(run, stage):
            continue
        before(stage)
        logger.info("stage %s", stage)
        manifests[stage] = {"shards": run_shards(run, stage)} if stage in SHARDED else run_stage(run, stage)
    return manifests
