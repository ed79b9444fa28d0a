import numpy as np
import pytest

from workbench.network.affine import BatchNorm, Scale


def norm(gamma=(2.0, 0.5), beta=(1.0, -1.0)):
    arrays = [None if a is None else np.array(a, np.float32) for a in (gamma, beta)]
    mean, variance = np.array([3, 4], np.float32), np.array([3.99, 0.24], np.float32)
    return BatchNorm((3, 2), *arrays, mean, variance, 0.01)


def test_batch_norm_follows_its_equation():
    x = np.random.default_rng(0).random((4, 3, 2), np.float32)
    expected = np.array([2, 0.5]) * (x - [3, 4]) / np.sqrt([4, 0.25]) + [1, -1]
    assert norm().forward(x) == pytest.approx(expected, abs=1e-5)
    assert norm().forward(x).dtype == np.float32


def test_batch_norm_without_scale_or_center_takes_one_and_zero():
    x = np.random.default_rng(0).random((4, 3, 2), np.float32)
    full = norm((1, 1), (0, 0))
    assert norm(None, None).forward(x) == pytest.approx(full.forward(x), abs=1e-6)
    assert full.parameter_count == 8
    assert norm(None).parameter_count == norm(beta=None).parameter_count == 6
    assert norm(None, None).parameter_count == 4


def test_batch_norm_multiplies_every_unit_and_makes_no_synapse():
    assert norm().macs == 6
    assert norm().synapse_count == 0


def test_scale_is_one_synapse_per_unit():
    layer = Scale((2, 2), np.array([3.0, 5]))
    assert (layer.forward(np.ones((1, 2, 2))) == [[[3, 5], [3, 5]]]).all()
    ((pre, post, weight),) = layer.synapses()
    assert (pre == post).all()
    assert weight.tolist() == [3, 5, 3, 5]
    assert layer.synapse_count == layer.macs == 4
