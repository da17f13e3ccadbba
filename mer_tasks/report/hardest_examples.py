"""The hardest examples: test tracks with the wrong decisions of which the model is most sure.

In: predictions for the test part and for its segments, votes, features and FLACs. Out: for each track a picture of its sound
and of the probabilities over time, the votes, and a clip of the seconds where the model is furthest from the listeners.

The confidence of a decision is the distance of its probability from the threshold, in logits: with a threshold of 0.1, a
probability of 0.3 is as far as 0.79 is with a threshold of 0.5. Each track counts once, with its most confident wrong decision.
For a label set of kind single, the hardest tracks are those where the true label has the lowest probability.
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import logit

from mer_tasks.audio.clips import CLIP_SECONDS, clip, data_url
from mer_tasks.audio.spectra import N_MELS
from mer_tasks.errors import AudioError, ObjectMissing
from mer_tasks.label_set import LabelSet
from mer_tasks.report.blocks import Block, Example, Paragraph, Picture, Table, shortened
from mer_tasks.report.label_styles import label_looks, short_names, shown_together
from mer_tasks.report.label_texts import name_of
from mer_tasks.report.plotly_charts import COLOURS
from mer_tasks.report.run_documents import LabelledPredictions, RunView
from mer_tasks.report.svg_figures import LabelCurve, spectrogram_with_probabilities
from mer_tasks.runs.run import Run

MAX_EXAMPLES = 8
MARGIN = 1e-6
"""Probabilities are clipped to this distance from 0 and 1, whose logits are infinite."""


def surest_wrong_decisions(
    predictions: LabelledPredictions, limits: Mapping[str, float], label_set: LabelSet
) -> list[tuple[int, int]]:
    """Find the most confident wrong decision of each track, and sort these with the most confident first.

    Parameters
    ----------
    predictions : LabelledPredictions
    limits : mapping of str to float
        Threshold of each label.
    label_set : LabelSet

    Returns
    -------
    list of (int, int)
        Indexes of a track and of a label. Tracks without a wrong decision are left out.
    """
    thresholds = np.array([limits[label_id] for label_id in label_set.ids])
    distances = np.abs(_logit(predictions.probabilities) - _logit(thresholds))
    confidence = np.where(predictions.labels != predictions.decisions, distances, -1.0)
    worst = confidence.argmax(axis=1)
    confidence_of_worst = confidence[np.arange(len(worst)), worst]
    order = np.argsort(-confidence_of_worst, kind="stable")
    return [(int(track), int(worst[track])) for track in order if confidence_of_worst[track] >= 0]


def least_probable_truths(predictions: LabelledPredictions) -> list[tuple[int, int]]:
    """Find the tracks with a wrong decision, for a label set of kind single, lowest probability of the true label first.

    Returns
    -------
    list of (int, int)
        Indexes of a track and of its true label.

    Examples
    --------
    >>> labels = np.array([[True, False], [True, False], [False, True]])
    >>> probabilities = np.array([[0.4, 0.6], [0.9, 0.1], [0.7, 0.3]])
    >>> decisions = probabilities > 0.5
    >>> least_probable_truths(LabelledPredictions(("a", "b", "c"), labels, probabilities, decisions))
    [(2, 1), (0, 0)]
    """
    truths = predictions.labels.argmax(axis=1)
    wrong = np.flatnonzero((predictions.labels != predictions.decisions).any(axis=1))
    order = wrong[np.argsort(predictions.probabilities[wrong, truths[wrong]], kind="stable")]
    return [(int(track), int(truths[track])) for track in order]


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
    limits : dict of str to float, optional
        Threshold of each label; None for a label set of kind single.
    """

    def __init__(
        self, view: RunView, predictions: LabelledPredictions, labels: pd.DataFrame, limits: dict[str, float] | None
    ) -> None:
        self.run = view.run
        self.label_set = view.label_set
        self._label_looks = label_looks(view.label_set)
        self.names = dict(zip(predictions.tracks, view.track_names(predictions.tracks), strict=True))
        self.predictions = predictions
        self.limits = limits
        self._store_unavailable = view.store_unavailable
        self.labels = labels.set_index("track_id")
        self.segments = view.segments
        tracks = view.corpus.tracks.set_index("track_id") if view.corpus else pd.DataFrame(columns=["genre", "audio_key"])
        self._genres = tracks["genre"].to_dict()
        self._audio = tracks["audio_key"].to_dict()

    def example(self, track: int, label_index: int) -> Example:
        """Make the example of a wrong decision.

        Parameters
        ----------
        track : int
            Index of the track among the predictions.
        label_index : int
            Index of the label that was decided wrongly.
        """
        track_id = self.predictions.tracks[track]
        rows = self.segments.of_track(track_id) if self.segments else slice(0, 0)
        start: float = 0
        reason = self._store_unavailable or "test_data.npz has no segments of this track"
        picture: Picture | Paragraph = Paragraph(f"No picture: {reason}.")
        if self.segments and rows.stop > rows.start:
            start, picture = self._picture(rows, track, label_index)
        if self._store_unavailable:
            sound, clip_note = None, f"No clip: {self._store_unavailable}."
        else:
            sound, clip_note = _clip(self.run, self._audio.get(track_id), start)
        genre = self._genres.get(track_id)
        title = shortened(self.names[track_id]) + (f" · {shortened(genre)}" if genre else "")
        text = self._text(track, label_index)
        return Example(title, shortened(track_id), text, picture, sound, clip_note, self._votes(track))

    def _picture(self, rows: slice, track: int, label_index: int) -> tuple[float, Picture]:
        """Draw a track's segments; return the start of the clip in seconds, and the picture."""
        assert self.segments is not None
        seconds = self.run.config.segment_seconds
        label = bool(self.predictions.labels[track, label_index])
        probabilities = self.segments.probabilities[rows, label_index]
        errors = 1 - probabilities if label else probabilities
        start = worst_segments_start(errors, max(1, round(CLIP_SECONDS / seconds))) * seconds
        clip_range = (start, min(start + CLIP_SECONDS, len(probabilities) * seconds))
        mel = self.segments.features[rows, :, :N_MELS]
        shown = [label_index] if self.limits else [label_index, self._decided(track)]
        names = short_names(self.label_set)
        curves = [
            LabelCurve(names[index], self.segments.probabilities[rows, index], self._limit(self.label_set.ids[index]), *look)
            for index, look in zip(shown, self._looks(shown), strict=True)
        ]
        svg = spectrogram_with_probabilities(mel, curves, seconds, clip_range)
        limit = self._limit(self.label_set.ids[label_index])
        alt = (
            f"Mel spectrogram of the track, and below it the probability of {self._name(label_index)} in each segment:"
            f" from {probabilities.min():.2f} to {probabilities.max():.2f}"
            + ("" if limit is None else f"; the threshold is {limit:.2f}")
        )
        return start, Picture(alt, svg)

    def _looks(self, shown: list[int]) -> list[tuple[str, str]]:
        """Colour and dash of some labels: as in all charts of the report if these show the labels together."""
        if not shown_together(self.label_set):
            return [(COLOURS[place], "solid") for place in range(len(shown))]
        return [(self._label_looks[index].colour, self._label_looks[index].dash) for index in shown]

    def _name(self, label_index: int) -> str:
        return name_of(self.label_set, self.label_set.ids[label_index])

    def _limit(self, label_id: str) -> float | None:
        return self.limits[label_id] if self.limits else None

    def _decided(self, track: int) -> int:
        """Index of the most probable label of a track."""
        return int(self.predictions.probabilities[track].argmax())

    def _text(self, track: int, label_index: int) -> str:
        name = self._name(label_index)
        row = self.labels.loc[self.predictions.tracks[track]]
        votes = row[f"votes_{self.label_set.ids[label_index]}"]
        probabilities = self.predictions.probabilities[track]
        probability = f"{100 * probabilities[label_index]:.0f} %"
        listeners = row["annotators"]
        chose = f"{votes} of {listeners} listeners chose {name}"
        if listeners == 1:
            chose = f"the only listener {'chose' if votes else 'did not choose'} {name}"
        start = chose[:1].upper() + chose[1:]
        limit = self._limit(self.label_set.ids[label_index])
        if limit is None:
            decided = self._decided(track)
            decision = f"decides for {self._name(decided)} with {100 * probabilities[decided]:.0f} %"
            return f"{start}, but the model gives it only a probability of {probability}; it {decision}."
        if self.predictions.labels[track, label_index]:
            threshold = f"{100 * limit:.0f} %"
            return f"{start}, but the model gives it only a probability of {probability}; the threshold is {threshold}."
        return (
            f"The model gives {name} a probability of {probability}, but {'only ' if votes and listeners > 1 else ''}{chose}."
        )

    def _votes(self, track: int) -> Table:
        row = self.labels.loc[self.predictions.tracks[track]]
        words = {(True, True): "found", (True, False): "missed", (False, True): "false alarm", (False, False): "–"}
        if not self.limits:
            words |= {(True, False): "the listeners' choice", (False, True): "the model's decision"}
        noun, nouns = self.label_set.noun
        order = range(len(self.label_set))
        search = ""
        if not shown_together(self.label_set):
            order = np.argsort(-self.predictions.probabilities[track], kind="stable").tolist()
            search = f"Search {nouns}"
        rows = []
        for index in order:
            label_id = self.label_set.ids[index]
            label = bool(self.predictions.labels[track, index])
            decision = bool(self.predictions.decisions[track, index])
            votes = f"{row[f'votes_{label_id}']} of {row['annotators']}"
            limit = [] if self.limits is None else [self.limits[label_id]]
            probability = float(self.predictions.probabilities[track, index])
            rows.append((self.label_set.names[index], votes, probability, *limit, words[label, decision]))
        columns = (noun, "listeners who chose it", "probability", *([] if self.limits is None else ["threshold"]), "model")
        caption = f"All {len(rows)} {nouns} of this track{', most probable first' if search else ''}"
        return Table(caption, columns, rows, search)


def hardest(view: RunView) -> list[Block]:
    """Make section "Hardest examples"."""
    predictions = view.test
    labels = view.labels
    limits = view.thresholds
    label_set = view.label_set
    if predictions is None or labels is None or (limits is None and not label_set.single):
        return [Paragraph("No examples: this run has not evaluated a model.")]
    mistakes = surest_wrong_decisions(predictions, limits, label_set) if limits else least_probable_truths(predictions)
    segments = view.segments
    with_segments = set(predictions.tracks if segments is None else segments.track_ids.tolist())
    chosen = [(track, label) for track, label in mistakes if predictions.tracks[track] in with_segments][:MAX_EXAMPLES]
    note = (
        f"{len(mistakes)} of {len(predictions.tracks)} test tracks have a wrong decision. The page shows {len(chosen)} of them."
    )
    if len(with_segments) < len(predictions.tracks):
        note += f" These are among the {len(with_segments)} test tracks, chosen at random, whose segments the run stored."
    examples = Examples(view, predictions, labels, limits)
    return [Paragraph(note), *(examples.example(track, label) for track, label in chosen)]
