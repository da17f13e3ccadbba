from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from imblearn.over_sampling.base import BaseOverSampler
from sklearn.base import clone

from mer_tasks.corpus.segments import SegmentIndex, segment_index
from mer_tasks.corpus.synthetic_plan import Plan, check_parents, materialise, read_plan
from mer_tasks.errors import IntegrityError
from mer_tasks.modelling.mlsmote import MLSMOTE, imbalance, oversample
from mer_tasks.stages.balance import balance
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import EMOTIFY, QUARTERS
from tests.support.learnable_runs import TRACKS, learnable

# Four samples have B, at the positions 0, 1, 3 and 10; the first two of them also have A. Ten samples far away have only A.
# So IRLbl is 12/12 = 1 for A and 12/4 = 3 for B, MeanIR is 2, and only B is a minority label.
POSITIONS = np.array([[0.0], [1.0], [3.0], [10.0], *([[100.0]] * 10)], np.float32)
A, B = np.array([1, 1, 0, 0, *[1] * 10]), np.array([1, 1, 1, 1, *[0] * 10])
BOTH = np.stack([A, B], axis=1)


def neighbours_over_seeds(k: int, groups=None) -> list[set[int]]:
    """Neighbours of each of the four samples with B, over the plans of 40 seeds."""
    neighbours: list[set[int]] = [set() for _ in range(4)]
    for seed in range(40):
        plan = MLSMOTE(k_neighbors=k, random_state=seed).plan(POSITIONS, BOTH, groups=groups)
        for base, neighbour in zip(plan.base, plan.neighbour, strict=True):
            neighbours[base].add(int(neighbour))
    return neighbours


def test_imbalance_returns_irlbl_and_meanir():
    ratios, mean = imbalance(np.array([8, 4, 2, 0]))
    assert ratios == [1, 2, 4, None]
    assert mean == Fraction(7, 3)


def test_imbalance_without_labels_has_no_ratios():
    assert imbalance(np.array([0, 0])) == ([None, None], 0)


def test_a_label_whose_irlbl_equals_meanir_is_not_a_minority_label():
    # labels of 18, 9 and 6 samples have the ratios 1, 2 and 3 with the mean 2; the second ratio is not above the mean
    labels = np.zeros((18, 3), np.uint8)
    labels[:, 0], labels[9:, 1], labels[:6, 2] = 1, 1, 1
    sampler = MLSMOTE(random_state=0)
    sampler.plan(np.arange(18, dtype=np.float32)[:, np.newaxis], labels)
    assert sampler.sampling_strategy_ == {2: 6}


def test_oversampling_copies_samples_with_the_minority_label():
    shares = np.linspace(0, 1, 28, dtype=np.float32).reshape(14, 2)
    plan = oversample(BOTH, shares, seed=1)
    assert len(plan) == 4
    assert set(plan.base) <= {0, 1, 2, 3}
    np.testing.assert_array_equal(plan.neighbour, plan.base)
    np.testing.assert_array_equal(plan.labels, BOTH[plan.base])
    np.testing.assert_array_equal(plan.shares, shares[plan.base])
    assert {tuple(oversample(BOTH, shares, seed=seed).base) for seed in range(5)} != {tuple(plan.base)}


def test_max_growth_limits_oversampling():
    assert len(oversample(BOTH, BOTH.astype(np.float32), max_growth=2 / 14)) == 2
    assert len(oversample(np.zeros((5, 2), np.uint8), np.zeros((5, 2), np.float32))) == 0


def test_each_sample_with_the_minority_label_is_a_base_once():
    plan = MLSMOTE(k_neighbors=2, random_state=0).plan(POSITIONS, BOTH)
    assert plan.base.tolist() == [0, 1, 2, 3]


def test_neighbours_are_the_nearest_samples_with_the_label():
    assert neighbours_over_seeds(k=2) == [{1, 2}, {0, 2}, {0, 1}, {1, 2}]
    assert neighbours_over_seeds(k=1) == [{1}, {0}, {1}, {2}]


def test_samples_of_one_group_are_not_neighbours_of_each_other():
    groups = ["one", "one", "two", "three", *map(str, range(10))]
    assert neighbours_over_seeds(k=2, groups=groups) == [{2, 3}, {2, 3}, {0, 1}, {1, 2}]


def test_a_synthetic_sample_has_the_labels_of_more_than_half_of_base_and_neighbours():
    # with two neighbours, two samples of {0, 1, 2} have A, also of {1, 0, 2} and {2, 1, 0}, but only one of {3, 2, 1}
    plan = MLSMOTE(k_neighbors=2, random_state=0).plan(POSITIONS, BOTH)
    assert plan.labels.tolist() == [[1, 1], [1, 1], [1, 1], [0, 1]]


