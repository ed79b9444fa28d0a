"""Outputs below zero: whether they matter, and which neurons keep them.

See `workbench.network.readout` for how such outputs are read.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from workbench.conversion.statistics import OutputSums
from workbench.network.population import Population
from workbench.network.projection import Projection
from workbench.network.rearrange import Pad
from workbench.neuron_rules import KEEPING_SUM
from workbench.settings import Conversion

MOST_BELOW = 16
"""A membrane may hold values below zero that are so many times as large as its scale."""

TraceRow = tuple[str, str, float, str]


def output_read(conversion: Conversion, output: OutputSums) -> str:
    """Return how the output is read; see `workbench.network.readout.READS`.

    Parameters
    ----------
    conversion : Conversion
    output : OutputSums
        Sums of the calibration data.
    """
    if conversion.neurons == "one_shot":
        return "membrane"  # What has arrived once, sent or not, is the output.
    if conversion.output_sign == "none":
        return ""
    if conversion.output_sign != "auto":
        return conversion.output_sign
    if not output.needs_sign:
        return ""
    return "membrane" if conversion.reset in KEEPING_SUM else "on_off"


def signed_scale(positive: float, output: OutputSums, read: str) -> float:
    """Return the scale of an output that keeps its sign.

    A membrane holds values below zero without spikes, so that the positive ones, which are sent,
    set its scale, unless they are tiny beside the others.

    Parameters
    ----------
    positive : float
        Scale by the positive sums.
    output : OutputSums
    read : str
        As `output_read` returns it.
    """
    negative = max(0.0, -output.lowest)
    if read == "membrane" and positive * MOST_BELOW >= negative:
        return positive
    return max(positive, negative)


def with_off_neurons(
    population: Population, projections: list[Projection]
) -> tuple[Population, list[Projection]]:
    """Give every output a second neuron, behind the first ones, with all weights negated."""
    bias = population.bias.reshape(population.shape)
    doubled = replace(
        population,
        shape=(*population.shape[:-1], 2 * population.shape[-1]),
        bias=np.concatenate([bias, -bias], axis=-1).reshape(-1),
    )
    return doubled, [part for projection in projections for part in _with_off(projection)]


def _with_off(projection: Projection) -> list[Projection]:
    *before, last = projection.maps
    doubled = last.beside_negated()
    if doubled is not None:
        return [replace(projection, maps=(*before, doubled))]
    # Weights that are not the last of the path, or no kernel of all channels: a path for each half.
    shape, channels = last.output_shape, last.output_shape[-1]
    none = (0,) * len(shape)
    half = (*none[:-1], channels)
    negated = tuple(layer.negated() if layer.weighted else layer for layer in projection.maps)
    return [
        replace(projection, maps=(*projection.maps, Pad(shape, none, half))),
        replace(projection, maps=(*negated, Pad(shape, half, none))),
    ]


def sign_row(conversion: Conversion, output: OutputSums) -> TraceRow | None:
    """Say how the output is read, as a row of the trace; None where there is nothing to say."""
    read = output_read(conversion, output)
    lowest = f"outputs go down to {output.lowest:.4g}"
    if read == "membrane":
        remark = f"{lowest}: spikes and membrane are read together, so that they keep their sign"
    elif read == "on_off":
        remark = f"{lowest}: an ON and an OFF neuron for each, so that they keep their sign"
    elif output.needs_sign:
        remark = f"{lowest}, but are read by their spikes, which give 0 for them"
    elif output.silent_winners:
        remark = (
            f"{output.silent_winners} of {output.winners} calibration samples have no sum above 0 "
            "before the softmax, and stay undecided"
        )
    else:
        return None
    return "read the output", "measured", float("nan"), remark
