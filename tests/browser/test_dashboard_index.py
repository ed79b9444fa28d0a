"""The page that offers several dashboards, as a visitor meets it."""

from __future__ import annotations

from collections.abc import Iterator

import harness
import pytest
from playwright.sync_api import Page, expect

from workbench.launch.dashboards import shipped_dashboards

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server of all dashboards that come with the package."""
    with harness.dashboards(tmp_path_factory.mktemp("index"), "--all") as url:
        yield url


@pytest.mark.parametrize("width", [400, 1920])
def test_a_card_leads_to_a_page_and_back(page: Page, index: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(index)
    for dashboard in shipped_dashboards():
        card = page.get_by_role("link", name=dashboard.title)
        expect(card).to_contain_text(dashboard.about)
        expect(card.locator("img:visible")).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.screenshot(path=harness.screenshot_folder() / f"dashboards-{width}.png", full_page=True)
    page.get_by_role("link", name="Tune it").click()
    expect(page.locator(".swb-demo-tuning")).to_be_visible()
    expect(page).to_have_title("Tune it")
    expect(page.locator(".swb-status")).to_have_class("swb-status swb-done")
    page.get_by_role("link", name="All pages").click()
    expect(page.get_by_role("link", name="Tune it")).to_be_visible()


def test_the_theme_that_a_visitor_chooses_stays(page: Page, index: str) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    page.goto(index)
    expect(page.locator("html.dark")).to_have_count(0)
    page.get_by_role("button", name="Dark theme").click()
    expect(page.locator("html.dark")).to_have_count(1)
    page.get_by_role("link", name="Draw a digit").click()
    light = page.locator("body[data-jp-theme-light=true]")
    dark = page.locator("body.theme-dark[data-jp-theme-light=false]")
    expect(dark).to_have_count(1)
    expect(page.locator(".swb-canvas")).to_be_visible()
    before = page.evaluate(background)
    page.get_by_role("button", name="Light theme").click()
    expect(light).to_have_count(1)
    assert page.evaluate(background) != before
    # What the address says comes first, also on a page that was made ahead in the light theme.
    page.goto(f"{index}pages/demo_draw?theme=dark")
    expect(dark).to_have_count(1)
    expect(page.locator(".swb-canvas")).to_be_visible()
    assert page.evaluate(background) == before
    page.get_by_role("button", name="Light theme").click()
    assert page.url.endswith("?theme=light")
    page.goto(f"{index}?theme=dark")
    expect(page.get_by_role("link", name="Tune it")).to_have_attribute(
        "href", "pages/demo_tuning?theme=dark"
    )
