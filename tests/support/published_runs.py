"""Runs with all documents, ready to be published. Labels and split come from the real stages, predictions are random."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.database.connection import transaction
from mer_tasks.evaluation.metrics import CEILINGS
from mer_tasks.label_set import LabelSet
from mer_tasks.publishing.served_predictions import serve
from mer_tasks.runs.run import Run
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from tests.support.label_sets import EMOTIFY
from tests.support.run_documents import Line, content, discovered, fanned_out, line, rejection, run_in
from tests.support.snapshots import made_once

TRACKS = [*(f"r{number:02}" for number in range(12)), *(f"p{number:02}" for number in range(12))]
"""Half of them rock, half of them pop; the last two of each genre have no annotations."""
LISTENERS = 10
MODEL_SHA256 = hashlib.sha256(b"model").hexdigest()
MODEL = {"run_id": "r1", "key": "runs/r1/train/music_emotion_model.keras", "sha256": MODEL_SHA256}


def genre_of(track_id: str) -> str:
    return "pop" if track_id.startswith("p") else "rock"


def annotations_of(tracks: list[str]) -> bytes:
    """Make an annotation file with ten listeners for each track; the votes depend on the position of the track in the list."""
    rows = [f"track id, genre, {', '.join(EMOTIFY.ids)}"]
    for position, track in enumerate(tracks):
        votes = [(position * 3 + emotion * 5) % (LISTENERS + 1) for emotion in range(len(EMOTIFY.ids))]
        head = f'"{track.replace(chr(34), chr(34) * 2)}",{genre_of(track)},'
        rows += [head + ",".join(str(int(listener < vote)) for vote in votes) for listener in range(LISTENERS)]
    return ("\n".join(rows) + "\n").encode()


def predictions_of(parts: pd.DataFrame, seed: int = 0, label_set: LabelSet = EMOTIFY) -> pd.DataFrame:
    """Make random predictions; those of a label set of kind single sum to 1, and the most probable label is positive."""
    random = np.random.default_rng(seed)
    probabilities = np.stack([random.random(len(parts)) for _ in label_set.ids], axis=1)
    positive = probabilities >= 0.5
    if label_set.single:
        probabilities /= probabilities.sum(axis=1, keepdims=True)
        positive = probabilities == probabilities.max(axis=1, keepdims=True)
    columns: dict[str, Any] = {}
    for number, label in enumerate(label_set.ids):
        columns |= {f"probability_{label}": probabilities[:, number], f"positive_{label}": positive[:, number]}
    return pd.DataFrame({**parts[["track_id", "part"]], "segments": 20, **columns})


def metrics_of(seed: int = 0, label_set: LabelSet = EMOTIFY) -> list[Line]:
    random = np.random.default_rng(seed)
    names = ("hamming_loss", "f1_micro", "f1_macro", "f1_samples", "precision_micro", "precision_macro", "recall_micro")
    overall = [
        (level, None, name)
        for level in ("track", "segment")
        for name in (*names, "recall_macro", "roc_auc_macro", "pr_auc_macro")
    ]
    single = [
        (level, emotion, name)
        for level in ("track", "segment")
        for emotion in label_set.ids
        for name in ("f1", "precision", "recall", "roc_auc", "pr_auc")
    ]
    overall += [(level, None, name) for level in ("track", "uncalibrated") for name in ("brier_macro", "ece_macro")]
    single += [(level, emotion, "brier") for level in ("track", "uncalibrated") for emotion in label_set.ids]
    single += [("track", emotion, name) for name in ("coverage", "unclear") for emotion in (*label_set.ids, None)]
    return [
        {
            "part": "test",
            "level": level,
            "emotion": emotion,
            "metric": name,
            "value": None if (emotion, name) == (label_set.ids[-1], "roc_auc") else float(random.random()),
            "baseline": float(random.random()),
            "support": 4,
            **ends_of(random, "low", "high"),
            **(ceilings_of(random) if level == "track" else dict.fromkeys(CEILINGS)),
        }
        for level, emotion, name in overall + single
    ]


def ends_of(random: np.random.Generator, *names: str) -> dict[str, float]:
    return dict(zip(names, sorted(map(float, random.random(2))), strict=True))


def ceilings_of(random: np.random.Generator) -> dict[str, float]:
    ceilings = {}
    for name in ("split_half", "panel"):
        ceilings |= {name: float(random.random()), **ends_of(random, f"{name}_low", f"{name}_high")}
    return ceilings


def listeners_of(seed: int = 0, label_set: LabelSet = EMOTIFY) -> list[Line]:
    random = np.random.default_rng(seed)
    names = [(None, "roc_auc_macro"), *((emotion, name) for emotion in label_set.ids for name in ("f1", "roc_auc"))]
    return [{"emotion": emotion, "metric": name, "tracks": 20, **ceilings_of(random)} for emotion, name in names]


def canary_of(permutations: int) -> list[Line]:
    random = np.random.default_rng(permutations)
    names = [("track", None, "f1_macro"), ("track", None, "roc_auc_macro"), ("segment", "power", "roc_auc")]
    return [
        {
            **{"permutation": number, "level": level, "emotion": emotion, "metric": name},
            **dict(zip(("low", "value", "high"), sorted(map(float, random.random(3))), strict=True)),
            **{"inside": True, "distance": 1.0},
        }
        for number in range(1, permutations + 1)
        for level, emotion, name in names
    ]


def comparison_of() -> list[Line]:
    random = np.random.default_rng(0)
    names = [(None, "roc_auc_macro"), (None, "f1_macro"), *((emotion, "roc_auc") for emotion in EMOTIFY.ids)]
    ends = (("low", "value", "high"), ("difference_low", "difference", "difference_high"))
    return [
        {
            **{"balance": way, "emotion": emotion, "metric": name},
            **dict(zip(ends[0], sorted(map(float, random.random(3))), strict=True)),
            **dict(zip(ends[1], sorted(map(float, random.random(3))) if way != "none" else [None] * 3, strict=True)),
        }
        for way in ("none", "smote")
        for emotion, name in names
    ]


def write_model_documents(run: Run, predictions: pd.DataFrame | None = None) -> None:
    """Write the documents of the stages after `split`; by default with random predictions."""
    label_set = run.label_set
    if predictions is None:
        predictions = predictions_of(run.read_table("split", "split.parquet"), label_set=label_set)
    validation = predictions["part"] == "validation"
    run.write_table("thresholds", "predictions.parquet", predictions[validation])
    run.write_table("evaluate", "predictions.parquet", predictions[~validation])
    rule = {"thresholds": 0.5, "temperatures": 2.0, "offsets": 0.25}
    rules: Line = {name: dict.fromkeys(label_set.ids, value) for name, value in rule.items()}
    if label_set.single:
        rules["thresholds"] = None
    run.write_json("thresholds", "thresholds.json", rules)
    evaluation = {"metrics": metrics_of(label_set=label_set), "listeners": listeners_of(label_set=label_set)}
    run.write_json("evaluate", "Music_emotion_metrics.json", evaluation)
    for stage in ("thresholds", "evaluate"):
        run.write_manifest(stage, {"counters": {"seconds": 2.0, "cpu_seconds": 1.5}})
    if run.config.compare_balance:
        run.write_json("comparison", "comparison.json", {"metrics": comparison_of()})
        run.write_manifest("comparison", {"counters": {"ways": 2, "seconds": 60.0}})
    if run.config.canary:
        run.write_json("canary", "canary.json", {"metrics": canary_of(run.config.canary)})
        run.write_manifest("canary", {"counters": {"permutations": run.config.canary, "seconds": 60.0}})
    if run.config.mode == "train":
        model = {**MODEL, "run_id": run.run_id, "key": run.key("train", "music_emotion_model.keras")}
        history = {"loss": [0.9, 0.5], "val_loss": [0.8, None], "learning_rate": [0.001, 0.0005]}
        run.write_json("train", "Music_emotion_history.json", history)
        run.write_manifest("balance", {"counters": {"synthetic": 7, "seconds": 0.1}})
        run.write_json("drift", "drift.json", {"metrics": []})
        run.write_manifest("drift", {"drifted": False, "summary": "nothing has moved", "counters": {}})
        run.write_manifest("train", {"model": model, "device": "CPU", "counters": {"seconds": 30.0, "cpu_seconds": 58.0}})


def make_champion(url: str, run_id: str = "r1") -> None:
    """Make the model of a published run the champion, without a comparison."""
    with transaction(url) as cursor:
        cursor.execute(
            "INSERT INTO mer.promotion (run_no, model_sha256, outcome, decided_by, rule, reason)"
            " SELECT run_no, model_sha256, 'promoted', 'a test', 'better', 'for a test' FROM mer.run WHERE run_id = %s"
            " RETURNING run_no, model_sha256, promotion_no",
            [run_id],
        )
        row = cursor.fetchone()
        cursor.execute(
            "INSERT INTO mer.champion (run_no, model_sha256, promotion_no) VALUES (%s, %s, %s) ON CONFLICT (only_one) DO UPDATE"
            " SET run_no = excluded.run_no, model_sha256 = excluded.model_sha256, promotion_no = excluded.promotion_no",
            row,
        )
        serve(cursor)


def simulated_run(
    folder: Path, database_url: str, label_set: LabelSet, run_id: str = "r1", tracks: list[str] | None = None
) -> Run:
    """Make a training run with all its documents for any label set, without the real stages: votes and parts are simulated."""
    run = run_in(folder, run_id, database_url=database_url)
    names = TRACKS if tracks is None else tracks
    discovered(run, [line(track, genre_of(track)) for track in names], label_set=label_set)
    fanned_out(run)
    run.write_manifest("discover", {**run.manifest("discover"), "model": None})
    parts = [("train", "validation", "test", "unlabelled")[number % 4] for number in range(len(names))]
    split_table = pd.DataFrame({"track_id": names, "part": parts, "group_id": names})
    split_table["sha256"] = [content(track) for track in names]
    run.write_table("split", "split.parquet", split_table)
    links = pd.DataFrame({name: pd.Series(dtype="str") for name in ("track_id", "reason", "other_track_id", "artist")})
    run.write_table("split", "groups.parquet", links.assign(share=pd.Series(dtype="float64")))
    votes = np.random.default_rng(0).integers(LISTENERS + 1, size=(len(names), len(label_set)))
    columns: dict[str, Any] = {f"votes_{label}": votes[:, number] for number, label in enumerate(label_set.ids)}
    columns |= {f"label_{label}": votes[:, number] >= 3 for number, label in enumerate(label_set.ids)}
    labelled = pd.DataFrame({"track_id": names, "annotators": LISTENERS, **columns})
    run.write_table("labels", "labels.parquet", labelled[split_table["part"] != "unlabelled"])
    for stage in ("labels", "split"):
        run.write_manifest(stage, {"counters": {"seconds": 1.0}})
    write_model_documents(run)
    return run


def complete_predict_run(
    folder: Path,
    database_url: str,
    run_id: str,
    landed: list[str],
    scored: list[str],
    champion: str = "r1",
    rejected: list[Line] | None = None,
    **params: Any,
) -> Run:
    """Make a run of mode predict with all its documents: the landing zone has the tracks `landed`, the run scored `scored`."""
    run = run_in(folder, run_id, mode="predict", database_url=database_url, **params)
    discovered(run, [line(track, genre_of(track)) for track in scored], rejected)
    lines = [line(track, genre_of(track)) for track in landed]
    run.write_table("discover", "catalogue.parquet", pd.DataFrame(lines))
    run.write_table("discover", "landed.parquet", pd.DataFrame(lines)[["track_id", "genre", "key", "sha256"]])
    model = {**MODEL, "run_id": champion, "key": f"runs/{champion}/train/music_emotion_model.keras"}
    features = {"segment_seconds": 3.0, "max_duration_seconds": 1800.0}
    run.write_manifest("discover", {**run.manifest("discover"), "mode": "predict", "model": model, "features": features})
    fanned_out(run)
    for shard in run.manifest("discover")["shards"]:
        name = shard["key"].rpartition("/")[2]
        tracks = pd.DataFrame(run.read_json_key(shard["key"])["tracks"])
        table = predictions_of(tracks.assign(part="unlabelled"), seed=len(run_id))
        run.write_table("predict", name.replace(".json", ".parquet"), table)
        run.write_json("predict", name, {"device": "CPU", "counters": {"scored": len(table), "seconds": 1.0}})
    run.write_json("drift", "drift.json", {"metrics": []})
    run.write_manifest("drift", {"drifted": False, "summary": "nothing has moved", "counters": {}})
    return run


def complete_run(
    folder: Path,
    database_url: str | None,
    run_id: str = "r1",
    tracks: list[str] | None = None,
    rejected: list[Line] | None = None,
    retagged: dict[str, str] | None = None,
    fan_out: dict[str, Any] | None = None,
    **params: Any,
) -> Run:
    """Make a run with all its documents; its last two tracks of each genre are unlabelled, and ``rbad`` of rock was rejected.

    It is not cross-fitted. The tracks in `retagged` have other bytes than usual; its values name their samples. `fan_out` has
    more keyword arguments of `fanned_out`.
    """
    tracks = TRACKS if tracks is None else tracks
    run = run_in(folder, run_id, **{"database_url": database_url, "reject_budget": 0.5, "crossfit": "off", **params})

    def make() -> None:
        _complete(run, tracks, rejected, retagged, fan_out)

    fresh = not database_url or "fresh_split" in params or not rows(database_url, "SELECT 1 FROM mer.run LIMIT 1")
    made_once(run, make, tracks, rejected, retagged, fan_out, params, fresh=fresh)
    return run


def _complete(
    run: Run,
    tracks: list[str],
    rejected: list[Line] | None,
    retagged: dict[str, str] | None,
    fan_out: dict[str, Any] | None,
) -> None:
    unlabelled = [track for genre in ("rock", "pop") for track in [name for name in tracks if genre_of(name) == genre][-2:]]
    samples = retagged or {}
    other_content = {track: content(f"retagged {track}") for track in samples}
    listed = [line(track, genre_of(track), other_content.get(track)) for track in [*tracks, "rbad"]]
    csv = annotations_of([track for track in tracks if track not in unlabelled])
    discovered(run, listed, rejected or [rejection("cover", stage="discover", reason="not_audio")], {"votes.csv": csv})
    run.write_manifest(
        "discover", {**run.manifest("discover"), "mode": run.config.mode, "model": MODEL if run.config.mode == "eval" else None}
    )
    fanned_out(run, rejected={"rbad": ("features", "too_short")}, **{"pcm": samples, **(fan_out or {})})
    labels(run)
    split(run)
    write_model_documents(run)


def rows(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """Run a query on the database at `url`, and return its rows."""
    with transaction(url) as cursor:
        cursor.execute(statement, values)
        result: list[tuple[Any, ...]] = cursor.fetchall()
    return result
