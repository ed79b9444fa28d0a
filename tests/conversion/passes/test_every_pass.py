"""What every exact pass must do, over the whole case table."""

import numpy as np
import pytest
from cases.covering import mostly_slow
from layer_cases import CASES, stored

from workbench.conversion.preparation import passes

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


@pytest.mark.parametrize("name", mostly_slow(tuple(CASES)))
def test_every_pass_keeps_outputs_and_leaves_nothing_to_do(name):
    network = stored(name)
    x = 4 * CASES[name].samples(5) - 2
    expected = network.forward(x)
    for title, run in PASSES.items():
        once = run(network)
        assert run(once) == once, title
        if once == network:
            continue
        after = once.forward(x)
        assert after == pytest.approx(expected, rel=1e-4, abs=1e-5), title
        if title in TO_THE_BIT:
            assert np.array_equal(after, expected), title
