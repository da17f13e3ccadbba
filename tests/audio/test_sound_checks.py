"""Sound checks: what is no music, and what must not be taken for it."""

import numpy as np
import pytest

from mer_tasks.audio.decoding import decode
from mer_tasks.audio.sound_checks import check_sound
from mer_tasks.errors import AudioError
from tests.support.audio_files import encoded, music

RATE = 48_000
SECONDS = 5
TIME = np.arange(SECONDS * RATE) / RATE
NOISE = np.random.default_rng(0).standard_normal(len(TIME))
MUSIC = music(SECONDS, RATE)[:, 0]
ZERO = np.zeros(len(TIME))
LOSSY = [("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS"), ("OGG", "VORBIS")]


def sine(hertz: float, phase: float | np.ndarray = 0.0) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * TIME + phase)


def clicks(positions: list[int] | np.ndarray, height: float = 0.9) -> np.ndarray:
    samples = ZERO.copy()
    samples[positions] = height
    return samples


def rejection(samples: np.ndarray, container: str = "WAV", subtype: str = "FLOAT") -> str:
    """Return the reason for which a file with these samples is rejected; empty if it is accepted."""
    try:
        decode(encoded(samples.astype(np.float32), RATE, container, subtype), max_duration_seconds=60)
    except AudioError as error:
        return error.reason
    return ""


