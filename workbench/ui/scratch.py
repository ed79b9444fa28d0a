"""A session's temporary folder: what was uploaded, and what a dashboard's viewer exports.

Nobody is told where it lies: files in it go by their names.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from pathlib import Path

from workbench.resources import notebooks_folder


class Upload(os.PathLike[str]):
    """A file that was uploaded, known to people by its name alone.

    Parameters
    ----------
    path : Path
        Where it lies.
    """

    def __init__(self, path: Path):
        self._path = path

    @property
    def name(self) -> str:
        """The file's name on the computer that it came from."""
        return self._path.name

    def __fspath__(self) -> str:
        return str(self._path)

    def __str__(self) -> str:
        return self.name

    __repr__ = __str__


class Scratch:
    """A temporary folder that is made when it is needed, and goes with the session."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def store(self, name: str, content: bytes) -> Upload:
        """Write an uploaded file.

        It gets a folder of its own: the file of the same name that is open now must stay.
        """
        folder = Path(tempfile.mkdtemp(prefix="upload-", dir=self._root()))
        (folder / name).write_bytes(content)
        return Upload(folder / name)

    def place(self, path: str) -> Path:
        """Return where an export of this name goes.

        Relative paths begin in the working folder; in a folder of this session where that one is
        not the person's, as in a dashboard, whose viewers get files by downloading them.
        """
        place = Path(path)
        if place.is_absolute() or path.startswith("~") or not _borrowed(Path.cwd()):
            return place
        return Path(self._root()) / "exports" / place

    def holds(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file lies in here."""
        folder = self._folder
        return folder is not None and Path(path).is_relative_to(folder.name)

    def hide(self, text: str) -> str:
        """Take the paths of this folder out of a text; what lies in it goes by its name."""
        folder = self._folder
        if folder is None:
            return text
        for root in {folder.name, str(Path(folder.name).resolve())}:
            inner = r"(?:[\\/]+(?:upload-\w+|exports))?[\\/]*"
            text = re.sub(re.escape(root) + inner, "", text)
        return text

    def close(self) -> None:
        """Delete everything."""
        with self._lock:
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _root(self) -> str:
        with self._lock:
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="snn-workbench-")
            return self._folder.name


def _borrowed(folder: Path) -> bool:
    """Whether a working folder is not the person's own: a dashboard's, or the package's."""
    if "VOILA_BASE_URL" in os.environ:
        return True
    shipped = (Path(__file__).resolve().parents[1], notebooks_folder())
    return any(folder.resolve().is_relative_to(place) for place in shipped)
