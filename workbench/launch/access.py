"""Who can reach a dashboard: the address that it listens on, and what viewers must give."""

from __future__ import annotations

import ipaddress
import os
from pathlib import Path

from workbench.errors import WorkbenchError

TOKEN = "SNN_WORKBENCH_TOKEN"
"""Environment variable with the token. Command lines can be read by everyone on a machine."""

AUTO = "auto"
"""In place of a token: one is made up when the server starts."""


def token_of(token: str | None, file: str | os.PathLike[str] | None) -> str | None:
    """Return what viewers must give: as passed, or from a file, or from the environment.

    Raises
    ------
    WorkbenchError
        If there are two, or the file cannot be read, or one is empty.
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
                "Write one into a text file that you alone may read."
            ) from error
    if given is None:
        given = os.environ.get(TOKEN)
    if given is not None and not given.strip():
        raise WorkbenchError(
            f"The token is empty. Write one into the file or into {TOKEN}, or pass "
            f"'{AUTO}' to have one made up."
        )
    return given


def check_host(host: str, *, token: str | None, public: bool) -> None:
    """Refuse an address that others can reach, unless they need a token or all are welcome.

    Raises
    ------
    WorkbenchError
    """
    if public or token is not None or is_loopback(host):
        return
    raise WorkbenchError(
        f"The host is {host!r}, which other machines may reach, and viewers need no token. Give "
        f"them one (--token-file FILE, {TOKEN} in the environment, or --token {AUTO}), or pass "
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
