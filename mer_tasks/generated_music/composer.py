"""Algorithmic composition of short pieces: from a genre and musical cues to a score.

The cues are those that listeners are known to use (see :mod:`mer_tasks.generated_music.dataset`). Everything that the cues
leave open is drawn at random: key, progression, melody, rhythm, groove, and which of the genre's instruments play. A piece
consists of phrases of four chords. Its melody has two motifs, follows the harmony, and rests at the end of each phrase. The
last chord is the tonic.
"""

import itertools
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from mer_tasks.generated_music.cues import Cues
from mer_tasks.generated_music.genre_styles import GENRES, Style
from mer_tasks.generated_music.score import Hit, InstrumentPart, Note, Score

MODES = (
    (0, 1, 3, 5, 7, 8, 10),  # Phrygian
    (0, 2, 3, 5, 7, 8, 10),  # Aeolian, the natural minor
    (0, 2, 3, 5, 7, 9, 10),  # Dorian
    (0, 2, 4, 5, 7, 9, 10),  # Mixolydian
    (0, 2, 4, 5, 7, 9, 11),  # Ionian, the major
    (0, 2, 4, 6, 7, 9, 11),  # Lydian
)
"""Church modes from dark to bright, in semitones above the tonic. Each raises one tone of the mode before by a semitone."""
MAJOR_FROM = 3
"""Index of the first mode with a major third."""
PROGRESSIONS = {
    False: ((0, 5, 2, 6), (0, 3, 4, 0), (0, 5, 3, 4), (0, 6, 5, 6), (0, 3, 6, 2)),
    True: ((0, 4, 5, 3), (0, 3, 4, 0), (0, 5, 3, 4), (0, 2, 3, 4), (0, 3, 0, 4)),
}
"""Common chord progressions, as degrees of the scale; by whether the mode is a major one."""


class Chord(NamedTuple):
    """Chord on a degree of the scale: its first beat, its length in beats, its degree, and whether it ends a phrase."""

    start: int
    beats: int
    degree: int
    closes: bool


class MotifNote(NamedTuple):
    """Note of a motif: start and length in half beats, and its pitch in steps of the scale above the chord's first note."""

    start: int
    length: int
    step: int


