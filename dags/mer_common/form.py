"""Trigger form of a DAG: the fields of :class:`mer_tasks.config.Config` as Airflow params.

Types, bounds, choices and descriptions come from the fields. The form opens with the values that a run without params would
use: the ``MER_*`` variables of Airflow's processes where they are set, otherwise the fields' defaults. Of the label rules, the
form offers those of the kind of the configured label set.
"""

from collections.abc import Collection
from typing import Any

from airflow.sdk import Param

from mer_tasks.config import LABEL_RULES, Config, Kind, kinds_of
from mer_tasks.errors import MerError
from mer_tasks.storage.label_files import read_label_set

SECTIONS: dict[str, tuple[Kind, ...]] = {
    "What to compare": ("crossval",),
    "What to keep": ("keeping",),
    "What to run": ("run",),
    "Corpus": ("corpus", "shards", "rejection", "decoding"),
    "Audio": ("audio", "features"),
    "Labels and split": ("labels", "split"),
    "Balance": ("plan",),
    "Training": ("fit", "stopping"),
    "Checks": ("judging", "drift"),
    "Promotion": ("promotion",),
}
"""Sections of the form in their order, each with the kinds of decision whose fields it contains."""
MODES = ("train", "eval")
"""Modes that a form offers. Mode predict is not offered, even if the environment sets it, because it has its own DAG."""


def params(kind: type[Config] = Config, without: Collection[str] = ()) -> dict[str, Param]:
    """Make the params of a DAG from the fields of its configuration.

    Fields that decide a place (object store, landing zone, database, scratch folder) are left out.

    Parameters
    ----------
    kind : type
        Class of the configuration.
    without : collection of str
        Names of further fields to leave out.

    Returns
    -------
    dict of str to Param
        By name of the field, in the order of the form.

    Raises
    ------
    ConfigError
        If a ``MER_*`` variable has a wrong value.
    """
    properties = kind.model_json_schema()["properties"]
    config = kind.load()
    values = config.values()
    if "label_rule" not in without and values["label_rule"] in (rules := _label_rules(config.labels)):
        properties["label_rule"]["enum"] = rules
    titles = {decided: title for title, kinds in SECTIONS.items() for decided in kinds}
    sections = {name: titles.get(kinds_of(field)[0]) for name, field in kind.model_fields.items() if name not in without}
    order = [(name, title) for title in SECTIONS for name, section in sections.items() if section == title]
    return {name: _param(properties[name], values[name], title) for name, title in order}


def _label_rules(labels: str | None) -> list[str]:
    """Return the label rules of the label set at `labels`; none if it is in a remote store, or cannot be read.

    Airflow reads DAG files every few seconds, and a store could be slow or away.
    """
    if labels and not labels.startswith("file:") and "://" in labels:
        return []
    try:
        return ["auto", *LABEL_RULES[read_label_set(labels).kind]]
    except MerError:  # stage discover says what is wrong with the file
        return []


def _param(field: dict[str, Any], value: Any, section: str) -> Param:
    """Make a param from the JSON schema of a field."""
    rules = {key: rule for key, rule in field.items() if key not in ("anyOf", "default", "description")}
    if "predict" in rules.get("enum", ()):
        rules["enum"] = list(MODES)
        value = value if value in MODES else field["default"]
    choices = field.get("anyOf", ())
    types = [choice["type"] for choice in choices] or [rules["type"]]
    for choice in choices:
        rules |= {key: rule for key, rule in choice.items() if key != "type"}
    if types == ["array"]:
        types.append("null")  # the form sends null when the user deletes the last line of a list
    rules["type"] = types if len(types) > 1 else types[0]
    return Param(value, description=field["description"], section=section, **rules)
