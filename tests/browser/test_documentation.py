"""The documentation from disk, without a server: pages, search, and no request to anywhere."""

from __future__ import annotations

import harness
import pytest
from documentation_site import built_site
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_reader_searches_the_site_on_disk(
    page: Page, problems: harness.Problems, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The page fixture fails the test for errors and for requests to another host."""
    site = built_site(tmp_path_factory.mktemp("site"))
    page.goto((site / "index.html").as_uri())
    page.get_by_role("link", name="Settings", exact=True).first.click()
    expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    page.goto((site / "search.html").as_uri() + "?q=percentile")
    results = page.locator("#search-results li a")
    expect(results.get_by_text("Commands", exact=True)).to_be_visible()
    results.get_by_text("Commands", exact=True).click()
    expect(page.get_by_role("heading", name="Commands", level=1)).to_be_visible()
    problems.allow("^outside request: file:")
