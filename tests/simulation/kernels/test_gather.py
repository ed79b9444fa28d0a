"""Intrinsics against their plain twins; what is gathered is compared in `test_propagate`."""

import importlib
import pkgutil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import extending, njit

from simulation.kernels import twins
from workbench import neuron_rules
from workbench.network.dense import Dense
from workbench.network.pooling import MaxPool2D
from workbench.simulation import kernels
from workbench.simulation.kernels import (
    gather,
    gather_payloads,
    listing,
    max_pool,
    neurons,
    planes,
    row_sums,
    rules,
    signed,
)
from workbench.simulation.sparse_links import links
from workbench.simulation.weights import pairs, weights_of

SEEDS = st.integers(0, 2**32 - 1)
DENSITIES = st.sampled_from([0.0, 0.01, 0.1, 0.5, 1.0])


@njit
def list_units(plane, at, units, label, out, end):
    return listing.list_units(plane, at, units, label, out, end)


@njit
def copy_labels(source, first, shift, out, end):
    gather.copy_labels(source, first, shift, out, end)


@njit
def sum_rows(weights, shift, rows, first, last, out, at):
    row_sums.sum_rows(weights, shift, rows, first, last, out, at)


@njit
def sum_scaled_rows(weights, shift, rows, first, last, out, at):
    row_sums.sum_scaled_rows(weights, shift, rows, first, last, out, at)


@njit
def add_block(target, place, source, member):
    planes.add_block(target, place, source, member)


@njit
def run_block(potential, drive, current, threshold, reset, plane, first):
    neurons.run_block(potential, drive, current, threshold, reset, plane, first)


@njit
def run_signed_block(
    potential, drive, current, threshold, sizes, up, down, most, net, plane, first
):
    signed.run_signed_block(
        potential, drive, current, threshold, sizes, up, down, most, net, plane, first
    )


@njit
def rise_block(score, begin, end, member, highest, place, plane, at):
    max_pool.rise_block(score, begin, end, member, highest, place, plane, at)


def test_every_kernel_in_llvm_has_a_twin_and_says_what_it_gains():
    names = [
        module.name for module in pkgutil.iter_modules(kernels.__path__, f"{kernels.__name__}.")
    ]
    found = {
        name: one
        for module in map(importlib.import_module, names)
        for name, one in vars(module).items()
        if isinstance(one, extending._Intrinsic)
    }
    assert set(found) == {
        *("list_units", "copy_labels", "sum_rows", "sum_scaled_rows", "add_block", "run_block"),
        *("run_signed_block", "rise_block"),
    }
    for name, one in found.items():
        assert hasattr(twins, name)
        assert name in globals()
        assert "time" in one.__doc__ or "cycles" in one.__doc__


def plane_of(rng, steps, units, density, most=255, dtype=np.uint8):
    """Random numbers; those to spare hold what nobody may look at."""
    plane = np.full((steps, units + 16), 7, dtype)
    active = rng.random((steps, units)) < density
    sign = 1 if dtype == np.uint8 else rng.choice([-1, 1], (steps, units))
    plane[:, :units] = active * sign * rng.integers(1, most, (steps, units), endpoint=True)
    return plane


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
@given(SEEDS, st.integers(0, 70), st.integers(0, 20), DENSITIES)
def test_active_units_are_listed(dtype, seed, units, at, density):
    rng = np.random.default_rng(seed)
    plane = plane_of(rng, 2, units + at, density, dtype=dtype)
    mine, twin = np.full((2, units + 5 + 8), -1, np.int32)
    ends = [
        listed(plane, plane.shape[1] + at, units, 100, out, 5)
        for listed, out in ((list_units, mine), (twins.list_units, twin))
    ]
    assert ends[0] == ends[1] == 5 + np.count_nonzero(plane[1, at : at + units])
    assert (mine[: ends[0]] == twin[: ends[1]]).all()


@given(SEEDS)
def test_entries_are_copied(seed):
    rng = np.random.default_rng(seed)
    source = rng.integers(0, 1000, 30, np.int32)
    mine, twin = np.zeros((2, 30), np.int32)
    first, end = rng.integers(0, 22, 2)
    for copied, out in ((copy_labels, mine), (twins.copy_labels, twin)):
        copied(source, first, -7, out, end)
    assert (mine == twin).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("columns", [16, 32, 64])
