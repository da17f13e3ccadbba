"""What the terminal, the MER pages and the report say in the same words.

In: rows of the database's views, and numbers. Out: text. Nothing here knows what is markup: who shows it escapes it.
"""

import math
from collections.abc import Mapping
from typing import Any

PARTS = {
    "train": "train: the model was taught this track, so that it is right here says little of other music",
    "validation": "validation: the thresholds were chosen on this track and others",
    "test": "test: neither the model nor its thresholds have seen this track",
    "unlabelled": "unlabelled: without annotations when the model was trained, so it was not taught this track",
}
"""What a track was to the model that scored it."""
BY = {"rule": "Decided by the rule", "timeout": "Nobody answered in time", "nobody": "Nobody decided"}
"""By who decided, where no person did."""


def number(value: float | None) -> str:
    """With three places; a dash for what is not defined."""
    return "–" if value is None or not math.isfinite(value) else f"{value:.3f}"


def decided(row: Mapping[str, Any], own: bool = False) -> str:
    """What was decided on a run's model, and why.

    Parameters
    ----------
    row : mapping
        Of ``mer.promotions``: ``outcome``, ``run_id``, ``champion_run_id``, ``decided_by`` and ``reason``.
    own : bool
        Whether it is said where the run itself is shown.

    Returns
    -------
    str
        Sentences to be formatted with the row: what may come from outside has a place in them, so that a page can put links
        there.
    """
    name = "This run" if own else "Run {run_id}"
    before = row["champion_run_id"]
    place = ", in place of run {champion_run_id}" if before else ""
    if row["outcome"] == "kept":
        stayed = (
            "did not take the place of run {champion_run_id}, which stayed champion" if before else "did not become champion"
        )
        said = f"{name} {stayed}"
    elif row["outcome"] == "rolled_back":
        said = f"{name} was made champion by hand{place}"
    else:
        said = f"{name} became champion{place}" if before else f"{name} became the first champion"
    end = "" if row["reason"].endswith(".") else "."
    return f"{said}. {BY.get(row['decided_by'], 'Decided by {decided_by}')}: {{reason}}{end}"
