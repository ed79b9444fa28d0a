"""What a convolution and a dense layer take of a chip's cores, and which limit they break."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import ClassVar

import numpy as np

from workbench.exporters.loihi.chip_integers import quantize
from workbench.exporters.loihi.chip_resources import Resources, chip_named, resources
from workbench.exporters.loihi.layer_chain import ChainLayer
from workbench.exporters.loihi.resource_map import core_table
from workbench.plot.core_bars import CoresPlot
from workbench.plot.palette import layer_colours
from workbench.plot.style import counted
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.counting_explorer import convolution_controls, convolution_network
from workbench.teaching.explorer import Explorer, Plot

LAYERS = ("convolution", "dense")
CHIP_NAMES = {"loihi1": "Loihi 1", "loihi2": "Loihi 2"}


def placed(
    *, size: int, kernel: int, filters: int, stride: int, outputs: int, chip: str = "loihi1"
) -> Resources:
    """Return what an image, a convolution and a dense layer take of a chip.

    Parameters
    ----------
    size, kernel : int
        Pixels along a side.
    filters, stride, outputs : int
    chip : "loihi1" or "loihi2"
    """
    network = convolution_network(size, kernel, filters, stride, "valid", outputs)
    maps = (network[name].layer.replace(bias=None) for name in ("conv", "dense"))
    chain = tuple(
        ChainLayer(name, each, np.zeros(each.output_shape[-1]), 1.0)
        for name, each in zip(LAYERS, maps, strict=True)
    )
    return resources(quantize(chain), chip_named(chip))


class CoresExplorer(Explorer):
    """Put a convolution and a dense layer on a chip.

    Parameters
    ----------
    **values
        chip, size, kernel, filters, stride, outputs.
    """

    title: ClassVar[str] = "Room on a chip"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "chip": Choice("Chip", "The chip whose limits count.", "loihi1", CHIP_NAMES),
            **convolution_controls(size=28, kernel=5),
            "outputs": Number(
                "Outputs", "Neurons of the dense layer.", 64, places(1, 256, 1), integer=True
            ),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return how full cores are; limits are a table."""
        self._cores = CoresPlot(280)
        self._cores.figure.xaxis.axis_label = "core"
        self._cores.figure.yaxis.axis_label = "share of the limit"
        return (
            Plot(
                "One bar per core, one row per resource; dashed: the limit; hatched: beyond it",
                self._cores.figure,
            ),
            Plot("The fullest core of each layer", None),
        )

    def show(self) -> Sequence[str]:
        """Place the layers."""
        values = {name: value for name, value in self.values.items() if name != "chip"}
        found = placed(chip=str(self.values["chip"]), **values)
        table = core_table([asdict(core) for core in found.cores], asdict(found.chip))
        self._cores.update(table, layer_colours(LAYERS))
        totals = found.totals
        verdict = "It fits."
        if found.violations:
            # Without the remedies: to find one is an exercise.
            told = " ".join(
                f"{each.layer}: {html.escape(each.limit)} {each.value:,}, allowed {each.allowed:,}."
                for each in found.violations
            )
            verdict = f"<b>It does not fit.</b> {told}"
        return (
            f"{totals['compartments']:,} neurons and {totals['synapses']:,} synapses on "
            f"{counted(totals['cores'], 'core')} of {found.chip.cores}. {verdict}",
            _limits(found),
        )


def _limits(found: Resources) -> str:
    """Return what each layer's fullest core holds, beside what a core can hold."""
    chip = found.chip
    rows = {
        "Neurons": ("compartments_per_core", chip.core_compartments),
        "Synapse bytes": ("synapse_bytes_per_core", chip.core_synapse_bytes),
        "Input axons": ("input_axons_per_core", chip.core_input_axons),
        "Output axons": ("output_axons_per_core", chip.core_output_axons),
    }
    lines = []
    for title, (held, limit) in rows.items():
        cells = []
        for use in found.layers:
            value = getattr(use, held)
            over = limit is not None and value > limit
            cells.append(
                f"<td class='swb-count'>{'<b>✗ ' if over else ''}{value:,}{'</b>' * over}</td>"
            )
        allowed = "none published" if limit is None else f"{limit:,}"
        lines.append(
            f"<tr><th scope='row'>{title}</th>{''.join(cells)}"
            f"<td class='swb-count'>{allowed}</td></tr>"
        )
    head = "".join(f"<th scope='col' class='swb-count'>{name}</th>" for name in LAYERS)
    return (
        "<div class='swb-lesson-scroll'><table class='swb-lesson-table'><thead><tr><th></th>"
        f"{head}<th scope='col' class='swb-count'>limit</th></tr></thead>"
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
