"""How the weights of each layer are distributed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from workbench.errors import DataError, SettingsError
from workbench.network.graph import Network
from workbench.network.layer import Layer
from workbench.network.serialize import fields_of
from workbench.network.spiking import SpikingNetwork
from workbench.plot.histograms import bins_figure
from workbench.plot.palette import layer_colours
from workbench.plot.style import (
    Remark,
    axis_range,
    counted,
    make_figure,
    shortened,
    side_by_side,
    titled,
)

BINS = 50
LONGEST_NAME = 18
"""Letters of a layer's name in a title."""


def weights(network: Network | SpikingNetwork, *, layers: Sequence[str] | str | None = None) -> Any:
    """Draw the distribution of weights, a plot per layer.

    Parameters
    ----------
    network : Network or SpikingNetwork
        Weights of a spiking network are those of a spike, as shares of a normalized threshold.
    layers : sequence of str, optional
        All layers that have weights by default.

    Returns
    -------
    bokeh.models.Row of figures

    Raises
    ------
    DataError
        If this is not a network.
    SettingsError
        If a layer does not exist or has no weights.
    """
    if not isinstance(network, (Network, SpikingNetwork)):
        raise DataError(
            f"Expected a network, got a {type(network).__name__}. Accepted: what wb.load or "
            "wb.convert returns."
        )
    found = weights_of(network)
    wanted = [layers] if isinstance(layers, str) else layers
    if wanted is not None and (missing := [name for name in wanted if name not in found]):
        known = ", ".join(found) or "none"
        raise SettingsError(f"Layer '{missing[0]}' has no weights; layers that have: {known}.")
    shown = {name: found[name] for name in (found if wanted is None else wanted)}
    colours = layer_colours(tuple(found))
    spiking = isinstance(network, SpikingNetwork)
    label = "weight (thresholds)" if spiking else "weight"
    plots = [_histogram(name, values, colours[name], label) for name, values in shown.items()]
    if not plots:
        plot = make_figure(height=220, x_range=axis_range(0, 1), y_range=axis_range(0, 1))
        Remark(plot).show("no weights")
        plots = [plot]
    return side_by_side(plots)


def weights_of(network: Network | SpikingNetwork) -> dict[str, np.ndarray]:
    """Return the stored weights of every layer that has some, without biases; one dimension each.

    Of a spiking network, those of all paths that end at a population.
    """
    found: dict[str, list[np.ndarray]] = {}
    if isinstance(network, Network):
        for node in network.nodes:
            found.setdefault(node.name, []).extend(_stored(node.layer))
    else:
        for projection in network.projections:
            unit = network.grid_unit(network.population(projection.target))
            for layer in projection.maps:
                parts = [part * unit for part in _stored(layer)]
                found.setdefault(projection.target, []).extend(parts)
    return {name: np.concatenate(parts) for name, parts in found.items() if parts}


WEIGHTS = ("kernel", "weight")
"""Fields of layers that hold a weight per connection, shared or not."""


def _stored(layer: Layer) -> list[np.ndarray]:
    fields = fields_of(layer)
    return [np.asarray(fields[name], float).reshape(-1) for name in WEIGHTS if name in fields]


def _histogram(name: str, values: np.ndarray, colour: str, label: str) -> Any:
    counts, edges = np.histogram(values, BINS)
    top = float(counts.max(initial=1))
    plot = bins_figure(edges, counts, colour, top=top, height=220, name="weights")
    plot.xaxis.axis_label, plot.yaxis.axis_label = label, "number"
    count = counted(len(values), "weight")
    negative = float((values < 0).mean())
    return titled(plot, shortened(name, LONGEST_NAME), f"{count}, {negative:.0%} below 0")
