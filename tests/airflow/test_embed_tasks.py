"""Stage embed in the DAGs: what Airflow's scheduler makes of it with and without an encoder.

Airflow runs the DAGs in this process; what the stages do is left out.
"""

import runpy
from pathlib import Path
from typing import Any

import pytest
from airflow.models.taskinstance import TaskInstance
from mer_common import operators

from mer_tasks.runs.run import Run

DAGS = Path(__file__).resolve().parents[2] / "dags"
SHARDS = [{"name": f"rock {number}/2", "key": f"shards/{number}.json"} for number in (1, 2)]
MANIFEST = {"shards": SHARDS, "trials": SHARDS, "drifted": False, "summary": "", "verdict": "keep", "reason": "for a test"}

pytestmark = [
    # a warning of Airflow's own, about the library that reads .airflowignore
    pytest.mark.filterwarnings("ignore:GitWildMatchPattern:DeprecationWarning"),
    # a warning of the API server that Airflow runs inside this process
    pytest.mark.filterwarnings("ignore:Using `httpx` with `starlette.testclient`"),
]


def run_dag(name: str, encoder: bool, folder: Path, patch: pytest.MonkeyPatch) -> tuple[list[TaskInstance], list[str]]:
    """Run a DAG whose stages only write their manifests; return its task instances, and the stages whose tasks started."""
    started = []
    skip_reason = operators.skip_reason
    patch.setattr(operators, "skip_reason", lambda run, stage: started.append(stage) or skip_reason(run, stage))

    def run_stage(run: Run, stage: str, shard_key: str | None = None) -> dict[str, Any]:
        own = {"encoder": "0123"} if encoder and stage == "discover" else {}
        return run.write_manifest(stage, {**MANIFEST, **own})

    patch.setattr(operators, "run_stage", run_stage)
    patch.setenv("MER_STORE_URL", (folder / "store").as_uri())
    dag = runpy.run_path(str(DAGS / f"{name}.py"))["dag"]
    dag.deadline = []  # Airflow would look for the deadline of this run, which a run in one process does not store
    run = dag.test()
    assert str(run.state) == "success"
    return run.get_task_instances(), started


@pytest.mark.parametrize("name", ["mer_train", "mer_predict", "mer_crossval"])
@pytest.mark.parametrize("encoder", [False, True])
@pytest.mark.usefixtures("metadata")
def test_embed_costs_no_process_without_an_encoder_and_the_run_goes_on(
    name: str, encoder: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instances, started = run_dag(name, encoder, tmp_path, monkeypatch)
    of_embed = [str(instance.state) for instance in instances if instance.task_id == "embed"]
    assert of_embed == (["success"] * len(SHARDS) if encoder else ["skipped"])
    assert started.count("embed") == (len(SHARDS) if encoder else 0)
    assert started.count("features") == len(SHARDS)
    skipped = {instance.task_id for instance in instances if instance.state == "skipped"}
    assert skipped <= {"embed", "comparison", "canary", "approval"}
    after = {"mer_train": "split", "mer_predict": "predict", "mer_crossval": "folds"}[name]
    assert {str(instance.state) for instance in instances if instance.task_id in ("features", after)} == {"success"}
