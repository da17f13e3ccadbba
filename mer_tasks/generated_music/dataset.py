"""Generated data set: music and annotations by simulated listeners, in a landing zone to try the platform on.

In: the store of a landing zone and a seed. Out: ``<genre>/<track_id>.mp3`` and, as the last object, ``annotations/demo.csv``
with Emotify's header. The label set may have some of the nine emotions only, or be of kind single; music and votes are then
made for these emotions. About twenty simulated listeners annotate each track. Every three tracks of a genre share an artist in
their tags, so that a split has artists to keep together. The same seed gives the same bytes.

The data set follows the lens model of musical communication (Juslin 2000, doi 10.1037/0096-1523.26.6.1797). Each piece is meant
to express one emotion, with a trace of a related one. Composer and performer express it by cues, each time a little
differently. Listeners perceive the cues and not the intention: they compare the cues with the typical sound of each emotion. So
everything that the votes contain is either in the sound, or chance.

Sources of ``PROFILES`` and ``RELATED``; the numbers and pairs are this module's own interpretation of them:

- Juslin, Laukka (2003), doi 10.1037/0033-2909.129.5.770, a review of 41 studies of music performance: tempo, sound level,
  high-frequency energy, pitch level and articulation by which players express sadness, tenderness, happiness, anger, fear.
- Gabrielsson, Lindström (2010), The role of structure in the musical expression of emotions, in Juslin, Sloboda (eds), Handbook
  of Music and Emotion, Oxford University Press: tempo, mode, loudness, pitch, intervals, harmony, rhythm, timbre, articulation.
- Eerola, Friberg, Bresin (2013), doi 10.3389/fpsyg.2013.00487: mode, tempo, register, dynamics, articulation and timbre act
  additively and mostly linearly, in this order of importance.
- Zentner, Grandjean, Scherer (2008), doi 10.1037/1528-3542.8.4.494: which of the nine emotions go together, as
  sublimity, vitality or unease.
"""

import csv
import io
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mer_tasks.corpus.label_rules import count_votes, positives, resolved_rule
from mer_tasks.errors import ConfigError
from mer_tasks.generated_music.composer import compose
from mer_tasks.generated_music.cues import CUES, Cues
from mer_tasks.generated_music.genre_styles import GENRES
from mer_tasks.generated_music.synthesis import mp3, render
from mer_tasks.label_set import LabelSet
from mer_tasks.landing.vote_merging import read_annotation_files
from mer_tasks.storage.base import ObjectStore
from mer_tasks.wording import listed

ANNOTATIONS = "annotations/demo.csv"
PROFILES: dict[str, tuple[float, ...]] = {
    # tempo, mode, register, loudness, articulation, timbre, pulse, dissonance, width
    "amazement": (0.2, 1.0, 0.9, 0.1, -0.2, 0.6, -0.2, -0.2, 1.0),
    "solemnity": (-0.7, -0.1, -0.9, 0.5, -0.7, -0.2, -0.4, -0.1, -0.8),
    "tenderness": (-0.2, 0.6, 0.6, -0.7, -0.6, -0.4, -0.5, -0.5, 0.1),
    "nostalgia": (-0.1, -0.1, 0.0, -0.3, -0.2, -0.4, -0.1, 0.3, 0.5),
    "calmness": (-0.9, 0.5, -0.1, -0.9, -1.0, -0.9, -1.0, -0.6, -0.6),
    "power": (0.4, 0.1, -0.7, 1.0, 0.3, 0.7, 1.0, 0.1, -0.1),
    "joyful_activation": (0.9, 0.9, 0.5, 0.6, 0.9, 0.6, 0.6, -0.6, 0.3),
    "tension": (0.5, -1.0, -0.3, 0.4, 0.5, 0.4, 0.2, 1.0, -0.4),
    "sadness": (-0.7, -0.9, -0.3, -0.6, -0.8, -0.7, -0.8, 0.1, -0.4),
}
"""Cues that express each emotion, in the order of ``CUES``."""
RELATED = {
    "amazement": ("joyful_activation", "tenderness"),
    "solemnity": ("sadness", "power", "calmness"),
    "tenderness": ("calmness", "nostalgia", "amazement"),
    "nostalgia": ("sadness", "tenderness"),
    "calmness": ("tenderness", "solemnity"),
    "power": ("joyful_activation", "tension", "solemnity"),
    "joyful_activation": ("amazement", "power"),
    "tension": ("power", "sadness"),
    "sadness": ("nostalgia", "solemnity", "calmness"),
}
"""Related emotions for each emotion; a piece also expresses a trace of one of them."""
CUE_DEVIATION = 0.15
"""Standard deviation of a cue among pieces that are meant to express the same emotion."""
UNDECIDED_DISTANCE = 0.48
"""Distance between cues and profile at which an average listener feels the emotion with a probability of one half."""
LOG_ODDS_SLOPE = 9.0
"""Decrease of the log odds of feeling an emotion, per unit of the distance between cues and profile."""
LISTENER_POOL = 160
"""Number of simulated persons, from whom the listeners of each track are drawn."""
LISTENERS_PER_TRACK = (16, 24)
"""Smallest and largest number of listeners of a track."""
MOST_CHOSEN = 3
"""Largest number of emotions that a listener chooses, as in Emotify."""
MOTHER_TONGUES = ("English", "Russian", "Dutch", "German", "French", "Italian", "Spanish", "Estonian")
TRACKS_PER_ARTIST = 3
THREADS = 8
"""Largest number of threads; each needs 50 MB while it makes a track."""
OPINIONS = ("mood", "liked", "disliked", "age", "gender", "mother tongue")
"""Columns of the annotation file after those of the labels, as in Emotify."""

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """Track to be generated.

    Attributes
    ----------
    track_id, genre, artist : str
    cues : Cues
    """

    track_id: str
    genre: str
    artist: str
    cues: Cues

    @property
    def key(self) -> str:
        """Key of the track in the landing zone."""
        return f"{self.genre}/{self.track_id}.mp3"


