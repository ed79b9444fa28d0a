"""Figures as pages and pictures."""

from __future__ import annotations

import html
import re
import struct
import sys
from pathlib import Path
from typing import Any

import pytest
from bokeh.document import Document
from bokeh.plotting import figure
from runs import simulated

import workbench as wb
from workbench.errors import ExportError, SettingsError
from workbench.plot.figure import Figure
from workbench.plot.saving import GROUNDS, page_of
from workbench.plot.style import make_figure, side_by_side, titled
from workbench.util import chromium


@pytest.fixture
def plot() -> Any:
    drawn = make_figure(height=200)
    drawn.line([1, 2], [1, 2])
    return titled(drawn, "Spikes & <rates>")


def test_a_page_holds_its_javascript_and_asks_for_nothing(plot: Any, tmp_path: Path) -> None:
    path = wb.plot.save(plot, tmp_path / "figure.html")
    page = path.read_text("utf-8")
    assert not re.search(r"<(script|link|img)[^>]+(src|href)=", page)
    assert "Bokeh" in page
    assert 'aria-label="Spikes &amp; &lt;rates&gt;"' in page
    assert "<title>Spikes &amp; &lt;rates&gt;</title>" in page


def test_the_figure_stays_as_it_was(plot: Any, tmp_path: Path) -> None:
    document = Document()
    document.add_root(plot)
    wb.plot.save(plot, tmp_path / "figure.html", theme="dark")
    assert plot.document is document
    assert plot.background_fill_color is None
    alone = figure()
    wb.plot.save(alone, tmp_path / "figure.html")
    assert alone.document is None


def test_figures_of_runs_save_themselves(tmp_path: Path) -> None:
    run = simulated()
    path = run.plot.raster().save(tmp_path / "raster.html")
    assert path.stat().st_size > 100_000
    assert wb.plot.save(run.plot.rate_histogram(), tmp_path / "rates.HTML").is_file()


def test_a_theme_colours_ground_and_letters(plot: Any) -> None:
    light, dark = page_of(plot), page_of(plot, theme="dark")
    assert f"background: {GROUNDS['dark']}" in dark
    assert '"#E6E6E6"' in dark
    assert '"#E6E6E6"' not in light


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "raster.pdf"}, r"ends in '\.pdf'; accepted: \.html, \.png, \.svg"),
        ({"path": "raster"}, "ends in 'nothing'"),
        ({"theme": "blue"}, "theme is 'blue'; accepted: light, dark"),
        ({"width": 10}, "width is 10; accepted: 200 to 8000 pixels"),
        ({"scale": 9}, "scale is 9; accepted: 0.5 to 4"),
    ],
)
def test_other_wishes_are_refused(
    plot: Any, tmp_path: Path, options: dict[str, Any], message: str
) -> None:
    path = tmp_path / options.pop("path", "a.png")
    with pytest.raises(SettingsError, match=message):
        wb.plot.save(plot, path, **options)
    assert not list(tmp_path.iterdir())


def test_only_figures_are_saved(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="Expected a figure, got a str"):
        wb.plot.save("raster", tmp_path / "a.html")
    with pytest.raises(ExportError, match="Choose a folder you can write to"):
        wb.plot.save(figure(), tmp_path / "missing" / "a.html")


@pytest.mark.parametrize(
    "title",
    ["{{ 7 * 191 }}", "{% raw %}", "{{ cycler.__init__.__globals__.os.getpid() }}", '">&'],
)
def test_a_title_is_shown_and_never_run(title: str) -> None:
    plot = figure(title=title)
    plot.line([0, 1], [0, 1])
    page = page_of(plot)
    label = html.unescape(re.findall(r'<main id="figure" role="img" aria-label="(.*?)">', page)[0])
    assert label == title
    assert html.unescape(re.findall(r"<title>(.*?)</title>", page)[0]) == title


def test_without_a_browser_the_remedy_is_told(
    plot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(chromium.VARIABLE, str(tmp_path / "none"))
    with pytest.raises(ExportError, match=r"which is not a program\. Install chromium"):
        wb.plot.save(plot, tmp_path / "a.png")
    monkeypatch.delenv(chromium.VARIABLE)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(chromium, "PLACES", ())
    with pytest.raises(ExportError, match=r"none was found.*save the figure as \.html"):
        wb.plot.save(plot, tmp_path / "a.svg")


@pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")
def test_a_browser_that_fails_is_told(
    plot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho no display >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv(chromium.VARIABLE, str(program))
    with pytest.raises(ExportError, match=r"did not draw the figure: no display\. Save it as"):
        wb.plot.save(plot, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_figure_shows_itself_as_a_widget() -> None:
    shown = simulated().plot.raster()
    bundle = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/plain"] == repr(shown)
    assert shown.widget is shown.widget
    assert shown.figure.document is not None
    shown.widget.close()


def test_a_title_is_that_of_every_plot_in_order(plot: Any) -> None:
    other = titled(make_figure(height=100), "Another")
    assert Figure(side_by_side([plot, other])).title == "Spikes & <rates>; Another"
    assert repr(Figure(figure())) == "Figure"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pictures_have_the_size_and_ground_that_are_asked_for(
    plot: Any, tmp_path: Path, theme: str
) -> None:
    if chromium.browser_path() is None:
        pytest.skip("no Chromium or Chrome")
    png = wb.plot.save(plot, tmp_path / "a.png", width=400, scale=2, theme=theme).read_bytes()
    assert png.startswith(b"\x89PNG")
    assert struct.unpack(">II", png[16:24]) == (800, 400)
    svg = wb.plot.save(plot, tmp_path / "a.svg", width=400, theme=theme).read_text("utf-8")
    assert svg.startswith("<svg")
    assert f'fill="{GROUNDS[theme]}"' in svg
    assert "Spikes &amp; &lt;rates&gt;" in svg
