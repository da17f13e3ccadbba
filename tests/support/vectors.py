"""Vectors of the tracks of a run, computed exactly in numpy, for tests of what the database answers."""

import numpy as np
import pandas as pd

from mer_tasks.corpus.usable_tracks import load_corpus, load_summaries
from mer_tasks.runs.run import Run


def vectors_of(run: Run) -> pd.DataFrame:
    """Standardised summary statistics of a run's tracks, scaled to length 1: one row for each track."""
    tracks = load_corpus(run).tracks
    numbers = load_summaries(run, tracks).astype(float)
    standardised = (numbers - numbers.mean(axis=0)) / numbers.std(axis=0)
    return pd.DataFrame(standardised / np.linalg.norm(standardised, axis=1, keepdims=True), index=tracks["track_id"])


def distances_of(run: Run, track_id: str) -> "pd.Series[float]":
    """Cosine distance of each track of a run to one of them."""
    vectors = vectors_of(run)
    return 1 - vectors @ vectors.loc[track_id]


def probabilities_of(run: Run) -> pd.DataFrame:
    """Probabilities of the run's predictions: one row for each track, one column for each label."""
    tables = pd.concat([run.read_table(stage, "predictions.parquet") for stage in ("thresholds", "evaluate")])
    tables.index = pd.Index(tables["track_id"])
    return tables.rename(columns=lambda name: name.removeprefix("probability_"))
