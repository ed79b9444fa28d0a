"""The system's Chromium, which draws pictures of figures without a window and without a network."""

from __future__ import annotations

import base64
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from workbench.errors import ExportError

VARIABLE = "WORKBENCH_BROWSER"
"""Environment variable with the path of a Chromium or Chrome."""

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
"""Where browsers lie on systems that have them on no search path."""

PATIENCE_S = 120.0
"""Longest time that drawing may take; it takes about a second."""

OPTIONS = (
    "--headless=new",
    "--disable-gpu",
    "--disable-dev-shm-usage",  # containers give little of it
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # nothing is asked of a network
    # The page's clock runs ahead while nothing is computed: drawing takes as long as it takes.
    "--virtual-time-budget=10000",
    "--dump-dom",
)

_RESULT = re.compile(r'<script id="snn-workbench-result"[^>]*>([A-Za-z0-9+/=]*)</script>')
_PROBLEM = re.compile(r'<script id="snn-workbench-problem"[^>]*>([A-Za-z0-9+/=]*)</script>')


def browser_path() -> str | None:
    """Return the path of a Chromium or Chrome, or None: `WORKBENCH_BROWSER`, or the first found."""
    if given := os.environ.get(VARIABLE):
        return shutil.which(given)
    found = (shutil.which(name) for name in NAMES)
    places = (place for place in PLACES if Path(place).is_file())
    return next((path for path in found if path), next(places, None))


def drawn_by(page: str, *, width: int, scale: float) -> bytes:
    """Return what a page leaves in its element ``snn-workbench-result`` once it is drawn.

    Parameters
    ----------
    page : str
        HTML that asks for nothing outside.
    width : int
        Of the window, in pixels of the page.
    scale : float
        Pixels of the picture for one of the page.

    Raises
    ------
    ExportError
        If there is no browser, or it fails.
    """
    browser = browser_path()
    if browser is None:
        wanted = os.environ.get(VARIABLE)
        where = f"{VARIABLE} is {wanted!r}, which is not a program" if wanted else "none was found"
        raise ExportError(
            f"Images of figures are drawn by Chromium or Chrome, and {where}. Install chromium, "
            f"set {VARIABLE} to the path of one, or save the figure as .html, which needs none."
        )
    with tempfile.TemporaryDirectory(prefix="snn-workbench-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "figure.html"
        path.write_text(page, encoding="utf-8")
        # Chromium refuses to start its sandbox for root, as programs in containers often are.
        is_root = sys.platform.startswith("linux") and os.geteuid() == 0
        command = [
            browser,
            *OPTIONS,
            *(["--no-sandbox"] if is_root else []),
            f"--user-data-dir={folder}/profile",
            f"--window-size={width},1000",
            f"--force-device-scale-factor={scale:g}",
            path.as_uri(),
        ]
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=PATIENCE_S, check=False, cwd=folder
            )
        except subprocess.TimeoutExpired as error:
            raise ExportError(
                f"{browser} did not draw the figure within {PATIENCE_S:g} s. Save it as .html, or "
                "draw fewer points."
            ) from error
        except OSError as error:
            raise ExportError(f"Cannot start {browser}: {error.strerror or error}.") from error
    text = done.stdout.decode("utf-8", "replace")
    if found := _RESULT.search(text):
        return base64.b64decode(found.group(1))
    problem = _PROBLEM.search(text)
    told = base64.b64decode(problem.group(1)).decode() if problem else _last_line(done.stderr)
    raise ExportError(
        f"{browser} did not draw the figure: {told or f'exit code {done.returncode}'}. Save it as "
        ".html, which needs no browser."
    )


def _last_line(output: bytes) -> str:
    lines = output.decode("utf-8", "replace").strip().splitlines()
    return lines[-1][:200] if lines else ""
