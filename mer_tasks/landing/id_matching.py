"""Id matching: find the track that an id in a CSV file means.

Ids are compared in Unicode's composed form (NFC), because file names from a Mac are decomposed (NFD). Apart from that, an id
is the same only if every character is. A rule, the param ``id_match``, makes more ids equal; the platform never chooses one on
its own, but :func:`find_hint` says which rule would match the ids that have no track.
"""

import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from posixpath import basename, splitext
from unicodedata import normalize

from mer_tasks.config import IdMatch
from mer_tasks.errors import AnnotationError, PermanentError
from mer_tasks.landing.zone import AUDIO_EXTENSIONS


def _without_blanks(track_id: str) -> str:
    return normalize("NFC", track_id).strip()


def _without_case(track_id: str) -> str:
    return normalize("NFC", _without_blanks(track_id).casefold())


def _as_number(track_id: str) -> str:
    """Drop the end ``.0`` of a number, and zeros at the beginning of every number that is no decimal place."""
    stripped = _without_blanks(track_id)
    whole = re.fullmatch(r"(\d+)\.0+", stripped)
    return re.sub(r"(?<![\d.])0+(?=\d)", "", whole[1] if whole else stripped)


def _without_path(track_id: str) -> str:
    name = basename(_without_blanks(track_id).replace("\\", "/"))
    stem, extension = splitext(name)
    return stem if extension.lower() in AUDIO_EXTENSIONS else name


def _loosest(track_id: str) -> str:
    return _as_number(_without_path(_without_case(track_id)))


RULES: dict[IdMatch, tuple[str, Callable[[str], str]]] = {
    "exact": ("character by character", lambda track_id: normalize("NFC", track_id)),
    "blanks": ("without surrounding blanks", _without_blanks),
    "case": ("without regard to upper and lower case", _without_case),
    "number": ("without leading zeros", _as_number),
    "file_name": ("without folder and file ending", _without_path),
    "loose": ("without blanks, case, leading zeros, a final .0, folder and file ending", _loosest),
}
"""What each rule does in words, and the function that makes equal texts of ids that the rule takes for equal."""


@dataclass(frozen=True)
class Hint:
    """A rule that would match ids which have no track.

    Attributes
    ----------
    rule : str
        Value for the param ``id_match``.
    matched, unmatched : int
        Number of these ids that the rule would match, and of all of them.
    example : tuple of str
        One of these ids, and the track id that the rule would find for it.
    """

    rule: IdMatch
    matched: int
    unmatched: int
    example: tuple[str, str]

    def __str__(self) -> str:
        given, track_id = self.example
        decimal = self.rule == "number" and given.strip().endswith(".0")
        return (
            f"{self.matched} of {self.unmatched} would match {'without a final .0' if decimal else RULES[self.rule][0]}:"
            f" set id_match={self.rule}, by which {given!r} is {track_id!r}"
        )


class TrackIndex:
    """Index of track ids by a rule, which finds the track that an id means.

    Parameters
    ----------
    track_ids : iterable of str
        Ids of the tracks, each once.
    rule : {"exact", "blanks", "case", "number", "file_name", "loose"}
        When two ids are the same; see :data:`RULES`.

    Examples
    --------
    >>> index = TrackIndex(["7", "8"], "number")
    >>> index.candidates("007"), index.find("7.0", AnnotationError), index.find("x", AnnotationError)
    (['7'], '7', None)
    """

    def __init__(self, track_ids: Iterable[str], rule: IdMatch = "exact") -> None:
        self.rule = rule
        self._key = RULES[rule][1]
        self._tracks_by_key: dict[str, list[str]] = {}
        for track_id in track_ids:
            self._tracks_by_key.setdefault(self._key(track_id), []).append(track_id)

    def candidates(self, given: str) -> list[str]:
        """Return all tracks that an id can mean."""
        return self._tracks_by_key.get(self._key(given), [])

    def find(self, given: str, error: type[PermanentError]) -> str | None:
        """Return the track that an id means, None if there is none; raise an error of this class if it can mean two."""
        tracks = self.candidates(given)
        if len(tracks) > 1:
            raise error(
                f"id_match={self.rule}: id {given!r} means the tracks {tracks[0]!r} and {tracks[1]!r}, expected one; use"
                " another id_match, or rename a file"
            )
        return tracks[0] if tracks else None


def match_ids(given: Iterable[str], track_ids: Iterable[str], rule: IdMatch = "exact") -> dict[str, str]:
    """Find the track of each id of annotation files.

    Parameters
    ----------
    given : iterable of str
        Ids as a CSV file has them.
    track_ids : iterable of str
        Ids of the tracks.
    rule : {"exact", "blanks", "case", "number", "file_name", "loose"}
        When two ids are the same; see :data:`RULES`.

    Returns
    -------
    dict of str to str
        The track id for each given id that has a track.

    Raises
    ------
    AnnotationError
        If an id can mean two tracks by this rule; the message names both.

    Examples
    --------
    >>> match_ids(["007", "7.0", "x"], ["7", "8"], "number")
    {'007': '7', '7.0': '7'}
    """
    index = TrackIndex(track_ids, rule)
    found = {given_id: index.find(given_id, AnnotationError) for given_id in given}
    return {given_id: track_id for given_id, track_id in found.items() if track_id is not None}


def find_hint(unmatched: Collection[str], track_ids: Collection[str]) -> Hint | None:
    """Find the rule that would match most of the ids without a track; None if no rule would match any.

    Of rules that match equally many, it is the first one in :data:`RULES`. An id that a rule would give two tracks is not
    counted.

    Examples
    --------
    >>> str(find_hint(["01", "02", "x"], ["1", "2"]))
    "2 of 3 would match without leading zeros: set id_match=number, by which '01' is '1'"
    """
    best: Hint | None = None
    for rule in list(RULES)[1:]:
        index = TrackIndex(track_ids, rule)
        candidates = {given: index.candidates(given) for given in unmatched}
        found = {given: tracks[0] for given, tracks in candidates.items() if len(tracks) == 1}
        if found and (best is None or len(found) > best.matched):
            best = Hint(rule, len(found), len(unmatched), next(iter(found.items())))
    return best
