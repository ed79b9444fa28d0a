"""PyTorch modules, by both of its exporters, against PyTorch itself."""

from __future__ import annotations

import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; no extra brings it")
pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")

import workbench as wb  # noqa: E402
from workbench.errors import ConversionError, ModelFileError, UnsupportedLayerError  # noqa: E402
from workbench.ingest import torch as adapter  # noqa: E402
from workbench.ingest.onnx import from_onnx  # noqa: E402

nn = torch.nn


def scrambled(module, seed=0):
    """Give a module seeded weights and statistics as training leaves them; evaluation mode."""
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for part in module.modules():
            if isinstance(part, nn.modules.batchnorm._BatchNorm):
                part.running_mean.normal_(0, 0.3, generator=generator)
                part.running_var.uniform_(0.5, 1.5, generator=generator)
                part.weight.uniform_(0.5, 1.5, generator=generator)
                part.bias.normal_(0, 0.2, generator=generator)
            elif isinstance(getattr(part, "weight", None), nn.Parameter):
                spread = part.weight[0].numel() ** -0.5 if part.weight.ndim > 1 else 0.3
                part.weight.normal_(0, spread, generator=generator)
                if getattr(part, "bias", None) is not None:
                    part.bias.uniform_(-0.1, 0.3, generator=generator)
    return module.eval()


def answer(module, x):
    with torch.no_grad():
        return module(torch.from_numpy(x)).numpy()


def assert_agrees(network, module, shape):
    x = np.random.default_rng(2).normal(0, 1, (5, *shape)).astype(np.float32)
    expected, outputs = answer(module, x), network.forward(x)
    assert outputs.shape == expected.shape
    assert np.abs(outputs - expected).max() <= 1e-4 * np.abs(expected).max()


def head(channels, size):
    return nn.Sequential(nn.Flatten(), nn.Linear(channels * size, 4))


class Residual(nn.Module):
    """Two convolutions around which the input goes, maybe through a third."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, filters, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(filters)
        self.conv2 = nn.Conv2d(filters, filters, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(filters)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels != filters:
            self.shortcut = nn.Sequential(
                nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)
            )

    def forward(self, x):
        y = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


class Inverted(nn.Module):
    """Expand, convolve by channel, project: a block of MobileNetV2."""

    def __init__(self, channels, filters, stride):
        super().__init__()
        hidden = 3 * channels
        self.adds = stride == 1 and channels == filters
        self.conv = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, hidden, 3, stride, 1, groups=hidden, bias=False),
            nn.BatchNorm2d(hidden),
            nn.ReLU6(inplace=True),
            nn.Conv2d(hidden, filters, 1, bias=False),
            nn.BatchNorm2d(filters),
        )

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


class LeNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 6, 5, padding=2)
        self.conv2 = nn.Conv2d(6, 16, 5)
        self.fc1 = nn.Linear(16 * 5 * 5, 120)
        self.fc2 = nn.Linear(120, 84)
        self.fc3 = nn.Linear(84, 10)

    def forward(self, x):
        x = nn.functional.max_pool2d(torch.relu(self.conv1(x)), 2)
        x = nn.functional.avg_pool2d(torch.relu(self.conv2(x)), 2)
        x = x.view(x.size(0), -1)
        x = nn.functional.dropout(torch.relu(self.fc1(x)), 0.5, self.training)
        return torch.softmax(self.fc3(torch.relu(self.fc2(x))), 1)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(dim=(2, 3))


class Shuffle(nn.Module):
    """As in ShuffleNet: halves, and channels of both in turn."""

    def forward(self, x):
        first, second = x.chunk(2, dim=1)
        x = torch.cat([second, torch.relu(first)], dim=1)
        n, c, h, w = x.shape
        return x.view(n, 2, c // 2, h, w).transpose(1, 2).reshape(n, c, h, w)


class Normalized(nn.Module):
    """Pictures brought to mean 0 and deviation 1 ahead of the rest."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4, 0.5, 0.6]).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2, 0.3, 0.25]).view(1, 3, 1, 1))
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x):
        return torch.relu(self.conv((x - self.mean) / self.std))


