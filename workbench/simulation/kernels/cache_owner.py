"""Whether other accounts of this machine could put something into the folder of the cache.

numba reads its cache with pickle, which runs what it reads. ``NUMBA_CACHE_DIR`` is often set to a
shared place, such as /tmp/numba, which somebody else may have made first.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path


def changeable_by_others(folder: Path, trusted: Iterable[int] = ()) -> Path | None:
    """Return the folder by which other accounts could change what lies in a folder.

    That is the folder itself or one above it, if somebody else owns it, or everybody may write
    into it; above it, those where everybody may only add (as /tmp) are fine. Accounts of a group
    that may write are trusted, as whoever shares a folder with a group wants it.

    Parameters
    ----------
    folder : Path
        Exists.
    trusted : iterable of int
        Further accounts that may own it, beside this one and the system's.

    Returns
    -------
    Path, optional
        None where nobody else can, and where the system has no such owners.
    """
    if not hasattr(os, "geteuid"):
        return None
    place = folder.resolve()
    # In some containers the system's files belong to another number than 0.
    owners = {os.geteuid(), 0, Path(place.anchor).stat().st_uid, *trusted}
    for part in (place, *place.parents):
        found = part.stat()
        open_to_all = bool(found.st_mode & stat.S_IWOTH)
        only_added_to = part != place and bool(found.st_mode & stat.S_ISVTX)
        if found.st_uid not in owners or (open_to_all and not only_added_to):
            return part
    return None
