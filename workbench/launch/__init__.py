"""Start JupyterLab on the workbench notebooks, or Voila on a dashboard, on this machine alone."""

from workbench.launch.servers import dashboard, lab

__all__ = ["dashboard", "lab"]
