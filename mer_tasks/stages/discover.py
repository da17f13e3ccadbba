"""Stage ``discover``: list the landing zone, hash new audio files, and divide the tracks into shards.

Input: the landing zone with ``<genre>/<track_id>.<ext>``, ``annotations/*.csv`` and ``metadata/*.csv``.

Output:

- ``catalogue.parquet``: one row per track, with the hash of its file;
- ``rejected.json``: the files that cannot be used, each with a reason;
- ``landed.parquet``: every audio file of all genres; stage `publish` finds deleted tracks with it;
- ``metadata.parquet``, if there are metadata files: the names that they give tracks (:mod:`mer_tasks.corpus.track_metadata`);
- ``label_set.json`` and, with an encoder, ``pretrained_encoder.json``: label set (:mod:`mer_tasks.label_set`) and encoder
  (:mod:`mer_tasks.corpus.run_encoder`) of the run, the configured ones, or in modes eval and predict those of the model;
- one document per shard; a shard is a genre, or one of several even parts of a genre;
- the manifest: the shards, the annotation and metadata files, the time when listing began, and in modes eval and predict the
  model.

In mode predict the model is the champion, and its file must be the one that was promoted. Shards then contain only pending
tracks: the database serves no prediction of the champion for the present content of the file
(:mod:`mer_tasks.publishing.unscored_tracks`). The manifest contains the configuration of the champion's features.

The reasons for a rejection are those of :mod:`mer_tasks.landing.zone`, and

- ``duplicate_id``: the track id belongs to another file (:mod:`mer_tasks.landing.duplicate_ids`);
- ``unreadable``: the landing zone lists the file but cannot return it;
- ``changed``: somebody writes the file while it is read.

Two track ids with the same bytes are two tracks, and stage `split` keeps them in one group. Each file is read once, and its
hash is stored (:mod:`mer_tasks.corpus.landed_hashes`).
"""

import logging
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd

from mer_tasks.corpus.landed_hashes import LandedHashes
from mer_tasks.corpus.run_encoder import write_encoder
from mer_tasks.corpus.track_metadata import write_metadata
from mer_tasks.errors import ConfigError, CorpusError
from mer_tasks.landing.duplicate_ids import reject_duplicates
from mer_tasks.landing.folder import SKIPPED, warn_of_skipped
from mer_tasks.landing.zone import (
    AUDIO_EXTENSIONS,
    MAX_NAMED_FILES,
    LandedFile,
    check_store_outside,
    classify_files,
    content_hash,
    select_genres,
)
from mer_tasks.runs.artifacts import CATALOGUE, LABEL_SET, LANDED_FILES, REJECTED_FILES
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch, safe_name
from mer_tasks.storage.base import LeftOut, ObjectInfo
from mer_tasks.storage.label_files import read_label_set

if TYPE_CHECKING:
    from mer_tasks.publishing.champion import Champion

logger = logging.getLogger(__name__)

STAGE = "discover"
COLUMNS = ["track_id", "genre", "key", "size", "version", "sha256"]
"""Columns of ``catalogue.parquet``."""
LANDED_COLUMNS = ["track_id", "genre", "key", "sha256"]
MOST_SHARDS = 1_000
"""Largest number of shards. Airflow maps a task over at most 1,024 shards (``[core] max_map_length``)."""


