"""The hardest examples: test tracks on which a model is sure of something and listeners say otherwise.

In: what the model says of the test part and of its segments, the votes, features and FLACs. Out: for each track a picture of
its sound and of what the model says over time, the votes, and a clip of where the model is furthest from the listeners.

How sure it is of a decision is how far its probability lies from the threshold, in logits: beyond a threshold of 0.1, 0.3 is
as far as 0.79 is beyond 0.5. Only wrong decisions count, and of a track only the worst one.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from mer_tasks.audio.clips import SECONDS, address, clip
from mer_tasks.audio.spectra import N_MELS
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AudioError, ObjectMissing
from mer_tasks.report.blocks import Block, Example, Note, Picture, Table, named, shortened
from mer_tasks.report.run_documents import Documents, Judgement
from mer_tasks.report.svg_figures import over_time
from mer_tasks.runs.run import Run

SHOWN = 8
LEAST = 1e-6
"""Probabilities are kept so far from 0 and 1."""


def surest_mistakes(judged: Judgement, limits: Mapping[str, float]) -> list[tuple[int, int]]:
    """Places of tracks and emotions: of each track the surest wrong decision, and the surest of all first."""
    chosen = np.array([limits[emotion] for emotion in EMOTIONS])
    said, limit = (logit(np.clip(values, LEAST, 1 - LEAST)) for values in (judged.probabilities, chosen))
    sure = np.where(judged.labels != judged.decisions, np.abs(said - limit), -1.0)
    worst = sure.argmax(axis=1)
    found = sure[np.arange(len(worst)), worst]
    order = np.argsort(-found, kind="stable")
    return [(int(track), int(worst[track])) for track in order if found[track] >= 0]


def worst_stretch(wrong: npt.NDArray[np.floating], size: int) -> int:
    """First of the `size` neighbouring segments with the highest sum.

    Parameters
    ----------
    wrong : np.ndarray [shape=(segments,)]
        How far the model is from the listeners on each.
    size : int
    """
    sums = np.convolve(wrong, np.ones(min(size, len(wrong))), "valid")
    return int(sums.argmax())


def _clip(run: Run, audio_key: str | None, start: float) -> tuple[str | None, str]:
    """The clip, and what is said about it."""
    if audio_key is None:
        return None, "No clip: the run's reports do not say where the track's audio is."
    try:
        sound = clip(run.store.get(audio_key), start)
    except ObjectMissing:
        return None, "No clip: the track's audio is no longer in the store; running `reformat` again makes it."
    except AudioError as error:
        return None, f"No clip: the track's audio in the store is damaged ({error.detail})."
    return address(sound), f"From {start:.0f} s on, where the model is furthest from the listeners."


class Examples:
    """Makes the examples of one run."""

    def __init__(self, documents: Documents, judged: Judgement, labels: pd.DataFrame, limits: dict[str, float]) -> None:
        self.run, self.judged, self.limits, self._lost = documents.run, judged, limits, documents.out_of_reach
        self.labels = labels.set_index("track_id")
        self.segments = documents.segments
        tracks = (
            documents.corpus.tracks.set_index("track_id") if documents.corpus else pd.DataFrame(columns=["genre", "audio_key"])
        )
        self._genres, self._audio = tracks["genre"].to_dict(), tracks["audio_key"].to_dict()

    def example(self, track: int, place: int) -> Example:
        """The example of a track, by its place and that of the emotion."""
        track_id, emotion = self.judged.tracks[track], EMOTIONS[place]
        rows = self.segments.of_track(track_id) if self.segments else slice(0, 0)
        start: float = 0
        picture: Picture | Note = Note(f"No picture: {self._lost or 'test_data.npz has no segments of this track'}.")
        if self.segments and rows.stop > rows.start:
            start, picture = self._picture(rows, place, bool(self.judged.labels[track, place]))
        key = self._audio.get(track_id)
        sound, about = (None, f"No clip: {self._lost}.") if self._lost else _clip(self.run, key, start)
        genre = self._genres.get(track_id)
        title = shortened(track_id) + (f" · {shortened(genre)}" if genre else "")
        return Example(title, self._text(track, place, emotion), picture, sound, about, self._votes(track))

    def _picture(self, rows: slice, place: int, carried: bool) -> tuple[float, Picture]:
        """Where the clip begins, and the picture."""
        assert self.segments is not None
        seconds, said = self.run.config.segment_seconds, self.segments.probabilities[rows, place]
        first = worst_stretch(1 - said if carried else said, max(1, round(SECONDS / seconds)))
        start, emotion = first * seconds, EMOTIONS[place]
        heard = (start, min(start + SECONDS, len(said) * seconds))
        svg = over_time(self.segments.features[rows, :, :N_MELS], {emotion: said}, self.limits, seconds, heard)
        alt = (
            f"Mel spectrogram of the track, and below it the probability of {named(emotion)} of each segment:"
            f" from {said.min():.2f} to {said.max():.2f}, its threshold is {self.limits[emotion]:.2f}"
        )
        return start, Picture(alt, svg)

    def _text(self, track: int, place: int, emotion: str) -> str:
        row = self.labels.loc[self.judged.tracks[track]]
        votes, listeners = row[f"votes_{emotion}"], row["annotators"]
        said, limit = self.judged.probabilities[track, place], self.limits[emotion]
        chose = f"{votes} of {listeners} listeners chose {named(emotion)}"
        if self.judged.labels[track, place]:
            return f"{chose}, and the model gives it {100 * said:.0f} %, where it would have to be {100 * limit:.0f} %."
        return f"The model gives {named(emotion)} {100 * said:.0f} %, but {'only ' if votes else ''}{chose}."

    def _votes(self, track: int) -> Table:
        row = self.labels.loc[self.judged.tracks[track]]
        rows = []
        for place, emotion in enumerate(EMOTIONS):
            label, decision = self.judged.labels[track, place], self.judged.decisions[track, place]
            votes = f"{row[f'votes_{emotion}']} of {row['annotators']}"
            said, limit = float(self.judged.probabilities[track, place]), self.limits[emotion]
            words = {(True, True): "found", (True, False): "missed", (False, True): "false alarm", (False, False): "–"}
            rows.append((named(emotion), votes, said, limit, words[bool(label), bool(decision)]))
        columns = ("emotion", "listeners", "probability", "threshold", "model")
        return Table("All nine emotions of this track", columns, rows)


def hardest(documents: Documents) -> list[Block]:
    """The blocks of the section."""
    judged, labels, limits = documents.test, documents.labels, documents.thresholds
    if judged is None or labels is None or limits is None:
        return [Note("No examples: this run has judged no model.")]
    found = surest_mistakes(judged, limits)
    kept = documents.segments
    there = set(judged.tracks if kept is None else kept.track_ids.tolist())
    drawn = [(track, place) for track, place in found if judged.tracks[track] in there]
    about = f"{len(found)} of {len(judged.tracks)} test tracks have a wrong decision; shown are {min(SHOWN, len(drawn))}."
    if len(there) < len(judged.tracks):
        about += f" They are of the {len(there)} test tracks whose segments were kept, drawn at random."
    examples = Examples(documents, judged, labels, limits)
    return [Note(about), *(examples.example(*places) for places in drawn[:SHOWN])]
