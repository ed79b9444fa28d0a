"""Models of viewers are read in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from workbench import datasets, workflow
from workbench.errors import ModelFileError, UnsupportedLayerError
from workbench.network.graph import Network
from workbench.ui.app import Workbench
from workbench.ui.session import reading
from workbench.ui.session.reading import read_apart
from workbench.util.capabilities import VIEWER


def child(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Let another program take the place of the one that reads."""
    started = subprocess.Popen

    def popen(command: list[str], **given: object) -> object:
        own = "from workbench.ui.session.read_child import limit; limit()\n" + code
        return started([sys.executable, "-P", "-c", own, *command[-2:]], **given)  # type: ignore[call-overload]

    monkeypatch.setattr(reading.subprocess, "Popen", popen)


def test_a_network_comes_back_as_it_would_be_read_here(tmp_path: Path) -> None:
    network = workflow.load("counting")
    path = workflow.save(network, tmp_path / "net.snn")
    again = read_apart(path)
    assert isinstance(again, Network)
    assert again.content_hash == network.content_hash
    assert again.report.equals(network.report)


def test_a_refusal_comes_back_with_its_kind_and_words(tmp_path: Path) -> None:
    path = tmp_path / "net.snn"
    path.write_bytes(b"no network")
    with pytest.raises(ModelFileError) as here:
        workflow.load(path)
    with pytest.raises(ModelFileError) as apart:
        read_apart(path)
    assert str(apart.value) == str(here.value)


def test_every_problem_of_a_network_comes_back(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = 'print(\'a library talks\'); print(\'{"kind": "UnsupportedLayerError", '
    child(monkeypatch, said + '"problems": ["a is odd.", "b is odd."]}\')')
    with pytest.raises(UnsupportedLayerError) as error:
        read_apart(tmp_path / "net.keras")
    assert error.value.problems == ("a is odd.", "b is odd.")


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "raise ValueError('/srv/secret')",
        "held = [bytearray(10**9) for _ in range(16)]",
        "open('large', 'wb').truncate(3 * 10**9)",
        "pass",
        "print('[1]')",
        "import time; time.sleep(600)",
    ],
    ids=["crash", "error", "memory", "disk", "nothing", "nonsense", "time"],
)
def test_what_breaks_the_limits_is_refused_in_a_sentence(
    code: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    child(monkeypatch, code)
    timeout_s = 1 if "sleep" in code else 60
    with pytest.raises(ModelFileError, match=r"net.keras cannot be read here: .* 120 s or 3 GB"):
        read_apart(tmp_path / "net.keras", timeout_s=timeout_s)


@pytest.mark.parametrize(
    "told", [b"", b"{", b"[]", b'{"kind": "SystemExit", "text": "x"}', b'{"kind": 3}', b"\xff"]
)
def test_nothing_but_a_refusal_is_read_from_what_was_said(told: bytes) -> None:
    assert isinstance(reading._refusal(told, Path("net.keras")), ModelFileError)


@pytest.mark.slow
def test_a_viewers_keras_model_is_opened_without_tensorflow_here(
    make_bench: Callable[..., Workbench],
) -> None:
    bench = make_bench(capabilities=VIEWER)
    path = datasets.model_path("mlp")
    before = set(sys.modules)
    bench.actions.uploads.open("network", "mine.keras", Path(path).read_bytes())
    assert bench.wait(120)
    assert bench.state.status.kind == "done", bench.state.status.text
    assert bench.state.loaded is not None and bench.state.loaded.network.input_shape == (28, 28, 1)
    assert not {"tensorflow", "keras"} & (set(sys.modules) - before)
