"""Networks in files that somebody wrote by hand: refused, and the message says what is wrong."""

import numpy as np
import pytest
from forged_files import forged, refused
from layer_cases import CASES, stored
from networks import convolution_network

from workbench.conversion import convert
from workbench.network import storage
from workbench.network.activation import Activation
from workbench.network.graph import Network, Node
from workbench.network.rearrange import Repeat
from workbench.network.structure import Input
from workbench.settings import Conversion

X = np.random.default_rng(0).random((20, 5, 5, 1), np.float32)


@pytest.fixture(scope="module")
def spiking():
    return convert(convolution_network(), X)


@pytest.fixture
def analog_file(tmp_path):
    return storage.save(convolution_network(), tmp_path / "analog.snn")


@pytest.fixture
def spiking_file(tmp_path, spiking):
    return storage.save(spiking, tmp_path / "spiking.snn")


def test_a_forgery_without_changes_is_read(analog_file, spiking_file, spiking):
    assert storage.load(forged(analog_file)) == convolution_network()
    assert storage.load(forged(spiking_file)) == spiking


def node(index, **fields):
    """Change fields of a node's layer."""
    return lambda network, arrays: network["nodes"][index][1].update(fields)


def array(index, value):
    def change(network, arrays):
        arrays[index] = np.asarray(value)

    return change