SILENT = {
    "zeros": ZERO,
    "dc": ZERO + 0.4,
    "dc at full scale": ZERO - 1,
    "dc with dither": 0.4 + 3e-5 * NOISE,
    "dc of opposite signs": np.stack([ZERO + 0.4, ZERO - 0.4], axis=1),
    "dc in one channel": np.stack([ZERO, ZERO + 0.4], axis=1),
    "dc that jumps": np.where(TIME < 2, 0.4, -0.2),
    "dc that rises": 0.8 * TIME / SECONDS - 0.4,
    "dc that drifts slowly": 0.4 * sine(0.1),
    "dc that drifts": 0.4 * sine(2),
    "dither": 2e-5 * NOISE,
    "noise floor": 10 ** (-85 / 20) * NOISE,
    "noise floor in stereo": 10 ** (-85 / 20) * np.stack([NOISE, NOISE[::-1]], axis=1),
    "one click": clicks([70_000]),
    "one stray sample": clicks([70_000], 17_600),
    "one click at each end": clicks([0, -1]),
    "above the highest frequency of the features": 0.3 * sine(13_000),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_cannot_be_heard_is_silent(name: str) -> None:
    assert rejection(SILENT[name]) == "silent"


@pytest.mark.parametrize(("container", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_24"), *LOSSY[:2]])
@pytest.mark.parametrize("name", ["zeros", "dc", "noise floor", "one click"])
def test_silence_is_silent_in_every_format(name: str, container: str, subtype: str) -> None:
    assert rejection(SILENT[name], container, subtype) == "silent"


TEST_TONES = {
    "1 kHz": 0.3 * sine(1000),
    "hum": 0.3 * sine(50),
    "hum with harmonics": sum(0.2 / number * sine(50 * number) for number in range(1, 9)),
    "dial tone": 0.2 * sine(350) + 0.2 * sine(440),
    "quiet": 0.003 * sine(440),
    "with dc": 0.3 + 0.1 * sine(440),
    "with dc that drifts": 0.3 * sine(440) + 0.2 * sine(0.1),
    "with faint noise": 0.3 * sine(440) + 0.0007 * NOISE,
    "inverted channels": np.stack([0.3 * sine(440), -0.3 * sine(440)], axis=1),
    "between silences": np.where((TIME > 0.6) & (TIME < 4.3), 0.3 * sine(440), 0),
    "faded in and out": 0.3 * np.minimum(1, np.minimum(TIME, SECONDS - TIME) / 0.02) * sine(440),
}


@pytest.mark.parametrize("name", TEST_TONES)
def test_a_tone_of_constant_level_is_a_test_tone(name: str) -> None:
    assert rejection(TEST_TONES[name]) == "test_tone"


@pytest.mark.parametrize("hertz", [50, 3017])
@pytest.mark.parametrize(("container", "subtype"), LOSSY)
def test_a_test_tone_is_recognised_in_lossy_formats(hertz: float, container: str, subtype: str) -> None:
    assert rejection(0.3 * sine(hertz), container, subtype) == "test_tone"


DECAY = np.exp(-60 * (TIME % 0.5))
MUSICAL = {
    "music": MUSIC,
    "music at -60 dB": 0.002 * MUSIC,
    "music with dc": MUSIC + 0.4,
    "music with dc that drifts": MUSIC + 0.3 * sine(0.1),
    "half silent": np.where(TIME < 2.5, MUSIC, 0),
    "click track": clicks(np.arange(0, len(TIME), RATE // 2)),
    "loud click track": clicks(np.arange(0, len(TIME), RATE // 2), 1.8),
    "castanets": 0.2 * DECAY * NOISE,
    "castanets above full scale": DECAY * NOISE,
    "short knocks above full scale": np.exp(-500 * (TIME % 0.5)) * NOISE + 0.002 * NOISE[::-1],
    "white noise": 0.2 * NOISE,
    "quiet noise": 10 ** (-70 / 20) * NOISE,
    "tremolo": 0.3 * (1 + 0.1 * sine(5)) * sine(440),
    "slow tremolo": 0.3 * (1 + 0.1 * sine(0.3)) * sine(440),
    "vibrato": 0.3 * sine(440, 2 * sine(5)),
    "slow beats": 0.2 * sine(440) + 0.2 * sine(440.5),
    "fade": 0.3 * (1 - TIME / SECONDS) * sine(440),
    "one tone after another": 0.3 * np.where(TIME < 2.5, sine(440), sine(550)),
    "busy tone": 0.3 * (TIME % 1 < 0.5) * sine(425),
    "tone that ends": np.where(TIME < 4, 0.3 * sine(440), 0.003 * NOISE),
    "drone of many partials": sum(0.1 * sine(hertz) for hertz in (110, 165, 220, 275, 330)),
    "drone in noise": 0.2 * sine(110) + 0.02 * NOISE,
    "short tone": (0.3 * sine(440))[: 2 * RATE],
}


@pytest.mark.parametrize("name", MUSICAL)
def test_whatever_may_be_music_is_accepted(name: str) -> None:
    assert rejection(MUSICAL[name]) == ""


@pytest.mark.parametrize("count", [11, 100, 500])
def test_more_than_a_handful_of_stray_samples_beside_which_the_rest_is_nothing_are_spikes(count: int) -> None:
    samples = MUSIC.copy()
    samples[np.linspace(1000, len(samples) - 1000, count).astype(int)] = 17_600
    assert rejection(samples) == "spikes"


def test_music_beside_spikes_that_leave_it_audible_is_accepted() -> None:
    samples = MUSIC.copy()
    samples[np.arange(100) * 2000] = 40
    assert rejection(samples) == ""


@pytest.mark.parametrize("scale", [3, 32_768, 8_388_608])
def test_music_far_above_full_scale_is_accepted(scale: float) -> None:
    assert rejection(scale * MUSIC) == ""


def test_the_messages_state_what_was_found_and_what_was_expected() -> None:
    silence = np.zeros(22_050 * 60, np.int16)
    with pytest.raises(AudioError, match=r"silent: sound above -80 dB in 0.00 of 60.00 s, expected it in at least 0.06 s"):
        check_sound(silence, sample_rate=22_050, gain=1)
    tone = (9000 * np.sin(np.arange(22_050 * 5) / 7)).astype(np.int16)
    with pytest.raises(
        AudioError, match=r"test_tone: one or two tones of constant level for 4.90 s, expected sound that changes"
    ):
        check_sound(tone, sample_rate=22_050, gain=1)
    spikes = silence.copy()
    spikes[::1000] = 32_767
    with pytest.raises(AudioError, match=r"spikes: 100% of the energy is in single samples, the largest 200 times full scale"):
        check_sound(spikes, sample_rate=22_050, gain=0.005)


def test_long_tracks_are_checked_in_bounded_memory() -> None:
    import tracemalloc

    tone = np.tile((9000 * np.sin(2 * np.pi * np.arange(22_050) * 440 / 22_050)).astype(np.int16), 300)
    tracemalloc.start()
    with pytest.raises(AudioError, match="test_tone"):
        check_sound(tone, sample_rate=22_050, gain=0.1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * tone.nbytes
