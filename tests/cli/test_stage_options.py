"""What the help of a stage shows is what the stage uses, as recorded over two runs."""

import sys
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from mer_tasks.cli.main import app
from mer_tasks.cli.stage_options import USES, used_by
from mer_tasks.config import Config
from mer_tasks.runs import pipeline
from mer_tasks.runs.pipeline import STAGES
from mer_tasks.runs.run import Run
from tests.support.audio_files import encoded, music
from tests.support.published_runs import annotations_of

pytestmark = pytest.mark.heavy

TRACKS = [f"{genre}{number}" for genre in "rp" for number in range(8)]
QUICK = {"segment_seconds": 1.0, "balance": "smote", "smote_neighbours": 2, "epochs": 1}
COPIES = {"values", "digest", "sub_run"}
"""Functions that take every field, whatever it is for."""
ROOM = {"validation_fraction", "test_fraction"}
"""Checked whenever a configuration is made, by whichever stage."""


@pytest.fixture(scope="module")
def used() -> dict[str, set[str]]:
    """Fields that each stage has asked its configuration for; those that it asks others for are theirs too."""
    return defaultdict(set)


@pytest.fixture
def recording(used: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    """Runs all stages of a run."""
    stages, read, run_stage = [""], Config.__getattribute__, pipeline.run_stage

    def record(config: Config, name: str) -> Any:
        callers = {sys._getframe(depth).f_code.co_name for depth in (1, 2)}
        if name in Config.model_fields and not callers & COPIES:
            used[stages[0]].add(name)
        return read(config, name)

    def named(run: Run, stage: str, shard_key: str | None = None) -> Any:
        before, stages[0] = stages[0], stages[0] or stage
        try:
            return run_stage(run, stage, shard_key)
        finally:
            stages[0] = before

    monkeypatch.setattr(Config, "__getattribute__", record)
    monkeypatch.setattr(pipeline, "run_stage", named)
    return lambda run: pipeline.run_chain(run) and None


def test_a_stage_uses_no_field_that_its_help_does_not_show(
    recording: Callable[[Run], None], used: dict[str, set[str]], tmp_path: Path, database_url: str
) -> None:
    places = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch", "database_url": database_url}
    first = Run(Config.load({**places, **QUICK}), "r1")
    for seed, track in enumerate(TRACKS):
        first.landing.put(f"{'pop' if track.startswith('p') else 'rock'}/{track}.wav", encoded(music(2.5, seed=seed)))
    first.landing.put("annotations/votes.csv", annotations_of(TRACKS))
    recording(first)
    recording(Run(Config.load({**places, **QUICK}), "r2"))
    assert used.keys() - {""} >= {*USES} - {"predict", "comparison", "canary"}
    missing = {stage: fields - {*used_by(stage), *ROOM} for stage, fields in used.items() if stage}
    assert {stage: fields for stage, fields in missing.items() if fields} == {}


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in ("train", "canary", "predict")])
def test_options_that_a_stage_does_not_use_are_taken_and_not_shown(stage: str) -> None:
    text = CliRunner().invoke(app, [stage, "--help"]).output
    for name in Config.model_fields:
        option = f"--{name.replace('_', '-')}"
        assert (f"{option} " in text or f"{option}/" in text) == (name in used_by(stage)), option
    taken = CliRunner().invoke(app, [stage, "--run-id", "r1", "--folds", "3"]).output
    assert "No such option" in taken
    assert "No such option" not in CliRunner().invoke(app, [stage, "--run-id", "r1", "--epochs", "x"]).output
