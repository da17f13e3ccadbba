import base64
import hashlib
import io
import re
import shutil

import numpy as np
import pytest
import soundfile

from mer_tasks.modelling.test_data import StoredSegments
from mer_tasks.report import plotly_charts, svg_figures, track_maps
from mer_tasks.report.hardest_examples import MAX_EXAMPLES, surest_wrong_decisions
from mer_tasks.report.run_documents import RunView
from mer_tasks.report.sections import SECTIONS
from mer_tasks.runs.run import Run
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.label_sets import EMOTIFY
from tests.support.learnable_runs import QUICK, learnable
from tests.support.report_pages import HTML, page_of
from tests.support.report_runs import ATTACK, BREAKOUT, evaluate_on, finish_remaining_stages, with_audio
from tests.support.run_documents import content, features_key, run_in

STAGES_AFTER_EVALUATE = ["drift", "publish", "challenge", "promote"]
"""Stages that have not run in these runs."""
TRAINING = {"preset": "statistics", "soft_targets": True, "epochs": 4}


@pytest.fixture(scope="module")
def evaluated(tmp_path_factory):
    """A run after stage `evaluate` whose tracks have FLAC blobs."""
    run = learnable(tmp_path_factory.mktemp("report"), **TRAINING)
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    return with_audio(run)


@pytest.fixture(scope="module")
def page(evaluated):
    return page_of(evaluated)


@pytest.fixture
def run_copy(evaluated, tmp_path, monkeypatch):
    """A copy of the evaluated run whose documents and blobs a test may change.

    To save time, its maps show few tracks, and all its confusion matrices are the same picture.
    """
    monkeypatch.setattr(track_maps, "MIN_TRACKS", 1_000)
    monkeypatch.setattr(track_maps, "MAX_TRACKS", 12)
    matrix = svg_figures.confusion(np.zeros(1, bool), np.zeros(1, bool))
    for name in ("confusion", "matrix"):
        monkeypatch.setattr(svg_figures, name, lambda *_: matrix)
    shutil.copytree(evaluated.store.root, tmp_path / "copy")
    return run_in(tmp_path / "copy", **{**QUICK, **TRAINING, "scratch_dir": tmp_path / "scratch"})


def test_a_page_loads_nothing_from_elsewhere(page, evaluated):
    assert len(page.text.encode()) < 10_000_000
    urls = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "xlink:href", "data")
    ]
    assert urls
    assert all(url.startswith(("#", "data:")) for url in urls)
    assert not page.of("link")
    assert not page.of("img")
    (policy,) = [
        attributes["content"] for attributes in page.of("meta") if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    assert page.of("html") == [{"lang": "en"}]
    assert "width=device-width" in str(page.of("meta"))
    for rule in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
        assert rule in page.text


def test_only_the_pages_own_scripts_run(page):
    policy = next(attributes["content"] for attributes in page.of("meta") if attributes.get("http-equiv"))
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in page.code]
    assert re.findall("'sha256-([^']+)'", policy) == digests
    assert len(digests) == 2
    assert len(page.code[0]) > 1_000_000  # Plotly, once
    assert "newPlot" in page.code[1]
    assert [attributes for attributes, _ in page.scripts if "data-for" in attributes] == [
        {"type": "application/json", "data-for": name} for name in page.charts
    ]


def test_all_sections_are_in_order_and_explain_what_they_show(page):
    names = [attributes["id"].removesuffix("-section") for attributes in page.of("section") if attributes.get("id")]
    assert names == list(SECTIONS)
    assert [attributes["href"] for attributes in page.of("a")] == [f"#{name}-section" for name in names]
    positions = [page.prose.index(plan.texts(EMOTIFY)[1]) for plan in SECTIONS.values()]
    assert positions == sorted(positions)
    assert page.prose.index("The model gives the track with the emotion the higher probability") < positions[0]
    assert page.prose.index(f"label set emotify version 1 (digest {EMOTIFY.digest[:12]})") > positions[-1]