def test_a_label_of_exactly_half_of_base_and_neighbours_is_left_out():
    # with three neighbours, each sample and its neighbours are all four samples, and two of the four have A
    plan = MLSMOTE(k_neighbors=3, random_state=0).plan(POSITIONS, BOTH)
    assert plan.labels.tolist() == [[0, 1]] * 4


def test_all_samples_are_neighbours_if_there_are_fewer_than_k():
    assert neighbours_over_seeds(k=5) == [{1, 2, 3}, {0, 2, 3}, {0, 1, 3}, {0, 1, 2}]
    plan = MLSMOTE(k_neighbors=5, random_state=0).plan(POSITIONS, BOTH)
    assert plan.labels.tolist() == [[0, 1]] * 4


def test_a_label_of_a_single_group_is_not_balanced(caplog):
    plan = MLSMOTE(random_state=0).plan(POSITIONS, BOTH, groups=["one"] * 4 + ["two"] * 10)
    assert len(plan) == 0
    assert "label 1: all 4 samples are of one group" in caplog.text


def test_neighbours_are_of_another_group_even_if_most_samples_are_of_one_group():
    groups = ["one", "one", "one", "two", *map(str, range(10))]
    assert neighbours_over_seeds(k=2, groups=groups) == [{3}, {3}, {3}, {1, 2}]


def test_a_label_that_no_sample_carries_is_skipped():
    plan = MLSMOTE(k_neighbors=2, random_state=0).plan(POSITIONS, np.column_stack([BOTH, np.zeros(14, int)]))
    assert plan.labels.tolist() == [[1, 1, 0], [1, 1, 0], [1, 1, 0], [0, 1, 0]]


def test_equally_frequent_labels_need_no_synthetic_samples():
    assert len(MLSMOTE(random_state=0).plan(POSITIONS, np.column_stack([A, A]))) == 0


def test_synthetic_samples_of_one_label_do_not_make_another_label_a_minority():
    # MeanIR is 40/21. C has 12/7 and is no minority label. With the synthetic samples, which have A, it would have 15/7, which
    # is above MeanIR; but ratios are computed before synthetic samples are added.
    c = np.array([0, 0, 0, 0, *[1] * 7, 0, 0, 0])
    sampler = MLSMOTE(k_neighbors=2, random_state=0)
    labels = np.column_stack([A, B, c])
    ratios, mean = imbalance(labels.sum(axis=0))
    assert ratios[2] < mean < Fraction(15, 7)
    assert sampler.plan(POSITIONS, labels).labels.sum(axis=0).tolist() == [3, 4, 0]
    assert sampler.sampling_strategy_ == {1: 4}


def test_max_growth_limits_the_plan():
    assert len(MLSMOTE(k_neighbors=2, max_growth=1 / 7, random_state=0).plan(POSITIONS, BOTH)) == 2
    assert len(MLSMOTE(k_neighbors=2, max_growth=0, random_state=0).plan(POSITIONS, BOTH)) == 0


def test_shares_are_interpolated_between_the_parents_like_the_features():
    shares = np.linspace(0, 1, 28, dtype=np.float32).reshape(14, 2)
    plan = MLSMOTE(k_neighbors=2, random_state=0).plan(POSITIONS, BOTH, shares=shares)
    gap = plan.gap[:, np.newaxis]
    np.testing.assert_allclose(plan.shares, (1 - gap) * shares[plan.base] + gap * shares[plan.neighbour], atol=1e-6)
    assert plan.gap.min() >= 0
    assert plan.gap.max() < 1
    assert len(set(plan.gap)) == 4


def test_the_arrays_of_a_plan_have_the_documented_types():
    plan = MLSMOTE(k_neighbors=2, random_state=0).plan(POSITIONS, BOTH)
    types = [array.dtype for array in (plan.base, plan.neighbour, plan.gap, plan.labels, plan.shares)]
    assert types == [np.int32, np.int32, np.float32, np.uint8, np.float32]


def test_materialise_interpolates_between_the_parents():
    base, neighbour = np.zeros((2, 3, 2), np.float32), np.full((2, 3, 2), 8, np.float32)
    samples = materialise(base, neighbour, np.array([0.25, 0.75], np.float32))
    assert samples.dtype == np.float32
    np.testing.assert_array_equal(samples[0], np.full((3, 2), 2))
    np.testing.assert_array_equal(samples[1], np.full((3, 2), 6))
    assert not base.any()


