"""Memory that Linux still grants to the control group of this process, as in a container.

Beyond its limit the system ends the process, however much memory the machine has.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT, MEMBERSHIP = Path("/sys/fs/cgroup"), Path("/proc/self/cgroup")

_VERSION_2 = ("memory.max", "memory.current", "inactive_file")
_VERSION_1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
_NO_LIMIT = 1 << 60
"""Version 1 has no word for it, but a number near the largest."""


def group_allowance(root: Path = ROOT, membership: Path = MEMBERSHIP) -> int | None:
    """Return how many bytes the groups of this process leave to it; None without a limit.

    Parameters
    ----------
    root : Path
        Where the groups are mounted.
    membership : Path
        The file that tells the groups of this process.
    """
    left = [_left(folder, names) for folder, names in _groups(root, membership)]
    return min((bytes_left for bytes_left in left if bytes_left is not None), default=None)


def _groups(root: Path, membership: Path) -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """Yield folders of this process' groups and of those above, with the names of their files.

    In a container the path may be the one on the machine outside: of it, the root alone is there.
    """
    try:
        lines = membership.read_text("utf-8").splitlines()
    except OSError:  # Another system, or no right to look.
        return
    for line in lines:
        _, controllers, path = [*line.split(":", 2), "", ""][:3]
        inner = PurePosixPath(path.lstrip("/"))
        for place in (inner, *inner.parents):
            if not controllers:
                yield root / place, _VERSION_2
            elif "memory" in controllers.split(","):
                yield root / "memory" / place, _VERSION_1


def _left(folder: Path, names: tuple[str, str, str]) -> int | None:
    limit, used, cached = names
    try:
        # Each run asks, and most groups have no limit: of those nothing else is read.
        most = int((folder / limit).read_text("ascii"))
        if most >= _NO_LIMIT:
            return None
        taken = int((folder / used).read_text("ascii"))
        stored = dict(
            line.split() for line in (folder / "memory.stat").read_text("ascii").splitlines()
        )
        # The system gives back what only keeps files at hand.
        reclaimable = int(stored.get(cached, 0))
    except (OSError, ValueError):  # No limit is the word "max".
        return None
    return max(0, most - taken + min(reclaimable, taken))
