from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workbench.ui.session.read_child import HOME

START = """
import sys
from pathlib import Path
from workbench.ui.session.confined import SYSTEM, confine
own, others = map(Path, sys.argv[1:])
if not confine([sys.prefix, sys.base_prefix, *sys.path[1:], *SYSTEM], [own]):
    sys.exit(77)
"""


def confined(code: str, own: Path, others: Path) -> str:
    """Run lines in a confined process; return what they raise, or the last thing they print."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", START + code, str(own), str(others)],
        capture_output=True, text=True, timeout=300, cwd=own, env={"PYTHONPATH": str(HOME)},
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip("this system has no Landlock")
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    own, others = tmp_path / "own", tmp_path / "others"
    for folder in (own, others):
        folder.mkdir()
        (folder / "file").write_text("words")
    (own / "link").symlink_to(others / "file")
    return own, others


@pytest.mark.parametrize(
    "code",
    [
        "(others / 'file').read_text()",
        "(own / 'link').read_text()",
        "(own / '..' / 'others' / 'file').read_text()",
        "list(others.iterdir())",
        "(others / 'new').write_text('')",
        "(others / 'file').unlink()",
        "(others / 'file').rename(own / 'taken')",
        "Path('/etc/passwd').read_text()",
        "import os; Path(f'/proc/{os.getppid()}/environ').read_bytes()",
        "import subprocess; subprocess.run([sys.executable, '-c', "
        "f'open({str(others / \"file\")!r})'], check=True)",
    ],
)
def test_what_lies_elsewhere_is_out_of_reach(code: str, folders: tuple[Path, Path]) -> None:
    last = confined(code, *folders)
    assert "PermissionError" in last or "CalledProcessError" in last or "cross-device" in last
    assert (folders[1] / "file").read_text() == "words"
    assert not (folders[1] / "new").exists()


@pytest.mark.parametrize(
    "code",
    [
        "(own / 'new').write_text('a'); print((own / 'new').read_text() == 'a')",
        "(own / 'file').rename(own / 'moved'); print((own / 'moved').exists())",
        "import numpy, tempfile; print(numpy.arange(3).sum() == 3)",
    ],
)
def test_work_in_ones_own_folder_goes_on(code: str, folders: tuple[Path, Path]) -> None:
    assert confined(code, *folders) == "True"
