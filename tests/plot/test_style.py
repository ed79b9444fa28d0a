from __future__ import annotations

import pytest
from bokeh.models import AllLabels, NoOverlap

from workbench.plot.style import make_figure, name_ticks, short_names


@pytest.mark.parametrize(
    ("names", "short"),
    [
        (["conv", "out"], ["conv", "out"]),
        (["block_12_depthwise_relu", "out"], ["bloc…e_relu", "out"]),
        (["features_0_long_name", "features_1_long_name"], ["…0_long_na…", "…1_long_na…"]),
        (["layer_of_first_kind_x", "layer_of_other_kind_x"], ["…first_kin…", "…other_kin…"]),
        ([], []),
    ],
)
def test_names_fit_and_differ(names: list[str], short: list[str]) -> None:
    assert list(short_names(names, 11).values()) == short
    assert all(len(name) <= 11 for name in short)


def test_numbers_make_room_on_a_narrow_page_and_names_stay() -> None:
    plot = make_figure(height=100)
    (axis,) = plot.xaxis
    assert isinstance(axis.major_label_policy, NoOverlap)
    name_ticks(axis, ["b", "a"], [2.0, 1.0])
    assert isinstance(axis.major_label_policy, AllLabels)
