"""Metadata of a run's tracks: what metadata files say about titles, artists and albums, which wins over the tags of files.

In: the metadata files of the landing zone. Out: ``metadata.parquet`` of stage `discover`, and names of tracks for the corpus.
Artists of metadata files group tracks in the split like those of tags, so they also decide whether a training is due.
"""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pandas as pd

from mer_tasks.corpus.artist_names import named_artists
from mer_tasks.landing.id_matching import find_hint
from mer_tasks.landing.metadata_files import MAX_NAMED, Metadata, read_metadata_files
from mer_tasks.runs.artifacts import CATALOGUE, LABELS, METADATA
from mer_tasks.runs.run import Manifest, Run
from mer_tasks.storage.base import ObjectInfo

logger = logging.getLogger(__name__)

STAGE = "discover"
"""Stage that the document belongs to."""
NAMES = {"title": "str", "album": "str", "year": "Int64", "track_number": "Int64"}
"""Columns of the corpus that tags or metadata files fill; so do they ``artists``."""
ONLY_IN_FILES = {"isrc": "str", "metadata": "str"}
"""Columns that metadata files alone fill; the second is JSON."""
COLUMNS = {"track_id": "str", "artist": "str", **NAMES, **ONLY_IN_FILES}
"""Columns of ``metadata.parquet``."""


def write_metadata(run: Run, listed: Sequence[ObjectInfo], track_ids: Iterable[str]) -> tuple[list[dict[str, str]], Manifest]:
    """Read the metadata files of the landing zone, and write ``metadata.parquet`` unless there are none.

    Parameters
    ----------
    run : Run
    listed : sequence of ObjectInfo
        The metadata files, from the oldest to the newest.
    track_ids : iterable of str
        Ids of all files of the landing zone, also of those that are no track of this run.

    Returns
    -------
    (list of dict, dict)
        Key and sha256 of each file, and counters.

    Raises
    ------
    MetadataError
        If a file cannot be used, or an id can mean two tracks.
    """
    if not listed:
        return [], {}
    hashes: list[dict[str, str]] = []

    def contents() -> Iterator[tuple[str, bytes]]:
        for info in listed:
            data = run.landing.get(info.key)
            hashes.append({"key": info.key, "sha256": hashlib.sha256(data).hexdigest()})
            yield run.landing.uri(info.key), data

    existing = set(track_ids)
    metadata = read_metadata_files(contents(), existing, run.config.id_match)
    rows = [{"track_id": track_id, **names.row()} for track_id, names in metadata.names.items()]
    run.write_table(STAGE, METADATA, pd.DataFrame(rows, columns=list(COLUMNS)).astype(COLUMNS))
    _warn_of_unknown(metadata, existing)
    for findings, meaning in (
        (metadata.conflicts, "values of metadata files differ from earlier ones, and the later ones count"),
        (metadata.wrong_numbers, "numbers of metadata files are left out, expected a year from 1000 to 2999 or a track number"),
        (
            metadata.unused_artists,
            "columns of metadata files do not group tracks, expected the name 'artist' if they have artists",
        ),
    ):
        if findings.count:
            logger.warning("%d %s, such as %s", findings.count, meaning, "; ".join(findings.named))
    counters = {
        "metadata_tracks": len(rows),
        "metadata_unknown": len(metadata.unknown),
        "metadata_conflicts": metadata.conflicts.count,
        "metadata_wrong_numbers": metadata.wrong_numbers.count,
    }
    return hashes, counters


def _warn_of_unknown(metadata: Metadata, track_ids: set[str]) -> None:
    """Warn about ids that have no file: name some, and the value of ``id_match`` that would match most of them."""
    if not metadata.unknown:
        return
    hint = find_hint(metadata.unknown, track_ids)
    advice = f"; {hint}" if hint else ""
    if not metadata.names:
        given, track_id = hint.example if hint else (metadata.unknown[0], min(track_ids, default="(no file)"))
        logger.warning(
            "none of %d ids of metadata files has a file, so they name no title and no artist: the metadata files"
            " have the id %r, the landing zone has %r%s",
            len(metadata.unknown),
            given,
            track_id,
            advice,
        )
        return
    named = ", ".join(map(repr, metadata.unknown[:MAX_NAMED]))
    logger.warning("%d ids of metadata files have no file in the landing zone: %s%s", len(metadata.unknown), named, advice)


def read_metadata(run: Run) -> pd.DataFrame:
    """Read ``metadata.parquet`` of a run; without rows if the landing zone had no metadata files."""
    if run.manifest(STAGE).get("metadata"):
        return run.read_table(STAGE, METADATA)
    return pd.DataFrame(columns=list(COLUMNS)).astype(COLUMNS)


def with_metadata(tracks: pd.DataFrame, metadata: pd.DataFrame) -> pd.DataFrame:
    """Give tracks the names of metadata files, where these say something.

    Parameters
    ----------
    tracks : pd.DataFrame
        ``track_id``, the columns of :data:`NAMES`, and ``artists``, a tuple of texts, as the tags have them.
    metadata : pd.DataFrame
        Table of :func:`read_metadata`.

    Returns
    -------
    pd.DataFrame
        The same tracks, also with the columns of :data:`ONLY_IN_FILES`.

    Examples
    --------
    >>> names = {"title": ["Tag"], "album": [None], "year": [None], "track_number": [None], "artists": [("Tag",)]}
    >>> metadata = pd.DataFrame([{"track_id": "1", "artist": "Ann", "year": 2004}], columns=list(COLUMNS)).astype(COLUMNS)
    >>> with_metadata(pd.DataFrame({"track_id": ["1"], **names}), metadata)[["title", "artists", "year"]].values.tolist()
    [['Tag', ('Ann',), 2004]]
    """
    rows = metadata.set_index("track_id").reindex(tracks["track_id"]).reset_index(drop=True)
    own = tracks.reset_index(drop=True)
    filled: dict[str, Any] = {name: rows[name].where(rows[name].notna(), own[name]) for name in NAMES}
    of_files = rows["artist"].to_numpy(object)
    artists = [texts if pd.isna(artist) else (artist,) for texts, artist in zip(own["artists"], of_files, strict=True)]
    columns = {**filled, "artists": pd.Series(artists, dtype="object"), **{name: rows[name] for name in ONLY_IN_FILES}}
    return own.assign(**columns).astype({**NAMES, **ONLY_IN_FILES})


def artists_digest(run: Run) -> str | None:
    """Compute the sha256, in hex, of the artists that metadata files name for the annotated tracks, by content.

    A training is due when it changes, as it is when votes change. Artists of tags need no digest: they belong to the content.

    Returns
    -------
    str or None
        None if metadata files name no artist of an annotated track, or tracks are not grouped by artist.
    """
    if run.config.group_by != "artist":
        return None
    metadata = read_metadata(run)
    named = metadata.loc[metadata["artist"].notna(), ["track_id", "artist"]]
    if named.empty:
        return None
    contents = run.read_table(STAGE, CATALOGUE)[["track_id", "sha256"]]
    annotated = contents[contents["track_id"].isin(run.read_table("labels", LABELS)["track_id"])]
    lines = {
        "\0".join([sha256, *sorted(named_artists([artist]))])
        for sha256, artist in annotated.merge(named, on="track_id")[["sha256", "artist"]].itertuples(index=False)
    }
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest() if lines else None
