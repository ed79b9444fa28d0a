"""What the status line says, and when."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import numba
import pytest

from workbench.ui.app import Workbench


def test_no_lamp_is_green_over_an_old_result(bench: Workbench) -> None:
    seen: list[tuple[str, bool]] = []
    bench.state.observe(
        lambda change: seen.append((change["new"].kind, bench.state.outdated)), "status"
    )
    for steps in (30, 3000, 40):
        bench.state.steps = steps
        assert bench.wait(60)
    bench.actions.change(live=False)
    bench.actions.run()
    bench.state.percentile = 97
    assert bench.wait(60)
    assert ("done", True) not in seen
    assert {kind for kind, _ in seen} == {"busy", "done", "idle"}
    assert bench.state.outdated and bench.state.status.kind == "idle"


def test_a_change_is_being_computed_at_once(bench: Workbench) -> None:
    bench.state.steps = 400_000
    bench._ui.flush()
    assert bench.state.status.kind == "busy"
    told = threading.Event()
    bench.state.observe(lambda change: told.set() if change["new"].progress else None, "status")
    assert told.wait(60)
    status = bench.state.status
    assert status.kind == "busy" and status.progress is not None and 0 < status.progress < 1
    assert "of 400,000, about " in status.text and status.text.endswith(" left …")
    bench.actions.stop()
    assert bench.wait(60)
    assert bench.state.status.kind == "stopped"


def test_compiling_is_said_when_numba_compiles(
    bench: Workbench, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []
    bench.state.observe(lambda change: seen.append(change["new"].text), "status")
    bench.state.encoding = "poisson"
    bench.state.network = "mlp"
    assert bench.wait(60)
    whole = bench.actions.pipeline.converter.run

    def compiling(*args: Any) -> Any:
        numba.njit(lambda x: x + 1)(1)
        return whole(*args)

    told = len([text for text in seen if "Compiling" in text])
    bench.actions.run()  # everything is compiled
    assert bench.wait(60)
    assert len([text for text in seen if "Compiling" in text]) == told
    monkeypatch.setattr(bench.actions.pipeline.converter, "run", compiling)
    bench.actions.run()
    assert bench.wait(60)
    assert len([text for text in seen if "Compiling" in text]) > told


def test_a_traceback_tells_no_folders(bench: Workbench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(bench.actions.pipeline.converter, "run", fail)
    bench.actions.run()
    assert bench.wait(60)
    assert 'File "workbench/ui/session/pipeline.py", line' in bench.state.status.details
    assert str(Path(__file__).parents[2]) not in bench.state.status.details
