"""A spiking network as a plain chain of convolutions and dense maps, as netx files hold it.

Average pooling becomes a grouped convolution with neurons of its own: the loader has no
pooling. A path that is no convolution of the image before it (a transposed convolution, moved
units, windows that differ from place to place) is written as the dense map that it equals.
What a chain cannot say is refused, all problems of a network at once.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field, replace

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.exporters.abilities import Abilities
from workbench.exporters.padding import evenly_padded
from workbench.exporters.unsupported import Refusal, beyond_plain_neurons, sentences
from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape
from workbench.network.pooling import SumPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork

ABILITIES = Abilities("loihi", "Loihi", remark="Loihi 2 itself has graded spikes")

LARGEST_DENSE = 2**24
"""Weights of a path written as a dense map: as many as the synapse memory of a Loihi 1 holds."""

BRANCHES = (
    ": the network branches, but a netx file is one chain of layers; supported: a chain. Use the "
    'target "brian2" or "builtin", or a network without shortcuts.'
)
STARTS = (
    ", which a netx file cannot hold; supported: neurons that start from 0. Convert again with "
    'Conversion(calibrate="bias"), or use the target "brian2", "nest" or "builtin".'
)
SPLIT = (
    ", because values below 0, or steps, need neurons of their own; a netx file is one chain of "
    'layers with one kind of neuron each. Use relu there, or the target "brian2" or "builtin".'
)


@dataclass(frozen=True, eq=False)
class ChainLayer:
    """One group of the file: a weighted map and its integrate-and-fire neurons.

    Parameters
    ----------
    name : str
    map : Conv2D or Dense
        Weights relative to `threshold`, in one arbitrary unit; no bias. Padding is the same on
        both sides of an axis.
    bias : ndarray, shape (filters,) or (units,)
    threshold, initial_potential : float
    flattened : tuple of int or None
        Shape (height, width, channels) of the image that a dense map reads flattened.
    pool_inputs : int
        Inputs of each window if this is an average pooling, else 0.
    folded : str
        What was folded into a dense map because the file has no other form of it, else "".
    """

    name: str
    map: Conv2D | Dense
    bias: np.ndarray
    threshold: float
    initial_potential: float = 0.0
    flattened: Shape | None = None
    pool_inputs: int = 0
    folded: str = ""

    @property
    def weights(self) -> np.ndarray:
        return self.map.kernel

    @property
    def units(self) -> int:
        return math.prod(self.map.output_shape)


def chain(network: SpikingNetwork) -> tuple[ChainLayer, ...]:
    """Return the layers of the chain.

    Raises
    ------
    UnsupportedLayerError
        If the file format cannot express parts of the network; all are named.
    """
    problems: list[Refusal] = []
    layers: list[ChainLayer] = []
    previous = network.input
    shape = None  # The input takes the shape of whatever reads it first.
    for population in network.populations[1:]:
        try:
            found = _population_layers(network, population, previous, shape)
        except Refusal as refusal:
            problems.append(refusal)
            found = []
        layers += found
        # What follows a refused population is judged as if that were there.
        shape = found[-1].map.output_shape if found else population.shape
        previous = population
    if problems:
        raise UnsupportedLayerError(sentences(problems))
    if layers[0].flattened:
        # Lava's network then takes flat inputs, in the order that a sample flattens to.
        layers[0] = replace(layers[0], flattened=None)
    return tuple(layers)


def _population_layers(
    network: SpikingNetwork, population: Population, previous: Population, shape: Shape | None
) -> list[ChainLayer]:
    name, incoming = population.name, network.incoming(population.name)
    sources = list(dict.fromkeys(p.source for p in incoming))
    split = _split(network)
    if name in split:
        parts = [part for part, origin in split.items() if origin == split[name]]
        raise Refusal(split[name], f"becomes several populations ({', '.join(parts)})", SPLIT)
    if refusal := beyond_plain_neurons(population, ABILITIES, branches=False):
        raise refusal
    if (population.starts != population.starts[0]).any():
        raise Refusal(name, "starts from an initial potential of each neuron", STARTS)
    if len(sources) > 1:
        if len({split.get(source, source) for source in sources}) == 1:
            return []  # Their origin has been refused; no branch is left without it.
        raise Refusal(name, f"adds up {len(incoming)} paths (from {', '.join(sources)})", BRANCHES)
    if sources != [previous.name]:
        raise Refusal(name, f"reads {sources[0]}, not the layer before it", BRANCHES)
    try:
        if len(incoming) > 1:
            raise Refusal(name, f"adds up {len(incoming)} paths from {previous.name}", BRANCHES)
        return _Walk(population, previous, incoming[0], shape).layers()
    except Refusal as refusal:
        return [_dense(population, incoming, shape, refusal)]


def _split(network: SpikingNetwork) -> dict[str, str]:
    """Populations that share the sums of one layer with others, and that layer."""
    origins = {p.name: p.origin or p.name for p in network.populations if p.kind == "if"}
    # Those that max pooling becomes read one another, and are refused as branches.
    read = {name: frozenset(p.source for p in network.incoming(name)) for name in origins}
    shared = Counter((origin, read[name]) for name, origin in origins.items())
    return {name: origin for name, origin in origins.items() if shared[origin, read[name]] > 1}


def _dense(
    population: Population,
    incoming: tuple[Projection, ...],
    shape: Shape | None,
    refusal: Refusal,
) -> ChainLayer:
    """Return all paths to a population as the dense map that they equal.

    Raises
    ------
    Refusal
        The one given, if that map would be too large.
    """
    inputs = math.prod(incoming[0].maps[0].input_shapes[0])
    if inputs * population.size > LARGEST_DENSE:
        size = f"which makes a dense layer of {inputs:,} x {population.size:,} weights"
        raise Refusal(refusal.subject, f"{refusal.problem}, {size}", refusal.remedy)
    kernel = sum(projection.matrix().toarray() for projection in incoming).astype(np.float64)
    return ChainLayer(
        population.name,
        Dense(kernel),
        population.bias.astype(np.float64),
        float(population.threshold),
        float(population.starts[0]),
        shape if shape is not None and len(shape) == 3 else None,
        folded=refusal.problem,
    )


@dataclass
class _Walk:
    """Follows the maps of one projection and turns them into layers.

    A reshape renames units; what counts is the shape that the file has them in.
    """

    population: Population
    previous: Population
    projection: Projection
    shape: Shape | None
    spikes_per_pooled: int = 1
    done: list[ChainLayer] = field(default_factory=list)

    def layers(self) -> list[ChainLayer]:
        maps = [layer for layer in self.projection.maps if not layer.renames]
        place = next((number for number, layer in enumerate(maps) if layer.weighted), None)
        if place is None:
            raise self._no_form("has no weights")
        if maps[place + 1 :]:
            raise self._no_form(f"has a {maps[place + 1].kind} behind its weights")
        for layer in maps[:place]:
            if type(layer) is not SumPool2D:
                raise self._no_form(f"has a {layer.kind} before its weights")
            self._done(self._pool(layer))
        self._done(self._neurons(self._weighted(maps[place])))
        return self.done

    def _done(self, layer: ChainLayer) -> None:
        self.done.append(layer)
        self.shape = layer.map.output_shape

    def _no_form(self, problem: str) -> Refusal:
        return Refusal(
            self.population.name,
            problem,
            ", more than the synapse memory of a chip; a netx layer is a convolution or an average "
            "pooling of the image before it, or dense. Make the layer smaller, or use the target "
            '"brian2" or "builtin".',
        )

    def _image(self, layer: Conv2D | SumPool2D) -> None:
        """Refuse to read an image that the file has under another shape."""
        if self.shape is None:
            self.shape = layer.input_shape
        if self.shape != layer.input_shape:
            raise self._no_form(f"reads {self.shape} as {layer.input_shape}")

    def _pool(self, layer: SumPool2D) -> ChainLayer:
        self._image(layer)
        sizes = layer.window_sizes()
        if (sizes != layer.common).any():
            raise self._no_form(f"averages windows of {sizes.min()} to {sizes.max()} inputs")
        channels = layer.input_shape[2]
        kernel = np.ones((*layer.pool_size, 1, channels))
        grouped = self._convolution(
            layer.input_shape, kernel, layer.strides, layer.padding, (1, 1), channels
        )
        self.spikes_per_pooled *= layer.common
        name = f"{self.done[-1].name if self.done else self.previous.name}_pool"
        return ChainLayer(
            name, grouped, np.zeros(channels), float(layer.common), pool_inputs=layer.common
        )

    def _weighted(self, layer: Layer) -> Conv2D | Dense:
        """The map with weights per spike that arrives: a pool's spike stands for many."""
        factor = float(self.spikes_per_pooled)
        if type(layer) is Conv2D:
            self._image(layer)
            return self._convolution(
                layer.input_shape,
                layer.kernel * factor,
                layer.strides,
                layer.padding,
                layer.dilation,
                layer.groups,
            )
        if type(layer) is Dense:
            return Dense(layer.kernel * factor)
        if type(layer) is Scale:
            return self._scale(layer, factor)
        raise self._no_form(f"is a {layer.kind}")

    def _scale(self, layer: Scale, factor: float) -> Conv2D | Dense:
        """One synapse a unit: a convolution with kernels of one place."""
        shape = self.shape or layer.input_shape
        values = np.broadcast_to(layer.factor, layer.output_shape) * factor
        if len(shape) != 3:
            raise self._no_form("scales every unit by itself")
        values = values.reshape(shape)
        if (values != values[:1, :1]).any():
            raise self._no_form("scales every place of an image differently")
        channels = shape[2]
        return Conv2D(shape, values[0, 0].reshape(1, 1, 1, channels), groups=channels)

    def _neurons(self, weighted: Conv2D | Dense) -> ChainLayer:
        population = self.population
        bias = population.bias.astype(np.float64)
        flattened = None
        if isinstance(weighted, Conv2D):
            places = bias.reshape(-1, weighted.filters)
            if (places != places[:1]).any():
                raise self._no_form("has biases that differ from place to place")
            bias = places[0]
        elif self.shape is not None and len(self.shape) == 3:
            flattened = self.shape
        return ChainLayer(
            population.name,
            weighted,
            bias,
            float(population.threshold),
            float(population.starts[0]),
            flattened,
        )

    def _convolution(
        self,
        input_shape: Shape,
        kernel: np.ndarray,
        strides: tuple[int, int],
        padding: tuple[tuple[int, int], tuple[int, int]],
        dilation: tuple[int, int],
        groups: int,
    ) -> Conv2D:
        """A convolution padded alike on both sides: the kernel grows by taps of weight 0."""
        layer = Conv2D(input_shape, kernel, None, strides, padding, dilation, groups)
        even = evenly_padded(layer)
        if even is None:
            raise self._no_form(f"is padded by {padding} at dilation {dilation}")
        return even
