"""Other simulators, each running the same network in its usual multi-step way.

One small class a simulator. All are given the same weights, IF neurons with the threshold 1 that
reset by subtraction, and the input as a constant current; they compute in float32, so that
single spikes may fall on other steps than ours.
"""

from __future__ import annotations

import importlib
import importlib.metadata
from typing import Any, NamedTuple

import numpy as np

from workbench.bench.plain_network import Stage, chain_of
from workbench.errors import SimulationError
from workbench.exporters.brian2.inside import run_in_brian2
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.util.optional import installed


class Ran(NamedTuple):
    """What a simulator did.

    Parameters
    ----------
    counts : ndarray, shape (samples, classes)
        Output spikes.
    spikes : float
        Of all layers and samples together.
    seconds : float, optional
        Where not all of the time was spent on running.
    """

    counts: np.ndarray
    spikes: float
    seconds: float | None = None


SYNAPSES = 20_000_000
"""Brian2 keeps each synapse on its own: beyond so many it takes gigabytes, and minutes."""


class TorchPeer:
    """What the simulators on PyTorch share: maps, and layers that follow one another.

    Parameters
    ----------
    spiking : SpikingNetwork
    steps : int
    """

    package = ""
    title = ""

    def __init__(self, spiking: SpikingNetwork, steps: int):
        self.torch = importlib.import_module("torch")
        self.steps = steps
        self.maps = [_map(self.torch, stage) for stage in chain_of(spiking)]
        self.neurons = [self.neuron() for _ in self.maps]

    def neuron(self) -> Any:
        """Return a layer of neurons."""
        raise NotImplementedError

    def spikes(self, x: Any) -> list[Any]:
        """Run samples (samples, channels, height, width); return spikes or counts per layer."""
        raise NotImplementedError

    def __call__(self, x: np.ndarray) -> Ran:
        torch = self.torch
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2), np.float32))
            *hidden, output = self.spikes(pixels)
            total = sum(float(layer.sum()) for layer in (*hidden, output))
            return Ran(output.numpy(), total)


def _map(torch: Any, stage: Stage) -> Any:
    """Return pooling, flattening and weights of a stage as one module."""
    nn = torch.nn
    parts = [nn.AvgPool2d(stage.pool)] if stage.pool else []
    kernel = stage.kernel
    if kernel.ndim == 4:
        height, width, channels, filters = kernel.shape
        size = (height, width)
        weighted = nn.Conv2d(channels, filters, size, padding=stage.padding)
        kernel = kernel.transpose(3, 2, 0, 1)
    else:
        if stage.image:
            # Their images are channels first.
            ordered = kernel.reshape(*stage.image, -1).transpose(2, 0, 1, 3)
            kernel = ordered.reshape(kernel.shape)
            parts.append(nn.Flatten())
        weighted = nn.Linear(*kernel.shape)
        kernel = kernel.T
    weighted.weight.data = torch.from_numpy(np.ascontiguousarray(kernel))
    weighted.bias.data = torch.from_numpy(stage.bias)
    return nn.Sequential(*parts, weighted).eval()


class SpikingJelly(TorchPeer):
    """Multi-step modules: a layer sees all steps at once, shape (steps, samples, ...)."""

    package, title = "spikingjelly", "SpikingJelly"

    def neuron(self) -> Any:
        module = importlib.import_module("spikingjelly.activation_based.neuron")
        return module.IFNode(v_threshold=1.0, v_reset=None, step_mode="m").eval()

    def spikes(self, x: Any) -> list[Any]:
        value = x.unsqueeze(0).repeat(self.steps, *[1] * x.dim())
        counts = []
        for weights, neuron in zip(self.maps, self.neurons, strict=True):
            neuron.reset()
            current = weights(value.flatten(0, 1))
            value = neuron(current.unflatten(0, (self.steps, len(x))))
            counts.append(value.sum(0))
        return counts


