"""Where an export goes: files appear all together, when everything has worked, or not at all.

They are written, and checked, in a hidden folder beside their place and moved at the end.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from workbench.errors import ExportError

KNOWN_SUFFIXES = (
    "_nest.py",
    "_nest.npz",
    "_pynn.py",
    "_pynn.npz",
    ".net.h5",
    ".py",
    ".npz",
    ".snn",
    ".json",
    ".h5",
)


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
    """

    def __init__(self, stem: Path, staging: Path, overwrite: bool):
        self.stem = stem
        self.staging = staging
        self.overwrite = overwrite
        self._suffixes: list[str] = []

    @property
    def name(self) -> str:
        """Name of the files without folder and suffix."""
        return self.stem.name

    def final(self, suffix: str) -> Path:
        """Path at which a file will appear."""
        return self.stem.with_name(self.name + suffix)

    def file(self, suffix: str) -> Path:
        """Claim a file of the export and return the path to write it to.

        Raises
        ------
        ExportError
            If such a file exists and must not be replaced.
        """
        final = self.final(suffix)
        if final.is_dir():
            raise ExportError(f"{final} is a folder. Choose another name for the export.")
        if final.exists() and not self.overwrite:
            raise ExportError(
                f"{final} exists and is kept. Choose another name, for instance {self.name}_2, "
                "or have it replaced: overwrite=True, on the command line --overwrite."
            )
        if suffix not in self._suffixes:
            self._suffixes.append(suffix)
        return self.staging / final.name

    def commit(self) -> tuple[Path, ...]:
        """Move the written files to their places; return their paths."""
        final = tuple(self.final(suffix) for suffix in self._suffixes)
        for path in final:
            (self.staging / path.name).replace(path)
        return final


@contextlib.contextmanager
def destination(path: str | Path, overwrite: bool) -> Iterator[Destination]:
    """Prepare a destination; whatever happens, no half-written file stays.

    Parameters
    ----------
    path : str or Path
        Place and name of the export; a suffix such as ".py" is left off.
    overwrite : bool

    Raises
    ------
    ExportError
        If the folder does not exist or cannot be written to.
    """
    stem = _stem(Path(path).expanduser())
    folder = stem.parent
    if not folder.is_dir():
        problem = "is a file, not a folder" if folder.exists() else "does not exist"
        raise ExportError(f"The folder {folder} {problem}. Create it, or choose another one.")
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{stem.name}-", dir=folder))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield Destination(stem, staging, overwrite)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _stem(path: Path) -> Path:
    if path == Path():
        raise ExportError("Give a name for the files, for instance network.")
    if not path.name or path.is_dir():
        raise ExportError(
            f"{path} is a folder. Name a file in it, for instance {path / 'network'}."
        )
    for suffix in KNOWN_SUFFIXES:
        if path.name.endswith(suffix) and path.name != suffix:
            return path.with_name(path.name.removesuffix(suffix))
    return path


def _unwritable(folder: Path, error: OSError) -> ExportError:
    return ExportError(
        f"Cannot write to {folder}: {error.strerror or error}. "
        "Choose a folder you can write to, with enough free space."
    )
