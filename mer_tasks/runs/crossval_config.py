"""What crossval judges side by side: candidates, and the configuration that names them.

In: names such as ``statistics``, ``seed-cnn+smote``, ``statistics+soft_targets=no+epochs=3`` or ``extra-trees``. Out: of each
what it changes in the configuration, or which baseline it is. A network is fitted as by stages `balance`, `train` and
`thresholds`, so that what is judged is what a run would publish. Light to import: the trigger form is made of this.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from mer_tasks.config import Config, Decides, deciding

BASELINES = ("logistic-regression", "extra-trees")
"""Models of :mod:`mer_tasks.modelling.baselines`."""
SEED = "seed-cnn+soft_targets=no+smote+epochs=6+patience=3"
"""The network of the public student project as it was trained there: on labels, balanced, for few epochs."""
PRESETS: tuple[str, ...] = get_args(Config.model_fields["preset"].annotation)
BALANCES: tuple[str, ...] = get_args(Config.model_fields["balance"].annotation)
FIELDS = tuple(name for name in deciding("plan", "fit", "stopping") if name not in ("preset", "seed"))
"""What may differ between candidates beside the preset: fields that only stages from `balance` on use."""

OMITTED = (*deciding("run", "judging", "drift", "promotion"), "preset", "test_fraction", "fresh_split")
"""Fields that mean nothing to a crossval: it fits models of its own, to folds."""


@dataclass(frozen=True)
class Candidate:
    """One of the models that are compared.

    Attributes
    ----------
    name : str
        As it was given.
    baseline : bool
        Whether it is one of ``BASELINES``.
    changes : dict
        Fields of the configuration with their values.
    """

    name: str
    baseline: bool
    changes: dict[str, Any] = field(default_factory=dict)


def candidate(text: str) -> Candidate:
    """The candidate that `text` names: a baseline; or a preset, and then a balance or fields, each after a ``+``.

    Raises
    ------
    ValueError
        With what was expected.
    """
    model, *variations = text.split("+")
    if model in BASELINES and not variations:
        return Candidate(text, baseline=True)
    if model not in PRESETS:
        raise ValueError(f"candidate {text!r}: expected {', '.join((*PRESETS, *BASELINES))}, or a preset with +<field>=<value>")
    changes = {"preset": model}
    for variation in variations:
        name, equals, value = variation.partition("=")
        if variation in BALANCES:
            name, value = "balance", variation
        elif not equals or name not in FIELDS:
            raise ValueError(
                f"candidate {text!r}: {variation!r}, expected {', '.join(BALANCES)}, or <field>=<value> with a field of"
                f" {', '.join(FIELDS)}"
            )
        if name in changes:
            raise ValueError(f"candidate {text!r}: {name} twice, expected each field once")
        changes[name] = value
    return Candidate(text, baseline=False, changes=changes)


class CrossvalConfig(Config):
    """The configuration of a crossval: that of a run, the folds, and the candidates."""

    folds: Annotated[int, Decides("crossval")] = Field(
        5, ge=2, le=20, description="Each track is a test track in one of so many folds."
    )
    repeats: Annotated[int, Decides("crossval")] = Field(
        3, ge=1, le=20, description="So often are the folds drawn anew, and the candidates' weights too."
    )
    candidates: Annotated[tuple[str, ...], Decides("crossval")] = Field(
        ("statistics", SEED, *BASELINES),
        min_length=1,
        description=f"Presets and baselines ({', '.join(BASELINES)}) to judge. After a preset, +<field>=<value> changes a field"
        " of the training, and a balance may be named alone: statistics+smote. Differences are to the first.",
    )

    @field_validator("candidates", mode="before")
    @classmethod
    def _candidates_from_a_form(cls, value: Any) -> Any:
        return cls._genres_from_a_form(value)

    @field_validator("candidates")
    @classmethod
    def _known_candidates(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(names)) < len(names):
            raise ValueError("expected each candidate once")
        for name in names:
            try:
                Config(**candidate(name).changes)
            except ValidationError as error:
                wrong = error.errors()[0]
                raise ValueError(f"candidate {name!r}: {wrong['loc'][-1]}={wrong['input']!r}: {wrong['msg']}") from None
        return names

    @model_validator(mode="before")
    @classmethod
    def _fits_models(cls, values: Any) -> Any:
        """A crossval has no other mode, whatever the environment says of runs."""
        return {**values, "mode": "train"}
