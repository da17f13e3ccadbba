"""Given parts of the split: the column ``part`` of metadata files, such as the published split of a data set.

In: the names that metadata files give the tracks of a run. Out: the part of the content of each track that names one. Stage
`split` treats it as the part of an earlier run: groups stay together, and tracks without a part are distributed.
"""

import json
import logging

import pandas as pd

from mer_tasks.corpus.stratification import PARTS
from mer_tasks.corpus.track_metadata import read_metadata
from mer_tasks.errors import CorpusError
from mer_tasks.runs.run import Run
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

PART = "part"
"""Name of the column, without regard to case."""
MAX_NAMED = 5


def given_parts(run: Run, tracks: pd.DataFrame) -> dict[str, str]:
    """Read the parts that metadata files give, by the hash of the file's content and of its samples.

    If content has several parts, the first of them in ``PARTS`` counts.

    Parameters
    ----------
    run : Run
    tracks : pd.DataFrame
        ``track_id``, ``sha256`` and ``pcm_sha256`` of the corpus.

    Raises
    ------
    CorpusError
        If no track has a part, or one has another word than train, validation and test.
    """
    metadata = read_metadata(run)
    texts = metadata.loc[metadata["metadata"].notna(), ["track_id", "metadata"]]
    by_track = {track: _part_of(text) for track, text in texts.itertuples(index=False)}
    named = {track: part for track, part in by_track.items() if part}
    wrong = {track: part for track, part in named.items() if part not in PARTS}
    if wrong:
        track, part = next(iter(wrong.items()))
        raise CorpusError(
            f"metadata files: part {part!r} of track {track!r}, expected {', '.join(PARTS)} ({len(wrong)} tracks have others)"
        )
    given: dict[str, str] = {}
    for track, *hashes in tracks[["track_id", "sha256", "pcm_sha256"]].itertuples(index=False):
        for content in hashes if track in named else ():
            given[content] = min(named[track], given.get(content, PARTS[-1]), key=PARTS.index)
    if not given:
        raise CorpusError(f"split_by=metadata: no track has a part, expected a column {PART!r} in a metadata file")
    return given


def _part_of(text: str) -> str:
    return next((value.strip().casefold() for name, value in json.loads(text).items() if name.casefold() == PART), "")


def warn_of_moved(table: pd.DataFrame, given: dict[str, str]) -> int:
    """Count and name the tracks that are in another part than the given one, since their group has several.

    Parameters
    ----------
    table : pd.DataFrame
        ``track_id``, ``sha256`` and ``part`` of the split.
    given : dict of str to str
        Result of :func:`given_parts`.
    """
    wanted = table["sha256"].map(given)
    moved = table.loc[wanted.notna() & table["part"].isin(PARTS) & (wanted != table["part"]), "track_id"].tolist()
    if moved:
        logger.warning(
            "%d tracks are not in the part that metadata files give, because a group has tracks of several: %s",
            len(moved),
            listed(moved, MAX_NAMED),
        )
    return len(moved)
