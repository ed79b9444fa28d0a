"""How a figure shows itself: as a widget, or as a picture where it is asked for."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from workbench.errors import ExportError
from workbench.plot import figure
from workbench.plot.figure import VARIABLE, Figure
from workbench.plot.style import make_figure, titled


@pytest.fixture
def shown() -> Figure:
    drawn = make_figure(height=200)
    drawn.line([1, 2], [1, 2])
    return Figure(titled(drawn, "Rates"))


def test_a_figure_is_a_picture_where_the_environment_asks_for_it(
    shown: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "png")
    monkeypatch.setattr(figure, "still", lambda _figure: b"png")
    bundle: dict[str, Any] = shown._repr_mimebundle_()
    assert base64.b64decode(bundle["image/png"]) == b"png"
    assert bundle["text/plain"] == "Figure: Rates"


def test_without_a_browser_it_says_why_there_is_no_picture(
    shown: Figure, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_figure: Any) -> bytes:
        raise ExportError("There is no browser.")

    monkeypatch.setenv(VARIABLE, "png")
    monkeypatch.setattr(figure, "still", refuse)
    assert shown._repr_mimebundle_() == {
        "text/plain": "Figure: Rates (no picture: There is no browser.)"
    }


def test_otherwise_it_is_a_widget(shown: Figure, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)
    bundle: dict[str, Any] = shown._repr_mimebundle_()
    assert "image/png" not in bundle
    assert bundle["text/plain"] == "Figure: Rates"
