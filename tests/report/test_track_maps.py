import numpy as np
import pytest

from mer_tasks.corpus.segments import segment_index
from mer_tasks.report.track_maps import FEW, SHOWN, described, drawn, maps
from tests.support.learnable_runs import learnable


@pytest.fixture(scope="module")
def islands():
    """Two kinds of tracks that lie far apart [shape=(60, 310)]."""
    random = np.random.default_rng(0)
    return np.concatenate([random.standard_normal((30, 310)), random.standard_normal((30, 310)) + 6])


@pytest.fixture(scope="module")
def placed(islands):
    return maps(islands, 2, seed=1)


def test_every_method_keeps_what_is_alike_together(placed):
    assert list(placed) == ["PCA", "t-SNE", "UMAP"]
    for places in placed.values():
        assert places.shape == (60, 2)
        one, other = places[:30], places[30:]
        apart = np.linalg.norm(one.mean(axis=0) - other.mean(axis=0))
        assert apart > 2 * max(np.linalg.norm(side - side.mean(axis=0), axis=1).mean() for side in (one, other))


def test_a_seed_gives_the_same_map_twice(islands, placed):
    for name, places in maps(islands, 2, seed=1).items():
        np.testing.assert_array_equal(places, placed[name])


@pytest.mark.parametrize("tracks", [2, FEW - 1, FEW, FEW + 1])
def test_few_tracks_have_a_map_too(islands, tracks):
    found = maps(islands[:tracks], 3, seed=0)
    assert list(found) == (["PCA"] if tracks < FEW else ["PCA", "t-SNE", "UMAP"])
    assert {places.shape for places in found.values()} == {(tracks, 3)}
    assert all(np.isfinite(places).all() for places in found.values())


def test_tracks_that_are_all_alike_are_in_one_place():
    found = maps(np.ones((20, 310)), 2, seed=0)
    assert list(found) == ["PCA"]
    np.testing.assert_array_equal(found["PCA"], np.zeros((20, 2)))


def test_of_many_tracks_a_drawing_is_shown_always_the_same():
    assert drawn(SHOWN, 0).tolist() == list(range(SHOWN))
    found = drawn(100_000, 7)
    assert len(set(found.tolist())) == SHOWN
    assert found.tolist() == sorted(found.tolist()) == drawn(100_000, 7).tolist()
    assert found.max() > 90_000


def test_a_track_is_described_by_mean_and_deviation_of_its_features(tmp_path):
    index = segment_index(learnable(tmp_path), "test")
    found = described(index)
    assert found.shape == (len(index.tracks), 310)
    frames = index.read(np.flatnonzero(index.track == 2)).reshape(-1, 155).astype(np.float64)
    np.testing.assert_allclose(found[2], np.concatenate([frames.mean(axis=0), frames.std(axis=0)]), rtol=1e-5, atol=1e-6)
