"""Take pictures of the workbench, to be looked at; a few of them are those of the documentation.

    python tests/browser/take_screenshots.py

starts JupyterLab and Voila, opens what `SCENES` list, and writes one PNG file per picture: those
named in `stage.DOCUMENTED`, and a short film, to docs/images, those of the indexes of dashboards to
notebooks/pictures and notebooks/course/pages/pictures, all to tests/browser/screenshots (or
`$SNN_WORKBENCH_SCREENSHOTS`), which git ignores. Names of scenes as arguments take these alone.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

from playwright.sync_api import Browser, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import harness  # noqa: E402
import visitor_scenes  # noqa: E402
from stage import LAPTOP, NARROW, PHONE, PROJECTOR, Stage  # noqa: E402
from workbench_page import ERROR  # noqa: E402

from workbench.util.package_data import notebooks_folder  # noqa: E402

TABS = ("Explore", "Diagnose", "Sweep", "Data", "Export", "Network", "Python")
REGRESSION = """
import numpy as np
import workbench as wb
from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input

rng = np.random.default_rng(0)
nodes = [Node("in", Input((2,)))]
for i, (size, units) in enumerate(((2, 40), (40, 40), (40, 1))):
    kernel = rng.normal(0, size ** -0.5, (size, units)).astype("f4")
    activation = Activation.RELU if i < 2 else Activation.LINEAR
    layer = Dense(kernel, np.full(units, -0.05 if i < 2 else -0.3, "f4"))
    nodes.append(Node(f"dense{i}", layer, activation, (nodes[-1].name,)))
