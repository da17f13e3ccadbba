import numpy as np
import pytest
from scipy.special import chdtri

from mer_tasks.evaluation.population_stability import LEAST, stability_index

RISK = 0.01


def normal(rows: int, columns: int = 1, seed: int = 0, mean: float = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1, (rows, columns))


def test_the_index_is_the_textbook_sum_over_bins_between_quantiles_of_the_reference():
    reference, current = np.arange(100.0)[:, None], np.repeat([5.0, 95.0], [200, 100])[:, None]
    before, now = np.full(10, 10) + 0.5, np.array([200, *[0] * 8, 100]) + 0.5
    p, q = now / now.sum(), before / before.sum()
    index = stability_index(reference, current)
    np.testing.assert_allclose(index.values, [((p - q) * np.log(p / q)).sum()], rtol=1e-12)
    assert index.bins.tolist() == [10]


def test_the_index_is_near_zero_for_the_same_values_and_grows_with_the_move():
    reference = normal(1000)
    moved = [float(stability_index(reference, reference + move).values[0]) for move in (0, 0.2, 0.5, 1, 2)]
    assert moved[0] == pytest.approx(0, abs=1e-12)
    assert moved == sorted(moved)
    assert moved[1] < 0.1 < 0.25 < moved[3]


def test_each_column_is_compared_on_its_own():
    reference, current = normal(200, 3), normal(80, 3, seed=1) + np.array([0, 1, 0])
    together = stability_index(reference, current).values
    alone = [float(stability_index(reference[:, [column]], current[:, [column]]).values[0]) for column in range(3)]
    assert together.tolist() == alone
    assert np.argmax(together) == 1


@pytest.mark.parametrize(("rows", "bins"), [(10, 2), (24, 4), (49, 9), (50, 10), (5000, 10)])
def test_a_small_reference_has_fewer_bins(rows, bins):
    assert stability_index(normal(rows), normal(30, seed=1)).bins.tolist() == [bins]


def test_equal_values_make_no_empty_bins():
    reference = np.repeat([0.0, 1, 2], [80, 10, 10])[:, None]
    index = stability_index(reference, reference)
    assert index.bins[0] < 5
    assert index.values[0] == pytest.approx(0, abs=1e-12)
    constant = stability_index(np.ones((50, 1)), np.ones((20, 1)))
    assert (constant.bins.tolist(), constant.values.tolist(), constant.chance(RISK).tolist()) == ([1], [0], [0])
    assert stability_index(np.ones((50, 1)), np.full((20, 1), 2.0)).values[0] > 1


@pytest.mark.parametrize("sizes", [(LEAST - 1, 50), (50, 0), (0, 0)])
def test_too_few_values_have_no_index(sizes):
    with pytest.raises(ValueError, match=rf"{sizes[0]} groups of reference values and {sizes[1]} others, expected at least"):
        stability_index(normal(sizes[0]), normal(sizes[1]))


def test_every_group_has_the_same_weight():
    reference, current = normal(40), normal(12, seed=1)
    once = stability_index(reference, current)
    again = [np.concatenate([sample, np.repeat(sample[:1], 3, axis=0)]) for sample in (reference, current)]
    groups = [np.concatenate([np.arange(len(sample)), np.zeros(3, int)]) for sample in (reference, current)]
    index = stability_index(again[0], again[1], (groups[0], groups[1]))
    assert index.sizes == once.sizes == (40, 12)
    np.testing.assert_allclose(index.values, once.values, rtol=1e-9)
    assert abs(stability_index(again[0], again[1]).values - once.values)[0] > 1e-3


@pytest.mark.parametrize(
    "sizes", [(100, 1), (100, 5), (20, 3), (100, 10), (20, 15), (40, 30), (140, 200), (3000, 50), (10, 1000)]
)
def test_the_level_is_exceeded_as_often_as_the_risk_says_if_nothing_has_moved(sizes):
    columns = 20_000
    index = stability_index(normal(sizes[0], columns), normal(sizes[1], columns, seed=1))
    over = float((index.values > index.chance(RISK)).mean())
    assert over < 1.3 * RISK
    # a Bonferroni correction needs this: the far tail is not heavier than the risk says
    assert (index.values > index.chance(RISK / 300)).sum() <= 4


@pytest.mark.parametrize(("before", "now", "tracks"), [(30, 12, 6), (100, 5, 8), (60, 60, 3)])
def test_tracks_of_a_group_that_move_together_are_not_taken_for_a_move(before, now, tracks):
    columns = 10_000
    groups = [np.repeat(np.arange(count), tracks) for count in (before, now)]
    reference = normal(before, columns, seed=0)[groups[0]]
    current = normal(now, columns, seed=1)[groups[1]]
    as_one = stability_index(reference, current, (groups[0], groups[1]))
    assert float((as_one.values > as_one.chance(RISK)).mean()) < 1.3 * RISK
    alone = stability_index(reference, current)
    assert float((alone.values > alone.chance(RISK)).mean()) > 0.2


def test_the_level_for_many_values_is_that_of_the_chi_square_distribution():
    index = stability_index(normal(4000), normal(3000, seed=1))
    expected = (1 / 4000 + 1 / 3000) * chdtri(9, RISK)
    np.testing.assert_allclose(index.chance(RISK), [expected], rtol=0.05)


def test_the_level_for_few_values_detects_a_move_that_the_chi_square_would_miss():
    moved = stability_index(normal(100), normal(10, seed=1, mean=4))
    assert moved.values[0] > moved.chance(RISK / 300)[0]
    assert moved.values[0] < (1 / 100 + 1 / 10) * chdtri(9, RISK)
