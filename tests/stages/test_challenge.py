import pandas as pd
import pytest

from mer_tasks.config import Config
from mer_tasks.publishing.champion_comparison import decide, decide_first, seen_content, seen_groups
from tests.support.published_runs import complete_run
from tests.support.run_documents import content


@pytest.mark.parametrize(
    ("promotion", "difference", "low", "high", "verdict"),
    [
        ("better", 0.02, 0.01, 0.03, "promote"),
        ("better", 0.02, -0.004, 0.03, "promote"),
        ("better", 0.02, -0.005, 0.03, "keep"),
        ("better", 0.0, -0.004, 0.004, "keep"),
        ("better", -0.001, -0.004, 0.004, "keep"),
        ("significant", 0.02, 0.001, 0.03, "promote"),
        ("significant", 0.02, 0.0, 0.03, "keep"),
        ("significant", 0.02, -0.004, 0.03, "keep"),
    ],
)
def test_a_rule_requires_a_difference_and_a_lower_end(promotion, difference, low, high, verdict):
    result = decide(difference, low, high, Config.load({"promotion": promotion}), "35 test tracks")
    assert result.verdict == verdict
    assert result.reason.startswith(
        f"macro ROC-AUC {difference:+.3f} ({low:+.3f} to {high:+.3f}) on 35 test tracks: {promotion}"
    )


@pytest.mark.parametrize(
    ("difference", "low", "high", "verdict"),
    [
        (0.02, -0.001, 0.03, "ask"),
        (-0.02, -0.03, 0.001, "ask"),
        (0.02, 0.0, 0.03, "ask"),
        (0.02, 0.001, 0.03, "promote"),
        (-0.02, -0.03, -0.001, "keep"),
    ],
)
def test_a_person_is_asked_only_if_the_interval_contains_0(difference, low, high, verdict):
    assert decide(difference, low, high, Config.load({"approval": "human"}), "35 test tracks").verdict == verdict


@pytest.mark.parametrize("numbers", [(None, None, None), (0.1, None, None)])
def test_an_undefined_metric_keeps_the_champion_and_asks_nobody(numbers):
    result = decide(*numbers, Config.load({"approval": "human"}), "3 test tracks")
    assert (result.verdict, result.reason) == ("keep", "macro ROC-AUC is not defined on 3 test tracks")


@pytest.mark.parametrize(
    ("value", "baseline", "verdict"), [(0.6, 0.5, "promote"), (0.5, 0.5, "keep"), (0.4, 0.5, "keep"), (None, None, "keep")]
)
def test_the_first_model_must_beat_the_baseline(value, baseline, verdict):
    result = decide_first(value, baseline)
    assert result.verdict == verdict
    assert "there is no champion" not in result.reason
    assert "a first model has to beat" in result.reason


def test_a_group_is_seen_if_the_model_has_seen_the_file_or_the_samples_of_one_of_its_tracks():
    split = pd.DataFrame({"track_id": list("abcdef"), "group_id": ["1", "1", "2", "3", "3", "4"]})
    hashes = {"sha256": list("ABCDEF"), "pcm_sha256": [f"pcm {name}" for name in "ABCDEF"]}
    tracks = pd.DataFrame({"track_id": list("abcdef"), **hashes})
    assert seen_groups(split, tracks, {"B", "pcm E", "elsewhere"}) == {"1", "3"}
    assert seen_groups(split, tracks, set()) == set()


def test_a_model_has_seen_the_content_of_its_train_and_validation_parts(tmp_path):
    run = complete_run(tmp_path, None)
    split = run.read_table("split", "split.parquet")
    used = split.loc[split["part"].isin(["train", "validation"]), "track_id"]
    hashes = [content(track) for track in used]
    assert seen_content(run) == {*hashes, *(f"pcm of {sha256}" for sha256 in hashes)}
    assert set(split["part"]) == {"train", "validation", "test", "unlabelled"}


def test_an_interval_without_width_keeps_the_champion():
    result = decide(0.1, 0.1, 0.1, Config.load({}), "3 test tracks in 3 groups")
    assert (result.verdict, result.reason.split(": ")[-1]) == ("keep", "an interval without width says nothing")
