"""A session's temporary folder: what was uploaded, and what a dashboard's viewer exports.

Its path is never shown: files in it are called by their names, which are not paths.
"""

from __future__ import annotations

import os
import re
import tempfile
import threading
from pathlib import Path

from workbench.errors import ExportError, ModelFileError, WorkbenchError
from workbench.ui.session.messages import CLOSED
from workbench.util.capabilities import UPLOAD_LIMIT, Capabilities, of_this_process
from workbench.util.package_data import notebooks_folder

LARGEST_VIEWERS_MB, LARGEST_OWNERS_MB = 200, 2000
UPLOADS_KEPT = 5
"""So many of the largest uploads a session of a dashboard may store, exports included."""

_EXPORT_NAME = re.compile(r"\w[\w.+-]{0,39}")
_LONGEST_NAME = 200
"""Bytes of a file's name: file systems take 255."""


class Upload(os.PathLike[str]):
    """A file that was uploaded, known to people by its name alone.

    Parameters
    ----------
    path : Path
        Where it lies.
    lent : bool
        Whether the notebook itself opened it, whose author it comes from.
    """

    def __init__(self, path: Path, *, lent: bool = False):
        self._path = path
        self.lent = lent

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
    """A temporary folder that is made when it is needed, and goes with the session.

    Parameters
    ----------
    capabilities : Capabilities, optional
        Those of this process by default.
    """

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        self._capabilities = of_this_process() if capabilities is None else capabilities
        self._lock = threading.Lock()
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._lent: set[str] = set()
        self._closed = False

    def store(self, name: str, content: bytes) -> Upload:
        """Write an uploaded file.

        It gets a folder of its own: the file of the same name that is open now must stay.

        Parameters
        ----------
        name : str
            On the user's machine. Folders and what no file's name should hold are left out.
        content : bytes

        Raises
        ------
        ModelFileError
            If the file is too large, or the session has stored enough.
        """
        limit = upload_limit(self._capabilities)
        if len(content) > limit:
            raise ModelFileError(too_large(len(content), limit))
        self._check_room(len(content))
        folder = Path(tempfile.mkdtemp(prefix="upload-", dir=self._root()))
        path = folder / plain_name(name)
        path.write_bytes(content)
        return Upload(path)

    def lend(self, path: str | os.PathLike[str]) -> Upload:
        """Return a file that the notebook opens, for people to know by its name alone."""
        place = Path(path).expanduser().absolute()
        self._lent |= {str(place.parent), str(Path(path).parent)} - {".", place.anchor}
        return Upload(place, lent=True)

    def place(self, path: str) -> Path:
        """Return where an export of this name goes.

        Relative paths begin in the working folder; in a folder of this session where that one
        belongs to the package. Viewers of a dashboard name the files and get them by download.

        Raises
        ------
        ExportError
            If a viewer's name is more than a name, or the session has stored enough.
        """
        if not self._capabilities.files:
            if not _EXPORT_NAME.fullmatch(path):
                raise ExportError(
                    "The name of the files may have up to 40 letters, digits and the signs _ . + "
                    "-, beginning with a letter, a digit or _. It names no folder, because the "
                    "files are downloaded."
                )
            self._check_room()
        elif Path(path).is_absolute() or path.startswith("~") or not _shipped(Path.cwd()):
            return Path(path)
        return Path(self._root()) / "exports" / path

    def holds(self, path: str | os.PathLike[str]) -> bool:
        """Whether a file lies in here."""
        folder = self._folder
        return folder is not None and Path(path).is_relative_to(folder.name)

    def hide(self, text: str) -> str:
        """Remove the paths of this folder from a text; files in it are called by their names."""
        for lent in sorted(self._lent, key=len, reverse=True):
            text = re.sub(re.escape(lent) + r"[\\/]+", "", text)
        folder = self._folder
        if folder is None:
            return text
        for root in {folder.name, str(Path(folder.name).resolve())}:
            inner = r"(?:[\\/]+(?:upload-\w+|exports))?[\\/]*"
            text = re.sub(re.escape(root) + inner, "", text)
        return text

    def close(self) -> None:
        """Delete everything; an export that goes on gets no new place."""
        with self._lock:
            self._closed = True
            if self._folder is not None:
                self._folder.cleanup()
                self._folder = None

    def _check_room(self, more: int = 0) -> None:
        if self._capabilities.files:
            return
        allowed = UPLOADS_KEPT * upload_limit(self._capabilities)
        folder = Path(self._root())
        stored = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        if stored + more > allowed:
            raise ModelFileError(
                f"This session has stored {stored // 10**6:,} MB of the {allowed // 10**6:,} MB "
                "that it may store. Reload the page to start again."
            )

    def _root(self) -> str:
        with self._lock:
            if self._closed:
                raise WorkbenchError(CLOSED)
            if self._folder is None:
                self._folder = tempfile.TemporaryDirectory(prefix="snn-workbench-")
            return self._folder.name


def upload_limit(capabilities: Capabilities) -> int:
    """Return how many bytes an uploaded file may have."""
    largest = LARGEST_OWNERS_MB if capabilities.files else LARGEST_VIEWERS_MB
    given = os.environ.get(UPLOAD_LIMIT, "")
    return 10**6 * (int(given) if given.isdecimal() else largest)


def too_large(size: int, limit: int) -> str:
    """Say that a file is too large to be uploaded."""
    return (
        f"The file has {-(-size // 10**6):,} MB; accepted: up to {limit // 10**6:,} MB. Choose a "
        "smaller one, or ask the owner of this server."
    )


def plain_name(name: str) -> str:
    """Return the last part of a name with nothing but what names of files may hold."""
    last = re.split(r"[\\/:]", name)[-1]
    plain = re.sub(r"[^\w .()+-]", "_", last).strip().rstrip(".")
    stem, dot, suffix = plain.rpartition(".") if "." in plain else (plain, "", "")
    suffix = f"{dot}{suffix}".encode()[:20].decode(errors="ignore")
    stem = stem.strip(" .").encode()[: _LONGEST_NAME - 20].decode(errors="ignore")
    return f"{stem or 'file'}{suffix}"


def _shipped(folder: Path) -> bool:
    """Whether a working folder is the package's own."""
    shipped = (Path(__file__).resolve().parents[2], notebooks_folder())
    return any(folder.resolve().is_relative_to(place) for place in shipped)
