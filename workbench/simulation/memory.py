"""What a run keeps in memory: batches that fit, and refusals of what cannot, before it runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from workbench.errors import SimulationError
from workbench.network.recording import Recording
from workbench.network.spiking import SpikingNetwork
from workbench.settings import Simulation
from workbench.util.stored_samples import Samples

SPIKE_BYTES = 2 * 3 * 8
"""A recorded spike: sample, step and unit, twice while parts are joined."""

COUNT_BYTES = 2 * 4
"""A recorded unit's count of one sample, twice while parts are joined."""

POTENTIAL_BYTES = 8
"""A recorded potential of one step."""

UNIT_BYTES = 12
"""A unit of a sample under simulation: its potential and count."""

DRIVE_BYTES = 16
"""A constant current, as it is summed and as it is used."""

INPUT_BYTES = 32
"""An input value, while it is rounded."""

VALUE_BYTES = 8
"""A value of a unit whose layer takes its turn."""

OTHER_ENGINES = {"dense": 3, "reference": 4}
"""How many times as much engines take that keep what passes between layers, as measured."""

BATCH = 128
"""Most samples of a batch when none is asked for: enough for all cores."""

BATCH_BYTES = 2**30
"""What such a batch may take; large networks run fewer samples at once."""

SPAN = 1000
"""Most steps computed at once: what is kept per step of a batch stays small in long runs."""

SPAN_BYTES = 2**27
"""What is kept per step may take for a batch; networks of many classes run fewer steps at once."""

PILOT_SAMPLES, PILOT_STEPS = 2, 50
"""A short run that tells how much a network spikes."""


FRAME_BYTES = 2
"""An input of a frame of events, as it is given and as it is checked."""


def frames_of(x: Samples, settings: Simulation) -> int:
    """Frames of events of each sample, which lie in memory with its batch; 0 of other input."""
    return int(x.shape[1]) if settings.encoding == "events" and x.ndim > 1 else 0


def sample_bytes(network: SpikingNetwork, engine: str = "event", frames: int = 0) -> int:
    """Bytes that one sample takes while it is simulated, roughly."""
    units = sum(population.size for population in network.populations)
    if network.spike_code.in_turns:  # Values of all layers, and what one of them is made of.
        working = max(layer.working_size for p in network.projections for layer in p.maps)
        return VALUE_BYTES * (units + 2 * working) + INPUT_BYTES * network.input.size
    reached = {projection.target for projection in network.outgoing(network.input.name)}
    driven = sum(network.population(name).size for name in reached)
    numbers = UNIT_BYTES * units + DRIVE_BYTES * driven + INPUT_BYTES * network.input.size
    return OTHER_ENGINES.get(engine, 1) * numbers + FRAME_BYTES * frames * network.input.size


def step_bytes(network: SpikingNetwork) -> int:
    """Bytes that a window keeps of one sample and step: spikes a layer, counts and potentials."""
    return 4 * len(network.populations) + 12 * network.output.size


def fitting_batch(
    network: SpikingNetwork, free: int, engine: str = "event", frames: int = 0
) -> int:
    """Samples of a batch where none is asked for; `free` are the bytes of free memory."""
    room = min(BATCH_BYTES, free // 2)
    return max(1, min(BATCH, room // sample_bytes(network, engine, frames)))


def fitting_span(network: SpikingNetwork, batch: int) -> int:
    """Steps to compute at once of a batch."""
    return max(1, min(SPAN, SPAN_BYTES // (batch * step_bytes(network))))


def check_batch(
    network: SpikingNetwork,
    samples: int,
    steps: int,
    free: int,
    engine: str = "event",
    frames: int = 0,
) -> None:
    """Refuse to simulate more samples at once than free memory holds.

    Parameters
    ----------
    samples : int
        Of a batch.
    steps : int
        Of a window.
    free : int
        Bytes of free memory.
    engine : str
        As in `Simulation`.
    frames : int
        Frames of events of each sample.

    Raises
    ------
    SimulationError
        With the size of the batch and a batch size that fits.
    """
    one = sample_bytes(network, engine, frames) + steps * step_bytes(network)
    if samples * one <= free:
        return
    needed = (
        f"takes about {samples * one / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB of memory are free."
    )
    if one > free:
        raise SimulationError(
            f"Simulating network '{network.name}' {needed} It needs {one / 1e9:,.1f} GB for a "
            "single sample: use a machine with more memory, or a smaller network."
        )
    fits = max(1, min(BATCH, free // 2 // one))
    raise SimulationError(
        f"Simulating {samples:,} samples of network '{network.name}' at once {needed} Simulate in "
        f"smaller batches with Simulation(batch_size={fits}), or give fewer samples."
    )


def check_recording(
    network: SpikingNetwork,
    x: Samples,
    settings: Simulation,
    layers: tuple[str, ...],
    traced: tuple[str, ...],
    free: int,
    run: Callable[[SpikingNetwork, Samples, Simulation], Recording],
) -> None:
    """Refuse to record more than free memory holds.

    A run that would fit if every neuron spiked at every step passes at once; for others, a few
    samples are simulated first, without recording, to see how much the layers spike.

    Parameters
    ----------
    x : ndarray, shape (samples, *input shape)
    layers, traced : tuple of str
        Layers of which spikes, and of which potentials are to be recorded.
    free : int
        Bytes of free memory.
    run : function of (network, x, settings) to Recording
        Simulates.

    Raises
    ------
    SimulationError
        With the size of the recording and what would make it smaller.
    """
    sizes = {name: network.population(name).size for name in layers}
    every = {name: float(size) for name, size in sizes.items()}
    per_potential = POTENTIAL_BYTES * len(x) * settings.steps
    traces = {
        f"the potentials of {name}": float(per_potential * network.population(name).size)
        for name in traced
    }
    most = sum((_needed(sizes, every, len(x), settings.steps) | traces).values())
    if most <= free:
        return
    steps = min(settings.steps, PILOT_STEPS)
    plain = replace(settings, record=(), record_potentials=(), steps=steps, readout_after=0)
    pilot = run(network, x[:PILOT_SAMPLES], plain)
    per_step = {
        name: pilot.step_totals[name].sum() / pilot.samples / pilot.steps for name in layers
    }
    needed = _needed(sizes, per_step, len(x), settings.steps) | traces
    total = sum(needed.values())
    if total <= free:
        return
    largest = max(needed, key=lambda name: needed[name])
    raise SimulationError(
        f"Recording {', '.join(needed)} for {len(x):,} samples and {settings.steps:,} steps takes "
        f"about {total / 1e9:,.1f} GB, and {free / 1e9:,.1f} GB of memory are free; "
        f"'{largest}' alone takes {needed[largest] / 1e9:,.1f} GB. Record fewer layers, or give "
        "fewer samples or steps; counts per step and accuracy need no recording: record=()."
    )


def _needed(
    sizes: dict[str, int], spikes_per_step: dict[str, float], samples: int, steps: int
) -> dict[str, float]:
    """Bytes that each layer's record takes."""
    return {
        name: samples * (COUNT_BYTES * size + SPIKE_BYTES * steps * spikes_per_step[name])
        for name, size in sizes.items()
    }
