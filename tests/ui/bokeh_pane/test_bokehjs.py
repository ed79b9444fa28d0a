import gzip

import bokeh
import pytest
from bokeh.layouts import column
from bokeh.models import Button, ColumnDataSource, DataTable
from bokeh.plotting import figure

from workbench.errors import WorkbenchError
from workbench.ui.bokeh_pane.bokehjs import components_for, compressed_source


def test_a_plain_figure_takes_the_core_alone() -> None:
    assert components_for(figure().references()) == ["bokeh"]


def test_components_follow_what_the_models_are() -> None:
    plot = figure(output_backend="webgl", title="$$x^2$$")
    assert components_for(plot.references()) == ["bokeh", "bokeh-gl", "bokeh-mathjax"]
    table = column(Button(label="b"), DataTable(source=ColumnDataSource({"a": [1]})))
    assert components_for(table.references()) == ["bokeh", "bokeh-widgets", "bokeh-tables"]


def test_the_source_is_the_installed_one() -> None:
    source = gzip.decompress(compressed_source("bokeh")).decode()
    assert f'"{bokeh.__version__}"' in source
    assert len(compressed_source("bokeh")) < len(source) / 3


def test_an_unknown_component_is_refused() -> None:
    with pytest.raises(WorkbenchError, match=r"is '\.\./secret'; supported: bokeh, bokeh-gl"):
        compressed_source("../secret")
