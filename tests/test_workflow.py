"""The public surface, as a script uses it."""

import inspect
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from layer_cases import CASES, built
from networks import convolution_network
from spiking_networks import GRID, chain

import workbench as wb
from workbench.errors import DataError, ModelFileError, SettingsError, WorkbenchError
from workbench.network.graph import Network
from workbench.network.spiking import SpikingNetwork
from workbench.util.stored_samples import first


@pytest.fixture(scope="module")
def run(spiking_lenet, digits):
    settings = wb.Simulation(steps=30, record="all")
    return wb.simulate(spiking_lenet, digits.x_test[:20], settings)


@pytest.mark.parametrize("name", wb.datasets.model_names())
def test_bundled_networks_load_by_name(name):
    network = wb.load(name)
    assert isinstance(network, Network)
    assert network.classes in (10, 24)


def test_a_bundled_network_is_what_its_keras_file_holds():
    for name in ("counting", "lenet"):
        assert wb.load(wb.datasets.model_path(name)) == wb.load(name)


def test_a_live_model_loads():
    model, network = built("conv_odd_same")
    assert wb.load(model) == network


def test_a_loaded_network_loads_as_itself(lenet, spiking_lenet):
    assert wb.load(lenet) is lenet
    assert wb.load(spiking_lenet) is spiking_lenet


def test_saved_networks_load_by_text_and_by_path(tmp_path, spiking_lenet):
    path = wb.save(spiking_lenet, tmp_path / "lenet.snn")
    assert wb.load(path) == wb.load(str(path)) == spiking_lenet
    assert isinstance(wb.load(path), SpikingNetwork)


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("lenett", "no bundled network 'lenett'; there are lenet, mlp, .*A file needs its ending"),
        ("gone.onnx", r"gone\.onnx does not exist"),
        ("gone.snn", r"gone\.snn does not exist"),
        ("gone.keras", r"gone\.keras does not exist"),
        (3, "Expected a network, got an int; accepted: a path, a bundled name"),
    ],
)
def test_what_cannot_be_loaded_is_refused(source, message):
    with pytest.raises(ModelFileError, match=message):
        wb.load(source)


def test_forward_and_predictions_are_those_of_the_analog_network(lenet, digits):
    y = lenet.forward(digits.x_test[:50])
    assert y.shape == (50, 10)
    assert (lenet.predictions(digits.x_test[:50]) == y.argmax(axis=1)).all()
    assert (lenet.predictions(digits.x_test[:50]) == digits.y_test[:50]).mean() > 0.9


def test_converting_a_spiking_network_is_refused(spiking_lenet, digits):
    with pytest.raises(
        SettingsError, match=r"is a spiking network already. Convert the analog network"
    ):
        wb.convert(spiking_lenet, digits.calibration)


@pytest.mark.parametrize("function", [wb.simulate, lambda net, x: wb.stream(net, x)])
def test_simulating_an_analog_network_is_refused(lenet, digits, function):
    with pytest.raises(DataError, match=r"A Network cannot be simulated.*Convert it first"):
        function(lenet, digits.x_test[:1])


def test_exporting_an_analog_network_is_refused(lenet, tmp_path):
    with pytest.raises(DataError, match="a spiking network is needed"):
        wb.export(lenet, "brian2", tmp_path / "x.py")


def test_a_run_says_what_it_was(run):
    assert repr(run).startswith("Run of 'lenet': 20 samples, 30 steps, ")
    assert run.steps == 30
    assert run.elapsed_s > 0


def test_layers_come_from_input_to_output(run, spiking_lenet):
    assert run.layers == spiking_lenet.layers


def test_shapes_and_types_of_results(run):
    assert run.output_counts.shape == (20, 10)
    assert run.output_counts.dtype == np.int32
    predictions = run.predictions()
    assert predictions.shape == (20,)
    assert predictions.dtype == np.int64
    assert run.counts(run.layers[0]).shape == (20, *run.recording.network.populations[1].shape)


def test_counts_and_spikes_tell_the_same(run):
    for layer in run.layers:
        table = run.spikes(layer)
        assert list(table.columns) == ["sample", "step", "unit"]
        counts = run.counts(layer)
        assert len(table) == counts.sum()
        one = table[table["sample"] == 3].groupby("unit").size()
        flat = counts[3].reshape(-1)
        assert (flat[one.index] == one).all()
        assert table["step"].between(0, 29).all()


def test_predictions_have_the_most_spikes(run):
    counts, predictions = run.output_counts, run.predictions()
    assert (counts[np.arange(20), predictions] == counts.max(axis=1)).all()


