"""The current that inputs cause, as integers of the grid.

Gives what `SpikingNetwork.drive` gives, which the reference engine uses, by following inputs
that are not 0; sums of integers are the same in any order.
"""

from __future__ import annotations

import numpy as np

from workbench.network.projection import Projection
from workbench.network.samples import INPUT_BITS
from workbench.network.spiking import SpikingNetwork
from workbench.simulation.kernels.links import round_drive
from workbench.simulation.plan import Route, make_route
from workbench.simulation.propagate import arrive, carry_on, send
from workbench.simulation.spike_window import SpikeWindow
from workbench.simulation.workspace import Workspace


class Drive:
    """All paths from the input, ready to carry values or spikes.

    Results are valid until the workspace, which is to be one of int64, is used again.

    Parameters
    ----------
    network : SpikingNetwork
    """

    def __init__(self, network: SpikingNetwork):
        self._ways: dict[str, list[tuple[Projection, Route]]] = {}
        for projection in network.outgoing(network.input.name):
            way = projection, make_route(projection, np.int64)
            self._ways.setdefault(projection.target, []).append(way)
        self._sizes = {name: network.population(name).size for name in self._ways}

    @property
    def targets(self) -> tuple[str, ...]:
        """Names of the populations that the input reaches."""
        return tuple(self._ways)

    def of_values(self, values: np.ndarray, space: Workspace) -> dict[str, np.ndarray]:
        """Carry a sample's values.

        Parameters
        ----------
        values : ndarray of int64, shape (1, *input shape)
            4096 is a full-scale input.
        space : Workspace

        Returns
        -------
        dict of population name to ndarray of int64, shape (1, units)
            ``(sum W x + 2**11) >> 12``.
        """
        (unit,) = np.nonzero(values.reshape(-1))
        start = np.array([0, len(unit)], np.int64)
        events = start, unit.astype(np.int32), values.reshape(-1)[unit]
        drives = {}
        for name, ways in self._ways.items():
            total = space.current(name, self._sizes[name], 1)
            for number, (projection, route) in enumerate(ways):
                if route.before:
                    # Signed values may cancel out in sums that links make of spikes.
                    total += projection.forward(values).reshape(total.shape).astype(np.int64)
                    continue
                targets = arrive(route, f"{name}/{number}", total, space)
                route.weights.scatter(*events, *route.weights.arrays, targets[-1])
                carry_on(route, targets)
            round_drive(total, 1, INPUT_BITS)
            drives[name] = total
        return drives

    def of_spikes(
        self, plane: np.ndarray, spikes: int, amplitude: int, space: Workspace
    ) -> dict[str, np.ndarray]:
        """Carry a window of input spikes, each of which represents the value `amplitude`.

        Parameters
        ----------
        plane : ndarray of uint8, shape (steps, units + spare)
        spikes : int
            Number of spikes in the plane.

        Returns
        -------
        dict of population name to ndarray of int64, shape (steps, units)
        """
        drives = {}
        for name, ways in self._ways.items():
            total = space.current(name, self._sizes[name], len(plane))
            for number, (_, route) in enumerate(ways):
                window = SpikeWindow(plane, np.array([spikes]))
                send(route, f"{name}/{number}", window, total, space)
            round_drive(total, amplitude, INPUT_BITS)
            drives[name] = total
        return drives
