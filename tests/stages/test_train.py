import json
import signal
import subprocess
import sys
import time

import keras
import numpy as np
import pandas as pd
import pytest

from mer_tasks.config import Config
from mer_tasks.corpus.segments import segment_index
from mer_tasks.corpus.synthetic_plan import Plan, read_plan
from mer_tasks.errors import PermanentError
from mer_tasks.modelling import networks
from mer_tasks.modelling.batches import Batches, LabelledBatches, PrecomputedSource, TrainingBatches, moments
from mer_tasks.modelling.checkpoint import Checkpoint
from mer_tasks.modelling.losses import training_loss, training_metrics
from mer_tasks.modelling.training import inputs_digest
from mer_tasks.modelling.training_targets import LabelledSegments, presence_weights, share_limits
from mer_tasks.runs.artifacts import HISTORY, MODEL
from mer_tasks.stages.balance import balance
from mer_tasks.stages.labels import label_table
from mer_tasks.stages.train import train
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import QUICK, learnable

MOMENTS = (np.zeros(155), np.ones(155))
TRAIN_IN_CHILD = "import sys; from tests.support.learnable_runs import resumed; resumed(*sys.argv[1:])"
MEASURES = {"loss", "accuracy", "auc", "precision", "recall"}
HISTORY_KEYS = MEASURES | {f"val_{name}" for name in MEASURES} | {"learning_rate"}
"""Names of the measures in a history."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run after stage `train`, and the manifest of the stage."""
    run = learnable(tmp_path_factory.mktemp("train"))
    balance(run)
    return run, train(run)


def weights_of(run):
    model = run.manifest("train")["model"]
    return networks.load(run.store, model["key"], model["sha256"]).get_weights()


