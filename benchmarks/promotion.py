"""How often the rules of promotion promote: ``python -m benchmarks.promotion [simulations]``.

Two models of equal quality by construction are judged on made-up test parts: both see the same signal, each with noise of its
own as strong as the other's. Any that is promoted is promoted by chance. Then the second model sees a stronger signal. Labels
and noise of a group's tracks are related, and groups are of unequal size. A line for each test part says what share of
simulations each rule promotes, in how many a person would be asked, and how many groups speak.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import ndtri

from mer_tasks.config import Config
from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.bootstrap import RESAMPLES, Judged, resampled, student
from mer_tasks.publishing.champion_comparison import METRIC, decide

SHARES = np.array([0.18, 0.2, 0.3, 0.25, 0.4, 0.2, 0.3, 0.25, 0.15])
"""Of tracks with each emotion, about those of Emotify."""
RELATED = 0.3
"""Share of the variance of labels and noise that the tracks of a group have in common."""
RULES = {
    "significant": Config.load({"promotion": "significant"}),
    "better": Config.load({"promotion": "better"}),
    "asked": Config.load({"approval": "human"}),
}

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """A test part, and how the two models differ on it.

    Attributes
    ----------
    tracks, groups : int
    alike : float
        Share of the noise's variance that both models have in common.
    gain : float
        By how much the second model's signal is stronger, in standard deviations of the noise.
    """

    tracks: int
    groups: int
    alike: float = 0.0
    gain: float = 0.0


PARTS = (
    Part(6, 2),
    Part(12, 5),
    Part(35, 8),
    Part(35, 20),
    Part(35, 20, alike=0.9),
    Part(35, 20, alike=0.999),
    Part(200, 80),
    Part(1000, 400, alike=0.99),
    Part(35, 20, gain=0.5),
    Part(200, 80, gain=0.5),
)


def contest(part: Part, seed: int) -> tuple[npt.NDArray[np.bool_], Array, Array, npt.NDArray[np.int64]]:
    """A made-up test part: labels, what either model says, and groups."""
    random = np.random.default_rng(seed)
    sizes = 1 + random.multinomial(part.tracks - part.groups, random.dirichlet(np.ones(part.groups)))
    groups = np.repeat(np.arange(part.groups), sizes)

    def noise() -> Any:
        shared, own = (random.standard_normal((count, len(EMOTIONS))) for count in (part.groups, part.tracks))
        return np.sqrt(RELATED) * shared[groups] + np.sqrt(1 - RELATED) * own

    labels = noise() > ndtri(1 - SHARES)
    common = np.sqrt(part.alike) * noise()
    first, second = (
        1 / (1 + np.exp(-(strength * labels + common + np.sqrt(1 - part.alike) * noise()))) for strength in (1, 1 + part.gain)
    )
    return labels, first, second, groups


def difference(
    labels: npt.NDArray[np.bool_], first: Array, second: Array, groups: npt.NDArray[np.int64], resamples: int, seed: int
) -> tuple[float, tuple[float, float] | tuple[None, None]]:
    """Macro ROC-AUC of the second less that of the first with its interval: of all that `paired` finds just this."""
    judged = [Judged(labels, said, said >= 0.5, groups) for said in (first, second)]
    once = np.ones((judged[0].count, 1), np.float32)
    one, two = (float(each.figures(once)[None, METRIC][0]) for each in judged)
    before, after = (resampled(each, resamples=resamples, seed=seed)[None, METRIC] for each in judged)
    return two - one, student(two - one, after - before, judged[0].count) or (None, None)


def rates(part: Part, simulations: int, resamples: int = RESAMPLES) -> dict[str, float]:
    """Share of simulations that each of ``RULES`` promotes, or asks a person about."""
    counts = dict.fromkeys(RULES, 0)
    for seed in range(simulations):
        labels, first, second, groups = contest(part, seed)
        value, (low, high) = difference(labels, first, second, groups, resamples, seed)
        for name, config in RULES.items():
            verdict = decide(value, low, high, config, "")
            counts[name] += verdict.verdict == ("ask" if name == "asked" else "promote")
    return {name: count / simulations for name, count in counts.items()}


def main(arguments: Sequence[str]) -> None:
    """One line for each part."""
    simulations = int(arguments[0]) if arguments else 1000
    for part in PARTS:
        found = ", ".join(f"{name} {rate:.3f}" for name, rate in rates(part, simulations).items())
        about = f"{part.tracks:>5} tracks in {part.groups:>3} groups, alike {part.alike:g}, gain {part.gain:g}"
        print(f"{about}: {found}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
