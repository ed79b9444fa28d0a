import numpy as np
import pytest
from export_cases import flat

from workbench.errors import DataError, ExportError
from workbench.export import TARGETS, export


@pytest.fixture(scope="module")
def network():
    return flat().convert()


@pytest.fixture(scope="module")
def x():
    return np.random.default_rng(5).random((4, 12))


def test_targets():
    assert TARGETS.kinds == ("brian2", "builtin", "loihi")


def test_an_unknown_target_is_refused_by_name(network, tmp_path):
    with pytest.raises(ExportError, match="no export target 'nest'; accepted: brian2, builtin"):
        export(network, "nest", tmp_path / "net")


def test_an_unknown_option_is_refused_by_name(network, tmp_path):
    with pytest.raises(ExportError, match="'builtin' has no option chip; it has samples, labels"):
        export(network, "builtin", tmp_path / "net", chip="loihi1")


def test_an_analog_network_is_refused(tmp_path):
    with pytest.raises(ExportError, match=r"not Network\. Convert the network first"):
        export(flat().network(), "builtin", tmp_path / "net")


@pytest.mark.parametrize("target", ["brian2", "builtin", "loihi"])
def test_without_a_simulator_files_are_written_and_parity_says_so(network, tmp_path, target):
    report = export(network, target, tmp_path / "net")
    assert report.target == target
    assert all(file.is_file() for file in report.files)
    assert sorted(tmp_path.iterdir()) == sorted(report.files)
    if target != "builtin":
        assert report.parity.status == "not run"
        assert "no simulator was given" in report.parity.words


@pytest.mark.parametrize("target", ["brian2", "builtin", "loihi"])
def test_exporting_twice_gives_the_same_bytes(network, tmp_path, target):
    (tmp_path / "1").mkdir()
    (tmp_path / "2").mkdir()
    first = export(network, target, tmp_path / "1" / "net")
    second = export(network, target, tmp_path / "2" / "net")
    for a, b in zip(first.files, second.files, strict=True):
        assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize("target", ["brian2", "builtin", "loihi"])
def test_files_that_exist_are_kept(network, tmp_path, target):
    export(network, target, tmp_path / "net")
    before = {file: file.read_bytes() for file in tmp_path.iterdir()}
    with pytest.raises(ExportError, match="overwrite=True"):
        export(network, target, tmp_path / "net")
    assert {file: file.read_bytes() for file in tmp_path.iterdir()} == before
    export(network, target, tmp_path / "net", overwrite=True)


@pytest.mark.parametrize("target", ["brian2", "builtin", "loihi"])
def test_samples_that_do_not_fit_are_refused(network, x, tmp_path, target):
    path = tmp_path / "net"
    with pytest.raises(DataError, match=r"takes \(samples, 12\)"):
        export(network, target, path, samples=x[:, :5])
    with pytest.raises(ExportError, match="4 samples need one class number each"):
        export(network, target, path, samples=x, labels=np.zeros(3))
    with pytest.raises(ExportError, match="labels but no samples"):
        export(network, target, path, labels=np.zeros(3))
    with pytest.raises(ExportError, match="at least one sample"):
        export(network, target, path, samples=x[:0])
    assert not list(tmp_path.iterdir())


def test_no_file_names_a_folder_of_this_machine(network, x, tmp_path):
    for target in TARGETS.kinds:
        for file in export(network, target, tmp_path / target, samples=x).files:
            assert str(tmp_path).encode() not in file.read_bytes()
