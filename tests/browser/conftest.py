"""Fixtures of the browser tests. They take the system's Chromium, not Playwright's download."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import harness
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

expect.set_options(timeout=1000 * harness.PATIENCE_S)  # 5 s by default


@pytest.fixture(scope="session")
def notebooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the test notebooks: JupyterLab saves what it runs."""
    folder = tmp_path_factory.mktemp("notebooks")
    for notebook in harness.NOTEBOOKS.glob("*.ipynb"):
        shutil.copy(notebook, folder)
    return folder


@pytest.fixture(scope="session")
def _lab(tmp_path_factory: pytest.TempPathFactory, notebooks: Path) -> Iterator[harness.Server]:
    with harness.lab_server(tmp_path_factory.mktemp("lab"), root=notebooks) as server:
        yield server


@pytest.fixture
def lab_server(_lab: harness.Server) -> harness.Server:
    """A JupyterLab over the test notebooks, started once, without what earlier tests have left.

    Their kernels end now, not at their own ends: their pages are closed by now, and do not send to
    kernels that are gone.
    """
    _lab.end_sessions()
    _lab.forget_settings()
    return _lab


@pytest.fixture(scope="session")
def voila_server(
    tmp_path_factory: pytest.TempPathFactory, notebooks: Path
) -> Iterator[harness.Server]:
    """A Voila over the test notebooks, with our template."""
    with harness.voila_server(tmp_path_factory.mktemp("voila"), root=notebooks) as server:
        yield server


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests."""
    path = harness.chromium_path()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=harness.CHROMIUM_OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def problems() -> harness.Problems:
    """What went wrong on the page; checked when the test ends."""
    return harness.Problems()


@pytest.fixture
def page(
    browser: Browser, problems: harness.Problems, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A fresh page. It fails the test for errors and outside requests nobody asserted on."""
    # Without motion that nobody asked for: what a test compares stands still.
    context = browser.new_context(viewport={"width": 1400, "height": 900}, reduced_motion="reduce")
    context.set_default_timeout(1000 * harness.PATIENCE_S)
    page = context.new_page()
    problems.watch(page)
    yield page
    name = re.sub(r"\W+", "-", request.node.name).strip("-")
    page.screenshot(path=harness.screenshot_folder() / f"{name}.png")
    context.close()
    problems.check()
