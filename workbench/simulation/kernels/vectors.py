"""Vectors in LLVM's own language, which numba cannot be relied on to keep in registers.

What is written so compiles for any processor: LLVM cuts a vector into as many registers as the
processor's own width asks for.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import extending

intrinsic: Any = extending.intrinsic
"""As numba has it; type checkers do not know that it takes the first argument away."""

INT64, INT32, INT8 = (ir.IntType(bits) for bits in (64, 32, 8))


def data(context, builder, kind, array):  # type: ignore[no-untyped-def]
    """Return the pointer to the first element of an array."""
    return context.make_array(kind)(context, builder, array).data


def load(builder, pointer, offset, vector):  # type: ignore[no-untyped-def]
    """Return the vector that begins `offset` elements behind a pointer, aligned as an element."""
    place = builder.bitcast(builder.gep(pointer, [offset]), vector.as_pointer())
    return builder.load(place, align=vector.element.width // 8)


def store(builder, value, pointer, offset):  # type: ignore[no-untyped-def]
    """Write a vector, aligned as an element, `offset` elements behind a pointer."""
    place = builder.bitcast(builder.gep(pointer, [offset]), value.type.as_pointer())
    builder.store(value, place, align=value.type.element.width // 8)


def spread(builder, number, vector):  # type: ignore[no-untyped-def]
    """Return a vector whose lanes all hold one number."""
    nothing = ir.Constant(vector, ir.Undefined)
    one = builder.insert_element(nothing, number, INT32(0))
    labels = ir.Constant(ir.VectorType(INT32, vector.count), [0] * vector.count)
    return builder.shuffle_vector(one, nothing, labels)


class Lanes:
    """Integers of a vector, for formulas in plain operators.

    Parameters
    ----------
    builder : llvmlite builder
    value : llvmlite vector of integers
    """

    def __init__(self, builder: Any, value: Any):
        self._builder, self.value = builder, value

    def __add__(self, other: Lanes | int) -> Lanes:
        return Lanes(self._builder, self._builder.add(self.value, self._lanes(other)))

    def __sub__(self, other: Lanes | int) -> Lanes:
        return Lanes(self._builder, self._builder.sub(self.value, self._lanes(other)))

    def __mul__(self, other: Lanes | int) -> Lanes:
        return Lanes(self._builder, self._builder.mul(self.value, self._lanes(other)))

    def _lanes(self, other: Lanes | int) -> Any:
        kind = self.value.type
        if isinstance(other, int):
            return ir.Constant(kind, [other] * kind.count)
        return other.value
