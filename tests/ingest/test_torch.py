"""PyTorch modules, by both of its exporters, against PyTorch itself."""

from __future__ import annotations

import numpy as np
import pytest
from torch_modules import (
    IMAGE,
    MODULES,
    Classifier,
    LeNet,
    answer,
    assert_agrees,
    nn,
    scrambled,
    torch,
)

import workbench as wb
from workbench.errors import UnsupportedLayerError
from workbench.ingest import torch as adapter
from workbench.ingest.onnx import from_onnx


@pytest.mark.parametrize("name", MODULES)
def test_module_is_exported_and_loaded_in_one_call(name):
    make, shape = MODULES[name]
    module = scrambled(make())
    network = wb.load(module, input_shape=shape)
    assert network.name == type(module).__name__
    assert "of PyTorch on 16 random inputs" in network.verification
    assert_agrees(network, module, shape)


@pytest.mark.slow
@pytest.mark.parametrize("name", MODULES)
def test_a_file_of_the_newer_exporter_is_read(name, tmp_path):
    pytest.importorskip("onnxscript", reason="PyTorch's newer exporter needs onnxscript")
    make, shape = MODULES[name]
    module = scrambled(make())
    path = tmp_path / f"{name}.onnx"
    with adapter._quiet():
        torch.onnx.export(module, (torch.zeros(2, *shape),), path, dynamo=True, verbose=False)
    network = wb.load(path)
    assert "of onnxruntime on 16 random inputs" in network.verification
    assert_agrees(network, module, shape)


@pytest.mark.parametrize("opset", [9, 13])
@pytest.mark.parametrize("name", MODULES)
def test_a_file_of_the_older_exporter_with_any_number_of_samples_is_read(name, opset, tmp_path):
    make, shape = MODULES[name]
    if name == "decoder" and opset < 11:
        pytest.skip("PyTorch writes its upsampling with sizes that hold for one sample")
    module = scrambled(make())
    path = tmp_path / f"{name}.onnx"
    with adapter._quiet():
        torch.onnx.export(
            module,
            (torch.zeros(1, *shape),),
            path,
            dynamo=False,
            opset_version=opset,
            input_names=["x"],
            dynamic_axes={"x": {0: "n"}},
        )
    assert_agrees(wb.load(path), module, shape)


@pytest.mark.slow
def test_the_newer_exporter_takes_over_where_the_older_fails(monkeypatch):
    pytest.importorskip("onnxscript", reason="PyTorch's newer exporter needs onnxscript")

    def fail(*arguments):
        raise RuntimeError("gone")

    monkeypatch.setattr(adapter, "_by_tracing", fail)
    module = scrambled(MODULES["resnet"][0]())
    network = wb.load(module, input_shape=(3, 33, 33))
    assert "of PyTorch on 16 random inputs" in network.verification


def test_batch_normalizations_and_parameters_are_kept():
    module = scrambled(MODULES["resnet"][0]())
    network = wb.load(module, input_shape=(3, 33, 33))
    assert "BatchNorm" in {node.layer.kind for node in network.nodes}
    statistics = sum(b.numel() for n, b in module.named_buffers() if "running" in n)
    trained = sum(p.numel() for p in module.parameters())
    assert network.totals.parameters == trained + statistics


def test_names_of_modules_are_kept():
    network = wb.load(scrambled(LeNet()), input_shape=(1, 28, 28))
    assert {"/conv1/Conv", "/fc3/Gemm"} <= {node.name for node in network.nodes}


def test_the_module_comes_back_as_it_was():
    module = LeNet().train()
    module.conv1.eval()
    wb.load(module, input_shape=(1, 28, 28))
    assert module.training
    assert module.fc1.training
    assert not module.conv1.training


class Two(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.a, self.b = nn.Linear(4, 6), nn.Linear(6, 3), nn.Linear(6, 2)

    def forward(self, x):
        hidden = torch.relu(self.body(x))
        return self.a(hidden), self.b(hidden)


def test_an_output_of_several_is_chosen_by_name():
    module = scrambled(Two())
    with pytest.raises(UnsupportedLayerError, match="has 2 outputs") as refusal:
        wb.load(module, input_shape=(4,))
    second = refusal.value.problems[0].split("outputs: ")[1].split(".")[0].split(", ")[1]
    network = wb.load(module, input_shape=(4,), output=second)
    x = np.random.default_rng(0).random((3, 4), np.float32)
    expected = module(torch.from_numpy(x))[1].detach().numpy()
    assert np.allclose(network.forward(x), expected, atol=1e-5)


def test_log_softmax_at_the_output_is_read_as_a_softmax():
    module = scrambled(Classifier())
    network = wb.load(module, input_shape=(8,))
    x = np.random.default_rng(0).random((50, 8), np.float32)
    assert np.allclose(network.forward(x), np.exp(answer(module, x)), atol=1e-5)
    snn = wb.convert(network, x)
    run = wb.simulate(snn, x[:10], wb.Simulation(steps=300))
    assert (run.predictions() == answer(module, x[:10]).argmax(axis=1)).all()


def test_modules_are_chosen_by_their_own_names():
    module = scrambled(Classifier())
    x = np.random.default_rng(0).random((5, 8), np.float32)
    for name in ("fc1", "fc2"):
        found = []
        hook = getattr(module, name).register_forward_hook(lambda *a, to=found: to.append(a[2]))
        answer(module, x)
        hook.remove()
        network = wb.load(module, input_shape=(8,), output=name)
        assert np.allclose(network.forward(x), found[0].numpy(), atol=1e-5)
    with pytest.raises(UnsupportedLayerError, match="Names that work: 'fc1', 'fc2', "):
        wb.load(module, input_shape=(8,), output="fc3")


class Masked(nn.Module):
    """A buffer of truth values among its weights, and one number per sample."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 1)
        self.register_buffer("mask", torch.tensor([True, False, True, True, False, True]))

    def forward(self, x):
        return self.body(x * self.mask.float()).squeeze()


def test_buffers_of_any_type_are_constants(monkeypatch):
    monkeypatch.setattr(
        "workbench.network.graph.COMPARED_MACS", 1.0
    )  # One sample: squeeze drops its axis.
    module = scrambled(Masked())
    network = wb.load(module, input_shape=(6,))
    x = np.random.default_rng(0).random((4, 6), np.float32)
    assert np.allclose(network.forward(x)[:, 0], answer(module, x), atol=1e-5)


@pytest.mark.parametrize("slopes", [1, 4])
def test_a_trained_slope_is_saved_and_counted(slopes, tmp_path):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU(slopes), nn.Flatten(), nn.Linear(144, 2))
    network = wb.load(module, input_shape=IMAGE)
    assert network.totals.parameters == sum(p.numel() for p in module.parameters())
    assert wb.load(wb.save(network, tmp_path / "slopes.snn")) == network


def test_a_converted_module_classifies_as_the_module():
    module = scrambled(LeNet(), seed=3)
    network = wb.load(module, input_shape=(1, 28, 28))
    x = np.random.default_rng(3).random((30, 1, 28, 28), np.float32)
    snn = wb.convert(network, x)
    run = wb.simulate(snn, x[:6], wb.Simulation(steps=300))
    assert (run.predictions() == answer(module, x[:6]).argmax(axis=1)).all()


def test_a_network_exported_again_is_the_same():
    module = scrambled(LeNet())
    first = wb.load(module, input_shape=(1, 28, 28))
    model, weights = adapter._exported(module, "LeNet", (1, 28, 28))
    assert from_onnx(model, "again", weights=weights) == first
