"""What a run would cost in energy: three figures that only together say something.

Counting additions alone flatters spiking networks: memory traffic can cost far more. So there
are always, per layer and in total:

- compute: the arithmetic alone, as most papers count it;
- with memory: a weight is read per synaptic event, each membrane is read and written in every step,
  each spike's address is written and read. An access costs what the smallest memory costs that
  holds the layer's weights and membranes;
- the quantized network of the same precision, on the same memory: the fair opponent. It has
  ``ceil(log2(levels + 1))`` bits per activation, levels being what spikes can say: the steps, the
  levels of one-shot neurons, or the steps times the parts of a threshold of multi-threshold ones.

These are estimates from published figures per operation, never a measurement.

References
----------
.. [1] M. Horowitz, "Computing's energy problem (and what we can do about it)", ISSCC 2014.
.. [2] M. Davies et al., "Loihi: a neuromorphic manycore processor with on-chip learning", IEEE
   Micro 38(1), 2018, doi:10.1109/MM.2018.112130359.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Protocol

import numpy as np
import pandas as pd

from workbench.errors import SettingsError
from workbench.network.population import Population
from workbench.network.spiking import SpikingNetwork

ACCESS_BITS = 64
"""Bits of the access that `Energy.memories` gives the energy of."""

BYTE = 8


class Length(Protocol):
    """A run of which the network and the number of steps are known, as of a `Recording`."""

    @property
    def network(self) -> SpikingNetwork: ...

    @property
    def steps(self) -> int: ...


PUBLISHED = ("event_pj", "update_pj", "spike_pj")
"""Figures that an `Energy` may leave out."""


@dataclass(frozen=True)
class Energy:
    """Energy per operation, in picojoules.

    The defaults are those of 45 nm CMOS by Horowitz (2014), scaled linearly with bits.

    Parameters
    ----------
    mac_pj, accumulate_pj : float
        Multiply-accumulate and accumulate in float32, of the compute-only figure.
    multiply_pj, add_pj : float
        Of 8-bit integers.
    memories : tuple of (bytes, picojoules)
        Memories by size, the smallest first, with the energy of a 64-bit access; the last one holds
        everything.
    weight_bits, membrane_bits, address_bits : int
        Of a weight, of a membrane potential or sum, and of the address that a spike is sent with.
    event_pj, update_pj, spike_pj : float, optional
        Of a synaptic event, the update of a neuron and a spike, memory included, where a chip's
        figures are published so; they replace arithmetic and accesses of the spiking network.
    source : str
        Where the figures come from.

    Raises
    ------
    SettingsError
        When it is made, if a figure is below zero or the memories are not in order.
    """

    mac_pj: float = 4.6
    accumulate_pj: float = 0.9
    multiply_pj: float = 0.2
    add_pj: float = 0.03
    memories: tuple[tuple[float, float], ...] = (
        (8 * 2**10, 10.0),
        (32 * 2**10, 20.0),
        (2**20, 100.0),
        (math.inf, 2000.0),
    )
    weight_bits: int = 8
    membrane_bits: int = 32
    address_bits: int = 32
    event_pj: float | None = None
    update_pj: float | None = None
    spike_pj: float | None = None
    source: str = "45 nm: Horowitz 2014, ISSCC"

    def __post_init__(self) -> None:
        figures = {field.name: getattr(self, field.name) for field in fields(self)}
        figures |= {f"memories[{number}][1]": pj for number, (_, pj) in enumerate(self.memories)}
        for name, value in figures.items():
            if name in ("memories", "source") or (value is None and name in PUBLISHED):
                continue
            if not isinstance(value, (int, float)) or not 0 <= value < math.inf:
                raise SettingsError(
                    f"Energy.{name} is {value!r}; accepted: a number of at least 0."
                )
        sizes = [size for size, _ in self.memories]
        if not sizes or sizes != sorted(sizes) or not math.isinf(sizes[-1]):
            raise SettingsError(
                f"Energy.memories has the sizes {sizes}; accepted: sizes in ascending order, the "
                "last one math.inf, as it holds everything."
            )

    def access_pj(self, stored_bits: float) -> float:
        """Energy of reading or writing one bit, where so many bits are stored."""
        size = stored_bits / BYTE
        return next(pj for most, pj in self.memories if size <= most) / ACCESS_BITS

    @property
    def integer_add_pj(self) -> float:
        """Energy of an addition to a membrane or a sum."""
        return self.add_pj * self.membrane_bits / BYTE


PRESETS: Mapping[str, Energy] = {
    "45nm": Energy(),
    "loihi": Energy(
        event_pj=23.6,
        update_pj=81.0,
        spike_pj=1.7,
        source="Loihi: Davies et al. 2018, IEEE Micro 38(1); the quantized network as for 45 nm",
    ),
}
"""Energy models by name. Loihi: of a synaptic event, of the update of an active neuron, and of a
spike within a tile, as published; a chip's own overheads are not among them."""


def energy_model(energy: Energy | str | None) -> Energy:
    """Return an energy model by its name, the default where there is none, or itself.

    Raises
    ------
    SettingsError
        If there is no such preset.
    """
    if energy is None:
        return Energy()
    if isinstance(energy, Energy):
        return energy
    if not isinstance(energy, str) or energy not in PRESETS:
        raise SettingsError(
            f"There is no energy preset {energy!r}; accepted: {', '.join(PRESETS)}, or an Energy."
        )
    return PRESETS[energy]


