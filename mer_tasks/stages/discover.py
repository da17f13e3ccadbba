"""Stage ``discover``: what the landing zone holds, and what of it is new.

In: the landing zone, ``<genre>/<track_id>.<ext>`` and ``annotations/*.csv``. Out: ``catalogue.parquet``, one row per track with
the hash of its file; ``rejected.json``; ``landed.parquet``, every audio file of all genres, by which `publish` knows what is
gone; one document per shard, which is a genre or an even part of one; and in the manifest the shards, the annotation files,
when listing began, and in modes eval and predict the model.

In mode predict the model is the champion, whose file must be the one that was promoted. Shards then have pending tracks only,
of whose present content no prediction by the champion is served (:mod:`mer_tasks.publishing.unscored_tracks`), and the manifest
says how features were made for it.

A file is rejected with a reason of :mod:`mer_tasks.landing.zone`, or as ``unreadable``: the landing zone lists it and does not
give it. Two ids with the same bytes are two tracks; `split` keeps them together.

A file is read once: its hash is remembered, per landing zone, under its key, size and version.
"""

import hashlib
import io
import logging
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timezone
from functools import partial
from multiprocessing.pool import ThreadPool
from typing import TYPE_CHECKING, Any

import pandas as pd

from mer_tasks.errors import AccessDenied, ConfigError, CorpusError, ObjectMissing
from mer_tasks.landing.zone import AUDIO, NAMED, File, check_apart, content_hash, of_genres, sort_out
from mer_tasks.runs.artifacts import CATALOGUE, LANDED_FILES, REJECTED_FILES
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch, safe_name
from mer_tasks.storage.base import ObjectInfo, ObjectStore

if TYPE_CHECKING:
    from mer_tasks.publishing.champion import Champion

logger = logging.getLogger(__name__)

STAGE = "discover"
COLUMNS = ["track_id", "genre", "key", "size", "version", "sha256"]
LANDED = ["track_id", "genre", "key", "sha256"]
REMEMBERED = ["key", "size", "version", "sha256"]
READERS, AT_ONCE = 8, 1 << 10
"""Threads that read new files, for most of which the store is waited for, and how many files wait in line for them."""
MOST_SHARDS = 1_000
"""Airflow maps a task over no more than 1,024 (``[core] max_map_length``)."""


