"""A spiking network as a plain chain of convolutions and dense maps, as netx files hold it.

Average pooling becomes a grouped convolution with neurons of its own: the loader has no
pooling. What a chain cannot say is refused, all problems of a network at once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.network.affine import Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.layer import Layer, Shape
from workbench.network.pooling import SumPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Reshape

BRANCHES = (
    ": the network branches, but a netx file is one chain of layers; supported: a chain. Use the "
    'target "brian2" or "builtin", or a network without shortcuts.'
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
    """

    name: str
    map: Conv2D | Dense
    bias: np.ndarray
    threshold: float
    initial_potential: float = 0.0
    flattened: Shape | None = None
    pool_inputs: int = 0

    @property
    def weights(self) -> np.ndarray:
        return self.map.kernel

    @property
    def units(self) -> int:
        return math.prod(self.map.output_shape)


class _Refusal(Exception):
    """One thing that cannot be expressed.

    Parameters
    ----------
    subject : str
        What it is about, most often a layer's name.
    problem : str
        What is wrong with it, from the verb in the singular.
    remedy : str
        What is supported and what to do: equal for all things that have the same problem.
    """

    def __init__(self, subject: str, problem: str, remedy: str):
        super().__init__(subject, problem, remedy)
        self.subject, self.problem, self.remedy = subject, problem, remedy


def _sentences(refusals: list[_Refusal]) -> list[str]:
    """Return one text for each remedy, which names all that it is for."""
    texts = []
    for remedy in dict.fromkeys(r.remedy for r in refusals):
        same = [r for r in refusals if r.remedy == remedy]
        parts = []
        for problem in dict.fromkeys(r.problem for r in same):
            subjects = [r.subject for r in same if r.problem == problem]
            verb, _, rest = problem.partition(" ")
            if len(subjects) > 1:
                verb = {"is": "are", "has": "have"}.get(verb, verb.removesuffix("s"))
            names = " and ".join(filter(None, [", ".join(subjects[:-1]), subjects[-1]]))
            parts.append(f"{names} {verb} {rest}")
        texts.append(f"{', '.join(parts)}{remedy}")
    return texts


def chain(network: SpikingNetwork) -> tuple[ChainLayer, ...]:
    """Return the layers of the chain.

    Raises
    ------
    UnsupportedLayerError
        If the file format cannot express parts of the network; all are named.
    """
    problems: list[_Refusal] = []
    layers: list[ChainLayer] = []
    previous = network.input
    for population in network.populations[1:]:
        try:
            layers += _population_layers(network, population, previous)
        except _Refusal as refusal:
            problems.append(refusal)
        previous = population
    if problems:
        raise UnsupportedLayerError(_sentences(problems))
    if layers[0].flattened:
        # Lava's network then takes flat inputs, in the order that a sample flattens to.
        layers[0] = replace(layers[0], flattened=None)
    return tuple(layers)


def _population_layers(
    network: SpikingNetwork, population: Population, previous: Population
) -> list[ChainLayer]:
    name = population.name
    if population.kind == "max_pool":
        raise _Refusal(
            name,
            "is max pooling",
            ", which Loihi's netx format cannot express; supported: average pooling. Convert again "
            'with Conversion(max_pool="average").',
        )
    incoming = network.incoming(name)
    if len(incoming) != 1:
        sources = ", ".join(dict.fromkeys(p.source for p in incoming))
        raise _Refusal(name, f"adds up {len(incoming)} paths (from {sources})", BRANCHES)
    if incoming[0].source != previous.name:
        raise _Refusal(name, f"reads {incoming[0].source}, not the layer before it", BRANCHES)
    return _Walk(population, previous, incoming[0]).layers()


