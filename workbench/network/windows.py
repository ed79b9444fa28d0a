"""Windows that slide over one axis: the geometry that convolution and pooling share.

Everything that can be counted about a window (output size, fan-in, fan-out, which input lies
under which output) follows from one axis at a time, because a connection exists in two
dimensions exactly when it exists along both axes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from workbench.network.layer import Synapses

Tap = tuple[int, np.ndarray, np.ndarray]


@dataclass(frozen=True)
class WindowAxis:
    """A window of `kernel` taps moving along an axis of `size` inputs.

    Output ``o`` reads input ``o * stride + tap * dilation - before`` for each tap, where that
    index lies inside the axis; a tap that falls outside makes no connection.
    """

    size: int
    kernel: int
    stride: int = 1
    dilation: int = 1
    before: int = 0
    after: int = 0

    @property
    def output_size(self) -> int:
        extent = (self.kernel - 1) * self.dilation + 1
        return (self.size + self.before + self.after - extent) // self.stride + 1

    def input_index(self, tap: int) -> np.ndarray:
        """Input read by each output at a tap, possibly outside ``[0, size)``; shape (outputs,)."""
        return np.arange(self.output_size) * self.stride + tap * self.dilation - self.before

    def taps(self) -> Iterator[Tap]:
        """Yield (tap, input indices, output indices) of the connections that exist."""
        for tap in range(self.kernel):
            inputs = self.input_index(tap)
            exists = (inputs >= 0) & (inputs < self.size)
            yield tap, inputs[exists], np.nonzero(exists)[0]

    @property
    def connections(self) -> int:
        """Number of (input, output) pairs that are connected."""
        return sum(len(outputs) for _, _, outputs in self.taps())

    def fan_out(self) -> np.ndarray:
        """Number of outputs that read each input; shape (size,)."""
        count = np.zeros(self.size, np.int64)
        for _, inputs, _ in self.taps():
            count[inputs] += 1
        return count

    def tap_patterns(self) -> np.ndarray:
        """Which taps have an input, for every kind of output there is; bool, (kinds, kernel)."""
        exists = np.zeros((self.output_size, self.kernel), bool)
        for tap, _, outputs in self.taps():
            exists[outputs, tap] = True
        return np.unique(exists, axis=0)

    def crossed_patterns(self) -> np.ndarray:
        """Which taps have an output, for every kind of input there is; bool, (kinds, kernel)."""
        exists = np.zeros((self.size, self.kernel), bool)
        for tap, inputs, _ in self.taps():
            exists[inputs, tap] = True
        return np.unique(exists, axis=0)

    def fan_in(self) -> np.ndarray:
        """Number of inputs that each output reads; shape (output_size,)."""
        count = np.zeros(self.output_size, np.int64)
        for _, _, outputs in self.taps():
            count[outputs] += 1
        return count


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Return (before, after) of Keras' 'same': output size is ``ceil(size / stride)``.

    An odd number of padded places puts the extra one after the axis.
    """
    outputs = -(-size // stride)
    total = max((outputs - 1) * stride + (kernel - 1) * dilation + 1 - size, 0)
    return total // 2, total - total // 2


def window_view(x: np.ndarray, rows: WindowAxis, columns: WindowAxis, fill: float) -> np.ndarray:
    """Return the windows over images without copying more than the padding.

    Parameters
    ----------
    x : ndarray, shape (samples, height, width, channels)
    fill : float
        Value of the padded places.

    Returns
    -------
    ndarray, shape (samples, out_height, out_width, channels, kernel_height, kernel_width)
    """
    if rows.before or rows.after or columns.before or columns.after:
        pad = ((0, 0), (rows.before, rows.after), (columns.before, columns.after), (0, 0))
        x = np.pad(x, pad, constant_values=fill)
    extent = tuple((axis.kernel - 1) * axis.dilation + 1 for axis in (rows, columns))
    view = np.lib.stride_tricks.sliding_window_view(x, extent, axis=(1, 2))  # type: ignore[call-overload]
    return view[:, :: rows.stride, :: columns.stride, :, :: rows.dilation, :: columns.dilation]


def tap_synapses(
    kernel: np.ndarray, groups: int, taps: Sequence[Sequence[Tap]], widths: tuple[int, int]
) -> Iterator[Synapses]:
    """Yield the synapses of windows with weights, tap by tap.

    Parameters
    ----------
    kernel : ndarray, shape (height, width, channels per group, filters)
    groups : int
        Each channel reaches the filters of its own group.
    taps : (along height, along width)
        Of each tap its number, and the places that it reads and writes.
    widths : (int, int)
        Of the images that are read and written.
    """
    per_group, filters = kernel.shape[2], kernel.shape[3] // groups
    channel = np.arange(per_group * groups, dtype=np.int64)
    reached = (channel // per_group)[:, None] * filters + np.arange(filters)
    for row_tap, from_rows, to_rows in taps[0]:
        for column_tap, from_columns, to_columns in taps[1]:
            source = (from_rows[:, None] * widths[0] + from_columns).reshape(-1, 1, 1)
            target = (to_rows[:, None] * widths[1] + to_columns).reshape(-1, 1, 1)
            weight = kernel[row_tap, column_tap][channel[:, None] % per_group, reached]
            shape = (source.size, channel.size, filters)
            pre = np.broadcast_to(source * channel.size + channel[:, None], shape)
            post = np.broadcast_to(target * kernel.shape[3] + reached, shape)
            yield pre.reshape(-1), post.reshape(-1), np.broadcast_to(weight, shape).reshape(-1)


def synapse_formula(layer: Any) -> str:
    """Say in numbers how the synapses of a layer of windows come about."""
    rows, columns = layer.axes
    taps = rows.connections * columns.connections
    full = rows.output_size * columns.output_size * rows.kernel * columns.kernel
    outside = f", {full - taps:,} more fall outside the image" if full > taps else ""
    return (
        f"{taps:,} (position, tap) pairs inside the image{outside}; "
        f"x {layer.synapse_count // max(1, taps):,} channel pairs = {layer.synapse_count:,}"
    )
