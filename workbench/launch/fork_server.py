"""The process whose forks are kernels: it imports what all of them need, and waits.

Run as ``python -m workbench.launch.fork_server FILE MODULE:FUNCTION``: FILE is the number of a
socket that listens, and the function does what is to be done once for all kernels. The process
has one thread, as only the thread that forks lives on in the fork, and starts nothing that a fork
could not go on with: no event loop, no sockets of ZeroMQ, no pool.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import random
import selectors
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass
class Asked:
    """What a client asks for: a kernel with these arguments, in this folder and environment."""

    argv: list[str]
    cwd: str
    env: dict[str, str]
    files: tuple[int, ...] = ()
    """Its standard input, output and error."""


class ForkServer:
    """Forks a kernel for each client, and tells the client how it ended.

    Parameters
    ----------
    listener : socket
        Where clients come.
    """

    def __init__(self, listener: socket.socket):
        self._listener = listener
        self._clients: dict[int, socket.socket] = {}
        self._kernels: dict[socket.socket, int] = {}
        self._selector = selectors.DefaultSelector()
        self._selector.register(listener, selectors.EVENT_READ)
        self._woken, self._wakes = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._selector.register(self._woken, selectors.EVENT_READ)
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, lambda *_: self._end())

    def serve(self) -> Asked:
        """Fork a kernel for each client that comes; return in each fork what was asked for."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    asked = self._fork(self._listener.accept()[0])
                    if asked is not None:
                        return asked
                elif key.fileobj == self._woken:
                    os.read(self._woken, 4096)
                elif isinstance(key.fileobj, socket.socket):
                    self._hand_on(key.fileobj)
            self._bury()

    def _fork(self, client: socket.socket) -> Asked | None:
        """Return what was asked for in the fork, and None in the server."""
        try:
            asked = received(client)
        except (OSError, ValueError, KeyError, TypeError):
            client.close()
            return None
        try:
            pid = os.fork()
        except OSError as error:  # no more processes, or no memory: then the client fails as well
            sys.stderr.write(f"No kernel was forked: {error}.\n")
            pid = -1
        if pid == 0:
            self._leave(client)
            return asked
        for file in asked.files:
            os.close(file)
        if pid < 0:
            client.close()
            return None
        self._clients[pid] = client
        self._kernels[client] = pid
        self._selector.register(client, selectors.EVENT_READ)
        with contextlib.suppress(OSError):  # its end is seen when it is read next
            client.sendall(b"+")
        return None

    def _leave(self, client: socket.socket) -> None:
        """Let go, in a fork, of all that is the server's."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        for open_ in (client, self._listener, *self._clients.values()):
            open_.close()
        os.close(self._woken)
        os.close(self._wakes)

    def _hand_on(self, client: socket.socket) -> None:
        """Send a kernel the signals that its client got; end it where the client is gone."""
        try:
            told = client.recv(64)
        except OSError:
            told = b""
        for number in told or [signal.SIGKILL]:
            with contextlib.suppress(ProcessLookupError, ValueError):
                os.kill(self._kernels[client], number)
        if not told:
            self._selector.unregister(client)

    def _bury(self) -> None:
        """Tell clients of the kernels that have ended."""
        while self._clients:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            client = self._clients.pop(pid)
            del self._kernels[client]
            code = os.waitstatus_to_exitcode(status)
            with contextlib.suppress(KeyError):
                self._selector.unregister(client)
            with contextlib.suppress(OSError):
                client.sendall(bytes([code % 256 if code >= 0 else 128 - code]))
            client.close()

    def _end(self) -> None:
        for pid in self._clients:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        sys.exit(0)


def received(client: socket.socket) -> Asked:
    """Read what a client asks for.

    Raises
    ------
    OSError, ValueError, KeyError, TypeError
        If it is gone, or says something else.
    """
    client.settimeout(10)
    _, files, _, _ = socket.recv_fds(client, 1, 3)
    try:
        text = b""
        while not text.endswith(b"\n"):
            part = client.recv(65536)
            if not part:
                raise ValueError("the client went away")
            text += part
        told = json.loads(text)
        client.settimeout(None)
        return Asked(told["argv"], told["cwd"], told["env"], tuple(files))
    except BaseException:
        for file in files:
            os.close(file)
        raise


def alone(patience_s: float = 10.0) -> bool:
    """Whether this process has one thread; those that have been joined take a moment to go."""
    until = time.monotonic() + patience_s
    while len(list(Path("/proc/self/task").iterdir())) > 1:
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def become_kernel(asked: Asked) -> None:
    """Be a kernel until it ends."""
    import numpy as np
    from ipykernel import kernelapp

    for number, file in enumerate(asked.files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(asked.cwd)
    os.environ.clear()
    os.environ.update(asked.env)
    tempfile.tempdir = None  # asks TMPDIR again, which is this kernel's own
    random.seed()
    np.random.seed()  # noqa: NPY002 - what scripts of all viewers would draw alike otherwise
    # The kernel ends when its parent is gone, which is the fork server.
    sys.argv = [*asked.argv, f"--IPKernelApp.parent_handle={os.getppid()}"]
    kernelapp.launch_new_instance(argv=sys.argv[1:])


def main(file: int, preload: str) -> None:
    """Serve kernels at a socket that listens until told to end."""
    module, _, function = preload.partition(":")
    if sys.path[0] == str(Path.cwd()):  # as `ipykernel_launcher` does
        del sys.path[0]
    with socket.socket(fileno=file) as listener:
        listener.set_inheritable(False)
        gc.disable()
        importlib.import_module("ipykernel.kernelapp")
        getattr(importlib.import_module(module), function)()
        if not alone():
            sys.exit("The fork server has threads that do not end: kernels start by themselves.")
        # What is there lives as long as the kernels: collecting would write to all its pages.
        gc.collect()
        gc.freeze()
        asked = ForkServer(listener).serve()
    gc.enable()
    become_kernel(asked)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
