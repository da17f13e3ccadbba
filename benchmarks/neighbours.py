"""Judge the search of similar tracks: ``python -m benchmarks.neighbours LANDING [--embeddings FILE]``.

LANDING holds audio as ``<genre>/<track>.<ext>``. Its tracks are decoded and their summary statistics are standardised, as
stage `publish` does. For each track, precision at 10 is the share of the ten nearest tracks that have the same artist (by the
tags of the files), or the same genre. Chance is the precision of ten random other tracks.

Tracks of one artist are alike, and most artists have one genre. So the precision of genres is shown without tracks of the
same artist, too. Only tracks whose artist has another track count for artists. The 95 % intervals come from a bootstrap over
artists.

FILE is a ``.npz`` file with ``tracks``, their ids, and ``embeddings`` of an encoder, one row for each id. They are judged
beside the statistics, and so are both together.
"""

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from mer_tasks.config import Config
from mer_tasks.corpus.artist_names import named_artists
from mer_tasks.corpus.usable_tracks import load_corpus, load_summaries
from mer_tasks.evaluation.bootstrap import RESAMPLES, percentile_interval, resample_weights
from mer_tasks.publishing.similar_vectors import Space, VectorSource, moments
from mer_tasks.runs.pipeline import FAN_OUT, run_stage
from mer_tasks.runs.run import Run
from mer_tasks.runs.shards import report_name

NEIGHBOURS = 10

Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Judged:
    """Tracks that are judged.

    Attributes
    ----------
    ids : list of str
    genres, artists : np.ndarray [shape=(tracks,), dtype=object]
        The artist is the first one that the tags name; None for a track without.
    statistics : np.ndarray [shape=(tracks, 54), dtype=float32]
    """

    ids: list[str]
    genres: npt.NDArray[np.object_]
    artists: npt.NDArray[np.object_]
    statistics: npt.NDArray[np.float32]


def judged_tracks(landing: Path, store: Path) -> Judged:
    """Decode the tracks of a folder and compute their statistics; results of an earlier call in `store` are used again."""
    settings = {"store_url": store.as_uri(), "landing_url": landing.as_uri(), "scratch_dir": str(store / "scratch")}
    run = Run(Config.load(settings), "neighbours")
    run_stage(run, "discover")
    for shard in run.manifest("discover")["shards"]:
        for stage in FAN_OUT:
            if not run.store.exists(run.key(stage, report_name(shard["key"]))):
                run_stage(run, stage, shard["key"])
    tracks = load_corpus(run).tracks
    artists = [next(iter(named_artists(texts)), None) for texts in tracks["artists"]]
    return Judged(
        tracks["track_id"].tolist(), tracks["genre"].to_numpy(object), np.array(artists, object), load_summaries(run, tracks)
    )


def unit_vectors(tracks: Judged, numbers: npt.NDArray[np.float32]) -> Values:
    """Standardise the numbers of tracks and scale them to length 1, as stage `publish` does."""
    import pandas as pd

    table = pd.DataFrame({"track_id": tracks.ids, "sha256": "", "shard": ""})
    source = VectorSource("encoder", "", "", numbers.shape[1], table, lambda rows: numbers[rows])
    return Space(0, *moments(source)).vectors(numbers)


def precision(vectors: Values, same: Flags, left_out: Flags) -> Values:
    """Compute each track's share of `same` tracks among its nearest ones [shape=(tracks,)], without those `left_out`."""
    distances = np.where(left_out, np.inf, 1 - vectors @ vectors.T)
    nearest = np.argsort(distances, axis=1, kind="stable")[:, :NEIGHBOURS]
    return np.take_along_axis(same, nearest, 1).mean(axis=1)


def interval(values: Values, groups: npt.NDArray[np.object_]) -> tuple[float, float, float]:
    """Compute the mean of values with the ends of its 95 % interval, by a bootstrap over groups."""
    names, codes = np.unique(groups.astype(str), return_inverse=True)
    weights = np.concatenate([*resample_weights(len(names), RESAMPLES, seed=0)], axis=1)
    low, high = percentile_interval(np.bincount(codes, values) @ weights / (np.bincount(codes) @ weights)) or (np.nan, np.nan)
    return float(values.mean()), low, high


def judge(name: str, vectors: Values, tracks: Judged) -> None:
    """Print a line with the precisions of a space."""
    own = np.eye(len(tracks.ids), dtype=bool)
    known = np.array([artist is not None for artist in tracks.artists])
    same_artist = (tracks.artists[:, np.newaxis] == tracks.artists) & known & ~own
    same_genre = (tracks.genres[:, np.newaxis] == tracks.genres) & ~own
    counted = same_artist.any(axis=1)
    groups = np.array([artist or f"track {own_id}" for artist, own_id in zip(tracks.artists, tracks.ids, strict=True)], object)
    cells = []
    for same, left_out, rows in (
        (same_artist, own, counted),
        (same_genre, own, np.ones(len(own), bool)),
        (same_genre & ~same_artist, own | same_artist, np.ones(len(own), bool)),
    ):
        mean, low, high = interval(precision(vectors, same, left_out)[rows], groups[rows])
        chance = (same.sum(axis=1) / (~left_out).sum(axis=1))[rows].mean()
        cells.append(f"{mean:.3f} [{low:.3f}, {high:.3f}], chance {chance:.3f}")
    print("| " + " | ".join([name, *cells]) + " |", flush=True)


def main() -> None:
    """Parse the command line, and print a table with one row per space."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("landing", type=Path)
    parser.add_argument("--embeddings", type=Path, help="embeddings of an encoder, as .npz")
    parser.add_argument("--store", type=Path, help="folder that keeps decoded audio and features for another call")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mer-neighbours-") as scratch:
        tracks = judged_tracks(options.landing.resolve(), (options.store or Path(scratch)).resolve())
    print(f"{len(tracks.ids)} tracks, {len({*tracks.artists} - {None})} artists, {len({*tracks.genres})} genres")
    print("| space | same artist at 10 | same genre at 10 | same genre at 10, other artists only |\n|---|---|---|---|")
    statistics = unit_vectors(tracks, tracks.statistics)
    judge("statistics", statistics, tracks)
    if options.embeddings:
        stored = np.load(options.embeddings)
        rows = {track_id: row for row, track_id in enumerate(stored["tracks"].tolist())}
        embeddings = unit_vectors(tracks, stored["embeddings"][[rows[track_id] for track_id in tracks.ids]].astype(np.float32))
        judge("encoder", embeddings, tracks)
        judge("both", np.concatenate([statistics, embeddings], axis=1) / np.sqrt(2), tracks)


if __name__ == "__main__":
    main()
