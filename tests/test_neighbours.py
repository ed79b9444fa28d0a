"""What other accounts of the same machine can see of a session: folders, names, processes."""

import ast
import os
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

import workbench
from workbench.launch import serving
from workbench.ui.session.scratch import Scratch
from workbench.util.capabilities import OWNER, VIEWER

pytestmark = pytest.mark.skipif(os.name != "posix", reason="folders have no modes here")

PACKAGE = Path(workbench.__file__).parent
SOURCES = [path for path in sorted(PACKAGE.rglob("*.py")) if "_shipped" not in path.parts]
SCRIPTS = sorted(PACKAGE.rglob("*.py.txt"))
PRIVATE = {"mkdtemp", "TemporaryDirectory", "TemporaryFile"}
"""What makes folders and files that this account alone may open, under names nobody can guess."""
TOLD = {
    PACKAGE / "doctor" / "machine.py": {"gettempdir"},
    PACKAGE / "launch" / "fork_server.py": {"tempdir"},
}
"""Sources that ask, or let be asked again, where temporary files lie, and write none there."""


def of_tempfile(path):
    """Names of the module tempfile that a source uses."""
    tree = ast.parse(path.read_text("utf-8"))
    nodes = list(ast.walk(tree))
    assert not [n for n in nodes if isinstance(n, ast.ImportFrom) and n.module == "tempfile"]
    return {
        node.attr
        for node in nodes
        if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "tempfile"
    }


def test_temporary_files_have_private_places_and_names():
    for path in (*SOURCES, *SCRIPTS):
        assert of_tempfile(path) <= PRIVATE | TOLD.get(path, set()), path
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not node.value.startswith(("/tmp/", "/var/tmp/", "/dev/shm/")), path


@pytest.fixture
def open_to_all(monkeypatch):
    """An account whose new files everybody may read and write, unless a program says otherwise."""
    before = os.umask(0)
    yield
    os.umask(before)


def closed(path):
    """The folder above a path that belongs to this account alone."""
    existing = [folder for folder in Path(path).parents if folder.exists()]
    return next(folder for folder in existing if not folder.stat().st_mode & 0o077)


@pytest.mark.parametrize("capabilities", [OWNER, VIEWER], ids=["owner", "viewer"])
def test_uploads_and_exports_lie_in_folders_of_this_account(capabilities, open_to_all):
    with ExitStack() as stack:
        one, two = Scratch(capabilities), Scratch(capabilities)
        for scratch in (one, two):
            stack.callback(scratch.close)
        paths = [os.fspath(scratch.store("net.snn", b"content")) for scratch in (one, two)]
        assert len({closed(path) for path in paths}) == 2
        for scratch, path in zip((one, two), paths, strict=True):
            assert scratch.holds(closed(path))
        if capabilities is VIEWER:
            assert two.holds(closed(two.place("exported")))


SERVED = """
import json, os, sys
from pathlib import Path
import psutil

place = Path(os.environ["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0]) / "voila.json"
token = json.loads(place.read_text())["Voila"]["token"]
modes = [folder.stat().st_mode & 0o077 for folder in place.parents]
lines = []
for process in psutil.process_iter():
    try:
        lines += process.cmdline()
    except (psutil.Error, OSError):
        pass
told = token in " ".join([*lines, *os.environ.values()])
Path(sys.argv[1]).write_text(json.dumps([bool(lines), told, 0 in modes]))
"""


def test_the_token_is_in_no_process_and_in_no_file_of_others(tmp_path, open_to_all):
    told = tmp_path / "told"
    code = serving.serve(
        [sys.executable, "-c", SERVED, str(told)],
        cwd=tmp_path,
        variables={"SNN_WORKBENCH_DASHBOARD": "1"},
        voila={"Voila": {"token": "a-token-of-this-test"}},
    )
    assert code == 0
    assert told.read_text() == "[true, false, true]"
