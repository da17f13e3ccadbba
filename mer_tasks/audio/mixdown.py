"""Mix-down: turn blocks of several channels into one mono signal.

The mono signal is the mean of the channels. While a track is decoded, a :class:`Mixer` also measures what the mean would hide:
channels that cancel each other or are silent (:mod:`mer_tasks.audio.channel_choice`), stray samples
(:mod:`mer_tasks.audio.stray_samples`), and a large DC offset. If it finds any, it gives another :class:`MixPlan`, and the track
is decoded once more by that plan. This happens to few tracks, so the others pay only for the measuring.

A DC offset is removed if its power is at least that of the sound: it would use up the range of the samples, and be a click at
both ends of the track. A smaller one stays, because features begin at 20 Hz, and because usual files then stay as they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mer_tasks.audio.channel_choice import ChannelStatistics
from mer_tasks.audio.sound_checks import largest_magnitude
from mer_tasks.audio.stray_samples import MAX_STRAY_SAMPLES, StraySampleSearch, interpolate_frames

SUSPICIOUS_DC_RATIO = 0.25
"""Estimated ratio of DC power to other power from which on it is measured exactly. An offset is removed from 1 on."""

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True)
class MixPlan:
    """How the channels of a track become one.

    Attributes
    ----------
    kept : tuple of int
        Channels whose mean is taken, counted from 0; empty for all.
    stray_frames : tuple of int
        Numbers of the frames that are interpolated, in order.
    dc_offset : float
        Offset that is subtracted from the mono signal, relative to full scale.
    """

    kept: tuple[int, ...] = ()
    stray_frames: tuple[int, ...] = ()
    dc_offset: float = 0.0

    def mixdown(self, channels: int) -> str:
        """Describe the channels that are taken of so many.

        Examples
        --------
        >>> MixPlan().mixdown(2), MixPlan(kept=(0,)).mixdown(2), MixPlan(kept=(0, 2)).mixdown(6)
        ('mean', 'channel 1 of 2', 'channels 1, 3 of 6')
        """
        if not self.kept:
            return "mean"
        numbers = ", ".join(str(channel + 1) for channel in self.kept)
        return f"channel{'s' if len(self.kept) > 1 else ''} {numbers} of {channels}"


class Mixer:
    """Mixer of one track, whose blocks it gets in order.

    Parameters
    ----------
    channels : int
        Number of channels.
    sample_rate : int
        Sample rate of the source, in Hz.
    plan : MixPlan
        What an earlier pass over the same track has found; by default all channels are averaged.
    """

    def __init__(self, channels: int, sample_rate: int, plan: MixPlan | None = None) -> None:
        self.plan = plan or MixPlan()
        self.channels = channels
        self._kept = self.plan.kept or tuple(range(channels))
        self._weights = np.zeros(channels, np.float32)
        self._weights[list(self._kept)] = 1 / len(self._kept)
        self._mono = np.empty(0, np.float32)
        self._frames = 0
        self._statistics = ChannelStatistics(channels, sample_rate)
        self._search = StraySampleSearch()

    def mix(self, block: Samples) -> Samples:
        """Return the mono signal of the next block; the same array is used again for the block after it.

        The mean is computed as a matrix product, because numpy's mean over a short last axis takes 25 times as long.

        Parameters
        ----------
        block : np.ndarray [shape=(frames, channels), dtype=float32]

        Returns
        -------
        np.ndarray [shape=(frames,), dtype=float32]

        Raises
        ------
        AudioError
            ``not_finite`` if a sample is NaN or infinite.
        """
        first = self._frames
        self._frames += len(block)
        stray = [frame - first for frame in self.plan.stray_frames if first <= frame < self._frames]
        if stray:
            block = interpolate_frames(block, stray)
        if len(self._mono) < len(block):
            self._mono = np.empty(len(block), np.float32)
        mono = self._mono[: len(block)]
        with np.errstate(all="ignore"):
            np.dot(block, self._weights, out=mono)
        peak = largest_magnitude(mono, first)
        self._search.add(mono, first=first, peak=peak)
        self._statistics.add(block)
        if self.plan.dc_offset:
            mono -= np.float32(self.plan.dc_offset)
        return mono

    def better_plan(self, resampled: Sequence[Samples]) -> MixPlan | None:
        """Return the plan by which the track must be decoded once more; None if this pass was right.

        Stray samples come first, because they spoil all statistics. The offset comes last, because it depends on the channels.

        Parameters
        ----------
        resampled : sequence of np.ndarray [shape=(samples,), dtype=float32]
            The mono signal of this pass, at any sample rate.
        """
        known = {*self.plan.stray_frames}
        stray = known.union(self._search.stray_frames(MAX_STRAY_SAMPLES - len(known)))
        if stray > known:
            return replace(self.plan, stray_frames=tuple(sorted(stray)))
        if not self.plan.kept:
            kept = self._statistics.channels_to_keep()
            if len(kept) < self.channels:
                return replace(self.plan, kept=kept)
        if self.plan.dc_offset or self._statistics.dc_ratio(self._weights) < SUSPICIOUS_DC_RATIO:
            return None
        mono = np.concatenate(resampled).astype(np.float64)
        offset = float(mono.mean()) if len(mono) else 0.0
        return replace(self.plan, dc_offset=offset) if 2 * offset**2 >= np.mean(mono**2) > 0 else None

    def cancelled_share(self) -> float:
        """Return the share of the time with sound, 0 to 1, in which two of the mixed channels cancel each other."""
        return self._statistics.cancelled_share(self._kept)
