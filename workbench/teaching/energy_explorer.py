"""What an energy estimate is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any, ClassVar

from bokeh.models import FactorRange
from bokeh.models.annotations import Legend

from workbench.analysis.energy import microjoules
from workbench.plot.palette import LAYERS, OUTPUT
from workbench.plot.style import axis_range, counted, empty, make_figure, set_range
from workbench.teaching.bills import (
    FREE_MEMORY,
    LONGEST,
    NETWORKS,
    SETTINGS,
    measured,
    priced,
)
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot

OPPONENT = "quantized: all"
OWN = "spiking: all"


class EnergyExplorer(Explorer):
    """Change the prices, and see what the same run costs.

    Parameters
    ----------
    **values
        images, steps, memory, weight_bits.
    """

    title: ClassVar[str] = "Where the energy goes"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "images": Choice(
                "Images", "Which network runs.", "clothes",
                {kind: f"{kind} ({name})" for kind, (name, _) in NETWORKS.items()},
            ),
            "steps": Number(
                "Steps T", "When the answer is read.", 12, places(1, LONGEST, 1), integer=True
            ),
            "memory": Number(
                "Memory", "Energy of an access, as a factor of the published one; 0 for free.",
                1.0, places(0, 2, 0.1),
            ),
            "weight_bits": Choice(
                "Bits of a weight", "In both networks.", "8",
                {bits: bits for bits in ("2", "4", "8", "16")},
            ),
        }
    )  # fmt: skip

    def make(self) -> Sequence[Plot]:
        """Return one bar for each purpose."""
        self._bars = empty("name", "arithmetic", "whole")
        names: Any = FactorRange(factors=[])
        self.figure = make_figure(height=280, x_range=axis_range(0, 1), y_range=names)
        memory = self.figure.hbar(
            y="name", left="arithmetic", right="whole", height=0.65, source=self._bars,
            fill_color=LAYERS[0], line_color=None,
        )  # fmt: skip
        arithmetic = self.figure.hbar(
            y="name", right="arithmetic", height=0.65, source=self._bars, fill_color=OUTPUT,
            line_color=None,
        )  # fmt: skip
        legend: Any = Legend(
            items=[("arithmetic", [arithmetic]), ("memory", [memory])], orientation="horizontal",
            border_line_color=None, background_fill_color=None, label_text_font_size="12px",
            margin=0,
        )  # fmt: skip
        self.figure.add_layout(legend, "below")
        self.figure.xaxis.axis_label = "energy per image (µJ)"
        self.figure.xaxis.ticker.desired_num_ticks = 4
        self.figure.yaxis.axis_label = "spent on"
        return (Plot("Estimate with memory, by what it is spent on", self.figure),)

    def show(self) -> Sequence[str]:
        """Price the counts of a run that was measured once."""
        steps = int(self.values["steps"])
        energy = priced(float(self.values["memory"]), int(self.values["weight_bits"]))
        run = measured(str(self.values["images"]), SETTINGS["repaired"])
        bars = []
        for prices in (replace(energy, memories=FREE_MEMORY), energy):
            parts = run.parts(steps, prices)
            own = sum(parts.values())
            other = run.cost(steps, prices)["energy_ann_pj"]
            bars.append({OPPONENT: other, OWN: own, **parts})
        arithmetic, whole = bars
        self.figure.y_range.factors = list(whole)[::-1]
        self._bars.data = {
            "name": list(whole),
            "arithmetic": [pj / 1e6 for pj in arithmetic.values()],
            "whole": [pj / 1e6 for pj in whole.values()],
        }
        set_range(self.figure.x_range, 0, 1.05 * max(whole.values()) / 1e6)
        share = 100 * arithmetic[OWN] / whole[OWN]
        return (
            f"Spiking {microjoules(whole[OWN])}, quantized {microjoules(whole[OPPONENT])}: "
            f"<b>{whole[OWN] / whole[OPPONENT]:.2f} times</b> as much. Arithmetic is "
            f"<b>{share:.0f} %</b> of what the spiking network needs. Activations of the quantized "
            f"network have {counted(run.opponent_bits(steps), 'bit')}: enough for what "
            f"{counted(steps, 'step')} can say.",
        )
