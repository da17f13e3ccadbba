"""Stage ``reformat``: decode every track of a shard to mono 22,050 Hz 16-bit FLAC.

Input: the document of the shard, and the audio files of its tracks in the landing zone.

Output: one FLAC blob for each distinct audio file (:mod:`mer_tasks.storage.blobs`), and a report. For each track the report has
duration, sample rate, channels, the hash of the samples, and title, artists, album, year and track number of the tags. If the
tags cannot be read, the track is used nevertheless and counted in ``tags_unreadable``.

Tracks whose sound was changed before the features, or is partly lost, are used and counted; :data:`CHANGED_SOUND` lists the
counters. Each has one warning per shard.

A file that cannot be used is rejected with a reason; the other tracks of the shard go on. The reasons are:

- those of :mod:`mer_tasks.audio.decoding`; they are stored, so the same file is not decoded again;
- those of :mod:`mer_tasks.audio.decoder_process`; the next run decodes the file again;
- ``unreadable``: the landing zone lists the file but cannot return it;
- ``changed``: the bytes of the file are no longer those of the catalogue;
- ``decode_memory``: the file alone is larger than half of the decoder's memory.

If the whole store cannot be reached or refuses access, the stage ends with the error of the store.
"""

import logging

from mer_tasks.audio.channel_choice import MIN_CANCELLED_SHARE
from mer_tasks.audio.sound_checks import LOUD_GAIN
from mer_tasks.corpus.reformatter import STAGE, Reformatter
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch
from mer_tasks.runs.shards import ProcessedTracks, process_tracks, write_report

logger = logging.getLogger(__name__)

MAX_NAMED = 5
"""Most tracks that a warning names."""
CHANGED_SOUND = {
    "channels_left_out": "channels that cancel each other or are silent are not in the mono signal",
    "partly_cancelled": "two channels cancel each other for a part of the track, which was mixed nevertheless",
    "stray_repaired": "stray samples far above all others were interpolated",
    "dc_removed": "a DC offset with at least the power of the sound was removed",
    "scaled_down": "samples far above full scale made the rest quieter",
}
"""Counters of tracks whose sound was changed before the features, or is partly lost, with their meanings."""


def _count_changed_sound(shard: str, outcome: ProcessedTracks) -> None:
    """Add the counters of tracks whose sound was changed or is partly lost, with a warning for each that is not 0."""
    found: dict[str, list[tuple[str, str]]] = {counter: [] for counter in CHANGED_SOUND}
    for track in outcome.tracks:
        track_id = track["track_id"]
        if track["mixdown"] != "mean":
            found["channels_left_out"].append((track_id, track["mixdown"]))
        if track["cancelled_share"] >= MIN_CANCELLED_SHARE:
            found["partly_cancelled"].append((track_id, f"{track['cancelled_share']:.0%} of the time"))
        if track["stray_samples"]:
            found["stray_repaired"].append((track_id, f"{track['stray_samples']} samples"))
        if track["dc_offset"]:
            found["dc_removed"].append((track_id, f"{track['dc_offset']:.2g} of full scale"))
        if track["gain"] < LOUD_GAIN:
            found["scaled_down"].append((track_id, f"to {track['gain']:.2g}"))
    for counter, tracks in found.items():
        outcome.counters[counter] = len(tracks)
        if tracks:
            named = ", ".join(f"{track_id!a} ({value})" for track_id, value in tracks[:MAX_NAMED])
            more = ", ..." if len(tracks) > MAX_NAMED else ""
            logger.warning("%s: %s %d: %s: %s%s", shard, counter, len(tracks), CHANGED_SOUND[counter], named, more)


@reads_once
def reformat(run: Run, shard_key: str) -> Manifest:
    """Reformat the tracks of one shard.

    Parameters
    ----------
    run : Run
    shard_key : str
        Key of the shard's document, from ``discover``.

    Raises
    ------
    TransientError, AccessDenied, ObjectMissing
        When a store fails as a whole.
    WorkerLost
        When no decoder process can be started.
    """
    shard = run.read_json_key(shard_key)
    with Stopwatch() as watch, Reformatter(run) as reformatter:
        outcome = process_tracks(STAGE, shard["tracks"], "decoded", reformatter.reformat)
        outcome.counters["tags_unreadable"] = sum(track["tag_problem"] is not None for track in outcome.tracks)
        _count_changed_sound(shard["name"], outcome)
    logger.info("%s: %s", shard["name"], outcome.counters)
    return write_report(run, STAGE, shard_key, shard, outcome, watch)
