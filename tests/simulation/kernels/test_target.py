import numba
import pytest

from workbench.simulation.kernels import target


@pytest.mark.parametrize(
    ("name", "features", "expected"),
    [
        ("haswell", "+avx,+avx2,+fma", "AVX2, AVX (NUMBA_CPU_NAME=haswell)"),
        ("generic", None, "those of every such processor (NUMBA_CPU_NAME=generic)"),
        (None, "+neon,-sve", "NEON"),
    ],
)
def test_extensions_are_those_that_numba_compiles_for(monkeypatch, name, features, expected):
    monkeypatch.setattr(numba.config, "CPU_NAME", name)
    monkeypatch.setattr(numba.config, "CPU_FEATURES", features)
    assert target.vectors_sentence() == expected


def test_the_name_is_that_which_was_set_or_the_machines_own(monkeypatch):
    monkeypatch.setattr(numba.config, "CPU_NAME", "haswell")
    assert target.target_name() == "haswell"
    monkeypatch.setattr(numba.config, "CPU_NAME", None)
    assert target.target_name() == target.llvm.get_host_cpu_name() != ""


def test_extensions_are_the_processors_own_by_default(monkeypatch):
    monkeypatch.setattr(numba.config, "CPU_NAME", None)
    monkeypatch.setattr(numba.config, "CPU_FEATURES", None)
    monkeypatch.setattr(
        target.llvm, "get_host_cpu_features", lambda: {"avx2": True, "avx512f": False}
    )
    assert target.vectors_sentence() == "AVX2"
