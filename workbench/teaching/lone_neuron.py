"""One integrate-and-fire neuron, and chains of layers, run by the package's own simulator.

The input has two lines. The first one carries what a student sets. The second one is silent in
every run, and carries the only calibration sample: it fixes that one spike per step stands for 1.

The simulator computes with integers, multiples of 2^-16 of a threshold. Inputs are rounded up to
such a multiple here, and thresholds down, so that ten times 0.7 reaches 7 as it does on paper.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from workbench.network.activation import Activation
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input
from workbench.neuron_rules import Neurons, Reset
from workbench.run import Run
from workbench.setting import settings_of
from workbench.settings import Conversion, Simulation
from workbench.settings.simulation import Engine
from workbench.workflow import convert, simulate

NEURON = "neuron"

_GRID = 2.0 ** settings_of(Conversion)["resolution_bits"].default
_TINY = 1e-6
"""Grid units that float64 errs by, and less than any difference that is meant."""

_ENGINE: Engine = "reference"
"""Starts at once: it compiles nothing. All engines give the same spikes."""


@dataclass(frozen=True, eq=False)
class NeuronRun:
    """What one neuron received, held and sent; arrays have the shape (steps,).

    Parameters
    ----------
    received : ndarray of float64
        Input of each step.
    before, after : ndarray of float64
        Potential with the step's input, and what the step left of it.
    spikes : ndarray of bool
    leaked : ndarray of float64
        What the leak took at the start of each step.
    threshold : float
    """

    received: np.ndarray
    before: np.ndarray
    after: np.ndarray
    spikes: np.ndarray
    leaked: np.ndarray
    threshold: float

    @property
    def count(self) -> int:
        """Spikes of the run."""
        return int(self.spikes.sum())

    @property
    def lost(self) -> np.ndarray:
        """What each reset threw away: potential that was neither sent nor kept; (steps,)."""
        return self.before - self.threshold * self.spikes - self.after


def neuron_network(currents: ArrayLike = 1.0) -> Network:
    """Return a network of rectified neurons, each with a weight of its own, and their sum."""
    weights = _current(np.atleast_1d(currents))
    nodes = (
        Node("input", Input((2,))),
        Node(NEURON, Dense(np.stack([weights, weights * 0 + 1])), Activation.RELU, ("input",)),
        Node("output", Dense(np.ones((len(weights), 1))), Activation.RELU, (NEURON,)),
    )
    return Network("one neuron", nodes)


def _current(currents: ArrayLike) -> Any:
    return np.ceil(np.asarray(currents, np.float64) * _GRID - _TINY) / _GRID


def _threshold(threshold: float) -> float:
    return float(np.floor(threshold * _GRID + _TINY) / _GRID)


def run_neuron(
    arrivals: np.ndarray,
    *,
    current: float,
    threshold: float = 1.0,
    reset: Reset = "subtract",
    leak: float = 0.0,
    initial_potential: float = 0.0,
) -> NeuronRun:
    """Simulate one neuron.

    Parameters
    ----------
    arrivals : ndarray of bool, shape (steps,)
        Steps in which input arrives.
    current : float
        What arrives in such a step; may be negative.
    threshold : float
    reset : "subtract", "zero" or "modulo"
    leak : float
        As in `Simulation`, a fraction of the threshold.
    initial_potential : float
        A fraction of the threshold.
    """
    arrivals, threshold = np.asarray(arrivals, bool), _threshold(threshold)
    frames = np.zeros((1, len(arrivals), 2), bool)
    frames[0, :, 0] = arrivals
    run = run_alone(
        neuron_network(current),
        frames,
        Conversion(
            percentile=100,
            threshold=threshold,
            reset=reset,
            initial_potential=initial_potential,
        ),
        steps=len(arrivals),
        leak=leak,
        encoding="events",
        record_potentials=(NEURON,),
    )
    after = run.potentials(NEURON).reshape(-1)
    spikes = np.zeros(len(arrivals), bool)
    spikes[run.spikes(NEURON)["step"].to_numpy()] = True
    start = np.concatenate([[initial_potential * threshold], after[:-1]])
    leaked = np.clip(start, 0, round(leak * threshold * _GRID) / _GRID)
    received = arrivals * _current(current)
    return NeuronRun(received, start - leaked + received, after, spikes, leaked, threshold)


def run_opposed(
    excited: np.ndarray,
    inhibited: np.ndarray,
    weights: tuple[float, float],
    *,
    initial_potential: float = 0.0,
    neurons: Neurons = "if",
) -> tuple[np.ndarray, np.ndarray]:
    """Simulate a neuron with threshold 1 that two others drive up and down.

    Parameters
    ----------
    excited, inhibited : ndarray of bool, shape (steps,)
        Spikes of the two others.
    weights : (float, float)
        What one spike of each brings, and takes.
    initial_potential : float
    neurons : "if" or "signed"

    Returns
    -------
    potential : ndarray of float64, shape (steps,)
        After each step.
    sent : ndarray of int64, shape (steps,)
        1, 0, or -1 where a spike takes one back.
    """
    up, down = (float(_current(weight)) for weight in weights)
    nodes = (
        Node("input", Input((3,))),
        Node(NEURON, Dense(np.array([[up], [-down], [1.0]])), Activation.RELU, ("input",)),
        Node("output", Dense(np.ones((1, 1))), Activation.RELU, (NEURON,)),
    )
    frames = np.zeros((1, len(excited), 3), bool)
    frames[0, :, 0], frames[0, :, 1] = excited, inhibited
    chosen = Conversion(percentile=100, initial_potential=initial_potential, neurons=neurons)
    more = {"encoding": "events", "record_potentials": (NEURON,)}
    run = run_alone(Network("opposed", nodes), frames, chosen, steps=len(excited), **more)
    spikes, sent = run.spikes(NEURON), np.zeros(len(excited), np.int64)
    sent[spikes["step"].to_numpy()] = spikes.get("sign", 1)
    return run.potentials(NEURON).reshape(-1), sent


def rate_curve(
    currents: np.ndarray,
    steps: int,
    *,
    threshold: float = 1.0,
    leak: float = 0.0,
    **conversion: Any,
) -> np.ndarray:
    """Return how often a neuron has spiked after each step, for many constant currents at once.

    Parameters
    ----------
    currents : ndarray, shape (currents,)
    steps : int
    threshold, leak : float
        As of `run_neuron`.
    **conversion
        Of `Conversion`: reset, initial_potential.

    Returns
    -------
    ndarray of int64, shape (currents, steps)
    """
    chosen = Conversion(percentile=100, threshold=_threshold(threshold), **conversion)
    run = run_alone(
        neuron_network(currents), np.array([[1.0, 0.0]]), chosen, steps=steps, leak=leak
    )
    return counts_in_time(run, NEURON)


def counts_in_time(run: Run, layer: str) -> np.ndarray:
    """Return the spikes so far of every neuron of a layer, for one sample; (neurons, steps)."""
    spikes = run.spikes(layer)
    counts = np.zeros((run.recording.network.population(layer).size, run.recording.steps), np.int64)
    np.add.at(counts, (spikes["unit"].to_numpy(), spikes["step"].to_numpy()), 1)
    return counts.cumsum(axis=1)


def run_alone(network: Network, x: np.ndarray, conversion: Conversion, **simulation: Any) -> Run:
    """Convert a network whose last input line is for calibration, run it, and record all layers."""
    calibration = np.zeros((1, *network.input_shape), np.float32)
    calibration[0, -1] = 1
    spiking = convert(network, calibration, conversion)
    chosen = {"record": "all", **simulation}
    return simulate(spiking, x, Simulation(engine=_ENGINE, **chosen))


WIDTH = 12
"""Neurons of each layer of a chain."""


def chain_network(layers: int) -> Network:
    """Return layers that all hold the same value: each reads it, and tells it to the next.

    A layer has `WIDTH` neurons of different gains. The next layer weighs them so that their sum is
    the value again, as layers of a trained network do with what they have learned.
    """
    gains = np.linspace(1, 0.25, WIDTH)
    told = gains / (gains @ gains)
    nodes = [Node("input", Input((2,)))]
    kernel: np.ndarray = np.stack([gains, gains])
    for number in range(1, layers + 1):
        before = nodes[-1].name
        nodes.append(Node(f"layer{number}", Dense(kernel), Activation.RELU, (before,)))
        kernel = np.outer(told, gains)
    nodes.append(Node("output", Dense(told[:, None]), Activation.RELU, (nodes[-1].name,)))
    return Network("chain", tuple(nodes))


def run_chain(
    value: float, layers: int, steps: int, *, initial_potential: float = 0.0
) -> np.ndarray:
    """Return what each layer of a chain tells of a value after each step; (layers, steps)."""
    network = chain_network(layers)
    conversion = Conversion(percentile=100, initial_potential=initial_potential)
    run = run_alone(network, np.array([[value, 0.0]]), conversion, steps=steps)
    gains = np.linspace(1, 0.25, WIDTH)
    told = gains / (gains @ gains)
    names = [f"layer{number}" for number in range(1, layers + 1)]
    sums = np.stack([told @ counts_in_time(run, name) for name in names])
    return sums / np.arange(1, steps + 1)
