"""Format decisions, parts of the split and numbers as text, in the same words for the terminal, the MER pages and the report.

In: rows of the database's views, and numbers. Out: plain text without markup. The caller escapes it for HTML.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

PART_MEANINGS = {
    "train": "train: the model was trained on this track, so a correct prediction here says little about other music",
    "validation": "validation: the decision rule was chosen on this track and others",
    "test": "test: neither the model nor its decision rule has seen this track",
    "unlabelled": "unlabelled: the track had no annotations when the model was trained, so the model was not trained on it",
}
"""Meaning of each part of the split, for the model that scored a track."""
PROVISIONAL = "provisional: not shown to be better than guessing"
"""Meaning of the column ``provisional`` of the views."""
DECIDED_BY = {"rule": "Decided by the rule", "timeout": "Nobody answered in time", "nobody": "Nobody decided"}
"""First words of the reason for each value of ``decided_by`` that is no person."""


def number(value: float | None, digits: int = 3, sign: str = "") -> str:
    """Format `value` with so many decimals; ``None``, NaN and infinity become a dash. The sign ``+`` shows positive signs too.

    Examples
    --------
    >>> number(0.12345), number(0.5, 1, "+"), number(None)
    ('0.123', '+0.5', '–')
    """
    return "–" if value is None or not math.isfinite(value) else f"{value:{sign}.{digits}f}"


def number_with_interval(value: float | None, low: float | None, high: float | None, sign: str = "") -> str:
    """Format `value` with its interval, which is left out if its ends are None; no text for a value that is not defined.

    Examples
    --------
    >>> number_with_interval(0.71, 0.65, 0.78)
    '0.710 (0.650 to 0.780)'
    >>> number_with_interval(0.02, None, None, "+")
    '+0.020'
    """
    if value is None:
        return ""
    interval = "" if low is None else f" ({number(low, sign=sign)} to {number(high, sign=sign)})"
    return number(value, sign=sign) + interval


def listed(names: Sequence[str], most: int) -> str:
    """List `names` with commas, at most `most` of them, and the number of the others.

    Examples
    --------
    >>> listed(["a", "b", "c"], 2)
    'a, b and 1 more'
    """
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def label_set_text(name_and_version: str | None, digest: str) -> str:
    """Describe the label set of a run by its name and version, if they are known, and the beginning of its digest.

    Examples
    --------
    >>> label_set_text("moods version 2", "233cce97f4b1a0"), label_set_text(None, "233cce97f4b1a0")
    ('moods version 2 (digest 233cce97f4b1)', 'digest 233cce97f4b1')
    """
    short = f"digest {digest[:12]}"
    return f"{name_and_version} ({short})" if name_and_version else short


def cell(value: object) -> str:
    """Format a value as text for a cell of a table: a fraction by :func:`number`, anything else as Python does."""
    return number(value) if value is None or isinstance(value, float) else str(value)


def encoder_text(name: str, version: str, licence: str, commercial_use: bool, trained_on: str) -> str:
    """Describe a pretrained encoder with its licence and the music that it was trained on.

    Examples
    --------
    >>> encoder_text("musicnn", "1", "ISC", True, "the Million Song Dataset")
    'musicnn 1, licence ISC (commercial use is allowed), trained on: the Million Song Dataset'
    """
    allowed = "allowed" if commercial_use else "not allowed"
    return f"{name} {version}, licence {licence} (commercial use is {allowed}), trained on: {trained_on}"


def encoder_of(row: Mapping[str, Any]) -> str | None:
    """Describe the encoder of a run by its row of ``mer.runs``; None if the run has none."""
    if row["encoder_space"] is None:
        return None
    names = ("name", "version", "licence", "commercial_use", "trained_on")
    return encoder_text(*(row[f"encoder_{name}"] for name in names))


def decision_text(row: Mapping[str, Any], own: bool = False) -> str:
    """Describe the decision on a run's model in one sentence with its reason.

    Parameters
    ----------
    row : mapping
        A row of ``mer.promotions``: ``outcome``, ``run_id``, ``champion_run_id``, ``decided_by`` and ``reason``.
    own : bool
        Whether the text is shown on the page of the run itself: it then begins with "This run".

    Returns
    -------
    str
        A template for :meth:`str.format` with the row's fields. Texts that come from outside are placeholders, so that a page
        can put links there.

    Examples
    --------
    >>> row = {"outcome": "kept", "run_id": "r2", "champion_run_id": None, "decided_by": "rule", "reason": "F1 is lower"}
    >>> decision_text(row).format_map(row)
    'Run r2 did not become champion. Decided by the rule: F1 is lower.'
    """
    subject = "This run" if own else "Run {run_id}"
    previous_champion = row["champion_run_id"]
    replaced = ", in place of run {champion_run_id}" if previous_champion else ""
    if row["outcome"] == "kept":
        not_promoted = "did not take the place of run {champion_run_id}, which stayed champion"
        sentence = f"{subject} {not_promoted if previous_champion else 'did not become champion'}"
    elif row["outcome"] == "rolled_back":
        sentence = f"{subject} was made champion by hand{replaced}"
    else:
        sentence = f"{subject} became champion{replaced}" if previous_champion else f"{subject} became the first champion"
    end = "" if row["reason"].endswith(".") else "."
    return f"{sentence}. {DECIDED_BY.get(row['decided_by'], 'Decided by {decided_by}')}: {{reason}}{end}"
