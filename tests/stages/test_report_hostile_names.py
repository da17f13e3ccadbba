"""The page of a run whose names, tags and annotations contain scripts."""

import re
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from mer_tasks.report import track_maps
from mer_tasks.stages.labels import labels
from mer_tasks.stages.split import split
from tests.support.learnable_runs import QUICK, SEGMENTS, put_features
from tests.support.published_runs import annotations_of, write_model_documents
from tests.support.report_pages import HTML, SVG, page_of, texts_of
from tests.support.report_runs import ATTACK, BREAKOUT, finish_remaining_stages, with_audio
from tests.support.run_documents import discovered, fanned_out, line, rejection, run_in

CHROMIUM = shutil.which("chromium")
LINK = '<a href="javascript:alert(1)">%{x}&lt;b&gt;'


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory):
    """The page of a run whose track names, genres, tags, annotations and rejections contain scripts."""
    folder = tmp_path_factory.mktemp("hostile_page")
    run = run_in(folder, **{**QUICK, "reject_budget": 0.9, "scratch_dir": folder / "scratch"})
    names = [*(ATTACK.replace("1", str(number)) for number in range(12)), *(BREAKOUT % number for number in range(12))]
    names += [LINK, "${alert(1)}", "{{ 7 * 7 }}"]
    genres = {name: ("<svg onload=alert(2)>" if number % 2 else "<!--<script>") for number, name in enumerate(names)}
    rejected = [{**rejection("x", genre="<svg onload=alert(2)>"), "detail": BREAKOUT % "detail", "key": f"rock/{ATTACK}.mp3"}]
    votes = annotations_of([*names, BREAKOUT % "csv"])
    discovered(run, [line(name, genres[name]) for name in names], rejected, {"votes.csv": votes})
    tags = {name: [BREAKOUT % "artist", ATTACK] if number < 2 else [f"artist {number}"] for number, name in enumerate(names)}
    titles = {name: {"title": BREAKOUT % "title"} for name in names}
    fanned_out(run, segments=SEGMENTS, artists=tags, names=titles, sounds={names[13]: names[12]})
    labels(run)
    split(run)
    put_features(run, names)
    write_model_documents(run)
    finish_remaining_stages(run)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(track_maps, "MIN_TRACKS", 1_000)
        return page_of(with_audio(run))


def test_names_tags_and_annotations_never_become_markup(hostile_page):
    assert {tag for tag, _ in hostile_page.elements} <= HTML | SVG
    assert len(hostile_page.of("script")) == 2 + len(hostile_page.charts)
    assert len(hostile_page.code) == 2
    assert not [name for _, attributes in hostile_page.elements for name in attributes if name.startswith("on")]
    assert not any(
        (value or "").lower().lstrip().startswith("javascript:")
        for _, attributes in hostile_page.elements
        for value in attributes.values()
    )
    assert "alert(" not in "".join(hostile_page.code[1:])
    assert ATTACK in hostile_page.prose  # the rejected file, as text
    assert BREAKOUT % "detail" in hostile_page.prose
    assert "<svg onload=alert(2)>" in hostile_page.prose  # the genre of an example
    assert f"{BREAKOUT % 'title'} · artist" in hostile_page.prose
    assert {attributes["type"] for attributes in hostile_page.of("script") if attributes} == {"application/json"}


def test_names_never_become_markup_in_charts(hostile_page):
    own = re.compile(r"<br>|<extra>[a-z]*</extra>|<extra>%\{fullData.name\}</extra>")
    texts = {text for chart in hostile_page.charts.values() for text in texts_of(chart)}
    assert not [text for text in texts if re.search("[<>]", own.sub("", text))]
    assert "&lt;svg onload=alert(2)&gt;" in texts
    assert any(text.startswith("&lt;/script&gt;&lt;script&gt;") for text in texts)
    for attributes, text in hostile_page.scripts:
        if "data-for" in attributes:
            assert not set("<>&") & set(text)


def test_in_a_browser_names_run_no_script_and_the_page_requests_nothing(hostile_page, tmp_path):
    file = tmp_path / "report.html"
    file.write_text(hostile_page.text, encoding="utf-8", errors="replace")
    errors = []
    schemes = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--enable-unsafe-swiftshader"])
        tab = browser.new_page()
        tab.add_init_script("window.alert = (text) => { window.attacked = text; };")
        tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        tab.on("pageerror", lambda error: errors.append(str(error)))
        tab.on("request", lambda request: schemes.append(request.url.partition(":")[0]))
        tab.goto(file.as_uri())
        expect(tab.locator(".js-plotly-plot")).to_have_count(len(hostile_page.charts), timeout=60_000)
        dangerous_elements = tab.evaluate(
            "[...document.querySelectorAll('main *')].filter((node) => node.localName === 'img' || node.localName === 'iframe'"
            " || [...node.attributes].some((pair) => pair.name.startsWith('on') || /^\\s*javascript:/i.test(pair.value)))"
            ".map((node) => node.outerHTML)"
        )
        assert tab.evaluate("typeof window.attacked") == "undefined"
        # before printing, legends are laid out for the width of the paper and must not overlap the plots
        overlapping_legends = tab.evaluate(
            "dispatchEvent(new Event('beforeprint')) && ['roc', 'precision_recall', 'thresholds'].filter((name) => {"
            " const [legend, plot] = ['.legend', '.nsewdrag'].map((part) => document.querySelector(`#${name} ${part}`)"
            ".getBoundingClientRect()); return legend.bottom > plot.top; })"
        )
        assert overlapping_legends == []
        assert tab.locator("audio").count() == len(hostile_page.of("audio")) > 0
        browser.close()
    assert dangerous_elements == errors == []
    assert set(schemes) <= {"file", "data", "blob"}
    assert schemes.count("file") == 1
