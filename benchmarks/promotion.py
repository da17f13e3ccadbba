"""Measure how often each promotion rule promotes a model: ``python -m benchmarks.promotion [simulations]``.

Two models of equal quality are compared on simulated test parts. Both see the same signal, and their noise is equally strong,
so every promotion is a false one. On other test parts the second model sees a stronger signal. Labels and noise of the tracks
of one group are correlated, and groups have unequal sizes. The output has one line per test part: its tracks and groups, the
share of simulations in which each rule promotes, and the share in which a person would be asked.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from mer_tasks.config import Config
from mer_tasks.evaluation.bootstrap import RESAMPLES, WeightedMetrics, resampled_metrics, student_interval
from mer_tasks.publishing.champion_comparison import METRIC, decide
from mer_tasks.storage.label_files import read_label_set

LABEL_SET = read_label_set(None)
SHARES = np.array([0.18, 0.2, 0.3, 0.25, 0.4, 0.2, 0.3, 0.25, 0.15])
"""Share of tracks that carry each label, about as in Emotify."""
RELATED = 0.3
"""Share of the variance of labels and noise that the tracks of a group have in common."""
RULES = {
    "significant": Config.load({"promotion": "significant"}),
    "better": Config.load({"promotion": "better"}),
    "asked": Config.load({"approval": "human"}),
}

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class SimulatedPart:
    """Settings of a simulated test part, and of the difference between the two models.

    Attributes
    ----------
    tracks, groups : int
        Numbers of tracks and of groups.
    alike : float
        Share of the noise's variance that both models have in common.
    gain : float
        Extra strength of the second model's signal, in standard deviations of the noise.
    """

    tracks: int
    groups: int
    alike: float = 0.0
    gain: float = 0.0


PARTS = (
    SimulatedPart(6, 2),
    SimulatedPart(12, 5),
    SimulatedPart(35, 8),
    SimulatedPart(35, 20),
    SimulatedPart(35, 20, alike=0.9),
    SimulatedPart(35, 20, alike=0.999),
    SimulatedPart(200, 80),
    SimulatedPart(1000, 400, alike=0.99),
    SimulatedPart(35, 20, gain=0.5),
    SimulatedPart(200, 80, gain=0.5),
)


def simulate(part: SimulatedPart, seed: int) -> tuple[npt.NDArray[np.bool_], Array, Array, npt.NDArray[np.int64]]:
    """Simulate a test part: labels, probabilities of the first and of the second model, and the group of each track."""
    random = np.random.default_rng(seed)
    sizes = 1 + random.multinomial(part.tracks - part.groups, random.dirichlet(np.ones(part.groups)))
    groups = np.repeat(np.arange(part.groups), sizes)

    def noise() -> Any:
        shared = random.standard_normal((part.groups, len(LABEL_SET)))
        own = random.standard_normal((part.tracks, len(LABEL_SET)))
        return np.sqrt(RELATED) * shared[groups] + np.sqrt(1 - RELATED) * own

    labels = noise() > ndtri(1 - SHARES)
    common = np.sqrt(part.alike) * noise()

    def probabilities(strength: float) -> Array:
        return 1 / (1 + np.exp(-(strength * labels + common + np.sqrt(1 - part.alike) * noise())))

    first = probabilities(1)
    second = probabilities(1 + part.gain)
    return labels, first, second, groups


def difference(
    labels: npt.NDArray[np.bool_], first: Array, second: Array, groups: npt.NDArray[np.int64], resamples: int, seed: int
) -> tuple[float, tuple[float, float] | tuple[None, None]]:
    """Compute the second model's macro ROC-AUC minus the first's, and its interval; faster than `paired_differences`."""
    models = [
        WeightedMetrics(labels, probabilities, probabilities >= 0.5, groups, LABEL_SET) for probabilities in (first, second)
    ]
    count = models[0].count
    ones = np.ones((count, 1), np.float32)
    values = [float(model.metrics(ones)[None, METRIC][0]) for model in models]
    samples = [resampled_metrics(model, resamples=resamples, seed=seed)[None, METRIC] for model in models]
    value = values[1] - values[0]
    return value, student_interval(value, samples[1] - samples[0], count) or (None, None)


def rates(part: SimulatedPart, simulations: int, resamples: int = RESAMPLES) -> dict[str, float]:
    """Compute the share of simulations in which each of ``RULES`` promotes, or asks a person."""
    counts = dict.fromkeys(RULES, 0)
    for seed in range(simulations):
        labels, first, second, groups = simulate(part, seed)
        value, (low, high) = difference(labels, first, second, groups, resamples, seed)
        for name, config in RULES.items():
            verdict = decide(value, low, high, config, "")
            counts[name] += verdict.verdict == ("ask" if name == "asked" else "promote")
    return {name: count / simulations for name, count in counts.items()}


def main(arguments: Sequence[str]) -> None:
    """Print one line per test part."""
    simulations = int(arguments[0]) if arguments else 1000
    for part in PARTS:
        settings = f"{part.tracks:>5} tracks in {part.groups:>3} groups, alike {part.alike:g}, gain {part.gain:g}"
        shares = ", ".join(f"{name} {rate:.3f}" for name, rate in rates(part, simulations).items())
        print(f"{settings}: {shares}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
