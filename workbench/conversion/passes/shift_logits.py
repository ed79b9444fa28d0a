"""Raise the sums ahead of a softmax by one constant, so that the largest of them can spike.

A softmax gives the same probabilities whatever constant all its summands share. Output neurons do
not: where all sums are below zero nothing spikes, and every sample stays undecided.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from workbench.conversion.passes.conversion_pass import Pass
from workbench.conversion.statistics import OutputSums
from workbench.network.activation import Activation
from workbench.network.affine import Affine
from workbench.network.graph import Network, Node
from workbench.network.naming import free_name

ROOM = 8
"""The smallest of the winning sums comes to lie above zero by their range divided by this: its
neuron fires at about a tenth of the rate of the largest, which loses as much of its resolution."""

TOLERATED = 0.01
"""Share of the calibration samples that may have no sum above zero."""


def logit_shift(output: OutputSums) -> float:
    """Return the constant that all sums ahead of a softmax need; 0.0 where winners are above zero.

    Parameters
    ----------
    output : OutputSums
        Sums of the calibration data.
    """
    if output.silent_winners <= TOLERATED * output.winners:
        return 0.0
    span = max(output.highest_winner - output.lowest_winner, output.lead)
    return span / ROOM - output.lowest_winner


@partial(
    Pass,
    does=(
        "adds one number to all inputs of a softmax, if the largest of them is not above zero for "
        "some samples: a softmax does not notice, and neurons can fire"
    ),
    outputs="within float32 rounding",
    expects="the softmax on the last node, after `sink_output_activation`",
)
def shift_logits(network: Network, *, shift: float) -> Network:
    """Return the network with a constant added to what reaches the activation of its output."""
    output = network.output
    layer = output.layer
    raised = layer.followed_by(np.ones(()), np.array(shift))
    if raised is not None:
        return network.replacing({output.name: replace(output, layer=raised)})
    # The sums of other layers have no bias of their own.
    name = free_name(f"{output.name}_sum", network.names)
    sums = replace(output, name=name, activation=Activation.LINEAR)
    last = Node(output.name, Affine(layer.output_shape, 1.0, shift), output.activation, (name,))
    return network.replacing({output.name: (sums, last)})
