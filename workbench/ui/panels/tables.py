"""Tables: what the network consists of, what became of it, and what the sample cost."""

from __future__ import annotations

import ipywidgets as widgets

from workbench.plot.palette import layer_colours
from workbench.ui import explained_cells as tables
from workbench.ui.binding import Context
from workbench.ui.panels.tab_page import TabPage
from workbench.ui.widgets import ExplainedTable

NOTHING = (
    "The tables of this tab come with the first run: layers with their parameters, neurons and "
    "synapses, what each layer became, and what a sample costs. Press <b>Run</b>."
)


class TablesPanel:
    """Counts, what layers became, populations, steps of the conversion, and cost."""

    def __init__(self, context: Context):
        self.context = context
        self.counts = ExplainedTable()
        self.populations = ExplainedTable()
        self.trace = ExplainedTable()
        self.report = ExplainedTable()
        self.cost = ExplainedTable()
        self.nothing = widgets.HTML(f'<p class="swb-note">{NOTHING}</p>')
        tables_of_all = [self.counts, self.cost, self.report, self.populations, self.trace]
        self.box = widgets.VBox([self.nothing, *tables_of_all])
        self.box.add_class("swb-page-box")
        self._shown: tuple[object, ...] = ()
        context.watch(["converted"], self.show_conversion, later=True)
        context.watch(["loaded"], self.show_network)
        context.watch(["sample_run"], self.show_cost, later=True)

    def _colours(self) -> dict[str, str]:
        spiking = self.context.state.spiking
        if spiking is None:
            return {}
        return layer_colours(spiking.layers, origins=spiking.origins)

    def show_network(self) -> None:
        """Show the counts of a newly opened network."""
        network, colours = self.context.state.analog, self._colours()
        spiking = self.context.state.spiking
        shown = (id(network), tuple(colours))
        self.nothing.layout.display = "" if network is None else "none"
        if network is not None and shown != self._shown:
            self._shown = shown
            known = {} if spiking is None else spiking.origins
            self.counts.show(tables.counts_table(network, colours, known))

    def show_conversion(self) -> None:
        """Show what the layers became, and colour the network's table alike."""
        spiking = self.context.state.spiking
        if spiking is None:
            return
        self.show_network()
        self.report.show(tables.report_table(spiking))
        self.populations.show(tables.populations_table(spiking, self._colours()))
        self.trace.show(tables.trace_table(spiking))

    def show_cost(self) -> None:
        """Show what the finished run cost."""
        run = self.context.state.sample_run
        if run is not None and run.operations is not None:
            self.cost.show(tables.cost_table(run, run.colours))


def tables_panel(context: Context) -> widgets.VBox:
    """All tables, one below the other."""
    return TablesPanel(context).box


NETWORK = TabPage("Network", tables_panel)