@dataclass
class _Walk:
    """Follows the maps of one projection and turns them into layers."""

    population: Population
    previous: Population
    projection: Projection
    spikes_per_pooled: int = 1
    flattened: Shape | None = None
    done: list[ChainLayer] = field(default_factory=list)

    def layers(self) -> list[ChainLayer]:
        maps = self.projection.maps
        weighted = [not isinstance(layer, (Reshape, SumPool2D)) for layer in maps]
        first = weighted.index(True)
        if any(isinstance(layer, SumPool2D) for layer in maps[first:]):
            raise _Refusal(
                self.population.name,
                "pools a weighted sum before its activation",
                "; a netx layer cannot. Put the pooling after the activation.",
            )
        for index, layer in enumerate(maps):
            if isinstance(layer, Reshape):
                self._reshape(layer, index > first)
            elif isinstance(layer, SumPool2D):
                self.done.append(self._pool(layer))
            else:
                self.done.append(self._neurons(self._weighted(layer)))
        return self.done

    def _reshape(self, layer: Reshape, weighted: bool) -> None:
        before, after = layer.input_shape, layer.target_shape
        if before == after:
            return
        if weighted or len(after) != 1:
            raise _Refusal(
                self.population.name,
                f"reshapes {before} to {after}",
                "; a netx file can only flatten an image before a dense layer. Leave the reshape "
                "out.",
            )
        self.flattened = before if len(before) == 3 else None

    def _pool(self, layer: SumPool2D) -> ChainLayer:
        sizes = layer.window_sizes()
        name = f"{self.previous.name}_pool"
        if (sizes != layer.common).any():
            raise _Refusal(
                f"average pooling after {self.previous.name}",
                f"has windows of {sizes.min()} to {sizes.max()} inputs",
                "; a netx convolution has the same at every place. Use padding 'valid', or an "
                "image size that the window divides.",
            )
        channels = layer.input_shape[2]
        kernel = np.ones((*layer.pool_size, 1, channels))
        grouped = _convolution(
            name, layer.input_shape, kernel, layer.strides, layer.padding, (1, 1), channels
        )
        self.spikes_per_pooled *= layer.common
        return ChainLayer(
            name, grouped, np.zeros(channels), float(layer.common), pool_inputs=layer.common
        )

    def _weighted(self, layer: Layer) -> Conv2D | Dense:
        """The map with weights per spike that arrives: a pool's spike stands for many."""
        name, factor = self.population.name, float(self.spikes_per_pooled)
        if isinstance(layer, Conv2D):
            return _convolution(
                name,
                layer.input_shape,
                layer.kernel * factor,
                layer.strides,
                layer.padding,
                layer.dilation,
                layer.groups,
            )
        if isinstance(layer, Dense):
            return Dense(layer.kernel * factor)
        if isinstance(layer, Scale):
            return self._scale(layer, factor)
        raise _Refusal(
            name,
            f"reads a {layer.kind}",
            ", which the export to Loihi cannot express; supported: Conv2D, Dense, average "
            "pooling. Replace the layer.",
        )

    def _scale(self, layer: Scale, factor: float) -> Conv2D | Dense:
        values = np.broadcast_to(layer.factor, layer.output_shape) * factor
        if values.ndim == 1:
            return Dense(np.diag(values))
        if values.ndim != 3 or (values != values[:1, :1]).any():
            raise _Refusal(
                self.population.name,
                "scales every place of an image differently",
                "; a netx convolution cannot. Use per_channel=False.",
            )
        channels = values.shape[2]
        kernel = values[0, 0].reshape(1, 1, 1, channels)
        return Conv2D(layer.input_shape, kernel, groups=channels)

    def _neurons(self, weighted: Conv2D | Dense) -> ChainLayer:
        population = self.population
        bias = population.bias.astype(np.float64)
        if isinstance(weighted, Conv2D):
            places = bias.reshape(-1, weighted.filters)
            if (places != places[:1]).any():
                raise _Refusal(
                    population.name,
                    "has biases that differ from place to place",
                    " (batch normalization before padding makes such); a netx convolution has one "
                    "bias a filter. Use padding 'valid' there.",
                )
            bias = places[0]
        return ChainLayer(
            population.name,
            weighted,
            bias,
            float(population.threshold),
            float(population.initial_potential),
            self.flattened,
        )


def _convolution(
    name: str,
    input_shape: Shape,
    kernel: np.ndarray,
    strides: tuple[int, int],
    padding: tuple[tuple[int, int], tuple[int, int]],
    dilation: tuple[int, int],
    groups: int,
) -> Conv2D:
    """A convolution padded alike on both sides: the kernel grows by taps of weight 0 instead."""
    grow, even = [], []
    for axis in range(2):
        (before, after), step = padding[axis], dilation[axis]
        missing = abs(after - before)
        if missing % step:
            raise _Refusal(
                name,
                f"is padded by {before} and {after} at dilation {step}",
                "; a netx convolution is padded alike on both sides. Use padding 'valid' or an "
                "odd kernel.",
            )
        taps = missing // step
        grow.append((taps, 0) if after > before else (0, taps))
        even.append((max(before, after),) * 2)
    kernel = np.pad(kernel, [*grow, (0, 0), (0, 0)])
    return Conv2D(input_shape, kernel, None, strides, (even[0], even[1]), dilation, groups)
