import numpy as np
import pytest
from sklearn.metrics import average_precision_score, f1_score, roc_auc_score

from mer_tasks.emotions import EMOTIONS
from mer_tasks.evaluation.metrics import bins, calibration_error
from mer_tasks.modelling.threshold_search import best_threshold
from mer_tasks.report.blocks import named
from mer_tasks.report.plotly_charts import OTHER, bars, by_emotion, classes, history, scattered
from mer_tasks.report.plotly_curves import POINTS, calibration, precision_recall, roc, sweep


@pytest.fixture
def said():
    """Labels and probabilities of 120 tracks, of which none carries the last emotion and all carry the one before."""
    random = np.random.default_rng(3)
    labels = random.random((120, 9)) < 0.3
    labels[:, 7], labels[:, 8] = True, False
    return labels, np.clip(0.35 * labels + 0.65 * random.random(labels.shape), 0, 1)


def lines_of(figure):
    return {trace.name: trace for trace in figure.data if trace.type == "scatter" and trace.mode != "markers"}


def test_the_areas_under_the_curves_are_scikit_learns(said):
    labels, probabilities = said
    found = lines_of(roc(labels, probabilities))
    assert set(found) == {*map(named, EMOTIONS[:7]), "guessing"}
    for place, emotion in enumerate(EMOTIONS[:7]):
        trace = found[named(emotion)]
        assert np.trapezoid(trace.y, trace.x) == pytest.approx(roc_auc_score(labels[:, place], probabilities[:, place]))
    found = lines_of(precision_recall(labels, probabilities))
    assert set(found) == {name for emotion in EMOTIONS[:8] for name in (named(emotion), f"{named(emotion)}, guessing")}
    for place, emotion in enumerate(EMOTIONS[:8]):
        trace, guessed = found[named(emotion)], found[f"{named(emotion)}, guessing"]
        area = -np.sum(np.diff(trace.x) * np.asarray(trace.y)[:-1])
        assert area == pytest.approx(average_precision_score(labels[:, place], probabilities[:, place]))
        assert guessed.y == (pytest.approx(labels[:, place].mean()),) * 2
        assert (guessed.line.dash, guessed.line.color) == ("dot", trace.line.color)


def test_the_dots_of_a_sweep_are_the_chosen_thresholds_at_their_f1(said):
    labels, probabilities = said
    limits = {emotion: best_threshold(probabilities[:, place], labels[:, place])[0] for place, emotion in enumerate(EMOTIONS)}
    figure = sweep(labels, probabilities, limits)
    dots = {trace.name: (trace.x[0], trace.y[0]) for trace in figure.data if trace.mode == "markers"}
    assert set(dots) == {*map(named, EMOTIONS[:8]), "one threshold for all"}
    for name, (limit, f1) in dots.items():
        step = lines_of(figure)[name]
        assert step.line.shape == "vh"
        assert step.y[np.searchsorted(step.x, limit)] == pytest.approx(f1)
    assert dots["one threshold for all"] == pytest.approx(best_threshold(probabilities.ravel(), labels.ravel()))
    for place, emotion in enumerate(EMOTIONS[:8]):
        expected = f1_score(labels[:, place], probabilities[:, place] >= limits[emotion])
        assert dots[named(emotion)] == (limits[emotion], pytest.approx(expected))
        assert max(lines_of(figure)[named(emotion)].y) == pytest.approx(expected)
    assert [trace.name for trace in figure.data if trace.line.width == 4] == ["one threshold for all"]


def test_an_emotion_has_one_style_in_every_chart_and_all_together_another(said):
    labels, probabilities = said
    labels = np.roll(labels, 2, axis=1)
    limits = dict.fromkeys(EMOTIONS, 0.5)
    drawn = [roc(labels, probabilities), precision_recall(labels, probabilities), calibration(labels, probabilities)]
    found = {}
    for figure in [*drawn, sweep(labels, probabilities, limits)]:
        for name, trace in lines_of(figure).items():
            found.setdefault(name, set()).add((trace.line.color, trace.line.dash))
    styles = [found[named(emotion)] for emotion in EMOTIONS] + [found["all emotions"] | found["one threshold for all"]]
    assert {len(of) for of in styles} == {1}
    assert len(set.union(*styles)) == len(EMOTIONS) + 1


def test_without_a_track_that_carries_an_emotion_a_sweep_is_empty(said):
    labels, probabilities = said
    assert not sweep(np.zeros_like(labels), probabilities, dict.fromkeys(EMOTIONS, 0.5)).data


