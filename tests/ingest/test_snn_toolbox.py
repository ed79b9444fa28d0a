import json
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from keras2_files import dense, sequential, weighted, write_weights
from networks import dense_network

import workbench as wb
from workbench.errors import ModelFileError, SettingsError, WorkbenchError
from workbench.ingest.snn_toolbox import from_snn_toolbox
from workbench.ingest.snn_toolbox_ini import literal
from workbench.ingest.snn_toolbox_keys import KEYS

DEFAULTS = """
[paths]
path_wd =
dataset_path =
log_dir_of_current_run =
runlabel = test
filename_ann = net
filename_parsed_model =
filename_snn =
filename_clamp_indices =
filepath_custom_objects =
class_idx_path =
[input]
model_lib = keras
dataset_format = npz
datagen_kwargs = {}
dataflow_kwargs = {}
poisson_input = False
input_rate = 1000
num_poisson_events_per_sample = -1
num_dvs_events_per_sample = 2000
eventframe_width = 10
label_dict = {}
chip_size = None
frame_gen_method =
is_x_first =
is_x_flipped =
is_y_flipped =
maxpool_subsampling = True
do_clip_three_sigma = True
keras_dataset =
[tools]
evaluate_ann = True
parse = True
normalize = True
convert = True
simulate = True
serialise_only = False
[normalization]
percentile = 99.9
normalization_schedule = False
online_normalization = False
diff_to_max_rate = 200
diff_to_min_rate = 100
timestep_fraction = 10
[conversion]
softmax_to_relu = False
maxpool_type = fir_max
max2avg_pool = False
spike_code = temporal_mean_rate
num_bits = 32
[simulation]
simulator = INI
duration = 200
dt = 1
batch_size = 1
num_to_test = 1
sample_idxs_to_test = []
reset_between_nth_sample = 1
top_k = 1
keras_backend = tensorflow
early_stopping = False
[spinnaker]
number_of_neurons_per_core = 64
[cell]
v_thresh = 1
tau_refrac = 0
v_reset = 0
v_rest = 0
cm = 1
tau_m = 1000
tau_syn_E = 0.01
tau_syn_I = 0.01
delay = 0
binarize_weights = False
quantize_weights = False
scaling_factor = 10000000
payloads = False
reset = Reset by subtraction
leak = False
bias_relaxation = False
[parameter_sweep]
param_values = []
param_name = v_thresh
param_logscale = False
[output]
log_vars = {}
plot_vars = {}
verbose = 1
overwrite = True
use_simple_labels = True
"""
"""Every key of snn_toolbox 0.6 with the value that it takes where a file leaves it out."""


@pytest.fixture
def folder(tmp_path):
    """A folder with files of the right names; reading a configuration opens none of them."""
    for name in ("net.h5", "x_test.npz", "y_test.npz", "x_norm.npz"):
        (tmp_path / name).touch()
    return tmp_path


def read(folder, text="", paths="filename_ann = net"):
    """The configuration of a text, whose [paths] come first."""
    path = folder / "config.ini"
    path.write_text(f"[paths]\n{paths}\n{text}", "utf-8")
    return from_snn_toolbox(path)


def line(job, key):
    return next(line for line in job.lines if line.key == key)


def test_a_file_that_names_a_model_alone_gets_the_defaults_of_snn_toolbox(folder):
    job = read(folder)
    assert job.model == folder / "net.h5"
    assert job.data == folder
    assert job.samples == 1000
    assert job.evaluate_ann
    assert job.conversion == wb.Conversion(percentile=99.9, threshold=1.0, max_pool="fir")
    assert job.simulation == wb.Simulation(steps=200, dt_ms=1.0, encoding="constant")
    assert not job.not_honoured
    assert [one.key for one in job.honoured if one.given] == ["filename_ann"]


def test_every_key_of_the_file_is_accounted_for_once(folder):
    (folder / "config.ini").write_text(DEFAULTS)
    job = from_snn_toolbox(folder / "config.ini")
    keys = [text.split("=")[0].strip().lower() for text in DEFAULTS.split("\n") if "=" in text]
    assert sorted(one.key for one in job.lines if one.given) == sorted(keys)
    assert not [one for one in job.not_honoured if not one.default and one.section != "spinnaker"]
    assert list(job.report.columns[:4]) == ["section", "key", "value", "honoured"]
    assert len(job.report) == len(job.lines)


