from __future__ import annotations

import pytest

from workbench.plot.style import short_names


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
