"""Comparisons and lines of stage drift without a database; ``tests/stages/test_drift_database.py`` has tests with one."""

import numpy as np
import pytest

from mer_tasks.audio.track_summary import SUMMARY_NAMES
from mer_tasks.evaluation.population_stability import drift_summary
from mer_tasks.stages.drift import RISK, TrackValues, comparisons, lines
from tests.support.label_sets import EMOTIFY

GENRES = ("pop", "rock")
THRESHOLD = 0.25


def sample(random: np.random.Generator, tracks: int, move: float = 0.0, tracks_of_an_artist: int = 1, genres=GENRES) -> dict:
    """Make correlated statistics and probabilities of `tracks` tracks of each genre; each artist has tracks of one genre."""
    count = tracks * len(genres)
    artists = np.arange(count) // tracks_of_an_artist
    artist_effect = random.normal(0, 1, (artists.max() + 1, 1))[artists]
    size = len(SUMMARY_NAMES)
    features = move + 0.5 * artist_effect + random.normal(0, 1, (count, size)) @ random.normal(0, 1 / 7, (size, size))
    probabilities = 1 / (1 + np.exp(-(move + artist_effect + random.normal(0, 1, (count, len(EMOTIFY))))))
    genre = np.repeat(np.array(genres, object), tracks)
    names = random.integers(1 << 60, size=artists.max() + 1).astype(object)[artists]
    return {"features": TrackValues(features, genre, names), "predictions": TrackValues(probabilities, genre, names)}


def measured(reference: dict, current: dict, threshold: float = THRESHOLD) -> list:
    return lines(list(comparisons(reference, current)), threshold, EMOTIFY)


@pytest.mark.parametrize(("before", "now", "of_an_artist"), [(70, 6, 1), (40, 30, 1), (100, 60, 4)])
def test_hardly_any_run_is_marked_if_nothing_has_moved(before, now, of_an_artist):
    random = np.random.default_rng(0)
    marked = [
        any(
            line["drifted"]
            for line in measured(*(sample(random, n, tracks_of_an_artist=of_an_artist) for n in (before, now)), 0)
        )
        for _ in range(150)
    ]
    assert sum(marked) <= 4  # RISK lets expect 1 % of 150 runs


@pytest.mark.parametrize(("now", "move"), [(12, 3.0), (40, 1.5), (300, 0.7)])
def test_music_of_another_kind_is_marked(now, move):
    random = np.random.default_rng(1)
    measured_lines = measured(sample(random, 100), sample(random, now, move))
    assert any(line["drifted"] and line["measure"] == "features" for line in measured_lines)
    assert any(line["drifted"] and line["measure"] == "predictions" for line in measured_lines)


def test_each_genre_and_all_genres_together_have_a_line_for_features_and_for_each_emotion():
    random = np.random.default_rng(2)
    measured_lines = measured(sample(random, 60), sample(random, 20))
    assert [(line["genre"], line["emotion"]) for line in measured_lines] == [
        *((genre, None) for genre in (None, *GENRES)),
        *((genre, emotion) for genre in (None, *GENRES) for emotion in EMOTIFY.ids),
    ]
    for line in measured_lines:
        assert (line["tracks"], line["reference_tracks"]) == ((20, 60) if line["genre"] else (40, 120))
        assert line["threshold"] == THRESHOLD
        assert line["same_genre"]


def test_the_line_for_features_names_the_statistic_that_has_moved_most():
    random = np.random.default_rng(3)
    reference, current = sample(random, 100), sample(random, 50)
    current["features"].values[:, SUMMARY_NAMES.index("contrast_3_mean")] += 2
    line = measured(reference, current)[0]
    assert (line["statistic"], line["drifted"], line["emotion"]) == ("contrast_3_mean", True, None)
    assert line["mean_psi"] < line["chance"] < line["psi"]


def test_a_large_move_of_few_tracks_is_not_marked_if_chance_explains_it():
    random = np.random.default_rng(4)
    measured_lines = measured(sample(random, 100), sample(random, 6))
    assert any(line["psi"] > THRESHOLD for line in measured_lines)
    assert not any(line["drifted"] for line in measured_lines)


def test_a_small_move_of_many_tracks_is_not_marked():
    random = np.random.default_rng(5)
    measured_lines = measured(sample(random, 4000), sample(random, 4000, 0.2))
    assert any(line["psi"] > line["chance"] for line in measured_lines)
    assert not any(line["drifted"] for line in measured_lines)


def test_the_risk_is_divided_among_all_indices_of_the_run():
    random = np.random.default_rng(6)
    reference, current = sample(random, 60), sample(random, 20)
    compared = list(comparisons(reference, current))
    alone = lines(compared[:1], THRESHOLD, EMOTIFY)[0]
    together = lines(compared, THRESHOLD, EMOTIFY)[0]
    assert alone["chance"] < together["chance"]
    assert alone["chance"] == compared[0].index.chance(RISK / len(SUMMARY_NAMES))[SUMMARY_NAMES.index(alone["statistic"])]


def test_a_genre_that_the_champion_was_not_trained_on_is_compared_with_all_genres():
    random = np.random.default_rng(7)
    measured_lines = measured(sample(random, 50), sample(random, 20, genres=("jazz", "rock")))
    assert {line["genre"]: (line["same_genre"], line["reference_tracks"]) for line in measured_lines} == {
        **{None: (True, 100), "jazz": (False, 100), "rock": (True, 50)},
    }


def test_a_genre_with_too_few_tracks_on_either_side_has_no_lines():
    random = np.random.default_rng(8)
    few = sample(random, 9, genres=("jazz",))
    before = sample(random, 50)
    reference = {
        measure: TrackValues(
            *(np.concatenate([getattr(sample_[measure], name) for sample_ in (few, before)]) for name in vars(few[measure]))
        )
        for measure in few
    }
    assert {line["genre"] for line in measured(reference, sample(random, 20, genres=("jazz", "rock")))} == {None, "rock"}
    assert {line["genre"] for line in measured(before, sample(random, 4))} == {None}
    assert measured(few, sample(random, 50)) == []


def test_the_summary_names_the_largest_moves_and_counts_the_others():
    line = {"genre": None, "statistic": "mfcc_2_mean", "emotion": None, "psi": 0.5, "drifted": True}
    others = [{**line, "genre": "pop", "statistic": None, "emotion": "power", "psi": psi} for psi in (0.4, 3.456, 0.3)]
    still = {**line, "drifted": False}
    assert drift_summary([line, *others, still]) == (
        "4 of 5 measures have drifted (pop: power 3.46; all genres: mfcc_2_mean 0.50; pop: power 0.40 and 1 more)"
    )
    assert drift_summary([still]) == "0 of 1 measures have drifted"
