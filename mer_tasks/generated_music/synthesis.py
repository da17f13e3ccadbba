"""Sound synthesis of a score: wavetable tones, drums of noise and sweeps, reverberation, stereo mix and MP3 encoding.

In: a :class:`~mer_tasks.generated_music.score.Score`. Out: stereo samples below full scale, or the bytes of an MP3.
All random numbers come from the caller's generator, so the same score and seed always give the same sound.
"""

import io
from collections.abc import Callable, Mapping
from functools import cache

import numpy as np
import numpy.typing as npt
import scipy.signal
import soundfile

from mer_tasks.generated_music.score import Hit, InstrumentPart, Score, Timbre

RATE = 32_000
"""Sample rate in Hz. At these bit rates, MP3 keeps no frequency above 16 kHz, and each step is faster than at 44.1 kHz."""
TABLE = 16_384
"""Samples of a wavetable, which has one period. If it is read without interpolation, the error is 80 dB below the tone."""
PARTIALS = 48
"""Largest number of partials of a tone."""
CEILING = 0.8
"""Largest magnitude before encoding. MP3 may exceed it: by a sixth for the loudest pieces, by more for square waves."""
FADE_IN = 0.005
"""Duration of the fade at the start of a piece, in seconds."""
FADE_OUT = 0.8
"""Duration of the fade at the end of a piece, in seconds."""

Sound = npt.NDArray[np.float32]


def frequency(pitch: float) -> float:
    """Convert a MIDI number to a frequency in Hz, in equal temperament.

    Examples
    --------
    >>> frequency(69), frequency(81)
    (440.0, 880.0)
    """
    return float(440 * 2 ** ((pitch - 69) / 12))


def spectrum(timbre: Timbre, pitch: float, cutoff: float) -> npt.NDArray[np.float64]:
    """Compute the levels of the partials of a tone.

    Parameters
    ----------
    timbre : Timbre
    pitch : float
        MIDI number.
    cutoff : float
        Frequency above which partials are damped, in Hz.

    Returns
    -------
    np.ndarray [shape=(partials,), dtype=float64]
        The squares of the levels sum to 1. No partial has a frequency above 0.45 of the sample rate, except the first.
    """
    fundamental = frequency(pitch)
    order = np.arange(1, 1 + max(1, min(PARTIALS, int(0.45 * RATE / fundamental))))
    level = order**-timbre.slope * np.exp(-(order - 1) * fundamental / cutoff)
    level[1::2] *= timbre.even
    if timbre.formants:
        distance = np.log2(order[:, np.newaxis] * fundamental / np.array(timbre.formants))
        level *= 0.15 + np.exp(-0.5 * (distance / 0.25) ** 2).sum(axis=1)
    return np.asarray(level / np.sqrt(np.sum(level**2)))


def tone(timbre: Timbre, pitch: float, length: float, cutoff: float) -> Sound:
    """Synthesise one tone at full level, from silence to silence.

    A struck or plucked tone starts bright and becomes dull, as strings and bars do: a bright wavetable fades into a dull one.

    Parameters
    ----------
    timbre : Timbre
    pitch : float
        MIDI number.
    length : float
        Time until the release starts, in seconds; at least the attack of the timbre is used.
    cutoff : float
        Frequency above which partials are damped, in Hz.

    Returns
    -------
    np.ndarray [shape=(samples,), dtype=float32]
    """
    samples = round((max(length, timbre.attack) + timbre.release) * RATE)
    time = np.arange(samples) / RATE
    cycles = frequency(pitch) * time
    if timbre.vibrato:
        swing = np.log(2) / 12 * timbre.vibrato / (2 * np.pi * 5.5) * np.minimum(1, time / 0.5)
        cycles += frequency(pitch) * swing * np.sin(2 * np.pi * 5.5 * time)
    indices = (cycles * TABLE).astype(np.int32) & (TABLE - 1)
    levels = spectrum(timbre, pitch, cutoff)
    wave: Sound = _wavetable(levels)[indices]
    if timbre.decay:
        dull = _wavetable(levels * np.exp(-0.5 * np.arange(len(levels))))[indices]
        wave = dull + (wave - dull) * np.exp(-time / (0.3 * timbre.decay)).astype(np.float32)
    wave *= _envelope(timbre, time, samples / RATE)
    return wave


