"""The trigger form: the fields of :class:`mer_tasks.config.Config` as Airflow params.

Types, bounds, choices and descriptions are the fields' own. The form opens with what a run without params would use: the
fields' defaults, or the ``MER_*`` variables where Airflow's processes have them.
"""

from collections.abc import Collection
from typing import Any

from airflow.sdk import Param

from mer_tasks.config import PLACES, Config

SECTIONS = {
    "What to run": ("mode", "model_run", "genres", "shard_size", "seed"),
    "Audio": ("segment_seconds", "reject_budget", "max_duration_seconds", "decode_timeout_seconds", "decode_memory_mb"),
    "Labels and split": ("label_rule", "validation_fraction", "test_fraction", "group_by", "fresh_split"),
    "Balance": ("balance", "smote_neighbours"),
    "Training": ("preset", "soft_targets", "epochs", "patience", "batch_size", "learning_rate"),
    "Checks": ("compare_balance", "canary", "drift_threshold"),
    "Promotion": ("promotion", "approval", "approval_hours"),
}
"""Order of the form; a field that is not named here comes last."""
COMPARED = {"What to compare": ("candidates", "folds", "repeats")}
"""First in the form of a crossval."""
KEEPING = {"What to keep": ("dry_run", "blob_days", "artifact_days", "failed_run_days")}
"""All of the form of housekeeping."""
MODES = ("train", "eval")
"""Modes that a form offers; mode predict has a DAG of its own, whatever the environment says."""
REST = "More"


def params(kind: type[Config] = Config, without: Collection[str] = ()) -> dict[str, Param]:
    """Every field but the places, by name, in the order of the form.

    Parameters
    ----------
    kind : type
        The configuration whose fields they are.
    without : collection of str
        Fields that are left out.

    Raises
    ------
    ConfigError
        If a ``MER_*`` variable is wrong.
    """
    properties, values = kind.model_json_schema()["properties"], kind.load().values()
    titled = {**COMPARED, **KEEPING, **SECTIONS}
    sections = {name: title for title, names in titled.items() for name in names if name in properties}
    order = [name for name in dict.fromkeys([*sections, *properties]) if name not in {*PLACES, *without}]
    return {name: _param(properties[name], values[name], sections.get(name, REST)) for name in order}


def _param(field: dict[str, Any], value: Any, section: str) -> Param:
    rules = {key: rule for key, rule in field.items() if key not in ("anyOf", "default", "description")}
    if "predict" in rules.get("enum", ()):
        rules["enum"], value = list(MODES), value if value in MODES else field["default"]
    types = [choice["type"] for choice in field.get("anyOf", ())] or [rules["type"]]
    if types == ["array"]:
        types.append("null")  # what the form sends when its last line is deleted
    rules["type"] = types if len(types) > 1 else types[0]
    return Param(value, description=field["description"], section=section, **rules)
