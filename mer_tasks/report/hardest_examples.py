"""The hardest examples: test tracks with the wrong decisions of which the model is most sure.

In: predictions for the test part and for its segments, votes, features and FLACs. Out: for each track a picture of its sound
and of the probabilities over time, the votes, and a clip of the seconds where the model is furthest from the listeners.

The confidence of a decision is the distance of its probability from the threshold, in logits: with a threshold of 0.1, a
probability of 0.3 is as far as 0.79 is with a threshold of 0.5. Each track counts once, with its most confident wrong decision.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from mer_tasks.audio.clips import CLIP_SECONDS, clip, data_url
from mer_tasks.audio.spectra import N_MELS
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import AudioError, ObjectMissing
from mer_tasks.report.blocks import Block, Example, Paragraph, Picture, Table, display_name, shortened
from mer_tasks.report.run_documents import LabelledPredictions, RunView
from mer_tasks.report.svg_figures import spectrogram_with_probabilities
from mer_tasks.runs.run import Run

MAX_EXAMPLES = 8
MARGIN = 1e-6
"""Probabilities are clipped to this distance from 0 and 1, whose logits are infinite."""


def surest_wrong_decisions(predictions: LabelledPredictions, limits: Mapping[str, float]) -> list[tuple[int, int]]:
    """Find the most confident wrong decision of each track, and sort these with the most confident first.

    Parameters
    ----------
    predictions : LabelledPredictions
    limits : mapping of str to float
        Threshold of each emotion.

    Returns
    -------
    list of (int, int)
        Indexes of a track and of an emotion. Tracks without a wrong decision are left out.
    """
    thresholds = np.array([limits[emotion] for emotion in EMOTIONS])
    distances = np.abs(_logit(predictions.probabilities) - _logit(thresholds))
    confidence = np.where(predictions.labels != predictions.decisions, distances, -1.0)
    worst = confidence.argmax(axis=1)
    confidence_of_worst = confidence[np.arange(len(worst)), worst]
    order = np.argsort(-confidence_of_worst, kind="stable")
    return [(int(track), int(worst[track])) for track in order if confidence_of_worst[track] >= 0]


def _logit(probabilities: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    logits: npt.NDArray[np.float64] = logit(np.clip(probabilities, MARGIN, 1 - MARGIN))
    return logits


def worst_segments_start(errors: npt.NDArray[np.floating], size: int) -> int:
    """Find the `size` neighbouring segments with the largest sum of errors, and return the index of the first of them.

    Parameters
    ----------
    errors : np.ndarray [shape=(segments,)]
        How far the probability of each segment is from the label of the track.
    size : int

    Examples
    --------
    >>> worst_segments_start(np.array([0.5, 0.7, 0.7, 0.1, 0.9]), 2)
    1
    """
    sums = np.convolve(errors, np.ones(min(size, len(errors))), "valid")
    return int(sums.argmax())


def _clip(run: Run, audio_key: str | None, start: float) -> tuple[str | None, str]:
    """Cut the clip of a track; return its URL and a note on it, or None and why there is no clip."""
    if audio_key is None:
        return None, "No clip: the documents of this run do not say where the track's audio is."
    try:
        sound = clip(run.store.get(audio_key), start)
    except ObjectMissing:
        return None, "No clip: the track's audio is no longer in the store. To make it again, run `reformat` again."
    except AudioError as error:
        return None, f"No clip: the track's audio in the store is damaged ({error.detail})."
    return data_url(sound), f"The clip starts at {start:.0f} s, where the model is furthest from the listeners."


class Examples:
    """Makes the examples of one run.

    Parameters
    ----------
    view : RunView
    predictions : LabelledPredictions
        Those of the test part.
    labels : pd.DataFrame
        Votes of the annotated tracks.
    limits : dict of str to float
        Threshold of each emotion.
    """

    def __init__(self, view: RunView, predictions: LabelledPredictions, labels: pd.DataFrame, limits: dict[str, float]) -> None:
        self.run = view.run
        self.names = dict(zip(predictions.tracks, view.track_names(predictions.tracks), strict=True))
        self.predictions = predictions
        self.limits = limits
        self._store_unavailable = view.store_unavailable
        self.labels = labels.set_index("track_id")
        self.segments = view.segments
        tracks = view.corpus.tracks.set_index("track_id") if view.corpus else pd.DataFrame(columns=["genre", "audio_key"])
        self._genres = tracks["genre"].to_dict()
        self._audio = tracks["audio_key"].to_dict()

    def example(self, track: int, emotion_index: int) -> Example:
        """Make the example of a wrong decision.

        Parameters
        ----------
        track : int
            Index of the track among the predictions.
        emotion_index : int
            Index of the emotion that was decided wrongly.
        """
        track_id = self.predictions.tracks[track]
        rows = self.segments.of_track(track_id) if self.segments else slice(0, 0)
        start: float = 0
        reason = self._store_unavailable or "test_data.npz has no segments of this track"
        picture: Picture | Paragraph = Paragraph(f"No picture: {reason}.")
        if self.segments and rows.stop > rows.start:
            start, picture = self._picture(rows, emotion_index, bool(self.predictions.labels[track, emotion_index]))
        if self._store_unavailable:
            sound, clip_note = None, f"No clip: {self._store_unavailable}."
        else:
            sound, clip_note = _clip(self.run, self._audio.get(track_id), start)
        genre = self._genres.get(track_id)
        title = shortened(self.names[track_id]) + (f" · {shortened(genre)}" if genre else "")
        text = self._text(track, emotion_index)
        return Example(title, shortened(track_id), text, picture, sound, clip_note, self._votes(track))

    def _picture(self, rows: slice, emotion_index: int, label: bool) -> tuple[float, Picture]:
        """Draw a track's segments; return the start of the clip in seconds, and the picture."""
        assert self.segments is not None
        emotion = EMOTIONS[emotion_index]
        seconds = self.run.config.segment_seconds
        probabilities = self.segments.probabilities[rows, emotion_index]
        errors = 1 - probabilities if label else probabilities
        start = worst_segments_start(errors, max(1, round(CLIP_SECONDS / seconds))) * seconds
        clip_range = (start, min(start + CLIP_SECONDS, len(probabilities) * seconds))
        mel = self.segments.features[rows, :, :N_MELS]
        svg = spectrogram_with_probabilities(mel, {emotion: probabilities}, self.limits, seconds, clip_range)
        alt = (
            f"Mel spectrogram of the track, and below it the probability of {display_name(emotion)} in each segment:"
            f" from {probabilities.min():.2f} to {probabilities.max():.2f}; the threshold is {self.limits[emotion]:.2f}"
        )
        return start, Picture(alt, svg)

    def _text(self, track: int, emotion_index: int) -> str:
        emotion = EMOTIONS[emotion_index]
        row = self.labels.loc[self.predictions.tracks[track]]
        votes = row[f"votes_{emotion}"]
        probability = f"{100 * self.predictions.probabilities[track, emotion_index]:.0f} %"
        chose = f"{votes} of {row['annotators']} listeners chose {display_name(emotion)}"
        if self.predictions.labels[track, emotion_index]:
            threshold = f"{100 * self.limits[emotion]:.0f} %"
            return f"{chose}, but the model gives it only a probability of {probability}; the threshold is {threshold}."
        return f"The model gives {display_name(emotion)} a probability of {probability}, but {'only ' if votes else ''}{chose}."

    def _votes(self, track: int) -> Table:
        row = self.labels.loc[self.predictions.tracks[track]]
        words = {(True, True): "found", (True, False): "missed", (False, True): "false alarm", (False, False): "–"}
        rows = []
        for index, emotion in enumerate(EMOTIONS):
            label = bool(self.predictions.labels[track, index])
            decision = bool(self.predictions.decisions[track, index])
            votes = f"{row[f'votes_{emotion}']} of {row['annotators']}"
            probability = float(self.predictions.probabilities[track, index])
            rows.append((display_name(emotion), votes, probability, self.limits[emotion], words[label, decision]))
        columns = ("emotion", "listeners who chose it", "probability", "threshold", "model")
        return Table("All nine emotions of this track", columns, rows)


def hardest(view: RunView) -> list[Block]:
    """Make section "Hardest examples"."""
    predictions = view.test
    labels = view.labels
    limits = view.thresholds
    if predictions is None or labels is None or limits is None:
        return [Paragraph("No examples: this run has not evaluated a model.")]
    mistakes = surest_wrong_decisions(predictions, limits)
    segments = view.segments
    with_segments = set(predictions.tracks if segments is None else segments.track_ids.tolist())
    chosen = [(track, emotion) for track, emotion in mistakes if predictions.tracks[track] in with_segments][:MAX_EXAMPLES]
    note = (
        f"{len(mistakes)} of {len(predictions.tracks)} test tracks have a wrong decision. The page shows {len(chosen)} of them."
    )
    if len(with_segments) < len(predictions.tracks):
        note += f" These are among the {len(with_segments)} test tracks, chosen at random, whose segments the run stored."
    examples = Examples(view, predictions, labels, limits)
    return [Paragraph(note), *(examples.example(track, emotion) for track, emotion in chosen)]
