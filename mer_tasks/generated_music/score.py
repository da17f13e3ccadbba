"""A piece of music on paper: which instruments sound how, and who plays what when.

:mod:`mer_tasks.generated_music.composer` writes a :class:`Score`, :mod:`mer_tasks.generated_music.synthesis` plays it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Timbre:
    """What an instrument sounds like.

    Attributes
    ----------
    slope : float
        Level of the k-th partial is ``k ** -slope``.
    even : float
        Factor on the even partials: near 0 for a clarinet or a square wave.
    attack, release : float
        Seconds in which a tone starts and ends.
    decay : float
        Seconds in which a struck or plucked tone falls to 1/e; 0 for a tone that is held.
    vibrato : float
        Depth, in semitones.
    spread : float
        Distance in pitch of the left from the right side, in cents: a section rather than a soloist.
    formants : tuple of float
        Centres of resonances, in Hz, as of a voice.
    """

    slope: float
    even: float = 1.0
    attack: float = 0.01
    release: float = 0.08
    decay: float = 0.0
    vibrato: float = 0.0
    spread: float = 0.0
    formants: tuple[float, ...] = ()


class Note(NamedTuple):
    """One tone: start and length in seconds, pitch as MIDI number (69 is 440 Hz), level between 0 and 1."""

    start: float
    length: float
    pitch: int
    level: float


@dataclass
class Part:
    """One player.

    Attributes
    ----------
    timbre : Timbre
    gain : float
        Of all its notes.
    pan : float
        From -1, left, to 1, right.
    reverb : float
        Share sent to the room.
    drive : float
        Overdrive of an amplifier; 0 is clean.
    tremolo : float
        Depth of a fast swell of the level, 0 to 1.
    notes : list of Note
    """

    timbre: Timbre
    gain: float
    pan: float = 0.0
    reverb: float = 0.2
    drive: float = 0.0
    tremolo: float = 0.0
    notes: list[Note] = field(default_factory=list)


class Hit(NamedTuple):
    """One stroke of a drum: its name in ``DRUMS``, start in seconds, level."""

    drum: str
    start: float
    level: float


@dataclass
class Score:
    """A piece.

    Attributes
    ----------
    seconds : float
        Length, its fade-out included.
    parts : list of Part
    hits : list of Hit
    cutoff : float
        Frequency above which tones are dull, in Hz.
    room : float
        Reverberation time, in seconds.
    loudness : float
        Wanted root mean square, in dB of full scale.
    """

    seconds: float
    parts: list[Part]
    hits: list[Hit]
    cutoff: float
    room: float
    loudness: float