class Composer:
    """Composes one piece.

    Parameters
    ----------
    style : Style
        Style of the genre.
    cues : Cues
    seconds : float
        Length of the piece.
    random : np.random.Generator
        Draws everything that style and cues leave open.
    """

    def __init__(self, style: Style, cues: Cues, seconds: float, random: np.random.Generator) -> None:
        self.style = style
        self.cues = cues
        self.seconds = seconds
        self.random = random
        self.beat = 60 / (93 * 1.6**cues.tempo)
        self.scale = MODES[round((cues.mode + 1) / 2 * (len(MODES) - 1))]
        self.tonic = int(random.integers(12))
        self.chords = list(self._harmony())
        self.lead = style.leads[random.integers(len(style.leads))]
        self.pad = style.pads[random.integers(len(style.pads))]
        self.pluck = style.plucks[random.integers(len(style.plucks))]
        self.legato = (1 - cues.articulation) / 2
        self.pulse = (1 + cues.pulse) / 2
        self.drive = style.drive * max(0.0, cues.loudness + 0.2)

    def score(self) -> Score:
        """Write the score of the piece."""
        cues = self.cues
        parts = [
            self._melody(),
            self._held_chords(),
            self._broken_chords(),
            self._short_chords(),
            self._bass(),
            self._bell_runs(),
            self._dissonant_cluster(),
        ]
        return Score(
            seconds=self.seconds,
            parts=[part for part in parts if part.gain > 0],
            hits=list(self._drums()),
            cutoff=1_800 * 4**cues.timbre,
            room=self.style.room * self.random.uniform(0.7, 1.3),
            loudness=-20 + 7 * cues.loudness,
        )

    def _harmony(self) -> Iterator[Chord]:
        """Yield the chords of the piece: 4 beats each, or 2 at a slow tempo.

        The last chord is on the tonic. It lasts until the end of the piece, and is at least as long as the others.
        """
        span = 4 if self.beat < 0.7 else 2
        major = MODES.index(self.scale) >= MAJOR_FROM
        choices = PROGRESSIONS[major]
        degrees = choices[self.random.integers(len(choices))]
        total = int(np.ceil(self.seconds / self.beat))
        count = max(1, total // span)
        for number in range(count - 1):
            yield Chord(number * span, span, degrees[number % 4], number % 4 == 3)
        start = (count - 1) * span
        yield Chord(start, total - start, 0, True)

    def _pitch(self, degree: int, centre: float) -> int:
        """MIDI number of a degree of the scale, in the octave around `centre`."""
        pitch = self.tonic + self.scale[degree % 7]
        return round(centre) + (pitch - round(centre) + 6) % 12 - 6

    def _voices(self, chord: Chord) -> list[int]:
        """Pitches of a chord in close position: each voice moves only a little from chord to chord."""
        centre = 57 + 9 * self.cues.register
        degrees = [0, 2, 4, 6] if self.cues.dissonance > 0 else [0, 2, 4]
        return sorted(self._pitch(chord.degree + degree, centre) for degree in degrees)

    def _note(self, beat: float, beats: float, pitch: int, level: float = 1.0) -> Note:
        """Make a note as a person plays it: not exactly in time, with varying level, and loudest in the middle of a phrase."""
        start = max(0.0, beat * self.beat + self.random.normal(0, 0.005))
        phrase_beats = 4 * self.chords[0].beats
        arch = 0.75 + 0.25 * np.sin(np.pi * (beat % phrase_beats) / phrase_beats)
        return Note(start, beats * self.beat, pitch, level * arch * self.random.uniform(0.85, 1))

    def _melody(self) -> InstrumentPart:
        """Write the melody: motifs A and B in the order AABA, and one long note at the end of a phrase."""
        motifs = {name: self._motif(2 * self.chords[0].beats) for name in "AB"}
        part = InstrumentPart(self.lead, gain=0.5, pan=self.random.uniform(-0.3, 0.3), reverb=0.3, drive=self.drive)
        centre = 67 + 11 * self.cues.register
        sounding = 0.3 + 0.7 * self.legato
        for number, chord in enumerate(self.chords):
            motif = [MotifNote(0, 2 * chord.beats, 0)] if chord.closes else motifs["AABA"[number % 4]]
            first_pitch = self._pitch(chord.degree + 2 * (number % 3), centre)
            for start, length, step in motif:
                is_strong = start % 4 == 0
                pitch = self._step_pitch(first_pitch, chord, step, snap=is_strong)
                beats = length / 2 * (sounding if length < 4 else max(0.6, sounding))
                part.notes.append(self._note(chord.start + start / 2, beats, pitch, 1 if is_strong else 0.8))
        return part

    def _motif(self, slots: int) -> list[MotifNote]:
        """Draw a motif that fills a number of half beats."""
        density = np.clip(0.4 + 0.3 * self.cues.pulse + 0.15 * self.cues.articulation, 0.12, 0.9)
        starts = [0, *(1 + np.flatnonzero(self.random.random(slots - 1) < density)).tolist(), slots]
        leap = 0.2 + 1.3 * max(0.0, self.cues.width)
        motif = []
        step = 0
        for start, end in itertools.pairwise(starts):
            motif.append(MotifNote(start, end - start, step))
            step += int(self.random.choice((-1, 1)) * (1 + self.random.poisson(leap)))
            step = int(np.clip(step, -5, 7))
        return motif

    def _step_pitch(self, first_pitch: int, chord: Chord, step: int, *, snap: bool) -> int:
        """Pitch that is `step` steps of the scale above `first_pitch`; with `snap`, the nearest pitch of the chord."""
        index = self.scale.index((first_pitch - self.tonic) % 12)
        octave, degree = divmod(index + step, 7)
        pitch = first_pitch - self.scale[index] + 12 * octave + self.scale[degree]
        if not snap:
            return pitch
        chord_pitches = (self._pitch(chord.degree + tone, pitch) for tone in (0, 2, 4))
        return min(chord_pitches, key=lambda chord_pitch: abs(chord_pitch - pitch))

    def _held_chords(self) -> InstrumentPart:
        """Write chords that are held; the more legato the piece, the louder they are."""
        part = InstrumentPart(self.pad, 0.05 + 0.25 * self.legato, reverb=0.35, drive=self.drive)
        for chord in self.chords:
            part.notes += [self._note(chord.start, 0.98 * chord.beats, pitch, 0.8) for pitch in self._voices(chord)]
        return part

    def _broken_chords(self) -> InstrumentPart:
        """Write broken chords, one note in each half beat; the greater the width, the louder they are."""
        gain = 0.32 * float(np.clip(0.35 + 0.65 * self.cues.width, 0, 1))
        part = InstrumentPart(self.pluck, gain, pan=-0.4, reverb=0.25)
        order = ((0, 1, 2, 1), (0, 2, 1, 2), (0, 1, 2, 3), (2, 1, 0, 1))[self.random.integers(4)]
        for chord in self.chords:
            voices = self._voices(chord)
            tones = [*voices, *(pitch + 12 for pitch in voices)]
            for slot in range(2 * chord.beats):
                pitch = tones[order[slot % 4] + (slot % 8 >= 4) * (self.cues.width > 0)]
                part.notes.append(self._note(chord.start + slot / 2, 0.45, pitch))
        return part

    def _short_chords(self) -> InstrumentPart:
        """Write short chords, on and off the beat; the more staccato the piece, the louder they are."""
        part = InstrumentPart(self.pluck, 0.45 * max(0.0, self.cues.articulation), pan=0.4, reverb=0.12, drive=self.drive)
        pattern = ((0, 1, 2, 3), (1, 3), (0, 1.5, 3), (0, 0.5, 2, 2.5))[self.random.integers(4)]
        for chord in self.chords:
            for bar in range(0, chord.beats, 4):
                for beat in (bar + offset for offset in pattern if bar + offset < chord.beats):
                    part.notes += [self._note(chord.start + beat, 0.2, pitch, 0.7) for pitch in self._voices(chord)]
        return part

    def _bass(self) -> InstrumentPart:
        """Write the bass: roots of the chords, and sometimes their fifths, more often with a stronger pulse."""
        part = InstrumentPart(self.style.bass, 0.22 + 0.18 * self.pulse, reverb=0.05, drive=0.3 * self.drive)
        every = 0.5 if self.cues.pulse > 0.2 else 1.0 if self.cues.pulse > -0.4 else 2.0
        centre = 40 + 5 * self.cues.register
        for chord in self.chords:
            root = self._pitch(chord.degree, centre)
            for beat in np.arange(0, chord.beats, every):
                fifth = every >= 1 and beat > 0 and self.random.random() < 0.3
                pitch = self._pitch(chord.degree + 4, centre) if fifth else root
                part.notes.append(self._note(chord.start + beat, every * (0.4 + 0.55 * self.legato), pitch))
        return part

    def _bell_runs(self) -> InstrumentPart:
        """Write runs of bells up the tones of each chord over two octaves, four notes per beat; only for a large width."""
        part = InstrumentPart(self.style.bell, 0.5 * max(0.0, self.cues.width - 0.4), pan=0.5, reverb=0.5)
        for chord in self.chords:
            tones = [pitch + octave for octave in (12, 24) for pitch in self._voices(chord)]
            for slot in range(4 * chord.beats):
                part.notes.append(self._note(chord.start + slot / 4, 0.25, tones[slot % len(tones)], 0.8))
        return part

    def _dissonant_cluster(self) -> InstrumentPart:
        """Write each chord's root with its minor second and tritone, as a tremolo; only for a large dissonance."""
        part = InstrumentPart(self.pad, 0.5 * max(0.0, self.cues.dissonance - 0.25), reverb=0.3, tremolo=0.7)
        for chord in self.chords:
            root = self._pitch(chord.degree, 60 + 9 * self.cues.register)
            part.notes += [self._note(chord.start, chord.beats, root + semitones, 0.8) for semitones in (0, 1, 6)]
        return part

    def _drums(self) -> Iterator[Hit]:
        """Yield the strokes of one drawn groove; the stronger the pulse, the more drums play."""
        groove = self.style.grooves[self.random.integers(len(self.style.grooves))]
        level = 0.2 + 0.5 * self.pulse
        strokes = [stroke for stroke in groove if self.cues.pulse >= stroke.pulse]
        for bar in range(0, self.chords[-1].start + 1, 4):
            for stroke in strokes:
                if stroke.drum == "crash" and bar % 16:
                    continue
                for step, mark in enumerate(stroke.pattern):
                    if mark != ".":
                        accent = level * (1 if mark == "x" else 0.55) * self.random.uniform(0.85, 1)
                        yield Hit(stroke.drum, (bar + step / 4) * self.beat, accent)


def compose(genre: str, cues: Cues, seconds: float, random: np.random.Generator) -> Score:
    """Compose a piece of music.

    Parameters
    ----------
    genre : str
        One of ``GENRES``.
    cues : Cues
    seconds : float
        Length of the piece.
    random : np.random.Generator
        Draws everything that genre and cues leave open.

    Examples
    --------
    >>> from mer_tasks.generated_music.cues import CUES
    >>> cues = Cues(**dict.fromkeys(CUES, 0.0))
    >>> score = compose("pop", cues, 10.0, np.random.default_rng(0))
    >>> score.seconds, len(score.parts)
    (10.0, 4)
    """
    return Composer(GENRES[genre], cues, seconds, random).score()
