"""What a convolution and a dense layer store, hold and connect, and what a border does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models import LinearColorMapper
from bokeh.models.annotations import ColorBar
from bokeh.models.tools import HoverTool

from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D, Padding
from workbench.network.counts import formula
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input, Reshape
from workbench.plot.palette import AMOUNTS, graded
from workbench.plot.style import axis_range, empty, make_figure, set_range
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot

COUNTED = {
    "parameters": "Parameters",
    "neurons": "Neurons",
    "synapses": "Synapses",
    "operations": "ANN operations",
}


def convolution_network(
    size: int, kernel: int, filters: int, stride: int, padding: str, outputs: int
) -> Network:
    """Return an image, a convolution, and a dense layer, all weights 1.

    Parameters
    ----------
    size, kernel : int
        Pixels along a side.
    filters, stride : int
    padding : "valid" or "same"
    outputs : int
        Of the dense layer.
    """
    around = _padding(size, kernel, stride, padding)
    convolution = Conv2D(
        (size, size, 1),
        np.ones((kernel, kernel, 1, filters), np.float32),
        np.ones(filters, np.float32),
        strides=(stride, stride),
        padding=around,
    )
    shape, units = convolution.output_shape, convolution.output_size
    dense = Dense(np.ones((units, outputs), np.float32), np.ones(outputs, np.float32))
    nodes = (
        Node("input", Input((size, size, 1))),
        Node("conv", convolution, Activation.RELU, ("input",)),
        Node("flatten", Reshape(shape, (units,)), inputs=("conv",)),
        Node("dense", dense, Activation.RELU, ("flatten",)),
    )
    return Network("example", nodes)


def _padding(size: int, kernel: int, stride: int, padding: str) -> Padding:
    """Return the zeros around an image, as Keras and TensorFlow put them."""
    if padding == "valid":
        return (0, 0), (0, 0)
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    one = total // 2, total - total // 2
    return one, one


def connections_of_pixels(network: Network) -> np.ndarray:
    """Return how many synapses of the convolution begin at each pixel; (size, size) of int64."""
    layer, shape = network["conv"].layer, network["input"].layer.output_shape
    counts = np.zeros(math.prod(shape), np.int64)
    for before, _after, _weight in layer.synapses():
        counts += np.bincount(np.asarray(before).reshape(-1), minlength=counts.size)
    return counts.reshape(shape[:2])


def convolution_controls(size: int, kernel: int) -> dict[str, Control]:
    """Return the controls of a convolution, which begin with this image and kernel."""
    return {
        "size": Number("Image size", "Pixels along a side.", size, places(6, 32, 1), integer=True),
        "kernel": Number(
            "Kernel", "Pixels along a side of the kernel.", kernel, places(1, 6, 1), integer=True
        ),
        "filters": Number(
            "Filters", "Output channels of the convolution.", 6, places(1, 32, 1), integer=True
        ),
        "stride": Number(
            "Stride", "Pixels from one position to the next.", 1, places(1, 3, 1), integer=True
        ),
    }


class CountingExplorer(Explorer):
    """Build a convolution and a dense layer, and count.

    Parameters
    ----------
    **values
        size, kernel, filters, stride, padding, outputs.
    """

    title: ClassVar[str] = "Parameters, neurons, synapses, operations"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            **convolution_controls(size=14, kernel=3),
            "padding": Choice(
                "Padding",
                "valid: the kernel stays inside the image. same: it may reach over the border.",
                "valid",
                {"valid": "valid", "same": "same"},
            ),
            "outputs": Number(
                "Outputs", "Neurons of the dense layer.", 24, places(1, 128, 1), integer=True
            ),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return the map of the image; the counts are a table."""
        self._pixels = empty("image", "size")
        self._colours: Any = LinearColorMapper(palette=graded(AMOUNTS), low=0, high=1)
        self.map = make_figure(
            height=300, x_range=axis_range(0, 1), y_range=axis_range(1, 0), max_width=430
        )
        drawn = self.map.image(
            "image", x=0, y=0, dw="size", dh="size", source=self._pixels,
            color_mapper=self._colours,
        )  # fmt: skip
        self.map.add_tools(HoverTool(renderers=[drawn], tooltips=[("synapses", "@image")]))
        bar: Any = ColorBar(color_mapper=self._colours, width=12, background_fill_color=None)
        self.map.add_layout(bar, "right")
        self.map.xaxis.axis_label = "column (pixels)"
        self.map.yaxis.axis_label = "row (pixels)"
        self.map.grid.visible = False
        return (
            Plot("Four counts of the same network", None),
            Plot("Synapses that begin at each pixel", self.map),
        )

    def show(self) -> Sequence[str]:
        """Build the network and count."""
        network = convolution_network(**self.values)
        counts = connections_of_pixels(network)
        size, most = len(counts), int(counts.max())
        self._colours.high = max(most, 1)
        # Rows of an image of Bokeh go up; here the axis goes down, as in pictures.
        self._pixels.data = {"image": [counts.astype(np.float64)], "size": [size]}
        set_range(self.map.x_range, 0, size)
        set_range(self.map.y_range, size, 0)
        exact = int(counts.sum())
        free = network["conv"].layer.border_free_synapses
        same = "" if exact == most * size**2 else f" Others have fewer, down to {counts.min()}."
        return (
            _table(network),
            f"A pixel has at most {most} synapses.{same} All together {exact:,}. The border-free "
            f"estimate gives every pixel the full number: {free:,}.",
        )


def _table(network: Network) -> str:
    totals = network.totals
    lines = {name: formula(network, network[name]) for name in ("conv", "dense")}
    rows = "".join(
        f"<tr><th scope='row'>{title}</th><td class='swb-count'>{getattr(totals, name):,}</td>"
        f"<td>{lines['conv'][name]}</td><td>{lines['dense'][name]}</td></tr>"
        for name, title in COUNTED.items()
    )
    return (
        "<div class='swb-lesson-scroll'><table class='swb-lesson-table'><thead><tr><th></th>"
        "<th scope='col'>in all</th><th scope='col'>convolution</th><th scope='col'>dense</th>"
        f"</tr></thead><tbody>{rows}<tr><th scope='row'>Border-free estimate</th>"
        f"<td class='swb-count'>{totals.synapses_border_free:,}</td>"
        "<td colspan='2'>what snn_toolbox prints as synapses</td></tr></tbody></table></div>"
    )
