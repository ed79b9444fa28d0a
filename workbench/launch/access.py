"""Who can reach a dashboard: its address, what viewers must give, and how many there may be."""

from __future__ import annotations

import ipaddress
import os
import secrets
import shlex
import stat
import warnings
from pathlib import Path

from workbench.errors import WorkbenchError, WorkbenchWarning
from workbench.util.cores import usable_cores
from workbench.util.memory_budget import free_memory

TOKEN = "SNN_WORKBENCH_TOKEN"
"""Environment variable with the token. Command lines can be read by everyone on a machine."""

LAB_TOKEN = ("JUPYTER_TOKEN", "JUPYTER_TOKEN_FILE")
"""Environment variables by which Jupyter is given its token, or a file with it."""

AUTO = "auto"
"""In place of a token: one is made up when the server starts."""

VIEWER_MB = 300
"""Memory of a viewer's kernel, with room for a network and its simulation."""

MEMORY_SHARE = 0.75
"""Of the free memory, for viewers; the rest is for the server and for reading uploads."""

VIEWERS_PER_CORE = 20
"""Most viewers look: they seldom move a slider at the same time."""


def environment_without_token() -> dict[str, str]:
    """Return the environment of this process for another one, whose environment others may see."""
    return {name: value for name, value in os.environ.items() if name != TOKEN}


def lab_token() -> tuple[str, bool]:
    """Return what JupyterLab asks for where others reach it, and whether it was made up here.

    Raises
    ------
    WorkbenchError
        If the file that JUPYTER_TOKEN_FILE names cannot be read, or is empty.
    """
    given, file = (os.environ.get(name, "").strip() for name in LAB_TOKEN)
    if not given and file:
        given = token_of(None, file) or ""
    return given or secrets.token_urlsafe(), not given


def token_of(token: str | None, file: str | os.PathLike[str] | None) -> str | None:
    """Return what viewers must give: as passed, or from a file, or from the environment.

    Raises
    ------
    WorkbenchError
        If there are two, or the file cannot be read, or one is empty.

    Warns
    -----
    WorkbenchWarning
        If other accounts of this machine may read the file.
    """
    given = token
    if file is not None:
        if token is not None:
            raise WorkbenchError("There are a token and a file with one; give one of the two.")
        try:
            given = Path(file).expanduser().read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise WorkbenchError(
                f"The token cannot be read from {file}: {getattr(error, 'strerror', error)}. "
                "Write one into a text file that only you may read."
            ) from error
        _warn_of_readers(Path(file).expanduser())
    if given is None:
        given = os.environ.get(TOKEN)
    if given is not None and not given.strip():
        raise WorkbenchError(
            f"The token is empty. Write one into the file or into {TOKEN}, or pass "
            f"'{AUTO}' to generate one."
        )
    return given


def _warn_of_readers(file: Path) -> None:
    """Warn of a token that is no secret here; containers get theirs so, hence no refusal."""
    readers = stat.S_IRGRP | stat.S_IROTH
    if os.name == "posix" and file.stat().st_mode & readers:
        warnings.warn(
            f"Other accounts of this machine may read the token in {file}. Restrict it to your "
            f"account: chmod 600 {shlex.quote(str(file))}",
            WorkbenchWarning,
            stacklevel=3,
        )


def check_host(host: str, *, token: str | None, public: bool) -> None:
    """Refuse an address that others can reach, unless they need a token or all are welcome.

    Raises
    ------
    WorkbenchError
    """
    if public or token is not None or is_loopback(host):
        return
    raise WorkbenchError(
        f"Other machines can reach the host {host!r}, and viewers need no token. Set a token "
        f"(--token-file FILE, {TOKEN} in the environment, or --token {AUTO}), or pass "
        "--public if everybody who reaches it may use this machine's time and memory."
    )


def is_loopback(host: str) -> bool:
    """Whether an address is reached from its own machine alone; a name that is not known is not."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def viewers_limit(max_viewers: int | None) -> int:
    """Return how many viewers there may be: as given, or what the memory and the cores allow.

    Raises
    ------
    WorkbenchError
        If the number is below 1.
    """
    if max_viewers is None:
        fit = int(MEMORY_SHARE * free_memory() / (VIEWER_MB * 10**6))
        return max(1, min(fit, VIEWERS_PER_CORE * usable_cores()))
    if max_viewers < 1:
        raise WorkbenchError(f"max_viewers is {max_viewers}; accepted: integers from 1.")
    return max_viewers
