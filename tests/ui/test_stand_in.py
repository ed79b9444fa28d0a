"""What a notebook keeps of a widget: first a hint, then the last picture, small and marked."""

from __future__ import annotations

import io
import threading
import time
from base64 import b64decode, b64encode
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from example_counts import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from workbench.plot.style import make_figure, titled
from workbench.ui import stand_in
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.demos.compare import CompareDemo
from workbench.ui.stand_in import WIDGET_VIEW, Quiet, StandIn

WIDGET = "0123456789abcdef0123456789abcdef"
BUNDLE = {WIDGET_VIEW: {"model_id": WIDGET}, "text/plain": "VBox()"}


def png(width: int = 40, height: int = 20, seed: int | None = None) -> bytes:
    pixels = np.full((height, width, 3), 255, np.uint8)
    if seed is not None:
        pixels[:] = np.random.default_rng(seed).integers(0, 256, pixels.shape)
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """A notebook of straw: what was published for it."""
    published: list[dict[str, Any]] = []

    def publish(data: Any, metadata: Any, *, transient: Any, update: bool) -> None:
        published.append({"data": data, "metadata": metadata, "update": update, **transient})

    shell = SimpleNamespace(kernel=SimpleNamespace(get_parent=lambda _: {}), user_ns={})
    monkeypatch.setattr("IPython.get_ipython", lambda: shell)
    monkeypatch.setattr("IPython.display.publish_display_data", publish)
    return published


def make(what: str = "a <b>figure</b>") -> StandIn:
    return StandIn(WIDGET, lambda: what, ask=lambda: None, tell=lambda content: None)


def test_it_says_which_package_a_server_lacks_until_a_picture_is_there(
    notebook: list[dict[str, Any]],
) -> None:
    standing = make()
    assert standing.mark == ""
    bundle = standing.beside(BUNDLE)
    # Shown where the widget cannot be: by servers without jupyterlab_widgets.
    assert "lacks the package <b>jupyterlab_widgets</b>" in bundle["text/html"]
    assert "pip install" in bundle["text/html"]
    assert f".swb-stand-in-{standing.mark} {{ display: none }}" in bundle["text/html"]
    assert "a &lt;b&gt;figure" in bundle["text/html"]
    # Shown until a page with anywidget hides it.
    (waiting,) = notebook
    assert "lacks the package <b>anywidget</b>" in waiting["data"]["text/html"]
    assert not waiting["update"]

    assert standing.replace(png(), 20)
    picture = notebook[-1]
    assert picture["update"]
    assert picture["display_id"] == waiting["display_id"]
    assert set(picture["data"]) == {"image/png", "text/plain"}
    about = picture["metadata"]["image/png"]
    assert about == {"width": 20, "height": 10, "alt": "a <b>figure</b>"}
    # Displayed again in another cell, it is the picture from the start.
    standing.beside(BUNDLE)
    assert notebook[-1] == {**picture, "update": False}


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.found.add(tag)


@given(st.text(max_size=50))
@settings(max_examples=examples(20))
def test_no_name_becomes_html(what: str) -> None:
    tags = Tags()
    standing = make(f"<img onerror=x>{what}<script>")
    tags.feed(standing._waiting() + standing._without_widgets())
    assert tags.found == {"style", "div", "b", "pre"}


@given(st.integers(0, 2**128 - 1))
@settings(max_examples=examples(20))
def test_pages_find_the_mark_in_a_picture(number: int) -> None:
    widget = f"{number:032x}"
    packed = stand_in._packed(png(), widget)
    assert packed is not None
    mark = StandIn(widget, str, ask=str, tell=str)._mark
    assert mark.isalnum()  # so that it may be part of a CSS class
    assert b64encode(packed[0]).decode().count(mark) == 1


def test_a_picture_keeps_its_colours_and_is_small(
    notebook: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in, "MOST_BYTES", 7_000)
    standing = make()
    standing.beside(BUNDLE)
    assert standing.replace(png(180, 140, seed=0), 90)  # noise, which nothing can compress
    data = b64decode(notebook[-1]["data"]["image/png"])
    assert len(data) <= 7_000
    assert notebook[-1]["metadata"]["image/png"]["height"] == 70
    assert standing.replace(png(30, 30), 30)
    image = Image.open(io.BytesIO(b64decode(notebook[-1]["data"]["image/png"])))
    assert image.convert("RGB").getcolors() == [(900, (255, 255, 255))]


@pytest.mark.parametrize(
    "sent",
    [b"", b"<svg onload='x'/>", png()[:-30], png(4100, 4100), b"GIF89a" + bytes(50)],
    ids=["nothing", "text", "half", "large", "gif"],
)
def test_what_is_no_picture_is_left_out(notebook: list[dict[str, Any]], sent: bytes) -> None:
    standing = make()
    standing.beside(BUNDLE)
    assert not standing.replace(sent, 20)
    assert len(notebook) == 1


