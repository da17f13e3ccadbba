"""Configuration of a run: what it computes, and where its stores are. It is validated and frozen.

A field takes its value from the DAG's params (or the command line), else from its ``MER_*`` environment variable, else from
the default below. Airflow's trigger form is made from the same fields, so each has bounds and a description.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import gettempdir
from typing import Annotated, Any, Literal
from unicodedata import normalize

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from mer_tasks.errors import ConfigError

GroupBy = Literal["artist", "track"]
Mode = Literal["train", "eval", "predict"]
DENSE = ("statistics", "embedding")
"""Presets whose networks have dense layers only. They train in seconds, and can be cross-fitted."""
LabelRule = Literal["auto", "share>=0.3", "share>mean", "seed", "majority"]
LABEL_RULES: dict[Literal["multi", "single"], tuple[LabelRule, ...]] = {
    "multi": ("share>=0.3", "share>mean", "seed"),
    "single": ("majority",),
}
"""Label rules by the kind of label set for which they mean something; ``auto`` is the first of them."""
IdMatch = Literal["exact", "blanks", "case", "number", "file_name", "loose"]


def _checkout() -> Path:
    """Return the folder that has this package and ``dags/``, or the working directory if the package is installed alone."""
    parent = Path(__file__).resolve().parents[1]
    return parent if (parent / "dags").is_dir() else Path.cwd()


CHECKOUT = _checkout()
# fmt: off
Kind = Literal[
    "places", "run", "corpus", "shards", "rejection", "decoding", "audio", "features",
    "labels", "split", "plan", "fit", "stopping", "judging", "drift", "promotion", "crossval", "keeping",
]
# fmt: on
"""Kinds of results and actions that a field can affect; see :class:`Decides`."""


class Decides:
    """Declaration of what a field of the configuration decides. Every field has one, beside its type.

    :func:`deciding` reads these declarations. They give the recipes of blobs, the fields that a run takes over from the
    champion, the fields that a cross-validation varies, and the sections of the trigger form.

    - ``places``: where things are, and whether a GPU is required; neither in the digest nor in the form;
    - ``run``: which stages a run has;
    - ``corpus``: which tracks a run has, and their names;
    - ``shards``: how the tracks are divided into mapped tasks;
    - ``decoding``: what a decoder may take for a file;
    - ``rejection``: how many files may be unusable;
    - ``audio``, ``features``, ``labels``, ``split``, ``plan`` (of synthetic segments): what the stage of that kind makes;
    - ``fit``: what an epoch does to the weights;
    - ``stopping``: how many epochs there are;
    - ``judging``: checks in addition to the metrics;
    - ``drift``, ``promotion``: the rule by which that stage decides;
    - ``crossval``, ``keeping``: only cross-validation, only housekeeping.

    Parameters
    ----------
    *kinds : str
        What the field decides. The first kind is also the field's section in the form.
    """

    def __init__(self, *kinds: Kind) -> None:
        self.kinds = kinds


class Config(BaseSettings):
    """All settings of a run.

    Raises
    ------
    ConfigError
        From :meth:`load`, when a value has the wrong type or is out of bounds.
    """

    model_config = SettingsConfigDict(
        env_prefix="MER_", frozen=True, extra="forbid", protected_namespaces=(), enable_decoding=False
    )

    mode: Annotated[Mode, Decides("run")] = Field(
        "train",
        description="train: fit a new model. eval: load a stored model and evaluate it on the same test tracks. predict: score"
        " tracks with the champion.",
    )
    model_run: Annotated[str | None, Decides("run")] = Field(
        None, description="Only for mode eval: the run whose model is loaded. Empty: the newest published training run."
    )
    genres: Annotated[tuple[str, ...], Decides("corpus")] = Field(
        (), description="Genres (folders of the landing zone) to use. Empty: all of them."
    )
    shard_size: Annotated[int, Decides("shards")] = Field(
        50,
        ge=1,
        le=100_000,
        description="Largest number of tracks in one mapped task. It is raised if there would be more than 1,000 tasks.",
    )
    reject_budget: Annotated[float, Decides("rejection")] = Field(
        0.10, ge=0, le=1, description="Share of a genre's files that may be unusable before the run fails."
    )
    decode_timeout_seconds: Annotated[float, Decides("decoding")] = Field(
        60, ge=1, description="A file that takes longer to decode is rejected."
    )
    decode_memory_mb: Annotated[int, Decides("decoding")] = Field(
        2048, ge=256, description="Address space that the decoding process may use, in MiB."
    )
    max_duration_seconds: Annotated[float, Decides("audio")] = Field(
        1800, ge=1, description="Longer files are rejected; the header is enough if it states the length."
    )
    segment_seconds: Annotated[float, Decides("features")] = Field(
        3.0, ge=1, le=30, description="Length of a segment, in seconds."
    )
    label_rule: Annotated[LabelRule, Decides("labels")] = Field(
        "auto",
        description="When a track has a label. auto: share>=0.3, or majority if each track has one label. share>=0.3: 3 in 10"
        " listeners or more chose it. share>mean: its share is above the mean over tracks. seed: above the median if shares"
        " have a standard deviation above 0.2, else above 0.4. majority: most chose it; the only rule for sets of kind single,"
        " and for no others.",
    )
    id_match: Annotated[IdMatch, Decides("labels", "corpus")] = Field(
        "exact",
        description="When an id in a CSV file means a track. exact: every character is the same. The others ignore differences."
        " blanks: around the id. case: that and upper case. number: blanks, leading zeros and a final .0. file_name: blanks,"
        " folder and file ending. loose: all of these.",
    )
    validation_fraction: Annotated[float, Decides("split")] = Field(
        0.15,
        gt=0,
        lt=0.5,
        description="Share of labelled tracks in the validation part, which sets the thresholds. Not used with crossfit.",
    )
    test_fraction: Annotated[float, Decides("split")] = Field(
        0.15, gt=0, lt=0.5, description="Share of labelled tracks in the test part, which gives the final metrics."
    )
    group_by: Annotated[GroupBy, Decides("split")] = Field(
        "artist",
        description="Tracks that always stay in one part. artist: the tracks of an artist, by metadata files or tags, and"
        " twins (equal or near-identical recordings). track: twins only. Mode eval uses the value of the run whose model is"
        " loaded.",
    )
    split_by: Annotated[Literal["stratification", "metadata"], Decides("split")] = Field(
        "stratification",
        description="Where parts come from. stratification: drawn, with equal rates of every label. metadata: the column 'part'"
        " of metadata files (train, validation or test), as for a published split; parts of other tracks are drawn.",
    )
    fresh_split: Annotated[bool, Decides("split")] = Field(
        False,
        description="Draw a new split instead of keeping each track in the part that it had in earlier runs."
        " Metrics are then not comparable with those of earlier runs. A champion that was trained on most of the new test"
        " part can only be replaced by hand (rollback).",
    )
    seed: Annotated[int, Decides("split", "plan", "fit")] = Field(
        42,
        ge=0,
        le=2**31 - 1,
        description="Random seed of the split, the synthetic segments, the initial weights and the order of training.",
    )
    balance: Annotated[Literal["weights", "smote", "oversampling", "none"], Decides("plan", "fit")] = Field(
        "weights",
        description="How training compensates for rare labels. weights: the presence of a rare label gets a larger"
        " weight. smote: synthetic segments by MLSMOTE. oversampling: repeated segments with rare labels. none: nothing.",
    )
    smote_neighbours: Annotated[int, Decides("plan")] = Field(
        5, ge=1, le=50, description="Number of nearest neighbours that MLSMOTE chooses from."
    )
    soft_targets: Annotated[bool, Decides("fit")] = Field(
        True,
        description="Train on the shares of listeners' votes, weighted by the number of listeners, instead of on yes/no labels."
        " Evaluation uses the labels in both cases.",
    )
    preset: Annotated[Literal["auto", "statistics", "embedding", "seed-cnn", "small-cnn"], Decides("fit", "split")] = Field(
        "auto",
        description="Network. statistics: summary statistics of a segment and two dense layers. embedding: the same with the"
        " embedding of the segment by the encoder. auto: embedding if the run has an encoder, else statistics. seed-cnn: three"
        " convolution blocks and Flatten; an epoch takes a minute on two cores. small-cnn: four such blocks and global average"
        " pooling.",
    )
    crossfit: Annotated[Literal["auto", "on", "off"], Decides("fit", "split")] = Field(
        "auto",
        description="Where calibration and thresholds come from. on: from every track that is not in the test part, each"
        " predicted by a network that was not fitted to it (cross-fitting). off: from the validation part. auto: on for"
        " statistics and embedding.",
    )
    crossfit_folds: Annotated[int, Decides("fit", "split")] = Field(
        5, ge=2, le=20, description="Number of folds of cross-fitting; fewer if there are fewer groups of tracks."
    )
    batch_size: Annotated[int | None, Decides("fit")] = Field(
        None,
        ge=1,
        le=4096,
        description="Segments in one gradient step. Empty: 128 for statistics and embedding, 32 for the CNNs.",
    )
    learning_rate: Annotated[float | None, Decides("fit")] = Field(
        None,
        gt=0,
        le=1,
        description="Adam's initial learning rate. Empty: 0.002 for statistics and embedding, 0.001 for the CNNs.",
    )
    epochs: Annotated[int, Decides("stopping")] = Field(
        40, ge=1, le=1000, description="Largest number of passes over the training segments."
    )
    patience: Annotated[int, Decides("stopping")] = Field(
        8, ge=1, le=100, description="Training stops after this many epochs without a lower validation loss."
    )
    compare_balance: Annotated[bool, Decides("judging")] = Field(
        False,
        description="Also fit the network with every other balance, and publish the scores of each on the validation part."
        " This takes four trainings instead of one.",
    )
    canary: Annotated[int, Decides("judging")] = Field(
        0,
        ge=0,
        le=100,
        description="Number of trainings on permuted labels before publishing. The run fails if such a model is better or"
        " worse than chance on the test part: then labels leak. 0: no such training.",
    )
    drift_threshold: Annotated[float, Decides("drift")] = Field(
        0.25,
        gt=0,
        le=100,
        description="Population stability index (PSI) above which a genre's features or predictions count as drifted from the"
        " champion's training data.",
    )
    promotion: Annotated[Literal["better", "significant"], Decides("promotion")] = Field(
        "better",
        description="When a new model becomes the champion. The difference is its macro ROC-AUC minus the champion's, on equal"
        " test tracks. better: it is above 0, and the lower end of its 95 % interval is above -0.005. significant: the lower"
        " end is above 0.",
    )
    approval: Annotated[Literal["none", "human"], Decides("promotion")] = Field(
        "none",
        description="Who decides if the 95 % interval of the difference contains 0. none: the promotion rule. human: a"
        " person in Airflow.",
    )
    approval_hours: Annotated[float, Decides("promotion")] = Field(
        72, gt=0, le=24 * 90, description="Hours that a person has to answer; after that the champion stays."
    )
    store_url: Annotated[str, Decides("places")] = Field(
        (CHECKOUT / ".mer" / "store").as_uri(), description="Object store: s3://bucket/prefix or file:///folder."
    )
    landing_url: Annotated[str | None, Decides("places")] = Field(
        None, description="Landing zone, where audio and annotations arrive. Empty: 'landing' below the object store."
    )
    labels: Annotated[str | None, Decides("places")] = Field(
        None, description="Label set: path or URL (s3://bucket/key) of a TOML file. Empty: Emotify's nine emotions."
    )
    encoder: Annotated[str | None, Decides("places")] = Field(
        None,
        description="Pretrained encoder: path or URL (s3://bucket/prefix) of a folder with encoder.json and model.onnx. Empty:"
        " none.",
    )
    database_url: Annotated[SecretStr | None, Decides("places")] = Field(
        None, description="URL of Postgres for the role mer_writer: postgresql+psycopg2://..."
    )
    scratch_dir: Annotated[Path, Decides("places")] = Field(
        Path(gettempdir()) / "mer-scratch",
        description="Local folder for copies of remote objects. It may be emptied at any time.",
    )
    gpu: Annotated[Literal["prefer", "require"], Decides("places")] = Field(
        "prefer", description="What happens without a GPU. prefer: use the CPU, and log it. require: fail."
    )

    @field_validator("genres", mode="before")
    @classmethod
    def _genres_from_a_form(cls, value: Any) -> Any:
        """Accept a text with commas between genres, or a list that may have empty lines; names become NFC."""
        parts = value.split(",") if isinstance(value, str) else value
        if not isinstance(parts, (list, tuple)) or not all(isinstance(part, str) for part in parts):
            return value
        return tuple(normalize("NFC", part.strip()) for part in parts if part.strip())

    @model_validator(mode="after")
    def _room_for_training(self) -> "Config":
        if self.validation_fraction + self.test_fraction > 0.8:
            raise ValueError(
                f"validation_fraction + test_fraction = {self.validation_fraction + self.test_fraction:g}, expected at most 0.8"
            )
        if self.crossfit == "on" and self.network not in DENSE:
            raise ValueError(f"crossfit='on' with preset={self.preset!r}, expected a preset of {', '.join(DENSE)}")
        return self

    @classmethod
    def load(cls, params: Mapping[str, Any] | None = None) -> "Config":
        """Build the configuration from `params` (``None`` counts as absent), else ``MER_*`` variables, else the defaults.

        Raises
        ------
        ConfigError
            In one line: each wrong field, its value and what was expected.
        """
        try:
            return cls(**{name: value for name, value in (params or {}).items() if value is not None})
        except ValidationError as error:
            problems = "; ".join(
                f"{'.'.join(map(str, item['loc'])) or 'config'}={item.get('input')!r}: {item['msg']}" for item in error.errors()
            )
            raise ConfigError(f"configuration: {problems}") from None

    @property
    def landing(self) -> str:
        """URL of the landing zone."""
        return self.landing_url or f"{self.store_url.rstrip('/')}/landing"

    @property
    def network(self) -> str:
        """The preset of the network: `preset`, or what ``auto`` stands for."""
        return self.preset if self.preset != "auto" else "embedding" if self.encoder else "statistics"

    @property
    def inner_folds(self) -> int:
        """Number of folds of cross-fitting; 0 if the validation part takes their place."""
        return self.crossfit_folds if self.crossfit != "off" and self.network in DENSE else 0

    @property
    def step_size(self) -> int:
        """Number of segments in one gradient step."""
        return self.batch_size or (128 if self.network in DENSE else 32)

    @property
    def first_learning_rate(self) -> float:
        """Adam's initial learning rate."""
        return self.learning_rate or (2e-3 if self.network in DENSE else 1e-3)

    def values(self) -> dict[str, Any]:
        """Return the fields that decide results, as JSON values: every field except places and their credentials."""
        return self.model_dump(mode="json", exclude={*deciding("places")})

    def digest(self) -> str:
        """Return the sha256 over :meth:`values`, in hex; it is stored with the run."""
        return hashlib.sha256(json.dumps(self.values(), sort_keys=True).encode()).hexdigest()


def kinds_of(field: FieldInfo) -> tuple[Kind, ...]:
    """Return what a field decides, in the order of its declaration; empty if it declares nothing."""
    return tuple(kind for declared in field.metadata if isinstance(declared, Decides) for kind in declared.kinds)


def deciding(*kinds: Kind, of: type[Config] = Config) -> tuple[str, ...]:
    """Return the names of the fields that decide any of `kinds`, in the order of their declaration.

    Examples
    --------
    >>> deciding("audio", "features")
    ('max_duration_seconds', 'segment_seconds')
    """
    return tuple(name for name, field in of.model_fields.items() if {*kinds_of(field)} & {*kinds})
