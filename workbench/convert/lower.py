"""Turn a prepared analog network into populations and projections on the exact grid."""

from __future__ import annotations

import numpy as np

from workbench.convert.normalize import scales
from workbench.convert.paths import HEAVY, PASSING, Expression, Path, extend, extra_bits, on_grid
from workbench.convert.prepare import Prepared, relative_deviation
from workbench.errors import ConversionError, UnsupportedLayerError
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.pooling import MaxPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.spiking import INPUT_BITS, SpikingNetwork
from workbench.network.structure import Add
from workbench.settings import Conversion

ROUNDING_SAMPLES = 8
"""Calibration samples on which the cost of rounding to the grid is measured."""


def lower(prepared: Prepared, conversion: Conversion, probe: np.ndarray) -> SpikingNetwork:
    """Choose scales and build the spiking network.

    Parameters
    ----------
    prepared : Prepared
    conversion : Conversion
    probe : ndarray, shape (samples, *input shape)
        Samples on which rounding is measured; the first few are used.

    Raises
    ------
    UnsupportedLayerError
        If layers have no spiking form; all of them are named.
    """
    network = prepared.network
    _check(network)
    lambdas = scales(network, prepared.statistics, conversion)
    source = prepared.stages[0][1]
    builder = _Builder(
        network,
        conversion,
        lambdas,
        prepared.statistics.input_maximum or 1.0,
        source.content_hash,
    )
    for node in network.nodes[1:]:
        builder.add(node)
    spiking = builder.finish(prepared.trace)
    row = _rounding_row(network, spiking, probe[:ROUNDING_SAMPLES])
    return builder.finish((*prepared.trace, row))


def _check(network: Network) -> None:
    """Refuse what has no spiking form, all problems at once."""
    problems = []
    if len(network.nodes) == 1:
        problems.append(f"Network '{network.name}' has no layers, so there is nothing to convert.")
    if isinstance(network.output.layer, MaxPool2D):
        problems.append(
            f"{network.output.name} is a max pooling at the output, where nothing counts its "
            "spikes; supported: a layer with neurons at the output. Leave it out of the saved "
            'model, or use average pooling (max_pool="average").'
        )
    # Name of the weighted layer whose plain sum a node passes on, if any.
    linear: dict[str, str] = {network.nodes[0].name: ""}
    for node in network.nodes[1:]:
        layer = node.layer
        before = max(linear[name] for name in node.inputs)
        linear[node.name] = node.name if isinstance(layer, HEAVY) else before
        if node.activation is Activation.SOFTMAX and node is not network.output:
            problems.append(
                f"{node.name} is a softmax inside the network, which has no spiking form; "
                "supported: relu, and softmax or linear at the output. Replace it by relu."
            )
        elif isinstance(layer, MaxPool2D):
            if network[node.inputs[0]].activation is not Activation.RELU:
                problems.append(
                    f"{node.name} takes the maximum of values that are no spikes; supported: max "
                    f"pooling right after relu. Give {node.inputs[0]} a relu, or use average "
                    'pooling (max_pool="average").'
                )
        elif not isinstance(layer, (*HEAVY, *PASSING, Add)):
            problems.append(
                f"{node.name} ({layer.kind}) has no spiking form; supported: Dense, Conv2D, "
                "BatchNorm, average and max pooling, Add, Reshape."
            )
        elif before and isinstance(layer, HEAVY):
            problems.append(
                f"{before} has no activation, and {node.name} ({layer.kind}) weighs its sum again; "
                f"only relu layers become neurons. Give {before} a relu, or merge the two."
            )
        is_refused = node.activation is Activation.SOFTMAX
        if network.is_neural(node) or isinstance(layer, MaxPool2D) or is_refused:
            linear[node.name] = ""
    if problems:
        raise UnsupportedLayerError(problems)


