"""Spikes into currents: each event adds its row of weights to the units it reaches."""

from __future__ import annotations

from workbench.simulation.kernels.cached import kernel


@kernel
def scatter_dense(start, index, value, kernel, current):  # type: ignore[no-untyped-def]
    """Add ``value * kernel[unit]`` for every event; kernel (inputs, outputs)."""
    outputs = kernel.shape[1]
    for step in range(start.size - 1):
        row = current[step]
        for event in range(start[step], start[step + 1]):
            weights = kernel[index[event]]
            factor = value[event]
            if factor == 1:
                for unit in range(outputs):
                    row[unit] += weights[unit]
            else:
                for unit in range(outputs):
                    row[unit] += factor * weights[unit]


@kernel
def scatter_scale(start, index, value, factors, current):  # type: ignore[no-untyped-def]
    """Add each event to the unit of the same index, times that unit's factor."""
    for step in range(start.size - 1):
        row = current[step]
        for event in range(start[step], start[step + 1]):
            unit = index[event]
            row[unit] += value[event] * factors[unit]


@kernel
def scatter_sparse(  # type: ignore[no-untyped-def]
    start, index, value, first, target, weight, current
):
    """Add every event's synapses: those of unit i are ``first[i]`` to ``first[i + 1]``."""
    for step in range(start.size - 1):
        row = current[step]
        for event in range(start[step], start[step + 1]):
            unit = index[event]
            factor = value[event]
            for synapse in range(first[unit], first[unit + 1]):
                row[target[synapse]] += factor * weight[synapse]


@kernel
def scatter_convolution(  # type: ignore[no-untyped-def]
    start, index, value, kernel, geometry, current
):
    """Add every event's kernel, where it lies, to the image of currents.

    Parameters
    ----------
    kernel : int (kernel height, kernel width, channels per group, filters)
    geometry : int64 (11,)
        Input width and channels; output height and width; strides; padding top and left;
        dilation; groups; see `Conv2D`.
    current : int (steps, output units), added to
    """
    width, channels, out_height, out_width = geometry[0], geometry[1], geometry[2], geometry[3]
    stride_y, stride_x, top, left = geometry[4], geometry[5], geometry[6], geometry[7]
    dilation_y, dilation_x, groups = geometry[8], geometry[9], geometry[10]
    kernel_height, kernel_width, per_group, filters = kernel.shape
    group_filters = filters // groups
    for step in range(start.size - 1):
        row = current[step]
        for event in range(start[step], start[step + 1]):
            place, channel = divmod(index[event], channels)
            y, x = divmod(place, width)
            group, member = divmod(channel, per_group)
            first = group * group_filters
            factor = value[event]
            for tap_y in range(kernel_height):
                # The output that reads input y at this tap: o * stride = y + top - tap * dilation.
                reach_y = y + top - tap_y * dilation_y
                out_y = reach_y // stride_y
                if reach_y < 0 or out_y >= out_height or out_y * stride_y != reach_y:
                    continue
                for tap_x in range(kernel_width):
                    reach_x = x + left - tap_x * dilation_x
                    out_x = reach_x // stride_x
                    if reach_x < 0 or out_x >= out_width or out_x * stride_x != reach_x:
                        continue
                    offset = (out_y * out_width + out_x) * filters + first
                    target = row[offset : offset + group_filters]
                    weights = kernel[tap_y, tap_x, member, first : first + group_filters]
                    if factor == 1:
                        for unit in range(group_filters):
                            target[unit] += weights[unit]
                    else:
                        for unit in range(group_filters):
                            target[unit] += factor * weights[unit]
