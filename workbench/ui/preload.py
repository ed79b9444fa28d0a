"""What a dashboard's viewers have in common, done once before they come."""

from __future__ import annotations

import ipywidgets

import workbench.ui.app
import workbench.ui.demos.catalogue  # noqa: F401
from workbench.settings import Conversion, Simulation
from workbench.simulation.session import never
from workbench.ui.session.pipeline import Pipeline
from workbench.ui.session.request import Request

NETWORK = "lenet"
"""Other networks run the same compiled code, and most dashboards begin with this one."""


def preload() -> None:
    """Import the workbench, and run a network so that code, samples and statistics are there.

    No thread is left running, so that the process can be forked.
    """
    # Pages ask for the states of widgets. ipywidgets sees to that when it is imported by a kernel,
    # and this is none yet.
    ipywidgets.register_comm_target()
    request = Request(NETWORK, None, Conversion(), Simulation(), sample=0, test_samples=2)
    for _result in Pipeline().run(request, never):
        pass
