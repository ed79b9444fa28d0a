from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from event_writers import nmnist

from workbench import datasets, workflow
from workbench.datasets import Dataset
from workbench.errors import DataError, ModelFileError
from workbench.network.graph import Network
from workbench.ui.session.code import _data_code
from workbench.ui.session.loading import Loader, MisfitError, needs_tensorflow


def test_bundled_networks_get_the_digits_that_fit() -> None:
    loader = Loader()
    assert loader.load("counting", None).dataset.name == "mnist14"
    assert (
        loader.load("mlp", None).dataset.sample_shape
        == loader.load("mlp", None).network.input_shape
    )


def test_another_network_takes_other_bundled_digits_along() -> None:
    loaded = Loader().load("counting", "mnist")
    assert loaded.dataset.name == "mnist14"
    assert loaded.data_asked is None


def test_networks_open_with_what_they_were_trained_on(lenet: Network) -> None:
    clothed = replace(lenet, data="fashion")
    loader = Loader()
    assert loader.load(clothed, None).dataset.name == "fashion"
    assert loader.load("lenet", None).dataset.name == "mnist"


def test_samples_chosen_with_a_network_stay_those_left_over_do_not(lenet: Network) -> None:
    clothed = replace(lenet, data="fashion")
    loader = Loader()
    chosen = loader.load(clothed, "mnist")
    assert (chosen.dataset.name, chosen.data_asked, chosen.note) == ("mnist", "mnist", "")
    assert loader.load("lenet", "mnist").data_asked == "mnist"
    again = loader.load(clothed, "mnist")
    assert (again.dataset.name, again.data_asked) == ("fashion", None)
    assert again.note == "lenet was trained on fashion, which is shown, not mnist."
    assert loader.load(clothed, "mnist").dataset.name == "mnist"  # asked for again: a choice


def test_samples_stay_with_a_network_that_records_none(lenet: Network) -> None:
    loader = Loader()
    loader.load("lenet", "fashion")
    assert loader.load(replace(lenet, data=""), "fashion").dataset.name == "fashion"


def test_the_code_names_the_samples_before_they_are_known() -> None:
    assert _data_code(None, None) == "wb.datasets.for_network(network)"
    assert _data_code("fashion", None) == "wb.datasets.load('fashion')"


def test_the_same_question_gets_the_same_answer() -> None:
    loader = Loader()
    first = loader.load("counting", None)
    assert loader.holds("counting", None)
    assert loader.load("counting", None) is first
    assert not loader.holds("mlp", None)


def test_a_converted_network_is_refused(tmp_path: Path, counting: Network) -> None:
    calibration = datasets.load("mnist14").calibration[:20]
    path = workflow.save(workflow.convert(counting, calibration), tmp_path / "spiking.snn")
    with pytest.raises(ModelFileError, match="converted already"):
        Loader().load(str(path), None)


def test_samples_of_another_size_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "small.npz"
    np.savez(path, x=np.zeros((3, 8, 8, 1), np.float32), y=np.zeros(3, int))
    with pytest.raises(DataError, match=r"\(8, 8, 1\); the network takes \(28, 28, 1\)"):
        Loader().load("lenet", str(path))


def test_several_inputs_are_explained(two_inputs: tuple[Network, Dataset]) -> None:
    network, data = two_inputs
    for asked in (None, datasets.from_arrays(np.zeros((3, 22), np.float32))):
        with pytest.raises(
            MisfitError, match=r"2 inputs.*image \(4 x 5 x 1\), facts \(3\).*np\.concatenate"
        ):
            Loader().load(network, asked)
    assert Loader().load(network, data).network is network


def test_labels_out_of_range_are_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "labels.npz"
    np.savez(path, x=np.zeros((3, 28, 28, 1), np.float32), y=np.array([0, 1, 12]))
    with pytest.raises(DataError, match=r"12.*has classes 0 to 9"):
        Loader().load("lenet", str(path))


def test_a_failure_leaves_what_was_loaded(tmp_path: Path) -> None:
    loader = Loader()
    loaded = loader.load("counting", None)
    with pytest.raises(ModelFileError):
        loader.load(str(tmp_path / "missing.keras"), None)
    assert loader.load("counting", None) is loaded


def test_only_files_of_ones_own_need_tensorflow(counting: Network) -> None:
    assert not needs_tensorflow("lenet")
    assert not needs_tensorflow(counting)
    assert not needs_tensorflow("mine.snn")
    assert needs_tensorflow("mine.keras")
    assert needs_tensorflow("mine.json")
    assert needs_tensorflow(Path("mine.h5"))


def test_the_interface_does_not_import_tensorflow() -> None:
    import subprocess

    code = (
        "import sys, workbench as wb; bench = wb.Workbench('counting', test_samples=0); "
        "assert bench.wait(60); bench.close(); "
        "assert bench.state.status.kind == 'done', bench.state.status; "
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_recordings_of_events_are_shown_as_their_mean_frames(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    events = zip(np.arange(500) * 100, *random.integers(0, 28, (2, 500)), [1] * 500, strict=True)
    path = tmp_path / "one.bin"
    path.write_bytes(nmnist([tuple(map(int, event)) for event in events]))
    from_path = Loader().load("mlp", str(path)).dataset
    data = datasets.from_events(path, input_shape=(28, 28, 1))
    from_object = Loader().load("mlp", data).dataset
    for dataset in (from_path, from_object):
        assert type(dataset) is Dataset
        assert np.array_equal(dataset.x_test, data.images)
    assert _data_code(path, Loader().load("mlp", str(path))) == (
        f"wb.datasets.from_events({str(path)!r}, input_shape=(28, 28, 1)).as_images()"
    )
    assert _data_code(data, None).startswith("my_data.as_images()  #")
