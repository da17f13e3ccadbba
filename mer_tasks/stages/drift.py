"""Stage ``drift``: how far the music, and what is said of it, has moved from what the champion was made with.

In: of the run and of the champion's training run the summary statistics of every track (:mod:`mer_tasks.audio.track_summary`)
and the predictions. Out: ``drift.json``, lines for each genre and for all genres together, and in the manifest whether anything
has drifted, in one line. A line is one population stability index (:mod:`mer_tasks.evaluation.population_stability`):

- ``features``: the statistic that has moved most, with its name and the mean index over all of them; the run's tracks that the
  champion was not trained on, beside those that it was;
- ``predictions``, for each emotion: probabilities, of tracks that the model was not trained on, beside the champion's of its
  validation and test parts. A model is surer of what it has been taught, which would look like a move. In mode train it is the
  run's own model that is compared, in mode predict the champion.

A genre is compared with itself, or with all genres if the champion has never heard it; one of which it has heard too little has
no lines. A line has drifted if its index is above `drift_threshold`, and above what chance gives: the risk that a run in which
nothing has moved has any such line is 1 %, divided among all its indices (Bonferroni). Tracks of an artist are alike, so
every artist counts once.

Nothing here fails a run: where there is no champion, or what it was trained on cannot be read, there are no lines, and the
manifest says why.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from mer_tasks.audio.artist_tags import named_artists
from mer_tasks.audio.track_summary import NAMES
from mer_tasks.corpus.usable_tracks import load_corpus, load_summaries, prediction_tables
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import PermanentError
from mer_tasks.evaluation.population_stability import LEAST, Index, drift_summary, stability
from mer_tasks.publishing.champion import champion, same_store
from mer_tasks.runs.artifacts import DRIFT, SPLIT_TABLE
from mer_tasks.runs.documents import reads_once
from mer_tasks.runs.run import Manifest, Run, Stopwatch, run_as_published

logger = logging.getLogger(__name__)

STAGE = "drift"
RISK = 0.01
"""That a run in which nothing has moved has a line that has drifted."""
FEWEST = 5
"""Artists of a run from which it is compared: of fewer, chance would be told wrongly where the reference has few too."""
HELD_OUT = ("validation", "test")
PROBABILITIES = [f"probability_{emotion}" for emotion in EMOTIONS]

Line = dict[str, Any]


@dataclass(frozen=True)
class Values:
    """Numbers of some tracks.

    Attributes
    ----------
    values : np.ndarray [shape=(tracks, n)]
    genres, artists : np.ndarray [shape=(tracks,), dtype=object]
        Of each track.
    """

    values: npt.NDArray[np.floating]
    genres: npt.NDArray[np.object_]
    artists: npt.NDArray[np.object_]

    def of(self, genre: str | None) -> "Values":
        """Those of a genre; all, if it is None."""
        if genre is None:
            return self
        own = self.genres == genre
        return Values(self.values[own], self.genres[own], self.artists[own])


Sample = dict[str, Values]
"""What is compared, by the measure: ``features`` and ``predictions``."""


@dataclass(frozen=True)
class Comparison:
    """One measure of one genre, or of all."""

    genre: str | None
    measure: str
    index: Index
    tracks: tuple[int, int]
    """Of the reference, and of the run."""
    same_genre: bool


def comparisons(reference: Sample, current: Sample) -> Iterator[Comparison]:
    """Every measure of every genre, and of all genres, of which there are tracks enough.

    Parameters
    ----------
    reference, current : dict of str to Values
        By measure.
    """
    for measure, now in current.items():
        before = reference[measure]
        for genre in (None, *sorted(set(now.genres))):
            heard = genre is None or genre in reference["features"].genres
            there, compared = now.of(genre), before.of(genre if heard else None)
            if len(set(compared.artists)) >= LEAST and len(set(there.artists)) >= FEWEST:
                index = stability(compared.values, there.values, (compared.artists, there.artists))
                yield Comparison(genre, measure, index, (len(compared.values), len(there.values)), heard)


def lines(found: list[Comparison], threshold: float) -> list[Line]:
    """One line for the features of each genre, and one for each emotion.

    Parameters
    ----------
    found : list of Comparison
        All of a run: the risk is divided among their indices.
    threshold : float
        Index above which a move counts, if it is not chance.

    Returns
    -------
    list of dict
        ``genre`` (None for all together), ``measure``, ``emotion`` or ``statistic``, ``psi``, ``mean_psi`` (of features),
        ``chance``, ``threshold``, ``tracks``, ``reference_tracks``, ``same_genre`` (False: all genres were the reference),
        ``drifted``.
    """
    risk = RISK / max(1, sum(len(one.index.values) for one in found))
    return [line for one in found for line in _lines(one, threshold, risk)]


def _lines(one: Comparison, threshold: float, risk: float) -> Iterator[Line]:
    values, chance = one.index.values, one.index.chance(risk)
    reference, tracks = one.tracks
    head = {"genre": one.genre, "measure": one.measure, "same_genre": one.same_genre}
    sizes = {"tracks": tracks, "reference_tracks": reference, "threshold": threshold}
    features = one.measure == "features"
    for place in [int(values.argmax())] if features else range(len(values)):
        psi, level = float(values[place]), float(chance[place])
        yield {
            **head,
            "emotion": None if features else EMOTIONS[place],
            "statistic": NAMES[place] if features else None,
            "psi": psi,
            "mean_psi": float(values.mean()) if features else None,
            "chance": level,
            **sizes,
            "drifted": psi > threshold and psi > level,
        }


def _artists(tracks: pd.DataFrame) -> npt.NDArray[np.object_]:
    """The first artist of each track; of one that names none, the track itself."""
    named = (next(iter(named_artists(texts)), None) for texts in tracks["artists"])
    return np.array([artist or f"track {own}" for artist, own in zip(named, tracks["track_id"], strict=True)], object)


def _sample(run: Run, taught: "pd.Series[str]", *, reference: bool) -> Sample:
    """The tracks of a run: as the reference those that the champion, whose run it is, was made with, else all others.

    Parameters
    ----------
    run : Run
    taught : pd.Series
        Content hashes of what the champion was trained on.
    reference : bool
    """
    tracks = load_corpus(run).tracks
    known = pd.DataFrame({"genre": tracks["genre"], "artist": _artists(tracks)}).set_index(tracks["track_id"])
    none = pd.DataFrame(columns=["track_id", "part", *PROBABILITIES])
    heard = pd.concat([none, *(run.read_table(*place)[none.columns] for place in prediction_tables(run))])
    tracks = tracks[tracks["sha256"].isin(taught) == reference]
    heard = heard[heard["part"].isin(HELD_OUT) if reference else heard["part"] != "train"]

    def values(found: npt.NDArray[np.floating], ids: "pd.Series[str]") -> Values:
        own = known.loc[ids.tolist()]
        return Values(found, own["genre"].to_numpy(object), own["artist"].to_numpy(object))

    return {
        "features": values(load_summaries(run, tracks), tracks["track_id"]),
        "predictions": values(heard[PROBABILITIES].to_numpy(np.float64), heard["track_id"]),
    }


def _measured(run: Run, url: str | None) -> tuple[list[Line], str]:
    found = champion(url) if url else None
    if found is None:
        return [], "not measured: there is no champion yet"
    try:
        same_store(found, run)
        trained = run_as_published(run, found.run_id, found.config)
        split = trained.read_table("split", SPLIT_TABLE)
        taught = split.loc[split["part"] == "train", "sha256"]
        reference = _sample(trained, taught, reference=True)
    except PermanentError as error:
        return [], f"not measured, by the champion {found.run_id}: {error}"
    compared = list(comparisons(reference, _sample(run, taught, reference=False)))
    if not compared:
        return (
            [],
            f"not measured: fewer than {FEWEST} artists are new, or than {LEAST} known to the champion {found.run_id}",
        )
    measured = lines(compared, run.config.drift_threshold)
    return [{**line, "champion_run_no": found.run_no} for line in measured], drift_summary(measured)


@reads_once
def drift(run: Run) -> Manifest:
    """Compare the tracks of a run with those of the champion's training run.

    Raises
    ------
    IntegrityError, ObjectMissing
        If what the run's own stages wrote is not there, or not as they say.
    TransientError
        When the store or the database does not answer.
    """
    url = run.config.database_url
    with Stopwatch() as watch:
        found, told = _measured(run, url.get_secret_value() if url else None)
        drifted = sum(line["drifted"] for line in found)
        run.write_json(STAGE, DRIFT, {"run_id": run.run_id, "risk": RISK, "metrics": found})
    logger.log(logging.WARNING if drifted or not found else logging.INFO, "run %s: %s", run.run_id, told)
    counters = {"lines": len(found), "drifted": drifted, **watch.counters()}
    return run.write_manifest(STAGE, {"drifted": bool(drifted), "summary": told, "counters": counters})
