"""How far a conversion is, as its generators yield it."""

from __future__ import annotations

from typing import NamedTuple

CALIBRATE = "calibrate"
"""The step in which layers are simulated."""

MEASURE = "measure activations"


class ConversionStep(NamedTuple):
    """What a conversion does now, and how far it is with that.

    Parameters
    ----------
    name : str
        A pass, such as "fold affine"; "measure activations"; a layer that is brought to the grid;
        or "calibrate".
    done, total : int
        The number of the pass or the layer, or samples done, and how many there are in all.
    of : "pass", "layer" or "samples"
    """

    name: str
    done: int
    total: int
    of: str

    def __str__(self) -> str:
        if self.of == "samples":
            return f"{self.name}, {self.done:,} of {self.total:,} samples"
        return f"{self.name}, {self.of} {self.done:,} of {self.total:,}"
