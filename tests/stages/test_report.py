import base64
import hashlib
import io
import json
import re
import shutil
from html.parser import HTMLParser

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect, sync_playwright

from mer_tasks.emotions import EMOTIONS
from mer_tasks.errors import ObjectMissing
from mer_tasks.evaluation import metrics
from mer_tasks.evaluation.bootstrap import intervals
from mer_tasks.modelling.test_data import KeptSegments
from mer_tasks.report import plotly_charts, svg_figures, track_maps
from mer_tasks.report.hardest_examples import SHOWN, surest_mistakes
from mer_tasks.report.run_documents import Documents
from mer_tasks.report.sections import CONTENTS
from mer_tasks.runs.run import Run
from mer_tasks.stages.balance import balance
from mer_tasks.stages.evaluate import evaluate, rates
from mer_tasks.stages.labels import labels
from mer_tasks.stages.report import report
from mer_tasks.stages.split import split
from mer_tasks.stages.thresholds import thresholds
from mer_tasks.stages.train import train
from tests.support.audio_files import encoded, music
from tests.support.learnable_runs import QUICK, SEGMENTS, learnable, put_features
from tests.support.published_runs import annotations_of, finished, modelled
from tests.support.run_documents import content, discovered, fanned_out, features_key, line, rejection, run_in

VOID = {"meta", "link", "img", "br", "input", "hr", "source", "base"}
SVG = {"svg", "g", "defs", "path", "text", "use", "image", "clippath", "rect", "metadata", "tspan"}
HTML = {
    *("html", "head", "meta", "title", "style", "body", "main", "header", "nav", "section", "footer", "noscript", "script"),
    *(
        "h1",
        "h2",
        "h3",
        "p",
        "a",
        "strong",
        "div",
        "figure",
        "figcaption",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
    ),
    *("article", "audio", "details", "summary"),
}
"""All that a page is made of."""
ATTACK = "<img src=x onerror=alert(1)>"
BREAKOUT = "</script><script>alert('%s')</script>"
CHROMIUM = shutil.which("chromium")
LINK = '<a href="javascript:alert(1)">%{x}&lt;b&gt;'


