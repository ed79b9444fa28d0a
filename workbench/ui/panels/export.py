"""Exporting the network as it is converted now."""

from __future__ import annotations

from typing import Any

import ipywidgets as widgets

from workbench.exporters.loihi.resource_map import resource_map
from workbench.plot.core_bars import CoresPlot
from workbench.plot.palette import layer_colours
from workbench.ui.binding import Context
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.cores_table import cores_table
from workbench.ui.panels.layout import escape, row
from workbench.ui.session.code import export_code, has_labels
from workbench.ui.session.results import Status
from workbench.ui.widgets import DownloadButton, ExplainedTable, replace_children

TARGETS = {
    "brian2": ("Brian2 script", "A Python script with its weights; needs brian2 and numpy only."),
    "builtin": (
        "Built-in simulator",
        "The .snn file of this workbench, and a script that runs it.",
    ),
    "loihi": ("Loihi config", "8-bit weights, resources per core, and a network file for Lava."),
    "nest": (
        "NEST script",
        "A Python script with its weights; needs nest-simulator and numpy only.",
    ),
    "nir": ("NIR graph", "A .nir file that SpikingJelly, sinabs and other frameworks read."),
    "pynn": ("PyNN script", "Approximate; PyNN runs it in NEST or Brian2."),
}

STEPPED = ("brian2", "nest", "pynn")
"""Targets whose check runs the written script for some steps."""

RUNS = {
    "builtin": "Run it in a cell of a notebook",
    "loihi": "Load it, in a Python 3.10 with Lava",
    "nir": "Load it in Python",
}
"""What the lines are for that a report gives; of other targets, they run a script."""


