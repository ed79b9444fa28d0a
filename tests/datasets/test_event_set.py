"""Sets of recordings: files, folders and arrays, and what is simulated of them."""

from dataclasses import replace

import event_writers as write
import numpy as np
import pytest

import workbench as wb
from workbench.datasets import Dataset, EventDataset, from_events
from workbench.errors import DataError
from workbench.network.samples import mean_frames
from workbench.util.stored_samples import StoredSamples

RNG = np.random.default_rng(5)


def recorded(count=300, size=34):
    t = np.sort(RNG.integers(0, 300_000, count))
    x, y, p = RNG.integers(0, size, count), RNG.integers(0, size, count), RNG.integers(0, 2, count)
    return [tuple(int(n) for n in event) for event in zip(t, x, y, p, strict=True)]


def structured(events):
    kinds = [("x", np.int16), ("y", np.int16), ("t", np.int64), ("p", bool)]
    return np.array([(x, y, t, p) for t, x, y, p in events], kinds)


@pytest.fixture
def nmnist(tmp_path):
    """Three recordings a digit, in folders named as N-MNIST's are."""
    for part, count in (("Train", 3), ("Test", 2)):
        for digit in "01":
            folder = tmp_path / "N-MNIST" / part / digit
            folder.mkdir(parents=True)
            for number in range(count):
                (folder / f"{number:05}.bin").write_bytes(write.nmnist(recorded()))
    return tmp_path / "N-MNIST"


def test_one_file_is_one_sample(tmp_path):
    events = recorded()
    (tmp_path / "hand.aedat4").write_bytes(write.aedat4([events], height=34, width=34))
    data = from_events(tmp_path / "hand.aedat4", frames=20)
    assert isinstance(data, EventDataset)
    assert data.x_test.shape == (1, 20, 34, 34, 2)
    assert data.x_test.dtype == bool
    assert (data.frames, data.sample_shape, data.name) == (20, (34, 34, 2), "hand")
    assert data.y_test is None
    assert repr(data) == (
        "EventDataset('hand', train=1, test=1, frames=20, frame=34x34x2, classes=0)"
    )
    assert np.allclose(data.x_train, data.x_test.mean(axis=1))
    assert "20 frames that divide each recording" in data.source
    same = from_events(structured(events), frames=20, sensor_size=(34, 34))
    assert np.array_equal(same.x_test, data.x_test)
    columns = {"t": [e[0] for e in events], "x": [e[1] for e in events]}
    columns |= {"y": [e[2] for e in events], "p": [e[3] for e in events]}
    assert np.array_equal(from_events(columns, frames=20, sensor_size=(34, 34)).x_test, data.x_test)


def test_subfolders_are_classes_and_are_kept_apart(nmnist):
    data = from_events(nmnist, frames=10)
    assert data.x_train.shape == (6, 34, 34, 2)
    assert data.x_test.shape == (4, 10, 34, 34, 2)
    assert data.classes == ("0", "1")
    assert sorted(data.y_train) == [0, 0, 0, 1, 1, 1]
    assert sorted(data.y_test) == [0, 0, 1, 1]
    for number in range(4):
        folder = nmnist / "Test" / str(data.y_test[number])
        singles = [from_events(file, frames=10).x_test[0] for file in folder.iterdir()]
        assert any(np.array_equal(data.x_test[number], one) for one in singles)
    test = from_events(nmnist / "Test", frames=10)
    assert (len(test.x_test), len(test.x_train)) == (4, 4)


def test_full_scale_of_the_calibration_is_one_event_a_frame(nmnist):
    data = from_events(nmnist, frames=10)
    assert data.calibration.max() == 1
    assert np.array_equal(data.calibration[:6], data.x_train)
    assert set(np.unique(data.calibration[6])) == {0, 1}


def test_large_sets_stay_on_disk_and_give_the_same(nmnist, monkeypatch):
    data = from_events(nmnist, frames=10, frame_size=(17, 17))
    monkeypatch.setattr("workbench.datasets.event_set.CALIBRATION_BYTES", 20_000)
    stored = from_events(nmnist, frames=10, frame_size=(17, 17))
    assert isinstance(stored.x_test, StoredSamples)
    assert isinstance(stored.x_train, StoredSamples)
    assert np.array_equal(np.asarray(stored.x_test), data.x_test)
    assert np.array_equal(np.asarray(stored.x_train), data.x_train)
    assert np.array_equal(np.asarray(stored.images), data.images)


def test_lists_take_labels():
    recordings = [structured(recorded(30, 8)) for _ in range(4)]
    data = from_events(recordings, [0, 1, 1, 0], frames=5, sensor_size=(8, 8), classes=("a", "b"))
    assert data.y_test.tolist() == [0, 1, 1, 0]
    assert data.classes == ("a", "b")
    with pytest.raises(DataError, match=r"y has 2 labels, events\.x has 4 samples"):
        from_events(recordings, [0, 1], sensor_size=(8, 8))


