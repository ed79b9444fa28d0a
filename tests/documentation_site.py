"""Builds the documentation for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def built_site(folder: Path, *, run_tutorials: bool = False) -> Path:
    """Return the folder of the site, built anew below a folder, with warnings as errors."""
    pytest.importorskip("sphinx", reason="the extra 'docs' is not installed")
    options = ["-W", "--keep-going", "-q", "-b", "html", "-d", str(folder / "doctrees")]
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(folder / "html")],
        cwd=ROOT,
        env={**os.environ, "DOCS_NOTEBOOKS": "auto" if run_tutorials else "off"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-5000:]
    return folder / "html"
