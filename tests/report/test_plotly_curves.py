import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from mer_tasks.evaluation.metrics import bins, calibration_error
from mer_tasks.modelling.threshold_search import best_threshold
from mer_tasks.report.label_charts import label_bars
from mer_tasks.report.plotly_charts import MAX_CLASSES, bars, group_rare_classes, scatter_map, training_curves
from mer_tasks.report.plotly_curves import MAX_POINTS, calibration, precision_recall, roc, threshold_sweep
from tests.support.label_sets import EMOTIFY

EMOTIONS, NAMES = EMOTIFY.ids, EMOTIFY.names


@pytest.fixture
def labels_and_probabilities():
    """Labels and probabilities of 120 tracks. No track has the last emotion, and all tracks have the one before it."""
    random = np.random.default_rng(3)
    labels = random.random((120, 9)) < 0.3
    labels[:, 7], labels[:, 8] = True, False
    return labels, np.clip(0.35 * labels + 0.65 * random.random(labels.shape), 0, 1)


def curves_by_name(figure):
    return {trace.name: trace for trace in figure.data if trace.type == "scatter" and trace.mode != "markers"}


def test_areas_under_the_curves_equal_those_of_scikit_learn(labels_and_probabilities):
    labels, probabilities = labels_and_probabilities
    curves = curves_by_name(roc(labels, probabilities, EMOTIFY))
    assert set(curves) == {*NAMES[:7], "guessing"}
    for index, name in enumerate(NAMES[:7]):
        trace = curves[name]
        assert np.trapezoid(trace.y, trace.x) == pytest.approx(roc_auc_score(labels[:, index], probabilities[:, index]))
    curves = curves_by_name(precision_recall(labels, probabilities, EMOTIFY))
    names = NAMES[:8]
    assert set(curves) == {*names, *(f"{name}, guessing" for name in names)}
    for index, name in enumerate(NAMES[:8]):
        trace = curves[name]
        guessing = curves[f"{name}, guessing"]
        area = -np.sum(np.diff(trace.x) * np.asarray(trace.y)[:-1])
        assert area == pytest.approx(average_precision_score(labels[:, index], probabilities[:, index]))
        assert guessing.y == (pytest.approx(labels[:, index].mean()),) * 2
        assert (guessing.line.dash, guessing.line.color) == ("dot", trace.line.color)