class Page(HTMLParser):
    """A page, taken apart as browsers do."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, "elements that are not closed"
        self.prose = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append((dict(attrs), ""))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_data(self, data):
        if self._open[-1:] == ["script"]:
            self.scripts[-1] = (self.scripts[-1][0], self.scripts[-1][1] + data)
        elif self._open[-1:] != ["style"]:
            self.words.append(data)

    def of(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def charts(self):
        """Figures of Plotly by their name."""
        return {known["data-for"]: json.loads(text) for known, text in self.scripts if "data-for" in known}

    @property
    def code(self):
        """Scripts that run."""
        return [text for known, text in self.scripts if "data-for" not in known]


def page_of(run: Run) -> Page:
    report(run)
    return Page(run.store.get(run.key("report", "report.html")).decode())


def texts_of(value):
    """All texts in a figure, keys left out."""
    if isinstance(value, dict):
        for each in value.values():
            yield from texts_of(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts_of(each)
    elif isinstance(value, str):
        yield value


def heard(run: Run) -> Run:
    """Puts a FLAC of three seconds below the key of each track of the run, another one each."""
    for place, track in enumerate(run.read_table("discover", "catalogue.parquet")["sha256"]):
        run.store.put(f"blobs/reformat/{track}.flac", encoded(music(6, seed=place)[:, 0], container="FLAC", subtype="PCM_16"))
    return run


AFTER = ["drift", "publish", "challenge", "promote"]
"""Stages that these runs have not been through."""


FITTED = {"preset": "statistics", "soft_targets": True, "epochs": 4}


@pytest.fixture(scope="module")
def judged(tmp_path_factory):
    """A run that has been through `evaluate`, on files that can be listened to."""
    run = learnable(tmp_path_factory.mktemp("report"), **FITTED)
    for stage in (balance, train, thresholds, evaluate):
        stage(run)
    return heard(run)


@pytest.fixture(scope="module")
def page(judged):
    return page_of(judged)


@pytest.fixture
def copied(judged, tmp_path, monkeypatch):
    """A copy of it, whose documents and blobs a test may change. Its maps are those that take no time, of few tracks, and its
    matrices are all alike.
    """
    monkeypatch.setattr(track_maps, "FEW", 1_000)
    monkeypatch.setattr(track_maps, "SHOWN", 12)
    matrix = svg_figures.confusion(np.zeros(1, bool), np.zeros(1, bool))
    for name in ("confusion", "pairwise"):
        monkeypatch.setattr(svg_figures, name, lambda *_: matrix)
    shutil.copytree(judged.store.root, tmp_path / "copy")
    return run_in(tmp_path / "copy", **{**QUICK, **FITTED, "scratch_dir": tmp_path / "scratch"})


def closed(run: Run) -> None:
    """Lets a run have been through the stages after `evaluate`: a person keeps the champion, and the music has moved."""
    head = {"genre": ATTACK, "measure": "features", "emotion": None, "statistic": "spectral contrast 3", "mean_psi": 0.1}
    numbers = {"psi": 0.61, "chance": 0.2, "threshold": 0.25, "tracks": 40, "reference_tracks": 28}
    line = {**head, **numbers, "same_genre": True, "drifted": True}
    still = {
        **line,
        "genre": None,
        "measure": "predictions",
        "emotion": "power",
        "statistic": None,
        "psi": 0.7,
        "drifted": False,
    }
    run.write_json("drift", "drift.json", {"metrics": [still, line]})
    run.write_manifest(
        "drift", {"drifted": True, "summary": f"1 of 2 measures have drifted ({ATTACK}: spectral contrast 3 0.61)"}
    )
    run.write_manifest("publish", {"counters": {"seconds": 1.0}})
    found = {"verdict": "ask", "reason": f"0 is within {ATTACK}", "difference": 0.012, "low": -0.01, "high": 0.03}
    run.write_json("challenge", "challenge.json", {**found, "champion_model": {"run_id": "r0", "key": "k", "sha256": "s"}})
    run.write_manifest("challenge", {"verdict": "ask"})
    run.write_manifest("approval", {"answer": "keep", "decided_by": BREAKOUT % "name"})
    run.write_manifest("promote", {"outcome": "kept", "decided_by": BREAKOUT % "name", "reason": found["reason"]})


def rejudged(run: Run, tracks: list[str], without: str | None = None) -> None:
    """Lets a run have judged its model on these tracks of its test part only, none of which carries `without`."""
    votes = run.read_table("labels", "labels.parquet")
    if without:
        votes[f"label_{without}"] = votes[f"label_{without}"] & ~votes["track_id"].isin(tracks)
        run.write_table("labels", "labels.parquet", votes)
    table = run.read_table("evaluate", "predictions.parquet")
    run.write_table("evaluate", "predictions.parquet", table[(table["part"] != "test") | table["track_id"].isin(tracks)])
    parts = run.read_table("split", "split.parquet")
    found = Documents(run).test
    triple = found.labels, found.probabilities, found.decisions
    known = rates(votes, dict(zip(parts["track_id"], parts["part"], strict=True)))
    lines = metrics.lines("track", *triple, known, intervals(*triple, np.array(tracks)), {})
    run.write_json("evaluate", "Music_emotion_metrics.json", {"metrics": lines})


def test_a_page_needs_nothing_but_itself(page, judged):
    assert len(page.text.encode()) < 10_000_000
    places = [
        value for _, known in page.elements for name, value in known.items() if name in ("src", "href", "xlink:href", "data")
    ]
    assert places
    assert all(place.startswith(("#", "data:")) for place in places)
    assert not page.of("link")
    assert not page.of("img")
    (policy,) = [known["content"] for known in page.of("meta") if known.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy.partition("script-src")[2].partition(";")[0]
    assert page.of("html") == [{"lang": "en"}]
    assert "width=device-width" in str(page.of("meta"))
    for rule in ("prefers-color-scheme: dark", "@media print", "max-width: 40rem"):
        assert rule in page.text


def test_only_the_pages_own_scripts_run(page):
    policy = next(known["content"] for known in page.of("meta") if known.get("http-equiv"))
    digests = [base64.b64encode(hashlib.sha256(code.encode()).digest()).decode() for code in page.code]
    assert re.findall("'sha256-([^']+)'", policy) == digests
    assert len(digests) == 2
    assert len(page.code[0]) > 1_000_000  # Plotly, once
    assert "newPlot" in page.code[1]
    assert [known for known, _ in page.scripts if "data-for" in known] == [
        {"type": "application/json", "data-for": name} for name in page.charts
    ]


def test_all_sections_are_there_in_their_order_each_with_what_to_see(page):
    names = [known["id"].removesuffix("-section") for known in page.of("section") if known.get("id")]
    assert names == list(CONTENTS)
    assert [known["href"] for known in page.of("a")] == [f"#{name}-section" for name in names]
    places = [page.prose.index(see) for _, see, _ in CONTENTS.values()]
    assert places == sorted(places)
    assert page.prose.index("Of two tracks, one of which carries an emotion, the model picks the right one") < places[0]


def test_every_figure_has_a_text_in_its_place(page):
    said = [known["aria-label"] for known in page.of("div") if known.get("role") == "img"]
    assert len(said) == len(page.of("figure")) > 20
    assert all(len(text) > 20 for text in said)
    assert len(page.of("svg")) == 1 + len(EMOTIONS) + 1 + min(SHOWN, len(page.of("article")))
    names = [known["id"] for tag, known in page.elements if "id" in known and tag in HTML]
    assert len(names) == len(set(names)) > len(CONTENTS)
    assert all(known["aria-hidden"] == "true" for known in page.of("svg"))


def test_the_charts_are_those_of_the_issue_and_have_data(page):
    assert list(page.charts) == [
        *("emotions", "training", "roc", "precision_recall", "calibration", "thresholds", "map2", "map3"),
        *("genres", "listeners", "balance", "time"),
    ]
    assert all(chart["data"] for chart in page.charts.values())
    assert {trace["type"] for trace in page.charts["map3"]["data"]} == {"scatter3d"}
    measures = [note["text"] for note in page.charts["training"]["layout"]["annotations"]]
    assert measures == ["loss", "accuracy", "AUC", "precision", "recall", "learning rate"]
    options = [button["label"] for button in page.charts["map2"]["layout"]["updatemenus"][0]["buttons"]]
    assert options == [f"{method}, by {what}" for method in ("PCA", "t-SNE", "UMAP") for what in ("emotion", "genre")]


def test_the_manifest_says_where_the_page_is_and_how_large(judged, page):
    manifest = judged.manifest("report")
    assert manifest["report"] == "runs/r1/report/report.html"
    assert manifest["counters"]["bytes"] == len(judged.store.get(manifest["report"]))
    assert manifest["missing"] == AFTER


def test_the_surest_mistakes_can_be_seen_and_heard(page, judged):
    found = surest_mistakes(Documents(judged).test, Documents(judged).thresholds)
    assert len(page.of("article")) == len(page.of("audio")) == min(SHOWN, len(found))
    head, _, sound = page.of("audio")[0]["src"].partition(",")
    assert head == "data:audio/mpeg;base64"
    samples, rate = soundfile.read(io.BytesIO(base64.b64decode(sound)))
    assert (samples.ndim, rate) == (1, 22_050)
    assert 5.8 < len(samples) / rate < 6.3  # all there is of a track of 6 s
    first = Documents(judged).test.tracks[found[0][0]]
    assert page.of("audio")[0]["aria-label"].startswith(f"A clip of {first} · ")
    assert page.prose.index(f"{first} · ") > page.prose.index("have a wrong decision; shown are")


@pytest.mark.parametrize(("gone", "words"), [(None, "the track's audio is no longer in the store"), (b"fLaC", "is damaged")])
def test_a_track_whose_audio_is_gone_or_damaged_has_no_player_and_says_why(copied, gone, words):
    for info in list(copied.store.list("blobs/reformat/")):
        copied.store.delete(info.key)
        if gone:
            copied.store.put(info.key, gone)
    page = page_of(copied)
    assert not page.of("audio")
    assert page.prose.count(
        f"No clip: {'' if gone is None else 'the track' + chr(39) + 's audio in the store '}{words}"
    ) == len(page.of("article"))


def test_features_that_are_gone_leave_the_maps_out(copied):
    copied.store.delete(features_key(content("p03")))
    page = page_of(copied)
    assert "No map: file://" in page.prose
    assert "map2" not in page.charts
    assert "roc" in page.charts


@pytest.mark.parametrize("broken", [None, b"no archive"])
def test_without_its_segments_a_mistake_has_no_picture(copied, broken):
    key = copied.key("evaluate", "test_data/test_data.npz")
    copied.store.delete(key)
    if broken:
        copied.store.put(key, broken)
    page = page_of(copied)
    assert page.prose.count("No picture: test_data.npz has no segments of this track.") == len(page.of("article")) > 0
    assert ("Left out, because it cannot be read: file://" in page.prose) == bool(broken)


def test_an_emotion_without_test_tracks_has_no_curve_and_the_page_says_why(copied):
    rejudged(copied, list(Documents(copied).test.tracks), without="sadness")
    page = page_of(copied)
    assert "No curve for sadness: no test track carries it." in page.prose
    assert "No bars for sadness: no test track carries it." in page.prose
    for name in ("roc", "precision_recall"):
        assert "sadness" not in [trace["name"] for trace in page.charts[name]["data"]]
    assert "calmness" in [trace["name"] for trace in page.charts["roc"]["data"]]
    assert "sadness: 0 found, 0 missed" in str(page.of("div"))


def test_validation_tracks_that_carry_no_emotion_leave_a_page_without_its_thresholds(copied):
    votes, chosen = copied.read_table("labels", "labels.parquet"), Documents(copied).validation.tracks
    for emotion in EMOTIONS:
        votes[f"label_{emotion}"] &= ~votes["track_id"].isin(chosen)
    copied.write_table("labels", "labels.parquet", votes)
    page = page_of(copied)
    assert page.charts["thresholds"]["data"] == []
    assert page.charts["roc"]["data"]


def test_one_test_track_is_enough_for_a_page(copied):
    rejudged(copied, [Documents(copied).test.tracks[0]])
    page = page_of(copied)
    assert "No verdict: no emotion is carried by some of the test tracks and not by others" in page.prose
    assert "so there is nothing to tell it from" in page.prose
    assert [trace["name"] for trace in page.charts["roc"]["data"]] == ["guessing"]


def test_a_run_that_failed_half_way_at_any_stage_says_what_is_missing_and_shows_the_rest(copied):
    closed(copied)
    stages = ["labels", "split", "balance", "train", "thresholds", "evaluate", *AFTER]
    assert "This run is not complete" not in page_of(copied).prose
    for place, last in reversed(list(enumerate(["features", *stages[:-1]]))):
        missing = stages[place:]
        for info in list(copied.store.list(f"runs/r1/{missing[0]}/")):
            copied.store.delete(info.key)
        page = page_of(copied)
        assert f"not complete: {', '.join(missing)} {'has' if len(missing) == 1 else 'have'} not closed." in page.prose
        assert copied.manifest("report")["missing"] == missing
        names = [known["id"].removesuffix("-section") for known in page.of("section") if known.get("id")]
        assert names == list(CONTENTS)
        assert "genres" in page.charts
        assert ("roc" in page.charts) == ("evaluate" not in missing), last
        assert ("thresholds" in page.charts) == ("thresholds" not in missing), last
        assert ("training" in page.charts) == ("train" not in missing), last
        kind = "no new model" if "train" in missing else "a new model"
        assert f"{kind}; this run has not finished" in page.prose, last
        if "evaluate" in missing:
            assert f"No verdict: this run has judged no model: it has not been through {missing[0]}." in page.prose


def test_a_training_that_was_interrupted_shows_the_epochs_that_are_done(copied):
    history = copied.read_json("train", "Music_emotion_history.json")
    for info in list(copied.store.list("runs/r1/train/")):
        copied.store.delete(info.key)
    assert "The network was not trained: not one epoch of it is done." in page_of(copied).prose
    done = {name: values[:2] for name, values in history.items() if isinstance(values, list)}
    copied.write_json("train", "checkpoint.json", {"inputs": "", "history": done, "files": {}})
    page = page_of(copied)
    assert "The network was not trained to its end: epoch 2 is the last that is done." in page.prose
    assert page.charts["training"]["data"][0]["x"] == [1, 2]


def test_a_value_beside_its_interval_is_marked_where_it_stands(copied):
    document = copied.read_json("evaluate", "Music_emotion_metrics.json")
    for found in document["metrics"]:
        if (found["emotion"], found["metric"]) == (None, "ece_macro"):
            found.update(value=0.1, low=0.12, high=0.2)
    copied.write_json("evaluate", "Music_emotion_metrics.json", document)
    page = page_of(copied)
    assert "ECE macro 0.100 (0.120 to 0.200)*" in page.prose
    assert "* The value of ECE macro" in page.prose


def test_a_run_whose_audio_was_never_read_still_shows_what_was_rejected(tmp_path):
    run = run_in(tmp_path)
    discovered(run, [line("1")], [rejection("2", stage="discover", reason="duplicate_id")])
    page = page_of(run)
    assert "not every shard has been through" in page.prose
    assert "Rejected files: 1 (duplicate_id 1)" in page.prose
    assert run.manifest("report")["missing"][:3] == ["reformat", "features", "labels"]


def test_a_run_that_is_not_there_has_no_page(tmp_path):
    run = run_in(tmp_path, "typo")
    with pytest.raises(ObjectMissing, match=r"runs/typo: no stage has closed, expected at least discover$"):
        report(run)
    assert not run.store.exists("runs/typo/report/report.html")


def test_an_evaluation_names_the_run_whose_model_it_loaded(tmp_path):
    finished(tmp_path, None, "r1")
    run = finished(tmp_path, None, "r2", mode="eval")
    page = page_of(run_in(tmp_path, "r2"))  # whose mode nobody has said again
    assert "This run loaded the model of run r1; that run's report has its curves." in page.prose
    assert "a stored model, evaluated again" in page.prose
    assert "Nothing was balanced: no network was trained in this run." in page.prose
    assert "Champion: not compared; this run loaded a stored model, and changes no champion." in page.prose
    assert "roc" in page.charts
    assert run.manifest("report")["missing"] == ["publish"]


def test_a_champion_that_was_compared_is_part_of_the_verdict(copied):
    closed(copied)
    page = page_of(copied)
    assert "it puts 1.2 more of 100 pairs in the right order than the champion (95 % interval -1.0 to +3.0)" in page.prose
    assert f"which stayed champion. Decided by {BREAKOUT % 'name'}: 0 is within {ATTACK}." in page.prose


def test_music_that_has_moved_is_part_of_the_verdict_and_of_the_data(copied):
    closed(copied)
    page = page_of(copied)
    moved = f"1 of 2 measures have drifted ({ATTACK}: spectral contrast 3 0.61)."
    assert page.prose.index(f"which the champion was made with: {moved}") < page.prose.index(f"Drift: {moved}")
    first = page.prose.index(f"{ATTACK} sound: spectral contrast 3 0.610 0.250 0.200 40 yes")
    assert first < page.prose.index("all genres power 0.700 0.250 0.200 40 no")


def test_of_many_tracks_some_are_drawn_and_the_page_says_so(copied, monkeypatch):
    monkeypatch.setattr(plotly_charts, "OTHER", 1)
    page = page_of(copied)
    assert "40 in all. Genres: 2, the 1 largest of which have a bar of their own." in page.prose
    assert page.charts["genres"]["data"][0]["x"] == ["(others)", "pop"]
    assert "Shown are 12 of 40 tracks, drawn at random." in page.prose
    shown = [trace for trace in page.charts["map2"]["data"] if trace["visible"]]
    assert sum(len(trace["text"]) for trace in shown) == 12


def test_two_pages_on_a_run_are_the_same(judged, page):
    assert page_of(judged).text == page.text


@pytest.fixture(scope="module")
def attacked(tmp_path_factory):
    """A page on a run whose names, tags, annotations and reasons are scripts."""
    folder = tmp_path_factory.mktemp("attacked")
    run = run_in(folder, **{**QUICK, "reject_budget": 0.9, "scratch_dir": folder / "scratch"})
    names = [*(ATTACK.replace("1", str(number)) for number in range(12)), *(BREAKOUT % number for number in range(12))]
    names += [LINK, "${alert(1)}", "{{ 7 * 7 }}"]
    genres = {name: ("<svg onload=alert(2)>" if place % 2 else "<!--<script>") for place, name in enumerate(names)}
    rejected = [{**rejection("x", genre="<svg onload=alert(2)>"), "detail": BREAKOUT % "detail", "key": f"rock/{ATTACK}.mp3"}]
    votes = annotations_of([*names, BREAKOUT % "csv"])
    discovered(run, [line(name, genres[name]) for name in names], rejected, {"votes.csv": votes})
    tags = {name: [BREAKOUT % "artist", ATTACK] if place < 2 else [f"artist {place}"] for place, name in enumerate(names)}
    fanned_out(run, segments=SEGMENTS, artists=tags, sounds={names[13]: names[12]})
    labels(run)
    split(run)
    put_features(run, names)
    modelled(run)
    closed(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(track_maps, "FEW", 1_000)
        return page_of(heard(run))


def test_names_tags_and_annotations_never_become_markup(attacked):
    assert {tag for tag, _ in attacked.elements} <= HTML | SVG
    assert len(attacked.of("script")) == 2 + len(attacked.charts)
    assert len(attacked.code) == 2
    assert not [name for _, known in attacked.elements for name in known if name.startswith("on")]
    assert not any(
        (value or "").lower().lstrip().startswith("javascript:") for _, known in attacked.elements for value in known.values()
    )
    assert "alert(" not in "".join(attacked.code[1:])
    assert ATTACK in attacked.prose  # the rejected file, as text
    assert BREAKOUT % "detail" in attacked.prose
    assert "<svg onload=alert(2)>" in attacked.prose  # the genre of an example
    assert {known["type"] for known in attacked.of("script") if known} == {"application/json"}


def test_names_never_become_markup_in_charts_either(attacked):
    own = re.compile(r"<br>|<extra>[a-z]*</extra>|<extra>%\{fullData.name\}</extra>")
    texts = {text for chart in attacked.charts.values() for text in texts_of(chart)}
    assert not [text for text in texts if re.search("[<>]", own.sub("", text))]
    assert "&lt;svg onload=alert(2)&gt;" in texts
    assert any(text.startswith("&lt;/script&gt;&lt;script&gt;") for text in texts)
    for known, text in attacked.scripts:
        if "data-for" in known:
            assert not set("<>&") & set(text)


def test_in_a_browser_names_run_nothing_and_the_page_asks_for_nothing(attacked, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(attacked.text, encoding="utf-8", errors="replace")
    said, asked = [], []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        shown = browser.new_page()
        shown.add_init_script("window.alert = (text) => { window.attacked = text; };")
        shown.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
        shown.on("pageerror", lambda error: said.append(str(error)))
        shown.on("request", lambda request: asked.append(request.url.partition(":")[0]))
        shown.goto(file.as_uri())
        expect(shown.locator(".js-plotly-plot")).to_have_count(len(attacked.charts), timeout=60_000)
        found = shown.evaluate(
            "[...document.querySelectorAll('main *')].filter((one) => one.localName === 'img' || one.localName === 'iframe'"
            " || [...one.attributes].some((known) => known.name.startsWith('on') || /^\\s*javascript:/i.test(known.value)))"
            ".map((one) => one.outerHTML)"
        )
        assert shown.evaluate("typeof window.attacked") == "undefined"
        # before print legends have as many rows as the paper's width lets them
        over = shown.evaluate(
            "dispatchEvent(new Event('beforeprint')) && ['roc', 'precision_recall', 'thresholds'].filter((name) => {"
            " const [legend, plot] = ['.legend', '.nsewdrag'].map((part) => document.querySelector(`#${name} ${part}`)"
            ".getBoundingClientRect()); return legend.bottom > plot.top; })"
        )
        assert over == []
        assert shown.locator("audio").count() == len(attacked.of("audio")) > 0
        browser.close()
    assert found == said == []
    assert set(asked) <= {"file", "data", "blob"}
    assert asked.count("file") == 1


def test_a_store_in_s3_has_the_page_and_its_clips(judged, bucket, tmp_path, monkeypatch):
    monkeypatch.setattr(track_maps, "FEW", 1_000)
    places = {"store_url": bucket.url, "scratch_dir": tmp_path}
    run = Run(judged.config.model_copy(update=places), "r1")
    for prefix in ("runs/", "blobs/"):
        for info in judged.store.list(prefix):
            run.store.put(info.key, judged.store.get(info.key))
    page = page_of(run)
    assert len(page.of("audio")) == len(page.of("article")) > 0
    assert {"map2", "map3", "roc"} <= set(page.charts)
    assert "cannot be read" not in page.prose
    # `evaluate` once more, with fewer segments: what is read is what is there now
    kept, key = KeptSegments.of(run), run.key("evaluate", "test_data/test_data.npz")
    half = len(kept.track_ids) // 2
    assert kept.features[-1].any()
    rows = {"X_test": kept.features[:half], "track_ids": kept.track_ids[:half], "probabilities": kept.probabilities[:half]}
    np.savez(tmp_path / "again.npz", **rows)
    run.store.put_file(key, tmp_path / "again.npz")
    assert len(KeptSegments.of(run).track_ids) == half