def shard_size(counts: Sequence[int], size: int, most: int = MOST_SHARDS) -> int:
    """Compute the smallest shard size, at least `size`, for which the genres make at most `most` shards.

    Parameters
    ----------
    counts : sequence of int
        Number of tracks in each genre.
    size, most : int
        Smallest shard size that is allowed, and largest number of shards. A shard size is the largest number of tracks in a
        shard.

    Raises
    ------
    CorpusError
        If there are more than `most` genres.

    Examples
    --------
    >>> shard_size([7, 3], 3)
    3
    >>> shard_size([7, 3], 3, most=2)
    7
    """
    if len(counts) > most:
        raise CorpusError(
            f"{len(counts)} genres, expected at most {most}, because each is at least one mapped task: choose some (genres)"
        )
    sizes = range(size, max([size, *counts]) + 1)
    return sizes[bisect_left(sizes, True, key=lambda size: sum(-(-count // size) for count in counts) <= most)]


def shard_documents(lines: Sequence[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """Divide the rows of the catalogue into shards: genre by genre, into as few and as even shards as possible.

    Parameters
    ----------
    lines : sequence of dict
        Rows of the catalogue, sorted by genre.
    size : int
        Largest number of tracks in a shard. It is increased if there would be more than :data:`MOST_SHARDS` shards.

    Examples
    --------
    >>> lines = [{"genre": "pop", "track_id": name} for name in "abcde"]
    >>> [(shard["name"], len(shard["tracks"])) for shard in shard_documents(lines, 2)]
    [('pop 1/3', 1), ('pop 2/3', 2), ('pop 3/3', 2)]
    """
    genres: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        genres[line["genre"]].append(line)
    used_size = shard_size([len(tracks) for tracks in genres.values()], size)
    if used_size > size:
        logger.warning("shard_size %d would make more than %d mapped tasks; this run uses %d", size, MOST_SHARDS, used_size)
    shards = []
    for genre, tracks in genres.items():
        count = -(-len(tracks) // used_size)
        ends = [len(tracks) * number // count for number in range(count + 1)]
        for number, (start, end) in enumerate(pairwise(ends), 1):
            shards.append({"name": f"{genre} {number}/{count}", "genre": genre, "tracks": tracks[start:end]})
    return shards


def _check_database(run: Run) -> None:
    """Check, if there is a database, that it does not have the run yet, and that its label set is the configured one."""
    if run.config.database_url is not None:
        from mer_tasks.database.label_rows import check_label_set
        from mer_tasks.database.queries import check_unpublished

        url = run.config.database_url.get_secret_value()
        check_unpublished(url, run.run_id)
        check_label_set(url, read_label_set(run.config.labels))


def _model(run: Run) -> dict[str, str] | None:
    """Return the published model that mode eval uses; None in other modes."""
    if run.config.mode != "eval":
        return None
    if run.config.database_url is None:
        raise ConfigError("mode='eval' without a database: expected MER_DATABASE_URL, which lists the published models")
    from mer_tasks.database.queries import published_model

    # model_run may also be the run id as Airflow writes it, which has characters that keys cannot have
    wanted = run.config.model_run and safe_name(run.config.model_run)
    return published_model(run.config.database_url.get_secret_value(), wanted, run.store.url)


def _champion(run: Run) -> "Champion | None":
    """Return the champion, which is the model of mode predict; None in other modes."""
    if run.config.mode != "predict":
        return None
    from mer_tasks.publishing.unscored_tracks import scoring_champion

    return scoring_champion(run)


def _label_set(run: Run, model: dict[str, str] | None) -> dict[str, Any]:
    """Return the label set of the run as a document: that of `model`, or else the configured one."""
    if model:
        return run.read_json_key(f"runs/{model['run_id']}/{STAGE}/{LABEL_SET}")
    return read_label_set(run.config.labels).document()


def _pending(run: Run, champion: "Champion", lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Return the rows of the catalogue that the champion has to score, and the manifest's entries about the champion."""
    from mer_tasks.publishing.unscored_tracks import champion_feature_fields, unscored_lines

    return unscored_lines(run, champion, lines), {"model": champion.model, "features": champion_feature_fields(run, champion)}


def _decided(run: Run, hashes: LandedHashes, files: Sequence[LandedFile]) -> list[LandedFile]:
    """Return all landed files; those of the chosen genres have a hash, and at most one file has each track id."""
    chosen = select_genres(files, run.config.genres, f"landing zone {run.landing.url}")
    hashed = {file.info.key: file for file in hashes.all_hashed(chosen)}
    everything = [hashed.get(file.info.key, file) for file in files]
    return reject_duplicates(
        everything,
        hashes.first_files,
        lambda file: file.sha256 or hashes.hashed(file).sha256,
        lambda file: hashes.is_unchanged(file.info),
    )


def _ignored(run: Run, left_out: LeftOut) -> dict[str, int]:
    """Log what is ignored, and count it: ``ignored`` by their names, ``skipped`` because they are no files of this folder."""
    skipped = warn_of_skipped(run.landing.url, left_out)
    for kind in sorted(left_out.counts.keys() - SKIPPED.keys()):
        logger.info("%d ignored, %s: %s", left_out.counts[kind], kind, left_out.named(kind))
    return {"ignored": left_out.counts.total() - skipped, "skipped": skipped}


def _oldest_first(files: Sequence[ObjectInfo]) -> list[ObjectInfo]:
    """Sort files by the time when they were written, and by their names: what the last one says is the newest."""
    return sorted(files, key=lambda info: (info.modified, info.key))


def _check_tracks(run: Run, tracks: Sequence[LandedFile], rejected: Sequence[LandedFile]) -> None:
    if tracks:
        return
    address = f"landing zone {run.landing.url}"
    if not rejected:
        raise CorpusError(
            f"{address}: no audio there, expected <genre>/<track id>.<ext> with one of {' '.join(AUDIO_EXTENSIONS)}"
        )
    named = "; ".join(f"{file.info.key!r} {file.reason}: {file.detail}" for file in rejected[:MAX_NAMED_FILES])
    raise CorpusError(f"{address}: no usable audio among {len(rejected)} files: {named}")


def _write_landed(run: Run, files: Sequence[LandedFile], tracks: Sequence[LandedFile]) -> None:
    """Write the table of all files whose name can be that of a track; only the tracks of this run have a hash."""
    hashes = {file.info.key: file.sha256 for file in tracks}
    landed = [file for file in files if file.reason not in ("bad_name", "unknown_extension") and "\0" not in file.info.key]
    rows = [(file.track_id, file.genre, file.info.key, hashes.get(file.info.key)) for file in landed]
    run.write_table(STAGE, LANDED_FILES, pd.DataFrame(rows, columns=LANDED_COLUMNS))


def _write_shards(run: Run, lines: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    shards = []
    for document in shard_documents(lines, run.config.shard_size):
        part = document["name"].rpartition(" ")[2].replace("/", "-of-")
        key = run.write_json(STAGE, f"shards/{safe_name(document['genre'])}-{part}.json", document)
        shards.append({"name": document["name"], "key": key})
    return shards


@reads_once
def discover(run: Run) -> Manifest:
    """List the landing zone, hash new files, and divide the tracks into shards.

    Raises
    ------
    ConfigError
        If a chosen genre has no folder, if the store lies inside the landing zone, if the label set cannot be read or is not
        that of the database, if the encoder cannot be used, or if mode eval or predict has no database or no model.
    CorpusError
        If there is no usable audio, or if there are more genres than :data:`MOST_SHARDS`.
    MetadataError
        If a metadata file cannot be used, or an id in it can mean two tracks.
    PermanentError
        If the run is already published.
    IntegrityError
        If the file of the champion is not the one that was promoted.
    TransientError, AccessDenied, ObjectMissing
        When a store fails as a whole.
    """
    genres = run.config.genres
    with Stopwatch() as watch:
        check_store_outside(run.landing.url, run.store.url)
        _check_database(run)
        champion = _champion(run)
        model = champion.model if champion else _model(run)
        label_set = _label_set(run, model)
        encoder = write_encoder(run, model)
        listed_at = datetime.now(timezone.utc).isoformat()
        left_out = LeftOut()
        landed = classify_files(run.landing.list(left_out=left_out), left_out)
        hashes = LandedHashes(run.store, run.landing)
        decided = _decided(run, hashes, landed.files)
        files = select_genres(decided, genres, f"landing zone {run.landing.url}")
        ignored = _ignored(run, left_out)
        annotations = [
            {"key": info.key, "sha256": content_hash(run.landing, info.key)} for info in _oldest_first(landed.annotations)
        ]
        ids = (file.track_id for file in landed.files if file.reason != "bad_name")
        metadata, metadata_counters = write_metadata(run, _oldest_first(landed.metadata), ids)
        tracks = sorted((file for file in files if not file.reason), key=lambda file: (file.genre or "", file.track_id))
        rejected = [file for file in files if file.reason]
        for file in rejected:
            logger.warning("%s: %s: %s", ascii(run.landing.uri(file.info.key)), file.reason, file.detail)
        run.write_json(STAGE, LABEL_SET, label_set)
        run.write_json(STAGE, REJECTED_FILES, {"rejected": [file.rejection() for file in rejected]})
        _check_tracks(run, tracks, rejected)
        lines = [file.catalogue_row() for file in tracks]
        run.write_table(STAGE, CATALOGUE, pd.DataFrame(lines, columns=COLUMNS))
        _write_landed(run, decided, tracks)
        pending, about_model = _pending(run, champion, lines) if champion else (lines, {"model": model})
        shards = _write_shards(run, pending)
        changes = hashes.changes(files, genres)
        hashes.save(decided, genres)
    counts = {"files": len(files), "tracks": len(tracks), "rejected": len(rejected), **ignored}
    if champion:
        counts |= {"pending": len(pending), "scored": len(lines) - len(pending)}
    counters = {**counts, **metadata_counters, **hashes.counters(), **watch.counters()}
    logger.info("%d tracks in %d shards: %s, changes since the last run: %s", len(pending), len(shards), counters, changes)
    listed = {"annotations": annotations, "metadata": metadata, "new": changes, "listed_at": listed_at}
    manifest = {"mode": run.config.mode, **encoder, **about_model, "shards": shards, **listed, "counters": counters}
    return run.write_manifest(STAGE, manifest)
