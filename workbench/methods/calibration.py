"""Conversion that simulates as it goes: thresholds by search, calibrated potentials and biases.

Layer by layer from the input, the network so far is simulated on calibration samples, and the
activation a_S that spikes of the latest layer stand for is compared with the analog network's, a_A
(Li et al. 2021, "A free lunch from ANN", ICML; Bu et al. 2022, ICLR, for initial potentials):

- search: the factor g of a channel's scale with the least mean of ``(a_S - a_A)^2``, then
  ``b_c += mean(a_A - a_S)``;
- "potential": ``v0_i += T mean(a_A - a_S)`` of every unit, after T steps;
- "bias": ``b_c += mean(a_A - a_S)`` of every channel.

What spikes say changes in steps, so that an error remains, most of all where T is small: either is
repeated in further rounds, with what remains. Later layers then read the spikes of what the layer
has become.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from threading import Lock

import numpy as np

from workbench.conversion import begin, complete, lower
from workbench.conversion.grid_lowering import Lowering
from workbench.conversion.preparation import TraceRow
from workbench.conversion.steps import CALIBRATE, ConversionStep
from workbench.errors import ConversionError
from workbench.network.activation import QuantizedReLU, ReLU
from workbench.network.graph import Network, Node
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Conversion
from workbench.simulation.lone_neurons import lone_counts, recorded_drives
from workbench.util.generators import finished
from workbench.util.memory_budget import free_memory, shown_size
from workbench.util.stored_samples import Samples, first

FACTORS = (0.5, 0.65, 0.8, 1.0, 1.2)
"""Factors of a scale among which the search chooses."""

BATCH_NUMBERS = 2**23
"""Steps x samples x units whose input is held at once."""

NUMBER_BYTES = 8

KEPT_NUMBERS = 2**26
"""Analog activations that are kept meanwhile, 4 bytes each; of more, those of a layer at a time."""

_CACHED = 2
_cache: OrderedDict[tuple[str, str, str], tuple[Lowering, tuple[TraceRow, ...]]] = OrderedDict()
_lock = Lock()


def converting(
    network: Network, calibration: Samples, conversion: Conversion
) -> Generator[ConversionStep, None, SpikingNetwork]:
    """Convert, and yield what is done.

    Closing the generator stops the work. What has been calibrated is kept, by content, for the
    next time.

    Returns
    -------
    SpikingNetwork
        What `workbench.workflow.convert` returns.
    """
    lowering = yield from begin(network, calibration, conversion)
    if not conversion.simulates:
        yield from lower(lowering)
        return complete(lowering, network)
    key = (network.content_hash, lowering.prepared.samples_hash, repr(conversion))
    with _lock:
        known = _cache.get(key)
    if known is None:
        x = first(network.take_samples(calibration), conversion.calibrate_samples)
        if np.prod(x.shape) <= BATCH_NUMBERS:
            x = np.asarray(x)  # read once, not for each layer
        known = lowering, (yield from _Calibration(lowering, conversion, x).run())
    with _lock:
        _cache[key] = known
        _cache.move_to_end(key)
        while len(_cache) > _CACHED:
            _cache.popitem(last=False)
    return complete(known[0], network, known[1])


def calibrated(
    network: Network,
    calibration: Samples,
    conversion: Conversion,
    step: Callable[[ConversionStep], None] | None = None,
) -> SpikingNetwork:
    """Return what `converting` does, at once; `step` is called with what that yields."""
    return finished(converting(network, calibration, conversion), step)


class _Calibration:
    """One network on its way; the parameters are those of `converting`."""

    def __init__(self, lowering: Lowering, conversion: Conversion, x: Samples):
        self.lowering, self.conversion, self.x = lowering, conversion, x
        self.steps = conversion.calibrate_steps
        self._activations = _Activations(lowering.network, x)
        self._moved: dict[str, list[float]] = {"search": [], "potential": [], "bias": []}

    def run(self) -> Generator[ConversionStep, None, tuple[TraceRow, ...]]:
        """Add all nodes, and return what is to be said of it."""
        nodes = self.lowering.network.nodes[1:]
        rounds = sum(self._rounds(method) for node in nodes for method in self._methods(node))
        total = len(self.x) * max(1, rounds)
        done = 0
        yield ConversionStep(CALIBRATE, done, total, "samples")
        for node in nodes:
            self.lowering.add(node)
            for method in self._methods(node):
                for samples in getattr(self, f"_{method}")(node):
                    done += samples
                    yield ConversionStep(CALIBRATE, done, total, "samples")
        return self._trace()

    def _methods(self, node: Node) -> tuple[str, ...]:
        """What is done with a node's population, in order."""
        network, conversion = self.lowering.network, self.conversion
        activation, is_output = node.activation, node is network.output
        if not network.is_neural(node) or not node.layer.linear:
            return ()
        if not is_output and not isinstance(activation, (ReLU, QuantizedReLU)):
            return ()  # A step function adds nothing up.
        methods = []
        if conversion.normalization == "search" and type(activation) is ReLU and not is_output:
            methods.append("search")
        # The drive of an output is right where its inputs are; a bias would change what its
        # potential says. An initial potential does not, and spikes alone gain by it.
        if conversion.calibrate == "bias" and not is_output:
            methods.append("bias")
        if conversion.calibrate == "potential" and self.lowering.read_of(node) != "membrane":
            methods.append("potential")
        return tuple(methods)

    def _rounds(self, method: str) -> int:
        return 1 if method == "search" else self.conversion.calibrate_rounds

    def _batches(self, node: Node) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield drives of the latest population (steps, samples, units), and its activations."""
        network, population = self.lowering.so_far(), self.lowering.populations[-1]
        numbers = self.steps * population.size
        if numbers > BATCH_NUMBERS and 2 * NUMBER_BYTES * numbers > (free := free_memory()):
            raise ConversionError(
                f"Simulating layer '{population.name}' for {self.steps:,} steps takes "
                f"{shown_size(2 * NUMBER_BYTES * numbers)} of memory for a single sample, and "
                f"{shown_size(free)} are free. Lower Conversion.calibrate_steps, or choose another "
                "normalization and calibrate."
            )
        size = max(1, BATCH_NUMBERS // numbers)
        for start in range(0, len(self.x), size):
            x = np.asarray(self.x[start : start + size])
            wanted = self._activations.of(node, population, slice(start, start + size))
            yield recorded_drives(network, x, self.steps), wanted

    def _errors(
        self, batches: Iterable[tuple[np.ndarray, np.ndarray]]
    ) -> Generator[int, None, np.ndarray]:
        """Yield samples done; return the mean of a_A - a_S of every unit, in activations."""
        population = self.lowering.populations[-1]
        value = self._value(population) / self.steps
        total = np.zeros(population.size)
        for drives, wanted in batches:
            counts = lone_counts(population, drives)
            total += (wanted - counts * value).sum(axis=0)
            yield len(wanted)
        return total / len(self.x)

    def _value(self, population: Population) -> np.ndarray:
        """Activation that a payload of 1 at every step stands for, of every unit."""
        theta = population.threshold * self._unit(population)
        return _of_units(theta * np.asarray(population.scale), population)

    def _unit(self, population: Population) -> float:
        return float(2.0 ** -(self.conversion.resolution_bits + population.extra_bits))

    def _on_grid(self, activations: np.ndarray) -> np.ndarray:
        """Bring activations of the latest population's units to its grid."""
        population = self.lowering.populations[-1]
        scale = _of_units(population.scale, population)
        return np.rint(activations / scale / self._unit(population)).astype(np.int64)

    def _potential(self, node: Node) -> Generator[int, None, None]:
        population = self.lowering.populations[-1]
        before = population.starts
        # What reaches neurons does not depend on where they start: it is held, if there is room.
        fits = self.steps * population.size * len(self.x) <= BATCH_NUMBERS
        held = list(self._batches(node)) if fits else None
        for _ in range(self._rounds("potential")):
            error = yield from self._errors(self._batches(node) if held is None else held)
            shift = self._on_grid(self.steps * error)
            self.lowering.start_from(self.lowering.populations[-1].starts + shift)
        moved = self.lowering.populations[-1].starts - before
        self._moved["potential"].append(np.abs(moved).mean() * _in_thresholds(population))

    def _bias(self, node: Node) -> Generator[int, None, None]:
        for _ in range(self._rounds("bias")):
            error = yield from self._errors(self._batches(node))
            self._shift(_of_channels(error, self.lowering.populations[-1]), "bias")

    def _shift(self, error: np.ndarray, method: str) -> None:
        """Add the mean error of every channel to its bias."""
        population = self.lowering.populations[-1]
        shift = self._on_grid(_of_units(error, population))
        self.lowering.shift_biases(shift)
        self._moved[method].append(np.abs(shift).mean() * _in_thresholds(population))

    def _search(self, node: Node) -> Generator[int, None, None]:
        population = self.lowering.populations[-1]
        base = np.broadcast_to(np.asarray(population.scale, np.float64), population.shape[-1:])
        start = float(population.starts[0]) / population.threshold
        tried = [self._within_ceiling(base * factor, population) for factor in FACTORS]
        squares = np.zeros((len(tried), base.size))
        means = np.zeros_like(squares)
        for drives, wanted in self._batches(node):
            for number, scale in enumerate(tried):
                ratio = _of_units(scale / base, population)
                threshold = np.rint(population.threshold * ratio).astype(np.int64)
                initial = np.rint(start * threshold).astype(np.int64)
                counts = lone_counts(
                    population, drives, threshold=threshold, initial_potential=initial
                )
                value = self._value(population) * ratio / self.steps
                error = wanted - counts * value
                squares[number] += _of_channels((error**2).sum(axis=0), population)
                means[number] += _of_channels(error.sum(axis=0), population) / len(self.x)
            yield len(wanted)
        best = squares.argmin(axis=0)
        if not self.conversion.per_channel:
            best[:] = squares.sum(axis=1).argmin()
        chosen = np.stack(tried)[best, np.arange(base.size)]
        self.lowering.rescale(node, chosen if self.conversion.per_channel else chosen[:1])
        self._shift(means[best, np.arange(base.size)], "search")

    def _within_ceiling(self, scale: np.ndarray, population: Population) -> np.ndarray:
        if not population.ceiling:
            return scale
        return np.minimum(
            scale,
            population.ceiling
            * population.payload_unit
            / (population.threshold * self._unit(population)),
        )

    def _trace(self) -> tuple[TraceRow, ...]:
        """Say what has been adjusted."""
        on = f"by {len(self.x):,} samples in {self.steps:,} steps"
        words = {
            "search": f"scales of {{}} chosen {on}, and biases moved",
            "potential": f"initial potentials of {{}} moved {on}",
            "bias": f"biases of {{}} moved {on}",
        }
        return tuple(
            (
                "search the scales" if method == "search" else "calibrate",
                "approximate",
                float("nan"),
                f"{words[method].format(_layers(len(moved)))} by {np.mean(moved):.2f} thresholds "
                "on average",
            )
            for method, moved in self._moved.items()
            if moved
        )