def test_mlsmote_has_the_interface_of_an_imbalanced_learn_sampler():
    sampler = clone(MLSMOTE(k_neighbors=2, random_state=3))
    assert isinstance(sampler, BaseOverSampler)
    features, labels = sampler.fit_resample(POSITIONS, BOTH)
    plan = sampler.plan(POSITIONS, BOTH)
    np.testing.assert_array_equal(features[:14], POSITIONS)
    np.testing.assert_array_equal(features[14:], materialise(POSITIONS[plan.base], POSITIONS[plan.neighbour], plan.gap))
    np.testing.assert_array_equal(labels[14:], plan.labels)


@pytest.mark.parametrize("y", [A, BOTH * 2, BOTH[:5]])
def test_labels_of_a_wrong_shape_or_value_are_refused(y):
    with pytest.raises(ValueError, match=r"expected|inconsistent"):
        MLSMOTE().plan(POSITIONS, y)


def test_a_parameter_out_of_range_is_refused():
    with pytest.raises(ValueError, match="k_neighbors"):
        MLSMOTE(k_neighbors=0).plan(POSITIONS, BOTH)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6), st.integers(1, 8))
def test_every_plan_is_reproducible_bounded_and_has_parents_of_two_groups_with_the_label(seed, k, group_size):
    random = np.random.default_rng(seed)
    features = random.normal(size=(60, 4)).astype(np.float32)
    groups = np.arange(60) // group_size
    labels = (random.random((60, 5)) < [0.6, 0.5, 0.2, 0.1, 0.05]).astype(np.uint8)
    sampler = MLSMOTE(k_neighbors=k, random_state=seed)
    plan = sampler.plan(features, labels, groups=groups)
    again = sampler.plan(features, labels, groups=groups)
    assert np.array_equal(plan.base, again.base)
    assert np.array_equal(plan.gap, again.gap)
    assert (groups[plan.base] != groups[plan.neighbour]).all()
    assert len(plan) <= len(labels)
    balanced_label = np.repeat(list(sampler.sampling_strategy_), list(sampler.sampling_strategy_.values())).astype(int)
    rows = np.arange(len(plan))
    for row_labels in (labels[plan.base], labels[plan.neighbour], plan.labels):
        assert row_labels[rows, balanced_label].all()


def test_a_plan_with_a_parent_outside_train_is_refused(tmp_path):
    tracks = pd.DataFrame({"track_id": ["a", "b"], "features_key": ["x", "y"], "segments": [2, 1]})
    index, parts = SegmentIndex(FileStore(tmp_path), tmp_path, tracks), {"a": "train", "b": "test"}
    empty = Plan.empty(9)
    check_parents(empty, index, parts)
    inside = Plan(np.int32([0, 1]), np.int32([1, 0]), empty.gap, empty.labels, empty.shares)
    check_parents(inside, index, parts)
    with pytest.raises(IntegrityError, match="1 parents outside train, first row 2, of track 'b' in test"):
        check_parents(Plan(inside.base, np.int32([1, 2]), empty.gap, empty.labels, empty.shares), index, parts)
    for row in (3, -1):
        with pytest.raises(IntegrityError, match=f"1 parents outside train, first row {row}, expected 0 to 2"):
            check_parents(Plan(np.int32([0, row]), inside.neighbour, empty.gap, empty.labels, empty.shares), index, parts)


@pytest.mark.parametrize("way", ["smote", "oversampling"])
def test_a_synthetic_segment_has_the_one_label_of_its_base(tmp_path, way):
    run = learnable(tmp_path, tracks=[*TRACKS[:18], *TRACKS[20:25]], label_set=QUARTERS, balance=way)
    added = balance(run)["positives"]["added"]
    plan, index = read_plan(run), segment_index(run, "train")
    labels = index.targets(run.read_table("labels", "labels.parquet"), QUARTERS)
    assert len(plan) == sum(added.values()) > 0
    np.testing.assert_array_equal(plan.labels, labels[plan.base])
    np.testing.assert_array_equal(plan.labels, labels[plan.neighbour])
    np.testing.assert_allclose(plan.shares.sum(axis=1), 1, rtol=1e-6)


@pytest.mark.parametrize("way", ["none", "weights"])
def test_balance_none_and_weights_write_an_empty_plan(tmp_path, way):
    run = learnable(tmp_path, balance=way)
    assert balance(run)["counters"]["synthetic"] == 0
    assert len(read_plan(run)) == 0


def test_oversampling_adds_copies_of_segments_with_rare_emotions(tmp_path):
    run = learnable(tmp_path, balance="oversampling")
    added = balance(run)["positives"]["added"]
    plan, index = read_plan(run), segment_index(run, "train")
    labels = index.targets(run.read_table("labels", "labels.parquet"), EMOTIFY)
    assert len(plan) > 0
    np.testing.assert_array_equal(plan.base, plan.neighbour)
    np.testing.assert_array_equal(plan.labels, labels[plan.base])
    assert list(added.values()) == labels[plan.base].sum(axis=0).tolist()