def test_moments_are_mean_and_variance_over_all_frames(trained):
    index = segment_index(trained[0], "train")
    frames = index.read(np.arange(len(index))).reshape(-1, 155).astype(np.float64)
    mean, variance = moments(index)
    np.testing.assert_allclose(mean, frames.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(variance, frames.var(axis=0), rtol=1e-6)


def test_the_outputs_of_the_front_end_are_computed_once_for_each_segment(trained):
    index = segment_index(trained[0], "train")
    front = networks.front_end("statistics", index.frames)
    outputs = front.predict(index.read(np.arange(len(index))), verbose=0)
    computed = PrecomputedSource(index, front)
    assert len(computed) == len(index)
    rows = np.array([3, 1, 1, len(index) - 1])
    np.testing.assert_allclose(computed.read(rows), outputs[rows], rtol=1e-4, atol=1e-4)
    assert computed.read(rows).shape == (4, *computed.shape)
    mean, variance = moments(computed)
    np.testing.assert_allclose(mean, outputs.mean(axis=0, dtype=np.float64), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(variance, outputs.var(axis=0, dtype=np.float64), rtol=1e-3, atol=1e-5)


def test_validation_batches_have_the_segments_in_order(trained):
    index = segment_index(trained[0], "validation")
    targets = np.arange(len(index) * 9, dtype=np.float32).reshape(-1, 9)
    weights = np.arange(len(index), dtype=np.float32)
    data = LabelledBatches(index, 20, targets, weights)
    batches = [data[number] for number in range(len(data))]
    np.testing.assert_array_equal(np.concatenate([batch[0] for batch in batches]), index.read(np.arange(len(index))))
    np.testing.assert_array_equal(np.concatenate([batch[1] for batch in batches]), targets)
    np.testing.assert_array_equal(np.concatenate([batch[2] for batch in batches]), weights)
    np.testing.assert_array_equal(Batches(index, 20)[1][0], batches[1][0])


def test_an_epoch_has_each_real_and_synthetic_segment_once(trained):
    run, _ = trained
    index = segment_index(run, "train")
    empty = Plan.empty(9)
    plan = Plan(np.int32([0, 5]), np.int32([100, 61]), np.float32([0.25, 0.5]), empty.labels, empty.shares)
    numbers = np.arange(len(index) + 2, dtype=np.float32)
    targets = np.repeat(numbers[:, np.newaxis], 9, axis=1)
    weights = numbers[: len(index)]
    data = TrainingBatches(index, 32, targets[:-2], weights, plan=plan, synthetic_targets=targets[-2:], seed=3)
    order = []
    for batch in range(len(data)):
        features, batch_targets, batch_weights = data[batch]
        for segment, number, weight in zip(features, batch_targets[:, 0].astype(int), batch_weights, strict=True):
            order.append(number)
            if number < len(index):
                assert weight == number
                np.testing.assert_array_equal(segment, index.read(np.array([number]))[0])
            else:
                base, neighbour = index.read(np.array([plan.base[number - len(index)], plan.neighbour[number - len(index)]]))
                gap = plan.gap[number - len(index)]
                np.testing.assert_allclose(segment, base + gap * (neighbour - base), rtol=1e-6)
                assert weight == pytest.approx({0: 25, 1: 33}[number - len(index)])  # between rows 0 and 100, 5 and 61
    assert sorted(order) == numbers.tolist()
    assert order != sorted(order)


def test_each_epoch_has_its_own_order_that_does_not_depend_on_earlier_epochs(trained):
    index = segment_index(trained[0], "train")

    def first_batch(epoch: int, seed: int = 3) -> tuple[list[int], TrainingBatches]:
        targets = np.repeat(np.arange(len(index), dtype=np.float32)[:, np.newaxis], 9, axis=1)
        empty = Plan.empty(9)
        options = {"plan": empty, "synthetic_targets": empty.shares, "seed": seed, "epoch": epoch}
        data = TrainingBatches(index, 64, targets, np.ones(len(index), np.float32), **options)
        return data[0][1][:, 0].tolist(), data

    first, data = first_batch(0)
    data.on_epoch_end()
    assert data[0][1][:, 0].tolist() == first_batch(1)[0]
    assert len({tuple(first), tuple(first_batch(1)[0]), tuple(first_batch(0, seed=4)[0])}) == 3


def test_parents_of_synthetic_segments_are_train_segments_of_two_tracks(trained):
    run, _ = trained
    plan, index = read_plan(run), segment_index(run, "train")
    assert run.manifest("balance")["counters"]["synthetic"] == len(plan) > 0
    assert plan.base.max() < len(index)
    assert plan.neighbour.max() < len(index)
    assert (index.track[plan.base] != index.track[plan.neighbour]).all()


def test_presence_weights_make_presence_and_absence_weigh_the_same():
    targets = np.array([[1, 0.5] + [0] * 7, [0, 0.5] + [0] * 7, [0, 0] + [0] * 7, [0, 0] + [0] * 7], np.float32)
    assert presence_weights(targets, EMOTIFY) == [3, 3, *[1] * 7]


def test_a_model_with_weights_can_be_resumed_and_is_published_without_them(tmp_path):
    run = learnable(tmp_path, balance="weights", epochs=1)
    balance(run)
    network = networks.build(run.config, (44, 155), MOMENTS, EMOTIFY)
    metrics = training_metrics([0.3] * 9, [2.0] * 9, EMOTIFY)
    networks.compile_model(network, run.config, training_loss([2.0] * 9, EMOTIFY), metrics, jit=False)
    network.optimizer.build(network.trainable_variables)
    sha256 = networks.save(network, run.store, "weighted.keras")
    again = networks.load(run.store, "weighted.keras", sha256, for_training=True)
    assert again.loss.weights == [2.0] * 9
    manifest = train(run)
    assert not networks.load(run.store, manifest["model"]["key"], manifest["model"]["sha256"]).compiled
    assert run.read_json("train", HISTORY)["loss"]


def test_training_lowers_the_loss_and_stores_the_best_epoch(trained):
    run, manifest = trained
    history = run.read_json("train", HISTORY)
    assert set(history) == HISTORY_KEYS
    assert {len(values) for values in history.values()} == {manifest["counters"]["epochs"]} == {3}
    assert history["loss"][-1] < history["loss"][0]
    assert manifest["counters"]["best_epoch"] == 1 + history["val_loss"].index(min(history["val_loss"]))
    assert manifest["model"]["key"] == run.key("train", MODEL)
    assert "CPU" in manifest["device"]


def test_the_published_model_has_no_optimizer_and_has_the_moments_of_the_train_part(trained):
    run, manifest = trained
    model = networks.load(run.store, manifest["model"]["key"], manifest["model"]["sha256"])
    assert not model.compiled
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    mean, variance = moments(segment_index(run, "train"))
    normalisation = model.get_layer("normalisation")
    np.testing.assert_allclose(np.ravel(normalisation.mean), mean, rtol=1e-5)
    np.testing.assert_allclose(np.ravel(normalisation.variance), variance, rtol=1e-5)


def test_training_leaves_only_model_history_and_manifest(trained):
    run, _ = trained
    names = {info.key.rpartition("/")[2] for info in run.store.list(run.key("train", ""))}
    assert names == {MODEL, HISTORY, "manifest.json"}


def test_the_same_seed_gives_the_same_weights(trained, tmp_path):
    again = learnable(tmp_path)
    balance(again)
    train(again)
    for first, second in zip(weights_of(trained[0]), weights_of(again), strict=True):
        np.testing.assert_array_equal(first, second)
    assert again.read_json("train", HISTORY) == trained[0].read_json("train", HISTORY)


def test_a_killed_training_continues_after_its_last_epoch(trained, tmp_path):
    run = learnable(tmp_path)
    balance(run)
    child = subprocess.Popen([sys.executable, "-c", TRAIN_IN_CHILD, str(tmp_path), json.dumps(QUICK)])
    pointer = run.key("train", "checkpoint.json")
    while not run.store.exists(pointer):
        assert child.poll() is None
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    assert child.wait() == -signal.SIGKILL
    assert not run.store.exists(run.key("train", MODEL))
    manifest = train(run)
    assert 1 <= manifest["counters"]["resumed_after"] < 3
    assert run.read_json("train", HISTORY) == trained[0].read_json("train", HISTORY)
    for first, second in zip(weights_of(trained[0]), weights_of(run), strict=True):
        np.testing.assert_array_equal(first, second)


def test_a_checkpoint_of_other_inputs_is_ignored(trained, caplog):
    run, _ = trained
    run.write_json("train", "checkpoint.json", {"inputs": "others", "history": {}, "files": {}})
    checkpoint = Checkpoint(run, "these")
    assert checkpoint.resume() is None
    assert "checkpoint belongs to other inputs" in caplog.text
    checkpoint.remove()
    assert checkpoint.resume() is None


def test_the_inputs_digest_depends_on_settings_and_documents():
    config = Config.load({})
    digest = inputs_digest(config, EMOTIFY, None, "aa")
    assert digest == inputs_digest(Config.load({"epochs": 99, "patience": 9}), EMOTIFY, None, "aa")
    other_seed = inputs_digest(Config.load({"seed": 1}), EMOTIFY, None, "aa")
    other_encoder = inputs_digest(config, EMOTIFY, "space", "aa")
    other_documents = [inputs_digest(config, EMOTIFY, None, *documents) for documents in (("bb",), ("aa", "cc"))]
    assert len({digest, other_seed, other_encoder, *other_documents}) == 5


def test_soft_targets_are_shares_weighted_by_the_number_of_listeners(tmp_path):
    run = learnable(tmp_path, soft_targets=True, epochs=1)
    labels = run.read_table("labels", "labels.parquet")
    labels.loc[labels["track_id"] == labels["track_id"][0], "annotators"] *= 3
    index = segment_index(run, "train", "validation", "test")
    part = LabelledSegments(index, labels, run.config, EMOTIFY)
    shares = labels.set_index("track_id").loc[list(index.tracks), [f"share_{emotion}" for emotion in EMOTIFY.ids]]
    np.testing.assert_allclose(part.targets, shares.to_numpy(np.float32)[index.track])
    counts = labels.set_index("track_id").loc[list(index.tracks), "annotators"].to_numpy()[index.track]
    assert len(set(counts)) > 1
    np.testing.assert_allclose(part.weights, counts / counts.mean(), rtol=1e-6)
    balance(run)
    train(run)
    assert set(run.read_json("train", HISTORY)) == HISTORY_KEYS


@pytest.mark.parametrize("rule", ["share>=0.3", "share>mean", "seed"])
def test_a_share_reaches_its_limit_if_the_label_rule_gives_the_label(rule):
    random = np.random.default_rng(0)
    listeners = random.integers(1, 40, 300)
    votes = pd.DataFrame(random.binomial(listeners[:, np.newaxis], 0.3, (300, 9)), columns=EMOTIFY.ids)
    votes["annotators"] = listeners
    votes["sadness"], votes["power"] = 0, listeners
    labels = label_table(votes, pd.Series("rock", index=votes.index), rule)
    shares, flags = (labels[[f"{name}_{emotion}" for emotion in EMOTIFY.ids]].to_numpy() for name in ("share", "label"))
    np.testing.assert_array_equal(shares.astype(np.float32) >= np.float32(share_limits(labels, EMOTIFY)), flags)
    assert flags.any(axis=0).sum() < 9


def test_without_soft_targets_labels_are_the_targets_and_all_tracks_have_the_same_weight(tmp_path):
    run = learnable(tmp_path)
    labels = run.read_table("labels", "labels.parquet")
    labels["annotators"] = np.arange(1, len(labels) + 1)
    part = LabelledSegments(segment_index(run, "train"), labels, run.config, EMOTIFY)
    assert set(np.unique(part.targets)) == {0, 1}
    assert set(part.weights) == {1}


def test_the_preset_statistics_learns(tmp_path):
    run = learnable(tmp_path, preset="statistics", soft_targets=True, epochs=2)
    balance(run)
    manifest = train(run)
    history = run.read_json("train", HISTORY)
    assert history["val_loss"][1] < history["val_loss"][0]
    model = networks.load(run.store, manifest["model"]["key"], manifest["model"]["sha256"])
    front, index = networks.front_end("statistics", 44), segment_index(run, "train")
    mean, _ = moments(PrecomputedSource(index, front))
    network = model.get_layer("statistics_network")
    np.testing.assert_allclose(np.ravel(network.get_layer("normalisation").mean), mean, rtol=1e-5)
    segments = index.read(np.arange(5))
    whole_model = keras.ops.convert_to_numpy(model(segments))
    two_steps = keras.ops.convert_to_numpy(network(front(segments)))
    np.testing.assert_allclose(whole_model, two_steps, rtol=1e-5)


def test_a_loss_that_is_not_finite_ends_the_training(trained):
    checkpoint = Checkpoint(trained[0], "these")
    config = trained[0].config
    network = networks.build(config, (44, 155), MOMENTS, EMOTIFY)
    networks.compile_model(network, config, training_loss(None, EMOTIFY), [], jit=False)
    checkpoint.set_model(network)
    with pytest.raises(
        PermanentError, match=r"run r1: val_loss is nan after epoch 3, expected a finite number: .* below 0\.01"
    ):
        checkpoint.on_epoch_end(2, {"loss": 0.1, "val_loss": float("nan")})
