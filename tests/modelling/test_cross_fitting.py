import numpy as np

from mer_tasks.corpus.synthetic_plan import Plan
from mer_tasks.modelling.cross_fitting import FoldBatches, fold_moments

FOLDS = np.array([0, 0, 1, 1, 2, 2], np.int16)
VALUES = np.random.default_rng(0).normal(size=(6, 4)).astype(np.float32)


class Rows:
    """Source of six segments."""

    shape = (4,)

    def __len__(self):
        return len(VALUES)

    def batches(self, size):
        yield np.arange(len(VALUES))

    def read(self, rows):
        return VALUES[rows]


def batches(plan, targets):
    options = {"synthetic_targets": np.zeros((len(plan), 2), np.float32), "seed": 0}
    return FoldBatches(Rows(), 100, targets, np.full(6, 0.5, np.float32), FOLDS, plan=plan, **options)


def test_a_copy_has_no_weight_on_its_fold_and_none_on_a_synthetic_segment_with_a_parent_of_it():
    empty = Plan.empty(2)
    plan = Plan(np.int32([0, 2]), np.int32([4, 3]), np.float32([0.5, 0.5]), empty.labels, empty.shares)
    targets = np.repeat(np.arange(6, dtype=np.float32)[:, np.newaxis], 2, axis=1)
    data = batches(plan, targets)
    _, repeated, weights = data[0]
    assert repeated.shape == (8, 4, 2)
    order = data._order
    used = np.empty((8, 4), bool)
    used[order] = weights > 0
    assert used[:6].tolist() == [[fold != copy for copy in range(4)] for fold in FOLDS]
    assert used[6].tolist() == [False, True, False, True]  # between folds 0 and 2
    assert used[7].tolist() == [True, False, True, True]  # within fold 1


def test_the_weights_of_each_copy_give_it_the_gradient_that_it_would_have_alone():
    weights = batches(Plan.empty(2), np.zeros((6, 2), np.float32))[0][2]
    # the loss is the mean over rows and copies: what a copy adds to it is the mean over its own rows of their weight, 0.5
    np.testing.assert_allclose(weights.sum(axis=0) / weights.size, 0.5)


def test_the_moments_of_a_copy_are_those_of_the_other_folds():
    moments = fold_moments(Rows(), FOLDS)
    assert len(moments) == 4
    for copy, (mean, variance) in enumerate(moments):
        own = VALUES[copy != FOLDS].astype(np.float64)
        np.testing.assert_allclose(mean, own.mean(axis=0))
        np.testing.assert_allclose(variance, own.var(axis=0), rtol=1e-6)