IMAGE = (3, 8, 8)
MODULES = {
    "lenet": (LeNet, (1, 28, 28)),
    "resnet": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 8, 7, 2, 3, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(),
            nn.MaxPool2d(3, 2, 1),
            Residual(8, 8, 1),
            Residual(8, 12, 2),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(12, 5),
        ),
        (3, 33, 33),
    ),
    "mobilenet": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 8, 3, 2, 1, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU6(),
            Inverted(8, 8, 1),
            Inverted(8, 12, 2),
            Mean(),
            nn.Dropout(0.2),
            nn.Linear(12, 5),
        ),
        (3, 24, 24),
    ),
    "sequence": (
        lambda: nn.Sequential(
            nn.Conv1d(2, 4, 5, padding=2, dilation=1),
            nn.BatchNorm1d(4),
            nn.PReLU(4),
            nn.MaxPool1d(2),
            nn.Conv1d(4, 6, 3, stride=2, groups=2),
            nn.LeakyReLU(0.1),
            nn.AvgPool1d(3, 2, 1),
            nn.Flatten(),
            nn.Linear(24, 3),
        ),
        (2, 32),
    ),
    "decoder": (
        lambda: nn.Sequential(
            nn.ConvTranspose2d(3, 4, 3, 2, 1, output_padding=1, groups=1),
            nn.ReLU(),
            nn.Upsample(scale_factor=2),
            nn.ZeroPad2d((1, 0, 2, 1)),
            nn.Conv2d(4, 2, 3, padding="same"),
            nn.Hardtanh(-1, 2),
        ),
        (3, 4, 5),
    ),
    "pools": (
        lambda: nn.Sequential(
            nn.Conv2d(3, 4, 2),
            nn.Hardsigmoid(),
            nn.AvgPool2d(3, 2, 1, ceil_mode=True),
            nn.MaxPool2d(2, ceil_mode=True),
            head(4, 4),
        ),
        IMAGE,
    ),
    "uncounted": (
        lambda: nn.Sequential(nn.AvgPool2d(3, 2, 1, count_include_pad=False), head(3, 16)),
        IMAGE,
    ),
    "shuffle": (
        lambda: nn.Sequential(nn.Conv2d(3, 4, 1), Shuffle(), nn.Conv2d(4, 6, 3, groups=2)),
        IMAGE,
    ),
    "normalized": (Normalized, IMAGE),
    "vector": (
        lambda: nn.Sequential(
            nn.Linear(6, 8, bias=False), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 3), nn.Sigmoid()
        ),
        (6,),
    ),
    "weight_norm": (
        lambda: nn.Sequential(nn.utils.parametrizations.weight_norm(nn.Linear(6, 5)), nn.ReLU()),
        (6,),
    ),
    "places": (lambda: nn.Sequential(nn.Linear(8, 5), nn.ReLU(), nn.Linear(5, 4)), (3, 8)),
}


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


class Plain(nn.Module):
    def __init__(self, layer, channels=3):
        super().__init__()
        self.conv, self.odd = nn.Conv2d(3, channels, 3, padding=1), layer

    def forward(self, x):
        return self.odd(self.conv(x))


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.GELU(), "/odd/Gelu (Gelu) is not supported"),
        (nn.SiLU(), "/odd/Mul (Mul) multiplies two tensors"),
        (nn.LayerNorm(8), "(LayerNormalization) is not supported"),
        (nn.GroupNorm(1, 3), "(InstanceNormalization) is not supported"),
        (nn.Upsample(scale_factor=2, mode="bilinear"), "has mode 'linear'; supported: nearest"),
        (nn.ConstantPad2d(1, 2.0), "pads with 'constant 2'; supported: constant 0"),
    ],
)
def test_what_has_no_form_here_is_refused_by_name(layer, words):
    with pytest.raises(UnsupportedLayerError) as refusal:
        wb.load(Plain(layer), input_shape=IMAGE)
    assert any(words in problem for problem in refusal.value.problems)