@given(SEEDS, st.integers(0, 40), st.booleans())
def test_rows_are_added(dtype, columns, seed, count, paired):
    rng = np.random.default_rng(seed)
    half = np.iinfo(dtype).max >> np.iinfo(dtype).bits // 2
    largest = half if paired and columns > 16 else 100 * half
    extremes = rng.integers(0, 2, (9, columns)) * (2 * largest + 1) - largest - 1
    weights = np.where(rng.random((9, columns)) < 0.5, extremes, rng.integers(-9, 9, (9, columns)))
    weights = weights.astype(dtype)
    rows = rng.integers(3, 12, count + 2, np.int32)
    mine, twin = np.full((2, 2, columns + 5), 11, dtype)
    stored = pairs(weights) if paired and columns > 16 else weights
    sum_rows(stored, 3, rows, 1, count + 1, mine, columns)
    twins.sum_rows(weights, 3, rows, 1, count + 1, twin, columns)
    assert (mine == twin).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("columns", [16, 32, 64])
@given(SEEDS, st.integers(0, 40), st.booleans())
def test_rows_are_added_times_their_factors(dtype, columns, seed, count, paired):
    rng = np.random.default_rng(seed)
    half = np.iinfo(dtype).max >> np.iinfo(dtype).bits // 2
    weights = rng.integers(-half // 2**14, half // 2**14, (9, columns), dtype, endpoint=True)
    bits, most = row_sums.FACTOR_BITS, gather_payloads.LARGEST_FACTOR
    factors = rng.integers(-most, most, count + 2, np.int32, endpoint=True)
    rows = rng.integers(3, 12, count + 2, np.int32) << bits | factors & (1 << bits) - 1
    mine, twin = np.full((2, 2, columns + 5), 11, dtype)
    stored = pairs(weights) if paired and columns > 16 else weights
    sum_scaled_rows(stored, 3, rows.astype(np.int32), 1, count + 1, mine, columns)
    twins.sum_scaled_rows(weights, 3, rows.astype(np.int32), 1, count + 1, twin, columns)
    assert (mine == twin).all()
    expected = (factors[1:-1, None] * weights[(rows[1:-1] >> bits) - 3].astype(np.int64)).sum(
        axis=0
    )
    assert (mine.reshape(-1)[columns : 2 * columns] - 11 == expected).all()


@pytest.mark.parametrize("dtype", [np.uint8, np.int16])
@given(SEEDS)
def test_blocks_are_added(dtype, seed):
    rng = np.random.default_rng(seed)
    low = 0 if dtype == np.uint8 else -128
    source, mine = rng.integers(low, 128, (2, 64), dtype)
    twin = mine.copy()
    for added, target in ((add_block, mine), (twins.add_block, twin)):
        added(target, 2, source, 3)
    assert (mine == twin).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("rule", rules.IN_VECTORS, ids=lambda rule: rule.label)
@given(SEEDS, st.integers(1, 40), st.booleans(), st.integers(0, 5), st.booleans())
def test_blocks_of_neurons_run(dtype, rule, seed, steps, driven, first, narrow):
    """To the ends of the integer's range, beyond which `plan` refuses to run."""
    rng = np.random.default_rng(seed)
    units, bound = neurons.BLOCK + 5, 1000 if narrow else np.iinfo(dtype).max // (2 * steps + 2)
    potential, drive = rng.integers(-bound, bound, (2, units), dtype)
    current = rng.integers(-bound, bound, (steps, units) if driven else (0, 0), dtype)
    threshold = dtype(rng.integers(1, bound))
    results = []
    for run in (run_block, twins.run_block):
        after, plane = potential.copy(), np.full((steps, units + 3), 7, np.uint8)
        run(after, drive, current, threshold, rule.code, plane, first)
        results.append((after, plane))
    (mine, spikes), (twin, expected) = results
    assert (mine == twin).all()
    assert (spikes == expected).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("neurons", ["signed", "multi_threshold", "one_shot"])
@given(SEEDS, st.integers(1, 9), st.booleans(), st.integers(0, 5))
def test_blocks_of_neurons_send_payloads(dtype, neurons, seed, steps, driven, first):
    rng = np.random.default_rng(seed)
    units, threshold = signed.BLOCK + 5, dtype(rng.integers(1, 3000))
    rule, largest = neuron_rules.SPIKE_RULES[neurons], 8 if neurons != "signed" else 1
    sizes, *ends, most = rule.steps(int(threshold), largest, 11)
    sizes, (up, down) = np.array(sizes, np.int32), np.array(ends, dtype)
    bound = 12 * int(threshold)
    potential, drive = rng.integers(-bound, bound, (2, units), dtype)
    current = rng.integers(-bound, bound, (steps, units) if driven else (0, 0), dtype)
    net = rng.integers(0, 12, units, np.int32)
    results = []
    for run in (run_signed_block, twins.run_signed_block):
        after, sums = potential.copy(), net.copy()
        plane = np.full((steps, units + 3), 7, np.int16)
        numbers = sizes, up, down, most
        run(after, drive, current, threshold, *numbers, sums, plane, first)
        results.append((after, sums, plane))
    for mine, twin in zip(*results, strict=True):
        assert (mine == twin).all()


@pytest.mark.parametrize("size", [2, 3])
@given(SEEDS)
def test_blocks_of_windows_pass_what_their_highest_sum_gains(size, seed):
    """Also beside the padding, where a window has fewer inputs."""
    rng = np.random.default_rng(seed)
    table = links(MaxPool2D((5, 6, 32), (size, size), (2, 2), ((1, 1), (0, 1))))
    begin, member = table.blocks
    score = rng.integers(-5, 6, table.inputs, np.int32)
    highest = rng.integers(-5, 6, table.outputs, np.int32)
    results = []
    for run in (rise_block, twins.rise_block):
        top, plane = highest.copy(), np.full((2, table.outputs + 16), 7, np.int16)
        for place in range(len(begin) - 1):
            at = 16 * place
            run(score, begin[place], begin[place + 1], member, top, at, plane, at)
        results.append((top, plane))
    for mine, twin in zip(*results, strict=True):
        assert (mine == twin).all()


@pytest.mark.parametrize("density", [0.0, 0.1, 1.0])
def test_exact_pooling_is_the_same_in_blocks(density):
    """Also with windows in the padding alone."""
    table = links(MaxPool2D((3, 3, 16), (2, 2), (1, 1), ((2, 1), (0, 1))))
    source = plane_of(np.random.default_rng(0), 5, table.inputs, density, 4, np.int16)
    per_step = np.count_nonzero(source[:, : table.inputs], axis=1)
    no_score, results = np.zeros((0, 0), np.int16), []
    for in_blocks in (True, False):
        score, highest = np.zeros(table.inputs, np.int32), np.zeros(table.outputs, np.int32)
        plane = np.full((5, table.outputs + 16), 7, np.int16)
        if in_blocks:
            max_pool.exact_max_pool_of_blocks(
                source, per_step, *table.blocks, score, highest, plane
            )
        else:
            numbers = max_pool.RULE_EXACT, 0, 0
            max_pool.max_pool_of_planes(
                source, 0, table.begin, table.member, *numbers, score, no_score, highest, plane
            )
        results.append((score, highest, plane))
    assert (np.diff(table.begin) == 0).any()
    for mine, other in zip(*results, strict=True):
        assert (mine == other).all()


@given(SEEDS, st.integers(1, 70), DENSITIES)
def test_events_are_listed(seed, units, density):
    plane = plane_of(np.random.default_rng(seed), 3, units, density)
    index, value = np.zeros((2, 3 * units + 8), np.int32)
    start = np.zeros(4, np.int64)
    listing.list_events(plane, units, start, index, value)
    step, unit = np.nonzero(plane[:, :units])
    assert (np.diff(start) == np.bincount(step, minlength=3)).all()
    assert (index[: start[-1]] == unit).all()
    assert (value[: start[-1]] == plane[step, unit]).all()


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("outputs", [3, 20, 50, 130])
def test_nothing_changes_behind_the_currents(dtype, outputs):
    """Parts are added whole; zeros lie beyond the last output."""
    plane = plane_of(np.random.default_rng(0), 3, 37, 0.5, 1)
    by_output = weights_of(Dense(np.full((37, outputs), 7.0)), dtype, 1).gather
    room = np.full(3 * outputs + row_sums.WIDEST, 5, dtype)
    current = room[: 3 * outputs].reshape(3, outputs)
    lists = np.zeros((3, 3 * 37 + 16), np.int32)
    by_output.kernel(plane, 1, lists, *by_output.arrays, current)
    assert (room[3 * outputs :] == 5).all()
    assert (current == 5 + 7 * np.count_nonzero(plane[:, :37], axis=1)[:, None]).all()
