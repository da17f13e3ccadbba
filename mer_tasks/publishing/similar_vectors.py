"""Vectors of tracks for the search of similar ones: write those of new and changed tracks to Postgres.

Input: the tracks of a run, a function that reads their numbers, and a description of what these are. Output: rows of the
space's table in schema ``mer``, and the space in the row of the run. The numbers are standardised by the moments that are
stored with the space, and each vector is scaled to length 1. So the cosine distance of two tracks compares how they differ from
the mean track.

A space is made by the first run that has enough tracks; later runs keep its moments, so that all vectors of a space can be
compared. The space's name is the digest of its source and its moments.

Postgres needs the extension vector (pgvector). Without it nothing is written, and the log says so in one line.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from psycopg2 import sql

from mer_tasks.audio.track_summary import SUMMARY_NAMES, VERSION
from mer_tasks.corpus.usable_tracks import load_mean_embeddings, load_summaries
from mer_tasks.database.connection import transaction
from mer_tasks.database.vector_copy import copy_vectors
from mer_tasks.errors import ConfigError
from mer_tasks.publishing.served_predictions import REBUILD_MIN_SHARE, REBUILD_MIN_TRACKS
from mer_tasks.runs.run import Run

logger = logging.getLogger(__name__)

MIN_TRACKS = 20
"""Fewest tracks whose moments make a space: with fewer, they would say more about these tracks than about music."""
FETCHED_ROWS = 16_384
FIND_SPACE = """
SELECT space_no, means, deviations FROM mer.space WHERE kind = %s AND source = %s AND size = %s ORDER BY space_no DESC LIMIT 1
"""
MAKE_SPACE = """
INSERT INTO mer.space (space, kind, name, source, size, means, deviations)
VALUES (%s, %s, %s, %s, %s, %s, %s)
RETURNING space_no
"""
FORGET_CHANGED = """
DELETE FROM mer.{table} AS vectors
USING mer.track JOIN staged_track USING (track_id, sha256)
WHERE vectors.track_no = track.track_no AND content <> decode(track.sha256, 'hex')
"""
WITHOUT_VECTOR = """
SELECT track_id, track_no
FROM staged_track
JOIN mer.track USING (track_id, sha256)
WHERE NOT EXISTS (SELECT FROM mer.{table} AS vectors WHERE vectors.track_no = track.track_no)
"""

Array32 = npt.NDArray[np.float32]
Array64 = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class VectorSource:
    """What computes the numbers of a track, and a function that reads them.

    Attributes
    ----------
    kind : {"statistics", "encoder"}
    name : str
        Name for people.
    digest : str
        What decides the numbers. Numbers of different digests are never compared.
    size : int
        Number of dimensions.
    tracks : pd.DataFrame
        Tracks that have numbers: ``track_id``, ``sha256``, and ``shard``, by which they are read together.
    read : callable
        Takes rows of `tracks` and returns their numbers as float32 [shape=(rows, size)].
    """

    kind: str
    name: str
    digest: str
    size: int
    tracks: pd.DataFrame
    read: Callable[[Rows], Array32]

    def batches(self, rows: Rows) -> Iterator[Rows]:
        """Divide `rows` by shard, so that no shard is read twice and only one is in memory."""
        shards = pd.Series(rows).groupby(self.tracks["shard"].to_numpy()[rows], sort=True)
        return (group.to_numpy(np.int64) for _, group in shards)


@dataclass(frozen=True)
class Space:
    """A space of vectors, as it is stored.

    Attributes
    ----------
    number : int
    means, deviations : np.ndarray [shape=(size,), dtype=float64]
        Moments by which numbers are standardised.
    """

    number: int
    means: Array64
    deviations: Array64

    @property
    def table(self) -> str:
        """Name of the table of its vectors, in schema ``mer``."""
        return f"vector_{self.number}"

    def vectors(self, numbers: Array32) -> Array64:
        """Standardise numbers, and scale each row to length 1; a row that has no direction becomes NaN."""
        standardised = (numbers - self.means) / self.deviations
        lengths = np.linalg.norm(standardised, axis=1, keepdims=True)
        return np.asarray(standardised / np.where(lengths > 0, lengths, np.nan))


def statistics_of(run: Run, tracks: pd.DataFrame) -> VectorSource:
    """Describe the summary statistics of a run's tracks; reports of earlier versions have none for their tracks.

    Parameters
    ----------
    run : Run
    tracks : pd.DataFrame
        Tracks of the corpus.
    """
    known = tracks[tracks["summaries_key"].notna()].reset_index(drop=True)
    return VectorSource(
        kind="statistics",
        name=f"summary statistics, version {VERSION}",
        digest=f"track_summary {VERSION}",
        size=len(SUMMARY_NAMES),
        tracks=known[["track_id", "sha256"]].assign(shard=known["summaries_key"]),
        read=lambda rows: load_summaries(run, known.iloc[rows]),
    )


def embeddings_of(run: Run, tracks: pd.DataFrame) -> VectorSource:
    """Describe the mean embeddings of the tracks of a run that has an encoder.

    Parameters
    ----------
    run : Run
    tracks : pd.DataFrame
        Tracks of the corpus.

    Raises
    ------
    ConfigError
        If the run has no encoder.
    """
    encoder = run.encoder
    if encoder is None:
        raise ConfigError(f"run {run.run_id}: no embeddings, expected those of a run with an encoder (MER_ENCODER)")
    known = tracks[tracks["means_key"].notna()].reset_index(drop=True)
    return VectorSource(
        kind="encoder",
        name=str(encoder),
        digest=encoder.space,
        size=encoder.size,
        tracks=known[["track_id", "sha256"]].assign(shard=known["means_key"]),
        read=lambda rows: load_mean_embeddings(run, known.iloc[rows]),
    )


def source_of(run: Run, tracks: pd.DataFrame) -> VectorSource:
    """Describe the numbers by which a run's tracks are compared: embeddings if it has an encoder, else summary statistics."""
    return embeddings_of(run, tracks) if run.space else statistics_of(run, tracks)