def test_a_size_that_a_file_announces_is_not_believed(tmp_path):
    content = write.aedat4([recorded(5)], height=30_000, width=30_000)
    (tmp_path / "a.aedat4").write_bytes(content)
    with pytest.raises(DataError, match=r"x 30,000 pixels take 180\.0 GB; accepted: 2\.1 GB"):
        from_events(tmp_path / "a.aedat4")
    assert from_events(tmp_path / "a.aedat4", frame_size=(20, 20)).x_test.any()
    (tmp_path / "a.aedat4").write_bytes(write.aedat4([recorded(5)], height=0, width=34))
    with pytest.raises(DataError, match="the sensor has 0 x 34 pixels"):
        from_events(tmp_path / "a.aedat4")


class Tonic:
    """A data set as those of tonic are: items of events and label, the sensor as (x, y, p)."""

    sensor_size = (8, 6, 2)

    def __init__(self, targets):
        self.recordings = [structured(recorded(30, 6)) for _ in range(3)]
        if targets:
            self.targets = [2, 0, 1]

    def __len__(self):
        return 3

    def __getitem__(self, number):
        return self.recordings[number], [2, 0, 1][number]


@pytest.mark.parametrize("targets", [True, False])
def test_data_sets_of_tonic(targets):
    data = from_events(Tonic(targets), frames=4)
    assert data.x_test.shape == (3, 4, 6, 8, 2)
    assert data.y_test.tolist() == [2, 0, 1]
    assert data.name == "Tonic"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (3, "Expected recordings of events, got a int"),
        ([], "There are no recordings"),
        ("none.bin", "There is no file none.bin"),
        ([3], r"events\[0\] is a int; accepted: a structured array"),
    ],
)
def test_what_is_no_recording_is_refused(source, message):
    with pytest.raises(DataError, match=message):
        from_events(source)


def test_folders_that_do_not_fit_are_refused(tmp_path, nmnist):
    with pytest.raises(DataError, match=r"holds no recordings of events \(\.bin, "):
        from_events(tmp_path)
    with pytest.raises(DataError, match=r"whose subfolders are classes\. Leave y out"):
        from_events(nmnist, [0])
    (nmnist / "Test" / "1").rename(nmnist / "Test" / "2")
    with pytest.raises(DataError, match=r"Test/2 is not one of the training classes \(0, 1\)"):
        from_events(nmnist)


def test_recordings_of_different_cameras_need_a_frame_size(tmp_path):
    for name, size in (("a", 34), ("b", 40)):
        content = write.aedat4([recorded()], height=size, width=size)
        (tmp_path / f"{name}.aedat4").write_bytes(content)
    with pytest.raises(DataError, match=r"frames of shape \(40, 40, 2\), and .*\(34, 34, 2\)"):
        from_events(tmp_path)
    assert from_events(tmp_path, frame_size=(10, 10)).x_test.shape == (2, 100, 10, 10, 2)


def test_a_network_that_takes_other_frames_is_told_the_remedy():
    data = from_events(structured(recorded(30, 8)), sensor_size=(8, 8))
    with pytest.raises(DataError, match=r"\(8, 8, 2\); .*takes \(4, 4, 1\).*input_shape=\(4, 4, 1"):
        data.validate((4, 4, 1), 10)
    fitting = from_events(structured(recorded(30, 8)), sensor_size=(8, 8), input_shape=(4, 4, 1))
    fitting.validate((4, 4, 1), 10)


def test_frames_are_simulated_and_the_analog_network_is_compared_on_their_mean():
    network = wb.load("mlp")
    recordings = [structured(recorded(4000, 28))] * 3
    options = {"sensor_size": (28, 28), "input_shape": network.input_shape}
    data = from_events(recordings, [0, 0, 0], frames=50, **options)
    data.validate(network.input_shape, network.classes)
    snn = wb.convert(network, data.calibration, wb.Conversion(percentile=100))
    settings = wb.Simulation(steps=50, encoding="events", record="all")
    run = wb.simulate(snn, data.x_test, settings)
    rates = run.counts(snn.input.name).reshape(3, 28, 28, 1) / 50
    assert np.allclose(rates, data.images)
    choice = int(network.predictions(data.images)[0])
    labels = np.full(3, choice)
    assert run.accuracy(labels, ann=network)["ann"].iloc[-1] == 1
    for steps in (20, 80):  # fewer than the frames, and more
        shorter = wb.simulate(snn, data.x_test, replace(settings, steps=steps))
        rates = shorter.counts(snn.input.name).reshape(3, 28, 28, 1) / steps
        assert np.allclose(mean_frames(data.x_test, steps, snn.input_scale), rates)
    images = data.as_images()
    assert type(images) is Dataset
    assert np.array_equal(images.x_test, data.images)
    assert run.correlations(network)["correlation"].min() > 0.8
    with pytest.raises(DataError, match=r'frames of events, use Simulation\(encoding="events"\)'):
        wb.simulate(snn, data.x_test)
