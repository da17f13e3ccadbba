import hashlib
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
from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import PermanentError
from mer_tasks.modelling import networks
from mer_tasks.modelling.batches import Batches, Computed, LabelledBatches, TrainingBatches, moments
from mer_tasks.modelling.checkpoint import Checkpoint, finished, learning_rate, waited
from mer_tasks.runs.artifacts import HISTORY, MODEL
from mer_tasks.stages.balance import balance
from mer_tasks.stages.labels import label_table
from mer_tasks.stages.train import Part, inputs_digest, presence_weights, share_limits, train
from tests.support.learnable_runs import QUICK, learnable

MOMENTS = (np.zeros(155), np.ones(155))
STAGE = "import sys; from tests.support.learnable_runs import resumed; resumed(*sys.argv[1:])"
MEASURES = {"loss", "accuracy", "auc", "precision", "recall"}
SHOWN = MEASURES | {f"val_{name}" for name in MEASURES} | {"learning_rate"}
"""What a history has."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A run that has been through `train`, and its manifest."""
    run = learnable(tmp_path_factory.mktemp("train"))
    balance(run)
    return run, train(run)


def weights_of(run):
    model = run.manifest("train")["model"]
    return networks.load(run.store, model["key"], model["sha256"]).get_weights()


def test_moments_are_those_of_all_frames(trained):
    index = segment_index(trained[0], "train")
    frames = index.read(np.arange(len(index))).reshape(-1, 155).astype(np.float64)
    mean, variance = moments(index)
    np.testing.assert_allclose(mean, frames.mean(axis=0), atol=1e-6)
    np.testing.assert_allclose(variance, frames.var(axis=0), rtol=1e-6)


