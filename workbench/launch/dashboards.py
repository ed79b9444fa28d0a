"""Notebooks that are served as dashboards, and what an index page says of them.

A notebook says it in its metadata (`snn_workbench.dashboard`, with `title` and `about`). Of one
that does not, the first heading and the first sentence below it count.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workbench.errors import WorkbenchError
from workbench.util.package_data import notebooks_folder

PICTURES = {
    ".webp": "image/webp",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".svg": "image/svg+xml",
}
"""Kinds of pictures by the ending of their files."""

PICTURES_FOLDER = "pictures"

COURSE, PAGES = "course", "pages"
"""The folder of the course, and in it that of its pages for a classroom."""

MOST_BYTES = 2**20
"""Of a picture: all of them are part of the index page."""


@dataclass(frozen=True)
class DashboardPage:
    """A notebook to be served.

    Parameters
    ----------
    name : str
        Of the file, without its ending.
    title, about : str
        What it is called; what visitors do and see, in a sentence, or nothing.
    path : Path
    declared : bool
        Whether the notebook says itself that it is a dashboard.
    """

    name: str
    title: str
    about: str
    path: Path
    declared: bool = True
    _outputs: tuple[dict[str, Any], ...] = field(default=(), repr=False, compare=False)

    def picture(self, theme: str = "light") -> str | None:
        """Return a small picture as a data address, or None where there is none.

        It is the file with the notebook's name, beside it or in the folder ``pictures``; for the
        dark theme, the one whose name ends in ``-dark``. Without a file it is the first picture
        among the saved outputs.
        """
        names = [f"{self.name}-dark", self.name] if theme == "dark" else [self.name]
        for folder in (self.path.parent, self.path.parent / PICTURES_FOLDER):
            for file in (folder / f"{name}{kind}" for name in names for kind in PICTURES):
                if file.is_file() and file.stat().st_size <= MOST_BYTES:
                    content = base64.b64encode(file.read_bytes()).decode()
                    return f"data:{PICTURES[file.suffix]};base64,{content}"
        for output in self._outputs:
            content = "".join(output.get("data", {}).get("image/png", "")).replace("\n", "")
            if 0 < len(content) <= MOST_BYTES:
                return f"data:image/png;base64,{content}"
        return None


def read_page(path: Path) -> DashboardPage:
    """Return what a notebook says of itself.

    Raises
    ------
    WorkbenchError
        If the file is not a notebook.
    """
    try:
        notebook = json.loads(path.read_text("utf-8"))
        cells = list(notebook.get("cells", ()))
        declared = notebook["metadata"].get("snn_workbench", {}).get("dashboard")
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
        outputs = tuple(output for cell in cells for output in cell.get("outputs", ()))
        if declared is not None:
            title, about = str(declared["title"]), str(declared["about"])
        else:
            title, about = _described("\n".join(texts))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WorkbenchError(
            f"The file '{path.name}' cannot be read as a notebook: {error!r}. Open and save it in "
            "JupyterLab, or move it elsewhere."
        ) from error
    title = title or path.stem.replace("_", " ")
    return DashboardPage(path.stem, title, about, path, declared is not None, outputs)


def _described(markdown: str) -> tuple[str, str]:
    """Return the first heading, and the first sentence of the first paragraph."""
    heading = re.search(r"^#+\s+(.+?)\s*#*$", markdown, re.MULTILINE)
    rest = markdown[heading.end() :] if heading else markdown
    paragraph = re.search(r"^(?![#\s>|`]|[*+-]\s|[*-]{3}).+(?:\n(?!\s*$).+)*", rest, re.MULTILINE)
    # Bold words that end a sentence at once, as "**The question.**", only introduce the paragraph.
    told = re.sub(r"^\*\*[^*]+[.:!?]\*\*\s*", "", paragraph[0] if paragraph else "")
    links = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", told)
    plain = " ".join(re.sub("[*`]", "", links).split())
    sentence = re.match(r".+?[.!?](?=\s|$)", plain)
    return heading[1] if heading else "", sentence[0] if sentence else plain


def dashboards_in(folder: Path) -> tuple[DashboardPage, ...]:
    """Return the notebooks of a folder, by title; those that say that they are dashboards, if any.

    Raises
    ------
    WorkbenchError
        If there is none, or one cannot be read.
    """
    pages = [read_page(path) for path in folder.glob("*.ipynb") if not path.name.startswith(".")]
    declared = [page for page in pages if page.declared]
    if not pages:
        raise WorkbenchError(
            f"There is no notebook in the folder {folder}. Name a folder with notebooks, or use "
            "--all for the dashboards that come with snn-workbench."
        )
    return tuple(sorted(declared or pages, key=lambda page: (page.title.casefold(), page.name)))


def shipped_dashboards() -> tuple[DashboardPage, ...]:
    """Return the dashboards that come with the package, by title."""
    return dashboards_in(notebooks_folder())


def course_folder() -> Path:
    """Return the folder of the course's pages for a classroom."""
    return notebooks_folder() / COURSE / PAGES


def course_pages() -> tuple[DashboardPage, ...]:
    """Return the pages of the course for a classroom, in the order of the sessions."""
    return dashboards_in(course_folder())


def find_dashboard(name: Path) -> Path:
    """Return what is served under a name: a notebook or folder of one's own, or what is shipped.

    Raises
    ------
    WorkbenchError
        If there is none.
    """
    try:
        own = name.expanduser()
    except RuntimeError:  # there is no such person, as in ~nobody/mine.ipynb
        own = name
    if own.is_file() or own.is_dir():
        return own.resolve()
    places = (notebooks_folder(), course_folder()) if name.name == str(name) else ()
    for path in (folder / file for folder in places for file in (name.name, f"{name}.ipynb")):
        if path.is_file():
            return path
    names = ", ".join(each.name for each in (*shipped_dashboards(), *course_pages()))
    raise WorkbenchError(
        f"There is no notebook or folder '{name}' here, nor a dashboard of that name in "
        f"snn-workbench; there are {names}."
    )
