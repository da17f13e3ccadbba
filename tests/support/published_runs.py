"""Runs whose documents are all there, ready to be published: labels and split are real, what a model says is made up."""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mer_tasks.database.connection import transaction
from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import CEILINGS
from mer_tasks.publishing.served_predictions import serve
from mer_tasks.runs.run import Run
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
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
    """Votes of ten listeners a track, by its place in the list."""
    rows = [f"track id, genre, {', '.join(EMOTIONS)}"]
    for place, track in enumerate(tracks):
        votes = [(place * 3 + emotion * 5) % (LISTENERS + 1) for emotion in range(len(EMOTIONS))]
        head = f'"{track.replace(chr(34), chr(34) * 2)}",{genre_of(track)},'
        rows += [head + ",".join(str(int(listener < vote)) for vote in votes) for listener in range(LISTENERS)]
    return ("\n".join(rows) + "\n").encode()


def predictions_of(parts: pd.DataFrame, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    table = parts[["track_id", "part"]].assign(segments=20)
    for emotion in EMOTIONS:
        table[f"probability_{emotion}"] = random.random(len(table))
        table[f"positive_{emotion}"] = table[f"probability_{emotion}"] >= 0.5
    return table


def metrics_of(seed: int = 0) -> list[Line]:
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
        for emotion in EMOTIONS
        for name in ("f1", "precision", "recall", "roc_auc", "pr_auc")
    ]
    overall += [(level, None, name) for level in ("track", "uncalibrated") for name in ("brier_macro", "ece_macro")]
    single += [(level, emotion, "brier") for level in ("track", "uncalibrated") for emotion in EMOTIONS]
    return [
        {
            "part": "test",
            "level": level,
            "emotion": emotion,
            "metric": name,
            "value": None if (emotion, name) == ("sadness", "roc_auc") else float(random.random()),
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
    found = {}
    for name in ("split_half", "panel"):
        found |= {name: float(random.random()), **ends_of(random, f"{name}_low", f"{name}_high")}
    return found


def listeners_of(seed: int = 0) -> list[Line]:
    random = np.random.default_rng(seed)
    names = [(None, "roc_auc_macro"), *((emotion, name) for emotion in EMOTIONS for name in ("f1", "roc_auc"))]
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
    names = [(None, "roc_auc_macro"), (None, "f1_macro"), *((emotion, "roc_auc") for emotion in EMOTIONS)]
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


def modelled(run: Run, predictions: pd.DataFrame | None = None) -> None:
    """What the stages after `split` leave."""
    if predictions is None:
        predictions = predictions_of(run.read_table("split", "split.parquet"))
    chosen = predictions["part"] == "validation"
    run.write_table("thresholds", "predictions.parquet", predictions[chosen])
    run.write_table("evaluate", "predictions.parquet", predictions[~chosen])
    rule = {"thresholds": 0.5, "temperatures": 2.0, "offsets": 0.25}
    run.write_json("thresholds", "thresholds.json", {name: dict.fromkeys(EMOTIONS, value) for name, value in rule.items()})
    run.write_json("evaluate", "Music_emotion_metrics.json", {"metrics": metrics_of(), "listeners": listeners_of()})
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


def crowned(url: str, run_id: str = "r1") -> None:
    """Make the model of a published run the champion, whatever it is worth."""
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


def predicted(
    folder: Path,
    database_url: str,
    run_id: str,
    there: list[str],
    scored: list[str],
    champion: str = "r1",
    rejected: list[Line] | None = None,
    **params: Any,
) -> Run:
    """A run of mode predict with all its documents: the landing zone has the tracks `there`, of which `scored` were pending."""
    run = run_in(folder, run_id, mode="predict", database_url=database_url, **params)
    discovered(run, [line(track, genre_of(track)) for track in scored], rejected)
    lines = [line(track, genre_of(track)) for track in there]
    run.write_table("discover", "catalogue.parquet", pd.DataFrame(lines))
    run.write_table("discover", "landed.parquet", pd.DataFrame(lines)[["track_id", "genre", "key", "sha256"]])
    model = {**MODEL, "run_id": champion, "key": f"runs/{champion}/train/music_emotion_model.keras"}
    made = {"segment_seconds": 3.0, "max_duration_seconds": 1800.0}
    run.write_manifest("discover", {**run.manifest("discover"), "mode": "predict", "model": model, "features": made})
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


def finished(
    folder: Path,
    database_url: str | None,
    run_id: str = "r1",
    tracks: list[str] | None = None,
    rejected: list[Line] | None = None,
    retagged: dict[str, str] | None = None,
    heard: dict[str, Any] | None = None,
    **params: Any,
) -> Run:
    """A run with all its documents; its last two tracks of each genre are unlabelled, and ``bad`` of rock was rejected.

    The tracks in `retagged` have other bytes than usual, and the samples that it says. `heard` are keywords of `fanned_out`.
    """
    tracks = TRACKS if tracks is None else tracks
    run = run_in(folder, run_id, database_url=database_url, reject_budget=0.5, **params)

    def make() -> None:
        _finish(run, tracks, rejected, retagged, heard)

    fresh = not database_url or "fresh_split" in params or not rows(database_url, "SELECT 1 FROM mer.run LIMIT 1")
    made_once(run, make, tracks, rejected, retagged, heard, params, fresh=fresh)
    return run


def _finish(
    run: Run,
    tracks: list[str],
    rejected: list[Line] | None,
    retagged: dict[str, str] | None,
    heard: dict[str, Any] | None,
) -> None:
    unknown = [track for genre in ("rock", "pop") for track in [name for name in tracks if genre_of(name) == genre][-2:]]
    known = retagged or {}
    other = {track: content(f"retagged {track}") for track in known}
    listed = [line(track, genre_of(track), other.get(track)) for track in [*tracks, "rbad"]]
    csv = annotations_of([track for track in tracks if track not in unknown])
    discovered(run, listed, rejected or [rejection("cover", stage="discover", reason="not_audio")], {"votes.csv": csv})
    run.write_manifest(
        "discover", {**run.manifest("discover"), "mode": run.config.mode, "model": MODEL if run.config.mode == "eval" else None}
    )
    fanned_out(run, lost={"rbad": ("features", "too_short")}, **{"pcm": known, **(heard or {})})
    labels(run)
    split(run)
    modelled(run)


def rows(url: str, statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """What the database at `url` answers."""
    with transaction(url) as cursor:
        cursor.execute(statement, values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found
