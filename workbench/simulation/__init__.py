"""Engines over one semantics, and the encodings of their input."""

from workbench.simulation.recorder import Recorder
from workbench.simulation.session import Window
from workbench.simulation.window_stream import simulate, stream, weighing

__all__ = ["Recorder", "Window", "simulate", "stream", "weighing"]
