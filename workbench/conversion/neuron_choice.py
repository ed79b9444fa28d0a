"""The neurons of a population: threshold, start, reset and payloads, as settings and layers ask."""

from __future__ import annotations

from typing import NamedTuple

from workbench.errors import ConversionError
from workbench.network.activation import QuantizedReLU, Step
from workbench.network.graph import Node
from workbench.neuron_rules import MOST_LEVELS
from workbench.settings import Conversion


class Neuron(NamedTuple):
    """What the neurons of one population share; integers, in grid units."""

    threshold: int
    initial_potential: int
    reset: str
    signed: bool = False
    rule: str = ""
    largest: int = 1
    most: int = 0


def neuron_of(conversion: Conversion, node: Node, bits: int, *, output: bool) -> Neuron:
    """Choose threshold, start and reset of the neurons of a node on a grid of 2^-bits.

    Parameters
    ----------
    conversion : Conversion
    node : Node
    bits : int
    output : bool
        Whether it is the network's output, which nothing replaces by a staircase.
    """
    activation = node.activation
    if isinstance(activation, Step) and not output:
        return Neuron(0 if activation.inclusive else 1, 0, "none")
    theta = conversion.thresholds.get(node.name, conversion.threshold)
    initial = conversion.initial_potential
    if conversion.spike_code.in_turns:
        # Half a level rounds; outputs, and what is not quantized, have nothing to round.
        rounds = conversion.spike_code.has_slots and not output
        initial = 0.5 if rounds else 0.0
    if isinstance(activation, QuantizedReLU) and not output:
        theta = 1.0
        initial = initial if conversion.neurons == "multi_threshold" else 0.5
    # A payload of 1 stands for this part of the threshold.
    parts = parts_of(conversion, node, output=output)
    threshold = max(1, round(theta * 2**bits / parts))
    if conversion.neurons == "one_shot":
        largest = 1 if conversion.payload == "unary" else 2 ** (parts.bit_length() - 1)
        start = round(threshold / 2)
        return Neuron(threshold, start, conversion.reset, True, "one_shot", largest, parts)
    start = round(initial * parts * threshold)
    if conversion.neurons == "multi_threshold":
        return Neuron(threshold, start, conversion.reset, True, "multi_threshold", parts)
    return Neuron(threshold, start, conversion.reset, conversion.neurons == "signed")


def parts_of(conversion: Conversion, node: Node, *, output: bool) -> int:
    """Parts of the threshold that the smallest payload is one of."""
    activation = node.activation
    if not output and isinstance(activation, Step):
        return 1
    if conversion.neurons == "multi_threshold":
        return int(2 ** (conversion.taps - 1))
    if conversion.neurons != "one_shot":
        return 1
    own = activation.levels if isinstance(activation, QuantizedReLU) else 0
    return own if 0 < own <= MOST_LEVELS else conversion.levels


def check_levels(conversion: Conversion, node: Node, *, output: bool) -> None:
    """Refuse a staircase that a code of levels, or one-shot neurons, would replace.

    Raises
    ------
    ConversionError
    """
    code, levels = conversion.spike_code, getattr(node.activation, "levels", 0)
    if output:
        return
    if conversion.neurons == "one_shot" and levels > MOST_LEVELS:
        raise ConversionError(
            f"{node.name} was trained with a staircase of {levels} levels, which one-shot "
            f"neurons would replace by one of {conversion.levels}; accepted: up to "
            f"{MOST_LEVELS} levels. Convert with Conversion(neurons='if')."
        )
    given = conversion.levels if code.has_slots else None
    if not code.in_turns or levels in (0, given):
        return
    raise ConversionError(
        f"{node.name} was trained with a staircase of {levels} levels, which the code "
        f"{conversion.code!r} would replace; accepted: code 'phase' or 'ttfs_steps' with "
        f"levels={levels}, or code 'rate'. Convert with Conversion(code='phase', "
        f"levels={levels})."
    )
