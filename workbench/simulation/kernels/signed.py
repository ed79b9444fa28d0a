"""The update of neurons that take spikes back, without other dynamics."""

from __future__ import annotations

import numpy as np

from workbench.simulation.kernels.cached import kernel


@kernel
def fire_signed(  # type: ignore[no-untyped-def]
    potential, drive, current, threshold, sizes, up, down, most, net, plane, taken_back, trace
):
    """Advance neurons that reset by subtraction, and take spikes back, by a window.

    Gives what `workbench.simulation.kernels.dynamics.fire_with_dynamics` gives, in loops over few
    arrays each, which compilers turn into vector instructions.

    Parameters
    ----------
    potential : int (units,), changed in place
    drive : int (units,)
        Constant input of every step.
    current : int (steps, units), or (0, 0) for none
        Input that differs from step to step.
    threshold : int
    sizes : int32 (sizes,); up, down : int (sizes,); most : int
        What neurons send: `workbench.neuron_rules.SpikeSteps`.
    net : int32 (units,)
        Sum of the payloads of each neuron so far; changed in place.
    plane, taken_back : uint8 (steps, units + spare)
        Payloads above 0, and absolute payloads of spikes below 0, written.
    trace : int64 (steps, units) to record potentials, or (0, 0)
    """
    units = potential.size
    for step in range(plane.shape[0]):
        spikes, back = plane[step], taken_back[step]
        if current.shape[0] > 0:
            now = current[step]
            for unit in range(units):
                potential[unit] += drive[unit] + now[unit]
        else:
            for unit in range(units):
                potential[unit] += drive[unit]
        spikes[:units] = 0
        back[:units] = 0
        for k in range(sizes.size):
            size, rise, fall, room = np.uint8(sizes[k]), up[k], down[k], most - sizes[k]
            for unit in range(units):
                is_sent = (potential[unit] >= rise) & (net[unit] <= room)
                spikes[unit] = size if is_sent else spikes[unit]
            for unit in range(units):
                is_sent = (potential[unit] <= fall) & (net[unit] >= size)
                back[unit] = size if is_sent else back[unit]
        for unit in range(units):
            potential[unit] -= threshold * spikes[unit]
        for unit in range(units):
            potential[unit] += threshold * back[unit]
        for unit in range(units):
            net[unit] += spikes[unit]
        for unit in range(units):
            net[unit] -= back[unit]
        if trace.shape[0] > 0:
            for unit in range(units):
                trace[step, unit] = potential[unit]