def shard_size(counts: Sequence[int], size: int, most: int = MOST_SHARDS) -> int:
    """The smallest size, of `size` at least, by which genres of so many tracks are `most` shards or fewer.

    Raises
    ------
    CorpusError
        If there are more genres than that.
    """
    if len(counts) > most:
        raise CorpusError(
            f"{len(counts)} genres, expected at most {most}, as each is a mapped task at least: choose some (genres)"
        )
    sizes = range(size, max([size, *counts]) + 1)
    return sizes[bisect_left(sizes, True, key=lambda size: sum(-(-count // size) for count in counts) <= most)]


def sharded(lines: Sequence[dict[str, Any]], size: int) -> list[dict[str, Any]]:
    """Documents of the shards: genre by genre, as few as can be, as even as can be.

    Parameters
    ----------
    lines : sequence of dict
        Rows of the catalogue, sorted by genre.
    size : int
        At most so many tracks in a shard; more if it takes more to have no more shards than :data:`MOST_SHARDS`.
    """
    genres: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for line in lines:
        genres[line["genre"]].append(line)
    enough = shard_size([len(tracks) for tracks in genres.values()], size)
    if enough > size:
        logger.warning("shard_size %d would make more than %d mapped tasks, so it is %d here", size, MOST_SHARDS, enough)
    shards = []
    for genre, tracks in genres.items():
        count = -(-len(tracks) // enough)
        ends = [len(tracks) * place // count for place in range(count + 1)]
        for place in range(count):
            part = tracks[ends[place] : ends[place + 1]]
            shards.append({"name": f"{genre} {place + 1}/{count}", "genre": genre, "tracks": part})
    return shards


class Hashes:
    """Hashes of the files of one landing zone, remembered in the store between runs.

    Parameters
    ----------
    store : ObjectStore
        Where they are remembered.
    landing : ObjectStore
    """

    def __init__(self, store: ObjectStore, landing: ObjectStore) -> None:
        self._store, self._landing = store, landing
        self._key = f"pointers/{STAGE}/{hashlib.sha256(landing.url.encode()).hexdigest()[:16]}/hashes.parquet"
        self._before = self._load()
        self._now: dict[str, tuple[ObjectInfo, str]] = {}

    def _load(self) -> dict[str, tuple[ObjectInfo, str]]:
        try:
            table = pd.read_parquet(io.BytesIO(self._store.get(self._key)))
            return {key: (ObjectInfo(key, size, version), sha) for key, size, version, sha in table[REMEMBERED].to_numpy()}
        except ObjectMissing:
            return {}
        except (ValueError, KeyError, OSError) as error:  # pyarrow's own errors are among them
            logger.warning("%s: %s; all files are read again", self._store.uri(self._key), str(error).splitlines()[0])
            return {}

    def know(self, info: ObjectInfo) -> bool:
        """Whether the file is as it was in the last run."""
        return self._before.get(info.key, (None, ""))[0] == info

    def of(self, info: ObjectInfo) -> str:
        """sha256 of a file's content, in hex; the file is read only if it is new or changed. Threads may call this."""
        sha256 = self._before[info.key][1] if self.know(info) else content_hash(self._landing, info.key)
        self._now[info.key] = (info, sha256)
        return sha256

    def counters(self) -> dict[str, int]:
        """How many files were ``hashed``, and how many ``known``."""
        known = sum(self.know(info) for info, _ in self._now.values())
        return {"hashed": len(self._now) - known, "known": known}

    def changes(self, files: Sequence[File], genres: Sequence[str]) -> dict[str, int]:
        """How many files are ``new``, ``changed`` and ``gone`` since the last run, of the chosen genres."""
        there = {file.info.key for file in files}
        before = {key: sha256 for key, (_, sha256) in self._before.items() if not genres or key.split("/")[0] in genres}
        changed = sum(key in before and before[key] != sha256 for key, (_, sha256) in self._now.items())
        return {"new": len(there - before.keys()), "changed": changed, "gone": len(before.keys() - there)}

    def remember(self, genres: Sequence[str]) -> None:
        """Keep what this run has seen, and of genres that it was not to look at what was known before."""
        kept = {key: value for key, value in self._before.items() if genres and key.split("/")[0] not in genres}
        rows = [(info.key, info.size, info.version, sha256) for info, sha256 in {**kept, **self._now}.values()]
        buffer = io.BytesIO()
        pd.DataFrame(rows, columns=REMEMBERED).to_parquet(buffer, index=False)
        self._store.put(self._key, buffer.getvalue())


def _hashed(run: Run, hashes: Hashes, file: File) -> File:
    if file.reason == "bad_name":
        return file
    try:
        return replace(file, sha256=hashes.of(file.info))
    except (AccessDenied, ObjectMissing) as error:
        # a landing zone that can still be listed has lost or locked this one file; one that cannot raises here
        next(run.landing.list(f"{file.genre}/" if file.genre else ""), None)
        return replace(file, reason=file.reason or "unreadable", detail=file.detail or str(error))


def _all_hashed(run: Run, hashes: Hashes, files: Sequence[File]) -> list[File]:
    unknown = [file for file in files if not hashes.know(file.info)]
    found: dict[str, File] = {}
    with ThreadPool(READERS) as pool:  # whose threads an interrupted command does not wait for
        for start in range(0, len(unknown), AT_ONCE):
            some = unknown[start : start + AT_ONCE]
            found.update(zip((file.info.key for file in some), pool.imap(partial(_hashed, run, hashes), some), strict=True))
    return [found.get(file.info.key) or _hashed(run, hashes, file) for file in files]


def _check_new(run: Run) -> None:
    if run.config.database_url is not None:
        from mer_tasks.database.queries import check_unpublished

        check_unpublished(run.config.database_url.get_secret_value(), run.run_id)


def _model(run: Run) -> dict[str, str] | None:
    """The stored model that mode eval uses."""
    if run.config.mode != "eval":
        return None
    if run.config.database_url is None:
        raise ConfigError("mode='eval' without a database: expected MER_DATABASE_URL, where the published models are")
    from mer_tasks.database.queries import published_model

    # also as Airflow writes it
    wanted = run.config.model_run and safe_name(run.config.model_run)
    return published_model(run.config.database_url.get_secret_value(), wanted, run.store.url)


def _champion(run: Run) -> "Champion | None":
    """The model that mode predict uses."""
    if run.config.mode != "predict":
        return None
    from mer_tasks.publishing.unscored_tracks import scoring_champion

    return scoring_champion(run)


def _champions_work(run: Run, champion: "Champion", lines: list[dict[str, Any]]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Lines of the catalogue that the champion has to score, and what the manifest says of them."""
    from mer_tasks.publishing.unscored_tracks import features_of, pending_of

    return pending_of(run, champion, lines), {"model": champion.model, "features": features_of(run, champion)}


def _check_tracks(run: Run, tracks: Sequence[File], rejected: Sequence[File]) -> None:
    if tracks:
        return
    place = f"landing zone {run.landing.url}"
    if not rejected:
        raise CorpusError(f"{place}: no audio there, expected <genre>/<track id>.<ext> with one of {' '.join(AUDIO)}")
    named = "; ".join(f"{file.info.key!r} {file.reason}: {file.detail}" for file in rejected[:NAMED])
    raise CorpusError(f"{place}: no usable audio among {len(rejected)} files: {named}")


def _write_landed(run: Run, files: Sequence[File], tracks: Sequence[File]) -> None:
    """Every file whose name can be that of a track; those that this run took for one with their hash."""
    hashes = {file.info.key: file.sha256 for file in tracks}
    named = [file for file in files if file.reason not in ("bad_name", "unknown_extension") and "\0" not in file.info.key]
    rows = [(file.track_id, file.genre, file.info.key, hashes.get(file.info.key)) for file in named]
    run.write_table(STAGE, LANDED_FILES, pd.DataFrame(rows, columns=LANDED))


def _write_shards(run: Run, lines: Sequence[dict[str, Any]]) -> list[dict[str, str]]:
    shards = []
    for document in sharded(lines, run.config.shard_size):
        part = document["name"].rpartition(" ")[2].replace("/", "-of-")
        key = run.write_json(STAGE, f"shards/{safe_name(document['genre'])}-{part}.json", document)
        shards.append({"name": document["name"], "key": key})
    return shards


@reads_once
def discover(run: Run) -> Manifest:
    """List the landing zone, hash what is new, and divide the tracks into shards.

    Raises
    ------
    ConfigError
        If a chosen genre is not there, the landing zone is also the store, or mode eval or predict has no database or no model.
    CorpusError
        If there is no usable audio, or there are more genres than shards may be.
    PermanentError
        If the run is published already.
    IntegrityError
        If the file of the champion is not the one that was promoted.
    TransientError, AccessDenied, ObjectMissing
        When a store fails as a whole.
    """
    genres = run.config.genres
    with Stopwatch() as watch:
        check_apart(run.landing.url, run.store.url)
        _check_new(run)
        model, champion = _model(run), _champion(run)
        listed_at = datetime.now(timezone.utc).isoformat()
        landed = sort_out(run.landing.list())
        chosen = of_genres(landed.files, genres, f"landing zone {run.landing.url}")
        hashes = Hashes(run.store, run.landing)
        files = _all_hashed(run, hashes, chosen)
        annotations = [{"key": info.key, "sha256": content_hash(run.landing, info.key)} for info in landed.annotations]
        tracks = sorted((file for file in files if not file.reason), key=lambda file: (file.genre or "", file.track_id))
        rejected = [file for file in files if file.reason]
        for file in rejected:
            logger.warning("%s: %s: %s", ascii(run.landing.uri(file.info.key)), file.reason, file.detail)
        run.write_json(STAGE, REJECTED_FILES, {"rejected": [file.rejection() for file in rejected]})
        _check_tracks(run, tracks, rejected)
        lines = [file.line() for file in tracks]
        run.write_table(STAGE, CATALOGUE, pd.DataFrame(lines, columns=COLUMNS))
        _write_landed(run, landed.files, tracks)
        waiting, facts = _champions_work(run, champion, lines) if champion else (lines, {"model": model})
        shards = _write_shards(run, waiting)
        changes = hashes.changes(files, genres)
        hashes.remember(genres)
    counts = {"files": len(files), "tracks": len(tracks), "rejected": len(rejected), "ignored": landed.ignored}
    if champion:
        counts |= {"pending": len(waiting), "scored": len(lines) - len(waiting)}
    counters = {**counts, **hashes.counters(), **watch.counters()}
    logger.info("%d tracks in %d shards: %s, since the last run: %s", len(waiting), len(shards), counters, changes)
    found = {"mode": run.config.mode, **facts, "shards": shards, "annotations": annotations, "new": changes}
    found["listed_at"] = listed_at
    return run.write_manifest(STAGE, {**found, "counters": counters})
