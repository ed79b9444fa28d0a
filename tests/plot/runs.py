"""Runs for the tests of figures, and the data that a figure draws."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource
from networks import convolution_network, dense_network

import workbench as wb
from workbench.network.activation import Activation
from workbench.network.graph import Network

X = np.random.default_rng(0).random((6, 5, 5, 1), np.float32)
ANALOG = convolution_network()
Y = ANALOG.predictions(X)


def simulated(conversion: wb.Conversion | None = None, x: Any = X, **settings: Any) -> Any:
    """A run of a small convolution with all layers recorded."""
    snn = wb.convert(ANALOG, X, conversion)
    wanted = {"steps": 25, "record": "all", "record_potentials": "all", **settings}
    return wb.simulate(snn, x, wb.Simulation(**wanted))


def dense_run(
    inputs: int,
    outputs: int,
    samples: int = 3,
    *,
    conversion: wb.Conversion | None = None,
    **settings: Any,
) -> tuple[Network, Any]:
    """A network of one dense layer of rectifiers, and a run of it."""
    random = np.random.default_rng(inputs + outputs)
    network = dense_network(random.normal(0.02, 0.2, (inputs, outputs)), name="dense")
    first, last = network.nodes
    network = Network("dense", (first, replace(last, activation=Activation.RELU)))
    x = random.random((samples, inputs), np.float32)
    snn = wb.convert(network, x, conversion)
    return network, wb.simulate(snn, x, wb.Simulation(**{"steps": 8, "record": "all", **settings}))


def source(figure: Any, name: str) -> dict[str, Any]:
    """The columns of a figure's source of a name."""
    (found,) = figure.select({"type": ColumnDataSource, "name": name})
    return dict(found.data)


def sources(figure: Any, name: str) -> list[dict[str, Any]]:
    """The columns of the sources of a name, figure by figure."""
    return [source(plot, name) for plot in figure.children]
