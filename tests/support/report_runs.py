"""Changes to an evaluated run for tests of its page: audio, documents of later stages, another test part."""

import numpy as np

from mer_tasks.evaluation import metrics
from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.report.run_documents import RunView
from mer_tasks.runs.run import Run
from mer_tasks.stages.evaluate import rates
from tests.support.audio_files import encoded, music
from tests.support.label_sets import EMOTIFY

ATTACK = "<img src=x onerror=alert(1)>"
BREAKOUT = "</script><script>alert('%s')</script>"


def with_audio(run: Run) -> Run:
    """Write a different FLAC blob of six seconds for each track of the run, and return the run."""
    for number, track in enumerate(run.read_table("discover", "catalogue.parquet")["sha256"]):
        run.store.put(f"blobs/reformat/{track}.flac", encoded(music(6, seed=number)[:, 0], container="FLAC", subtype="PCM_16"))
    return run


def finish_remaining_stages(run: Run) -> None:
    """Write the documents of the stages after `evaluate`: there is drift, and a person keeps the champion."""
    head = {"genre": ATTACK, "measure": "features", "emotion": None, "statistic": "spectral contrast 3", "mean_psi": 0.1}
    numbers = {"psi": 0.61, "chance": 0.2, "threshold": 0.25, "tracks": 40, "reference_tracks": 28}
    line = {**head, **numbers, "same_genre": True, "drifted": True}
    still = {
        **line,
        "genre": None,
        "measure": "predictions",
        "emotion": "power",
        "statistic": None,
        "psi": 0.7,
        "drifted": False,
    }
    run.write_json("drift", "drift.json", {"metrics": [still, line]})
    run.write_manifest(
        "drift", {"drifted": True, "summary": f"1 of 2 measures have drifted ({ATTACK}: spectral contrast 3 0.61)"}
    )
    run.write_manifest("publish", {"counters": {"seconds": 1.0}})
    challenge = {"verdict": "ask", "reason": f"0 is within {ATTACK}", "difference": 0.012, "low": -0.01, "high": 0.03}
    run.write_json("challenge", "challenge.json", {**challenge, "champion_model": {"run_id": "r0", "key": "k", "sha256": "s"}})
    run.write_manifest("challenge", {"verdict": "ask"})
    run.write_manifest("approval", {"answer": "keep", "decided_by": BREAKOUT % "name"})
    run.write_manifest("promote", {"outcome": "kept", "decided_by": BREAKOUT % "name", "reason": challenge["reason"]})


def evaluate_on(run: Run, tracks: list[str], without: str | None = None) -> None:
    """Change the documents of a run as if its test part had only these tracks, none of which has `without`."""
    votes = run.read_table("labels", "labels.parquet")
    if without:
        votes[f"label_{without}"] = votes[f"label_{without}"] & ~votes["track_id"].isin(tracks)
        run.write_table("labels", "labels.parquet", votes)
    table = run.read_table("evaluate", "predictions.parquet")
    run.write_table("evaluate", "predictions.parquet", table[(table["part"] != "test") | table["track_id"].isin(tracks)])
    parts = run.read_table("split", "split.parquet")
    test = RunView(run).test
    arrays = test.labels, test.probabilities, test.decisions
    train_rates = rates(votes, dict(zip(parts["track_id"], parts["part"], strict=True)), EMOTIFY)
    lines = metrics.lines("track", *arrays, train_rates, intervals(*arrays, np.array(tracks), EMOTIFY), EMOTIFY)
    run.write_json("evaluate", "Music_emotion_metrics.json", {"metrics": lines})
