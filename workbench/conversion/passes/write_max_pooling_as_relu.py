"""Write max pooling with rectifiers alone: ``max(a, b) = b + relu(a - b)``.

Neurons that integrate and fire are then all that remains, which every simulator has, and values
may have any sign. Pairs are joined to the maxima of larger and larger intervals, along one axis of
the windows and then along the other; what overlapping windows have in common is computed once.

Only ``relu(a - b)`` needs neurons, n - 1 for a window of n inputs. The sum itself gets none: the
next layer reads both summands, of which b is spikes that exist already. A neuron for the sum would
add a unit a window and a layer of delay, and save no spikes, as the summands' add up to the
maximum's; it would save synapses, since now a population for each halving of the windows reaches
the next layer, whose kernel is stored for each.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import pairwise
from typing import NamedTuple, cast

from workbench.conversion.passes.conversion_pass import Pass
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.graph import Network, Node
from workbench.network.naming import free_name
from workbench.network.pooling import MaxPool2D
from workbench.network.rearrange import Slice, Take
from workbench.network.structure import Add, Identity
from workbench.network.windows import WindowAxis

Interval = tuple[int, int]
"""Places from the first up to, without, the second."""


@partial(
    Pass,
    does="writes max pooling with plain neurons: max(a, b) = b + relu(a - b)",
    outputs="within float32 rounding",
    guarantees="no max pooling is left",
    when={"max_pool": "relu"},
)
def write_max_pooling_as_relu(network: Network) -> Network:
    """Return the network without max pooling."""
    return _written(network, lambda pool: True)


@partial(
    Pass,
    does="does the same for max pooling of values with a sign, and at the output",
    outputs="within float32 rounding",
    expects="max pooling in its final place, after `sink_max_pooling`",
    unless={"max_pool": "relu"},
)
def write_signed_max_pooling_as_relu(network: Network) -> Network:
    """Return the network without max pooling that no spikes could do by themselves.

    That of values which may be negative, and that at the output, where neurons must count.
    """

    def has_no_spikes(pool: Node) -> bool:
        return pool is network.output or pool.inputs[0] not in network.nonnegative

    return _written(network, has_no_spikes)


def _written(network: Network, chosen: Callable[[Node], bool]) -> Network:
    taken = network.names
    return network.replacing(
        {
            node.name: _Writing(node, taken).nodes
            for node in network.nodes
            if node.layer.maximum and chosen(node)
        }
    )


@dataclass
class _Writing:
    """Collects the nodes that stand for one pooling; the last has its name.

    Parameters
    ----------
    pool : Node
    taken : set of str
        Names of all nodes.
    """

    pool: Node
    taken: set[str]
    nodes: list[Node] = field(default_factory=list)

    def __post_init__(self) -> None:
        layer = cast("MaxPool2D", self.pool.layer)
        self.shape, (self.last,) = layer.input_shape, self.pool.inputs
        halvings = [_Halving.of(axis) for axis in layer.axes]
        for axis in _fewest_neurons_first(halvings, layer):
            self._reduce(axis, halvings[axis])
        if not self.nodes:
            self._add("all", Identity(self.shape), self.last)
        *_, last = self.nodes
        self.taken.discard(last.name)
        self.nodes[-1] = replace(last, name=self.pool.name, activation=self.pool.activation)

    def _reduce(self, axis: int, halving: _Halving) -> None:
        """Replace the values along an axis by the maxima of its windows."""
        for level in halving.levels:
            whole, shape = self.last, self.shape
            second = self._taken_from(whole, shape, axis, level.second, "second")
            first = self._taken_from(whole, shape, axis, level.first, "first")
            pairs = self._resized(axis, len(level.first))
            negative = self._add("negative", Affine(pairs, -1.0), first)
            excess = self._add("excess", Add(pairs, 2), second, negative, rectified=True)
            self.shape = self._resized(axis, len(level.kept))
            kept = first
            if level.kept != level.first:
                kept = self._taken_from(whole, shape, axis, level.kept, "kept")
                excess = self._taken_from(excess, pairs, axis, level.place, "placed")
            self.last = self._add("maximum", Add(self.shape, 2), kept, excess)
        self.last = self._taken_from(self.last, self.shape, axis, halving.windows, "windows")
        self.shape = self._resized(axis, len(halving.windows))

    def _resized(self, axis: int, size: int) -> tuple[int, ...]:
        return (*self.shape[:axis], size, *self.shape[axis + 1 :])

    def _taken_from(
        self, source: str, shape: tuple[int, ...], axis: int, index: tuple[int, ...], what: str
    ) -> str:
        """Return the node that gives chosen places of another along an axis."""
        if index == tuple(range(shape[axis])):
            return source
        step = index[1] - index[0] if len(index) > 1 else 1
        block = range(index[0], index[-1] + 1, max(step, 1))
        if index[0] < 0 or tuple(block) != index:
            return self._add(what, Take(shape, axis, index), source)
        start, stop, steps = [0] * len(shape), list(shape), [1] * len(shape)
        start[axis], stop[axis], steps[axis] = block.start, block.stop, block.step
        return self._add(what, Slice(shape, tuple(start), tuple(stop), tuple(steps)), source)

    def _add(self, what: str, layer: object, *inputs: str, rectified: bool = False) -> str:
        name, number = f"{self.pool.name}_{what}", 1
        while f"{name}_{number}" in self.taken:
            number += 1
        name = free_name(f"{name}_{number}", self.taken)
        activation = Activation.RELU if rectified else Activation.LINEAR
        self.nodes.append(Node(name, layer, activation, inputs))  # type: ignore[arg-type]
        return name


class _Level(NamedTuple):
    """How the intervals of one level follow from those of the level before; all are indices.

    Parameters
    ----------
    first, second : tuple of int
        Halves of the intervals that are joined at this level.
    kept : tuple of int
        Of every interval of the level: its first half, or the interval itself where it is not
        joined here.
    place : tuple of int
        Which of the joined ones each interval is; -1 for none.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    kept: tuple[int, ...]
    place: tuple[int, ...]


