"""Description of a pretrained encoder: what it computes, from which input, under which licence (the file ``encoder.json``).

In: the bytes of the file. Out: a checked :class:`Encoder`, or one line that names the value, the expectation and the place.

An encoder turns each window of a track into one vector. Its space is the digest of everything that decides the vectors: vectors
of two spaces are never compared.
"""

import hashlib
import json
import math
import unicodedata
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator

from mer_tasks.audio.decoding import SAMPLE_RATE
from mer_tasks.encoders.front_ends import LogMel, Part, Waveform
from mer_tasks.errors import ConfigError

LARGEST_DESCRIPTION = 100_000
"""Largest size of encoder.json, in bytes."""
COMPUTATION = 1
"""Version of the code that computes vectors from samples: resampling, front end, windows, pooling."""
FILE = r"^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$"
NAME = r"^[a-z0-9][a-z0-9._-]{0,39}$"
TENSOR = r"^[!-~]{1,200}$"
"""Form of a tensor's name: ASCII characters without blanks."""
AXES = {"waveform": {"batch", "samples"}, "log_mel": {"batch", "bands", "frames"}}
"""Axes that the input tensor must have, apart from channels of length 1."""

Text = Annotated[str, Field(min_length=1, max_length=500)]
Axis = Literal["batch", "channel", "samples", "frames", "bands"]


class Golden(Part):
    """Files that show whether a machine computes the encoder's vectors.

    Attributes
    ----------
    audio : str
        Name of a mono 22,050 Hz FLAC or WAV file.
    vector : str
        Name of a NumPy file: float32 ``[shape=(windows, size)]``, the vectors of that audio.
    """

    audio: str = Field(pattern=FILE)
    vector: str = Field(pattern=FILE)


class Limits(Part):
    """What the encoder's process may use.

    Attributes
    ----------
    memory_mb : int
        Address space, in MiB.
    seconds : float
        Wall time for one track of at most ten minutes, in seconds; a longer one has more in proportion.
    """

    memory_mb: int = Field(ge=256, le=65_536)
    seconds: float = Field(gt=0, le=3600)

    def seconds_for(self, duration_seconds: float) -> float:
        """Return the wall time that a track of this duration may take, in seconds.

        Examples
        --------
        >>> Limits(memory_mb=2048, seconds=60).seconds_for(30), Limits(memory_mb=2048, seconds=60).seconds_for(3600)
        (60, 360.0)
        """
        return self.seconds * max(1, duration_seconds / 600)


