"""Networks as PyTorch modules, and what other packages make of them."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed")

import workbench as wb  # noqa: E402
from workbench.bench.analog_torch import channels_first, module_of  # noqa: E402
from workbench.bench.converters import CONVERTERS  # noqa: E402
from workbench.bench.peers import absence  # noqa: E402
from workbench.datasets import model_names  # noqa: E402
from workbench.errors import SimulationError  # noqa: E402
from workbench.network.activation import Activation  # noqa: E402


@pytest.mark.parametrize("name", model_names())
def test_a_module_gives_the_sums_of_its_network(name):
    network = wb.load(name)
    x = wb.datasets.load(network.data).x_test[:20]
    with torch.inference_mode():
        sums = module_of(network)(channels_first(x)).numpy()
    exact = network.forward(x)  # behind a softmax
    powers = np.exp(sums - sums.max(axis=1, keepdims=True))
    np.testing.assert_allclose(powers / powers.sum(axis=1, keepdims=True), exact, atol=1e-4)


def test_other_layers_are_refused_by_name():
    lenet = wb.load("lenet")
    network = lenet.replacing({"conv1": replace(lenet["conv1"], activation=Activation.TANH)})
    with pytest.raises(
        SimulationError, match=r"Layer 'conv1' .*tanh.* cannot be given to other packages"
    ):
        module_of(network)


@pytest.mark.parametrize("converter", CONVERTERS, ids=lambda each: each.title)
@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
def test_a_conversion_comes_close_to_its_network(converter):
    if reason := absence(converter.package):
        pytest.skip(f"{converter.package} is {reason}")
    network, data = wb.load("counting"), wb.datasets.load("mnist14")
    x = data.x_test[:100]
    made = converter(network, data.calibration[:200])
    answers = made.run(x, (1, 8, 64))
    again = made.run(x, (8,))  # starts from rest, too
    np.testing.assert_array_equal(answers.predictions[:, 1], again.predictions[:, 0])
    assert answers.spikes[1] == again.spikes[0]
    assert (answers.predictions[:, 2] == network.predictions(x)).mean() > 0.9
    assert made.neurons == 12 * 12 * 6
    # Every spike of the hidden layer reaches the 24 outputs.
    np.testing.assert_allclose(answers.synops, 24 * answers.spikes)
    assert (np.diff(answers.spikes) > 0).all()