def moments(source: VectorSource) -> tuple[Array64, Array64]:
    """Compute mean and standard deviation of each dimension over all tracks; the deviation of a constant one is 1.

    Tracks with a number that is not finite do not count.
    """
    count, total, squares = 0, np.zeros(source.size), np.zeros(source.size)
    shift: Array64 | None = None
    for rows in source.batches(np.arange(len(source.tracks))):
        numbers = source.read(rows).astype(np.float64)
        numbers = numbers[np.isfinite(numbers).all(axis=1)]
        if shift is None and len(numbers):
            shift = numbers.mean(axis=0)
        if shift is not None:
            count, total, squares = (
                count + len(numbers),
                total + (numbers - shift).sum(axis=0),
                squares + ((numbers - shift) ** 2).sum(axis=0),
            )
    if shift is None:
        return np.zeros(source.size), np.ones(source.size)
    mean = total / count
    deviations = np.sqrt(np.maximum(squares / count - mean**2, 0))
    return shift + mean, np.where(deviations > 0, deviations, 1.0)


def space_of(cursor: Any, source: VectorSource) -> Space | None:
    """Find the space of a source, or make it; returns None if there is none and the source has too few tracks."""
    cursor.execute(FIND_SPACE, [source.kind, source.digest, source.size])
    if row := cursor.fetchone():
        return Space(row[0], np.array(row[1]), np.array(row[2]))
    if len(source.tracks) < MIN_TRACKS:
        return None
    means, deviations = moments(source)
    decisive = {"kind": source.kind, "source": source.digest, "means": means.tolist(), "deviations": deviations.tolist()}
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True).encode()).hexdigest()
    values = [digest, source.kind, source.name, source.digest, source.size, means.tolist(), deviations.tolist()]
    cursor.execute(MAKE_SPACE, values)
    return Space(int(cursor.fetchone()[0]), means, deviations)


