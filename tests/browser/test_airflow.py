"""The user interface in a real browser: Airflow's pages, the MER pages in them, and the report.

With ``MER_TEST_EMOTIFY`` the tests use real music, otherwise a small set of generated music. Screenshots are in
``build/pictures``.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Locator, Page, expect, sync_playwright

from mer_tasks.generated_music.dataset import generate
from mer_tasks.local_stack.services import Services
from mer_tasks.local_stack.settings import CHECKOUT, USER, StackSettings
from mer_tasks.storage import open_store
from mer_tasks.storage.label_files import read_label_set
from tests.support.ports import free_port

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.processes,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: Debian's package of that name is one"),
]

EMOTIFY = os.environ.get("MER_TEST_EMOTIFY")
PICTURES = CHECKOUT / "build" / "pictures"
SIZE = {"width": 1280, "height": 860}
RUN_SECONDS = 900
"""Far more time than a run takes."""
PAGE_SECONDS = 60
"""Far more time than a page takes."""
expect.set_options(timeout=PAGE_SECONDS * 1000)

TakeScreenshot = Callable[[str], None]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A running stack whose DAGs have no schedules."""
    folder = tmp_path_factory.mktemp("browser")
    landing = Path(EMOTIFY) if EMOTIFY else folder / "landing"
    if not EMOTIFY:
        generate(open_store(landing.as_uri()), read_label_set(None), tracks_per_genre=10, seconds=8)
    services = Services(StackSettings(folder / "state", free_port(), landing=landing.as_uri(), watch=False))
    services.start(keep=True)
    try:
        yield services
    finally:
        services.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # the sandbox needs user namespaces, which containers lack; the browser opens no other pages than these
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, services: Services) -> Iterator[BrowserContext]:
    """A browser session whose user has logged in by the form."""
    context = browser.new_context(base_url=services.settings.url, viewport=SIZE)
    context.set_default_timeout(PAGE_SECONDS * 1000)
    page = context.new_page()
    page.goto("/")
    page.locator("input[name=username]").fill(USER)
    page.locator("input[name=password]").fill(services.settings.secrets().password)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("link", name="Dags")).to_be_visible()
    page.close()
    yield context
    context.close()


