"""Engines over one semantics, and the encodings of their input."""

from workbench.simulation.session import Window
from workbench.simulation.window_stream import simulate, stream

__all__ = ["Window", "simulate", "stream"]
