"""When each layer listens and sends, in networks whose layers take turns.

The run is divided into windows of equal length. A layer listens in the window in which the last of
its sources sends, and sends in the next one; what other sources have sent before is delayed until
then. Max pooling passes spikes on at once. The input is a constant current in window 0, and outputs
are read at the end of the window in which they listen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from workbench.errors import SettingsError, StructureError
from workbench.neuron_rules import KEEPING_SUM
from workbench.spike_codes import SLICES, SpikeCode, refusal

if TYPE_CHECKING:
    from workbench.network.population import Population
    from workbench.network.projection import Projection
    from workbench.network.spiking import SpikingNetwork
    from workbench.settings import Simulation

MOST_STEPS = 1_000_000


def send_windows(
    populations: Sequence[Population], projections: Sequence[Projection]
) -> dict[str, int]:
    """Return the window in which each population sends; it listens in the one before."""
    windows = {populations[0].name: 0}
    sources: dict[str, list[str]] = {}
    for projection in projections:
        sources.setdefault(projection.target, []).append(projection.source)
    for population in populations[1:]:
        latest = max(windows[source] for source in sources[population.name])
        windows[population.name] = latest + (population.kind == "if")
    return windows


def check_turns(network: SpikingNetwork) -> None:
    """Refuse populations that cannot take turns; of networks whose code asks for it.

    Raises
    ------
    StructureError
        Naming the population.
    """
    if not network.spike_code.in_turns:
        return
    read = {p.target for p in network.outgoing(network.input.name)}
    for population in network.populations[1:]:
        pool = population.kind == "max_pool"
        if pool and (population is network.output or population.name in read):
            where = "is the output" if population is network.output else "reads the input"
            raise StructureError(
                f"Population '{population.name}' is a max pooling that {where}, with the code "
                f"'{network.conversion.code}'; accepted: max pooling between neurons, as what it "
                "passes on has to be sent, and to be read. Put neurons there."
            )
        pools = population.max_pool in ("", "exact")
        keeps = population.kind != "if" or population.is_step or population.reset in KEEPING_SUM
        if population.signed or not pools or not keeps or population.read == "on_off":
            raise StructureError(
                f"Population '{population.name}': its neurons do not go with the code "
                f"'{network.conversion.code}'; accepted: unsigned neurons that subtract the "
                "threshold, exact max pooling, one neuron per output."
            )
    steps = network.windows * network.conversion.levels
    if network.spike_code.has_slots and steps > MOST_STEPS:
        raise StructureError(
            f"Network '{network.name}' takes {network.windows:,} windows of "
            f"{network.conversion.levels:,} steps; accepted: {MOST_STEPS:,} steps in all. Convert "
            "with fewer levels."
        )


def run_settings(network: SpikingNetwork, settings: Simulation) -> Simulation:
    """Return the settings that a run of this network has: where layers take turns, its length.

    Raises
    ------
    SettingsError
        If a setting makes no sense with the network's code.
    """
    code = network.spike_code
    if not code.in_turns:
        return settings
    if problem := refusal(network.conversion.code, "simulation", settings):
        raise SettingsError(problem)
    # Nothing is known of the outputs before the last window.
    windows = network.windows
    steps = run_length(code, network.conversion.levels, windows)
    after = steps * (windows - 1) // windows
    return replace(settings, steps=steps, readout="potential", readout_after=after)


def run_length(code: SpikeCode, levels: int, windows: int) -> int:
    """Steps of a run of so many windows, with a code whose layers take turns."""
    return SLICES if code.is_continuous else windows * levels


def read_steps(network: SpikingNetwork, settings: Simulation, step: int) -> int:
    """Steps that what outputs have gathered after `step` steps of a run stands for."""
    code = network.spike_code
    if code.is_continuous:
        return 1
    return network.conversion.levels if code.has_slots else settings.read_steps(step)


def slices_of_window(network: SpikingNetwork, window: int) -> range:
    """Slices of a run in continuous time that lie, at least in part, in a window."""
    windows = network.windows
    return range(window * SLICES // windows, -(-(window + 1) * SLICES // windows))


def slices_of_times(network: SpikingNetwork, times: np.ndarray, window: int) -> np.ndarray:
    """The slice of a window in which each time lies; its end, of tiny values, in the last."""
    slices = np.floor(times * (SLICES / network.windows)).astype(np.int64)
    steps = slices_of_window(network, window)
    return np.clip(slices, steps.start, steps.stop - 1)


def sent_values(
    network: SpikingNetwork,
    layer: str,
    events: tuple[np.ndarray, ...],
    times: np.ndarray | None,
    samples: int,
) -> np.ndarray:
    """Values that recorded spikes of a layer stand for, from 0 to 1 of its scale.

    Parameters
    ----------
    network : SpikingNetwork
        Whose layers take turns.
    layer : str
    events : tuple of (sample, step, unit)
    times : ndarray of float64 or None
        Of the spikes, in windows, where time is continuous.
    samples : int

    Returns
    -------
    ndarray of float64, shape (samples, units)
    """
    code, levels = network.spike_code, network.conversion.levels
    window = network.send_windows[layer]
    values = np.zeros((samples, network.population(layer).size))
    sample, step, unit = events[:3]
    if code.weight is None:
        assert times is not None
        values[sample, unit] = window + 1 - times
    else:
        weights = code.weight(np.arange(levels), levels)
        np.add.at(values, (sample, unit), weights[step - window * levels] / levels)
    return values
