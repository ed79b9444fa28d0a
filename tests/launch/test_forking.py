"""Kernels that are forks: that they start, are told apart, are told to stop, and end."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from jupyter_client.blocking import BlockingKernelClient
from jupyter_client.manager import KernelManager

from workbench.launch import forking
from workbench.launch.access import TOKEN
from workbench.launch.forking import OWN_KERNEL, forked_kernels
from workbench.ui.demos.catalogue import DEMOS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kernels are forked on Linux alone")

PATIENCE_S = 120

# Loaded when somebody opens a file, or asks for an engine or an export, that needs it.
HEAVY = ("tensorflow", "keras", "torch", "brian2", "onnx", "onnxruntime", "h5py", "nir", "nest",
         "matplotlib", "sympy", "jedi")  # fmt: skip

FIRST_RUN = """
import workbench as wb
bench = wb.Workbench("lenet")
assert bench.wait(120), bench.state.status
kind = bench.state.status.kind
bench.state.percentile = 99.5
assert bench.wait(120), bench.state.status
"""


@contextmanager
def kernel(specification: dict[str, Any]) -> Iterator[tuple[KernelManager, BlockingKernelClient]]:
    """Start a kernel as Jupyter does from its specification."""
    manager = KernelManager()
    # Sockets in a folder of its own: a port is free when it is chosen, and taken by another test
    # when the kernel opens it.
    folder = tempfile.mkdtemp(prefix="kernel-")
    manager.transport, manager.ip = "ipc", str(Path(folder) / "channel")
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv = list(specification.get("argv", OWN_KERNEL))
    manager.kernel_spec.env = dict(specification["env"])
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=PATIENCE_S)
        yield manager, client
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
        manager.cleanup_resources()
        shutil.rmtree(folder)


def value_of(client: BlockingKernelClient, expression: str, code: str = "") -> Any:
    """Run code in a kernel and return the value of an expression after it."""
    reply = client.execute(
        f"{code}\nimport json",
        user_expressions={"value": f"json.dumps({expression})"},
        silent=True,
        reply=True,
        timeout=PATIENCE_S,
    )["content"]
    assert reply["status"] == "ok", reply
    told = reply["user_expressions"]["value"]
    assert told["status"] == "ok", told
    return json.loads(told["data"]["text/plain"][1:-1])


def wait_until(holds: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


LIGHT = "tempfile:gettempdir"
"""Something to preload that finds out where temporary files lie."""


@pytest.fixture(scope="module")
def specification() -> Iterator[dict[str, Any]]:
    """Kernels that are forks of a process that has loaded little."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forking, "PRELOAD", LIGHT)
        patch.setenv(TOKEN, "secret of who starts the server")
        with forked_kernels({}) as told:
            yield told


@pytest.fixture(scope="module")
def ran() -> Iterator[BlockingKernelClient]:
    """A viewer's kernel after its first run."""
    with (
        forked_kernels({"SNN_WORKBENCH_DASHBOARD": "1"}) as specification,
        kernel(specification) as (_, client),
    ):
        kind = value_of(client, "kind", FIRST_RUN)
        assert kind == "done"
        yield client


def test_a_viewers_kernel_holds_no_heavy_library(ran: BlockingKernelClient) -> None:
    modules = "sorted(set(name.split('.')[0] for name in sys.modules))"
    assert not set(HEAVY) & set(value_of(ran, modules, "import sys"))
    for name in DEMOS:
        code = f"demo = wb.demo({name!r}, test_samples=2)\nended = demo.wait(120)\ndemo.close()"
        assert value_of(ran, "ended", code) is True
        assert not set(HEAVY) & set(value_of(ran, modules)), name


def test_a_fork_shares_what_was_loaded_before_it(ran: BlockingKernelClient) -> None:
    parent = value_of(ran, "open(f'/proc/{os.getppid()}/cmdline').read()", "import os")
    assert "workbench.launch.fork_server" in parent


def test_a_fork_has_environment_folder_and_widgets_of_a_kernel(
    ran: BlockingKernelClient,
) -> None:
    assert value_of(ran, "os.getcwd()", "import os") == str(Path.cwd())
    assert value_of(ran, "os.environ['OPENBLAS_NUM_THREADS']") == os.environ.get(
        "OPENBLAS_NUM_THREADS", "1"
    )
    targets = value_of(ran, "sorted(get_ipython().kernel.comm_manager.targets)")
    assert {"jupyter.widget", "jupyter.widget.control"} <= set(targets)


def test_forks_draw_different_numbers_and_do_not_see_each_other(
    ran: BlockingKernelClient, specification: dict[str, Any]
) -> None:
    draw = "[os.getpid(), random.random(), np.random.rand(), 'bench' in globals()]"
    code = "import os, random, numpy as np"
    with kernel(specification) as (_, other):
        first, second = value_of(ran, draw, code), value_of(other, draw, code)
    assert all(a != b for a, b in zip(first, second, strict=True))
    assert [first[3], second[3]] == [True, False]


