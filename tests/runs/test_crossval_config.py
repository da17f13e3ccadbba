from typing import get_args

import pytest

from mer_tasks.config import Config
from mer_tasks.errors import ConfigError
from mer_tasks.modelling.baselines import FIT
from mer_tasks.runs.crossval_config import BASELINES, FIELDS, OMITTED, CrossvalConfig, candidate


def test_a_preset_changes_only_the_field_preset():
    assert candidate("seed-cnn").changes == {"preset": "seed-cnn"}
    assert not candidate("seed-cnn").baseline


@pytest.mark.parametrize("balance", get_args(Config.model_fields["balance"].annotation))
def test_a_balance_needs_no_field_name(balance):
    assert candidate(f"statistics+{balance}").changes == {"preset": "statistics", "balance": balance}


def test_a_candidate_changes_fields_of_the_training():
    changes = candidate("small-cnn+soft_targets=no+epochs=3+learning_rate=1e-2").changes
    assert changes == {"preset": "small-cnn", "soft_targets": "no", "epochs": "3", "learning_rate": "1e-2"}
    config = Config(**changes)
    assert (config.soft_targets, config.epochs, config.learning_rate) == (False, 3, 0.01)


def test_every_baseline_has_a_function_that_fits_it():
    assert set(BASELINES) == set(FIT)
    assert [candidate(name).baseline for name in BASELINES] == [True, True]


def test_candidates_may_differ_in_the_fields_that_decide_a_fit():
    expected = ("balance", "smote_neighbours", "soft_targets", "crossfit", "crossfit_folds", "batch_size", "learning_rate")
    assert (*expected, "epochs", "patience") == FIELDS


def test_fields_and_omitted_fields_are_disjoint_fields_of_the_configuration():
    assert set(FIELDS) | set(OMITTED) <= set(Config.model_fields)
    assert not set(FIELDS) & set(OMITTED)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("forest", "candidate 'forest': expected statistics, embedding, seed-cnn, "),
        ("extra-trees+smote", r"candidate 'extra-trees\+smote': expected statistics, "),
        ("statistics+label_rule=seed", "'label_rule=seed', expected weights, smote, oversampling, none, or <field>=<value>"),
        ("statistics+smote+balance=none", "balance twice, expected each field once"),
        ("statistics+epochs=0", r"candidate 'statistics\+epochs=0': epochs='0': Input should be greater than or equal to 1"),
        ("statistics,extra-trees, statistics", "expected each candidate once"),
        ("", "at least 1 item"),
    ],
)
def test_a_wrong_candidate_is_refused_in_one_line(names, message):
    with pytest.raises(ConfigError, match=message) as caught:
        CrossvalConfig.load({"candidates": names})
    assert "\n" not in str(caught.value)


def test_candidates_are_read_from_a_text_or_a_list():
    assert CrossvalConfig.load({"candidates": " statistics, extra-trees"}).candidates == ("statistics", "extra-trees")
    assert CrossvalConfig.load({"candidates": ["extra-trees"]}).candidates == ("extra-trees",)


def test_a_crossval_has_mode_train_whatever_the_environment_says(monkeypatch):
    monkeypatch.setenv("MER_MODE", "eval")
    assert CrossvalConfig.load().mode == "train"
