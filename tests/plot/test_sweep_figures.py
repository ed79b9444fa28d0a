"""Figures of a sweep show its table: the front, one axis with intervals, a map of two."""

import itertools

import numpy as np
import pandas as pd
import pytest
from bokeh.models import HoverTool, Span

import workbench as wb
from workbench.errors import DataError
from workbench.plot.style import plots_of


def table_of(**axes):
    rng = np.random.default_rng(0)
    rows = []
    for values in itertools.product(*axes.values()):
        row = {"steps": 4, **dict(zip(axes, values, strict=True))}
        accuracy = rng.uniform(0.6, 0.9)
        row |= {"settings": "{}", "samples": 50, "part": "validation", "accuracy": accuracy}
        row |= {"accuracy_low": accuracy - 0.05, "accuracy_high": accuracy + 0.05, "ann": 0.95}
        rows.append({**row, "synops": 1e4 * row["steps"], "energy": 2e4, "network": "net"})
    table = pd.DataFrame(rows)
    first = [*axes, *(name for name in table if name not in axes)]
    table = table[first].copy()
    table.loc[1, ["accuracy", "accuracy_low", "accuracy_high", "ann"]] = np.nan
    return table


def source(plot, name):
    return next(r.data_source for r in plot.renderers if r.data_source.name == name).data


def test_the_front_is_that_of_the_table():
    table = table_of(percentile=[99, 99.9], reset=["a", "b"], steps=[1, 2, 3])
    plot = wb.plot.sweep(table, cost="synops")
    measured = table[table["accuracy"].notna()]
    assert source(plot, "points")["x"].tolist() == measured["synops"].tolist()
    front = source(plot, "front")
    assert (np.diff(front["x"]) > 0).all() and (np.diff(front["y"]) > 0).all()
    assert front["y"].max() == 100 * measured["accuracy"].max()
    assert front["axis_reset"][-1] == measured.loc[measured["accuracy"].idxmax(), "reset"]
    assert (
        plot.title.text == "net: accuracy and synaptic operations per sample (dashed: ANN 95.00 %)"
    )


@pytest.mark.parametrize("values", [[1, 4, 2], ["mmse", "max", "search"]])
def test_one_axis_is_drawn_with_intervals(values):
    name = "steps" if values[0] == 1 else "normalization"
    table = table_of(**{name: values})
    shown = source(wb.plot.sweep(table), "accuracy")
    rows = table.drop(index=1)
    assert sorted(shown["y"]) == sorted(100 * rows["accuracy"])
    assert (np.asarray(shown["high"]) - shown["low"]).tolist() == pytest.approx([10, 10])
    assert sorted(shown["x"]) == ([1, 2] if name == "steps" else [0, 2])


def test_two_axes_are_a_map_whose_cells_are_the_best_of_the_others():
    table = table_of(percentile=[99, 99.9], steps=[1, 2, 3])
    cells = source(wb.plot.sweep(table), "cells")
    assert len(cells["x"]) == 5 and set(zip(cells["x"], cells["row"], strict=True)) == {
        (0.5, 0.5), (0.5, 2.5), (1.5, 0.5), (1.5, 1.5), (1.5, 2.5),
    }  # fmt: skip
    larger = table_of(percentile=[99, 99.9], steps=[1, 2, 3], seed=[0, 1])
    plot = wb.plot.sweep(larger, ["percentile", "steps"])
    best = larger.groupby(["percentile", "steps"])["accuracy"].max()
    assert sorted(source(plot, "cells")["y"]) == sorted(100 * best)


def test_a_table_from_a_file_and_one_without_figures_are_drawn(tmp_path):
    table = table_of(percentile=[99, 99.9], steps=[1, 2, 3])
    table.to_csv(tmp_path / "t.csv", index=False)
    again = wb.plot.sweep(pd.read_csv(tmp_path / "t.csv"))
    assert len(source(again, "cells")["x"]) == 5
    for axes in (None, "steps", ()):
        nothing = table.assign(accuracy=np.nan)
        assert plots_of(wb.plot.sweep(nothing, axes))[0].title.text.startswith("Sweep: accuracy")


def test_without_labels_every_figure_speaks_of_agreement(tmp_path):
    table = table_of(percentile=[99, 99.9], steps=[1, 2, 3]).assign(ann=1.0, labelled=False)
    table.assign(part="train").to_csv(tmp_path / "t.csv", index=False)
    for axes in ("percentile", ("percentile", "steps"), ()):
        plot = plots_of(wb.plot.sweep(pd.read_csv(tmp_path / "t.csv"), axes))[0]
        told = [plot.title.text, *(each.axis_label for each in [*plot.xaxis, *plot.yaxis])]
        told += [word for tool in plot.select(type=HoverTool) for word, _ in tool.tooltips]
        assert not [word for word in told if "accuracy" in word]
        assert "agreement" in plot.title.text and "agrees with the ANN" in plot.title.text
        assert not [each for each in plot.select(type=Span) if each.visible]
        assert "training samples" in plot.above[0].text


@pytest.mark.parametrize(
    ("table", "options", "message"),
    [
        ([1], {}, "Expected a table, got a list"),
        (pd.DataFrame({"steps": [1]}), {}, "lacks the columns samples, accuracy"),
        (table_of(steps=[1, 2]), {"cost": "price"}, "cost is 'price'; accepted: 'steps'"),
        (table_of(steps=[1, 2]), {"axes": "leak"}, "axes is 'leak'; accepted: up to 2"),
        (table_of(steps=[1, 2]), {"axes": ["steps"] * 3}, "accepted: up to 2"),
        (table_of(steps=[1, 2]), {"axes": ["steps"] * 2}, "accepted: up to 2 different axes"),
        (table_of(steps=[1, 2]), {"axes": "accuracy"}, "axes is 'accuracy'; accepted: up to 2"),
    ],
)
def test_what_cannot_be_drawn_is_refused(table, options, message):
    with pytest.raises(DataError, match=message):
        wb.plot.sweep(table, **options)
