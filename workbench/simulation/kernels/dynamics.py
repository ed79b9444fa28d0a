"""The neuron update with all its options: pauses, leak, a held start, graded spikes, none."""

from __future__ import annotations

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.rules import after_spike, sent


@kernel
def fire_with_dynamics(  # type: ignore[no-untyped-def]
    potential,
    drive,
    current,
    threshold,
    reset,
    sizes,
    up,
    down,
    most,
    waiting,
    refractory,
    leak,
    held,
    fires,
    net,
    plane,
    trace,
):
    """Advance neurons by a window, each on its own.

    Parameters
    ----------
    potential, drive, current, threshold, reset, trace
        As for `workbench.simulation.kernels.neurons.fire`.
    sizes : int32 (sizes,); up, down : int (sizes,); most : int
        What neurons send: `workbench.neuron_rules.SpikeSteps`.
    waiting : int32 (units,)
        Steps for which each neuron goes on ignoring its input, changed in place.
    refractory, leak : int
        Steps, and grid units a step.
    held : int
        Steps of this window in which potentials stay as they are.
    fires : bool
    net : int32 (units,), or (0,) where no spike is taken back
        Sum of the payloads of each neuron so far; changed in place.
    plane : uint8 or int16 (steps, units + spare)
        Payloads of spikes, written.
    """
    driven, traced, signed = current.shape[0] > 0, trace.shape[0] > 0, net.shape[0] > 0
    for step in range(plane.shape[0]):
        for unit in range(potential.size):
            plane[step, unit] = 0
            if waiting[unit] > 0:
                waiting[unit] -= 1
            elif step >= held:
                u = potential[unit]
                if u > 0:
                    u -= min(leak, u)
                u += drive[unit]
                if driven:
                    u += current[step, unit]
                if fires:
                    s = sent(u, net[unit] if signed else 0, sizes, up, down, most)
                    if s != 0:
                        waiting[unit] = refractory
                        u = after_spike(reset, u, threshold, s)
                        plane[step, unit] = s
                        if signed:
                            net[unit] += s
                potential[unit] = u
            if traced:
                trace[step, unit] = potential[unit]