def test_every_figure_has_an_alternative_text(page):
    texts = [attributes["aria-label"] for attributes in page.of("div") if attributes.get("role") == "img"]
    assert len(texts) == len(page.of("figure")) > 20
    assert all(len(text) > 20 for text in texts)
    assert len(page.of("svg")) == 1 + len(EMOTIFY) + 1 + min(MAX_EXAMPLES, len(page.of("article")))
    names = [attributes["id"] for tag, attributes in page.elements if "id" in attributes and tag in HTML]
    assert len(names) == len(set(names)) > len(SECTIONS)
    assert all(attributes["aria-hidden"] == "true" for attributes in page.of("svg"))


def test_the_page_has_all_charts_and_each_has_data(page):
    assert list(page.charts) == [
        *("labels", "training", "roc", "precision_recall", "calibration", "thresholds", "map2", "map3"),
        *("genres", "listeners", "balance", "time"),
    ]
    assert all(chart["data"] for chart in page.charts.values())
    assert {trace["type"] for trace in page.charts["map3"]["data"]} == {"scatter3d"}
    measures = [note["text"] for note in page.charts["training"]["layout"]["annotations"]]
    assert measures == ["loss", "accuracy", "AUC", "precision", "recall", "learning rate"]
    options = [button["label"] for button in page.charts["map2"]["layout"]["updatemenus"][0]["buttons"]]
    assert options == [f"{method}, by {what}" for method in ("PCA", "t-SNE", "UMAP") for what in ("emotion", "genre")]


def test_the_manifest_has_the_key_and_the_size_of_the_page(evaluated, page):
    manifest = evaluated.manifest("report")
    assert manifest["report"] == "runs/r1/report/report.html"
    assert manifest["counters"]["bytes"] == len(evaluated.store.get(manifest["report"]))
    assert manifest["missing"] == STAGES_AFTER_EVALUATE


def test_the_hardest_examples_have_a_picture_and_a_clip(page, evaluated):
    examples = surest_wrong_decisions(RunView(evaluated).test, RunView(evaluated).thresholds, EMOTIFY)
    assert len(page.of("article")) == len(page.of("audio")) == min(MAX_EXAMPLES, len(examples))
    head, _, sound = page.of("audio")[0]["src"].partition(",")
    assert head == "data:audio/mpeg;base64"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sound)))
    assert (samples.ndim, rate) == (1, 22_050)
    assert 5.8 < len(samples) / rate < 6.3  # the whole track, which has 6 s
    first = RunView(evaluated).test.tracks[examples[0][0]]
    assert page.of("audio")[0]["aria-label"].startswith(f"A clip of {first} · ")
    assert f"{first} · artist of {first} · " in page.prose
    assert page.prose.index(f"{first} · ") > page.prose.index("have a wrong decision. The page shows")


@pytest.mark.parametrize(("blob", "words"), [(None, "the track's audio is no longer in the store"), (b"fLaC", "is damaged")])
def test_an_example_with_missing_or_damaged_audio_has_a_reason_in_place_of_the_player(run_copy, blob, words):
    for info in list(run_copy.store.list("blobs/reformat/")):
        run_copy.store.delete(info.key)
        if blob:
            run_copy.store.put(info.key, blob)
    page = page_of(run_copy)
    assert not page.of("audio")
    assert page.prose.count(
        f"No clip: {'' if blob is None else 'the track' + chr(39) + 's audio in the store '}{words}"
    ) == len(page.of("article"))


def test_the_page_leaves_the_maps_out_if_features_are_missing(run_copy):
    run_copy.store.delete(features_key(content("p03")))
    page = page_of(run_copy)
    assert "No map: file://" in page.prose
    assert "map2" not in page.charts
    assert "roc" in page.charts


