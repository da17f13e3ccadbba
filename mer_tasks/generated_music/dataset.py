"""Generated music and listeners, for those who have no data set: a landing zone to try the platform on.

In: a landing zone's store and a seed. Out: ``<genre>/<track_id>.mp3`` and, last, ``annotations/demo.csv`` with Emotify's
header, in which each track is heard by some twenty simulated listeners. Every three tracks of a genre have an artist of their
own in their tags, so that a split has artists to keep together. The same seed gives the same bytes.

It follows the lens model of musical communication (Juslin 2000, doi 10.1037/0096-1523.26.6.1797): a piece is meant to convey
one emotion, with traces of a related one. Writer and player turn that into cues, each time a little differently; listeners
hear the cues, not the intention, and judge them by how near they come to what an emotion sounds like. So what is in the votes
is in the sound, or it is chance.

Sources of ``PROFILES`` and ``RELATED``, whose figures and pairs are this module's own rendering of them:

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

from mer_tasks.corpus.label_rules import positives, tally
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ConfigError
from mer_tasks.generated_music.composer import CUES, Cues, compose
from mer_tasks.generated_music.genre_styles import GENRES
from mer_tasks.generated_music.synthesis import mp3, render
from mer_tasks.landing.annotation_files import read_all
from mer_tasks.storage.base import ObjectStore

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
"""The cues by which each emotion is expressed, in the order of ``CUES``."""
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
"""Emotions that a piece may also convey a trace of."""
FREEDOM = 0.15
"""Standard deviation of a cue between two pieces of one intention."""
NEAR, SLOPE = 0.48, 9.0
"""Distance between cues and profile at which a listener is undecided, and how fast that changes with the distance."""
PUBLIC = 160
"""Simulated persons of whom each track's listeners are drawn."""
LISTENERS = (16, 24)
MOST_CHOSEN = 3
"""Emotions that a listener chooses at most, as in Emotify."""
TONGUES = ("English", "Russian", "Dutch", "German", "French", "Italian", "Spanish", "Estonian")
TRACKS_PER_ARTIST = 3
THREADS = 8
"""At most: each holds the 50 MB of a track in the making."""
HEADER = ("track id", "genre", *EMOTIONS, "mood", "liked", "disliked", "age", "gender", "mother tongue")

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Track:
    """A piece to be made.

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
        """Where it lies in the landing zone."""
        return f"{self.genre}/{self.track_id}.mp3"


def plan(seed: int, tracks_per_genre: int) -> list[Track]:
    """Tracks with their cues: in every genre each emotion is meant equally often (but for the remainder), in a drawn order."""
    random = np.random.default_rng([seed, 0])
    tracks: list[Track] = []
    for genre in GENRES:
        rounds = [random.permutation(EMOTIONS) for _ in range(1 + tracks_per_genre // len(EMOTIONS))]
        for place, emotion in enumerate(random.permutation(np.concatenate(rounds)[:tracks_per_genre]).tolist()):
            artist = f"Generated {genre} {1 + place // TRACKS_PER_ARTIST}"
            tracks.append(Track(str(len(tracks) + 1), genre, artist, _expressed(emotion, random)))
    return tracks


def _expressed(emotion: str, random: np.random.Generator) -> Cues:
    trace = random.choice(RELATED[emotion])
    share = random.uniform(0, 0.5)
    meant = (1 - share) * np.array(PROFILES[emotion]) + share * np.array(PROFILES[trace])
    return Cues(**dict(zip(CUES, np.clip(meant + random.normal(0, FREEDOM, len(CUES)), -1, 1).tolist(), strict=True)))


def appeal(cues: Cues) -> Array:
    """Log odds with which an average listener feels each emotion.

    Returns
    -------
    np.ndarray [shape=(9,), dtype=float64]
    """
    heard = np.array([getattr(cues, cue) for cue in CUES])
    distance = np.sqrt(np.mean((np.array([PROFILES[emotion] for emotion in EMOTIONS]) - heard) ** 2, axis=1))
    return np.asarray(SLOPE * (NEAR - distance))


def listen(tracks: list[Track], seed: int) -> list[list[str | int]]:
    """Rows of the annotation file, below its header.

    Listeners disagree: each feels more or less than others do in general, and of each emotion.
    """
    random = np.random.default_rng([seed, 1])
    taste = random.normal(0, 0.5, (PUBLIC, 1)) + random.normal(0, 0.7, (PUBLIC, len(EMOTIONS)))
    person = [
        (int(random.integers(14, 70)), int(random.integers(2)), TONGUES[random.integers(len(TONGUES))]) for _ in range(PUBLIC)
    ]
    rows = []
    for track in tracks:
        felt = appeal(track.cues)
        for listener in random.choice(PUBLIC, random.integers(LISTENERS[0], LISTENERS[1] + 1), replace=False):
            chance = 1 / (1 + np.exp(-(felt + taste[listener])))
            margin = chance - random.random(len(EMOTIONS))
            chosen = (margin >= 0) & (margin >= np.sort(margin)[-MOST_CHOSEN])
            liked = int(random.integers(3))
            mood = int(random.integers(1, 6))
            opinion = (mood, int(liked == 1), int(liked == 2))
            rows.append([track.track_id, track.genre, *chosen.astype(int).tolist(), *opinion, *person[listener]])
    return rows


def annotations(rows: list[list[str | int]]) -> bytes:
    """The annotation file: Emotify's header, with a space after each comma, and rows without."""
    text = io.StringIO()
    text.write(", ".join(HEADER) + "\n")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def sound(track: Track, seed: int, seconds: float) -> bytes:
    """The MP3 of a track."""
    random = np.random.default_rng([seed, 2, int(track.track_id)])
    return mp3(render(compose(track.genre, track.cues, seconds, random), random), track.artist)


