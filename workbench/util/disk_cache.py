"""Results that are kept on disk for the next session, in the user's cache folder.

The environment variable ``WORKBENCH_CACHE`` names another folder; "off" keeps nothing. What lies
there is a convenience: whatever is wrong with the folder or a file, results are computed again.
Files of another account are never read, and no other account may write there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

from workbench.util.atomic_files import PREFIX, replacing

VARIABLE = "WORKBENCH_CACHE"

MOST_BYTES = 2**28
"""What files of one kind may take; those that were used least recently go first."""

_OFF = {"", "off", "no", "0", "false"}


def cache_folder(kind: str) -> Path | None:
    """Return the user's own folder for files of a kind, made if it is missing.

    Parameters
    ----------
    kind : str
        A file name.

    Returns
    -------
    Path or None
        None where nothing is to be kept, or no folder can be had that is the user's alone.
    """
    given = os.environ.get(VARIABLE)
    if given is not None and given.strip().lower() in _OFF:
        return None
    try:
        if given:
            folder = Path(given).expanduser() / kind
        else:
            from platformdirs import user_cache_path

            folder = user_cache_path("snn-workbench", appauthor=False) / kind
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or not _is_own(found):
            return None
        if os.name == "posix" and stat.S_IMODE(found.st_mode) != 0o700:
            folder.chmod(0o700)
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        return None
    return folder


def open_kept(path: Path) -> IO[bytes]:
    """Open a kept file, and note that it was used.

    Raises
    ------
    OSError
        If it is missing, no plain file, or another account's.
    """
    flags = os.O_RDONLY | getattr(os, "O_BINARY", 0)
    flags |= getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    file = os.fdopen(os.open(path, flags), "rb")
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode) or not _is_own(found):
        file.close()
        raise PermissionError(f"{path} is not a file of this account")
    with suppress(OSError):
        os.utime(path)
    return file


def keep(path: Path, write: Callable[[IO[bytes]], None]) -> None:
    """Write a file of a cache folder, whole or not at all; failing to is no error."""
    with suppress(OSError):
        with replacing(path) as file:
            write(file)
        _make_room(path.parent)


def _is_own(found: os.stat_result) -> bool:
    return os.name != "posix" or found.st_uid == os.geteuid()


def _make_room(folder: Path) -> None:
    """Remove what was used least recently, until the rest fits."""
    found = []
    for file in folder.iterdir():
        if not file.name.startswith(PREFIX):
            with suppress(OSError):  # another session removed it
                known = file.lstat()
                found.append((known.st_mtime_ns, known.st_size, file))
    total = sum(size for _, size, _ in found)
    for _, size, file in sorted(found):
        if total <= MOST_BYTES:
            return
        with suppress(OSError):
            file.unlink()
        total -= size
