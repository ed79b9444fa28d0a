"""Ports for servers that tests start."""

from __future__ import annotations

import random
import socket

LISTENED = range(20_000, 30_000)
"""Below what systems give to whoever asks for any port: kernels, connections, other tests. What is
free here at one moment is therefore still free when a server takes it."""


def free_port() -> int:
    """Return a port of this machine that nothing listens on."""
    for port in random.SystemRandom().sample(LISTENED, 100):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"100 ports from {LISTENED} are in use; end some servers")
