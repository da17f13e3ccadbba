"""Options of the stage commands: which fields of the configuration a stage uses, so that its help shows no others.

The other options are taken too, and not shown: a run is told the same whichever of its stages is called.
"""

from mer_tasks.config import Config, Kind, deciding

ALWAYS: tuple[Kind, ...] = ("places", "run")
FITS: tuple[Kind, ...] = ("features", "split", "plan", "fit", "stopping")
USES: dict[str, tuple[Kind, ...]] = {
    "discover": ("corpus",),
    "reformat": ("corpus", "audio"),
    "features": ("corpus", "audio", "features"),
    "labels": ("corpus", "labels"),
    "split": ("corpus", "split"),
    "balance": ("plan",),
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
"""By stage, beside ``ALWAYS``; `publish` is not here, since it writes all fields down."""


def used_by(stage: str) -> tuple[str, ...]:
    """Names of the fields that `stage` uses."""
    return deciding(*ALWAYS, *USES[stage]) if stage in USES else tuple(Config.model_fields)
