"""What every exact pass must do, over the whole case table."""

import numpy as np
import pytest
from cases.covering import mostly_slow
from layer_cases import CASES, stored

from workbench.conversion.rewriting import passes

PASSES = {run.name: run for rule in ("exact", "relu") for run in passes(rule, spiking_pools=True)}


@pytest.mark.parametrize("name", mostly_slow(tuple(CASES)))
def test_every_pass_keeps_outputs_and_leaves_nothing_to_do(name):
    network = stored(name)
    x = 4 * CASES[name].samples(5) - 2
    expected = network.forward(x)
    before = network.content_hash
    for title, run in PASSES.items():
        once = run(network)
        assert run(once) == once, title
        if once == network:
            continue
        after = once.forward(x)
        assert after == pytest.approx(expected, rel=1e-4, abs=1e-5), title
        if run.outputs == "to the bit":
            assert np.array_equal(after, expected), title
    again = network.with_nodes(network.nodes)  # hashes are kept
    assert again.content_hash == before, "a pass changed the network that it was given"
