"""What the person in front of the workbench may do with the machine that it runs on.

A notebook in JupyterLab belongs to who opened it, with the whole machine. A page that Voila serves
belongs to who started the server, and viewers only look: they may not reach what is not theirs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

DASHBOARD = "SNN_WORKBENCH_DASHBOARD"
"""Environment variable that `snn-workbench dashboard` sets for its kernels."""

UPLOAD_LIMIT = "SNN_WORKBENCH_UPLOAD_MB"
"""Environment variable with the size of the largest upload, in megabytes."""


@dataclass(frozen=True)
class Capabilities:
    """What is allowed, given once at the start and asked where it would happen.

    Parameters
    ----------
    files : bool
        Open and write files of the machine by their paths. Without it, files come by upload,
        go by download, and lie in a temporary folder of the session between.
    interpreters : bool
        Choose a program that is run, such as the Python that has Lava.
    tracebacks : bool
        See what went wrong inside. Without it, people see a number that the server's log explains.
    machine : bool
        Choose how the machine computes, such as the engine and how many threads.
    long_work : bool
        Start work that keeps a core busy for minutes, such as tuning.
    """

    files: bool
    interpreters: bool
    tracebacks: bool
    machine: bool
    long_work: bool = True


OWNER = Capabilities(files=True, interpreters=True, tracebacks=True, machine=True)
"""Of who runs the notebook, and owns the machine."""

VIEWER = Capabilities(
    files=False, interpreters=False, tracebacks=False, machine=False, long_work=False
)
"""Of who looks at a page that somebody else serves."""


def of_this_process(environment: Mapping[str, str] | None = None) -> Capabilities:
    """Return the capabilities that follow from how this process was started.

    Voila is recognized by what it tells its kernels, so that a notebook which it serves without
    `snn-workbench dashboard` is restricted, too.

    Parameters
    ----------
    environment : mapping of str to str, optional
        The environment variables of this process by default.
    """
    variables = os.environ if environment is None else environment
    served = variables.get("SERVER_SOFTWARE", "").lower().startswith("voila")
    if served or any(name == DASHBOARD or name.startswith("VOILA_") for name in variables):
        return VIEWER
    return OWNER
