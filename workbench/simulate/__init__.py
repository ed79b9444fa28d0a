"""Engines over one semantics, and the encodings of their input."""

from workbench.simulate.run import recorded_layers, simulate, stream
from workbench.simulate.session import Window

__all__ = ["Window", "recorded_layers", "simulate", "stream"]
