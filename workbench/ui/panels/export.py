"""Exporting the network as it is converted now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import ipywidgets as widgets

from workbench.exporters import all_targets, find_target
from workbench.plot.core_bars import CoresPlot
from workbench.plot.palette import layer_colours
from workbench.ui.binding import Context
from workbench.ui.bokeh_pane import BokehPane
from workbench.ui.cores_table import cores_table
from workbench.ui.panels.layout import escape, row
from workbench.ui.panels.option_fields import OptionFields
from workbench.ui.panels.tab_page import TabPage
from workbench.ui.session.code import export_code, has_labels
from workbench.ui.session.results import Status
from workbench.ui.widgets import DownloadButton, ExplainedTable, replace_children


class ExportPanel:
    """Target, place and options; then the files, how they compare, and the line that does it."""

    def __init__(self, context: Context):
        self.context = context
        allowed = context.actions.capabilities
        found = all_targets()
        self.targets = found.by_name
        self.target = widgets.Dropdown(
            options=[(each.title, name) for name, each in self.targets.items()],
            description="Target",
            tooltip="Simulator, format or chip that the files are for",
        )
        self.about = widgets.HTML()
        problems = found.problems.values() if allowed.tracebacks else ()
        self.problems = widgets.HTML(
            "".join(f'<p class="swb-note">{escape(problem)}</p>' for problem in problems)
        )
        self.problems.layout.display = "" if problems else "none"
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
        self.fields = {
            name: OptionFields(each, allowed, lambda: self._on_option(None))
            for name, each in self.targets.items()
        }
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
                self.problems,
                row(self.path, css="swb-export-path"),
                row(self.samples, css="swb-export-samples"),
                *(fields.box for fields in self.fields.values()),
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
        for control in (self.target, self.path, self.overwrite, self.samples):
            control.observe(self._on_option, "value")
        context.watch(["exported", "export_status"], self.show_outcome)
        context.watch(["exported", "network", "data", "conversion"], self.show_age, later=True)
        context.watch(["data", "loaded"], self.show_options)

    def _chosen(self) -> dict[str, Any]:
        return {
            "target": self.target.value,
            "path": self.path.value.strip(),
            "overwrite": self.overwrite.value,
            "samples": self.samples.value,
            **self.fields[self.target.value].chosen,
        }

    def _on_option(self, _change: object) -> None:
        self.context.ui.post(self.show_options, key=self)

    def _export(self) -> None:
        self.context.actions.export(**self._chosen())

    def show_options(self) -> None:
        """Show what fits the target, and the Python that does the same."""
        about = self.targets[self.target.value].about
        self.about.value = f'<p class="swb-note">{escape(about)}</p>'
        for name, fields in self.fields.items():
            fields.box.layout.display = "" if name == self.target.value else "none"
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
        target = find_target(exported.target)
        self.outcome.value = (
            f'<p class="swb-parity"><b>{escape(target.title)}</b> {where}.<br>'
            f"{escape(exported.parity)}.</p>"
            f'<ul class="swb-notes">{notes}</ul>'
        )
        replace_children(self.downloads, map(DownloadButton, exported.files))
        self.run.value = (
            f'<p class="swb-note">{escape(target.runs)}:</p>'
            f'<pre class="swb-code">{escape(exported.run)}</pre>'
        )
        self.cores.layout.display = "none" if target.cores is None else ""
        if target.cores is not None:
            table = target.cores(Path(exported.files[0]))
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


EXPORT = TabPage("Export", export_panel)