def test_dots_of_a_threshold_sweep_mark_the_chosen_thresholds_at_their_f1(labels_and_probabilities):
    labels, probabilities = labels_and_probabilities
    limits = {emotion: best_threshold(probabilities[:, index]) for index, emotion in enumerate(EMOTIONS)}
    figure = threshold_sweep(labels, probabilities, limits, EMOTIFY)
    dots = {trace.name: (trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"}
    assert set(dots) == {*NAMES[:8], "one threshold for all"}
    for name, (limit, f1) in dots.items():
        step = curves_by_name(figure)[name]
        assert step.line.shape == "vh"
        assert step.y[np.searchsorted(step.x, limit)] == pytest.approx(f1)
    tried = [f1_score(labels.ravel(), probabilities.ravel() >= limit) for limit in np.unique(probabilities)]
    assert dots["one threshold for all"][1] == pytest.approx(max(tried))
    for index, emotion in enumerate(EMOTIONS[:8]):
        expected = f1_score(labels[:, index], probabilities[:, index] >= limits[emotion])
        assert dots[NAMES[index]] == (limits[emotion], pytest.approx(expected))
        reached = [f1_score(labels[:, index], probabilities[:, index] >= limit) for limit in np.unique(probabilities[:, index])]
        assert max(curves_by_name(figure)[NAMES[index]].y) == pytest.approx(max(reached))
    assert [trace.name for trace in figure.data if trace.line.width == 4] == ["one threshold for all"]


def test_an_emotion_has_the_same_style_in_every_chart_and_all_emotions_together_have_another(labels_and_probabilities):
    labels, probabilities = labels_and_probabilities
    labels = np.roll(labels, 2, axis=1)
    limits = dict.fromkeys(EMOTIONS, 0.5)
    charts = (roc, precision_recall, calibration)
    figures = [chart(labels, probabilities, EMOTIFY) for chart in charts]
    styles_by_name = {}
    for figure in [*figures, threshold_sweep(labels, probabilities, limits, EMOTIFY)]:
        for name, trace in curves_by_name(figure).items():
            styles_by_name.setdefault(name, set()).add((trace.line.color, trace.line.dash))
    styles = [styles_by_name[name] for name in NAMES]
    styles.append(styles_by_name["all emotions"] | styles_by_name["one threshold for all"])
    assert {len(of_name) for of_name in styles} == {1}
    assert len(set.union(*styles)) == len(EMOTIONS) + 1


def test_a_threshold_sweep_is_empty_if_no_track_has_any_emotion(labels_and_probabilities):
    labels, probabilities = labels_and_probabilities
    assert not threshold_sweep(np.zeros_like(labels), probabilities, dict.fromkeys(EMOTIONS, 0.5), EMOTIFY).data


def test_bins_of_the_calibration_chart_are_those_of_the_calibration_error_and_contain_all_cases(labels_and_probabilities):
    labels, probabilities = labels_and_probabilities
    figure = calibration(labels, probabilities, EMOTIFY)
    line = next(trace for trace in figure.data if trace.name == "all emotions" and trace.type == "scatter")
    counts = np.asarray(line.customdata)
    error = np.sum(counts * np.abs(np.asarray(line.x) - line.y)) / counts.sum()
    assert counts.sum() == labels.size
    assert bins(np.asarray(line.x)).tolist() == np.unique(bins(probabilities.ravel())).tolist()
    assert error == pytest.approx(calibration_error(labels.ravel(), probabilities.ravel()))
    bar = next(trace for trace in figure.data if trace.name == "all emotions" and trace.type == "bar")
    assert sum(bar.y) == labels.size
    assert {trace.visible for trace in figure.data if trace.name in NAMES} == {"legendonly"}


def test_curves_of_many_tracks_are_thinned_out_and_keep_their_ends():
    random = np.random.default_rng(0)
    labels = random.random((20_000, 9)) < 0.3
    probabilities = np.clip(0.1 * labels + random.random(labels.shape), 0, 1)
    limits = dict.fromkeys(EMOTIONS, 0.5)
    for figure in (
        roc(labels, probabilities, EMOTIFY),
        precision_recall(labels, probabilities, EMOTIFY),
        threshold_sweep(labels, probabilities, limits, EMOTIFY),
    ):
        assert MAX_POINTS - 2 <= max(len(trace.x) for trace in figure.data) <= MAX_POINTS
        assert len(figure.to_json()) < 300_000
    trace = roc(labels, probabilities, EMOTIFY).data[0]
    assert (trace.x[0], trace.y[0], trace.x[-1], trace.y[-1]) == (0, 0, 1, 1)


def test_bars_reach_from_the_lower_to_the_upper_end_of_their_interval():
    lines = [{"value": 0.5, "low": 0.4, "high": 0.8, "baseline": 0.3, "support": 4} for _ in EMOTIONS]
    lines[3] = {"value": None, "low": None, "high": None, "baseline": None, "support": 0}
    lines[4] = {**lines[4], "high": 0.45}  # a value may lie outside its interval
    bar, baseline = label_bars({"F1": lines}, EMOTIFY).data
    assert bar.y[0] == 0.5
    assert (bar.error_y.array[0], bar.error_y.arrayminus[0]) == (pytest.approx(0.3), pytest.approx(0.1))
    assert (bar.y[3], bar.error_y.array[3], baseline.y[3]) == (None, None, None)
    assert bar.error_y.array[4] == 0


def test_training_curves_have_a_panel_for_each_measure_with_train_and_validation():
    values = {"learning_rate": [0.1, 0.1], "loss": [0.9, 0.5], "val_loss": [0.8, None], "auc": [0.5, 0.6]}
    figure = training_curves(values, 2)
    assert [note.text for note in figure.layout.annotations] == ["loss", "AUC", "learning rate"]
    assert [(trace.name, list(trace.y)) for trace in figure.data][:2] == [("train", [0.9, 0.5]), ("validation", [0.8, None])]
    assert [shape.x0 for shape in figure.layout.shapes] == [2, 2, 2]


def test_rare_classes_are_merged_and_names_are_escaped():
    values = [f"genre {number:02}" for number in range(30) for _ in range(40 - number)]
    grouped = group_rare_classes(values)
    assert set(grouped) == {*(f"genre {number:02}" for number in range(MAX_CLASSES)), "(others)"}
    assert len(grouped) == len(values)
    figure = bars({"<b>": [1]}, ["<i>"], y="tracks")
    assert (figure.data[0].name, figure.data[0].x) == ("&lt;b&gt;", ("&lt;i&gt;",))


def test_the_menu_of_a_map_shows_one_method_and_one_colouring_at_a_time():
    positions = {"PCA": np.zeros((4, 2)), "UMAP": np.ones((4, 2))}
    colours = {"emotion": ["sadness", "power", "sadness", "?"], "genre": ["a", "b", "b", "b"]}
    figure = scatter_map(positions, colours, list("wxyz"), {name: {"colour": "#0072B2"} for name in EMOTIONS})
    options = figure.layout.updatemenus[0].buttons
    assert [option.label for option in options] == ["PCA, by emotion", "PCA, by genre", "UMAP, by emotion", "UMAP, by genre"]
    for option in options:
        shown = [trace for trace, visible in zip(figure.data, option.args[0]["visible"], strict=True) if visible]
        assert sorted(text for trace in shown for text in trace.text) == list("wxyz")
    assert [trace.visible for trace in figure.data] == options[0].args[0]["visible"]
    assert [trace.name for trace in figure.data][:3] == ["power", "sadness", "?"]
