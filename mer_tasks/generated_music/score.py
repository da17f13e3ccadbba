"""Score of a piece of music: its instruments with their timbres, their notes, and the strokes of drums.

:mod:`mer_tasks.generated_music.composer` writes a :class:`Score`; :mod:`mer_tasks.generated_music.synthesis` renders it.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


@dataclass(frozen=True)
class Timbre:
    """Timbre of an instrument.

    Attributes
    ----------
    slope : float
        Slope of the spectrum: the level of the k-th partial is ``k ** -slope``.
    even : float
        Factor on the level of the even partials; it is near 0 for a clarinet or a square wave.
    attack, release : float
        Time in which a tone rises and fades, in seconds.
    decay : float
        Time in which a struck or plucked tone falls to 1/e, in seconds; 0 for a tone that is held.
    vibrato : float
        Depth of the vibrato, in semitones.
    spread : float
        Difference in pitch between the left and the right channel, in cents; it makes one player sound like a section.
    formants : tuple of float
        Centre frequencies of resonances, in Hz, as in a voice.
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
    """Note of an instrument: start and length in seconds, pitch as MIDI number (69 is 440 Hz), level between 0 and 1."""

    start: float
    length: float
    pitch: int
    level: float


@dataclass
class InstrumentPart:
    """Part of one instrument in a score.

    Attributes
    ----------
    timbre : Timbre
    gain : float
        Factor on the level of all notes.
    pan : float
        Position in the stereo image, from -1 (left) to 1 (right).
    reverb : float
        Share of the sound that is reverberated.
    drive : float
        Overdrive of an amplifier; 0 for a clean sound.
    tremolo : float
        Depth of the tremolo, a fast change of the level; from 0 to 1.
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
    """Stroke of a drum: the drum's name in ``synthesis.DRUMS``, start in seconds, and level."""

    drum: str
    start: float
    level: float


@dataclass
class Score:
    """Score of a piece of music.

    Attributes
    ----------
    seconds : float
        Length of the piece, including its fade-out.
    parts : list of InstrumentPart
    hits : list of Hit
        Strokes of drums.
    cutoff : float
        Frequency above which partials are damped, in Hz.
    room : float
        Reverberation time, in seconds.
    loudness : float
        Root mean square of the sound, in dB relative to full scale.
    """

    seconds: float
    parts: list[InstrumentPart]
    hits: list[Hit]
    cutoff: float
    room: float
    loudness: float
