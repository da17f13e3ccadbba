"""What is needed, by key; what happens to a real store is in ``tests/stages/test_housekeeping_database.py``."""

import math

import pytest

from mer_tasks.stages.housekeeping import DAY, Needed
from mer_tasks.storage.base import ObjectInfo
from tests.support.run_documents import content

OF_RUN = ["evaluate/test_data/test_data.npz", "train/epoch-0007.keras", "train/checkpoint.json"]
OF_SUB_RUNS = ["comparison/smote/train/manifest.json", "canary/2/evaluate/predictions.parquet", "folds/summaries.npz"]
TRIALS = ["crossval/repeat-1/fold-2/split/split.parquet", "crossval/repeat-1/fold-2/statistics/trial/predictions.parquet"]
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


@pytest.mark.parametrize("name", [*OF_RUN, *OF_SUB_RUNS, *TRIALS])
def test_what_no_later_stage_reads_is_an_artifact_but_of_the_champion(name):
    assert not Needed(0).artifact(f"runs/r1/{name}")
    assert Needed(0, champion="r1").artifact(f"runs/r1/{name}")
    assert not Needed(0, champion="r1").artifact(f"runs/r10/{name}")


@pytest.mark.parametrize("name", RESULTS)
def test_what_a_run_is_explained_and_done_again_by_is_needed(name):
    assert Needed(0).artifact(f"runs/r1/{name}")


def test_a_model_is_needed_wherever_it_lies():
    key = "runs/r1/train/epoch-0007.keras"
    assert Needed(0, models={key}).artifact(key)


@pytest.mark.parametrize("suffix", ["npy", "json"])
@pytest.mark.parametrize(
    ("stage", "digest", "known", "needed"),
    [
        ("features", "d1", "d1", True),
        ("features", "d2", "d1", False),
        ("features", "d2", None, True),
        ("reformat", "d2", "d1", True),
        ("reformat", "d2", None, True),
        ("features", "d1", "none at all", False),
    ],
)
def test_features_are_needed_as_they_were_made_and_audio_in_any_way(stage, digest, known, needed, suffix):
    sha256 = content("a")
    found = Needed(0)
    found.contents[known].add(bytes.fromhex(content("b") if known == "none at all" else sha256))
    assert found.blob(f"blobs/{stage}/{digest}/{sha256[:2]}/{sha256}.{suffix}") == needed


@pytest.mark.parametrize("key", ["blobs/features/d1/README", "blobs/other.bin", "blobs/features/d1/aa/name.npy", "blobs/a\nb"])
def test_what_is_no_blob_is_left_alone(key):
    assert Needed(0).blob(key)


def test_age_is_counted_from_the_last_write_and_what_is_without_a_date_is_young():
    now = 1000 * DAY
    ages = {
        written: Needed(now).old(ObjectInfo("a", 1, "1", written), 30) for written in (0, 969.9 * DAY, 970.1 * DAY, 2000 * DAY)
    }
    assert list(ages.values()) == [True, True, False, False]
    assert not Needed(now).old(ObjectInfo("a", 1, "1"), 0)
    assert ObjectInfo("a", 1, "1").modified == math.inf
