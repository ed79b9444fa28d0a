"""Ways to write the same in PyTorch: all are read."""

from __future__ import annotations

import numpy as np
import pytest
from torch_modules import (
    answer,
    nn,
    scrambled,
    torch,
)

import workbench as wb


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
