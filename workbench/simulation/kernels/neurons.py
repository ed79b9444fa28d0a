"""The neuron update: integrate the drive of a step, fire, reset."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.rules import CODES_IN_VECTORS, IN_VECTORS, after_spike
from workbench.simulation.kernels.vectors import (
    INT8,
    INT64,
    Lanes,
    data,
    intrinsic,
    load,
    spread,
    store,
)

VECTORS, LANES = 4, 16
BLOCK = VECTORS * LANES
"""Neurons that run through all steps together, their potentials in vector registers."""

_SPIKES = ir.VectorType(INT8, LANES)


def _run_steps(
    builder: Any,
    first: Any,
    potential: Any,
    drive: Any,
    threshold: Any,
    current: tuple[Any, Any] | None,
    plane: tuple[Any, Any],
    steps: Any,
    after: Callable[[Any, Any, Any], Any],
) -> None:
    """Run a block of neurons through all steps of a window, of which there is at least one.

    Parameters
    ----------
    first, steps : LLVM integers
    potential, drive : LLVM pointers
    threshold : LLVM vector
    current, plane : LLVM pointer, and integer
        Where they begin, and the length of a row.
    after : function of (u, threshold, s)
        Of a `workbench.neuron_rules.ResetRule`.
    """
    kind = threshold.type
    places = [builder.add(first, INT64(LANES * i)) for i in range(VECTORS)]
    before, constant = (
        [load(builder, pointer, place, kind) for place in places] for pointer in (potential, drive)
    )
    entry = builder.block
    loop, done = (builder.append_basic_block(name) for name in ("steps", "steps_done"))
    builder.branch(loop)

    builder.position_at_end(loop)
    step = builder.phi(INT64)
    states = [builder.phi(kind) for _ in range(VECTORS)]
    ends = []
    for state, drive_, place in zip(states, constant, places, strict=True):
        u = builder.add(state, drive_)
        if current is not None:
            now = builder.add(builder.mul(step, current[1]), place)
            u = builder.add(u, load(builder, current[0], now, kind))
        fired = builder.icmp_signed(">=", u, threshold)
        now = builder.add(builder.mul(step, plane[1]), place)
        store(builder, builder.zext(fired, _SPIKES), plane[0], now)
        reset = after(Lanes(builder, u), Lanes(builder, threshold), 1)
        ends.append(builder.select(fired, reset.value, u))
    following = builder.add(step, INT64(1))
    for value, start, end in zip(
        (step, *states), (INT64(0), *before), (following, *ends), strict=True
    ):
        value.add_incoming(start, entry)
        value.add_incoming(end, loop)
    builder.cbranch(builder.icmp_signed("<", following, steps), loop, done)

    builder.position_at_end(done)
    for u, place in zip(ends, places, strict=True):
        store(builder, u, potential, place)


@intrinsic
def run_block(typing, potential, drive, current, threshold, reset, plane, first):  # type: ignore[no-untyped-def]
    """Advance the `BLOCK` neurons from `first` on, with a reset that vectors can follow.

    Arguments are those of `fire`. Loops over all neurons of a step, which numba makes vectors of,
    take twice the time, because potentials leave the registers at each step; loops over the steps
    of a neuron take 20 to 40 times as long.
    """
    index = types.intp
    signature = types.void(potential, drive, current, threshold, reset, plane, index)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        potential, drive, current, plane = (
            data(context, builder, sig.args[i], args[i]) for i in (0, 1, 2, 5)
        )
        shapes = [context.make_array(sig.args[i])(context, builder, args[i]).shape for i in (2, 5)]
        rows = builder.extract_value(shapes[0], 0)
        widths = [builder.extract_value(shape, 1) for shape in shapes]
        # The current has no rows where there is none: the plane counts the steps.
        steps = builder.extract_value(shapes[1], 0)
        kind = ir.VectorType(context.get_value_type(sig.args[0].dtype), LANES)
        threshold = spread(builder, args[3], kind)
        driven = builder.icmp_signed(">", rows, INT64(0))
        end = builder.append_basic_block("block_end")
        for rule in IN_VECTORS:
            ways = [
                builder.append_basic_block(f"{way}_{rule.code}") for way in ("driven", "steady")
            ]
            here, other = (builder.append_basic_block(f"{n}_{rule.code}") for n in ("rule", "not"))
            builder.cbranch(
                builder.icmp_signed("==", args[4], args[4].type(rule.code)), here, other
            )
            builder.position_at_end(here)
            builder.cbranch(driven, *ways)
            for way, source in zip(ways, ((current, widths[0]), None), strict=True):
                builder.position_at_end(way)
                _run_steps(
                    builder,
                    args[6],
                    potential,
                    drive,
                    threshold,
                    source,
                    (plane, widths[1]),
                    steps,
                    rule.after,
                )
                builder.branch(end)
            builder.position_at_end(other)
        builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, generate


@kernel(inline=True)
def _run_neuron(potential, drive, current, threshold, reset, plane, trace, unit):  # type: ignore[no-untyped-def]
    """Advance one neuron."""
    for step in range(plane.shape[0]):
        u = potential[unit] + drive[unit]
        if current.shape[0] > 0:
            u += current[step, unit]
        plane[step, unit] = u >= threshold
        if u >= threshold:
            u = after_spike(reset, u, threshold, 1)
        potential[unit] = u
        if trace.shape[0] > 0:
            trace[step, unit] = u


@kernel(inline=True)
def _is_silent(potential, drive, current, threshold, first):  # type: ignore[no-untyped-def]
    """Whether no neuron of a block is at the threshold, and none is driven there."""
    if current.shape[0] > 0:
        return False
    for unit in range(first, first + BLOCK):
        if drive[unit] > 0 or potential[unit] >= threshold:
            return False
    return True


@kernel
def fire(  # type: ignore[no-untyped-def]
    potential, drive, current, threshold, reset, plane, trace
):
    """Advance integrate-and-fire neurons by a window.

    Parameters
    ----------
    potential : int (units,), changed in place
    drive : int (units,)
        Constant input of every step.
    current : int (steps, units), or (0, 0) for none
        Input that differs from step to step.
    threshold : int
    reset : int
        Code of a rule of `workbench.neuron_rules`.
    plane : uint8 (steps, units + spare)
        Spikes, written.
    trace : int64 (steps, units) to record potentials, or (0, 0)
    """
    steps, units = plane.shape[0], potential.size
    whole = 0
    if reset in CODES_IN_VECTORS and trace.shape[0] == 0:
        whole = units // BLOCK * BLOCK
    for first in range(0, whole, BLOCK):
        if _is_silent(potential, drive, current, threshold, first):
            for unit in range(first, first + BLOCK):
                potential[unit] += steps * drive[unit]
            for step in range(steps):
                plane[step, first : first + BLOCK] = 0
        else:
            run_block(potential, drive, current, threshold, reset, plane, first)
    for unit in range(whole, units):
        _run_neuron(potential, drive, current, threshold, reset, plane, trace, unit)


@kernel
def integrate(potential, drive, current, plane, trace):  # type: ignore[no-untyped-def]
    """Advance neurons that add up what they receive and never fire; see `fire`."""
    units = potential.size
    for step in range(plane.shape[0]):
        plane[step, :units] = 0
        if current.shape[0] > 0:
            now = current[step]
            for unit in range(units):
                potential[unit] += drive[unit] + now[unit]
        else:
            for unit in range(units):
                potential[unit] += drive[unit]
        if trace.shape[0] > 0:
            after = trace[step]
            for unit in range(units):
                after[unit] = potential[unit]
