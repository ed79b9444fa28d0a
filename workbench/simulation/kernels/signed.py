"""The update of neurons whose spikes have payloads, without other dynamics."""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types

from workbench.neuron_rules import RESET_RULES
from workbench.simulation.kernels.cached import kernel
from workbench.simulation.kernels.rules import after_spike, sent
from workbench.simulation.kernels.vectors import (
    INT32,
    INT64,
    Lanes,
    data,
    intrinsic,
    load,
    spread,
    store,
)

VECTORS, LANES = 2, 16
BLOCK = VECTORS * LANES
"""Neurons that run through all steps together, in vector registers with what they have sent."""

_SUBTRACT: Any = RESET_RULES["subtract"]
_CODE = _SUBTRACT.code


def _reach(builder: Any, potentials: list[Any], rise: Any, fall: Any) -> Any:
    """Whether any neuron is at a potential at which a size may be sent or taken back."""
    found: Any = None
    for u in potentials:
        mask = builder.or_(builder.icmp_signed(">=", u, rise), builder.icmp_signed("<=", u, fall))
        found = mask if found is None else builder.or_(found, mask)
    bits = ir.IntType(LANES)
    return builder.icmp_unsigned("!=", builder.bitcast(found, bits), bits(0))


def _payloads(
    builder: Any, potentials: list[Any], nets: list[Any], rule: tuple[Any, ...], most: Any
) -> list[Any]:
    """Return what neurons send, as `workbench.neuron_rules.sent` says: sizes in ascending order.

    Potentials of larger sizes lie further from 0, so the first that nobody reaches is the end.

    Parameters
    ----------
    potentials, nets : lists of LLVM vectors
    rule : LLVM integer, and three pointers
        Number of sizes; the sizes, and potentials at which they are sent and taken back.
    most : LLVM integer
    """
    count, sizes, up, down = rule
    kind, sums = potentials[0].type, nets[0].type
    entry = builder.block
    head, body, done = (builder.append_basic_block(n) for n in ("size", "reached", "sizes_done"))
    builder.branch(head)

    builder.position_at_end(head)
    k = builder.phi(INT64)
    before = [builder.phi(sums) for _ in potentials]
    rise, fall = (
        spread(builder, builder.load(builder.gep(each, [k])), kind) for each in (up, down)
    )
    builder.cbranch(_reach(builder, potentials, rise, fall), body, done)

    builder.position_at_end(body)
    number = builder.load(builder.gep(sizes, [k]))
    size = spread(builder, number, sums)
    minus = spread(builder, builder.neg(number), sums)
    room = spread(builder, builder.sub(most, number), sums)
    after = []
    for u, n, s in zip(potentials, nets, before, strict=True):
        rises = builder.and_(builder.icmp_signed(">=", u, rise), builder.icmp_signed("<=", n, room))
        falls = builder.and_(builder.icmp_signed("<=", u, fall), builder.icmp_signed(">=", n, size))
        after.append(builder.select(falls, minus, builder.select(rises, size, s)))
    following = builder.add(k, INT64(1))
    builder.cbranch(builder.icmp_signed("<", following, count), head, done)

    zero = ir.Constant(sums, [0] * LANES)
    for value, start, end in zip(
        (k, *before), (INT64(0), *[zero] * len(before)), (following, *after), strict=True
    ):
        value.add_incoming(start, entry)
        value.add_incoming(end, body)
    builder.position_at_end(done)
    found = []
    for one, other in zip(before, after, strict=True):
        payload = builder.phi(sums)
        payload.add_incoming(one, head)
        payload.add_incoming(other, body)
        found.append(payload)
    return found


def _run_steps(
    builder: Any,
    first: Any,
    potential: Any,
    drive: Any,
    threshold: Any,
    current: tuple[Any, Any] | None,
    rule: tuple[Any, ...],
    most: Any,
    net: Any,
    plane: tuple[Any, Any],
    steps: Any,
) -> None:
    """Run a block of neurons through all steps of a window, of which there is at least one.

    Parameters
    ----------
    first, steps, most : LLVM integers
    potential, drive, net : LLVM pointers
    threshold : LLVM vector
    current, plane : LLVM pointer, and integer
        Where they begin, and the length of a row.
    rule : as for `_payloads`
    """
    kind, sums = threshold.type, ir.VectorType(INT32, LANES)
    sent_type = ir.VectorType(plane[0].type.pointee, LANES)
    places = [builder.add(first, INT64(LANES * i)) for i in range(VECTORS)]
    constant = [load(builder, drive, place, kind) for place in places]
    before = [load(builder, potential, place, kind) for place in places]
    before += [load(builder, net, place, sums) for place in places]
    entry = builder.block
    loop, done = (builder.append_basic_block(name) for name in ("steps", "steps_done"))
    builder.branch(loop)

    builder.position_at_end(loop)
    step = builder.phi(INT64)
    states = [builder.phi(each.type) for each in before]
    driven = []
    for state, drive_, place in zip(states, constant, places, strict=False):
        u = builder.add(state, drive_)
        if current is not None:
            now = builder.add(builder.mul(step, current[1]), place)
            u = builder.add(u, load(builder, current[0], now, kind))
        driven.append(u)
    nets = states[VECTORS:]
    payloads = _payloads(builder, driven, nets, rule, most)
    ends = []
    for u, s, place in zip(driven, payloads, places, strict=True):
        now = builder.add(builder.mul(step, plane[1]), place)
        store(builder, builder.trunc(s, sent_type), plane[0], now)
        wide = builder.sext(s, kind) if kind.element.width > INT32.width else s
        reset = _SUBTRACT.after(*(Lanes(builder, each) for each in (u, threshold, wide)))
        ends.append(reset.value)
    ends += [builder.add(n, s) for n, s in zip(nets, payloads, strict=True)]
    following = builder.add(step, INT64(1))
    last = builder.block
    for value, start, end in zip(
        (step, *states), (INT64(0), *before), (following, *ends), strict=True
    ):
        value.add_incoming(start, entry)
        value.add_incoming(end, last)
    builder.cbranch(builder.icmp_signed("<", following, steps), loop, done)

    builder.position_at_end(done)
    for value, pointer, place in zip(
        ends, (*[potential] * VECTORS, *[net] * VECTORS), places * 2, strict=True
    ):
        store(builder, value, pointer, place)


