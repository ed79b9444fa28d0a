"""What opens the pages, and what draws pictures of them."""

from __future__ import annotations

import shutil
import webbrowser
from collections.abc import Iterator

from workbench.doctor.finding import Finding

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def examine_browser() -> Iterator[Finding]:
    """Look for what opens the pages."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        remedy = (
            "Nothing opens by itself on a machine without a screen: open the address that is "
            "printed in a browser, or set BROWSER to a program."
        )
        yield Finding("Browser", "opens pages", "note", "none found", remedy)
    else:
        name = getattr(browser, "name", type(browser).__name__)
        yield Finding("Browser", "opens pages", "ok", str(name))
    if path := next(filter(None, map(shutil.which, CHROMIUM)), None):
        yield Finding("Browser", "chromium", "ok", path)
    else:
        remedy = "Pictures of plots and the browser tests need it. Install Chromium or Chrome."
        yield Finding("Browser", "chromium", "note", "not found", remedy)
