"""The files for containers, conda and Binder name commands, files and versions that exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from workbench.cli.main import command_parser

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")


def instructions(name: str) -> list[str]:
    joined = DOCKERFILE.replace("\\\n", " ")
    return re.findall(rf"^{name} (.+)$", joined, re.MULTILINE)


def test_the_container_starts_jupyterlab_for_whoever_has_its_token() -> None:
    program, *words = json.loads(instructions("CMD")[-1])
    options = command_parser().parse_args(words)
    assert program == "snn-workbench"
    assert (options.host, options.port) == ("0.0.0.0", 8888)  # the container's own addresses
    assert str(options.port) in instructions("EXPOSE")[0].split()


def test_what_the_dockerfile_says_of_dashboards_is_accepted() -> None:
    told = " ".join(line.lstrip("# ").rstrip("\\") for line in DOCKERFILE.splitlines())
    (words,) = re.findall(r"snn-workbench (dashboard [^#]*?--no-browser)", told)
    options = command_parser().parse_args(words.split())
    assert options.notebook == "demo_draw" and options.public


def test_the_container_does_not_run_as_root() -> None:
    (user,) = instructions("USER")
    made = next(line for line in instructions("RUN") if "useradd" in line)
    assert f"--uid {user} " in made and int(user) > 0
    assert DOCKERFILE.index("\nUSER ") < DOCKERFILE.index("pip install")


@pytest.mark.parametrize("name", ["Dockerfile", "environment.yml", "binder/requirements.txt"])
def test_the_tested_versions_are_installed(name: str) -> None:
    text, place = (ROOT / name).read_text("utf-8"), (ROOT / name).parent
    (constraints,) = re.findall(r"--constraint (\S+)", text)
    assert (place / constraints).is_file()
    python = re.search(r"python(\d\.\d+)\.txt", constraints)
    assert python is not None
    source = ROOT / "binder/runtime.txt" if name.startswith("binder") else ROOT / name
    assert re.search(rf"python[-:=]{re.escape(python[1])}", source.read_text("utf-8"))
