import io

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from mer_tasks.corpus.segments import segment_index
from mer_tasks.modelling.baselines import FIT, TrainingTargets, predict_held_out, track_summaries, write_track_summaries
from mer_tasks.runs.artifacts import FOLD_SUMMARIES
from mer_tasks.runs.crossval_runs import fold_run
from mer_tasks.stages.folds import folds
from tests.support.crossval_runs import learnable_crossval
from tests.support.label_sets import EMOTIFY, QUARTERS


def targets_of(shares, annotators=None):
    return TrainingTargets(shares >= 0.5, shares, np.full(len(shares), 10) if annotators is None else annotators, EMOTIFY)


def random_corpus(seed=0):
    """Make summaries of 120 tracks, whose first nine columns show the nine shares, and the shares."""
    random = np.random.default_rng(seed)
    shares = random.random((120, 9))
    return np.concatenate([shares + random.normal(0, 0.1, (120, 9)), random.normal(0, 1, (120, 30))], axis=1), shares


@pytest.mark.parametrize("name", sorted(FIT))
def test_a_baseline_predicts_labels_that_the_summaries_show(name):
    summaries, shares = random_corpus()
    predicted = FIT[name](summaries[:80], targets_of(shares[:80]), 0)(summaries[80:])
    assert predicted.shape == (40, 9)
    assert (predicted >= 0).all()
    assert (predicted <= 1).all()
    assert roc_auc_score(shares[80:] >= 0.5, predicted) > 0.8


@pytest.mark.parametrize("name", sorted(FIT))
def test_a_seed_gives_the_same_predictions_twice(name):
    summaries, shares = random_corpus()
    first, again = (FIT[name](summaries[:80], targets_of(shares[:80]), 3)(summaries[80:]) for _ in range(2))
    np.testing.assert_array_equal(first, again)


def test_an_emotion_that_no_track_or_every_track_carries_keeps_its_rate():
    summaries, shares = random_corpus()
    shares[:, 0], shares[:, 1] = 0, 1
    predicted = FIT["logistic-regression"](summaries, targets_of(shares), 0)(summaries)
    assert set(predicted[:, 0]) == {0.0}
    assert set(predicted[:, 1]) == {1.0}


def test_tracks_with_more_listeners_have_more_weight():
    summaries, shares = random_corpus()
    shares[::2] = 0
    shares[1::2] = 1
    annotators = np.where(np.arange(120) % 2, 100, 1)
    constant = np.zeros_like(summaries)  # only the mean of the shares can be learnt
    assert FIT["extra-trees"](constant, targets_of(shares, annotators), 0)(constant)[0, 0] == pytest.approx(100 / 101)


@pytest.fixture(scope="module")
def crossval_run(tmp_path_factory):
    run = learnable_crossval(tmp_path_factory.mktemp("baselines"))
    folds(run)
    return run


def test_summaries_are_mean_and_deviation_over_the_segments_of_a_track(crossval_run):
    index = segment_index(fold_run(crossval_run, 1, 1), "test")
    values = np.random.default_rng(0).normal(3, 2, (len(index), 5)).astype(np.float32)
    predicted = track_summaries(index, values)
    for track in range(len(index.tracks)):
        own = values[index.track == track].astype(np.float64)
        np.testing.assert_allclose(predicted[track], [*own.mean(axis=0), *own.std(axis=0)])


def test_a_baseline_predicts_the_validation_and_the_test_part_of_a_fold(crossval_run):
    fold = fold_run(crossval_run, 1, 1)
    for (index, predicted), part in zip(
        predict_held_out("extra-trees", fold, crossval_run), ("validation", "test"), strict=True
    ):
        assert index.tracks == segment_index(fold, part).tracks
        assert predicted.shape == (len(index.tracks), 9)


def test_labels_of_validation_and_test_tracks_do_not_change_the_predictions(tmp_path):
    run = learnable_crossval(tmp_path, repeats=1)
    folds(run)
    fold = fold_run(run, 1, 1)
    before = predict_held_out("extra-trees", fold, run)
    labels = run.read_table("labels", "labels.parquet")
    others = labels["track_id"].isin([*before[0][0].tracks, *before[1][0].tracks])
    columns = [name for name in labels if name.startswith(("share_", "label_"))]
    labels.loc[others, columns] = labels.loc[others, columns].to_numpy()[::-1]
    run.write_table("labels", "labels.parquet", labels)
    for (_, first), (_, again) in zip(before, predict_held_out("extra-trees", fold, run), strict=True):
        np.testing.assert_array_equal(first, again)


def test_summaries_are_stored_for_every_labelled_track(crossval_run):
    write_track_summaries(crossval_run)
    with np.load(io.BytesIO(crossval_run.store.get(crossval_run.key("folds", FOLD_SUMMARIES)))) as arrays:
        tracks, summaries = arrays["tracks"].tolist(), arrays["summaries"]
    assert tracks == sorted(crossval_run.read_table("labels", "labels.parquet")["track_id"])
    assert len(summaries) == 36
    assert np.isfinite(summaries).all()


@pytest.mark.parametrize("name", sorted(FIT))
def test_probabilities_of_labels_of_which_a_track_has_one_sum_to_one(name):
    random = np.random.default_rng(0)
    labels = np.eye(4, dtype=bool)[random.integers(0, 3, 120)]
    summaries = np.concatenate([labels + random.normal(0, 0.3, labels.shape), random.normal(0, 1, (120, 20))], axis=1)
    targets = TrainingTargets(labels[:80], labels[:80].astype(float), np.ones(80, int), QUARTERS)
    predicted = FIT[name](summaries[:80], targets, 0)(summaries[80:])
    np.testing.assert_allclose(predicted.sum(axis=1), 1)
    assert (predicted[:, 3] == 0).all()  # no track has it
    assert (predicted.argmax(axis=1) == labels[80:].argmax(axis=1)).mean() > 0.8


def test_one_label_of_all_tracks_is_always_predicted():
    labels = np.repeat([[False, True, False, False]], 5, axis=0)
    targets = TrainingTargets(labels, labels.astype(float), np.ones(5, int), QUARTERS)
    predicted = FIT["logistic-regression"](np.zeros((5, 2)), targets, 0)(np.zeros((2, 2)))
    assert predicted.tolist() == [[0, 1, 0, 0]] * 2
