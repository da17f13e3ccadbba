"""Sound checks: reject samples that are not music.

In: the samples of a track in canonical form. Out: nothing, or an :class:`~mer_tasks.errors.AudioError` with one of the reasons
``not_finite``, ``silent``, ``spikes`` and ``test_tone``. A false rejection of music is worse than a noise that is accepted, so
each check rejects only what leaves no doubt; noise of every kind is accepted. Each check stops as soon as it has seen music, so
a usual track costs some spectra of a fifth of a second.
"""

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mer_tasks.errors import AudioError

SILENCE = 1e-4
"""RMS that a frame with sound exceeds, relative to full scale: -80 dB, the floor of the features."""
FRAME_SECONDS = 0.01
"""Length of the frames in which sound is looked for."""
FRAMES_AT_A_TIME = 32
"""Frames that are measured at a time, so that memory does not grow with the track."""
MIN_JUDGED_SECONDS = 0.1
"""Shortest track that is judged, in seconds."""
MIN_SOUND_SECONDS = 0.05
"""Shortest time with sound of a track, in seconds; a click takes up 0.01 to 0.02 s."""
MIN_SOUND_SHARE = 0.001
"""Smallest share of a track that has sound."""
EDGE_SECONDS = 0.1
"""Time at both ends in which sound does not count, but at most a tenth of the track: lossy formats ring where a DC begins."""
SPIKE_CREST = 6.0
"""Ratio of peak to RMS in a frame of :data:`FRAME_SECONDS` above which the frame is a spike. Music has 2 to 5."""
SPIKE_REST = 1e-3
"""Magnitude, relative to full scale, below which the gain has left nothing of a sample: -60 dB."""
LOUD_GAIN = 0.5
"""Gain below which spikes are looked for: the peak is then 6 dB or more above full scale."""
SPIKE_SHARE = 0.9
"""Share of the energy in spikes above which a track consists of spikes, if nothing is left of half of its samples."""
SPECTRUM_SAMPLES = 4096
"""Length of the spectra that are compared, 0.19 s at the sample rate of the features."""
MIN_TONE_SECONDS = 3.0
"""Shorter sound is never a test tone."""
TONE_CHANGE = 0.03
"""Largest difference between two magnitude spectra of a test tone, relative to the first: -30 dB, because lossy formats add
noise of up to -34 dB. In music it exceeds 0.5."""
TONE_SHARE = 0.75
"""Smallest share of the power in the two strongest spectral lines of a test tone. A drone of three equal partials has 0.67."""
LINE_BINS = 3
"""Bins on each side of a spectral line that belong to it; also the bins from 0 Hz on that are left out as DC."""
WINDOW = np.hanning(SPECTRUM_SAMPLES)

Samples = npt.NDArray[np.float32]
Signal = npt.NDArray[np.float64]
PCM = npt.NDArray[np.int16]


def largest_magnitude(samples: Samples, first: int) -> float:
    """Return the largest magnitude of some samples; raise ``not_finite`` if one is NaN or infinite.

    `first` is the number of the first sample within the file, for the message.
    """
    peak = float(max(samples.max(), -samples.min())) if len(samples) else 0.0
    if not np.isfinite(peak):
        number = first + int(np.flatnonzero(~np.isfinite(samples))[0])
        raise AudioError("not_finite", f"sample {number} is NaN or infinite, expected finite numbers")
    return peak


def check_sound(pcm: PCM, *, sample_rate: int, gain: float) -> None:
    """Raise an error if the samples are not music.

    Less than :data:`MIN_JUDGED_SECONDS` is not judged: it is too short for a segment.

    Parameters
    ----------
    pcm : np.ndarray [shape=(samples,), dtype=int16]
        Samples in canonical form.
    sample_rate : int
        Sample rate of `pcm`, in Hz.
    gain : float
        Factor by which the samples were multiplied to fit into 16 bits.

    Raises
    ------
    AudioError
        ``silent``, ``spikes`` or ``test_tone``.
    """
    if len(pcm) < MIN_JUDGED_SECONDS * sample_rate:
        return
    frame = round(FRAME_SECONDS * sample_rate)
    _check_silence(pcm, frame, sample_rate)
    if gain < LOUD_GAIN:
        _check_spikes(pcm, frame, gain)
    _check_tone(pcm, frame, sample_rate)


