"""Memory, disk, processor, and where compiled kernels are kept."""

import tempfile

import pytest

from workbench.doctor import machine
from workbench.simulation import kernels
from workbench.simulation.kernels import target


def found(examine=machine.examine_machine):
    return {finding.name: finding for finding in examine()}


def test_a_budget_that_is_no_size_is_a_problem(monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", "much")
    budget = found()["WORKBENCH_MEMORY"]
    assert (budget.status, budget.value) == ("problem", "much")
    assert "accepted: a size above 0" in budget.remedy


@pytest.mark.parametrize(("given", "status"), [("2 GB", "ok"), ("900 TB", "note"), ("", "ok")])
def test_a_budget_above_what_is_free_is_told(given, status, monkeypatch):
    monkeypatch.setenv("WORKBENCH_MEMORY", given)
    monkeypatch.setattr(machine, "free_memory", lambda: 10 * 10**9)
    monkeypatch.setattr("workbench.util.memory_budget.free_memory", lambda: 10 * 10**9)
    assert found()["WORKBENCH_MEMORY"].status == status


def test_little_memory_is_told(monkeypatch):
    monkeypatch.setattr(machine, "free_memory", lambda: 10**8)
    assert (found()["free memory"].status, found()["free memory"].value) == ("note", "100.0 MB")


def test_cores_are_counted():
    usable, _, existing = found()["cores"].value.partition(" of ")
    assert 1 <= int(usable) <= int(existing)


def test_a_machine_without_a_temporary_folder_has_a_problem(monkeypatch):
    def none():
        raise FileNotFoundError("No usable temporary directory found")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    assert found()["temporary folder"].status == "problem"
    assert "TMPDIR" in found()["temporary folder"].remedy


def test_a_full_disk_is_told(monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    assert found()["temporary folder"].status == "note"


def test_kernels_that_are_not_kept_are_a_problem(monkeypatch):
    monkeypatch.setattr(kernels, "NOT_KEPT", "")
    assert found(machine.examine_simulator)["compiled kernels"].status == "ok"
    monkeypatch.setattr(kernels, "NOT_KEPT", "no folder can be written to cache them")
    kept = found(machine.examine_simulator)["compiled kernels"]
    assert (kept.status, kept.value) == ("problem", "no folder can be written to cache them")
    assert "NUMBA_CACHE_DIR" in kept.remedy


def test_a_processor_without_vectors_is_told(monkeypatch):
    monkeypatch.setattr(target, "target_name", lambda: "old")
    monkeypatch.setattr(target, "vector_extensions", lambda: ())
    shown = found(machine.examine_simulator)
    assert shown["processor"].value == "old"
    assert shown["vector extensions"].status == "note"
