"""The waterfall leads from the analog network's score to the spiking one's, in a table's steps."""

import numpy as np
import pandas as pd
import pytest
from runs import source

import workbench as wb
from workbench.errors import DataError
from workbench.plot.attribution_waterfall import CAUSES, attribution_sentence


def table(unit="points", ann=98.0, **changes):
    """A table with changes of single cells, as (layer, cause): change."""
    rows = [{"layer": name, **dict.fromkeys(CAUSES, 0.0)} for name in ("input", "fc1", "readout")]
    for name, change in changes.items():
        layer, cause = name.split("__")
        next(row for row in rows if row["layer"] == layer)[cause] = change
    found = pd.DataFrame(rows)
    found["points"] = found[list(CAUSES)].sum(axis=1)
    found.attrs = {"ann": ann, "snn": ann + found["points"].sum(), "unit": unit}
    return found


def test_each_bar_begins_where_the_last_one_ended():
    lost = table(fc1__clipping=-4.0, fc1__quantization=1.0, readout__readout=-2.0)
    figure = wb.plot.attribution(lost)
    bars = source(figure, "attribution")
    np.testing.assert_allclose(bars["left"], [98, 94, 95])
    np.testing.assert_allclose(bars["right"], [94, 95, 93])
    assert list(bars["cause"]) == ["clipping", "quantization", "readout"]
    assert all(top > bottom for top, bottom in zip(bars["top"], bars["bottom"], strict=True))
    totals = source(figure, "totals")
    assert list(totals["text"]) == ["0", "-3.0", "-2.0"]
    assert figure.x_range.start < 93 and figure.x_range.end > 98
    assert figure.legend[0] in figure.below  # beside the bars, it would take a narrow page's room
    assert [item.label.value for item in figure.legend[0].items] == [
        "clipping",
        "quantization",
        "readout",
    ]


@pytest.mark.parametrize(("unit", "ann"), [("points", 100.0), ("points", 0.0), ("mse", 0.5)])
def test_an_axis_has_room_where_nothing_is_lost(unit, ann):
    figure = wb.plot.attribution(table(unit, ann))
    low, high = figure.xaxis[0].bounds
    assert low <= ann <= high < figure.x_range.end
    assert (high - low) > 0.5 * (figure.x_range.end - figure.x_range.start)


def test_the_words_name_both_ends_and_the_largest_losses():
    lost = table(fc1__clipping=-4.0, fc1__quantization=1.0, readout__readout=-2.0)
    assert attribution_sentence(lost) == (
        "Accuracy: ANN 98.0 %, SNN 93.0 %. Largest losses in points: fc1 clipping -4.0, "
        "readout -2.0."
    )
    assert attribution_sentence(table()).endswith("Nothing is lost in any layer.")
    error = table("mse", 0.5, fc1__unevenness=0.25, fc1__clipping=-0.125)
    assert attribution_sentence(error) == (
        "Mean squared error: ANN 0.5, SNN 0.625. Largest losses: fc1 unevenness +0.25."
    )
    assert "mean squared error" in wb.plot.attribution(error).xaxis[0].axis_label


def test_other_tables_are_refused():
    with pytest.raises(DataError, match=r"Expected a table, got a list\. Accepted: what wb\.attr"):
        wb.plot.attribution([])
    with pytest.raises(DataError, match="has no column layer"):
        wb.plot.attribution(pd.DataFrame({"x": [1]}))
    lost = table()
    lost.attrs = {}
    with pytest.raises(DataError, match="has lost its attrs"):
        wb.plot.attribution(lost)
