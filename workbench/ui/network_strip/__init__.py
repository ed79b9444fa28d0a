"""The network as a strip of cards whose firing is played back in the browser."""

from workbench.ui.network_strip.strip import NetworkStrip

__all__ = ["NetworkStrip"]