def test_accuracy_is_a_table_over_steps(run, digits, lenet):
    labels = digits.y_test[:20]
    table = run.accuracy(labels, lenet)
    assert list(table.columns) == ["snn", "undecided", "ann"]
    assert table.index.tolist() == list(range(1, 31))
    assert table["snn"].iloc[-1] == (run.predictions() == labels).mean()
    assert (table["ann"] == (lenet.predictions(digits.x_test[:20]) == labels).mean()).all()
    assert run.accuracy(labels)["ann"].isna().all()
    assert (run.accuracy(labels, 0.5)["ann"] == 0.5).all()


def test_labels_of_every_form_give_one_accuracy(run, lenet, digits):
    labels = digits.y_test[:20]
    expected = run.accuracy(labels, lenet)
    for form in (labels[:, None], labels.astype(float), np.eye(10)[labels], labels.tolist()):
        pd.testing.assert_frame_equal(run.accuracy(form, lenet), expected)
        assert run.confusion(form).to_numpy().trace() == (run.predictions() == labels).sum()


def test_accuracy_among_the_first_classes(run, lenet, digits):
    labels = digits.y_test[:20]
    one, two, five = (run.accuracy(labels, lenet, k=k) for k in (1, 2, 5))
    assert five.index.tolist() == list(range(1, 31))
    assert (one["snn"] <= two["snn"]).all()
    assert (two["snn"] <= five["snn"]).all()
    pd.testing.assert_series_equal(five["undecided"], one["undecided"])
    outputs = lenet.forward(digits.x_test[:20])
    first = np.argsort(-outputs, axis=1)[:, :2]
    assert two["ann"].iloc[0] == (first == labels[:, None]).any(axis=1).mean()
    for k in (0, 6, True, 2.5, "5"):
        with pytest.raises(DataError, match=r"k is .*; accepted: 1 to 5\. .* 'lenet' has 10"):
            run.accuracy(labels, k=k)


def test_one_output_means_two_classes():
    network = chain([[GRID]])
    run = wb.simulate(network, np.array([[0.0], [1.0], [1.0]]), wb.Simulation(steps=4))
    assert run.accuracy([[0.0], [1.0], [0.0]])["snn"].iloc[-1] == pytest.approx(2 / 3)
    assert run.accuracy(np.eye(2)[[0, 1, 1]])["snn"].iloc[-1] == 1
    assert run.confusion([0, 1, 0]).to_numpy().tolist() == [[1, 1], [0, 1]]
    with pytest.raises(DataError, match="has classes 0 to 1"):
        run.accuracy([0, 1, 2])
    with pytest.raises(DataError, match=r"k is 2; accepted: 1 to 1\."):
        run.accuracy([0, 1, 1], k=2)


def test_labels_that_do_not_fit_are_refused(run):
    with pytest.raises(DataError, match=r"accepted for 20 samples: class numbers \(20,\)"):
        run.accuracy(np.zeros(19, int))
    with pytest.raises(DataError, match="classes 0 to 9"):
        run.accuracy(np.full(20, 10))


def test_layers_that_were_not_recorded_are_refused(spiking_lenet, digits):
    first = spiking_lenet.layers[0]
    run = wb.simulate(spiking_lenet, digits.x_test[:1], wb.Simulation(steps=3))
    for method in (run.spikes, run.counts):
        with pytest.raises(SettingsError, match=rf"'{first}' was not recorded; .*record="):
            method(first)
        with pytest.raises(SettingsError, match="no layer 'nope'; it has "):
            method("nope")
    assert run.counts("output").shape == (1, 10)


def test_potentials_are_in_thresholds(spiking_lenet, digits):
    settings = wb.Simulation(steps=20, record="all", record_potentials="conv1")
    run = wb.simulate(spiking_lenet, digits.x_test[:2], settings)
    potentials = run.potentials("conv1")
    assert potentials.shape == (2, 20, *spiking_lenet.population("conv1").shape)
    # What came in is what is left, and a threshold for each spike.
    drive = spiking_lenet.drive(spiking_lenet.encode(digits.x_test[:2]))["conv1"]
    per_step = (drive + spiking_lenet.population("conv1").bias) * spiking_lenet.unit
    came = 20 * per_step.reshape(potentials[:, -1].shape)
    np.testing.assert_allclose(potentials[:, -1] + run.counts("conv1"), came, atol=1e-9)
    with pytest.raises(wb.WorkbenchError, match="'conv2' were not recorded; recorded: conv1"):
        run.potentials("conv2")


