"""Scenes of dashboards as visitors see them: demos, pages of the course, cards of their indexes."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import harness
from PIL import Image
from playwright.sync_api import Page, expect
from stage import IMAGES, PHONE, PROJECTOR, Stage
from workbench_page import DONE

from workbench.launch.dashboards import PICTURES_FOLDER, course_pages, shipped_dashboards
from workbench.util.package_data import notebooks_folder

SEVEN = (
    (0.28, 0.2), (0.42, 0.2), (0.56, 0.2), (0.72, 0.2),
    (0.64, 0.36), (0.56, 0.52), (0.5, 0.68), (0.45, 0.85),
)  # fmt: skip
"""Places on a canvas through which a pen goes, as shares of it."""

CARD = (640, 400)
"""Pixels of the pictures on the index of dashboards; a page is shown at twice that."""

FILM_WIDTH = 960
"""Pixels; the film is half as high."""


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
            # With the keyboard: a mouse would stay on a figure, and bring out its tools.
            page.get_by_role("button", name="Show the figures").press("Enter")
            page.get_by_role("button", name="Hide the figures").blur()
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
