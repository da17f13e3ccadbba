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
from mer_tasks.errors import AnnotationError
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


def match_ids(given: Iterable[str], track_ids: Iterable[str], rule: IdMatch = "exact") -> dict[str, str]:
    """Find the track of each id.

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
    found = _candidates(given, track_ids, rule)
    for given_id, tracks in found.items():
        if len(tracks) > 1:
            raise AnnotationError(
                f"id_match={rule}: id {given_id!r} means the tracks {tracks[0]!r} and {tracks[1]!r}, expected one; use another"
                " id_match, or rename a file"
            )
    return {given_id: tracks[0] for given_id, tracks in found.items()}


def _candidates(given: Iterable[str], track_ids: Iterable[str], rule: IdMatch) -> dict[str, list[str]]:
    """Return all tracks that each id can mean by the rule, for the ids that have one."""
    key = RULES[rule][1]
    tracks_by_key: dict[str, list[str]] = {}
    for track_id in track_ids:
        tracks_by_key.setdefault(key(track_id), []).append(track_id)
    keys = {given_id: key(given_id) for given_id in given}
    return {given_id: tracks_by_key[wanted] for given_id, wanted in keys.items() if wanted in tracks_by_key}


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
        found = {given: tracks[0] for given, tracks in _candidates(unmatched, track_ids, rule).items() if len(tracks) == 1}
        if found and (best is None or len(found) > best.matched):
            best = Hint(rule, len(found), len(unmatched), next(iter(found.items())))
    return best
