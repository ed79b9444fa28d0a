"""What a network takes of a chip: cores, neurons, axons, synapse memory; and what is too much.

A layer is cut into equal runs of neurons, one a core, into as few as the limits of a core
allow. Layers are placed from the last to the first, because the output axons of a core
depend on how the next layer is cut. Synapse memory counts one byte a synapse; the chip's
own index overhead and its sharing of convolution weights are not modelled.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from workbench.errors import ExportError
from workbench.exporters.loihi.chip_integers import QuantizedLayer


@dataclass(frozen=True)
class Chip:
    """Limits of a chip and of each of its cores; None where no limit is published.

    Loihi 2's synapses per core are its 120 million spread over 128 cores.
    """

    name: str
    cores: int
    neurons: int
    synapses: int
    core_compartments: int
    core_synapse_bytes: int
    core_input_axons: int | None
    core_output_axons: int | None


CHIPS = {
    "loihi1": Chip("loihi1", 128, 131_072, 128 * 131_072, 1024, 131_072, 4096, 4096),
    "loihi2": Chip("loihi2", 128, 1_000_000, 120_000_000, 8192, 937_500, None, None),
}


@dataclass(frozen=True)
class CoreUse:
    """What one core holds: neurons of one layer, from ``first_neuron`` on, and what they take."""

    layer: str
    first_neuron: int
    compartments: int
    synapse_bytes: int
    input_axons: int
    output_axons: int


@dataclass(frozen=True)
class LayerUse:
    """What one layer takes; "per core" figures are those of its fullest core."""

    cores: int
    compartments: int
    compartments_per_core: int
    synapses: int
    synapse_bytes_per_core: int
    input_axons_per_core: int
    output_axons_per_core: int


@dataclass(frozen=True)
class Violation:
    """A limit that the network breaks."""

    layer: str
    limit: str
    value: int
    allowed: int
    remedy: str

    def __str__(self) -> str:
        return f"{self.layer}: {self.limit} {self.value:,}, allowed {self.allowed:,}. {self.remedy}"


@dataclass(frozen=True)
class Resources:
    """Use per layer and per core, in the order of the layers, and the limits that are broken."""

    chip: Chip
    layers: tuple[LayerUse, ...]
    cores: tuple[CoreUse, ...]
    violations: tuple[Violation, ...]

    @property
    def totals(self) -> dict[str, int]:
        cores = sum(use.cores for use in self.layers)
        neurons = sum(use.compartments for use in self.layers)
        synapses = sum(use.synapses for use in self.layers)
        chip = self.chip
        room = ((cores, chip.cores), (neurons, chip.neurons), (synapses, chip.synapses))
        chips = max(math.ceil(taken / allowed) for taken, allowed in room)
        return {"cores": cores, "compartments": neurons, "synapses": synapses, "chips": chips}

    def as_dict(self) -> dict[str, Any]:
        """Plain data for the configuration file."""
        cores = [asdict(core) for core in self.cores]
        return {"limits": asdict(self.chip), "totals": self.totals, "cores": cores}


def chip_named(name: str) -> Chip:
    """Return a chip's limits.

    Raises
    ------
    ExportError
        If the chip is not known.
    """
    if name not in CHIPS:
        raise ExportError(f"There is no chip {name!r}; accepted: {', '.join(CHIPS)}.")
    return CHIPS[name]


def resources(layers: tuple[QuantizedLayer, ...], chip: Chip) -> Resources:
    """Place a network's layers on a chip."""
    uses: list[LayerUse] = []
    cores: tuple[CoreUse, ...] = ()
    destinations = np.ones(layers[-1].source.units, np.int64)  # The host reads the output.
    for layer in reversed(layers):
        held, destinations = _place(layer, chip, destinations)
        uses.insert(0, _summed(held))
        cores = held + cores
    found = Resources(chip, tuple(uses), cores, ())
    violations = [
        v for layer, use in zip(layers, uses, strict=True) for v in _over(layer, use, chip)
    ]
    violations += _whole_chip(found, [layer.name for layer in layers])
    return Resources(chip, tuple(uses), cores, tuple(violations))