def _pieces(pcm: PCM, frame: int) -> Iterator[Signal]:
    """Yield the whole frames relative to full scale, some at a time [shape=(up to FRAMES_AT_A_TIME, frame)]."""
    step = FRAMES_AT_A_TIME * frame
    for start in range(0, len(pcm) // frame * frame, step):
        piece = pcm[start : start + step]
        yield piece[: len(piece) // frame * frame].reshape(-1, frame) / 32_768


@lru_cache(maxsize=1)
def _quadratic_basis(frame: int) -> Signal:
    """Return an orthonormal basis of the quadratic polynomials over a frame [shape=(frame, 3)]."""
    basis: Signal = np.linalg.qr(np.vander(np.linspace(-1, 1, frame), 3))[0]
    return basis


def _has_sound(frames: Signal) -> npt.NDArray[np.bool_]:
    """Return for each frame whether its RMS without its quadratic trend exceeds :data:`SILENCE`.

    So neither a DC offset nor a drift of less than about 4 Hz is sound.
    """
    basis = _quadratic_basis(frames.shape[1])
    rest = frames - (frames @ basis) @ basis.T
    sound: npt.NDArray[np.bool_] = np.einsum("ij,ij->i", rest, rest) > SILENCE**2 * frames.shape[1]
    return sound


def _check_silence(pcm: PCM, frame: int, sample_rate: int) -> None:
    edge = min(round(EDGE_SECONDS * sample_rate), len(pcm) // 10) // frame * frame
    seconds = len(pcm) / sample_rate
    needed = max(MIN_SOUND_SECONDS, MIN_SOUND_SHARE * seconds)
    found = 0.0
    for frames in _pieces(pcm[edge : len(pcm) - edge], frame):
        found += FRAME_SECONDS * np.count_nonzero(_has_sound(frames))
        if found >= needed:
            return
    level = 20 * np.log10(SILENCE)
    raise AudioError(
        "silent", f"sound above {level:.0f} dB in {found:.2f} of {seconds:.2f} s, expected it in at least {needed:.2f} s"
    )


def _check_spikes(pcm: PCM, frame: int, gain: float) -> None:
    energy = energy_of_spikes = 0.0
    samples = samples_left = 0
    for frames in _pieces(pcm, frame):
        energies = np.einsum("ij,ij->i", frames, frames)
        spikes = np.abs(frames).max(axis=1) ** 2 > SPIKE_CREST**2 * energies / frame
        energy += energies.sum()
        energy_of_spikes += energies[spikes].sum()
        samples += frames.size
        samples_left += int(np.count_nonzero(np.abs(frames) > SPIKE_REST))
    share = energy_of_spikes / energy
    if share > SPIKE_SHARE and 2 * samples_left < samples:
        raise AudioError(
            "spikes",
            f"{share:.0%} of the energy is in single samples, the largest {1 / gain:.3g} times full scale;"
            f" expected at most {SPIKE_SHARE:.0%}",
        )


def _spectrum(pcm: PCM, start: int) -> Signal:
    spectrum: Signal = np.abs(np.fft.rfft(pcm[start : start + SPECTRUM_SAMPLES] * WINDOW))
    spectrum[:LINE_BINS] = 0
    return spectrum


def _has_two_lines(spectrum: Signal) -> bool:
    """Return whether nearly all power is in the two strongest lines of a spectrum."""
    power = spectrum**2
    total = power.sum()
    for _ in range(2):
        peak = int(power.argmax())
        power[max(0, peak - LINE_BINS) : peak + LINE_BINS + 1] = 0
    return bool(total - power.sum() >= TONE_SHARE * total)


def _is_constant(pcm: PCM, starts: range) -> bool:
    """Return whether the spectra that begin at these samples are equal."""
    first = _spectrum(pcm, starts[0])
    limit = TONE_CHANGE * np.linalg.norm(first)
    return all(np.linalg.norm(_spectrum(pcm, start) - first) <= limit for start in starts[1:])


def _check_tone(pcm: PCM, frame: int, sample_rate: int) -> None:
    """Raise ``test_tone`` if all sound, from the first to the last, has one spectrum of one or two lines."""
    length = round(MIN_TONE_SECONDS * sample_rate)
    if len(pcm) < length or not _is_constant(pcm, range(len(pcm) // 4, len(pcm) - SPECTRUM_SAMPLES, len(pcm) // 4)):
        return
    sounding = np.flatnonzero(np.concatenate([_has_sound(frames) for frames in _pieces(pcm, frame)]))
    edge = 5 * frame  # what begins or ends within a frame has another spectrum there
    start, stop = int(sounding[0]) * frame + edge, (int(sounding[-1]) + 1) * frame - edge
    if stop - start < length - 3 * edge or not _has_two_lines(_spectrum(pcm, start)):
        return
    if _is_constant(pcm, range(start, stop - SPECTRUM_SAMPLES + 1, SPECTRUM_SAMPLES // 2)):
        seconds = (stop - start) / sample_rate
        raise AudioError("test_tone", f"one or two tones of constant level for {seconds:.2f} s, expected sound that changes")
