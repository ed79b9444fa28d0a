"""A class derived from a known layer is right everywhere, or refused by name.

Whatever was written for the known class does not hold for one that gives other outputs.
"""

import dataclasses

import numpy as np
import pytest
from layer_cases import CASES, stored
from unknown_layers import matrix_of, of_another_class

from workbench.conversion import convert
from workbench.conversion.preparation import prepare
from workbench.errors import UnsupportedLayerError
from workbench.network.activation import Activation
from workbench.network.affine import Affine, BatchNorm, Scale
from workbench.network.closed_forms import FORMS, ClosedForms
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Network, Node
from workbench.network.layer import LAYER_KINDS, Layer
from workbench.network.pooling import AveragePool2D, MaxPool2D, SumPool2D
from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take
from workbench.network.sparse import Sparse
from workbench.network.structure import Add, Concatenate, Identity, Input, Reshape
from workbench.network.transposed import ConvTranspose2D
from workbench.settings import Conversion, Simulation
from workbench.simulation import simulate

RELU, LINEAR = Activation.RELU, Activation.LINEAR
ABSTRACT = {"Input", "Wire", "Rearrange", "Pool2D", "ChannelAffine"}


def normal(*shape):
    return np.random.default_rng(1).normal(0.1, 0.5, shape).astype(np.float32)


def layers(shape):
    """One layer of each kind that reads values of a shape, an image or a sequence."""
    axes = len(shape)
    channels, none = shape[-1], (0,) * axes
    ones = np.ones(channels, np.float32)
    found = [
        Affine(shape, (1.5,) + (0.5,) * (channels - 1), 0.25),
        BatchNorm(shape, 2 * ones, None, 0.1 * ones, ones, 1e-3),
        Scale(shape, normal(*shape)),
        Identity(shape),
        Reshape(shape, (*shape[:-2], shape[-1], shape[-2])),
        Add(shape, 2),
        Concatenate((shape, shape), axes - 1),
        Pad(shape, (1,) * (axes - 1) + (0,), (0, 1, *none[2:])),
        Slice(shape, (1, *none[1:]), shape),
        Take(shape, 0, (2, 0, 1)),
        Permute(shape, (axes - 2, *range(axes - 2), axes - 1)),
        Repeat(shape, (2,) + (1,) * (axes - 1)),
    ]
    if axes == 3:
        pools = (shape, (2, 2), (1, 1))
        found += [
            Conv2D(shape, normal(3, 3, channels, 2), normal(2), padding=((1, 1), (0, 0))),
            ConvTranspose2D(shape, normal(2, 2, channels, 2), (5, 5), normal(2)),
            AveragePool2D(*pools, ((1, 0), (0, 0))),
            SumPool2D(*pools),
            MaxPool2D(*pools),
        ]
    return {type(layer).__name__: layer for layer in found}


IMAGE, SEQUENCE = (4, 4, 2), (4, 2)
FLAT = {"Dense": Dense(normal(8, 6), normal(6)), "Sparse": Sparse.of(Dense(normal(8, 6)))}
EXAMPLES = {
    **{f"{name} of an image": layer for name, layer in layers(IMAGE).items()},
    **{f"{name} of a sequence": layer for name, layer in layers(SEQUENCE).items()},
    **FLAT,
}


def derived(layer, *, turned):
    values = {f.name: getattr(layer, f.name) for f in dataclasses.fields(layer)}
    return of_another_class(type(layer), turned=turned)(**values)


def around(layer, *, rectified):
    """The layer among others with which passes join known layers."""
    shape = layer.input_shapes[0]
    size = int(np.prod(shape))
    ahead = [Node("in", Input(shape))]
    ahead.append(
        Node("first", Scale(shape, 1 + normal(*shape)), RELU if rectified else LINEAR, ("in",))
    )
    # Zeros that only a known layer may take up, and an order that only a dense one may.
    ahead.append(
        Node("cut", Slice(shape, (1,) + (0,) * (len(shape) - 1), shape), inputs=("first",))
    )
    smaller = ahead[-1].layer.output_shape
    pad = Pad(smaller, (1,) + (0,) * (len(shape) - 1), (0,) * len(shape))
    ahead.append(Node("pad", pad, inputs=("cut",)))
    inputs = ("pad",) * len(layer.input_shapes)
    nodes = [*ahead, Node("layer", layer, inputs=inputs)]
    shape = layer.output_shape
    scale = tuple(np.linspace(0.5, 1.5, shape[-1]))
    nodes.append(Node("scaled", Affine(shape, scale, 0.1), inputs=("layer",)))
    nodes.append(Node("rectifier", Identity(shape), RELU, ("scaled",)))
    if len(shape) == 3 and min(shape[:2]) > 1:
        pool = MaxPool2D(shape, (2, 2), (1, 1))
        nodes.append(Node("pool", pool, inputs=("rectifier",)))
        shape = pool.output_shape
    size = int(np.prod(shape))
    nodes.append(Node("flat", Reshape(shape, (size,)), inputs=(nodes[-1].name,)))
    nodes.append(Node("out", Dense(normal(size, 3), normal(3)), inputs=("flat",)))
    return Network("derived", tuple(nodes))


