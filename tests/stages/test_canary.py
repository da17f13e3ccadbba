"""The chain on permuted labels; the leaks are real ones, which the certificate is made to overlook."""

import io

import keras
import numpy as np
import pandas as pd
import pytest

from mer_tasks.audio.spectra import FEATURES, frames_of
from mer_tasks.corpus import leak_certificate
from mer_tasks.corpus.stratification import PARTS
from mer_tasks.corpus.usable_tracks import load_corpus
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import IntegrityError
from mer_tasks.evaluation.permutation_test import Chance, limit
from mer_tasks.modelling import networks
from mer_tasks.runs.run import Run
from mer_tasks.stages.canary import canary, judged, permuted, summary
from tests.support.learnable_runs import SEGMENTS, learnable

TRACKS = [f"{genre}{number:02}" for genre in "rp" for number in range(20, 50)]


def labels_table(count: int) -> pd.DataFrame:
    tracks = [f"t{number:03}" for number in range(count)]
    return pd.DataFrame(
        {"track_id": tracks, "genre": "rock", "annotators": np.arange(count), "label_power": np.arange(count) % 2 > 0}
    )


def test_rows_are_dealt_as_a_whole_among_tracks():
    table = labels_table(50)
    found = permuted(table, seed=1)
    assert found["track_id"].tolist() == table["track_id"].tolist()
    assert sorted(found["annotators"]) == table["annotators"].tolist()
    assert (found["label_power"] == (found["annotators"] % 2 > 0)).all()
    assert (found["annotators"] == table["annotators"]).sum() < 10
    assert found.dtypes.equals(table.dtypes)
    assert not permuted(table, seed=2).equals(found)


def test_metrics_are_set_beside_chance_and_undefined_ones_left_out():
    dealt = {
        "overall": Chance({("track", None, "f1_macro"): np.linspace(0.2, 0.4, 99)}),
        "emotion": Chance({("track", "power", "f1"): np.linspace(0, 0.2, 99)}),
    }
    line = {"level": "track", "emotion": None, "metric": "f1_macro", "baseline": 0.1}
    metrics = [{**line, "value": 0.9}, {**line, "emotion": "power", "metric": "f1", "value": 0.1}]
    limits = {kind: limit([known]) for kind, known in dealt.items()}
    found = judged(3, [*metrics, {**line, "metric": "roc_auc_macro", "value": None}], dealt, limits)
    assert [(one["permutation"], one["metric"], one["value"], one["inside"]) for one in found] == [
        (3, "f1_macro", 0.9, False),
        (3, "f1", 0.1, True),
    ]
    assert all((one["low"] <= one["value"] <= one["high"]) == one["inside"] == (one["distance"] <= 1) for one in found)
    assert [one["metric"] for one in summary(found)] == ["f1_macro per track"]


def memorising(values, seed):
    """A network that learns every track by heart in seconds."""
    means = keras.layers.GlobalAveragePooling1D()(keras.layers.Reshape((-1, FEATURES))(values))
    return keras.layers.Dense(256, activation="relu")(means)


@pytest.fixture
def run(tmp_path, monkeypatch) -> Run:
    """Sixty tracks, each of which sounds like no other, and a network that will know them again."""
    monkeypatch.setitem(networks.PRESETS, "small-cnn", memorising)
    params = {"epochs": 15, "patience": 15, "learning_rate": 0.005, "label_rule": "share>mean", "balance": "none", "canary": 1}
    made = learnable(tmp_path, tracks=TRACKS, **params)
    for place, key in enumerate(load_corpus(made).tracks["features_key"]):
        random = np.random.default_rng(place)
        own, noise = random.standard_normal(FEATURES), random.standard_normal((SEGMENTS, frames_of(1.0), FEATURES))
        buffer = io.BytesIO()
        np.save(buffer, (own + noise / 2).astype(np.float32))
        made.store.put(key, buffer.getvalue())
    return made


def of_each_emotion(tracks, groups, links, labels, fractions, seed, previous):
    """The split of the public student project: each emotion's tracks are drawn on their own, so a track may be in two parts."""
    random, drawn = np.random.default_rng(seed), []
    for emotion in EMOTIONS:
        own = random.permutation(labels.loc[labels[f"label_{emotion}"], "track_id"].to_numpy())
        ends = (np.cumsum(fractions[:2]) * len(own)).astype(int)
        drawn += [pd.DataFrame({"track_id": ids, "part": part}) for part, ids in zip(PARTS, np.split(own, ends), strict=True)]
    table = pd.concat(drawn).drop_duplicates().merge(tracks[["track_id", "sha256"]], on="track_id")
    return table.assign(group_id=table["sha256"])[["track_id", "group_id", "part", "sha256"]].sort_values(["track_id", "part"])


def left(run: Run) -> list[str]:
    return [info.key.removeprefix("runs/r1/canary/") for info in run.store.list("runs/r1/canary/")]


def test_a_chain_without_a_leak_stays_within_chance(run):
    before = {info.key: info.version for info in run.store.list() if "/canary/" not in info.key}
    heard = []
    manifest = canary(run, after=heard.append)
    assert (manifest["counters"]["permutations"], manifest["counters"]["outside"], heard) == (1, 0, [1])
    report = run.read_json("canary", "canary.json")
    assert manifest["counters"]["metrics"] == len(report["metrics"])
    names = {(line["level"], line["emotion"], line["metric"]) for line in report["metrics"]}
    assert {
        (level, None, metric) for level in ("track", "segment") for metric in ("f1_macro", "roc_auc_micro", "hamming_loss")
    } <= names
    assert {(emotion, "roc_auc") for emotion in EMOTIONS} <= {(emotion, metric) for _, emotion, metric in names}
    assert all(line["inside"] and line["low"] <= line["value"] <= line["high"] for line in report["metrics"])
    assert left(run) == ["canary.json", "manifest.json"]
    assert {info.key: info.version for info in run.store.list() if "/canary/" not in info.key} == before


def test_it_goes_off_where_each_emotion_is_split_on_its_own(run, monkeypatch):
    monkeypatch.setattr("mer_tasks.stages.split.draw", of_each_emotion)
    with pytest.raises(IntegrityError, match=r"^run r1/canary/1: split leaks: \d+ tracks in more than one part"):
        canary(run)
    monkeypatch.setattr(leak_certificate, "check_crossings", lambda *_, **__: {})
    monkeypatch.setattr(leak_certificate, "check_corpus", lambda *_: None)
    run.write_manifest("canary", {"counters": {}})  # of a canary that did not go off: with it, `publish` would go on
    told = []
    message = (
        r"^run r1: the canary went off: \w+( of \w+)? per (track|segment) is \d\.\d+ in permutation 1 of the labels, expected"
        r" \d\.\d+ to \d\.\d+ by chance, as for \d+ of \d+ metrics: the test part's labels have been seen before the test$"
    )
    with pytest.raises(IntegrityError, match=message):
        canary(run, say=told.extend)
    auc = [line for line in told if line["metric"] == "roc_auc_macro"]
    assert len(auc) == 2
    assert all(line["value"] > 0.9 and not line["inside"] for line in auc)
    assert left(run) == ["canary.json"]
    assert run.read_json("canary", "canary.json")["metrics"] == told