@pytest.mark.parametrize("broken", [None, b"no archive"])
def test_an_example_without_stored_segments_has_no_picture(run_copy, broken):
    key = run_copy.key("evaluate", "test_data/test_data.npz")
    run_copy.store.delete(key)
    if broken:
        run_copy.store.put(key, broken)
    page = page_of(run_copy)
    assert page.prose.count("No picture: test_data.npz has no segments of this track.") == len(page.of("article")) > 0
    assert ("Left out, because a document cannot be read: file://" in page.prose) == bool(broken)


def test_an_emotion_without_test_tracks_has_a_reason_in_place_of_the_curve(run_copy):
    evaluate_on(run_copy, list(RunView(run_copy).test.tracks), without="sadness")
    page = page_of(run_copy)
    assert "No curve for sadness: no test track has it." in page.prose
    assert "No bars for sadness: no test track has it." in page.prose
    for name in ("roc", "precision_recall"):
        assert "sadness" not in [trace["name"] for trace in page.charts[name]["data"]]
    assert "calmness" in [trace["name"] for trace in page.charts["roc"]["data"]]
    assert "sadness: 0 found, 0 missed" in str(page.of("div"))


def test_the_chart_of_thresholds_is_empty_if_no_validation_track_carries_an_emotion(run_copy):
    votes, chosen = run_copy.read_table("labels", "labels.parquet"), RunView(run_copy).deciding.tracks
    for emotion in EMOTIFY.ids:
        votes[f"label_{emotion}"] &= ~votes["track_id"].isin(chosen)
    run_copy.write_table("labels", "labels.parquet", votes)
    page = page_of(run_copy)
    assert page.charts["thresholds"]["data"] == []
    assert page.charts["roc"]["data"]


def test_a_page_can_be_written_with_one_test_track(run_copy):
    evaluate_on(run_copy, [RunView(run_copy).test.tracks[0]])
    page = page_of(run_copy)
    assert "No verdict: there is no emotion that some test tracks have and others do not" in page.prose
    assert "so there is no track without it to compare" in page.prose
    assert [trace["name"] for trace in page.charts["roc"]["data"]] == ["guessing"]


def test_the_page_of_a_run_that_failed_at_any_stage_names_the_missing_stages_and_shows_the_rest(run_copy):
    finish_remaining_stages(run_copy)
    stages = ["labels", "split", "balance", "train", "thresholds", "evaluate", *STAGES_AFTER_EVALUATE]
    assert "This run is not complete" not in page_of(run_copy).prose
    for position, last in reversed(list(enumerate(["features", *stages[:-1]]))):
        missing = stages[position:]
        for info in list(run_copy.store.list(f"runs/r1/{missing[0]}/")):
            run_copy.store.delete(info.key)
        page = page_of(run_copy)
        stages_have = "This stage has" if len(missing) == 1 else "These stages have"
        assert f"not complete. {stages_have} not finished: {', '.join(missing)}." in page.prose
        assert run_copy.manifest("report")["missing"] == missing
        names = [attributes["id"].removesuffix("-section") for attributes in page.of("section") if attributes.get("id")]
        assert names == list(SECTIONS)
        assert "genres" in page.charts
        assert ("roc" in page.charts) == ("evaluate" not in missing), last
        assert ("thresholds" in page.charts) == ("thresholds" not in missing), last
        assert ("training" in page.charts) == ("train" not in missing), last
        kind = "no new model" if "train" in missing else "a new model"
        assert f"{kind}; this run has not finished" in page.prose, last
        if "evaluate" in missing:
            assert f"No verdict: this run has not evaluated a model, because stage {missing[0]} has not finished." in page.prose


def test_the_page_of_an_interrupted_training_shows_the_completed_epochs(run_copy):
    history = run_copy.read_json("train", "Music_emotion_history.json")
    for info in list(run_copy.store.list("runs/r1/train/")):
        run_copy.store.delete(info.key)
    assert "The network was not trained: no epoch has been completed." in page_of(run_copy).prose
    two_epochs = {name: values[:2] for name, values in history.items() if isinstance(values, list)}
    run_copy.write_json("train", "checkpoint.json", {"inputs": "", "history": two_epochs, "files": {}})
    page = page_of(run_copy)
    assert "The training was interrupted: epoch 2 is the last one that was completed." in page.prose
    assert page.charts["training"]["data"][0]["x"] == [1, 2]


