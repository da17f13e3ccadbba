"""Choose the options that the help of a stage command lists: those of the configuration fields that the stage uses.

A stage command accepts the other options as well, so that all stages of a run can be called with the same options.
"""

from mer_tasks.config import Config, Kind, deciding

ALWAYS: tuple[Kind, ...] = ("places", "run")
FITS: tuple[Kind, ...] = ("features", "split", "plan", "fit", "stopping")
USES: dict[str, tuple[Kind, ...]] = {
    "discover": ("corpus", "shards"),
    "reformat": ("decoding", "audio"),
    "features": ("decoding", "audio", "features"),
    "embed": ("decoding", "audio"),
    "labels": ("corpus", "labels"),
    "split": ("rejection", "split"),
    "balance": ("features", "plan"),
    "train": ("features", "fit", "stopping"),
    "thresholds": ("features",),
    "comparison": (*FITS, "judging"),
    "evaluate": ("features", "labels", "split"),
    "canary": ("corpus", "labels", *FITS, "judging"),
    "predict": ("audio", "features"),
    "drift": ("drift",),
    "challenge": ("audio", "features", "split", "promotion"),
    "promote": ("promotion",),
    "report": ("features", "split", "judging"),
}
"""Kinds of fields that each stage uses besides ``ALWAYS``. Stage `publish` is missing, since it stores all fields."""


def used_by(stage: str) -> tuple[str, ...]:
    """Find the names of the configuration fields that a stage uses; those of an unlisted stage are all fields.

    Examples
    --------
    >>> "shard_size" in used_by("discover")
    True
    >>> "epochs" in used_by("discover")
    False
    """
    return deciding(*ALWAYS, *USES[stage]) if stage in USES else tuple(Config.model_fields)