def test_the_bins_of_calibration_are_those_of_its_error_and_have_all_cases(said):
    labels, probabilities = said
    figure = calibration(labels, probabilities)
    line = next(trace for trace in figure.data if trace.name == "all emotions" and trace.type == "scatter")
    counts = np.asarray(line.customdata)
    error = np.sum(counts * np.abs(np.asarray(line.x) - line.y)) / counts.sum()
    assert counts.sum() == labels.size
    assert bins(np.asarray(line.x)).tolist() == np.unique(bins(probabilities.ravel())).tolist()
    assert error == pytest.approx(calibration_error(labels.ravel(), probabilities.ravel()))
    bar = next(trace for trace in figure.data if trace.name == "all emotions" and trace.type == "bar")
    assert sum(bar.y) == labels.size
    assert {trace.visible for trace in figure.data if trace.name in map(named, EMOTIONS)} == {"legendonly"}


def test_curves_of_many_tracks_are_thinned_and_keep_their_ends():
    random = np.random.default_rng(0)
    labels = random.random((20_000, 9)) < 0.3
    probabilities = np.clip(0.1 * labels + random.random(labels.shape), 0, 1)
    limits = dict.fromkeys(EMOTIONS, 0.5)
    for figure in (roc(labels, probabilities), precision_recall(labels, probabilities), sweep(labels, probabilities, limits)):
        assert POINTS - 2 <= max(len(trace.x) for trace in figure.data) <= POINTS
        assert len(figure.to_json()) < 300_000
    trace = roc(labels, probabilities).data[0]
    assert (trace.x[0], trace.y[0], trace.x[-1], trace.y[-1]) == (0, 0, 1, 1)


def test_bars_reach_from_the_lower_to_the_upper_end_of_their_interval():
    lines = [{"value": 0.5, "low": 0.4, "high": 0.8, "baseline": 0.3, "support": 4} for _ in EMOTIONS]
    lines[3] = {"value": None, "low": None, "high": None, "baseline": None, "support": 0}
    lines[4] = {**lines[4], "high": 0.45}  # an interval may lie beside its value
    bar, baseline = by_emotion({"F1": lines}).data
    assert bar.y[0] == 0.5
    assert (bar.error_y.array[0], bar.error_y.arrayminus[0]) == (pytest.approx(0.3), pytest.approx(0.1))
    assert (bar.y[3], bar.error_y.array[3], baseline.y[3]) == (None, None, None)
    assert bar.error_y.array[4] == 0


def test_a_history_has_a_field_for_each_measure_and_train_beside_validation():
    values = {"learning_rate": [0.1, 0.1], "loss": [0.9, 0.5], "val_loss": [0.8, None], "auc": [0.5, 0.6]}
    figure = history(values, 2)
    assert [note.text for note in figure.layout.annotations] == ["loss", "AUC", "learning rate"]
    assert [(trace.name, list(trace.y)) for trace in figure.data][:2] == [("train", [0.9, 0.5]), ("validation", [0.8, None])]
    assert [shape.x0 for shape in figure.layout.shapes] == [2, 2, 2]


def test_rare_classes_are_one_and_names_are_plain():
    values = [f"genre {number:02}" for number in range(30) for _ in range(40 - number)]
    found = classes(values)
    assert set(found) == {*(f"genre {number:02}" for number in range(OTHER)), "(others)"}
    assert len(found) == len(values)
    figure = bars({"<b>": [1]}, ["<i>"], y="tracks")
    assert (figure.data[0].name, figure.data[0].x) == ("&lt;b&gt;", ("&lt;i&gt;",))


def test_the_menu_of_a_map_shows_one_method_and_one_colouring_at_a_time():
    places = {"PCA": np.zeros((4, 2)), "UMAP": np.ones((4, 2))}
    colours = {"emotion": ["sadness", "power", "sadness", "?"], "genre": ["a", "b", "b", "b"]}
    figure = scattered(places, colours, list("wxyz"), EMOTIONS)
    options = figure.layout.updatemenus[0].buttons
    assert [option.label for option in options] == ["PCA, by emotion", "PCA, by genre", "UMAP, by emotion", "UMAP, by genre"]
    for option in options:
        shown = [trace for trace, visible in zip(figure.data, option.args[0]["visible"], strict=True) if visible]
        assert sorted(text for trace in shown for text in trace.text) == list("wxyz")
    assert [trace.visible for trace in figure.data] == options[0].args[0]["visible"]
    assert [trace.name for trace in figure.data][:3] == ["power", "sadness", "?"]
