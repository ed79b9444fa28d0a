"""What a configuration of snn_toolbox names: models, samples, folders of images."""

import json

import numpy as np
import pytest
from keras2_files import dense, sequential, weighted, write_weights
from networks import dense_network
from toolbox_files import line, read, with_files

import workbench as wb
from workbench.errors import ModelFileError, SettingsError, WorkbenchError
from workbench.ingest.snn_toolbox import from_snn_toolbox


@pytest.fixture
def folder(tmp_path):
    return with_files(tmp_path)


def test_files_that_are_none_are_refused(folder):
    with pytest.raises(SettingsError, match=r"gone\.ini does not exist. Check the path"):
        from_snn_toolbox(folder / "gone.ini")
    with pytest.raises(SettingsError, match="Cannot read"):
        from_snn_toolbox(folder)
    for content in (b"duration = 200\n", b"\xff\xfe\x00", b"[paths\n", b"[paths]\nfilename_ann\n"):
        (folder / "bad.ini").write_bytes(content)
        with pytest.raises(SettingsError, match=r"bad\.ini is not an snn_toolbox configuration: "):
            from_snn_toolbox(folder / "bad.ini")
    (folder / "bad.ini").write_bytes(b"#" * 2_000_000)
    with pytest.raises(SettingsError, match="2,000,000 bytes; accepted"):
        from_snn_toolbox(folder / "bad.ini")


def test_a_byte_order_mark_is_no_part_of_the_file(folder):
    (folder / "config.ini").write_text("[paths]\nfilename_ann = net\n", "utf-8-sig")
    assert from_snn_toolbox(folder / "config.ini").model == folder / "net.h5"


def test_models_are_found_by_their_names(folder):
    (folder / "98.51.keras").touch()
    (folder / "torch.onnx").touch()
    assert read(folder, paths="filename_ann = 98.51").model == folder / "98.51.keras"
    assert read(folder, paths="filename_ann = net.h5").model == folder / "net.h5"
    job = read(folder, "[input]\nmodel_lib = pytorch", "filename_ann = torch")
    assert job.model == folder / "torch.onnx"
    with pytest.raises(ModelFileError, match=r"'other', but .* holds none of other.h5, other.hdf5"):
        read(folder, paths="filename_ann = other")
    with pytest.raises(ModelFileError, match="filename_ann names no model"):
        read(folder, paths="")


@pytest.mark.parametrize("weights", ["99.16.h5", "99.16"])
def test_an_architecture_and_its_weights_are_a_model(folder, weights):
    """What snn_toolbox looks for first."""
    first = dense("hidden", 6, "relu", batch_input_shape=[None, 4])
    (folder / "99.16.json").write_text(json.dumps(sequential(first)))
    made = weighted(4, 6)
    write_weights(folder / weights, {"hidden": made})
    network = wb.load(read(folder, paths="filename_ann = 99.16").model)
    x = np.random.default_rng(0).random((5, 4), np.float32)
    expected = np.maximum(x @ made["kernel"] + made["bias"], 0)
    assert network.forward(x) == pytest.approx(expected, abs=1e-5)


def test_relative_folders_are_looked_for_beside_the_file_and_in_path_wd(folder):
    work, data = folder / "work", folder / "work" / "data"
    data.mkdir(parents=True)
    for file in (work / "net.h5", work / "x_norm.npz", data / "x_norm.npz"):
        file.touch()
    job = read(folder, paths="filename_ann = net\npath_wd = work\ndataset_path = data")
    assert (job.model, job.data) == (work / "net.h5", data)
    job = read(folder, paths="filename_ann = net\npath_wd = work\ndataset_path = work/data")
    assert job.data == data
    job = read(
        folder, paths=f"filename_ann = net\npath_wd = {work}\ndataset_path = %(path_wd)s/data"
    )
    assert (job.model, job.data) == (work / "net.h5", data)
    job = read(
        folder, "[DEFAULT]\nroot = work", "filename_ann = net\npath_wd = %(root)s\ndataset_path=."
    )
    assert job.model == work / "net.h5"
    with pytest.raises(SettingsError, match=r"dataset_path is 'nowhere'; .* no folder .*nowhere"):
        read(folder, paths="filename_ann = net\ndataset_path = nowhere")
    for name in ("a" * 5000, "~nobody_of_this_name/x", "a\0b"):
        with pytest.raises(WorkbenchError, match="dataset_path is '"):
            read(folder, paths=f"filename_ann = net\ndataset_path = {name}")


