"""The kernels that are written in LLVM's language, once more in plain numba."""

from numba import njit

from workbench.simulation.kernels.neurons import BLOCK
from workbench.simulation.kernels.planes import BLOCK as BYTES
from workbench.simulation.kernels.row_sums import FACTOR_BITS
from workbench.simulation.kernels.rules import after_spike, sent
from workbench.simulation.kernels.signed import BLOCK as SIGNED


@njit
def list_units(plane, at, units, label, out, end):
    row = plane.reshape(-1)
    for unit in range(units):
        if row[at + unit] != 0:
            out[end] = label + unit
            end += 1
    return end


@njit
def copy_labels(source, first, shift, out, end):
    for entry in range(8):
        out[end + entry] = source[first + entry] + shift


@njit
def sum_rows(weights, shift, rows, first, last, out, at):
    """Weights are plain, one in each number."""
    sums = out.reshape(-1)
    for k in range(first, last):
        for column in range(weights.shape[1]):
            sums[at + column] += weights[rows[k] - shift, column]


@njit
def sum_scaled_rows(weights, shift, rows, first, last, out, at):
    """An entry holds the number of a row and, in its lower bits, a factor with a sign."""
    sums, most = out.reshape(-1), 1 << FACTOR_BITS
    for k in range(first, last):
        row, factor = rows[k] >> FACTOR_BITS, rows[k] & (most - 1)
        if factor >= most // 2:
            factor -= most
        for column in range(weights.shape[1]):
            sums[at + column] += factor * weights[row - shift, column]


@njit
def add_block(target, place, source, member):
    for lane in range(BYTES):
        target[BYTES * place + lane] += source[BYTES * member + lane]


@njit
def run_block(potential, drive, current, threshold, reset, plane, first):
    for unit in range(first, first + BLOCK):
        for step in range(plane.shape[0]):
            potential[unit] += drive[unit]
            if current.shape[0] > 0:
                potential[unit] += current[step, unit]
            plane[step, unit] = potential[unit] >= threshold
            if plane[step, unit]:
                potential[unit] = after_spike(reset, potential[unit], threshold, 1)


@njit
def run_signed_block(
    potential, drive, current, threshold, sizes, up, down, most, net, plane, first
):
    for unit in range(first, first + SIGNED):
        for step in range(plane.shape[0]):
            u = potential[unit] + drive[unit]
            if current.shape[0] > 0:
                u += current[step, unit]
            s = sent(u, net[unit], sizes, up, down, most)
            plane[step, unit] = s
            net[unit] += s
            potential[unit] = u - threshold * s


@njit
def rise_block(score, begin, end, member, highest, place, plane, at):
    row = plane.reshape(-1)
    for lane in range(BYTES):
        leader = score[BYTES * member[begin] + lane]
        for k in range(begin + 1, end):
            leader = max(leader, score[BYTES * member[k] + lane])
        row[at + lane] = leader - highest[place + lane]
        highest[place + lane] = leader
