"""Figures as files: a page that works without a network, or a picture."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from bokeh.document import Document
from bokeh.embed import file_html
from bokeh.models import Plot
from bokeh.models.ui import UIElement
from bokeh.resources import INLINE
from bokeh.themes import Theme

from workbench.errors import ExportError, SettingsError
from workbench.plot.figure import Figure
from workbench.util.atomic_files import written
from workbench.util.chromium import drawn_by

PICTURE = (Path(__file__).parent / "picture.js").read_text(encoding="utf-8")
"""JavaScript that makes a picture of a figure, here and wherever a browser shows one."""

SUFFIXES = (".html", ".png", ".svg")
NARROWEST, WIDEST = 200, 8000

GROUNDS = {"light": "#FFFFFF", "dark": "#111111"}
"""Colour behind a figure by the name of its theme."""

INKS = {
    "light": {"text": "#222222", "line": "#888888", "grid": "#E0E0E0"},
    "dark": {"text": "#E6E6E6", "line": "#9A9A9A", "grid": "#3A3A3A"},
}


def save(
    figure: Any,
    path: str | Path,
    *,
    width: int = 900,
    scale: float = 2.0,
    theme: str = "light",
) -> Path:
    """Write a figure to a file; the ending sets the format.

    Parameters
    ----------
    figure : Figure, or a figure or layout of Bokeh
    path : str or Path
        ``.html``: a page with the interactive figure, which works without a network. ``.png``,
        ``.svg``: an image, drawn by the system's Chromium or Chrome.
    width : int
        Of an image, in CSS pixels; a page is as wide as its window. Text keeps its size.
    scale : float
        Pixels of a ``.png`` per CSS pixel, 0.5 to 4.
    theme : "light" or "dark"
        Colours of background, axes and text.

    Returns
    -------
    Path

    Raises
    ------
    SettingsError
        If the ending, the width, the scale or the theme is not accepted.
    ExportError
        If there is no browser for an image, or the file cannot be written.
    """
    path = Path(path)
    model = figure.figure if isinstance(figure, Figure) else figure
    if not isinstance(model, UIElement):
        raise ExportError(
            f"Expected a figure, got a {type(figure).__name__}. Accepted: what wb.plot.raster(run) "
            "or run.plot.raster() returns, and figures and layouts of Bokeh."
        )
    kind = path.suffix.lower()
    if kind not in SUFFIXES:
        raise SettingsError(
            f"{path} ends in {kind or 'nothing'!r}; accepted: {', '.join(SUFFIXES)}."
        )
    if theme not in GROUNDS:
        raise SettingsError(f"theme is {theme!r}; accepted: {', '.join(GROUNDS)}.")
    if not isinstance(width, int) or not NARROWEST <= width <= WIDEST:
        raise SettingsError(f"width is {width!r}; accepted: {NARROWEST} to {WIDEST} pixels.")
    if not 0.5 <= scale <= 4:
        raise SettingsError(f"scale is {scale!r}; accepted: 0.5 to 4.")
    content = (
        page_of(model, theme=theme).encode("utf-8")
        if kind == ".html"
        else picture_of(model, kind[1:], width=width, scale=scale, theme=theme)
    )
    with written(path, ExportError) as file:
        file.write(content)
    return path


def page_of(model: UIElement, *, theme: str = "light", width: int = 0, script: str = "") -> str:
    """Return a page with a figure, its JavaScript included.

    Parameters
    ----------
    model : UIElement
        It stays as it is, also where it is shown elsewhere.
    theme : "light" or "dark"
    width : int
        In pixels; 0 is the width of the window.
    script : str
        JavaScript to run besides.
    """
    root, title = copied(model, theme)
    size = f"width: {width}px" if width else "max-width: 100%; padding: 8px"
    page: str = file_html(
        root,
        INLINE,
        title=title or "Figure",
        template=_PAGE,
        template_variables={
            "ground": GROUNDS[theme],
            "size": size,
            "label": title,
            "script": script,
        },
        theme=bokeh_theme(theme),
        suppress_callback_warning=True,
    )
    return page


def picture_of(
    model: UIElement, kind: str, *, width: int = 900, scale: float = 2.0, theme: str = "light"
) -> bytes:
    """Return the bytes of a picture of a figure; parameters as of `save`.

    Raises
    ------
    ExportError
        If there is no browser, or it fails.
    """
    script = PICTURE + _DRAW % {"kind": json.dumps(kind), "ground": json.dumps(GROUNDS[theme])}
    page = page_of(model, theme=theme, width=width, script=script)
    return drawn_by(page, width=width, scale=scale if kind == "png" else 1.0)


def copied(model: UIElement, theme: str) -> tuple[Any, str]:
    """Return a copy of a figure with the ground of a theme, and the figure's title."""
    shown = model.document
    document = Document() if shown is None else shown
    if shown is None:
        document.add_root(model)
    try:
        written = document.to_json(deferred=False)
    finally:
        if shown is None:
            document.remove_root(model)
    copy = Document.from_json(written)
    root: Any = copy.get_model_by_id(model.id)
    copy.clear()
    plots = [part for part in root.references() if isinstance(part, Plot)]
    for plot in plots:
        for attribute in ("border_fill_color", "background_fill_color"):
            if getattr(plot, attribute) is None:
                setattr(plot, attribute, GROUNDS[theme])
    return root, Figure(model).title