def test_the_table_of_keys_knows_nothing_that_becomes_a_setting(folder):
    (folder / "config.ini").write_text(DEFAULTS)
    job = from_snn_toolbox(folder / "config.ini")
    settings = {(one.section, one.key) for one in job.lines if "Simulation." in one.note}
    settings |= {(one.section, one.key) for one in job.lines if "Conversion." in one.note}
    assert not settings & set(KEYS)


@pytest.mark.parametrize(
    ("text", "setting", "value"),
    [
        ("[normalization]\npercentile = 99.5", "percentile", 99.5),
        ("[normalization]\npercentile = 100", "percentile", 100),
        ("[conversion]\nmax2avg_pool = True", "max_pool", "average_pooling"),
        ("[conversion]\nmaxpool_type = fir_max", "max_pool", "fir"),
        ("[conversion]\nmaxpool_type = exp_max", "max_pool", "exp"),
        ("[conversion]\nmaxpool_type = avg_max", "max_pool", "recent"),
        ("[cell]\nreset = Reset by subtraction", "reset", "subtract"),
        ("[cell]\nreset = 'Reset to zero'", "reset", "zero"),
        ("[cell]\nreset = reset by modulo", "reset", "modulo"),
        ("[cell]\nv_thresh = 0.5", "threshold", 0.5),
        ("[cell]\nv_thresh = 2\n[simulation]\ndt = 0.5", "threshold", 4.0),
    ],
)
def test_keys_become_settings_of_the_conversion(folder, text, setting, value):
    job = read(folder, text)
    # A file that does not say how max pooling spikes means the toolbox's default, fir_max.
    assert job.conversion == wb.Conversion(**{"max_pool": "fir", setting: value})
    noted = [one for one in job.honoured if f"Conversion.{setting} = " in one.note and one.given]
    assert len(noted) == 1


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("[simulation]\nduration = 50", {"steps": 50}),
        ("[simulation]\nduration = 50.0\ndt = 0.1", {"steps": 500, "dt_ms": 0.1}),
        ("[simulation]\nduration = 3\ndt = 0.3", {"steps": 10, "dt_ms": 0.3}),
        ("[simulation]\nduration = 10\ndt = 3", {"steps": 3, "dt_ms": 3.0}),
        ("[simulation]\nbatch_size = 20", {"steps": 200, "batch_size": 20}),
        ("[cell]\ntau_refrac = 1", {"steps": 200, "refractory_steps": 0}),
        ("[cell]\ntau_refrac = 1.5", {"steps": 200, "refractory_steps": 1}),
        ("[cell]\ntau_refrac = 5", {"steps": 200, "refractory_steps": 4}),
        (
            "[cell]\ntau_refrac = 1\n[simulation]\ndt = 0.1",
            {"steps": 2000, "dt_ms": 0.1, "refractory_steps": 9},
        ),
        ("[cell]\nleak = True", {"steps": 200, "leak": 0.1}),
        (
            "[cell]\nleak = True\nv_thresh = 2\n[simulation]\ndt = 0.5",
            {"steps": 400, "dt_ms": 0.5, "leak": 0.025},
        ),
        (
            "[input]\npoisson_input = yes\ninput_rate = 200",
            {"steps": 200, "encoding": "poisson", "input_rate_hz": 200.0},
        ),
        (
            "[input]\npoisson_input = True\ninput_rate = 5000\n[simulation]\ndt = 0.5",
            {"steps": 400, "dt_ms": 0.5, "encoding": "poisson", "input_rate_hz": 2000.0},
        ),
    ],
)
def test_keys_become_settings_of_the_simulation(folder, text, settings):
    assert read(folder, text).simulation == wb.Simulation(**settings)


