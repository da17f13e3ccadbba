"""Stage ``drift``: measure how far the music and the predictions have moved from those of the champion's training run.

Input: the summary statistics of every track (:mod:`mer_tasks.audio.track_summary`) and the predictions, of the run and of the
champion's training run. Output: ``drift.json``, which has lines for each genre and for all genres together. The manifest says
in one line whether anything has drifted. A line has one population stability index
(:mod:`mer_tasks.evaluation.population_stability`):

- ``features``: the index of the statistic that has moved most, with its name, and the mean index over all statistics. It
  compares the run's tracks that the champion was not trained on with the tracks that it was trained on.
- ``predictions``, for each label: the index of the probabilities. It compares the run's tracks that the model was not trained
  on with the validation and test parts of the champion, or, if the champion is cross-fitted, with its out-of-fold predictions
  and its test part. A model is surer of the tracks that it was fitted to, which would look like a move. The run's predictions
  are those of its own model in mode train, and those of the champion in mode predict.

A genre is compared with the same genre, or with all genres if the champion was not trained on it. If there are too few tracks
on either side, the genre has no lines. A line has drifted if its index is above `drift_threshold` and above the level of
chance. If nothing has moved, the risk that any line of a run drifts is 1 %, divided among all indices (Bonferroni). Tracks of
one artist are alike, so each artist counts once.

If the label set has changed since, only the labels that both models have are compared, and the summary says so. It also says if
the encoder has changed: embeddings of two spaces are never compared.

This stage never fails a run because of drift. If there is no champion, or the documents of its training run cannot be read,
there are no lines, and the manifest says why.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.track_summary import SUMMARY_NAMES
from mer_tasks.corpus.artist_names import named_artists
from mer_tasks.corpus.inner_folds import is_cross_fitted
from mer_tasks.corpus.leak_certificate import UNLABELLED
from mer_tasks.corpus.usable_tracks import load_corpus, load_summaries, prediction_tables
from mer_tasks.errors import PermanentError
from mer_tasks.evaluation.common_labels import common_labels, common_probabilities, left_out_labels
from mer_tasks.evaluation.population_stability import LEAST, StabilityIndex, drift_summary, stability_index
from mer_tasks.label_set import LabelSet
from mer_tasks.publishing.champion import check_store, read_champion
from mer_tasks.runs.artifacts import DRIFT, PREDICTIONS, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch, run_as_published
from mer_tasks.wording import listed

logger = logging.getLogger(__name__)

STAGE = "drift"
RISK = 0.01
"""Probability that a run in which nothing has moved has any line that has drifted."""
MIN_ARTISTS = 5
"""Least number of artists of the run. With fewer, the level of chance would be wrong if the reference has few artists too."""
MAX_NAMED = 5
"""Largest number of labels that the summary names."""

Line = dict[str, Any]


@dataclass(frozen=True)
class TrackValues:
    """Values of some tracks, with their genres and artists.

    Attributes
    ----------
    values : np.ndarray [shape=(tracks, n)]
    genres, artists : np.ndarray [shape=(tracks,), dtype=object]
        Genre and artist of each track.
    """

    values: npt.NDArray[np.floating]
    genres: npt.NDArray[np.object_]
    artists: npt.NDArray[np.object_]

    def of(self, genre: str | None) -> "TrackValues":
        """Select the tracks of `genre`; all tracks if it is None."""
        if genre is None:
            return self
        selected = self.genres == genre
        return TrackValues(self.values[selected], self.genres[selected], self.artists[selected])


Sample = dict[str, TrackValues]
"""Values of one run by measure: ``features`` and ``predictions``."""


@dataclass(frozen=True)
class GenreComparison:
    """Comparison of one measure of one genre between the reference and the run.

    Attributes
    ----------
    genre : str or None
        None for all genres together.
    measure : {"features", "predictions"}
    index : StabilityIndex
    tracks : tuple of int
        Numbers of tracks of the reference and of the run.
    same_genre : bool
        Whether the reference has the same genre; False if all genres are the reference, because the champion was not
        trained on this one.
    """

    genre: str | None
    measure: str
    index: StabilityIndex
    tracks: tuple[int, int]
    same_genre: bool


def comparisons(reference: Sample, current: Sample) -> Iterator[GenreComparison]:
    """Compare every measure of every genre, and of all genres together, if both samples have enough artists.

    Parameters
    ----------
    reference : dict of str to TrackValues
        Tracks of the champion's training run, by measure.
    current : dict of str to TrackValues
        Tracks of the run, by measure.
    """
    for measure, current_values in current.items():
        for genre in (None, *sorted(set(current_values.genres))):
            same_genre = genre is None or genre in reference["features"].genres
            now = current_values.of(genre)
            before = reference[measure].of(genre if same_genre else None)
            if len(set(before.artists)) >= LEAST and len(set(now.artists)) >= MIN_ARTISTS:
                index = stability_index(before.values, now.values, (before.artists, now.artists))
                yield GenreComparison(genre, measure, index, (len(before.values), len(now.values)), same_genre)


def lines(compared: list[GenreComparison], threshold: float, label_set: LabelSet) -> list[Line]:
    """Make the lines of a run: one for the features of each genre, and one for each label of each genre.

    Parameters
    ----------
    compared : list of GenreComparison
        All comparisons of the run, because the risk is divided among their indices.
    threshold : float
        Index above which a move counts if it is above the level of chance too.
    label_set : LabelSet
        The labels of the probabilities that were compared.

    Returns
    -------
    list of dict
        ``genre`` (None for all genres together), ``measure``, ``emotion`` (id of the label) or ``statistic``, ``psi``,
        ``mean_psi`` (only for features), ``chance``, ``threshold``, ``tracks``, ``reference_tracks``, ``same_genre`` (False:
        all genres were the reference), ``drifted``.
    """
    risk = RISK / max(1, sum(len(comparison.index.values) for comparison in compared))
    return [line for comparison in compared for line in _lines(comparison, threshold, risk, label_set)]


def _lines(comparison: GenreComparison, threshold: float, risk: float, label_set: LabelSet) -> Iterator[Line]:
    """Make the lines of one comparison: of features the statistic that has moved most, of predictions every label."""
    values = comparison.index.values
    chance = comparison.index.chance(risk)
    reference_tracks, tracks = comparison.tracks
    names = {"genre": comparison.genre, "measure": comparison.measure, "same_genre": comparison.same_genre}
    sizes = {"tracks": tracks, "reference_tracks": reference_tracks, "threshold": threshold}
    features = comparison.measure == "features"
    for column in [int(values.argmax())] if features else range(len(values)):
        psi = float(values[column])
        level = float(chance[column])
        yield {
            **names,
            "emotion": None if features else label_set.ids[column],
            "statistic": SUMMARY_NAMES[column] if features else None,
            "psi": psi,
            "mean_psi": float(values.mean()) if features else None,
            "chance": level,
            **sizes,
            "drifted": psi > threshold and psi > level,
        }


def _artists(tracks: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Return the first artist of each track; a track without an artist counts as an artist of its own."""
    named = (next(iter(named_artists(texts)), None) for texts in tracks["artists"])
    return np.array([artist or f"track {own}" for artist, own in zip(named, tracks["track_id"], strict=True)], object)


