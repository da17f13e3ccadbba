"""Compare docker/helm-values.yaml with docker-compose.yaml: the settings are the same, and no secret is in the file."""

import re
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from mer_tasks.config import CHECKOUT, Config
from mer_tasks.local_stack.container_setup import ROLE_URLS
from mer_tasks.local_stack.services import GPU_POOL
from mer_tasks.storage.label_files import read_label_set

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
"""Values of each component, by its name in docker/healthy.py."""


def lines(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """List every single value with its path."""
    if isinstance(value, dict):
        return [line for name, member in value.items() for line in lines(member, f"{path}.{name}")]
    if isinstance(value, list):
        return [line for member in value for line in lines(member, path)]
    return [(path, value)]


def names(variables: list[dict[str, Any]]) -> set[str]:
    return {variable["name"] for variable in variables}


def test_passwords_and_keys_come_from_secrets_that_the_head_of_the_file_describes() -> None:
    secret = re.compile(r"(pass|passwd|password|secret|key|token|brokerurl|connection)$", re.IGNORECASE)
    named = {value for path, value in lines(VALUES) if path.endswith(("SecretName", "secretKeyRef.name"))}
    assert [line for line in lines(VALUES) if secret.search(line[0]) and "tolerations" not in line[0]] == [
        line for line in lines(VALUES) if line[0].endswith("secretKeyRef.key")
    ]
    head = re.findall(r"^#   (mer-?\w*) {2,}", TEXT, re.MULTILINE)
    assert named | set(re.findall(r"secretRef: \{name: ([\w-]+)\}", VALUES["extraEnvFrom"])) == set(head)
    assert not re.search(r"://[^:\s]*:(?!\.\.\.@)[^@\s]+@", TEXT)


def test_every_setting_of_the_compose_containers_is_set_here() -> None:
    variables = names(VALUES["env"]) | set(re.findall(r"\b(?:MER|AWS)_[A-Z_]+", TEXT))
    assert variables >= {name for name in COMPOSE if name.startswith(("MER_", "AWS_"))}
    of_migration = names(VALUES["migrateDatabaseJob"]["env"]) | variables
    assert of_migration >= {"MER_ADMIN_URL", *ROLE_URLS.values()}
    for path, value in lines(VALUES["config"]):
        section, name = path.upper().strip(".").split(".")
        in_compose = COMPOSE.get(f"AIRFLOW__{section}__{name}")
        if in_compose and "/" not in in_compose:  # folders differ
            assert str(value) == re.sub(r"\$\{\w+:-(.*)\}", r"\1", in_compose), path


def test_without_a_change_the_label_set_is_the_default_one() -> None:
    (source,) = [variable["value"] for variable in VALUES["env"] if variable["name"] == "MER_LABELS"]
    assert read_label_set(source) == read_label_set(None)


def test_containers_run_as_the_user_of_the_image_and_write_only_to_volumes() -> None:
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
def test_a_component_has_limits_and_the_health_check_of_compose(component: str) -> None:
    values = COMPONENTS[component]
    assert values["livenessProbe"]["command"] == ["python", "/opt/mer/docker/healthy.py", component]
    assert values["resources"]["limits"]["memory"]
    assert not values["logGroomerSidecar"]["enabled"]


def test_each_slot_of_the_gpu_pool_has_one_worker_that_requires_a_gpu() -> None:
    assert {"name": "MER_GPU", "value": "require"} in GPU["env"]
    assert Config.load({"gpu": "require"}).gpu == "require"
    assert GPU["resources"]["limits"]["nvidia.com/gpu"] == 1
    assert (GPU["queue"], GPU["keda"]["maxReplicaCount"]) == GPU_POOL[:2]
    assert "gpu" not in VALUES["workers"]["celery"]["queue"].split(",")


def test_tasks_are_changed_only_if_each_has_its_own_pod(monkeypatch: pytest.MonkeyPatch) -> None:
    local_settings: dict[str, Any] = {}
    exec(VALUES["airflowLocalSettings"], local_settings)  # noqa: S102
    for executor, queue in (("CeleryExecutor", "gpu"), ("KubernetesExecutor", "default")):
        monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", executor)
        task = SimpleNamespace(queue=queue, executor_config={})
        local_settings["task_instance_mutation_hook"](task)
        assert task.executor_config == {}
