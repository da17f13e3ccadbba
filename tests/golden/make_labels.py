"""Write ``labels.csv`` and ``labels.json`` beside this file: ``python -m tests.golden.make_labels``.

The CSV has 12 tracks whose listeners disagree. Some shares are exactly 0.3, 0.4, the mean or the median. The JSON has the
labels by each label rule, computed in a slow and simple way with the standard library's fractions and statistics.
"""

import json
import random
import statistics
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

from tests.support.label_sets import EMOTIFY

EMOTIONS = EMOTIFY.ids
CSV = Path(__file__).with_name("labels.csv")
JSON = Path(__file__).with_name("labels.json")
LISTENERS = (10, 20, 10, 30, 5, 10, 20, 7, 15, 10, 40, 3)


def slow_rule(votes: Sequence[int], listeners: Sequence[int], rule: str) -> list[bool]:
    """Decide the labels of one emotion for all tracks."""
    shares = [Fraction(v, n) for v, n in zip(votes, listeners, strict=True)]
    if rule == "share>=0.3":
        return [share >= Fraction(3, 10) for share in shares]
    if rule == "share>mean":
        return [share > statistics.mean(shares) for share in shares]
    varied = statistics.mean([share**2 for share in shares]) - statistics.mean(shares) ** 2 > Fraction(1, 25)
    limit = statistics.median(shares) if varied else Fraction(2, 5)
    return [share > limit for share in shares]


def make_votes(rng: random.Random) -> dict[str, list[int]]:
    votes = {}
    for index, emotion in enumerate(EMOTIONS):
        # shares of the first emotions are near a limit, those of the middle ones vary much, and the last has no votes
        share = (0.3, 0.4, 0.25, None, None, None, 0.35, 0.1, 0.0)[index]
        votes[emotion] = [round(n * (rng.random() if share is None else share)) for n in LISTENERS]
    return votes


def main() -> None:
    rng = random.Random(1)
    votes = make_votes(rng)
    rows = []
    for track, listeners in enumerate(LISTENERS):
        for listener in range(listeners):
            answers = [int(listener < votes[emotion][track]) for emotion in EMOTIONS]
            rows.append(f"{track + 1},{'rock' if track % 2 else 'pop'},{','.join(map(str, answers))},{20 + listener},Dutch")
    rng.shuffle(rows)
    CSV.write_text("\n".join([f"track id, genre, {', '.join(EMOTIONS)}, age, mother tongue", *rows]) + "\n")
    rules = ("share>=0.3", "share>mean", "seed")
    golden = {
        "track_id": [str(track + 1) for track in range(len(LISTENERS))],
        "annotators": LISTENERS,
        "votes": votes,
        **{rule: {emotion: slow_rule(votes[emotion], LISTENERS, rule) for emotion in EMOTIONS} for rule in rules},
    }
    JSON.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