def _sample(run: Run, trained_on: "pd.Series[str]", label_set: LabelSet, *, reference: bool) -> Sample:
    """Read the tracks of a run that are compared.

    Parameters
    ----------
    run : Run
        The champion's training run if `reference`, otherwise the run whose drift is measured.
    trained_on : pd.Series
        sha256 of the files that the champion was trained on.
    label_set : LabelSet
        The labels whose probabilities are compared.
    reference : bool
        Whether to select the reference: features of tracks that the champion was trained on, and predictions by
        networks that were not fitted to the track. Otherwise all other tracks are selected.
    """
    tracks = load_corpus(run).tracks
    genres_and_artists = pd.DataFrame({"genre": tracks["genre"], "artist": _artists(tracks)}).set_index(tracks["track_id"])
    columns = [f"probability_{label}" for label in run.label_set.ids]
    empty = pd.DataFrame(columns=["track_id", "part", *columns])
    tables = [run.read_table(stage, name)[empty.columns] for stage, name in prediction_tables(run)]
    predictions = pd.concat([empty, *tables])
    tracks = tracks[tracks["sha256"].isin(trained_on) == reference]
    predictions = predictions[predictions["part"] != "train"]  # the model was fitted to these tracks
    if reference:
        predictions = predictions[predictions["part"] != UNLABELLED]
        if is_cross_fitted(run):
            predictions = pd.concat([predictions, run.read_table("thresholds", PREDICTIONS)[empty.columns]])

    def track_values(values: npt.NDArray[np.floating], ids: "pd.Series[str]") -> TrackValues:
        rows = genres_and_artists.loc[ids.tolist()]
        return TrackValues(values, rows["genre"].to_numpy(object), rows["artist"].to_numpy(object))

    probabilities = common_probabilities(predictions[columns].to_numpy(np.float64), run.label_set, label_set)
    return {
        "features": track_values(load_summaries(run, tracks), tracks["track_id"]),
        "predictions": track_values(probabilities, predictions["track_id"]),
    }


