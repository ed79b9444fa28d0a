"""Files that appear whole or not at all, whatever happens while they are written.

They are written into a hidden folder beside their place, settled on the disk and moved at the
end. A process that was killed leaves that folder behind: the next one that writes there removes
it, and knows by the lock that the owner of a folder holds as long as it lives.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from workbench.errors import WorkbenchError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

PREFIX = ".snn-workbench-part-"
_FORGOTTEN_S = 86_400.0
"""Age from which a folder is abandoned, where there are no locks to tell by."""


@contextmanager
def staging(folder: Path) -> Iterator[Path]:
    """Yield a hidden folder in `folder`, and remove it at the end with all that is still in it.

    Raises
    ------
    OSError
        If it cannot be made.
    """
    _remove_abandoned(folder)
    made, lock = _locked_folder(folder)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)
        if lock is not None:
            os.close(lock)


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that takes the place of `path` once all is written; until then that one stays.

    Raises
    ------
    OSError
        If the file cannot be written; nothing is left behind.
    """
    target = _target_of(path)
    with staging(target.parent) as folder:
        part = folder / target.name
        with part.open("xb") as file:
            yield file
        settle(part)
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)


def check_replaceable(path: Path) -> None:
    """Make sure that `replacing` can begin, for whoever works long before there is much to write.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    with staging(_target_of(path).parent):
        pass


def _target_of(path: Path) -> Path:
    """Return the file that is to be replaced, where that is allowed."""
    if _foreign_link(path):
        raise OSError("it is a link that another account has made")
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        raise OSError("it is not a regular file")
    return target


def _foreign_link(path: Path) -> bool:
    """Whether somebody else could choose by a link which file is replaced.

    That is so in folders where everybody may add files, such as /tmp. Linux itself refuses to
    open such links (fs.protected_symlinks), but not to replace what they lead to.
    """
    if not hasattr(os, "geteuid") or not path.is_symlink():
        return False
    folder = path.parent.stat()
    shared = folder.st_mode & stat.S_ISVTX and folder.st_mode & stat.S_IWOTH
    return bool(shared) and path.lstat().st_uid not in (os.geteuid(), folder.st_uid)


@contextmanager
def written(path: Path, error: type[WorkbenchError]) -> Iterator[IO[bytes]]:
    """Open a file as `replacing` does, with a refusal for people where it cannot be written.

    Raises
    ------
    WorkbenchError
        Of the given type.
    """
    with _refusing(path, error), replacing(path) as file:
        yield file


def check_writable(path: Path, error: type[WorkbenchError]) -> None:
    """Refuse a place where `written` could not begin.

    Raises
    ------
    WorkbenchError
        Of the given type.
    """
    with _refusing(path, error):
        check_replaceable(path)


@contextmanager
def _refusing(path: Path, error: type[WorkbenchError]) -> Iterator[None]:
    try:
        yield
    except OSError as problem:
        raise error(
            f"Cannot write {path}: {problem.strerror or problem}. Choose a folder you can write to."
        ) from problem


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Let one process at a time do what follows in a folder, where the system has such locks."""
    if fcntl is None:
        yield
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(opened, fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def settle(path: Path) -> None:
    """Wait until a closed file lies on the disk.

    Raises
    ------
    OSError
        If it does not fit: some file systems tell only then.
    """
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def _locked_folder(folder: Path) -> tuple[Path, int | None]:
    while True:
        made = Path(tempfile.mkdtemp(prefix=PREFIX, dir=folder))
        if fcntl is None:
            return made, None
        # Somebody who cleans up may take the folder for abandoned before it is locked.
        try:
            lock = _lock(made)
        except OSError:  # a file system without locks, where nobody cleans up either
            if made.exists():
                return made, None
            continue
        if lock is not None and made.exists():
            return made, lock
        if lock is not None:
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return the file descriptor that locks a folder; None if another one has locked it."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(opened)
        return None
    except BaseException:
        os.close(opened)
        raise
    return opened


def _remove_abandoned(folder: Path) -> None:
    for found in folder.glob(f"{PREFIX}*"):
        with suppress(OSError):  # somebody else's, or gone already
            if fcntl is None:
                if time.time() - found.stat().st_mtime > _FORGOTTEN_S:
                    shutil.rmtree(found)
                continue
            lock = _lock(found)
            if lock is not None:
                try:
                    shutil.rmtree(found)
                finally:
                    os.close(lock)
