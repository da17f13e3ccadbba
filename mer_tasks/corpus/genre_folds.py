"""Folds that leave out one genre: a model learns from all other genres, and is tested on the one that it never heard.

In: labels, groups and genres of the labelled tracks. Out: the part of each track in the fold of a genre. Groups that cross
genres are never divided between train and test: tracks of other genres that share a group with the genre are left out.
"""

import logging
from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.stratification import stratify
from mer_tasks.errors import CorpusError
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

LEFT_OUT = "left_out"
"""Part of the tracks of other genres that share a group with the genre that is tested."""
NAMED = 10
"""Most genres that a message names; the others are only counted."""


def check_genres(track_genres: Iterable[str], genres: Sequence[str]) -> list[str]:
    """Return the genres that can be left out, sorted: those that have labelled tracks.

    Parameters
    ----------
    track_genres : iterable of str
        Genre of each labelled track.
    genres : sequence of str
        All genres of the corpus. The log names those without labelled tracks.

    Raises
    ------
    CorpusError
        If fewer than two genres have labelled tracks.

    Examples
    --------
    >>> check_genres(["rock", "pop", "rock"], ["pop", "rock"])
    ['pop', 'rock']
    """
    found = sorted({*track_genres})
    if len(found) < 2:
        raise CorpusError(
            f"leave_one_genre_out=True: labelled tracks are of {len(found)} genre{'' if len(found) == 1 else 's'}"
            f" ({listed(found, NAMED) or 'none'}), expected two or more, to train on the others"
        )
    unlabelled = sorted({*genres} - {*found})
    if unlabelled:
        logger.warning("%d genres without labelled tracks are not left out: %s", len(unlabelled), listed(unlabelled, NAMED))
    return found


def parts_without_genre(
    labels: npt.NDArray[np.bool_],
    groups: Sequence[str],
    genres: Sequence[str],
    genre: str,
    validation_fraction: float,
    seed: int,
) -> list[str]:
    """Choose the part of each labelled track in the fold that leaves out a genre.

    All tracks of the genre are test tracks. The validation part is drawn from the other groups by iterative stratification.

    Parameters
    ----------
    labels : np.ndarray [shape=(tracks, labels), dtype=bool]
    groups, genres : sequence of str
        Group and genre of each track.
    genre : str
        The genre that is left out.
    validation_fraction : float
        Fraction of the remaining tracks that are validation tracks.
    seed : int

    Returns
    -------
    list of str
        ``train``, ``validation``, ``test`` or ``left_out`` for each track.

    Raises
    ------
    CorpusError
        If the other genres have too few groups for a train part and a validation part.

    Examples
    --------
    >>> genres = ["pop", "pop", "rock", "rock", "rock"]
    >>> parts = parts_without_genre(np.ones((5, 1), bool), ["a", "b", "b", "c", "d"], genres, "pop", 0.5, seed=0)
    >>> parts[:3], sorted(parts[3:])
    (['test', 'test', 'left_out'], ['train', 'validation'])
    """
    own = np.array(genres, object) == genre
    of_genre = {group for group, is_own in zip(groups, own, strict=True) if is_own}
    rest = np.array([group not in of_genre for group in groups], bool)
    parts = np.where(own, "test", LEFT_OUT).astype(object)
    rest_groups = [group for group, in_rest in zip(groups, rest, strict=True) if in_rest]
    fractions = (1 - validation_fraction, validation_fraction)
    parts[rest] = stratify(labels[rest], rest_groups, fractions, seed, parts=("train", "validation"))
    empty = [part for part in ("train", "validation") if part not in parts]
    if empty:
        raise CorpusError(
            f"leave_one_genre_out=True: without genre {genre!r} and the artists that it shares,"
            f" {len({*rest_groups})} groups of tracks leave {' and '.join(empty)} empty, expected more groups of other genres"
        )
    chosen: list[str] = parts.tolist()
    return chosen
