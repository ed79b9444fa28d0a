import pandas as pd
import pytest

from workbench.plot.core_bars import COLUMNS, FULL, MOST, NAMED, ROWS, CoresPlot, core_columns

TABLE = pd.DataFrame(
    {
        "chip": [0, 0, 1],
        "core": [0, 1, 0],
        "layer": ["a", "a", "b"],
        "compartments": [512, 1024, 3000],
        "synapse_bytes": [10, 20, 30],
        "input_axons": [1, 2, 3],
        "output_axons": [4, 5, 6],
        "compartments_share": [0.5, 1.0, 3.0],
        "synapse_bytes_share": [0.1, 0.2, 0.3],
        "input_axons_share": [float("nan")] * 3,
        "output_axons_share": [float("nan")] * 3,
    }
)


def test_a_bar_is_as_high_as_its_core_is_full():
    columns = core_columns(TABLE, {"a": "#111111", "b": "#222222"})
    assert set(columns) == set(COLUMNS)
    assert {len(values) for values in columns.values()} == {6}  # two resources have a limit
    tops = dict(
        zip(zip(columns["what"], columns["left"], strict=True), columns["top"], strict=True)
    )
    row = len(ROWS) - 1
    assert tops["neurons", 0] == pytest.approx(row + 0.5 * FULL)
    assert tops["neurons", 1] == pytest.approx(row + FULL)
    assert tops["neurons", 2] == pytest.approx(row + FULL)  # and a hatched part beyond the limit
    over = [top - bottom for top, bottom in zip(columns["over"], columns["top"], strict=True)]
    assert max(over) == pytest.approx((MOST - 1) * FULL) and sum(map(bool, over)) == 1
    assert columns["colour"][:3] == ["#111111", "#111111", "#222222"]
    assert "3,000 (300%)" in columns["held"]
    assert columns["core"][2] == "0 of chip 1"


def test_the_legend_names_each_layer_once():
    plot = CoresPlot()
    plot.update(TABLE, {"a": "#111111", "b": "#222222"})
    assert [item.label.value for item in plot.legend.items] == ["a", "b"]
    assert [plot.bars.data["layer"][item.index] for item in plot.legend.items] == ["a", "b"]
    assert plot.legend.visible
    many = pd.concat([TABLE.assign(layer=f"layer {number}") for number in range(NAMED + 1)])
    plot.update(many.reset_index(drop=True), {})
    assert not plot.legend.visible


def test_what_has_no_limit_is_said():
    plot = CoresPlot()
    plot.update(TABLE, {"a": "#111111", "b": "#222222"})
    labels = list(plot.figure.yaxis[0].major_label_overrides.values())
    assert labels == [
        "output axons: no limit",
        "input axons: no limit",
        "synapse memory",
        "neurons: 300%",
    ]
    assert plot.figure.x_range.end == 3
    assert plot.limits.data["y"] == [2 + FULL, 3 + FULL]
