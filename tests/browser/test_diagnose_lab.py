"""Finding out where accuracy is lost, as a person does it in JupyterLab."""

from __future__ import annotations

from pathlib import Path

import harness
import pytest
from playwright.sync_api import Page, expect
from workbench_page import Bench, opened_in_lab

pytestmark = pytest.mark.browser


@pytest.fixture
def bench(page: Page, lab_server: harness.Server, notebooks: Path) -> Bench:
    """The workbench of the shipped notebook, with too few steps."""
    bench = opened_in_lab(page, lab_server, notebooks)
    bench.type("swb-steps", "4", "input[type=number]")
    bench.wait_until_done()
    return bench


def test_losses_are_found_and_advice_is_applied_and_undone(bench: Bench) -> None:
    page = bench.page
    before = page.locator(".swb-estimate").inner_text()
    assert "Estimated quantization" in before
    bench.open_tab("Diagnose")
    expect(page.get_by_text("Follows samples through the spiking network")).to_be_visible()
    expect(page.locator(".swb-diagnosis")).to_be_hidden()
    bench.type("swb-diagnose-form", "50", "input[type=number]")
    start = page.get_by_role("button", name="Diagnose on 50 samples")
    start.focus()
    page.keyboard.press("Enter")
    done = page.get_by_text("Diagnosed on 50 ")
    expect(done).to_be_visible(timeout=180_000)
    bars = bench.data("attribution")
    assert len(bars["left"]) > 0
    expect(page.locator(".swb-pane-attribution")).to_contain_text("Accuracy: ANN")
    apply = page.get_by_role("button", name="Apply to all layers:").first
    words = apply.get_attribute("aria-label") or ""
    apply.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Out of date: this diagnosis is of a network")).to_be_visible()
    bench.wait_until_done()
    assert ":" in words
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Out of date: this diagnosis is of a network")).to_be_hidden()
    bench.wait_until_done()
