"""Forecast of the time that the trials of a cross-validation still take, as a range.

In: the measured seconds of finished trials and of probes. A probe is a trial of a network candidate for 1 or 4 epochs, which
shows how long an epoch takes. Out: the least and the greatest time that the other trials probably take, side by side.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable

from mer_tasks.config import Config
from mer_tasks.runs.crossval_config import candidate

PROBED_EPOCHS = (1, 4)
"""Epochs of the two probes of a candidate: from their difference follows the time of an epoch."""
SLOW_PROBE = 20.0
"""Seconds of one epoch from which on a candidate has no second probe: its time is then nearly all in its epochs."""
MARGIN = 1.25
"""Factor by which times that were measured once may differ from others, up or down."""

Range = tuple[float, float]


def probe_name(name: str, epochs: int) -> str:
    """Return the name of the candidate that is trained as `name` is, for so many epochs.

    Examples
    --------
    >>> probe_name("statistics+epochs=9+smote", 1)
    'statistics+smote+epochs=1'
    """
    kept = [part for part in name.split("+") if not part.startswith("epochs=")]
    return "+".join([*kept, f"epochs={epochs}"])


class Forecast:
    """Seconds of each candidate's trials, and the time of all that are left.

    Parameters
    ----------
    config : Config
        Its `epochs` and `patience` hold for candidates that do not change them.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._seconds: dict[str, list[float]] = defaultdict(list)
        self._probes: dict[str, dict[int, float]] = defaultdict(dict)

    def add_trial(self, name: str, seconds: float) -> None:
        """Add the time of a finished trial of candidate `name`."""
        self._seconds[name].append(seconds)

    def add_probe(self, name: str, epochs: int, seconds: float) -> None:
        """Add the time of a probe of candidate `name`."""
        self._probes[name][epochs] = seconds

    def needs_probe(self, name: str, epochs: int) -> bool:
        """Return whether a probe of so many epochs would tell more about candidate `name`."""
        limit = self._epochs(name)[1]
        slow = self._probes[name].get(PROBED_EPOCHS[0], 0.0) >= SLOW_PROBE
        return not candidate(name).baseline and not self._seconds[name] and epochs <= limit and not slow

    def trials_of(self, name: str) -> int:
        """Return the number of finished trials of candidate `name`."""
        return len(self._seconds[name])

    def known(self, names: Iterable[str]) -> bool:
        """Return whether each of the candidates has two finished trials, which show how much their times differ."""
        return all(self.trials_of(name) > 1 for name in names)

    def of_trial(self, name: str) -> Range:
        """Return the least and the greatest seconds that a trial of candidate `name` probably takes; 0 if nothing is known."""
        seconds = self._seconds[name]
        if len(seconds) > 1:
            return min(seconds), max(seconds)
        if seconds:
            return seconds[0] / MARGIN, seconds[0] * MARGIN
        probes = sorted(self._probes[name].items())
        if not probes:
            return 0.0, 0.0
        (first, shorter), (last, longer) = probes[0], probes[-1]
        epoch = max(0.0, longer - shorter) / (last - first) if last > first else shorter / first
        fewest, most = self._epochs(name)
        return (shorter + epoch * (fewest - first)) / MARGIN, (shorter + epoch * (most - first)) * MARGIN

    def remaining(self, left: Iterable[str], processes: int) -> Range:
        """Return the least and the greatest seconds that trials probably take in so many processes.

        Parameters
        ----------
        left : iterable of str
            The candidate of each trial that is left.
        processes : int
        """
        counts = Counter(left)
        ranges = {name: self.of_trial(name) for name in counts}
        sums = (sum(ranges[name][end] * count for name, count in counts.items()) / processes for end in (0, 1))
        longest = (max((ranges[name][end] for name in counts), default=0.0) for end in (0, 1))
        low, high = map(max, sums, longest)
        return low, high

    def _epochs(self, name: str) -> tuple[int, int]:
        """Return the smallest and the largest number of epochs of a trial of candidate `name`."""
        changes = candidate(name).changes
        most = int(changes.get("epochs", self._config.epochs))
        return min(most, 1 + int(changes.get("patience", self._config.patience))), most


def describe_range(seconds: Range) -> str:
    """Describe a range of seconds for people, in seconds, minutes or hours.

    Examples
    --------
    >>> describe_range((8, 31)), describe_range((100, 220)), describe_range((5000, 20000))
    ('10 to 40 seconds', '1 to 4 minutes', '1.4 to 5.6 hours')
    >>> describe_range((61, 61))
    '1 to 2 minutes'
    """
    low, high = seconds
    if high < 60:
        return f"{_tens(low)} to {max(_tens(high), _tens(low) + 10)} seconds"
    if high < 5400:
        down, up = int(low // 60), -int(-high // 60)
        return f"{down} to {max(up, down + 1)} minutes" if down else f"less than {up} minutes"
    return f"{low / 3600:.1f} to {high / 3600:.1f} hours"


def _tens(seconds: float) -> int:
    return -int(-seconds // 10) * 10
