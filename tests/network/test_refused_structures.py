"""Layers, populations and projections refuse what does not fit together when they are made."""

import numpy as np
import pytest
from spiking_networks import chain, neurons

from workbench.errors import StructureError
from workbench.network.activation import Activation, ReLU
from workbench.network.affine import Affine, BatchNorm, Scale
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.graph import Node
from workbench.network.layer import LAYER_KINDS, Layer
from workbench.network.pooling import AveragePool2D, MaxPool2D, SumPool2D
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.rearrange import Pad, Permute, Repeat, Slice
from workbench.network.sparse import Sparse
from workbench.network.spiking import SpikingNetwork
from workbench.network.structure import Add, Concatenate, Identity, Input, Reshape
from workbench.network.transposed import ConvTranspose2D

IMAGE = (5, 5, 2)
K = np.zeros((3, 3, 2, 4))
ONE, TWO = np.ones(1), np.ones(2)
INDEX = np.arange(2)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Input(()), r"Input.output_shape is \(\); accepted: 1 to 8 axes"),
        (lambda: Input((3, 0)), r"Input.output_shape is \(3, 0\)"),
        (lambda: Input((2**20, 2**20)), "fewer than 2,147,483,648 units"),
        (
            lambda: Dense(np.zeros((2, 3, 4))),
            r"Dense.kernel has the shape \(2, 3, 4\); accepted: t",
        ),
        (lambda: Dense(np.zeros((2, 0))), r"Dense.output_shape is \(0,\)"),
        (lambda: Dense(np.zeros((2, 3)), np.zeros(2)), r"Dense.bias has the shape \(2,\); acc.*3,"),
        (lambda: Dense([[1.0]]), r"Dense.kernel is \(\(1.0,\),\); accepted: np.ndarray"),
        (lambda: Dense(np.array([["a"]])), "Dense.kernel holds <U1; accepted: an array of numbers"),
        (lambda: Dense(np.ones((2, 2), complex)), "Dense.kernel holds complex128"),
        (
            lambda: Conv2D(IMAGE, np.zeros((3, 3, 7, 4))),
            r"does not fit 1 groups of 2 input channels",
        ),
        (lambda: Conv2D(IMAGE, K[..., :3], groups=2), r"does not fit 2 groups of 2 input channels"),
        (lambda: Conv2D((5, 5), K), r"Conv2D.input_shape is \(5, 5\); accepted: an image"),
        (lambda: Conv2D(IMAGE, K[0]), "Conv2D.kernel has the shape"),
        (lambda: Conv2D(IMAGE, K, np.zeros(3)), r"Conv2D.bias has the shape \(3,\).*\(4,\)"),
        (lambda: Conv2D(IMAGE, K, strides=(0, 1)), r"Conv2D.strides is \(0, 1\); accepted: integ"),
        (lambda: Conv2D(IMAGE, K, strides=(1.5, 1)), r"Conv2D.strides is \(1.5, 1\); accepted: Pa"),
        (lambda: Conv2D(IMAGE, K, strides=2), "Conv2D.strides is 2; accepted: Pair"),
        (lambda: Conv2D(IMAGE, K, dilation=(1, 0)), r"Conv2D.dilation is \(1, 0\)"),
        (
            lambda: Conv2D(IMAGE, K, padding=((0, -1), (0, 0))),
            "Conv2D.padding is .* Crop with a Sl",
        ),
        (lambda: Conv2D(IMAGE, K, groups=0), "Conv2D.groups is 0; accepted: at least 1"),
        (lambda: Conv2D((2, 2, 2), K), r"Conv2D.output_shape is \(0, 0, 4\)"),
        (lambda: ConvTranspose2D(IMAGE, K, (0, 9)), r"ConvTranspose2D.image_size is \(0, 9\)"),
        (lambda: ConvTranspose2D(IMAGE, K[:, :, :1], (9, 9)), "does not fit 1 groups of 2 input"),
        (lambda: MaxPool2D((5, 5), (2, 2), (2, 2)), "MaxPool2D.input_shape is"),
        (lambda: MaxPool2D(IMAGE, (6, 2), (2, 2)), r"MaxPool2D.output_shape is \(0, 2, 2\)"),
        (lambda: AveragePool2D(IMAGE, (0, 2), (2, 2)), r"AveragePool2D.pool_size is \(0, 2\)"),
        (lambda: SumPool2D(IMAGE, (2, 2), (2, -1)), r"SumPool2D.strides is \(2, -1\)"),
        (lambda: SumPool2D(IMAGE, (2, 2), (2, 2), ((-1, 0), (0, 0))), "SumPool2D.padding is"),
        (lambda: Affine((4, 3), (1.0, 2.0)), "Affine.factor has 2 numbers; accepted: one for all"),
        (lambda: Affine((4, 3), 1.0, (1.0, 2.0)), "Affine.constant has 2 numbers"),
        (
            lambda: BatchNorm((3, 2), ONE, TWO, TWO, TWO, 1e-3),
            r"gamma has the shape \(1,\); .*\(2,\)",
        ),
        (lambda: BatchNorm((3, 2), None, None, TWO, -TWO, 1e-3), "BatchNorm.variance is below 0"),
        (
            lambda: Scale((4, 3), np.ones(4)),
            r"Scale.factor has the shape \(4,\); accepted: a shape t",
        ),
        (lambda: Scale((3,), np.ones((2, 3))), r"Scale.factor has the shape \(2, 3\)"),
        (lambda: Reshape((4, 3), (11,)), r"Reshape.target_shape is \(11,\); .* \(4, 3\) has, 12"),
        (lambda: Add((3,), 0), "Add.n_inputs is 0; accepted: 1 to 10,000"),
        (lambda: Concatenate(((2, 3), (2, 4)), 0), "Concatenate.shapes is .*equal but for axis 0"),
        (lambda: Concatenate(((2, 3),), 2), "Concatenate.axis is 2"),
        (lambda: Concatenate((), 0), "Concatenate.axis is 0"),
        (lambda: Permute((2, 3), (0, 0)), r"Permute.order is \(0, 0\); accepted: each of \(0, 1\)"),
        (
            lambda: Pad((2, 3), (1,), (0, 0)),
            r"Pad.before is \(1,\); accepted: an integer of at least 0",
        ),
        (lambda: Pad((2, 3), (1, 0), (0, -1)), r"Pad.after is \(0, -1\)"),
        (lambda: Slice((4,), (1,), (5,)), "Slice.start .* leave the input or take nothing"),
        (lambda: Slice((4,), (0,), (4,), (0,)), r"Slice.steps is \(0,\)"),
        (
            lambda: Repeat((4,), (0,)),
            r"Repeat.factors is \(0,\); accepted: an integer of at least 1",
        ),
        (lambda: Sparse((2,), (2,), INDEX, INDEX, ONE), r"Sparse.weight has the shape \(1,\)"),
        (lambda: Sparse((2,), (2,), INDEX + 1, INDEX, TWO), "Sparse.pre leaves the 2 units"),
        (
            lambda: Sparse((2,), (2,), INDEX, TWO, TWO),
            "Sparse.post holds float64; accepted: integers",
        ),
        (lambda: Sparse((2,), (2,), INDEX[::-1], INDEX, TWO), "pre and post are not in order"),
        (lambda: Sparse((10**12,), (2,), INDEX, INDEX, TWO), "Sparse.input_shape is"),
    ],
)
def test_layers_refuse_what_does_not_fit(make, words):
    with pytest.raises(StructureError, match=words):
        make()


