import numpy as np
import pytest

from workbench.conversion.linear_paths import Expression, Path, extend, extra_bits, on_grid
from workbench.errors import ConversionError
from workbench.network.affine import BatchNorm
from workbench.network.convolution import Conv2D
from workbench.network.dense import Dense
from workbench.network.pooling import AveragePool2D
from workbench.network.structure import Add, Identity, Reshape

RNG = np.random.default_rng(0)
ONE = np.ones(1)


def computed(path, spikes, source_scale, target_scale, shapes, bits=20):
    """What the path's maps on the grid bring, in activations."""
    maps = on_grid(path, source_scale, target_scale, *shapes, bits)
    value = spikes
    for layer in maps:
        value = layer.forward(value)
    return value * 2.0**-bits * target_scale


def analog(path, values):
    for layer in path.maps:
        values = (
            layer.replace(bias=None).forward(values)
            if hasattr(layer, "bias")
            else (layer.forward(values) - layer.forward(0 * values))
        )
    return values


@pytest.mark.parametrize("per_channel", [False, True])
@pytest.mark.parametrize(
    "maps",
    [
        (),
        (Identity((4, 4, 2)),),
        (Conv2D((4, 4, 2), RNG.normal(size=(3, 3, 2, 4))),),
        (Conv2D((4, 4, 2), RNG.normal(size=(3, 3, 1, 4)), groups=2),),
        (AveragePool2D((4, 4, 2), (3, 3), (2, 2), ((0, 1), (0, 1))),),
        (
            AveragePool2D((4, 4, 2), (2, 2), (2, 2)),
            Conv2D((2, 2, 2), RNG.normal(size=(2, 2, 2, 3)), padding=((0, 1), (0, 1))),
            AveragePool2D((2, 2, 3), (2, 2), (1, 1), ((0, 1), (0, 1))),
        ),
        (Reshape((4, 4, 2), (32,)), Dense(RNG.normal(size=(32, 5)))),
        (Reshape((4, 4, 2), (32,)), Dense(RNG.normal(size=(32, 8))), Reshape((8,), (2, 4))),
        (
            BatchNorm((4, 4, 2), *(RNG.uniform(0.5, 2, 2) for _ in range(4)), 1e-3),
            Conv2D((4, 4, 2), RNG.normal(size=(3, 3, 2, 4))),
            BatchNorm((2, 2, 4), *(RNG.uniform(0.5, 2, 4) for _ in range(4)), 1e-3),
        ),
    ],
)
def test_the_grid_computes_what_the_layers_do(maps, per_channel):
    path = Path("source", maps)
    shape = (4, 4, 2)
    target = maps[-1].output_shape if maps else shape
    scale = RNG.uniform(0.5, 2, 2) if per_channel else np.array([1.5])
    target_scale = RNG.uniform(0.5, 2, target[-1]) if per_channel else np.array([0.7])
    spikes = RNG.integers(0, 2, (3, *shape)).astype(float)
    found = computed(path, spikes, scale, target_scale, (shape, target))
    assert found == pytest.approx(analog(path, spikes * scale), abs=2e-4)


def test_expressions_carry_constants_through_borders():
    """A bias under a convolution with zero padding counts less at the border."""
    layer = Conv2D((2, 2, 1), np.ones((3, 3, 1, 1)), np.ones(1), padding=((1, 1), (1, 1)))
    before = Expression((Path("a"),), np.full((1, 2, 2, 1), 10.0))
    after = extend(layer, [before])
    assert after.constant.tolist() == layer.forward(before.constant).tolist()
    assert after.paths == (Path("a", (layer,)),)


def test_an_addition_joins_paths_and_constants():
    a, b = (Expression((Path(n),), np.full((1, 2), v)) for n, v in (("a", 1.0), ("b", 2.0)))
    total = extend(Add((2,), 2), [a, b])
    assert [path.source for path in total.paths] == ["a", "b"]
    assert total.constant.tolist() == [[3, 3]]


def test_scales_of_places_cannot_be_scales_of_channels():
    path = Path("a", (Reshape((8,), (2, 2, 2)), Conv2D((2, 2, 2), np.ones((1, 1, 2, 1)))))
    with pytest.raises(ConversionError, match="mixes positions and channels"):
        on_grid(path, np.arange(1.0, 9), ONE, (8,), (2, 2, 1), 16)
    on_grid(path, np.array([1.0, 2] * 4), ONE, (8,), (2, 2, 1), 16)


def averaging(size, window, padding):
    return Path("in", (AveragePool2D((size, size, 1), (window,) * 2, (1, 1), (padding, padding)),))


@pytest.mark.parametrize(
    ("path", "bits"),
    [
        (Path("in"), 0),
        (averaging(4, 2, (0, 0)), 0),  # 4 inputs
        (averaging(4, 4, (0, 0)), 0),  # 16 inputs
        (averaging(7, 7, (0, 0)), 2),  # 49 inputs, 6 bits
        (averaging(9, 5, (2, 2)), 8),  # windows of 3, 4 and 5: 60 squared, 12 bits
    ],
)
def test_averages_over_many_inputs_ask_for_a_finer_grid(path, bits):
    assert extra_bits(path) == bits


def test_windows_of_too_many_sizes_are_refused():
    message = r"common multiple is 129,859,329,600; 16,777,216 is accepted\. Use padding='valid'"
    with pytest.raises(ConversionError, match=message):
        extra_bits(averaging(30, 15, (7, 7)))