def test_a_value_outside_its_interval_is_marked(run_copy):
    document = run_copy.read_json("evaluate", "Music_emotion_metrics.json")
    for metric in document["metrics"]:
        if (metric["emotion"], metric["metric"]) == (None, "ece_macro"):
            metric.update(value=0.1, low=0.12, high=0.2)
    run_copy.write_json("evaluate", "Music_emotion_metrics.json", document)
    page = page_of(run_copy)
    assert "ECE macro 0.100 (0.120 to 0.200)*" in page.prose
    assert "* The value of ECE macro" in page.prose


def test_the_page_shows_the_comparison_with_the_champion(run_copy):
    finish_remaining_stages(run_copy)
    page = page_of(run_copy)
    assert (
        "the model puts 1.2 more of 100 pairs in the right order than the champion (95 % interval -1.0 to +3.0)" in page.prose
    )
    assert f"which stayed champion. Decided by {BREAKOUT % 'name'}: 0 is within {ATTACK}." in page.prose


def test_drift_is_shown_in_the_headline_and_in_the_data_section(run_copy):
    finish_remaining_stages(run_copy)
    page = page_of(run_copy)
    moved = f"1 of 2 measures have drifted ({ATTACK}: spectral contrast 3 0.61)."
    assert page.prose.index(f"that the champion was trained on. {moved}") < page.prose.index(f"Drift: {moved}")
    first = page.prose.index(f"{ATTACK} sound: spectral contrast 3 0.610 0.250 0.200 40 yes")
    assert first < page.prose.index("all genres power 0.700 0.250 0.200 40 no")


def test_a_map_shows_a_random_sample_of_many_tracks_and_says_so(run_copy, monkeypatch):
    monkeypatch.setattr(plotly_charts, "MAX_CLASSES", 1)
    page = page_of(run_copy)
    assert "40 in all. Genres: 2; only the 1 with the most tracks have their own bar." in page.prose
    assert page.charts["genres"]["data"][0]["x"] == ["(others)", "pop"]
    assert "The maps show 12 of 40 tracks, chosen at random." in page.prose
    visible = [trace for trace in page.charts["map2"]["data"] if trace["visible"]]
    assert sum(len(trace["text"]) for trace in visible) == 12


def test_two_pages_of_one_run_are_identical(evaluated, page):
    assert page_of(evaluated).text == page.text


def test_a_run_in_s3_has_a_page_with_clips(evaluated, bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(track_maps, "MIN_TRACKS", 1_000)
    params = {"store_url": bucket.url, "scratch_dir": tmp_path}
    run = Run(evaluated.config.model_copy(update=params), "r1")
    for prefix in ("runs/", "blobs/"):
        for info in evaluated.store.list(prefix):
            run.store.put(info.key, evaluated.store.get(info.key))
    page = page_of(run)
    assert len(page.of("audio")) == len(page.of("article")) > 0
    assert {"map2", "map3", "roc"} <= set(page.charts)
    assert "cannot be read" not in page.prose
    # write the test data again with fewer segments, as a second `evaluate` does: the new file is read, not a stale copy
    stored = StoredSegments.of(run)
    key = run.key("evaluate", "test_data/test_data.npz")
    half = len(stored.track_ids) // 2
    assert stored.features[-1].any()
    rows = {
        "X_test": stored.features[:half],
        "track_ids": stored.track_ids[:half],
        "probabilities": stored.probabilities[:half],
    }
    np.savez(tmp_path / "again.npz", **rows)
    run.store.put_file(key, tmp_path / "again.npz")
    assert len(StoredSegments.of(run).track_ids) == half
