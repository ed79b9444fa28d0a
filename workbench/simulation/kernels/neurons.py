"""The neuron update: integrate the drive of a step, fire, reset."""

from __future__ import annotations

from llvmlite import ir  # type: ignore[import-untyped]
from numba import njit, types
from numba.extending import intrinsic

from workbench.simulation.kernels.cached import kernel

RESET_SUBTRACT, RESET_ZERO, RESET_MODULO, RESET_NONE = 0, 1, 2, 3

VECTORS, LANES = 4, 16
BLOCK = VECTORS * LANES
"""Neurons that run through all steps together, their potentials in vector registers."""

_INT64 = ir.IntType(64)
_SPIKES = ir.VectorType(ir.IntType(8), LANES)


def _vector(builder, data, offset, kind):  # type: ignore[no-untyped-def]
    """Pointer to a vector in an array."""
    return builder.bitcast(builder.gep(data, [offset]), kind.as_pointer())


def _block_runner(driven, reset):  # type: ignore[no-untyped-def]
    """Return an intrinsic that runs a block of neurons through all steps.

    Parameters
    ----------
    driven : bool
        Whether input differs from step to step.
    reset : int
        One of the RESET constants, not modulo.
    """

    @intrinsic
    def run_block(typing, potential, drive, current, threshold, plane, first):  # type: ignore[no-untyped-def]
        """Advance the neurons from `first` on; arguments are those of `fire`."""
        index = types.intp
        signature = types.void(potential, drive, current, threshold, plane, index)

        def generate(context, builder, sig, args):  # type: ignore[no-untyped-def]
            potential, drive, current, plane = (
                context.make_array(sig.args[i])(context, builder, args[i]) for i in (0, 1, 2, 4)
            )
            first = args[5]
            number = context.get_value_type(sig.args[0].dtype)
            kind = ir.VectorType(number, LANES)
            align = number.width // 8
            offsets = [builder.add(first, _INT64(LANES * i)) for i in range(VECTORS)]
            zero = ir.Constant(kind, [0] * LANES)
            threshold = builder.insert_element(zero, args[3], ir.IntType(32)(0))
            lanes = ir.Constant(ir.VectorType(ir.IntType(32), LANES), [0] * LANES)
            threshold = builder.shuffle_vector(threshold, zero, lanes)

            def load(data, offset):  # type: ignore[no-untyped-def]
                return builder.load(_vector(builder, data, offset, kind), align=align)

            before = [load(potential.data, offset) for offset in offsets]
            constant = [load(drive.data, offset) for offset in offsets]
            # The current has no rows where there is none: the plane counts the steps.
            steps, stride = (builder.extract_value(plane.shape, i) for i in range(2))
            units = builder.extract_value(current.shape, 1)
            entry = builder.block
            loop, done = (builder.append_basic_block(name) for name in ("steps", "steps_done"))
            builder.branch(loop)  # A window has at least one step.
            builder.position_at_end(loop)
            step = builder.phi(_INT64)
            step.add_incoming(_INT64(0), entry)
            states = [builder.phi(kind) for _ in range(VECTORS)]
            after = []
            for state, drive_, offset in zip(states, constant, offsets, strict=True):
                u = builder.add(state, drive_)
                if driven:
                    place = builder.add(builder.mul(step, units), offset)
                    u = builder.add(u, load(current.data, place))
                fired = builder.icmp_signed(">=", u, threshold)
                place = builder.add(builder.mul(step, stride), offset)
                spikes = builder.zext(fired, _SPIKES)
                builder.store(spikes, _vector(builder, plane.data, place, _SPIKES), align=1)
                if reset == RESET_SUBTRACT:
                    u = builder.select(fired, builder.sub(u, threshold), u)
                elif reset == RESET_ZERO:
                    u = builder.select(fired, zero, u)
                after.append(u)
            following = builder.add(step, _INT64(1))
            step.add_incoming(following, loop)
            for state, start, end in zip(states, before, after, strict=True):
                state.add_incoming(start, entry)
                state.add_incoming(end, loop)
            builder.cbranch(builder.icmp_signed("<", following, steps), loop, done)
            builder.position_at_end(done)
            for u, offset in zip(after, offsets, strict=True):
                builder.store(u, _vector(builder, potential.data, offset, kind), align=align)
            return context.get_dummy_value()

        return signature, generate

    return run_block


_subtract, _subtract_driven = (_block_runner(driven, RESET_SUBTRACT) for driven in (False, True))
_zero, _zero_driven = (_block_runner(driven, RESET_ZERO) for driven in (False, True))
_none, _none_driven = (_block_runner(driven, RESET_NONE) for driven in (False, True))


@njit(inline="always")
def _run_block(potential, drive, current, threshold, reset, plane, first):  # type: ignore[no-untyped-def]
    if current.shape[0] > 0:
        if reset == RESET_SUBTRACT:
            _subtract_driven(potential, drive, current, threshold, plane, first)
        elif reset == RESET_ZERO:
            _zero_driven(potential, drive, current, threshold, plane, first)
        else:
            _none_driven(potential, drive, current, threshold, plane, first)
    elif reset == RESET_SUBTRACT:
        _subtract(potential, drive, current, threshold, plane, first)
    elif reset == RESET_ZERO:
        _zero(potential, drive, current, threshold, plane, first)
    else:
        _none(potential, drive, current, threshold, plane, first)


@njit(inline="always")
def _run_neuron(potential, drive, current, threshold, reset, plane, trace, unit):  # type: ignore[no-untyped-def]
    """Advance one neuron."""
    for step in range(plane.shape[0]):
        u = potential[unit] + drive[unit]
        if current.shape[0] > 0:
            u += current[step, unit]
        plane[step, unit] = u >= threshold
        if u >= threshold:
            if reset == RESET_SUBTRACT:
                u -= threshold
            elif reset == RESET_ZERO:
                u = 0
            elif reset == RESET_MODULO:
                u %= threshold
        potential[unit] = u
        if trace.shape[0] > 0:
            trace[step, unit] = u


@njit(inline="always")
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
        One of the RESET constants.
    plane : uint8 (steps, units + spare)
        Spikes, written.
    trace : int64 (steps, units) to record potentials, or (0, 0)
    """
    steps, units = plane.shape[0], potential.size
    whole = 0
    if reset != RESET_MODULO and trace.shape[0] == 0:
        whole = units // BLOCK * BLOCK
    for first in range(0, whole, BLOCK):
        if _is_silent(potential, drive, current, threshold, first):
            for unit in range(first, first + BLOCK):
                potential[unit] += steps * drive[unit]
            for step in range(steps):
                plane[step, first : first + BLOCK] = 0
        else:
            _run_block(potential, drive, current, threshold, reset, plane, first)
    for unit in range(whole, units):
        _run_neuron(potential, drive, current, threshold, reset, plane, trace, unit)
