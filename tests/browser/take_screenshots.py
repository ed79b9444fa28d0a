"""Take pictures of the workbench, to be looked at; a few of them are those of the documentation.

    python tests/browser/take_screenshots.py

starts JupyterLab and Voila, opens what `SCENES` list, and writes one PNG file per picture: those
named in `DOCUMENTED`, and a short film, to docs/images, those of the indexes of dashboards to
notebooks/pictures and notebooks/course/pages/pictures, all to tests/browser/screenshots (or
`$SNN_WORKBENCH_SCREENSHOTS`), which git ignores. Names of scenes as arguments take these alone.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import harness  # noqa: E402
from workbench_page import DONE, ERROR, Bench  # noqa: E402

from workbench.launch.dashboards import (  # noqa: E402
    PICTURES_FOLDER,
    course_pages,
    shipped_dashboards,
)
from workbench.util.package_data import notebooks_folder  # noqa: E402

IMAGES = ROOT / "docs" / "images"

DOCUMENTED = {
    "explore-light-1440x900": "workbench.png",
    "pinned-changed-1920x1080": "workbench_pinned.png",
    "losses-diagnose-1440x1200": "workbench_diagnose.png",
    "swept-light-1440x1300": "workbench_sweep.png",
    "lab-presentation-explore-light-1920x1080": "workbench_presentation.png",
}
"""File in docs/images by picture."""

TABS = ("Explore", "Diagnose", "Sweep", "Data", "Export", "Network", "Python")
LAPTOP, PROJECTOR, NARROW, PHONE = (1440, 900), (1920, 1080), (900, 1100), (400, 800)

SEVEN = (
    (0.28, 0.2), (0.42, 0.2), (0.56, 0.2), (0.72, 0.2),
    (0.64, 0.36), (0.56, 0.52), (0.5, 0.68), (0.45, 0.85),
)  # fmt: skip
"""Places on a canvas through which a pen goes, as shares of it."""

CARD = (640, 400)
"""Pixels of the pictures on the index of dashboards; a page is shown at twice that."""

FILM_WIDTH = 960
"""Pixels; the film is half as high."""

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


class Stage:
    """A page on which a scene is shown, and the pictures that are taken of it."""

    def __init__(self, page: Page, server: harness.Server, scene: str):
        self.page, self.server, self.scene = page, server, scene
        self.bench = Bench(page)

    def open(self, notebook: str = "dashboard.ipynb", *, run: bool = True) -> None:
        """Open a notebook as a person does, and wait for its first run."""
        if self.server.token:
            harness.open_in_lab(self.page, self.server, notebook)
        else:
            harness.open_in_voila(self.page, self.server, notebook)
        expect(self.bench.status).to_be_visible()
        if run:
            self.bench.wait_until_done()
            expect(self.page.locator(".swb-pane-accuracy canvas").first).to_be_visible()

    def open_code(self, code: str, *, run: bool = True) -> None:
        """Open a notebook of one cell."""
        write_notebook(self.server.root / "scene.ipynb", code)
        self.open("scene.ipynb", run=run)

    def keep(self, name: str, size: tuple[int, int] = LAPTOP, *, whole: bool = False) -> None:
        """Take a picture of a window of this size; of the `whole` page where it is longer."""
        width, height = size
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.mouse.move(2, 2)  # no tooltip
        self.top()
        self.page.wait_for_timeout(1_500)  # what is laid out and drawn anew
        full = f"{self.scene}-{name}-{width}x{height}"
        picture = self.page.screenshot(full_page=whole)
        path = harness.screenshot_folder() / f"{full}.png"
        path.write_bytes(picture)
        if full in DOCUMENTED:
            (IMAGES / DOCUMENTED[full]).write_bytes(in_few_colours(picture))
        print(path.name, flush=True)

    def top(self) -> None:
        """Scroll the workbench to the upper edge of the window."""
        self.page.locator(".swb-app").first.evaluate("(app) => app.scrollIntoView()")

    def is_on(self, theme: str) -> None:
        """Choose JupyterLab's light or dark theme."""
        harness.set_theme(self.page, theme)


def write_notebook(path: Path, code: str) -> None:
    """Write a notebook of one cell."""
    cell = {"cell_type": "code", "id": "cell-0", "metadata": {}, "execution_count": None}
    cells = [{**cell, "source": code, "outputs": []}]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook = {"cells": cells, "metadata": {"kernelspec": kernel}}
    path.write_text(json.dumps({**notebook, "nbformat": 4, "nbformat_minor": 5}))


def in_few_colours(picture: bytes) -> bytes:
    """Return a PNG file of 256 colours: a third of the bytes, and the eye sees no difference."""
    few = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    file = io.BytesIO()
    few.save(file, "PNG", optimize=True)
    return file.getvalue()


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
    expect(page.get_by_text("144 points on 200 ")).to_be_visible()
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


