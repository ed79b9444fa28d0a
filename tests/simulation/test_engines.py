"""Bundled networks: the engines agree on real digits, too."""

import numpy as np
import pytest

from workbench import workflow
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate


@pytest.mark.parametrize("name", ["lenet", "mlp", "maxpool", "resnet"])
def test_engines_agree_on_bundled_networks(name, digits):
    network = workflow.load(name)
    spiking = workflow.convert(network, digits.calibration[:100], Conversion(percentile=99))
    x = digits.x_test[:2]
    for encoding, steps in (("constant", 15), ("poisson", 5)):
        event, reference = (
            simulate(
                spiking, x, Simulation(steps=steps, encoding=encoding, engine=engine, record="all")
            )
            for engine in ("event", "reference")
        )
        for layer in event.layers:
            assert np.array_equal(
                np.stack(event.events[layer]), np.stack(reference.events[layer])
            ), layer
        assert np.array_equal(event.predictions, reference.predictions)
