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


@pytest.mark.parametrize(
    ("probabilities", "labels", "threshold", "score"),
    [
        pytest.param([0.1, 0.2, 0.8, 0.9], [0, 0, 1, 1], 0.5, 1.0, id="halfway between the two sides"),
        pytest.param([0.9, 0.1, 0.8, 0.2], [1, 0, 1, 0], 0.5, 1.0, id="in any order"),
        pytest.param([0.4, 0.6], [1, 1], 0.2, 1.0, id="everything is positive"),
        pytest.param([0.6, 0.6, 0.2], [1, 0, 0], 0.4, 2 / 3, id="equal probabilities are let through together"),
        pytest.param([0.9, 0.7, 0.5, 0.3], [1, 0, 0, 1], 0.8, 2 / 3, id="of equally good ones the highest"),
        pytest.param([0.0, 0.0], [0, 1], 0.0, 2 / 3, id="all are zero"),
    ],
)
def test_the_best_threshold_lies_halfway_below_the_probabilities_that_reach_it(probabilities, labels, threshold, score):
    result = best_threshold(np.array(probabilities), np.array(labels, bool))
    assert result == (pytest.approx(threshold), pytest.approx(score))


def test_an_emotion_without_positive_tracks_has_the_default_threshold():
    assert best_threshold(np.array([0.1, 0.9]), np.array([False, False])) == (UNDECIDED, None)


def test_fit_rule_calibrates_each_emotion_and_chooses_its_threshold_on_calibrated_probabilities():
    random = np.random.default_rng(0)
    raw_probabilities = random.random((30, 9))
    labels = random.random((30, 9)) < 0.4
    labels[:, 8] = False
    rule, scores = fit_rule(raw_probabilities, labels, EMOTIFY)
    probabilities = rule.probabilities(raw_probabilities)
    for emotion in range(9):
        calibration = fit_platt(raw_probabilities[:, emotion], labels[:, emotion])
        assert (rule.temperatures[emotion], rule.offsets[emotion]) == calibration
        assert (rule.thresholds[emotion], scores[emotion]) == best_threshold(probabilities[:, emotion], labels[:, emotion])
    assert (rule.thresholds[8], scores[8]) == (UNDECIDED, None)
    np.testing.assert_array_equal(rule.decisions(probabilities), probabilities >= rule.thresholds)
    assert list(rule.by_label(EMOTIFY)["offsets"].values()) == rule.offsets.tolist()


@given(
    st.lists(st.tuples(st.integers(0, 20), st.booleans()), min_size=1, max_size=30).filter(lambda rows: any(b for _, b in rows))
)
def test_no_threshold_has_a_higher_f1(rows):
    probabilities = np.array([value / 20 for value, _ in rows], np.float32)
    labels = np.array([label for _, label in rows])
    threshold, score = best_threshold(probabilities, labels)
    assert f1_score(labels, probabilities >= threshold) == pytest.approx(score)
    best = max(f1_score(labels, probabilities >= tried, zero_division=0) for tried in np.linspace(0, 1.05, 43))
    assert score >= best - 1e-12


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