def test_samples_are_the_first_ones_or_chosen(folder):
    assert read(folder, "[simulation]\nnum_to_test = 7").samples == 7
    job = read(folder, "[simulation]\nnum_to_test = 7\nsample_idxs_to_test = [3, 1, 4]")
    assert job.samples == (3, 1, 4)
    assert "chooses the samples" in line(job, "num_to_test").note
    assert not read(folder, "[tools]\nevaluate_ann = False").evaluate_ann


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("[cell]\npayloads = True", "payloads", "spikes carry no numbers"),
        ("[cell]\ntau_m = 20", "tau_m", "other simulators"),
        ("[cell]\nv_thresh = 0.01\n[simulation]\nsimulator = nest", "v_thresh", "units of nest"),
        ("[simulation]\nsimulator = brian2", "simulator", "snn-workbench export"),
        ("[simulation]\ntop_k = 3", "top_k", "first guess only"),
        ("[conversion]\nspike_code = ttfs", "spike_code", "rate code is simulated instead"),
        ("[conversion]\nspike_code = temporal_pattern", "spike_code", "rate code"),
        ("[tools]\nnormalize = False", "normalize", "normalized by a percentile"),
        ("[tools]\nconvert = False", "convert", "converted again"),
        ("[normalization]\nonline_normalization = True", "online_normalization", "do not change"),
        ("[parameter_sweep]\nparam_values = [1, 2]", "param_values", "one run for every value"),
        ("[output]\nplot_vars = {'spikerates'}", "plot_vars", "nothing is plotted"),
        ("[input]\nnum_poisson_events_per_sample = 9", "num_poisson_events_per_sample", "limited"),
        ("[loihi]\npartition = x", "partition", "simulator loihi"),
        ("[simulation]\nduratoin = 20", "duratoin", "did you mean duration?"),
        ("[tools]\nevaluateANN = False", "evaluateann", "did you mean evaluate_ann?"),
        ("[cell]\nduration = 20", "duration", r"snn_toolbox has it in \[simulation\]"),
        ("[mine]\nanything = 1", "anything", "not a key of snn_toolbox"),
        ("[DEFAULT]\ndt = 0.1", "dt", "only other keys refer to it"),
    ],
)
def test_what_is_not_honoured_is_listed_with_the_reason(folder, text, key, reason):
    job = read(folder, text)
    (found,) = [one for one in job.not_honoured if one.key == key]
    assert not found.default
    assert re.search(reason, found.note)
    assert f"  [{found.section}] {key} = " in str(job).split("Not honoured\n")[1]


def test_files_of_clamped_layers_and_of_code_are_not_opened(folder):
    names = "filename_ann = net\nfilename_clamp_indices = a.json\nfilepath_custom_objects = b.py"
    job = read(folder, paths=names)
    assert "Simulation.clamp_steps takes" in line(job, "filename_clamp_indices").note
    assert "code beside a model is never run" in line(job, "filepath_custom_objects").note
    assert len(job.not_honoured) == 2


def test_what_is_off_as_here_is_honoured(folder):
    job = read(
        folder, "[cell]\npayloads = off\nv_thresh = 1.0\n[parameter_sweep]\nparam_values = []"
    )
    assert not job.not_honoured
    assert line(job, "payloads").note == "spikes carry no numbers"


def test_the_account_groups_what_asks_for_nothing(folder):
    (folder / "config.ini").write_text(DEFAULTS + "[stdp]\ngmax = 2\n")
    text = str(from_snn_toolbox(folder / "config.ini"))
    settings, rest = text.split("Not honoured\n")
    listed, defaults = rest.split("Not honoured, but at snn_toolbox's defaults\n")
    assert settings.startswith("Settings from config.ini\n")
    assert "[simulation] duration = 200: Simulation.steps = 200 (duration / dt)" in settings
    assert "[stdp] gmax = 2: nothing is learned during a run" in listed
    assert "v_reset, v_rest, cm, tau_m, tau_syn_e, tau_syn_i, delay, scaling_factor: " in defaults
    assert len(text.split("\n")) < 75


