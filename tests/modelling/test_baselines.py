import io

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mer_tasks.corpus.segments import segment_index
from mer_tasks.modelling.baselines import FIT, Heard, judged, summarise, track_summaries
from mer_tasks.runs.artifacts import FOLD_SUMMARIES
from mer_tasks.runs.crossval_runs import fold_run
from mer_tasks.stages.folds import folds
from tests.support.crossval_runs import learnable_crossval


def heard_of(shares, annotators=None):
    return Heard(shares >= 0.5, shares, np.full(len(shares), 10) if annotators is None else annotators)


def a_corpus(seed=0):
    """Summaries of 120 tracks, the first nine of which show the nine shares, and the shares."""
    random = np.random.default_rng(seed)
    shares = random.random((120, 9))
    return np.concatenate([shares + random.normal(0, 0.1, (120, 9)), random.normal(0, 1, (120, 30))], axis=1), shares


@pytest.mark.parametrize("name", sorted(FIT))
def test_a_baseline_learns_what_is_there(name):
    summaries, shares = a_corpus()
    found = FIT[name](summaries[:80], heard_of(shares[:80]), 0)(summaries[80:])
    assert found.shape == (40, 9)
    assert (found >= 0).all()
    assert (found <= 1).all()
    assert roc_auc_score(shares[80:] >= 0.5, found) > 0.8


@pytest.mark.parametrize("name", sorted(FIT))
def test_a_seed_gives_the_same_numbers_twice(name):
    summaries, shares = a_corpus()
    first, again = (FIT[name](summaries[:80], heard_of(shares[:80]), 3)(summaries[80:]) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_an_emotion_that_nobody_or_everybody_carries_keeps_its_rate():
    summaries, shares = a_corpus()
    shares[:, 0], shares[:, 1] = 0, 1
    found = FIT["logistic-regression"](summaries, heard_of(shares), 0)(summaries)
    assert set(found[:, 0]) == {0.0}
    assert set(found[:, 1]) == {1.0}


def test_tracks_with_more_listeners_count_for_more():
    summaries, shares = a_corpus()
    shares[::2] = 0
    shares[1::2] = 1
    alone = np.where(np.arange(120) % 2, 100, 1)
    blind = np.zeros_like(summaries)  # nothing but the mean of the shares can be learnt
    assert FIT["extra-trees"](blind, heard_of(shares, alone), 0)(blind)[0, 0] == pytest.approx(100 / 101)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    run = learnable_crossval(tmp_path_factory.mktemp("baselines"))
    folds(run)
    return run


def test_summaries_are_mean_and_deviation_over_a_tracks_segments(drawn):
    index = segment_index(fold_run(drawn, 1, 1), "test")
    values = np.random.default_rng(0).normal(3, 2, (len(index), 5)).astype(np.float32)
    found = track_summaries(index, values)
    for track in range(len(index.tracks)):
        own = values[index.track == track].astype(np.float64)
        np.testing.assert_allclose(found[track], [*own.mean(axis=0), *own.std(axis=0)])


def test_a_baseline_says_something_of_validation_and_test_by_what_it_learnt_in_train(drawn):
    one = fold_run(drawn, 1, 1)
    for (index, found), part in zip(judged("extra-trees", one, drawn), ("validation", "test"), strict=True):
        assert index.tracks == segment_index(one, part).tracks
        assert found.shape == (len(index.tracks), 9)


def test_what_test_tracks_are_labelled_changes_nothing(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1)
    folds(run)
    one = fold_run(run, 1, 1)
    before = judged("extra-trees", one, run)
    labels = run.read_table("labels", "labels.parquet")
    others = labels["track_id"].isin([*before[0][0].tracks, *before[1][0].tracks])
    columns = [name for name in labels if name.startswith(("share_", "label_"))]
    labels.loc[others, columns] = labels.loc[others, columns].to_numpy()[::-1]
    run.write_table("labels", "labels.parquet", labels)
    for (_, first), (_, again) in zip(before, judged("extra-trees", one, run), strict=True):
        np.testing.assert_array_equal(first, again)


def test_summaries_are_those_of_labelled_tracks(drawn):
    summarise(drawn)
    with np.load(io.BytesIO(drawn.store.get(drawn.key("folds", FOLD_SUMMARIES)))) as arrays:
        tracks, summaries = arrays["tracks"].tolist(), arrays["summaries"]
    assert tracks == sorted(drawn.read_table("labels", "labels.parquet")["track_id"])
    assert len(summaries) == 36
    assert np.isfinite(summaries).all()
