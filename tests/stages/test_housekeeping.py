"""Keys of needed objects. ``tests/stages/test_housekeeping_database.py`` has the tests on a real store and database."""

import math

import pytest

from mer_tasks.publishing.needed_objects import DAY, Needed
from mer_tasks.storage.base import ObjectInfo
from tests.support.run_documents import content

RUN_ARTIFACTS = ["evaluate/test_data/test_data.npz", "train/epoch-0007.keras", "train/checkpoint.json"]
SUB_RUN_ARTIFACTS = ["comparison/smote/train/manifest.json", "canary/2/evaluate/predictions.parquet", "folds/summaries.npz"]
TRIAL_ARTIFACTS = [
    "crossval/repeat-1/fold-2/split/split.parquet",
    "crossval/repeat-1/fold-2/statistics/trial/predictions.parquet",
]
RESULTS = [
    *("train/music_emotion_model.keras", "train/Music_emotion_history.json", "train/manifest.json", "balance/plan.npz"),
    *(
        "evaluate/predictions.parquet",
        "evaluate/Music_emotion_metrics.json",
        "thresholds/thresholds.json",
        "labels/labels.parquet",
    ),
    *("split/split.parquet", "split/certificate.json", "features/pop-1-of-1-summaries.npy", "features/pop-1-of-1.json"),
    *(
        "comparison/comparison.json",
        "canary/manifest.json",
        "crossval/crossval.json",
        "folds/trials/1.json",
        "drift/drift.json",
    ),
    *("predict/pop-1-of-1.parquet", "challenge/challenge.json", "approval/manifest.json", "discover/catalogue.parquet"),
]


@pytest.mark.parametrize("name", [*RUN_ARTIFACTS, *SUB_RUN_ARTIFACTS, *TRIAL_ARTIFACTS])
def test_objects_that_no_later_stage_reads_are_needed_only_for_the_champion(name):
    assert not Needed(0).needs_artifact(f"runs/r1/{name}")
    assert Needed(0, champion="r1").needs_artifact(f"runs/r1/{name}")
    assert not Needed(0, champion="r1").needs_artifact(f"runs/r10/{name}")


@pytest.mark.parametrize("name", RESULTS)
def test_results_that_explain_and_reproduce_a_run_are_needed(name):
    assert Needed(0).needs_artifact(f"runs/r1/{name}")


def test_a_published_model_is_needed_under_any_key():
    key = "runs/r1/train/epoch-0007.keras"
    assert Needed(0, models={key}).needs_artifact(key)


@pytest.mark.parametrize("suffix", ["npy", "json"])
@pytest.mark.parametrize(
    ("stage", "digest", "run_digest", "is_needed"),
    [
        ("features", "d1", "d1", True),
        ("features", "d2", "d1", False),
        ("features", "d2", None, True),
        ("reformat", "d2", "d1", True),
        ("reformat", "d2", None, True),
        ("features", "d1", "none at all", False),
    ],
)
def test_features_are_needed_only_with_the_recipe_of_a_run_and_audio_with_any_recipe(
    stage, digest, run_digest, is_needed, suffix
):
    sha256 = content("a")
    needed = Needed(0)
    needed.contents[run_digest].add(bytes.fromhex(content("b") if run_digest == "none at all" else sha256))
    assert needed.needs_blob(f"blobs/{stage}/{digest}/{sha256[:2]}/{sha256}.{suffix}") == is_needed


@pytest.mark.parametrize("key", ["blobs/features/d1/README", "blobs/other.bin", "blobs/features/d1/aa/name.npy", "blobs/a\nb"])
def test_an_object_that_is_not_a_blob_counts_as_needed(key):
    assert Needed(0).needs_blob(key)


def test_age_counts_from_the_last_write_and_an_object_without_a_date_is_not_old():
    now = 1000 * DAY
    ages = {
        written: Needed(now).is_old(ObjectInfo("a", 1, "1", written), 30)
        for written in (0, 969.9 * DAY, 970.1 * DAY, 2000 * DAY)
    }
    assert list(ages.values()) == [True, True, False, False]
    assert not Needed(now).is_old(ObjectInfo("a", 1, "1"), 0)
    assert ObjectInfo("a", 1, "1").modified == math.inf