def test_calibration_samples_are_missed_unless_normalize_is_off(folder):
    (folder / "x_norm.npz").unlink()
    with pytest.raises(SettingsError, match=r"\[tools\] normalize is 'True'; .*no x_norm.npz"):
        read(folder)
    assert read(folder, "[tools]\nnormalize = False").data == folder


def test_references_take_bounded_space(folder):
    bomb = "\n".join(f"k{i} = " + f"%(k{i + 1})s" * 10 for i in range(9))
    with pytest.raises(SettingsError, match=r"\[mine\] k0 is .*accepted: references"):
        read(folder, f"[mine]\n{bomb}\nk9 = xxxxxxxxxx")
    assert line(read(folder, "[output]\nverbose = 100%%"), "verbose").value == "100%"


@pytest.mark.parametrize(
    ("dt", "v_thresh", "reset", "tau_refrac"),
    [
        (1.0, 1.0, "Reset by subtraction", 0),
        (0.5, 1.0, "Reset by subtraction", 0),
        (0.25, 2.0, "Reset to zero", 0),
        (0.5, 0.5, "Reset by modulo", 0),
        (1.0, 1.0, "Reset to zero", 2),
        (0.25, 1.0, "Reset by modulo", 1),
    ],
)
def test_spikes_are_those_of_the_equations_of_snn_toolbox(folder, dt, v_thresh, reset, tau_refrac):
    """One layer by plain loops, as its INI simulator has it: dt times the current a step."""
    kernel = np.array([[0.5, 1.0], [0.25, -0.75]])
    x = np.array([[1.0, 0.5], [0.25, 1.0], [0.75, 0.125]])
    job = read(
        folder,
        f"[simulation]\nduration = 20\ndt = {dt}\n[normalization]\npercentile = 100\n"
        f"[cell]\nv_thresh = {v_thresh}\nreset = {reset}\ntau_refrac = {tau_refrac}",
    )
    # The calibration makes the largest activation, and so the scale, 1.
    calibration = np.array([[1.0, 0.0]], np.float32)
    spiking = wb.convert(dense_network(kernel), calibration, job.conversion)
    run = wb.simulate(spiking, x.astype(np.float32), job.simulation)
    expected = np.zeros((3, 2), int)
    for sample, values in enumerate(x):
        for unit in range(2):
            potential = refractory_until = 0.0
            for step in range(int(20 / dt)):
                time = (step + 1) * dt
                if refractory_until <= time:
                    potential += dt * float(values @ kernel[:, unit])
                if potential < v_thresh:
                    continue
                expected[sample, unit] += 1
                refractory_until = time + tau_refrac
                potential = {
                    "Reset by subtraction": potential - v_thresh,
                    "Reset to zero": 0.0,
                    "Reset by modulo": potential % v_thresh,
                }[reset]
    assert np.array_equal(run.output_counts, expected)
    assert expected.any()


def test_it_is_among_the_public_names():
    assert wb.from_snn_toolbox is from_snn_toolbox


@pytest.mark.parametrize(
    ("options", "rescale"),
    [("{}", 1.0), ("{'rescale': 0.003921568627451}", 0.003921568627451), ("", 1.0)],
)
def test_a_folder_of_images_takes_the_place_of_npz_files(folder, options, rescale):
    (folder / "x_norm.npz").unlink()  # the images themselves calibrate
    given = f"\ndatagen_kwargs = {options}" if options else ""
    job = read(folder, f"[input]\ndataset_format = jpg{given}")
    assert job.rescale == pytest.approx(rescale)
    assert job.data == folder
    assert "from_folder reads images" in line(job, "dataset_format").note
    assert line(job, "datagen_kwargs").honoured


def test_what_else_changes_images_is_told(folder):
    text = "[input]\ndataset_format = jpg\ndatagen_kwargs = {'rescale': 0.5, 'zca_whitening': True}"
    job = read(folder, text)
    assert job.rescale == 0.5
    assert "times 0.5; zca_whitening without effect" in line(job, "datagen_kwargs").note
    assert read(folder).rescale is None
