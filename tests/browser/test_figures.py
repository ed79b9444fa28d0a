"""Figures of scripts as a person meets them: the last line of a cell shows its figure."""

from __future__ import annotations

import re

import harness
import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser


@pytest.mark.slow
def test_a_figure_of_a_run_shows_itself_without_a_network(
    page: Page, lab_server: harness.Server
) -> None:
    """The page fixture fails the test for errors and for requests to another host."""
    harness.open_in_lab(page, lab_server, "figures.ipynb")
    panes = page.locator(".jp-OutputArea-output .snn-workbench-bokeh-pane")
    expect(panes).to_have_count(2)
    expect(panes.first.locator("canvas").first).to_be_visible()
    expect(panes.last.locator(".bk-Figure")).to_have_count(2)
    titles = page.evaluate(
        """() => Object.values(window.Bokeh.documents)
            .flatMap((doc) => [...doc._all_models.values()])
            .filter((model) => model.type === "Title").map((model) => model.text)"""
    )
    assert any(re.fullmatch(r"[\d,]+ spikes of sample 0 in 20 steps", title) for title in titles)
    expect(page.locator(".bk-logo")).to_have_count(0)
