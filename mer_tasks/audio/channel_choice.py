"""Choice of channels: which channels of a track become its mono signal.

The mean of all channels is right for nearly all music. Two kinds of channels are left out of it:

- **Channels that cancel each other**, as by a cable with swapped wires. In the sum of such a pair, less than a quarter remains
  of the power that the sum of independent channels has (6 dB), for a quarter of the time with sound or more. The quieter
  channel of the pair is left out, or the later one if their levels differ by less than 1 dB.
- **Silent channels**, 40 dB or more below the loudest channel. The mean with them would make the music quieter.

Power is measured without DC, for stretches of a second or slightly more, on 16 of every 1,024 frames. So a part of the spectrum
that alone cancels is noticed only if it has most of the power.

In: blocks of all channels while they are decoded. Out: the channels to keep.
"""

from functools import cached_property

import numpy as np
import numpy.typing as npt

CANCELLED_POWER = 0.25
"""Power of the sum of two channels, relative to the sum of their powers, below which they cancel each other: -6 dB."""
MAX_CANCELLED_SHARE = 0.25
"""Share of the time with sound from which on a pair that cancels is not mixed; music may have effects in opposite phase."""
MIN_CANCELLED_SHARE = 0.05
"""Share of the time with sound from which on a pair that cancels and is mixed nevertheless is reported."""
SILENT_CHANNEL = 1e-4
"""Power of a silent channel, relative to the loudest channel: -40 dB."""
QUIET_STRETCH = 1e-4
"""Power of a stretch, relative to the loudest stretch, up to which it does not count as time with sound: -40 dB."""
EQUAL_POWER = 1.26
"""Ratio of powers below which the first of two channels is kept: 1 dB."""
RUN = 16
"""Frames in a row that are measured."""
PERIOD = 1_024
"""Frames from the start of one measured run to the start of the next."""
STRETCHES_AT_A_TIME = 16
"""Stretches that are measured together."""
MAX_CHANNELS = 32
"""Files with more channels are not measured: their channels are always averaged."""

Samples = npt.NDArray[np.float32]
Powers = npt.NDArray[np.float64]


class ChannelStatistics:
    """Statistics of the channels of a track, from which the channels of its mono signal are chosen.

    Parameters
    ----------
    channels : int
        Number of channels.
    sample_rate : int
        Sample rate, in Hz.

    Examples
    --------
    >>> statistics = ChannelStatistics(2, 8000)
    >>> tone = np.sin(np.arange(16_000, dtype=np.float32))
    >>> statistics.add(np.stack([tone, -tone], axis=1))
    >>> statistics.channels_to_keep()
    (0,)
    """

    def __init__(self, channels: int, sample_rate: int) -> None:
        self.channels = channels
        self._measured = channels <= MAX_CHANNELS
        self._stretch_frames = sample_rate
        self._frames = 0
        self._runs: list[Samples] = []
        self._stretches: list[Samples] = []
        self._lengths: list[int] = []
        self._means: list[Powers] = []
        self._covariances: list[Powers] = []

    def add(self, block: Samples) -> None:
        """Add the next block [shape=(frames, channels), dtype=float32]."""
        if not self._measured:
            return
        periods = len(block) // PERIOD
        every_run = block[: periods * PERIOD].reshape(periods, -1)[:, : RUN * self.channels] if periods else block[:RUN]
        self._runs.append(every_run.flatten().reshape(-1, self.channels))
        self._frames += len(block)
        if self._frames >= self._stretch_frames:
            self._end_stretch()

    def _end_stretch(self) -> None:
        if self._frames:
            self._stretches.append(np.concatenate(self._runs))
            self._lengths.append(self._frames)
            self._runs = []
            self._frames = 0
            if len(self._stretches) == STRETCHES_AT_A_TIME:
                self._measure()

    def _measure(self) -> None:
        """Measure means and covariances of the stretches that wait; together, because a call costs more than its sums."""
        if not self._stretches:
            return
        counts = np.array([len(stretch) for stretch in self._stretches], np.float64)
        frames = np.zeros((len(counts), int(counts.max()), self.channels))
        for padded, stretch in zip(frames, self._stretches, strict=True):
            padded[: len(stretch)] = stretch
        means = np.ones(frames.shape[1]) @ frames / counts[:, np.newaxis]
        products = frames.transpose(0, 2, 1) @ frames / counts[:, np.newaxis, np.newaxis]
        self._means += list(means)
        self._covariances += list(products - means[:, :, np.newaxis] * means[:, np.newaxis, :])
        self._stretches = []

    def _finish(self) -> None:
        self._end_stretch()
        self._measure()

    def channels_to_keep(self) -> tuple[int, ...]:
        """Return the channels whose mean is the mono signal, counted from 0; call it after the last block."""
        self._finish()
        every = tuple(range(self.channels))
        if not self._lengths or self.channels == 1:
            return every
        power = np.diagonal(self._mean_over_time(self._covariances))
        kept = [channel for channel in every if power[channel] > SILENT_CHANNEL * power.max()]
        if not kept:
            return every
        shares = self._cancelled_shares
        while True:
            among_kept = shares[np.ix_(kept, kept)]
            if among_kept.max() < MAX_CANCELLED_SHARE:
                return tuple(kept)
            first, second = sorted(int(position) for position in np.unravel_index(among_kept.argmax(), among_kept.shape))
            del kept[first if power[kept[second]] > EQUAL_POWER * power[kept[first]] else second]

    def cancelled_share(self, kept: tuple[int, ...]) -> float:
        """Return the share of the time with sound in which two of these channels cancel each other; call it at the end."""
        self._finish()
        return float(self._cancelled_shares[np.ix_(kept, kept)].max()) if self._lengths and len(kept) > 1 else 0.0

    def dc_ratio(self, weights: Samples) -> float:
        """Estimate the ratio of the DC power to the other power in a weighted sum of the channels; call it at the end.

        Files that are not measured have the ratio infinity, as a signal of DC only has.
        """
        self._finish()
        if not self._lengths:
            return np.inf
        power = weights @ self._mean_over_time(self._covariances) @ weights
        mean = weights @ self._mean_over_time(self._means)
        return float(mean**2 / power) if power > 0 else np.inf

    def _mean_over_time(self, values: list[Powers]) -> Powers:
        mean: Powers = np.tensordot(self._lengths, values, 1) / sum(self._lengths)
        return mean

    @cached_property
    def _cancelled_shares(self) -> Powers:
        """For each pair of channels the share of time in which they cancel each other [shape=(channels, channels)]."""
        covariances = np.stack(self._covariances)
        power = np.diagonal(covariances, axis1=1, axis2=2)
        pair_power = power[:, :, np.newaxis] + power[:, np.newaxis, :]
        cancels = pair_power + 2 * covariances < CANCELLED_POWER * pair_power
        has_sound = pair_power > QUIET_STRETCH * pair_power.max(axis=0)
        frames = has_sound * np.array(self._lengths)[:, np.newaxis, np.newaxis]
        shares: Powers = (cancels * frames).sum(axis=0) / np.maximum(frames.sum(axis=0), 1)
        return shares
