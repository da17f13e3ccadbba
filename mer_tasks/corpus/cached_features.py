"""Features of tracks by a given configuration: read from the store, or computed from the landing zone.

In: lines of a catalogue. Out: the keys of the features. Blobs are named by their content and recipe, so no document of a run is
overwritten. Two callers need features that their own run did not make: `challenge` scores tracks with the champion, whose
features may have another recipe; ``reproduce`` needs features whose blobs were deleted.
"""

import pandas as pd

from mer_tasks.corpus.feature_maker import STAGE, FeatureMaker
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import ProcessedTracks, Track, process_tracks

LINE = ["track_id", "genre", "key", "size", "sha256"]
FACTS = ["track_id", "features_key", "segments"]


def features_of(run: Run, catalogue: pd.DataFrame) -> tuple[pd.DataFrame, ProcessedTracks]:
    """Find or compute the features of the tracks in `catalogue`, by the configuration of `run`.

    Parameters
    ----------
    run : Run
        Its configuration decides the features. Its stores are read, and new blobs are written to them.
    catalogue : pd.DataFrame
        ``track_id``, ``genre``, ``key``, ``size`` and ``sha256`` of the tracks.

    Returns
    -------
    (pd.DataFrame, ProcessedTracks)
        ``track_id``, ``features_key`` and ``segments`` of the tracks that have features, in the order of `catalogue`; and how
        many tracks were ``reused``, ``computed`` or ``rejected``, with the reasons of the rejected ones.

    Raises
    ------
    TransientError, AccessDenied
        When a whole store fails, not only one object.
    """
    with Reformatter(run) as reformatter:
        rows = catalogue[LINE].itertuples(index=False, name=None)
        lines: list[Track] = [dict(zip(LINE, row, strict=True)) for row in rows]
        for line in lines:
            line["audio_key"] = reformatter.blobs.key(line["sha256"])
        processed = process_tracks(STAGE, lines, "computed", FeatureMaker(run, reformatter).features)
    return pd.DataFrame(processed.tracks, columns=FACTS), processed
