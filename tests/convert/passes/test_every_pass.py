"""What every exact pass must do, over the whole case table."""

import numpy as np
import pytest
from layer_cases import CASES, built

from workbench.convert.passes.give_pools_neurons import give_pools_neurons
from workbench.convert.prepare import EXACT_PASSES

PASSES = {run.__name__: run for run in (*EXACT_PASSES, give_pools_neurons)}
TO_THE_BIT = {"attach_activations", "fold_padding", "give_pools_neurons"}
"""Passes that move values only, and compute nothing anew."""


@pytest.mark.parametrize("name", CASES)
def test_every_pass_keeps_outputs_and_leaves_nothing_to_do(name):
    network = built(name)[1]
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