def test_spikes_that_are_taken_back_have_a_sign(lenet, digits):
    conversion = wb.Conversion(signed_neurons=True, initial_potential=0.5)
    spiking = wb.convert(lenet, digits.calibration[:200], conversion)
    run = wb.simulate(spiking, digits.x_test[:2], wb.Simulation(steps=20, record="all"))
    spikes = run.spikes("dense1")
    assert list(spikes) == ["sample", "step", "unit", "sign", "payload"]
    assert set(spikes["sign"]) == {1, -1} and (spikes["payload"] == spikes["sign"]).all()
    net = spikes.groupby(["sample", "unit"])["sign"].sum()
    counts = run.counts("dense1")
    assert all(counts[index] == total for index, total in net.items())
    assert counts.sum() == net.sum()
    assert list(run.spikes("output")) == list(spikes)


def test_tables_of_rates_operations_and_correlations(run, lenet):
    assert isinstance(run.rates(), pd.DataFrame)
    assert set(run.rates()["layer"]) == set(run.layers)
    costs = run.operations()
    assert costs["layer"].tolist() == list(run.layers)
    assert (costs["energy_pj"] > 0).any()
    agreement = run.correlations(lenet)
    assert agreement["layer"].tolist() == list(run.layers)
    assert (agreement["correlation"] > 0.5).all()


def test_a_stream_ends_where_a_run_does(run, spiking_lenet, digits):
    windows = list(
        wb.stream(spiking_lenet, digits.x_test[:20], wb.Simulation(steps=30), window_steps=7)
    )
    assert (windows[-1].output_counts[:, -1] == run.output_counts).all()
    assert [w.stop for w in windows] == [7, 14, 21, 28, 30]


def test_undecided_samples_are_not_class_zero():
    network = chain([[GRID, 0]])
    run = wb.simulate(network, np.array([[0.0], [1.0]]), wb.Simulation(steps=4))
    assert run.predictions().tolist() == [-1, 0]
    table = run.accuracy([0, 0])
    assert table["snn"].tolist() == [0.5] * 4
    assert table["undecided"].tolist() == [0.5] * 4


def test_samples_on_disk_give_what_the_same_in_memory_do(lenet, digits, tmp_path):
    np.save(tmp_path / "x.npy", np.rint(255 * digits.x_test[:150]).astype(np.uint8))
    data = wb.datasets.from_folder(tmp_path)
    calibration, x = data.x_test[:100], np.asarray(data.x_test)
    stored = wb.datasets.from_arrays(data.x_test).x_test
    settings = wb.Simulation(steps=5, batch_size=64, record=("output",))
    snn = wb.convert(lenet, calibration)
    assert wb.convert(lenet, first(stored, 100)) == snn
    with h5py.File(tmp_path / "x.h5", "w") as file:
        in_file = file.create_dataset("x", data=x)
        for lying in (stored, in_file):
            run, expected = (wb.simulate(snn, samples, settings) for samples in (lying, x))
            assert run.spikes("output").equals(expected.spikes("output"))
            np.testing.assert_array_equal(lenet.predictions(lying), lenet.predictions(x))
            assert run.correlations(lenet).equals(expected.correlations(lenet))
        windows = wb.stream(snn, stored, settings)
        assert [len(window.samples) for window in windows] == [64, 64, 22]


def test_samples_may_be_plain_lists():
    run = wb.simulate(chain([[GRID, 0]]), [[1.0], [0.0]], wb.Simulation(steps=2))
    assert run.predictions().tolist() == [0, -1]


def test_another_percentile_converts_without_another_forward_pass(monkeypatch):
    network = convolution_network(seed=77)
    x = np.random.default_rng(0).random((300, 5, 5, 1), np.float32)
    wb.convert(network, x)
    forwarded = []
    original = Network.activations
    monkeypatch.setattr(
        Network, "activations", lambda self, x: forwarded.append(len(x)) or original(self, x)
    )
    wb.convert(network, x, wb.Conversion(percentile=90))
    # The few samples on which rounding is measured.
    assert sum(forwarded) < 20


def test_a_script_from_file_to_tables(tmp_path):
    name = "residual_with_linear_shortcut"
    model, _ = built(name)
    x = CASES[name].samples(40)
    model.save(tmp_path / "net.keras")
    network = wb.load(tmp_path / "net.keras")
    spiking = wb.convert(network, x, wb.Conversion(percentile=100, initial_potential=0.5))
    spiking = wb.load(wb.save(spiking, tmp_path / "net.snn"))
    run = wb.simulate(spiking, x[:10], wb.Simulation(steps=300, record="all"))
    assert (run.predictions() == network.predictions(x[:10])).mean() >= 0.8
    assert (run.correlations(network)["correlation"].dropna() > 0.97).all()


