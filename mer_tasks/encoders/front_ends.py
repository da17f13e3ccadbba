"""Front ends of encoders: what turns a track's samples into the input of a network, with every parameter.

Both are parts of the description of an encoder (:mod:`mer_tasks.encoders.description`).
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Part(BaseModel):
    """Base of the parts of a description: frozen, with strict types, without unknown entries."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", allow_inf_nan=False)


class Waveform(Part):
    """Front end that gives the encoder the samples themselves.

    Attributes
    ----------
    sample_rate : int
        Sample rate of the encoder's input, in Hz.
    """

    kind: Literal["waveform"]
    sample_rate: int = Field(ge=4000, le=48_000)


class LogMel(Part):
    """Front end that gives the encoder a log-mel spectrogram; :mod:`mer_tasks.encoders.log_mel` computes it.

    Attributes
    ----------
    sample_rate : int
        Sample rate of the samples, in Hz.
    n_fft, win_length, hop_length : int
        Length of the Fourier transform, of the Hann window in its middle, and distance of frames, in samples.
    framing : {"n_fft", "win_length"}
        Length of a frame. With n_fft the window lies in the middle of the frame, as in librosa; with win_length the frame is as
        long as the window, and zeros follow it up to n_fft.
    center : bool
        Whether frame t is centred at sample t * hop_length: the track is padded by half a frame on both sides.
    padding : {"zeros", "reflect"}
        What a centred front end pads with.
    n_mels : int
        Number of mel bands.
    fmin, fmax : float
        Edges of the mel bands, in Hz.
    mel_scale : {"slaney", "htk"}
        Formula of the mel scale.
    norm : {"slaney", None}
        Whether each filter has unit area; None: each filter has its peak at 1.
    power : {1, 2}
        Exponent of the magnitude spectrum: 1 is magnitude, 2 is power.
    log : {"natural", "decibel", "log10_10000"}
        ln(max(x, floor) + offset); 10 log10 (of magnitudes 20 log10) of max(x, floor); log10(1 + 10,000 x).
    floor, offset : float
        Smallest value that the logarithm gets, and what is added to it.
    reference : {"one", "max"}
        What 0 dB are: 1, or the largest value of the track.
    top_db : float or None
        Values more than so many dB below the largest one of the track are raised to that floor; None: they stay.
    """

    kind: Literal["log_mel"]
    sample_rate: int = Field(ge=4000, le=48_000)
    n_fft: int = Field(ge=16, le=16_384)
    win_length: int = Field(ge=16, le=16_384)
    hop_length: int = Field(ge=8, le=16_384)
    framing: Literal["n_fft", "win_length"] = "n_fft"
    center: bool
    padding: Literal["zeros", "reflect"] = "zeros"
    n_mels: int = Field(ge=1, le=1024)
    fmin: float = Field(ge=0)
    fmax: float = Field(gt=0)
    mel_scale: Literal["slaney", "htk"]
    norm: Literal["slaney"] | None
    power: Literal[1, 2]
    log: Literal["natural", "decibel", "log10_10000"]
    floor: float = Field(default=1e-10, ge=0)
    offset: float = Field(default=0.0, ge=0)
    reference: Literal["one", "max"] = "one"
    top_db: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _check(self) -> "LogMel":
        if self.win_length > self.n_fft:
            raise ValueError(f"win_length={self.win_length}: expected at most n_fft={self.n_fft}")
        if not self.fmin < self.fmax <= self.sample_rate / 2:
            raise ValueError(f"fmin={self.fmin:g}, fmax={self.fmax:g}: expected fmin < fmax <= {self.sample_rate / 2:g}")
        if self.log != "log10_10000" and self.floor + (self.offset if self.log == "natural" else 0) <= 0:
            raise ValueError(f"floor={self.floor:g}: expected more than 0, because silence has no logarithm")
        return self

    @property
    def frame_length(self) -> int:
        """Length of a frame, in samples."""
        return self.n_fft if self.framing == "n_fft" else self.win_length
