"""Accuracy and energy against time, for digits and for clothes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
from bokeh.models.annotations import Legend, Span

from workbench.analysis.energy import microjoules
from workbench.plot.palette import ANALOG, LAYERS
from workbench.plot.style import axis_range, counted, empty, make_figure, set_range
from workbench.teaching.bills import BILLS, IMAGES, LONGEST, NETWORKS, SETTINGS, Measured, measured
from workbench.teaching.controls import Choice, Control, Number, places
from workbench.teaching.explorer import Explorer, Plot

COLOURS = {"digits": LAYERS[1], "clothes": LAYERS[0]}
MARKERS = {"digits": "square", "clothes": "circle"}

LEAST_SHOWN = 2.0
"""The axis of energy shows at least this many times that of the analog network."""


class TradeoffExplorer(Explorer):
    """Choose when the answer is read, and see what is right by then and what it has cost.

    Parameters
    ----------
    **values
        settings, steps, bill.
    """

    title: ClassVar[str] = "What can you afford?"
    controls: ClassVar[Mapping[str, Control]] = MappingProxyType(
        {
            "settings": Choice(
                "Settings",
                "Of the conversion, the same for both networks.",
                "repaired",
                {
                    "default": "percentile 99.9 (default)",
                    "repaired": "percentile 95, initial potential 0.5",
                },
            ),
            "steps": Number(
                "Steps T", "When the answer is read.", 12, places(1, LONGEST, 1), integer=True
            ),
            "bill": Choice("Charged", "What both networks pay for.", "arithmetic", BILLS),
        }
    )

    def make(self) -> Sequence[Plot]:
        """Return accuracy against time, energy against time, and a table."""
        self._known: dict[tuple[str, str, str], np.ndarray] = {}
        self.accuracy = make_figure(
            height=250, x_range=axis_range(0, LONGEST), y_range=axis_range(0, 103)
        )
        self.accuracy.yaxis.axis_label = "right answers (%)"
        self.energy = make_figure(
            height=250, x_range=axis_range(0, LONGEST), y_range=axis_range(0, LEAST_SHOWN)
        )
        self.energy.yaxis.axis_label = "energy / analog network"
        even: Any = Span(
            location=1, dimension="width", line_color=ANALOG, line_dash="dashed", line_width=2
        )
        self.energy.add_layout(even)
        self._sources: dict[tuple[str, str], tuple[Any, Any]] = {}
        self._analog: dict[str, Any] = {}
        for name, plot in (("accuracy", self.accuracy), ("energy", self.energy)):
            items = []
            for kind, colour in COLOURS.items():
                course, now = self._sources[name, kind] = empty("x", "y"), empty("x", "y")
                line = plot.line("x", "y", source=course, line_color=colour, line_width=2.5)
                mark = plot.scatter(
                    "x", "y", source=now, size=11, color=colour, marker=MARKERS[kind]
                )
                items.append((kind, [line, mark]))
                if name == "accuracy":
                    self._analog[kind] = Span(
                        dimension="width", line_color=colour, line_dash="dashed", line_width=1.5
                    )
                    plot.add_layout(self._analog[kind])
            plot.xaxis.axis_label = "time (steps)"
            legend: Any = Legend(
                items=items, orientation="horizontal", border_line_color=None,
                background_fill_color=None, label_text_font_size="12px", margin=0,
            )  # fmt: skip
            plot.add_layout(legend, "below")
        return (
            Plot("Accuracy against time; dashed: the analog networks", self.accuracy),
            Plot("Energy against time; dashed: as much as the analog network", self.energy),
            Plot("Per image at this time; MACs and energy of the analog network beside it"),
        )

    def show(self) -> Sequence[str]:
        """Look the chosen time up in runs that were measured once."""
        settings, bill = str(self.values["settings"]), str(self.values["bill"])
        steps = int(self.values["steps"])
        time = np.arange(1, LONGEST + 1)
        runs = {kind: measured(kind, SETTINGS[settings]) for kind in NETWORKS}
        ratios = {}
        for kind, run in runs.items():
            self._analog[kind].location = 100 * run.analog_right / IMAGES
            ratios[kind] = self._ratios(kind, settings, bill, run)
            for name, course in (
                ("accuracy", 100 * run.right / IMAGES),
                ("energy", ratios[kind]),
            ):
                line, now = self._sources[name, kind]
                line.data = {"x": time, "y": course}
                now.data = {"x": [steps], "y": [course[steps - 1]]}
        most = max(ratio[steps - 1] for ratio in ratios.values())
        set_range(self.energy.y_range, 0, max(LEAST_SHOWN, 1.15 * most))
        return (
            "After " + counted(steps, "step") + ": " + ", ".join(
                f"{kind} <b>{run.right[steps - 1]}</b> of {IMAGES} right (analog "
                f"{run.analog_right})" for kind, run in runs.items()
            ) + ".",
            " ".join(self._until(kind, ratio) for kind, ratio in ratios.items())
            + _opponent(runs["clothes"], bill, steps),
            _table(runs, bill, steps),
        )  # fmt: skip

    def _ratios(self, kind: str, settings: str, bill: str, run: Measured) -> np.ndarray:
        key = kind, settings, bill
        if key not in self._known:
            bills = np.array([run.bill(bill, steps + 1) for steps in range(LONGEST)])
            self._known[key] = bills[:, 0] / bills[:, 1]
        return self._known[key]

    @staticmethod
    def _until(kind: str, ratio: np.ndarray) -> str:
        cheap = int(np.flatnonzero(ratio < 1).max(initial=-1)) + 1
        if cheap == len(ratio):
            return f"{kind.capitalize()}: cheaper than the analog network in all {cheap} steps."
        if not cheap:
            return f"{kind.capitalize()}: never cheaper than the analog network."
        return f"{kind.capitalize()}: cheaper for up to {counted(cheap, 'step')}."


def _opponent(run: Measured, bill: str, steps: int) -> str:
    """Say what the analog network is, where that depends on the steps."""
    if bill == "arithmetic":
        return ""
    return (
        f" The analog network has 8-bit weights, and activations of "
        f"{counted(run.opponent_bits(steps), 'bit')}: enough for what {counted(steps, 'step')} "
        "can say."
    )


def _table(runs: Mapping[str, Measured], bill: str, steps: int) -> str:
    head = "".join(
        f"<th scope='col' class='swb-count'>{name}</th>"
        for name in ("", "SynOps", "MACs", "energy", "analog", "ratio")
    )
    rows = []
    for kind, run in runs.items():
        own, other = run.bill(bill, steps)
        cells = (
            f"{run.synops(steps) / 1e6:.2f} M",
            f"{run.network.totals.macs / 1e6:.2f} M",
            microjoules(own),
            microjoules(other),
            f"<b>{own / other:.2f}</b>",
        )
        row = "".join(f"<td class='swb-count'>{cell}</td>" for cell in cells)
        rows.append(f"<tr><th scope='row'>{kind}</th>{row}</tr>")
    return (
        "<div class='swb-lesson-scroll'><table class='swb-lesson-table'>"
        f"<tr>{head}</tr>{''.join(rows)}</table></div>"
    )
