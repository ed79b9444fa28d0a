"""Kernels that are forks of one process, which has imported and compiled what all of them need.

A kernel that starts by itself takes seconds of a processor and some 250 MB, nearly all of it the
same as in every other kernel. A fork starts at once, and shares those pages with the others until
it writes to them. Linux alone forks safely what has loaded so much; elsewhere, or where anything
goes wrong, kernels start by themselves.

`workbench.launch.fork_server` is the process that is forked. Jupyter starts
`workbench.launch.fork_client` in the place of a kernel.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from workbench.launch import fork_client
from workbench.launch.access import environment_without_token

OWN_KERNEL = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
"""The command that starts a kernel of this Python."""

PRELOAD = "workbench.ui.preload:preload"
"""What the process that is forked does first."""

LEAN = {
    # Many kernels share few cores: threads of their own for products of matrices only cost.
    "OPENBLAS_NUM_THREADS": "1",
    # glibc gives each thread a heap and keeps what they have freed: half of a viewer's memory.
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "131072",
    "MALLOC_MMAP_THRESHOLD_": "131072",
    # pandas imports pyarrow where it is installed, whose allocator would start a thread: a process
    # with threads cannot be forked.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Environment of kernels of which many run on one machine."""


@contextmanager
def forked_kernels(variables: Mapping[str, str]) -> Iterator[dict[str, object]]:
    """Run a fork server while the block runs; yield how Jupyter is to start kernels.

    Parameters
    ----------
    variables : mapping of str to str
        Environment variables that the kernels see beside those of this process.

    Yields
    ------
    dict
        "argv" and "env" of a kernel specification.
    """
    lean = {name: value for name, value in LEAN.items() if name not in os.environ}
    if sys.platform != "linux":
        yield {"env": lean}
        return
    # Only this account may enter the folder, and so ask for a kernel.
    with tempfile.TemporaryDirectory(prefix="snn-workbench-fork-") as folder:
        place = Path(folder) / "socket"
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(place))  # here, so that clients that come early wait
            listener.listen(256)
            # What a process was started with can be read in its forks, too. They need no token.
            server = subprocess.Popen(
                [
                    *(sys.executable, "-m", "workbench.launch.fork_server"),
                    *(str(listener.fileno()), PRELOAD),
                ],
                env={**environment_without_token(), **lean, **variables},
                stdin=subprocess.DEVNULL,
                pass_fds=[listener.fileno()],
                # It imports no Python files from the present folder. With -P instead, kernels
                # would not import what lies beside their notebook either.
                cwd=folder,
                # Ctrl-C is for the server of the pages, which ends its kernels in good order.
                start_new_session=True,
            )
        try:
            # Without site packages: it waits beside each kernel, and is to be small.
            client = [sys.executable, "-I", "-S", fork_client.__file__, str(place)]
            yield {"argv": client + OWN_KERNEL[1:], "env": lean}
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