def generate(
    landing: ObjectStore,
    *,
    seed: int = 0,
    tracks_per_genre: int = 24,
    seconds: float = 20.0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Fill a landing zone with generated music and annotations.

    Objects of the same keys are replaced, others stay; after an interruption, call it again. Threads do, because encoding and
    array operations let each other run.

    Parameters
    ----------
    landing : ObjectStore
    seed : int
        Decides everything.
    tracks_per_genre : int
    seconds : float
        Length of each track.
    progress : callable, optional
        Called with the tracks that are written and their total, after each.

    Returns
    -------
    dict
        ``tracks``, ``rows`` of annotations, ``bytes`` of sound, and ``labels``: tracks per emotion by the published rule.

    Raises
    ------
    ConfigError
        If there is less to be made than a track of a second per genre.
    TransientError, AccessDenied
        When the store does not take an object.
    """
    if tracks_per_genre < 1 or seconds < 1:
        raise ConfigError(f"{tracks_per_genre} tracks per genre of {seconds:g} s, expected at least 1 of at least 1 s")
    tracks = plan(seed, tracks_per_genre)
    rows = listen(tracks, seed)
    written = 0
    pool = ThreadPoolExecutor(min(THREADS, os.cpu_count() or 1))
    try:
        sounds = pool.map(lambda track: sound(track, seed, seconds), tracks)
        for done, (track, data) in enumerate(zip(tracks, sounds, strict=True), 1):
            landing.put(track.key, data)
            written += len(data)
            if progress is not None:
                progress(done, len(tracks))
    finally:
        pool.shutdown(cancel_futures=True)
    table = annotations(rows)
    landing.put(ANNOTATIONS, table)
    votes = tally(read_all({ANNOTATIONS: table}))
    carried = positives(votes[list(EMOTIONS)].to_numpy(), votes["annotators"].to_numpy(), "share>=0.3").sum(axis=0)
    labels = dict(zip(EMOTIONS, carried.tolist(), strict=True))
    return {"tracks": len(tracks), "rows": len(rows), "bytes": written, "labels": labels}
