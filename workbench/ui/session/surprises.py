"""Errors that should not have happened: told whole to the owner, by number to viewers."""

from __future__ import annotations

import hashlib
import logging
import re
import sys
import threading
import traceback
from typing import Any

from IPython import get_ipython
from traitlets.config import Application

from workbench.ui.session.results import Status
from workbench.util.capabilities import Capabilities

_FOLDERS = re.compile(r"(?<![\w./\\])(?:[A-Za-z]:)?[\\/](?:[^\s\\/'\"]+[\\/])+")


def surprise(error: BaseException, capabilities: Capabilities) -> Status:
    """Tell an error that should not have happened, with all that helps to find it."""
    if not capabilities.tracebacks:
        return Status("error", logged(error))
    details = "".join(traceback.format_exception(error))
    # The end of a path finds the line; where this computer keeps the file is private.
    details = re.sub(r'File "[^"]*?((?:[^"\\/]+[\\/]){0,3}[^"\\/]+)"', r'File "\1"', details)
    return Status("error", f"Unexpected {type(error).__name__}: {error}", details)


def logged(error: BaseException) -> str:
    """Write an error to the server's log; return the sentence for viewers.

    The number is taken from the traceback: the same error has the same number.
    """
    details = "".join(traceback.format_exception(error))
    digest = hashlib.sha256(details.encode("utf-8", "replace")).digest()
    number = f"{int.from_bytes(digest[:4]) % 10**6:06d}"
    _log().error("Error %s of a dashboard:\n%s", number, details)
    return f"Something went wrong on the server (error {number}, explained in its log)."


def without_folders(text: str) -> str:
    """Return a text with the last name alone of every absolute path."""
    return _FOLDERS.sub("", text)


def keep_tracebacks_private() -> None:
    """Send every traceback of this process to the log; pages get the sentence with the number.

    Widgets answer a message that they cannot take with a traceback on the page, and so do
    threads: neither passes through our own code.
    """
    shell = get_ipython()
    if shell is None:  # no kernel: there is no page to keep anything from
        return
    shell._showtraceback = _Shown(shell)
    threading.excepthook = _log_of_thread
    if sys.stderr is not sys.__stderr__ and (stream := _stream_of_log()) is not None:
        sys.stderr = stream  # the kernel's own sends what is written to the page


class _Shown:
    """Takes the place of IPython's way to show a traceback."""

    def __init__(self, shell: Any):
        self._show = type(shell)._showtraceback.__get__(shell)

    def __call__(self, _kind: type, error: BaseException, _lines: list[str]) -> None:
        sentence = logged(error)
        self._show(RuntimeError, RuntimeError(sentence), [sentence])


def _log_of_thread(failed: threading.ExceptHookArgs) -> None:
    if failed.exc_value is not None and failed.exc_type is not SystemExit:
        logged(failed.exc_value)


def _log() -> logging.Logger | logging.LoggerAdapter[Any]:
    # A kernel's application writes to what was standard error before the kernel took it.
    if Application.initialized():
        return Application.instance().log
    return logging.getLogger("workbench")


def _stream_of_log() -> Any:
    for handler in getattr(_log(), "handlers", ()):
        if isinstance(handler, logging.StreamHandler):
            return handler.stream
    return None
