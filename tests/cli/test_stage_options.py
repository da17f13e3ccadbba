"""The help of a stage lists the options that the stage uses, as recorded while two runs go through all stages."""

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
"""Functions that read every field, although they do not use it."""
ALWAYS_CHECKED = {"validation_fraction", "test_fraction", "crossfit"}
"""Fields that are checked whenever a configuration is made, in any stage."""


@pytest.fixture(scope="module")
def used() -> dict[str, set[str]]:
    """Fields that each stage has read from its configuration, including reads in the functions that it calls."""
    return defaultdict(set)


@pytest.fixture
def recording(used: dict[str, set[str]], monkeypatch: pytest.MonkeyPatch) -> Callable[[Run], None]:
    """A function that runs all stages of a run, and records the fields that each stage reads."""
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


def test_a_stage_uses_only_fields_that_its_help_lists(
    recording: Callable[[Run], None], used: dict[str, set[str]], tmp_path: Path, database_url: str
) -> None:
    places = {"store_url": (tmp_path / "store").as_uri(), "scratch_dir": tmp_path / "scratch", "database_url": database_url}
    first = Run(Config.load({**places, **QUICK}), "r1")
    for seed, track in enumerate(TRACKS):
        first.landing.put(f"{'pop' if track.startswith('p') else 'rock'}/{track}.wav", encoded(music(2.5, seed=seed)))
    first.landing.put("annotations/votes.csv", annotations_of(TRACKS))
    recording(first)
    recording(Run(Config.load({**places, **QUICK}), "r2"))
    assert used.keys() - {""} >= {*USES} - {"embed", "predict", "comparison", "canary"}
    missing = {stage: fields - {*used_by(stage), *ALWAYS_CHECKED} for stage, fields in used.items() if stage}
    assert {stage: fields for stage, fields in missing.items() if fields} == {}


@pytest.mark.parametrize("stage", [stage for stage in STAGES if stage not in ("train", "canary", "predict")])
def test_a_stage_accepts_options_that_it_does_not_use_but_does_not_list_them(stage: str) -> None:
    text = CliRunner().invoke(app, [stage, "--help"]).output
    for name in Config.model_fields:
        option = f"--{name.replace('_', '-')}"
        assert (f"{option} " in text or f"{option}/" in text) == (name in used_by(stage)), option
    with_unknown_option = CliRunner().invoke(app, [stage, "--run-id", "r1", "--folds", "3"]).output
    assert "No such option" in with_unknown_option
    assert "No such option" not in CliRunner().invoke(app, [stage, "--run-id", "r1", "--epochs", "x"]).output
