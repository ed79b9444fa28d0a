import math

import pytest

from workbench.network.activation import (
    Activation,
    Clip,
    QuantizedReLU,
    ReLU,
    Step,
    Ternary,
)
from workbench.network.activation_check import fault


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        (ReLU(ceiling=-1.0), "its ceiling is not above 0"),
        (ReLU(ceiling=0.0), "its ceiling is not above 0"),
        (ReLU(ceiling=math.nan), "its ceiling is NaN, infinite, or beyond float32"),
        (ReLU(slope=(0.1, math.inf)), "its slope is NaN, infinite"),
        (ReLU(threshold=1e300), "its threshold is NaN, infinite, or beyond float32"),
        (Clip(1.0, 1.0), "its range from 1 to 1 is empty"),
        (Clip(gain=-1.0), "its gain is -1, not above 0"),
        (QuantizedReLU(0.0), "its ceiling is 0, not above 0"),
        (QuantizedReLU(levels=0), "it has 0 levels"),
        (Ternary(-0.5), "its threshold is below 0"),
    ],
    ids=repr,
)
def test_numbers_that_make_no_sense_are_told(activation, words):
    assert fault(activation).startswith(words)


@pytest.mark.parametrize(
    "activation",
    [
        Activation.LINEAR,
        Activation.SOFTMAX,
        ReLU(),
        ReLU(ceiling=0.0, slope=0.1),
        ReLU(ceiling=6.0, slope=(0.0, -0.5), threshold=-1.0),
        Clip(),
        Step(-1.0, 1.0),
        Ternary(),
        QuantizedReLU(),
    ],
    ids=repr,
)
def test_others_pass(activation):
    assert fault(activation) == ""
