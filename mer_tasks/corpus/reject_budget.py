"""Reject budget: how many files of a genre may be rejected before the run fails.

In: the corpus of a run. Out: nothing, or one error that names the genres and their rejected files.
"""

import logging
from collections import defaultdict
from fractions import Fraction
from typing import Any

from mer_tasks.corpus.usable_tracks import Corpus
from mer_tasks.errors import CorpusError

logger = logging.getLogger(__name__)

NAMED = 20
"""Most files that a message names; the others are only counted."""


def check_budget(corpus: Corpus, budget: float) -> None:
    """Raise an error if a genre of the corpus has too many rejected files.

    Parameters
    ----------
    corpus : Corpus
    budget : float
        Share of a genre's files that may be rejected.

    Raises
    ------
    CorpusError
        In one line: every genre with more rejected files than `budget` allows, or without a usable track, and the ids of these
        files with their reasons.
    """
    usable = corpus.tracks["genre"].value_counts()
    rejected: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in corpus.rejected:
        rejected[line["genre"] or ""].append(line)
    # the fraction of the decimal as the user wrote it: with the binary number for 0.1, 3 of 30 files could be too many
    allowed = Fraction(repr(float(budget)))
    complaints = []
    for genre in corpus.genres:
        tracks = int(usable.get(genre, 0))
        lines = rejected[genre]
        files = tracks + len(lines)
        if not tracks:
            complaints.append(f"genre {genre!r} has no usable audio among {files} files: {_named(lines)}")
        elif len(lines) > allowed * files:
            limit = int(allowed * files)
            complaints.append(
                f"genre {genre!r}: {len(lines)} of {files} files rejected, expected at most {limit}"
                f" (reject_budget {budget:g}): {_named(lines)}"
            )
    if not corpus.genres:
        complaints.append("no usable audio: the landing zone has no file of the chosen genres")
    if complaints:
        raise CorpusError("; ".join(complaints))
    if corpus.rejected:
        logger.warning("%d files rejected, within the budget: %s", len(corpus.rejected), _named(corpus.rejected))


def _named(rejected: list[dict[str, Any]]) -> str:
    """Format the ids and reasons of rejected files, at most ``NAMED`` of them."""
    names = [f"{line['track_id']} ({line['reason']})" for line in rejected[:NAMED]]
    more = len(rejected) - len(names)
    return ", ".join(names) + (f" and {more} more" if more else "")
