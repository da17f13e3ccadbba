import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import softmax
from sklearn.metrics import f1_score

from mer_tasks.corpus.segments import track_targets
from mer_tasks.errors import ConfigError
from mer_tasks.modelling import networks
from mer_tasks.modelling.calibration import fit_platt
from mer_tasks.modelling.predictions import Rule, check_model, load_model
from mer_tasks.modelling.threshold_search import UNDECIDED, best_threshold, fit_rule
from mer_tasks.modelling.timelines import timeline
from mer_tasks.runs.artifacts import LABEL_SET, THRESHOLDS
from mer_tasks.stages.balance import balance
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.label_sets import EMOTIFY, QUARTERS, make_label_set
from tests.support.learnable_runs import learnable
from tests.support.run_documents import run_in


def expected_f1(probabilities, threshold):
    """F1 that decisions by a threshold would have on average, if probabilities are exact: hits over the mean of both counts."""
    decided = probabilities >= threshold
    return 2 * probabilities[decided].sum() / (decided.sum() + probabilities.sum())


@given(st.lists(st.integers(0, 20), min_size=1, max_size=30).filter(any))
def test_no_threshold_has_a_higher_expected_f1(values):
    probabilities = np.array(values) / 20
    threshold = best_threshold(probabilities)
    best = max(expected_f1(probabilities, tried) for tried in np.linspace(0, 1, 41))
    assert expected_f1(probabilities, threshold - 1e-9) == pytest.approx(best)
    assert threshold == pytest.approx(best / 2)


def test_one_more_track_moves_the_threshold_of_a_rare_label_little():
    probabilities = np.linspace(0.01, 0.3, 60)
    moved = best_threshold(np.append(probabilities, 0.9))
    assert abs(moved - best_threshold(probabilities)) < 0.05


def test_fit_rule_calibrates_all_emotions_together_and_chooses_each_threshold_on_calibrated_probabilities():
    random = np.random.default_rng(0)
    raw_probabilities = random.random((30, 9))
    labels = random.random((30, 9)) < 0.4
    labels[:, 8] = False
    rule, scores = fit_rule(raw_probabilities, labels, EMOTIFY)
    probabilities = rule.probabilities(raw_probabilities)
    temperature, offsets = fit_platt(raw_probabilities, labels)
    assert rule.temperatures.tolist() == [temperature] * 9
    assert rule.offsets.tolist() == offsets.tolist()
    for emotion in range(8):
        assert rule.thresholds[emotion] == best_threshold(probabilities[:, emotion])
        decided = probabilities[:, emotion] >= rule.thresholds[emotion]
        assert scores[emotion] == pytest.approx(f1_score(labels[:, emotion], decided))
    assert (rule.thresholds[8], scores[8]) == (UNDECIDED, None)
    np.testing.assert_array_equal(rule.decisions(probabilities), probabilities >= rule.thresholds)
    assert list(rule.by_label(EMOTIFY)["offsets"].values()) == rule.offsets.tolist()


def test_fit_rule_of_a_set_with_one_label_a_track_has_no_thresholds_and_decides_for_the_most_probable_label():
    random = np.random.default_rng(0)
    labels = np.eye(4, dtype=bool)[random.integers(0, 3, 40)]
    raw_probabilities = softmax(random.normal(size=labels.shape) + labels, axis=1)
    rule, scores = fit_rule(raw_probabilities, labels, QUARTERS)
    probabilities = rule.probabilities(raw_probabilities)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    decisions = rule.decisions(probabilities)
    assert (decisions.sum(axis=1) == 1).all()
    np.testing.assert_array_equal(decisions.argmax(axis=1), probabilities.argmax(axis=1))
    assert scores[:3] == pytest.approx(list(f1_score(labels, decisions, average=None, zero_division=0)[:3]))
    assert scores[3] is None
    document = rule.by_label(QUARTERS)
    assert document["thresholds"] is None
    assert len(set(document["temperatures"].values())) == 1
    assert list(document["offsets"]) == list(QUARTERS.ids)


@pytest.fixture(scope="module")
def single(tmp_path_factory):
    """A run after stage `thresholds`, of a label set with one label a track."""
    run = learnable(tmp_path_factory.mktemp("single"), label_set=QUARTERS, epochs=8, soft_targets=True, balance="none")
    for stage in (balance, train, thresholds):
        stage(run)
    return run


def test_a_run_of_a_set_with_one_label_a_track_learns_and_stores_no_thresholds(single, caplog):
    document = single.read_json("thresholds", THRESHOLDS)
    assert document["thresholds"] is None
    assert single.manifest("thresholds")["thresholds"] is None
    table = single.read_table("thresholds", "predictions.parquet")
    probabilities, decisions = (table.filter(regex=f"^{name}_").to_numpy() for name in ("probability", "positive"))
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    assert (decisions.sum(axis=1) == 1).all()
    labels = track_targets(tuple(table["track_id"]), single.read_table("labels", "labels.parquet"), QUARTERS) > 0
    assert (labels == decisions).all(axis=1).mean() > 0.7
    of_segments = timeline(single, "rock", next(track for track in table["track_id"] if track.startswith("r")))
    np.testing.assert_allclose(of_segments.probabilities.sum(axis=1), 1, rtol=1e-5)
    rule = Rule.of(single)
    assert rule.thresholds is None
    assert rule.by_label(QUARTERS)["temperatures"] == document["temperatures"]


def test_a_model_of_another_label_set_is_refused_in_one_line_that_names_both(single):
    model, other = single.manifest("train")["model"], make_label_set(5, "single", name="others")
    later = run_in(single.store.root, "r2", segment_seconds=1.0, scratch_dir=single.config.scratch_dir, mode="eval")
    later.write_json("discover", LABEL_SET, other.document())
    later.write_manifest("discover", {"model": model})
    with pytest.raises(ConfigError, match=r"model\.keras: made for label set moods .*, expected .* others .*5 labels"):
        load_model(later)
    network, _ = load_model(single)
    wider = networks.build(single.config, network.input_shape[1:], (np.zeros(155), np.ones(155)), other)
    with pytest.raises(ConfigError, match=r"model\.keras: 5 outputs, expected one per label of .* moods "):
        check_model(wider, model, single)