def samples(network, count=8):
    random = np.random.default_rng(2)
    x = np.rint(random.uniform(-0.5, 1, (count, *network.input_shape)) * 4096) / 4096
    x.reshape(-1)[0] = 1
    return x.astype(np.float32)


def check(network, x, **settings):
    """Convert a network, and compare every stage of it with the forward passes of its layers.

    Returns
    -------
    SpikingNetwork
    """
    other = 3 * x - 1
    expected = network.forward(other)
    for stage in prepare(network, x).stages:
        assert stage.network.forward(other) == pytest.approx(expected, rel=1e-4, abs=1e-4), stage
    spiking = convert(network, x, Conversion(percentile=100, resolution_bits=20, **settings))
    for projection in spiking.projections:
        if all(layer.linear for layer in projection.maps):
            product = np.eye(projection.inputs)
            for layer in projection.maps:
                product = product @ matrix_of(layer)
            assert np.array_equal(projection.matrix().toarray(), product), projection
    limit = spiking.rate_limit(x)["out"]
    assert limit == pytest.approx(network.forward(x), abs=5e-3)
    return spiking


def check_engines(spiking, x):
    runs = [
        simulate(spiking, x, Simulation(steps=10, engine=engine, record="all"))
        for engine in ("event", "reference")
    ]
    for layer, events in runs[0].events.items():
        for one, another in zip(events, runs[1].events[layer], strict=True):
            assert np.array_equal(one, another), layer


def test_kinds_without_an_example_are_taken_from_the_case_table():
    """So that a new layer needs no example here; permutations show that it works."""
    known = {kind for kind, cls in LAYER_KINDS.items() if cls.__module__.startswith("workbench.")}
    missing = known - ABSTRACT - {type(layer).__name__ for layer in EXAMPLES.values()}
    missing.add("Permute")
    for node in (node for name in CASES for node in stored(name).nodes):
        if node.layer.kind in missing:
            missing.remove(node.layer.kind)
            network = around(derived(node.layer, turned=True), rectified=True)
            check_engines(check(network, samples(network)), samples(network, 2))
        if not missing:
            return
    pytest.fail(f"No case of the table has a layer of the kinds {sorted(missing)}.")


@pytest.mark.parametrize("rectified", [True, False], ids=["rectified", "signed"])
@pytest.mark.parametrize("name", EXAMPLES)
def test_classes_that_give_other_outputs_are_right_or_refused_by_name(name, rectified):
    layer = derived(EXAMPLES[name], turned=True)
    network = around(layer, rectified=rectified)
    x = samples(network)
    if isinstance(layer, MaxPool2D):
        with pytest.raises(
            UnsupportedLayerError, match=r"layer \(TurnedMaxPool2D\) has no spiking"
        ):
            convert(network, x)
        return
    check_engines(check(network, x), x[:2])


@pytest.mark.parametrize("name", EXAMPLES)
def test_classes_that_give_the_same_outputs_are_right_or_refused_by_name(name):
    network = around(derived(EXAMPLES[name], turned=False), rectified=True)
    x = samples(network)
    if name.startswith("MaxPool2D"):
        with pytest.raises(
            UnsupportedLayerError, match=r"layer \(OwnMaxPool2D\) has no spiking form"
        ):
            convert(network, x)
        return
    check(network, x, per_channel=True)


@pytest.mark.parametrize(
    "name", ["Identity of an image", "Permute of an image", "Reshape of an image"]
)
def test_a_softmax_moves_behind_known_layers_alone(name):
    """The summands of a softmax stand elsewhere behind a layer that turns them round."""
    layer = derived(EXAMPLES[name], turned=True)
    nodes = (
        Node("in", Input(IMAGE)),
        Node("soft", Scale(IMAGE, 1 + normal(*IMAGE)), Activation.SOFTMAX, ("in",)),
        Node("turned", layer, inputs=("soft",)),
    )
    with pytest.raises(UnsupportedLayerError, match="soft is a softmax that turned reads"):
        convert(Network("turned", nodes), samples(Network("turned", nodes)))


def test_an_activation_stays_ahead_of_zeros_that_are_put_between():
    """A sigmoid of 0 is 1/2."""
    nodes = (
        Node("in", Input((3,))),
        Node("squashed", Dense(normal(3, 3)), Activation.SIGMOID, ("in",)),
        Node("spread", Take((3,), 0, (2, -1, 0)), inputs=("squashed",)),
    )
    network = Network("spread", nodes)
    with pytest.raises(UnsupportedLayerError, match="squashed is a sigmoid that spread reads"):
        convert(network, samples(network))


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_closed_form_is_inherited(name):
    for turned in (True, False):
        layer = derived(EXAMPLES[name], turned=turned)
        for question in FORMS:
            found = vars(type(layer)).get(question)
            assert found is vars(ClosedForms)[question], question
        assert type(layer).moves is Layer.moves
