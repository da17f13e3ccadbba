"""The platform as people see it: Airflow's pages, the MER pages in them, and the report, in a real browser.

With ``MER_TEST_EMOTIFY`` on real music, else on generated music, and less of it. What was seen is kept in ``build/pictures``.
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
from mer_tasks.storage.factory import open_store
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
"""Far more than a run takes."""
PAGE_SECONDS = 60
"""Far more than a page takes."""
expect.set_options(timeout=PAGE_SECONDS * 1000)

See = Callable[[str], None]


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """A stack that is up and does nothing by itself."""
    folder = tmp_path_factory.mktemp("browser")
    landing = Path(EMOTIFY) if EMOTIFY else folder / "landing"
    if not EMOTIFY:
        generate(open_store(landing.as_uri()), tracks_per_genre=10, seconds=8)
    found = Services(StackSettings(folder / "state", free_port(), landing=landing.as_uri(), watch=False))
    found.start(keep=True)
    try:
        yield found
    finally:
        found.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        # a container has no user namespaces for its sandbox, and no pages but these are opened
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="module")
def signed_in(browser: Browser, services: Services) -> Iterator[BrowserContext]:
    """A browser whose user has logged in by the form."""
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
    """A page on which nothing goes wrong unseen: no error on its console, none uncaught, no answer of a server that says so."""
    found = signed_in.new_page()
    wrong: list[str] = []
    found.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    found.on("pageerror", lambda error: wrong.append(str(error)))
    found.on("response", lambda answer: wrong.append(f"{answer.status} {answer.url}") if answer.status >= 400 else None)
    yield found
    found.close()
    assert wrong == []


@pytest.fixture
def see(page: Page) -> See:
    """Keeps a picture of the page."""
    PICTURES.mkdir(parents=True, exist_ok=True)

    def see(name: str) -> None:
        page.screenshot(path=PICTURES / f"{name}.png")

    return see


@pytest.fixture(scope="module")
def run_id(signed_in: BrowserContext) -> str:
    """A run of mer_train that was triggered by the form, and watched until its end."""
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
    found = page.url.rpartition("/")[2]
    state = page.get_by_test_id("state-badge").first
    expect(state).to_have_text(re.compile("^(Success|Failed)$"), timeout=RUN_SECONDS * 1000)
    page.screenshot(path=PICTURES / "run.png")
    assert state.inner_text() == "Success"
    page.close()
    return found


def mer(page: Page) -> FrameLocator:
    """The MER page within Airflow's."""
    return page.frame_locator("iframe[title=MER]")


def open_mer(page: Page) -> FrameLocator:
    """As a person does: by the entry in Airflow's navigation."""
    page.goto("/")
    page.get_by_test_id("nav-sidebar").get_by_role("link", name="MER", exact=True).click()
    return mer(page)


def plays(audio: Locator) -> None:
    """Wait until sound has come out."""
    deadline = time.monotonic() + PAGE_SECONDS
    while audio.evaluate("audio => audio.currentTime") <= 0.3:
        assert audio.evaluate("audio => audio.error && audio.error.message") is None
        assert time.monotonic() < deadline, "nothing is heard"
        time.sleep(0.1)


def probabilities(rows: Locator) -> list[float]:
    return [float(text) for text in rows.locator(".amount .value").all_inner_texts()]


def test_the_params_of_the_form_are_those_of_the_run(signed_in: BrowserContext, run_id: str) -> None:
    answer = signed_in.request.get(f"/mer/run?id={quote(run_id)}&format=json")
    assert answer.status == 200, answer.text()
    assert answer.json()["run"]["config"]["epochs"] == 12


def test_the_report_is_one_click_from_the_run_and_plays_a_clip(page: Page, run_id: str, see: See) -> None:
    page.goto(f"/dags/mer_train/runs/{run_id}")
    page.get_by_role("link", name="MER", exact=True).and_(page.locator("a[href*='/runs/']")).click()
    expect(mer(page).locator("#decision")).to_contain_text("champion")
    see("run-tab")
    report = mer(page).frame_locator("iframe#report")
    expect(report.locator("h1")).to_be_visible()
    expect(report.locator(".js-plotly-plot").first).to_be_attached()
    clip = report.locator("audio").first
    clip.press("Space")
    plays(clip)
    see("report-clip")


def test_the_report_alone_says_on_its_first_screen_whether_the_model_is_good(page: Page, run_id: str, see: See) -> None:
    page.goto(f"/mer/run?id={quote(run_id)}")
    page.locator("#report-alone").click()
    expect(page.locator("h1")).to_be_in_viewport()
    see("report")


def test_tracks_are_filtered_by_emotion_sorted_and_listened_to(page: Page, run_id: str, see: See) -> None:
    pages = open_mer(page)
    pages.locator("#nav-tracks").click()
    pages.locator("#emotion").select_option("calmness")
    pages.locator("#positive").check()
    pages.get_by_role("button", name="Show").click()
    rows = pages.locator("#tracks tbody tr")
    expect(rows.first.locator(".amount")).to_be_visible()
    found = probabilities(rows)
    assert found == sorted(found, reverse=True)
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
    see("tracks")


def test_a_track_is_heard_and_seen_over_time_beside_the_votes(page: Page, run_id: str, see: See) -> None:
    pages = open_mer(page)
    pages.locator("#nav-tracks").click()
    pages.locator("#emotion").select_option("power")
    pages.get_by_role("button", name="Show").click()
    expect(pages.locator("#tracks .amount").first).to_be_visible()
    pages.locator("#tracks tbody tr").first.locator("th a").click()
    expect(pages.locator("#emotions tbody tr")).to_have_count(9)
    expect(pages.locator("#emotions tr[data-emotion=power]")).to_contain_text(re.compile(r"\d+ of \d+|not asked"))
    pages.locator("#emotions tr[data-emotion=power] svg.strip").click()
    plays(pages.locator("audio#audio"))
    expect(pages.locator("svg.strip .cursor").first).to_have_attribute("visibility", "visible")  # a line has no width to see
    see("track")


def test_runs_and_decisions_name_the_champion(page: Page, run_id: str, see: See) -> None:
    pages = open_mer(page)
    expect(pages.locator("#runs tbody tr")).to_have_count(1)
    expect(pages.locator("#runs")).to_contain_text("champion")
    see("runs")
    pages.locator("#nav-decisions").click()
    expect(pages.locator("#decisions li")).to_have_count(1)
    expect(pages.locator("#decisions li")).to_contain_text("became the first champion")
    see("decisions")


def test_nothing_is_shown_to_who_has_not_logged_in(browser: Browser, services: Services, run_id: str) -> None:
    context = browser.new_context(base_url=services.settings.url)
    page = context.new_page()
    for place in ("", "tracks", f"run?id={quote(run_id)}", f"report?run={quote(run_id)}", "decisions"):
        answer = page.goto(f"/mer/{place}")
        assert answer is not None
        assert answer.status == 401, place
    context.close()


def test_a_track_whose_audio_is_gone_says_so(signed_in: BrowserContext, services: Services, run_id: str) -> None:
    page = signed_in.new_page()  # whose console says that there was no answer
    page.goto("/mer/tracks")
    button = page.locator("button.play").first
    page.route("**/audio?*", lambda route: route.continue_(url=re.sub("id=[^&]*", "id=nobody", route.request.url)))
    button.click()
    expect(page.locator("#player-error")).to_contain_text("'nobody'")
    expect(button).to_have_attribute("aria-pressed", "false")
    page.close()
