"""Files of the landing zone that have the same track id: which of them is the track.

Input: the files of a listing, and the files that were tracks in the last run. Output: the files, of which at most one with each
id is not rejected.

The track that was there first keeps its id, and so its votes and predictions; each newcomer is rejected alone. The track is
known by its key and its content. If the file with that key is gone or has other content, the track is the only file with its
content: it was moved, and another file may have taken its place. If the content is found nowhere, the file with the key was
changed, and stays the track. If none of the files was a track before, all are rejected, since the annotations do not say which
of them they mean. The times of files do not decide, because copying changes them.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from mer_tasks.landing.zone import MAX_NAMED_FILES, LandedFile

UNREAD = ("unreadable", "changed")
"""Reasons of a file that could not be read; it keeps its track id."""


def has_id(file: LandedFile) -> bool:
    """Return whether no other file can be the track with the id of `file`: it is a track, or one that could not be read."""
    return file.reason in ("", *UNREAD)


def reject_duplicates(
    files: Sequence[LandedFile],
    first_files: Callable[[Collection[str]], Mapping[str, tuple[str, str]]],
    sha256: Callable[[LandedFile], str | None],
    is_unchanged: Callable[[LandedFile], bool],
) -> list[LandedFile]:
    """Reject files whose track id belongs to another file.

    Parameters
    ----------
    files : sequence of LandedFile
        All files of the landing zone, of all genres.
    first_files : callable
        Returns, for some track ids, key and sha256 of the files that were these tracks in the last run.
    sha256 : callable
        Returns the hash of a file's content; None if it cannot be read. It is called only for files that share the id of
        a track of the last run.
    is_unchanged : callable
        Returns whether a file was there in the last run as it is now. Such a file is a copy, and was not moved.

    Examples
    --------
    >>> from mer_tasks.storage.base import ObjectInfo
    >>> files = [LandedFile(ObjectInfo(f"{genre}/1.mp3", 1, "1"), genre) for genre in ("pop", "rock")]
    >>> first = {"1": ("rock/1.mp3", "aa00")}
    >>> [file.reason for file in reject_duplicates(files, lambda ids: first, lambda file: "aa00", lambda file: True)]
    ['duplicate_id', '']
    """
    same_id: dict[str, list[LandedFile]] = defaultdict(list)
    for file in files:
        if has_id(file):
            same_id[file.track_id].append(file)
    several = {track_id: candidates for track_id, candidates in same_id.items() if len(candidates) > 1}
    first = first_files(several.keys()) if several else {}
    rejected: dict[str, LandedFile] = {}
    for track_id, candidates in several.items():
        kept = _first(candidates, first.get(track_id), sha256, is_unchanged)
        rejected.update((file.info.key, _reject(file, candidates, kept)) for file in candidates if file is not kept)
    return [rejected.get(file.info.key, file) for file in files]


def _first(
    files: Sequence[LandedFile],
    known: tuple[str, str] | None,
    sha256: Callable[[LandedFile], str | None],
    is_unchanged: Callable[[LandedFile], bool],
) -> LandedFile | None:
    """Return the file that was the track in the last run; None if that is not known."""
    if known is None:
        return None
    key, content = known
    at_key = next((file for file in files if file.info.key == key), None)
    if at_key is not None and sha256(at_key) in (content, None):
        return at_key
    equal = [file for file in files if sha256(file) == content and (at_key is None or not is_unchanged(file))]
    if equal:
        return equal[0] if len(equal) == 1 else None
    return at_key


def _reject(file: LandedFile, files: Sequence[LandedFile], first: LandedFile | None) -> LandedFile:
    if first is not None:
        detail = f"id {file.track_id!r} is that of {first.info.key!r}, which was there first; expected one file per id"
    else:
        others = [repr(other.info.key) for other in files if other is not file]
        more = f" and {len(others) - MAX_NAMED_FILES} more" if len(others) > MAX_NAMED_FILES else ""
        named = ", ".join(others[:MAX_NAMED_FILES])
        detail = f"id {file.track_id!r} is also that of {named}{more}; expected one file per id in all genres"
    return replace(file, reason="duplicate_id", detail=detail)
