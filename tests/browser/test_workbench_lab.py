"""The workbench as a person meets it in JupyterLab."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import control_checks
import file_checks
import harness
import pytest
from playwright.sync_api import Page, expect
from workbench_page import Bench

from workbench.util.package_data import notebooks_folder

pytestmark = pytest.mark.browser


@pytest.fixture
def notebook(page: Page, lab_server: harness.Server, notebooks: Path) -> str:
    """Name of a copy of the shipped notebook that is opened and run."""
    shutil.copy(notebooks_folder() / "workbench.ipynb", notebooks)
    name = harness.open_in_lab(page, lab_server, "workbench.ipynb")
    Bench(page).wait_until_done()
    # The notebook's last cell prints the script, and leaves the picture as it is.
    expect(page.locator(".jp-RenderedText", has_text="wb.convert(network")).to_be_visible()
    return name


@pytest.fixture
def bench(page: Page, notebook: str) -> Bench:
    """The workbench of that notebook."""
    assert notebook
    bench = Bench(page)
    expect(bench.control("swb-percentile", "input[type=number]")).to_have_value("99.9")
    return bench


def test_run_all_shows_spikes_and_a_slider_changes_them(bench: Bench) -> None:
    # What another test chose is forgotten.
    assert bench.page.evaluate("document.body.dataset.jpThemeLight") == "true"
    control_checks.check_a_slider_changes_spikes_and_rates(bench)
    bench.screenshot("lab-light")


def test_values_stay_as_typed(bench: Bench) -> None:
    control_checks.check_values_stay_as_typed(bench)
    bench.screenshot("lab-values")


def test_bins_tell_what_lies_under_the_pointer(bench: Bench) -> None:
    control_checks.check_bins_tell_what_lies_under_the_pointer(bench)
    bench.screenshot("lab-hover")


def test_all_that_matters_is_on_the_first_screen(bench: Bench) -> None:
    bench.page.set_viewport_size({"width": 1440, "height": 900})
    bench.page.locator(".swb-app").first.evaluate("(app) => app.scrollIntoView()")
    bench.page.wait_for_timeout(1_000)  # what is laid out anew
    for css in ("says", "tile-energy", "frames", "first", "more", "pane-outputs"):
        box = bench.page.locator(f".swb-{css}").first.bounding_box()
        assert box is not None and box["y"] >= 0 and box["y"] + box["height"] <= 876, (css, box)
    raster = bench.page.locator(".swb-pane-raster canvas").first.bounding_box()
    assert raster is not None and raster["y"] + raster["height"] <= 876
    bench.screenshot("lab-first-screen", width=1440, height=900)


def test_what_needs_no_mouse_and_little_room(bench: Bench) -> None:
    control_checks.check_the_keyboard_reaches_samples_sections_and_tiles(bench)
    control_checks.check_a_changed_row_goes_back_by_its_button(bench)
    control_checks.check_a_presentation_shows_the_answer_in_large_type(bench)


def test_neurons_can_leak_and_rest(bench: Bench) -> None:
    control_checks.check_neurons_can_leak_and_rest(bench)


def test_a_long_run_streams_and_stops(bench: Bench) -> None:
    control_checks.check_a_long_run_streams_and_stops(bench)


def test_a_wrong_path_is_told_and_the_session_goes_on(bench: Bench) -> None:
    file_checks.check_a_wrong_path_is_told_and_the_session_goes_on(bench)


def test_export_and_download(bench: Bench, tmp_path: Path) -> None:
    bench.wait_until_done()
    cell = bench.page.locator(".swb-export-cell")
    file_checks.check_export_and_download(bench, tmp_path, cell)


def test_a_chip_is_pictured(bench: Bench, tmp_path: Path) -> None:
    bench.wait_until_done()
    cell = bench.page.locator(".swb-export-cell")
    file_checks.check_a_chip_is_pictured(bench, tmp_path, cell)


def test_settings_are_saved_and_loaded(bench: Bench, tmp_path: Path) -> None:
    file_checks.check_settings_are_saved_and_loaded(bench, tmp_path)
    control_checks.check_help_opens_beside_a_control(bench)


def test_what_does_not_fit_is_dimmed_until_it_fits(bench: Bench, tmp_path: Path) -> None:
    file_checks.check_what_does_not_fit_is_dimmed_until_it_fits(bench, tmp_path)


def test_a_narrow_page_cuts_nothing(bench: Bench) -> None:
    # 600 with the side bar open leaves the workbench 230 pixels.
    for width in (900, 600):
        bench.page.set_viewport_size({"width": width, "height": 1200})
        bench.page.wait_for_timeout(1_000)  # what is laid out anew
        bench.until(lambda: bench.overflowing() == [])
    bench.screenshot("lab-narrow", width=900, height=2300)


def test_a_dark_page_has_dark_plots(bench: Bench) -> None:
    harness.set_theme(bench.page, "Dark")
    bench.screenshot("lab-dark")
    card = bench.page.locator(".swb-pane-raster")

    def brightest() -> int:
        colour = card.evaluate("(card) => getComputedStyle(card).backgroundColor")
        return max(int(part) for part in re.findall(r"\d+", colour)[:3])

    bench.until(lambda: brightest() < 60)
    harness.set_theme(bench.page, "Light")


def test_numbers_explain_themselves_on_hover_and_click(bench: Bench) -> None:
    bench.open_tab("Network")
    table = bench.page.locator(".swb-explained", has=bench.page.locator(".swb-table:visible")).first
    total = table.locator("tfoot .swb-explain").nth(2)
    assert "Connections that exist" in (total.get_attribute("title") or "")
    total.click()
    note = table.locator(".swb-explanation")
    expect(note).to_contain_text("Connections that exist")
    total.click()
    expect(note).to_be_hidden()


def test_controls_have_names_for_a_screen_reader(bench: Bench) -> None:
    nameless = bench.page.evaluate(
        """() => [...document.querySelectorAll(
            ".swb-row .swb-range, .swb-row input[type=number], .swb-row select"
        )].filter((control) => !control.getAttribute("aria-label")).length"""
    )
    assert nameless == 0


def test_what_was_shown_is_there_after_a_reload(
    page: Page, bench: Bench, notebook: str, lab_server: harness.Server
) -> None:
    said = page.locator(".swb-status").first.inner_text()
    harness.save_in_lab(page)
    harness.reopen_in_lab(page, lab_server, notebook)
    bench.wait_until_done()
    expect(page.locator(".swb-status").first).to_have_text(said)
    expect(page.locator(".swb-gone")).to_have_count(0)


def test_a_kernel_that_restarts_leaves_word_of_what_to_do(bench: Bench) -> None:
    expect(bench.page.locator(".swb-gone")).to_have_count(0)
    bench.page.evaluate(
        "window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
    )
    expect(bench.page.locator(".swb-gone").first).to_have_text(
        "The kernel was restarted. Run this cell again."
    )
    bench.screenshot("lab-kernel-restarted", height=900)
