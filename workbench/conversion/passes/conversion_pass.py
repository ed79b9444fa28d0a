"""What a pass is: a rewrite of an analog network, and what it says of itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from workbench.errors import ConversionError
from workbench.network.graph import Network

Kept = Literal["to the bit", "within float32 rounding", "approximately"]


@dataclass(frozen=True, eq=False)
class Pass:
    """A rewrite of an analog network, never in place.

    A function becomes a pass by ``@partial(Pass, does=..., outputs=...)``; its name, a verb phrase,
    is the name of the pass. What a pass may ask of layers stands in
    `workbench.network.closed_forms`: it changes nothing about a layer that says nothing of itself.

    Parameters
    ----------
    rewrite : function of a Network to a Network
    does : str
        What it does, for readers of the documentation; goes on with "It".
    outputs : {"to the bit", "within float32 rounding", "approximately"}
        How well it keeps the outputs. A pass that keeps them only approximately is not exact.
    expects : str
        What other passes should have done before, in words; "" for nothing.
    guarantees : str
        What holds afterwards, besides what `outputs` says.
    when, unless : mapping of str to object
        Settings of `Conversion` with which it runs, and with which it does not.
    joins : str
        How the report calls it when a layer becomes a part of another one.
    """

    rewrite: Callable[..., Network]
    does: str
    outputs: Kept
    expects: str = ""
    guarantees: str = ""
    when: Mapping[str, object] = field(default_factory=dict)
    unless: Mapping[str, object] = field(default_factory=dict)
    joins: str = "joined to"

    @property
    def name(self) -> str:
        """Verb phrase: "fold padding"."""
        return self.rewrite.__name__.replace("_", " ")

    @property
    def exact(self) -> bool:
        """Whether outputs change by no more than float32 rounding."""
        return self.outputs != "approximately"

    def runs_with(self, settings: Mapping[str, object]) -> bool:
        """Whether a conversion with these settings runs it."""
        return all(settings[name] == value for name, value in self.when.items()) and not any(
            settings[name] == value for name, value in self.unless.items()
        )

    def __call__(self, network: Network, **facts: float) -> Network:
        """Return the rewritten network.

        Parameters
        ----------
        network : Network
            Stays as it is.
        **facts
            What the pass must know besides, from statistics of the calibration data.

        Raises
        ------
        ConversionError
            If the inputs or outputs have another shape afterwards.
        """
        after = self.rewrite(network, **facts)
        ends = [(n.input_shape, n.output.layer.output_shape) for n in (network, after)]
        if ends[0] != ends[1]:
            raise ConversionError(
                f"The pass '{self.name}' changed the shapes of the inputs and outputs of network "
                f"'{network.name}' from {ends[0]} to {ends[1]}. A pass must keep them; please "
                "report this network."
            )
        return after

    def __repr__(self) -> str:
        return f"Pass('{self.name}', outputs kept {self.outputs})"


class Stage(NamedTuple):
    """A network after a step of the conversion, and what the step did to its outputs.

    Parameters
    ----------
    name : str
        Of the pass, or of another step.
    kind : {"exact", "approximate", "measured"}
    deviation : float
        Of the outputs on calibration samples, relative to the largest.
    remark : str
    network : Network
        After the step.
    """

    name: str
    kind: str
    deviation: float
    remark: str
    network: Network
