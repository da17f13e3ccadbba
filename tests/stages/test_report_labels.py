"""Pages of runs of other label sets: exactly one label a track, many labels, names that are hard to show."""

import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from mer_tasks.report import map_section, track_maps
from mer_tasks.report.sections import SECTIONS
from tests.support.judged_runs import HARD_NAMES, judged_run
from tests.support.label_sets import make_label_set
from tests.support.report_pages import HTML, SVG, page_of, texts_of

CHROMIUM = shutil.which("chromium")
QUADRANTS = make_label_set(4, "single", noun=("quadrant", "quadrants"), names=("happy · energetic", "tense", "sad", "calm"))
MANY = make_label_set(200, names=HARD_NAMES)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Pages of a run with four labels of kind single, and of one with 200 labels."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(track_maps, "MIN_TRACKS", 1_000)
        return {
            label_set.kind: page_of(judged_run(tmp_path_factory.mktemp(label_set.kind), label_set))
            for label_set in (QUADRANTS, MANY)
        }


@pytest.fixture
def single(pages):
    return pages["single"]


@pytest.fixture
def many(pages):
    return pages["multi"]


def test_a_page_of_a_single_label_set_has_no_thresholds_and_shows_the_accuracy(single):
    names = [attributes["id"].removesuffix("-section") for attributes in single.of("section") if attributes.get("id")]
    assert names == [name for name in SECTIONS if name != "thresholds"]
    assert "threshold" not in single.prose
    assert "which one of 4 quadrants a track has" in single.prose
    assert re.search(
        r"decides for the right quadrant for \d+ of the 40 test tracks: its accuracy is 0\.\d{3} \(95 %", single.prose
    )
    assert "Quadrant by quadrant" in single.prose
    assert "F1 micro" not in single.prose
    assert "moods version 1" in single.prose
    svgs = [attributes["aria-label"] for attributes in single.of("div") if attributes.get("role") == "img"]
    assert any(text.startswith("How often the model confuses a quadrant with another.") for text in svgs)


def test_the_hardest_examples_of_a_single_label_set_have_the_least_probable_true_labels(single):
    texts = re.findall(
        r"chose (?:happy · energetic|tense|sad|calm), but the model gives it only a probability of (\d+) %", single.prose
    )
    shares = list(map(int, texts))
    assert len(shares) == len(single.of("article")) > 2
    assert shares == sorted(shares)
    assert "the listeners' choice" in single.prose
    assert "the model's decision" in single.prose


def test_the_page_of_200_labels_stays_small_and_each_figure_has_an_alternative_text(many):
    assert len(many.text.encode()) < 10_000_000
    texts = [attributes["aria-label"] for attributes in many.of("div") if attributes.get("role") == "img"]
    assert len(texts) == len(many.of("figure")) > 700
    assert max(map(len, texts)) < 1_500
    assert list(many.charts) == [
        *("labels", "training", "calibration", "thresholds", "map2", "map3", "genres", "listeners", "balance", "time")
    ]
    assert all(len(chart["data"]) <= map_section.MAX_COLOURS + 40 for chart in many.charts.values())
    assert "and 188 more" in " ".join(texts)
    assert "No bars for mood 101" in many.prose


def test_names_of_labels_never_become_markup(many):
    assert {tag for tag, _ in many.elements} <= HTML | SVG
    assert len(many.code) == 2
    assert "<script>alert('label')</script>" in many.prose
    own = re.compile(r"<br>|<extra>[a-z]*</extra>|<extra>%\{fullData.name\}</extra>")
    texts = {text for chart in many.charts.values() for text in texts_of(chart)}
    assert not [text for text in texts if re.search("[<>]", own.sub("", text))]


def test_in_a_browser_a_search_field_finds_labels_in_tables_and_small_charts(many, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(many.text, encoding="utf-8")
    errors = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        tab = browser.new_page(viewport={"width": 390, "height": 800})
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.goto(file.as_uri())
        finders = tab.locator(".finder").all()
        assert len(finders) >= 7
        for finder in (finders[0], tab.locator("#curves-section .finder").first):
            listed = {entry.locator("td, span").first.inner_text() for entry in finder.locator(".entry").all()}
            finder.locator("input").fill("MOOD 19")
            expect(finder.locator("output")).to_have_text(re.compile(r"^\d+ of \d+$"))
            found = [entry for entry in finder.locator(".entry").all() if entry.is_visible()]
            names = [entry.locator("td, span").first.inner_text() for entry in found]
            assert set(names) == {name for name in listed if "19" in name}  # a label without test tracks has no chart
            assert len(names) > 1
            finder.locator("input").fill("no such label")
            expect(finder.locator("output")).to_have_text(re.compile("^0 of "))
        assert tab.evaluate("document.documentElement.scrollWidth") == 390
        browser.close()
    assert errors == []