def bokeh_theme(name: str) -> Theme:
    ink = INKS[name]
    axis = {
        "axis_line_color": ink["line"], "major_tick_line_color": ink["line"],
        "minor_tick_line_color": ink["line"], "axis_label_text_color": ink["text"],
        "major_label_text_color": ink["text"],
    }  # fmt: skip
    bar = {
        "title_text_color": ink["text"], "major_label_text_color": ink["text"],
        "major_tick_line_color": ink["line"], "bar_line_color": ink["line"],
        "background_fill_color": GROUNDS[name],
    }  # fmt: skip
    return Theme(
        json={
            "attrs": {
                "Plot": {"outline_line_color": ink["grid"]},
                "Axis": axis,
                "Grid": {"grid_line_color": ink["grid"]},
                "Title": {"text_color": ink["text"]},
                "BaseColorBar": bar,
                "Legend": {
                    "label_text_color": ink["text"], "title_text_color": ink["text"],
                    "background_fill_color": GROUNDS[name], "border_line_color": ink["grid"],
                },
            }
        }
    )  # fmt: skip


# Jinja runs what stands in a template: titles, which may come from a file, are values of its
# variables, and never part of it.
_PAGE = """{% block preamble %}<style>
html, body { margin: 0; background: {{ ground }}; overflow-x: hidden; }
#figure { {{ size }}; box-sizing: border-box; }
</style>{% endblock %}
{% block contents %}
<main id="figure" role="img" aria-label="{{ label | e }}">{{ super() }}</main>
<script>{{ script }}</script>
{% endblock %}"""

_DRAW = """
(() => {
  const kind = %(kind)s, ground = %(ground)s;
  const leave = (name, text) => {
    const element = document.createElement("script");
    element.id = `snn-workbench-${name}`;
    element.type = "text/plain";
    element.textContent = text;
    document.body.append(element);
  };
  const encode = (text) => {
    let letters = "";
    for (const byte of new TextEncoder().encode(text)) letters += String.fromCharCode(byte);
    return btoa(letters);
  };
  const fail = (problem) => leave("problem", encode(String(problem?.message ?? problem)));
  window.addEventListener("error", (event) => fail(event.message));
  const draw = () => {
    const [view] = [...Bokeh.index.roots];
    if (kind === "svg") return leave("result", encode(svgPicture(view, { ground })));
    const canvas = canvasPicture(view, { ground, exact: true });
    leave("result", canvas.toDataURL("image/png").split(",")[1]);
  };
  const wait = () => {
    const shown = window.Bokeh?.documents?.[0];
    if (!shown?.is_idle) return setTimeout(wait, 20);
    try {
      draw();
    } catch (problem) {
      fail(problem);
    }
  };
  setTimeout(wait, 20);
})();
"""