def _measure(run: Run, url: str | None) -> tuple[list[Line], list[str], str]:
    """Measure the drift of a run.

    Returns
    -------
    lines : list of dict
    left_out : list of str
        Ids of the labels that only one of both models has.
    summary : str
        It says why if there are no lines.
    """
    champion = read_champion(url) if url else None
    if champion is None:
        return [], [], "not measured: there is no champion yet"
    try:
        check_store(champion, run)
        champion_run = run_as_published(run, champion.run_id, champion.config)
        split = champion_run.read_table("split", SPLIT_TABLE)
        trained_on = split.loc[split["part"] == "train", "sha256"]
        label_set = common_labels(run.label_set, champion_run.label_set)
        left_out = left_out_labels(run.label_set, champion_run.label_set)
        reference = _sample(champion_run, trained_on, label_set, reference=True)
    except PermanentError as error:
        return [], [], f"not measured, by the champion {champion.run_id}: {error}"
    compared = list(comparisons(reference, _sample(run, trained_on, label_set, reference=False)))
    if not compared:
        few = f"fewer than {MIN_ARTISTS} artists are new, or the champion {champion.run_id} was trained on fewer than {LEAST}"
        return [], left_out, f"not measured: {few}"
    measured = lines(compared, run.config.drift_threshold, label_set)
    summary = drift_summary(measured)
    if left_out:
        noun = label_set.noun[len(left_out) > 1]
        summary += f"; {len(left_out)} {noun} left out that only one of both models has: {listed(left_out, MAX_NAMED)}"
    if run.space != champion_run.space:
        encoders = f"{run.encoder or 'no encoder'}, the champion {champion_run.encoder or 'no encoder'}"
        summary += f"; embeddings are not compared: the run has {encoders}"
    return [{**line, "champion_run_no": champion.run_no} for line in measured], left_out, summary


@reads_once
def drift(run: Run) -> Manifest:
    """Measure how far the tracks of a run have moved from those of the champion's training run.

    Raises
    ------
    IntegrityError, ObjectMissing
        If documents of this run are damaged or missing.
    TransientError
        When the store or the database does not answer.
    """
    url = run.config.database_url
    with Stopwatch() as watch:
        measured, left_out, summary = _measure(run, url.get_secret_value() if url else None)
        drifted = sum(line["drifted"] for line in measured)
        labels = {"labels_left_out": left_out} if left_out else {}
        run.write_json(STAGE, DRIFT, {"run_id": run.run_id, "risk": RISK, **labels, "metrics": measured})
    logger.log(logging.WARNING if drifted or not measured else logging.INFO, "run %s: %s", run.run_id, summary)
    counters = {"lines": len(measured), "drifted": drifted, **watch.counters()}
    return run.write_manifest(STAGE, {"drifted": bool(drifted), "summary": summary, "counters": counters})
