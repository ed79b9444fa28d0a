from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from workbench import datasets
from workbench.errors import DataError
from workbench.settings import Conversion, Simulation
from workbench.ui.app import Workbench
from workbench.ui.session.code import export_code, has_labels, settings_code


def test_only_what_differs_from_the_default_is_named() -> None:
    assert settings_code(Conversion()) == "wb.Conversion()"
    assert settings_code(Simulation(steps=7, record="all")) == (
        "wb.Simulation(steps=7, record='all')"
    )


def test_the_code_runs_and_gives_what_is_shown(
    make_bench: Callable[..., Workbench], tmp_path: Path
) -> None:
    bench = make_bench(percentile=98, sample=4)
    code = bench.code() + export_code("builtin", "net", samples=2)
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path, env={**os.environ}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    run, accuracy = bench.state.sample_run, bench.state.accuracy
    assert run is not None and accuracy is not None
    assert f"[{run.choice}] [[" in done.stdout
    assert f"{accuracy.snn[-1]:.2f}" in done.stdout
    assert (tmp_path / "net.snn").is_file()


def test_the_code_runs_for_samples_without_labels(
    make_bench: Callable[..., Workbench],
    own_files: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    bench = make_bench(own_files["network"], own_files["data"])
    assert bench.state.status.kind == "done", bench.state.status.text
    code = bench.code() + export_code("builtin", str(tmp_path / "net"), samples=2, labelled=False)
    assert "y_test" not in code
    exec(code, {})
    run = bench.state.sample_run
    assert run is not None
    assert f"[{run.choice}] [[" in capsys.readouterr().out
    assert (tmp_path / "net.snn").is_file()


def test_samples_in_memory_say_whether_they_carry_labels() -> None:
    digits = datasets.load("mnist14")
    assert has_labels(digits, None)
    assert not has_labels(datasets.from_arrays(digits.x_test[:5]), None)


def test_files_of_ones_own_are_named(make_bench: Callable[..., Workbench], tmp_path: Path) -> None:
    x = datasets.load("mnist14").x_test[:10]
    np.savez(tmp_path / "mine.npz", x=x, y=np.zeros(10, int))
    bench = make_bench(data=str(tmp_path / "mine.npz"))
    assert f"wb.datasets.from_npz('{tmp_path / 'mine.npz'}')" in bench.code()


def test_objects_of_ones_own_are_said_to_be_so(make_bench: Callable[..., Workbench]) -> None:
    from workbench import workflow

    bench = make_bench(workflow.load("counting"), datasets.load("mnist14"))
    assert "my_network" in bench.code()
    assert "my_data" in bench.code()


def test_arrays_and_sources_of_batches_become_data_sets(
    make_bench: Callable[..., Workbench],
) -> None:
    x = datasets.load("mnist14").x_test[:25]
    for given in (x, (batch for batch in (x[:4], x[4:]))):
        bench = make_bench("counting", given)
        assert np.array_equal(bench.state.data.x_test, x)
        assert "my_data" in bench.code()
    with pytest.raises(DataError, match=r"the shape \(\)"):
        make_bench("counting", 3)


def test_code_for_an_export_says_all_options() -> None:
    code = export_code("brian2", "a", overwrite=True, samples=3, parity_steps=5)
    for part in ("'brian2', 'a'", "samples=data.x_test[:3]", "parity_steps=5", "overwrite=True"):
        assert part in code
