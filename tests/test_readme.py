"""What the README and its neighbours promise: links lead somewhere, and the code runs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md")
CODE = re.compile(r"```python\n(.*?)```", re.DOTALL)


@pytest.mark.parametrize("page", PAGES)
def test_relative_links_lead_to_files(page):
    text = (ROOT / page).read_text("utf-8")
    for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text):
        if "://" not in target:
            assert (ROOT / target).exists(), target


def test_paths_in_the_recipes_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    paths = re.findall(r"`((?:workbench|tests|docs|data|\.ci|constraints)/[\w./]*)`", text)
    assert len(paths) > 10
    for path in paths:
        if "NAME" not in path:
            assert (ROOT / path).exists(), path


@pytest.mark.slow
def test_the_python_of_the_readme_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (code,) = CODE.findall((ROOT / "README.md").read_text("utf-8"))
    exec(compile(code, "README.md", "exec"), {})
    assert (tmp_path / "lenet_brian2.py").exists()
