"""The processor as numba sees it."""

import numba
import pytest

from workbench.simulation.kernels.processor import processor


@pytest.mark.parametrize(
    ("name", "features", "vectors"),
    [
        ("haswell", "+avx2,+fma,+bmi,-avx512f,+sse4.2", ("avx2", "fma", "sse4.2")),
        ("znver4", "+avx512f,+avx512vbmi2,+aes", ("avx512f", "avx512vbmi2")),
        ("apple-m1", "+neon,+crc", ("neon",)),
        ("generic", "", ()),
    ],
)
def test_what_numba_was_told_counts(name, features, vectors, monkeypatch):
    monkeypatch.setattr(numba.config, "CPU_NAME", name)
    monkeypatch.setattr(numba.config, "CPU_FEATURES", features)
    assert processor() == (name, vectors)


def test_otherwise_it_is_the_processor_of_this_machine(monkeypatch):
    monkeypatch.setattr(numba.config, "CPU_NAME", None)
    monkeypatch.setattr(numba.config, "CPU_FEATURES", None)
    name, vectors = processor()
    assert name
    assert all("bmi" not in vector or vector.startswith("avx512") for vector in vectors)