def test_older_defaults_are_defaults_too(folder):
    job = read(folder, "[cell]\ncm = 0.09\ndelay = 1\n[simulation]\ntop_k = 5\n")
    assert all(one.default for one in job.not_honoured)
    assert len(job.not_honoured) == 3


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[simulation]\nduration = long", r"\[simulation\] duration is 'long'; accepted: a number"),
        (
            "[simulation]\nduration = 0.5",
            r"\[simulation\] duration is '0.5': Simulation.steps is 0",
        ),
        ("[simulation]\nduration = 1e400", "accepted: a number"),
        ("[simulation]\nduration = nan", "accepted: a number"),
        ("[simulation]\ndt = 0", r"dt is '0'; accepted: milliseconds above 0"),
        ("[simulation]\ndt = 1  # ms", "accepted: a number"),
        ("[simulation]\nnum_to_test = 0", "num_to_test is '0'; accepted: integers from 1"),
        ("[simulation]\nnum_to_test = 2.5", "accepted: integers from 1"),
        ("[simulation]\nbatch_size = -1", "accepted: integers from 1"),
        ("[simulation]\nsample_idxs_to_test = range(3)", "accepted: a list of plain values"),
        ("[simulation]\nsample_idxs_to_test = [1, 'a']", r"as in \[0, 5, 7\]"),
        ("[simulation]\nsample_idxs_to_test = [-1]", r"as in \[0, 5, 7\]"),
        ("[input]\npoisson_input = maybe", "poisson_input is 'maybe'; accepted: True, False"),
        ("[input]\npoisson_input = on\ninput_rate = -3", r"input_rate is '-3': Simulation.input"),
        ("[input]\ndataset_format = png", "dataset_format is 'png'; accepted: npz, jpg. Write"),
        (
            "[input]\ndataset_format = aedat",
            r"accepted: npz, jpg\. Read recordings of events .*wb\.datasets\.from_events\(",
        ),
        (
            "[input]\ndataset_format = jpg\ndatagen_kwargs = {'rescale': 1/255}",
            r"datagen_kwargs is .*accepted: a dictionary of plain values",
        ),
        ("[input]\nmodel_lib = caffe", "model_lib is 'caffe'; accepted: keras, and pytorch"),
        ("[normalization]\npercentile = 40", r"percentile is '40': .*accepted: 50 to 100"),
        ("[cell]\nreset = Reset to mean", "accepted: Reset by subtraction, Reset to zero, Reset"),
        ("[cell]\nv_thresh = -1", r"\[cell\] v_thresh is '-1': Conversion.threshold"),
        ("[cell]\nv_thresh = __import__('os').getcwd()", "v_thresh is .*accepted: a number"),
        ("[conversion]\nmaxpool_type = max", "accepted: fir_max, avg_max, exp_max"),
        ("[tools]\nevaluate_ann = 2", "accepted: True, False"),
        ("[cell]\nleak = maybe", "leak is 'maybe'; accepted: True, False"),
        ("[cell]\npayloads = maybe", "payloads is 'maybe'; accepted: True, False"),
        ("[cell]\ntau_refrac = -1", "tau_refrac is '-1'; accepted: milliseconds from 0"),
        ("[simulation]\ndt = %(missing)s", r"accepted: references, as %\(path_wd\)s"),
        ("[simulation]\ndt = %(dt)s", "accepted: references"),
        ("[simulation]\ndt = %(a)s", "accepted: references"),
        ("[cell]\nleak = 1\nleak = 0", "option 'leak' in section 'cell' already exists"),
    ],
)
def test_wrong_values_are_refused_by_section_and_key(folder, text, words):
    with pytest.raises(SettingsError, match=words) as refusal:
        read(folder, text)
    assert "config.ini" in str(refusal.value)


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
    "text",
    ["print(1)", "a", "[x for x in (1,)]", "1 if 1 else 2", "f'{1}'", "(" * 5000, "9" * 5000],
)
def test_only_constants_are_read(text):
    assert literal(text) is None


@given(
    st.sampled_from(
        sorted({*KEYS, ("simulation", "dt"), ("cell", "reset"), ("input", "input_rate")})
    ),
    st.text(max_size=30).filter(lambda text: not set(text) & set("\r\n")),
)
def test_any_value_is_read_or_refused_by_name(tmp_path_factory, where, text):
    folder = tmp_path_factory.getbasetemp() / "any"
    folder.mkdir(exist_ok=True)
    for name in ("net.h5", "x_norm.npz"):
        (folder / name).touch()
    section, key = where
    extra = f"{key} = {text}" if section == "paths" else f"\n[{section}]\n{key} = {text}"
    try:
        job = read(folder, paths=f"filename_ann = net\n{extra}")
    except WorkbenchError as error:
        assert key in str(error) or "config" in str(error)
    else:
        assert [one for one in job.lines if one.key == key]


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