def test_numbers_of_numpy_and_lists_are_taken_for_pythons():
    layer = Conv2D([5, 5, np.int64(2)], K, strides=[np.int32(2), 1])
    assert (layer.input_shape, layer.strides) == (IMAGE, (2, 1))
    assert all(type(size) is int for size in (*layer.input_shape, *layer.strides))


def test_a_name_that_engines_know_cannot_be_taken():
    with pytest.raises(StructureError, match=r"'Dense' exists in workbench.network.dense.*another"):
        type("Dense", (Layer,), {})
    assert LAYER_KINDS["Dense"] is Dense


def test_a_class_can_be_written_anew():
    try:
        first, second = (type("Draft", (Layer,), {}) for _ in range(2))
        assert LAYER_KINDS["Draft"] is second is not first
    finally:
        del LAYER_KINDS["Draft"]


def population(**changes):
    fields = {
        "name": "a",
        "kind": "if",
        "shape": (2, 3),
        "threshold": 5,
        "initial_potential": 0,
        "reset": "subtract",
        "bias": np.zeros(6, np.int64),
        **changes,
    }
    return Population(**fields)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"kind": "lif"}, "it is of the kind 'lif'; accepted: input, if, max_pool"),
        ({"shape": (2, 4)}, r"its bias is int64 of the shape \(6,\); accepted: int64 of .*\(8,\)"),
        ({"bias": np.zeros(6)}, r"its bias is float64 of the shape \(6,\); accepted: int64"),
        ({"shape": (0, 3)}, r"it has the shape \(0, 3\)"),
        ({"threshold": 0}, "its threshold is 0; accepted: 1 or more grid units"),
        ({"threshold": 1.5}, "its threshold is 1.5; accepted: int"),
        ({"threshold": 2**70}, "its threshold is 118"),
        ({"reset": "soft"}, "its reset is 'soft'; accepted: 'subtract', 'zero', 'modulo', 'none'"),
        ({"max_pool": "fir"}, "its max_pool is 'fir'; accepted: ''"),
        ({"scale": np.ones(2)}, r"its scale is 1 or more, of the shape \(2,\)"),
        ({"scale": 0.0}, "its scale is 0 or more.*accepted: numbers above 0"),
        ({"scale": np.zeros(0)}, r"its scale is inf or more, of the shape \(0,\)"),
        ({"extra_bits": 45}, "its extra_bits are 45; accepted: 0 to 44"),
        ({"signed": True, "reset": "zero"}, "it is signed, of the kind 'if' with reset 'zero'"),
    ],
)
def test_populations_refuse_what_does_not_fit(changes, words):
    assert population().size == 6
    with pytest.raises(StructureError, match=f"Population 'a': {words}"):
        population(**changes)


