"""What becomes of a file: its length and decoder, or the reason of its rejection."""

import pytest

from mer_tasks.audio.decoding import Decoded, decode
from mer_tasks.errors import AudioError


def decoded(data: bytes, max_duration_seconds: float = 60) -> Decoded:
    """Decode a file of at most a minute."""
    return decode(data, max_duration_seconds=max_duration_seconds)


def refusal(data: bytes, max_duration_seconds: float = 60) -> AudioError:
    """Return the error with which a file is rejected."""
    with pytest.raises(AudioError) as caught:
        decoded(data, max_duration_seconds)
    return caught.value


def assert_whole(data: bytes, seconds: float, decoder: str = "libsndfile") -> Decoded:
    """Assert that a file is accepted with all its sound, give or take the delay and padding of an encoder."""
    track = decoded(data)
    assert track.duration_seconds == pytest.approx(seconds, abs=0.15)
    assert track.decoder == decoder
    return track


def assert_truncated(data: bytes, *texts: str) -> None:
    """Assert that a file is rejected as truncated, with texts in the message."""
    error = refusal(data)
    assert error.reason == "truncated"
    assert all(text in error.detail for text in texts), error.detail
