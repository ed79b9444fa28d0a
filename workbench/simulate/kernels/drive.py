"""Rounding of input currents to the grid."""

from __future__ import annotations

from workbench.simulate.kernels.cached import kernel


@kernel
def round_drive(total, amplitude, bits):  # type: ignore[no-untyped-def]
    """Multiply in place, divide by ``2 ** bits`` and round, halves up; int64 (rows, units)."""
    half = 1 << (bits - 1)
    for row in range(total.shape[0]):
        for unit in range(total.shape[1]):
            total[row, unit] = (total[row, unit] * amplitude + half) >> bits
