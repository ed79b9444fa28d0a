"""Attributes that convolutions and poolings share: sizes and padding along height and width."""

from __future__ import annotations

from workbench.ingest.builder import Tensor, Unsupported
from workbench.ingest.onnx_ops.handlers import Call
from workbench.network.convolution import Padding, Pair
from workbench.network.windows import same_padding


def sizes(call: Call, name: str, tensor: Tensor) -> Pair:
    """Return an attribute with a number per place, 1 where it is left out."""
    places = len(tensor.shape) - 1
    values = [int(n) for n in call.attribute(name) or [1] * places]
    if len(values) != places or places not in (1, 2):
        raise Unsupported(
            f"has {name} {values} for inputs of shape {tensor.source_shape}; supported: channels "
            "and one or two spatial axes. Give one number per spatial axis."
        )
    return (1, values[0]) if places == 1 else (values[0], values[1])


def explicit_padding(
    call: Call, shape: tuple[int, int, int], kernel: Pair, strides: Pair, dilation: Pair
) -> Padding:
    """Return the padding as numbers of places on each side."""
    automatic = call.attribute("auto_pad", "NOTSET")
    if automatic == "VALID":
        return (0, 0), (0, 0)
    if automatic == "NOTSET":
        return _given(call)
    rows, columns = (same_padding(shape[i], kernel[i], strides[i], dilation[i]) for i in range(2))
    if automatic == "SAME_LOWER":
        return rows[::-1], columns[::-1]
    return rows, columns


def _given(call: Call) -> Padding:
    """Return the pads attribute: all beginnings, then all ends."""
    places = len(call.tensor().shape) - 1
    pads = [int(n) for n in call.attribute("pads") or [0] * 2 * places]
    if min(pads) < 0:
        raise Unsupported(f"has pads {pads}; supported: none below zero. Crop first.")
    if places == 1:
        return (0, 0), (pads[0], pads[1])
    return (pads[0], pads[2]), (pads[1], pads[3])
