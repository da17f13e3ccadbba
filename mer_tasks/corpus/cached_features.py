"""Features and embeddings of tracks as a given run makes them: read from the store, or computed from the landing zone.

In: lines of a catalogue. Out: the keys of the features and, if the run has an encoder, of the embeddings. Blobs are named by
their content and recipe, so no document of a run is overwritten. Two callers need blobs that their own run did not make:
`challenge` scores tracks with the champion, whose features may have another recipe; ``reproduce`` needs features whose blobs
were deleted.
"""

import pandas as pd

from mer_tasks.corpus.embedding_maker import EmbeddingMaker
from mer_tasks.corpus.feature_maker import STAGE, FeatureMaker
from mer_tasks.corpus.reformatter import Reformatter
from mer_tasks.corpus.usable_tracks import EMBEDDING
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import ProcessedTracks, Track, process_tracks

LINE = ["track_id", "genre", "key", "size", "sha256"]
FACTS = ["track_id", "features_key", "segments", *EMBEDDING]


def features_of(run: Run, catalogue: pd.DataFrame) -> tuple[pd.DataFrame, ProcessedTracks]:
    """Find or compute the features of the tracks in `catalogue` as `run` makes them, and their embeddings if it has an encoder.

    Parameters
    ----------
    run : Run
        Its configuration decides the features, and its encoder the embeddings. Its stores are read, and new blobs are written
        to them.
    catalogue : pd.DataFrame
        ``track_id``, ``genre``, ``key``, ``size`` and ``sha256`` of the tracks.

    Returns
    -------
    (pd.DataFrame, ProcessedTracks)
        ``track_id``, ``features_key``, ``segments``, ``embedding_key`` and ``windows`` of the tracks that can be scored, in the
        order of `catalogue`; without an encoder the last two have no values. And how many tracks were ``reused``, ``computed``
        or ``rejected``, with the reasons of the rejected ones.

    Raises
    ------
    TransientError, AccessDenied
        When a whole store fails, not only one object.
    """
    with Reformatter(run) as reformatter, EmbeddingMaker(run, reformatter) as embedding_maker:
        feature_maker = FeatureMaker(run, reformatter)

        def make(line: Track) -> tuple[Track, bool]:
            facts, reused = feature_maker.features(line)
            if run.space is None:
                return facts, reused
            embedding, embedding_reused = embedding_maker.embeddings(line)
            return {**facts, **embedding}, reused and embedding_reused

        rows = catalogue[LINE].itertuples(index=False, name=None)
        lines: list[Track] = [dict(zip(LINE, row, strict=True)) for row in rows]
        for line in lines:
            line["audio_key"] = reformatter.blobs.key(line["sha256"])
        processed = process_tracks(STAGE, lines, "computed", make)
    return pd.DataFrame(processed.tracks, columns=FACTS), processed
