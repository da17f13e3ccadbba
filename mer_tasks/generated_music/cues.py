"""Musical cues: what a generated piece and the emotions of its simulated listeners have in common."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class Cues:
    """Musical cues that decide how a piece is written and played; each is between -1 and 1.

    Attributes
    ----------
    tempo : float
        Slow to fast: 58 to 150 beats per minute.
    mode : float
        Minor to major, in six steps: the modes of :mod:`mer_tasks.generated_music.composer`.
    register : float
        Low to high.
    loudness : float
        Soft to loud.
    articulation : float
        Legato to staccato.
    timbre : float
        Dull to bright.
    pulse : float
        Free to driving: density of the rhythm, number of drums.
    dissonance : float
        Consonant to dissonant.
    width : float
        Small steps and close chords, to leaps and broken chords over several octaves.
    """

    tempo: float
    mode: float
    register: float
    loudness: float
    articulation: float
    timbre: float
    pulse: float
    dissonance: float
    width: float


CUES = tuple(cue.name for cue in fields(Cues))
"""Names of the cues, in their order."""