network = Network("waves", tuple(nodes))
x = rng.random((300, 2)).astype("f4")
y = network.forward(x) + rng.normal(0, 0.02, (300, 1))
wb.Workbench(network, wb.datasets.from_arrays(x, y.astype("f4"), name="waves"))
"""

EMPTY = "import workbench as wb\nwb.Workbench('lenet', run=False)"


def every_tab(stage: Stage) -> None:
    """All pages, light and dark, on a laptop and on a projector."""
    stage.open()
    fill_the_pages(stage)
    for theme in ("Light", "Dark"):
        if stage.server.token:
            stage.is_on(theme)
        elif theme == "Dark":  # Voila has its theme in the address
            stage.open("dashboard.ipynb?theme=dark")
        for tab in TABS:
            stage.bench.open_tab(tab)
            for size in (LAPTOP, PROJECTOR):
                stage.keep(f"{tab.lower()}-{theme.lower()}", size)


def fill_the_pages(stage: Stage) -> None:
    """Diagnose and export: what stands on these pages when they have been used."""
    bench, page = stage.bench, stage.page
    bench.open_tab("Diagnose")
    bench.type("swb-diagnose-form", "50", "input[type=number]")
    start = page.get_by_role("button", name="Diagnose on 50 samples")
    expect(start).to_be_visible()
    if start.is_enabled():  # not for viewers of a dashboard
        start.click()
        expect(page.get_by_text("Diagnosed on 50 ")).to_be_visible()
    bench.open_tab("Export")
    page.locator(".swb-pages button.swb-export").click()
    expect(page.locator(".swb-pages .swb-parity")).to_contain_text("Exact")


def explore(stage: Stage) -> None:
    """The first screen, light and dark."""
    stage.open()
    for theme in ("Light", "Dark"):
        stage.is_on(theme)
        for size in (LAPTOP, PROJECTOR):
            stage.keep(theme.lower(), size)


def losses(stage: Stage) -> None:
    """Advice for a network with too few steps, before and after it is applied."""
    bench, page = stage.bench, stage.page
    stage.open()
    bench.type("swb-steps", "6", "input[type=number]")
    page.wait_for_timeout(1_000)
    bench.wait_until_done()
    bench.open_tab("Diagnose")
    bench.type("swb-diagnose-form", "100", "input[type=number]")
    page.get_by_role("button", name="Diagnose on 100 samples").click()
    expect(page.get_by_text("Diagnosed on 100 ")).to_be_visible()
    stage.keep("diagnose", (1440, 1200))
    page.get_by_role("button", name="Apply").first.click()
    bench.wait_until_done()
    stage.keep("applied", (1440, 1200))


def swept(stage: Stage) -> None:
    """The front of a sweep by operations, with a point loaded, light and dark."""
    bench, page = stage.bench, stage.page
    stage.open()
    bench.open_tab("Sweep")
    page.locator(".swb-sweep").click()
    expect(page.locator(".swb-work-status", has_text="144 points on 200 ")).to_be_visible()
    page.locator(".swb-sweep-view select").first.select_option(label="accuracy against SynOps")
    expect(page.get_by_text("cheaper in SynOps")).to_be_visible()
    page.locator(".swb-sweep-table .swb-action").first.click()
    expect(page.get_by_text("Undo takes it back")).to_be_visible()
    bench.wait_until_done()
    for theme in ("Light", "Dark"):
        stage.is_on(theme)
        stage.keep(theme.lower(), (1440, 1300))
        stage.keep(theme.lower(), PROJECTOR)


def narrow(stage: Stage) -> None:
    """All pages where there is little room."""
    stage.open()
    for tab in TABS:
        stage.bench.open_tab(tab)
        for size in (NARROW, PHONE):
            stage.keep(tab.lower(), size, whole=not stage.server.token)


def presentation(stage: Stage) -> None:
    """Large type, from the last row."""
    stage.open()
    stage.page.locator(".swb-present").click()
    for theme in ("Light", "Dark") if stage.server.token else ("Light",):
        if stage.server.token:
            stage.is_on(theme)
        for tab in ("Explore", "Diagnose", "Data"):
            stage.bench.open_tab(tab)
            for size in (PROJECTOR, LAPTOP):
                stage.keep(f"{tab.lower()}-{theme.lower()}", size)


def empty(stage: Stage) -> None:
    """Every page before the first run."""
    stage.open_code(EMPTY, run=False)
    for tab in TABS:
        stage.bench.open_tab(tab)
        stage.keep(tab.lower())


def error(stage: Stage) -> None:
    """A file that does not exist."""
    stage.open()
    stage.bench.unfold("Open a file")
    stage.bench.type("swb-network-path", "/nowhere/net.keras")
    expect(stage.bench.status).to_have_class(ERROR)
    stage.keep("path")


def regression(stage: Stage) -> None:
    """A network that answers with values."""
    stage.open_code(REGRESSION)
    for tab in ("Explore", "Data", "Diagnose"):
        stage.bench.open_tab(tab)
        stage.keep(tab.lower())


def pinned(stage: Stage) -> None:
    """Two runs beside each other."""
    stage.open()
    stage.page.locator(".swb-pin-button").click()
    stage.keep("same")
    stage.bench.type("swb-percentile", "60", "input[type=number]")
    expect(stage.page.locator(".swb-pin")).to_contain_text("Accuracy")
    stage.bench.wait_until_done()
    stage.keep("changed")
    stage.keep("changed", PROJECTOR)


def story(stage: Stage) -> None:
    """A preset with words."""
    stage.open()
    menu = stage.bench.control("swb-preset", "select")
    for name in ("Clipped", "Hardware-like"):
        menu.select_option(label=f"Story: {name}")
        stage.page.wait_for_timeout(2_000)
        stage.bench.wait_until_done()
        stage.keep(name.lower())


def inside(stage: Stage) -> None:
    """A layer in focus, and what is open below the first screen."""
    stage.open()
    stage.page.locator(".swb-strip-card .swb-strip-name:enabled").nth(1).click()
    stage.page.wait_for_timeout(1_000)
    stage.keep("focus")
    stage.bench.unfold("More")
    stage.keep("more", (1440, 1800))


class Scene(NamedTuple):
    """What is shown, and where."""

    server: str
    act: Callable[[Stage], None]


SCENES = {
    "explore": Scene("lab", explore),
    "lab": Scene("lab", every_tab),
    "voila": Scene("voila", every_tab),
    "narrow": Scene("voila", narrow),
    "losses": Scene("lab", losses),
    "swept": Scene("lab", swept),
    "presentation": Scene("voila", presentation),
    "lab-presentation": Scene("lab", presentation),
    "empty": Scene("lab", empty),
    "error": Scene("lab", error),
    "regression": Scene("voila", regression),
    "pinned": Scene("lab", pinned),
    "story": Scene("voila", story),
    "inside": Scene("voila", inside),
    "visitors": Scene("voila", visitor_scenes.visitors),
    "cards": Scene("voila", visitor_scenes.cards),
    "course_cards": Scene("voila", visitor_scenes.course_cards),
    "drawing": Scene("voila", visitor_scenes.drawing),
}


@contextmanager
def servers(names: set[str], folder: Path) -> Iterator[dict[str, harness.Server]]:
    """Run the servers that are needed, each over a copy of the shipped notebooks."""
    starts = {"lab": harness.lab_server, "voila": harness.voila_server}
    with ExitStack() as stack:
        running = {}
        for name in sorted(names):
            home = folder / name
            home.mkdir()
            shutil.copytree(notebooks_folder(), folder / f"{name}-notebooks")
            server = starts[name](home, root=folder / f"{name}-notebooks")
            running[name] = stack.enter_context(server)
        yield running


def take(browser: Browser, server: harness.Server, name: str) -> None:
    """Take the pictures of a scene."""
    context = browser.new_context(
        viewport={"width": LAPTOP[0], "height": LAPTOP[1]}, reduced_motion="reduce"
    )
    context.set_default_timeout(1000 * harness.PATIENCE_S)
    try:
        SCENES[name].act(Stage(context.new_page(), server, name))
    finally:
        context.close()
        server.forget_settings()


def main(names: list[str]) -> None:
    """Take the pictures of these scenes, or of all."""
    expect.set_options(timeout=1000 * harness.PATIENCE_S)
    names = names or list(SCENES)
    needed = {SCENES[name].server for name in names}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=harness.chromium_path(), args=harness.CHROMIUM_OPTIONS
        )
        with servers(needed, Path(folder)) as running:
            for name in names:
                take(browser, running[SCENES[name].server], name)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1:])