@pytest.fixture
def page(signed_in: BrowserContext) -> Iterator[Page]:
    """A page that fails the test if there is an error on its console, an uncaught error, or an HTTP status of 400 or more."""
    page = signed_in.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("response", lambda answer: errors.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    yield page
    page.close()
    assert errors == []


@pytest.fixture
def take_screenshot(page: Page) -> TakeScreenshot:
    """Returns a function that stores a screenshot of the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def take(name: str) -> None:
        page.screenshot(path=PICTURES / f"{name}.png")

    return take


@pytest.fixture(scope="module")
def run_id(signed_in: BrowserContext) -> str:
    """A run of mer_train that was triggered by the form and has succeeded."""
    page = signed_in.new_page()
    page.goto("/dags/mer_train")
    page.get_by_role("button", name="Trigger Dag").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="Training").click()
    epochs = form.locator("input[name=element_epochs]")
    epochs.fill("12")
    epochs.blur()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / "form.png")
    form.get_by_role("button", name="Trigger", exact=True).click()
    page.wait_for_url(re.compile("/dags/mer_train/runs/[^/]+$"))
    run_id = page.url.rpartition("/")[2]
    state = page.get_by_test_id("state-badge").first
    expect(state).to_have_text(re.compile("^(Success|Failed)$"), timeout=RUN_SECONDS * 1000)
    page.screenshot(path=PICTURES / "run.png")
    assert state.inner_text() == "Success"
    page.close()
    return run_id


def mer_frame(page: Page) -> FrameLocator:
    """The frame with the MER page in Airflow's page."""
    return page.frame_locator("iframe[title=MER]")


def open_mer(page: Page) -> FrameLocator:
    """Open the MER pages by the entry in Airflow's navigation, as a person does."""
    page.goto("/")
    page.get_by_test_id("nav-sidebar").get_by_role("link", name="MER", exact=True).click()
    return mer_frame(page)


def wait_until_playing(audio: Locator) -> None:
    """Wait until a player has played some sound."""
    deadline = time.monotonic() + PAGE_SECONDS
    while audio.evaluate("audio => audio.currentTime") <= 0.3:
        assert audio.evaluate("audio => audio.error && audio.error.message") is None
        assert time.monotonic() < deadline, "the player does not play"
        time.sleep(0.1)


def probabilities(rows: Locator) -> list[float]:
    return [float(text) for text in rows.locator(".amount .value").all_inner_texts()]


def test_the_run_has_the_params_of_the_form(signed_in: BrowserContext, run_id: str) -> None:
    answer = signed_in.request.get(f"/mer/run?id={quote(run_id)}&format=json")
    assert answer.status == 200, answer.text()
    assert answer.json()["run"]["config"]["epochs"] == 12


def test_the_report_is_one_click_from_the_run_and_plays_a_clip(
    page: Page, run_id: str, take_screenshot: TakeScreenshot
) -> None:
    page.goto(f"/dags/mer_train/runs/{run_id}")
    page.get_by_role("link", name="MER", exact=True).and_(page.locator("a[href*='/runs/']")).click()
    expect(mer_frame(page).locator("#decision")).to_contain_text("champion")
    report = mer_frame(page).frame_locator("iframe#report")
    expect(report.locator("h1")).to_be_visible()
    expect(report.locator(".js-plotly-plot").first).to_be_attached()
    take_screenshot("run-tab")
    clip = report.locator("audio").first
    clip.press("Space")
    wait_until_playing(clip)
    take_screenshot("report-clip")


def test_the_first_screen_of_the_report_shows_its_headline(page: Page, run_id: str, take_screenshot: TakeScreenshot) -> None:
    page.goto(f"/mer/run?id={quote(run_id)}")
    page.locator("#report-alone").click()
    expect(page.locator("h1")).to_be_in_viewport()
    take_screenshot("report")


def test_tracks_are_filtered_sorted_by_emotion_and_played(page: Page, run_id: str, take_screenshot: TakeScreenshot) -> None:
    pages = open_mer(page)
    pages.locator("#nav-tracks").click()
    pages.locator("#emotion").select_option("calmness")
    pages.locator("#positive").check()
    pages.get_by_role("button", name="Show").click()
    rows = pages.locator("#tracks tbody tr")
    expect(rows.first.locator(".amount")).to_be_visible()
    values = probabilities(rows)
    assert values == sorted(values, reverse=True)
    assert all("calmness" in text for text in rows.locator("td.long").all_inner_texts())
    genre = pages.locator("#genre option").nth(1).get_attribute("value")
    pages.locator("#genre").select_option(genre)
    pages.locator("#positive").uncheck()
    pages.get_by_role("button", name="Show").click()
    genres = rows.locator("td:nth-of-type(2)")
    expect(genres.filter(has_not_text=genre)).to_have_count(0)
    expect(genres.first).to_have_text(genre)
    button = rows.first.locator("button.play")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    take_screenshot("tracks")


def test_a_track_has_charts_over_time_beside_the_votes_and_a_click_in_a_chart_plays_it(
    page: Page, run_id: str, take_screenshot: TakeScreenshot
) -> None:
    pages = open_mer(page)
    pages.locator("#nav-tracks").click()
    pages.locator("#emotion").select_option("power")
    pages.get_by_role("button", name="Show").click()
    expect(pages.locator("#tracks .amount").first).to_be_visible()
    pages.locator("#tracks tbody tr").first.locator("th a").click()
    expect(pages.locator("#emotions tbody tr")).to_have_count(9)
    expect(pages.locator("#emotions tr[data-emotion=power]")).to_contain_text(re.compile(r"\d+ of \d+|no votes"))
    pages.locator("#emotions tr[data-emotion=power] svg.strip").click()
    wait_until_playing(pages.locator("audio#audio"))
    expect(pages.locator("svg.strip .cursor").first).to_have_attribute(
        "visibility", "visible"
    )  # not to_be_visible: a line has no width
    take_screenshot("track")


def test_runs_and_decisions_name_the_champion(page: Page, run_id: str, take_screenshot: TakeScreenshot) -> None:
    pages = open_mer(page)
    expect(pages.locator("#runs tbody tr")).to_have_count(1)
    expect(pages.locator("#runs")).to_contain_text("champion")
    take_screenshot("runs")
    pages.locator("#nav-decisions").click()
    expect(pages.locator("#decisions li")).to_have_count(1)
    expect(pages.locator("#decisions li")).to_contain_text("became the first champion")
    take_screenshot("decisions")


def test_no_page_is_shown_without_a_login(browser: Browser, services: Services, run_id: str) -> None:
    context = browser.new_context(base_url=services.settings.url)
    page = context.new_page()
    for path in ("", "tracks", f"run?id={quote(run_id)}", f"report?run={quote(run_id)}", "decisions"):
        answer = page.goto(f"/mer/{path}")
        assert answer is not None
        assert answer.status == 401, path
    context.close()


def test_the_list_of_tracks_shows_why_audio_cannot_be_played(
    signed_in: BrowserContext, services: Services, run_id: str
) -> None:
    page = signed_in.new_page()  # not fixture page, which fails for the 404 on the console
    page.goto("/mer/tracks")
    button = page.locator("button.play").first
    page.route("**/audio?*", lambda route: route.continue_(url=re.sub("id=[^&]*", "id=nobody", route.request.url)))
    button.click()
    expect(page.locator("#player-error")).to_contain_text("'nobody'")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.close()
