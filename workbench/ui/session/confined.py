"""Confining a process to a few folders, by Landlock of Linux: for good, and without a privilege.

A rule names a folder and what is allowed beneath it; everything else is refused by the kernel,
whatever library asks. See https://docs.kernel.org/userspace-api/landlock.html.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_NO_NEW_PRIVILEGES = 38
_ASK_VERSION, _PATH_BENEATH = 1, 1

_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute (libraries, too), read a file, list a folder
_ALL = (1 << 13) - 1
_SINCE = {2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
"""Rights that versions of Landlock added: move between folders, truncate, control devices."""

_NETWORK = 1 << 0 | 1 << 1  # listen, connect
_SCOPES = 1 << 0 | 1 << 1  # sockets and signals of other processes

SYSTEM = (
    *("/usr", "/lib", "/lib64", "/bin", "/opt", "/nix", "/etc/ld.so.cache", "/etc/localtime"),
    *("/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/sys"),
    *("/sys/devices/system", "/sys/fs/cgroup", "/dev/null", "/dev/zero", "/dev/urandom"),
)
"""What programs and their libraries read."""


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),
        ("scopes", ctypes.c_uint64),
    )


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def confine(read: Iterable[str | Path], write: Iterable[str | Path]) -> bool:
    """Refuse this process all files but those in some folders, and all of the network.

    Call it before other threads start: they would not be confined.

    Parameters
    ----------
    read, write : iterable of path
        Files, and folders with what lies beneath; of `write` new files may be made in.
        Those that do not exist are passed over.

    Returns
    -------
    bool
        False where the system has no Landlock; nothing is confined then.
    """
    if not sys.platform.startswith("linux"):
        return False
    system = ctypes.CDLL(None, use_errno=True).syscall
    system.restype = ctypes.c_long
    version = int(system(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))
    if version < 1:
        return False
    every = _ALL | sum(right for since, right in _SINCE.items() if version >= since)
    rules = _Ruleset(every, _NETWORK if version >= 4 else 0, _SCOPES if version >= 6 else 0)
    size = 8 if version < 4 else 16 if version < 6 else 24
    ruleset = int(system(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0))
    if ruleset < 0:
        return False
    try:
        for places, allowed in ((read, _READ), (write, every)):
            for place in places:
                _allow(system, ruleset, Path(place), allowed)
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        return not prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) and not system(_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(system: Any, ruleset: int, place: Path, allowed: int) -> None:
    try:
        opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not place.is_dir():
            allowed &= 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14  # of a file, no others make sense
        rule = _Beneath(allowed, opened)
        system(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
    finally:
        os.close(opened)
