"""Well-known networks of keras.applications, with random weights."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from workbench.conversion import convert
from workbench.errors import UnsupportedLayerError
from workbench.ingest.keras import from_keras, import_keras
from workbench.settings import Conversion

pytestmark = pytest.mark.slow

READ = {
    "VGG16": 64,
    "ResNet50": 64,
    "ResNet50V2": 64,
    "MobileNet": 64,
    "MobileNetV2": 64,
    "DenseNet121": 64,
    "InceptionV3": 75,
    "Xception": 75,
}
"""Families of relu networks, with a small image size that they accept."""


def built(family, size):
    """A classifier of ten classes that gives logits, batch normalization not trivial."""
    model = getattr(import_keras().applications, family)(
        weights=None, input_shape=(size, size, 3), classes=10, classifier_activation=None
    )
    rng = np.random.default_rng(0)
    for weight in model.weights:
        if weight.name in ("moving_variance", "gamma"):
            weight.assign(rng.uniform(0.5, 1.5, weight.shape))
        elif weight.name in ("moving_mean", "beta"):
            weight.assign(rng.uniform(-0.2, 0.3, weight.shape))
    return model


def samples(size, seed=1):
    return np.random.default_rng(seed).random((3, size, size, 3), np.float32)


@pytest.fixture(scope="module", params=READ)
def read(request):
    """A family's name, its model, and the network read from it."""
    model = built(request.param, READ[request.param])
    return request.param, model, from_keras(model)


def test_outputs_are_those_of_keras(read):
    family, model, network = read
    x = 4 * samples(READ[family]) - 2
    expected = np.asarray(model(x, training=False))
    assert np.abs(network.forward(x) - expected).max() <= 1e-4 * np.abs(expected).max()
    assert network.totals.parameters == model.count_params()


def test_conversion_keeps_outputs_up_to_the_grid(read):
    family, _, network = read
    # Xception pools the maximum of plain sums, which become neurons for each pair.
    spiking = convert(network, samples(READ[family]), Conversion(percentile=100))
    largest = {"exact": 1e-4, "measured": 5e-3}
    for step, kind, deviation, _ in spiking.trace_rows:
        # How the output is read moves nothing that could be measured.
        assert step == "read the output" or deviation < largest[kind], step


REFUSED = {
    "EfficientNetB0": {
        "stem_activation (Activation) has activation 'silu'": 33,
        "block1a_se_reduce (Conv2D) has activation 'silu'": 16,
        "block1a_se_excite (Multiply) is not supported": 16,
    },
    "ConvNeXtTiny": {
        "convnext_tiny_stem_layernorm (LayerNormalization) is not supported": 23,
        "convnext_tiny_stage_0_block_0_gelu (Activation) has activation 'gelu'": 18,
        "convnext_tiny_stage_0_block_0_layer_scale (LayerScale) is not supported": 18,
    },
}


@pytest.mark.parametrize("family", REFUSED)
def test_others_are_refused_with_all_problems_told_once(family):
    with pytest.raises(UnsupportedLayerError) as caught:
        from_keras(built(family, 64))
    lines = str(caught.value).splitlines()
    assert len(caught.value.problems) == sum(REFUSED[family].values())
    assert len(lines) == len(REFUSED[family])
    for line, (start, count) in zip(lines, REFUSED[family].items(), strict=True):
        assert start in line
        assert f"The same holds for {count - 1} more layers: " in line


VGG16 = """
from pathlib import Path

from workbench.ingest.keras import from_keras, import_keras

model = import_keras().applications.VGG16(weights=None)
assert from_keras(model).totals.parameters == 138_357_544
status = Path("/proc/self/status").read_text()
print(status.split("VmHWM:")[1].split()[0])
"""
"""The peak is the kernel's for this program alone: `ru_maxrss` would start at the size of the
program that started it."""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads Linux's process status")
def test_vgg16_is_read_in_four_gigabytes():
    done = subprocess.run(
        [sys.executable, "-c", VGG16], capture_output=True, text=True, check=True, timeout=300
    )
    kilobytes = int(done.stdout.split()[-1])
    assert kilobytes * 1024 < 4e9
