"""Candidates of a cross-validation (crossval), and the configuration that lists them.

In: names such as ``statistics``, ``seed-cnn+smote``, ``statistics+soft_targets=no+epochs=3`` or ``extra-trees``. Out: for each,
the changes of the configuration, or the baseline. Stages `balance`, `train` and `thresholds` fit a network here as in a run, so
its scores hold for the model that a run would publish. The trigger form imports this module, so it must be quick to import.
"""

from dataclasses import dataclass, field
from typing import Annotated, Any, get_args

from pydantic import Field, ValidationError, field_validator, model_validator

from mer_tasks.config import Config, Decides, deciding

BASELINES = ("logistic-regression", "extra-trees")
"""Names of the models in :mod:`mer_tasks.modelling.baselines`."""
PRESETS: tuple[str, ...] = tuple(name for name in get_args(Config.model_fields["preset"].annotation) if name != "auto")
BALANCES: tuple[str, ...] = get_args(Config.model_fields["balance"].annotation)
FIELDS = tuple(name for name in deciding("plan", "fit", "stopping") if name not in ("preset", "seed"))
"""Fields that may differ between candidates, besides the preset: only stages from `balance` on use them."""

OMITTED = (*deciding("run", "judging", "drift", "promotion"), "preset", "test_fraction", "fresh_split")
"""Fields of a run that a cross-validation does not use: it fits its own models, on folds."""


@dataclass(frozen=True)
class Candidate:
    """A model that a cross-validation compares with others.

    Attributes
    ----------
    name : str
        Name as the configuration lists it.
    baseline : bool
        True if it is one of ``BASELINES``.
    changes : dict
        Fields of the configuration with their changed values.
    """

    name: str
    baseline: bool
    changes: dict[str, Any] = field(default_factory=dict)


def candidate(text: str) -> Candidate:
    """Parse the name of a candidate: a baseline, or a preset with changes, each after a ``+``.

    A change is a balance or ``<field>=<value>``.

    Raises
    ------
    ValueError
        If the name is wrong; the message says what was expected.

    Examples
    --------
    >>> candidate("statistics+smote+epochs=3").changes
    {'preset': 'statistics', 'balance': 'smote', 'epochs': '3'}
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
    """Configuration of a cross-validation: the fields of a run, the folds, and the candidates."""

    folds: Annotated[int, Decides("crossval")] = Field(
        5, ge=2, le=20, description="Number of folds. Each track is a test track in one of them."
    )
    repeats: Annotated[int, Decides("crossval")] = Field(
        3, ge=1, le=20, description="How often the folds are drawn, each time with new initial weights of the candidates."
    )
    candidates: Annotated[tuple[str, ...], Decides("crossval")] = Field(
        ("statistics", *BASELINES),
        min_length=1,
        description=f"Presets and baselines ({', '.join(BASELINES)}) to compare. After a preset, +<field>=<value> changes a"
        " field of the training; +<balance> is enough for a balance: statistics+smote. The others are compared with the first."
        " A trial of a CNN takes minutes to hours.",
    )
    leave_one_genre_out: Annotated[bool, Decides("crossval")] = Field(
        False,
        description="Also train each candidate on all genres but one, and test it on that one: how good is it on a genre that"
        " it never heard? This adds one trial for each genre, repeat and candidate.",
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
        """Set mode ``train``, whatever ``MER_MODE`` is: a cross-validation has no other mode."""
        return {**values, "mode": "train"}
