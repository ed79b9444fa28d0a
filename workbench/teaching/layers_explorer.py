"""Counts of the bundled networks, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

from bokeh.models import FactorRange
from bokeh.models.formatters import NumeralTickFormatter

from workbench.network.graph import Network
from workbench.network_files import load
from workbench.plot.palette import LAYERS
from workbench.plot.style import axis_range, empty, make_figure, set_range
from workbench.teaching.controls import Choice, Control
from workbench.teaching.counting_explorer import COUNTED
from workbench.teaching.explorer import Explorer, Plot

NETWORKS = {
    "counting": "counting: the 14 x 14 network",
    "mlp": "mlp: three dense layers",
    "lenet": "lenet: convolutions",
    "maxpool": "maxpool: convolutions",
}

_loaded: dict[str, Network] = {}


def bundled(name: str) -> Network:
    """Return a bundled network; it is read once."""
    if name not in _loaded:
        network = load(name)
        assert isinstance(network, Network)
        _loaded[name] = network
    return _loaded[name]


class LayersExplorer(Explorer):
    """See which layer of a network holds most of what you count.

    Parameters
    ----------
    **values
        network, count.
    """

    title: ClassVar[str] = "Where a network has most"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "network": Choice("Network", "One of the bundled networks.", "lenet", NETWORKS),
            "count": Choice("Count", "What to count.", "parameters", COUNTED),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return one bar for each layer."""
        self._bars = empty("name", "count")
        self._layers: Any = FactorRange(factors=[])
        self.figure = make_figure(height=260, x_range=axis_range(0, 1), y_range=self._layers)
        self.figure.hbar(
            y="name", right="count", height=0.7, source=self._bars, fill_color=LAYERS[0],
            line_color=None,
        )  # fmt: skip
        self.figure.xaxis.formatter = NumeralTickFormatter(format="0,0")
        self.figure.yaxis.axis_label = "layer"
        return (Plot("One bar per layer, from input to output", self.figure),)

    def show(self) -> Sequence[str]:
        """Count the chosen quantity in every layer."""
        name, count = str(self.values["network"]), str(self.values["count"])
        table = bundled(name).summary()
        table = table[table[count] > 0]
        total, title = int(table[count].sum()), COUNTED[count]
        self._layers.factors = list(table["name"])[::-1]
        self._bars.data = {"name": list(table["name"]), "count": list(table[count])}
        set_range(self.figure.x_range, 0, 1.05 * float(table[count].max()))
        self.figure.xaxis.axis_label = title
        most, layer = max(zip(table[count], table["name"], strict=True))
        return (
            f"{title} of {name}: {total:,} in all. {layer} has most, {most:,} or "
            f"{100 * most / total:.0f} %.",
        )
