import numpy as np
import pytest

from mer_tasks.corpus.segments import segment_index
from mer_tasks.report.track_maps import MAX_TRACKS, MIN_TRACKS, project_tracks, sample_tracks, track_descriptions
from tests.support.learnable_runs import learnable


@pytest.fixture(scope="module")
def two_clusters():
    """Descriptions of two kinds of tracks that sound very different [shape=(60, 310)]."""
    random = np.random.default_rng(0)
    return np.concatenate([random.standard_normal((30, 310)), random.standard_normal((30, 310)) + 6])


@pytest.fixture(scope="module")
def projected(two_clusters):
    return project_tracks(two_clusters, 2, seed=1)


def test_every_method_keeps_similar_tracks_together(projected):
    assert list(projected) == ["PCA", "t-SNE", "UMAP"]
    for positions in projected.values():
        assert positions.shape == (60, 2)
        clusters = positions[:30], positions[30:]
        distance = np.linalg.norm(clusters[0].mean(axis=0) - clusters[1].mean(axis=0))
        assert distance > 2 * max(np.linalg.norm(each - each.mean(axis=0), axis=1).mean() for each in clusters)


def test_a_seed_gives_the_same_map_again(two_clusters, projected):
    for name, positions in project_tracks(two_clusters, 2, seed=1).items():
        np.testing.assert_array_equal(positions, projected[name])


@pytest.mark.parametrize("tracks", [2, MIN_TRACKS - 1, MIN_TRACKS, MIN_TRACKS + 1])
def test_a_map_is_made_of_few_tracks_too(two_clusters, tracks):
    positions = project_tracks(two_clusters[:tracks], 3, seed=0)
    assert list(positions) == (["PCA"] if tracks < MIN_TRACKS else ["PCA", "t-SNE", "UMAP"])
    assert {array.shape for array in positions.values()} == {(tracks, 3)}
    assert all(np.isfinite(array).all() for array in positions.values())


def test_equal_tracks_have_the_same_position():
    positions = project_tracks(np.ones((20, 310)), 2, seed=0)
    assert list(positions) == ["PCA"]
    np.testing.assert_array_equal(positions["PCA"], np.zeros((20, 2)))


def test_a_seed_chooses_the_same_sample_of_many_tracks_again():
    assert sample_tracks(MAX_TRACKS, 0).tolist() == list(range(MAX_TRACKS))
    sample = sample_tracks(100_000, 7)
    assert len(set(sample.tolist())) == MAX_TRACKS
    assert sample.tolist() == sorted(sample.tolist()) == sample_tracks(100_000, 7).tolist()
    assert sample.max() > 90_000


def test_a_track_is_described_by_mean_and_standard_deviation_of_its_features(tmp_path):
    index = segment_index(learnable(tmp_path), "test")
    descriptions = track_descriptions(index)
    assert descriptions.shape == (len(index.tracks), 310)
    frames = index.read(np.flatnonzero(index.track == 2)).reshape(-1, 155).astype(np.float64)
    np.testing.assert_allclose(descriptions[2], np.concatenate([frames.mean(axis=0), frames.std(axis=0)]), rtol=1e-5, atol=1e-6)