def _place(
    layer: QuantizedLayer, chip: Chip, destinations: np.ndarray
) -> tuple[tuple[CoreUse, ...], np.ndarray]:
    """Cut a layer into cores; return them, and how many of them each input reaches.

    Parameters
    ----------
    destinations : ndarray of int64, shape (units,)
        Cores that each of the layer's own neurons sends to.
    """
    units, synapses = layer.source.units, layer.source.map.synapse_count
    cores = max(
        math.ceil(units / chip.core_compartments), math.ceil(synapses / chip.core_synapse_bytes), 1
    )
    hopeless = _broken_by_one_neuron(layer, chip, destinations)
    while True:
        cores = min(cores, units)
        held, reached = _cut(layer, cores, destinations)
        broken = {violation.limit for violation in _over(layer, _summed(held), chip)}
        if cores == units or broken <= hopeless:
            return held, reached
        cores += max(1, cores // 8)


def _broken_by_one_neuron(layer: QuantizedLayer, chip: Chip, destinations: np.ndarray) -> set[str]:
    """Limits that a core with a single neuron of the layer would still break."""
    inputs = np.zeros(layer.source.units, np.int64)
    for _, post, _ in layer.source.map.synapses():
        inputs += np.bincount(post, minlength=inputs.size)
    most = int(inputs.max())
    alone = LayerUse(1, 1, 1, most, most, most, int(destinations.max()))
    return {violation.limit for violation in _over(layer, alone, chip)}


def _cut(
    layer: QuantizedLayer, cores: int, destinations: np.ndarray
) -> tuple[tuple[CoreUse, ...], np.ndarray]:
    units = layer.source.units
    core_of = np.arange(units) * cores // units
    inputs = math.prod(layer.source.map.input_shapes[0])
    reached = np.zeros((cores, inputs), bool)
    per_core = np.zeros(cores, np.int64)
    for pre, post, _ in layer.source.map.synapses():
        reached[core_of[post], pre] = True
        per_core += np.bincount(core_of[post], minlength=cores)
    columns = (
        np.searchsorted(core_of, np.arange(cores)),
        np.bincount(core_of, minlength=cores),
        per_core,
        reached.sum(axis=1),
        np.bincount(core_of, destinations, minlength=cores),
    )
    held = tuple(CoreUse(layer.name, *map(int, row)) for row in zip(*columns, strict=True))
    return held, reached.sum(axis=0)


def _summed(held: tuple[CoreUse, ...]) -> LayerUse:
    return LayerUse(
        cores=len(held),
        compartments=sum(core.compartments for core in held),
        compartments_per_core=max(core.compartments for core in held),
        synapses=sum(core.synapse_bytes for core in held),  # a byte each
        synapse_bytes_per_core=max(core.synapse_bytes for core in held),
        input_axons_per_core=max(core.input_axons for core in held),
        output_axons_per_core=max(core.output_axons for core in held),
    )


def _over(layer: QuantizedLayer, use: LayerUse, chip: Chip) -> list[Violation]:
    """Limits of a core that a layer breaks as it is cut."""
    checks = [
        (
            "input axons per core",
            use.input_axons_per_core,
            chip.core_input_axons,
            "Each of its neurons reads that many inputs: pool more before it, or make it smaller.",
        ),
        (
            "output axons per core",
            use.output_axons_per_core,
            chip.core_output_axons,
            "Its neurons reach too many cores: make the next layer smaller.",
        ),
        (
            "bytes of synapse memory per core",
            use.synapse_bytes_per_core,
            chip.core_synapse_bytes,
            "One neuron alone has too many synapses: pool more before it, or make it smaller.",
        ),
        (
            "compartments per core",
            use.compartments_per_core,
            chip.core_compartments,
            "Make the layer smaller.",
        ),
    ]
    return [
        Violation(layer.name, limit, value, allowed, remedy)
        for limit, value, allowed, remedy in checks
        if allowed is not None and value > allowed
    ]


def _whole_chip(found: Resources, names: list[str]) -> list[Violation]:
    chip, totals = found.chip, found.totals
    checks = [
        ("cores", "cores", chip.cores),
        ("neurons", "compartments", chip.neurons),
        ("synapses", "synapses", chip.synapses),
    ]
    violations = []
    for limit, total, allowed in checks:
        taken = [int(getattr(use, total)) for use in found.layers]
        if totals[total] > allowed:
            remedy = (
                f"Use {totals['chips']} chips, or make layers smaller: "
                f"{names[int(np.argmax(taken))]} takes most, {max(taken):,}."
            )
            violations.append(Violation("the whole network", limit, totals[total], allowed, remedy))
    return violations
