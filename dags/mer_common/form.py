"""The trigger form: the fields of :class:`mer_tasks.config.Config` as Airflow params.

Types, bounds, choices and descriptions are the fields' own. The form opens with what a run without params would use: the
fields' defaults, or the ``MER_*`` variables where Airflow's processes have them.
"""

from collections.abc import Collection
from typing import Any

from airflow.sdk import Param

from mer_tasks.config import Config, Kind, kinds_of

SECTIONS: dict[str, tuple[Kind, ...]] = {
    "What to compare": ("crossval",),
    "What to keep": ("keeping",),
    "What to run": ("run",),
    "Corpus": ("corpus",),
    "Audio": ("audio", "features"),
    "Labels and split": ("labels", "split"),
    "Balance": ("plan",),
    "Training": ("fit", "stopping"),
    "Checks": ("judging", "drift"),
    "Promotion": ("promotion",),
}
"""Order of the form: sections, and what their fields decide."""
MODES = ("train", "eval")
"""Modes that a form offers; mode predict has a DAG of its own, whatever the environment says."""


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
    titles = {decided: title for title, kinds in SECTIONS.items() for decided in kinds}
    sections = {name: titles.get(kinds_of(field)[0]) for name, field in kind.model_fields.items() if name not in without}
    order = [(name, title) for title in SECTIONS for name, section in sections.items() if section == title]
    return {name: _param(properties[name], values[name], title) for name, title in order}


def _param(field: dict[str, Any], value: Any, section: str) -> Param:
    rules = {key: rule for key, rule in field.items() if key not in ("anyOf", "default", "description")}
    if "predict" in rules.get("enum", ()):
        rules["enum"], value = list(MODES), value if value in MODES else field["default"]
    types = [choice["type"] for choice in field.get("anyOf", ())] or [rules["type"]]
    if types == ["array"]:
        types.append("null")  # what the form sends when its last line is deleted
    rules["type"] = types if len(types) > 1 else types[0]
    return Param(value, description=field["description"], section=section, **rules)
