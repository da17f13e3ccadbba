"""Training on label sets of kind single and with many labels."""

import re

import numpy as np
import pytest

from mer_tasks.config import Config
from mer_tasks.modelling import losses, networks
from mer_tasks.modelling.training_targets import presence_weights
from mer_tasks.runs.artifacts import HISTORY
from mer_tasks.stages.balance import balance
from mer_tasks.stages.train import train
from mer_tasks.storage.local import FileStore
from tests.support.label_sets import QUARTERS, make_label_set
from tests.support.learnable_runs import learnable


def test_class_weights_make_all_labels_of_which_a_track_has_one_weigh_the_same():
    targets = np.eye(4, dtype=np.float32)[[0, 0, 0, 1, 2, 2]]
    weights = np.array(presence_weights(targets, QUARTERS))
    assert (targets * weights).sum(axis=0).tolist() == pytest.approx([2, 2, 2, 0])
    assert (targets @ weights).mean() == pytest.approx(1)
    assert weights[3] == 1


@pytest.mark.parametrize("way", ["weights", "smote"])
def test_a_set_with_one_label_a_track_is_trained_with_every_way_of_balancing(tmp_path, way):
    run = learnable(tmp_path, label_set=QUARTERS, balance=way, epochs=2, soft_targets=True)
    table = run.read_table("labels", "labels.parquet")
    balance(run)
    manifest = train(run)
    history = run.read_json("train", HISTORY)
    assert {"loss", "accuracy", "auc", "f1"} < set(history)
    assert all(0 <= value <= 1 for value in history["val_f1"])
    model = networks.load(run.store, manifest["model"]["key"], manifest["model"]["sha256"])
    assert model.output_shape == (None, 4)
    assert len(table) == 36


def test_a_resumed_model_of_a_set_with_one_label_a_track_has_its_loss_and_metrics(tmp_path):
    store, config = FileStore(tmp_path), Config.load({"preset": "statistics"})
    network = networks.build(config, (10,), (np.zeros(10), np.ones(10)), QUARTERS)
    loss, metrics = losses.training_loss([2.0] * 4, QUARTERS), losses.training_metrics(None, [2.0] * 4, QUARTERS)
    networks.compile_model(network, config, loss, metrics, jit=False)
    network.optimizer.build(network.trainable_variables)
    again = networks.load(store, "m.keras", networks.save(network, store, "m.keras"), for_training=True)
    assert isinstance(again.loss, losses.WeightedCategoricalCrossentropy)
    values = again.evaluate(np.zeros((4, 10)), np.eye(4, dtype=np.float32), verbose=0, return_dict=True)
    assert set(values) == {"loss", "auc", "accuracy", "f1"}


def test_labels_that_no_train_track_has_are_counted_and_some_of_them_named(tmp_path, caplog):
    run = learnable(tmp_path, label_set=make_label_set(70, "multi"), balance="none", epochs=1)
    balance(run)
    train(run)
    assert re.search(r"no train track has (mood \d+, )+mood \d+ and \d+ more: the model cannot learn these moods", caplog.text)
