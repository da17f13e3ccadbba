"""Features of tracks as some configuration makes them, whatever run asks: found in the store, or made from the landing zone.

In: lines of a catalogue. Out: where the features lie. Blobs are named by their content and recipe, so nothing of a run is
written over. This is no stage: `challenge` asks for tracks as the champion hears them, and ``reproduce`` for what is gone.
"""

import pandas as pd

from mer_tasks.corpus.feature_maker import STAGE, FeatureMaker
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import Outcome, Track, work_through

LINE = ["track_id", "genre", "key", "size", "sha256"]
FACTS = ["track_id", "features_key", "segments"]


def features_of(run: Run, catalogue: pd.DataFrame) -> tuple[pd.DataFrame, Outcome]:
    """Features by the configuration of `run`.

    Parameters
    ----------
    run : Run
        Its configuration decides the features; its stores are read, and get new blobs.
    catalogue : pd.DataFrame
        ``track_id``, ``genre``, ``key``, ``size``, ``sha256`` of the wanted tracks.

    Returns
    -------
    (pd.DataFrame, Outcome)
        ``track_id``, ``features_key`` and ``segments`` of those that have features, in the order of `catalogue`; and how many
        were ``reused`` or ``computed``, with the reasons of the ``rejected`` ones.

    Raises
    ------
    TransientError, AccessDenied
        When a store fails as a whole.
    """
    with Reformatter(run) as reformatter:
        rows = catalogue[LINE].itertuples(index=False, name=None)
        lines: list[Track] = [dict(zip(LINE, row, strict=True)) for row in rows]
        for line in lines:
            line["audio_key"] = reformatter.blobs.key(line["sha256"])
        outcome = work_through(STAGE, lines, "computed", FeatureMaker(run, reformatter).features)
    return pd.DataFrame(outcome.tracks, columns=FACTS), outcome