def check_emotions(label_set: LabelSet) -> None:
    """Refuse a label set that has other labels than the nine emotions; raises :class:`ConfigError`."""
    unknown = [label for label in label_set.ids if label not in PROFILES]
    if unknown:
        raise ConfigError(
            f"label set {label_set.name}: generated music has votes for the emotions of the default label set only, not for"
            f" {listed(unknown, 5)}; expected some of {', '.join(PROFILES)}"
        )


def plan(seed: int, tracks_per_genre: int, label_set: LabelSet) -> list[Track]:
    """Plan the tracks with their cues.

    In each genre, every emotion of the label set is meant equally often, apart from a remainder, and in random order.

    Raises
    ------
    ConfigError
        If the label set has a label that is none of the nine emotions.

    Examples
    --------
    >>> from mer_tasks.storage.label_files import read_label_set
    >>> [track.key for track in plan(0, 1, read_label_set(None))]
    ['classical/1.mp3', 'rock/2.mp3', 'electronic/3.mp3', 'pop/4.mp3']
    """
    check_emotions(label_set)
    random = np.random.default_rng([seed, 0])
    tracks: list[Track] = []
    for genre in GENRES:
        rounds = [random.permutation(label_set.ids) for _ in range(1 + tracks_per_genre // len(label_set))]
        emotions = random.permutation(np.concatenate(rounds)[:tracks_per_genre]).tolist()
        for index, emotion in enumerate(emotions):
            artist = f"Generated {genre} {1 + index // TRACKS_PER_ARTIST}"
            tracks.append(Track(str(len(tracks) + 1), genre, artist, _draw_cues(emotion, random)))
    return tracks


def _draw_cues(emotion: str, random: np.random.Generator) -> Cues:
    """Draw the cues of a piece that is meant to express an emotion and a trace of a related one."""
    related = random.choice(RELATED[emotion])
    share = random.uniform(0, 0.5)
    mean_cues = (1 - share) * np.array(PROFILES[emotion]) + share * np.array(PROFILES[related])
    drawn = np.clip(mean_cues + random.normal(0, CUE_DEVIATION, len(CUES)), -1, 1)
    return Cues(**dict(zip(CUES, drawn.tolist(), strict=True)))


def emotion_log_odds(cues: Cues, label_set: LabelSet) -> Array:
    """Compute the log odds with which an average listener feels each emotion.

    Returns
    -------
    np.ndarray [shape=(labels,), dtype=float64]
    """
    values = np.array([getattr(cues, cue) for cue in CUES])
    profiles = np.array([PROFILES[emotion] for emotion in label_set.ids])
    distances = np.sqrt(np.mean((profiles - values) ** 2, axis=1))
    return np.asarray(LOG_ODDS_SLOPE * (UNDECIDED_DISTANCE - distances))


def simulate_listeners(tracks: list[Track], seed: int, label_set: LabelSet) -> list[list[str | int]]:
    """Simulate the listeners of the tracks; returns the rows of the annotation file, without its header.

    Listeners disagree: each person feels emotions more or less strongly than others, in general and for each emotion. A
    listener chooses up to three emotions; in a set of kind single, exactly one.
    """
    random = np.random.default_rng([seed, 1])
    taste = random.normal(0, 0.5, (LISTENER_POOL, 1)) + random.normal(0, 0.7, (LISTENER_POOL, len(label_set)))
    persons = [
        (int(random.integers(14, 70)), int(random.integers(2)), MOTHER_TONGUES[random.integers(len(MOTHER_TONGUES))])
        for _ in range(LISTENER_POOL)
    ]
    fewest, most = LISTENERS_PER_TRACK
    rows = []
    for track in tracks:
        log_odds = emotion_log_odds(track.cues, label_set)
        for listener in random.choice(LISTENER_POOL, random.integers(fewest, most + 1), replace=False):
            chosen = _choices(log_odds + taste[listener], random, label_set)
            liked = int(random.integers(3))
            mood = int(random.integers(1, 6))
            opinion = (mood, int(liked == 1), int(liked == 2))
            rows.append([track.track_id, track.genre, *chosen.astype(int).tolist(), *opinion, *persons[listener]])
    return rows


def _choices(log_odds: Array, random: np.random.Generator, label_set: LabelSet) -> npt.NDArray[np.bool_]:
    """Draw which emotions a listener chooses."""
    if label_set.single:  # the largest of log odds with Gumbel noise is a draw from their softmax
        return np.asarray(np.arange(len(log_odds)) == np.argmax(log_odds + random.gumbel(size=len(log_odds))))
    margin = 1 / (1 + np.exp(-log_odds)) - random.random(len(log_odds))
    return np.asarray((margin >= 0) & (margin >= np.sort(margin)[-min(MOST_CHOSEN, len(margin))]))


def annotation_file(rows: list[list[str | int]], label_set: LabelSet) -> bytes:
    """Write the annotation file (CSV); as in Emotify, only the header has a space after each comma."""
    text = io.StringIO()
    text.write(", ".join(("track id", "genre", *label_set.ids, *OPINIONS)) + "\n")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def track_mp3(track: Track, seed: int, seconds: float) -> bytes:
    """Compose, render and encode a track; returns the bytes of its MP3 file."""
    random = np.random.default_rng([seed, 2, int(track.track_id)])
    return mp3(render(compose(track.genre, track.cues, seconds, random), random), track.artist)


def generate(
    landing: ObjectStore,
    label_set: LabelSet,
    *,
    seed: int = 0,
    tracks_per_genre: int = 24,
    seconds: float = 20.0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Fill a landing zone with generated music and annotations.

    Objects with the same keys are replaced; other objects stay. After an interruption, call the function again. The tracks are
    made in threads, which run in parallel because encoding and array operations release Python's lock.

    Parameters
    ----------
    landing : ObjectStore
        Store of the landing zone.
    label_set : LabelSet
        Labels that the listeners choose from: some of the nine emotions.
    seed : int
        Seed of all random numbers; it determines music and annotations completely.
    tracks_per_genre : int
    seconds : float
        Length of each track.
    progress : callable, optional
        Called after each track with the number of written tracks and the total.

    Returns
    -------
    dict
        Number of ``tracks``, ``rows`` of annotations and ``bytes`` of sound, and ``labels``: for each emotion the number of
        tracks that have it by the label rule ``auto``.

    Raises
    ------
    ConfigError
        If the request is for less than one track per genre, or for tracks of less than one second, or if the label set has
        other labels than the nine emotions.
    TransientError, AccessDenied
        If the store does not accept an object.
    """
    if tracks_per_genre < 1 or seconds < 1:
        raise ConfigError(f"{tracks_per_genre} tracks per genre of {seconds:g} s, expected at least 1 of at least 1 s")
    tracks = plan(seed, tracks_per_genre, label_set)
    rows = simulate_listeners(tracks, seed, label_set)
    written_bytes = 0
    pool = ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1))
    try:
        files = pool.map(lambda track: track_mp3(track, seed, seconds), tracks)
        for written_tracks, (track, data) in enumerate(zip(tracks, files, strict=True), 1):
            landing.put(track.key, data)
            written_bytes += len(data)
            if progress is not None:
                progress(written_tracks, len(tracks))
    finally:
        pool.shutdown(cancel_futures=True)
    annotations = annotation_file(rows, label_set)
    landing.put(ANNOTATIONS, annotations)
    votes = count_votes(read_annotation_files({ANNOTATIONS: annotations}, label_set))
    rule = resolved_rule("auto", label_set)
    positive_tracks = positives(votes[[*label_set.ids]].to_numpy(), votes["annotators"].to_numpy(), rule).sum(axis=0)
    labels = dict(zip(label_set.ids, positive_tracks.tolist(), strict=True))
    return {"tracks": len(tracks), "rows": len(rows), "bytes": written_bytes, "labels": labels}
