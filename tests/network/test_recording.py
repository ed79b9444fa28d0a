import numpy as np
import pytest

import workbench as wb
from workbench.datasets import load
from workbench.network.readout import classify, ranked
from workbench.network.recording import ranked_steps


@pytest.mark.parametrize(
    ("counts", "potentials", "expected"),
    [
        ([1, 3, 2], [9, 0, 9], 1),
        ([0, 0, 0], [5, 9, 7], -1),
        ([2, 2, 1], [5, 6, 99], 1),
        ([2, 2, 1], [-5, -6, 99], 0),
        ([2, 2, 2], [4, 4, 4], 0),
        ([0, 1, 0], [9, -(2**62), 9], 1),
    ],
)
def test_most_spikes_win_then_the_higher_membrane(counts, potentials, expected):
    assert classify(np.array([counts]), np.array([potentials]))[0] == expected


def test_all_steps_are_classified_at_once():
    counts = np.array([[[0, 0], [0, 1], [2, 1]]])
    assert classify(counts, np.zeros((1, 3, 2), np.int64)).tolist() == [[-1, 1, 0]]


def test_many_classes_have_numbers_of_their_own():
    counts = np.zeros((1, 70_000), np.int32)
    counts[0, 69_999] = 1
    assert classify(counts, np.zeros((1, 70_000), np.int64))[0] == 69_999


def test_a_single_output_tells_two_classes_apart():
    counts = np.array([[0], [1], [7]])
    assert classify(counts, np.zeros((3, 1), np.int64)).tolist() == [0, 1, 1]


@pytest.fixture(scope="module")
def counting():
    digits = load("mnist14")
    return wb.convert(wb.load("counting"), digits.calibration[:200]), digits.x_test[:30]


@pytest.mark.parametrize("readout", ["counts", "potential"])
def test_classes_are_ranked_by_spikes_and_ties_by_the_membrane(counting, readout):
    network, x = counting
    settings = wb.Simulation(steps=60, record_potentials=("output",), readout=readout)
    r = wb.simulate(network, x, settings).recording
    sample, step, unit = r.events[network.output.name]
    counts = np.zeros((30, 60, network.classes), int)
    np.add.at(counts, (sample, step, unit), 1)
    counts = counts.cumsum(axis=1)
    held = r.potentials[network.output.name]
    if readout == "potential":
        counts = 0 * counts
    assert r.ranked_steps.tolist() == list(range(2, 61, 2))
    for s in range(30):
        for place, at in enumerate(r.ranked_steps - 1):
            keys = [(-counts[s, at, c], -held[s, at, c], c) for c in range(network.classes)]
            assert r.ranked[s, place].tolist() == [c for *_, c in sorted(keys)[:5]]
    decided = r.predictions[:, r.ranked_steps - 1]
    assert (r.ranked[..., 0] == decided)[decided >= 0].all()


def test_sums_beyond_the_fast_order_are_ranked_alike(counting):
    network, _ = counting
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 3, (50, 10))
    held = rng.integers(-4, 4, (50, 10))
    expected = ranked(network, counts, held)
    np.testing.assert_array_equal(ranked(network, counts, held * 2**50), expected)
    np.testing.assert_array_equal(ranked(network, counts * 2**30, held), expected)


def test_at_most_fifty_steps_are_ranked_the_last_among_them(counting):
    network, _ = counting
    for steps in (1, 7, 50, 51, 99, 100, 1234):
        kept = ranked_steps(network, steps)
        assert 1 <= len(kept) <= 50
        assert kept[-1] == steps
        assert kept[0] >= 1
