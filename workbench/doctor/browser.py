"""What opens the pages, and what draws pictures of them."""

from __future__ import annotations

import os
import webbrowser
from collections.abc import Iterator

from workbench.doctor.finding import Finding
from workbench.util.chromium import VARIABLE, browser_path


def examine_browser() -> Iterator[Finding]:
    """Look for what opens the pages."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        remedy = (
            "On a machine without a screen no page opens by itself: open the printed address in a "
            "browser, or set BROWSER to a program."
        )
        yield Finding("Browser", "opens pages", "note", "none found", remedy)
    else:
        name = getattr(browser, "name", type(browser).__name__)
        yield Finding("Browser", "opens pages", "ok", str(name))
    wanted = os.environ.get(VARIABLE)
    if path := browser_path():
        yield Finding("Browser", "draws pictures", "ok", path)
    elif wanted:
        remedy = f"Set {VARIABLE} to the path of a Chromium or Chrome, or unset it."
        yield Finding("Browser", "draws pictures", "problem", f"{wanted} is not a program", remedy)
    else:
        remedy = (
            "Figures are saved as .png and .svg by Chromium or Chrome. Install one, or set "
            f"{VARIABLE} to its path."
        )
        yield Finding("Browser", "draws pictures", "note", "none found", remedy)
