import numpy as np
import pytest

from workbench.network.field_types import fits, plain, shown

NUMBER = float | tuple[float, ...]


@pytest.mark.parametrize(
    ("value", "hint", "expected"),
    [
        (3, int, True),
        (True, int, False),
        (3.0, int, False),
        (2**63, int, False),
        (3, float, True),
        (np.inf, float, False),
        ((1, 2), tuple[int, int], True),
        ((1, 2, 3), tuple[int, int], False),
        ([1, 2], tuple[int, int], False),
        (((1, 2), (3, "a")), tuple[tuple[int, int], tuple[int, int]], False),
        ((), tuple[int, ...], True),
        ((1.0, 2), NUMBER, True),
        ("a", NUMBER, False),
        (None, np.ndarray | None, True),
        (np.ones(2), np.ndarray | None, True),
        (np.array([np.nan]), np.ndarray, False),
        (np.array([1]), np.ndarray, True),
        (5, np.ndarray, False),
        ("a", str, True),
    ],
)
def test_values_fit_their_declarations(value, hint, expected):
    assert fits(value, hint) == expected


def test_measured_numbers_may_be_unknown():
    assert fits(np.nan, float, measured=True)
    assert fits(np.array([np.nan]), np.ndarray, measured=True)


def test_numbers_of_numpy_become_pythons():
    value = plain([np.int64(3), (np.float32(0.5), "a", True)])
    assert value == (3, (0.5, "a", True))
    assert [type(item) for item in (value[0], *value[1])] == [int, float, str, bool]


def test_values_are_shown_in_short():
    assert shown(np.array([np.inf])) == "an array of float64, with values that are not finite"
    assert shown(np.array([1])) == "an array of int64"
    assert len(shown("x" * 1000)) < 90
