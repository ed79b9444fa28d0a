"""Small networks for the exporters, and the semantics once more, independent of the simulator."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.conversion import convert
from workbench.network.activation import Activation, ReLU, Step
from workbench.network.affine import BatchNorm
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.layer import Layer
from workbench.network.pooling import AveragePool2D, MaxPool2D
from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Add, Identity, Input, Reshape
from workbench.network.transposed import ConvTranspose2D
from workbench.network.windows import same_padding
from workbench.settings import Conversion

RELU, SOFTMAX, LINEAR = Activation.RELU, Activation.SOFTMAX, Activation.LINEAR


class Stack:
    """Builds a network node by node, with random weights from a fixed seed."""

    def __init__(self, shape: tuple[int, ...], seed: int = 0):
        self.random = np.random.default_rng(seed)
        self.nodes = [Node("input", Input(shape))]

    def add(self, name, layer: Layer, activation=LINEAR, inputs=None) -> Stack:
        self.nodes.append(Node(name, layer, activation, inputs or (self.nodes[-1].name,)))
        return self

    def shape(self, name=None):
        node = self.nodes[-1] if name is None else next(n for n in self.nodes if n.name == name)
        return node.layer.output_shape

    def conv(
        self, name, filters, kernel, *, stride=1, same=True, activation=RELU, source=None, **options
    ) -> Stack:
        shape, groups = self.shape(source), options.get("groups", 1)
        weights = self.random.normal(size=(kernel, kernel, shape[2] // groups, filters))
        weights /= np.sqrt(kernel * kernel * shape[2] / groups)
        padding = ((0, 0), (0, 0))
        if same:
            dilation = options.get("dilation", (1, 1))[0]
            padding = tuple(same_padding(n, kernel, stride, dilation) for n in shape[:2])
        bias = self.random.normal(size=filters) * 0.1
        layer = Conv2D(shape, weights, bias, (stride, stride), padding, **options)
        return self.add(name, layer, activation, source and (source,))

    def dense(self, name, units, activation=RELU) -> Stack:
        if len(self.shape()) > 1:
            size = int(np.prod(self.shape()))
            self.add(f"{name}_flat", Reshape(self.shape(), (size,)))
        inputs = self.shape()[0]
        weights = self.random.normal(size=(inputs, units)) / np.sqrt(inputs)
        return self.add(name, Dense(weights, self.random.normal(size=units) * 0.1), activation)

    def pool(self, name, kind=AveragePool2D, size=2, stride=2, same=False) -> Stack:
        padding = ((0, 0), (0, 0))
        if same:
            padding = tuple(same_padding(n, size, stride) for n in self.shape()[:2])
        return self.add(name, kind(self.shape(), (size, size), (stride, stride), padding))

    def network(self) -> Network:
        return Network("small", tuple(self.nodes))

    def convert(self, **settings) -> SpikingNetwork:
        x = self.random.random((40, *self.nodes[0].layer.output_shape))
        return convert(self.network(), x, Conversion(**settings))


def own_potentials(network: SpikingNetwork, seed=3) -> SpikingNetwork:
    """The network with another initial potential in every neuron, some above the threshold."""
    random = np.random.default_rng(seed)
    populations = [
        replace(
            p, initial_potential=np.rint(p.threshold * random.uniform(-1, 1.5, p.size)).astype(int)
        )
        if p.kind == "if"
        else p
        for p in network.populations
    ]
    return replace(network, populations=tuple(populations))


def convolutions(seed=0) -> Stack:
    """Even kernel, stride 2, an odd image under average pooling, dense layers."""
    stack = Stack((9, 11, 2), seed).conv("a", 4, 3).conv("b", 6, 4, stride=2)
    return stack.pool("b_mean").dense("c", 8).dense("output", 3, SOFTMAX)


def residual(seed=1) -> Stack:
    """Two additions, a channel-wise shortcut, and pooling with cut-off windows."""
    stack = Stack((7, 7, 1), seed).conv("a", 3, 3).conv("b", 3, 3, activation=LINEAR)
    stack.add("sum", Add((7, 7, 3), 2), RELU, ("b", "a"))
    stack.pool("mean", size=2, same=True).conv("c", 4, 3, activation=LINEAR)
    stack.conv("short", 4, 1, activation=LINEAR, source="mean")
    stack.add("merged", Add((4, 4, 4), 2), RELU, ("c", "short"))
    return stack.pool("all", size=4, stride=4).dense("output", 3, SOFTMAX)


def max_pooling(seed=2) -> Stack:
    """Overlapping and cut-off windows; grouped and dilated convolutions."""
    stack = Stack((9, 9, 2), seed).conv("a", 4, 3, groups=2).pool("p", MaxPool2D, 3, 2, same=True)
    stack.conv("b", 4, 3, dilation=(2, 2)).pool("q", MaxPool2D, 2, 2, same=True)
    return stack.dense("output", 4, SOFTMAX)


def pooled_input(seed=3) -> Stack:
    """Pooling and batch normalization before the first weights, pooling of a weighted sum."""
    stack = Stack((8, 8, 2), seed).pool("shrink")
    ones = np.ones(2)
    stack.add("norm", BatchNorm((4, 4, 2), ones * 1.5, ones * 0.2, ones * 0.4, ones, 1e-3))
    stack.conv("a", 4, 3, activation=LINEAR).pool("a_mean")
    return stack.add("a_relu", Identity(stack.shape()), RELU).dense("output", 3, SOFTMAX)


def flat(seed=4) -> Stack:
    return Stack((12,), seed).dense("a", 9).dense("output", 4, SOFTMAX)


def rearranged(seed=9) -> Stack:
    """Units padded, cut, turned and repeated, before and behind weights; grouped painting."""
    stack = Stack((4, 3, 4), seed).conv("a", 4, 2)
    stack.add("turn", Permute(stack.shape(), (1, 0, 2)))
    stack.add("wider", Pad(stack.shape(), (1, 0, 0), (0, 2, 0)))
    kernel = stack.random.normal(size=(3, 2, 2, 6)) / 3
    paint = ConvTranspose2D(stack.shape(), kernel, (8, 11), None, (2, 2), (1, 0), (1, 2), 2)
    stack.add("paint", paint, RELU)
    stack.add("cut", Slice(stack.shape(), (1, 2, 0), (7, 9, 5)))
    stack.add("twice", Repeat(stack.shape(), (2, 1, 1))).pool("mean", size=3, stride=2)
    stack.conv("b", 3, 2, activation=LINEAR)
    stack.add("again", Repeat(stack.shape(), (1, 3, 1)))
    stack.add("some", Take(stack.shape(), 0, (1, 0, 1)))
    return stack.add("b_relu", Identity(stack.shape()), RELU).dense("output", 3, SOFTMAX)


def signed(seed=5) -> Stack:
    """ON and OFF neurons for linear values and for a leaky rectifier."""
    stack = Stack((5, 5, 2), seed).conv("a", 3, 3, activation=LINEAR)
    return stack.conv("b", 4, 3, activation=ReLU(slope=0.3)).dense("output", 3, SOFTMAX)


def steps(seed=6) -> Stack:
    """Neurons that are never reset: step functions, strict and not."""
    stack = Stack((9,), seed).dense("a", 8, Step()).dense("b", 7, Step(-1.0, 1.0, False))
    return stack.dense("output", 4, SOFTMAX)


BUILDERS = (convolutions, residual, max_pooling, pooled_input, flat, rearranged, signed, steps)
CASES = {f.__name__: f for f in BUILDERS}


def reference(network: SpikingNetwork, x: np.ndarray, steps: int, draw=None):
    """Spikes of every layer as (sample, step, unit), straight from the written semantics.

    `draw(sample)` gives input spikes (steps, units) and their amplitude, in place of constant
    input.
    """
    trains = {p.name: np.zeros((len(x), steps, p.size), bool) for p in network.populations[1:]}
    for sample in range(len(x)):
        _reference_sample(network, x[sample : sample + 1], steps, sample, draw, trains)
    return {name: np.nonzero(train) for name, train in trains.items()}


def _reference_sample(network, x, steps, sample, draw, trains):
    potential = {p.name: np.full(p.size, p.initial_potential) for p in network.populations}
    counts = {p.name: np.zeros(p.size, int) for p in network.populations}
    constant = np.rint(x.astype(float) / network.input_scale * 4096)
    drawn = draw(sample) if draw else None
    for step in range(steps):
        brought = constant if drawn is None else (drawn[0][step] * drawn[1]).reshape(x.shape)
        spikes = {}
        for p in network.populations[1:]:
            incoming = network.incoming(p.name)
            if p.kind == "max_pool":
                source = incoming[0].source
                fired = _max_pool(p, incoming[0].maps[0], counts[source], spikes[source])
            else:
                u, from_input = potential[p.name] + p.bias, None
                for projection in incoming:
                    if projection.source == network.input.name:
                        part = projection.forward(brought).reshape(-1)
                        from_input = part if from_input is None else from_input + part
                    else:
                        shape = network.population(projection.source).shape
                        train = spikes[projection.source].reshape(1, *shape)
                        u = u + projection.forward(train).reshape(-1).astype(int)
                if from_input is not None:
                    u = u + (from_input.astype(int) + 2048 >> 12)
                fired = u >= p.threshold
                reset = {
                    "subtract": u - p.threshold,
                    "zero": 0 * u,
                    "modulo": u % max(1, p.threshold),
                    "none": u,
                }
                potential[p.name] = np.where(fired, reset[p.reset], u)
            spikes[p.name] = fired
            counts[p.name] = counts[p.name] + fired
            trains[p.name][sample, step] = fired


def _max_pool(population, layer, counts, spikes):
    """The rule, window by window."""
    shape, rows, columns = layer.input_shape, *layer.axes
    counts, spikes = counts.reshape(shape), spikes.reshape(shape)
    fired = np.zeros(population.shape, bool)
    for row, column, channel in np.ndindex(*population.shape):
        top, left = row * rows.stride - rows.before, column * columns.stride - columns.before
        window = [
            (i, j, channel)
            for i in range(max(top, 0), min(top + rows.kernel, shape[0]))
            for j in range(max(left, 0), min(left + columns.kernel, shape[1]))
        ]
        now = np.array([counts[place] for place in window])
        spiked = np.array([spikes[place] for place in window])
        if population.max_pool == "fir":
            fired[row, column, channel] = spiked[now.argmax()]
        else:
            fired[row, column, channel] = now.max() > (now - spiked).max()
    return fired.reshape(-1)
