"""The pages in docs/: their Python runs, their commands exist, and what they point to is there.

Tutorials run when the site is built; see `tests/docs/test_site.py`.
"""

from __future__ import annotations

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path

import pytest

from workbench.cli.main import command_parser
from workbench.errors import WorkbenchWarning
from workbench.ingest.snn_toolbox import from_snn_toolbox
from workbench.ingest.snn_toolbox_keys import KEYS, SECTIONS
from workbench.ingest.snn_toolbox_reader import Reader
from workbench.network.layer import LAYER_KINDS
from workbench.ui.plots import Card

ROOT = Path(__file__).parent.parent
PAGES = sorted(p for p in (ROOT / "docs").glob("**/*.md") if "_build" not in p.parts)
FENCE = re.compile(r"^```(?P<language>\S+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
NEEDS = re.compile(r"\A---\n.*?^needs: (?P<packages>[^\n]+)\n.*?^---$", re.MULTILINE | re.DOTALL)
IN_TREE = re.compile(r"`((?:workbench|tests|data|notebooks|extensions|docs)/[\w./*-]*)`")
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def blocks(page: Path, language: str) -> list[tuple[int, str]]:
    """Return the line number and the text of every block of a page in a language."""
    text = page.read_text("utf-8")
    return [
        (text.count("\n", 0, found.start("text")), found["text"])
        for found in FENCE.finditer(text)
        if found["language"] == language
    ]


def called(page: Path) -> str:
    return page.relative_to(ROOT / "docs").as_posix()


@pytest.fixture
def registries():
    """Take away again what pages register: layers, plots.

    Not what a page is the first to import: that registers itself once.
    """
    yield
    for name, kind in list(LAYER_KINDS.items()):
        if not kind.__module__.startswith("workbench."):
            del LAYER_KINDS[name]
    Card.declared[:] = [kind for kind in Card.declared if kind.__module__.startswith("workbench.")]


@pytest.mark.slow
@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=called)
@pytest.mark.usefixtures("registries")
@pytest.mark.filterwarnings("default")  # other packages' warnings are not what pages are about
@pytest.mark.filterwarnings(f"error::{WorkbenchWarning.__module__}.{WorkbenchWarning.__name__}")
def test_the_python_of_a_page_runs(page, tmp_path, monkeypatch):
    """All blocks of a page, one after the other, as a reader would type them into one session.

    A page that uses packages which the workbench does not install names them in its front matter,
    ``needs: torch, onnx``.
    """
    if needs := NEEDS.search(page.read_text("utf-8")):
        for package in needs["packages"].split(","):
            pytest.importorskip(package.strip())
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {"__name__": "__main__"}
    with redirect_stdout(io.StringIO()):
        for line, text in blocks(page, "python"):
            # Blank lines in front, so that a traceback has the line of the page.
            code = compile("\n" * line + text, str(page), "exec", dont_inherit=True)
            exec(code, names)
    for value in names.values():
        if type(value).__name__ == "Workbench":
            value.close()


def test_the_commands_of_pages_are_accepted():
    parser, commands = command_parser(), 0
    for page in PAGES:
        for _, text in blocks(page, "sh"):
            for line in text.replace("\\\n", " ").splitlines():
                words = shlex.split(line, comments=True)
                if words[:1] == ["snn-workbench"] and "--help" not in words:
                    try:
                        parser.parse_args(words[1:])
                    except SystemExit as refusal:
                        pytest.fail(f"{called(page)}: {line} is refused ({refusal.code})")
                    commands += 1
    assert commands


@pytest.mark.parametrize("page", PAGES, ids=called)
def test_what_a_page_points_to_exists(page):
    text = page.read_text("utf-8")
    linked = [page.parent / target for target in LINK.findall(FENCE.sub("", text))]
    named = [next(ROOT.glob(path), ROOT / path) for path in IN_TREE.findall(text) if path]
    # Pages of the reference are made when the site is built.
    missing = [
        str(path)
        for path in (*linked, *named)
        if not path.exists() and "reference" not in path.parts
    ]
    assert not missing


def test_every_key_of_snn_toolbox_is_in_its_table(tmp_path, monkeypatch):
    taken: set[tuple[str, str]] = set()
    take = Reader.take

    def noted(self, section, key, default, read):
        taken.add((section, key))
        return take(self, section, key, default, read)

    monkeypatch.setattr(Reader, "take", noted)
    for name in ("net.h5", "x_norm.npz"):
        (tmp_path / name).touch()
    config = tmp_path / "config.ini"
    config.write_text("[paths]\nfilename_ann = net\n")
    from_snn_toolbox(config)
    text = (ROOT / "docs" / "coming_from_snn_toolbox.md").read_text("utf-8")
    rows = {line.split("|")[1].strip() for line in text.splitlines() if line.startswith("| `[")}
    assert len(taken) > 20
    for section, key in taken | set(KEYS):
        assert f"`[{section}] {key}`" in rows
    for section in set(SECTIONS) - {"DEFAULT"}:
        assert f"`[{section}]`" in rows
    assert len(rows) == len(taken | set(KEYS)) + len(SECTIONS) - 1