def neuron_updates(run: Length, population: Population, synops: float) -> float:
    """How often the neurons of a layer read and write their membrane potential, per sample.

    In every step; where layers take turns, in the steps in which they listen or send, and outputs
    only listen; in continuous time, at every event that arrives, and once for the spike.
    """
    code, levels = run.network.spike_code, run.network.conversion.levels
    if code.is_continuous:
        return synops + population.neurons if population.neurons else 0
    if not code.has_slots:
        return population.neurons * run.steps
    return population.neurons * levels * (1 if population is run.network.output else 2)


def opponent_bits(network: SpikingNetwork, population: Population, steps: int) -> int:
    """Bits of the activations of a quantized network that say as much as a layer's spikes can."""
    in_turns = network.spike_code.in_turns
    most = network.conversion.levels if in_turns else population.most_sent(steps)
    return math.ceil(math.log2(most + 1))


def layer_energy(
    run: Length,
    population: Population,
    *,
    synops: float,
    macs: int,
    spikes: float,
    energy: Energy,
) -> dict[str, float]:
    """Energy of one layer, as means per sample, in picojoules.

    Parameters
    ----------
    run : Recording or Length
    population : Population
    synops, spikes : float
        Of the layer, per sample.
    macs : int
        Of a constant input current, computed once per sample.
    energy : Energy

    Returns
    -------
    dict
        energy_pj (compute alone), energy_memory_pj and energy_ann_pj; event_pj, the part of
        energy_memory_pj that grows with the number of spikes.
    """
    network = run.network
    projections = [] if population.kind != "if" else network.incoming(population.name)
    weights = sum(layer.parameter_count for p in projections for layer in p.maps)
    units, neurons = population.size, population.neurons
    bit_pj = energy.access_pj(weights * energy.weight_bits + units * energy.membrane_bits)
    add, weight_pj = energy.integer_add_pj, energy.weight_bits * bit_pj

    multiply = energy.multiply_pj * energy.weight_bits / BYTE
    event = add + weight_pj if energy.event_pj is None else energy.event_pj
    update = add + 2 * energy.membrane_bits * bit_pj
    update = update if energy.update_pj is None else energy.update_pj
    # A graded spike also says which of its sizes it has, of either sign.
    sizes = 2 * population.largest.bit_length() if population.rule else 1
    address = energy.address_bits + math.ceil(math.log2(sizes))
    spike = 2 * address * bit_pj if energy.spike_pj is None else energy.spike_pj
    once = macs * (multiply + add + weight_pj)
    events = synops * event + spikes * spike

    # The quantized network computes every connection once, and writes and reads each activation.
    bits = opponent_bits(network, population, run.steps)
    every = sum(projection.macs for projection in projections)
    opponent = every * (energy.multiply_pj * bits / BYTE + add + weight_pj)
    opponent += units * 2 * (energy.membrane_bits + bits) * bit_pj if neurons else 0.0
    return {
        "energy_pj": macs * energy.mac_pj + synops * energy.accumulate_pj,
        "energy_memory_pj": once + events + neuron_updates(run, population, synops) * update,
        "energy_ann_pj": opponent,
        "event_pj": events,
    }


def with_total(table: pd.DataFrame, run: Length) -> pd.DataFrame:
    """Return the energy of a run: the layers, and all together in the last row.

    Parameters
    ----------
    table : DataFrame
        One row per layer: layer, spikes, and what `layer_energy` returns.
    run : Recording or Length

    Returns
    -------
    DataFrame
        layer, activity (spikes per neuron and step; per neuron in continuous time), compute_pj,
        with_memory_pj, ann_pj, ratio (with memory, to the quantized network), break_even_activity
        (at which the ratio is 1; 0 where neurons cost more than the opponent without any spike, NaN
        where none of the layer's own neurons has spiked, so that it is not known).
    """
    network = run.network
    # In continuous time there are no steps: activity is then spikes per neuron.
    steps = 1 if network.spike_code.is_continuous else run.steps
    units = [network.population(name).size for name in table["layer"]]
    rows = pd.DataFrame({"layer": table["layer"], "units": units, "spikes": table["spikes"]})
    costs = ("energy_pj", "energy_memory_pj", "energy_ann_pj", "event_pj")
    rows = rows.join(table[list(costs)])
    total = {name: rows[name].sum() for name in rows.columns if name != "layer"}
    rows = pd.concat([rows, pd.DataFrame([{"layer": "total", **total}])], ignore_index=True)
    activity = rows["spikes"] / (rows["units"] * steps)
    fixed = rows["energy_memory_pj"] - rows["event_pj"]
    with np.errstate(divide="ignore", invalid="ignore"):
        affordable = (rows["energy_ann_pj"] - fixed).clip(lower=0) / rows["event_pj"]
        ratio = rows["energy_memory_pj"] / rows["energy_ann_pj"]
        break_even = (activity * affordable).where((activity > 0) | (affordable == 0))
    return pd.DataFrame(
        {
            "layer": rows["layer"],
            "activity": activity,
            "compute_pj": rows["energy_pj"],
            "with_memory_pj": rows["energy_memory_pj"],
            "ann_pj": rows["energy_ann_pj"],
            "ratio": ratio.replace([np.inf, -np.inf], np.nan),
            "break_even_activity": break_even.replace([np.inf, -np.inf], np.nan),
        }
    )


def microjoules(picojoules: float) -> str:
    """Return an energy as tables show it: "23.5 µJ"."""
    return f"{picojoules / 1e6:,.3g} µJ"
