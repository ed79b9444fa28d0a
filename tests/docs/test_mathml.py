"""Formulas of the documentation are MathML, within sentences and on lines of their own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).parents[2] / "docs" / "_extensions"


@pytest.mark.slow
def test_formulas_become_mathml_without_a_script(tmp_path):
    pytest.importorskip("myst_nb", reason="the extra 'docs' is not installed")
    (tmp_path / "conf.py").write_text(
        f"import sys\nsys.path.insert(0, {str(EXTENSIONS)!r})\n"
        "extensions = ['myst_nb', 'mathml']\nmyst_enable_extensions = ['dollarmath']\n"
        "html_math_renderer = 'mathml'\nnb_ipywidgets_js = {}\n"
    )
    (tmp_path / "index.md").write_text("# Sums\n\nThe potential $v < 1$.\n\n$$v_t = v + 1$$\n")
    done = subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "-q", str(tmp_path), str(tmp_path / "site")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    page = (tmp_path / "site" / "index.html").read_text("utf-8")
    assert page.count("<math ") == 2
    assert page.count('display="block"') == 1
    assert "<mo>&lt;</mo>" in page
    assert "<msub>" in page
    assert not re.search(r"<script[^>]*mathjax", page, re.IGNORECASE)
