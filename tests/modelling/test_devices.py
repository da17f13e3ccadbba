import logging

import pytest
import tensorflow as tf

from mer_tasks.config import Config
from mer_tasks.errors import ConfigError
from mer_tasks.modelling import devices
from mer_tasks.stages.balance import balance
from mer_tasks.stages.train import train
from tests.support.learnable_runs import learnable


@pytest.fixture
def no_gpu(monkeypatch):
    real = tf.config.list_physical_devices
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind=None: [] if kind == "GPU" else real(kind))


def test_training_is_refused_if_a_gpu_is_required_and_missing(no_gpu, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_GPU", "require")
    run = learnable(tmp_path)
    balance(run)
    with pytest.raises(
        ConfigError, match=r"^gpu='require': CPU, \d+ cores \(tensorflow\), expected a GPU that the driver and tens"
    ):
        train(run)
    assert list(run.store.list(f"runs/{run.run_id}/train/")) == []


def test_training_on_a_cpu_is_logged(no_gpu, tmp_path, caplog):
    run = learnable(tmp_path, epochs=1)
    balance(run)
    with caplog.at_level(logging.INFO, "mer_tasks.stages.train"):
        assert train(run)["device"].startswith("CPU, ")
    assert any(line.startswith("no GPU: training on CPU, ") for line in caplog.messages)


def test_the_required_device_does_not_change_the_configuration_digest():
    assert Config.load({"gpu": "require"}).digest() == Config.load().digest()
    with pytest.raises(ConfigError, match="gpu='never': Input should be 'prefer' or 'require'"):
        Config.load({"gpu": "never"})
    assert devices.prepare(Config.load()).policy
