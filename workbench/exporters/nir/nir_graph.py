"""A spiking network as a NIR graph: populations are IF nodes, paths are what lies between.

Images are (channels, height, width). A population is one where convolutions of images alone
reach it; every other path is an affine map between flat units, in the workbench's order. The
numbers are those of the grid, in units of a normalized threshold: float32 holds them exactly
up to 24 bits.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import numpy as np

from workbench.errors import UnsupportedLayerError
from workbench.exporters.abilities import Abilities
from workbench.exporters.padding import evenly_padded, unsliced
from workbench.exporters.unsupported import Refusal, beyond_plain_neurons, other_reset, sentences
from workbench.network.affine import Scale
from workbench.network.connection_matrix import composed
from workbench.network.convolution import Conv2D
from workbench.network.layer import Layer, Shape
from workbench.network.pooling import SumPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.rearrange import Slice
from workbench.network.spiking import SpikingNetwork

LARGEST_AFFINE = 2**26
"""Weights of a path written as an affine map: 256 MB of float32."""

ABILITIES = Abilities("nir", "NIR")

RESETS = ("subtract", "zero")
"""Those that readers of NIR have."""


def channels_first(shape: Shape) -> Shape:
    """(height, width, channels) as (channels, height, width); other shapes stay."""
    return (shape[2], *shape[:2]) if len(shape) == 3 else shape


def node_names(network: SpikingNetwork) -> dict[str, str]:
    """Node of each population; letters, digits and underscores, as all readers take them."""
    names = {network.input.name: "input"}
    taken = {"input", "output"}
    for population in network.populations[1:]:
        plain = re.sub(r"\W", "_", population.name, flags=re.ASCII) or "layer"
        name, number = plain, 1
        while name in taken:
            number += 1
            name = f"{plain}_{number}"
        taken.add(name)
        names[population.name] = name
    return names


def build(network: SpikingNetwork, about: str) -> Any:
    """Return the `nir.NIRGraph` of a network.

    Parameters
    ----------
    network : SpikingNetwork
    about : str
        Description, stored with the graph.

    Raises
    ------
    UnsupportedLayerError
        If NIR cannot express parts of the network; all are named.
    """
    import nir

    found = [_problem(network, population) for population in network.populations[1:]]
    if problems := [refusal for refusal in found if refusal is not None]:
        raise UnsupportedLayerError(sentences(problems))
    parts = _Parts(network)
    for population in network.populations[1:]:
        parts.add(population)
    last = parts.names[network.output.name]
    parts.nodes["output"] = nir.Output({"output": np.array(parts.shapes[network.output.name])})
    parts.edges.append((last, "output"))
    metadata = {"about": about, "input_scale": float(network.input_scale)}
    return nir.NIRGraph(nodes=parts.nodes, edges=parts.edges, metadata=metadata)


def _problem(network: SpikingNetwork, population: Population) -> Refusal | None:
    """What about a population, or the paths to it, a graph cannot say."""
    refusal = beyond_plain_neurons(population, ABILITIES)
    refusal = refusal or other_reset(population, ABILITIES, RESETS)
    if refusal is not None:
        return refusal
    for projection in network.incoming(population.name):
        weights = network.population(projection.source).size * population.size
        if weights > LARGEST_AFFINE and not _convolved(projection, population):
            problem = f"reads {projection.source} along a path that is no convolution"
            remedy = (
                f" and would need {weights:,} weights as an affine map; supported: "
                f'{LARGEST_AFFINE:,}. Use the target "brian2" or "builtin".'
            )
            return Refusal(population.name, problem, remedy)
    return None


def _convolved(
    projection: Projection, population: Population
) -> tuple[tuple[SumPool2D, ...], Conv2D] | None:
    """Return sum pools and the convolution that make up a path of images, or None."""
    pools, rest = _pools_first(projection)
    if not rest:
        return None
    *blocks, last = rest
    if type(last) is Scale and len(last.input_shape) == 3:
        last = _depthwise(last) or last
    for block in reversed(blocks):
        whole = unsliced(block, last) if type(last) is Conv2D and _is_block(block) else None
        last = whole or block
    if type(last) is not Conv2D:
        return None
    even = _square(evenly_padded(last))
    source = pools[-1].output_shape if pools else projection.maps[0].input_shapes[0]
    places = population.bias.reshape(-1, last.filters)
    if even is None or last.output_shape != population.shape or (places != places[:1]).any():
        return None
    return (pools, even) if last.input_shape == source else None


def _pools_first(projection: Projection) -> tuple[tuple[SumPool2D, ...], tuple[Layer, ...]]:
    """Split a path behind the pools that NIR has a node for; reshapes only rename units."""
    maps = [layer for layer in projection.maps if not layer.renames]
    shape = projection.maps[0].input_shapes[0]
    pools: list[SumPool2D] = []
    for layer in maps[:-1]:
        if type(layer) is not SumPool2D or layer.input_shape != shape or not _plain(layer):
            break
        pools.append(layer)
        shape = layer.output_shape
    return tuple(pools), tuple(maps[len(pools) :])


def _square(layer: Conv2D | None) -> Conv2D | None:
    """Return an equal convolution with a square kernel, if zeros on all sides make it one.

    The nir package takes a kernel's height for its width when it checks shapes.
    """
    if layer is None or layer.kernel.shape[0] == layer.kernel.shape[1]:
        return layer
    missing = [max(layer.kernel.shape[:2]) - size for size in layer.kernel.shape[:2]]
    if any(taps % 2 for taps in missing):
        return None
    taps = [(count // 2,) * 2 for count in missing]
    more = [pair[0] * step for pair, step in zip(taps, layer.dilation, strict=True)]
    (top, _), (left, _) = layer.padding
    padding = ((top + more[0],) * 2, (left + more[1],) * 2)
    squared: Conv2D = layer.replace(
        kernel=np.pad(layer.kernel, [*taps, (0, 0), (0, 0)]), padding=padding
    )
    return squared


def _is_block(layer: Layer) -> TypeGuard[Slice]:
    return isinstance(layer, Slice) and len(layer.input_shape) == 3


def _plain(pool: SumPool2D) -> bool:
    """Whether a pool sums alike everywhere, padded alike on both sides."""
    even = all(before == after for before, after in pool.padding)
    return even and bool((pool.tap_weights() == 1).all())


def _depthwise(layer: Scale) -> Conv2D | None:
    values = np.broadcast_to(layer.factor, layer.output_shape)
    if (values != values[:1, :1]).any():
        return None
    channels = layer.output_shape[2]
    return Conv2D(layer.input_shape, values[0, 0].reshape(1, 1, 1, channels), groups=channels)


@dataclass
class _Parts:
    """Collects nodes and edges, population by population."""

    network: SpikingNetwork
    nodes: dict[str, Any] = field(default_factory=dict)
    edges: list[tuple[str, str]] = field(default_factory=list)
    shapes: dict[str, Shape] = field(default_factory=dict)

    def __post_init__(self) -> None:
        import nir

        self.names = node_names(self.network)
        source = self.network.input
        size: Shape = (source.size,)
        self.shapes[source.name] = channels_first(source.shape) if len(source.shape) == 3 else size
        self.nodes["input"] = nir.Input({"input": np.array(self.shapes[source.name])})

    def add(self, population: Population) -> None:
        """Add the neurons of a population and all paths that end there."""
        import nir

        incoming = self.network.incoming(population.name)
        found = [_convolved(projection, population) for projection in incoming]
        is_image = all(
            path is not None and len(self.shapes[projection.source]) == 3
            for path, projection in zip(found, incoming, strict=True)
        )
        unit = self.network.unit * 2.0**-population.extra_bits
        name = self.names[population.name]
        shape = channels_first(population.shape) if is_image else (population.size,)
        self.shapes[population.name] = shape
        for number, (path, projection) in enumerate(zip(found, incoming, strict=True)):
            # Inputs of a node add up, so that only one path carries the bias.
            bias = population.bias * unit if number == 0 else np.zeros(population.size)
            prefix = f"{name}_in{number}" if number else f"{name}_in"
            if is_image and path is not None:
                nodes = self._images(path, unit, bias)
            else:
                nodes = self._units(projection, unit, bias)
            self._chain(self.names[projection.source], prefix, nodes, name)
        ones = np.ones(shape, np.float32)
        self.nodes[name] = nir.IF(
            r=ones,
            v_threshold=ones * np.float32(population.threshold * unit),
            v_reset=ones * 0,
            metadata={
                "reset": population.reset,
                "threshold": ">=",
                "initial_potential": _initial(population, shape, is_image=is_image) * unit,
            },
        )

    def _chain(self, source: str, prefix: str, nodes: list[tuple[str, Any]], target: str) -> None:
        """Add nodes one behind the other from a source to a target."""
        previous = source
        for kind, node in nodes:
            name = f"{prefix}_{kind}"
            self.nodes[name] = node
            self.edges.append((previous, name))
            previous = name
        self.edges.append((previous, target))

    def _images(
        self, path: tuple[tuple[SumPool2D, ...], Conv2D], unit: float, bias: np.ndarray
    ) -> list[tuple[str, Any]]:
        import nir

        pools, layer = path
        convolution = nir.Conv2d(
            input_shape=layer.input_shape[:2],
            weight=(_ungrouped(layer) * unit).astype(np.float32),
            stride=layer.strides,
            padding=(layer.padding[0][0], layer.padding[1][0]),
            dilation=layer.dilation,
            groups=1,
            bias=bias.reshape(-1, layer.filters)[0].astype(np.float32),
        )
        return [*_pool_nodes(pools), ("conv", convolution)]

    def _units(
        self, projection: Projection, unit: float, bias: np.ndarray
    ) -> list[tuple[str, Any]]:
        import nir

        shape, maps = self.shapes[projection.source], projection.maps
        nodes: list[tuple[str, Any]] = []
        if len(shape) == 3:
            pools, rest = _pools_first(projection)
            maps = rest or maps
            if pools:
                shape = channels_first(pools[-1].output_shape)
            flatten = nir.Flatten({"input": np.array(shape)}, 0, -1)
            nodes = [*_pool_nodes(pools), ("flatten", flatten)]
        weight = composed(maps).toarray().astype(np.float64)
        if len(shape) == 3:
            channels, height, width = shape
            image = weight.reshape(height, width, channels, -1)
            weight = image.transpose(2, 0, 1, 3).reshape(weight.shape)
        affine = nir.Affine(
            weight=np.ascontiguousarray((weight.T * unit).astype(np.float32)),
            bias=bias.astype(np.float32),
        )
        return [*nodes, ("affine", affine)]


def _initial(population: Population, shape: tuple[int, ...], *, is_image: bool) -> Any:
    """Initial potential of all neurons, or an array of those of each, in the node's shape."""
    starts = population.starts
    if (starts == starts[0]).all():
        return int(starts[0])
    if is_image:
        starts = np.moveaxis(starts.reshape(population.shape), -1, 0)
    return starts.reshape(shape)