def write_vectors(cursor: Any, run_no: int, source: VectorSource) -> tuple[int | None, dict[str, int]]:
    """Write the vectors of tracks that have none yet, or whose audio has changed.

    Parameters
    ----------
    cursor : psycopg2 cursor
        In the transaction that publishes the run, after the rows of its tracks were written.
    run_no : int
        Number of the run.
    source : VectorSource

    Returns
    -------
    space_no : int or None
        Space of the run; None if the database or the run cannot have vectors. The log says why.
    counters : dict of str to int
        ``vectors``, number of vectors that were written, and ``without_vector``, number of new tracks that cannot have one.
    """
    counters = {"vectors": 0, "without_vector": 0}
    cursor.execute("SELECT mer.why_no_vectors()")
    (why_not,) = cursor.fetchone()
    if why_not:
        logger.warning("no vectors for similar tracks: %s", why_not)
        return None, counters
    space = space_of(cursor, source)
    if space is None:
        found = len(source.tracks)
        logger.info("no vectors for similar tracks: %d tracks, expected at least %d in the first run", found, MIN_TRACKS)
        return None, counters
    cursor.execute("SELECT mer.make_vector_tables()")
    cursor.execute("UPDATE mer.run SET space_no = %s WHERE run_no = %s", [space.number, run_no])
    cursor.execute(sql.SQL(FORGET_CHANGED).format(table=sql.Identifier(space.table)))
    track_nos = _missing(cursor, space, source)
    _make_room(cursor, space, int((track_nos > 0).sum()))

    def batches() -> Iterator[tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8], Array64]]:
        for rows in source.batches(np.flatnonzero(track_nos)):
            vectors = space.vectors(source.read(rows))
            usable = np.isfinite(vectors).all(axis=1)
            counters["without_vector"] += int((~usable).sum())
            counters["vectors"] += int(usable.sum())
            contents = bytes.fromhex("".join(source.tracks["sha256"].iloc[rows[usable]]))
            yield track_nos[rows[usable]], np.frombuffer(contents, np.uint8).reshape(-1, 32), vectors[usable]

    copy_vectors(cursor, ("mer", space.table), batches())
    if counters["without_vector"]:
        text = "%d tracks cannot have vectors for similar tracks: their %s are not finite, or those of the mean track"
        logger.warning(text, counters["without_vector"], source.name)
    return space.number, counters


def _missing(cursor: Any, space: Space, source: VectorSource) -> npt.NDArray[np.int32]:
    """Read the numbers of the tracks without a vector, one for each track of the source; 0 for other tracks."""
    ids = pd.Index(source.tracks["track_id"])
    track_nos = np.zeros(len(ids), np.int32)
    with cursor.connection.cursor(name="without_vector") as missing:
        missing.execute(sql.SQL(WITHOUT_VECTOR).format(table=sql.Identifier(space.table)))
        while found := missing.fetchmany(FETCHED_ROWS):
            rows = ids.get_indexer([track_id for track_id, _ in found])
            numbers = np.array([number for _, number in found], np.int32)
            track_nos[rows[rows >= 0]] = numbers[rows >= 0]
    return track_nos


def _make_room(cursor: Any, space: Space, new: int) -> None:
    """Drop the index before many vectors are added; :func:`index_vectors` builds it again, which is quicker."""
    cursor.execute(sql.SQL("SELECT count(*) FROM mer.{}").format(sql.Identifier(space.table)))
    (stored,) = cursor.fetchone()
    if new >= REBUILD_MIN_TRACKS and new >= REBUILD_MIN_SHARE * stored:
        cursor.execute("SELECT mer.drop_vector_index(%s)", [space.number])


def index_vectors(url: str, space_no: int | None) -> bool:
    """Build the index of a space's vectors unless it exists; returns whether it was built. Without a space nothing is done.

    This is a transaction of its own, because it takes minutes for a million vectors: other runs can publish meanwhile, and
    searches compare all vectors until it is there.
    """
    if space_no is None:
        return False
    with transaction(url) as cursor:
        cursor.execute("SELECT mer.build_vector_index(%s)", [space_no])
        built = bool(cursor.fetchone()[0])
    if built:
        logger.info("the index of the vectors of space %d was built", space_no)
    return built