def nodes(change):
    return lambda network, arrays: change(network["nodes"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (node(1, layer="Conv9D"), r"network.nodes\[1\]\[1\] is of the unknown layer kind 'Conv9D'"),
        (node(1, layer=["Dense"]), r"unknown layer kind \['Dense'\]"),
        (node(1, layer="Dropped"), "unknown layer kind 'Dropped', which may be newer"),
        (node(2, layer="MaxPool2D"), r"\(MaxPool2D\) has no field target_shape"),
        (
            nodes(lambda n: n[2].__setitem__(1, {"layer": "Rearrange", "input_shape": [3, 3, 2]})),
            r"node 'flat' \(Rearrange\) cannot be used as a layer by itself",
        ),
        (node(1, tint=3), r"network.nodes\[1\]\[1\] \(Conv2D\) has no field tint"),
        (nodes(lambda n: n[1][1].pop("kernel")), r"\(Conv2D\) lacks kernel"),
        (node(1, kernel={"array": 7}), "kernel names no array of the file, which has"),
        (node(1, kernel={"array": -1}), "kernel names no array"),
        (node(1, kernel={"array": True}), "kernel names no array"),
        (node(1, kernel={"array": 0, "x": 1}), "kernel names no array"),
        (node(1, kernel={"array": 0, "mapping": []}), "kernel is array and mapping at once"),
        (node(1, strides={"mapping": [[1, 2]]}), "strides is not a list of keys and values"),
        (node(1, kernel=5), "only 2 of its 3 arrays are used"),
        (node(1, bias=5), r"node 'conv': Conv2D.bias is 5; accepted: np.ndarray . None"),
        (node(1, strides=[1, "a"]), r"node 'conv': Conv2D.strides is \(1, 'a'\); accepted"),
        (node(1, strides=[1, 1, 1]), "strides is"),
        (node(1, strides=[1, 1.0]), "strides is"),
        (node(1, strides=[0, 1]), r"Conv2D.strides is \(0, 1\); accepted: integers of at least 1"),
        (node(1, groups=10**30), "groups is 1000"),
        (node(1, groups=True), "groups is True; accepted: int"),
        (node(1, groups=3), "does not fit 3 groups"),
        (
            node(1, padding=[[-9, 0], [0, 0]]),
            r"Conv2D.padding is \(\(-9, 0\), \(0, 0\)\); accepted: integers of at l",
        ),
        (
            node(1, padding=[[10**9, 0], [10**9, 0]]),
            "Conv2D.output_shape is .*fewer than 2,147,483,648 units",
        ),
        (node(1, input_shape=[5, 5, 2]), "which does not fit 1 groups of 2 input channels"),
        (node(1, input_shape=[5, 5]), r"Conv2D.input_shape is \(5, 5\); accepted: an image"),
        (node(1, input_shape=[6, 6, 1]), "'conv' .Conv2D. takes inputs of shape .*sources give"),
        (node(0, shape=[-5, -5, 1]), r"node 'in': Input.output_shape is \(-5, -5, 1\)"),
        (node(0, shape=[10**12, 5, 1]), "fewer than 2,147,483,648 units"),
        (node(0, shape=[]), r"Input.output_shape is \(\); accepted: 1 to 8 axes"),
        (
            node(2, target_shape=[17]),
            r"Reshape.target_shape is \(17,\); accepted: as many units as",
        ),
        (nodes(lambda n: n.reverse()), "is the input, as Dense|is after the input"),
        (nodes(lambda n: n.insert(1, n.pop(2))), r"reads \['conv'\], which do not come before"),
        (nodes(lambda n: n[1].__setitem__(3, ["out"])), r"reads \['out'\], which do not come befo"),
        (nodes(lambda n: n[1].__setitem__(0, "in")), "two nodes named 'in'"),
        (nodes(lambda n: n[1].__setitem__(0, None)), "node 'None': name is None"),
        (nodes(lambda n: n[2].__setitem__(1, 3)), "node 'flat': layer is 3; accepted: Layer"),
        (
            nodes(lambda n: n[1].__setitem__(2, "relu")),
            "activation is 'relu'; accepted: Activation",
        ),
        (nodes(lambda n: n[1].pop()), "is truncated"),
        (nodes(lambda n: n.clear()), "arrays are used"),
        (array(0, np.full((3, 3, 1, 2), np.nan, np.float32)), "values that are not finite"),
        (array(0, np.full((3, 3, 1, 2), np.inf, np.float32)), "values that are not finite"),
        (array(0, np.ones((3, 3, 1), np.float32)), "Conv2D.kernel has the shape"),
        (array(0, np.ones((3, 3, 1, 2), complex)), "holds complex128; accepted: numbers"),
        (array(0, np.array([{}, None])), "holds object; accepted: numbers"),
        (array(0, np.ones((3, 3, 1, 2), ">f4")), "accepted: numbers"),
        (array(0, np.array(["a"])), "accepted: numbers"),
        (array(2, np.ones(5, np.float32)), r"Dense.bias has the shape \(5,\); accepted"),
        (array(1, np.ones((18, 4, 1), np.float32)), "Dense.kernel has the shape"),
        (lambda n, a: a.append(np.ones(3)), "only 3 of its 4 arrays are used"),
        (lambda n, a: a.pop(), "names no array of the file, which has 2"),
        (lambda n, a: n.pop("name"), "does not have the parts of a Network"),
        (lambda n, a: n.update(more=1), "does not have the parts of a Network"),
        (lambda n, a: n.update(name=3), "the network: name is 3; accepted: str"),
        (lambda n, a: n.update(report=[["a", "b"]]), "report_rows is"),
        (lambda n, a: n.update(input_parts=[["a", [3]]]), "inputs do not make up the network's"),
        (lambda n, a: n.update(source_deviation="small"), "source_deviation is 'small'"),
        (lambda n, a: n.update(data=["mnist"]), r"network: data is \('mnist',\); accepted: str"),
        (lambda n, a: n.update(data=None), "the network: data is None; accepted: str"),
    ],
)
def test_an_analog_network_whose_parts_do_not_fit_is_refused(analog_file, change, words):
    refused(forged(analog_file, change), words)


@pytest.mark.parametrize(
    ("activation", "words"),
    [
        ({"activation": "Gelu"}, "unknown activation kind 'Gelu'"),
        ({"activation": "AxisSoftmax", "axis": 3}, "AxisSoftmax: it has no axis 3"),
        ({"activation": "AxisSoftmax", "axis": -1}, "AxisSoftmax: it has no axis -1"),
        ({"activation": "QuantizedReLU", "levels": 0}, "QuantizedReLU: it has 0 levels"),
        ({"activation": "ReLU", "ceiling": 1e300}, "ReLU: its ceiling is .* beyond float32"),
        ({"activation": "ReLU", "floor": 1}, r"\(ReLU\) has no field floor"),
        ({"activation": "ReLU", "ceiling": "6"}, "ceiling is '6'; accepted: float . None"),
        ({"activation": "ReLU", "ceiling": float("nan")}, "ceiling is nan"),
        (
            {"activation": "ReLU", "slope": [0.1, 0.2, 0.3]},
            "ReLU.slope has 3 numbers; accepted",
        ),
    ],
)
def test_activations_are_checked_as_layers_are(analog_file, activation, words):
    refused(forged(analog_file, nodes(lambda n: n[1].__setitem__(2, activation))), words)


