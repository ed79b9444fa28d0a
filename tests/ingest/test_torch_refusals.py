"""Modules that are refused: the layer, the reason and the remedy are told."""

from __future__ import annotations

import sys

import pytest
from torch_modules import (
    IMAGE,
    Classifier,
    LeNet,
    nn,
    torch,
)

import workbench as wb
from workbench.errors import ConversionError, ModelFileError, UnsupportedLayerError
from workbench.ingest import torch as adapter


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