def _in_thresholds(population: Population) -> float:
    """A grid unit as a fraction of the threshold that people set."""
    return population.payload_unit / population.threshold


def _layers(count: int) -> str:
    return "1 layer" if count == 1 else f"{count} layers"


class _Activations:
    """Activations of the analog network; of all neurons at once where there is room for them."""

    def __init__(self, network: Network, x: Samples):
        self.network, self.x = network, x
        neural = [node for node in network.nodes[1:] if network.is_neural(node)]
        units = sum(node.layer.output_size for node in neural)
        self._kept: dict[str, np.ndarray] | None = None
        if units * len(x) <= KEPT_NUMBERS:
            self._kept = self._sums(x, [node.name for node in neural])

    def _sums(self, x: Samples, names: Sequence[str]) -> dict[str, np.ndarray]:
        """Return the activations of some nodes; of the output, its sums ahead of a softmax, say."""
        parts: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for batch in self.network.input_batches(x):
            for node, sums, value in self.network.walk(batch):
                if node.name in parts:
                    parts[node.name].append(sums if node is self.network.output else value)
                if node.name == names[-1]:
                    break
        return {name: np.concatenate(each) for name, each in parts.items()}

    def of(self, node: Node, population: Population, samples: slice) -> np.ndarray:
        """Return what spikes of a population can say of some samples.

        Returns
        -------
        ndarray of float64, shape (samples, units)
        """
        if self._kept is not None:
            value = self._kept[node.name][samples]
        else:
            value = self._sums(self.x[samples], [node.name])[node.name]
        if node is self.network.output:
            # Its spikes say what is above 0, and those of OFF neurons what is below.
            off = (-value,) if population.read == "on_off" else ()
            value = np.maximum(np.concatenate((value, *off), axis=-1), 0)
        return value.reshape(len(value), -1).astype(np.float64)


def _of_units(values: float | np.ndarray, population: Population) -> np.ndarray:
    """Give every unit what its channel has."""
    return np.broadcast_to(np.asarray(values, np.float64), population.shape).reshape(-1)


def _of_channels(values: np.ndarray, population: Population) -> np.ndarray:
    """Mean over the places of every channel."""
    return values.reshape(-1, population.shape[-1]).mean(axis=0)
