"""Checks of a decoded file: what its header and its structure say, and whether a decoder has found all of it."""

from dataclasses import replace

from mer_tasks.audio.ffmpeg_source import FfmpegSource
from mer_tasks.audio.sndfile_source import SndfileSource
from mer_tasks.audio.stream_length import TOLERANCE_SECONDS, StreamLength
from mer_tasks.errors import AudioError

SAMPLE_RATE_RANGE = (1_000, 768_000)
"""Lowest and highest plausible sample rate of a source, in Hz; any other rate means that the header is damaged."""

Source = SndfileSource | FfmpegSource


def check_header(source: Source, length: StreamLength, max_duration_seconds: float) -> None:
    """Raise an error if the header or the structure of a file shows that it cannot be used, before anything is decoded.

    The reasons are ``not_audio`` for an impossible sample rate, ``too_long``, ``empty_audio`` and ``truncated``.
    """
    rate = source.samplerate
    if not SAMPLE_RATE_RANGE[0] <= rate <= SAMPLE_RATE_RANGE[1]:
        lowest, highest = SAMPLE_RATE_RANGE
        raise AudioError("not_audio", f"sample rate {rate} Hz, expected {lowest} to {highest} Hz")
    claimed = source.claimed_seconds if length.seconds is None else length.seconds
    if claimed > max_duration_seconds + TOLERANCE_SECONDS:
        raise AudioError(
            "too_long", f"{claimed:.0f} s of sound by its {length.evidence}, expected at most {max_duration_seconds:g} s"
        )
    if length.seconds == 0:
        raise AudioError("empty_audio", f"0 frames of sound by its {length.evidence}, expected at least one")
    if length.problem:
        raise AudioError("truncated", length.problem)


def check_length(source: Source, length: StreamLength, frames: int) -> None:
    """Raise ``truncated`` if clearly less was decoded than the structure promises, and ``empty_audio`` if nothing was."""
    if frames == 0:
        raise AudioError("empty_audio", "0 frames of sound, expected at least one")
    if length.seconds is None:
        length = replace(length, seconds=source.claimed_seconds)
    seconds = frames / source.samplerate
    if length.lacks(seconds, lossless=source.lossless):
        raise AudioError("truncated", f"{seconds:.2f} s of sound, expected {length.seconds:.2f} s by its {length.evidence}")
