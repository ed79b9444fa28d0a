"""Four tiles: accuracy, steps to decide, spikes per neuron, energy."""

from __future__ import annotations

from collections.abc import Sequence

import ipywidgets as widgets

from workbench.ui.binding import Context
from workbench.ui.panels.layout import escape
from workbench.ui.session.tiles import Tile, tiles

READS = ("sample_run", "accuracy", "units", "loaded", "test_samples")


ALL = ("accuracy", "decided", "spikes", "energy")


def tiles_panel(context: Context, names: Sequence[str] = ALL) -> widgets.HTML:
    """The tiles of `workbench.ui.session.tiles`, each with its explanation on hover and focus."""
    box = widgets.HTML()
    box.add_class("swb-tiles-box")

    def show() -> None:
        words = "".join(_html(tile) for tile in tiles(context.state) if tile.name in names)
        if box.value != words:
            box.value = words

    context.watch(READS, show)
    show()
    return box


def _html(tile: Tile) -> str:
    old = " swb-old-tile" if tile.old else ""
    tip = f'<span class="swb-tip" role="tooltip">{escape(tile.explanation)}</span>'
    return (
        f'<div class="swb-tile swb-tile-{tile.name}{old}" tabindex="0">'
        f'<span class="swb-tile-title">{escape(tile.title)}</span>'
        f'<span class="swb-tile-value">{escape(tile.value)}</span>'
        f'<span class="swb-tile-beside">{escape(tile.beside)}</span>'
        f"{tip if tile.explanation else ''}</div>"
    )
