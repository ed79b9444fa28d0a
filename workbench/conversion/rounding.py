"""What rounding inputs and weights to the exact grid costs, refused, measured and told."""

from __future__ import annotations

from workbench.conversion.preparation import Prepared, TraceRow
from workbench.errors import ConversionError
from workbench.network.samples import INPUT_BITS
from workbench.network.spiking import SpikingNetwork
from workbench.util.stored_samples import Samples

LARGEST_INPUT_ROUNDING = 0.1
NOTABLE_INPUT_ROUNDING = 0.01
"""Share of the outputs' range by which rounded inputs may move them, and from which it is told."""

ROUNDING = "round to the grid"
NOTABLE_ROUNDING = 0.5
"""Share of the outputs by which rounded weights move them, from which there is a warning."""


def check_inputs(prepared: Prepared) -> None:
    """Refuse inputs that the grid which they share is too coarse for."""
    if prepared.input_rounding > LARGEST_INPUT_ROUNDING:
        raise ConversionError(
            f"The inputs of network '{prepared.network.name}' share one grid, {INPUT_BITS} bits of "
            f"the largest of them ({prepared.statistics.input_maximum:g}), which is so coarse for "
            f"the others that outputs move by {prepared.input_rounding:.0%} of their range; "
            f"{LARGEST_INPUT_ROUNDING:.0%} is accepted. Scale all inputs to about -1 to 1 in the "
            "data, and save the model without the layers that do so."
        )


def rounding_row(prepared: Prepared, spiking: SpikingNetwork, samples: Samples) -> TraceRow:
    """Return the row of the trace that says how far rounding moves the outputs."""
    network, analog = prepared.network, prepared.outputs
    remark = (
        f"weights to 2^-{spiking.resolution_bits} of a threshold, inputs to {INPUT_BITS} bits; "
        "deviation of the output before any spiking"
    )
    if prepared.input_rounding > NOTABLE_INPUT_ROUNDING:
        remark += (
            "; mostly of inputs that are small compared with others: scale all inputs to the same "
            "range in the data"
        )
    output = network.output.name
    limit = spiking.rate_limit(samples[: len(analog)], [output])[output]
    deviation = network.deviation(limit, analog)
    return (ROUNDING, "measured", deviation, remark)


def rounding_advice(spiking: SpikingNetwork) -> str:
    """Say that rounding to the grid left little of the outputs, and what to do; "" where it did."""
    moved = max((row[2] for row in spiking.trace_rows if row[0] == ROUNDING), default=0.0)
    if not moved > NOTABLE_ROUNDING:
        return ""
    return (
        f"Rounding the weights of network '{spiking.name}' to 2^-{spiking.resolution_bits} of a "
        f"threshold moves its outputs by {moved:.0%} of the largest: some weights are too small "
        "compared with others of their layer. Use Conversion(per_channel=True), more "
        "resolution_bits, or train the network with inputs and channels scaled to the same range."
    )