def _wavetable(levels: npt.NDArray[np.float64]) -> Sound:
    """Compute one period of a tone; the partials have the phases of a chirp, which keeps the peak low."""
    order = np.arange(1, 1 + len(levels))
    bins = np.zeros(TABLE // 2 + 1, np.complex128)
    bins[order] = levels * np.exp(-1j * np.pi * order * (order - 1) / len(levels) - 0.5j * np.pi)
    return np.asarray(np.fft.irfft(bins) * TABLE / 2, np.float32)


def _envelope(timbre: Timbre, time: npt.NDArray[np.float64], end: float) -> Sound:
    """Level of a tone over time: attack, decay and release."""
    rise = np.minimum(1, time / timbre.attack)
    fall = np.minimum(1, (end - time) / timbre.release)
    level = (rise * fall) ** 2 * (3 - 2 * rise) * (3 - 2 * fall)
    if timbre.decay:
        level *= np.exp(-time / timbre.decay)
    return np.asarray(level, np.float32)


def _sweep(seconds: float, start: float, stop: float, fall: float, decay: float) -> Sound:
    """Synthesise a drum's skin: a sine whose frequency falls from `start` to `stop` Hz and that decays."""
    time = np.arange(round(seconds * RATE)) / RATE
    phase = stop * time + (start - stop) * fall * (1 - np.exp(-time / fall))
    return _decaying(np.sin(2 * np.pi * phase), time, decay)


def _hiss(random: np.random.Generator, seconds: float, low: float, high: float, decay: float) -> Sound:
    """Synthesise noise between `low` and `high` Hz that decays."""
    time = np.arange(round(seconds * RATE)) / RATE
    band = scipy.signal.butter(2, (low, high), "bandpass", fs=RATE, output="sos")
    noise = scipy.signal.sosfilt(band, random.standard_normal(len(time)))
    return _decaying(noise / np.std(noise), time, decay)


def _decaying(wave: npt.NDArray[np.float64], time: npt.NDArray[np.float64], decay: float) -> Sound:
    """Give a wave the envelope of a stroke: a short attack, an exponential decay, and a fade at the end."""
    end = time[-1] + 1 / RATE
    level = np.minimum(1, time / 0.001) * np.exp(-time / decay) * np.minimum(1, (end - time) / 0.02)
    return np.asarray(wave * level, np.float32)


DRUMS: Mapping[str, Callable[[np.random.Generator], Sound]] = {
    "kick": lambda random: _sweep(0.35, 160, 48, 0.03, 0.12),
    "deep kick": lambda random: _sweep(0.45, 220, 44, 0.05, 0.16),
    "snare": lambda random: 0.5 * _sweep(0.2, 260, 180, 0.02, 0.07) + 0.35 * _hiss(random, 0.2, 900, 9_000, 0.07),
    "clap": lambda random: 0.45 * _hiss(random, 0.25, 800, 4_000, 0.06),
    "hat": lambda random: 0.18 * _hiss(random, 0.08, 6_500, 14_500, 0.02),
    "open hat": lambda random: 0.16 * _hiss(random, 0.3, 6_000, 14_500, 0.1),
    "shaker": lambda random: 0.14 * _hiss(random, 0.1, 4_000, 11_000, 0.035),
    "crash": lambda random: 0.25 * _hiss(random, 1.6, 2_500, 14_500, 0.5),
    "timpani": lambda random: _sweep(1.2, 95, 82, 0.05, 0.4),
    "tom": lambda random: _sweep(0.4, 150, 95, 0.06, 0.14),
}


def render(score: Score, random: np.random.Generator) -> Sound:
    """Render a score to sound.

    Parameters
    ----------
    score : Score
    random : np.random.Generator
        Draws the noise of the drums and of the room.

    Returns
    -------
    np.ndarray [shape=(samples, 2), dtype=float32]
        Magnitudes stay below ``CEILING``.
    """
    samples = round(score.seconds * RATE)
    dry = np.zeros((2, samples), np.float32)
    wet = np.zeros((2, samples), np.float32)
    for part in score.parts:
        bus = _render_part(part, samples, score.cutoff)
        dry += bus
        wet += np.float32(part.reverb) * bus
    drums = _render_drums(score.hits, samples, random)
    dry += drums
    wet += np.float32(0.08) * drums
    mixed = dry + scipy.signal.fftconvolve(wet, _room_response(score.room, random), axes=1)[:, :samples]
    return np.ascontiguousarray(_master(mixed, score.loudness).T)


def _render_part(part: InstrumentPart, samples: int, cutoff: float) -> Sound:
    """Render the part of one instrument: both channels, shape (2, samples)."""
    bus = np.zeros((2, samples), np.float32)
    sides = (0.0,) if not part.timbre.spread else (-0.005 * part.timbre.spread, 0.005 * part.timbre.spread)

    @cache
    def cached_tone(pitch: float, length: float) -> Sound:
        return tone(part.timbre, pitch, length, cutoff)

    for note in part.notes:
        for side, shift in enumerate(sides):
            wave = cached_tone(note.pitch + shift, round(note.length, 2))
            first = round(note.start * RATE)
            wave = wave[: max(0, samples - first)]
            channels = slice(side, side + 1) if len(sides) == 2 else slice(None)
            bus[channels, first : first + len(wave)] += np.float32(note.level) * wave
    if part.drive:
        bus = _overdrive(bus, part.drive)
    if part.tremolo:
        bus *= (1 - part.tremolo * (0.5 + 0.5 * np.sin(2 * np.pi * 9 * np.arange(samples) / RATE))).astype(np.float32)
    angle = np.pi / 4 * (1 + 0.7 * part.pan)
    return bus * np.float32(part.gain) * np.array([[np.cos(angle)], [np.sin(angle)]], np.float32) * np.float32(np.sqrt(2))


def _overdrive(bus: Sound, drive: float) -> Sound:
    """Overdrive a sound: the soft clipping of a valve, and a loudspeaker that damps frequencies above 5 kHz."""
    speaker = scipy.signal.butter(2, 5_000, fs=RATE, output="sos")
    return np.asarray(scipy.signal.sosfilt(speaker, np.tanh((1 + 6 * drive) * bus) / (1 + drive)), np.float32)


def _render_drums(hits: list[Hit], samples: int, random: np.random.Generator) -> Sound:
    """Render the strokes of all drums: both channels, shape (2, samples)."""
    bus = np.zeros((2, samples), np.float32)
    kit = {drum: DRUMS[drum](random) for drum in sorted({hit.drum for hit in hits})}
    for hit in hits:
        first = round(hit.start * RATE)
        wave = kit[hit.drum][: max(0, samples - first)]
        bus[:, first : first + len(wave)] += np.float32(hit.level) * wave
    return bus


def _room_response(seconds: float, random: np.random.Generator) -> Sound:
    """Impulse response of a room: noise that falls by 60 dB in `seconds`, and becomes duller; different in each channel."""
    samples = round(seconds * RATE)
    fall = np.exp(-np.log(1000) * np.arange(samples) / samples)
    noise = random.standard_normal((2, samples))
    dull = scipy.signal.sosfilt(scipy.signal.butter(1, 2_500, fs=RATE, output="sos"), noise, axis=1)
    early = np.linspace(1, 0, samples) ** 2
    response = (noise * early * 0.3 + dull) * fall * np.minimum(1, np.arange(samples) / (0.012 * RATE))
    return np.asarray(response / np.sqrt(np.sum(response**2, axis=1, keepdims=True)), np.float32)


def _master(mixed: Sound, loudness: float) -> Sound:
    """Scale the mix to a loudness, limit it softly, and fade it in and out."""
    level = float(np.sqrt(np.mean(np.square(mixed))))
    limited = np.float32(CEILING) * np.tanh(mixed * np.float32(10 ** (loudness / 20) / max(level, 1e-9) / CEILING))
    time = np.arange(mixed.shape[1], dtype=np.float32) / np.float32(RATE)
    fade = np.clip(np.minimum(time / FADE_IN, (time[-1] - time) / FADE_OUT), 0, 1)
    return np.asarray(limited * np.sin(np.float32(np.pi / 2) * fade) ** 2, np.float32)


def mp3(samples: Sound, artist: str = "") -> bytes:
    """Encode stereo samples as MP3, at a variable bit rate of about 100 kb/s.

    Parameters
    ----------
    samples : np.ndarray [shape=(samples, 2), dtype=float32]
    artist : str
        Artist for the file's tags; no tag is written if it is empty.
    """
    buffer = io.BytesIO()
    options = {"format": "MP3", "subtype": "MPEG_LAYER_III", "bitrate_mode": "VARIABLE", "compression_level": 0.6}
    with soundfile.SoundFile(buffer, "w", RATE, samples.shape[1], **options) as file:
        if artist:
            file.artist = artist
        file.write(samples)
    return buffer.getvalue()