def population(index, **fields):
    return lambda network, arrays: network["populations"][index].update(fields)


def projection(index, **fields):
    return lambda network, arrays: network["projections"][index].update(fields)


def weights(change):
    """Change the first map of the last projection."""
    return lambda network, arrays: change(network["projections"][-1]["maps"], arrays)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            population(1, kind="lif"),
            "Population 'conv': it is of the kind 'lif'; accepted: input, if, max",
        ),
        (
            population(1, kind="input", reset=""),
            "Population 'conv' is of the kind 'input'; accepted here: if, max",
        ),
        (population(0, kind="if", reset="none"), "is of the kind 'if'; accepted here: input"),
        (population(1, name="in"), "two populations are called 'in'"),
        (population(1, threshold=0), "its threshold is 0"),
        (population(1, threshold=1.5), "threshold is 1.5; accepted: int"),
        (population(1, threshold=2**70), "threshold is 1180591620717411303424"),
        (population(1, reset="soft"), "its reset is 'soft'"),
        (
            population(1, shape=[3, 3, 3]),
            r"its bias is int64 of the shape \(18,\); accepted: int64 of the shape \(27,\)",
        ),
        (population(1, scale=-1.0), "its scale is -1 or more, .*accepted: numbers above 0"),
        (population(1, scale=float("inf")), "scale is inf"),
        (population(1, max_pool="fir"), "its max_pool is 'fir'"),
        (population(1, ceiling=-1.0), "its ceiling or levels are below 0"),
        (population(1, extra_bits=-3), "its extra_bits are -3"),
        (population(1, read="membrane"), "population 'conv' is read, but is not the output"),
        (population(-1, read="by hand"), "is read by 'by hand'"),
        (
            population(-1, read="membrane", reset="zero"),
            "from its membrane, but has the reset 'zero'",
        ),
        (population(-1, read=3), "read is 3; accepted: str"),
        (
            population(-1, output_activation={"activation": "AxisSoftmax", "axis": 4}),
            "AxisSoftmax: it has no axis 4",
        ),
        (
            population(-1, output_activation={"activation": "Clip", "low": 2.0, "high": 1.0}),
            "its range from 2 to 1 is empty",
        ),
        (population(1, colour="red"), "the population 'conv' has no field colour"),
        (projection(0, target="in"), "does not lead from one population to a later one"),
        (projection(1, source="out"), "does not lead from one population to a later one"),
        (projection(1, target="gone"), "from 'conv' to 'gone' does not lead"),
        (projection(1, source="in"), "connects .* units, but the populations have"),
        (projection(0, maps=[]), "arrays are used|has no maps"),
        (
            weights(lambda m, a: m.append(m[-1])),
            r"its Dense takes \(\(18,\),\), but gets \(4,\)",
        ),
        (lambda n, a: n["projections"].pop(0), "arrays are used|0 projections lead to"),
        (lambda n, a: n.update(input_scale=0), "its input_scale is 0"),
        (lambda n, a: n.update(input_scale=float("nan")), "its input_scale is nan"),
        (lambda n, a: n["conversion"].update(percentile=3), "Conversion.percentile is 3"),
        (lambda n, a: n["conversion"].update(magic=3), "Conversion has no setting magic"),
        (lambda n, a: n.update(conversion=3), "is truncated"),
        (lambda n, a: n.update(data=3), "the network: data is 3; accepted: str"),
        (
            weights(lambda m, a: a.__setitem__(m[-1]["kernel"]["array"], np.full((18, 4), 0.5))),
            "not integers in grid",
        ),
        (
            weights(lambda m, a: a.__setitem__(m[-1]["kernel"]["array"], np.full((18, 4), 1e300))),
            r"holds weights of 2\*\*53 grid units",
        ),
        (
            weights(lambda m, a: a.__setitem__(m[-1]["kernel"]["array"], np.ones((17, 4)))),
            "its Dense takes|connects .* units",
        ),
    ],
)
def test_a_spiking_network_whose_parts_do_not_fit_is_refused(spiking_file, change, words):
    refused(forged(spiking_file, change), words)


