import numpy as np
import pytest

from workbench.network.readout import classify


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
