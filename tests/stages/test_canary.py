"""The stages on permuted labels. The leaks in these tests are real; the leak certificate, which finds them, is switched off."""

import io

import keras
import numpy as np
import pandas as pd
import pytest

from mer_tasks.audio.spectra import FEATURES, frames_of
from mer_tasks.corpus import leak_certificate
from mer_tasks.corpus.stratification import PARTS
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.errors import IntegrityError
from mer_tasks.evaluation.permutation_test import NullDistribution, distance_limit
from mer_tasks.modelling import networks
from mer_tasks.runs.run import Run
from mer_tasks.stages.canary import canary, compare_with_chance, permute_labels, summary
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import SEGMENTS, learnable

TRACKS = [f"{genre}{number:02}" for genre in "rp" for number in range(20, 50)]


def labels_table(count: int) -> pd.DataFrame:
    tracks = [f"t{number:03}" for number in range(count)]
    return pd.DataFrame(
        {"track_id": tracks, "genre": "rock", "annotators": np.arange(count), "label_power": np.arange(count) % 2 > 0}
    )


def test_permuted_labels_keep_the_columns_of_a_track_together():
    table = labels_table(50)
    permuted = permute_labels(table, seed=1)
    assert permuted["track_id"].tolist() == table["track_id"].tolist()
    assert sorted(permuted["annotators"]) == table["annotators"].tolist()
    assert (permuted["label_power"] == (permuted["annotators"] % 2 > 0)).all()
    assert (permuted["annotators"] == table["annotators"]).sum() < 10
    assert permuted.dtypes.equals(table.dtypes)
    assert not permute_labels(table, seed=2).equals(permuted)


def test_metrics_are_compared_with_chance_and_undefined_metrics_have_no_line():
    null = {
        "overall": NullDistribution({("track", None, "f1_macro"): np.linspace(0.2, 0.4, 99)}),
        "emotion": NullDistribution({("track", "power", "f1"): np.linspace(0, 0.2, 99)}),
    }
    line = {"level": "track", "emotion": None, "metric": "f1_macro", "baseline": 0.1}
    metrics = [{**line, "value": 0.9}, {**line, "emotion": "power", "metric": "f1", "value": 0.1}]
    limits = {kind: distance_limit([distribution]) for kind, distribution in null.items()}
    lines = compare_with_chance(3, [*metrics, {**line, "metric": "roc_auc_macro", "value": None}], null, limits)
    assert [(compared["permutation"], compared["metric"], compared["value"], compared["inside"]) for compared in lines] == [
        (3, "f1_macro", 0.9, False),
        (3, "f1", 0.1, True),
    ]
    assert all(
        (compared["low"] <= compared["value"] <= compared["high"]) == compared["inside"] == (compared["distance"] <= 1)
        for compared in lines
    )
    assert [compared["metric"] for compared in summary(lines, EMOTIFY)] == ["f1_macro per track"]


def memorising(values, seed):
    """Build a network that memorises every track in seconds."""
    means = keras.layers.GlobalAveragePooling1D()(keras.layers.Reshape((-1, FEATURES))(values))
    return keras.layers.Dense(256, activation="relu")(means)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """Make a run of sixty tracks that all have different features, with a network that memorises them."""
    monkeypatch.setitem(networks.PRESETS, "small-cnn", memorising)
    params = {"epochs": 15, "patience": 15, "learning_rate": 0.005, "label_rule": "share>mean", "balance": "none", "canary": 1}
    run = learnable(tmp_path, tracks=TRACKS, **params)
    for position, key in enumerate(load_corpus(run).tracks["features_key"]):
        random = np.random.default_rng(position)
        track_values = random.standard_normal(FEATURES)
        noise = random.standard_normal((SEGMENTS, frames_of(1.0), FEATURES))
        buffer = io.BytesIO()
        np.save(buffer, (track_values + noise / 2).astype(np.float32))
        run.store.put(key, buffer.getvalue())
    return run


def split_each_emotion(tracks, groups, links, labels, fractions, seed, previous, label_set, inner_folds):
    """Split the tracks of each emotion on their own, as the public student project does; a track may then be in two parts."""
    random = np.random.default_rng(seed)
    drawn = []
    for emotion in label_set.ids:
        with_emotion = random.permutation(labels.loc[labels[f"label_{emotion}"], "track_id"].to_numpy())
        ends = (np.cumsum(fractions[:2]) * len(with_emotion)).astype(int)
        drawn += [
            pd.DataFrame({"track_id": ids, "part": part}) for part, ids in zip(PARTS, np.split(with_emotion, ends), strict=True)
        ]
    table = pd.concat(drawn).drop_duplicates().merge(tracks[["track_id", "sha256"]], on="track_id")
    return table.assign(group_id=table["sha256"])[["track_id", "group_id", "part", "sha256"]].sort_values(["track_id", "part"])


def canary_documents(run: Run) -> list[str]:
    """List the documents of the canary that are in the store."""
    return [info.key.removeprefix("runs/r1/canary/") for info in run.store.list("runs/r1/canary/")]


def test_all_metrics_stay_within_chance_without_a_leak(run):
    before = {info.key: info.version for info in run.store.list() if "/canary/" not in info.key}
    finished = []
    manifest = canary(run, on_finished=finished.append)
    assert (manifest["counters"]["permutations"], manifest["counters"]["outside"], finished) == (1, 0, [1])
    report = run.read_json("canary", "canary.json")
    assert manifest["counters"]["metrics"] == len(report["metrics"])
    names = {(line["level"], line["emotion"], line["metric"]) for line in report["metrics"]}
    assert {
        (level, None, metric) for level in ("track", "segment") for metric in ("f1_macro", "roc_auc_micro", "hamming_loss")
    } <= names
    assert {(emotion, "roc_auc") for emotion in EMOTIFY.ids} <= {(emotion, metric) for _, emotion, metric in names}
    assert all(line["inside"] and line["low"] <= line["value"] <= line["high"] for line in report["metrics"])
    assert canary_documents(run) == ["canary.json", "manifest.json"]
    assert {info.key: info.version for info in run.store.list() if "/canary/" not in info.key} == before


def test_the_canary_goes_off_if_each_emotion_has_its_own_split(run, monkeypatch):
    monkeypatch.setattr("mer_tasks.stages.split.draw", split_each_emotion)
    with pytest.raises(IntegrityError, match=r"^run r1/canary/1: split leaks: \d+ tracks in more than one part"):
        canary(run)
    monkeypatch.setattr(leak_certificate, "check_overlap", lambda *_, **__: {})
    monkeypatch.setattr(leak_certificate, "check_corpus", lambda *_: None)
    run.write_manifest(
        "canary", {"counters": {}}
    )  # from an earlier canary that passed; with this manifest `publish` would go on
    reported = []
    message = (
        r"^run r1: the canary went off: \w+( of \w+)? per (track|segment) is \d\.\d+ in permutation 1 of the labels, expected"
        r" \d\.\d+ to \d\.\d+ by chance; \d+ of \d+ metrics are outside: labels of the test part leaked into training$"
    )
    with pytest.raises(IntegrityError, match=message):
        canary(run, on_report=reported.extend)
    auc = [line for line in reported if line["metric"] == "roc_auc_macro"]
    assert len(auc) == 2
    assert all(line["value"] > 0.9 and not line["inside"] for line in auc)
    assert canary_documents(run) == ["canary.json"]
    assert run.read_json("canary", "canary.json")["metrics"] == reported
