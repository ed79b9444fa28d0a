"""What every exact pass must do, over the whole case table."""

import numpy as np
import pytest
from layer_cases import CASES, built

from workbench.convert.prepare import passes

PASSES = {
    run.__name__: run for rule in ("exact", "relu") for run in passes(rule, spiking_pools=True)
}
TO_THE_BIT = {
    "attach_activations",
    "feed_max_pooling",
    "fold_padding",
    "give_pools_neurons",
    "lift_sequences",
}
"""Passes that move values only, and compute nothing anew."""


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("run", PASSES)
def test_a_pass_keeps_outputs(run, name):
    network = built(name)[1]
    x = 4 * CASES[name].samples(5) - 2
    after, expected = PASSES[run](network).forward(x), network.forward(x)
    assert after == pytest.approx(expected, rel=1e-4, abs=1e-5)
    if run in TO_THE_BIT:
        assert np.array_equal(after, expected)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("run", PASSES)
def test_a_pass_has_nothing_left_to_do_the_second_time(run, name):
    once = PASSES[run](built(name)[1])
    assert PASSES[run](once) == once
