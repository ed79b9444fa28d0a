"""Small networks built by hand, without Keras."""

import numpy as np

from workbench.network.activation import Activation
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.structure import Input, Reshape


def dense_network(kernel, bias=None, name="tiny"):
    """One dense layer, linear."""
    kernel = np.asarray(kernel, np.float32)
    bias = None if bias is None else np.asarray(bias, np.float32)
    layer = Dense(kernel, bias)
    return Network(name, (Node("in", Input(layer.input_shape)), Node("out", layer, inputs=("in",))))


def convolution_network(seed=0):
    """3x3 convolution with relu, flatten, dense."""
    rng = np.random.default_rng(seed)
    kernel = rng.normal(0.1, 0.4, (3, 3, 1, 2)).astype(np.float32)
    dense = rng.normal(0, 0.3, (18, 4)).astype(np.float32)
    return Network(
        "small",
        (
            Node("in", Input((5, 5, 1))),
            Node("conv", Conv2D((5, 5, 1), kernel), Activation.RELU, ("in",)),
            Node("flat", Reshape((3, 3, 2), (18,)), inputs=("conv",)),
            Node("out", Dense(dense, np.full(4, 0.1, np.float32)), inputs=("flat",)),
        ),
    )


def noisy_samples(network, samples):
    """Samples of `convolution_network`, and its answers, of which a tenth is wrong."""
    rng = np.random.default_rng(1)
    x = rng.random((samples, 5, 5, 1), np.float32)
    y = network.predictions(x)
    return x, np.where(rng.random(len(y)) < 0.1, (y + 1) % 4, y)
