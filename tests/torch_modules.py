"""PyTorch modules of every kind that is read, with seeded weights, and their answers."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="PyTorch is not installed; no extra brings it")
pytest.importorskip("onnx", reason="the extra 'onnx' is not installed")


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


class Classifier(nn.Module):
    """As PyTorch's own example for MNIST ends; no module stands for the logarithm."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(8, 16), nn.Linear(16, 4)

    def forward(self, x):
        return nn.functional.log_softmax(self.fc2(torch.relu(self.fc1(x))), dim=1)
