"""Adaptive pooling of any sizes, exact: against PyTorch itself."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; no extra brings it")
pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")

from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402

import workbench as wb  # noqa: E402
from workbench.errors import UnsupportedLayerError  # noqa: E402
from workbench.ingest.torch_pooling import LARGEST_WINDOW, windows  # noqa: E402

nn = torch.nn


def pooled(x, size, outputs, average):
    """PyTorch's own pooling of a vector."""
    pool = nn.AdaptiveAvgPool1d(outputs) if average else nn.AdaptiveMaxPool1d(outputs)
    return pool(torch.from_numpy(x[None, None]))[0, 0].numpy()


@given(size=st.integers(1, 40), outputs=st.integers(1, 40), average=st.booleans())
def test_windows_are_those_of_pytorch(size, outputs, average):
    x = np.random.default_rng(0).normal(0, 1, size)
    expected = pooled(x, size, outputs, average)
    try:
        found = windows(size, outputs, "AdaptiveAvgPool1d" if average else "AdaptiveMaxPool1d")
    except UnsupportedLayerError:
        assert average
        return
    places, common = found or (range(size), size // outputs)
    seen = x[list(places)].reshape(outputs, common)
    assert common <= LARGEST_WINDOW
    assert np.allclose(seen.mean(axis=1) if average else seen.max(axis=1), expected)


def network_of(module, shape):
    return wb.load(module.eval(), input_shape=shape)


@settings(max_examples=15, deadline=None)
@given(
    sizes=st.tuples(st.integers(1, 9), st.integers(1, 9)),
    outputs=st.tuples(st.integers(1, 8), st.integers(1, 8)),
    kind=st.sampled_from([nn.AdaptiveAvgPool2d, nn.AdaptiveMaxPool2d]),
)
def test_pooling_to_any_size_is_exact(sizes, outputs, kind):
    module = nn.Sequential(nn.Conv2d(2, 3, 1), kind(outputs))
    network = network_of(module, (2, *sizes))
    x = np.random.default_rng(0).normal(0, 1, (3, 2, *sizes)).astype(np.float32)
    with torch.no_grad():
        assert np.allclose(network.forward(x), module(torch.from_numpy(x)).numpy(), atol=1e-5)


@pytest.mark.parametrize(("size", "outputs"), [(1, 7), (6, 7), (10, 7), (8, 3)])
def test_engines_agree_behind_it(size, outputs, tmp_path):
    torch.manual_seed(0)
    module = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(outputs), nn.Flatten(),
        nn.Linear(4 * outputs**2, 5),
    )  # fmt: skip
    network = network_of(module, (3, size, size))
    assert wb.load(wb.save(network, tmp_path / "pooled.snn")) == network
    x = np.random.default_rng(0).random((20, 3, size, size), np.float32)
    snn = wb.convert(network, x)
    runs = [
        wb.simulate(snn, x[:4], wb.Simulation(steps=200, engine=engine))
        for engine in ("reference", "event", "dense")
    ]
    assert all(np.array_equal(run.output_counts, runs[0].output_counts) for run in runs)
    assert (runs[0].predictions() == network.predictions(x[:4])).all()


def test_plain_pooling_stays_plain():
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.AdaptiveAvgPool2d((3, 2)))
    kinds = [node.layer.kind for node in network_of(module, (3, 6, 6)).nodes]
    assert kinds == ["Input", "Permute", "Conv2D", "AveragePool2D", "Permute"]


def test_sizes_whose_windows_have_no_small_common_multiple_are_refused():
    module = nn.Sequential(nn.Conv2d(1, 1, 1), nn.AdaptiveAvgPool2d(7))
    words = r"^AdaptiveAvgPool2d from 500 to 7 positions has windows of 72 to 73, .* divides 500"
    with pytest.raises(UnsupportedLayerError, match=words):
        network_of(module, (1, 500, 500))


def test_pytorchs_own_export_is_left_as_it_was():
    network_of(nn.Sequential(nn.Conv2d(1, 1, 1), nn.AdaptiveAvgPool2d(2)), (1, 3, 3))
    import io

    from torch.onnx import errors

    module = nn.Sequential(nn.Conv2d(1, 1, 1), nn.AdaptiveAvgPool2d(2))
    with pytest.warns(DeprecationWarning), pytest.raises(errors.SymbolicValueError):
        torch.onnx.export(module, (torch.zeros(1, 1, 3, 3),), io.BytesIO(), dynamo=False)