@pytest.mark.parametrize("width", [None, "20px", True, -3, 10**9])
def test_a_width_that_is_none_is_not_believed(notebook: list[dict[str, Any]], width: Any) -> None:
    standing = make()
    standing.beside(BUNDLE)
    assert standing.replace(png(), width)
    about = notebook[-1]["metadata"]["image/png"]
    assert (about["width"], about["height"]) == (stand_in.MOST_WIDE, stand_in.MOST_WIDE // 2)


def test_the_same_picture_is_published_once_and_none_after_the_end(
    notebook: list[dict[str, Any]],
) -> None:
    standing = make()
    standing.beside(BUNDLE)
    assert [standing.replace(png(), 20) for _ in range(2)] == [True, False]
    standing.close()
    assert not standing.replace(png(30, 30), 30)


def test_only_notebooks_get_one(
    notebook: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    import IPython

    standing = make()
    assert standing.beside(None) is None
    assert standing.beside({"text/plain": "VBox()"}) == {"text/plain": "VBox()"}
    with monkeypatch.context() as patch:
        patch.setenv("SNN_WORKBENCH_DASHBOARD", "1")
        assert standing.beside(BUNDLE) is BUNDLE
    with monkeypatch.context() as patch:
        patch.setitem(IPython.get_ipython().user_ns, "__vsc_ipynb_file__", "a.ipynb")
        assert standing.beside(BUNDLE) is BUNDLE
    with monkeypatch.context() as patch:
        patch.setattr("IPython.get_ipython", lambda: None)
        assert standing.beside(BUNDLE) is BUNDLE
    assert standing.mark == ""
    assert not standing.replace(png(), 20)
    assert notebook == []


def test_a_figure_by_itself_asks_the_view_that_was_heard_last(
    notebook: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    from fake_browser import FakeBrowser

    monkeypatch.setattr(stand_in, "QUIET_S", 0.01)
    drawn = make_figure(height=200)
    drawn.line([1, 2], [1, 2])
    pane = BokehPane(titled(drawn, "Rates & more"))
    first, second = FakeBrowser(pane, "first"), FakeBrowser(pane, "second")
    asked = threading.Event()
    pane.send = lambda content, buffers=None: (
        second.inbox.append((content, [])) if content["kind"] != "picture" else asked.set()
    )
    first.mount()
    second.mount()
    assert not asked.wait(0.1)  # a card of the workbench keeps no picture of its own
    bundle = pane._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "the figure “Rates &amp; more”" in bundle["text/html"]
    assert pane._mark == pane._stand_in.mark
    second.say("drawn", number=0)
    assert asked.wait(60)
    pane._stand_in.replace(png(), 20)
    assert notebook[-1]["data"]["text/plain"] == "the figure “Rates & more”"
    pane.close()
    assert not pane._stand_in.replace(png(30, 30), 20)


def test_of_two_sides_one_picture_of_both_is_kept(
    notebook: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stand_in, "QUIET_S", 0.01)
    page = CompareDemo("mlp", run=False)
    asked = threading.Event()
    first, second = page.sides
    first._page.send = lambda content, *_: content["kind"] == "picture" and asked.set()
    bundle = page._repr_mimebundle_()
    bundle = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "the workbench with mlp" in bundle["text/html"]
    assert first._page.mark == page._stand_in.mark != ""
    assert second._page.mark == ""
    second.state.set_trait("status", replace(second.state.status, text="Ready"))
    assert asked.wait(60)
    first._page._handle_custom_msg({"kind": "picture", "width": 20}, [png()])
    until = time.monotonic() + 60
    while "image/png" not in notebook[-1]["data"]:
        assert time.monotonic() < until
        time.sleep(0.01)
    assert len(notebook) == 2  # neither side has one of its own
    page.close()
    assert not page._stand_in.replace(png(30, 30), 20)


def test_quiet_acts_once_after_the_last_stir(monkeypatch: pytest.MonkeyPatch) -> None:
    now, acted = [0.0], []
    monkeypatch.setattr(stand_in.time, "monotonic", lambda: now[0])
    quiet = Quiet(lambda: acted.append(now[0]), 10.0)
    for _ in range(5):
        now[0] += 4
        quiet.stir()
    quiet._look()
    assert not acted  # 20 s have passed, none since the last stir
    now[0] += 11
    quiet._look()
    assert acted == [31.0]
    quiet.stop()
    quiet.stir()
    quiet._look()
    assert acted == [31.0]