def all_are_done(page: Page) -> None:
    """Wait for the end of all runs, and of what they measure."""
    status = page.locator(".swb-status")
    expect(status.first).to_be_visible()
    for each in status.all():
        expect(each).to_have_class(DONE)
    expect(status.filter(has_text="Measuring")).to_have_count(0)


def visitors(stage: Stage) -> None:
    """The demos, light and dark, on a projector and on a phone."""
    for name in ("draw", "tuning", "compare"):
        for theme in ("light", "dark"):
            harness.open_in_voila(stage.page, stage.server, f"demo_{name}.ipynb?theme={theme}")
            all_are_done(stage.page)
            for size in (PROJECTOR, PHONE):
                stage.keep(f"{name}-{theme}", size, whole=size == PHONE)


def cards(stage: Stage) -> None:
    """What the index of dashboards shows of each, light and dark."""
    page = stage.page
    page.set_viewport_size({"width": 2 * CARD[0], "height": 2 * CARD[1]})
    for dashboard in shipped_dashboards():
        for theme, ending in (("light", ""), ("dark", "-dark")):
            harness.open_in_voila(page, stage.server, f"{dashboard.path.name}?theme={theme}")
            all_are_done(page)
            page.locator(".snn-workbench-bar").evaluate("(bar) => bar.remove()")
            if page.locator(".swb-canvas").is_visible():
                draw(stage, SEVEN)
                stage.bench.wait_until_done()
            elif page.locator(".swb-side").count():  # amid the spikes: at their end all is still
                page.locator(".swb-strip-time").first.focus()
                page.keyboard.press("Home")
                for _ in range(14):
                    page.keyboard.press("ArrowRight")
                page.locator(".swb-strip-time").first.blur()
            keep_card(page, dashboard.path, ending)


def course_cards(stage: Stage) -> None:
    """What the index of the course's pages shows of each, light and dark."""
    page = stage.page
    page.set_viewport_size({"width": 2 * CARD[0], "height": 2 * CARD[1]})
    for each in course_pages():
        for theme, ending in (("light", ""), ("dark", "-dark")):
            name = each.path.relative_to(notebooks_folder()).as_posix()
            harness.open_in_voila(page, stage.server, f"{name}?theme={theme}")
            expect(page.locator(".swb-lesson-line").first).to_be_visible()
            page.locator(".snn-workbench-bar").evaluate("(bar) => bar.remove()")
            keep_card(page, each.path, ending)


def keep_card(page: Page, notebook: Path, ending: str) -> None:
    """Save what a page shows as the picture of its card."""
    page.wait_for_timeout(2_000)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    path = notebook.parent / PICTURES_FOLDER / f"{notebook.stem}{ending}.webp"
    path.parent.mkdir(exist_ok=True)
    picture.resize(CARD, Image.Resampling.LANCZOS).save(path, quality=70, method=6)
    print(path.name, f"{path.stat().st_size / 1e3:.0f} kB", flush=True)


def draw(
    stage: Stage, places: tuple[tuple[float, float], ...], each: Callable[[], None] = lambda: None
) -> None:
    """Draw through these places, and do something at each of them."""
    box = stage.page.locator(".swb-canvas").bounding_box()
    assert box is not None
    for number, (x, y) in enumerate(places):
        stage.page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=3)
        if number == 0:
            stage.page.mouse.down()
        each()
    stage.page.mouse.up()


def drawing(stage: Stage) -> None:
    """The demo that people draw on, as a short film for the documentation."""
    page, films = stage.page, list[Image.Image]()
    page.emulate_media(reduced_motion="no-preference")
    page.set_viewport_size({"width": 1440, "height": 720})
    harness.open_in_voila(page, stage.server, "demo_draw.ipynb")
    stage.bench.wait_until_done()
    started_s = time.monotonic()
    times_s = list[float]()

    def film(count: int) -> None:
        for _ in range(count):
            times_s.append(time.monotonic() - started_s)
            films.append(Image.open(io.BytesIO(page.screenshot())).convert("RGB"))

    film(4)
    draw(stage, SEVEN, lambda: film(1))
    film(40)
    small = [each.resize((FILM_WIDTH, FILM_WIDTH // 2), Image.Resampling.LANCZOS) for each in films]
    lasts_ms = [round(1000 * (b - a)) for a, b in pairwise([*times_s, times_s[-1] + 2])]
    path = IMAGES / "demo_draw.webp"
    small[0].save(
        path,
        save_all=True,
        append_images=small[1:],
        duration=lasts_ms,
        loop=0,
        quality=55,
        method=4,
    )
    print(path.name, f"{path.stat().st_size / 1e6:.2f} MB", flush=True)


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
    "visitors": Scene("voila", visitors),
    "cards": Scene("voila", cards),
    "course_cards": Scene("voila", course_cards),
    "drawing": Scene("voila", drawing),
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
