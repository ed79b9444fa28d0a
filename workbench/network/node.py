"""One place of a network: a map, maybe an activation, and the nodes that it reads."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import StructureError
from workbench.network.activation import Activation
from workbench.network.layer import Layer


@dataclass(frozen=True)
class Node:
    """A map and, maybe, an activation, at one place of a network.

    Parameters
    ----------
    name : str
        Unique within the network.
    layer : Layer
    activation : Activation
    inputs : tuple of str
        Names of the nodes whose outputs the layer reads.

    Raises
    ------
    StructureError
        When it is made, if the activation's numbers are not those of the layer's channels.
    """

    name: str
    layer: Layer
    activation: Activation = Activation.LINEAR
    inputs: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not (isinstance(self.activation, Activation) and isinstance(self.layer, Layer)):
            return  # Files may hold anything; whoever reads one checks the types.
        for option, value in vars(self.activation).items():
            channels = self.layer.output_shape[-1] if isinstance(value, tuple) else 0
            if channels and len(value) not in (1, channels):
                raise StructureError(
                    f"Node '{self.name}': {type(self.activation).__name__}.{option} has "
                    f"{len(value)} numbers; accepted: one for all, or one for each of {channels} "
                    "channels."
                )

    def __str__(self) -> str:
        shape = " x ".join(map(str, self.layer.output_shape))
        sources = ", ".join(self.inputs)
        return f"{self.name}: {self.layer.kind}({sources}) -> {shape}, {self.activation.label}"
