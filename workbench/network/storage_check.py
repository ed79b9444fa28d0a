"""Whether the parts of a network that comes from a file fit together.

Layers and populations check themselves when they are made. What lies between them, and values that
are not finite, is checked here: what ingest and conversion make fits, what somebody wrote into a
file by hand may not.
"""

from __future__ import annotations

import math

from workbench.errors import ModelFileError
from workbench.network.activation import Activation, AxisSoftmax
from workbench.network.activation_check import fault
from workbench.network.affine import ChannelAffine
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer
from workbench.network.pooling import Pool2D
from workbench.network.projection import EXACT
from workbench.network.readout import READS
from workbench.network.rearrange import Rearrange
from workbench.network.spiking import SpikingNetwork
from workbench.network.storage_types import check_types
from workbench.network.structure import Input, Wire
from workbench.neuron_rules import KEEPING_SUM
from workbench.util.memory_budget import size_problem

UNIT_BYTES = 16
"""A unit of a layer, while its synapses are looked at."""

_BASES = (Wire, Rearrange, ChannelAffine, Pool2D)


def check_node(node: Node, *, is_first: bool) -> None:
    """Check one node of an analog network.

    Raises
    ------
    ModelFileError
        Naming the node, and what about it does not fit.
    """
    where = f"node '{node.name}'"
    check_types(node, where)
    place = "the input" if is_first else "after the input"
    _demand(isinstance(node.layer, Input) == is_first, f"{where} is {place}, as {node.layer.kind}")
    check_layer(node.layer, where)
    check_activation(node.activation, node.layer.output_shape, where)


def check_parts(network: Network | SpikingNetwork) -> None:
    """Check what a network has beside its nodes or populations."""
    check_types(network, "the network", measured=True)
    sizes = [math.prod(shape) for _, shape in network.input_parts]
    _demand(
        not sizes or (min(sizes) > 0 and sum(sizes) == math.prod(network.input_shape)),
        "its inputs do not make up the network's input",
    )


def check_activation(activation: Activation, shape: tuple[int, ...], where: str) -> None:
    """Check that an activation's values are numbers that make sense."""
    check_types(activation, f"{where}, {type(activation).__name__}")
    wrong = fault(activation)
    _demand(not wrong, f"{where}, {type(activation).__name__}: {wrong}")
    if isinstance(activation, AxisSoftmax):
        _demand(
            0 <= activation.axis < len(shape),
            f"{where}, AxisSoftmax: it has no axis {activation.axis}",
        )


def check_layer(layer: Layer, where: str) -> None:
    """Check that a layer is one by itself, and that its values are finite."""
    where = f"{where} ({layer.kind})"
    _demand(type(layer) not in _BASES, f"{where} cannot be used as a layer by itself")
    check_types(layer, where)
    sizes = [layer.output_size, *(math.prod(shape) for shape in layer.input_shapes)]
    problem = size_problem(UNIT_BYTES * max(sizes))
    _demand(not problem, f"{where} has {max(sizes):,} units: {problem}")


def _demand(fits: bool, problem: str) -> None:
    if not fits:
        raise ModelFileError(problem)


def check_spiking(network: SpikingNetwork) -> None:
    """Check a spiking network, whose parts have been found to fit together when it was made.

    Raises
    ------
    ModelFileError
        Naming the population or projection, and what about it does not fit.
    """
    _demand(0 < network.input_scale < math.inf, f"its input_scale is {network.input_scale}")
    check_parts(network)
    _check_output(network)
    for projection in network.projections:
        where = f"the projection from '{projection.source}' to '{projection.target}'"
        check_types(projection, where)
        for layer in projection.maps:
            check_layer(layer, where)
            problem = f"{where} ({layer.kind}) holds weights of 2**53 grid units and more"
            _demand(layer.bounds.largest < EXACT, problem)
        _demand(not projection.fault, projection.fault)


def _check_output(network: SpikingNetwork) -> None:
    """Check how the last population is read; no other is read at all."""
    for population in network.populations[:-1]:
        plain = not population.read and population.output_activation == Activation.LINEAR
        _demand(plain, f"population '{population.name}' is read, but is not the output")
    output = network.output
    where = f"population '{output.name}'"
    _demand(output.read in READS, f"{where} is read by {output.read!r}")
    _demand(
        output.read != "membrane" or output.reset in KEEPING_SUM,
        f"{where} is read from its membrane, but has the reset {output.reset!r}",
    )
    _demand(
        output.read != "on_off" or output.shape[-1] % 2 == 0,
        f"{where} has ON and OFF neurons, but {output.shape[-1]} channels",
    )
    check_activation(output.output_activation, network.output_shape, where)
