"""Running a cell again closes what it made before; asked of a kernel, as a notebook asks it."""

from collections.abc import Iterator
from typing import Any

import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import start_new_kernel

MAKER = """
from workbench.ui.cells import replace_former

class Made:
    closed = False
    def close(self):
        self.closed = True

def make(kept=[]):
    made = Made()
    replace_former(made)
    kept.append(made)
    return [made.closed for made in kept]
"""


@pytest.fixture
def kernel() -> Iterator[BlockingKernelClient]:
    manager, client = start_new_kernel(startup_timeout=300)
    try:
        yield client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def run(kernel: BlockingKernelClient, code: str, **metadata: Any) -> str:
    """Run code as a cell, and return what it printed."""
    content = {"code": code, "silent": False, "store_history": True, "stop_on_error": True}
    message = kernel.session.msg("execute_request", content, metadata=metadata)
    kernel.shell_channel.send(message)
    printed = ""
    while True:
        told = kernel.get_iopub_msg(timeout=300)
        if told["parent_header"].get("msg_id") != message["header"]["msg_id"]:
            continue
        assert told["msg_type"] != "error", told["content"]
        printed += told["content"].get("text", "")
        if told["content"].get("execution_state") == "idle":
            return printed.strip()


def test_a_cell_that_runs_again_closes_what_it_made(kernel: BlockingKernelClient) -> None:
    run(kernel, MAKER)
    assert run(kernel, "make(); print(make())", cellId="a") == "[False, False]"
    assert run(kernel, "print(make())", cellId="b") == "[False, False, False]"
    assert run(kernel, "print(make())", cellId="a") == "[True, True, False, False]"
    # Without an id there is no telling one cell from another.
    assert run(kernel, "make(); print(make()[-3:])") == "[False, False, False]"