class Sinabs(TorchPeer):
    """Layers that take all steps of all samples, (samples x steps, ...)."""

    package, title = "sinabs", "sinabs"

    def neuron(self) -> Any:
        layers = importlib.import_module("sinabs.layers")
        activation = importlib.import_module("sinabs.activation")
        return layers.IAF(spike_fn=activation.SingleSpike).eval()

    def spikes(self, x: Any) -> list[Any]:
        value = x.unsqueeze(1).repeat(1, self.steps, *[1] * (x.dim() - 1))
        counts = []
        for weights, neuron in zip(self.maps, self.neurons, strict=True):
            neuron.reset_states()
            current = weights(value.flatten(0, 1))
            value = neuron(current.unflatten(0, (len(x), self.steps)))
            counts.append(value.sum(1))
        return counts


class SnnTorch(TorchPeer):
    """A loop over steps, each through all layers."""

    package, title = "snntorch", "snnTorch"

    def neuron(self) -> Any:
        module = importlib.import_module("snntorch")
        return module.Leaky(beta=1.0, threshold=1.0, reset_mechanism="subtract").eval()

    def spikes(self, x: Any) -> list[Any]:
        potentials = [neuron.init_leaky() for neuron in self.neurons]
        counts: list[Any] = [0] * len(self.neurons)
        for _ in range(self.steps):
            value = x
            for i, neuron in enumerate(self.neurons):
                value, potentials[i] = neuron(self.maps[i](value), potentials[i])
                counts[i] = counts[i] + value
        return counts


class Norse(TorchPeer):
    """A loop over steps with cells that hand their state on.

    Its integrate-and-fire cell resets to zero, so that a leaky one with next to no leak stands in.
    """

    package, title = "norse", "norse"
    leak = 2.0**-24

    def neuron(self) -> Any:
        torch = self.torch
        norse = importlib.import_module("norse.torch")
        parameters = norse.LIFBoxParameters(
            tau_mem_inv=torch.tensor(self.leak / 0.001),
            v_leak=torch.tensor(0.0),
            v_th=torch.tensor(1.0),
            reset_method=norse.reset_subtract,
        )
        return norse.LIFBoxCell(p=parameters, dt=0.001).eval()

    def spikes(self, x: Any) -> list[Any]:
        states: list[Any] = [None] * len(self.neurons)
        counts: list[Any] = [0] * len(self.neurons)
        for _ in range(self.steps):
            value = x
            for i, neuron in enumerate(self.neurons):
                value, states[i] = neuron(self.maps[i](value) / self.leak, states[i])
                counts[i] = counts[i] + value
        return counts


class Brian2:
    """The script that the workbench exports, on Brian2's NumPy target, sample after sample.

    Parameters
    ----------
    spiking : SpikingNetwork
    steps : int

    Raises
    ------
    SimulationError
        If the network has too many synapses.
    """

    package, title = "brian2", "Brian2"

    def __init__(self, spiking: SpikingNetwork, steps: int):
        synapses = sum(projection.synapse_count for projection in spiking.projections)
        if synapses > SYNAPSES:
            raise SimulationError(
                f"stores each of {synapses:,} synapses separately; only networks of up to "
                f"{SYNAPSES:,} are measured"
            )
        self.settings = Simulation(steps=steps)
        self.spiking = spiking

    def __call__(self, x: np.ndarray) -> Ran:
        run = run_in_brian2(self.spiking, x, self.settings)
        spikes = sum(int(total.sum()) for total in run.step_totals.values())
        # The time of the run alone: building the network takes longer.
        return Ran(run.output_counts, float(spikes), run.elapsed_s)


PEERS: tuple[type[TorchPeer] | type[Brian2], ...] = (
    SpikingJelly,
    Sinabs,
    SnnTorch,
    Norse,
    Brian2,
)


def absence(package: str) -> str:
    """Return why a peer cannot be measured here, or nothing where it can."""
    return "" if installed(package) else "not installed"


def version(package: str) -> str:
    """Return the version of an installed package."""
    return importlib.metadata.version(package)
