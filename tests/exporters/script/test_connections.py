"""The script's own lists of synapses against those of the layers."""

from importlib import resources

import numpy as np
import pytest
from example_counts import examples
from exporters.export_cases import CASES
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from workbench.exporters.script.describe import describe
from workbench.exporters.script.path_layers import DESCRIBERS
from workbench.network.affine import Scale
from workbench.network.rearrange import Pad, Permute, Repeat, Slice, Take
from workbench.network.transposed import ConvTranspose2D

SOURCE = resources.files("workbench.exporters.script").joinpath("connections.py.txt").read_text()
SCRIPT: dict = {"np": np}
exec(SOURCE, SCRIPT)
exec(resources.files("workbench.exporters.script").joinpath("paths.py.txt").read_text(), SCRIPT)


def table(link_rows, arrays):
    """All synapses of a path as the script makes them, relays multiplied out."""
    total = None
    for stretch in SCRIPT["stretches"](link_rows):
        pre, post, weight = SCRIPT["synapses_of"](stretch, arrays)
        shape = (int(np.prod(stretch[0]["input_shape"])), SCRIPT["units_behind"](stretch))
        one = sparse.csr_array((weight.astype(np.int64), (pre, post)), shape=shape)
        total = one if total is None else total @ one
    return total.toarray()


@pytest.mark.parametrize("case", CASES)
def test_synapses_are_those_of_the_network(case):
    network = CASES[case]().convert()
    text, arrays = describe(network)
    scope: dict = {}
    exec(text, scope)
    for row, projection in zip(scope["PROJECTIONS"], network.projections, strict=True):
        if network.population(row["target"]).kind != "max_pool":
            expected = projection.matrix().toarray()
            assert np.array_equal(table(row["links"], arrays), expected), row["target"]
            pre, post, weight = SCRIPT["combined"](row["links"], arrays)
            assert len(set(zip(pre, post, strict=True))) == len(weight)
            at_once = np.zeros_like(expected)
            at_once[pre, post] = weight
            assert np.array_equal(at_once, expected), row["target"]


@st.composite
def rearrangement(draw, shape):
    kind = draw(st.sampled_from([Pad, Slice, Permute, Repeat, Take]))
    small = st.integers(0, 2)
    if kind is Pad:
        return Pad(shape, *(tuple(draw(small) for _ in shape) for _ in range(2)))
    if kind is Slice:
        start = tuple(draw(st.integers(0, n - 1)) for n in shape)
        stop = tuple(draw(st.integers(a + 1, n)) for a, n in zip(start, shape, strict=True))
        return Slice(shape, start, stop)
    if kind is Permute:
        return Permute(shape, tuple(draw(st.permutations(range(3)))))
    if kind is Take:
        axis = draw(st.integers(0, len(shape) - 1))
        places = st.lists(st.integers(-1, shape[axis] - 1), min_size=1, max_size=4)
        return Take(shape, axis, tuple(draw(places)))
    return Repeat(shape, tuple(draw(st.integers(1, 3)) for _ in shape))


@st.composite
def path(draw):
    """Up to two rearrangements, weights, up to two rearrangements."""
    maps, shape = [], tuple(draw(st.integers(1, 4)) for _ in range(3))
    for part in ("before", "weights", "behind"):
        if part == "weights":
            maps.append(
                Scale(shape, draw(st.integers(1, 9)) + np.arange(np.prod(shape)).reshape(shape))
            )
        else:
            for _ in range(draw(st.integers(0, 2))):
                maps.append(draw(rearrangement(shape)))
                shape = maps[-1].output_shape
    return maps


@given(path())
@settings(max_examples=examples(60))
def test_rearranged_units_keep_their_synapses(maps):
    rows, arrays = [], {}
    for layer in maps:
        link, array = DESCRIBERS.get(layer.kind)(layer)
        if array is not None:
            link["array"] = "w"
            arrays["w"] = array
        rows.append(link)
    size = int(np.prod(maps[0].input_shapes[0]))
    expected = np.eye(size).reshape(size, *maps[0].input_shapes[0])
    for layer in maps:
        expected = layer.forward(expected)
    assert np.array_equal(table(rows, arrays), expected.reshape(size, -1))


@given(
    st.tuples(*[st.integers(1, 4)] * 2),
    st.tuples(*[st.integers(1, 3)] * 2),
    st.tuples(*[st.integers(1, 3)] * 2),
    st.tuples(*[st.integers(1, 2)] * 2),
    st.tuples(*[st.integers(0, 2)] * 2),
    st.tuples(*[st.integers(1, 7)] * 2),
    st.integers(1, 2),
)
@settings(max_examples=examples(60))
def test_transposed_convolutions_paint_where_the_layer_does(
    size, window, strides, dilation, cut, image, groups
):
    kernel = np.arange(1, 1 + window[0] * window[1] * 8 // groups).reshape(*window, 2 // groups, 4)
    layer = ConvTranspose2D((*size, 2), kernel, image, None, strides, cut, dilation, groups)
    link, array = DESCRIBERS.get(layer.kind)(layer)
    link["array"] = "w"
    expected = layer.forward(np.eye(size[0] * size[1] * 2).reshape(-1, *size, 2))
    assert np.array_equal(table([link], {"w": array}), expected.reshape(len(expected), -1))
