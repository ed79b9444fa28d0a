import dataclasses

import numpy as np
import pytest
from exporters.export_cases import CASES, flat

from workbench.exporters.script.describe import describe, synapse_total
from workbench.network.sparse import Sparse
from workbench.network.structure import Identity


@pytest.mark.parametrize("case", CASES)
def test_the_description_is_python_that_says_what_the_network_is(case):
    network = CASES[case]().convert()
    text, arrays = describe(network)
    scope: dict = {}
    exec(text, scope)
    assert scope["INPUT_SHAPE"] == network.input_shape
    assert scope["INPUT_SCALE"] == network.input_scale
    assert scope["INPUT_PARTS"] == {}
    described = scope["POPULATIONS"]
    assert [(p["name"], p["kind"], p["shape"]) for p in described] == [
        (p.name, p.kind, p.shape) for p in network.populations
    ]
    for row in described:
        if row["kind"] == "if":
            population = network.population(row["name"])
            assert row["threshold"] == population.threshold
            assert np.array_equal(arrays[row["bias"]], population.bias)
    for row, projection in zip(scope["PROJECTIONS"], network.projections, strict=True):
        assert (row["source"], row["target"]) == (projection.source, projection.target)
        for link in row["links"]:
            assert "array" not in link or link["array"] in arrays
    assert all(len(line) <= 100 for line in text.splitlines())


def test_weights_are_stored_once_per_kernel_not_per_synapse():
    network = CASES["convolutions"]().convert()
    _, arrays = describe(network)
    kernels = [a for name, a in arrays.items() if ".weights" in name and ".pool" not in name]
    assert all(kernel.dtype == np.int32 for kernel in kernels)
    assert sum(kernel.size for kernel in kernels) == sum(
        layer.parameter_count
        for projection in network.projections
        for layer in projection.maps
        if layer.weighted
    )


def test_synapses_are_counted_without_the_constant_input():
    assert synapse_total(flat().convert()) == 9 * 4


HOSTILE = "print('ran')"
ENDS = ('"""', '\\"""', '""""', "'''", '"', '"),\r', "\x1f")


@pytest.mark.parametrize(
    "odd",
    [
        'quote " and \\ and é',
        *(f"{end}\n{HOSTILE}\n{end}" for end in ENDS),
    ],
)
def test_names_need_not_be_plain(odd, capsys):
    network = flat().convert()
    populations = (
        *network.populations[:-1],
        dataclasses.replace(network.populations[-1], name=odd),
    )
    projections = tuple(
        dataclasses.replace(p, target=odd) if p.target == "output" else p
        for p in network.projections
    )
    text, arrays = describe(
        dataclasses.replace(network, populations=populations, projections=projections)
    )
    scope: dict = {}
    exec(text, scope)
    assert capsys.readouterr().out == ""  # no name is code
    assert scope["POPULATIONS"][-1]["name"] == odd
    assert f"{odd}.bias" in arrays


def test_a_path_with_a_layer_that_the_script_does_not_know_is_a_table_of_synapses():
    network = flat().convert()
    first = network.projections[0]
    whole = Sparse.of_table(first.matrix(), (12,), (9,))
    strange = dataclasses.replace(first, maps=(Identity((12,)), whole))
    text, arrays = describe(
        dataclasses.replace(network, projections=(strange, *network.projections[1:]))
    )
    assert 'dict(kind="table", input_shape=(12,), output_shape=(9,), array="a.weights")' in text
    pre, post, weight = arrays["a.weights"]
    assert (weight == first.matrix().toarray()[pre, post]).all()
    assert len(weight) == 12 * 9
