"""A student opens the first session in JupyterLab, predicts, and moves sliders by keyboard."""

from __future__ import annotations

import shutil
from pathlib import Path

import harness
import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SESSION = Path(__file__).parents[2] / "notebooks" / "course" / "01_one_neuron.ipynb"


def test_a_student_predicts_and_explores(
    page: Page, lab_server: harness.Server, notebooks: Path
) -> None:
    shutil.copy(SESSION, notebooks)
    harness.open_in_lab(page, lab_server, SESSION.name)

    question = page.locator(".swb-lesson").filter(has_text="Predict.").first
    button = question.get_by_role("button", name="Show the answer")
    expect(button).to_be_disabled()
    question.get_by_label("It stays the same.").check()
    button.click()
    expect(question.get_by_role("status")).to_contain_text("It is: It becomes half as large.")

    explorer = page.locator(".swb-lesson").filter(has_text="Membrane potential").first
    expect(explorer.get_by_role("status").first).to_contain_text("12.00 sent (12 spikes of 1)")
    slider = explorer.get_by_role("slider", name="Input")
    slider.focus()
    for _ in range(4):
        page.keyboard.press("ArrowRight")
    expect(explorer.get_by_role("status").first).to_contain_text("20.00 sent (20 spikes of 1)")
    expect(explorer.get_by_label("Input (number)")).to_have_value("0.5")
    explorer.get_by_label("Reset", exact=True).select_option("to zero")
    explorer.get_by_label("Input (number)").fill("0.6")
    page.keyboard.press("Enter")
    expect(explorer.get_by_role("status").first).to_contain_text("4.00 thrown away by resets")

    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    for theme, width in (("Dark", 400), ("Light", 1920)):
        harness.set_theme(page, theme)
        page.set_viewport_size({"width": width, "height": 900})
        harness.wait_until(
            page, lambda: explorer.evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
        )


def explorer_in_lab(name: str, page: Page, lab_server: harness.Server, notebooks: Path) -> Locator:
    """Open a notebook that shows an explorer, and return it."""
    cell = nbformat.v4.new_code_cell(f"import workbench as wb\nwb.teaching.{name}()")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    notebook = nbformat.v4.new_notebook(cells=[cell], metadata=kernel)
    nbformat.write(notebook, notebooks / f"{name}.ipynb")
    harness.open_in_lab(page, lab_server, f"{name}.ipynb")
    return page.locator(".swb-lesson").first


def test_a_legend_stays_inside_when_the_theme_changes(
    page: Page, lab_server: harness.Server, notebooks: Path
) -> None:
    explorer = explorer_in_lab("DepthExplorer", page, lab_server, notebooks)
    expect(explorer.locator(".bk-Legend")).to_be_visible()
    harness.set_theme(page, "Dark")
    page.wait_for_function(
        """() => Object.values(window.Bokeh.documents)
            .flatMap((doc) => [...doc._all_models.values()])
            .filter((model) => model.type === "Legend")
            .every((model) => model.label_text_color.startsWith("rgba(255"))"""
    )
    card = explorer.locator(".swb-lesson-card")
    harness.wait_until(
        page, lambda: card.evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
    )


def test_a_wide_table_scrolls_inside_its_card(
    page: Page, lab_server: harness.Server, notebooks: Path
) -> None:
    explorer = explorer_in_lab("CodedNetworkExplorer", page, lab_server, notebooks)
    explorer.get_by_label("Look at", exact=True).select_option("first spike")
    expect(explorer.get_by_role("status").nth(1)).to_contain_text("First spike:")
    page.evaluate("window.jupyterapp.commands.execute('application:toggle-left-area')")
    page.set_viewport_size({"width": 400, "height": 900})
    harness.wait_until(
        page, lambda: explorer.evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
    )
    table = explorer.locator(".swb-lesson-scroll")
    harness.wait_until(page, lambda: table.evaluate("(box) => box.scrollWidth > box.clientWidth"))
