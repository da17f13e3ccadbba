import pytest

from mer_tasks.runs.crossval_config import CrossvalConfig
from mer_tasks.runs.trial_forecast import MARGIN, Forecast, describe_range, probe_name

CONFIG = {"epochs": 40, "patience": 8}


@pytest.fixture
def forecast():
    return Forecast(CrossvalConfig.load(CONFIG))


def test_two_probes_bound_a_trial_by_its_fewest_and_its_most_epochs(forecast):
    forecast.add_probe("statistics", 1, 5.0)
    forecast.add_probe("statistics", 4, 8.0)
    # an epoch takes 1 s; training ends after 9 epochs at the earliest, and after 40 at the latest
    assert forecast.of_trial("statistics") == pytest.approx((13 / MARGIN, 44 * MARGIN))
    assert forecast.of_trial("statistics+epochs=2+patience=1") == (0, 0)


def test_the_epochs_of_the_candidate_count(forecast):
    name = "seed-cnn+smote+epochs=6+patience=3"
    forecast.add_probe(name, 1, 60.0)
    assert forecast.of_trial(name) == pytest.approx((240 / MARGIN, 360 * MARGIN))


def test_a_slow_network_has_one_probe_and_a_baseline_or_a_measured_network_none(forecast):
    assert [forecast.needs_probe("seed-cnn", epochs) for epochs in (1, 4)] == [True, True]
    forecast.add_probe("seed-cnn", 1, 60.0)
    assert not forecast.needs_probe("seed-cnn", 4)
    assert not forecast.needs_probe("extra-trees", 1)
    assert not forecast.needs_probe("statistics+epochs=3", 4)
    forecast.add_trial("statistics", 10.0)
    assert not forecast.needs_probe("statistics", 1)


def test_finished_trials_replace_probes(forecast):
    forecast.add_probe("statistics", 1, 100.0)
    forecast.add_trial("statistics", 10.0)
    assert forecast.of_trial("statistics") == pytest.approx((10 / MARGIN, 10 * MARGIN))
    assert not forecast.known(["statistics"])
    forecast.add_trial("statistics", 16.0)
    assert forecast.of_trial("statistics") == (10, 16)
    assert forecast.known(["statistics"])
    assert not forecast.known(["statistics", "extra-trees"])


def test_processes_share_the_trials_but_one_trial_is_never_divided(forecast):
    for name, seconds in (("statistics", 10.0), ("statistics", 20.0), ("extra-trees", 2.0), ("extra-trees", 2.0)):
        forecast.add_trial(name, seconds)
    left = ["statistics"] * 4 + ["extra-trees"] * 4
    assert forecast.remaining(left, 1) == (48, 88)
    assert forecast.remaining(left, 2) == (24, 44)
    assert forecast.remaining(left, 64) == (10, 20)
    assert forecast.remaining([], 2) == (0, 0)


def test_a_probe_is_the_candidate_with_other_epochs():
    assert probe_name("statistics", 4) == "statistics+epochs=4"
    assert probe_name("seed-cnn+soft_targets=no+epochs=6+patience=3", 1) == "seed-cnn+soft_targets=no+patience=3+epochs=1"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        ((0, 0), "0 to 10 seconds"),
        ((12, 12), "20 to 30 seconds"),
        ((30, 59), "30 to 60 seconds"),
        ((20, 130), "less than 3 minutes"),
        ((119, 121), "1 to 3 minutes"),
        ((120, 120), "2 to 3 minutes"),
        ((5000, 5401), "1.4 to 1.5 hours"),
    ],
)
def test_a_range_is_described_with_as_many_digits_as_it_is_known(seconds, text):
    assert describe_range(seconds) == text
