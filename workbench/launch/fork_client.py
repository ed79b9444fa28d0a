"""What Jupyter starts as a kernel: it asks the fork server for one, and acts for it.

Signals go on to the kernel, and its end is the end of this process. The server ends a kernel
whose client is gone. Where no server answers, this process becomes a kernel itself.

It waits beside each kernel, so it imports little (not pathlib), and nothing of this package.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys


def main(place: str, command: list[str]) -> int:
    """Wait for the end of a kernel and return its exit code.

    Parameters
    ----------
    place : str
        Socket of the fork server.
    command : list of str
        The arguments of a Python that becomes the kernel: ["-m", "ipykernel_launcher", "-f", file].
    """
    handed_on = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    signal.pthread_sigmask(signal.SIG_BLOCK, handed_on)
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(place)
            server.settimeout(None)
            asked = {"argv": command[1:], "cwd": os.getcwd(), "env": dict(os.environ)}  # noqa: PTH109
            socket.send_fds(server, [b"3"], [0, 1, 2])
            server.sendall(json.dumps(asked).encode() + b"\n")
            started = server.recv(1) == b"+"
        except OSError:
            started = False
        if not started:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, handed_on)
            os.execv(sys.executable, [sys.executable, *command])
        for number in handed_on:
            signal.signal(number, lambda number, _frame: server.sendall(bytes([number])))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handed_on)
        ended = server.recv(1)
    return ended[0] if ended else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