def test_the_array_of_a_population_is_its_own():
    bias = np.zeros(6, np.int64)
    made = population(bias=bias)
    bias[0] = 7
    assert made.bias[0] == 0
    assert not made.bias.flags.writeable


def test_projections_refuse_maps_that_do_not_follow_one_another():
    message = r"from 'a' to 'b': its Dense takes \(\(4,\),\), but gets \(3,\)"
    with pytest.raises(StructureError, match=message):
        Projection("a", "b", (Dense(np.ones((2, 3))), Dense(np.ones((4, 3)))))
    with pytest.raises(StructureError, match="its Add takes"):
        Projection("a", "b", (Add((2,), 2),))
    with pytest.raises(StructureError, match=r"has no maps\. Give at least one layer"):
        Projection("a", "b", ())


def test_networks_refuse_projections_that_do_not_fit_their_populations():
    network = chain(np.ones((2, 3)), np.ones((3, 1)))
    source, first, last = network.populations
    one, other = network.projections
    wide = neurons("layer_1", 4)
    for populations, projections, words in (
        ((source, wide, last), (one, other), r"connects \(2, 3\) units, but the popul.*\(2, 4\)"),
        ((source, first, first), (one,), "two populations are called 'layer_1'"),
        ((first, last), (other,), "'layer_1' is of the kind 'if'; accepted here: input"),
        ((source, source), (), "two populations|of the kind 'input'"),
        ((source,), (), "has no population after its input"),
        ((source, last, first), (one, other), "does not lead from one population to a later one"),
        ((source, first, last), (one,), "0 projections lead to population 'out'; accepted: at lea"),
        ((source, last), (one, other), "from 'in' to 'layer_1' does not lead"),
    ):
        with pytest.raises(StructureError, match=words):
            SpikingNetwork("net", populations, projections)


def test_nodes_refuse_activations_of_other_channels():
    layer = Identity((4, 2))
    assert Node("a", layer, ReLU(slope=(0.1, 0.2))).activation.slope == (0.1, 0.2)
    with pytest.raises(StructureError, match=r"Node 'a': ReLU.slope has 3 numbers; accepted: one"):
        Node("a", layer, ReLU(slope=(0.1, 0.2, 0.3)))
    assert Node("a", layer, Activation.SOFTMAX)