class Classifier(nn.Module):
    """As PyTorch's own example for MNIST ends; no module stands for the logarithm."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(8, 16), nn.Linear(16, 4)

    def forward(self, x):
        return nn.functional.log_softmax(self.fc2(torch.relu(self.fc1(x))), dim=1)


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


def function(forward):
    """A module of one function."""

    class Function(nn.Module):
        def forward(self, x):
            return forward(x)

    return Function()


def scalar(forward):
    return nn.Sequential(nn.Linear(6, 1), function(forward)), (6,)


def image(forward):
    return nn.Sequential(nn.Conv2d(2, 8, 3, padding=1), nn.ReLU(), function(forward)), (2, 6, 4)


def sequence(forward):
    return nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), function(forward)), (2, 10)


def places(forward):
    return nn.Sequential(nn.Linear(5, 7), nn.ReLU(), function(forward)), (4, 5)


F = nn.functional
FORMS = {
    "one number, squeezed": scalar(lambda x: x.squeeze(1)),
    "one number, all squeezed": scalar(lambda x: torch.sigmoid(x).squeeze()),
    "one number, sigmoid after": scalar(lambda x: torch.sigmoid(x.squeeze(-1))),
    "one number, by view": scalar(lambda x: x.view(-1)),
    "one number, by place": scalar(lambda x: x[:, 0] * 2 + 1),
    "one number, and back": scalar(lambda x: torch.relu(x.squeeze(1)).unsqueeze(1)),
    "mean": image(lambda x: torch.mean(x, (2, 3))),
    "mean, kept and squeezed": image(
        lambda x: x.mean((2, 3), keepdim=True).squeeze(-1).squeeze(-1)
    ),
    "mean, in turn": image(lambda x: x.mean(3).mean(2)),
    "mean, of places": image(lambda x: x.flatten(2).mean(2)),
    "mean, of a sequence": sequence(lambda x: x.mean(2)),
    "sum": image(lambda x: x.sum((2, 3))),
    "largest": image(lambda x: torch.amax(x, (-1, -2))),
    "flat from 2": image(lambda x: x.flatten(2)),
    "flat 1 to 2": image(lambda x: x.flatten(1, 2)),
    "shuffled pixels": image(lambda x: F.pixel_shuffle(x, 2)),
    "shuffled pixels, back": image(lambda x: F.pixel_unshuffle(x, 2)),
    "shuffled by hand": image(
        lambda x: x.view(-1, 2, 2, 2, 6, 4).permute(0, 1, 4, 2, 5, 3).reshape(-1, 2, 12, 8)
    ),
    "sequence, pooled": sequence(lambda x: F.avg_pool1d(x, 2).flatten(1)),
    "sequence, adaptive": sequence(lambda x: F.adaptive_avg_pool1d(x, 3)),
    "sequence, adaptive largest": sequence(lambda x: F.adaptive_max_pool1d(x, 3)),
    "sequence, global": sequence(lambda x: F.adaptive_avg_pool1d(x, 1).squeeze(-1)),
    "sequence, repeated": sequence(lambda x: F.interpolate(x, scale_factor=2)),
    "sequence, reflected": sequence(lambda x: F.pad(x, (2, 1), mode="reflect")),
    "sequence, last": sequence(lambda x: x[:, :, -1]),
    "places, last": places(lambda x: x[:, -1]),
    "places, mean": places(lambda x: x.mean(1)),
    "places, one by one": places(lambda x: x),
    "places, folded": places(lambda x: (torch.relu(x.reshape(-1, 7)) * 2 + 1).reshape(-1, 28)),
    "places, folded by sizes": places(
        lambda x: torch.softmax(x.reshape(x.size(0) * x.size(1), 7), 1).reshape(x.shape)
    ),
    "resized to a size": image(lambda x: F.interpolate(x, size=(7, 9))),
    "resized by a fraction": image(lambda x: F.interpolate(x, scale_factor=1.6)),
    "padded by copies": image(lambda x: F.pad(x, (1, 2, 2, 1), mode="replicate")),
    "turned round": image(lambda x: torch.flip(x, (3,))),
    "picked": image(lambda x: x[:, [3, 1, 0]]),
    "copied": image(lambda x: x.repeat(1, 2, 3, 1)),
}


@pytest.mark.parametrize("name", FORMS)
def test_forms_of_the_same_are_read(name):
    module, shape = FORMS[name]
    module = scrambled(module)
    network = wb.load(module, input_shape=shape)
    x = np.random.default_rng(2).normal(0, 1, (5, *shape)).astype(np.float32)
    expected = answer(module, x)
    outputs = network.forward(x)
    assert outputs.shape == (expected.shape if expected.ndim > 1 else (5, 1))
    assert np.allclose(outputs.reshape(expected.shape), expected, atol=1e-4)


class Masked(nn.Module):
    """A buffer of truth values among its weights, and one number per sample."""

    def __init__(self):
        super().__init__()
        self.body = nn.Linear(6, 1)
        self.register_buffer("mask", torch.tensor([True, False, True, True, False, True]))

    def forward(self, x):
        return self.body(x * self.mask.float()).squeeze()


def test_buffers_of_any_type_are_constants(monkeypatch):
    monkeypatch.setattr("workbench.ingest.verify.MACS", 1.0)  # One sample: squeeze drops its axis.
    module = scrambled(Masked())
    network = wb.load(module, input_shape=(6,))
    x = np.random.default_rng(0).random((4, 6), np.float32)
    assert np.allclose(network.forward(x)[:, 0], answer(module, x), atol=1e-5)


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_modules_of_half_precision_are_refused(kind):
    module = Classifier().to(getattr(torch, kind))
    with pytest.raises(
        UnsupportedLayerError, match=rf"has parameters of type {kind}; .* module\.float\(\)"
    ):
        wb.load(module, input_shape=(8,))


def test_a_module_that_pytorch_cannot_export_is_refused_in_a_sentence(capfd):
    module = nn.Sequential(nn.Conv2d(4, 4, 1), nn.ChannelShuffle(2))
    with pytest.raises(ModelFileError, match=r"cannot export Sequential .*channel_shuffle"):
        wb.load(module, input_shape=(4, 3, 3))
    told = capfd.readouterr()
    assert told.out + told.err == ""


def test_what_the_export_leaves_out_is_told():
    pool = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AvgPool2d(2, divisor_override=3))
    with pytest.raises(ConversionError, match=r"Sequential computes something else .* Write that"):
        wb.load(pool, input_shape=IMAGE)


@pytest.mark.parametrize("slopes", [1, 4])
def test_a_trained_slope_is_saved_and_counted(slopes, tmp_path):
    module = nn.Sequential(nn.Conv2d(3, 4, 3), nn.PReLU(slopes), nn.Flatten(), nn.Linear(144, 2))
    network = wb.load(module, input_shape=IMAGE)
    assert network.totals.parameters == sum(p.numel() for p in module.parameters())
    assert wb.load(wb.save(network, tmp_path / "slopes.snn")) == network


def test_a_module_needs_a_shape():
    with pytest.raises(ModelFileError, match=r"wb\.load\(module, input_shape="):
        wb.load(LeNet())


def test_a_shape_that_the_module_cannot_take_is_refused():
    with pytest.raises(ModelFileError, match=r"LeNet cannot be run on inputs of shape \(1, 9, 9\)"):
        wb.load(LeNet(), input_shape=(1, 9, 9))


def test_a_module_that_cannot_be_exported_is_refused(monkeypatch):
    def fail(*arguments):
        raise RuntimeError("no way")

    monkeypatch.setattr(adapter, "_by_tracing", fail)
    monkeypatch.setattr(adapter, "_by_program", fail)
    with pytest.raises(ModelFileError, match="PyTorch cannot export LeNet to ONNX: no way"):
        wb.load(LeNet(), input_shape=(1, 28, 28))


def test_a_missing_library_is_named_with_the_remedy(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ModelFileError, match=r"python -m pip install 'snn-workbench\[onnx\]'"):
        wb.load(LeNet(), input_shape=(1, 28, 28))


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