class Encoder(Part):
    """A pretrained encoder.

    Attributes
    ----------
    format : {1}
        Version of this form of description.
    name, version : str
        Small letters, digits, ``.``, ``_`` and ``-``, at most 40 each; both together name one content.
    model_sha256 : str
        The sha256 of model.onnx, in hex.
    licence : str
        Licence of the weights, as an SPDX expression.
    commercial_use : bool
        Whether the licence allows commercial use.
    trained_on : str
        The music that the network was trained on, and what is known about overlap.
    front_end : Waveform or LogMel
        What the network's input is computed from.
    input : str
        Name of the input tensor.
    axes : tuple of str
        Axes of the input tensor, in order: batch, channel (of length 1), and samples or frames and bands.
    window_seconds, hop_seconds : float
        Length of a window and distance of the beginnings of windows, in seconds.
    short : {"pad", "reject"}
        What happens to a track that is shorter than one window: it is padded with zeros, or rejected.
    output : str
        Name of the output tensor: float32 ``[batch, size]``, or with pooling ``[batch, steps, size]``.
    size : int
        Numbers of a vector.
    pooling : {"none", "mean", "max"}
        How the steps of a window become one vector.
    golden : Golden
    limits : Limits
    """

    format: Literal[1]
    name: str = Field(pattern=NAME)
    version: str = Field(pattern=NAME)
    model_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    licence: Text
    commercial_use: bool
    trained_on: Text
    front_end: Waveform | LogMel = Field(discriminator="kind")
    input: str = Field(pattern=TENSOR)
    axes: Annotated[tuple[Axis, ...], Field(strict=False)]
    window_seconds: float = Field(ge=0.1, le=600)
    hop_seconds: float = Field(ge=0.05, le=600)
    short: Literal["pad", "reject"]
    output: str = Field(pattern=TENSOR)
    size: int = Field(ge=1, le=4000)
    pooling: Literal["none", "mean", "max"]
    golden: Golden
    limits: Limits

    @field_validator("licence")
    @classmethod
    def _spdx(cls, text: str) -> str:
        from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression

        try:
            return str(canonicalize_license_expression(text))
        except InvalidLicenseExpression:
            raise ValueError("expected an SPDX expression, such as ISC, GPL-3.0-or-later or LicenseRef-name") from None

    @field_validator("trained_on")
    @classmethod
    def _visible(cls, text: str) -> str:
        hidden = [character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp")]
        if hidden or not text.strip():
            raise ValueError(
                f"{hidden[0]!a} in it, expected a text without control characters" if hidden else "expected a text"
            )
        return text

    @model_validator(mode="after")
    def _check(self) -> "Encoder":
        if self.golden.audio == self.golden.vector or {"encoder.json", "model.onnx"} & {self.golden.audio, self.golden.vector}:
            raise ValueError("golden: expected two files besides encoder.json and model.onnx")
        required = AXES[self.front_end.kind]
        without_channels = [axis for axis in self.axes if axis != "channel"]
        if set(without_channels) != required or len(without_channels) != len(required) or len(self.axes) > 5:
            raise ValueError(f"axes={list(self.axes)}: expected {', '.join(sorted(required))}, each once, and perhaps channel")
        if self.axes[0] != "batch":
            raise ValueError(f"axes={list(self.axes)}: expected batch first")
        if self.window_frames < 1:
            raise ValueError(f"window_seconds={self.window_seconds:g}: expected at least one frame of the front end")
        return self

    @cached_property
    def window_frames(self) -> int:
        """Length of a window, in samples of a waveform front end or in frames of a log-mel front end."""
        front_end = self.front_end
        samples = round(self.window_seconds * front_end.sample_rate)
        if isinstance(front_end, Waveform):
            return samples
        if front_end.center:
            return samples // front_end.hop_length
        return 1 + (samples - front_end.frame_length) // front_end.hop_length if samples >= front_end.frame_length else 0

    def windows(self, samples: int) -> int:
        """Return the number of windows of a track: whole ones, but at least one.

        Parameters
        ----------
        samples : int
            Length of the track, in samples at 22,050 Hz.
        """
        return 1 + max(0, math.floor((samples / SAMPLE_RATE - self.window_seconds) / self.hop_seconds + 1e-9))

    @cached_property
    def space(self) -> str:
        """The sha256, in hex, of everything that decides the vectors."""
        decisive = self.model_dump(
            mode="json", exclude={"format", "name", "version", "licence", "commercial_use", "trained_on", "golden", "limits"}
        )
        return hashlib.sha256(json.dumps({**decisive, "computation": COMPUTATION}, sort_keys=True).encode()).hexdigest()

    @property
    def document(self) -> dict[str, Any]:
        """The description as JSON values; :meth:`of` makes it again."""
        return self.model_dump(mode="json")

    @classmethod
    def of(cls, document: Mapping[str, Any], where: str = "encoder") -> "Encoder":
        """Make an encoder from JSON values.

        Raises
        ------
        ConfigError
            In one line: each wrong entry, its value and what was expected.
        """
        try:
            return cls.model_validate(dict(document))
        except ValidationError as error:
            raise ConfigError(f"{where}: {'; '.join(_problem(item) for item in error.errors())}") from None

    def __str__(self) -> str:
        """Name the encoder for messages: its name and version."""
        return f"{self.name} {self.version}"


def _problem(item: Any) -> str:
    """Describe one entry that pydantic refuses: its place, its value and the expectation."""
    place = ".".join(str(part) for part in item["loc"] if part not in ("waveform", "log_mel"))
    message = str(item["msg"]).removeprefix("Value error, ")
    if item["type"] == "missing":
        return f"no {place}, expected it"
    if item["type"] == "extra_forbidden":
        return f"{place}: unknown entry"
    value = item.get("input")
    shown = f"{place} = {repr(value)[:100]}: " if place and not isinstance(value, Mapping) else f"{place}: " if place else ""
    return shown + message


def parse_encoder(data: bytes, where: str) -> Encoder:
    """Read the description of an encoder.

    Parameters
    ----------
    data : bytes
        Content of ``encoder.json``.
    where : str
        Address of the file, for messages.

    Raises
    ------
    ConfigError
        In one line, if this is no JSON or no valid description.
    """
    place = f"encoder {where}"
    if len(data) > LARGEST_DESCRIPTION:
        raise ConfigError(f"{place}: {len(data)} bytes, expected at most {LARGEST_DESCRIPTION}")
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"{place}: {error}; expected a JSON file in UTF-8") from None
    if not isinstance(document, dict):
        raise ConfigError(
            f"{place}: {type(document).__name__}, expected a JSON object with name, version and the other entries"
        )
    return Encoder.of(document, place)
