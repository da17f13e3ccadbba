"""Write ``split.json`` beside this file: ``python -m tests.golden.make_split``.

The file has the labels of 80 tracks in 70 groups, and their parts by iterative stratification. Run this command again only
for a change that is meant to change the parts.
"""

import json
from pathlib import Path

import numpy as np

from mer_tasks.corpus.stratification import stratify

JSON = Path(__file__).with_name("split.json")
RATES = (0.07, 0.21, 0.2, 0.4, 0.47, 0.24, 0.36, 0.33, 0.23)
FRACTIONS = (0.7, 0.15, 0.15)
SEED = 42


def main() -> None:
    random = np.random.default_rng(7)
    labels = random.random((80, len(RATES))) < RATES
    groups = [f"g{number % 70:02}" for number in range(80)]
    golden = {
        "labels": ["".join(map(str, row)) for row in labels.astype(int)],
        "groups": groups,
        "parts": stratify(labels, groups, FRACTIONS, SEED),
    }
    JSON.write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
