"""The front of a sweep that goes on: the same figure shows more points as they come."""

import numpy as np
import pandas as pd
import pytest

from workbench.plot.sweep_front import SweepFront


def table_of(rows):
    rng = np.random.default_rng(1)
    accuracy = rng.uniform(0.6, 0.9, rows)
    return pd.DataFrame(
        {
            "percentile": 99.0, "steps": np.arange(1, rows + 1), "samples": 50,
            "part": "validation", "accuracy": accuracy, "accuracy_low": accuracy - 0.05,
            "accuracy_high": accuracy + 0.05, "ann": 0.95, "synops": 1e4, "energy": 2e4,
            "network": "net",
        },
        index=np.arange(rows) + 10,
    )  # fmt: skip


def test_points_of_the_front_below_the_view_are_told():
    table = table_of(3).assign(accuracy=[0.2, 0.8, 0.9])
    front = SweepFront((), "steps")
    for rows, told in ((table, True), (table.iloc[1:], False)):
        front.update(rows)
        assert ("1 point of it below the view: drag to see" in front.figure.above[-1].text) == told
        seen = [y >= front.figure.y_range.start for y in front.front.data["y"]]
        assert seen == [not told, True, True][-len(rows) :]


def test_points_are_added_and_say_which_rows_they_are():
    front = SweepFront(("percentile",), "steps")
    plot = front.figure
    front.update(table_of(0))
    assert not plot.center[-1].visible and plot.title.text == "Sweep: accuracy and time steps"
    few, all_rows = table_of(2), table_of(9)
    for table in (few, all_rows):
        front.update(table)
        fresh = SweepFront(("percentile",), "steps")
        fresh.update(table)
        assert front.points.data["point"].tolist() == table.index.tolist()
        assert set(front.front.data["point"]) <= set(table.index)
        for name in ("points", "front"):
            shown, expected = getattr(front, name).data, getattr(fresh, name).data
            assert {k: list(v) for k, v in shown.items()} == {
                k: list(v) for k, v in expected.items()
            }
        assert (plot.x_range.start, plot.y_range.end) == (
            fresh.figure.x_range.start, fresh.figure.y_range.end,
        )  # fmt: skip
        assert front.figure is plot
    spans = [each for each in plot.center if type(each).__name__ == "Span"]
    assert spans[0].visible and spans[0].location == pytest.approx(95)
    assert plot.title.text == "net: accuracy and time steps (dashed: ANN 95.00 %)"
    assert "9 points on 50 validation samples" in plot.above[-1].text