def _pool_nodes(pools: tuple[SumPool2D, ...]) -> list[tuple[str, Any]]:
    import nir

    nodes: list[tuple[str, Any]] = []
    for number, pool in enumerate(pools):
        padding = [before for before, _ in pool.padding]
        sizes = (np.array(values) for values in (pool.pool_size, pool.strides, padding))
        nodes.append((f"pool{number or ''}", nir.SumPool2d(*sizes)))
    return nodes


def _ungrouped(layer: Conv2D) -> np.ndarray:
    """Kernel (filters, channels, rows, columns), zeros between groups: readers know no groups."""
    rows, columns, per_group, filters = layer.kernel.shape
    full = np.zeros((rows, columns, per_group * layer.groups, filters))
    for filter_number in range(filters):
        first = filter_number // (filters // layer.groups) * per_group
        full[:, :, first : first + per_group, filter_number] = layer.kernel[..., filter_number]
    return full.transpose(3, 2, 0, 1)


def largest_number(graph: Any) -> float:
    """Largest absolute weight, bias or threshold of a graph."""
    arrays = [
        getattr(node, name)
        for node in graph.nodes.values()
        for name in ("weight", "bias", "v_threshold")
        if hasattr(node, name)
    ]
    return max((float(np.abs(array).max(initial=0)) for array in arrays), default=0.0)
