"""Layers that no other code knows, and spiking networks simulated by loops over their matrices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.network.dense import Dense
from workbench.network.layer import LAYER_KINDS, Layer


@dataclass(frozen=True, eq=False)
class Mixer(Layer):
    """Every output is a weighted sum of all inputs; says what a layer has to say, and no more."""

    kernel: np.ndarray
    bias: np.ndarray | None = None

    @property
    def input_shape(self):
        return (self.kernel.shape[0],)

    @property
    def output_shape(self):
        return (self.kernel.shape[1],)

    def forward(self, *inputs):
        y = inputs[0] @ self.kernel
        return y if self.bias is None else y + self.bias

    def synapses(self, input_index=0):
        pre, post = np.indices(self.kernel.shape)
        yield pre.ravel(), post.ravel(), self.kernel.ravel()


@dataclass(frozen=True, eq=False)
class Ring(Layer):
    """Irregular: output j reads input ``3 j + offset`` round a ring, for the first j offsets."""

    units: int
    outputs: int
    taps: np.ndarray
    constant_value: float = 0.0

    @property
    def input_shape(self):
        return (self.units,)

    @property
    def output_shape(self):
        return (self.outputs,)

    def _rows(self):
        for j in range(self.outputs):
            read = np.arange(min(j, len(self.taps)))
            yield j, (3 * j + 2 * read) % self.units, self.taps[read]

    def forward(self, *inputs):
        y = np.full((len(inputs[0]), self.outputs), self.constant_value, inputs[0].dtype)
        for j, sources, weights in self._rows():
            y[:, j] += inputs[0][:, sources] @ weights
        return y

    def synapses(self, input_index=0):
        for j, sources, weights in self._rows():  # the first chunk is empty
            yield sources, np.full(len(sources), j), weights


@dataclass(frozen=True, eq=False)
class Mirror(Layer):
    """Without weights: the units of a table in reverse order."""

    input_shape: tuple[int, ...]

    @property
    def output_shape(self):
        return self.input_shape

    def forward(self, *inputs):
        x = inputs[0]
        return x.reshape(len(x), -1)[:, ::-1].reshape(x.shape)

    def synapses(self, input_index=0):
        unit = np.arange(math.prod(self.input_shape))
        yield unit, unit[::-1], np.ones(unit.size)


@dataclass(frozen=True, eq=False)
class Blend(Layer):
    """A merge of two inputs, one of them in reverse order: ``a - 0.5 reversed(b)``."""

    units: int

    @property
    def input_shapes(self):
        return ((self.units,), (self.units,))

    @property
    def output_shape(self):
        return (self.units,)

    def forward(self, *inputs):
        return inputs[0] - inputs[0].dtype.type(0.5) * inputs[1][:, ::-1]

    def synapses(self, input_index=0):
        unit = np.arange(self.units)
        yield (
            (unit, unit[::-1], np.full(unit.size, -0.5))
            if input_index
            else (
                unit,
                unit,
                np.ones(unit.size),
            )
        )


@dataclass(frozen=True, eq=False)
class Masked(Dense):
    """A known layer with other synapses: what was written for the known one does not hold."""

    loudness: int = 3

    def _weights(self):
        return np.where(np.indices(self.kernel.shape).sum(axis=0) % 2, self.kernel, 0)

    def forward(self, *inputs):
        y = inputs[0] @ (self._weights() * self.loudness)
        return y if self.bias is None else y + self.bias

    def synapses(self, input_index=0):
        pre, post = np.nonzero(np.indices(self.kernel.shape).sum(axis=0) % 2)
        yield pre, post, self.kernel[pre, post] * self.loudness


@dataclass(frozen=True, eq=False)
class Squared(Layer):
    """No linear map, although it lists synapses and does not say so."""

    input_shape: tuple[int, ...]

    @property
    def output_shape(self):
        return self.input_shape

    def forward(self, *inputs):
        return inputs[0] ** 2

    def synapses(self, input_index=0):
        unit = np.arange(math.prod(self.input_shape))
        yield unit, unit, np.ones(unit.size)


@dataclass(frozen=True, eq=False)
class Doubled(Dense):
    """A known layer whose forward pass was changed, and whose synapses were forgotten."""

    def forward(self, *inputs):
        return 2 * super().forward(*inputs)


UNKNOWN: dict[str, Any] = {
    cls.__name__: cls for cls in (Mixer, Ring, Mirror, Blend, Masked, Squared, Doubled)
}
for kind in UNKNOWN:
    del LAYER_KINDS[kind]  # other tests look at all kinds there are


def matrix_of(layer: Layer, input_index: int = 0) -> np.ndarray:
    """Derivative by unit vectors through `forward` alone; shape (inputs, outputs)."""
    shape = layer.input_shapes[input_index]
    size = math.prod(shape)
    inputs = [np.zeros((size, *s)) for s in layer.input_shapes]
    rest = layer.forward(*inputs)
    inputs[input_index] = np.eye(size).reshape(size, *shape)
    return (layer.forward(*inputs) - rest).reshape(size, -1)


def looped(network, x, steps, delay=0):
    """Spikes of neurons that reset by subtraction, in Python's integers; per layer and sample."""
    found = {p.name: [] for p in network.populations[1:]}
    matrices = []
    for projection in network.projections:
        total = np.eye(math.prod(projection.maps[0].input_shapes[0]), dtype=object)
        for layer in projection.maps:
            total = total @ np.rint(matrix_of(layer)).astype(np.int64).astype(object)
        matrices.append((projection.source, projection.target, total))
    for sample, values in enumerate(x):
        encoded = np.rint(values.reshape(-1) / network.input_scale * 4096)
        pixels = encoded.astype(np.int64).astype(object)
        potential = {
            p.name: np.full(p.size, p.initial_potential, object) for p in network.populations
        }
        sent = {p.name: [np.zeros(p.size, object)] * delay for p in network.populations}
        for step in range(steps):
            for population in network.populations[1:]:
                name = population.name
                u = potential[name] + population.bias.astype(object)
                drive = None
                for source, target, weights in matrices:
                    if target == name and source == network.input.name:
                        drive = pixels @ weights + (0 if drive is None else drive)
                    elif target == name:
                        u = u + sent[source][step] @ weights
                if drive is not None:
                    u = u + (drive + 2048) // 4096
                fired = u >= population.threshold
                potential[name] = u - fired * population.threshold
                sent[name].append(fired.astype(int).astype(object))
                found[name] += [(sample, step, unit) for unit in np.nonzero(fired)[0]]
    return found


def of_another_class(cls, *, turned):
    """Derive a class from outside the workbench; its outputs come in reverse order if `turned`."""

    def forward(self, *inputs):
        y = cls.forward(self, *inputs)
        return y.reshape(len(y), -1)[:, ::-1].reshape(y.shape)

    def synapses(self, input_index=0):
        last = self.output_size - 1
        for pre, post, weight in cls.synapses(self, input_index):
            yield pre, last - post, weight

    name = f"{'Turned' if turned else 'Own'}{cls.__name__}"
    contents: dict[str, Any] = {"__module__": __name__}
    if turned:
        contents |= {"forward": forward, "synapses": synapses}
    derived = dataclass(frozen=True, eq=False)(type(name, (cls,), contents))
    del LAYER_KINDS[name]
    return derived
