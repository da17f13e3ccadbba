"""Write the documents of evaluated runs of any label set: random labels, and predictions that are better than chance."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import average_precision_score, f1_score, precision_score, recall_score, roc_auc_score

from mer_tasks.audio.spectra import FEATURES, frames_of
from mer_tasks.evaluation.metrics import CEILINGS, DECISIONS, OVERALL, calibration_error
from mer_tasks.label_set import LabelSet
from mer_tasks.runs.artifacts import GROUP_LINKS
from mer_tasks.runs.run import Run
from tests.support.run_documents import content, discovered, fanned_out, features_key, line, run_in

LISTENERS = 10
SEGMENTS = 6
PARTS = ("train", "train", "train", "validation", "test", "test")
"""Parts of six tracks, one after the other."""
HARD_NAMES = (
    "שמח ואנרגטי",
    "حزين",
    "たのしい",
    "Fröhlich",
    "<script>alert('label')</script>",
    "\"quoted\" & 'single'",
    "_under $100 and $200",
    "100%{x} sure",
    "a very long name of a label that goes on and on until it has reached eighty ch.",
    "a very long name of a label that goes on and on until it has reached eighty of",
)
"""Names for people that are hard to show."""


def judged_run(folder: Path, label_set: LabelSet, tracks: int = 120, run_id: str = "r1", **params: Any) -> Run:
    """Write all documents of a run up to stage `evaluate`."""
    run = run_in(folder, run_id, segment_seconds=1.0, scratch_dir=folder / "scratch", **params)
    random = np.random.default_rng(len(label_set))
    names = [f"t{number:04}" for number in range(tracks)]
    discovered(run, [line(name, ("rock", "pop", "jazz")[number % 3]) for number, name in enumerate(names)], label_set=label_set)
    fanned_out(run, segments=SEGMENTS)
    labels, shares = _labels(random, tracks, label_set)
    _write_labels(run, names, labels, shares, label_set)
    parts = np.array([PARTS[number % len(PARTS)] for number in range(tracks)])
    _write_split(run, names, parts, labels, label_set)
    probabilities = _probabilities(random, labels, label_set)
    limits = random.uniform(0.2, 0.5, len(label_set))
    decisions = _decisions(probabilities, limits, label_set)
    _write_predictions(run, names, parts, probabilities, decisions, label_set)
    rule = dict(zip(label_set.ids, limits.tolist(), strict=True))
    run.write_json("thresholds", "thresholds.json", {"thresholds": None if label_set.single else rule})
    test = parts == "test"
    base = labels[parts == "train"].mean(axis=0)
    lines = list(metric_lines(labels[test], probabilities[test], decisions[test], base, label_set))
    run.write_json("evaluate", "Music_emotion_metrics.json", {"metrics": lines})
    _write_features(run, random, [name for name, chosen in zip(names, test, strict=True) if chosen], probabilities[test])
    history = {"loss": [0.9, 0.5, 0.4], "val_loss": [0.8, 0.6, 0.5], "auc": [0.6, 0.7, 0.7], "val_auc": [0.6, 0.6, 0.7]}
    run.write_json("train", "Music_emotion_history.json", history)
    before = {label: int(count) for label, count in zip(label_set.ids, labels.sum(axis=0) * SEGMENTS, strict=True)}
    added = {label: int(random.integers(0, 50)) for label in label_set.ids}
    balance = {"balance": "smote", "positives": {"before": before, "added": added}}
    run.write_manifest("balance", {**balance, "counters": {"segments": tracks * SEGMENTS, "synthetic": 40, "seconds": 0.1}})
    for stage in ("labels", "train", "thresholds", "evaluate"):
        run.write_manifest(stage, {"counters": {"seconds": 2.0, "cpu_seconds": 1.5}})
    return run


def _labels(random: np.random.Generator, tracks: int, label_set: LabelSet) -> tuple[np.ndarray, np.ndarray]:
    """Draw labels and shares of votes [shape=(tracks, labels)]: common and rare labels, and one that no track has."""
    count = len(label_set)
    if label_set.single:
        chosen = random.choice(count, tracks, p=np.arange(count, 0, -1) / (count * (count + 1) / 2))
        labels = np.eye(count, dtype=bool)[chosen]
        return labels, 0.6 * labels + 0.4 / count
    labels = random.random((tracks, count)) < np.geomspace(0.5, 0.05, count)
    labels[:, count // 2] = False
    return labels, np.where(labels, random.uniform(0.4, 1, labels.shape), random.uniform(0, 0.2, labels.shape))


def _probabilities(random: np.random.Generator, labels: np.ndarray, label_set: LabelSet) -> np.ndarray:
    """Draw probabilities [shape=(tracks, labels)]; those of later labels tell less about the labels."""
    skill = np.linspace(2.5, 0.2, len(label_set))
    logits = 1.3 * random.standard_normal(labels.shape) + skill * labels - (0 if label_set.single else 1.2)
    if label_set.single:
        powers = np.exp(logits)
        return powers / powers.sum(axis=1, keepdims=True)
    return 1 / (1 + np.exp(-logits))


def _decisions(probabilities: np.ndarray, limits: np.ndarray, label_set: LabelSet) -> np.ndarray:
    if label_set.single:
        return np.eye(len(label_set), dtype=bool)[probabilities.argmax(axis=1)]
    return probabilities >= limits


def _write_labels(run: Run, names: list[str], labels: np.ndarray, shares: np.ndarray, label_set: LabelSet) -> None:
    columns = {"track_id": names, "annotators": LISTENERS}
    for index, label in enumerate(label_set.ids):
        columns |= {f"votes_{label}": (LISTENERS * shares[:, index]).round().astype(int), f"share_{label}": shares[:, index]}
        columns[f"label_{label}"] = labels[:, index]
    run.write_table("labels", "labels.parquet", pd.DataFrame(columns))


def _write_split(run: Run, names: list[str], parts: np.ndarray, labels: np.ndarray, label_set: LabelSet) -> None:
    table = pd.DataFrame({"track_id": names, "group_id": names, "part": parts, "sha256": [content(name) for name in names]})
    run.write_table("split", "split.parquet", table)
    columns = ["track_id", "reason", "other_track_id", "artist", "share"]
    run.write_table("split", GROUP_LINKS, pd.DataFrame(columns=columns))
    of_parts = {
        part: {
            "tracks": int((parts == part).sum()),
            "groups": int((parts == part).sum()),
            "positives": {label: int(labels[parts == part, index].sum()) for index, label in enumerate(label_set.ids)},
        }
        for part in ("train", "validation", "test")
    }
    too_few = [label for label in label_set.ids if any(of_parts[part]["positives"][label] == 0 for part in of_parts)]
    proof = {"overlap": {"tracks": 0, "groups": 0}, "proven_from": {"split.parquet": "0" * 64}}
    run.write_json("split", "certificate.json", {**proof, "parts": of_parts, "unlabelled": 0, "too_few": too_few})
    run.write_manifest("split", {"counters": {"seconds": 1.0}})


def _write_predictions(
    run: Run, names: list[str], parts: np.ndarray, probabilities: np.ndarray, decisions: np.ndarray, label_set: LabelSet
) -> None:
    columns = {"track_id": names, "part": parts, "segments": SEGMENTS}
    for index, label in enumerate(label_set.ids):
        columns |= {f"probability_{label}": probabilities[:, index], f"positive_{label}": decisions[:, index]}
    table = pd.DataFrame(columns)
    run.write_table("thresholds", "predictions.parquet", table[table["part"] == "validation"])
    run.write_table("evaluate", "predictions.parquet", table[table["part"] != "validation"])


def _write_features(run: Run, random: np.random.Generator, tested: list[str], probabilities: np.ndarray) -> None:
    """Write the features of all tracks, and the stored segments of the test part."""
    shape = (SEGMENTS, frames_of(run.config.segment_seconds), FEATURES)
    for track in run.read_table("discover", "catalogue.parquet")["track_id"]:
        buffer = io.BytesIO()
        np.save(buffer, random.standard_normal(shape).astype(np.float32))
        run.store.put(features_key(content(track)), buffer.getvalue())
    buffer = io.BytesIO()
    np.savez(
        buffer,
        X_test=random.standard_normal((SEGMENTS * len(tested), *shape[1:])).astype(np.float32),
        track_ids=np.repeat(tested, SEGMENTS),
        probabilities=np.repeat(probabilities, SEGMENTS, axis=0),
    )
    run.store.put(run.key("evaluate", "test_data/test_data.npz"), buffer.getvalue())


def metric_lines(
    labels: np.ndarray, probabilities: np.ndarray, decisions: np.ndarray, base: np.ndarray, label_set: LabelSet
) -> Iterator[dict[str, Any]]:
    """Make metric lines of tracks, with intervals of 0.1 to both sides."""
    scores = {"f1": f1_score, "precision": precision_score, "recall": recall_score}
    of_labels: dict[str, list[float]] = {}
    for index, label in enumerate(label_set.ids):
        true, decided, values = labels[:, index], decisions[:, index], probabilities[:, index]
        metrics = {name: float(score(true, decided, zero_division=0)) if true.any() else None for name, score in scores.items()}
        metrics["roc_auc"] = float(roc_auc_score(true, values)) if 0 < true.sum() < len(true) else None
        metrics["pr_auc"] = float(average_precision_score(true, values)) if true.any() else None
        metrics["ece"] = calibration_error(true, values) if true.any() else None
        for name, value in metrics.items():
            if value is not None:
                of_labels.setdefault(name, []).append(value)
            yield _line(label, name, value, float(base[index]), int(true.sum()))
    overall = {f"{name}_macro": float(np.mean(values)) for name, values in of_labels.items()}
    for name in DECISIONS:
        for average in ("micro", "samples"):
            overall[f"{name}_{average}"] = float(scores[name](labels, decisions, average=average, zero_division=0))
    overall["hamming_loss"] = float((labels != decisions).mean())
    overall["brier_macro"] = float(((labels - probabilities) ** 2).mean())
    if label_set.single:
        overall["accuracy"] = float((labels & decisions).any(axis=1).mean())
    for name in OVERALL:
        if name in overall:
            baseline = 0.5 if name == "roc_auc_macro" else float(base.max()) if name == "accuracy" else 0.2
            yield _line(None, name, overall[name], baseline, len(labels))


def _line(label: str | None, metric: str, value: float | None, baseline: float, support: int) -> dict[str, Any]:
    ends = {"low": None, "high": None} if value is None else {"low": max(0, value - 0.1), "high": min(1, value + 0.1)}
    head = {"part": "test", "level": "track", "emotion": label, "metric": metric, "value": value, "baseline": baseline}
    return {**head, **ends, **dict.fromkeys(CEILINGS), "support": support}
