import numpy as np
import pytest

from workbench.errors import DataError
from workbench.network.samples import checked_samples


def test_samples_come_back_in_the_type_asked_for():
    x = checked_samples([[1, 2]], (2,), "net", np.float32)
    assert x.dtype == np.float32
    assert x.tolist() == [[1, 2]]


def test_no_samples_are_samples():
    assert checked_samples(np.zeros((0, 2)), (2,), "net", np.float64).shape == (0, 2)


@pytest.mark.parametrize("x", [np.ones((1, 2), complex), np.full((1, 2), "a"), [[None, 1]]])
def test_what_is_no_real_number_is_refused(x):
    with pytest.raises(DataError, match="real numbers are needed"):
        checked_samples(x, (2,), "net", np.float32)


def test_what_float32_cannot_hold_is_refused():
    with pytest.raises(DataError, match="infinite"):
        checked_samples(np.full((1, 2), 1e300), (2,), "net", np.float32)
    checked_samples(np.full((1, 2), 1e300), (2,), "net", np.float64)
