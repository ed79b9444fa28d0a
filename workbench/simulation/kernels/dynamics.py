"""The neuron update with all its options: pauses, leak, a held start, spikes taken back, none."""

from __future__ import annotations

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.resets import after_spike


@kernel
def fire_with_dynamics(  # type: ignore[no-untyped-def]
    potential,
    drive,
    current,
    threshold,
    reset,
    waiting,
    refractory,
    leak,
    held,
    fires,
    net,
    plane,
    taken_back,
    trace,
):
    """Advance neurons by a window, each on its own.

    Parameters
    ----------
    potential, drive, current, threshold, reset, plane, trace
        As for `workbench.simulation.kernels.neurons.fire`.
    waiting : int32 (units,)
        Steps for which each neuron goes on ignoring its input, changed in place.
    refractory, leak : int
        Steps, and grid units a step.
    held : int
        Steps of this window in which potentials stay as they are.
    fires : bool
    net : int32 (units,), or (0,) where no spike is taken back
        Spikes of each neuron so far, less those taken back; changed in place.
    taken_back : uint8 (steps, units + spare), or (0, 0)
        Spikes of -1, written.
    """
    driven, traced, signed = current.shape[0] > 0, trace.shape[0] > 0, net.shape[0] > 0
    for step in range(plane.shape[0]):
        for unit in range(potential.size):
            plane[step, unit] = 0
            if signed:
                taken_back[step, unit] = 0
            if waiting[unit] > 0:
                waiting[unit] -= 1
            elif step >= held:
                u = potential[unit]
                if u > 0:
                    u -= min(leak, u)
                u += drive[unit]
                if driven:
                    u += current[step, unit]
                if fires and u >= threshold:
                    plane[step, unit] = 1
                    waiting[unit] = refractory
                    u = after_spike(reset, u, threshold, 1)
                    if signed:
                        net[unit] += 1
                elif signed and fires and u < 0 and net[unit] > 0:
                    taken_back[step, unit] = 1
                    waiting[unit] = refractory
                    net[unit] -= 1
                    u = after_spike(reset, u, threshold, -1)
                potential[unit] = u
            if traced:
                trace[step, unit] = potential[unit]
