"""The page of a report, as somebody sees it who got the folder."""

from __future__ import annotations

from pathlib import Path

import harness
import pytest
from playwright.sync_api import Page, expect

import workbench as wb

pytestmark = pytest.mark.browser


def test_a_report_is_read_from_disk(page: Page, problems: harness.Problems, tmp_path: Path) -> None:
    network = wb.load("counting")
    data = wb.datasets.for_network(network)
    spiking = wb.convert(network, data.calibration)
    settings = wb.Simulation(steps=30, record="all")
    run = wb.simulate(spiking, data.x_test[:20], settings)
    shown = run.report(tmp_path / "report", data.y_test[:20], network)
    page.goto(shown.as_uri())
    expect(page.get_by_role("heading", name="Run of 'counting'")).to_be_visible()
    sections = page.locator("section")
    expect(sections).to_have_count(7)
    for section in sections.all():
        expect(section.locator("canvas").first).to_be_visible()
    for width in (400, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_function("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download():
        page.get_by_role("link", name="rates.csv").last.click()
    problems.allow("^outside request: file:")
