"""How the spikes of a window travel a route and become currents.

Where planes can hold what links sum up, and enough neurons spike, each output
gathers its inputs; otherwise each spike is followed as an event.
"""

from __future__ import annotations

import numpy as np

from workbench.simulation.kernels import links as link_kernels
from workbench.simulation.kernels import listing, planes
from workbench.simulation.kernels.gather_payloads import LARGEST_FACTOR
from workbench.simulation.plan import Route
from workbench.simulation.spike_window import SpikeWindow
from workbench.simulation.workspace import EventList, Workspace

BYTE_LIMIT = 255
"""A plane of bytes counts spikes up to here."""


def send(
    route: Route, key: str, window: SpikeWindow, current: np.ndarray, space: Workspace
) -> None:
    """Carry a source's spikes through a route and add them to the target's currents.

    Parameters
    ----------
    key : str
        Name of the route's own buffers.
    window : SpikeWindow
    current : ndarray, shape (steps, target units)
    """
    spikes = window.spikes
    if spikes == 0:
        return
    targets = arrive(route, key, current, space)
    if window.signed:
        _weigh_payloads(route, key, window.plane, spikes, targets[-1], space)
    else:
        _weigh(route, key, window.plane, spikes, targets[-1], space)
    carry_on(route, targets)


def arrive(route: Route, key: str, current: np.ndarray, space: Workspace) -> list[np.ndarray]:
    """Return tables of currents: the target's own, and one before each of the last links."""
    targets = [current]
    for number, table in reversed(list(enumerate(route.after))):
        before = space.current(f"{key}/after{number}", table.inputs, len(current), current.dtype)
        targets.append(before)
    return targets


def carry_on(route: Route, targets: list[np.ndarray]) -> None:
    """Send what has arrived through the last links."""
    for table in route.after:
        before = targets.pop()
        link_kernels.link_currents(before, table.first, table.target, table.weight, targets[-1])


def _weigh(
    route: Route, key: str, plane: np.ndarray, spikes: int, current: np.ndarray, space: Workspace
) -> None:
    by_output = route.weights.gather
    if route.most > BYTE_LIMIT:
        events = _linked_events(route, key, plane, spikes, space)
    else:
        plane = _linked(route, key, plane, space)
        reached = spikes
        if route.before:
            reached = planes.count_spikes(plane, route.weights.inputs)
        if by_output is not None and spikes > by_output.worthwhile * len(plane):
            lists = space.lists(f"{key}/gather", 3, reached)
            by_output.kernel(plane, route.most, lists, *by_output.arrays, current)
            return
        events = events_of(plane, key, route.weights.inputs, reached, space)
    route.weights.scatter(*events, *route.weights.arrays, current)


def _linked(route: Route, key: str, plane: np.ndarray, space: Workspace) -> np.ndarray:
    """Carry a plane through the first links."""
    for number, table in enumerate(route.before):
        linked = space.plane(f"{key}/{number}", table.outputs, len(plane), plane.dtype)
        if table.blocks is not None:
            planes.link_blocks(*table.blocks, plane, linked)
        else:
            arrays = table.begin, table.member, table.member_weight
            planes.link_plane(*arrays, plane, linked)
        plane = linked
    return plane


def _weigh_payloads(
    route: Route, key: str, plane: np.ndarray, spikes: int, current: np.ndarray, space: Workspace
) -> None:
    by_output = route.weights.gather
    if route.most > LARGEST_FACTOR:
        for sign in (1, -1):  # Links of events rely on sums that do not cancel out.
            absolute = np.maximum(sign * plane, 0)
            start, index, value = _linked_events(route, key, absolute, spikes, space)
            route.weights.scatter(start, index, sign * value, *route.weights.arrays, current)
        return
    plane = _linked(route, key, plane, space)
    reached = spikes
    if route.before:
        reached = int(np.count_nonzero(plane[:, : route.weights.inputs]))
    if (
        by_output is not None
        and by_output.payloads is not None
        and spikes > by_output.worthwhile * len(plane)
    ):
        lists = space.lists(f"{key}/gather", 3, reached)
        by_output.payloads(plane, lists, *by_output.arrays, current)
        return
    events = events_of(plane, key, route.weights.inputs, reached, space)
    route.weights.scatter(*events, *route.weights.arrays, current)


def events_of(plane: np.ndarray, key: str, units: int, spikes: int, space: Workspace) -> EventList:
    """List the units of a plane that are not 0 as events; `spikes` is at least their number."""
    events = space.events(key, spikes, len(plane))
    listing.list_events(plane, units, *events)
    return events


def _linked_events(
    route: Route, key: str, plane: np.ndarray, spikes: int, space: Workspace
) -> EventList:
    events = events_of(plane, key, route.before[0].inputs, spikes, space)
    for number, table in enumerate(route.before):
        linked = space.events(f"{key}/{number}", len(plane) * table.outputs, len(plane))
        total = space.total(f"{key}/{number}", table.outputs)
        link_kernels.link_events(*events, table.first, table.target, table.weight, total, *linked)
        events = linked
    return events