def test_names_of_the_surface_are_there():
    for name in wb.__all__:
        if name != "Workbench":  # needs the widgets; tried out by the tests of the interface
            assert getattr(wb, name) is not None
    assert set(wb.__all__) <= set(dir(wb))
    with pytest.raises(AttributeError, match="no attribute 'simulat'"):
        _ = wb.simulat


def test_folders_and_functions_have_names_of_their_own():
    import workbench.conversion.preparation as prepare
    import workbench.exporters
    import workbench.simulation

    assert callable(prepare.prepare)
    assert callable(wb.convert)
    assert callable(wb.simulate)
    assert callable(wb.export)
    for folder in (workbench.exporters, workbench.simulation):
        assert inspect.ismodule(folder)


def test_every_refusal_is_of_one_family():
    from workbench import errors

    classes = [v for v in vars(errors).values() if isinstance(v, type)]
    kinds = [v for v in classes if v.__module__ == errors.__name__ and not issubclass(v, Warning)]
    assert len(kinds) >= 8
    assert all(issubclass(kind, WorkbenchError) for kind in kinds)


def test_a_bundled_network_loads_by_a_path_of_its_name(lenet):
    assert wb.load(Path("lenet")) == lenet


def test_saving_what_is_no_network_is_refused(tmp_path):
    with pytest.raises(WorkbenchError, match=r"A dict cannot be saved; accepted: networks that"):
        wb.save({}, tmp_path / "net.snn")


def test_accuracy_is_not_compared_with_a_spiking_network(run, digits, spiking_lenet):
    labels = digits.y_test[: run.recording.samples]
    with pytest.raises(WorkbenchError, match="ann is a SpikingNetwork; accepted: the analog"):
        run.accuracy(labels, ann=spiking_lenet)


@pytest.mark.parametrize("ann", [99.0, -0.1])
def test_an_accuracy_is_a_share(run, digits, ann):
    with pytest.raises(WorkbenchError, match=rf"ann is {ann}; accepted: an accuracy from 0 to 1"):
        run.accuracy(digits.y_test[: run.recording.samples], ann=ann)


def test_a_whole_data_set_is_not_its_samples(spiking_lenet, lenet, digits):
    with pytest.raises(DataError, match=r"A whole data set was given; .*data\.x_test"):
        wb.simulate(spiking_lenet, digits)
    with pytest.raises(DataError, match=r"A whole data set was given; .*data\.calibration"):
        wb.convert(lenet, digits)


@pytest.mark.parametrize("x", [None, "digits.npz", [[1.0], [1.0, 2.0]]])
def test_samples_are_an_array(spiking_lenet, x):
    with pytest.raises(DataError, match=r"Samples (are|do not form an array)"):
        wb.simulate(spiking_lenet, x)


def test_settings_of_another_kind_are_refused(spiking_lenet, lenet, digits):
    with pytest.raises(SettingsError, match=r"are a dict; accepted: wb\.Conversion\(\.\.\.\)"):
        wb.convert(lenet, digits.calibration, {"percentile": 99})
    with pytest.raises(SettingsError, match=r"are a Conversion; accepted: wb\.Simulation"):
        wb.simulate(spiking_lenet, digits.x_test[:1], wb.Conversion())


def test_a_name_is_no_network_to_convert(digits):
    with pytest.raises(DataError, match=r"A str cannot be converted; .*wb\.load"):
        wb.convert("mlp", digits.calibration)


def test_networks_are_saved_under_the_ending_they_are_loaded_by(tmp_path, lenet):
    with pytest.raises(ModelFileError, match=r"net\.foo does not end in \.snn"):
        wb.save(lenet, tmp_path / "net.foo")


def test_networks_and_windows_show_as_one_line(lenet, spiking_lenet, digits):
    assert repr(lenet) == (
        "Network 'lenet': 7 layers, 215,370 parameters, 18,954 neurons, 2,605,248 synapses"
    )
    assert repr(spiking_lenet).startswith("SpikingNetwork 'lenet': 4 layers, 18,954 neurons")
    assert repr(spiking_lenet.populations[1]) == "Population 'conv1': if, 28 x 28 x 16"
    assert repr(spiking_lenet.projections[1]) == (
        "Projection from 'conv1' to 'conv2': SumPool2D, Conv2D"
    )
    window = next(wb.stream(spiking_lenet, digits.x_test[:2], window_steps=5))
    assert repr(window).startswith("Window: steps 0 to 4 of 2 samples, ")
