"""BokehPane as a person meets it, in JupyterLab and in Voila."""

from __future__ import annotations

import re

import harness
import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.browser

ROWS = """() => Object.values(window.Bokeh.documents)
    .flatMap((doc) => [...doc._all_models.values()])
    .filter((model) => model.name === "rows")
    .map((model) => Array.from(model.data.get?.("x") ?? model.data.x))"""


@pytest.fixture(params=["lab", "voila"])
def shown(request: pytest.FixtureRequest, page: Page) -> Page:
    """The page with the notebook's panes drawn."""
    server = request.getfixturevalue(f"{request.param}_server")
    if request.param == "lab":
        harness.open_in_lab(page, server, "bokeh_pane.ipynb")
    else:
        harness.open_in_voila(page, server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    return page


def wait_until_drawn(page: Page) -> None:
    """Wait for the canvases of both panes."""
    panes = page.locator(".t-app .snn-workbench-bokeh-pane")
    expect(panes).to_have_count(2)
    for index in range(2):
        expect(panes.nth(index).locator("canvas").first).to_be_visible()


def test_rows_streamed_from_a_thread_arrive_once_each(shown: Page) -> None:
    set_rows(shown, 1)
    expect(shown.locator(".t-status")).to_have_text("done 400")
    wait_for_rows(shown, 400)


def set_pace(page: Page, pause_s: float) -> None:
    """Let the run pause so long after each ten rows."""
    run_in_kernel(page, f"pace_s = {pause_s}")


def run_in_kernel(page: Page, code: str) -> None:
    """Run code in the kernel of the notebook that is in front."""
    page.evaluate(
        """(code) => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel
            .requestExecute({ code }).done""",
        code,
    )


def set_rows(page: Page, steps: int) -> None:
    """Move the slider as a person with a keyboard does."""
    page.locator(".t-rows .noUi-handle").first.focus()
    for _ in range(steps):
        page.keyboard.press("ArrowRight")


def test_rows_survive_a_reload_and_streaming_goes_on(
    page: Page, lab_server: harness.Server
) -> None:
    notebook = harness.open_in_lab(page, lab_server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    set_rows(page, 1)
    expect(page.locator(".t-status")).to_have_text("done 400")
    harness.save_in_lab(page)
    harness.reopen_in_lab(page, lab_server, notebook)
    wait_until_drawn(page)
    wait_for_rows(page, 400)
    set_rows(page, 1)
    expect(page.locator(".t-status")).to_have_text("done 800")
    wait_for_rows(page, 800)


# JupyterLab looks for a widget every 100 ms, for two seconds. In a page that is busy, or behind
# another, it may get to look a second time only after that: here once the widgets have come.
SELDOM = """(() => {
    const { setTimeout, WebSocket } = window;
    let come;
    const restored = new Promise((resolve) => (come = resolve));
    const later = () => new Promise((resolve) => setTimeout(resolve, 3_000));
    window.setTimeout = (act, ms, ...rest) => ms === 100
        ? void restored.then(later).then(() => act(...rest)) : setTimeout(act, ms, ...rest);
    window.WebSocket = class extends WebSocket {
        constructor(...of) {
            super(...of);
            this.addEventListener("message", async ({ data }) => {
                const text = typeof data === "string" ? data : await new Response(data).text();
                if (text.includes('"update_states"')) come();
            });
        }
    };
})()"""


def test_widgets_come_that_jupyterlab_has_given_up(
    page: Page, lab_server: harness.Server, problems: harness.Problems
) -> None:
    notebook = harness.open_in_lab(page, lab_server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    harness.save_in_lab(page)
    page.add_init_script(SELDOM)
    harness.reopen_in_lab(page, lab_server, notebook)
    wait_until_drawn(page)
    expect(page.get_by_text("model not found")).to_have_count(0)
    problems.allow("widget model not found")


def test_reload_in_the_middle_of_a_run_loses_and_doubles_nothing(
    page: Page, lab_server: harness.Server
) -> None:
    notebook = harness.open_in_lab(page, lab_server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    harness.save_in_lab(page)
    set_pace(page, 0.2)  # The run lasts longer than the reload.
    set_rows(page, 10)
    expect(page.locator(".t-status")).to_have_text("running 4000")
    harness.reopen_in_lab(page, lab_server, notebook)
    wait_until_drawn(page)
    set_pace(page, 0.001)
    expect(page.locator(".t-status")).to_have_text("done 4000")
    wait_for_rows(page, 4000)


def test_a_second_view_shows_the_same_rows(page: Page, lab_server: harness.Server) -> None:
    harness.open_in_lab(page, lab_server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    set_rows(page, 1)
    page.evaluate(
        """async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            panel.content.activeCellIndex = panel.content.widgets.findIndex(
                (cell) => cell.model.sharedModel.source.includes("t-app"));
            await window.jupyterapp.commands.execute('notebook:create-output-view');
        }"""
    )
    panes = page.locator(".t-app .snn-workbench-bokeh-pane")
    expect(panes).to_have_count(4)
    expect(panes.nth(2).locator("canvas").first).to_be_visible()
    set_rows(page, 2)
    expect(page.locator(".t-status").first).to_have_text("done 1200")
    wait_for_rows(page, 1200, views=2)


def test_colours_follow_the_theme_of_the_page(page: Page, lab_server: harness.Server) -> None:
    harness.open_in_lab(page, lab_server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    harness.wait_until(page, lambda: brightness(page) > 200)
    harness.set_theme(page, "Dark")
    harness.wait_until(page, lambda: brightness(page) < 60)
    page.locator(".t-app").scroll_into_view_if_needed()
    page.screenshot(path=harness.screenshot_folder() / "dark-lab.png")
    harness.set_theme(page, "Light")
    harness.wait_until(page, lambda: brightness(page) > 200)


def test_a_plot_drawn_again_follows_the_theme_still(page: Page, lab_server: harness.Server) -> None:
    harness.open_in_lab(page, lab_server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    harness.set_theme(page, "Dark")
    harness.wait_until(page, lambda: brightness(page) < 60)
    harness.set_theme(page, "Light")
    harness.wait_until(page, lambda: brightness(page) > 200)
    page.wait_for_timeout(500)  # What a view changes by itself reaches Python after a while.
    lose_a_patch(page)
    set_rows(page, 1)
    wait_for_rows(page, 400)
    harness.set_theme(page, "Dark")
    page.wait_for_function(
        """() => Object.values(window.Bokeh.documents)
            .flatMap((doc) => [...doc._all_models.values()])
            .filter((model) => model.axis_label === "row")
            .every((model) => model.axis_label_text_color.startsWith("rgba(255"))"""
    )
    harness.wait_until(page, lambda: brightness(page) < 60)


def test_voila_serves_a_dark_page(page: Page, voila_server: harness.Server) -> None:
    harness.open_in_voila(page, voila_server, "bokeh_pane.ipynb?theme=dark")
    wait_until_drawn(page)
    expect(page).to_have_title("bokeh_pane")
    harness.wait_until(page, lambda: brightness(page) < 60)


def test_panning_reaches_python(shown: Page) -> None:
    set_rows(shown, 1)
    expect(shown.locator(".t-status")).to_have_text("done 400")
    wait_for_rows(shown, 400)
    expect(shown.locator(".t-ranges")).to_have_text(re.compile(r"4\d\d"))
    pane = shown.locator(".t-app .snn-workbench-bokeh-pane").first
    pane.hover()  # which waits until it moves no longer
    box = pane.locator("canvas").first.bounding_box()
    assert box is not None
    shown.mouse.move(box["x"] + box["width"] / 2, box["y"] + 100)
    shown.mouse.down()
    shown.mouse.move(box["x"] + box["width"] / 2 - 300, box["y"] + 100, steps=5)
    shown.mouse.up()
    expect(shown.locator(".t-ranges")).to_have_text(re.compile(r"[56]\d\d"))


def test_a_change_that_cannot_be_sent_is_told_in_words(shown: Page) -> None:
    shown.locator(".t-fail").click()
    banner = shown.locator(".snn-workbench-bokeh-pane-error").first
    expect(banner).to_contain_text("could not be sent")
    set_rows(shown, 1)
    expect(shown.locator(".t-status")).to_have_text("done 400")
    banner.get_by_role("button", name="Draw again").click()
    expect(banner).to_be_hidden()
    wait_for_rows(shown, 400)


def test_a_failure_in_the_browser_is_told_in_words_and_can_be_mended(shown: Page) -> None:
    shown.evaluate(
        """() => window.Bokeh.documents.forEach((doc) => {
            doc.apply_json_patch = () => { throw new Error("no luck today"); };
        })"""
    )
    set_rows(shown, 1)
    banner = shown.locator(".snn-workbench-bokeh-pane-error").first
    expect(banner).to_have_text(re.compile("could not be drawn: no luck today"))
    expect(shown.locator(".t-status")).to_have_text("done 400")
    banner.get_by_role("button", name="Draw again").click()
    expect(banner).to_be_hidden()
    wait_for_rows(shown, 400)


def test_a_patch_that_got_lost_on_the_way_is_noticed(
    page: Page, lab_server: harness.Server
) -> None:
    harness.open_in_lab(page, lab_server, "bokeh_pane.ipynb")
    wait_until_drawn(page)
    lose_a_patch(page)
    set_rows(page, 1)
    wait_for_rows(page, 400)


def lose_a_patch(page: Page) -> None:
    """To the browser, a number that never comes looks like a patch that the server dropped."""
    run_in_kernel(page, "panes[0]._sent += 1")


def test_a_plot_in_a_tab_fills_it_when_shown(shown: Page) -> None:
    tabs = shown.locator(".t-tabs")
    tabs.get_by_text("second").click()
    canvas = tabs.locator("canvas").first
    expect(canvas).to_be_visible()
    harness.wait_until(shown, lambda: abs(width_of(canvas) - width_of(tabs)) < 60)


def test_a_plot_follows_the_width_of_the_page(shown: Page) -> None:
    canvas = shown.locator(".t-app canvas").first
    for width in (900, 1300):
        shown.set_viewport_size({"width": width, "height": 900})
        harness.wait_until(
            shown, lambda: abs(width_of(canvas) - width_of(shown.locator(".t-app"))) < 4
        )


def width_of(locator: Locator) -> float:
    """Return how wide an element is drawn, in pixels."""
    box = locator.bounding_box()
    return 0.0 if box is None else box["width"]


def wait_for_rows(page: Page, count: int, *, views: int = 1) -> None:
    """Wait until each view holds the rows 0 to `count` - 1, each once and in order."""
    expected = [[float(n) for n in range(count)]] * views
    harness.wait_until(page, lambda: page.evaluate(ROWS) == expected)


def brightness(page: Page) -> float:
    """Return the mean brightness (0 to 255) of the first pane's plot."""
    return float(
        page.locator(".t-app .snn-workbench-bokeh-pane canvas").first.evaluate(
            """(canvas) => {
                const { width, height } = canvas;
                const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
                let sum = 0;
                for (let i = 0; i < data.length; i += 4) sum += data[i] + data[i + 1] + data[i + 2];
                return sum / (0.75 * data.length);
            }"""
        )
    )