class _Halving(NamedTuple):
    """How the maxima of all windows along one axis come about.

    Parameters
    ----------
    levels : tuple of _Level
        From the single places to the largest intervals.
    windows : tuple of int
        Interval of the last level that each window is; -1 for one in the padding alone.
    neurons : int
        For each of the units that lie side by side along the other axes.
    """

    levels: tuple[_Level, ...]
    windows: tuple[int, ...]
    neurons: int

    @classmethod
    def of(cls, axis: WindowAxis) -> _Halving:
        """Halve windows until single places are left, the larger power of two first.

        Windows at a border are cut there: padding is no part of a maximum.
        """
        starts = axis.input_index(0).tolist()
        windows = [(max(s, 0), min(s + axis.kernel, axis.size)) for s in starts]
        needed = [sorted({window for window in windows if window[0] < window[1]})]
        while depth := max(map(_depth, needed[-1]), default=0):
            parts = (_halves(i) if _depth(i) == depth else (i,) for i in needed[-1])
            needed.append(sorted({part for group in parts for part in group}))
        needed[-1] = [(place, place + 1) for place in range(axis.size)]
        needed.reverse()
        levels = tuple(_level(before, after) for before, after in pairwise(needed))
        position = {interval: number for number, interval in enumerate(needed[-1])}
        indices = tuple(position.get(window, -1) for window in windows)
        return cls(levels, indices, sum(len(level.first) for level in levels))


def _level(before: list[Interval], after: list[Interval]) -> _Level:
    position = {interval: number for number, interval in enumerate(before)}
    joined = [interval for interval in after if interval not in position]
    halves = [_halves(interval) for interval in joined]
    first = {interval: position[one] for interval, (one, _) in zip(joined, halves, strict=True)}
    second = tuple(position[other] for _, other in halves)
    kept = tuple(first[i] if i in first else position[i] for i in after)
    order = {interval: number for number, interval in enumerate(joined)}
    place = tuple(order.get(interval, -1) for interval in after)
    return _Level(tuple(first.values()), second, kept, place)


def _depth(interval: Interval) -> int:
    """How often an interval can be halved."""
    return (interval[1] - interval[0] - 1).bit_length()


def _halves(interval: Interval) -> tuple[Interval, Interval]:
    low, high = interval
    middle = low + (1 << (_depth(interval) - 1))
    return (low, middle), (middle, high)


def _fewest_neurons_first(halvings: list[_Halving], layer: MaxPool2D) -> tuple[int, ...]:
    """Return the order of the axes that takes the fewer neurons."""
    rows, columns = halvings
    (height, width, _), (out_height, out_width, _) = layer.input_shape, layer.output_shape
    rows_first = rows.neurons * width + columns.neurons * out_height
    columns_first = columns.neurons * height + rows.neurons * out_width
    return (0, 1) if rows_first <= columns_first else (1, 0)
