"""What a regression says against what would be right."""

from __future__ import annotations

from typing import Any

import numpy as np
from bokeh.models import HoverTool, LinearColorMapper
from numpy.typing import ArrayLike

from workbench.network.graph import Network
from workbench.plot.from_run import RunLike, checked_run
from workbench.plot.palette import ANALOG, OUTPUT, shades
from workbench.plot.scatter import POINTS, density
from workbench.plot.style import axis_range, empty, make_figure, set_range, titled
from workbench.util.labels import target_values


class TargetScatter:
    """The figure and what is needed to bring it up to date.

    Parameters
    ----------
    height : int
        Pixels.
    """

    def __init__(self, height: int = 320):
        self.figure = make_figure(
            height=height, name="targets", x_range=axis_range(0, 1), y_range=axis_range(0, 1)
        )
        names = ("target", "value", "sample", "output")
        self.snn, self.ann = empty(*names), empty(*names)
        self.snn.name = "targets"
        self.line = empty("x", "y")
        self.image = empty("image", "x", "size")
        self.figure.line(
            "x", "y", source=self.line, line_dash="dashed", line_color=ANALOG, line_width=1.5
        )
        mapper: Any = LinearColorMapper(
            palette=["#00000000", *shades(OUTPUT, 7)], low=-0.5, high=7.5
        )
        self.figure.image(
            "image", x="x", y="x", dw="size", dh="size", source=self.image, color_mapper=mapper
        )
        self.figure.scatter(
            "target", "value", source=self.ann, size=5, color=ANALOG, alpha=0.55, line_color=None,
            legend_label="ANN",
        )  # fmt: skip
        self.drawn = self.figure.scatter(
            "target", "value", source=self.snn, size=6, color=OUTPUT, alpha=0.7, line_color=None,
            legend_label="SNN",
        )  # fmt: skip
        hover: Any = HoverTool(
            renderers=[self.drawn],
            tooltips=[
                ("sample", "@sample"), ("output", "@output"), ("target", "@target{0.0000}"),
                ("SNN", "@value{0.0000}"),
            ],
        )  # fmt: skip
        self.figure.add_tools(hover)
        legend = self.figure.legend[0]
        legend.update(
            location="top_left", label_text_font_size="12px", border_line_color=None,
            background_fill_alpha=0.0, margin=2, padding=2,
        )  # fmt: skip
        self.figure.xaxis.axis_label, self.figure.yaxis.axis_label = "target", "output"

    def update(self, targets: np.ndarray, snn: np.ndarray, ann: np.ndarray | None) -> None:
        """Show the outputs of a regression; shape (samples, outputs) each.

        Of more than 4,000 values, the density of the spiking network's is shown alone.
        """
        both = [targets, snn] if ann is None else [targets, snn, ann]
        low = float(min(part.min(initial=0.0) for part in both))
        high = float(max(part.max(initial=0.0) for part in both))
        room = 0.04 * (high - low) or 1.0
        ends = low - room, high + room
        for shown in (self.figure.x_range, self.figure.y_range):
            set_range(shown, *ends)
        self.line.data = {"x": list(ends), "y": list(ends)}
        few = targets.size <= POINTS
        for source, values in ((self.snn, snn), (self.ann, ann)):
            source.data = _points(targets, values if few else None)
        picture = density(targets.reshape(-1), snn.reshape(-1), ends)
        self.image.data = (
            {"image": [], "x": [], "size": []}
            if few
            else {"image": [picture], "x": [ends[0]], "size": [ends[1] - ends[0]]}
        )


def _points(targets: np.ndarray, values: np.ndarray | None) -> dict[str, np.ndarray]:
    if values is None:
        targets = values = targets[:0]
    sample, output = np.indices(targets.shape).reshape(2, -1)
    return {
        "target": targets.reshape(-1).astype(np.float64),
        "value": values.reshape(-1).astype(np.float64),
        "sample": sample,
        "output": output,
    }


def target_scatter(run: RunLike, targets: ArrayLike, ann: Network | None = None) -> Any:
    """Draw the outputs of a regression after the last step against their targets.

    Parameters
    ----------
    run : Run
    targets : array_like, shape (samples,) or (samples, outputs)
        Of the run's samples.
    ann : Network, optional
        The analog network, whose outputs are gray points.

    Returns
    -------
    bokeh.plotting.figure
        A point per sample and output; on the dashed line both are equal. More than 4,000 points
        are drawn as their density.

    Raises
    ------
    DataError
        If targets do not fit the run.
    """
    run = checked_run(run)
    wanted = target_values(targets, run.recording.samples, run.recording.network.classes)
    snn = run.outputs().reshape(wanted.shape)
    plot = TargetScatter()
    plot.update(wanted, snn, None if ann is None else ann.forward(run.x).reshape(wanted.shape))
    return titled(plot.figure, target_title(wanted, snn))


def target_title(targets: np.ndarray, snn: np.ndarray) -> str:
    """Say how far outputs are off."""
    error = float(np.sqrt(((snn - targets) ** 2).mean())) if targets.size else 0.0
    return f"Root mean squared error {error:.3g}"