class ExportPanel:
    """Target, place and options; then the files, how they compare, and the line that does it."""

    def __init__(self, context: Context):
        self.context = context
        options = [(label, target) for target, (label, _) in TARGETS.items()]
        self.target = widgets.Dropdown(
            options=options,
            description="Target",
            tooltip="Simulator, format or chip that the files are for",
        )
        self.about = widgets.HTML()
        allowed = context.actions.capabilities
        self.path = widgets.Text(
            value="exported_network",
            description="Path" if allowed.files else "Name",
            tooltip="Name of the main file; the other files get the same name with other endings",
        )
        self.overwrite = widgets.Checkbox(
            description="Overwrite existing files",
            tooltip="Otherwise an export is refused if one of its files exists",
            indent=False,
        )
        self.samples = widgets.IntText(
            value=10, description="Test samples", tooltip="Samples to include"
        )
        self.steps = widgets.IntText(
            value=50,
            description="Parity steps",
            tooltip="Time steps in which the files are compared with the simulator",
        )
        self.chip = widgets.Dropdown(
            options=[("Loihi 1", "loihi1"), ("Loihi 2", "loihi2")],
            description="Chip",
            tooltip="Chip whose limits apply to cores, weights and delays",
        )
        self.lava: widgets.Text | None = None
        if allowed.interpreters:
            self.lava = widgets.Text(
                description="Lava Python",
                placeholder="path, or empty: python3.10 if it has Lava",
                tooltip="A Python 3.10 with lava-nc and lava-dl",
            )
        self.reader = widgets.Dropdown(
            options=[("nir 1.0.8 or later", "1.0.8"), ("nir 1.0.4, for sinabs", "1.0.4")],
            description="Reader",
            tooltip="Version of the nir package that will read the file",
        )
        self._own_rows = {
            row(self.steps, css="swb-export-steps"): STEPPED,
            row(self.chip, css="swb-export-chip"): ("loihi",),
            row(self.reader, css="swb-export-reader"): ("nir",),
        }
        if self.lava is not None:
            self._own_rows[row(self.lava, css="swb-export-lava")] = ("loihi",)
        button = widgets.Button(description="Export", tooltip="Write and check the files")
        button.add_class("swb-export")
        button.add_class("swb-primary")
        button.on_click(lambda _button: self._export())
        self.code = widgets.HTML()
        self.run = widgets.HTML()
        self.age = widgets.HTML()
        self.age.add_class("swb-leftover")
        self.outcome = widgets.HTML()
        self.downloads = widgets.HBox([])
        self.downloads.add_class("swb-downloads")
        self.plot = CoresPlot()
        title = widgets.HTML('<div class="swb-card-title">Cores of the chip</div>')
        self.table = ExplainedTable()
        self.cores = widgets.VBox([title, BokehPane(self.plot.figure), self.table])
        self.cores.add_class("swb-card")
        self.cores.layout.display = "none"
        form = widgets.VBox(
            [
                row(self.target, css="swb-export-target"),
                self.about,
                row(self.path, css="swb-export-path"),
                row(self.samples, css="swb-export-samples"),
                *self._own_rows,
                row(self.overwrite, css="swb-export-overwrite"),
                button,
            ]
        )
        form.add_class("swb-export-form")
        result = widgets.VBox(
            [self.age, self.outcome, self.downloads, self.cores, self.run, self.code]
        )
        result.add_class("swb-export-result")
        self.box = widgets.HBox([form, result])
        self.box.add_class("swb-page-box")
        self.box.add_class("swb-export-page")
        controls = (self.target, self.path, self.overwrite, self.samples)
        for control in filter(None, (*controls, self.steps, self.chip, self.lava, self.reader)):
            control.observe(self._on_option, "value")
        context.watch(["exported", "export_status"], self.show_outcome)
        context.watch(["exported", "network", "data", "conversion"], self.show_age)
        context.watch(["data", "loaded"], self.show_options)
        self.show_age()
        self.show_options()

    def _chosen(self) -> dict[str, Any]:
        lava = "" if self.lava is None else self.lava.value.strip()
        own = {
            **{target: {"parity_steps": self.steps.value} for target in STEPPED},
            "loihi": {"chip": self.chip.value, **({"lava_python": lava} if lava else {})},
            "nir": {"reader": self.reader.value},
        }
        return {
            "target": self.target.value,
            "path": self.path.value.strip(),
            "overwrite": self.overwrite.value,
            "samples": self.samples.value,
            **own.get(self.target.value, {}),
        }

    def _on_option(self, _change: object) -> None:
        self.context.ui.post(self.show_options, key=self)

    def _export(self) -> None:
        self.context.actions.export(**self._chosen())

    def show_options(self) -> None:
        """Show what fits the target, and the Python that does the same."""
        self.about.value = f'<p class="swb-note">{escape(TARGETS[self.target.value][1])}</p>'
        for shown, targets in self._own_rows.items():
            shown.layout.display = "" if self.target.value in targets else "none"
        chosen = self._chosen()
        if not chosen["path"]:
            self.code.value = '<p class="swb-note">Give a name for the files.</p>'
            return
        state = self.context.state
        code = export_code(**chosen, labelled=has_labels(state.data, state.loaded))
        self.code.value = (
            '<p class="swb-note">This export in Python, after the lines of the Python tab:</p>'
            f'<pre class="swb-code">{escape(code)}</pre>'
        )

    def show_age(self) -> None:
        """Say that the files are of what was set before, where they are."""
        old = self.context.state.export_outdated
        self.age.layout.display = "" if old else "none"
        self.age.value = (
            "Out of date: these files hold the network with other settings. Export again."
            if old
            else ""
        )

    def show_outcome(self) -> None:
        """Show how the last export goes on, why it was refused, or what it wrote."""
        exported, status = self.context.state.exported, self.context.state.export_status
        if exported is None or status.kind in ("busy", "error"):
            self.outcome.value = _status_line(status)
            replace_children(self.downloads, ())
            self.cores.layout.display = "none"
            self.run.value = ""
            return
        notes = "".join(f"<li>{escape(note)}</li>" for note in exported.notes)
        folder = escape(exported.folder)
        where = f"written to {folder}" if folder else "ready to be downloaded"
        label = TARGETS[exported.target][0]
        self.outcome.value = (
            f'<p class="swb-parity"><b>{label}</b> {where}.<br>'
            f"Compared with the simulator, {escape(exported.parity)}</p>"
            f'<ul class="swb-notes">{notes}</ul>'
        )
        replace_children(self.downloads, map(DownloadButton, exported.files))
        self.run.value = (
            f'<p class="swb-note">{RUNS.get(exported.target, "Run it in a terminal")}:</p>'
            f'<pre class="swb-code">{escape(exported.run)}</pre>'
        )
        self.cores.layout.display = "" if exported.target == "loihi" else "none"
        if exported.target == "loihi":
            table = resource_map(exported.files[0])
            layers = list(dict.fromkeys(table["layer"]))
            pooled = {name: name.removesuffix("_pool") for name in layers}
            colours = layer_colours(layers, origins=pooled)
            self.plot.update(table, colours)
            self.table.show(cores_table(table, colours))


def _status_line(status: Status) -> str:
    """The status here, too: the line at the head may be out of sight."""
    if status.kind == "idle":
        return ""
    text = escape(status.text).replace("\n", "<br>")
    return (
        f'<div class="swb-export-status swb-{status.kind}"><span class="swb-lamp"></span>'
        f'<span class="swb-status-text">{text}</span></div>'
    )


def export_panel(context: Context) -> widgets.HBox:
    """The export page."""
    return ExportPanel(context).box
