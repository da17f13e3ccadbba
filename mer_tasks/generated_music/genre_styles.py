"""Styles of the four generated genres: their instruments, drum grooves and rooms.

The instruments are rough imitations, which differ in the slope of their spectrum, their attack and their decay.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from mer_tasks.generated_music.score import Timbre


class Stroke(NamedTuple):
    """Pattern of a drum in a bar of sixteenths (x loud, o soft); the drum plays in pieces with at least this pulse."""

    drum: str
    pattern: str
    pulse: float


@dataclass(frozen=True)
class Style:
    """Musical style of a genre.

    Attributes
    ----------
    leads, pads, plucks : tuple of Timbre
        Instruments for the melody, for held chords, and for broken and short chords; a piece draws one of each.
    bass, bell : Timbre
    grooves : tuple of tuple of Stroke
        Drum grooves; a piece draws one.
    drive : float
        Overdrive of pads and leads when they are loud.
    room : float
        Reverberation time, in seconds.
    """

    leads: tuple[Timbre, ...]
    pads: tuple[Timbre, ...]
    plucks: tuple[Timbre, ...]
    bass: Timbre
    bell: Timbre
    grooves: tuple[tuple[Stroke, ...], ...]
    drive: float
    room: float


FIRST = "x" + "." * 15
"""The pattern of a drum that marks the bar."""
STRINGS = Timbre(1.1, attack=0.12, release=0.25, vibrato=0.12, spread=14)
PIANO = Timbre(1.3, attack=0.004, release=0.15, decay=0.9, spread=3)
GUITAR = Timbre(1.1, attack=0.003, release=0.08, decay=0.6)
ORGAN = Timbre(1.6, attack=0.02, release=0.08, spread=9)
GENRES: Mapping[str, Style] = {
    "classical": Style(
        leads=(
            Timbre(1.0, attack=0.06, release=0.12, vibrato=0.25),  # violin
            Timbre(2.0, attack=0.05, release=0.1, vibrato=0.15),  # flute
            Timbre(1.1, even=0.12, attack=0.04, release=0.1),  # clarinet
        ),
        pads=(STRINGS, Timbre(1.3, attack=0.08, release=0.2, spread=8)),
        plucks=(PIANO, Timbre(1.5, attack=0.003, release=0.1, decay=0.7)),  # harp
        bass=Timbre(1.2, attack=0.05, release=0.15, spread=6),
        bell=Timbre(2.2, attack=0.002, release=0.2, decay=0.5),
        grooves=(
            (
                Stroke("timpani", "x.......x.......", 0.0),
                Stroke("timpani", "....o.......o.o.", 0.5),
                Stroke("crash", FIRST, 0.7),
            ),
            (
                Stroke("timpani", "x.....o.x.......", 0.0),
                Stroke("snare", "o..oo.o.o..oo.oo", 0.5),
                Stroke("crash", FIRST, 0.7),
            ),
        ),
        drive=0.0,
        room=2.0,
    ),
    "rock": Style(
        leads=(Timbre(0.9, attack=0.008, release=0.1, vibrato=0.2), Timbre(1.0, attack=0.004, release=0.1, decay=1.5)),
        pads=(ORGAN, Timbre(1.0, attack=0.006, release=0.1, decay=2.5, spread=10)),
        plucks=(GUITAR, Timbre(1.2, attack=0.003, release=0.08, decay=0.5, spread=8)),
        bass=Timbre(1.3, attack=0.005, release=0.06, decay=1.2),
        bell=Timbre(1.6, attack=0.003, release=0.1, decay=0.6),
        grooves=(
            (
                Stroke("hat", "x.o.x.o.x.o.x.o.", -0.4),
                Stroke("kick", "x.......x.x.....", -0.2),
                Stroke("snare", "....x.......x...", 0.0),
                Stroke("crash", FIRST, 0.6),
            ),
            (
                Stroke("shaker", "x.x.x.x.x.x.x.x.", -0.4),
                Stroke("kick", "x..x....x..x....", -0.2),
                Stroke("snare", "....x.......x..o", 0.0),
                Stroke("tom", "..............xx", 0.5),
                Stroke("crash", FIRST, 0.6),
            ),
        ),
        drive=1.0,
        room=0.9,
    ),
    "electronic": Style(
        leads=(
            Timbre(0.9, attack=0.006, release=0.08, spread=10),
            Timbre(1.0, even=0.05, attack=0.006, release=0.08),
            Timbre(1.4, attack=0.02, release=0.15, vibrato=0.1, spread=6),
        ),
        pads=(Timbre(0.9, attack=0.15, release=0.3, spread=24), Timbre(1.3, even=0.3, attack=0.2, release=0.3, spread=18)),
        plucks=(Timbre(0.9, attack=0.003, release=0.06, decay=0.25, spread=8), Timbre(1.0, even=0.1, attack=0.003, decay=0.3)),
        bass=Timbre(1.2, even=0.5, attack=0.006, release=0.05),
        bell=Timbre(1.8, even=0.2, attack=0.002, release=0.15, decay=0.4),
        grooves=(
            (
                Stroke("hat", "..x...x...x...x.", -0.4),
                Stroke("deep kick", "x...x...x...x...", -0.2),
                Stroke("clap", "....x.......x...", 0.1),
                Stroke("open hat", "..x...x...x...x.", 0.5),
            ),
            (
                Stroke("shaker", "x.oxx.oxx.oxx.ox", -0.4),
                Stroke("deep kick", "x.....x...x.....", -0.2),
                Stroke("snare", "....x.......x...", 0.1),
                Stroke("hat", "xoxoxoxoxoxoxoxo", 0.5),
            ),
        ),
        drive=0.15,
        room=1.3,
    ),
    "pop": Style(
        leads=(
            Timbre(1.0, attack=0.05, release=0.1, vibrato=0.3, formants=(750, 1_200, 2_800)),  # a voice on "ah"
            Timbre(1.0, attack=0.05, release=0.1, vibrato=0.3, formants=(420, 900, 2_600)),  # on "oh"
            Timbre(1.5, attack=0.01, release=0.1, vibrato=0.1),
        ),
        pads=(Timbre(1.2, attack=0.1, release=0.25, spread=16, formants=(600, 1_000, 2_500)), STRINGS),
        plucks=(PIANO, Timbre(1.8, attack=0.003, release=0.12, decay=0.8, spread=5), GUITAR),
        bass=Timbre(1.5, attack=0.006, release=0.06, decay=1.6),
        bell=Timbre(2.0, attack=0.002, release=0.2, decay=0.5),
        grooves=(
            (
                Stroke("shaker", "x.o.x.o.x.o.x.o.", -0.4),
                Stroke("kick", "x.......x.......", -0.2),
                Stroke("clap", "....x.......x...", 0.0),
                Stroke("hat", "..x...x...x...x.", 0.4),
            ),
            (
                Stroke("hat", "x.x.x.x.x.x.x.x.", -0.4),
                Stroke("kick", "x.....x.x.......", -0.2),
                Stroke("snare", "....x.......x...", 0.0),
                Stroke("crash", FIRST, 0.6),
            ),
        ),
        drive=0.0,
        room=1.2,
    ),
}
