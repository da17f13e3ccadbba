"""One frozen, validated configuration: what a run computes, and where it finds its stores.

Values come, later ones winning, from the defaults below, from ``MER_*`` environment variables, and from the DAG's params
(or the command line). The same fields make Airflow's trigger form, so each has bounds and a description.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from mer_tasks.errors import ConfigError

GroupBy = Literal["artist", "track"]
Mode = Literal["train", "eval", "predict"]
LabelRule = Literal["share>=0.3", "share>mean", "seed"]


def _checkout() -> Path:
    """The folder with this package and ``dags/``; where the package is installed without them, the working directory."""
    beside = Path(__file__).resolve().parents[1]
    return beside if (beside / "dags").is_dir() else Path.cwd()


CHECKOUT = _checkout()
# fmt: off
Kind = Literal[
    "places", "run", "corpus", "audio", "features", "labels", "split", "plan", "fit", "stopping", "judging", "drift",
    "promotion", "crossval", "keeping",
]
# fmt: on
"""What a field may decide: see :class:`Decides`."""


class Decides:
    """What a field of the configuration decides; every field says so, beside its type.

    Recipes of blobs, the fields that a champion hands on, those that a crossval varies, and the sections of the trigger form
    are made of this (:func:`deciding`). ``places``: where things are, or whether there must be a GPU; neither in the digest nor
    in the form. ``run``: which stages a run has. ``corpus``: which tracks are usable, and how they are shared out. ``audio``,
    ``features``, ``labels``, ``split``, ``plan`` (of synthetic segments): what the stage makes. ``fit``: what an epoch does to
    the weights. ``stopping``: how many epochs there are. ``judging``: checks beside the metrics. ``drift``, ``promotion``: what
    those stages decide by. ``crossval``, ``keeping``: only of a crossval, only of housekeeping.

    Parameters
    ----------
    *kinds : str
        The first one is the field's section in the form.
    """

    def __init__(self, *kinds: Kind) -> None:
        self.kinds = kinds


class Config(BaseSettings):
    """Everything a run can be told.

    Raises
    ------
    ConfigError
        From :meth:`load`, when a value is not of its type or out of bounds.
    """

    model_config = SettingsConfigDict(
        env_prefix="MER_", frozen=True, extra="forbid", protected_namespaces=(), enable_decoding=False
    )

    mode: Annotated[Mode, Decides("run")] = Field(
        "train",
        description="train: fit a new model. eval: load a stored one and evaluate it on the same test tracks. predict: score"
        " tracks by the champion.",
    )
    model_run: Annotated[str | None, Decides("run")] = Field(
        None, description="Only for mode eval: the run whose model is loaded. Empty: the newest published training run."
    )
    genres: Annotated[tuple[str, ...], Decides("corpus")] = Field(
        (), description="Genres (folders of the landing zone) to use. Empty: all of them."
    )
    shard_size: Annotated[int, Decides("corpus")] = Field(
        50,
        ge=1,
        le=100_000,
        description="At most this many tracks of a genre in one mapped task; more where there would be over 1,000 such tasks.",
    )
    reject_budget: Annotated[float, Decides("corpus")] = Field(
        0.10, ge=0, le=1, description="Share of a genre's files that may be unusable before the run fails."
    )
    decode_timeout_seconds: Annotated[float, Decides("corpus")] = Field(
        60, ge=1, description="A file that takes longer to decode is rejected."
    )
    decode_memory_mb: Annotated[int, Decides("corpus")] = Field(
        2048, ge=256, description="Address space that the decoding process may use, in MiB."
    )
    max_duration_seconds: Annotated[float, Decides("audio")] = Field(
        1800, ge=1, description="Longer files are rejected, from their header if it says so."
    )
    segment_seconds: Annotated[float, Decides("features")] = Field(
        3.0, ge=1, le=30, description="Length of a segment, in seconds."
    )
    label_rule: Annotated[LabelRule, Decides("labels")] = Field(
        "share>=0.3",
        description="When a track carries an emotion. share>=0.3: at least three listeners in ten chose it. share>mean:"
        " more than the mean share over tracks. seed: above the median where shares vary by more than 0.2, else above 0.4.",
    )
    validation_fraction: Annotated[float, Decides("split")] = Field(
        0.15, gt=0, lt=0.5, description="Share of labelled tracks for thresholds."
    )
    test_fraction: Annotated[float, Decides("split")] = Field(
        0.15, gt=0, lt=0.5, description="Share of labelled tracks for the final metrics."
    )
    group_by: Annotated[GroupBy, Decides("split")] = Field(
        "artist",
        description="What is never divided between parts. artist: the tracks of an artist, by the files' tags, and twins (equal"
        " or near-identical recordings). track: twins only. In mode eval: as in the run whose model is loaded.",
    )
    fresh_split: Annotated[bool, Decides("split")] = Field(
        False,
        description="Draw the split anew instead of keeping each track in the part it had in earlier runs."
        " Metrics are then no longer comparable with those of earlier runs, and a champion that knows most of the new test"
        " part can only be replaced by hand (rollback).",
    )
    seed: Annotated[int, Decides("split", "plan", "fit")] = Field(
        42, ge=0, le=2**31 - 1, description="Fixes the split, the plan, the weights and the order."
    )
    balance: Annotated[Literal["weights", "smote", "oversampling", "none"], Decides("plan", "fit")] = Field(
        "weights",
        description="What makes up for rare emotions in training. weights: the presence of a rare emotion counts for more."
        " smote: synthetic segments by MLSMOTE. oversampling: segments with rare emotions once more. none: nothing.",
    )
    smote_neighbours: Annotated[int, Decides("plan")] = Field(
        5, ge=1, le=50, description="Nearest neighbours that MLSMOTE chooses from."
    )
    soft_targets: Annotated[bool, Decides("fit")] = Field(
        True,
        description="Train on the listeners' shares, weighted by how many they were, instead of on yes/no labels."
        " Labels alone judge either way.",
    )
    preset: Annotated[Literal["statistics", "seed-cnn", "small-cnn"], Decides("fit")] = Field(
        "statistics",
        description="Network. statistics: summary statistics of a segment and two dense layers. seed-cnn: three convolution"
        " blocks and Flatten, a minute an epoch on two cores. small-cnn: four blocks and global average pooling.",
    )
    batch_size: Annotated[int, Decides("fit")] = Field(32, ge=1, le=4096, description="Segments in one gradient step.")
    learning_rate: Annotated[float, Decides("fit")] = Field(1e-3, gt=0, le=1, description="Adam's initial learning rate.")
    epochs: Annotated[int, Decides("stopping")] = Field(
        40, ge=1, le=1000, description="At most this many passes over the training segments."
    )
    patience: Annotated[int, Decides("stopping")] = Field(
        8, ge=1, le=100, description="Stop after so many epochs without a lower validation loss."
    )
    compare_balance: Annotated[bool, Decides("judging")] = Field(
        False,
        description="Fit the network with every other balance too, and publish how good each is on the validation part."
        " Takes four trainings instead of one.",
    )
    canary: Annotated[int, Decides("judging")] = Field(
        0,
        ge=0,
        le=100,
        description="Before publishing, train on permuted labels so many times, and fail if anything was learnt: then labels of"
        " the test part leak. 0: do without.",
    )
    drift_threshold: Annotated[float, Decides("drift")] = Field(
        0.25,
        gt=0,
        le=100,
        description="Population stability index above which a genre's features or predictions count as drifted from what the"
        " champion was trained on.",
    )
    promotion: Annotated[Literal["better", "significant"], Decides("promotion")] = Field(
        "better",
        description="When a new model becomes the champion, by its macro ROC-AUC less that of the champion on the same test"
        " tracks. better: above 0, and the lower end of its 95 % interval above -0.005. significant: the lower end above 0.",
    )
    approval: Annotated[Literal["none", "human"], Decides("promotion")] = Field(
        "none",
        description="Who decides where that interval has 0 in it. none: the rule above. human: a person in Airflow.",
    )
    approval_hours: Annotated[float, Decides("promotion")] = Field(
        72, gt=0, le=24 * 90, description="So long is a person waited for; after that the champion stays."
    )
    store_url: Annotated[str, Decides("places")] = Field(
        (CHECKOUT / ".mer" / "store").as_uri(), description="Object store: s3://bucket/prefix or file:///folder."
    )
    landing_url: Annotated[str | None, Decides("places")] = Field(
        None, description="Landing zone. Empty: 'landing' below the object store."
    )
    database_url: Annotated[SecretStr | None, Decides("places")] = Field(
        None, description="Postgres as mer_writer: postgresql+psycopg2://..."
    )
    scratch_dir: Annotated[Path, Decides("places")] = Field(
        Path(gettempdir()) / "mer-scratch", description="Local folder for copies of remote objects; may be emptied at any time."
    )
    gpu: Annotated[Literal["prefer", "require"], Decides("places")] = Field(
        "prefer", description="Where there is no GPU, prefer: use the CPU, and say so. require: fail."
    )

    @field_validator("genres", mode="before")
    @classmethod
    def _genres_from_a_form(cls, value: Any) -> Any:
        """A text has commas between genres; a list may have empty lines."""
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
            return value
        return tuple(part.strip() for part in parts if part.strip())

    @model_validator(mode="after")
    def _room_for_training(self) -> "Config":
        if self.validation_fraction + self.test_fraction > 0.8:
            raise ValueError(
                f"validation_fraction + test_fraction = {self.validation_fraction + self.test_fraction:g}, expected at most 0.8"
            )
        return self

    @classmethod
    def load(cls, params: Mapping[str, Any] | None = None) -> "Config":
        """Defaults, then ``MER_*``, then `params` (``None`` values are left out).

        Raises
        ------
        ConfigError
            One line that names each wrong field, its value and what was expected.
        """
        try:
            return cls(**{name: value for name, value in (params or {}).items() if value is not None})
        except ValidationError as error:
            found = "; ".join(
                f"{'.'.join(map(str, item['loc'])) or 'config'}={item.get('input')!r}: {item['msg']}" for item in error.errors()
            )
            raise ConfigError(f"configuration: {found}") from None

    @property
    def landing(self) -> str:
        """URL of the landing zone."""
        return self.landing_url or f"{self.store_url.rstrip('/')}/landing"

    def values(self) -> dict[str, Any]:
        """What decides the numbers, as plain JSON values: every field except the places and their credentials."""
        return self.model_dump(mode="json", exclude={*deciding("places")})

    def digest(self) -> str:
        """sha256 over :meth:`values`, in hex: stored with the run."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()


def kinds_of(field: FieldInfo) -> tuple[Kind, ...]:
    """What a field decides, in the order of its declaration; empty if it does not say."""
    return tuple(kind for declared in field.metadata if isinstance(declared, Decides) for kind in declared.kinds)


def deciding(*kinds: Kind, of: type[Config] = Config) -> tuple[str, ...]:
    """Names of the fields that decide any of `kinds`, in the order of their declaration.

    Examples
    --------
    >>> deciding("audio", "features")
    ('max_duration_seconds', 'segment_seconds')
    """
    return tuple(name for name, field in of.model_fields.items() if {*kinds_of(field)} & {*kinds})