def test_what_needs_no_fitting_is_computed_once_for_each_segment(trained):
    index = segment_index(trained[0], "train")
    front = networks.front("statistics", index.frames)
    found = front.predict(index.read(np.arange(len(index))), verbose=0)
    computed = Computed(index, front)
    assert len(computed) == len(index)
    rows = np.array([3, 1, 1, len(index) - 1])
    np.testing.assert_allclose(computed.read(rows), found[rows], rtol=1e-4, atol=1e-4)
    assert computed.read(rows).shape == (4, *computed.shape)
    mean, variance = moments(computed)
    np.testing.assert_allclose(mean, found.mean(axis=0, dtype=np.float64), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(variance, found.var(axis=0, dtype=np.float64), rtol=1e-3, atol=1e-5)


def test_validation_batches_are_segments_in_order(trained):
    index = segment_index(trained[0], "validation")
    targets = np.arange(len(index) * 9, dtype=np.float32).reshape(-1, 9)
    weights = np.arange(len(index), dtype=np.float32)
    batches = LabelledBatches(index, 20, targets, weights)
    found = [batches[place] for place in range(len(batches))]
    np.testing.assert_array_equal(np.concatenate([each[0] for each in found]), index.read(np.arange(len(index))))
    np.testing.assert_array_equal(np.concatenate([each[1] for each in found]), targets)
    np.testing.assert_array_equal(np.concatenate([each[2] for each in found]), weights)
    np.testing.assert_array_equal(Batches(index, 20)[1][0], found[1][0])


def test_an_epoch_has_every_real_and_synthetic_segment_once(trained):
    run, _ = trained
    index = segment_index(run, "train")
    none = Plan.empty()
    plan = Plan(np.int32([0, 5]), np.int32([100, 61]), np.float32([0.25, 0.5]), none.labels, none.shares)
    numbers = np.arange(len(index) + 2, dtype=np.float32)
    targets = np.repeat(numbers[:, np.newaxis], 9, axis=1)
    weights = numbers[: len(index)]
    data = TrainingBatches(index, 32, targets[:-2], weights, plan=plan, synthetic_targets=targets[-2:], seed=3)
    order = []
    for place in range(len(data)):
        features, found, counted = data[place]
        for segment, number, weight in zip(features, found[:, 0].astype(int), counted, strict=True):
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


def test_every_epoch_has_an_order_of_its_own_that_does_not_depend_on_the_ones_before(trained):
    index = segment_index(trained[0], "train")

    def order(epoch: int, seed: int = 3) -> list[int]:
        targets = np.repeat(np.arange(len(index), dtype=np.float32)[:, np.newaxis], 9, axis=1)
        none = Plan.empty()
        options = {"plan": none, "synthetic_targets": none.shares, "seed": seed, "epoch": epoch}
        data = TrainingBatches(index, 64, targets, np.ones(len(index), np.float32), **options)
        return data[0][1][:, 0].tolist(), data

    first, data = order(0)
    data.on_epoch_end()
    assert data[0][1][:, 0].tolist() == order(1)[0]
    assert len({tuple(first), tuple(order(1)[0]), tuple(order(0, seed=4)[0])}) == 3


def test_synthetic_segments_come_from_train(trained):
    run, _ = trained
    plan, index = read_plan(run), segment_index(run, "train")
    assert run.manifest("balance")["counters"]["synthetic"] == len(plan) > 0
    assert plan.base.max() < len(index)
    assert plan.neighbour.max() < len(index)
    assert (index.track[plan.base] != index.track[plan.neighbour]).all()


@pytest.mark.parametrize("way", ["none", "weights"])
def test_ways_to_balance_that_add_nothing_leave_an_empty_plan(tmp_path, way):
    run = learnable(tmp_path, balance=way)
    assert balance(run)["counters"]["synthetic"] == 0
    assert len(read_plan(run)) == 0


def test_oversampling_adds_copies_of_segments_with_rare_emotions(tmp_path):
    run = learnable(tmp_path, balance="oversampling")
    made = balance(run)["positives"]["added"]
    plan, index = read_plan(run), segment_index(run, "train")
    labels = index.targets(run.read_table("labels", "labels.parquet"))
    assert len(plan) > 0
    np.testing.assert_array_equal(plan.base, plan.neighbour)
    np.testing.assert_array_equal(plan.labels, labels[plan.base])
    assert list(made.values()) == labels[plan.base].sum(axis=0).tolist()


def test_weights_make_presence_and_absence_weigh_the_same():
    targets = np.array([[1, 0.5] + [0] * 7, [0, 0.5] + [0] * 7, [0, 0] + [0] * 7, [0, 0] + [0] * 7], np.float32)
    assert presence_weights(targets) == [3, 3, *[1] * 7]


def test_training_with_weights_goes_on_and_publishes_a_model_without_them(tmp_path):
    run = learnable(tmp_path, balance="weights", epochs=1)
    balance(run)
    network = networks.build(run.config, (44, 155), MOMENTS)
    data = networks.compiled(network, run.config, jit=False, weights=[2.0] * 9, limits=[0.3] * 9)
    data.optimizer.build(data.trainable_variables)
    sha256 = networks.save(data, run.store, "weighted.keras")
    again = networks.load(run.store, "weighted.keras", sha256, to_be_fitted=True)
    assert again.loss.weights == [2.0] * 9
    manifest = train(run)
    assert not networks.load(run.store, manifest["model"]["key"], manifest["model"]["sha256"]).compiled
    assert run.read_json("train", HISTORY)["loss"]


def test_weighted_cross_entropy_is_that_of_a_presence_seen_so_often():
    likely, labels = np.array([[0.2, 0.7, 0.4]], np.float32), np.array([[1, 0, 0.5]], np.float32)
    loss = networks.WeightedCrossentropy([3.0, 1.0, 2.0])
    expected = -(3 * np.log(0.2) + np.log(0.3) + 2 * 0.5 * np.log(0.4) + 0.5 * np.log(0.6)) / 3
    assert float(loss(labels, likely)) == pytest.approx(expected, rel=1e-5)
    plain = keras.losses.BinaryCrossentropy()(labels, likely)
    assert float(networks.WeightedCrossentropy([1.0] * 3)(labels, likely)) == pytest.approx(float(plain), rel=1e-5)


def test_it_learns_and_leaves_the_best_epoch(trained):
    run, manifest = trained
    history = run.read_json("train", HISTORY)
    assert set(history) == SHOWN
    assert {len(values) for values in history.values()} == {manifest["counters"]["epochs"]} == {3}
    assert history["loss"][-1] < history["loss"][0]
    assert manifest["counters"]["best_epoch"] == 1 + history["val_loss"].index(min(history["val_loss"]))
    assert manifest["model"]["key"] == run.key("train", MODEL)
    assert "CPU" in manifest["device"]


def test_the_published_model_has_no_optimizer_and_knows_the_moments(trained):
    run, manifest = trained
    model = networks.load(run.store, manifest["model"]["key"], manifest["model"]["sha256"])
    assert not model.compiled
    assert {layer.dtype_policy.name for layer in model.layers} == {"float32"}
    mean, variance = moments(segment_index(run, "train"))
    normalisation = model.get_layer("normalisation")
    np.testing.assert_allclose(np.ravel(normalisation.mean), mean, rtol=1e-5)
    np.testing.assert_allclose(np.ravel(normalisation.variance), variance, rtol=1e-5)


def test_nothing_but_results_is_left(trained):
    run, _ = trained
    left = {found.key.rpartition("/")[2] for found in run.store.list(run.key("train", ""))}
    assert left == {MODEL, HISTORY, "manifest.json"}


def test_a_seed_gives_the_same_weights_twice(trained, tmp_path):
    again = learnable(tmp_path)
    balance(again)
    train(again)
    for first, second in zip(weights_of(trained[0]), weights_of(again), strict=True):
        np.testing.assert_array_equal(first, second)
    assert again.read_json("train", HISTORY) == trained[0].read_json("train", HISTORY)


def test_a_killed_training_goes_on_after_its_last_epoch(trained, tmp_path):
    run = learnable(tmp_path)
    balance(run)
    child = subprocess.Popen([sys.executable, "-c", STAGE, str(tmp_path), json.dumps(QUICK)])
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


def test_a_checkpoint_of_other_inputs_is_not_gone_on_with(trained, caplog):
    run, _ = trained
    run.write_json("train", "checkpoint.json", {"inputs": "others", "history": {}, "files": {}})
    checkpoint = Checkpoint(run, "these")
    assert checkpoint.resume() is None
    assert "a checkpoint of other inputs" in caplog.text
    checkpoint.remove()
    assert checkpoint.resume() is None


def test_inputs_are_settings_and_documents():
    split, plan = (hashlib.sha256(document).hexdigest() for document in (b"split", b"plan"))
    config = Config.load({})
    digest = inputs_digest(config, split)
    assert digest == inputs_digest(Config.load({"epochs": 99, "patience": 9}), split)
    others = [inputs_digest(Config.load({"seed": 1}), split), inputs_digest(config, plan), inputs_digest(config, split, plan)]
    assert len({digest, *others}) == 4


def test_shares_are_trained_on_and_weighted_by_the_number_of_listeners(tmp_path):
    run = learnable(tmp_path, soft_targets=True, epochs=1)
    labels = run.read_table("labels", "labels.parquet")
    labels.loc[labels["track_id"] == labels["track_id"][0], "annotators"] *= 3
    index = segment_index(run, "train", "validation", "test")
    part = Part(index, labels, run.config)
    shares = labels.set_index("track_id").loc[list(index.tracks), [f"share_{emotion}" for emotion in EMOTIONS]]
    np.testing.assert_allclose(part.targets, shares.to_numpy(np.float32)[index.track])
    counts = labels.set_index("track_id").loc[list(index.tracks), "annotators"].to_numpy()[index.track]
    assert len(set(counts)) > 1
    np.testing.assert_allclose(part.weights, counts / counts.mean(), rtol=1e-6)
    balance(run)
    train(run)
    assert set(run.read_json("train", HISTORY)) == SHOWN


@pytest.mark.parametrize("rule", ["share>=0.3", "share>mean", "seed"])
def test_a_share_is_at_its_limit_where_the_label_rule_says_yes(rule):
    random = np.random.default_rng(0)
    listeners = random.integers(1, 40, 300)
    votes = pd.DataFrame(random.binomial(listeners[:, np.newaxis], 0.3, (300, 9)), columns=list(EMOTIONS))
    votes["annotators"] = listeners
    votes["sadness"], votes["power"] = 0, listeners
    labels = label_table(votes, pd.Series("rock", index=votes.index), rule)
    shares, flags = (labels[[f"{name}_{emotion}" for emotion in EMOTIONS]].to_numpy() for name in ("share", "label"))
    np.testing.assert_array_equal(shares.astype(np.float32) >= np.float32(share_limits(labels)), flags)
    assert flags.any(axis=0).sum() < 9


def test_measures_of_shares_are_those_of_labels_and_of_the_probabilities_that_stand_for_the_limit():
    random = np.random.default_rng(0)
    shares, likely = random.random((2, 64, 9), np.float32)
    found = {}
    for limits, targets in (([0.3] * 9, shares), (None, shares >= 0.3)):
        for metric in networks.measures(limits, None):
            decided = likely if metric.name == "auc" or limits else np.float32(likely >= 0.3)
            metric.update_state(targets, decided)
            found.setdefault(metric.name, []).append(float(metric.result()))
            metric.reset_state()
            assert float(metric.result()) == 0
    assert set(found) == {"accuracy", "auc", "precision", "recall"}
    for name, (of_shares, of_labels) in found.items():
        assert of_shares == pytest.approx(of_labels), name


def test_the_limit_of_a_probability_is_what_a_weighted_loss_makes_of_the_share():
    (decided,) = {tuple(metric.likely) for metric in networks.measures([0.3, 0.6], [4.0, 0.5]) if metric.name != "auc"}
    loss, target = networks.WeightedCrossentropy([4.0, 0.5]), np.array([[0.3, 0.6]], np.float32)
    for place in range(2):
        for away in (-0.02, 0.02):
            other = np.array([decided], np.float32)
            other[0, place] += away
            assert float(loss(target, np.array([decided], np.float32))) < float(loss(target, other))


def test_labels_are_trained_on_where_every_track_counts_the_same(tmp_path):
    run = learnable(tmp_path)
    labels = run.read_table("labels", "labels.parquet")
    labels["annotators"] = np.arange(1, len(labels) + 1)
    part = Part(segment_index(run, "train"), labels, run.config)
    assert set(np.unique(part.targets)) == {0, 1}
    assert set(part.weights) == {1}


def test_the_network_of_statistics_learns_too(tmp_path):
    run = learnable(tmp_path, preset="statistics", soft_targets=True, epochs=2)
    balance(run)
    manifest = train(run)
    history = run.read_json("train", HISTORY)
    assert history["val_loss"][1] < history["val_loss"][0]
    model = networks.load(run.store, manifest["model"]["key"], manifest["model"]["sha256"])
    front, index = networks.front("statistics", 44), segment_index(run, "train")
    mean, _ = moments(Computed(index, front))
    network = model.get_layer("statistics_network")
    np.testing.assert_allclose(np.ravel(network.get_layer("normalisation").mean), mean, rtol=1e-5)
    segments = index.read(np.arange(5))
    behind = network(front(segments))
    np.testing.assert_allclose(*(keras.ops.convert_to_numpy(found) for found in (model(segments), behind)), rtol=1e-5)


def test_a_loss_that_is_no_number_ends_the_training(trained):
    checkpoint = Checkpoint(trained[0], "these")
    config = trained[0].config
    checkpoint.set_model(networks.compiled(networks.build(config, (44, 155), MOMENTS), config, jit=False))
    with pytest.raises(
        PermanentError, match=r"run r1: val_loss is nan after epoch 3, expected a finite number: .* below 0\.01"
    ):
        checkpoint.on_epoch_end(2, {"loss": 0.1, "val_loss": float("nan")})


def test_epochs_since_the_lowest_loss():
    assert [waited([]), waited([3.0]), waited([3.0, 2.0]), waited([2.0, 3.0, 2.0])] == [0, 0, 0, 2]


def test_training_ends_after_so_many_epochs_without_gain():
    config = Config.load({"epochs": 10, "patience": 2})
    assert not finished({}, config)
    assert not finished({"val_loss": [1.0, 2.0]}, config)
    assert finished({"val_loss": [1.0, 2.0, 2.0]}, config)
    assert finished({"val_loss": [float(-epoch) for epoch in range(10)]}, config)


def test_the_rate_is_halved_after_every_two_epochs_without_gain():
    losses = [5.0, 4.0, 6.0, 6.0, 6.0, 6.0, 3.0, 6.0]
    rates = [learning_rate(losses[:done], 0.08) for done in range(len(losses) + 1)]
    assert rates == [0.08, 0.08, 0.08, 0.08, 0.04, 0.04, 0.02, 0.02, 0.02]


def test_the_rate_has_a_floor():
    assert learning_rate([1.0] * 100, 0.01) == 1e-5
    assert learning_rate([1.0] * 100, 1e-6) == 1e-6