class _Builder:
    """Collects populations and projections while walking the nodes in order."""

    def __init__(
        self,
        network: Network,
        conversion: Conversion,
        lambdas: dict[str, np.ndarray],
        input_scale: float,
        source_hash: str,
    ):
        self.network = network
        self.source_hash = source_hash
        self.conversion = conversion
        self.lambdas = lambdas
        self.input_scale = input_scale
        first = network.nodes[0]
        zero = np.zeros((1, *first.layer.output_shape))
        self.expressions = {first.name: Expression((Path(first.name),), zero)}
        self.per_spike = {first.name: np.array([input_scale])}
        shape = first.layer.output_shape
        source = Population(first.name, "input", shape, 0, 0, "", np.zeros(zero.size, np.int64))
        self.populations = [source]
        self.projections: list[Projection] = []

    def add(self, node: Node) -> None:
        """Carry a node's expression on, or end it in a population."""
        inputs = [self.expressions[name] for name in node.inputs]
        if isinstance(node.layer, MaxPool2D):
            self._add_max_pool(node, inputs[0])
        elif self.network.is_neural(node):
            self._add_neurons(node, extend(node.layer, inputs))
        else:
            self.expressions[node.name] = extend(node.layer, inputs)

    def _add_neurons(self, node: Node, expression: Expression) -> None:
        conversion = self.conversion
        try:
            extra = max(extra_bits(path) for path in expression.paths)
            bits = conversion.resolution_bits + extra
            projections = [self._projection(path, node, bits) for path in expression.paths]
        except ConversionError as error:
            raise ConversionError(
                f"The inputs of {node.name} cannot be expressed: {error}"
            ) from None
        shape, scale = node.layer.output_shape, self.lambdas[node.name]
        theta = conversion.thresholds.get(node.name, conversion.threshold)
        threshold = max(1, round(theta * 2**bits))
        bias = np.ldexp(expression.constant[0] / scale, bits)
        population = Population(
            name=node.name,
            kind="if",
            shape=shape,
            threshold=threshold,
            initial_potential=round(conversion.initial_potential * threshold),
            reset=conversion.reset,
            bias=np.rint(bias).astype(np.int64).reshape(-1),
            scale=_plain(scale),
            extra_bits=extra,
        )
        self.projections += projections
        self._finish_population(population, scale * threshold / 2**bits)

    def _projection(self, path: Path, node: Node, bits: int) -> Projection:
        source = next(p for p in self.populations if p.name == path.source)
        per_spike, scale = self.per_spike[path.source], self.lambdas[node.name]
        maps = on_grid(path, per_spike, scale, source.shape, node.layer.output_shape, bits)
        return Projection(path.source, node.name, maps)

    def _add_max_pool(self, node: Node, expression: Expression) -> None:
        (path,) = expression.paths
        per_spike = self.per_spike[path.source]
        shape = node.layer.output_shape
        population = Population(
            name=node.name,
            kind="max_pool",
            shape=shape,
            threshold=0,
            initial_potential=0,
            reset="",
            bias=np.zeros(node.layer.output_size, np.int64),
            scale=_plain(per_spike),
            max_pool=self.conversion.max_pool,
        )
        self.projections.append(Projection(path.source, node.name, (node.layer,)))
        self._finish_population(population, per_spike)

    def _finish_population(self, population: Population, per_spike: np.ndarray) -> None:
        self.populations.append(population)
        self.per_spike[population.name] = per_spike
        zero = np.zeros((1, *population.shape))
        self.expressions[population.name] = Expression((Path(population.name),), zero)

    def finish(self, trace: tuple[tuple[str, str, float, str], ...]) -> SpikingNetwork:
        return SpikingNetwork(
            self.network.name,
            tuple(self.populations),
            tuple(self.projections),
            self.conversion,
            self.input_scale,
            self.source_hash,
            trace,
        )


def _plain(scale: np.ndarray) -> float | np.ndarray:
    return float(scale[0]) if scale.size == 1 else scale


def _rounding_row(
    network: Network, spiking: SpikingNetwork, probe: np.ndarray
) -> tuple[str, str, float, str]:
    output = network.output
    values = network.activations(network.check_samples(probe))
    analog = output.layer.forward(*(values[name] for name in output.inputs))
    limit = spiking.rate_limit(probe)[output.name]
    remark = (
        f"weights to 2^-{spiking.resolution_bits} of a threshold, inputs to {INPUT_BITS} bits; "
        "deviation of the output before any spiking"
    )
    return ("round to the grid", "measured", relative_deviation(limit, analog), remark)
