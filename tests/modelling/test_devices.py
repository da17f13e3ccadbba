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


def test_a_machine_that_must_have_a_gpu_and_has_none_trains_nothing(no_gpu, monkeypatch, tmp_path):
    monkeypatch.setenv("MER_GPU", "require")
    run = learnable(tmp_path)
    balance(run)
    with pytest.raises(
        ConfigError, match=r"^gpu='require': CPU, \d+ cores \(tensorflow\), expected a GPU that the driver and tens"
    ):
        train(run)
    assert list(run.store.list(f"runs/{run.run_id}/train/")) == []


def test_a_machine_without_a_gpu_that_may_do_without_says_so(no_gpu, tmp_path, caplog):
    run = learnable(tmp_path, epochs=1)
    balance(run)
    with caplog.at_level(logging.INFO, "mer_tasks.stages.train"):
        assert train(run)["device"].startswith("CPU, ")
    assert any(line.startswith("no GPU: training on CPU, ") for line in caplog.messages)


def test_what_a_machine_must_have_changes_no_number():
    assert Config.load({"gpu": "require"}).digest() == Config.load().digest()
    with pytest.raises(ConfigError, match="gpu='never': Input should be 'prefer' or 'require'"):
        Config.load({"gpu": "never"})
    assert devices.prepare(Config.load()).policy