def pooling(**fields):
    return lambda network, arrays: network["populations"][2].update(fields)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (pooling(kind="if", threshold=1, reset="zero", max_pool=""), "does not suit .* kind 'if'"),
        (pooling(max_pool="largest"), "its max_pool is 'largest'"),
        (pooling(reset="zero"), "its reset is 'zero'"),
        (population(1, kind="max_pool", max_pool="fir", reset=""), "suit .* the kind 'max_pool'"),
        (
            lambda n, a: n["projections"].append(n["projections"][1]),
            "2 projections lead to population 'pool'",
        ),
    ],
)
def test_max_pooling_stands_where_populations_do_it(tmp_path, change, words):
    network = convert(stored("max_pool"), CASES["max_pool"].samples(20))
    assert [p.kind for p in network.populations[:3]] == ["input", "if", "max_pool"]
    refused(forged(storage.save(network, tmp_path / "net.snn"), change), words)


@pytest.mark.parametrize("rule", ["avg", "average"])
def test_older_names_of_max_pooling_are_read(tmp_path, rule):
    settings = Conversion(max_pool=rule)
    network = convert(stored("max_pool"), CASES["max_pool"].samples(20), settings)

    def as_it_was(network, arrays):
        network["conversion"]["max_pool"] = rule
        for found in network["populations"]:
            found["max_pool"] = {"recent": "avg"}.get(found["max_pool"], found["max_pool"])

    back = storage.load(forged(storage.save(network, tmp_path / "net.snn"), as_it_was))
    assert back == network
    assert back.conversion == settings
    assert {p.max_pool for p in back.populations} == ({"", "recent"} if rule == "avg" else {""})


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"axis": 3}, r"Take.axis is 3; accepted: an axis of \(3, 3, 2\)"),
        ({"index": []}, r"Take.index is \(\); accepted: indices from 0 to 2"),
        ({"index": [0, 3]}, r"Take.index is \(0, 3\); accepted: indices from 0 to 2"),
        ({"index": [-2, 0]}, r"Take.index is \(-2, 0\); accepted: .* or -1 for none"),
    ],
)
def test_places_that_an_axis_does_not_have_are_refused(analog_file, fields, words):
    layer = {"layer": "Take", "input_shape": [3, 3, 2], "axis": 0, "index": [0, 1]} | fields
    refused(forged(analog_file, nodes(lambda n: n[2].__setitem__(1, layer))), words)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"type": "Pickle"}, "it holds a 'Pickle', not one of"),
        ({"type": ["Network"]}, "is truncated"),
        ({"type": "SpikingNetwork"}, "does not have the parts of a SpikingNetwork"),
        ({"network": []}, "does not have the parts of a Network"),
        ({"extra": 1}, "its header has the entries digest, extra, format"),
        ({"version": [9]}, r"has format version \[9\]; this snn-workbench reads version"),
        ({"digest": None}, "its contents do not match its checksum"),
    ],
)
def test_headers_that_say_something_else_are_refused(analog_file, changes, words):
    refused(forged(analog_file, **changes), words)


def test_layers_of_more_units_than_memory_are_refused(tmp_path, monkeypatch):
    nodes = [
        Node("x", Input((4,))),
        Node("much", Repeat((4,), (10**7,)), Activation.LINEAR, ("x",)),
    ]
    path = storage.save(Network("repeated", tuple(nodes)), tmp_path / "repeated.snn")
    monkeypatch.setenv("WORKBENCH_MEMORY", "100 MB")
    refused(path, r"node 'much' \(Repeat\) has 40,000,000 units: it takes 640\.0 MB of memory; 100")
