"""Where an export goes: files appear all together, when everything has worked, or not at all.

They are written, and checked, in a hidden folder beside their place and moved at the end.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from workbench.errors import ExportError
from workbench.util.atomic_files import settle, staging

IMPORTED_BY_ALL = sys.stdlib_module_names | {"numpy", "workbench"}
"""What every exported script may import: a script of that name would hide it."""


class Destination:
    """The files of one export.

    Parameters
    ----------
    stem : Path
        Final path of the files, without their suffixes.
    staging : Path
        Folder in which they are written first.
    overwrite : bool
        Whether files that exist may be replaced.
    modules : iterable of str
        Modules that no script may hide.
    """

    def __init__(
        self, stem: Path, staging: Path, overwrite: bool, modules: Iterable[str] = IMPORTED_BY_ALL
    ):
        self.stem = stem
        self.staging = staging
        self.overwrite = overwrite
        self.modules = frozenset(modules)
        self._suffixes: list[str] = []

    @property
    def suffixes(self) -> tuple[str, ...]:
        """Suffixes of the files that are claimed."""
        return tuple(self._suffixes)

    @property
    def name(self) -> str:
        """Name of the files without folder and suffix."""
        return self.stem.name

    def final(self, suffix: str) -> Path:
        """Path at which a file will appear: "exp" and "exp_nest" with "_nest.py" are one."""
        mark = suffix.partition(".")[0]
        return self.stem.with_name(self.name.removesuffix(mark) + suffix)

    def file(self, suffix: str) -> Path:
        """Claim a file of the export and return the path to write it to.

        Raises
        ------
        ExportError
            If such a file exists and must not be replaced, or would hide a module.
        """
        final = self.final(suffix)
        if final.suffix == ".py" and final.stem in self.modules:
            raise ExportError(
                f"A script {final.name} would hide the module {final.stem}, which Python looks for "
                f"in the script's own folder first. Choose another name, for instance "
                f"{self.name}_network."
            )
        self._check_free(final)
        if suffix not in self._suffixes:
            self._suffixes.append(suffix)
        return self.staging / final.name

    def commit(self) -> tuple[Path, ...]:
        """Move the written files to their places, all or none; return their paths.

        Raises
        ------
        ExportError
            If a file has appeared meanwhile that must not be replaced.
        OSError
            If a file cannot be moved.
        """
        final = tuple(self.final(suffix) for suffix in self._suffixes)
        before = self.staging / "before"
        before.mkdir()
        for path in final:
            settle(self.staging / path.name)
        with contextlib.ExitStack() as undo:
            for path in final:
                self._check_free(path)
                back: Callable[[], object] = path.unlink
                if path.exists():
                    _keep(path, before / path.name)
                    back = partial((before / path.name).replace, path)
                (self.staging / path.name).replace(path)
                undo.callback(back)
            undo.pop_all()
        return final

    def _check_free(self, final: Path) -> None:
        if final.is_dir():
            raise ExportError(f"{final} is a folder. Choose another name for the export.")
        if final.exists() and not self.overwrite:
            raise ExportError(
                f"{final} exists and is kept. Choose another name, for instance {self.name}_2, "
                "or have it replaced: overwrite=True, --overwrite on the command line, 'Replace "
                "files that exist' in the form."
            )


@contextlib.contextmanager
def destination(
    path: str | Path,
    overwrite: bool,
    suffixes: Sequence[str] = (),
    modules: Iterable[str] = (),
) -> Iterator[Destination]:
    """Prepare a destination; whatever happens, no half-written file stays.

    Parameters
    ----------
    path : str or Path
        Place and name of the export; a suffix such as ".py" is left off. A folder that does not
        exist is made, and stays if the export works.
    overwrite : bool
    suffixes : sequence of str
        Those that are left off; the first that fits.
    modules : iterable of str
        Modules that no script may hide, besides the standard library's.

    Raises
    ------
    ExportError
        If the path is none, or its folder cannot be made or written to.
    """
    given = _given(path)
    folder, made = given.parent, []
    try:
        stem = _stem(given, suffixes)
        folder = stem.parent
        made = _make(folder)
        with staging(folder) as place:
            yield Destination(stem, place, overwrite, IMPORTED_BY_ALL.union(modules))
    except BaseException as error:
        for new in made:
            with contextlib.suppress(OSError):  # somebody else has put something there
                new.rmdir()
        if isinstance(error, OSError):
            raise _unwritable(folder, error) from error
        raise


def _keep(path: Path, copy: Path) -> None:
    """Keep what a file holds under a second name; the first one is never without a file."""
    try:
        copy.hardlink_to(path)
    except OSError:  # a file system without links
        shutil.copy2(path, copy)


def _make(folder: Path) -> list[Path]:
    """Make a folder and those above it that are missing; return the new ones, innermost first."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    existing = folder if not missing else missing[-1].parent
    if not existing.is_dir():
        raise ExportError(f"{existing} is a file, not a folder. Choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    return missing


def _given(path: object) -> Path:
    if not isinstance(path, (str, os.PathLike)) or "\0" in str(path):
        raise ExportError(
            f"path is {path!r}; accepted: place and name of the files, for instance "
            "'exports/network'."
        )
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise ExportError(
            f"{path} begins in the home of a user who is not known here. Write the folder's path "
            "in full."
        ) from error


def _stem(path: Path, suffixes: Sequence[str]) -> Path:
    if path == Path():
        raise ExportError("Give a name for the files, for instance network.")
    if not path.name or path.is_dir():
        raise ExportError(
            f"{path} is a folder. Name a file in it, for instance {path / 'network'}."
        )
    for suffix in suffixes:
        if path.name.endswith(suffix) and path.name != suffix:
            return path.with_name(path.name.removesuffix(suffix))
    return path


def _unwritable(folder: Path, error: OSError) -> ExportError:
    return ExportError(
        f"Cannot write to {folder}: {error.strerror or error}. "
        "Choose a folder you can write to, with enough free space."
    )