def test_a_fork_is_interrupted_and_ends_when_told(specification: dict[str, Any]) -> None:
    with kernel(specification) as (manager, client):
        pid = value_of(client, "os.getpid()", "import os")
        asked = client.execute("print('here', flush=True)\nwhile True: pass")
        while client.get_iopub_msg(timeout=PATIENCE_S)["msg_type"] != "stream":
            pass
        manager.interrupt_kernel()
        reply = client.get_shell_msg(timeout=PATIENCE_S)
        assert reply["parent_header"]["msg_id"] == asked
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        manager.shutdown_kernel()
        wait_until(lambda: not is_alive(pid))


def test_a_fork_ends_when_jupyter_kills_what_it_has_started(specification: dict[str, Any]) -> None:
    with kernel(specification) as (manager, client):
        pid = value_of(client, "os.getpid()", "import os")
        started = manager.provisioner.process  # type: ignore[union-attr]
        started.kill()
        wait_until(lambda: not is_alive(pid))


def test_the_end_of_a_fork_is_the_end_of_what_jupyter_has_started(
    specification: dict[str, Any],
) -> None:
    with kernel(specification) as (manager, client):
        started = manager.provisioner.process  # type: ignore[union-attr]
        os.kill(value_of(client, "os.getpid()", "import os"), signal.SIGKILL)
        wait_until(lambda: started.poll() is not None)
        assert started.poll() == 128 + signal.SIGKILL


def test_forks_end_with_their_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "PRELOAD", LIGHT)
    with forked_kernels({}) as specification, kernel(specification) as (_, client):
        pid, parent = value_of(client, "[os.getpid(), os.getppid()]", "import os")
        os.kill(parent, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))


def test_a_kernel_starts_by_itself_where_no_server_answers(
    specification: dict[str, Any], tmp_path: Path
) -> None:
    *start, _place, module, name, option, file = specification["argv"]
    alone = {**specification, "argv": [*start, str(tmp_path / "none"), module, name, option, file]}
    with kernel(alone) as (manager, client):
        assert value_of(client, "os.getpid()", "import os") == manager.provisioner.process.pid  # type: ignore[union-attr]


def test_a_kernel_starts_by_itself_where_preloading_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forking, "PRELOAD", "workbench.errors:no_such_function")
    with forked_kernels({}) as specification, kernel(specification) as (manager, client):
        assert value_of(client, "os.getpid()", "import os") == manager.provisioner.process.pid  # type: ignore[union-attr]


def test_only_this_account_reaches_the_server(specification: dict[str, Any]) -> None:
    place = Path(next(part for part in specification["argv"] if part.endswith("/socket")))
    assert place.parent.stat().st_mode & 0o077 == 0


def test_forks_do_not_know_the_token(specification: dict[str, Any]) -> None:
    # Jupyter starts kernels without it, but here this process has it.
    clean = {**specification, "env": {**specification["env"], TOKEN: ""}}
    with kernel(clean) as (_, client):
        code = "import os\nstarted = open('/proc/self/environ').read()"
        assert value_of(client, f"'{TOKEN}' in started", code) is False


@pytest.mark.slow
def test_a_fork_has_its_own_temporary_folder(specification: dict[str, Any], tmp_path: Path) -> None:
    own = {**specification, "env": {**specification["env"], "TMPDIR": str(tmp_path)}}
    with kernel(own) as (_, client):
        assert value_of(client, "tempfile.gettempdir()", "import tempfile") == str(tmp_path)


@pytest.mark.slow
def test_the_server_imports_nothing_from_the_folder_it_is_started_in(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "ipykernel.py").write_text("raise SystemExit('not the one that is meant')")
    monkeypatch.setattr(forking, "PRELOAD", LIGHT)
    with monkeypatch.context() as patch:
        patch.chdir(tmp_path)
        served = forked_kernels({})
        specification = served.__enter__()
    try:
        with kernel(specification) as (manager, client):
            pid, path = value_of(client, "[os.getpid(), sys.path]", "import os, sys")
            started = manager.provisioner.process  # type: ignore[union-attr]
            assert pid != started.pid  # a fork
            assert str(tmp_path) not in path
            assert "" in path  # where the notebook lies
    finally:
        served.__exit__(None, None, None)


@pytest.mark.slow
def test_a_client_that_talks_nonsense_harms_nobody(specification: dict[str, Any]) -> None:
    place = next(part for part in specification["argv"] if part.endswith("/socket"))
    code = (
        "import socket, sys\n"
        "for said in (b'', b'x', b'{\\n', b'[]\\n', b'{\"argv\": 1}\\n'):\n"
        "    with socket.socket(socket.AF_UNIX) as s:\n"
        "        s.connect(sys.argv[1]); s.sendall(b'3' + said)\n"
        "        s.shutdown(socket.SHUT_WR); assert s.recv(1) == b''\n"
    )
    subprocess.run([sys.executable, "-c", code, place], check=True, timeout=PATIENCE_S)
    with kernel(specification) as (_, client):
        assert value_of(client, "1 + 1") == 2
