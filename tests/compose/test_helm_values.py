"""docker/helm-values.yaml beside docker-compose.yaml: the same settings, and nothing secret."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from mer_tasks.config import CHECKOUT, Config
from mer_tasks.local_stack.container_setup import ROLE_URLS
from mer_tasks.local_stack.services import GPU_POOL

TEXT = (CHECKOUT / "docker" / "helm-values.yaml").read_text()
VALUES: dict[str, Any] = yaml.safe_load(TEXT)
COMPOSE: dict[str, str] = yaml.safe_load((CHECKOUT / "docker-compose.yaml").read_text())["x-environment"]
GPU = VALUES["workers"]["celery"]["sets"][0]
COMPONENTS = {
    "scheduler": VALUES["scheduler"],
    "dag-processor": VALUES["dagProcessor"],
    "triggerer": VALUES["triggerer"],
    "worker": VALUES["workers"]["celery"],
}
"""By their names for docker/healthy.py."""


def lines(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """Every plain value with its path."""
    if isinstance(value, dict):
        return [line for name, one in value.items() for line in lines(one, f"{path}.{name}")]
    if isinstance(value, list):
        return [line for one in value for line in lines(one, path)]
    return [(path, value)]


def names(variables: list[dict[str, Any]]) -> set[str]:
    return {one["name"] for one in variables}


def test_passwords_and_keys_come_from_secrets_that_the_head_of_the_file_describes() -> None:
    secret = re.compile(r"(pass|passwd|password|secret|key|token|brokerurl|connection)$", re.IGNORECASE)
    named = {value for path, value in lines(VALUES) if path.endswith(("SecretName", "secretKeyRef.name"))}
    assert [line for line in lines(VALUES) if secret.search(line[0]) and "tolerations" not in line[0]] == [
        line for line in lines(VALUES) if line[0].endswith("secretKeyRef.key")
    ]
    head = re.findall(r"^#   (mer-?\w*) {2,}", TEXT, re.MULTILINE)
    assert named | set(re.findall(r"secretRef: \{name: ([\w-]+)\}", VALUES["extraEnvFrom"])) == set(head)
    assert not re.search(r"://[^:\s]*:(?!\.\.\.@)[^@\s]+@", TEXT)


def test_whatever_the_containers_of_compose_are_told_is_told_here() -> None:
    told = names(VALUES["env"]) | set(re.findall(r"\b(?:MER|AWS)_[A-Z_]+", TEXT))
    assert told >= {name for name in COMPOSE if name.startswith(("MER_", "AWS_"))}
    asked = names(VALUES["migrateDatabaseJob"]["env"]) | told
    assert asked >= {"MER_ADMIN_URL", *ROLE_URLS.values()}
    for path, value in lines(VALUES["config"]):
        section, name = path.upper().strip(".").split(".")
        there = COMPOSE.get(f"AIRFLOW__{section}__{name}")
        if there and "/" not in there:  # folders differ
            assert str(value) == re.sub(r"\$\{\w+:-(.*)\}", r"\1", there), path


def test_containers_run_as_the_user_of_the_image_and_write_nowhere_but_in_volumes() -> None:
    dockerfile = (CHECKOUT / "docker" / "Dockerfile").read_text()
    uid, gid = re.search(r"^USER (\d+):(\d+)$", dockerfile, re.MULTILINE).groups()
    assert [VALUES["uid"], VALUES["gid"]] == [int(uid), int(gid)]
    pod, container = VALUES["securityContexts"]["pod"], VALUES["securityContexts"]["containers"]
    assert (pod["runAsNonRoot"], pod["runAsUser"], pod["runAsGroup"]) == (True, int(uid), int(gid))
    assert container["readOnlyRootFilesystem"]
    assert container["capabilities"] == {"drop": ["ALL"]}
    assert names(VALUES["volumes"]) == names(VALUES["volumeMounts"])
    mounts = {mount["mountPath"] for mount in VALUES["volumeMounts"]}
    written = [*re.findall(r"=(/var/lib/mer|/tmp)\b", dockerfile), VALUES["airflowHome"], "/tmp"]
    assert mounts >= set(written)


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_has_limits_and_is_asked_how_it_is_as_in_compose(component: str) -> None:
    values = COMPONENTS[component]
    assert values["livenessProbe"]["command"] == ["python", "/opt/mer/docker/healthy.py", component]
    assert values["resources"]["limits"]["memory"]
    assert not values["logGroomerSidecar"]["enabled"]


def test_one_worker_with_a_gpu_for_each_slot_of_the_pool_and_it_requires_one() -> None:
    assert {"name": "MER_GPU", "value": "require"} in GPU["env"]
    assert Config.load({"gpu": "require"}).gpu == "require"
    assert GPU["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert (GPU["queue"], GPU["keda"]["maxReplicaCount"]) == GPU_POOL[:2]
    assert "gpu" not in VALUES["workers"]["celery"]["queue"].split(",")


def test_tasks_are_left_alone_unless_each_has_a_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    exec(VALUES["airflowLocalSettings"], given)  # noqa: S102
    for executor, queue in (("CeleryExecutor", "gpu"), ("KubernetesExecutor", "default")):
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
        task = SimpleNamespace(queue=queue, executor_config={})
        given["task_instance_mutation_hook"](task)
        assert task.executor_config == {}
