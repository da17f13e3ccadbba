import numpy as np
import pytest

from mer_tasks.corpus.inner_folds import draw_inner_folds
from mer_tasks.errors import CorpusError

LABELS = np.random.default_rng(0).random((60, 3)) < 0.4
GROUPS = [f"g{number // 3}" for number in range(60)]


def test_groups_stay_together_and_every_fold_has_its_share_of_each_label():
    folds = draw_inner_folds(LABELS, GROUPS, 5, seed=1)
    assert set(folds.tolist()) == {0, 1, 2, 3, 4}
    assert all(len(set(folds[3 * group : 3 * group + 3])) == 1 for group in range(20))
    for fold in range(5):
        np.testing.assert_allclose(LABELS[folds == fold].sum(axis=0), LABELS.sum(axis=0) / 5, atol=2.5)
    assert folds.tolist() != draw_inner_folds(LABELS, GROUPS, 5, seed=2).tolist()


def test_fewer_groups_than_folds_give_fewer_folds_and_the_log_says_so(caplog):
    folds = draw_inner_folds(LABELS[:6], GROUPS[:6], 5, seed=1)
    assert sorted(set(folds.tolist())) == [0, 1]
    assert "2 groups of tracks in the train part: cross-fitting with 2 folds in place of 5" in caplog.text


def test_one_group_is_refused():
    with pytest.raises(CorpusError, match=r"^1 group of tracks in the train part, expected at least 2 .* crossfit=off$"):
        draw_inner_folds(LABELS[:3], GROUPS[:3], 5, seed=1)