@intrinsic
def run_signed_block(  # type: ignore[no-untyped-def]
    typing, potential, drive, current, threshold, sizes, up, down, most, net, plane, first
):
    """Advance the `BLOCK` neurons from `first` on; arguments are those of `fire_signed`.

    Loops in numba over all neurons of a step, which become vectors too, take 2 to 3 times as long:
    potentials and sums leave the registers in each of them.
    """
    arguments = potential, drive, current, threshold, sizes, up, down, most, net, plane
    signature = types.void(*arguments, types.intp)

    def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
        potential, drive, current, sizes, up, down, net, plane = (
            data(context, builder, sig.args[i], args[i]) for i in (0, 1, 2, 4, 5, 6, 8, 9)
        )
        shapes = [
            context.make_array(sig.args[i])(context, builder, args[i]).shape for i in (2, 4, 9)
        ]
        rows, count = builder.extract_value(shapes[0], 0), builder.extract_value(shapes[1], 0)
        steps = builder.extract_value(shapes[2], 0)
        widths = builder.extract_value(shapes[0], 1), builder.extract_value(shapes[2], 1)
        threshold = spread(
            builder, args[3], ir.VectorType(context.get_value_type(sig.args[0].dtype), LANES)
        )
        most = builder.trunc(args[7], INT32) if args[7].type.width > INT32.width else args[7]
        ways = [builder.append_basic_block(name) for name in ("driven", "steady")]
        end = builder.append_basic_block("block_end")
        builder.cbranch(builder.icmp_signed(">", rows, INT64(0)), *ways)
        for way, source in zip(ways, ((current, widths[0]), None), strict=True):
            builder.position_at_end(way)
            _run_steps(
                builder,
                args[10],
                potential,
                drive,
                threshold,
                source,
                (count, sizes, up, down),
                most,
                net,
                (plane, widths[1]),
                steps,
            )
            builder.branch(end)
        builder.position_at_end(end)
        return context.get_dummy_value()

    return signature, generate


@kernel(inline=True)
def _is_silent(potential, drive, current, up, down, first):  # type: ignore[no-untyped-def]
    """Whether nothing reaches a block of neurons, and none has anything to send."""
    if current.shape[0] > 0:
        return False
    for unit in range(first, first + BLOCK):
        if drive[unit] != 0 or potential[unit] >= up[0] or potential[unit] <= down[0]:
            return False
    return True


@kernel
def fire_signed(  # type: ignore[no-untyped-def]
    potential, drive, current, threshold, sizes, up, down, most, net, plane, trace
):
    """Advance neurons that reset by subtraction, and may take spikes back, by a window.

    Gives what `workbench.simulation.kernels.dynamics.fire_with_dynamics` gives.

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
    plane : int16 (steps, units + spare)
        Payloads, written.
    trace : int64 (steps, units) to record potentials, or (0, 0)
    """
    steps, units = plane.shape[0], potential.size
    whole = units // BLOCK * BLOCK if trace.shape[0] == 0 else 0
    for first in range(0, whole, BLOCK):
        if _is_silent(potential, drive, current, up, down, first):
            for step in range(steps):
                plane[step, first : first + BLOCK] = 0
        else:
            run_signed_block(
                potential, drive, current, threshold, sizes, up, down, most, net, plane, first
            )
    for unit in range(whole, units):
        for step in range(steps):
            u = potential[unit] + drive[unit]
            if current.shape[0] > 0:
                u += current[step, unit]
            s = sent(u, net[unit], sizes, up, down, most)
            if s != 0:
                u = after_spike(_CODE, u, threshold, s)
                net[unit] += s
            plane[step, unit] = s
            potential[unit] = u
            if trace.shape[0] > 0:
                trace[step, unit] = u
