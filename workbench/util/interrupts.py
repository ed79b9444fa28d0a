"""Ctrl-C on the command line: the program ends at once, whatever it is doing."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

EXIT_CODE = 130
"""What shells give a program that Ctrl-C ended."""

PATIENCE_S = 0.5
"""How long the program may take to tidy up."""


_ending = threading.Lock()


def end_now(*_signal: object) -> NoReturn:
    """End the process without anything further."""
    if _ending.acquire(blocking=False):  # said once
        with suppress(OSError):  # nobody listens any more
            os.write(2, b"snn-workbench: stopped\n")
    os._exit(EXIT_CODE)


@contextmanager
def stopping_on_interrupt(notify: Callable[[str], None]) -> Iterator[threading.Event]:
    """Let Ctrl-C ask what runs to stop, so that what is done is told; the second one ends it.

    Parameters
    ----------
    notify : callable
        Is told that it stops.

    Yields
    ------
    Event
        Set once Ctrl-C was pressed.
    """
    pressed = threading.Event()
    before = signal.getsignal(signal.SIGINT)
    on_main = threading.current_thread() is threading.main_thread()
    if not on_main or before is not signal.default_int_handler:
        yield pressed
        return

    def press(*_signal: object) -> None:
        if pressed.is_set():
            end_now()
        pressed.set()
        notify("\nStopping; what is done is kept. Ctrl-C again ends at once.")

    signal.signal(signal.SIGINT, press)
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def ending_soon() -> Iterator[threading.Event]:
    """Make sure that Ctrl-C ends the process soon, also where Python does not notice it.

    KeyboardInterrupt is raised as always, and gives what runs the time to tidy up. But Python
    raises it between two of its own instructions, so a compiled loop goes on, and threads that
    still work are waited for. A thread that waits for the signal then ends the process. What
    handles Ctrl-C in its own way, as a server does, is left to do so.

    Yields
    ------
    Event
        Set soon after Ctrl-C was pressed.
    """
    pressed = threading.Event()
    handler = signal.getsignal(signal.SIGINT)
    on_main = threading.current_thread() is threading.main_thread()
    if not on_main or handler is not signal.default_int_handler:
        yield pressed
        return
    reader, writer = socket.socketpair()
    writer.setblocking(False)

    def watch() -> None:
        while number := reader.recv(1):
            if number[0] == signal.SIGINT and signal.getsignal(signal.SIGINT) is handler:
                pressed.set()
                time.sleep(PATIENCE_S)
                end_now()

    before = signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
    watcher = threading.Thread(target=watch, name="workbench-interrupts", daemon=True)
    watcher.start()
    try:
        yield pressed
    finally:
        signal.set_wakeup_fd(before)
        writer.close()
        watcher.join()
        reader.close()
