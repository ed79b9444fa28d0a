"""The update of neurons that take spikes back, without other dynamics."""

from __future__ import annotations

import numpy as np

from workbench.simulation.kernels.cached import kernel

BLOCK = 1024
"""Neurons that run through all steps together, so that their state stays in the first cache."""


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
    for first in range(0, potential.size, BLOCK):
        last = min(first + BLOCK, potential.size)
        v, constant, n = potential[first:last], drive[first:last], net[first:last]
        units = v.size
        for step in range(plane.shape[0]):
            spikes, back = plane[step, first:last], taken_back[step, first:last]
            if current.shape[0] > 0:
                now = current[step, first:last]
                for unit in range(units):
                    v[unit] += constant[unit] + now[unit]
            else:
                for unit in range(units):
                    v[unit] += constant[unit]
            low, high = v[0], v[0]
            for unit in range(units):
                low, high = min(low, v[unit]), max(high, v[unit])
            for k in range(sizes.size):
                size, room = np.uint8(sizes[k]), most - sizes[k]
                rise, fall = up[k], down[k]
                if k == 0:
                    for unit in range(units):
                        spikes[unit] = (v[unit] >= rise) & (n[unit] <= room)
                    for unit in range(units):
                        back[unit] = (v[unit] <= fall) & (n[unit] > 0)
                    continue
                if high >= rise:
                    for unit in range(units):
                        is_sent = (v[unit] >= rise) & (n[unit] <= room)
                        spikes[unit] = size if is_sent else spikes[unit]
                if low <= fall:
                    for unit in range(units):
                        is_sent = (v[unit] <= fall) & (n[unit] >= sizes[k])
                        back[unit] = size if is_sent else back[unit]
            if high >= up[0] or low <= down[0]:
                for unit in range(units):
                    v[unit] -= threshold * (np.int32(spikes[unit]) - np.int32(back[unit]))
                for unit in range(units):
                    n[unit] += np.int32(spikes[unit]) - np.int32(back[unit])
            if trace.shape[0] > 0:
                for unit in range(units):
                    trace[step, first + unit] = v[unit]
