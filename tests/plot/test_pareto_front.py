"""Loss against cost: marks are the table's, and the front is what nothing beats."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import workbench as wb
from workbench.errors import DataError
from workbench.plot.pareto_front import LEAST
from workbench.util.pareto import undominated

TABLE = pd.DataFrame(
    {
        "network": ["a"] * 5 + ["b"],
        "method": ["x", "x", "x", "y", "y", "x"],
        "steps": [1, 2, 4, 1, 2, 1],
        "loss": [20.0, 2.0, -0.3, 5.0, np.nan, 1.0],
        "synops": [10.0, 100.0, 1000.0, 50.0, np.nan, 10.0],
        "ann": 0.98,
        "samples": 500,
        "macs": 400.0,
    }
)


def source(plot, name):
    return next(r.data_source.data for r in plot.renderers if r.data_source.name == name)


def test_a_mark_for_each_row_and_the_front_below():
    plot = wb.plot.pareto(TABLE, "a")
    x = source(plot, "x")
    assert list(x["x"]) == [10, 100, 1000] and list(x["y"]) == [20, 2, LEAST]
    assert list(x["loss"]) == [20, 2, -0.3] and list(x["steps"]) == [1, 2, 4]
    assert list(source(plot, "y")["x"]) == [50]  # what was not measured has no mark
    assert list(source(plot, "front")["x"]) == [10, 50, 100, 1000]
    assert set(source(plot, "steps")["text"]) == {"1", "2", "4"}
    assert plot.title.text == "a: accuracy lost by conversion (ANN 98.00 %)"
    assert [item.label.value for item in plot.legend[0].items] == ["x", "y"]


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 9)), min_size=1, max_size=20))
def test_nothing_beats_the_front_and_it_beats_all_else(points):
    costs, losses = np.array(points, float).T
    chosen = undominated(costs, losses)
    assert (np.diff(costs[chosen]) > 0).all() and (np.diff(losses[chosen]) < 0).all()
    for cost, loss in points:
        assert any(costs[i] <= cost and losses[i] <= loss for i in chosen)


def test_a_table_without_measurements_says_so():
    nothing = TABLE.assign(loss=np.nan)
    plot = wb.plot.pareto(nothing, "a")
    assert any("nothing was measured" in r.data_source.data.get("text", ()) for r in plot.renderers)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "The table has 2 networks; give the network to draw: a, b"),
        ({"network": "c"}, "no network 'c'; it has a, b"),
        ({"network": "a", "cost": "joules"}, "cost is 'joules'; accepted: synops"),
        ({"network": "a", "cost": "energy_memory_nj"}, "lacks the columns energy_memory_nj"),
    ],
)
def test_other_tables_are_refused(options, message):
    with pytest.raises(DataError, match=message):
        wb.plot.pareto(TABLE, **options)
